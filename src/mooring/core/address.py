"""What are the units that drift, and what can stand on each of their three sides?"""

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import NewType, TypeAlias

ContentHash = NewType("ContentHash", str)
"""`sha256:` and 64 hex digits, or `opaque:sha256:` and 64 hex digits for live content that no artifact can be."""

Ref = NewType("Ref", str)
"""A platform's own name of one version, opaque to the core (`"7"` on MLflow)."""


class Gap(StrEnum):
    """What stands on a side that holds no content."""

    ABSENT = "absent"
    """Proven: the side was read whole and has nothing there."""
    UNKNOWN = "unknown"
    """Not asked, or not answered. Never absence, never agreement."""
    INVALID = "invalid"
    """Git only: the file is there and cannot be read as a prompt."""


ABSENT = Gap.ABSENT
UNKNOWN = Gap.UNKNOWN
INVALID = Gap.INVALID

Side: TypeAlias = ContentHash | Gap


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """One label of one prompt on one target; written `TARGET:PROMPT@LABEL`."""

    target: str
    prompt: str
    label: str

    def __str__(self) -> str:
        return f"{self.target}:{self.prompt}@{self.label}"

    def is_named_by(self, text: str) -> bool:
        """Tell whether `[TARGET:]PROMPT[@LABEL]` means this address.

        Comparing with the four ways to write it needs no parsing, so a prompt may hold `:` and `@`.
        """
        return text in self._spellings()

    def is_selected_by(self, glob: str) -> bool:
        """Tell whether a glob (`*`, `?`, `[…]`) matches one of the four ways to write this address."""
        return any(fnmatchcase(spelling, glob) for spelling in self._spellings())

    def _spellings(self) -> tuple[str, str, str, str]:
        return (self.prompt, f"{self.prompt}@{self.label}", f"{self.target}:{self.prompt}", str(self))


def is_opaque(side: Side) -> bool:
    """Tell whether a side is live content that no artifact can be: it compares, and is never adopted."""
    return side.startswith("opaque:")


def short(side: Side) -> str:
    """Abbreviate a side for people: twelve digits of a hash, or the gap's own word."""
    if isinstance(side, Gap):
        return side.value
    return side.removesuffix(side.rpartition(":")[2]).replace("sha256:", "") + side.rpartition(":")[2][:12]


def is_meant(side: Side, text: str) -> bool:
    """Tell whether a person's text names a side: a gap's word, a whole hash, or twelve of its digits and more."""
    digits = text.rpartition(":")[2]
    return text == side or (
        not isinstance(side, Gap) and len(digits) >= 12 and side.rpartition(":")[2].startswith(digits)
    )
