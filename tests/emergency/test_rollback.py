"""A rollback puts back what was verified, in one move, and nobody fights it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from mooring.applying.archive import find
from mooring.core.artifact import Artifact
from mooring.core.freeze import Freeze, Window
from mooring.core.memory import Changes, Suspension
from mooring.core.plan import Outcome
from mooring.core.policy import Mode
from mooring.core.report import Exit
from mooring.core.state import State
from mooring.ports import Denied
from mooring.testing.faults import Acted, Fault, Faulty, Unanswered, When

if TYPE_CHECKING:
    from tests.emergency.conftest import World

_YEARS = Window(datetime(2025, 12, 24, tzinfo=UTC), datetime(2026, 1, 7, tzinfo=UTC))
FREEZE = Freeze("*", _YEARS, "The year's end")


def test_a_rollback_puts_the_previous_content_back_in_one_write_and_a_handful_of_reads(world: "World") -> None:
    report = world.rollback()

    assert (report.error, report.findings) == (None, ())
    assert world.served() == "Hello"
    assert world.one(report).outcome is Outcome.APPLIED
    assert world.one(report).row.verdict.state is State.RELABELLED
    assert world.one(report).note == "It serves v1, version 1"
    assert report.requests["write"] == 1
    assert report.requests["list"] == 0, "no survey: as fast with ten thousand prompts"
    assert report.requests["read"] <= 7


def test_nobody_fights_it_and_everybody_is_told_who_when_and_why(world: "World") -> None:
    world.rollback()

    row = world.one(world.drift()).row
    assert row.verdict.state is State.RELABELLED
    assert "Rolled back by Ann <ann@example.org> at 2026-01-01 00:02 UTC: Refunds are wrong" in row.verdict.reason
    assert row.verdict.fix == "mooring adopt local:greet@production"
    for _ in range(2):
        assert world.code(world.sync()) is Exit.OK
        assert world.served() == "Hello"


def test_it_is_on_record_once_with_who_what_and_why(world: "World") -> None:
    first = world.git("rev-parse", "HEAD~1")
    world.rollback()
    world.sync()

    (record,) = world.records()
    assert (record.kind, record.by, record.reason) == ("rollback", "Ann <ann@example.org>", "Refunds are wrong")
    assert [(str(one.address), one.old, one.new) for one in record.moved] == [
        ("local:greet@production", world.hash("Bad"), world.hash("Hello"))
    ]
    assert record.commit == first, "the commit that the content came from"
    assert record.what == "greet@production back to v1"
    assert world.pending() == []


def test_the_fix_ships_over_it_by_itself_and_ends_what_is_told_of_it(world: "World") -> None:
    world.rollback()
    world.ship({"production": "v3", "staging": "v2"}, {"v3": "Good"})

    assert world.served() == "Good"
    assert world.state() is State.IN_SYNC
    assert world.ledger().read().moves == {}


def test_a_revert_in_git_agrees_with_it_without_a_write(world: "World") -> None:
    world.rollback()
    writes = world.adapter.tally.counts()["write"]
    world.ship({"production": "v1", "staging": "v2"})

    assert world.state() is State.IN_SYNC
    assert world.adapter.tally.counts()["write"] == writes
    assert world.ledger().read().moves == {}


def test_rolled_back_twice_it_goes_back_two_steps(world: "World") -> None:
    world.ship({"production": "v3", "staging": "v2"}, {"v3": "Worse"})

    served = [world.served()]
    for _ in range(2):
        world.rollback()
        served.append(world.served())

    assert served == ["Worse", "Bad", "Hello"]
    report = world.rollback()
    assert world.served() == "Hello"
    assert report.error_exit is Exit.ATTENTION
    assert "Nothing verified is on record" in str(report.error)


def test_only_the_named_label_moves(world: "World") -> None:
    world.rollback()
    assert (world.served("production"), world.served("staging")) == ("Hello", "Bad")


def test_after_a_hand_rollback_it_goes_on_from_there(world: "World") -> None:
    world.ship({"production": "v3", "staging": "v2"}, {"v3": "Worse"})
    world.point("Bad")

    world.rollback()

    assert world.served() == "Hello"


def test_over_an_unreviewed_edit_it_puts_back_what_was_verified_last(world: "World") -> None:
    ref = world.edit("Hotfix")

    report = world.rollback()

    assert (report.error, report.findings) == (None, ())
    assert world.served() == "Bad"
    assert world.state() is State.IN_SYNC
    assert ref in {one.ref for one in world.platform.versions("greet")}, "what was live is not lost"
    archived = find(world.run().targets[0], world.hash("Hotfix"))
    assert archived is not None
    assert (archived.taken[0].ref, archived.taken[0].labels) == (ref, ("production",))


def test_over_an_unreviewed_edit_with_the_git_host_down(world: "World") -> None:
    world.edit("Hotfix")
    world.host_down()

    assert world.rollback().error is None
    assert world.served() == "Bad"


def test_an_unreviewed_edit_that_cannot_be_read_again_does_not_stop_it(world: "World") -> None:
    world.edit("Hotfix")
    world.adapter = Faulty(world.adapter, [Fault("read", n, Unanswered(When.BEFORE)) for n in range(1, 5)])

    assert world.rollback().error is None
    assert world.served() == "Bad"


def test_a_label_that_is_gone_is_put_back(world: "World") -> None:
    world.platform.unlabel("greet", "production")

    world.rollback()

    assert world.served() == "Bad"


def test_a_split_label_is_one_again(world: "World") -> None:
    world.platform.split("greet", "production", (world.ref("Hello"), world.ref("Bad")))

    report = world.rollback(to="v1")

    assert report.error is None
    assert world.platform.holders("greet", "production") == (world.ref("Hello"),)


def test_nothing_to_go_back_to_is_said(empty: "World") -> None:
    empty.ship({"production": "v1"}, {"v1": "Hello"})

    report = empty.rollback()

    assert report.error_exit is Exit.ATTENTION
    assert "Nothing verified is on record that local:greet@production served before" in str(report.error)
    assert "--to" in str(report.error)
    assert empty.one(report).outcome is None


def test_what_was_in_sync_from_the_start_can_be_gone_back_to(empty: "World") -> None:
    empty.platform.save("greet", _text("Hello"), ["production"])
    empty.ship({"production": "v1"}, {"v1": "Hello"})
    empty.ship({"production": "v2"}, {"v2": "Bad"})

    empty.rollback()

    assert empty.served() == "Hello"


def test_a_sync_whose_record_was_lost_does_not_undo_it(world: "World") -> None:
    world.declare({"production": "v3", "staging": "v2"}, {"v3": "Worse"})
    world.platform.save("greet", _text("Worse"), ["production"])  # as the sync that died left it

    world.rollback(to="v2")

    assert world.state() is State.RELABELLED
    assert world.code(world.sync()) is Exit.OK
    assert world.served() == "Bad"


def test_that_git_asks_for_something_else_already_is_said(world: "World") -> None:
    world.declare({"production": "v3", "staging": "v2"}, {"v3": "Good"})

    assert "the next sync brings" in world.one(world.rollback()).note


def test_it_serves_it_already(world: "World") -> None:
    report = world.rollback(to="v2")

    assert world.one(report).outcome is Outcome.UNCHANGED
    assert report.requests["write"] == 0
    assert world.records() == []


# --- what does not stop it, and what does ---------------------------------------------------------------------------


def test_a_suspension_does_not_stop_a_person_and_is_said(world: "World") -> None:
    until = "2026-02-01T00:00:00+00:00"
    world.ledger().note(_suspended("greet", until), "suspend local: greet")

    report = world.rollback()

    assert world.served() == "Hello"
    assert f"it is suspended until {until}" in world.one(report).note


def test_a_freeze_does_not_stop_a_person_and_is_said(world: "World") -> None:
    world.freezes = (FREEZE,)

    report = world.rollback()

    assert world.served() == "Hello"
    assert "it is frozen until" in world.one(report).note


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.CREATE_ONLY])
def test_a_mode_that_moves_no_label_refuses(world: "World", mode: Mode) -> None:
    world.mode = mode

    report = world.rollback()

    assert report.error_exit is Exit.DENIED
    assert f"mode {mode}" in str(report.error)
    assert "mode: upsert" in str(report.error)
    assert world.served() == "Bad"


def test_a_prompt_that_is_gone_is_said(world: "World") -> None:
    world.platform.delete_prompt("greet")

    report = world.rollback()

    assert report.error_exit is Exit.ATTENTION
    assert "not on the platform" in str(report.error)


def test_first_contact_is_a_decision_and_no_rollback(world: "World") -> None:
    world.platform.save("other", _text("Theirs"), ["production"])
    world.declare({"production": "v1"}, {"v1": "Ours"}, prompt="other")

    report = world.rollback("other@production", to="v1")

    assert report.error_exit is Exit.ATTENTION
    assert "mooring resolve local:other@production" in str(report.error)
    assert world.served(prompt="other") == "Theirs"


def test_another_repository_s_prompt_is_left_alone(world: "World") -> None:
    world.platform.give_to("greet", "acme-other")

    report = world.rollback()

    assert "belongs to the repository acme-other" in str(report.error)
    assert world.served() == "Bad"


def test_another_project_behind_the_key_stops_it(world: "World") -> None:
    world.platform.identity = "another project"

    with pytest.raises(Denied, match="leads to the project another project"):
        world.rollback()


def test_what_it_serves_now_must_be_readable(world: "World") -> None:
    world.adapter = Faulty(world.adapter, [Fault("read", n, Unanswered(When.BEFORE)) for n in range(1, 9)])
    world.point("Hello")  # not the newest version, which comes along for free

    report = world.rollback(to="v2")

    assert report.error_exit is Exit.UNKNOWN
    assert world.served() == "Hello"


# --- people at the same time ------------------------------------------------------------------------------------------


def test_somebody_who_moves_first_wins(world: "World") -> None:
    world.adapter = Faulty(world.adapter, [Fault("look", 2, Acted(When.BEFORE, lambda: world.edit("Hotfix")))])

    report = world.rollback()

    assert world.one(report).outcome is Outcome.MOVED
    assert world.served() == "Hotfix"
    assert (world.records(), world.pending()) == ([], [])


def test_somebody_who_moves_right_after_is_seen(world: "World") -> None:
    world.adapter = Faulty(world.adapter, [Fault("move_label", 1, Acted(When.AFTER, lambda: world.edit("Hotfix")))])

    report = world.rollback()

    assert world.one(report).outcome is Outcome.MOVED
    assert world.served() == "Hotfix"


def test_a_signal_before_the_move_leaves_all_as_it_was(world: "World") -> None:
    world.stop.set()

    report = world.rollback()

    assert world.one(report).outcome is Outcome.SKIPPED
    assert (world.served(), world.pending()) == ("Bad", [])


def _text(body: str) -> Artifact:
    return Artifact(body)


def _suspended(pattern: str, until: str) -> Changes:
    return Changes(suspensions=(Suspension(pattern, until, "Ann", "launch week"),))
