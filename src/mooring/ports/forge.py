"""What is asked of the Git host beyond Git itself: pull requests, issues, commit statuses, who approved."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class ForgeError(Exception):
    """The Git host's API did not do it; the message says what, where and the way out, and holds no token.

    `denied`: the token is missing, wrong or not allowed to do this. `retry_after` is the pause that the host asks for,
    in seconds, None where it names none.
    """

    def __init__(self, message: str, *, denied: bool = False, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.denied = denied
        self.retry_after = retry_after


class PullState(StrEnum):
    """How a pull request stands."""

    OPEN = "open"
    CLOSED = "closed"
    """Closed by a person without merging."""
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request of this repository; `branch` is where its commits are."""

    number: int
    state: PullState
    branch: str
    title: str
    body: str
    url: str


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue of this repository."""

    number: int
    is_open: bool
    title: str
    body: str
    url: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment under an issue or a pull request. `author` is a login name, '' where the account is gone."""

    id: int
    body: str
    author: str
    by_bot: bool
    url: str


@dataclass(frozen=True, slots=True)
class Approval:
    """The pull request that brought a commit, and who approved it (login names)."""

    number: int
    url: str
    approvers: tuple[str, ...] = ()


class StatusState(StrEnum):
    """What a commit status says."""

    SUCCESS = "success"
    FAILURE = "failure"
    PENDING = "pending"
    ERROR = "error"


class Forge(Protocol):
    """The Git host of this repository. Every method may raise ForgeError."""

    def pulls(self, prefix: str) -> Sequence[Pull]:
        """Give the pull requests, of any state, whose branch begins with a prefix, newest first."""
        ...

    def open_pull(self, branch: str, base: str, title: str, body: str) -> Pull:
        """Open a pull request from a pushed branch."""
        ...

    def update_pull(self, number: int, title: str, body: str) -> Pull:
        """Give an open pull request another title and body."""
        ...

    def issues(self, label: str) -> Sequence[Issue]:
        """Give the issues, open ones and closed ones, that carry a label, newest first."""
        ...

    def open_issue(self, title: str, body: str, label: str) -> Issue:
        """Open an issue under a label, which is made where it is missing."""
        ...

    def comment(self, number: int, body: str) -> None:
        """Add a comment to an issue."""
        ...

    def comments(self, number: int) -> Sequence[Comment]:
        """Give the comments under an issue or a pull request, oldest first."""
        ...

    def edit_comment(self, id: int, body: str) -> None:  # noqa: A002  # the Git host's own word
        """Give a comment another body."""
        ...

    def login(self) -> str | None:
        """Give whose token this is; None for that of an app, whose comments are a bot's."""
        ...

    def close_issue(self, number: int) -> None:
        """Close an issue."""
        ...

    def set_status(self, commit: str, context: str, state: StatusState, description: str, url: str = "") -> None:
        """Set a commit's status under a context, as `mooring/drift`; `url` is where more is said, '' for nowhere."""
        ...

    def approval(self, commit: str) -> Approval | None:
        """Give the merged pull request that brought a commit, None where there is none."""
        ...
