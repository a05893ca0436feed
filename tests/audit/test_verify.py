"""Is a ledger that somebody changed found out by whoever types `mooring log --verify`?"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from mooring.config.schemas import schema_text
from mooring.core.address import Address
from mooring.core.artifact import Artifact
from mooring.core.canonical import content_hash
from mooring.core.record import RecordKind
from mooring.reports.trail_schema import blame_schema, log_schema

if TYPE_CHECKING:
    from tests.audit.conftest import Shop

PUBLISHED = Path(__file__).parents[2] / "config" / "schemas"
REF = "refs/mooring/shop/local/ledger"
SUPPORT = Address("local", "support", "production")
FIRST, SECOND = (content_hash(Artifact(text)) for text in ("Be kind.", "Be kind, and brief."))


def test_an_untouched_ledger_is_told_with_the_id_to_note(week: "Shop") -> None:
    done = week.type("log", "--verify")
    tip = week.git("rev-parse", REF)
    assert done.code == 0
    assert "✓ local: 3 entries; each holds what its id says" in done.out
    assert f"mooring log --verify --expect {tip}" in done.out
    assert week.type("log", "--verify", "--expect", tip[:12]).code == 0
    assert week.type("log", "--expect", week.git("rev-parse", f"{REF}~2")).code == 0


def test_a_forged_entry_needs_a_person_and_is_named(week: "Shop") -> None:
    tip, parent = week.git("rev-parse", REF), week.git("rev-parse", f"{REF}~1")
    text = week.git("log", "-1", "--format=%B", tip).replace("Olga", "Ada")
    forged = week.git("commit-tree", f"{tip}^{{tree}}", "-p", parent, "-m", text)
    week.git("update-ref", REF, forged)
    done = week.type("log", "--verify")
    assert done.code == 3
    assert "✗ local: the ledger is not what it was" in done.out
    assert f"Gone: {tip[:12]} of 2026-11-17T15:00:00+00:00, rollback local: 1 moved" in done.out
    (found,) = week.type("log", "--verify", "-o", "json").json["verified"]
    assert (found["intact"], found["tip"], found["entries"]) == (False, forged, 3)
    assert "❌ `local`" in week.type("log", "--verify", "-o", "md").out


def test_an_id_that_is_not_there_needs_a_person(week: "Shop") -> None:
    done = week.type("log", "--expect", "1234567")
    assert done.code == 3
    assert "No entry 1234567 is in it" in done.out


@pytest.fixture
def apart(week: "Shop") -> "Shop":
    """The same shop with a remote, which has all and can go away."""
    remote = week.folder.with_name("remote.git")
    week.git("clone", "--quiet", "--mirror", ".", str(remote))
    week.git("remote", "add", "origin", str(remote))
    week.git("fetch", "--quiet", "origin")
    return week


def test_without_its_remote_the_clone_is_checked_and_the_rest_is_unknown(apart: "Shop") -> None:
    assert apart.type("log", "--verify").code == 0
    apart.folder.with_name("remote.git").rename(apart.folder.with_name("gone.git"))
    done = apart.type("log", "--verify")
    assert done.code == 8
    assert "? local: 3 entries" in done.out
    assert "Whether the remote still holds it is not known" in done.out
    assert "❔ `local`" in apart.type("log", "--verify", "-o", "md").out


def test_a_clone_asks_once_then_only_who_says_so(apart: "Shop") -> None:
    def newest() -> str:
        found: str = apart.type("log", "-n", "1", "-o", "json").json["entries"][0]["run"]
        return found

    assert newest() == "run-17T15"
    remote = apart.folder.with_name("remote.git")
    tip = apart.git("rev-parse", REF)
    text = "sync local: 1 applied\n\nMooring-Run: later\nMooring-By: Robot <r@example.com>\n"
    later = apart.git("commit-tree", f"{tip}^{{tree}}", "-p", tip, "-m", text)
    apart.git("push", "--quiet", "origin", f"{later}:{REF}")
    assert newest() == "run-17T15"
    assert apart.type("log", "--fetch", "-n", "1", "-o", "json").json["entries"][0]["run"] == "later"
    assert newest() == "later"
    remote.rename(remote.with_name("gone.git"))
    done = apart.type("log", "--fetch")
    assert done.code == 0
    assert "Told is what this clone last saw" in done.out


def test_where_nothing_is_known_and_nobody_answers_it_fails(apart: "Shop") -> None:
    apart.folder.with_name("remote.git").rename(apart.folder.with_name("gone.git"))
    cache = apart.folder / ".git" / "mooring"
    cache.rename(cache.with_name("lost"))
    done = apart.type("log")
    assert done.code == 7
    assert "cannot be reached" in done.err


@pytest.mark.parametrize(("name", "schema"), [("log", log_schema()), ("blame", blame_schema())])
def test_the_published_schema_is_the_one_of_the_code(name: str, schema: dict[str, object]) -> None:
    assert (PUBLISHED / f"{name}.schema.json").read_text(encoding="utf-8") == schema_text(
        json.loads(json.dumps(schema))
    )


@pytest.mark.parametrize(
    "words",
    [("log",), ("log", "--at", "2026-11-17T14:00"), ("log", "--verify"), ("blame", "support"), ("blame", "sales")],
)
def test_what_is_given_as_json_is_as_its_schema_says(week: "Shop", words: tuple[str, ...]) -> None:
    assert week.type("suspend", "support", "--for", "4h", "--reason", "Incident").code == 0
    week.record("2026-11-18T09:00:00+00:00", RecordKind.SYNC, [(SUPPORT, SECOND, FIRST)])
    schema = json.loads((PUBLISHED / f"{words[0]}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(week.type(*words, "-o", "json").json)
