"""What do the files of the work tree ask for, committed or not?"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from mooring.core.address import ContentHash
from mooring.core.artifact import Artifact
from mooring.core.desired import Desired, Problem, Version
from mooring.formats import assemble
from mooring.git.contents import artifact_of
from mooring.git.files import PromptFiles, parsed_blobs, read_unchanged, worktree_files
from mooring.git.history import (
    GitHistory,
    edited_versions,
    folder_prefix,
    hidden_folder,
    missing_config,
    role_of,
    with_problems,
)
from mooring.git.parsed import ParsedBlobs
from mooring.git.repository import EntryKind, Inputs, Repository, user_identity
from mooring.ports import HistoryError, Reviewed


class WorktreeHistory:
    """The History port over the work tree: for looking, never for writing, so its Desired has no commit.

    `head` is the history at HEAD, None where nothing was committed yet.
    """

    def __init__(
        self, repo: Repository, inputs: Inputs, head: GitHistory | None, memory: ParsedBlobs | None = None
    ) -> None:
        self.inputs = inputs
        self.memory = parsed_blobs(repo) if memory is None else memory
        self._repo = repo
        self._head = head
        self._desired: Desired | None = None
        self._files: PromptFiles = {}

    def config_text(self) -> str:
        """Give the text of mooring.yaml as it is on the disk; raises HistoryError."""
        place = self._repo.root / self.inputs.config
        try:
            return place.read_bytes().decode("utf-8-sig")
        except OSError as error:
            raise HistoryError(f"{place} cannot be read: {error.strerror}. Make one with `mooring init`.") from error
        except UnicodeDecodeError as error:
            raise HistoryError(f"{place} is not UTF-8 (byte {error.start}). Save it as UTF-8.") from error

    def desired(self) -> Desired:
        """Read every prompt file that Git does not ignore; raises HistoryError."""
        if self._desired is None:
            self._files = worktree_files(self._repo, self.inputs.prompts, self.memory)
            prefix = folder_prefix(self.inputs)
            desired = assemble(commit=None, tree=self._tree(), prefix=prefix, files=self._files)
            hidden = self._hidden_folder()
            desired = replace(desired, names_known=desired.names_known and not hidden)
            self._desired = with_problems(desired, [*hidden, *self._missing_config()])
        return self._desired

    def artifact(self, version: Version) -> Artifact:
        """Read a version's file again; raises HistoryError where it changed or is no valid version."""
        path = version.path.removeprefix(folder_prefix(self.inputs))
        return artifact_of(role_of(path), read_unchanged(self._repo.root / version.path, version.blob), version.path)

    def reviewed(self, prompt: str) -> Mapping[ContentHash, Reviewed]:
        """Give what was reviewed up to HEAD; what is not committed was not."""
        return {} if self._head is None else self._head.reviewed(prompt)

    def provenance(self, version: Version) -> tuple[str, str]:
        """Give commit and author of the file at HEAD, or no commit and the user for what is not committed."""
        path = version.path.removeprefix(folder_prefix(self.inputs))
        if self._head is not None and path in self._head.files():
            return self._head.provenance(version)
        return "", user_identity(self._repo)

    def edited_versions(self, reference: str) -> list[Problem]:
        """List the version files whose content is not the one that the commit `reference` has under the same path."""
        if self._head is None:
            return []
        self.desired()
        found = edited_versions(self._files, self._head.files_at(reference), self.inputs, reference)
        return self._head.without_taken_back(found, self._files)

    def _tree(self) -> str:
        digest = hashlib.sha256()
        for path, (blob, _) in sorted(self._files.items()):
            digest.update(f"{path}\0{blob}\0".encode())
        config = self._repo.root / self.inputs.config
        digest.update(config.read_bytes() if config.is_file() else b"")
        return f"worktree:{digest.hexdigest()}"

    def _hidden_folder(self) -> list[Problem]:
        """A prompts folder that is simply not there asks for nothing; one that is hidden is a mistake."""
        place = PurePosixPath(self.inputs.prompts)
        for path in [folder for folder in (place, *place.parents) if folder.name]:
            folder = self._repo.root / path
            if folder.is_symlink():
                return [hidden_folder(str(path), EntryKind.SYMLINK)]
            if (folder / ".git").exists():
                return [hidden_folder(str(path), EntryKind.SUBMODULE)]
        return []

    def _missing_config(self) -> list[Problem]:
        if (self._repo.root / self.inputs.config).is_file():
            return []
        return [missing_config(self.inputs.config)]
