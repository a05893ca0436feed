"""Who changed what, and what was live when, as far as the records tell?"""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from mooring.core.address import ABSENT, Address, ContentHash, Side
from mooring.core.record import Moved, Record, RecordKind
from mooring.core.trail import Edge, Entry, LiveAt, Query, addresses, descent, entries, live_at, moment, select, when

SUPPORT = Address("prod", "support", "production")
SALES = Address("prod", "sales", "production")
A, B, C = (ContentHash(f"sha256:{letter * 64}") for letter in "abc")
NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)


def record(time: str, *moved: Moved, kind: RecordKind = RecordKind.SYNC, what: str = "1 applied") -> Record:
    return Record(kind, "prod", what, "Ada <ada@example.com>", moved=moved, time=f"2026-11-{time}:00+00:00", id=time)


def move(old: Side, new: Side, address: Address = SUPPORT) -> Moved:
    return Moved(address, old, new)


MONDAY = record("16T10:00", move(ABSENT, A), move(ABSENT, C, SALES))
TUESDAY = record("17T13:00", move(A, B))
ROLLED = record("17T15:00", move(B, A), kind=RecordKind.ROLLBACK)
PAUSED = record("17T16:00", kind=RecordKind.SUSPEND, what="supp* until 2026-11-20T00:00:00+00:00")
TOLD = tuple(entries([PAUSED, ROLLED, TUESDAY, MONDAY]))


def at(hour: int, day: int = 17) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def test_a_record_has_an_entry_for_each_address_and_one_if_it_is_about_none() -> None:
    assert [(one.record.id, one.moved and one.moved.address) for one in TOLD] == [
        ("17T16:00", None),
        ("17T15:00", SUPPORT),
        ("17T13:00", SUPPORT),
        ("16T10:00", SUPPORT),
        ("16T10:00", SALES),
    ]
    assert addresses(TOLD) == [SALES, SUPPORT]


@pytest.mark.parametrize(
    ("moment", "serves", "entry"),
    [
        (at(14), B, "17T13:00"),
        (at(13), B, "17T13:00"),
        (at(12), A, "16T10:00"),
        (at(16), A, "17T15:00"),
        (at(9, day=16), None, None),
    ],
)
def test_what_was_live_at_a_moment(moment: datetime, serves: Side | None, entry: str | None) -> None:
    (live,) = live_at(TOLD, [SUPPORT], moment)
    assert live.serves == serves
    assert (live.entry and live.entry.record.id) == entry
    assert live.doubt is None


def test_several_addresses_are_told_at_once_and_one_without_record_too() -> None:
    unknown = Address("prod", "nobody", "production")
    found = live_at(TOLD, [SALES, unknown, SUPPORT], at(14))
    assert [(one.address, one.serves) for one in found] == [(SALES, C), (unknown, None), (SUPPORT, B)]


def test_what_the_next_record_found_instead_is_told_as_a_doubt() -> None:
    healed = record("17T18:00", move(C, A))
    (live,) = live_at(entries([healed, ROLLED, TUESDAY, MONDAY]), [SUPPORT], at(16))
    assert live.serves == A
    assert live.doubt == C


def test_content_before_the_first_record_is_a_doubt_too() -> None:
    (live,) = live_at(entries([TUESDAY]), [SUPPORT], at(12))
    assert (live.serves, live.doubt) == (None, A)


def test_a_decision_bears_witness_of_what_was_live_and_moves_nothing() -> None:
    decided = record("17T14:00", move(C, B), kind=RecordKind.RESOLVE)
    told = tuple(entries([decided, TUESDAY]))
    assert live_at(told, [SUPPORT], at(15))[0].serves == C
    assert [one.record.id for one in descent(told, SUPPORT)] == ["17T13:00"]


def test_an_entry_about_no_address_serves_nothing_and_raises_no_doubt() -> None:
    assert Entry(PAUSED).serves is None
    assert LiveAt(SUPPORT, None, Entry(PAUSED)).doubt is None


def test_descent_leaves_out_what_changed_nothing_and_keeps_a_healing() -> None:
    again = record("17T17:00", move(A, A))
    healed = record("17T18:00", move(C, A))
    told = tuple(entries([healed, again, ROLLED, TUESDAY, MONDAY]))
    assert [one.record.id for one in descent(told, SUPPORT)] == ["17T18:00", "17T15:00", "17T13:00", "16T10:00"]


def names(query: Query) -> list[str]:
    return [one.record.id for one in select(TOLD, query)]


def test_everything_is_told_to_whoever_asks_for_nothing_special() -> None:
    assert len(names(Query())) == len(TOLD)


def test_a_suspension_is_told_with_the_addresses_that_its_pattern_matches() -> None:
    assert names(Query(takes=lambda one: one == SUPPORT)) == ["17T16:00", "17T15:00", "17T13:00", "16T10:00"]
    assert names(Query(takes=lambda one: one == SALES)) == ["16T10:00"]
    elsewhere = Entry(Record(RecordKind.RESUME, "other", "support", "Ada"))
    named = Entry(Record(RecordKind.RESUME, "prod", "support", "Ada"))
    counted = Entry(Record(RecordKind.SYNC, "prod", "support", "Ada"))
    query = Query(takes=lambda one: one == SUPPORT)
    assert select([elsewhere, named, counted, *TOLD[3:]], query) == [named, TOLD[3]]


def test_both_ends_of_a_time_count_in() -> None:
    assert names(Query(since=at(13), until=at(15))) == ["17T15:00", "17T13:00"]
    assert names(Query(since=at(14))) == ["17T16:00", "17T15:00"]
    assert names(Query(until=at(12))) == ["16T10:00", "16T10:00"]


def test_kinds_and_people_narrow() -> None:
    assert names(Query(kinds=frozenset({RecordKind.ROLLBACK}))) == ["17T15:00"]
    assert names(Query(by="ADA@")) == names(Query())
    assert names(Query(by="bob")) == []


@pytest.mark.parametrize(
    ("text", "edge", "meant"),
    [
        ("2026-11-17", Edge.START, datetime(2026, 11, 17, tzinfo=UTC)),
        ("2026-11-17", Edge.END, datetime(2026, 11, 17, 23, 59, 59, 999999, tzinfo=UTC)),
        ("2026-11-17T14:00", Edge.END, at(14)),
        ("2026-11-17 14:00", Edge.END, at(14)),
        ("2026-11-17T14:00+01:00", Edge.START, at(13)),
        ("2026-11-17T14:00Z", Edge.START, at(14)),
        ("3d", Edge.START, NOW - timedelta(days=3)),
        ("90m", Edge.END, NOW - timedelta(minutes=90)),
    ],
)
def test_a_time_is_utc_unless_it_says_otherwise(text: str, edge: Edge, meant: datetime) -> None:
    assert moment(text, NOW, edge) == meant


@pytest.mark.parametrize("text", ["", "Tuesday", "2026-13-01", "14:00", "0001-01-01T00:00+14:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        moment(text, NOW, Edge.START)


def test_the_last_day_of_all_has_no_end() -> None:
    assert moment("9999-12-31", NOW, Edge.END).year == 9999


def test_a_record_that_waits_or_lies_about_its_time_breaks_nothing() -> None:
    assert when(Record(RecordKind.SYNC, "prod", "", "")) == datetime.min.replace(tzinfo=UTC)
    assert when(Record(RecordKind.SYNC, "prod", "", "", time="2026-11-17T13:00:00")) == at(13)
    zone = timezone(timedelta(hours=1))
    assert when(Record(RecordKind.SYNC, "prod", "", "", time="2026-11-17T14:00:00+01:00")) == at(14).replace(
        tzinfo=zone
    )
