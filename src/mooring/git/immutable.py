"""Which version files were edited although the branch holds them already?"""

from collections.abc import Mapping

from mooring.core.address import ContentHash
from mooring.core.artifact import Artifact
from mooring.core.desired import Desired, Problem, Version
from mooring.git.history import GitHistory
from mooring.git.repository import Repository
from mooring.git.worktree import WorktreeHistory
from mooring.ports import Reviewed


class CheckedHistory:
    """The History port with version files compared to what the branch holds, as far as this clone knows without asking.

    The reference is the branch's tip as last fetched; for the tip itself, the commit before it. What was published
    is compared with the ledger too, which no clone can be behind of.
    """

    def __init__(self, inner: GitHistory | WorktreeHistory, reference: str | None) -> None:
        self._inner = inner
        self._reference = reference
        self._edited: tuple[Problem, ...] | None = None

    def desired(self) -> Desired:
        """Read every prompt file; edited version files are mistakes."""
        desired = self._inner.desired()
        if self._edited is None:
            self._edited = () if self._reference is None else tuple(self._inner.edited_versions(self._reference))
        return desired.without(self._edited)

    def artifact(self, version: Version) -> Artifact:
        """Read the content of a version."""
        return self._inner.artifact(version)

    def reviewed(self, prompt: str) -> Mapping[ContentHash, Reviewed]:
        """Give every content that the prompt had on the branch."""
        return self._inner.reviewed(prompt)

    def provenance(self, version: Version) -> tuple[str, str]:
        """Give commit and author of a version's file."""
        return self._inner.provenance(version)


def reference(repo: Repository, branch: str | None, remote: str | None, commit: str | None) -> str | None:
    """Give the commit that version files are compared with, None where there is nothing to compare with."""
    names = [f"refs/remotes/{remote}/{branch or 'HEAD'}"] if remote else []
    names += [f"refs/heads/{branch}"] if branch else []
    for name in [*names, "HEAD"]:
        found = _commit(repo, name)
        if found is not None and found != commit:
            return found
        if found is not None:
            return _commit(repo, f"{commit}^")
    return None


def _commit(repo: Repository, name: str) -> str | None:
    done = repo.git.attempt("rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}")
    return done.stdout.decode().strip() if done.returncode == 0 else None
