"""Records of the ledger: what is written is what is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.core.address import ABSENT, Address, ContentHash
from mooring.core.record import Moved, Record, RecordKind, message, read_message

A, B = (ContentHash("sha256:" + digit * 64) for digit in "ab")
LINE = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)
NAMES = st.text(st.sampled_from("abc/@: ->.é"), min_size=1, max_size=12).filter(lambda t: t == " ".join(t.split()))


def record(**more: object) -> Record:
    usual: dict[str, object] = {
        "kind": RecordKind.SYNC,
        "target": "prod",
        "what": "1 applied",
        "by": "Ann <a@example.org>",
        "run": "r1",
        "commit": "c" * 40,
        "moved": (Moved(Address("prod", "greet", "production"), A, B),),
    }
    return Record(**{**usual, **more})  # type: ignore[arg-type]


def test_a_record_reads_well_to_people() -> None:
    written = message(record(reason="It was wrong\n", allowed=("updates=3",)))
    assert written == (
        f"sync prod: 1 applied\n\nprod:greet@production {A} -> {B}\n\nMooring-Run: r1\n"
        f"Mooring-Commit: {'c' * 40}\nMooring-By: Ann <a@example.org>\nMooring-Reason: It was wrong\n"
        "Mooring-Allowed: updates=3\n"
    )


@pytest.mark.parametrize("kind", RecordKind)
def test_each_kind_is_read_back(kind: RecordKind) -> None:
    written = record(kind=kind, reason="why", moved=(), commit=None, allowed=("updates=3", "deletes=1"))
    assert read_message(message(written)) == written


def test_id_and_time_come_from_the_commit() -> None:
    found = read_message(message(record()), id="f" * 40, time="2026-11-17T14:00:00Z")
    assert found == record(id="f" * 40, time="2026-11-17T14:00:00Z")


def test_what_happened_earlier_than_it_was_recorded_says_when() -> None:
    written = message(record(time="2026-11-17T03:12:00Z"))
    assert "Mooring-At: 2026-11-17T03:12:00Z\n" in written
    assert read_message(written, time="2026-11-17T09:00:00Z") == record(time="2026-11-17T03:12:00Z")


def test_a_gap_is_read_as_what_it_is() -> None:
    written = record(moved=(Moved(Address("prod", "greet", "production"), ABSENT, A),))
    found = read_message(message(written))
    assert found is not None
    assert found.moved[0].old is ABSENT


@pytest.mark.parametrize("text", ["", "lease 12ab", "release 12ab", "teach prod: greek", "sync", "sync prod 1 applied"])
def test_what_is_no_record_is_told(text: str) -> None:
    assert read_message(text) is None


@pytest.mark.parametrize(
    "line",
    [
        f"nowhere {A} -> {B}",
        f"prod:greet {A} -> {B}",
        f"prod:greet@production {A} to {B}",
        f"prod:greet@production  -> {B}",
    ],
)
def test_a_line_that_is_no_move_is_left_out(line: str) -> None:
    found = read_message(f"sync prod: 1 applied\n\n{line}\n")
    assert found is not None
    assert found.moved == ()


@given(NAMES, LINE, LINE)
def test_names_of_all_kinds_come_back(prompt: str, label: str, reason: str) -> None:
    label = label.replace("@", "-")
    written = record(moved=(Moved(Address("prod", prompt, label), A, B),), reason=reason)
    assert read_message(message(written)) == written
