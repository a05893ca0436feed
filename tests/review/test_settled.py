"""Is a merge that only makes Git say what is served told as one that changes nothing for apps?"""

from typing import TYPE_CHECKING

import pytest

from mooring.core.address import Address, ContentHash, Ref
from mooring.core.desired import Version
from mooring.core.judge import judge
from mooring.core.memory import Base
from mooring.core.observation import Holder, Observation
from mooring.core.policy import Mode, Policy, Settings
from mooring.core.report import AddressReport, Report, TargetReport
from mooring.core.row import Row
from mooring.review.sentence import Outlook, sentence

if TYPE_CHECKING:
    from tests.review.conftest import Desk

OLD, NEW = (ContentHash("sha256:" + sign * 64) for sign in "12")
TYPED = "labels: [production]\nprompt: Typed\n"
GREET = "labels: [production]\nprompt: |\n  Hi {{name}}\nmodel: gpt-4o\n"
BYE = "labels: [production]\nprompt: |\n  Bye {{name}}\n"
BESIDE = "Merging changes what x serves for 1 prompt on p, and makes Git say what"
NOTHING_NEW = "**Apps get nothing new:** they are served this already. What differs is what Git said before."


def row(text: str) -> Row:
    target, _, rest = text.partition(":")
    prompt, _, label = rest.partition("@")
    base = Base(OLD, Ref("1"), "v1", "c" * 40, "2026-01-01T09:00:00+00:00")
    version = Version("v2", f"prompts/{prompt}.yaml", "b" * 40, NEW)
    at = Address(target, prompt, label)
    seen = Observation(at, NEW, version, base, (Holder(Ref("1"), OLD),), Settings(Mode.UPSERT, Policy()))
    return Row(seen, judge(seen))


@pytest.mark.parametrize(
    ("changed", "settled", "said"),
    [
        ("", "p:a@x", "Merging makes Git say what x serves already for 1 prompt on p."),
        ("p:a@x", "p:b@x p:c@x", f"{BESIDE} it serves already for 2."),
        ("p:a@x", "q:b@x", f"{BESIDE} x serves already for 1 prompt on q."),
        ("", "p:a@x p:a@y", "Merging makes Git say what x and y serve already for 1 prompt on p."),
        (
            "",
            "p:a@x p:b@x p:b@y",
            "Merging makes Git say what is served already for 2 prompts on p: 2 under x and 1 under y.",
        ),
    ],
)
def test_the_sentence_tells_apart_what_is_served_already(changed: str, settled: str, said: str) -> None:
    rows = [row(one) for one in (*changed.split(), *settled.split())]
    names = sorted({one.address.target for one in rows})
    addresses = {name: tuple(AddressReport(one) for one in rows if one.address.target == name) for name in names}
    report = Report("plan", "r", "c" * 40, tuple(TargetReport(name, "memory", addresses[name]) for name in names))
    same = [one.address for one in rows if str(one.address) in settled.split()]
    assert sentence(report, Outlook(settled=same)) == said


def seen_by_a_check(desk: "Desk", monkeypatch: pytest.MonkeyPatch, *prompts: str) -> None:
    config = (desk.folder / "mooring.yaml").read_text(encoding="utf-8")
    desk.land({"mooring.yaml": f"{config}alerts: [{{notify: 'env:CHANNEL'}}]\n"})
    monkeypatch.setenv("CHANNEL", "json://127.0.0.1:9/")
    for prompt in prompts:
        desk.edit(prompt, "Typed")
    desk.type("drift")


def test_an_edit_that_a_pull_request_brings_into_git(desk: "Desk", monkeypatch: pytest.MonkeyPatch) -> None:
    seen_by_a_check(desk, monkeypatch, "leave")
    desk.propose({"prompts/leave.yaml": TYPED})
    said = desk.review()
    assert "### Merging makes Git say what production serves already for 1 prompt on prod.\n" in said
    assert "#### `leave@production` on prod · served already\n\nnothing to write · `prompts/leave.yaml`\n" in said
    assert NOTHING_NEW in said
    assert "by Bob; merging makes Git say the same.\n" in said
    assert "mooring adopt" not in said
    assert "Goodbye" in said

    desk.commit({"prompts/greet.yaml": GREET})
    both = desk.review()
    assert "on prod, and makes Git say what it serves already for 1.\n" in both
    assert both.index("#### `greet@production` on prod · behaviour") < both.index("#### `leave@production`")
    assert "the gravest first" not in both

    desk.commit({"prompts/leave.yaml": TYPED.replace("Typed", "Typed more")})
    other = desk.review()
    assert "for 2 prompts on prod; 1 meets an edit or a rollback there." in other
    assert NOTHING_NEW not in other


def test_many_edits_that_one_incident_holds(desk: "Desk", monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"p{n}" for n in range(7)]
    desk.land({f"prompts/{name}.yaml": BYE for name in names})
    seen_by_a_check(desk, monkeypatch, *names)
    desk.propose({f"prompts/{name}.yaml": TYPED for name in names[1:]} | {"prompts/p0.yaml": GREET})
    said = desk.review()
    assert "for 1 prompt on prod, and makes Git say what it serves already for 6; 1 meets an edit" in said
    assert said.count(NOTHING_NEW) == 6


def test_a_rollback_that_a_pull_request_brings_into_git(desk: "Desk") -> None:
    before = (desk.folder / "prompts/leave.yaml").read_text(encoding="utf-8")
    desk.land({"prompts/leave.yaml": BYE})
    desk.type("rollback", "leave@production", "--reason", "Rude")
    desk.propose({"prompts/leave.yaml": before})
    said = desk.review()
    assert "### Merging makes Git say what production serves already for 1 prompt on prod.\n" in said
    assert "Rude; merging makes Git say the same.\n" in said
    assert "\n- [-Bye-] {{name}}\n+ {+Goodbye+} {{name}}\n" in said
    assert NOTHING_NEW in said
