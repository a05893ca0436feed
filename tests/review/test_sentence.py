"""Does one sentence say what merging changes?"""

import pytest

from mooring.core.address import ABSENT, Address, ContentHash, Ref
from mooring.core.desired import Version
from mooring.core.finding import Finding, FindingKind
from mooring.core.judge import judge
from mooring.core.memory import Base
from mooring.core.observation import Holder, Observation
from mooring.core.policy import Mode, Policy, Settings
from mooring.core.report import AddressReport, Exit, Report, TargetReport
from mooring.core.row import Row
from mooring.review.sentence import sentence

HASHES = {name: ContentHash("sha256:" + name * 64) for name in "123"}


def row(address: str, git: str = "2", base: str = "1", live: str = "1") -> Row:
    target, _, rest = address.partition(":")
    prompt, _, label = rest.partition("@")
    agreed = Base(HASHES[base], Ref("1"), "v1", "c" * 40, "2026-01-01T09:00:00+00:00") if base else None
    version = Version("v2", f"prompts/{prompt}.yaml", "b" * 40, HASHES[git]) if git else None
    holders = None if live == "?" else (Holder(Ref("1"), HASHES[live]),) if live else ()
    side = HASHES[git] if git else ABSENT
    seen = Observation(Address(target, prompt, label), side, version, agreed, holders, Settings(Mode.UPSERT, Policy()))
    return Row(seen, judge(seen))


def report(*rows: Row, errors: tuple[str, ...] = (), mistakes: int = 0) -> Report:
    names = sorted({one.address.target for one in rows} | set(errors))
    targets = [
        TargetReport(
            name,
            "memory",
            tuple(AddressReport(one) for one in rows if one.address.target == name),
            error="no answer" if name in errors else None,
            error_exit=Exit.UNKNOWN if name in errors else Exit.OK,
        )
        for name in names
    ]
    findings = tuple(Finding(FindingKind.FILE, None, f"file {n}") for n in range(mistakes))
    return Report("plan", "r", "c" * 40, tuple(targets), findings)


HELD = ("2", "1", "3")
SAME = ("1", "1", "1")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "Merging changes nothing that a platform serves."),
        ([row("p:a@production", *SAME)], "Merging changes nothing that a platform serves."),
        ([row("p:a@production")], "Merging changes what production serves for 1 prompt on p."),
        (
            [row("langfuse-prod:a@production"), row("langfuse-prod:b@production"), row("langfuse-prod:c@x", *HELD)],
            "Merging changes what production serves for 2 prompts on langfuse-prod; 1 needs a person.",
        ),
        (
            [row(f"{target}:a@{label}") for target in ("dev", "prod") for label in ("production", "staging")],
            "Merging changes what production and staging serve for 1 prompt on dev and prod.",
        ),
        (
            [row("p:a@production"), row("p:b@production"), row("p:b@staging")],
            "Merging changes what is served for 2 prompts on p: 2 under production and 1 under staging.",
        ),
        (
            [row("p:a@production"), row("d:b@staging")],
            "Merging changes what is served for 2 prompts: 1 under staging on d and 1 under production on p.",
        ),
        (
            [row(f"p:a@{label}") for label in "vwxyz"],
            "Merging changes what v, w, x and 2 more serve for 1 prompt on p.",
        ),
        (
            [row("p:a@x", *HELD), row("p:b@x", *HELD)],
            "Merging changes nothing that a platform serves; 2 prompts need a person.",
        ),
        ([row("p:new@x", "1", "", "")], "Merging changes what x serves for 1 prompt on p."),
        ([row("p:a@x", "2", "1", "?")], "What merging changes on p is not known."),
        (
            [row("p:a@x"), row("q:a@x", "2", "1", "?")],
            "Merging changes what x serves for 1 prompt on p; what it changes on q is not known.",
        ),
    ],
)  # fmt: skip
def test_the_sentence(rows: list[Row], said: str) -> None:
    assert sentence(report(*rows)) == said


def test_what_stops_it_is_said_too() -> None:
    assert sentence(report(errors=("prod",))) == "What merging changes on prod is not known."
    told = sentence(report(row("p:a@x"), mistakes=2))
    assert told == "Merging changes what x serves for 1 prompt on p; 2 mistakes in prompt files."
