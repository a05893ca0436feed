"""What must a place offer to hold a ledger? Named refs over immutable commits of files, changed by compare-and-swap."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from mooring.memory_file import MemoryFile


class Name(StrEnum):
    """The refs of one target."""

    LEDGER = "ledger"
    LEASE = "lease"
    INCIDENTS = "incidents"
    ARCHIVE = "archive"


OFTEN = (Name.LEDGER, Name.LEASE)
"""What every reader asks for; the other refs grow with what was once served, and are fetched by whoever reads them."""


class Swapped(Exception):
    """The ref is not what the caller expected: somebody was faster. Nothing was changed."""


class Torn(Exception):
    """A commit of the ledger cannot be read; the message says what is wrong with which file."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A commit to be made: the files of its first parent with `files` put in place (None takes one away).

    Further parents are recorded and lend no file. Without parents the commit holds `files` alone.
    """

    files: Mapping[str, bytes | None]
    message: str
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Logged:
    """A commit as a history tells it: when (ISO 8601, UTC), by whom (`Name <mail>`), with which message."""

    id: str
    parents: tuple[str, ...]
    time: str
    author: str
    message: str


@dataclass(frozen=True, slots=True)
class Examined:
    """What recomputing the ids of a commit, of all before it and of its own files gave.

    `commits` are those that were read, from the newest on; `flaws` are sentences, each naming its commit.
    """

    commits: tuple[str, ...]
    flaws: tuple[str, ...] = ()


class RefStore(Protocol):
    """A place that holds the refs of one target. Safe to use from several threads."""

    @property
    def place(self) -> str:
        """Say for people where this is, without secrets."""
        ...

    @property
    def memory(self) -> MemoryFile | None:
        """Give a file that may remember what commits hold, None where they are read as fast.

        Raises LedgerUnreadable.
        """
        ...

    def fetch(self, names: Collection[Name] = OFTEN) -> Mapping[Name, str]:
        """Give the commits that these refs point at now; a ref that does not exist is left out.

        Raises LedgerUnreadable.
        """
        ...

    def seed(self, name: Name) -> str | None:
        """Give a commit to start from where the ref does not exist yet. Raises LedgerUnreadable."""
        ...

    def files(self, commit: str, paths: Collection[str] | None = None) -> Mapping[str, bytes]:
        """Read a commit's files, all of them or those named; raises Torn."""
        ...

    def history(self, commit: str) -> Sequence[str]:
        """Give a commit and its ancestors by first parent, newest first, as far as they are kept and readable."""
        ...

    def log(self, commit: str, limit: int | None = None) -> Sequence[Logged]:
        """Give a commit and its ancestors by first parent, newest first, asking no remote; raises Torn."""
        ...

    def last_seen(self, name: Name) -> str | None:
        """Give the newest commit of a ref that this clone knows of, asking no remote; one that is gone may be given.

        Raises LedgerUnreadable.
        """
        ...

    def asked(self) -> str | None:
        """Give when `fetch` was last answered here (ISO 8601, UTC); None where it never was."""
        ...

    def anchor(self) -> str | None:
        """Give the newest commit that this clone saw the ledger's ref at, moved forward only, never back or aside.

        None where nothing outside of the ledger itself remembers one. Raises LedgerUnreadable.
        """
        ...

    def examine(self, commit: str) -> Examined:
        """Recompute the ids of a commit, of all before it, and of its files, asking no remote."""
        ...

    def swap(self, name: Name, expected: str | None, draft: Draft) -> str:
        """Make a commit and point a ref at it that stands at `expected` (None: does not exist).

        Raises Swapped or LedgerRefused.
        """
        ...

    def delete(self, name: Name, expected: str) -> None:
        """Take a ref away that stands at `expected` or is gone already; raises Swapped or LedgerRefused."""
        ...
