"""Which repository is this, and what do its objects say?"""

import posixpath
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mooring.git.command import Git, GitFailed
from mooring.ports import HistoryError

# `*` and `[` in a path mean themselves: a prompt may well be called so.
_LITERALLY = {"GIT_LITERAL_PATHSPECS": "1"}
_OBJECT_ID = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


class EntryKind(StrEnum):
    """What a path in a tree is."""

    FILE = "file"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Entry:
    """A path in a tree, its kind and its object id. A path that is not UTF-8 holds lone surrogates."""

    path: str
    kind: EntryKind
    oid: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a commit is asked about: the prompts folder (empty: the root) and the config file, from the root."""

    prompts: str
    config: str


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository with a work tree, seen from the folder of mooring.yaml.

    `git` runs at `root`, the top of the work tree. `common` is the folder that all its work trees share (`.git`).
    `prefix` is the folder of mooring.yaml below `root`: empty, or ending in `/`.
    """

    git: Git
    root: Path
    common: Path
    prefix: str

    @property
    def own(self) -> Path:
        """The folder for what Mooring keeps beside the repository's own files; may not exist yet."""
        return self.common / "mooring"

    def place(self, path: str) -> str:
        """Give a path that is written in mooring.yaml as a path from the root; the root itself is empty.

        Raises HistoryError for a path outside of the repository.
        """
        place = posixpath.normpath(posixpath.join("/", self.prefix, path)).lstrip("/")
        climbs = posixpath.normpath(posixpath.join(self.prefix, path)).split("/")[0] == ".."
        if climbs or path.startswith("/") or "\n" in path:
            message = f"The path {path!r} in mooring.yaml is not inside of the repository {self.root}."
            raise HistoryError(f"{message} Give a path below the folder of mooring.yaml.")
        return place

    def inputs(self, config: str, prompts: str) -> Inputs:
        """Give the paths from the root of the config file's name and of the prompts folder that it states."""
        return Inputs(self.place(prompts), self.place(config))


def find_repository(folder: Path) -> Repository:
    """Find the repository that a folder lies in; raises HistoryError where there is none."""
    done = Git(folder).attempt(
        "rev-parse", "--path-format=absolute", "--show-toplevel", "--git-common-dir", "--show-prefix"
    )
    said = done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
    if done.returncode != 0 and not folder.is_dir():
        raise HistoryError(f"{folder} is not a folder. Give another with -C.")
    if done.returncode != 0 and "not a git repository" in said:
        raise HistoryError(
            f"{folder.absolute()} is not in a Git repository. Make one with `git init`, or give another with -C."
        )
    if done.returncode != 0 and "work tree" in said:
        raise HistoryError(f"{folder} is a Git repository without a work tree. Run in a clone with a work tree.")
    lines = done.stdout.decode("utf-8", "surrogateescape").split("\n")
    if done.returncode != 0 or len(lines) != 4:
        raise HistoryError(f"Git cannot say which repository {folder} is in: {said or 'a path has a line end'}")
    return Repository(Git(Path(lines[0]), _LITERALLY), Path(lines[0]), Path(lines[1]), lines[2])


def resolve(repo: Repository, revision: str = "HEAD") -> str:
    """Give the commit id that a revision means now; raises HistoryError."""
    if revision != "HEAD" and not _OBJECT_ID.fullmatch(revision):
        _refuse_two_meanings(repo, revision)
    done = repo.git.attempt("rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}")
    commit = done.stdout.decode().strip()
    if done.returncode == 0 and _OBJECT_ID.fullmatch(commit):
        return commit
    if revision == "HEAD":
        raise HistoryError(f"The repository {repo.root} has no commit yet. Commit mooring.yaml and the prompts first.")
    raise HistoryError(f"{revision!r} is no commit in {repo.root}. Name a branch, tag or commit that is here.")


def entries(git: Git, tree: str) -> Iterator[Entry]:
    """List all that is below a tree, with paths from it."""
    with history_errors("The folder of prompts cannot be listed"):
        listed = git.run("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", tree)
    yield from _entries(listed)


def named_entries(git: Git, commit: str, *paths: str) -> Iterator[Entry]:
    """Give the entries of a commit that stand at these paths (from the root) themselves, where they exist."""
    with history_errors("The files of a commit cannot be listed"):
        listed = git.run("ls-tree", "-z", "--full-tree", "--end-of-options", commit, *paths)
    yield from _entries(listed)


def object_ids(git: Git, names: Iterable[str]) -> dict[str, tuple[str, str] | None]:
    """Give id and type of many objects (`COMMIT:path`, ids, refs) in one go; None for what is not there."""
    wanted = list(dict.fromkeys(names))
    with history_errors("Objects cannot be looked up"):
        answers = git.run("cat-file", "--batch-check", stdin=_lines(wanted)).splitlines()
    if len(answers) != len(wanted):
        raise HistoryError(f"Git gave {len(answers)} answers to {len(wanted)} names; a name has a line end.")
    found: dict[str, tuple[str, str] | None] = {}
    for name, answer in zip(wanted, answers, strict=True):
        match answer.rsplit(b" ", 2):
            case [oid, kind, size] if size.isdigit() and _OBJECT_ID.fullmatch(oid.decode("ascii", "replace")):
                found[name] = (oid.decode(), kind.decode())
            case _:
                found[name] = None
    return found


def inputs_tree(git: Git, inputs: Inputs, commit: str) -> str:
    """Give the id of all that a commit asks for: equal inputs, and only these, have equal ids."""
    ids = object_ids(git, [f"{commit}:{inputs.prompts}", f"{commit}:{inputs.config}"])
    return inputs_id(*ids.values())


def inputs_id(prompts: tuple[str, str] | None, config: tuple[str, str] | None) -> str:
    """Join the object ids of the prompts folder and the config file; `none` stands for what is not there."""
    return "+".join("none" if found is None else found[0] for found in (prompts, config))


_COMMIT_IT = "Commit it, or make one with `mooring init`."


def config_text(git: Git, inputs: Inputs, commit: str) -> str:
    """Give the text of mooring.yaml at a commit; raises HistoryError where it is no readable file there."""
    found = next(named_entries(git, commit, inputs.config), None)
    where = f"{inputs.config} at commit {commit[:12]}"
    if found is None:
        top = inputs.config.rpartition("/")[2]
        above = top != inputs.config and any(True for _ in named_entries(git, commit, top))
        way_out = f"There is a {top} at the top of the repository: run there." if above else _COMMIT_IT
        raise HistoryError(f"{where} does not exist. {way_out}")
    if found.kind is not EntryKind.FILE:
        raise HistoryError(f"{where} is a {found.kind}. Commit it as a plain file.")
    for _, data in read_blobs(git, [found.oid]):
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise HistoryError(f"{where} is not UTF-8 (byte {error.start}). Save it as UTF-8.") from error
    raise HistoryError(lost_blob(found.oid))


def read_blobs(git: Git, oids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Give the contents of many blobs one after the other, from one process; raises HistoryError for a lost one."""
    wanted = list(dict.fromkeys(oids))
    if not wanted:
        return
    asking = git.reading("cat-file", "--batch", "--buffer", stdin=_lines(wanted))
    with history_errors("Files cannot be read from Git"), asking as answers:
        for oid in wanted:
            header = answers.readline().split()
            if len(header) != 3 or header[1] != b"blob":
                raise HistoryError(lost_blob(oid))
            content = answers.read(int(header[2]))
            if answers.read(1) != b"\n":
                raise HistoryError(lost_blob(oid))
            yield oid, content


def changed_paths(git: Git, then: str, now: str) -> list[str]:
    """List the paths at which two trees hold different content or another kind of thing; not what one alone holds."""
    with history_errors("Two commits cannot be compared"):
        options = ("-r", "-z", "--name-only", "--no-renames", "--diff-filter=MT", "--end-of-options")
        listed = git.run("diff-tree", *options, then, now)
    return [path for path in listed.decode("utf-8", "surrogateescape").split("\0") if path]


def is_whole(repo: Repository) -> bool:
    """Tell whether the user's clone holds all history: it is neither shallow nor partial."""
    with history_errors("The repository cannot be read"):
        shallow = repo.git.text("rev-parse", "--is-shallow-repository") == "true"
        partial = repo.git.attempt("config", "--get-regexp", r"^(extensions\.partialclone|remote\..*\.promisor)$")
    return not shallow and partial.returncode != 0


def uncommitted(repo: Repository, *paths: str) -> tuple[str, ...]:
    """List files at or below paths (from the root) whose content in the work tree is not that of HEAD."""
    places = [path or "." for path in paths]
    with history_errors("The state of the work tree cannot be read"):
        listed = repo.git.run("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--", *places)
    return tuple(sorted(line[3:] for line in listed.decode("utf-8", "surrogateescape").split("\0") if line))


def user_identity(repo: Repository) -> str:
    """Give `Name <mail>` of whoever runs this, as Git would sign a commit."""
    done = repo.git.attempt("var", "GIT_COMMITTER_IDENT")
    if done.returncode != 0:
        return "unknown <unknown@localhost>"
    return done.stdout.decode("utf-8", "replace").rpartition(">")[0] + ">"


@contextmanager
def history_errors(what: str, kind: type[HistoryError] = HistoryError) -> Iterator[None]:
    """Turn a failed git into a HistoryError that starts with what could not be done."""
    try:
        yield
    except GitFailed as error:
        raise kind(f"{what}: {error}") from error


def lost_blob(oid: str) -> str:
    """Say that a blob is not there, and the way out."""
    return f"The file with Git id {oid} is missing in the clone. Repair it with `git fetch --refetch` or clone again."


def _entries(listed: bytes) -> Iterator[Entry]:
    kinds = {"120000": EntryKind.SYMLINK, "160000": EntryKind.SUBMODULE, "040000": EntryKind.FOLDER}
    for line in listed.decode("utf-8", "surrogateescape").split("\0"):
        if line:
            facts, _, path = line.partition("\t")
            mode, _, oid = facts.split(" ")
            yield Entry(path, kinds.get(mode, EntryKind.FILE), oid)


def _refuse_two_meanings(repo: Repository, revision: str) -> None:
    """Git would take the tag and only warn; a deployment must not depend on which one that is."""
    names = {f"refs/heads/{revision}", f"refs/tags/{revision}"}
    with history_errors(f"{revision!r} cannot be looked up"):
        listed = set(repo.git.text("for-each-ref", "--format=%(refname)", "--", *sorted(names)).split("\n"))
    if names <= listed:
        message = f"{revision!r} is a branch and a tag in {repo.root}."
        raise HistoryError(f"{message} Write refs/heads/{revision} or refs/tags/{revision}.")


def _lines(names: list[str]) -> bytes:
    return "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
