"""What did `mooring doctor` find out about a connection?"""

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How a check ended."""

    OK = "ok"
    """As it should be."""
    NOTE = "note"
    """A property that a person should know; nothing to repair."""
    WARN = "warn"
    """It works, and not in every case."""
    FAIL = "fail"
    """It does not work."""
    DENIED = "denied"
    """The credentials do not allow it."""
    UNKNOWN = "unknown"
    """Nobody answered."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: a short name of it, how it ended, a sentence, and the way out ('' for none)."""

    name: str
    health: Health
    message: str
    fix: str = ""
