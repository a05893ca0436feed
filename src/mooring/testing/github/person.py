"""What does a person do on GitHub's pages? Merges, closes, reviews, comments; the commits are real ones."""

from collections.abc import Mapping
from dataclasses import dataclass

from mooring.testing.github.bare import Method
from mooring.testing.github.hub import Hub, PullDraft
from mooring.testing.github.rows import Comment, Issue, Pull, Review


@dataclass(frozen=True, slots=True)
class GitHubPerson:
    """Somebody with write access. Every act is done at once, and is seen by the next request."""

    hub: Hub
    login: str = "grace"

    @property
    def author(self) -> str:
        """Give whom the person's commits are by."""
        return f"{self.login} <{self.login}@users.noreply.github.com>"

    def merge(self, number: int, method: Method = Method.MERGE) -> str:
        """Press the merge button and give the base branch's new tip; the branch of the pull request stays."""
        with self.hub.lock:
            self.hub.pulls()
            pull = self.hub.pull(number)
            if pull.state != "open":
                raise ValueError(f"pull request {number} is {pull.state}")
            return self.hub.merge(pull, method, self.login, self.author)

    def close(self, number: int) -> None:
        """Close an issue or a pull request, without merging."""
        with self.hub.lock:
            self.hub.set_state(self.hub.issues[number], "closed", "not_planned")

    def reopen(self, number: int) -> None:
        """Open an issue or a pull request again."""
        with self.hub.lock:
            self.hub.set_state(self.hub.issues[number], "open", "reopened")

    def review(self, number: int, state: str, body: str = "") -> Review:
        """Review a pull request: APPROVED, CHANGES_REQUESTED, COMMENTED or DISMISSED."""
        with self.hub.lock:
            self.hub.pulls()
            pull = self.hub.pull(number)
            made = Review(self.hub.id(), self.login, state, body, pull.head_sha, self.hub.now())
            pull.reviews.append(made)
            return made

    def approve(self, number: int) -> Review:
        """Approve a pull request."""
        return self.review(number, "APPROVED")

    def comment(self, number: int, body: str) -> Comment:
        """Write below an issue or a pull request."""
        with self.hub.lock:
            return self.hub.comment(self.hub.issues[number], self.login, body)

    def open_issue(self, title: str, body: str = "", *labels: str) -> Issue:
        """Open an issue."""
        with self.hub.lock:
            return self.hub.open_issue(self.login, title, body, list(labels))

    def open_pull(self, branch: str, title: str, body: str | None = None, base: str | None = None) -> Pull:
        """Open a pull request from a branch of this repository."""
        return self._propose(branch, title, body, base, self.hub.repository)

    def open_pull_from_fork(self, branch: str, title: str, fork: str = "stranger/prompts") -> Pull:
        """Open a pull request as from a fork; its commits are those of a branch here."""
        return self._propose(branch, title, None, None, fork)

    def delete_fork(self, number: int) -> None:
        """Take away the fork that a pull request came from."""
        with self.hub.lock:
            self.hub.pull(number).head_repository = None

    def write(self, branch: str, files: Mapping[str, bytes | None], message: str = "Edit on GitHub") -> str:
        """Commit files to a branch with the web editor and give the commit."""
        with self.hub.lock:
            return self.hub.bare.write(branch, files, message, self.author)

    def delete_branch(self, branch: str) -> None:
        """Press the button that a merged pull request shows."""
        with self.hub.lock:
            self.hub.pulls()
            self.hub.bare.move(branch, None)

    def _propose(self, branch: str, title: str, body: str | None, base: str | None, source: str) -> Pull:
        with self.hub.lock:
            base = base or self.hub.bare.default_branch()
            tip, base_tip = self.hub.bare.tip(branch), self.hub.bare.tip(base)
            if tip is None or base_tip is None:
                raise ValueError(f"there is no branch {branch}, or no {base}")
            return self.hub.open_pull(self.login, PullDraft(title, body, branch, source, tip, base, base_tip))
