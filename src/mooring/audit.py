"""Who changed what, when and why? Reads the ledgers' records and joins them with what Git says of their commits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from heapq import merge

from mooring.core.address import Address, ContentHash, Gap
from mooring.core.desired import HEAD_KEY
from mooring.core.memory import Memory
from mooring.core.record import RecordKind
from mooring.core.trail import (
    Blame,
    Entry,
    LiveAt,
    Log,
    Origin,
    Query,
    Seen,
    descent,
    entries,
    live_at,
    select,
    when,
)
from mooring.git.command import Git
from mooring.git.origin import last_change, origin, origins
from mooring.ledger.history import verify
from mooring.ledger.store import Name, RefStore
from mooring.ports import Forge, ForgeError, History, HistoryError, Ledger, LedgerUnreadable


class Freshness(StrEnum):
    """Whom to ask for the ledger."""

    CLONE = "clone"
    """What this clone last saw; the remote only if it never saw anything."""
    REMOTE = "remote"
    """The remote; what this clone last saw if that does not answer."""


@dataclass(frozen=True, slots=True)
class Book:
    """The ledger of one target, as memory and as bare refs."""

    target: str
    ledger: Ledger
    store: RefStore


@dataclass(frozen=True, slots=True)
class Trail:
    """All that the ledgers tell: entries newest first, what each target's memory holds, and up to where it goes."""

    entries: tuple[Entry, ...]
    memories: Mapping[str, Memory]
    ledgers: tuple[Seen, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """The repository of prompts: `folder` is what stands before a prompt's name in paths from the root."""

    git: Git
    folder: str
    history: History
    forge: Forge | None = None


def read(books: Sequence[Book], freshness: Freshness, about: Sequence[str] = ()) -> Trail:
    """Read the ledgers, so far as they tell of addresses that `about` spells; all of them without any.

    Raises LedgerUnreadable for one that is neither here nor answers.
    """
    memories: dict[str, Memory] = {}
    told: list[list[Entry]] = []
    notes: list[str] = []
    for book in books:
        memory, note = _memory(book, freshness)
        memories[book.target] = memory
        told.append(list(entries(book.ledger.records(about))))
        notes += [text for text in (note, memory.trouble) if text]
    # One ledger's own order is that of its chain, whatever the clocks of its writers said.
    newest_first = told[0] if len(told) == 1 else merge(*told, key=lambda entry: when(entry.record), reverse=True)
    return Trail(tuple(newest_first), memories, _seen(books), tuple(notes))


def log(trail: Trail, source: Source, query: Query, limit: int | None) -> Log:
    """Tell the entries that a query is about, the newest `limit` of them."""
    found = select(trail.entries, query)
    shown = tuple(found[:limit])
    return Log(
        entries=shown,
        earlier=len(found) - len(shown),
        ledgers=trail.ledgers,
        keys=_keys(trail, shown),
        origins=_origins(source, shown),
        notes=trail.notes,
    )


def log_at(trail: Trail, source: Source, wanted: Iterable[Address], at: datetime) -> Log:
    """Tell what addresses served at a moment, and by which entries."""
    live = tuple(live_at(trail.entries, wanted, at))
    shown = tuple(one.entry for one in live if one.entry is not None)
    after = tuple(one.after for one in live if one.after is not None)
    return Log(
        entries=shown,
        ledgers=trail.ledgers,
        moment=at.isoformat(timespec="seconds"),
        live=live,
        keys=_keys(trail, (*shown, *after)),
        origins=_origins(source, shown),
        notes=trail.notes,
    )


def verified(books: Sequence[Book], expected: Sequence[str]) -> Log:
    """Check the chains of the ledgers; an expected entry must be in one of them. Raises LedgerUnreadable."""
    checked = [verify(book.store, book.target, expected) for book in books]
    lost = [one for one in expected if all(one in verdict.missing for verdict in checked)]
    said = [f"No entry {one} is in it: it was taken out, or it is another ledger's" for one in lost]
    first, *others = (replace(verdict, missing=tuple(lost)) for verdict in checked)
    return Log(ledgers=_seen(books), verdicts=(replace(first, flaws=(*first.flaws, *said)), *others))


def blame(trail: Trail, source: Source, address: Address, now: datetime) -> Blame:
    """Tell where what an address serves comes from, as the ledger last verified it."""
    (live,) = live_at(trail.entries, [address], now)
    line = descent(trail.entries, address)
    shown = [entry for entry in (live.entry, *line) if entry is not None]
    notes = list(trail.notes)
    content = _content(trail, source, live, notes)
    commit = None if live.entry is None else live.entry.record.commit
    worked_from = _origin(source, commit, address.prompt, notes) if commit else None
    return Blame(
        live=live,
        keys=_keys(trail, shown),
        content=content,
        source=None if content is not None and commit == content.commit else worked_from,
        descent=tuple(entry for entry in line if entry != live.entry),
        origins=_origins(source, shown),
        notes=tuple(dict.fromkeys(notes)),
    )


def _memory(book: Book, freshness: Freshness) -> tuple[Memory, str]:
    if freshness is Freshness.CLONE:
        try:
            return book.ledger.remembered(), ""
        except LedgerUnreadable:
            return book.ledger.read(), ""
    try:
        return book.ledger.read(), ""
    except LedgerUnreadable as error:
        return book.ledger.remembered(), f"{error} Told is what this clone last saw."


def _seen(books: Sequence[Book]) -> tuple[Seen, ...]:
    return tuple(Seen(one.target, one.store.last_seen(Name.LEDGER), one.store.asked() or "") for one in books)


def _keys(trail: Trail, shown: Iterable[Entry]) -> dict[tuple[str, str, str], str]:
    """Name the contents of entries by the keys that the ledgers' indexes have for them."""
    found: dict[tuple[str, str, str], str] = {}
    for moved in (entry.moved for entry in shown if entry.moved is not None):
        memory = trail.memories.get(moved.address.target, Memory())
        known = memory.prompts.get(moved.address.prompt)
        for side in (moved.old, moved.new):
            if known is not None and not isinstance(side, Gap) and side in known.index:
                found[moved.address.target, moved.address.prompt, side] = known.index[side].key
    return found


def _origins(source: Source, shown: Iterable[Entry]) -> Mapping[str, Origin]:
    try:
        return origins(source.git, {one.record.commit for one in shown if one.record.commit})
    except HistoryError:
        return {}  # The ids stand in the entries, and what they mean is more than a log must tell.


def _content(trail: Trail, source: Source, live: LiveAt, notes: list[str]) -> Origin | None:
    """Tell the commit that brought the live content, with what the Git host adds where it is asked."""
    side = live.serves
    if side is None or isinstance(side, Gap):
        return None
    commit = _brought(trail, source, live, side, notes)
    found = None if commit is None else _origin(source, commit, live.address.prompt, notes)
    if found is None or source.forge is None:
        return found
    try:
        approval = source.forge.approval(found.commit)
    except ForgeError as error:
        notes.append(f"The Git host did not say who approved commit {found.commit[:12]}: {error}")
        return found
    if approval is None:
        return found
    approvers = tuple(dict.fromkeys((*approval.approvers, *found.approvers)))
    return replace(found, pull=f"#{approval.number}", url=approval.url, approvers=approvers)


def _brought(trail: Trail, source: Source, live: LiveAt, side: ContentHash, notes: list[str]) -> str | None:
    """Give the commit on the branch that brought a content.

    The walk over all of the branch is for what the ledger's index does not have: it may take seconds.
    """
    address = live.address
    known = trail.memories.get(address.target, Memory()).prompts.get(address.prompt)
    indexed = None if known is None else known.index.get(side)
    if indexed is not None:
        # Content that came back has a younger commit than the one that the index knows it from. Only a sync's source
        # commit holds in its files what was served from then on.
        record = None if live.entry is None else live.entry.record
        synced = record.commit if record is not None and record.kind is RecordKind.SYNC else None
        newest = None
        if synced is not None and indexed.key == HEAD_KEY:
            newest = last_change(source.git, synced, _paths(source, address.prompt))
        return newest or indexed.commit
    try:
        reviewed = source.history.reviewed(address.prompt).get(side)
    except HistoryError as error:
        notes.append(str(error))
        return None
    if reviewed is None:
        notes.append(f"{address} serves content that is not on the branch: nobody reviewed it there.")
    return None if reviewed is None else reviewed.commit


def _paths(source: Source, prompt: str) -> list[str]:
    return [f"{source.folder}{prompt}{end}" for end in ("", ".yaml", ".yml")]


def _origin(source: Source, commit: str, prompt: str, notes: list[str]) -> Origin | None:
    try:
        found = origin(source.git, commit, _paths(source, prompt))
    except HistoryError as error:
        notes.append(str(error))
        return None
    if found is None:
        notes.append(f"The commit {commit[:12]} is not in this clone, so its author and reason are not told.")
    return found
