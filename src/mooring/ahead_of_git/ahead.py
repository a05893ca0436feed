"""How is a label moved at once, ahead of Git, so that neither a crash nor a silent Git host loses who did it and why?

Kept on this machine, moved on the platform, noted in the ledger: in this order. What was kept and not noted is noted
by the next run that reaches the ledger.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from mooring.applying import archive
from mooring.applying.apply import Work, apply
from mooring.applying.archive import Taken
from mooring.applying.gate import Gate
from mooring.applying.result import Result
from mooring.calls import Calls
from mooring.core.address import UNKNOWN, Address, ContentHash, Gap, Ref
from mooring.core.desired import Desired, Version
from mooring.core.judge import Action
from mooring.core.memory import Changes, Indexed, Intent, Memory, Move, Phase, Waiting
from mooring.core.plan import Outcome, Row, Step, TargetPlan
from mooring.core.record import Moved, Record, RecordKind, message
from mooring.ports import (
    Adapter,
    HistoryError,
    Lease,
    LedgerError,
    LedgerRefused,
    LedgerUnreadable,
    Locked,
    Order,
    Standing,
    Stored,
    Unreachable,
)
from mooring.run import Run, Target
from mooring.scan import secrets_in
from mooring.within import TooLate, within

T = TypeVar("T")

PATIENCE = 5.0
"""Seconds that the ledger is waited for; then the move is made without it."""


@dataclass(slots=True)
class Told:
    """What is to be said of the ledger; `silent`: it does not answer, so it is asked no more."""

    sentences: list[str] = field(default_factory=list[str])
    silent: bool = False

    def ask(self, ask: Callable[[], T], words: str, late: Callable[[T], object] | None = None) -> T | None:
        """Ask the ledger for something, unless it is silent; what it did not do in time is told after `words`."""
        if self.silent:
            return None
        try:
            return within(PATIENCE + 1, ask, late)
        except Locked as error:
            self.sentences.append(f"{words}: {error}")
        except (LedgerError, TooLate) as error:
            self.silent = isinstance(error, LedgerUnreadable | TooLate) or isinstance(error.__cause__, LedgerUnreadable)
            why = ", as its place does not answer" if self.silent else ""
            self.sentences.append(f"{words}{why}: {error}")
        return None


@dataclass(frozen=True, slots=True)
class Choice:
    """What one address is to serve, in which version, and how people call that (`words`).

    `archive` are holders whose content was never reviewed; `commit` is the one that brought the wanted content.
    """

    row: Row
    want: ContentHash
    version: Version
    reuse: Ref | None
    words: str
    commit: str | None
    archive: tuple[Ref, ...] = ()

    @property
    def address(self) -> Address:
        """The address that is moved."""
        return self.row.address

    @property
    def is_there(self) -> bool:
        """Tell whether the address serves it already."""
        return self.row.seen.live == self.want and len(self.row.seen.holders or ()) == 1

    @property
    def step(self) -> Step:
        """The one write that it takes."""
        seen = self.row.seen
        holders = tuple(one.ref for one in seen.holders or ())
        return Step(seen.address, Action.UPDATE, self.want, seen.live, holders, self.version, self.reuse)


@dataclass(frozen=True, slots=True)
class Errand:
    """One move of labels on one target. `memory` is what the ledger says, `plan` how the addresses stand."""

    run: Run
    target: Target
    adapter: Adapter
    desired: Desired
    memory: Memory
    plan: TargetPlan
    kind: RecordKind
    reason: str

    def move(self, choice: Choice) -> Move:
        """Give what is remembered of it."""
        live = choice.row.seen.live
        return Move(choice.want, live, self.kind, self.reason, self.run.author, self.run.clock.now())

    def record(self, choice: Choice) -> str:
        """Give what is told of it for ever."""
        done = "back to" if self.kind is RecordKind.ROLLBACK else "promoted to"
        return message(
            Record(
                kind=self.kind,
                target=self.target.name,
                what=f"{choice.address.prompt}@{choice.address.label} {done} {choice.words}",
                by=self.run.author,
                run=self.run.id,
                commit=choice.commit,
                reason=self.reason,
                moved=(Moved(choice.address, choice.row.seen.live, choice.want),),
                time=self.run.clock.now(),
            )
        )


def carry_out(errand: Errand, choices: Sequence[Choice], told: Told) -> Mapping[Address, Result]:
    """Move the labels and record it. Raises LedgerRefused, before any write, where nothing can be kept on this machine.

    Each move is compared before and verified after, as in a sync.
    """
    ledger = errand.target.ledger
    with _leased(errand, told):
        _settle(errand, told)
        _archive(errand, choices, told)
        kept = {one.address: _begin(errand, one) for one in choices}
        # Ahead of Git on purpose, and no lease is worth a person's rollback: only a signal stops it.
        run = replace(errand.run, order=_Ahead())
        gate, work = Gate(run, _Unleased()), Work([one.step for one in choices])
        applied = apply(run, errand.target, errand.adapter, work, errand.memory, errand.desired, gate)
        for address, result in applied.results.items():
            _close(errand.target, kept[address], result)
        told.ask(ledger.flush, "Nothing was put into the ledger yet")
    if any(one.phase is Phase.DONE for one in ledger.waiting()):
        told.sentences.append("The record waits on this machine; the next mooring sync here writes it to the ledger")
    return applied.results


def catch_up(target: Target, rows: Sequence[Row]) -> bool:
    """Record what this machine moved and could not record; tells whether the ledger changed.

    A move that a dead run had begun happened if the address serves it now; else it did not.
    """
    waiting = target.ledger.waiting()
    if not waiting:
        return False
    read = [
        row for row in rows if row.seen.holders is not None and all(one.hash is not UNKNOWN for one in row.seen.holders)
    ]
    live = {(row.address.prompt, row.address.label): row.seen.live for row in read}
    with suppress(LedgerRefused):
        for one in waiting:
            if one.phase is Phase.BEGUN and (one.prompt, one.label) in live:
                end = target.ledger.done if live[one.prompt, one.label] == one.move.live else target.ledger.withdraw
                end(one)
        return target.ledger.flush() > 0
    return False


def _close(target: Target, waiting: Waiting, result: Result) -> None:
    if result.outcome is Outcome.APPLIED:
        with suppress(LedgerRefused):  # It stays as begun, and whoever looks next sees that it happened.
            target.ledger.done(waiting)
    elif result.outcome is not Outcome.FAILED and not result.doubtful:
        target.ledger.withdraw(waiting)


def _begin(errand: Errand, choice: Choice) -> Waiting:
    at = choice.address
    return errand.target.ledger.begin(at.prompt, at.label, errand.move(choice), errand.record(choice))


@contextmanager
def _leased(errand: Errand, told: Told) -> Iterator[None]:
    """Hold the lease if it can be had soon. It wants nothing: what a person moves ahead of Git is nobody's base."""
    intent = Intent(errand.run.id, errand.desired.commit or "", {})
    acquire = partial(errand.target.ledger.acquire, intent, wait=PATIENCE)
    lease: Lease | None = told.ask(acquire, "Moved without the ledger's lease", late=lambda late: late.release())
    try:
        yield
    except BaseException:
        if lease is not None:
            lease.abandon()
        raise
    if lease is not None:
        # A dead run's intent came along with the lease: only a sync can take it over.
        give_up = lease.release if lease.predecessor is None and not told.silent else lease.abandon
        told.silent = False
        told.ask(give_up, "The ledger's lease was not given up")


def _settle(errand: Errand, told: Told) -> None:
    """Record first what both sides agree on and no record says: without that base a sync would undo the move."""
    rows = {(row.address.prompt, row.address.label): row for row in errand.plan.rows}
    bases = {at: base for at, base in errand.plan.settled.items() if base is not None}
    if not bases or told.silent or not _is_of_the_tip(errand.run):
        return
    index = {
        (at[0], base.hash): Indexed(base.ref, holders[0].created, base.key, base.commit)
        for at, base in bases.items()
        if (holders := rows[at].seen.holders)
    }
    run, name = errand.run, errand.target.name
    record = Record(RecordKind.SYNC, name, f"{len(bases)} found in sync", run.author, run.id, errand.desired.commit)
    note = partial(errand.target.ledger.note, Changes(bases=bases, index=index), message(record))
    told.ask(note, "What agreed before was not put into the ledger")


def _is_of_the_tip(run: Run) -> bool:
    """Tell whether the run's commit is what the branch asks for: nothing else is what both sides agreed on."""
    try:
        return within(PATIENCE, run.order.standing) is Standing.CURRENT
    except (HistoryError, TooLate):
        return False


def _archive(errand: Errand, choices: Sequence[Choice], told: Told) -> None:
    """Archive what was never reviewed, if that is soon done: it stays on the platform as a version all the same."""
    name, calls = errand.target.naming.on_platform, Calls(errand.adapter, errand.run.clock)
    taken: list[tuple[Stored, Taken]] = []
    for at, ref in ((one.address, ref) for one in choices for ref in one.archive if not told.silent):
        with suppress(Unreachable):
            stored = calls.read(name(at.prompt), ref)
            if isinstance(stored, Gap):
                continue
            if secrets_in(stored.content, errand.run.secrets_allowed):
                told.sentences.append(
                    f"{at} served what looks like a secret, which does not go into the archive in Git"
                )
                continue
            made = (stored.ref, stored.created, stored.author, stored.provenance)
            when = (errand.run.clock.now(), errand.run.id)
            taken.append((stored, Taken(at.target, at.prompt, (at.label,), *made, *when)))
    if taken:
        keep = partial(archive.keep, errand.target, taken, f"archive before a {errand.kind}")
        told.ask(keep, "What was never reviewed was not archived")


class _Unleased:
    """The right to write that a person has: it is never lost."""

    predecessor: Intent | None = None

    def check(self) -> None:
        """Let every write begin."""

    def record(self, changes: Changes, message: str) -> None:
        """Record nothing: the ledger is asked for that."""

    def release(self) -> None:
        """Have nothing to give up."""

    def abandon(self) -> None:
        """Have nothing to leave."""


class _Ahead(Order):
    """The branch as a person sees it who is ahead of it: no commit is too old to move away from."""

    def standing(self) -> Standing:
        """Let every write begin, whatever the branch asks for by now."""
        return Standing.CURRENT

    def holds(self, commit: str) -> bool:
        """Vouch for no commit."""
        return False
