"""Which prompt files are there, in a tree or in the work tree, and what does each say?"""

import hashlib
import re
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TypeAlias

from mooring.formats import ParsedFile, Role, classify_paths, parse_blob
from mooring.formats.parsed import Flaw
from mooring.git.command import Git
from mooring.git.parsed import BlobRole, ParsedBlobs, Read
from mooring.git.repository import Entry, EntryKind, Repository, entries, history_errors, read_blobs
from mooring.memory_file import MemoryFile
from mooring.ports import HistoryError

PromptFiles: TypeAlias = Mapping[str, tuple[str, ParsedFile]]
"""Path below the prompts folder to blob id and parse result, as `formats.assemble` takes it."""

_LFS = b"version https://git-lfs.github.com/spec/"
_NAMED_LIKE_A_FILE = re.compile(r".*\.[A-Za-z]+", re.DOTALL)


def parsed_blobs(repo: Repository) -> ParsedBlobs:
    """Give the memory of parsed blobs that all work trees of a repository share."""
    return ParsedBlobs(MemoryFile(repo.own / "cache.sqlite"), parse_file)


def parse_file(role: Role, data: bytes) -> ParsedFile:
    """Parse a file's bytes; a pointer to Git LFS is no prompt, though it may look like a text."""
    if data.startswith(_LFS):
        message = "this is a pointer of Git LFS, not the file itself"
        fix = "Prompts must not be kept in LFS: take the path out with `git lfs untrack` and commit the file itself."
        return _flawed(role, Flaw(1, message, fix))
    return parse_blob(role, data)


def tree_files(git: Git, tree: str, memory: ParsedBlobs) -> PromptFiles:
    """Read the prompt files below a tree, given by the tree's own id."""
    return _files(entries(git, tree), memory, lambda oids: read_blobs(git, oids))


def tree_files_at(git: Git, tree: str, memory: ParsedBlobs, paths: Collection[str]) -> PromptFiles:
    """Read those of the prompt files below a tree that stand at some paths; all the others give them their roles."""
    return _files(entries(git, tree), memory, lambda oids: read_blobs(git, oids), frozenset(paths))


def worktree_files(repo: Repository, prompts: str, memory: ParsedBlobs) -> PromptFiles:
    """Read the prompt files of the work tree as they are on the disk; those that Git ignores are left out."""
    found = {entry.path: entry for entry in _worktree_entries(repo, prompts)}
    places = {entry.oid: repo.root / prompts / path for path, entry in found.items()}
    return _files(found.values(), memory, lambda oids: ((oid, read_unchanged(places[oid], oid)) for oid in oids))


def worktree_bytes(repo: Repository, prompts: str) -> dict[str, bytes]:
    """Read every plain file below the prompts folder as it is on the disk; raises HistoryError."""
    listed = [entry for entry in _worktree_entries(repo, prompts) if entry.kind is EntryKind.FILE]
    return {entry.path: _bytes(repo.root / prompts / entry.path) for entry in listed}


def read_unchanged(place: Path, oid: str) -> bytes:
    """Give the bytes of a file of the work tree, which must still be those that `oid` was made of."""
    data = _bytes(place)
    if blob_id(data) != oid:
        raise HistoryError(f"{place} was changed while it was read. Run again.")
    return data


def blob_id(data: bytes) -> str:
    """Give the id that Git gives these bytes when no filter changes them."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def shown(path: str) -> str:
    """Give a path that any output can take: bytes that are not UTF-8 are escaped in hexadecimal."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _files(
    listed: Iterable[Entry], memory: ParsedBlobs, read: Read, only: Collection[str] | None = None
) -> PromptFiles:
    found = {entry.path: entry for entry in listed}
    roles = {path: role for path, role in _roles(found).items() if only is None or path in only}
    flawed = {path: flaw for path in roles if (flaw := _flaw(found[path])) is not None}
    wanted: dict[str, BlobRole] = {path: (found[path].oid, role) for path, role in roles.items() if path not in flawed}
    parsed = memory.parsed(wanted.values(), read)
    return {
        shown(path): (found[path].oid, _flawed(role, flawed[path]) if path in flawed else parsed[wanted[path]])
        for path, role in roles.items()
    }


def _roles(found: Mapping[str, Entry]) -> dict[str, Role]:
    """Give the role of every file, and of what stands where a folder of prompts may be meant."""
    strange = {path for path, entry in found.items() if entry.kind is not EntryKind.FILE}
    inside = {f"{path}/v1.yaml": path for path in strange}
    roles = dict(classify_paths([*found, *inside]))
    for below, path in inside.items():
        is_link_to_a_file = found[path].kind is EntryKind.SYMLINK and _NAMED_LIKE_A_FILE.fullmatch(path)
        if roles.pop(below, None) is not None and not is_link_to_a_file:
            roles.setdefault(path, Role.ONE_FILE)
    return roles


def _flaw(entry: Entry) -> Flaw | None:
    match entry.kind:
        case EntryKind.SYMLINK:
            return Flaw(None, "this is a symbolic link, and links are not followed", "Commit the file in its place.")
        case EntryKind.SUBMODULE | EntryKind.FOLDER:
            message = "this is another repository (a submodule), and other repositories are not read"
            return Flaw(None, message, "Commit its prompts into this repository, or give it a mooring.yaml of its own.")
        case EntryKind.FILE if entry.path != shown(entry.path):
            return Flaw(None, "the path is not UTF-8", "Rename the file with `git mv`.")
        case EntryKind.FILE:
            return None


def _flawed(role: Role, flaw: Flaw) -> ParsedFile:
    return ParsedFile(role, flaws=(flaw,), name_known=role is Role.VERSION_TEXT)


def _worktree_entries(repo: Repository, prompts: str) -> Iterator[Entry]:
    with history_errors("The files of the work tree cannot be listed"):
        listed = repo.git.run(
            "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--full-name", "--", prompts or "."
        )
    below = f"{prompts}/" if prompts else ""
    is_ours = cache(lambda folder: folder.resolve() == repo.root.resolve() / folder.relative_to(repo.root))
    for path in dict.fromkeys(listed.decode("utf-8", "surrogateescape").split("\0")):
        place = repo.root / path
        # Git lists tracked files as below a folder that is by now a link to somewhere else.
        if path.startswith(below) and path != below and path and is_ours(place.parent):
            entry = _worktree_entry(place, path.removeprefix(below).rstrip("/"))
            if entry is not None:
                yield entry


def _worktree_entry(place: Path, path: str) -> Entry | None:
    try:
        mode = place.lstat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(mode):
        return Entry(path, EntryKind.SYMLINK, "")
    if stat.S_ISDIR(mode):
        return Entry(path, EntryKind.SUBMODULE, "")
    return Entry(path, EntryKind.FILE, blob_id(_bytes(place))) if stat.S_ISREG(mode) else None


def _bytes(place: Path) -> bytes:
    try:
        return place.read_bytes()
    except OSError as error:
        raise HistoryError(f"{shown(str(place))} cannot be read: {error.strerror}. Make it readable.") from error
