"""Which decisions follow from what was seen, in which order, bound to which live values?"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import rfc8785

from mooring.core.address import ABSENT, Address, Gap, Ref, Side
from mooring.core.desired import Version
from mooring.core.guard import Guard
from mooring.core.judge import REMOVES, WRITES, Action
from mooring.core.memory import Base
from mooring.core.observation import Observation
from mooring.core.row import Row as Row
from mooring.core.row import judged
from mooring.core.state import State


class Outcome(StrEnum):
    """What became of a step."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    """It was so already."""
    MOVED = "moved"
    """The live side is not what the step expected: somebody was faster, so it was left alone."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """Not tried: the run ended first."""
    SUPERSEDED = "superseded"
    """Not tried: a newer commit's run does the work."""
    PROPOSED = "proposed"
    """Held on the platform as it is, and what it serves is proposed to Git."""


@dataclass(frozen=True, slots=True)
class Step:
    """One write: give `want` to the address (ABSENT: take the label off), expecting `expect` held by `holders`.

    `archive` are the holders whose content is put into the archive first.
    """

    address: Address
    action: Action
    want: Side
    expect: Side
    holders: tuple[Ref, ...]
    version: Version | None
    reuse: Ref | None
    archive: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetPlan:
    """The plan of one target: all rows, its writes in order, and the bases that only the ledger lacks.

    `settled` gives for an address in sync the base to record, or None to forget it. `forgotten` are the prompts that
    are gone on both sides, of which the ledger keeps nothing: one made again under that name is a new one.
    """

    target: str
    rows: tuple[Row, ...]
    steps: tuple[Step, ...]
    settled: Mapping[tuple[str, str], Base | None]
    guards: tuple[Guard, ...] = ()
    forgotten: tuple[str, ...] = ()


def plan_target(target: str, seen: Iterable[Observation], *, commit: str, time: str) -> TargetPlan:
    """Judge every address and put the writes in order: by prompt, then by label."""
    rows = judged(seen)
    steps = tuple(_step(row) for row in rows if row.verdict.action in WRITES)
    settled = {(row.address.prompt, row.address.label): base for row in rows for base in _unsettled(row, commit, time)}
    return TargetPlan(target, rows, steps, settled, forgotten=_forgotten(rows))


def digest(repository: str, tree: str, rows: Iterable[Row]) -> str:
    """Give the digest of all writes of a plan: equal digests do the same to the same live values."""
    steps = [_step(row) for row in rows if row.verdict.action in WRITES]
    lines = [
        [str(step.address), step.action.value, str(step.want), str(step.expect), list(step.holders)] for step in steps
    ]
    return "sha256:" + hashlib.sha256(rfc8785.dumps([repository, tree, lines])).hexdigest()


def _step(row: Row) -> Step:
    seen, action = row.seen, row.verdict.action
    return Step(
        address=seen.address,
        action=action,
        want=ABSENT if action in REMOVES else seen.git,
        expect=seen.live,
        holders=tuple(holder.ref for holder in seen.holders or ()),
        version=seen.version,
        reuse=seen.reusable,
        archive=_taken(seen, action),
    )


def _taken(seen: Observation, action: Action) -> tuple[Ref, ...]:
    """Give the holders that are archived before the label leaves them.

    Those of what is reverted, retired or deleted; of any other step those that were never reviewed.
    """
    if action in REMOVES or action is Action.REVERT:
        return tuple(one.ref for one in seen.holders or ())
    reviewed = {seen.git, seen.intended, None if seen.base is None else seen.base.hash, *seen.known}
    return tuple(one.ref for one in seen.holders or () if one.hash not in reviewed)


def _forgotten(rows: Iterable[Row]) -> tuple[str, ...]:
    seen = [row.seen for row in rows if row.verdict.state is State.IN_SYNC and row.seen.base is not None]
    gone = {one.address.prompt for one in seen if one.git is ABSENT and not (one.prompt_lives or one.kept)}
    return tuple(sorted(gone - {row.address.prompt for row in rows if row.seen.git is not ABSENT}))


def _unsettled(row: Row, commit: str, time: str) -> Iterable[Base | None]:
    """Give the base that an address lacks in the ledger though both sides agree; nothing where it is there already.

    What an unfinished sync was about to serve, and is served now, was its work: the platform took it, the record was
    lost.
    """
    seen = row.seen
    if row.verdict.state is State.IN_SYNC and seen.git is ABSENT:
        return () if seen.base is None else (None,)
    agreed = seen.git if row.verdict.state is State.IN_SYNC else seen.intended
    known = seen.base is not None and seen.base.hash == agreed
    if known or agreed is None or isinstance(agreed, Gap) or agreed != seen.live:
        return ()
    match seen.holders:
        case (holder,):
            own = seen.version is not None and seen.version.hash == agreed
            key = seen.version.key if own and seen.version is not None else ""
            return (Base(agreed, holder.ref, key, commit, time),)
        case _:  # two versions under one label are nobody's finished work
            return ()
