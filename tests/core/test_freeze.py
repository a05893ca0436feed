"""Freeze windows: when mooring.yaml says that nothing is to be written."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mooring.core.address import Address
from mooring.core.freeze import Freeze, Frozen, Weekly, Window, frozen

OSLO = ZoneInfo("Europe/Oslo")
AT = Address("prod", "support/agent", "production")
CHRISTMAS = Window(datetime(2026, 12, 20, tzinfo=UTC), datetime(2027, 1, 2, tzinfo=UTC))
WEEKEND = Weekly(timedelta(days=4, hours=16), timedelta(hours=8), OSLO)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-12-19T23:59:59Z", None),
        ("2026-12-20T00:00:00Z", "2027-01-02T00:00:00+00:00"),
        ("2027-01-01T23:59:59Z", "2027-01-02T00:00:00+00:00"),
        ("2027-01-02T00:00:00Z", None),
    ],
)
def test_a_window_holds_from_its_begin_until_before_its_end(now: str, ends: str | None) -> None:
    found = frozen([Freeze("*", CHRISTMAS, "Christmas")], AT, at(now))
    assert found == (None if ends is None else Frozen(ends, "Christmas"))


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-11-20T15:59:00+01:00", None),  # a Friday
        ("2026-11-20T16:00:00+01:00", "2026-11-23T07:00:00+00:00"),
        ("2026-11-22T12:00:00+01:00", "2026-11-23T07:00:00+00:00"),
        ("2026-11-23T07:59:00+01:00", "2026-11-23T07:00:00+00:00"),
        ("2026-11-23T08:00:00+01:00", None),
        # The clocks go forward on Sunday 2026-03-29: it ends at 08:00 there all the same, one hour earlier here.
        ("2026-03-28T12:00:00+01:00", "2026-03-30T06:00:00+00:00"),
    ],
)
def test_a_weekly_window_goes_by_the_clocks_of_its_zone(now: str, ends: str | None) -> None:
    found = frozen([Freeze("prod:*", WEEKEND, "Weekend")], AT, at(now))
    assert found == (None if ends is None else Frozen(ends, "Weekend"))


def test_a_weekly_window_within_one_week() -> None:
    night = Weekly(timedelta(days=1, hours=1), timedelta(days=1, hours=3))
    assert night.ends(at("2026-11-17T02:00:00Z")) == at("2026-11-17T03:00:00Z")
    assert night.ends(at("2026-11-18T02:00:00Z")) is None


@pytest.mark.parametrize(
    ("match", "holds"),
    [("*", True), ("support/*", True), ("prod:*", True), ("support/agent@production", True), ("dev:*", False)],
)
def test_a_freeze_is_about_what_it_matches(match: str, *, holds: bool) -> None:
    found = frozen([Freeze(match, CHRISTMAS, "Christmas")], AT, at("2026-12-24T00:00:00Z"))
    assert (found is not None) is holds


def test_of_several_the_longest_counts() -> None:
    both = [Freeze("*", WEEKEND, "Weekend"), Freeze("*", CHRISTMAS, "Christmas")]
    assert frozen(both, AT, at("2026-12-26T12:00:00Z")) == Frozen("2027-01-02T00:00:00+00:00", "Christmas")
