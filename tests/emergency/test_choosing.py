"""`--to` names reviewed content by key, commit or hash; anything else is refused, with the way out."""

from typing import TYPE_CHECKING

import pytest

from mooring.ahead_of_git.emergency import roll_back
from mooring.core.artifact import Artifact
from mooring.core.canonical import content_hash
from mooring.core.report import Exit

if TYPE_CHECKING:
    from tests.emergency.conftest import World


@pytest.fixture
def three(world: "World") -> "World":
    world.ship({"production": "v3", "staging": "v2"}, {"v3": "Worse"})
    return world


def test_a_key(three: "World") -> None:
    assert three.rollback(to="v1").error is None
    assert three.served() == "Hello"


def test_a_content_hash_cut_or_whole(three: "World") -> None:
    three.rollback(to=three.hash("Hello").removeprefix("sha256:")[:12])
    assert three.served() == "Hello"
    three.rollback(to=three.hash("Bad"))
    assert three.served() == "Bad"


def test_a_commit_means_what_the_label_served_once_it_was_synced(three: "World") -> None:
    three.commit()
    beside = three.git("rev-parse", "--short=7", "HEAD~2")  # production: v2
    assert three.rollback(to=beside).error is None
    assert three.served() == "Bad"


def test_a_commit_that_moved_another_label_means_what_this_one_served_then(three: "World") -> None:
    commit = three.ship({"production": "v3", "staging": "v3"})
    three.ship({"production": "v4", "staging": "v3"}, {"v4": "Worst"})

    three.rollback(to=commit[:12])

    assert three.served() == "Worse"


@pytest.mark.parametrize("to", ["v9", "deadbeefdeadbeef", "production", "nonsense"])
def test_what_names_nothing_is_said_with_what_there_is(three: "World", to: str) -> None:
    report = three.rollback(to=to)

    assert report.error_exit is Exit.USAGE
    assert f"{to} names nothing" in str(report.error)
    assert "(v1, v2, v3)" in str(report.error)
    assert three.served() == "Worse"


def test_content_that_was_never_reviewed_is_no_place_to_go(three: "World") -> None:
    three.edit("Hotfix")
    three.point("Worse")

    report = three.rollback(to=content_hash(Artifact("Hotfix")))

    assert report.error_exit is Exit.USAGE
    assert three.served() == "Worse"


def test_reviewed_content_that_was_never_synced_is_published_first(world: "World") -> None:
    world.declare({"production": "v2", "staging": "v2"}, {"v3": "Never served"})

    report = world.rollback(to="v3")

    assert report.error is None
    assert world.served() == "Never served"
    assert report.requests["write"] == 2


def test_content_of_a_commit_that_nobody_merged_is_refused(world: "World") -> None:
    world.write("prompts/greet/v3.yaml", "prompt: Mine alone\n")
    world.git("add", "-A")
    world.git("commit", "-q", "-m", "not pushed")

    report = world.rollback(to="v3")

    assert report.error_exit is Exit.ATTENTION
    assert "on the branch" in str(report.error)
    assert world.served() == "Bad"


def test_with_the_host_down_only_what_was_synced_counts_as_reviewed(world: "World") -> None:
    world.declare({"production": "v2", "staging": "v2"}, {"v3": "Never served"})
    world.host_down()

    assert world.rollback(to="v3").error_exit is Exit.ATTENTION
    assert world.rollback(to="v1").error is None
    assert world.served() == "Hello"


def test_a_version_that_was_deleted_on_the_platform_is_published_again(world: "World") -> None:
    world.platform.delete_version("greet", world.ref("Hello"))

    report = world.rollback()

    assert report.error is None
    assert world.served() == "Hello"


def test_content_that_neither_side_holds_any_more_is_refused(empty: "World") -> None:
    empty.write("prompts/one.yaml", "labels: [production]\nprompt: First\n")
    empty.commit()
    empty.sync()
    empty.write("prompts/one.yaml", "labels: [production]\nprompt: Second\n")
    empty.commit()
    empty.clock.advance(60)
    empty.sync()
    empty.platform.delete_version("one", empty.platform.versions("one")[0].ref)

    report = empty.rollback("one@production")

    assert report.error_exit is Exit.ATTENTION
    assert "the platform no longer holds" in str(report.error)


def test_content_without_a_file_is_served_from_the_version_that_holds_it(empty: "World") -> None:
    empty.write("prompts/one.yaml", "labels: [production]\nprompt: First\n")
    first = empty.commit()
    empty.sync()
    empty.write("prompts/one.yaml", "labels: [production]\nprompt: Second\n")
    empty.commit()
    empty.clock.advance(60)
    empty.sync()

    report = empty.rollback("one@production", to=first[:9])

    assert report.error is None
    assert empty.served(prompt="one") == "First"
    assert len(empty.platform.versions("one")) == 2


def test_a_key_whose_file_cannot_be_read_is_said(world: "World") -> None:
    world.write("prompts/greet/v3.yaml", "prompt: [\n")
    world.commit()

    report = world.rollback(to="v3")

    assert report.error_exit is Exit.USAGE
    assert "prompts/greet/v3.yaml cannot be read" in str(report.error)
    assert "mooring validate" in str(report.error)


def test_of_several_addresses_all_move_or_none(world: "World") -> None:
    world.declare({"production": "v1"}, {"v1": "Only"}, prompt="other")
    world.clock.advance(60)
    world.sync()
    run = world.run("greet@production", "other@production")

    report = roll_back(run, run.targets[0], world.adapter, run.history.desired(), to=None, reason="both")

    assert "local:other@production was not moved" in str(report.error)
    assert world.served() == "Bad"
