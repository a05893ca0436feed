"""Does every commit of a ledger in Git hold what its id says? The ids are recomputed, and git's word is not taken."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from subprocess import Popen

from mooring.git.command import Git
from mooring.ledger.store import Examined

_FOLDER = b"40000"


def examine(git: Git, tip: str) -> Examined:
    """Read a commit, all before it and its own files, each by its id, and hash what comes."""
    with git.conversing("cat-file", "--batch") as process:
        try:
            return _examined(_Objects(process), tip)
        finally:
            process.kill()


@dataclass(slots=True)
class _Objects:
    """The objects of a repository, asked for one by one. One that git cannot read ends its process and the asking."""

    process: Popen[bytes]
    flaws: list[str] = field(default_factory=list[str])

    def read(self, oid: str, kind: str, named_by: str) -> bytes | None:
        """Give an object that is there; what is wrong with it is noted."""
        found = self._answer(oid)
        if found is None:
            self.flaws.append(f"{_said(kind)} {oid[:12]}, which {named_by} names, is missing or cannot be read")
            return None
        header, content = found
        digest = hashlib.new("sha256" if len(oid) == 64 else "sha1", usedforsecurity=False)
        digest.update(b"%s %d\0" % (header, len(content)))
        digest.update(content)
        if digest.hexdigest() != oid or header != kind.encode():
            self.flaws.append(
                f"{_said(kind)} {oid[:12]}, which {named_by} names, holds something else than its id says"
            )
        return content

    def _answer(self, oid: str) -> tuple[bytes, bytes] | None:
        stdin, stdout = self.process.stdin, self.process.stdout
        if stdin is None or stdout is None:
            return None
        try:
            stdin.write(f"{oid}\n".encode())
            stdin.flush()
        except OSError:
            return None
        header = stdout.readline().split()
        if len(header) != 3 or not header[2].isdigit():
            return None
        content = stdout.read(int(header[2]))
        return (header[1], content) if stdout.read(1) == b"\n" else None


def _examined(objects: _Objects, tip: str) -> Examined:
    read: dict[str, None] = {}
    waiting = [(tip, "the ref")]
    while waiting:
        oid, named_by = waiting.pop()
        if oid in read:
            continue
        commit = objects.read(oid, "commit", named_by)
        if commit is None:
            continue
        read[oid] = None
        tree, parents = _links(commit)
        if oid == tip:
            _files(objects, tree, f"commit {oid[:12]}")
        # The first parent is followed first, so that the order is that of the history.
        waiting += [(parent, f"commit {oid[:12]}") for parent in reversed(parents)]
    return Examined(tuple(read), tuple(objects.flaws))


def _links(commit: bytes) -> tuple[str, list[str]]:
    """Give the tree and the parents that a commit names."""
    tree, parents = "", list[str]()
    for line in commit.partition(b"\n\n")[0].split(b"\n"):
        word, _, value = line.partition(b" ")
        if word == b"tree":
            tree = value.decode("ascii", "replace")
        elif word == b"parent":
            parents.append(value.decode("ascii", "replace"))
    return tree, parents


def _files(objects: _Objects, tree: str, named_by: str) -> None:
    content = objects.read(tree, "tree", named_by)
    for mode, oid in _entries(content or b"", len(tree) // 2):
        if mode == _FOLDER:
            _files(objects, oid, named_by)
        else:
            objects.read(oid, "blob", named_by)


def _entries(content: bytes, size: int) -> Iterator[tuple[bytes, str]]:
    """Give mode and id of what a tree holds: `MODE NAME`, a NUL, and the id's bytes, without separators."""
    at = 0
    while (end := content.find(b"\0", at)) > 0:
        yield content[at:end].partition(b" ")[0], content[end + 1 : end + 1 + size].hex()
        at = end + 1 + size


def _said(kind: str) -> str:
    return {"commit": "Entry", "tree": "The folder", "blob": "The file"}[kind]
