"""Crashes, lost answers, people who are faster, lost records, older commits: nothing doubles, nothing is lost."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from mooring.core.address import Ref
from mooring.core.artifact import Artifact
from mooring.core.desired import PromptFacts
from mooring.core.guard import Allowances
from mooring.core.plan import Outcome
from mooring.core.report import Exit
from mooring.core.state import State
from mooring.ports import Denied, Provenance, Rejected, Stored, Unreachable
from mooring.reports import json, markdown, text
from mooring.run import Selection
from mooring.testing.faults import Acted, Crash, Crashed, Event, Fault, Faulty, Late, Method, Refused, Unanswered, When
from mooring_memory import MemoryAdapter

if TYPE_CHECKING:
    from tests.cycle.conftest import Build, World


@pytest.fixture
def ahead(synced: "World") -> "World":
    """A world where Git is ahead by one change."""
    synced.commit_prompt("greet", "Hello dear {{name}}")
    return synced


CALLS: list[tuple[Method, int]] = [
    ("survey", 1),
    ("identity", 1),
    ("look", 1),
    ("publish", 1),
    ("move_label", 1),
    ("look", 2),
]
"""Every call of a sync that brings one change, in order."""


def test_the_calls_of_a_sync_are_these(ahead: "World") -> None:
    faulty = ahead.adapter = Faulty(ahead.adapter)
    assert ahead.sync().exit is Exit.OK
    numbered = [(name, faulty.calls[: at + 1].count(name)) for at, name in enumerate(faulty.calls)]
    assert numbered == CALLS


@pytest.mark.parametrize("when", list(When))
@pytest.mark.parametrize(("method", "number"), CALLS[2:])
def test_a_crash_at_any_call_is_repaired_by_the_next_sync(
    ahead: "World", method: Method, number: int, when: When
) -> None:
    inner = ahead.adapter
    ahead.adapter = Faulty(inner, [Fault(method, number, Crashed(when))])
    with pytest.raises(Crash):
        ahead.sync()
    ahead.clock.advance(61)  # the lease of the dead run
    ahead.lock_timeout = 120
    ahead.adapter = inner

    assert ahead.served() in {"Hello {{name}}\n", "Hello dear {{name}}\n"}
    assert ahead.sync().exit is Exit.OK
    assert ahead.served() == "Hello dear {{name}}\n"
    assert ahead.texts() == ["Hello {{name}}\n", "Hello dear {{name}}\n"]
    before = ahead.ledger()
    assert ahead.sync().exit is Exit.OK
    assert ahead.ledger() == before
    assert "lease" not in before


@pytest.mark.parametrize("method", ["publish", "look"])
@pytest.mark.parametrize("when", list(When))
def test_a_first_sync_that_dies_has_not_lost_its_ledger(world: "World", method: Method, when: When) -> None:
    inner = world.adapter
    world.adapter = Faulty(inner, [Fault(method, 1, Crashed(when))])
    with pytest.raises(Crash):
        world.sync()
    world.clock.advance(61)
    world.adapter, world.lock_timeout = inner, 120

    assert world.sync().exit is Exit.OK
    assert world.texts() == ["Hello {{name}}\n"]
    assert world.served() == "Hello {{name}}\n"


def test_what_another_run_just_wrote_is_no_lost_ledger(world: "World") -> None:
    inner = world.adapter

    def another() -> None:
        world.adapter = inner
        world.sync()

    world.adapter = Faulty(inner, [Fault("survey", 1, Acted(When.BEFORE, another))])

    assert world.sync().exit is Exit.OK
    assert world.texts() == ["Hello {{name}}\n"]


@pytest.mark.parametrize(
    ("method", "event"),
    [
        ("publish", Unanswered(When.AFTER)),
        ("publish", Unanswered(When.AFTER, 2.0)),
        ("publish", Refused(Unreachable("no connection", sent=False))),
        ("move_label", Unanswered(When.BEFORE)),
        ("move_label", Unanswered(When.AFTER)),
        ("move_label", Unanswered(When.AFTER, 2.0)),
    ],
)
def test_a_lost_answer_neither_doubles_nor_loses_the_write(ahead: "World", method: str, event: Event) -> None:
    ahead.adapter = Faulty(ahead.adapter, [Fault(method, 1, event)])  # type: ignore[arg-type]

    assert ahead.sync().exit is Exit.OK
    assert ahead.served() == "Hello dear {{name}}\n"
    assert len(ahead.texts()) == 2


@pytest.mark.parametrize("calls", [1, 2, 3, 99])
def test_a_create_that_may_land_late_is_not_sent_again(ahead: "World", calls: int) -> None:
    inner = ahead.adapter
    late = ahead.adapter = Faulty(inner, [Fault("publish", 1, Late(calls))])

    report = ahead.sync()

    assert ahead.one(report).outcome is (Outcome.FAILED if calls == 99 else Outcome.APPLIED)
    assert late.calls.count("publish") == 1
    late.land()
    ahead.adapter, ahead.lock_timeout = inner, 120
    assert ahead.sync().exit is Exit.OK
    assert ahead.served() == "Hello dear {{name}}\n"
    assert len(ahead.texts()) == 2
    assert ahead.drift().exit is Exit.OK


def test_a_platform_that_goes_silent_for_good_leaves_its_lease_for_the_next_run(ahead: "World") -> None:
    inner = ahead.adapter
    ahead.adapter = Faulty(
        inner,
        [Fault("publish", n, Unanswered(When.AFTER)) for n in range(1, 9)]
        + [Fault("versions", n, Unanswered(When.BEFORE)) for n in range(1, 9)],
    )

    report = ahead.sync()

    assert report.exit is Exit.PARTIAL
    assert ahead.one(report).outcome is Outcome.FAILED
    assert "lease" in ahead.ledger()
    ahead.adapter, ahead.lock_timeout = inner, 120
    assert ahead.sync().exit is Exit.OK
    assert ahead.served() == "Hello dear {{name}}\n"
    assert "lease" not in ahead.ledger()


def test_denied_in_the_middle_stops_the_target(ahead: "World") -> None:
    ahead.commit_prompt("another", "Hi")
    error = Denied("the key may not move labels")
    ahead.adapter = Faulty(ahead.adapter, [Fault("move_label", 1, Refused(error))])

    assert ahead.sync().exit is Exit.DENIED


def test_one_rejected_prompt_does_not_stop_the_others(ahead: "World") -> None:
    ahead.commit_prompt("another", "Hi")
    inner = ahead.adapter
    ahead.adapter = Faulty(inner, [Fault("move_label", 1, Refused(Rejected("no such version")))])

    report = ahead.sync()

    assert report.exit is Exit.PARTIAL
    assert ahead.served("another") == "Hi\n"
    assert ahead.served() == "Hello {{name}}\n"


def test_a_person_between_plan_and_apply_is_left_alone(ahead: "World") -> None:
    ahead.commit_prompt("another", "Hi")
    ahead.adapter = Faulty(ahead.adapter, [Fault("survey", 1, Acted(When.AFTER, lambda: ahead.edit("mine")))])

    report = ahead.sync()

    assert ahead.one(report).outcome is Outcome.MOVED
    assert report.exit is Exit.ATTENTION
    assert ahead.served() == "mine"
    assert ahead.served("another") == "Hi\n"


def test_a_person_between_our_look_and_our_flip_is_seen_where_the_platform_compares(ahead: "World") -> None:
    ahead.adapter = Faulty(ahead.adapter, [Fault("publish", 1, Acted(When.AFTER, lambda: ahead.edit("mine")))])

    report = ahead.sync()

    assert ahead.one(report).outcome is Outcome.MOVED
    assert ahead.served() == "mine"


def test_a_person_right_after_our_flip_wins_and_is_reported(ahead: "World") -> None:
    ahead.adapter = Faulty(ahead.adapter, [Fault("move_label", 1, Acted(When.AFTER, lambda: ahead.edit("mine")))])

    report = ahead.sync()

    assert ahead.one(report).outcome is Outcome.MOVED
    assert ahead.served() == "mine"
    assert ahead.state() is State.CONFLICT


class Trimming(MemoryAdapter):
    """A platform that stores texts without their last line end."""

    def publish(
        self, prompt: str, artifact: Artifact, provenance: Provenance, facts: PromptFacts, labels: Sequence[str]
    ) -> Stored:
        trimmed = Artifact(str(artifact.body).rstrip(), artifact.config)
        return super().publish(prompt, trimmed, provenance, facts, labels)


def test_content_that_the_platform_does_not_keep_is_not_served_and_not_sent_again(ahead: "World") -> None:
    ahead.adapter = Trimming(ahead.platform, ahead.adapter.capabilities)

    first, second = ahead.sync(), ahead.sync()

    assert first.exit is second.exit is Exit.PARTIAL
    assert "keeps other content" in ahead.one(second).note
    assert ahead.served() == "Hello {{name}}\n"
    assert ahead.texts() == ["Hello {{name}}\n", "Hello dear {{name}}"]
    ahead.adapter = MemoryAdapter(ahead.platform, ahead.adapter.capabilities)
    ahead.commit_prompt("greet", "Hello dearest {{name}}")
    assert ahead.sync().exit is Exit.OK


def test_the_platform_write_done_and_the_record_lost_is_no_conflict_after_another_merge(build: "Build") -> None:
    world = build(remote=True)
    world.commit_prompt("greet", "one")
    world.sync()
    world.commit_prompt("greet", "two")
    hook = world.folder.parent / "remote.git" / "hooks" / "update"
    hook.write_text('#!/bin/sh\ncase "$1" in */ledger) exit 1;; esac\nexit 0\n')
    hook.chmod(0o755)

    lost = world.sync()

    assert lost.exit is Exit.LOCKED
    assert world.served() == "two\n"
    hook.unlink()
    world.commit_prompt("greet", "three")
    world.lock_timeout = 120
    assert world.state() is State.GIT_AHEAD
    assert world.sync().exit is Exit.OK
    assert world.served() == "three\n"
    assert world.texts() == ["one\n", "two\n", "three\n"]


def test_a_remote_that_refuses_the_lease_means_no_write(build: "Build") -> None:
    world = build(remote=True)
    world.commit_prompt("greet", "one")
    hook = world.folder.parent / "remote.git" / "hooks" / "update"
    hook.write_text('#!/bin/sh\ncase "$1" in refs/mooring/*) exit 1;; esac\nexit 0\n')
    hook.chmod(0o755)

    assert world.sync().exit is Exit.LOCKED
    assert world.texts() == []


def test_a_remote_that_is_gone_means_no_write(build: "Build") -> None:
    world = build(remote=True)
    world.commit_prompt("greet", "one")
    (world.folder.parent / "remote.git").rename(world.folder.parent / "elsewhere.git")

    assert world.sync().exit is Exit.LOCKED
    assert world.texts() == []


def test_an_older_commit_after_a_newer_one_is_superseded(synced: "World") -> None:
    older = synced.commit_prompt("greet", "two")
    synced.commit_prompt("greet", "three")
    synced.sync()
    before = synced.ledger()

    report = synced.sync(older)

    assert report.exit is Exit.OK
    assert "Superseded" in report.notices[0]
    assert synced.served() == "three\n"
    assert synced.ledger() == before


def test_another_branch_is_astray(synced: "World") -> None:
    synced.git("switch", "-q", "-c", "feature")
    synced.prompt("greet", "two")
    synced.git("commit", "-qam", "two")

    assert synced.sync().exit is Exit.STALE
    assert synced.served() == "Hello {{name}}\n"
    assert synced.plan().exit is Exit.CHANGES  # looking is free


def test_a_rewritten_history_needs_a_flag_and_equal_trees_do_not(synced: "World") -> None:
    old = synced.commit_prompt("greet", "two")
    synced.sync()
    synced.git("reset", "-q", "--hard", "HEAD~1")
    synced.git("commit", "-q", "--allow-empty", "-m", "same prompts as before the reset")
    new = synced.commit_prompt("greet", "three")

    refused = synced.sync()

    assert refused.exit is Exit.STALE
    assert f"{old[:12]}..{new[:12]}" in str(refused.targets[0].error)
    assert synced.served() == "two\n"
    synced.allowed = Allowances(history=(old[:12], new[:12]))
    assert synced.sync().exit is Exit.OK
    assert synced.served() == "three\n"


def test_an_empty_source_is_stopped(synced: "World") -> None:
    synced.commit_prompt("other", "x")
    synced.sync()
    synced.git("rm", "-rq", "prompts")
    synced.commit("oops")

    report = synced.plan()

    assert report.exit is Exit.GUARD
    assert synced.served() == "Hello {{name}}\n"


def test_an_emptied_target_is_stopped(synced: "World") -> None:
    synced.commit_prompt("other", "x")
    synced.sync()
    synced.platform.delete_prompt("greet")
    synced.platform.delete_prompt("other")
    synced.commit_prompt("third", "y")

    assert synced.sync().exit is Exit.GUARD
    assert synced.texts("third") == []


def test_a_mass_change_needs_its_number(world: "World") -> None:
    for number in range(12):
        world.prompt(f"p{number}", "one")
    world.commit()
    world.sync()
    for number in range(12):
        world.prompt(f"p{number}", "two")
    world.commit()

    assert world.sync().exit is Exit.GUARD
    world.allowed = Allowances(updates=11)
    assert world.sync().exit is Exit.GUARD
    world.allowed = Allowances(updates=12)
    assert world.sync().exit is Exit.OK
    assert "Mooring-Allowed: updates=12" in world.git("log", "-1", "--format=%B", "refs/mooring/acme/local/ledger")


def test_a_lost_ledger_is_noticed(synced: "World") -> None:
    synced.git("update-ref", "-d", "refs/mooring/acme/local/ledger")
    synced.commit_prompt("new", "x")

    assert synced.sync().exit is Exit.GUARD
    synced.git("reset", "-q", "--hard", "HEAD~1")
    assert synced.sync().exit is Exit.GUARD  # with nothing to write either, and the next time too
    assert synced.sync().exit is Exit.GUARD
    synced.allowed = Allowances(lost_ledger=True)
    assert synced.sync().exit is Exit.OK


def test_another_project_behind_the_connection_stops_the_run(synced: "World") -> None:
    synced.commit_prompt("greet", "two")
    synced.platform.identity = "another project"

    assert synced.sync().exit is Exit.DENIED
    assert synced.served() == "Hello {{name}}\n"


def test_a_pinned_project_is_checked_before_the_first_write(world: "World") -> None:
    world.project = "another project"

    assert world.sync().exit is Exit.DENIED
    assert world.texts() == []


def test_a_signal_leaves_the_rest_for_later(world: "World") -> None:
    world.commit_prompt("another", "Hi")
    world.stop.set()

    report = world.sync()

    assert {one.outcome for one in report.rows} == {Outcome.SKIPPED}
    assert world.texts() == []
    assert "lease" not in world.ledger()


def test_a_plan_that_went_stale_is_not_applied(ahead: "World") -> None:
    from mooring import cycle

    planned = ahead.plan().digest
    assert cycle.sync(ahead.run(), "sha256:other").exit is Exit.STALE
    ahead.edit("mine")
    assert cycle.sync(ahead.run(), planned).exit is Exit.STALE
    assert ahead.served() == "mine"
    ahead.platform.point("greet", "production", Ref("1"))
    assert cycle.sync(ahead.run(), planned).exit is Exit.OK


def test_names_that_the_platform_forbids_are_renamed_both_ways(build: "Build") -> None:
    from mooring.core.naming import Naming

    world = build()
    world.naming = Naming({"acme/*": "acme.*"})
    world.commit_prompt("acme/greet", "Hi")
    world.sync()

    assert world.platform.holders("acme.greet", "production") == ("1",)
    assert world.state("acme/greet") is State.IN_SYNC


def test_reports_hold_no_prompt_body(synced: "World") -> None:
    synced.edit("a secret recipe")

    report = synced.drift()

    assert synced.one(report).changes
    for render in (json.text, markdown.text, text.text):
        assert "recipe" not in render(report)
        assert "greet" in render(report)


def test_a_commit_that_was_not_pushed_and_a_head_on_no_branch_are_no_lock(build: "Build") -> None:
    world = build(remote=True)
    world.commit_prompt("greet", "one")
    world.prompt("greet", "two")
    world.git("commit", "-qam", "not pushed")

    report = world.sync()

    assert report.exit is Exit.STALE
    assert "not pushed yet" in str(report.error)


def test_a_broken_file_fails_nobody_who_asks_about_another_prompt(synced: "World") -> None:
    synced.write("prompts/other.yaml", "labels: [production\n")
    synced.commit()
    assert synced.drift().exit is Exit.INVALID

    synced.selection = Selection(addresses=("greet",))

    assert synced.drift().exit is Exit.OK


def test_a_version_that_a_dead_run_left_is_found_even_after_git_moved_on(synced: "World") -> None:
    """It lies below the newest version that the ledger knows, where no later search looks."""
    inner = synced.adapter
    synced.commit_prompt("greet", "two")
    synced.adapter = Faulty(inner, [Fault("publish", 1, Crashed(When.AFTER))])
    with pytest.raises(Crash):
        synced.sync()
    synced.adapter, synced.lock_timeout = inner, 120
    synced.commit_prompt("greet", "three")
    synced.sync()
    synced.commit_prompt("greet", "two")

    assert synced.sync().exit is Exit.OK
    assert synced.served() == "two\n"
    assert synced.texts() == ["Hello {{name}}\n", "two\n", "three\n"]
