"""A change reaches the platform once, a person's move is seen and kept, and the fix ships by itself."""

from typing import TYPE_CHECKING

import pytest

from mooring.core.artifact import Artifact
from mooring.core.plan import Outcome
from mooring.core.report import Exit
from mooring.core.state import State

if TYPE_CHECKING:
    from tests.cycle.conftest import World


def test_a_new_prompt_is_published_with_its_label(world: "World") -> None:
    report = world.sync()

    assert report.exit is Exit.OK
    assert world.one(report).outcome is Outcome.APPLIED
    assert world.served() == "Hello {{name}}\n"


def test_the_second_sync_writes_nothing_anywhere(synced: "World") -> None:
    before, writes = synced.ledger(), synced.adapter.tally.counts()["write"]

    report = synced.sync()

    assert report.exit is Exit.OK
    assert synced.ledger() == before
    assert synced.adapter.tally.counts()["write"] == writes


def test_a_change_costs_two_writes_and_three_reads(synced: "World") -> None:
    synced.commit_prompt("greet", "Hello dear {{name}}")
    before = synced.adapter.tally.counts()

    synced.sync()

    after = synced.adapter.tally.counts()
    assert after["write"] - before["write"] == 2
    assert after["read"] - before["read"] <= 3


def test_a_git_revert_is_one_label_move(synced: "World") -> None:
    synced.commit_prompt("greet", "Hello dear {{name}}")
    synced.sync()
    writes = synced.adapter.tally.counts()["write"]
    synced.git("revert", "--no-edit", "HEAD")

    synced.sync()

    assert synced.served() == "Hello {{name}}\n"
    assert synced.adapter.tally.counts()["write"] - writes == 1
    assert len(synced.texts()) == 2


def test_two_labels_on_one_content_share_a_version(world: "World") -> None:
    world.commit_prompt("greet", "Hi", labels="production, staging")

    world.sync()

    assert world.platform.holders("greet", "production") == world.platform.holders("greet", "staging")
    assert len(world.texts()) == 1


def test_an_edit_by_hand_is_seen_and_left_alone(synced: "World") -> None:
    synced.edit("Hello, you")

    assert synced.state() is State.PLATFORM_AHEAD
    assert synced.drift().exit is Exit.ATTENTION
    assert synced.sync().exit is Exit.OK  # Git asked for nothing new
    assert synced.served() == "Hello, you"


def test_an_edit_by_hand_against_a_change_in_git_waits_for_a_person(synced: "World") -> None:
    synced.edit("Hello, you")
    synced.commit_prompt("greet", "Hello dear {{name}}")

    held = synced.sync()

    assert held.exit is Exit.ATTENTION
    assert synced.one(held).row.verdict.state is State.CONFLICT
    assert synced.served() == "Hello, you"

    assert synced.resolve().exit is Exit.OK
    assert synced.sync().exit is Exit.OK
    assert synced.served() == "Hello dear {{name}}\n"
    assert "Hello, you" in synced.texts()  # nothing is lost
    assert synced.drift().exit is Exit.OK


def test_a_decision_is_void_once_somebody_moved_again(synced: "World") -> None:
    synced.edit("one")
    synced.commit_prompt("greet", "Hello dear {{name}}")
    synced.resolve()
    synced.edit("two")

    assert synced.sync().exit is Exit.ATTENTION
    assert synced.served() == "two"


@pytest.mark.parametrize("digits", [12, 64])
def test_a_trailer_on_a_commit_decides_too(synced: "World", digits: int) -> None:
    synced.edit("Hello, you")
    live = synced.one(synced.drift()).row.seen.live.removeprefix("sha256:")[:digits]
    synced.prompt("greet", "Hello dear {{name}}")
    synced.commit(f"Take ours\n\nMooring-Resolves: local:greet@production sha256:{live}")

    assert synced.sync().exit is Exit.OK
    assert synced.served() == "Hello dear {{name}}\n"


def test_a_rollback_by_hand_is_not_fought_and_the_fix_ships_over_it(synced: "World") -> None:
    synced.commit_prompt("greet", "Hello dear {{name}}")
    synced.sync()
    synced.platform.point("greet", "production", synced.platform.versions("greet")[0].ref)

    assert synced.state() is State.RELABELLED
    assert synced.sync().exit is Exit.OK
    assert synced.served() == "Hello {{name}}\n"

    synced.commit_prompt("greet", "Hello dear {{name}}!")
    assert "by hand" in synced.one(synced.plan()).row.verdict.reason
    assert synced.sync().exit is Exit.OK
    assert synced.served() == "Hello dear {{name}}!\n"


def test_first_contact_never_overwrites(world: "World") -> None:
    world.platform.save("greet", Artifact("years old"), ["production"])

    assert world.sync().exit is Exit.ATTENTION
    assert world.served() == "years old"


def test_first_contact_with_equal_content_is_recorded(world: "World") -> None:
    world.platform.save("greet", Artifact("Hello {{name}}\n"), ["production"])

    assert world.sync().exit is Exit.OK
    assert world.adapter.tally.counts()["write"] == 0
    world.commit_prompt("greet", "Hello dear {{name}}")
    assert world.sync().exit is Exit.OK  # both sides agreed once, so Git may move on
    assert world.served() == "Hello dear {{name}}\n"
