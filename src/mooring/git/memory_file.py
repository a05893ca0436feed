"""Where is kept what may be lost at any time? One SQLite file beside the clone, that everything works without."""

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

    A file that another run has locked for longer than two seconds is not waited for a second time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
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
        except OSError:
            return
        self._with(act)

    def _with(self, act: Callable[[sqlite3.Connection], T]) -> T | None:
        with self._lock:
            if self._given_up:
                return None
            try:
                with closing(sqlite3.connect(self._path, timeout=_WAIT)) as memory, memory:
                    return act(memory)
            except sqlite3.OperationalError as error:
                # A locked file belongs to somebody; a table that is not there yet is made by the next write.
                self._given_up = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
            except sqlite3.DatabaseError:
                self._take_away()
            except OSError:
                pass
            return None

    def _take_away(self) -> None:
        """Remove a broken file, so that the next run has a memory again."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            self._given_up = True
