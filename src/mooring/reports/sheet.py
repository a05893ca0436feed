"""How much room has a review where it stands?"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where a review stands: how much room there is, by which measure, and where the rest is found."""

    room: int
    measure: Callable[[str], int]
    elsewhere: str


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


COMMENT = Sheet(60_000, _units, "The job's summary has what is left out; `mooring diff` shows it too.")
"""GitHub takes 65,536 characters in a comment. A sign beyond U+FFFF counts as two, to be sure."""


def summary(room: int) -> Sheet:
    """Give the sheet of a job's summary with so many bytes left."""
    return Sheet(room, lambda text: len(text.encode("utf-8", "replace")), "`mooring diff` shows what is left out.")
