"""What is asked of the ledger: the memory of one target, and the right to write to it."""

from collections.abc import Sequence
from typing import Protocol

from mooring.core.memory import Changes, Intent, Memory, Move, Waiting
from mooring.core.record import Record
from mooring.ports.shelf import Shelf, ShelfName


class LedgerError(Exception):
    """The ledger could not do it; the message says what, where and the way out."""


class LedgerUnreadable(LedgerError):
    """The ledger did not answer, or with what nobody can read. It is not empty: it is unknown."""


class LedgerRefused(LedgerError):
    """The ledger's remote cannot be reached or refuses writes: nothing may be written to the platform."""


class Locked(LedgerError):
    """Another run holds the lease, and still did when the wait was over."""


class LeaseLost(LedgerError):
    """The lease was not renewed in time or somebody took it: stop writing."""


class Lease(Protocol):
    """The right to write to one target, and the write-ahead record. Renews itself until it is given up or lost."""

    @property
    def predecessor(self) -> Intent | None:
        """What a dead lease in its place had been about to write, None where there was none."""
        ...

    def check(self) -> None:
        """Raise LeaseLost unless the last accepted renewal is younger than the lease's life; before every write."""
        ...

    def record(self, changes: Changes, message: str) -> None:
        """Write what happened as one commit on top of the ledger; raises LedgerRefused or LeaseLost."""
        ...

    def release(self) -> None:
        """Give the lease up. Only after record: a lease with unrecorded writes must stay where it is."""
        ...

    def abandon(self) -> None:
        """Stop renewing and leave the record where the next run finds it."""
        ...


class Ledger(Protocol):
    """The memory of one target."""

    def read(self) -> Memory:
        """Read everything; raises LedgerUnreadable."""
        ...

    def acquire(self, intent: Intent, *, wait: float) -> Lease:
        """Take the lease, waiting up to `wait` seconds; raises Locked or LedgerRefused."""
        ...

    def note(self, changes: Changes, message: str) -> None:
        """Record a person's decision or suspension, which needs no lease; raises LedgerRefused."""
        ...

    def remembered(self) -> Memory:
        """Give what this clone last saw, asking no remote; raises LedgerUnreadable where it never saw any."""
        ...

    def records(self, about: Sequence[str] = ()) -> Sequence[Record]:
        """Give all records as this clone last saw them, newest first, asking no remote; raises LedgerUnreadable.

        With `about`, those alone that name one of these texts, and all that are about patterns.
        """
        ...

    def begin(self, prompt: str, label: str, move: Move, message: str) -> Waiting:
        """Keep on this machine what is about to be done, before the platform is written to; raises LedgerRefused."""
        ...

    def waiting(self) -> Sequence[Waiting]:
        """Give the moves that this machine keeps until they are on record, oldest first."""
        ...

    def done(self, waiting: Waiting) -> None:
        """Note that a move happened, asking no remote; `flush` records it."""
        ...

    def withdraw(self, waiting: Waiting) -> None:
        """Forget a move that did not happen, or is on record."""
        ...

    def flush(self) -> int:
        """Record the moves that happened, each once, and give how many they were; raises LedgerRefused."""
        ...

    def shelf(self, name: ShelfName) -> Shelf:
        """Give a shelf for documents beside the memory."""
        ...
