"""Is what was read remembered as it was, and is anything else not there?"""

import json
import sqlite3
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.core.address import ContentHash, Ref
from mooring.core.artifact import Artifact, Kind, Message, Opaque, Placeholder
from mooring.ports import FORGETFUL, Listing, Provenance, Seen, Snapshot, Stored, Survey
from mooring.recall import LocalRecall
from mooring.recall_codec import KNOWN, content_text, known_columns, read_snapshot, read_stored, snapshot_text

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_refs = st.integers(1, 99).map(lambda number: Ref(str(number)))
_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False) | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=6,
)
_turns = st.builds(Message, _text, _text) | st.builds(Placeholder, _text)
_contents = (
    st.builds(Artifact, _text, _json)
    | st.builds(Artifact, st.lists(_turns, max_size=3).map(tuple), _json)
    | st.builds(Opaque, _json, _text)
)
_marks = st.none() | st.builds(Provenance, _text, _text, _text, _text, _text.map(ContentHash))
_stored = st.builds(
    Stored, _refs, _contents, _text.map(ContentHash), _text, st.none() | _text, _marks, st.frozensets(_text, max_size=2)
)
_listings = st.builds(
    Listing,
    _text,
    _text,
    st.dictionaries(_text, st.lists(_refs, max_size=2).map(tuple), max_size=3),
    st.none() | _refs,
    st.just({}),
    st.none() | _text,
    st.none() | _text,
    st.none() | st.lists(_text, max_size=2).map(tuple),
    st.dictionaries(_text, _text, max_size=2),
    st.sampled_from([None, *Kind]),
)
_snapshots = st.builds(
    Snapshot,
    st.builds(Survey, st.lists(_listings, max_size=3).map(lambda found: {one.name: one for one in found}), _text),
    st.frozensets(_text, max_size=3),
    _text,
)

A = Artifact("Hello", {"model": "m", "temperature": 0.5})
STORED = Stored(Ref("7"), A, ContentHash("sha256:aa"), "2026-11-21T08:00:00.000Z", "API")
SEEN = Seen("a/b", Ref("7"), "2026-11-21T09:00:00.000Z")
SURVEY = Survey({"a/b": Listing("a/b", "t", {"production": (Ref("7"),)}, Ref("7"))}, "then")
SNAPSHOT = Snapshot(SURVEY, frozenset({"c"}), "now")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "own" / "live.sqlite"


@given(_snapshots)
def test_a_survey_is_read_back_as_it_was(snapshot: Snapshot) -> None:
    back = read_snapshot(snapshot_text(snapshot))
    assert (back, back.survey.begun) == (snapshot, snapshot.survey.begun)


@given(_stored)
def test_a_version_is_read_back_as_it_was(stored: Stored) -> None:
    columns = known_columns(stored.sighting)
    assert len(columns) == len(KNOWN)
    assert read_stored((stored.ref, *columns), content_text(stored)) == stored


def test_another_run_remembers(file: Path) -> None:
    LocalRecall(file).keep("place", {SEEN: STORED})
    LocalRecall(file).keep_snapshot("place", ["production", "staging"], SNAPSHOT)
    LocalRecall(file).keep_identity("place", "clx123")

    again = LocalRecall(file)
    assert (again.identity("place"), again.identity("elsewhere")) == ("clx123", None)
    assert again.sightings("place", [SEEN]) == {SEEN: STORED.sighting}
    assert again.stored("place", SEEN) == STORED
    assert again.snapshot("place", ["staging", "production"]) == SNAPSHOT


@pytest.mark.parametrize(
    "other",
    [
        ("elsewhere", SEEN),
        ("place", SEEN._replace(name="a")),
        ("place", SEEN._replace(ref=Ref("8"))),
        ("place", SEEN._replace(stamp="2026-11-21T09:00:00.001Z")),
    ],
)
def test_another_project_name_number_or_stamp_is_another_version(file: Path, other: tuple[str, Seen]) -> None:
    recall = LocalRecall(file)
    recall.keep("place", {SEEN: STORED})

    assert recall.sightings(other[0], [other[1]]) == {}
    assert recall.stored(*other) is None


def test_other_labels_are_another_survey(file: Path) -> None:
    recall = LocalRecall(file)
    recall.keep_snapshot("place", ["production"], SNAPSHOT)

    assert recall.snapshot("place", ["production", "staging"]) is None
    assert recall.snapshot("place", []) is None
    assert recall.snapshot("elsewhere", ["production"]) is None


def test_a_version_is_kept_under_its_last_stamp_only(file: Path) -> None:
    recall = LocalRecall(file)
    recall.keep("place", {SEEN: STORED})
    later = SEEN._replace(stamp="2026-11-21T10:00:00.000Z")
    recall.keep("place", {later: replace(STORED, hash=ContentHash("sha256:bb"))})

    assert list(recall.sightings("place", [SEEN, later])) == [later]


def test_more_names_than_one_question_holds(file: Path) -> None:
    recall = LocalRecall(file)
    read = {Seen(f"p{number}", Ref("1"), "t"): STORED for number in range(1203)}
    recall.keep("place", read)

    assert recall.sightings("place", read).keys() == read.keys()


@pytest.mark.parametrize("garbage", [b"", b"not a database, but long enough to be taken for one" * 9])
def test_a_broken_file_is_forgotten_and_made_anew(file: Path, garbage: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(garbage)
    recall = LocalRecall(file)

    assert recall.snapshot("place", ["production"]) is None
    recall.keep("place", {SEEN: STORED})
    assert recall.stored("place", SEEN) == STORED


@pytest.mark.parametrize("damage", ["{", "[]", '[["text"]]', "null", json.dumps([1, 2, 3])])
def test_a_damaged_value_is_not_there(file: Path, damage: str) -> None:
    recall = LocalRecall(file)
    recall.keep("place", {SEEN: STORED})
    recall.keep_snapshot("place", ["production"], SNAPSHOT)
    with sqlite3.connect(file) as memory:
        memory.execute("UPDATE surveys SET value = ?", (damage,))
        memory.execute("UPDATE contents SET content = ?", (damage,))
    memory.close()

    assert recall.snapshot("place", ["production"]) is None
    assert recall.stored("place", SEEN) is None


@pytest.mark.parametrize("change", [("hello", "other"), ('"production"', '"staging"'), ("}", "")])
def test_a_survey_of_which_one_letter_changed_is_not_there(file: Path, change: tuple[str, str]) -> None:
    recall = LocalRecall(file)
    listing = Listing("a/b", "hello", {"production": (Ref("7"),)}, Ref("7"))
    recall.keep_snapshot("place", ["production"], replace(SNAPSHOT, survey=Survey({"a/b": listing})))
    assert recall.snapshot("place", ["production"]) is not None
    with sqlite3.connect(file) as memory:
        (value,) = memory.execute("SELECT value FROM surveys").fetchone()
        assert change[0] in value
        memory.execute("UPDATE surveys SET value = ?", (value.replace(*change),))
    memory.close()

    assert recall.snapshot("place", ["production"]) is None


@pytest.mark.parametrize("column", ["hash", "created"])
def test_a_version_without_its_hash_or_time_is_not_there(file: Path, column: str) -> None:
    recall = LocalRecall(file)
    recall.keep("place", {SEEN: STORED})
    with sqlite3.connect(file) as memory:
        memory.execute(f"UPDATE versions SET {column} = NULL")  # noqa: S608  # a name from the line above
    memory.close()

    assert recall.sightings("place", [SEEN]) == {}
    assert recall.stored("place", SEEN) is None


def test_half_a_surrogate_pair_costs_only_the_memory(file: Path) -> None:
    recall = LocalRecall(file)
    recall.keep("place", {SEEN._replace(name="\ud800"): STORED})

    assert recall.sightings("place", [SEEN._replace(name="\ud800")]) == {}


def test_what_a_tool_of_another_format_wrote_is_not_read(file: Path) -> None:
    recall = LocalRecall(file)
    recall.keep("place", {SEEN: STORED})
    with sqlite3.connect(file) as memory:
        memory.execute("PRAGMA user_version = 99")
    memory.close()

    assert recall.stored("place", SEEN) is None


def test_a_folder_that_cannot_be_made_costs_only_the_memory(tmp_path: Path) -> None:
    (tmp_path / "own").write_text("a file")
    recall = LocalRecall(tmp_path / "own" / "live.sqlite")

    recall.keep("place", {SEEN: STORED})
    recall.keep_snapshot("place", [], SNAPSHOT)
    assert recall.stored("place", SEEN) is None


def test_only_the_owner_reads_what_the_platform_serves(file: Path) -> None:
    LocalRecall(file).keep("place", {SEEN: STORED})

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_who_remembers_nothing_says_so() -> None:
    FORGETFUL.keep("place", {SEEN: STORED})
    FORGETFUL.keep_snapshot("place", [], SNAPSHOT)
    FORGETFUL.keep_identity("place", "clx123")

    assert FORGETFUL.identity("place") is None
    assert FORGETFUL.snapshot("place", []) is None
    assert FORGETFUL.sightings("place", [SEEN]) == {}
    assert FORGETFUL.stored("place", SEEN) is None
