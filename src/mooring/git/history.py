"""What does Git say at one pinned commit, and what did the branch behind it ever say?"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from threading import RLock

from mooring.core.address import ContentHash
from mooring.core.artifact import Artifact
from mooring.core.desired import HEAD_KEY, Desired, Problem, Version
from mooring.formats import ParsedFile, Role, assemble, classify_paths
from mooring.formats.layout import key_of, path_name
from mooring.git.assembled import AssembledTrees
from mooring.git.command import Git
from mooring.git.contents import Artifacts, Blobs
from mooring.git.files import PromptFiles, parsed_blobs, tree_files, tree_files_at
from mooring.git.full import FullHistory
from mooring.git.parsed import ParsedBlobs
from mooring.git.repository import (
    EntryKind,
    Inputs,
    changed_paths,
    config_text,
    inputs_id,
    named_entries,
    object_ids,
    read_blobs,
)
from mooring.git.walk import Brought, brought
from mooring.ports import HistoryError, Reviewed

_VERSION_ROLES = {Role.VERSION_YAML, Role.VERSION_TEXT}
_ASKED_ONE_BY_ONE = 3


class GitHistory:
    """The History port at one commit of a repository. May be asked from several threads."""

    def __init__(self, full: FullHistory, inputs: Inputs, commit: str, memory: ParsedBlobs | None = None) -> None:
        self.commit = commit
        self.inputs = inputs
        self.memory = parsed_blobs(full.repo) if memory is None else memory
        self._full = full
        self._artifacts = Artifacts(Blobs(partial(full.holding, commit)))
        self._lock = RLock()
        self._desired: Desired | None = None
        self._files: PromptFiles | None = None
        self._brought: tuple[Brought, ...] | None = None
        self._reviewed: dict[str, dict[ContentHash, Reviewed]] | None = None
        self._asked: dict[str, tuple[str, str]] = {}

    def config_text(self) -> str:
        """Give the text of mooring.yaml at the commit; raises HistoryError."""
        return config_text(self._full.holding(self.commit), self.inputs, self.commit)

    def desired(self) -> Desired:
        """Read every prompt file of the commit, each blob once ever and each tree once; raises HistoryError."""
        with self._lock:
            if self._desired is None:
                self._desired = self._read()
            return self._desired

    def artifact(self, version: Version) -> Artifact:
        """Read a version's content again; raises HistoryError where it is no valid version."""
        path = version.path.removeprefix(folder_prefix(self.inputs))
        return self._artifacts.read(version.blob, role_of(path), version.path)

    def provenance(self, version: Version) -> tuple[str, str]:
        """Give commit and author that last changed a version's file on the branch up to the commit."""
        with self._lock:
            found = self._asked.get(version.path)
            if found is None and self._brought is None and len(self._asked) < _ASKED_ONE_BY_ONE:
                found = self._asked[version.path] = self._last_change(version.path)
            if found is None:
                for change in self._walked():
                    self._asked.setdefault(change.path, (change.commit, change.author))
                found = self._asked.setdefault(version.path, (self.commit, ""))
            return found

    def reviewed(self, prompt: str) -> Mapping[ContentHash, Reviewed]:
        """Give every content that the prompt had on the first-parent history; raises HistoryError if it is cut off."""
        with self._lock:
            if self._reviewed is None:
                self._reviewed = self._review()
            return self._reviewed.get(prompt, {})

    def edited_versions(self, reference: str) -> list[Problem]:
        """List the version files whose content is not the one that the commit `reference` has under the same path."""
        now, then = self._changed_since(reference)
        return self.without_taken_back(edited_versions(now, then, self.inputs, reference), now)

    def without_taken_back(self, edited: list[Problem], now: PromptFiles) -> list[Problem]:
        """Leave out the files that hold again what they held first on the branch: an edit that was taken back."""
        if not edited:
            return []
        prefix = folder_prefix(self.inputs)
        try:
            first = self._first_contents({problem.path for problem in edited})
        except HistoryError:
            return edited
        return [one for one in edited if first.get(one.path) != now[one.path.removeprefix(prefix)][1].hash]

    def _first_contents(self, paths: set[str]) -> dict[str, ContentHash]:
        """Give the first readable content that each version file had on the branch."""
        with self._lock:
            changes = [change for change in self._walked() if change.path in paths]
            prefix = folder_prefix(self.inputs)
            keys = [(change.blob, role_of(change.path.removeprefix(prefix))) for change in changes]
            git = self._full.with_ancestors(self.commit)
            parsed = self.memory.parsed(keys, lambda oids: read_blobs(git, oids))
        contents = ((change.path, parsed[key].hash) for change, key in zip(changes, keys, strict=True))
        return {path: content for path, content in contents if content is not None}

    def files(self) -> PromptFiles:
        """Give the prompt files of the commit."""
        with self._lock:
            if self._files is None:
                self._files = self.files_at(self.commit)
            return self._files

    def files_at(self, commit: str) -> PromptFiles:
        """Give the prompt files of another commit; none where it has no prompts folder."""
        git = self._full.holding(commit)
        (folder,) = self._folders(git, commit)
        with self._lock:
            return {} if folder is None else tree_files(git, folder, self.memory)

    def _changed_since(self, reference: str) -> tuple[PromptFiles, PromptFiles]:
        """Give the version files of this and another commit, so far as Git's ids do not say that they are the same."""
        git, other = self._full.holding(self.commit), self._full.holding(reference)
        if git != other:
            return self.files(), self.files_at(reference)
        new, old = self._folders(git, self.commit, reference)
        if new is None or old is None or new == old:
            return {}, {}
        paths = [path for path in changed_paths(git, old, new) if role_of(path) in _VERSION_ROLES]
        if not paths:
            return {}, {}
        with self._lock:
            return tree_files_at(git, new, self.memory, paths), tree_files_at(git, old, self.memory, paths)

    def _folders(self, git: Git, *commits: str) -> list[str | None]:
        """Give the tree of the prompts folder at each commit, None where it is no folder there."""
        names = [f"{commit}:{self.inputs.prompts}" for commit in commits]
        found = object_ids(git, names)
        return [oid if kind == "tree" else None for oid, kind in (found[name] or ("", "") for name in names)]

    def _read(self) -> Desired:
        git = self._full.holding(self.commit)
        names = [f"{self.commit}:{self.inputs.prompts}", f"{self.commit}:{self.inputs.config}"]
        ids = object_ids(git, names)
        folder, config = (ids[name] for name in names)
        problems: list[Problem] = []
        hidden: list[Problem] = []
        if folder is not None and folder[1] == "tree":
            desired = self._assembled(git, folder[0])
        else:
            desired = Desired(None, "", {})
            problems.extend(hidden := self._not_a_folder())
        if config is None:
            message = f"the file is not in commit {self.commit[:12]}"
            problems.append(Problem(self.inputs.config, None, message, "Commit it."))
        desired = replace(desired, commit=self.commit, tree=inputs_id(folder, config))
        return replace(with_problems(desired, problems), names_known=desired.names_known and not hidden)

    def _assembled(self, git: Git, folder: str) -> Desired:
        """Give what a prompts folder asks for, from memory where its tree was assembled before."""
        prefix = folder_prefix(self.inputs)
        trees = AssembledTrees(self.memory.file)
        known = trees.recall(folder, prefix)
        if known is not None:
            return known
        self._files = tree_files(git, folder, self.memory)
        desired = assemble(commit=None, tree=folder, prefix=prefix, files=self._files)
        trees.remember(desired, prefix)
        return desired

    def _not_a_folder(self) -> list[Problem]:
        """A prompts folder that is simply not there asks for nothing; one that is hidden is a mistake."""
        problems: list[Problem] = []
        parts = self.inputs.prompts.split("/")
        paths = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
        for entry in named_entries(self._full.holding(self.commit), self.commit, *paths):
            if entry.kind is not EntryKind.FOLDER and entry.path in paths:
                problems.append(hidden_folder(entry.path, entry.kind))
        return problems

    def _last_change(self, path: str) -> tuple[str, str]:
        """Where the history is cut off and cannot be had, the pinned commit is as far as anyone knows."""
        try:
            git = self._full.with_ancestors(self.commit)
        except HistoryError:
            git = self._full.holding(self.commit)
        change = next(brought(git, self.commit, path, "-1"), None)
        return (self.commit, "") if change is None else (change.commit, change.author)

    def _walked(self) -> tuple[Brought, ...]:
        if self._brought is None:
            git = self._full.with_ancestors(self.commit)
            self._brought = tuple(brought(git, self.commit, self.inputs.prompts))
        return self._brought

    def _review(self) -> dict[str, dict[ContentHash, Reviewed]]:
        prefix = folder_prefix(self.inputs)
        changes = [(change.path.removeprefix(prefix), change) for change in self._walked()]
        roles = _past_roles([path for path, _ in changes] + list(self.files()))
        relevant = [(path, change) for path, change in changes if path in roles]
        git = self._full.with_ancestors(self.commit)
        keys = [(change.blob, roles[path]) for path, change in relevant]
        parsed = self.memory.parsed(keys, lambda oids: read_blobs(git, oids))
        return _reviewed([(path, change, parsed[change.blob, roles[path]]) for path, change in relevant])


def folder_prefix(inputs: Inputs) -> str:
    """Give what stands before a path below the prompts folder to make it a path from the root."""
    return f"{inputs.prompts}/" if inputs.prompts else ""


def hidden_folder(path: str, kind: EntryKind) -> Problem:
    """Say that the prompts folder is behind something that is not followed."""
    message = f"the prompts folder is behind a {kind.value}, which is not followed"
    return Problem(path, None, message, "Name the folder itself as `prompts:` in mooring.yaml.")


def missing_config(path: str) -> Problem:
    """Say that a work tree has no config."""
    return Problem(path, None, "the file does not exist", "Make one with `mooring init`.")


def with_problems(desired: Desired, problems: Iterable[Problem]) -> Desired:
    """Add problems that are of no single prompt file."""
    return replace(desired, problems=(*desired.problems, *problems))


def role_of(path: str) -> Role:
    """Give what a file below the prompts folder is to its prompt, taken alone.

    That is what a version's file is among others too: they make strays, or tests, of files, and never versions.
    """
    return classify_paths([path]).get(path, Role.STRAY)


def edited_versions(now: PromptFiles, then: PromptFiles, inputs: Inputs, reference: str) -> list[Problem]:
    """Compare the version files of two trees: one whose content became another one is a problem."""
    problems: list[Problem] = []
    for path, (blob, file) in now.items():
        old_blob, old = then.get(path, (blob, file))
        both = file.role in _VERSION_ROLES and old.role in _VERSION_ROLES
        if both and blob != old_blob and None not in {file.hash, old.hash} and file.hash != old.hash:
            name = path_name(path, file.role) if file.name is None else file.name.text
            message = f"version {key_of(path)} of {name} changed, and commit {reference[:12]} has it already"
            fix = f"Take the change back, run `mooring new {name}` for the next version and make the change there."
            problems.append(Problem(folder_prefix(inputs) + path, None, f"{message}; versions are immutable", fix))
    return problems


def _past_roles(paths: list[str]) -> dict[str, Role]:
    """Give the roles of files that never stood in one tree together: a file that is a stray now was a prompt once."""
    together = classify_paths(dict.fromkeys(paths))
    return {
        path: classify_paths([path]).get(path, role) if role is Role.STRAY else role for path, role in together.items()
    }


def _reviewed(past: list[tuple[str, Brought, ParsedFile]]) -> dict[str, dict[ContentHash, Reviewed]]:
    """Give contents by prompt name, the newest commit of each. A folder may have had several names in its life."""
    declared: dict[str, set[str]] = {}
    for path, _, file in past:
        if file.name is not None and file.role is not Role.ONE_FILE:
            declared.setdefault(path_name(path, file.role), set()).add(file.name.text)
    found: dict[str, dict[ContentHash, Reviewed]] = {}
    for path, change, file in past:
        if file.hash is None or file.flaws:
            continue
        key = key_of(path) if file.role in _VERSION_ROLES else None
        reviewed = Reviewed(key or HEAD_KEY, change.commit, change.author, change.time)
        by_path = path_name(path, file.role)
        names = {by_path if file.name is None else file.name.text}
        if file.role in _VERSION_ROLES:
            names |= declared.get(by_path, set())
        for name in names:
            found.setdefault(name, {}).setdefault(file.hash, reviewed)
    return found
