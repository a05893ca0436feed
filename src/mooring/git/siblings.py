"""Which other mooring.yaml are in this repository, and does one of them go by the same id?"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from mooring.core.desired import Problem
from mooring.formats.located import Fields, Scalar
from mooring.formats.strict_yaml import read_yaml
from mooring.git.command import Git
from mooring.git.files import shown
from mooring.git.repository import Repository, history_errors, object_ids, read_blobs
from mooring.ports import HistoryError

NAME = "mooring.yaml"
MOST = 200
"""So many are read; whoever has more is told how many were not."""

_NOT_ON_DISK = "S"


@dataclass(frozen=True, slots=True)
class Named:
    """What a mooring.yaml calls itself, and on which line."""

    id: str
    line: int


@dataclass(frozen=True, slots=True)
class Siblings:
    """Each mooring.yaml of the work tree that states an id, by its path from the root; `unread` were not looked at."""

    named: Mapping[str, Named]
    unread: int = 0


def siblings(repo: Repository, own: str) -> Siblings:
    """Read the ids of all mooring.yaml that are committed, staged or new, but for the one at `own`.

    Those that Git ignores do not count; those that a sparse checkout leaves out do. Raises HistoryError.
    """
    listed = {path: tag for tag, path in _listed(repo) if path != own}
    chosen = sorted(listed)[:MOST]
    absent = [path for path in chosen if listed[path] == _NOT_ON_DISK]
    texts = {path: _on_disk(repo, path) for path in chosen if path not in absent} | _in_index(repo, absent)
    named = {shown(path): found for path, data in texts.items() if data and (found := _named(data)) is not None}
    return Siblings(dict(sorted(named.items())), len(listed) - len(chosen))


def clashes(found: Siblings, own: str, name: str) -> tuple[Problem, ...]:
    """List with whom a config cannot share a repository, as both go by one id.

    Ledger, comments, statuses and the marks on what was published tell repositories apart by it. Ids that differ in
    case alone meet on a disk that ignores case: each is a folder of refs there.
    """
    return tuple(
        Problem(own, None, f"the id {name} is {_also(name, other.id)} {path}:{other.line}. {_SHARED}", _WAY_OUT)
        for path, other in found.named.items()
        if other.id.casefold() == name.casefold()
    )


def free_id(wanted: str, folder: str, taken: Collection[str]) -> str:
    """Give `wanted`, or another id made of it and the folder of mooring.yaml, where a sibling has that one already."""
    used = {one.casefold() for one in taken}
    inside = re.sub(r"[^A-Za-z0-9._-]+", "-", folder).strip("-.")
    tries = [wanted, f"{wanted}-{inside}"[:_LONGEST].rstrip("-.")] if inside else [wanted]
    tries += [f"{wanted[: _LONGEST - 4]}-{number}" for number in range(2, len(used) + 3)]
    return next(one for one in tries if one.casefold() not in used)


_SHARED = "Each would take the other's ledger, proposals, comments and statuses for its own"
_WAY_OUT = "Give the younger one an id of its own: the one that was synced already keeps it."
_LONGEST = 64


def _also(name: str, other: str) -> str:
    return "also that of" if name == other else f"but for its case {other}, that of"


def _listed(repo: Repository) -> Iterator[tuple[str, str]]:
    asked = ("-t", "-z", "--cached", "--others", "--exclude-standard", "--full-name")
    with history_errors(f"The {NAME} of the work tree cannot be listed"):
        # Not `repo.git`, to which a `*` means itself.
        listed = Git(repo.root).run("ls-files", *asked, "--", f":(top,glob)**/{NAME}")
    for entry in listed.decode("utf-8", "surrogateescape").split("\0"):
        if entry:
            tag, _, path = entry.partition(" ")
            yield tag, path


def _on_disk(repo: Repository, path: str) -> bytes:
    """Give the bytes of a plain file, none for what is gone, unreadable or a link to another one."""
    place = repo.root / path
    try:
        return b"" if place.is_symlink() else place.read_bytes()
    except OSError:
        return b""


def _in_index(repo: Repository, paths: Collection[str]) -> dict[str, bytes]:
    if not paths:
        return {}
    try:
        ids = {name: found[0] for name, found in object_ids(repo.git, [f":{one}" for one in paths]).items() if found}
        texts = dict(read_blobs(repo.git, ids.values()))
    except HistoryError:  # a partial clone that cannot ask for what it left out
        return {}
    return {name[1:]: texts[oid] for name, oid in ids.items()}


def _named(data: bytes) -> Named | None:
    """Give the id that a file states, however wrong the rest of it is: that is for its own validate to say."""
    root = read_yaml(data).root
    pair = root.pairs.get("id") if isinstance(root, Fields) else None
    if pair is None or not isinstance(pair.node, Scalar) or not isinstance(pair.node.value, str):
        return None
    return Named(pair.node.value, pair.line)
