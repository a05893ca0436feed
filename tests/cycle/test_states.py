"""Every state, brought about over real Git, a real ledger and a platform in memory."""

import shutil
from typing import TYPE_CHECKING

import pytest

from mooring.core.artifact import Artifact
from mooring.core.judge import Action
from mooring.core.policy import Mode, PolicyPart, Prune, WhenAhead, WhenMissing, WhenRelabelled
from mooring.core.report import Exit
from mooring.core.state import State
from mooring.testing.faults import Fault, Faulty, Unanswered, When

if TYPE_CHECKING:
    from tests.cycle.conftest import Build, World


def check(world: "World", state: State, drift: Exit, sync: Exit) -> None:
    """Assert the state, and the exit codes of a drift check and of a sync."""
    report = world.drift()
    assert world.one(report).row.verdict.state is state
    assert report.exit is drift
    assert world.sync().exit is sync


def test_in_sync(synced: "World") -> None:
    check(synced, State.IN_SYNC, Exit.OK, Exit.OK)


def test_invalid_is_held_and_hides_no_other(synced: "World") -> None:
    synced.write("prompts/greet.yaml", "labels: [production\nprompt: x")
    synced.commit_prompt("other", "Hi")

    check(synced, State.INVALID, Exit.INVALID, Exit.INVALID)
    assert synced.served("other") == "Hi\n"
    assert synced.served() == "Hello {{name}}\n"


def test_unknown_while_the_platform_is_silent(synced: "World") -> None:
    synced.adapter = Faulty(synced.adapter, [Fault("survey", n, Unanswered(When.BEFORE)) for n in range(1, 20)])

    report = synced.drift()

    assert synced.one(report).row.verdict.state is State.UNKNOWN
    assert report.exit is Exit.UNKNOWN
    assert not report.targets[0].complete
    assert synced.sync().exit is Exit.UNKNOWN


def test_unknown_while_the_ledger_cannot_be_read(synced: "World") -> None:
    for ref in synced.git("for-each-ref", "--format=%(objectname)", "refs/mooring").split():
        path = synced.folder / ".git/objects" / ref[:2] / ref[2:]
        path.unlink(missing_ok=True)
    shutil.rmtree(synced.folder / ".git" / "mooring")
    synced.commit_prompt("greet", "Hello dear {{name}}")

    report = synced.sync()

    assert synced.one(report).row.verdict.state is State.UNKNOWN
    assert report.exit is Exit.UNKNOWN
    assert synced.served() == "Hello {{name}}\n"


def test_split_label_of_reviewed_versions_is_healed_by_one_move(synced: "World") -> None:
    synced.commit_prompt("greet", "Hello dear {{name}}")
    synced.sync()
    one, two = (stored.ref for stored in synced.platform.versions("greet"))
    synced.platform.split("greet", "production", (one, two))

    check(synced, State.SPLIT_LABEL, Exit.ATTENTION, Exit.OK)
    assert synced.platform.holders("greet", "production") == (two,)


def test_split_label_with_an_unreviewed_version_is_held(synced: "World") -> None:
    ref = synced.platform.save("greet", Artifact("mine"))
    synced.platform.split("greet", "production", (synced.platform.versions("greet")[0].ref, ref))

    assert synced.one(synced.drift()).row.verdict.action is Action.HOLD
    assert len(synced.platform.holders("greet", "production")) == 2


def test_unsupported(world: "World") -> None:
    world.labels = {"not a label": "production"}
    report = world.drift()

    assert world.one(report, label="not a label").row.verdict.state is State.UNSUPPORTED
    assert report.exit is Exit.INVALID


def test_foreign_until_it_is_taken_over(synced: "World") -> None:
    synced.platform.give_to("greet", "other-repository")
    synced.commit_prompt("greet", "Hello dear {{name}}")

    check(synced, State.FOREIGN, Exit.ATTENTION, Exit.ATTENTION)
    assert "other-repository" in synced.one(synced.drift()).row.verdict.fix


def test_unmanaged_is_counted(synced: "World") -> None:
    synced.platform.save("theirs", Artifact("Hi"), ["production"])

    report = synced.drift()

    assert synced.one(report, "theirs").row.verdict.state is State.UNMANAGED
    assert report.exit is Exit.OK


def test_pending_create(world: "World") -> None:
    check(world, State.PENDING_CREATE, Exit.CHANGES, Exit.OK)


def test_unadopted(world: "World") -> None:
    world.platform.save("greet", Artifact("theirs"), ["production"])

    check(world, State.UNADOPTED, Exit.ATTENTION, Exit.ATTENTION)
    assert world.served() == "theirs"


def test_git_ahead(synced: "World") -> None:
    synced.commit_prompt("greet", "Hello dear {{name}}")

    check(synced, State.GIT_AHEAD, Exit.CHANGES, Exit.OK)


def test_prune_pending_is_only_counted(synced: "World") -> None:
    synced.commit_prompt("other", "Hi")
    synced.git("rm", "-q", "prompts/greet.yaml")
    synced.commit("retire greet")
    synced.sync()

    check(synced, State.PRUNE_PENDING, Exit.OK, Exit.OK)
    assert synced.served() == "Hello {{name}}\n"


def test_prune_retire_takes_the_label_off_and_keeps_the_versions(synced: "World") -> None:
    synced.policy = PolicyPart(prune=Prune.RETIRE)
    synced.commit_prompt("other", "Hi")
    synced.git("rm", "-q", "prompts/greet.yaml")
    synced.commit("retire greet")

    check(synced, State.PRUNE_PENDING, Exit.CHANGES, Exit.OK)
    assert synced.served() is None
    assert synced.texts() == ["Hello {{name}}\n"]


def test_missing_label_and_missing_prompt(synced: "World") -> None:
    synced.platform.unlabel("greet", "production")
    assert "label is gone" in synced.one(synced.drift()).row.verdict.reason

    synced.platform.delete_prompt("greet")
    synced.platform.save("other", Artifact("x"))
    assert "prompt is gone" in synced.one(synced.drift()).row.verdict.reason
    check(synced, State.MISSING, Exit.ATTENTION, Exit.OK)
    assert synced.served() is None


def test_missing_is_put_back_where_policy_says_so(synced: "World") -> None:
    synced.policy = PolicyPart(missing=WhenMissing.REVERT)
    synced.platform.unlabel("greet", "production")

    synced.sync()

    assert synced.served() == "Hello {{name}}\n"
    assert len(synced.texts()) == 1  # the version was there, so it is used again


def test_missing_is_put_back_by_a_decision(synced: "World") -> None:
    synced.platform.unlabel("greet", "production")
    synced.resolve()

    assert synced.sync().exit is Exit.OK
    assert synced.served() == "Hello {{name}}\n"


@pytest.mark.parametrize(
    ("policy", "code"), [(WhenRelabelled.ALERT, Exit.CHANGES), (WhenRelabelled.BLOCK, Exit.ATTENTION)]
)
def test_relabelled_tells_a_rollback(synced: "World", policy: WhenRelabelled, code: Exit) -> None:
    synced.policy = PolicyPart(relabelled=policy)
    synced.commit_prompt("greet", "Hello dear {{name}}")
    synced.clock.advance(60)
    synced.sync()
    synced.platform.point("greet", "production", synced.platform.versions("greet")[0].ref)

    check(synced, State.RELABELLED, code, Exit.OK)
    assert "rollback" in synced.one(synced.drift()).row.verdict.reason


@pytest.mark.parametrize(
    ("policy", "code", "served"),
    [
        (WhenAhead.BLOCK, Exit.ATTENTION, "mine"),
        (WhenAhead.ALERT, Exit.CHANGES, "mine"),
        (WhenAhead.ADOPT, Exit.ATTENTION, "mine"),
        (WhenAhead.REVERT, Exit.ATTENTION, "Hello {{name}}\n"),
    ],
)
def test_platform_ahead(synced: "World", policy: WhenAhead, code: Exit, served: str) -> None:
    synced.policy = PolicyPart(platform_ahead=policy)
    synced.edit("mine")

    check(synced, State.PLATFORM_AHEAD, code, Exit.OK)
    assert synced.served() == served
    assert "mine" in synced.texts()


def test_conflict(synced: "World") -> None:
    synced.edit("mine")
    synced.commit_prompt("greet", "Hello dear {{name}}")

    check(synced, State.CONFLICT, Exit.ATTENTION, Exit.ATTENTION)
    assert synced.served() == "mine"


def test_deletion_in_git_against_an_edit_is_a_conflict(synced: "World") -> None:
    synced.commit_prompt("other", "Hi")
    synced.edit("mine")
    synced.git("rm", "-q", "prompts/greet.yaml")
    synced.commit("retire greet")

    assert synced.state() is State.CONFLICT


def test_content_once_reviewed_is_known_from_history_even_with_an_empty_index(synced: "World") -> None:
    """A text that Git held between two syncs was never published, and is reviewed all the same."""
    synced.commit_prompt("greet", "in between")
    synced.commit_prompt("greet", "Hello dear {{name}}")
    synced.sync()
    synced.edit("in between\n")

    assert synced.state() is State.RELABELLED


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.CREATE_ONLY, Mode.UPSERT])
def test_modes_bound_what_is_written(synced: "World", mode: Mode) -> None:
    synced.mode = mode
    synced.prompt("greet", "Hello dear {{name}}")
    synced.commit_prompt("new", "Hi")

    synced.sync()
    synced.sync()

    published = {Mode.OBSERVE: 1, Mode.CREATE_ONLY: 2, Mode.UPSERT: 2}[mode]
    assert len(synced.texts()) == published
    assert synced.served("new") == (None if mode is Mode.OBSERVE else "Hi\n")
    assert synced.served() == ("Hello dear {{name}}\n" if mode is Mode.UPSERT else "Hello {{name}}\n")


def test_an_edited_version_file_is_held_and_names_the_way_out(build: "Build") -> None:
    world = build()
    world.write("prompts/greet/v1.yaml", "prompt: one\n")
    world.write("prompts/registry.yaml", "greet: {production: v1}\n")
    world.commit()
    world.sync()
    world.write("prompts/greet/v1.yaml", "prompt: two\n")
    world.commit()

    report = world.sync()

    assert report.exit is Exit.INVALID
    assert "mooring new greet" in str(report.targets[0].findings)
    assert world.served() == "one"
    assert world.sync().exit is Exit.INVALID  # and stays so


def test_tampering_is_a_finding(synced: "World") -> None:
    synced.platform.tamper("greet", synced.platform.versions("greet")[0].ref, Artifact("tampered"))

    report = synced.drift()

    assert synced.one(report).row.verdict.state is State.PLATFORM_AHEAD
    assert [finding.kind.value for finding in report.targets[0].findings] == ["tampered"]


def test_a_fight_is_left_to_people(synced: "World") -> None:
    synced.policy = PolicyPart(platform_ahead=WhenAhead.REVERT)
    for _ in range(3):
        synced.edit("mine")
        synced.sync()
        assert synced.served() == "Hello {{name}}\n"
    synced.edit("mine")

    report = synced.sync()

    assert synced.one(report).row.verdict.action is Action.HOLD
    assert "fight" in synced.one(report).row.verdict.reason
    assert synced.served() == "mine"
    synced.resolve()
    synced.sync()
    assert synced.served() == "Hello {{name}}\n"
