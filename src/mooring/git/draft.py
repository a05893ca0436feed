"""How is a commit made out of objects alone, without a work tree and without the user's index?"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from mooring.git.command import Git, GitFailed
from mooring.git.repository import history_errors
from mooring.ports import HistoryError

_ASKED_AT_ONCE = 500
SETTINGS = (
    # A split index would be written into the user's repository, and a sparse one would leave files out.
    *("-c", "core.splitIndex=false", "-c", "core.fsmonitor=false", "-c", "core.sparseCheckout=false"),
    # The user's hooks are for the user's own work.
    *("-c", "core.hooksPath=/dev/null", "-c", "i18n.commitEncoding=UTF-8"),
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\\]")
# `git~1` is how Windows may call `.git`.
_STEERING = re.compile(r"\.git|git~\d")
_FILE_MODES = {"100644", "100755"}
_LONGEST_NAME = 255


def write_tree(git: Git, base: str, files: Mapping[str, bytes | None]) -> str:
    """Write the tree of a commit with some files as they are to be; raises HistoryError for a path that is none."""
    modes = _modes(git, base, files)
    with TemporaryDirectory(prefix="mooring-") as folder, history_errors("The commit of a proposal cannot be made"):
        oids = _blobs(git, Path(folder), {path: data for path, data in files.items() if data is not None})
        lines = [
            f"{modes[path]} {oids[path]}\t{path}" if path in oids else f"0 {'0' * len(base)}\t{path}" for path in files
        ]
        own = Git(git.directory, {**git.environment, "GIT_INDEX_FILE": str(Path(folder) / "index")})
        _plumb(own, "read-tree", base)
        _plumb(own, "update-index", "-z", "--index-info", stdin="".join(f"{line}\0" for line in lines).encode())
        return _plumb(own, "write-tree")


def _modes(git: Git, base: str, paths: Collection[str]) -> dict[str, str]:
    """Give the mode that each path is to have; raises HistoryError where one may not be written."""
    for path in paths:
        refuse_outside(path)
    above = {path: _folders(path) for path in paths}
    asked = sorted({*paths, *(folder for folders in above.values() for folder in folders)})
    found = _entry_modes(git, base, asked)
    for path in paths:
        for folder in above[path]:
            if folder in paths or found.get(folder, "040000") != "040000":
                raise HistoryError(f"{path!r} cannot be proposed: {folder!r} is no folder. Rename one of them.")
        if found.get(path, "100644") not in _FILE_MODES:
            raise HistoryError(f"{path!r} cannot be proposed: there is something else than a file. Rename it.")
    return {path: found.get(path, "100644") for path in paths}


def refuse_outside(path: str) -> None:
    """Refuse what is not a plain path below the root, and what steers Git or its host (`.git`, `.github`, …)."""
    segments = path.split("/")
    plain = all(
        segment not in {"", ".", ".."}
        and not _STEERING.match(_folded(segment))
        and len(segment.encode("utf-8", "replace")) <= _LONGEST_NAME
        for segment in segments
    )
    if not plain or _CONTROL.search(path):
        raise HistoryError(f"{path!r} cannot be proposed: it is no path of a prompt file in this repository.")


def _folded(segment: str) -> str:
    """Give a name as a file system may see it: some ignore case, and macOS invisible characters."""
    return "".join(char for char in segment if unicodedata.category(char) != "Cf").casefold()


def _folders(path: str) -> list[str]:
    segments = path.split("/")
    return ["/".join(segments[:depth]) for depth in range(1, len(segments))]


def _entry_modes(git: Git, base: str, paths: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(paths), _ASKED_AT_ONCE):
        some = paths[start : start + _ASKED_AT_ONCE]
        with history_errors("The files of a commit cannot be listed"):
            # `-t` shows the folders on the way to what was asked for.
            listed = git.run("ls-tree", "-t", "-z", "--full-tree", "--end-of-options", base, *some)
        for line in listed.decode("utf-8", "surrogateescape").split("\0"):
            facts, _, path = line.partition("\t")
            found[path] = facts.partition(" ")[0]
    return found


def _blobs(git: Git, folder: Path, contents: Mapping[str, bytes]) -> dict[str, str]:
    """Write the contents into the repository as they are, all in one go, and give their ids."""
    places: list[str] = []
    for number, data in enumerate(contents.values()):
        place = folder / f"{number}.blob"
        place.write_bytes(data)
        places.append(f"{place}\n")
    oids = _plumb(git, "hash-object", "-w", "--no-filters", "--stdin-paths", stdin="".join(places).encode()).split()
    return dict(zip(contents, oids, strict=True))


def write_commit(git: Git, tree: str, parent: str, message: str, author: str) -> str:
    """Write a commit of now by `Name <mail>`, its message as it stands; raises HistoryError."""
    name, mail = _signature(author)
    signed = {
        f"GIT_{role}_{part}": said
        for role in ("AUTHOR", "COMMITTER")
        for part, said in (("NAME", name), ("EMAIL", mail))
    }
    own = Git(git.directory, {**git.environment, **signed})
    with history_errors("The commit of a proposal cannot be made"):
        return _plumb(own, "commit-tree", tree, "-p", parent, "-F", "-", stdin=message.encode())


def _signature(author: str) -> tuple[str, str]:
    name, _, mail = author.rpartition("<")
    name, mail = (re.sub(r"[<>\s\0]+", " ", part).strip(" .,:;\"'") for part in (name, mail))
    return name or "mooring", mail.replace(" ", "") or "mooring@localhost"


def _plumb(git: Git, *arguments: str, stdin: bytes | None = None) -> str:
    """Run a command with none of the user's settings that would reach beyond it; raises GitFailed."""
    done = git.attempt(*SETTINGS, *arguments, stdin=stdin)
    if done.returncode != 0:
        raise GitFailed(arguments[0], done.returncode, done.stderr.decode("utf-8", "replace"))
    return done.stdout.decode().strip()
