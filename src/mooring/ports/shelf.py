"""What is kept in the ledger beside the memory of a target: documents of any kind, by path."""

from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import Protocol, TypeAlias

Files: TypeAlias = Mapping[str, bytes]
Edit: TypeAlias = Callable[[Files], Mapping[str, bytes | None]]
"""Takes the files as they stand and gives those to write (None: to take away). May be called several times."""


class ShelfName(StrEnum):
    """The shelves of a target, each a ref of its own: what is written on one disturbs no reader of another."""

    INCIDENTS = "incidents"
    ARCHIVE = "archive"


class Shelf(Protocol):
    """One shelf of one target's ledger."""

    def read(self, paths: Collection[str]) -> Files:
        """Give those of the files that exist; raises LedgerUnreadable."""
        ...

    def change(self, paths: Collection[str], edit: Edit, message: str) -> None:
        """Edit files by compare-and-swap: `edit` sees what stands there at the moment of writing.

        Nothing is written where it gives nothing new. Raises LedgerRefused.
        """
        ...
