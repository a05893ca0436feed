"""Where does a pull request go, what does mooring.yaml say there, and is this job still about its newest commit?"""

from collections.abc import Mapping
from dataclasses import dataclass

from mooring.git.full import FullHistory
from mooring.git.repository import Inputs, Repository, config_text
from mooring.ports import HistoryError
from mooring.reports.resettled import Setting
from mooring.review.base import merged_onto, parted_from
from mooring.review.host import Proposed, proposed
from mooring.review.settings import changed


@dataclass(frozen=True, slots=True)
class Destination:
    """What is known of it. `onto` is the branch, '' where it is the one that is synced or none is named.

    `settings` are those of mooring.yaml that the merge changes, `unsure` says why they are not known. `base` is the
    commit that it goes onto, None where that is not known.
    """

    settings: tuple[Setting, ...] = ()
    onto: str = ""
    unsure: tuple[str, ...] = ()
    base: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """What is looked at: the clone, its remote, the synced branch (None: the host's default), config and commit."""

    full: FullHistory
    remote: str | None
    branch: str | None
    config: str
    commit: str | None


def destination(source: Source, environment: Mapping[str, str]) -> Destination:
    """Look where the job says that its pull request goes, else at the branch as it was fetched last."""
    there = proposed(environment)
    synced = source.branch or ("" if there is None else there.default)
    onto = there.base if there is not None and synced and there.base != synced else ""
    base = _base(source, there, environment)
    if base is None or base == source.commit:
        return Destination(onto=onto)
    try:
        then = config_text(source.full.holding(base), Inputs("", source.config), base)
    except HistoryError as error:
        why = str(error).rstrip(".")
        return Destination(onto=onto, unsure=(f"What this changes in mooring.yaml is not known: {why}",), base=base)
    return Destination(changed(then.encode(), _now(source)), onto, base=base)


def is_outdated(repo: Repository, remote: str | None, environment: Mapping[str, str]) -> bool:
    """Tell whether the pull request has another newest commit by now than this job is about, as when it runs again."""
    there: Proposed | None = proposed(environment)
    if there is None or remote is None or not there.head_commit:
        return False
    listed = repo.git.attempt("ls-remote", "--end-of-options", remote, f"refs/pull/{there.number}/head")
    heads = {line.partition("\t")[0] for line in listed.stdout.decode("utf-8", "replace").splitlines()}
    return listed.returncode == 0 and bool(heads) and there.head_commit not in heads


def _base(source: Source, there: Proposed | None, environment: Mapping[str, str]) -> str | None:
    git = source.full.repo.git
    named = "" if there is None else there.base_commit
    tip = named or _fetched(source)
    parted = None if tip is None else parted_from(git, tip, source.commit)
    return merged_onto(git, source.commit, environment) or parted or named or None


def _fetched(source: Source) -> str | None:
    if source.remote is None:
        return None
    ref = f"refs/remotes/{source.remote}/{source.branch or 'HEAD'}"
    done = source.full.repo.git.attempt("rev-parse", "--verify", "--quiet", "--end-of-options", ref + "^{commit}")
    return done.stdout.decode().strip() if done.returncode == 0 else None


def _now(source: Source) -> bytes:
    repo = source.full.repo
    if source.commit is None:
        try:
            return (repo.root / source.config).read_bytes()
        except OSError:
            return b""
    return config_text(repo.git, Inputs("", source.config), source.commit).encode()
