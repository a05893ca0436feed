"""How does content get into Git for people to review? As a branch with one commit on top of the true branch's tip.

Nothing here sees the user's work tree, index, HEAD or stash: the commit is made of objects alone, with an index of its
own in a temporary folder, and it is pushed from the cache that the ledger has.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

from mooring.git.branch import Branch
from mooring.git.command import Git, GitFailed
from mooring.git.draft import SETTINGS, write_commit, write_tree
from mooring.git.full import FullHistory
from mooring.git.repository import Repository, history_errors, object_ids
from mooring.ledger.connection import Connection, connect
from mooring.ports import Fate, HistoryError, LedgerUnreadable, Proposal, Proposed, PushDenied, RemoteUnreachable

_ATTEMPTS = 3
_PUSH = ("push", "--porcelain", "--no-verify", "--no-signed", "--no-follow-tags", "--no-recurse-submodules")
# What receiving sides say when two pushes meet in the middle: look again, it is no refusal.
_CONTENTION = re.compile(r"stale info|cannot lock ref|failed to update ref|incorrect old value|fetch first")
_IN_THE_WAY = "exists; cannot create"
_DENIED = re.compile(
    r"remote rejected|denied|forbidden|error: 40[13]|authentication failed|could not read (username|password)"
    r"|protected|not (allowed|granted|permitted)|unauthori[sz]ed",
    re.IGNORECASE,
)
_TRAILER_LINE = re.compile(r"[A-Za-z][A-Za-z0-9-]*: .*")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def propose(
    repo: Repository, full: FullHistory, remote: str | None, base: str, proposal: Proposal, author: str
) -> Proposed:
    """Make the branch one commit on top of `base`, unless it is that or a person's; `author` is `Name <mail>`.

    Two trailers are added to the message, `Mooring-Proposal` and `Mooring-Changes`, by which the commit is known again.
    Where `base` holds every file as it is wanted, the answer is UNCHANGED with `base` as its commit.
    Raises HistoryError: PushDenied where the host refuses, RemoteUnreachable where it does not answer.
    """
    _check_branch(repo, full, proposal.branch)
    place = _place(repo, remote)
    git = full.holding(base)
    tree = write_tree(git, base, proposal.files)
    changes = _changes(git, base, tree)
    if not changes:
        return Proposed(proposal.branch, base, base, Fate.UNCHANGED)
    wanted = _Wanted(_message(proposal, changes), changes)
    made: str | None = None
    for _ in range(_ATTEMPTS):
        seen = place.tip(proposal.branch)
        fate = Fate.MADE if seen is None else _fate(full, base, proposal.branch, seen, wanted)
        if seen is not None and fate in {Fate.UNCHANGED, Fate.FOREIGN}:
            return Proposed(proposal.branch, seen, base, fate)
        made = made or write_commit(git, tree, base, wanted.message, author)
        if place.move(proposal.branch, seen, made, git):
            return Proposed(proposal.branch, made, base, fate)
    raise HistoryError(
        f"Somebody else keeps moving the branch {proposal.branch} of {place.name}, so it was left as it is. Run again."
    )


def withdraw(repo: Repository, remote: str | None, branch: str, expected: str) -> None:
    """Delete a branch while its tip is `expected`, of which `is_ours` is to be asked; one that is gone is no error.

    Raises HistoryError, also where somebody moved the branch meanwhile, which is then left alone.
    """
    place = _place(repo, remote)
    if place.tip(branch) is None:
        return
    if not place.move(branch, expected, None, repo.git) and place.tip(branch) is not None:
        raise HistoryError(f"The branch {branch} of {place.name} has moved meanwhile, so it was not deleted.")


def is_ours(full: FullHistory, base: str, branch: str, tip: str) -> bool:
    """Tell whether a branch holds nothing of a person's that would be lost with it; raises HistoryError.

    That is so where all of it is on the true branch (whose tip is `base`), or where it is one commit of ours on top of
    what was, as it was made: the trailers name the branch, and the changes by a digest that no amended commit has.
    """
    ancestry = _ancestry(full)
    if ancestry.is_ancestor(tip, base):
        return True
    git, found = _read(full, tip)
    if len(found.parents) != 1 or not ancestry.is_ancestor(found.parents[0], base):
        return False
    digest = _digest(_changes(git, found.parents[0], tip))
    return {_mark(branch), f"Mooring-Changes: {digest}"} <= set(found.message.splitlines())


def proposals(repo: Repository, remote: str | None, prefix: str) -> Mapping[str, str]:
    """Give the branches whose names begin with a prefix, and their tips; raises HistoryError."""
    return _place(repo, remote).tips(prefix)


# --- where branches are -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Remote:
    """The branches of a remote. It is reached from the ledger's cache, so none of the user's refs or hooks sees it."""

    way: Connection

    @property
    def name(self) -> str:
        """Say for people where the branches are."""
        return self.way.place

    def tip(self, branch: str) -> str | None:
        """Ask where a branch stands now, None where there is none."""
        return self._listed(f"refs/heads/{branch}").get(f"refs/heads/{branch}")

    def tips(self, prefix: str) -> dict[str, str]:
        """Ask for all branches whose names begin with a prefix."""
        found = self._listed(f"refs/heads/{prefix}*")
        return _branches(found, prefix)

    def move(self, branch: str, expected: str | None, new: str | None, lender: Git) -> bool:
        """Move a branch on condition; False where somebody else moved it before. `lender` holds the objects."""
        ref = f"refs/heads/{branch}"
        condition = f"--force-with-lease={ref}:{expected or ''}"
        done = _attempt(_borrowing(self.way.git, lender), *_PUSH, condition, self.way.remote, f"{new or ''}:{ref}")
        if done.returncode == 0:
            return True
        said = self._said(done)
        try:
            actual = self.tip(branch)
        except RemoteUnreachable as error:
            kind = PushDenied if _DENIED.search(said) else RemoteUnreachable
            raise kind(f"The branch {branch} could not be pushed to {self.name}. {said}{_way_out(kind)}") from error
        if actual == new:
            return True  # The answer was lost, the write was not.
        if actual != expected or (_CONTENTION.search(said) and _IN_THE_WAY not in said):
            return False
        kind = PushDenied if _DENIED.search(said) else RemoteUnreachable
        raise kind(f"The branch {branch} could not be pushed to {self.name}. {said}{_way_out(kind)}")

    def _listed(self, pattern: str) -> dict[str, str]:
        done = _attempt(self.way.git, "ls-remote", "--end-of-options", self.way.remote, pattern)
        if done.returncode != 0:
            raise RemoteUnreachable(
                f"The branches of {self.name} cannot be read. {self._said(done)}{_way_out(RemoteUnreachable)}"
            )
        lines = (line.partition("\t") for line in done.stdout.decode("utf-8", "replace").splitlines())
        return {ref: oid for oid, _, ref in lines}

    def _said(self, done: CompletedProcess[bytes]) -> str:
        """Give the receiving side's reason (the line that begins with `!`) and what git told, without secrets."""
        reasons = [line for line in done.stdout.decode("utf-8", "replace").splitlines() if line.startswith("!")]
        parts = [f"It says: {reasons[0].split(chr(9))[-1]}. "] if reasons else []
        told = " ".join(self.way.redact(done.stderr.decode("utf-8", "replace")).split())
        return _UNPRINTABLE.sub("", "".join([*parts, f"git says: {told}. " if told else ""]))


@dataclass(frozen=True, slots=True)
class _Local:
    """The branches of the user's own repository, where there is no remote."""

    repo: Repository

    @property
    def name(self) -> str:
        """Say for people where the branches are."""
        return f"the repository {self.repo.root}"

    def tip(self, branch: str) -> str | None:
        """Look where a branch stands now, None where there is none."""
        return self.tips(branch).get(branch)

    def tips(self, prefix: str) -> dict[str, str]:
        """Look up all branches whose names begin with a prefix."""
        with history_errors("The branches cannot be listed"):
            listed = self.repo.git.text("for-each-ref", "--format=%(refname)\t%(objectname)", "refs/heads/")
        lines = (line.partition("\t") for line in listed.splitlines())
        return _branches({ref: oid for ref, _, oid in lines}, prefix)

    def move(self, branch: str, expected: str | None, new: str | None, lender: Git) -> bool:
        """Move a branch on condition; False where somebody else moved it before."""
        self._refuse_checked_out(branch)
        zeros = "0" * len(new or expected or "")
        change = (new, expected or zeros) if new is not None else (expected or zeros,)
        verb = ("update-ref",) if new is not None else ("update-ref", "-d")
        done = _attempt(self.repo.git, *SETTINGS, *verb, f"refs/heads/{branch}", *change)
        if done.returncode == 0:
            return True
        if self.tip(branch) != expected:
            return False
        said = done.stderr.decode("utf-8", "replace").strip()
        raise HistoryError(f"The branch {branch} cannot be written in {self.repo.root}. git says: {said}")

    def _refuse_checked_out(self, branch: str) -> None:
        with history_errors("The work trees cannot be listed"):
            listed = self.repo.git.text("worktree", "list", "--porcelain").splitlines()
        if f"branch refs/heads/{branch}" in listed:
            reason = f"The branch {branch} is checked out in a work tree of {self.repo.root}, so it is not moved."
            raise HistoryError(f"{reason} Check out another branch there (`git switch -`), and run again.")


def _place(repo: Repository, remote: str | None) -> _Remote | _Local:
    if remote is None:
        return _Local(repo)
    try:
        return _Remote(connect(repo.root, remote))
    except LedgerUnreadable as error:
        raise HistoryError(f"Mooring's own repository below {repo.own} cannot be used. {error}") from error


def _branches(refs: Mapping[str, str], prefix: str) -> dict[str, str]:
    found = {ref.removeprefix("refs/heads/"): oid for ref, oid in sorted(refs.items()) if ref.startswith("refs/heads/")}
    return {branch: oid for branch, oid in found.items() if branch.startswith(prefix)}


def _borrowing(way: Git, lender: Git) -> Git:
    """Let a repository use the objects of another one, and know where that one's history is cut off."""
    asked = ("--path-format=absolute", "--git-path", "objects", "--git-path", "shallow")
    with history_errors("The repository cannot be read"):
        objects, shallow = lender.text("rev-parse", *asked).split("\n")
    # A path in quotes may hold the character that separates paths.
    quoted = '"' + objects.replace("\\", "\\\\").replace('"', '\\"') + '"'
    lent = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": quoted}
    if Path(shallow).exists():
        lent["GIT_SHALLOW_FILE"] = shallow
    return Git(way.directory, {**way.environment, **lent})


def _way_out(kind: type[HistoryError]) -> str:
    if kind is PushDenied:
        return (
            "Nothing was changed there. Let this identity push branches (a token of GitHub needs contents: write), and "
            "see that no ruleset or protected branch covers this name."
        )
    return "Check the URL, the network and the login, and run again."


# --- whose a branch is ------------------------------------------------------------------------------------------------

_Change = tuple[str, str, str, str, str]
"""Old mode, new mode, old id, new id, path."""


@dataclass(frozen=True, slots=True)
class _Commit:
    parents: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a branch is to be."""

    message: str
    changes: tuple[_Change, ...]


def _fate(full: FullHistory, base: str, branch: str, tip: str, wanted: _Wanted) -> Fate:
    """Compare a branch's tip with what it is to be."""
    if not is_ours(full, base, branch, tip):
        return Fate.FOREIGN
    git, found = _read(full, tip)
    if found.message != wanted.message or _ancestry(full).is_ancestor(tip, base):
        return Fate.UPDATED
    # What the commit found in its files and what it made of them: an older parent with the same files is as good.
    return Fate.UNCHANGED if _changes(git, found.parents[0], tip) == wanted.changes else Fate.UPDATED


def _ancestry(full: FullHistory) -> Branch:
    return Branch(full, full.branch or "HEAD", full.remote)


def _read(full: FullHistory, commit: str) -> tuple[Git, _Commit]:
    """Read a commit, and give a repository that holds its parents too."""
    git = full.holding(commit)
    with history_errors(f"The commit {commit[:12]} cannot be read"):
        head, _, message = git.run("cat-file", "commit", commit).decode("utf-8", "replace").partition("\n\n")
    parents = tuple(line.removeprefix("parent ") for line in head.splitlines() if line.startswith("parent "))
    if None in object_ids(git, parents).values():
        git = full.with_ancestors(commit)
    return git, _Commit(parents, message)


def _changes(git: Git, then: str, now: str) -> tuple[_Change, ...]:
    """List what is different between two trees or commits."""
    with history_errors("Two commits cannot be compared"):
        listed = git.run("diff-tree", "-r", "-z", "--raw", "--no-renames", "--end-of-options", then, now)
    parts = listed.decode("utf-8", "surrogateescape").split("\0")
    found: list[_Change] = []
    for facts, path in zip(parts[::2], parts[1::2], strict=False):
        old_mode, mode, old, new, _ = facts.removeprefix(":").split(" ")
        found.append((old_mode, mode, old, new, path))
    return tuple(sorted(found, key=lambda change: change[-1]))


def _digest(changes: Sequence[_Change]) -> str:
    """Name what a commit makes of its files: whoever amends it, as a person may, has another one."""
    told = "".join(f"{mode} {new} {path}\0" for _, mode, _, new, path in changes)
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()


def _mark(branch: str) -> str:
    return f"Mooring-Proposal: {branch}"


def _message(proposal: Proposal, changes: Sequence[_Change]) -> str:
    text = proposal.message.replace("\0", "").encode("utf-8", "replace").decode().rstrip()
    before, _, last = text.rpartition("\n\n")
    joined = bool(before) and all(_TRAILER_LINE.fullmatch(line) for line in last.splitlines())
    own = f"{_mark(proposal.branch)}\nMooring-Changes: {_digest(changes)}\n"
    return f"{text}\n{own}" if joined else f"{text}\n\n{own}"


def _check_branch(repo: Repository, full: FullHistory, branch: str) -> None:
    valid = repo.git.attempt("check-ref-format", f"refs/heads/{branch}").returncode == 0
    if not valid or branch == full.branch:
        raise HistoryError(f"{branch!r} cannot be the branch of a proposal. Name another one.")


def _attempt(git: Git, *arguments: str) -> CompletedProcess[bytes]:
    try:
        return git.attempt(*arguments)
    except GitFailed as error:
        return CompletedProcess([*arguments], error.code, b"", error.stderr.encode())
