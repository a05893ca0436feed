"""Which branch is true, where is its tip, and how does a commit stand to it?"""

import re
from dataclasses import dataclass

from mooring.git.connection import remote_names
from mooring.git.full import FullHistory
from mooring.git.repository import Inputs, Repository, history_errors, inputs_tree, object_ids
from mooring.ports import HistoryError, RemoteUnreachable, Standing

_TRAILER = re.compile(r"(Mooring-Resolves|Mooring-Allow):[ \t]*(\S.*?)[ \t]*", re.IGNORECASE)
_KEYS = {"mooring-resolves": "Mooring-Resolves", "mooring-allow": "Mooring-Allow"}
_STABLE_LOG = ("--no-show-signature", "--no-mailmap", "--no-color", "--no-notes", "--encoding=UTF-8", "-z")


@dataclass(frozen=True, slots=True)
class Trailer:
    """A `Mooring-…: value` line of a commit's message."""

    commit: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class CommitIdentity:
    """Who made a commit (`Name <mail>`), what it is called, and when it was committed (ISO 8601)."""

    author: str
    subject: str
    time: str


@dataclass(frozen=True, slots=True)
class Branch:
    """The branch that is true: on `remote` where there is one, else in the user's clone."""

    full: FullHistory
    name: str
    remote: str | None

    def tip(self) -> str:
        """Ask where the branch stands now; raises HistoryError where the remote does not answer or has no such one."""
        ref = f"refs/heads/{self.name}"
        git = self.full.repo.git
        if self.remote is None:
            done = git.attempt("rev-parse", "--verify", "--quiet", "--end-of-options", ref + "^{commit}")
            if done.returncode == 0:
                return done.stdout.decode().strip()
            raise HistoryError(f"There is no branch {self.name} in {self.full.repo.root}. {_NAME_IT}")
        with history_errors(f"The tip of {self.name} cannot be read from the remote {self.remote}", RemoteUnreachable):
            listed = git.text("ls-remote", "--end-of-options", self.remote, ref)
        # ls-remote matches the end of names: refs/heads/x/refs/heads/main would be listed too.
        for line in listed.split("\n"):
            oid, _, name = line.partition("\t")
            if name == ref:
                return oid
        raise HistoryError(f"The remote {self.remote} has no branch {self.name}. Push it. {_NAME_IT}")

    def standing(self, commit: str, tip: str, inputs: Inputs) -> Standing:
        """Say whether a commit may be applied while the branch is at `tip`; raises HistoryError."""
        if commit == tip or self.inputs_tree(commit, inputs) == self.inputs_tree(tip, inputs):
            return Standing.CURRENT
        return Standing.SUPERSEDED if self.is_ancestor(commit, tip) else Standing.ASTRAY

    def is_ancestor(self, ancestor: str, commit: str) -> bool:
        """Tell whether `commit` descends from `ancestor` or is it; an ancestor that nobody has is none."""
        if ancestor == commit:
            return True
        git = self.full.with_ancestors(commit)
        if object_ids(git, [ancestor])[ancestor] is None:
            return False
        done = git.attempt("merge-base", "--is-ancestor", "--end-of-options", ancestor, commit)
        if done.returncode not in {0, 1}:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise HistoryError(f"Git cannot compare {ancestor[:12]} with {commit[:12]}: {said}")
        return done.returncode == 0

    def inputs_tree(self, commit: str, inputs: Inputs) -> str:
        """Give the id of all that a commit asks for, the same as `Desired.tree` at it; raises HistoryError."""
        return inputs_tree(self.full.holding(commit), inputs, commit)

    def trailers(self, base: str | None, commit: str) -> list[Trailer]:
        """List the Mooring trailers of all commits after `base` up to `commit`, newest first.

        Without a base, or with one that nobody has, only those of `commit` itself. Any line of a message counts, not
        only its last paragraph: squashing puts several messages into one.
        """
        git = self.full.holding(commit) if base is None else self.full.with_ancestors(commit)
        known = base is not None and object_ids(git, [base])[base] is not None
        limit, revisions = ((), (commit, f"^{base}")) if known else (("--max-count=1",), (commit,))
        with history_errors("The messages of the commits cannot be read"):
            log = git.run("log", *_STABLE_LOG, "--format=%H%n%B", *limit, "--end-of-options", *revisions, "--")
        return [trailer for entry in log.decode("utf-8", "replace").split("\0") for trailer in _trailers(entry)]

    def commit_identity(self, commit: str) -> CommitIdentity:
        """Say who made a commit, its subject and when; raises HistoryError."""
        git = self.full.holding(commit)
        options = (*_STABLE_LOG, "--max-count=1", "--format=%an <%ae>%x00%s%x00%cI")
        with history_errors(f"The commit {commit[:12]} cannot be read"):
            log = git.run("log", *options, "--end-of-options", commit, "--")
        author, subject, time, *_ = log.decode("utf-8", "replace").split("\0")
        return CommitIdentity(author, subject, time)


_NAME_IT = "Or name the right one as `branch:` in mooring.yaml."


def true_branch(repo: Repository, configured: str | None, configured_remote: str | None) -> Branch:
    """Find the branch that is true and where its history can be had; raises HistoryError."""
    remote = chosen_remote(repo, configured_remote)
    name = default_branch(repo, configured, remote)
    return Branch(FullHistory(repo, remote, name), name, remote)


def chosen_remote(repo: Repository, configured: str | None) -> str | None:
    """Give the remote to use: the configured one, `origin`, or the only one; None where there is none."""
    with history_errors("The remotes cannot be listed"):
        names = remote_names(repo.git)
    if configured is not None and configured not in names:
        raise HistoryError(f"There is no remote {configured} in {repo.root}. Add it with `git remote add`.")
    if configured is not None or not names:
        return configured
    if "origin" in names:
        return "origin"
    if len(names) == 1:
        return names[0]
    listed = ", ".join(names)
    raise HistoryError(f"{repo.root} has several remotes ({listed}). Name one as `ledger: {{remote: NAME}}`.")


def default_branch(repo: Repository, configured: str | None, remote: str | None) -> str:
    """Give the branch that is true: the configured one, the remote's HEAD, or the current one without a remote."""
    if configured is not None:
        return configured.removeprefix("refs/heads/")
    if remote is not None:
        with history_errors(f"The default branch cannot be read from the remote {remote}", RemoteUnreachable):
            listed = repo.git.text("ls-remote", "--symref", "--end-of-options", remote, "HEAD")
        for line in listed.split("\n"):
            target, _, name = line.partition("\t")
            if name == "HEAD" and target.startswith("ref: refs/heads/"):
                return target.removeprefix("ref: refs/heads/")
    done = repo.git.attempt("symbolic-ref", "--quiet", "HEAD")
    current = done.stdout.decode("utf-8", "replace").strip()
    if done.returncode != 0 or not current.startswith("refs/heads/"):
        raise HistoryError(
            f"No branch is checked out in {repo.root}. Check one out, or name the one that is true as `branch:` in "
            "mooring.yaml."
        )
    return current.removeprefix("refs/heads/")


def _trailers(entry: str) -> list[Trailer]:
    commit, _, message = entry.lstrip("\n").partition("\n")
    found = (_TRAILER.fullmatch(line.rstrip("\r")) for line in message.split("\n"))
    return [Trailer(commit, _KEYS[match[1].lower()], match[2]) for match in found if match is not None]
