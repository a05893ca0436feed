"""What time is it, as the acting part sees it?"""

from typing import Protocol


class Clock(Protocol):
    """Time as the acting part sees it."""

    def now(self) -> str:
        """Give the wall clock as ISO 8601 in UTC; for people and records, never for order."""
        ...

    def monotonic(self) -> float:
        """Give seconds that never jump; for ages and waits."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...
