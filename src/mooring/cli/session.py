"""What does a command work with? Finds repository and config, and hands the cycle everything that acts."""

import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from mooring.cli.forge import forge_of
from mooring.cli.targets import Surroundings, targets_of
from mooring.cli.targets import UsageProblem as UsageProblem
from mooring.clock import SystemClock
from mooring.config import DEFAULT_REMOTE, Config, ConfigInvalid, LedgerConfig, LedgerPlace, load_config
from mooring.core.desired import Problem
from mooring.core.guard import Allowances
from mooring.git.branch import chosen_remote
from mooring.git.full import FullHistory
from mooring.git.history import GitHistory, missing_config
from mooring.git.immutable import CheckedHistory, reference
from mooring.git.order import BranchOrder, Worktree
from mooring.git.repository import Inputs, Repository, config_text, find_repository, resolve, user_identity
from mooring.git.worktree import WorktreeHistory
from mooring.ledger.codec import Owner
from mooring.ledger.opening import InBranch, InFile, InRefs, Place, open_ledger
from mooring.ports import Clock, HistoryError, Proposals
from mooring.progress import Progress, Silence
from mooring.recall import LocalRecall
from mooring.run import Run, Selection

CONFIG_NAME = "mooring.yaml"


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line says. `revision` None: the work tree instead of a commit.

    `to_files`: what is proposed goes into the files of the work tree, not onto a branch.
    """

    folder: Path
    config: str = CONFIG_NAME
    targets: tuple[str, ...] = ()
    selection: Selection = Selection()
    revision: str | None = "HEAD"
    allowed: Allowances = Allowances()
    lock_timeout: float = 90.0
    to_files: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """An opened repository with its config, and the run made of both. `uncommitted` are files that no commit holds."""

    repo: Repository
    config: Config
    run: Run
    config_path: str


def open_session(
    request: Request, progress: Progress | None = None, stop: Event | None = None, clock: Clock | None = None
) -> Session:
    """Find and read everything that a run needs; connects to nothing.

    Raises HistoryError, ConfigInvalid and UsageProblem.
    """
    repo = find_repository(request.folder)
    config_path = repo.place(request.config)
    commit = None if request.revision is None else resolve(repo, request.revision)
    config = _config(repo, commit, config_path)
    remote = chosen_remote(repo, None if config.ledger.remote == DEFAULT_REMOTE else config.ledger.remote)
    full = FullHistory(repo, remote, config.branch)
    inputs = repo.inputs(request.config, config.prompts)
    inner = _worktree(repo, full, request, config) if commit is None else GitHistory(full, inputs, commit)
    order = Worktree() if commit is None else BranchOrder(full, inputs, commit)
    clock, author = clock or SystemClock(), user_identity(repo)
    place = place_of(config.ledger, remote)
    around = Surroundings(
        config=config,
        folder=str(repo.root / repo.prefix),
        environment=os.environ,
        clock=clock,
        progress=progress or Silence(),
        ledger=lambda target: open_ledger(repo.root, Owner(config.id, target), place, clock),
        recall=LocalRecall(repo.own / "live.sqlite"),
    )
    run = Run(
        id=uuid.uuid4().hex[:12],
        repository=config.id,
        author=author,
        history=CheckedHistory(inner, reference(repo, config.branch, remote, commit)),
        order=order,
        targets=targets_of(around, request.targets),
        clock=clock,
        progress=around.progress,
        selection=request.selection,
        allowed=request.allowed.with_words(order.allowed()),
        resolutions=order.resolutions,
        lock_timeout=request.lock_timeout,
        stop=stop or Event(),
        secrets_allowed=config.secrets_allowed,
        forge=forge_of(repo, remote, os.environ),
        proposals=_desk(full, inputs, request, inner, author),
    )
    return Session(repo, config, run, config_path)


def _desk(
    full: FullHistory, inputs: Inputs, request: Request, history: GitHistory | WorktreeHistory, author: str
) -> Proposals | None:
    """Give where proposals are put: files for who asks for them, else branches; none from a work tree."""
    from mooring.git.desk import BranchDesk, WorktreeDesk

    if request.to_files:
        return WorktreeDesk(full.repo, inputs, WorktreeHistory(full.repo, inputs, None))
    return None if isinstance(history, WorktreeHistory) else BranchDesk(full, inputs, author)


def _config(repo: Repository, commit: str | None, path: str) -> Config:
    if commit is not None:
        return load_config(config_text(repo.git, Inputs("", path), commit).encode(), path)
    if (repo.root / path).is_symlink():
        problem = Problem(path, None, "it is a symbolic link, which is not followed", "Put the file in its place.")
        raise ConfigInvalid((problem,))
    try:
        data = (repo.root / path).read_bytes()
    except FileNotFoundError as error:
        raise ConfigInvalid((missing_config(path),)) from error
    except OSError as error:
        problem = Problem(path, None, f"the file cannot be read: {error.strerror}", "Make one with `mooring init`.")
        raise ConfigInvalid((problem,)) from error
    return load_config(data, path)


def _worktree(repo: Repository, full: FullHistory, request: Request, config: Config) -> WorktreeHistory:
    inputs = repo.inputs(request.config, config.prompts)
    try:
        head = GitHistory(full, inputs, resolve(repo))
    except HistoryError:
        head = None
    return WorktreeHistory(repo, inputs, head)


def place_of(ledger: LedgerConfig, remote: str | None) -> Place:
    """Give where mooring.yaml keeps the ledger."""
    match ledger.place:
        case LedgerPlace.REF:
            return InRefs(ledger.where, remote or DEFAULT_REMOTE)
        case LedgerPlace.BRANCH:
            return InBranch(ledger.where, remote or DEFAULT_REMOTE)
        case LedgerPlace.FILE:
            return InFile(Path(ledger.where))
