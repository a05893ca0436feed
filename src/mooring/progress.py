"""How does a run tell somebody who waits how far it is?"""

from typing import Protocol


class Progress(Protocol):
    """Hears of the writes of a run; called from several threads."""

    def begin(self, target: str, total: int) -> None:
        """A target is about to apply `total` steps."""
        ...

    def advance(self, target: str, address: str) -> None:
        """A step came to its outcome."""
        ...

    def wait(self, target: str, reason: str) -> None:
        """A target waits, for a lease or before a retry."""
        ...


class Silence:
    """Tells nobody: a pipe, a test."""

    def begin(self, target: str, total: int) -> None:
        """Say nothing."""

    def advance(self, target: str, address: str) -> None:
        """Say nothing."""

    def wait(self, target: str, reason: str) -> None:
        """Say nothing."""
