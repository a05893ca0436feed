"""What does the fake remember? One class for each thing, in GitHub's own words."""

from dataclasses import dataclass, field
from enum import StrEnum


class Right(StrEnum):
    """What a token may do, as workflows write it under `permissions`; reading is allowed to every token."""

    PULLS = "pull_requests=write"
    ISSUES = "issues=write"
    STATUSES = "statuses=write"
    LABELS = "push access"
    """Without it GitHub drops the labels of a new issue silently."""


ACTIONS = "github-actions[bot]"
"""Who a job's own token is."""

ALL_RIGHTS = frozenset(Right)


@dataclass(frozen=True, slots=True)
class Token:
    """Who a token is, and what it may do."""

    login: str = ACTIONS
    rights: frozenset[Right] = ALL_RIGHTS


@dataclass(slots=True)
class Comment:
    """A comment on an issue or a pull request."""

    id: int
    login: str
    body: str
    created_at: str
    updated_at: str = ""
    """'' while it stands as it was written."""


@dataclass(slots=True)
class Issue:
    """What issues and pull requests have in common; both are numbered in one row."""

    number: int
    login: str
    title: str
    body: str | None
    created_at: str
    updated_at: str
    labels: list[str] = field(default_factory=list[str])
    comments: list[Comment] = field(default_factory=list[Comment])
    state: str = "open"
    state_reason: str | None = None
    closed_at: str | None = None


@dataclass(slots=True)
class Review:
    """A person's verdict on a pull request."""

    id: int
    login: str | None
    state: str
    body: str
    commit_id: str
    submitted_at: str


@dataclass(slots=True)
class Pull(Issue):
    """A pull request. `head_repository` None: the fork that it came from is gone."""

    head: str = ""
    head_repository: str | None = None
    base: str = ""
    head_sha: str = ""
    base_sha: str = ""
    merged_at: str | None = None
    merged_by: str | None = None
    merge_commit_sha: str | None = None
    brought: frozenset[str] = frozenset()
    """The commits that it brought to the base branch, those of its own branch included."""
    reviews: list[Review] = field(default_factory=list[Review])


@dataclass(frozen=True, slots=True)
class Status:
    """What was said about a commit under a context."""

    id: int
    sha: str
    state: str
    context: str
    description: str | None
    target_url: str | None
    login: str
    created_at: str
