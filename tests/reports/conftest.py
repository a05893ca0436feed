"""Which runs do the report tests show?"""

from collections.abc import Callable

import pytest

from mooring.core.address import ABSENT, Address, ContentHash, Ref
from mooring.core.desired import Version
from mooring.core.difference import Change, ChangeKind, Impact
from mooring.core.finding import Finding, FindingKind
from mooring.core.guard import Guard, GuardKind
from mooring.core.judge import judge
from mooring.core.memory import Base, Decision, Suspension
from mooring.core.observation import Holder, Objection, Observation, Reviewed
from mooring.core.plan import Outcome, Row
from mooring.core.policy import Mode, Policy, Prune, Settings
from mooring.core.report import AddressReport, Exit, Report, TargetReport, drift_reasons, sync_reasons

HASHES = {name: ContentHash("sha256:" + digit * 64) for name, digit in {"v1": "1", "v2": "2", "x": "e"}.items()}
KNOWN = frozenset({HASHES["v1"], HASHES["v2"]})

Make = Callable[..., Observation]


@pytest.fixture
def seen() -> Make:
    """Makes an observation: `git`, `base` and `live` are v1, v2, x (never reviewed) or None (absent)."""

    def make(
        prompt: str = "support_agent",
        *,
        git: str | None = "v1",
        base: str | None = "v1",
        live: str | None = "v1",
        label: str = "production",
        target: str = "local",
        mode: Mode = Mode.UPSERT,
        policy: Policy = Policy(),
        author: str | None = None,
        answered: bool = True,
        suspension: Suspension | None = None,
        objections: tuple[Objection, ...] = (),
        owner: str | None = None,
        decision: Decision | None = None,
        url: str | None = None,
    ) -> Observation:
        version = None if git is None else Version(git, f"prompts/{prompt}/{git}.yaml", "b" * 40, HASHES[git])
        agreed = None if base is None else Base(HASHES[base], Ref("6"), base, "c" * 40, "2026-01-01T09:00:00+00:00")
        created = "2026-01-02T03:04:05+00:00"
        holders = () if live is None else (Holder(Ref("7"), HASHES[live], created, author),)
        reviewed = Reviewed(live, "c" * 40, "Ann", created) if live in {"v1", "v2"} else None
        return Observation(
            address=Address(target, prompt, label),
            git=ABSENT if git is None else HASHES[git],
            version=version,
            base=agreed,
            holders=holders if answered else None,
            settings=Settings(mode, policy),
            known=KNOWN,
            objections=objections,
            owner=owner,
            decision=decision,
            suspension=suspension,
            prompt_lives=live is not None,
            live_in_git=reviewed,
            url=url,
        )

    return make


Row_ = Callable[..., AddressReport]


@pytest.fixture
def row(seen: Make) -> Row_:
    """Makes the report of one address; `outcome`, `note` and `changes` beside what `seen` takes."""

    def make(
        *args: str,
        outcome: Outcome | None = None,
        note: str = "",
        changes: tuple[Change, ...] = (),
        **kwargs: object,
    ) -> AddressReport:
        observation = seen(*args, **kwargs)
        return AddressReport(Row(observation, judge(observation)), outcome, note, changes)

    return make


EDIT = Change("/messages/0/content", ChangeKind.CHANGED, Impact.BEHAVIOUR, "Secret body one", "Secret body two")


@pytest.fixture
def everything(row: Row_) -> Report:
    """A drift check that saw one address in almost every state."""
    pruning = Policy(prune=Prune.REPORT)
    addresses = (
        row("ahead", live="x", changes=(EDIT,), author="Bob", url="https://platform.example/ahead/7"),
        row("calm"),
        row("calm2"),
        row("conflict", git="v2", live="x"),
        row("created", git="v1", base=None, live=None),
        row("created2", git="v1", base=None, live=None),
        row("fix", git="v2"),
        row("foreign", owner="other-repo"),
        row("gone", live=None),
        row("moved", git="v2", base="v2", live="v1"),
        row("pruned", git=None, policy=pruning),
        row("silent", answered=False),
        row("strange", git=None, base=None, live="x"),
        row("unadopted", base=None, live="x"),
        row("unfit", objections=(Objection("name", "a folder in it", "Use `rename`."),)),
    )
    findings = (Finding(FindingKind.DRAFT, "calm", "Version 9 is newer than what any label serves"),)
    guards = (
        Guard(GuardKind.UPDATES, "The plan would change 112 of 200 addresses", "--allow-updates 112", open=False),
        Guard(GuardKind.LOST_LEDGER, "The ledger is empty", "--accept-lost-ledger", open=True),
    )
    requests = {"list": 2, "read": 3, "write": 0}
    down = TargetReport(
        "down",
        "mlflow",
        (row("calm", target="down", answered=False),),
        error="No answer from x",
        error_exit=Exit.UNKNOWN,
    )
    targets = (TargetReport("local", "memory", addresses, findings, guards, requests), down)
    return Report(
        "drift",
        "run-1",
        "c" * 40,
        targets,
        (Finding(FindingKind.UNCOMMITTED, None, "prompts/a.yaml is not committed", "git commit"),),
        ("This run was superseded.",),
        "sha256:" + "d" * 64,
        (*drift_reasons(targets, None), Exit.GUARD),
    )


@pytest.fixture
def synced(row: Row_) -> Report:
    """A sync with every outcome."""
    addresses = tuple(
        row(outcome.value, git="v2", outcome=outcome, note="" if outcome is Outcome.APPLIED else "Why it is so.")
        for outcome in Outcome
    )
    targets = (TargetReport("local", "memory", (*addresses, row("calm"))),)
    return Report("sync", "run-2", "c" * 40, targets, reasons=sync_reasons(targets))
