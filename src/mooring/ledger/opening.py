"""Which ledger belongs to a target, by what mooring.yaml says under `ledger:`?"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias, assert_never

from mooring.ledger.codec import Owner
from mooring.ledger.lease import Pace
from mooring.ledger.ledger import TargetLedger
from mooring.ledger.pending import WaitingMoves
from mooring.ledger.ref_names import DEFAULT_PREFIX, namespace
from mooring.ledger.store import RefStore
from mooring.ports import Clock


@dataclass(frozen=True, slots=True)
class InRefs:
    """Kept under a prefix of refs that no clone fetches by default: `{ref: refs/mooring}`."""

    prefix: str = DEFAULT_PREFIX
    remote: str = "origin"


@dataclass(frozen=True, slots=True)
class InBranch:
    """Kept on branches, for hosts that take no other refs: `{branch: mooring-ledger}`."""

    branch: str
    remote: str = "origin"


@dataclass(frozen=True, slots=True)
class InFile:
    """Kept in one file, relative to the repository's folder: `{file: PATH}`."""

    path: Path


Place: TypeAlias = InRefs | InBranch | InFile


def open_ledger(repository: Path, owner: Owner, place: Place, clock: Clock, pace: Pace | None = None) -> TargetLedger:
    """Open the ledger of one target. Nothing is read or made before it is asked for something."""
    store = open_store(repository, owner, place, clock)
    return TargetLedger(store, owner, clock, pace, WaitingMoves(repository, owner))


def open_store(repository: Path, owner: Owner, place: Place, clock: Clock) -> RefStore:
    """Open the bare refs of one target."""
    match place:
        case InRefs(prefix, remote):
            return _git_store(repository, namespace(prefix, owner), remote, clock)
        case InBranch(branch, remote):
            return _git_store(repository, namespace(f"refs/heads/{branch}", owner), remote, clock)
        case InFile(path):
            # Each kind is imported where it is used: most runs need one of them, and some need none.
            from mooring.ledger.connection import author
            from mooring.ledger.file_store import FileStore

            return FileStore(repository / path, namespace(DEFAULT_PREFIX, owner), partial(author, repository), clock)
        case _:
            assert_never(place)


def _git_store(repository: Path, folder: str, remote: str, clock: Clock) -> RefStore:
    from mooring.ledger.git_store import GitStore

    return GitStore(repository, folder, remote, clock)
