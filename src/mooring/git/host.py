"""What do the clone and its remote let a sync do? All of it is asked, and nothing is written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from mooring.core.check import Check, Health
from mooring.git.branch import Branch, default_branch
from mooring.git.command import GitFailed
from mooring.git.full import FullHistory
from mooring.git.repository import Inputs, Repository, history_errors, resolve, uncommitted
from mooring.ledger.connection import Connection, author, connect
from mooring.ports import HistoryError, LedgerUnreadable, RemoteUnreachable, Standing

OLDEST = (2, 31)
"""The first git that knows `rev-parse --path-format`, which finding the repository needs."""

_REHEARSAL = ("push", "--dry-run", "--porcelain", "--no-verify", "--no-signed", "--no-follow-tags")
_DENIED = re.compile(
    r"denied|forbidden|error: 40[13]|authentication failed|could not read (username|password)|not (allowed|granted)"
    r"|unauthori[sz]ed",
    re.IGNORECASE,
)
_SHORTHAND = re.compile(r"(?:[^@/:]+@)?(\[[^\]]+\]|[^:/]+):(?!//)")
_COMMIT_IT = "Commit mooring.yaml and the prompts."
_QUOTED = re.compile(r"'[^']*'")
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Subject:
    """Where a run stands. `branch` is the configured one, `remote` the chosen one, None for none.

    `ledger` is the prefix of the refs that hold the ledger, or None where it is the file `ledger_file`.
    """

    repo: Repository
    inputs: Inputs
    branch: str | None
    remote: str | None
    ledger: str | None
    ledger_file: str


def examine(asked: Subject) -> tuple[Check, ...]:
    """Look at git, the clone, the branch that is true, the remote, and the right to push the ledger.

    Raises HistoryError where git cannot even tell what is here.
    """
    with history_errors(f"The repository {asked.repo.root} cannot be looked at"):
        url = None if asked.remote is None else _url(asked.repo, asked.remote)
        here = tuple(_clone(asked))
        try:
            way = None if asked.remote is None else connect(asked.repo.root, asked.remote)
        except LedgerUnreadable as error:
            return (*here, Check("ledger", Health.FAIL, str(error)))
        found = (*here, *_branch(asked, url), *_ledger(asked, way), *_questions(url))
    return found if way is None else tuple(replace(check, message=way.redact(check.message)) for check in found)


def shown_url(url: str) -> str:
    """Give a remote's URL without anything that may be a secret: user, password, query."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    place, slash, path = rest.partition("/")
    return f"{scheme}://{place.rpartition('@')[2]}{slash}{path.partition('?')[0].partition('#')[0]}"


def host_of(url: str) -> str | None:
    """Give the host that a remote's URL names in any of git's spellings, None for a folder."""
    if "://" in url:
        try:
            return urlsplit(url).hostname
        except ValueError:
            return None
    found = _SHORTHAND.match(url)
    return None if found is None else found[1].strip("[]").lower()


# --- what is here -----------------------------------------------------------------------------------------------------


def _clone(asked: Subject) -> Iterator[Check]:
    yield _program(asked.repo)
    yield _wholeness(asked.repo)
    yield _author(asked.repo)
    changed = uncommitted(asked.repo, asked.inputs.prompts, asked.inputs.config)
    if changed:
        named = ", ".join(changed[:_NAMED]) + (f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else "")
        message = f"A sync works from commits, and these changes are in none: {named}"
        yield Check("work tree", Health.NOTE, message, "Commit what is meant.")


def _program(repo: Repository) -> Check:
    said = repo.git.text("version")
    found = re.search(r"(\d+)\.(\d+)", said)
    if found is not None and (int(found[1]), int(found[2])) < OLDEST:
        oldest = ".".join(str(part) for part in OLDEST)
        return Check("git", Health.WARN, f"{said} is older than {oldest}", f"Install git {oldest} or newer.")
    return Check("git", Health.OK, said)


def _wholeness(repo: Repository) -> Check:
    shallow = repo.git.text("rev-parse", "--is-shallow-repository") == "true"
    partial = repo.git.attempt("config", "--get-regexp", r"^(extensions\.partialclone|remote\..*\.promisor)$")
    kinds = ["shallow"] * shallow + ["partial"] * (partial.returncode == 0)
    if not kinds:
        return Check("clone", Health.OK, f"All history is in {repo.root}")
    message = (
        f"The clone {repo.root} is {' and '.join(kinds)}. Mooring fetches the history that it needs into a cache of "
        "its own below .git/mooring, and changes nothing of yours"
    )
    return Check("clone", Health.NOTE, message, "A whole clone saves that: `fetch-depth: 0` for actions/checkout.")


def _author(repo: Repository) -> Check:
    signed = author(repo.root)
    if not signed.endswith("<mooring@localhost>"):
        return Check("author", Health.OK, f"The ledger's commits are by {signed}")
    message = f"Git knows nobody here, so the ledger's commits are by {signed}"
    return Check("author", Health.NOTE, message, 'git config user.name "NAME" && git config user.email MAIL')


def _url(repo: Repository, remote: str) -> str:
    done = repo.git.attempt("remote", "get-url", "--", remote)
    return done.stdout.decode("utf-8", "replace").strip()


# --- the branch that is true ------------------------------------------------------------------------------------------


def _branch(asked: Subject, url: str | None) -> Iterator[Check]:
    where = "" if url is None else f"{asked.remote} ({shown_url(url)})"
    if asked.remote is None:
        message = "There is none: branch and ledger are this clone's alone, and nobody else can see or share them"
        yield Check("remote", Health.NOTE, message, "git remote add origin URL, where others work on these prompts")
        if not _has_commit(asked.repo):
            yield Check("commit", Health.FAIL, "There is no commit yet, and a sync works from commits", _COMMIT_IT)
            return
    try:
        name = default_branch(asked.repo, asked.branch, asked.remote)
        branch = Branch(FullHistory(asked.repo, asked.remote, name), name, asked.remote)
        tip = branch.tip()
    except RemoteUnreachable as error:
        yield _silent(where, str(error))
        return
    except HistoryError as error:
        yield Check("branch", Health.FAIL, str(error))
        return
    if asked.remote is not None:
        yield Check("remote", Health.OK, f"{where} answers")
    yield Check("branch", Health.OK, f"{name} is what counts, {_origin(asked)}; its tip is {tip[:12]}")
    yield _commit(asked, branch, tip)


def _origin(asked: Subject) -> str:
    if asked.branch is not None:
        return "as mooring.yaml says"
    return "being checked out" if asked.remote is None else f"being the default branch of {asked.remote}"


def _commit(asked: Subject, branch: Branch, tip: str) -> Check:
    try:
        commit = resolve(asked.repo)
        standing = branch.standing(commit, tip, asked.inputs)
    except HistoryError as error:
        return Check("commit", Health.FAIL, str(error))
    match standing:
        case Standing.CURRENT:
            return Check("commit", Health.OK, f"{commit[:12]} asks for what the tip of {branch.name} asks for")
        case Standing.SUPERSEDED:
            message = (
                f"{branch.name} went on to other prompts since {commit[:12]}: a sync of it leaves them to newer runs"
            )
            return Check("commit", Health.NOTE, message, f"Check out the tip of {branch.name} to sync it.")
        case Standing.ASTRAY:
            message = f"{commit[:12]} is not on {branch.name}, so a sync of it stops with exit 6"
            return Check("commit", Health.WARN, message, f"Merge or push it to {branch.name}, or check that out.")


def _has_commit(repo: Repository) -> bool:
    return repo.git.attempt("rev-parse", "--verify", "--quiet", "HEAD^{commit}").returncode == 0


def _silent(where: str, said: str) -> Check:
    """Tell a host that refuses from one that does not answer, so far as git's words tell."""
    if _is_denial(said):
        message = f"{where} does not let this identity in. {said}"
        return Check("remote", Health.DENIED, message, "Give git a credential that may read and push.")
    message = f"{where} does not answer. {said}"
    return Check("remote", Health.UNKNOWN, message, "Check the URL, the network and the login.")


def _is_denial(said: str) -> bool:
    """What git quotes are names and addresses, which may hold any word."""
    return _DENIED.search(_QUOTED.sub("", said)) is not None


# --- the right to push the ledger -------------------------------------------------------------------------------------


def _ledger(asked: Subject, way: Connection | None) -> Iterator[Check]:
    if asked.ledger is None:
        message = f"It is the file {asked.ledger_file}: only runs that see this file know of each other"
        yield Check("ledger", Health.NOTE, message)
    elif way is None:
        yield Check("ledger", Health.OK, f"It is kept under {asked.ledger} in this clone, as there is no remote")
    else:
        yield _rehearsed(way, asked.ledger)


def _rehearsed(way: Connection, prefix: str) -> Check:
    """Push the empty tree, which every repository holds unwritten, as a dry run: the other side is never sent it."""
    try:
        nothing = way.git.text("hash-object", "-t", "tree", "--stdin")
        done = way.git.attempt(*_REHEARSAL, way.remote, f"{nothing}:{prefix}/doctor")
    except GitFailed as error:
        return Check("ledger", Health.UNKNOWN, f"A push to {prefix} could not be rehearsed. {error}")
    if done.returncode == 0:
        message = (
            f"A rehearsed push to {prefix} (git push --dry-run) got through: the connection stands, and nothing denied "
            "this identity the right to push. Hooks and rules of the host are asked by a real push only, which a sync "
            "makes before it writes to a platform"
        )
        return Check("ledger", Health.OK, message)
    said = " ".join(done.stderr.decode("utf-8", "replace").split())
    if _is_denial(said):
        message = f"This identity may not push to {prefix} of {way.place}, so a sync stops before it writes. {said}"
        return Check("ledger", Health.DENIED, message, "Give git a credential that may push to this repository.")
    return Check("ledger", Health.UNKNOWN, f"A push to {prefix} of {way.place} could not be rehearsed. {said}")


def _questions(url: str | None) -> Iterator[Check]:
    if url is None or host_of(url) is None:
        return
    if url.startswith(("http://", "https://")):
        message = "Git is told to ask nothing on a terminal: a missing credential is an error, and no run hangs on it"
        yield Check("login", Health.OK, message)
    else:
        message = (
            "Git asks nothing on a terminal, but ssh may, for a key's passphrase or about a host that it does not know"
        )
        yield Check("login", Health.NOTE, message, "In CI use a key without one, and put the host into known_hosts.")
