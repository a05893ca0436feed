"""With the Git host down, the lease held, or a process that dies, a rollback works and is on record once in the end."""

import json
from typing import TYPE_CHECKING

import pytest

from mooring.ahead_of_git.emergency import roll_back
from mooring.core.address import UNKNOWN
from mooring.core.memory import Intent
from mooring.core.plan import Outcome
from mooring.core.report import Exit
from mooring.core.state import State
from mooring.ports import Locked
from mooring.testing.faults import Crash, Crashed, Fault, Faulty, Unanswered, When

if TYPE_CHECKING:
    from tests.emergency.conftest import World


def test_it_works_with_the_git_host_down_and_says_so(world: "World") -> None:
    world.host_down()

    report = world.rollback()

    assert report.error is None
    assert world.served() == "Hello"
    assert world.one(report).outcome is Outcome.APPLIED
    said = " ".join(one.message for one in report.findings)
    assert "by what this clone last saw of the ledger" in said
    assert "the next mooring sync here writes it to the ledger" in said
    assert report.requests["write"] == 1


def test_what_waits_is_its_owner_s_alone_and_whole(world: "World") -> None:
    world.host_down()
    world.rollback()

    (kept,) = world.pending()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert json.loads(kept.read_text())["moves"]["greet"]["production"]["reason"] == "Refunds are wrong"
    assert [one.name for one in kept.parent.iterdir()] == [kept.name], "no draft is left"


def test_the_next_sync_records_it_once_and_leaves_it_alone(world: "World") -> None:
    world.host_down()
    world.rollback()
    world.host_back()
    assert world.records() == []

    for _ in range(2):
        assert world.code(world.sync()) is Exit.OK

    (record,) = world.records()
    assert record.reason == "Refunds are wrong"
    assert (world.pending(), world.served(), world.state()) == ([], "Hello", State.RELABELLED)
    assert "Rolled back by Ann" in world.why()


def test_this_machine_tells_of_it_before_it_is_on_record(world: "World") -> None:
    world.host_down()
    world.rollback()
    world.host_back()

    assert "Rolled back by Ann" in world.why()
    assert len(world.pending()) == 1, "a drift check writes nothing"


def test_while_the_host_is_down_nothing_is_judged(world: "World") -> None:
    world.host_down()
    world.rollback()

    assert world.one(world.drift()).row.seen.agreed is UNKNOWN
    assert world.ledger().remembered().moves["greet", "production"].by == "Ann <ann@example.org>"


def test_two_in_a_row_with_the_host_down_go_back_two_steps_and_are_recorded_in_order(world: "World") -> None:
    world.ship({"production": "v3", "staging": "v2"}, {"v3": "Worse"})
    world.host_down()
    world.rollback(reason="first")
    world.rollback(reason="second")
    assert world.served() == "Hello"

    world.host_back()
    world.sync()

    assert [one.reason for one in world.records()] == ["second", "first"]
    assert "second" in world.why()


def test_a_fix_that_ships_first_on_this_machine_has_both_on_record(world: "World") -> None:
    world.host_down()
    world.rollback()
    world.host_back()

    world.ship({"production": "v3", "staging": "v2"}, {"v3": "Good"})

    assert (world.served(), world.state()) == ("Good", State.IN_SYNC)
    assert len(world.records()) == 1
    assert world.ledger().read().moves == {}


def test_a_clone_that_never_saw_the_ledger_moves_nothing(
    world: "World", tmp_path_factory: pytest.TempPathFactory
) -> None:
    fresh = tmp_path_factory.mktemp("fresh") / "clone"
    world.git("clone", "-q", str(world.remote), str(fresh))
    world.folder = fresh
    world.host_down()

    report = world.rollback()

    assert report.error_exit is Exit.LOCKED
    assert "nothing was moved" in str(report.error)
    assert world.served() == "Bad"


def test_nothing_is_written_to_the_platform_that_could_not_be_kept_here_first(world: "World") -> None:
    (world.folder / ".git" / "mooring" / "pending").write_text("in the way")

    report = world.rollback()

    assert report.error_exit is Exit.LOCKED
    assert "Nothing was moved" in str(report.error)
    assert world.served() == "Bad"


# --- the lease --------------------------------------------------------------------------------------------------------


def test_another_run_at_work_is_waited_for_five_seconds_and_no_more(world: "World") -> None:
    held = world.ledger().acquire(Intent("other", "c" * 40, {}), wait=0)
    before = world.clock.monotonic()
    try:
        report = world.rollback()
    finally:
        held.release()

    assert world.clock.monotonic() - before == pytest.approx(5.0)
    assert (report.error, world.served()) == (None, "Hello")
    assert "Moved without the ledger's lease" in report.findings[0].message
    assert len(world.records()) == 1, "the ledger answers, so it is on record at once"


def test_the_lease_is_given_up_afterwards(world: "World") -> None:
    world.rollback()

    assert world.ledger().read().intent is None
    world.ledger().acquire(Intent("next", "c" * 40, {}), wait=0).release()


def test_a_dead_run_s_intent_outlives_the_rollback(world: "World") -> None:
    wanted = {("greet", "staging"): world.hash("Hello")}
    world.ledger().acquire(Intent("dead", "c" * 40, wanted), wait=0).abandon()
    run = world.run("greet@production")
    target = run.targets[0]
    with pytest.raises(Locked):  # Seen for the first time; once it is seen unchanged for a minute, it is dead.
        target.ledger.acquire(Intent("run", "c" * 40, {}), wait=0)
    world.clock.advance(61)

    report = roll_back(run, target, world.adapter, run.history.desired(), to=None, reason="Bad")

    assert (report.error, report.findings, world.served()) == (None, (), "Hello")
    intent = world.ledger().read().intent
    assert intent is not None
    assert intent.wanted == wanted, "the next sync takes it over"


# --- a process that dies ----------------------------------------------------------------------------------------------


def test_killed_before_the_move_nothing_is_claimed(world: "World") -> None:
    intact = world.adapter
    world.adapter = Faulty(intact, [Fault("move_label", 1, Crashed(When.BEFORE))])
    with pytest.raises(Crash):
        world.rollback()
    world.adapter = intact
    assert len(world.pending()) == 1

    assert world.state() is State.IN_SYNC
    assert world.code(world.sync()) is Exit.OK

    assert (world.pending(), world.records(), world.served()) == ([], [], "Bad")
    world.rollback()
    assert (world.served(), len(world.records())) == ("Hello", 1)


def test_killed_after_the_move_it_is_told_of_and_recorded_by_the_next_sync(world: "World") -> None:
    intact = world.adapter
    world.adapter = Faulty(intact, [Fault("move_label", 1, Crashed(When.AFTER))])
    with pytest.raises(Crash):
        world.rollback()
    world.adapter = intact
    assert world.served() == "Hello"
    assert "Rolled back by Ann" in world.why()

    assert world.code(world.sync()) is Exit.OK

    assert [one.reason for one in world.records()] == ["Refunds are wrong"]
    assert (world.pending(), world.served(), world.state()) == ([], "Hello", State.RELABELLED)


def test_killed_between_the_record_and_forgetting_it_it_is_on_record_once(world: "World") -> None:
    world.host_down()
    world.rollback()
    (kept,) = world.pending()
    text = kept.read_text()
    world.host_back()
    world.sync()
    kept.write_text(text)

    world.ship({"production": "v3", "staging": "v2"}, {"v3": "Good"})

    assert len(world.records()) == 1
    assert world.pending() == []


def test_a_move_that_nobody_can_vouch_for_is_settled_by_what_is_seen(world: "World") -> None:
    intact = world.adapter
    silent = [Fault("move_label", n, Unanswered(When.AFTER)) for n in range(1, 9)]
    world.adapter = Faulty(intact, [*silent, *(Fault("look", n, Unanswered(When.BEFORE)) for n in range(3, 40))])
    report = world.rollback()
    world.adapter = intact

    assert world.one(report).outcome is Outcome.FAILED
    assert len(world.pending()) == 1
    world.sync()
    assert (len(world.records()), world.pending(), world.state()) == (1, [], State.RELABELLED)
