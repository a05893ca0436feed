"""What is taken away and was never reviewed is kept, by its hash, and comes back as it was."""

import json
from typing import TYPE_CHECKING

import pytest

from mooring.applying import archive
from mooring.core.address import ContentHash, Ref
from mooring.core.artifact import Artifact, Content, Message, Opaque, Placeholder
from mooring.core.canonical import content_hash
from mooring.core.plan import Outcome
from mooring.core.policy import PolicyPart, WhenAhead, WhenMissing
from mooring.core.report import Exit
from mooring.ports import LedgerUnreadable, ShelfName, Stored
from mooring.testing.faults import Acted, Fault, Faulty, When

if TYPE_CHECKING:
    from tests.prune.conftest import World

REVERT = PolicyPart(platform_ahead=WhenAhead.REVERT, missing=WhenMissing.REVERT)


def test_what_is_reverted_is_archived_first(world: "World") -> None:
    world.policy = REVERT
    ref = world.edit("typed by hand", "greet", "production")
    faulty = world.adapter = Faulty(world.adapter)
    report = world.sync()
    assert (world.one(report).outcome, world.served()) == (Outcome.APPLIED, "two")
    (found,) = world.archived()
    (taken,) = found["taken"]
    assert (found["body"], taken["ref"], taken["labels"], taken["author"]) == (
        "typed by hand",
        ref,
        ["production"],
        "a person",
    )
    assert taken["provenance"] is None
    assert faulty.calls.index("read") < faulty.calls.index("move_label")


def test_what_cannot_be_archived_is_not_reverted(world: "World") -> None:
    world.policy = REVERT
    world.edit("typed by hand", "greet", "production")
    world.refuse_archive()
    report = world.sync()
    assert (world.one(report).outcome, report.exit, world.served()) == (
        Outcome.FAILED,
        Exit.PARTIAL,
        "typed by hand",
    )


def test_a_secret_does_not_go_into_git_with_what_is_archived(world: "World") -> None:
    world.policy = REVERT
    world.edit("use AKIAIOSFODNN7EXAMPLE", "greet", "production")
    report = world.sync()
    assert (world.one(report).outcome, world.served()) == (Outcome.FAILED, "use AKIAIOSFODNN7EXAMPLE")
    assert "AWS Access Key" in world.one(report).note
    assert "AKIA" not in world.one(report).note
    assert world.archived() == []


def test_what_changes_while_it_is_archived_is_left_alone(world: "World") -> None:
    world.policy = REVERT
    ref = world.edit("typed by hand", "greet", "production")
    again = Acted(When.AFTER, lambda: world.platform.tamper("greet", ref, Artifact("and again")))
    world.adapter = Faulty(world.adapter, [Fault("read", 1, again)])
    report = world.sync()
    assert (world.one(report).outcome, world.served()) == (Outcome.MOVED, "and again")


def test_a_version_that_is_gone_before_it_is_archived(world: "World") -> None:
    world.policy = REVERT
    ref = world.edit("typed by hand", "greet", "production")
    gone = Acted(When.BEFORE, lambda: world.platform.delete_version("greet", ref))
    world.adapter = Faulty(world.adapter, [Fault("read", 1, gone)])
    report = world.sync()
    assert (world.one(report).outcome, world.archived()) == (Outcome.MOVED, [])


def test_a_decision_over_what_nobody_reviewed_archives_it(world: "World") -> None:
    world.edit("typed by hand", "greet", "production")
    world.declare("greet", "three", "production, staging")
    world.resolve()
    report = world.sync()
    assert (world.one(report).outcome, world.served()) == (Outcome.APPLIED, "three")
    assert world.archived_texts() == {"typed by hand"}


def test_reviewed_content_needs_no_archive(world: "World") -> None:
    """Git has it: neither an update nor the end of a rollback, nor what is put back, is archived."""
    world.policy = REVERT
    world.platform.point("greet", "production", Ref("1"))
    world.platform.unlabel("other", "production")
    world.declare("greet", "three", "production, staging")
    assert world.sync().exit is Exit.OK
    assert (world.served(), world.served("other"), world.archived()) == ("three", "other", [])


def test_what_is_archived_again_is_written_once(world: "World") -> None:
    world.policy = REVERT
    for _ in range(2):
        world.edit("typed by hand", "greet", "production")
        world.sync()
    (found,) = world.archived()
    assert [one["ref"] for one in found["taken"]] == ["3", "4"]
    world.platform.point("greet", "production", Ref("4"))
    world.sync()
    assert (world.archived(), world.archive_commits()) == ([found], 2), "the same version is no news"


# --- the blobs ----------------------------------------------------------------------------------------------------


def taken(ref: str = "7") -> archive.Taken:
    return archive.Taken("local", "greet", ("production",), Ref(ref), "2026-01-01T00:00:00Z", None, None, "now", "run")


def stored(content: Content) -> Stored:
    return Stored(Ref("7"), content, content_hash(content))


@pytest.mark.parametrize(
    "content",
    [
        Artifact("text", {"model": "m", "temperature": 0.5, "tools": [{"name": "x"}]}),
        Artifact((Message("system", "Bè kind"), Placeholder("history"), Message("user", "{{question}}"))),
        Opaque({"prompt": [1, None]}, "it is a list"),
    ],
    ids=["text", "chat", "opaque"],
)
def test_every_content_comes_back_as_it_was(world: "World", content: Content) -> None:
    one = stored(content)
    archive.keep(world.target(), [(one, taken())], "archive")
    assert archive.find(world.target(), one.hash) == archive.Archived(one.hash, content, (taken(),))
    digits = one.hash.rpartition(":")[2]
    assert archive.path_of(one.hash) == f"{digits[:2]}/{digits}.json"


def test_nothing_to_archive_writes_nothing(world: "World") -> None:
    archive.keep(world.target(), [], "archive")
    assert world.archived() == []


GOOD = stored(Artifact("text"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"body": "another"}, "holds other content than its hash says"),
        ({"kind": 7}, "is not as Mooring writes it"),
        ({"taken": [{"ref": 1}]}, "is not as Mooring writes it"),
        (None, "is not as Mooring writes it"),
    ],
)
def test_a_damaged_blob_is_said_and_written_anew(world: "World", change: dict[str, object] | None, said: str) -> None:
    target = world.target()
    archive.keep(target, [(GOOD, taken())], "archive")
    path, shelf = archive.path_of(GOOD.hash), target.ledger.shelf(ShelfName.ARCHIVE)

    def damage(before: object) -> dict[str, bytes | None]:
        assert isinstance(before, dict)
        return {path: b"[" if change is None else json.dumps(json.loads(before[path]) | change).encode()}

    shelf.change([path], damage, "damage")
    with pytest.raises(LedgerUnreadable, match=said):
        archive.find(world.target(), GOOD.hash)
    archive.keep(target, [(GOOD, taken("8"))], "archive")
    found = archive.find(world.target(), GOOD.hash)
    assert found is not None
    assert found.content == Artifact("text")


def test_what_a_newer_mooring_wrote_is_left_as_it_is(world: "World") -> None:
    target = world.target()
    path, shelf = archive.path_of(GOOD.hash), target.ledger.shelf(ShelfName.ARCHIVE)
    shelf.change([path], lambda _: {path: b'{"schema": 2, "more": "news"}'}, "newer")
    archive.keep(target, [(GOOD, taken())], "archive")
    assert world.archived() == [{"schema": 2, "more": "news"}]
    with pytest.raises(LedgerUnreadable, match="was written by a newer Mooring"):
        archive.find(world.target(), GOOD.hash)


def test_a_hash_of_another_kind_with_the_same_digits_is_not_there(world: "World") -> None:
    archive.keep(world.target(), [(GOOD, taken())], "archive")
    assert archive.find(world.target(), ContentHash(f"opaque:{GOOD.hash}")) is None
