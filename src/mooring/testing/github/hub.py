"""How do things stand on the fake, and what moves them?"""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from mooring.testing.github.bare import Bare, Method
from mooring.testing.github.rows import Comment, Issue, Pull, Status, Token
from mooring.testing.github.settings import Settings
from mooring.testing.github.trouble import Troubles


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that came in: verb, path without the query, what it sent, and the status it was answered (0: none)."""

    verb: str
    path: str
    body: Any
    status: int


@dataclass(slots=True)
class Hub:
    """One repository on the fake GitHub. Whoever reads or changes it holds `lock`."""

    repository: str
    bare: Bare
    tokens: dict[str, Token]
    url: str = ""
    actions_may_propose: bool = True
    """The setting "Allow GitHub Actions to create and approve pull requests"."""
    has_issues: bool = True
    settings: Settings = field(default_factory=Settings)
    issues: dict[int, Issue] = field(default_factory=dict[int, Issue])
    """Issues and pull requests by number."""
    labels: dict[str, str] = field(default_factory=lambda: {"bug": "d73a4a", "enhancement": "a2eeef"})
    statuses: list[Status] = field(default_factory=list[Status])
    requests: list[Seen] = field(default_factory=list[Seen])
    troubles: Troubles = field(default_factory=Troubles)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _ids: "count[int]" = field(default_factory=lambda: count(1001))
    _ticks: "count[int]" = field(default_factory=count)

    @property
    def owner(self) -> str:
        """Give who the repository belongs to."""
        return self.repository.partition("/")[0]

    def now(self) -> str:
        """Give a time that is a second after the last one that was given."""
        return (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=next(self._ticks))).strftime("%Y-%m-%dT%H:%M:%SZ")

    def id(self) -> int:
        """Give an id that nothing else has."""
        return next(self._ids)

    def pull(self, number: int) -> Pull:
        """Give a pull request; raises KeyError."""
        found = self.issues[number]
        if not isinstance(found, Pull):
            raise KeyError(number)
        return found

    def pulls(self) -> list[Pull]:
        """Give all pull requests, as their branches make them be by now."""
        found = [issue for issue in self.issues.values() if isinstance(issue, Pull)]
        for pull in found:
            self._settle(pull)
        return found

    def label(self, name: str) -> str:
        """Give a label as it is written, making it where there is none: case does not tell labels apart."""
        found = next((known for known in self.labels if known.casefold() == name.casefold()), None)
        if found is None:
            self.labels[name] = "ededed"
        return found or name

    def open_issue(self, login: str, title: str, body: str | None, labels: list[str]) -> Issue:
        """Open an issue."""
        now = self.now()
        issue = Issue(len(self.issues) + 1, login, title, body, now, now, [self.label(name) for name in labels])
        self.issues[issue.number] = issue
        return issue

    def open_pull(self, login: str, draft: "PullDraft") -> Pull:
        """Open a pull request between two commits."""
        now = self.now()
        pull = Pull(len(self.issues) + 1, login, draft.title, draft.body, now, now)
        pull.head, pull.head_repository, pull.base = draft.head, draft.head_repository, draft.base
        pull.head_sha, pull.base_sha = draft.head_sha, draft.base_sha
        self.issues[pull.number] = pull
        return pull

    def merge(self, pull: Pull, method: Method, login: str, author: str) -> str:
        """Merge as the button does, for real; raises bare.Unmergeable."""
        before = self.bare.tip(pull.base) or ""
        message = self._merge_message(pull, method, before)
        made = self.bare.merge(method, pull.base, pull.head_sha, message, author)
        self._merged(pull, login, made, before)
        return made

    def set_state(self, issue: Issue, state: str, reason: str | None = None) -> None:
        """Close or reopen."""
        if issue.state != state:
            issue.closed_at = self.now() if state == "closed" else None
        issue.state = state
        issue.state_reason = reason or (None if state == "open" else "completed")
        issue.updated_at = self.now()

    def comment(self, issue: Issue, login: str, body: str) -> Comment:
        """Add a comment."""
        made = Comment(self.id(), login, body, self.now())
        issue.comments.append(made)
        issue.updated_at = made.created_at
        return made

    def found_comment(self, number: int) -> tuple[Issue, Comment] | None:
        """Give the comment with an id, and what it stands under."""
        everywhere = ((issue, one) for issue in self.issues.values() for one in issue.comments)
        return next(((issue, one) for issue, one in everywhere if one.id == number), None)

    def edit_comment(self, comment: Comment, body: str) -> None:
        """Give a comment another body."""
        comment.body, comment.updated_at = body, self.now()

    def _settle(self, pull: Pull) -> None:
        """Follow the branches: GitHub closes what lost its branch, and takes for merged what the base holds."""
        if pull.state != "open" or pull.head_repository != self.repository:
            return
        head, base = self.bare.tip(pull.head), self.bare.tip(pull.base)
        if head is None or base is None:
            self.set_state(pull, "closed")
            return
        if self.bare.is_ancestor(head, base):
            pull.head_sha = head
            self._merged(pull, "web-flow", base, pull.base_sha)
            return
        pull.head_sha = head

    def _merged(self, pull: Pull, login: str, made: str, before: str) -> None:
        pull.brought = frozenset({*self.bare.between(before, made), *self.bare.between(before, pull.head_sha)})
        pull.merge_commit_sha, pull.merged_by, pull.merged_at = made, login, self.now()
        self.set_state(pull, "closed")

    def _merge_message(self, pull: Pull, method: Method, before: str) -> str:
        """Give GitHub's default messages: a squash of one commit keeps that commit's own."""
        if method is Method.MERGE:
            source = f"{(pull.head_repository or 'unknown/x').partition('/')[0]}/{pull.head}"
            return f"Merge pull request #{pull.number} from {source}\n\n{pull.title}"
        commits = self.bare.between(before, pull.head_sha)
        if len(commits) == 1:
            subject, _, body = self.bare.message(commits[0]).partition("\n")
            return f"{subject} (#{pull.number})\n\n{body.strip()}".rstrip()
        told = "\n\n".join(f"* {self.bare.message(commit)}" for commit in commits)
        return f"{pull.title} (#{pull.number})\n\n{told}"


@dataclass(frozen=True, slots=True)
class PullDraft:
    """What a pull request is opened with."""

    title: str
    body: str | None
    head: str
    head_repository: str
    head_sha: str
    base: str
    base_sha: str
