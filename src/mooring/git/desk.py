"""Where are proposals put: on branches of the repository, or into the files of the work tree?"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from mooring.git.branch import Branch, default_branch
from mooring.git.draft import refuse_outside
from mooring.git.files import parsed_blobs, worktree_bytes
from mooring.git.full import FullHistory
from mooring.git.history import GitHistory, folder_prefix
from mooring.git.proposals import is_ours, proposals, propose, withdraw
from mooring.git.repository import EntryKind, Inputs, Repository, entries, object_ids, read_blobs
from mooring.git.worktree import WorktreeHistory
from mooring.ports import Fate, HistoryError, Proposal, Proposed, Tip


@dataclass(slots=True)
class BranchDesk:
    """Implements the Proposals port over branches of the remote, or of the clone where there is none."""

    full: FullHistory
    inputs: Inputs
    author: str
    _tip: Tip | None = field(default=None, init=False)

    def tip(self) -> Tip:
        """Read the branch that is true as it is now, once a run; raises HistoryError."""
        if self._tip is None:
            name = default_branch(self.full.repo, self.full.branch, self.full.remote)
            commit = Branch(self.full, name, self.full.remote).tip()
            history = GitHistory(self.full, self.inputs, commit, parsed_blobs(self.full.repo))
            files = _files(self.full, self.inputs, commit)
            self._tip = Tip(commit, name, history, history.desired(), files, folder_prefix(self.inputs))
        return self._tip

    def propose(self, tip: Tip, proposal: Proposal) -> Proposed:
        """Put one commit on top of a tip and push it; raises HistoryError."""
        return propose(self.full.repo, self.full, self.full.remote, tip.commit, proposal, self.author)

    def standing(self, prefix: str) -> Mapping[str, str]:
        """Give the branches of ours below a prefix with their commits; raises HistoryError."""
        found = proposals(self.full.repo, self.full.remote, prefix)
        return {name: tip for name, tip in found.items() if is_ours(self.full, self.tip().commit, name, tip)}

    def withdraw(self, branch: str, commit: str) -> None:
        """Take a branch of ours away; raises HistoryError."""
        withdraw(self.full.repo, self.full.remote, branch, commit)


@dataclass(frozen=True, slots=True)
class WorktreeDesk:
    """Implements the Proposals port over the files of the work tree: whoever runs this commits them."""

    repo: Repository
    inputs: Inputs
    history: WorktreeHistory
    _messages: list[str] = field(default_factory=list[str], init=False)

    def tip(self) -> Tip:
        """Read the files as they are on the disk; raises HistoryError."""
        desired = self.history.desired()
        found = worktree_bytes(self.repo, self.inputs.prompts)
        return Tip("", "", self.history, desired, found, folder_prefix(self.inputs))

    def propose(self, tip: Tip, proposal: Proposal) -> Proposed:
        """Write the files, and the message to commit them with; raises HistoryError."""
        for path in proposal.files:
            refuse_outside(path)
        for path, data in proposal.files.items():
            place = self.repo.root / path
            if any(one.is_symlink() for one in (place, *place.parents) if self.repo.root in one.parents):
                raise HistoryError(f"{path} leads through a symbolic link, which is not followed. Remove the link.")
            try:
                if data is None:
                    place.unlink(missing_ok=True)
                else:
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(data)
            except OSError as error:
                raise HistoryError(f"{path} cannot be written: {error.strerror}.") from error
        return Proposed(self._noted(proposal.message), "", tip.commit, Fate.WRITTEN)

    def _noted(self, message: str) -> str:
        """Keep the messages of all that this run writes in one file, as one commit may hold it all."""
        self._messages.append(message)
        place = self.repo.own / "proposal.txt"
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text("\n".join(self._messages), encoding="utf-8")
        except OSError as error:
            raise HistoryError(f"{place} cannot be written: {error.strerror}.") from error
        return os.path.relpath(place, self.repo.root)

    def standing(self, prefix: str) -> Mapping[str, str]:
        """Give none: files stand for themselves."""
        return {}

    def withdraw(self, branch: str, commit: str) -> None:
        """Do nothing: there is no branch."""


def _files(full: FullHistory, inputs: Inputs, commit: str) -> dict[str, bytes]:
    """Read every plain file below the prompts folder of a commit."""
    git = full.holding(commit)
    name = f"{commit}:{inputs.prompts}"
    folder = object_ids(git, [name])[name]
    if folder is None:
        return {}
    listed = [entry for entry in entries(git, folder[0]) if entry.kind is EntryKind.FILE]
    contents = dict(read_blobs(git, [entry.oid for entry in listed]))
    return {entry.path: contents[entry.oid] for entry in listed}
