"""What if an answer is lost, the process dies, or the archive cannot be written, while a prompt is deleted?"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from mooring.core.plan import Outcome
from mooring.core.report import Exit
from mooring.ports import Denied, Rejected
from mooring.testing.faults import Acted, Crash, Crashed, Fault, Faulty, Late, Method, Refused, Unanswered, When

if TYPE_CHECKING:
    from tests.prune.conftest import World

CALLS: list[tuple[Method, int]] = [
    ("survey", 1),
    ("look", 1),
    ("identity", 1),
    ("versions", 1),
    ("look", 2),
    ("versions", 2),
    ("delete_prompt", 1),
    ("look", 3),
]
"""Every call of a sync that deletes one prompt, in order."""


def test_the_calls_of_a_deletion_are_these(world: "World") -> None:
    world.drop("greet")
    faulty = world.adapter = Faulty(world.adapter)
    assert world.sync().exit is Exit.OK
    numbered = [(name, faulty.calls[: at + 1].count(name)) for at, name in enumerate(faulty.calls)]
    assert numbered == CALLS


@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize(("method", "number"), [one for one in CALLS if one != ("identity", 1)])
def test_a_lost_answer_at_any_call_is_asked_again(world: "World", method: Method, number: int, when: When) -> None:
    world.drop("greet")
    world.adapter = Faulty(world.adapter, [Fault(method, number, Unanswered(when))])
    report = world.sync()
    assert (report.exit, world.texts(), world.texts("other")) == (Exit.OK, [], ["other"])
    assert world.archived_texts() == {"one", "two"}
    assert set(world.memory().prompts) == {"other"}


@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize(("method", "number"), CALLS[3:])
def test_a_crash_at_any_call_is_finished_by_the_next_sync(
    world: "World", method: Method, number: int, when: When
) -> None:
    world.drop("greet")
    sound = world.adapter
    world.adapter = Faulty(sound, [Fault(method, number, Crashed(when))])
    with pytest.raises(Crash):
        world.sync()
    assert not world.platform.versions("greet") or world.texts() == ["one", "two"], "whole, or not there"
    world.adapter, world.lock_timeout = sound, 90.0
    assert world.sync().exit is Exit.OK
    assert (world.texts(), world.archived_texts()) == ([], {"one", "two"})
    assert set(world.memory().prompts) == {"other"}, "nothing of it is remembered, so its name is free"
    assert world.archive_commits() == 1, "what is archived is archived once"
    world.declare("greet", "three")
    world.sync()
    assert (world.served(), world.texts()) == ("three", ["three"])


def test_a_prompt_made_anew_after_a_lost_answer_is_not_deleted_again(world: "World") -> None:
    world.drop("greet")
    faulty = Faulty(world.adapter, [Fault("delete_prompt", 1, Unanswered(When.AFTER))])
    anew = Acted(When.BEFORE, lambda: world.edit("anew", "greet", "production"))
    faulty.add(Fault("look", 3, anew))
    world.adapter = faulty
    report = world.sync()
    assert (world.one(report).outcome, world.texts()) == (Outcome.MOVED, ["anew"])
    assert faulty.calls.count("delete_prompt") == 1


def test_a_deletion_that_comes_late_leaves_its_lease_behind(world: "World") -> None:
    """Nobody can tell whether it will be carried out, so nobody else writes until it is old."""
    world.drop("greet")
    late = [Fault("delete_prompt", number, Late(99)) for number in range(1, 9)]
    faulty = world.adapter = Faulty(world.adapter, late)
    report = world.sync()
    assert (world.one(report).outcome, world.texts()) == (Outcome.FAILED, ["one", "two"])
    assert world.memory().intent is not None
    faulty.land()
    world.lock_timeout = 90.0
    assert world.sync().exit is Exit.OK
    assert (world.texts(), set(world.memory().prompts)) == ([], {"other"})


@pytest.mark.parametrize(
    ("error", "stops"), [(Rejected("a v1 depends on greet production"), False), (Denied("may not delete"), True)]
)
def test_what_the_platform_refuses_stays_and_is_said(world: "World", error: Rejected | Denied, stops: bool) -> None:
    world.drop("greet")
    world.adapter = Faulty(world.adapter, [Fault("delete_prompt", 1, Refused(error))])
    report = world.sync()
    one = world.one(report)
    assert (one.outcome, one.note, report.exit) == (Outcome.FAILED, str(error), Exit.DENIED if stops else Exit.PARTIAL)
    assert (world.texts(), set(world.memory().prompts)) == (["one", "two"], {"greet", "other"})


@pytest.mark.parametrize("remove", [lambda world: world.drop("greet"), lambda world: world.declare("greet", "two")])
def test_nothing_is_taken_away_that_could_not_be_archived(world: "World", remove: "Callable[[World], None]") -> None:
    """One deletes the prompt, the other takes one of its two labels off; what else is to be done is done."""
    world.declare("third", "third")
    remove(world)
    world.refuse_archive()
    report = world.sync()
    one = world.one(report, label="staging")
    assert (one.outcome, report.exit) == (Outcome.FAILED, Exit.PARTIAL)
    assert "what would be taken away could not be archived first" in one.note
    assert (world.texts(), world.served(label="staging"), world.served("third")) == (["one", "two"], "two", "third")
    world.accept_archive()
    assert world.sync().exit is Exit.OK
    assert world.served(label="staging") is None
    assert "two" in world.archived_texts()


def test_what_cannot_be_read_is_not_taken_away(world: "World") -> None:
    world.drop("greet")
    silent = [Fault("versions", number, Unanswered(When.BEFORE)) for number in range(1, 5)]
    world.adapter = Faulty(world.adapter, silent)
    report = world.sync()
    assert (world.one(report).outcome, world.texts(), world.archived()) == (Outcome.FAILED, ["one", "two"], [])
    assert world.sync().exit is Exit.OK
    assert world.texts() == []


def test_an_interrupted_run_archives_nothing_and_deletes_nothing(world: "World") -> None:
    world.drop("greet")
    world.adapter = Faulty(world.adapter, [Fault("identity", 1, Acted(When.AFTER, world.stop.set))])
    report = world.sync()
    assert (world.one(report).outcome, world.texts(), world.archived()) == (Outcome.SKIPPED, ["one", "two"], [])


def test_a_lease_that_is_lost_archives_nothing_and_deletes_nothing(world: "World") -> None:
    world.drop("greet")
    world.adapter = Faulty(world.adapter, [Fault("versions", 1, Acted(When.AFTER, world.lose_lease))])
    report = world.sync()
    assert (world.one(report).outcome, world.texts()) == (Outcome.SKIPPED, ["one", "two"])


def test_two_versions_of_one_content_are_one_blob(world: "World") -> None:
    world.edit("two")
    world.drop("greet")
    world.sync()
    found = next(one for one in world.archived() if one["body"] == "two")
    assert [(one["ref"], one["labels"]) for one in found["taken"]] == [("2", ["production", "staging"]), ("3", [])]
