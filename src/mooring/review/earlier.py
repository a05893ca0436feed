"""Which content did Git hold once? Looked up by its hash, without the platform."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mooring.core.address import ContentHash
from mooring.core.artifact import Artifact
from mooring.core.canonical import content_hash
from mooring.git.command import Git
from mooring.git.contents import artifact_of
from mooring.git.full import FullHistory
from mooring.git.history import GitHistory, folder_prefix, role_of
from mooring.git.repository import Inputs, object_ids, read_blobs
from mooring.ports import HistoryError

_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_ENDS = (".yaml", ".yml", ".txt")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A content that was served, the commit that is said to hold it, the prompt's name and key there.

    `beside` is where the prompt's file stands now, '' where there is none.
    """

    hash: ContentHash
    prompt: str
    commit: str
    key: str
    beside: str = ""


@dataclass(slots=True)
class Earlier:
    """Finds what other commits of the repository hold. A commit that cannot be had ends the asking."""

    full: FullHistory
    inputs: Inputs
    trouble: str = field(default="", init=False)

    def by_place(self, wanted: Sequence[Wanted]) -> dict[ContentHash, Artifact]:
        """Give what stands where a prompt's file stands by its name and key: three questions to Git for all of them."""
        found: dict[ContentHash, Artifact] = {}
        for git, asked in self._by_repository(wanted):
            names = {f"{one.commit}:{path}": (one, path) for one in asked for path in self._places(one)}
            try:
                ids = object_ids(git, names)
                blobs = [(*names[name], oid) for name, (oid, kind) in _there(ids) if kind == "blob"]
                contents = dict(read_blobs(git, [oid for _, _, oid in blobs]))
            except HistoryError as error:
                self.trouble = str(error)
                return found
            for one, path, oid in blobs:
                artifact = self._artifact(path, contents[oid])
                if artifact is not None and content_hash(artifact) == one.hash:
                    found[one.hash] = artifact
        return found

    def anywhere(self, commit: str, wanted: ContentHash) -> Artifact | None:
        """Give a content that some prompt has at a commit, wherever its file stands; reads that whole tree."""
        history = GitHistory(self.full, self.inputs, commit)
        try:
            for prompt in history.desired().prompts.values():
                for version in prompt.versions.values():
                    if version.hash == wanted:
                        return history.artifact(version)
        except HistoryError as error:
            self.trouble = str(error)
        return None

    def _by_repository(self, wanted: Sequence[Wanted]) -> Iterator[tuple[Git, list[Wanted]]]:
        """Divide what is wanted by the repository that holds its commit: the user's clone, or one of our own."""
        holding: dict[int, tuple[Git, list[Wanted]]] = {}
        for one in wanted:
            if not _COMMIT.fullmatch(one.commit):
                continue  # a ledger is written by whoever may push
            try:
                git = self.full.holding(one.commit)
            except HistoryError as error:
                self.trouble = str(error)
                break
            holding.setdefault(id(git), (git, []))[1].append(one)
        yield from holding.values()

    def _places(self, one: Wanted) -> list[str]:
        """Give the paths that a prompt's file may have had; a name that no path can be gives none."""
        prefix = folder_prefix(self.inputs)
        folder = one.beside.rpartition("/")[0]
        stems = (f"{folder}/{one.key}", f"{prefix}{one.prompt}/{one.key}", f"{prefix}{one.prompt}")
        paths = [one.beside, *(f"{stem}{end}" for stem in stems for end in _ENDS)]
        return [path for path in dict.fromkeys(paths) if path.startswith(prefix) and path and "\n" not in path]

    def _artifact(self, path: str, data: bytes) -> Artifact | None:
        try:
            return artifact_of(role_of(path.removeprefix(folder_prefix(self.inputs))), data, path)
        except HistoryError:
            return None


def _there(ids: dict[str, tuple[str, str] | None]) -> Iterator[tuple[str, tuple[str, str]]]:
    return ((name, found) for name, found in ids.items() if found is not None)
