"""Who changed what, when and why, and what was live at a moment? Told from the ledger's records."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from mooring.core.address import ABSENT, Address, Side
from mooring.core.record import MOVES, Moved, Record, RecordKind
from mooring.core.span import SPAN, seconds

_HOUR = re.compile(r"[Tt ]")
_LAST = timedelta(days=1) - timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One address in one record; `moved` is None in a record that is about no single address."""

    record: Record
    moved: Moved | None = None

    @property
    def serves(self) -> Side | None:
        """What the address served from then on. A decision moves nothing: it bears witness of what was live."""
        if self.moved is None:
            return None
        return self.moved.new if self.record.kind in MOVES else self.moved.old


@dataclass(frozen=True, slots=True)
class Query:
    """Which entries are asked for. Both ends count in; `by` is a part of a name or mail, in any case."""

    takes: Callable[[Address], bool] = lambda _: True
    since: datetime | None = None
    until: datetime | None = None
    kinds: frozenset[RecordKind] = frozenset()
    by: str = ""


@dataclass(frozen=True, slots=True)
class LiveAt:
    """What an address served at a moment, so far as the ledger tells.

    `entry` is the last word before it (None: there is none), `after` the first one after it.
    """

    address: Address
    entry: Entry | None
    after: Entry | None

    @property
    def serves(self) -> Side | None:
        """The content; None where nothing was on record yet."""
        return None if self.entry is None else self.entry.serves

    @property
    def doubt(self) -> Side | None:
        """What the next record found instead: somebody moved it past Mooring, nobody knows when in between."""
        found = None if self.after is None or self.after.moved is None else self.after.moved.old
        return None if found == (ABSENT if self.entry is None else self.serves) else found


@dataclass(frozen=True, slots=True)
class Origin:
    """A commit as a person asks for it: who wrote it, why, and who let it in.

    `pull` is the pull or merge request as the host writes it (`#12`, `!12`), '' where Git does not tell. Authors and
    approvers are `Name <mail>` from Git, or login names from its host.
    """

    commit: str
    time: str
    author: str
    subject: str
    pull: str = ""
    url: str = ""
    merged_by: str = ""
    co_authors: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking the chain of one target's ledger gave.

    `missing` are ids that somebody noted and that are not in it, `unasked` says why its remote was not compared.
    """

    target: str
    tip: str | None
    entries: int
    flaws: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unasked: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """Up to where a target's ledger was told: its commit, and when the remote last answered (ISO 8601, '' never)."""

    target: str
    tip: str | None
    asked: str


@dataclass(frozen=True, slots=True)
class Log:
    """An answer to `mooring log`: entries newest first, of which `earlier` were left out at the far end.

    With a `moment`, `live` tells what each address served then. `keys` names contents by (target, prompt, hash),
    `origins` tells source commits by id. `notes` are sentences for people.
    """

    entries: tuple[Entry, ...] = ()
    earlier: int = 0
    ledgers: tuple[Seen, ...] = ()
    moment: str = ""
    live: tuple[LiveAt, ...] = ()
    keys: Mapping[tuple[str, str, str], str] = field(default_factory=dict[tuple[str, str, str], str])
    origins: Mapping[str, Origin] = field(default_factory=dict[str, Origin])
    verdicts: tuple[Verdict, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Blame:
    """Where what an address serves comes from.

    `content` is the commit that brought it, `source` the one that the run worked from if that is another. `descent`
    are the entries before, newest first; `keys` and `origins` are as in Log.
    """

    live: LiveAt
    keys: Mapping[tuple[str, str, str], str]
    content: Origin | None = None
    source: Origin | None = None
    descent: tuple[Entry, ...] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict[str, Origin])
    notes: tuple[str, ...] = ()


class Edge(StrEnum):
    """Which end of a day a date means."""

    START = "start"
    END = "end"


def moment(text: str, now: datetime, edge: Edge) -> datetime:
    """Read `2026-11-17`, `2026-11-17T14:00` (UTC, or with its zone), or a span before now (`3d`), as UTC.

    Raises ValueError for what is none of them.
    """
    try:
        if re.fullmatch(SPAN, text):
            return now - timedelta(seconds=seconds(text))
        found = datetime.fromisoformat(text)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is no time") from error
    return found + _LAST if edge is Edge.END and not _HOUR.search(text) else found


def entries(records: Iterable[Record]) -> Iterator[Entry]:
    """Give every address of every record, in the order of the records."""
    for record in records:
        if record.moved:
            yield from (Entry(record, one) for one in record.moved)
        else:
            yield Entry(record)


def select(told: Sequence[Entry], query: Query) -> list[Entry]:
    """Give the entries that are asked for. A suspension is about every address on record that its pattern matches."""
    every = {entry.moved.address for entry in told if entry.moved is not None}
    wanted = {address for address in every if query.takes(address)}
    return [
        entry
        for entry in told
        if _in_time(entry.record, query)
        and (not query.kinds or entry.record.kind in query.kinds)
        and query.by.casefold() in entry.record.by.casefold()
        and (wanted == every or _is_about(entry, wanted))
    ]


def addresses(told: Iterable[Entry]) -> list[Address]:
    """Give every address on record, sorted."""
    return sorted({entry.moved.address for entry in told if entry.moved is not None})


def live_at(told: Iterable[Entry], wanted: Iterable[Address], at: datetime) -> list[LiveAt]:
    """Tell what addresses served at a moment; `told` is newest first."""
    after: dict[Address, Entry | None] = dict.fromkeys(wanted)
    found: dict[Address, LiveAt] = {}
    for entry in told:
        address = None if entry.moved is None else entry.moved.address
        if address is None or address not in after or address in found:
            continue
        if when(entry.record) <= at:
            found[address] = LiveAt(address, entry, after[address])
        after[address] = entry
    return [found.get(address) or LiveAt(address, None, after[address]) for address in after]


def descent(told: Iterable[Entry], address: Address) -> tuple[Entry, ...]:
    """Give the entries at which an address began to serve something else, newest first."""
    moves = [(one, one.moved) for one in told if one.moved is not None and one.moved.address == address]
    moves = [(one, moved) for one, moved in moves if one.record.kind in MOVES]
    before = [*(moved.new for _, moved in moves[1:]), None]
    # A healing puts back what was served already: it stays, for its `old` says that somebody had moved it.
    pairs = zip(moves, before, strict=True)
    return tuple(one for (one, moved), served in pairs if moved.new != served or moved.old != served)


def when(record: Record) -> datetime:
    """Give a record's time; one that cannot be read is before all others."""
    try:
        found = datetime.fromisoformat(record.time)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _in_time(record: Record, query: Query) -> bool:
    if query.since is None and query.until is None:
        return True
    time = when(record)
    return (query.since is None or query.since <= time) and (query.until is None or time <= query.until)


def _is_about(entry: Entry, wanted: set[Address]) -> bool:
    if entry.moved is not None:
        return entry.moved.address in wanted
    pattern = entry.record.what.partition(" until ")[0]
    suspending = entry.record.kind in {RecordKind.SUSPEND, RecordKind.RESUME}
    return suspending and any(
        one.target == entry.record.target and (one.is_named_by(pattern) or one.is_selected_by(pattern))
        for one in wanted
    )
