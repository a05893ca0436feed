"""What was read of a platform before? A file beside the clone, which may be lost at any time."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from mooring.memory_file import MemoryFile
from mooring.ports import Seen, Sighting, Snapshot, Stored
from mooring.recall_codec import (
    FORMAT,
    KNOWN,
    Unreadable,
    content_text,
    known_columns,
    read_sightings,
    read_snapshot,
    read_stored,
    snapshot_text,
)

_BATCH = 500
_TABLES = (
    "CREATE TABLE IF NOT EXISTS projects (place TEXT PRIMARY KEY, identity TEXT) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS surveys (place TEXT, labels TEXT, value TEXT, PRIMARY KEY (place, labels))",
    # Contents stand apart: a check of what did not change reads thousands of versions, and none of these.
    *(
        f"CREATE TABLE IF NOT EXISTS {table} (place TEXT, name TEXT, ref TEXT, stamp TEXT, {columns}, "
        "PRIMARY KEY (place, name, ref)) WITHOUT ROWID"
        for table, columns in (("versions", ", ".join(KNOWN)), ("contents", "content TEXT"))
    ),
)
_VERSION = (
    f"SELECT ref, {', '.join(KNOWN)}, content FROM versions JOIN contents USING (place, name, ref, stamp) "  # noqa: S608
    "WHERE place = ? AND name = ? AND ref = ? AND stamp = ?"
)


class LocalRecall:
    """Remembers surveys and versions of any number of platform projects, in one file that only its owner can read.

    A version is remembered under its last stamp only. Where the file is broken, locked or read-only, everything is
    read again: nothing here raises.
    """

    def __init__(self, file: Path) -> None:
        self._file = MemoryFile(file, FORMAT)

    def identity(self, place: str) -> str | None:
        """Give the project that the connection led to."""
        asked = "SELECT identity FROM projects WHERE place = ?"
        found = self._file.recall(lambda memory: memory.execute(asked, (place,)).fetchone())
        return None if found is None else str(found[0])

    def keep_identity(self, place: str, identity: str) -> None:
        """Remember the project that the connection led to."""
        row = (place, identity)
        self._file.remember(
            *_TABLES, write=lambda memory: memory.execute("INSERT OR REPLACE INTO projects VALUES (?, ?)", row)
        )

    def snapshot(self, place: str, labels: Iterable[str]) -> Snapshot | None:
        """Give the last survey of exactly these labels."""
        asked, which = "SELECT value FROM surveys WHERE place = ? AND labels = ?", (place, _joined(labels))
        found = self._file.recall(lambda memory: memory.execute(asked, which).fetchone())
        with suppress(Unreadable):
            return None if found is None else read_snapshot(found[0])
        return None

    def keep_snapshot(self, place: str, labels: Iterable[str], snapshot: Snapshot) -> None:
        """Remember a survey in place of the one before."""
        row = (place, _joined(labels), snapshot_text(snapshot))
        self._file.remember(
            *_TABLES, write=lambda memory: memory.execute("INSERT OR REPLACE INTO surveys VALUES (?, ?, ?)", row)
        )

    def sightings(self, place: str, wanted: Iterable[Seen]) -> Mapping[Seen, Sighting]:
        """Give what is known of those versions that were read before."""
        asked = set(wanted)
        rows = self._file.recall(lambda memory: list(_rows(memory, place, asked))) or []
        seen = [Seen(row[0], row[2], row[1]) for row in rows]
        with suppress(Unreadable):
            found = zip(seen, read_sightings([row[2:] for row in rows]), strict=True)
            return {one: sighting for one, sighting in found if one in asked}
        return {}

    def stored(self, place: str, wanted: Seen) -> Stored | None:
        """Give a version that was read before with its content."""
        which = (place, *wanted)
        found = self._file.recall(lambda memory: memory.execute(_VERSION, which).fetchone())
        with suppress(Unreadable):
            return None if found is None else read_stored(found[:-1], found[-1])
        return None

    def known(self) -> Sequence[str]:
        """Name all versions that are remembered, in an order of its own: the same for the same versions."""
        asked = "SELECT place, name, ref, stamp FROM versions ORDER BY place, name, ref"
        rows = self._file.recall(lambda memory: memory.execute(asked).fetchall()) or []
        return ["\0".join(row) for row in rows]

    def keep(self, place: str, read: Mapping[Seen, Stored]) -> None:
        """Remember versions that were read."""
        versions = [(place, *seen, *known_columns(one.sighting)) for seen, one in read.items()]
        contents = [(place, *seen, content_text(one)) for seen, one in read.items()]

        def write(memory: sqlite3.Connection) -> None:
            marks = ", ".join("?" * (4 + len(KNOWN)))
            memory.executemany(f"INSERT OR REPLACE INTO versions VALUES ({marks})", versions)  # noqa: S608
            memory.executemany("INSERT OR REPLACE INTO contents VALUES (?, ?, ?, ?, ?)", contents)

        if versions:
            self._file.remember(*_TABLES, write=write)


def _rows(memory: sqlite3.Connection, place: str, wanted: Iterable[Seen]) -> Iterator[Sequence[Any]]:
    names = iter(sorted({seen.name for seen in wanted}))
    while some := tuple(islice(names, _BATCH)):
        query = f"SELECT name, stamp, ref, {', '.join(KNOWN)} FROM versions WHERE place = ? AND name IN "  # noqa: S608
        yield from memory.execute(f"{query} ({','.join('?' * len(some))})", (place, *some))


def _joined(labels: Iterable[str]) -> str:
    return "\n".join(sorted(labels))
