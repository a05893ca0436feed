"""Where is kept what may be lost at any time? One SQLite file beside the clone, that everything works without."""

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import TypeVar

T = TypeVar("T")

_WAIT = 2.0


class MemoryFile:
    """A file for remembering. Where it is missing, broken or read-only it remembers nothing, and nothing fails.

    A file that another run has locked for longer than two seconds is not waited for a second time. What was written
    in another `format` is forgotten. Only its owner can read it: it may hold what a platform serves.
    """

    def __init__(self, path: Path, format: int = 0) -> None:  # noqa: A002  # the word for it everywhere else
        self._path = path
        self._format = format
        self._lock = Lock()
        self._given_up = False

    def recall(self, ask: Callable[[sqlite3.Connection], T]) -> T | None:
        """Give what `ask` finds; None where there is no memory."""
        return self._with(ask) if self._path.exists() else None

    def remember(self, *statements: str, write: Callable[[sqlite3.Connection], object]) -> None:
        """Write in one transaction, after the statements that make what is not there yet."""

        def act(memory: sqlite3.Connection) -> None:
            for statement in statements:
                memory.execute(statement)
            write(memory)

        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
        except OSError:
            return
        self._with(act)

    def _with(self, act: Callable[[sqlite3.Connection], T]) -> T | None:
        with self._lock:
            if self._given_up:
                return None
            try:
                with closing(sqlite3.connect(self._path, timeout=_WAIT)) as memory, memory:
                    self._forget_another_format(memory)
                    return act(memory)
            except sqlite3.OperationalError as error:
                # A locked file belongs to somebody; a table that is not there yet is made by the next write.
                self._given_up = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
            except sqlite3.DatabaseError:
                self._take_away()
            except (OSError, UnicodeError):
                pass  # no room, or half a surrogate pair, which SQLite keeps in no text
            return None

    def _forget_another_format(self, memory: sqlite3.Connection) -> None:
        (found,) = memory.execute("PRAGMA user_version").fetchone()
        if found == self._format:
            return
        memory.execute("BEGIN IMMEDIATE")
        for (table,) in memory.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            memory.execute(f'DROP TABLE "{table}"')
        memory.execute(f"PRAGMA user_version = {self._format}")

    def _take_away(self) -> None:
        """Remove a broken file, so that the next run has a memory again."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            self._given_up = True


def sealed(text: str) -> str:
    """Put a text's own digest before it, for reading it back whole or not at all."""
    return f"{_digest(text)}\n{text}"


def opened(text: str) -> str:
    """Give a sealed text; raises ValueError for one that is damaged."""
    digest, _, whole = text.partition("\n")
    if digest != _digest(whole):
        raise ValueError("a remembered text is damaged")
    return whole


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
