"""What follows a rollback (a look, a proposal to Git) may fail; what was moved is moved and reported."""

from collections.abc import Mapping
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING

import pytest

from mooring import cycle
from mooring.core.address import ContentHash
from mooring.core.artifact import Artifact
from mooring.core.observation import Reviewed
from mooring.core.plan import Outcome
from mooring.core.report import Exit, Report
from mooring.git.branch import chosen_remote
from mooring.git.desk import BranchDesk
from mooring.git.full import FullHistory
from mooring.git.history import GitHistory
from mooring.git.repository import find_repository, resolve
from mooring.ports import HistoryError, Order, Standing
from mooring.sync import sync_target
from mooring.testing.faults import Faulty

if TYPE_CHECKING:
    from mooring.run import Run
    from tests.emergency.conftest import World


class _Shallow(GitHistory):
    """A clone that lacks the older commits, whose remote does not give them."""

    def reviewed(self, prompt: str) -> Mapping[ContentHash, Reviewed]:
        raise HistoryError(f"The history of {prompt} is not in this shallow clone")


class _Hanging(Order):
    """A Git host that takes the question and says nothing until it is let go."""

    def __init__(self, let_go: Event) -> None:
        self.let_go = let_go

    def standing(self) -> Standing:
        self.let_go.wait(60)
        return Standing.CURRENT

    def holds(self, commit: str) -> bool:
        return bool(commit) and self.let_go.wait(60)


def run_of(world: "World", history: type[GitHistory] = GitHistory) -> "Run":
    """A run that may propose to Git."""
    repo = find_repository(world.folder)
    full, inputs = FullHistory(repo, chosen_remote(repo, None), "main"), repo.inputs("mooring.yaml", "prompts")
    desk = BranchDesk(full, inputs, "Ann <ann@example.org>")
    run = world.run("greet@production")
    return replace(run, history=history(full, inputs, resolve(repo, "HEAD")), proposals=desk)


def moved(report: Report) -> bool:
    return any(one.outcome is Outcome.APPLIED for one in report.rows)


def said(report: Report) -> str:
    return " ".join(one.message for target in report.targets for one in target.findings)


def test_with_the_git_host_down_the_move_is_reported_and_the_proposal_waits(world: "World") -> None:
    world.ledger().read()
    run = run_of(world)
    world.host_down()

    report = cycle.rollback(run, None, "Refunds are wrong")

    assert moved(report)
    assert world.served() == "Hello"
    assert "Not proposed to Git" in said(report)


def test_a_history_that_is_not_here_does_not_hide_what_was_moved(world: "World") -> None:
    world.edit("Hand", "staging")  # so that the look that follows asks what was ever reviewed

    report = cycle.rollback(run_of(world, _Shallow), None, "Refunds are wrong")

    assert moved(report)
    assert world.served() == "Hello"
    assert "shallow clone" in said(report)


def test_a_git_host_that_says_nothing_is_asked_once_and_nothing_else_is_waited_for(
    world: "World", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cycle, "_ASKED", 0.0)
    faulty = world.adapter = Faulty(world.adapter)
    let_go = Event()
    try:
        report = cycle.rollback(replace(run_of(world), order=_Hanging(let_go)), None, "Refunds are wrong")
    finally:
        let_go.set()

    assert moved(report)
    assert "no answer" in said(report)
    assert "survey" not in faulty.calls, "nobody looks around for a proposal that nobody takes"


def test_a_sync_publishes_though_git_cannot_say_what_a_dead_run_left(world: "World") -> None:
    world.platform.save("greet", Artifact("a draft of somebody"), [])
    world.declare({"production": "v3", "staging": "v2"}, {"v3": "Good"})
    run = run_of(world, _Shallow)

    report = sync_target(run, run.targets[0], world.adapter, run.history.desired())

    assert (world.one(report).outcome, world.code(report), world.served()) == (Outcome.APPLIED, Exit.OK, "Good")
