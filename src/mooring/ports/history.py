"""What is asked of Git: its objects at one pinned commit, and the branch behind it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from mooring.core.address import ContentHash
from mooring.core.artifact import Artifact
from mooring.core.desired import Desired, Version
from mooring.core.observation import Reviewed


class HistoryError(Exception):
    """Git cannot tell what was asked; the message says what, where and the way out."""


class RemoteUnreachable(HistoryError):
    """The Git host did not answer, so nobody knows where the branch stands."""


class History(Protocol):
    """Git objects at one pinned commit (or the working tree), and the branch behind it."""

    def desired(self) -> Desired:
        """Read every prompt file, each blob once ever."""
        ...

    def artifact(self, version: Version) -> Artifact:
        """Read the content of a valid version again, for publishing and for showing."""
        ...

    def reviewed(self, prompt: str) -> Mapping[ContentHash, Reviewed]:
        """Give every content that the prompt had on the branch up to the pinned commit. Costs a walk: ask late."""
        ...

    def provenance(self, version: Version) -> tuple[str, str]:
        """Give commit and author (`Name <mail>`) that last changed a version's file."""
        ...


class Standing(StrEnum):
    """How a commit stands to the tip of the branch that is true. Decided by Git ancestry and trees, never by time."""

    CURRENT = "current"
    """Both ask for the same: the same prompts folder and the same mooring.yaml."""
    SUPERSEDED = "superseded"
    """The tip asks for something else and descends from the commit: a newer run does the work."""
    ASTRAY = "astray"
    """The tip asks for something else and does not descend from the commit: another branch, a rewritten history."""


class Order(Protocol):
    """The branch that is true, as seen from a run's commit."""

    def standing(self) -> Standing:
        """Compare the run's commit with the branch's tip as it is now; raises HistoryError."""
        ...

    def holds(self, commit: str) -> bool:
        """Tell whether the branch's tip is a commit or descends from it; raises HistoryError."""
        ...
