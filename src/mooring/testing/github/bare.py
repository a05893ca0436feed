"""What do the branches of the fake's repository hold? All of it is asked of a real bare repository."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mooring.git.command import Git, GitFailed
from mooring.git.draft import write_commit, write_tree


class Method(StrEnum):
    """How GitHub puts a pull request's commits on the base branch."""

    MERGE = "merge"
    SQUASH = "squash"
    REBASE = "rebase"


class Unmergeable(Exception):
    """The commits do not fit together without a person."""


@dataclass(frozen=True, slots=True)
class Bare:
    """A bare repository in a folder."""

    folder: Path

    @property
    def git(self) -> Git:
        """Run git in it."""
        return Git(self.folder)

    def default_branch(self) -> str:
        """Give the branch that HEAD names."""
        head = (self.folder / "HEAD").read_text(encoding="utf-8")  # read, as every repository in an answer names it
        return head.strip().removeprefix("ref: refs/heads/")

    def tip(self, branch: str) -> str | None:
        """Give where a branch stands, None where there is none."""
        done = self.git.attempt("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}")
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def commit(self, revision: str) -> str | None:
        """Give the full id of a commit, None where there is none."""
        done = self.git.attempt("rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}")
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def is_ancestor(self, ancestor: str, commit: str) -> bool:
        """Tell whether a commit descends from another, or is it."""
        return self.git.attempt("merge-base", "--is-ancestor", ancestor, commit).returncode == 0

    def between(self, base: str, head: str) -> list[str]:
        """List the commits that `head` has and `base` has not, oldest first."""
        return self.git.text("rev-list", "--reverse", "--topo-order", f"{base}..{head}").split()

    def message(self, commit: str) -> str:
        """Give a commit's whole message."""
        return self.git.text("log", "-1", "--format=%B", commit).strip()

    def move(self, branch: str, new: str | None) -> None:
        """Move a branch, make it, or (None) take it away, as the host itself does: no hook is asked."""
        change = ("-d", f"refs/heads/{branch}") if new is None else (f"refs/heads/{branch}", new)
        self.git.run("update-ref", *change)

    def write(self, branch: str, files: Mapping[str, bytes | None], message: str, author: str) -> str:
        """Commit files to a branch, as the web editor does, and give the commit."""
        tip = self.tip(branch)
        if tip is None:
            raise ValueError(f"there is no branch {branch}")
        made = write_commit(self.git, write_tree(self.git, tip, files), tip, message, author)
        self.move(branch, made)
        return made

    def merge(self, method: Method, base: str, head: str, message: str, author: str) -> str:
        """Put `head` on top of a branch and give the branch's new tip; raises Unmergeable."""
        tip = self.tip(base)
        if tip is None:
            raise Unmergeable(base)
        with self._work_tree(tip, author) as git:
            for command in _commands(method, tip, head, message):
                try:
                    git.run("-c", "core.hooksPath=/dev/null", *command)
                except GitFailed as error:
                    raise Unmergeable(error.stderr) from error
            made = git.text("rev-parse", "HEAD")
        self.move(base, made)
        return made

    @contextmanager
    def _work_tree(self, commit: str, author: str) -> Iterator[Git]:
        name, _, mail = author.rpartition("<")
        who = {"GIT_AUTHOR_NAME": name.strip(), "GIT_AUTHOR_EMAIL": mail.rstrip(">")}
        host = {"GIT_COMMITTER_NAME": "GitHub", "GIT_COMMITTER_EMAIL": "noreply@github.com"}
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "merge"
            self.git.run("worktree", "add", "--quiet", "--detach", str(place), commit)
            try:
                yield Git(place, {**who, **host})
            finally:
                self.git.run("worktree", "remove", "--force", str(place))


def _commands(method: Method, base: str, head: str, message: str) -> Sequence[tuple[str, ...]]:
    match method:
        case Method.MERGE:
            return (("merge", "--quiet", "--no-ff", "--no-verify", "-m", message, head),)
        case Method.SQUASH:
            return ("merge", "--quiet", "--squash", head), ("commit", "--quiet", "--no-verify", "-m", message)
        case Method.REBASE:
            return (("cherry-pick", f"{base}..{head}"),)
