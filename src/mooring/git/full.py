"""Where is all history to be found, when the user's clone holds only a part of it?"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from mooring.git.command import Git, GitFailed
from mooring.git.connection import connection_settings
from mooring.git.repository import Repository, is_whole
from mooring.ports import HistoryError

_LOCK_WAIT = 300.0
_SETTINGS = {
    # Nothing of ours is left running behind, and no hook of the user's runs for what is not the user's repository.
    "gc.autoDetach": "false",
    "maintenance.autoDetach": "false",
    "core.hooksPath": "/dev/null",
}


@dataclass(slots=True)
class FullHistory:
    """The user's clone where it is enough, else a bare repository of our own with all of the branch.

    Nothing is ever fetched into the user's clone. `remote` is None where there is none, `branch` is its short name.
    """

    repo: Repository
    remote: str | None
    branch: str | None
    _whole: bool | None = field(default=None, init=False)
    _found: dict[str, Git] = field(default_factory=dict[str, Git], init=False)
    _here: dict[str, Git] = field(default_factory=dict[str, Git], init=False)

    def holding(self, commit: str) -> Git:
        """Give a repository that holds a commit and its files, whether or not it holds its ancestors."""
        if commit in self._found:
            return self._found[commit]
        if commit not in self._here:
            self._here[commit] = self.repo.git if _has(self.repo.git, commit) else self.with_ancestors(commit)
        return self._here[commit]

    def with_ancestors(self, commit: str) -> Git:
        """Give a repository that holds a commit and all its ancestors; raises HistoryError."""
        if commit not in self._found:
            enough = self._is_whole() and (self._here.get(commit) == self.repo.git or _has(self.repo.git, commit))
            self._found[commit] = self.repo.git if enough else self._fetched(commit)
        return self._found[commit]

    def _is_whole(self) -> bool:
        if self._whole is None:
            self._whole = is_whole(self.repo)
        return self._whole

    def _fetched(self, commit: str) -> Git:
        if self.remote is None:
            raise HistoryError(self._not_here(commit, "there is no remote to get it from"))
        from filelock import FileLock, Timeout  # few runs need it, and it is slow to import

        try:
            self.repo.own.mkdir(parents=True, exist_ok=True)
            with FileLock(self.repo.own / "source.lock", timeout=_LOCK_WAIT):
                return self._from_remote(commit, self.remote)
        except (GitFailed, OSError, Timeout) as error:
            raise HistoryError(self._not_here(commit, f"fetching from {self.remote} failed: {error}")) from error

    def _from_remote(self, commit: str, remote: str) -> Git:
        git = self._opened()
        if _has(git, commit):
            return git
        if self.branch is not None:
            refspec = f"+refs/heads/{self.branch}:refs/heads/{self.branch}"
            failed = _fetch(git, remote, refspec)
            if failed is not None and git.attempt("ls-remote", "--end-of-options", remote, "HEAD").returncode == 0:
                # What the user's clone lent to ours may be gone since. Ours is only a cache: make it anew.
                shutil.rmtree(self._place, ignore_errors=True)
                git = self._opened()
                failed = _fetch(git, remote, refspec)
            if failed is not None:
                raise failed
        # A commit beside the branch: one that was not pushed yet, or a pull request's.
        for source in (str(self.repo.common), remote):
            if not _has(git, commit):
                _fetch(git, source, f"+{commit}:refs/commits/{commit}")
        if not _has(git, commit):
            raise HistoryError(self._not_here(commit, f"{remote} does not have it; it may have been replaced there"))
        return git

    @property
    def _place(self) -> Path:
        return self.repo.own / "source.git"

    def _opened(self) -> Git:
        """Make our repository where it is not there. It borrows the user's objects only if none of them is missing."""
        borrowed = self._place / "objects" / "info" / "alternates"
        if borrowed.exists() != self._is_whole():
            shutil.rmtree(self._place, ignore_errors=True)
        if not (self._place / "HEAD").exists():
            hashing = self.repo.git.text("rev-parse", "--show-object-format")
            bare = ("--quiet", "--bare", "--template=", f"--object-format={hashing}")
            Git(self.repo.own).run("init", *bare, "--", "source.git")
            for key, value in _SETTINGS.items():
                Git(self._place).run("config", key, value)
            if self._is_whole():
                borrowed.parent.mkdir(parents=True, exist_ok=True)
                borrowed.write_text(f"{self.repo.common / 'objects'}\n", encoding="utf-8")
        return Git(self._place, {**self.repo.git.environment, **connection_settings(self.repo.git)})

    def _not_here(self, commit: str, reason: str) -> str:
        return (
            f"The history of commit {commit[:12]} is not complete in {self.repo.root}, and {reason}. "
            "Clone with full history (in GitHub Actions: `fetch-depth: 0` for actions/checkout)."
        )


def _has(git: Git, commit: str) -> bool:
    return git.attempt("cat-file", "-e", commit + "^{commit}").returncode == 0


def _fetch(git: Git, remote: str, refspec: str) -> GitFailed | None:
    quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--refmap=")
    done = git.attempt("fetch", *quiet, "--end-of-options", remote, refspec)
    if done.returncode == 0:
        return None
    return GitFailed("fetch", done.returncode, done.stderr.decode("utf-8", "replace"))
