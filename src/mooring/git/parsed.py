"""What was already parsed? A memory of parse results by Git blob id, which may be lost at any time."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from threading import Lock
from typing import TypeAlias

from mooring import __version__
from mooring.formats import PARSER_VERSION, ParsedFile, Role
from mooring.memory_file import MemoryFile

BlobRole: TypeAlias = tuple[str, Role]
"""A blob id and what the file is to its prompt: the same bytes mean another thing in another role."""

Read: TypeAlias = Callable[[Iterable[str]], Iterator[tuple[str, bytes]]]
"""Gives the contents of blobs by id."""

Parse: TypeAlias = Callable[[Role, bytes], ParsedFile]

_VERSION = f"{__version__}/{PARSER_VERSION}"
_BATCH = 500
_TABLE = (
    "CREATE TABLE IF NOT EXISTS parsed (version TEXT, blob TEXT, role TEXT, value TEXT, "
    "PRIMARY KEY (version, blob, role)) WITHOUT ROWID"
)


class ParsedBlobs:
    """Parses each blob once ever. `parses` counts what was parsed by this object.

    `file` is what it remembers in, which others may share.
    """

    def __init__(self, file: MemoryFile, parse: Parse) -> None:
        self.parses = 0
        self.file = file
        self._parse = parse
        self._known: dict[BlobRole, ParsedFile] = {}
        self._lock = Lock()

    def parsed(self, wanted: Iterable[BlobRole], read: Read) -> dict[BlobRole, ParsedFile]:
        """Give the parse results of blobs, reading only the contents of those that were never parsed."""
        with self._lock:
            keys = list(dict.fromkeys(wanted))
            new = [key for key in keys if key not in self._known]
            if new:
                self._known |= self._remembered(new)
                fresh = self._parsed([key for key in new if key not in self._known], read)
                self._known |= fresh
                self._remember(fresh)
            return {key: self._known[key] for key in keys}

    def _parsed(self, keys: list[BlobRole], read: Read) -> dict[BlobRole, ParsedFile]:
        roles: dict[str, list[Role]] = {}
        for blob, role in keys:
            roles.setdefault(blob, []).append(role)
        fresh: dict[BlobRole, ParsedFile] = {}
        for blob, data in read(roles):
            for role in roles[blob]:
                fresh[blob, role] = self._parse(role, data)
                self.parses += 1
        return fresh

    def _remembered(self, keys: list[BlobRole]) -> dict[BlobRole, ParsedFile]:
        found: dict[BlobRole, ParsedFile] = {}
        wanted = set(keys)

        def ask(memory: sqlite3.Connection) -> None:
            for blobs in _batches(dict.fromkeys(blob for blob, _ in keys)):
                marks = ",".join("?" * len(blobs))
                query = f"SELECT blob, role, value FROM parsed WHERE version = ? AND blob IN ({marks})"  # noqa: S608
                for blob, role, value in memory.execute(query, (_VERSION, *blobs)):
                    file = _from_json(value)
                    if file is not None and file.role == role and (blob, file.role) in wanted:
                        found[blob, file.role] = file

        self.file.recall(ask)
        return found

    def _remember(self, fresh: Mapping[BlobRole, ParsedFile]) -> None:
        if not fresh:
            return
        rows = [(_VERSION, blob, role.value, json.dumps(file.to_json())) for (blob, role), file in fresh.items()]

        def write(memory: sqlite3.Connection) -> None:
            memory.execute("DELETE FROM parsed WHERE version != ?", (_VERSION,))
            memory.executemany("INSERT OR REPLACE INTO parsed VALUES (?, ?, ?, ?)", rows)

        self.file.remember(_TABLE, write=write)


def _batches(blobs: Iterable[str]) -> Iterator[list[str]]:
    listed = list(blobs)
    return (listed[start : start + _BATCH] for start in range(0, len(listed), _BATCH))


def _from_json(value: object) -> ParsedFile | None:
    """Give a remembered result, or None for what is damaged: it is parsed again."""
    try:
        return ParsedFile.from_json(json.loads(value)) if isinstance(value, str) else None
    except ValueError:
        return None
