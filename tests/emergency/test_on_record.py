"""Who moved a label and why is on record in the end, whatever did not answer while it was moved."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mooring.ahead_of_git.ahead import Told
from mooring.ahead_of_git.emergency import roll_back
from mooring.applying.gate import Gate
from mooring.core.memory import Intent
from mooring.core.plan import Outcome
from mooring.ports import LeaseLost, LedgerRefused, LedgerUnreadable, Order, Standing
from mooring.testing.faults import Acted, Crash, Crashed, Fault, Faulty, Unanswered, When

if TYPE_CHECKING:
    from pathlib import Path

    from mooring.testing.clock import ManualClock
    from tests.emergency.conftest import World


def test_a_move_that_could_not_be_read_back_is_recorded_by_the_next_sync(world: "World") -> None:
    intact = world.adapter
    faulty = Faulty(intact)

    def go_silent() -> None:
        for number in range(1, 60):
            faulty.add(Fault("look", number, Unanswered(When.BEFORE)))

    faulty.add(Fault("move_label", 1, Acted(When.AFTER, go_silent)))
    world.adapter = faulty
    report = world.rollback()
    world.adapter = intact

    assert (world.one(report).outcome, world.served()) == (Outcome.FAILED, "Hello")
    assert len(world.pending()) == 1
    world.sync()
    assert "Rolled back by Ann" in world.why()
    assert (len(world.records()), world.pending()) == (1, [])


def test_a_sync_that_cannot_read_what_is_served_forgets_no_move(world: "World") -> None:
    intact = world.adapter
    world.adapter = Faulty(intact, [Fault("move_label", 1, Crashed(When.AFTER))])
    with pytest.raises(Crash):
        world.rollback()
    world.adapter = Faulty(intact, [Fault("read", number, Unanswered(When.BEFORE)) for number in range(1, 100)])

    world.sync()

    assert len(world.pending()) == 1, "what is served is unknown, so nobody knows whether it happened"
    world.adapter = intact
    world.sync()
    assert "Rolled back by Ann" in world.why()


def test_a_refused_archive_leaves_neither_the_lease_nor_the_record_behind(world: "World") -> None:
    hook = world.remote / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ncase $1 in */archive) echo no blobs here; exit 1;; esac\n")
    hook.chmod(0o755)
    world.edit("Hacked")

    report = world.rollback(to="v1")

    (finding,) = report.findings
    assert "was not archived" in finding.message
    assert "does not answer" not in finding.message, "a refusal is an answer"
    assert (world.served(), len(world.records()), world.pending()) == ("Hello", 1, [])
    world.ledger().acquire(Intent("next", "c" * 40, {}), wait=0).release()


@pytest.mark.parametrize(
    ("cause", "silent"), [(None, False), (LedgerUnreadable("gone"), True)], ids=["refused", "did not answer"]
)
def test_only_who_does_not_answer_is_asked_no_more(cause: Exception | None, *, silent: bool) -> None:
    def refuse() -> None:
        raise LedgerRefused("no") from cause

    told = Told()
    told.ask(refuse, "Nothing was recorded")
    assert told.silent is silent
    assert told.ask(lambda: "answer", "x") == (None if silent else "answer")


class _Slow(Order):
    """A Git host that takes a quarter of an hour to say where its branch stands."""

    def __init__(self, clock: "ManualClock") -> None:
        self.clock = clock

    def standing(self) -> Standing:
        self.clock.advance(1000)
        return Standing.CURRENT

    def holds(self, commit: str) -> bool:
        return False


def test_a_git_host_that_outlives_the_lease_lets_no_write_begin(world: "World") -> None:
    run = world.run()
    lease = run.targets[0].ledger.acquire(Intent("run", "c" * 40, {}), wait=0)
    try:
        Gate(run, lease).enter()
        with pytest.raises(LeaseLost):
            Gate(replace(run, order=_Slow(world.clock)), lease).enter()
    finally:
        lease.abandon()


def test_the_history_of_a_target_is_read_once_however_many_addresses_move(
    world: "World", tmp_path: "Path", monkeypatch: pytest.MonkeyPatch
) -> None:
    world.ship({"production": "v1"}, {"v1": "one"}, prompt="other")
    world.ship({"production": "v2"}, {"v2": "two"}, prompt="other")
    trace = tmp_path / "trace"
    monkeypatch.setenv("GIT_TRACE2_EVENT", str(trace))

    run = world.run("greet", "other")
    report = roll_back(run, run.targets[0], world.adapter, run.history.desired(), to=None, reason="Wrong")

    assert len(report.addresses) == 3
    assert (world.served(), world.served("staging"), world.served(prompt="other")) == ("Hello", "Hello", "one")
    lines = [line for line in trace.read_text().splitlines() if '"event":"start"' in line and "--no-decorate" in line]
    assert len([line for line in lines if "--max-count" not in line]) == 1
