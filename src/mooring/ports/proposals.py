"""How does content come to the branch that is true? As a branch of its own with one commit, for people to review."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from mooring.core.desired import Desired
from mooring.ports.history import History, HistoryError


class PushDenied(HistoryError):
    """The Git host does not let this identity push the branch; the message says what it said, and the way out."""


@dataclass(frozen=True, slots=True)
class Tip:
    """The tip of the branch that is true: what it asks for, and the files that say so.

    `files` are all below the prompts folder, by path from there; `prefix` is that folder from the root, with its `/`.
    """

    commit: str
    branch: str
    history: History
    desired: Desired
    files: Mapping[str, bytes]
    prefix: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """One commit to be proposed. `files` are paths from the root with their bytes; None takes a file away."""

    branch: str
    message: str
    files: Mapping[str, bytes | None]


class Fate(StrEnum):
    """What became of a proposal."""

    MADE = "made"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    """It stands there already, just so: nothing was written."""
    FOREIGN = "foreign"
    """Somebody else's commits are on its branch, which was left alone."""
    WRITTEN = "written"
    """It stands in the files of the work tree, for whoever runs this to commit."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal as it stands: its commit, and the commit of the true branch that it is built on.

    What was WRITTEN has neither; `branch` is then the file with the message to commit it with.
    """

    branch: str
    commit: str
    base: str
    fate: Fate


class Proposals(Protocol):
    """The branches on which Mooring proposes. Every method may raise HistoryError."""

    def tip(self) -> Tip:
        """Read the branch that is true as it is now; raises RemoteUnreachable."""
        ...

    def propose(self, tip: Tip, proposal: Proposal) -> Proposed:
        """Put one commit on top of a tip and publish it under the proposal's branch, in place of an earlier one."""
        ...

    def standing(self, prefix: str) -> Mapping[str, str]:
        """Give the branches below a prefix with their commits, without those that hold somebody else's work."""
        ...

    def withdraw(self, branch: str, commit: str) -> None:
        """Take a branch of ours away that still stands at a commit."""
        ...
