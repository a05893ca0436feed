"""What Git no longer declares: archived, then deleted whole; left alone whenever anything speaks for it."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mooring.applying import archive
from mooring.core.address import ContentHash, Ref
from mooring.core.artifact import Artifact
from mooring.core.canonical import content_hash
from mooring.core.desired import PromptFacts
from mooring.core.guard import Allowances, GuardKind
from mooring.core.judge import Action
from mooring.core.plan import Outcome
from mooring.core.policy import Limit, Limits, Mode, PolicyPart, Prune, WhenAhead
from mooring.core.report import Exit
from mooring.core.state import State
from mooring.ports import Provenance
from mooring.run import Selection
from mooring.testing.faults import Acted, Fault, Faulty, When

if TYPE_CHECKING:
    from tests.prune.conftest import Build, World


def test_a_prompt_that_git_dropped_is_archived_and_deleted_whole(world: "World") -> None:
    world.edit("a draft of somebody")
    world.drop("greet")
    report = world.plan()
    assert (world.one(report).row.verdict.action, world.drift().exit) == (Action.DELETE, Exit.CHANGES)
    report = world.sync()
    assert {world.one(report, label=label).outcome for label in world.labels} == {Outcome.APPLIED}
    assert (report.exit, world.texts(), world.texts("other")) == (Exit.OK, [], ["other"])
    assert world.archived_texts() == {"one", "two", "a draft of somebody"}
    assert set(world.memory().prompts) == {"other"}
    again = world.sync()
    assert (again.exit, [one.row.address.prompt for one in again.rows]) == (Exit.OK, ["other"])


def test_the_archive_says_what_was_where(world: "World") -> None:
    world.drop("greet")
    world.sync()
    found = next(one for one in world.archived() if one["body"] == "two")
    (taken,) = found["taken"]
    assert (found["schema"], found["kind"], found["hash"], found["config"]) == (
        1,
        "text",
        content_hash(Artifact("two")),
        {},
    )
    assert (taken["target"], taken["prompt"], taken["labels"], taken["ref"], taken["run"]) == (
        "local",
        "greet",
        ["production", "staging"],
        "2",
        "run",
    )
    assert taken["provenance"]["id"] == "acme"
    assert taken["archived_at"] == world.clock.now()


def test_one_deletion_and_one_archive_commit_for_all(world: "World") -> None:
    faulty = world.adapter = Faulty(world.adapter)
    world.drop("greet")
    world.drop("other")
    world.allowed = Allowances(empty_source=True)
    world.sync()
    assert faulty.calls.count("delete_prompt") == 2, "one for each prompt, whatever its labels"
    assert world.archived_texts() == {"one", "two", "other"}
    assert world.archive_commits() == 1


def test_story_1_a_name_that_comes_back_serves_the_new_text(world: "World") -> None:
    world.drop("greet")
    world.sync()
    world.declare("greet", "three")
    report = world.sync()
    assert (world.one(report).outcome, world.served(), world.texts()) == (Outcome.APPLIED, "three", ["three"])
    assert world.sync().exit is Exit.OK


def test_story_1_even_the_old_text_under_an_old_number_is_published_anew(world: "World") -> None:
    """Version 1 is another content now than the ledger once knew under that number."""
    world.drop("greet")
    world.sync()
    world.edit("of somebody else", "greet")
    world.declare("greet", "one")
    world.sync()
    assert (world.served(), world.texts()) == ("one", ["of somebody else", "one"])


# --- what keeps a prompt ------------------------------------------------------------------------------------------


def declared_elsewhere(world: "World") -> None:
    world.declare("greet", "two", "staging")


def another_label(world: "World") -> None:
    world.platform.point("greet", "canary", Ref("1"))
    world.drop("greet")


def no_mark(world: "World") -> None:
    world.platform.give_to("greet", None)
    with world.platform.writing() as prompts:
        versions = prompts["greet"].versions
        versions.update({ref: replace(one, provenance=None) for ref, one in versions.items()})
    world.drop("greet")


def other_run(world: "World") -> None:
    world.drop("greet")
    world.selection = Selection(addresses=("greet@production",))


def narrowed(world: "World") -> None:
    world.labels = {"production": "production"}
    world.drop("greet")


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (declared_elsewhere, "Git declares its label staging"),
        (another_label, "its label canary is not managed here"),
        (no_mark, "carries no mark of this repository"),
        (other_run, "its label staging is not part of this run"),
        (narrowed, "its label staging is not managed here"),
    ],
)
def test_what_speaks_for_a_prompt_leaves_it_and_the_label_goes(
    world: "World", happens: "Callable[[World], None]", why: str
) -> None:
    happens(world)
    row = world.one(world.plan()).row
    assert (row.verdict.state, row.verdict.action) == (State.PRUNE_PENDING, Action.RETIRE)
    assert why in row.verdict.reason
    report = world.sync()
    assert (world.one(report).outcome, world.texts()) == (Outcome.APPLIED, ["one", "two"])
    assert world.platform.holders("greet", "production") == ()
    assert world.archived_texts() == {"two"}, "what a label is taken off is archived too"


@pytest.mark.parametrize(("removes", "action"), [(True, Action.RETIRE), (False, Action.REPORT)])
def test_a_platform_that_cannot_delete(build: "Build", removes: bool, action: Action) -> None:
    world = build(deletes_prompts=False, removes_labels=removes)
    world.declare("greet", "one")
    world.declare("other", "other")
    world.sync()
    world.drop("greet")
    row = world.one(world.plan()).row
    assert row.verdict.action is action
    assert "the platform cannot delete prompts" in row.verdict.reason
    world.sync()
    assert world.texts() == ["one"]


def test_another_repository_s_prompt_is_held(world: "World") -> None:
    world.platform.give_to("greet", "theirs")
    world.drop("greet")
    assert world.one(world.plan()).row.verdict.action is Action.HOLD
    world.sync()
    assert world.texts() == ["one", "two"]


def test_one_version_of_another_repository_keeps_the_prompt(world: "World") -> None:
    """Its mark stands beside an old version only, which no survey reads."""
    foreign = Provenance("theirs", "c0ffee", "p.yaml", "A <a@example.org>", content_hash(Artifact("x")))
    world.adapter.publish("greet", Artifact("x"), foreign, PromptFacts(), ())
    world.platform.give_to("greet", "acme")
    world.drop("greet")
    report = world.sync()
    assert (world.one(report).outcome, report.exit) == (Outcome.FAILED, Exit.PARTIAL)
    assert "the repository theirs made some of its versions" in world.one(report).note
    assert world.texts() == ["one", "two", "x"]
    world.allowed = Allowances(takeover=frozenset({"theirs"}))
    world.sync()
    assert world.texts() == []


@pytest.mark.parametrize(
    ("mode", "policy"),
    [
        (Mode.OBSERVE, Prune.DELETE),
        (Mode.CREATE_ONLY, Prune.DELETE),
        (Mode.UPSERT, Prune.REPORT),
        (Mode.UPSERT, None),
    ],
)
def test_story_9_nothing_goes_unless_mode_and_policy_say_so(world: "World", mode: Mode, policy: Prune | None) -> None:
    world.drop("greet")
    world.mode, world.policy = mode, PolicyPart(prune=policy)
    assert world.sync().exit is Exit.OK
    assert (world.texts(), world.served(), world.archived()) == (["one", "two"], "two", [])


def test_a_guard_counts_deletions_and_its_number_opens_it(world: "World") -> None:
    world.drop("greet")
    world.limits = Limits(deletes=Limit(None, 1))
    report = world.sync()
    (guard,) = report.targets[0].guards
    assert (guard.kind, guard.fix, report.exit) == (GuardKind.DELETES, "--allow-deletes 2", Exit.GUARD)
    assert (world.texts(), world.archived()) == (["one", "two"], [])
    world.allowed = Allowances(deletes=2)
    assert world.sync().exit is Exit.OK
    assert world.texts() == []


# --- somebody moves in between ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda world: world.edit("theirs"), id="a new version"),
        pytest.param(lambda world: world.edit("theirs", "greet", "production"), id="an edit that is served"),
        pytest.param(lambda world: world.platform.point("greet", "production", Ref("1")), id="a label moved"),
        pytest.param(lambda world: world.platform.point("greet", "canary", Ref("1")), id="a label of somebody"),
        pytest.param(lambda world: world.platform.tamper("greet", Ref("1"), Artifact("x")), id="rewritten in place"),
    ],
)
@pytest.mark.parametrize(("method", "number", "when"), [("versions", 1, When.AFTER), ("look", 2, When.BEFORE)])
def test_what_moved_after_the_archive_is_left_alone(
    world: "World", act: "Callable[[World], object]", method: str, number: int, when: When
) -> None:
    world.drop("greet")
    fault = Fault("versions" if method == "versions" else "look", number, Acted(when, lambda: act(world)))
    world.adapter = Faulty(world.adapter, [fault])
    report = world.sync()
    assert (world.one(report).outcome, report.exit) == (Outcome.MOVED, Exit.ATTENTION)
    assert {"two"} < {*world.texts()}
    assert "greet" in world.memory().prompts


def test_what_moved_before_the_archive_is_left_alone(world: "World") -> None:
    world.drop("greet")
    moved = Acted(When.BEFORE, lambda: world.platform.tamper("greet", Ref("2"), Artifact("x")))
    world.adapter = Faulty(world.adapter, [Fault("versions", 1, moved)])
    report = world.sync()
    assert (world.one(report).outcome, world.texts()) == (Outcome.MOVED, ["one", "x"])
    assert world.archived() == []


def test_somebody_else_deleted_it_meanwhile(world: "World") -> None:
    world.drop("greet")
    gone = Acted(When.AFTER, lambda: world.platform.delete_prompt("greet"))
    world.adapter = Faulty(world.adapter, [Fault("versions", 1, gone)])
    report = world.sync()
    assert (world.one(report).outcome, report.exit) == (Outcome.UNCHANGED, Exit.OK)
    assert set(world.memory().prompts) == {"other"}


def test_somebody_makes_it_anew_at_once(world: "World") -> None:
    world.drop("greet")
    anew = Acted(When.AFTER, lambda: world.edit("anew", "greet", "production"))
    world.adapter = Faulty(world.adapter, [Fault("delete_prompt", 1, anew)])
    report = world.sync()
    assert (world.one(report).outcome, world.texts()) == (Outcome.MOVED, ["anew"])


def test_an_edit_against_a_deletion_waits_for_a_person_who_is_heard(world: "World") -> None:
    world.edit("typed by hand", "greet", "production")
    world.drop("greet")
    row = world.one(world.plan()).row
    assert (row.verdict.state, row.verdict.action) == (State.CONFLICT, Action.HOLD)
    assert world.one(world.plan(), label="staging").row.verdict.action is Action.RETIRE, "the other label stays"
    world.policy = PolicyPart(prune=Prune.DELETE, platform_ahead=WhenAhead.BLOCK)
    assert world.resolve().exit is Exit.OK
    report = world.sync()
    assert (world.one(report).outcome, world.texts()) == (Outcome.APPLIED, [])
    assert "typed by hand" in world.archived_texts()


def test_a_deleted_prompt_can_be_read_back(world: "World") -> None:
    world.drop("greet")
    world.sync()
    digest = content_hash(Artifact("one"))
    found = archive.find(world.target(), digest)
    assert found is not None
    assert (found.hash, found.content, [one.prompt for one in found.taken]) == (digest, Artifact("one"), ["greet"])
    assert archive.find(world.target(), ContentHash("sha256:" + "0" * 64)) is None
