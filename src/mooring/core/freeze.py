"""When does mooring.yaml say that nothing is to be written?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from mooring.core.address import Address

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Frozen:
    """A freeze that holds now: until when (ISO 8601, UTC) and why."""

    until: str
    reason: str


@dataclass(frozen=True, slots=True)
class Window:
    """One span of time, its end not included; both with a time zone."""

    begin: datetime
    end: datetime

    def ends(self, now: datetime) -> datetime | None:
        """Give when the window that `now` is in ends, None where it is in none."""
        return self.end if self.begin <= now < self.end else None


@dataclass(frozen=True, slots=True)
class Weekly:
    """The same span in every week, by the wall clocks of a zone: `begin` and `end` count from Monday at midnight."""

    begin: timedelta
    end: timedelta
    zone: tzinfo = UTC

    def ends(self, now: datetime) -> datetime | None:
        """Give when the window that `now` is in ends, None where it is in none."""
        # A wall clock knows no daylight saving: whole days are counted without a zone, and the zone comes last.
        here = now.astimezone(self.zone).replace(tzinfo=None)
        monday = datetime.combine(here.date() - timedelta(days=here.weekday()), datetime.min.time())
        length = (self.end - self.begin) % _WEEK
        for week in (monday - _WEEK, monday):
            begin = week + self.begin
            if begin <= here < begin + length:
                return (begin + length).replace(tzinfo=self.zone)
        return None


@dataclass(frozen=True, slots=True)
class Freeze:
    """A window in which nothing is written to the addresses that `match` names or globs."""

    match: str
    when: Window | Weekly
    reason: str


def frozen(freezes: Iterable[Freeze], address: Address, now: datetime) -> Frozen | None:
    """Give the freeze that holds longest for an address at `now` (with a time zone), None where none does."""
    held = list(_held(freezes, address, now))
    if not held:
        return None
    end, reason = max(held)
    return Frozen(end.astimezone(UTC).isoformat(timespec="seconds"), reason)


def _held(freezes: Iterable[Freeze], address: Address, now: datetime) -> Iterator[tuple[datetime, str]]:
    for freeze in freezes:
        end = freeze.when.ends(now)
        if end is not None and (address.is_named_by(freeze.match) or address.is_selected_by(freeze.match)):
            yield end, freeze.reason
