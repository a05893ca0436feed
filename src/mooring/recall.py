"""What was read of a platform before? A file beside the clone, which may be lost at any time."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

from mooring.core.address import Ref
from mooring.ports import Seen, Sighting, Snapshot, Stored
from mooring.recall_codec import (
    FORMAT,
    Unreadable,
    content_text,
    read_sighting,
    read_snapshot,
    read_stored,
    sighting_text,
    snapshot_text,
)

T = TypeVar("T")

_BATCH = 500
_WAIT = 2.0
"""Seconds that another process may hold the file; then this run goes on without."""
_TABLES = {
    "projects": "(place TEXT PRIMARY KEY, identity TEXT) WITHOUT ROWID",
    "surveys": "(place TEXT, labels TEXT, value TEXT, PRIMARY KEY (place, labels)) WITHOUT ROWID",
    "versions": "(place TEXT, name TEXT, ref TEXT, stamp TEXT, sighting TEXT, content TEXT, "
    "PRIMARY KEY (place, name, ref))",
}
_FRESH = "".join(f"DROP TABLE IF EXISTS {name}; CREATE TABLE {name} {columns};" for name, columns in _TABLES.items())


class LocalRecall:
    """Remembers surveys and versions of any number of platform projects, in one file that only its owner can read.

    A version is remembered under its last stamp only. Where the file is broken, locked or read-only, everything is
    read again: nothing here raises.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def identity(self, place: str) -> str | None:
        """Give the project that the connection led to."""
        asked = "SELECT identity FROM projects WHERE place = ?"
        found = self._ask(lambda memory: memory.execute(asked, (place,)).fetchone())
        return None if found is None else str(found[0])

    def keep_identity(self, place: str, identity: str) -> None:
        """Remember the project that the connection led to."""
        row = (place, identity)
        self._change(lambda memory: memory.execute("INSERT OR REPLACE INTO projects VALUES (?, ?)", row))

    def snapshot(self, place: str, labels: Iterable[str]) -> Snapshot | None:
        """Give the last survey of exactly these labels."""
        asked = "SELECT value FROM surveys WHERE place = ? AND labels = ?"
        found = self._ask(lambda memory: memory.execute(asked, (place, _joined(labels))).fetchone())
        with suppress(Unreadable):
            return None if found is None else read_snapshot(found[0])
        return None

    def keep_snapshot(self, place: str, labels: Iterable[str], snapshot: Snapshot) -> None:
        """Remember a survey in place of the one before."""
        row = (place, _joined(labels), snapshot_text(snapshot))
        self._change(lambda memory: memory.execute("INSERT OR REPLACE INTO surveys VALUES (?, ?, ?)", row))

    def sightings(self, place: str, wanted: Iterable[Seen]) -> Mapping[Seen, Sighting]:
        """Give what is known of those versions that were read before."""
        asked = set(wanted)
        names = sorted({seen.name for seen in asked})
        rows = [] if not names else self._ask(lambda memory: list(_of_names(memory, place, names))) or []
        found: dict[Seen, Sighting] = {}
        for name, ref, stamp, text in rows:
            seen = Seen(name, ref, stamp)
            if seen in asked:
                with suppress(Unreadable):
                    found[seen] = read_sighting(text)
        return found

    def stored(self, place: str, wanted: Seen) -> Stored | None:
        """Give a version that was read before with its content."""
        asked = "SELECT sighting, content FROM versions WHERE place = ? AND name = ? AND ref = ? AND stamp = ?"
        found = self._ask(lambda memory: memory.execute(asked, (place, *wanted)).fetchone())
        with suppress(Unreadable):
            return None if found is None else read_stored(*found)
        return None

    def keep(self, place: str, read: Mapping[Seen, Stored]) -> None:
        """Remember versions that were read."""
        rows = [(place, *seen, sighting_text(one.sighting), content_text(one)) for seen, one in read.items()]
        if rows:
            into = "INSERT OR REPLACE INTO versions VALUES (?, ?, ?, ?, ?, ?)"
            self._change(lambda memory: memory.executemany(into, rows))

    # --- the file -----------------------------------------------------------------------------------------------

    def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T | None:
        return self._try(question) if self._file.exists() else None

    def _change(self, change: Callable[[sqlite3.Connection], object]) -> None:
        def committed(memory: sqlite3.Connection) -> None:
            with memory:
                change(memory)

        self._try(committed)

    def _try(self, act: Callable[[sqlite3.Connection], T]) -> T | None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            # It holds what the platform serves: nobody else's business.
            self._file.touch(mode=0o600)
            with closing(sqlite3.connect(self._file, timeout=_WAIT)) as memory:
                _prepare(memory)
                return act(memory)
        except (sqlite3.Error, OSError) as error:
            if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
                with suppress(OSError):
                    self._file.unlink(missing_ok=True)
            return None


def _prepare(memory: sqlite3.Connection) -> None:
    (found,) = memory.execute("PRAGMA user_version").fetchone()
    if found != FORMAT:
        memory.executescript(f"BEGIN IMMEDIATE; {_FRESH} PRAGMA user_version = {FORMAT}; COMMIT;")


def _of_names(memory: sqlite3.Connection, place: str, names: Sequence[str]) -> Iterator[tuple[str, Ref, str, str]]:
    for start in range(0, len(names), _BATCH):
        some = names[start : start + _BATCH]
        marks = ",".join("?" * len(some))
        asked = f"SELECT name, ref, stamp, sighting FROM versions WHERE place = ? AND name IN ({marks})"  # noqa: S608
        yield from memory.execute(asked, (place, *some))


def _joined(labels: Iterable[str]) -> str:
    return "\n".join(sorted(labels))
