"""A label is given at once what another one serves, if Git says so of that one."""

from typing import TYPE_CHECKING

import pytest

from mooring.core.plan import Outcome
from mooring.core.policy import PolicyPart, PromoteNow
from mooring.core.report import Exit
from mooring.core.state import State

if TYPE_CHECKING:
    from tests.emergency.conftest import World


@pytest.fixture
def staged(world: "World") -> "World":
    """Staging serves the fix that production needs."""
    world.ship({"production": "v2", "staging": "v3"}, {"v3": "Fixed"})
    return world


def test_the_label_serves_what_the_other_one_serves(staged: "World") -> None:
    before = staged.adapter.tally.counts()
    report = staged.promote()

    assert report.error is None
    assert (staged.served("production"), staged.served("staging")) == ("Fixed", "Fixed")
    assert staged.one(report).outcome is Outcome.APPLIED
    assert staged.one(report, "staging").outcome is None
    spent = {kind: count - before[kind] for kind, count in report.requests.items()}
    assert (spent["write"], spent["list"]) == (1, 0)
    assert spent["read"] <= 7


def test_it_is_told_as_a_promotion_and_on_record(staged: "World") -> None:
    staged.promote()

    assert staged.state() is State.RELABELLED
    assert "Promoted by Ann <ann@example.org>" in staged.why()
    (record,) = staged.records()
    assert (record.kind, record.reason) == ("promote", "Cannot wait")
    assert record.what == "greet@production promoted to what staging serves, v3"
    assert staged.code(staged.sync()) is Exit.OK
    assert staged.served() == "Fixed"


def test_a_policy_forbids_it(staged: "World") -> None:
    staged.policy = PolicyPart(promote_now=PromoteNow.FORBID)

    report = staged.promote()

    assert report.error_exit is Exit.DENIED
    assert "promote_now: forbid" in str(report.error)
    assert staged.served() == "Bad"
    assert staged.rollback().error is None, "a rollback is no promotion"


def test_a_rollback_after_it_goes_back_to_what_was_there(staged: "World") -> None:
    staged.promote()
    staged.rollback()
    assert staged.served() == "Bad"


def test_with_the_git_host_down(staged: "World") -> None:
    staged.host_down()
    assert staged.promote().error is None
    assert staged.served() == "Fixed"
    staged.host_back()
    staged.sync()
    assert [one.kind for one in staged.records()] == ["promote"]


def test_what_was_edited_by_hand_is_not_promoted(staged: "World") -> None:
    staged.edit("Hotfix", "staging")

    report = staged.promote()

    assert report.error_exit is Exit.ATTENTION
    assert "local:greet@staging does not serve what Git says" in str(report.error)
    assert staged.served() == "Bad"


def test_what_git_moved_on_from_is_not_promoted(staged: "World") -> None:
    staged.declare({"production": "v2", "staging": "v4"}, {"v4": "Newer"})
    assert "does not serve what Git says" in str(staged.promote().error)


def test_a_label_that_serves_nothing_is_not_promoted(staged: "World") -> None:
    staged.platform.unlabel("greet", "staging")
    assert "local:greet@staging serves nothing" in str(staged.promote().error)


def test_a_prompt_that_is_gone_is_not_promoted(staged: "World") -> None:
    staged.platform.delete_prompt("greet")
    assert "not on the platform" in str(staged.promote().error)


def test_a_label_that_the_target_does_not_manage_is_said(staged: "World") -> None:
    report = staged.promote(source="canary")

    assert report.error_exit is Exit.USAGE
    assert "local does not manage canary; it manages production, staging" in str(report.error)


def test_a_label_that_served_nothing_yet_may_be_given(empty: "World") -> None:
    empty.ship({"staging": "v1"}, {"v1": "Hello"})

    assert empty.promote().error is None
    assert empty.served() == "Hello"
    assert empty.code(empty.sync()) is Exit.OK
    assert empty.served() == "Hello"
