"""How is one target brought to what Git asks? Guard, lease, apply, record, in this order and no other."""

from collections.abc import Sequence
from dataclasses import replace

from mooring.ahead_of_git.ahead import catch_up
from mooring.applying.apply import Applied, Work, apply
from mooring.applying.gate import Gate, Halted
from mooring.core.address import ABSENT, ContentHash, Side
from mooring.core.desired import Desired
from mooring.core.memory import Base, Changes, Indexed, Intent, Memory
from mooring.core.plan import Outcome
from mooring.core.record import Moved, Record, RecordKind, message
from mooring.core.report import Exit, TargetReport
from mooring.ports import Adapter, Denied, HistoryError, Lease, LedgerError, LedgerUnreadable, Locked
from mooring.run import Run, Target
from mooring.sight import Sight, describe, look

_ROUNDS = 3
"""How often a plan is made anew because another run recorded something between the look and the lease."""


def sync_target(run: Run, target: Target, adapter: Adapter, desired: Desired) -> TargetReport:
    """Plan and apply; raises Unreachable or Denied only before the first write."""
    for _ in range(_ROUNDS):
        report = _round(run, target, adapter, desired)
        if report is not None:
            return report
    reason = f"The ledger of {target.name} was changed by other runs {_ROUNDS} times in a row; run sync again"
    return TargetReport(target.name, target.adapter, error=reason, error_exit=Exit.LOCKED)


def _round(run: Run, target: Target, adapter: Adapter, desired: Desired) -> TargetReport | None:
    """Look, then write under a lease; None where the ledger moved in between, so that one has to look again."""
    sight = look(run, target, adapter, desired)
    if catch_up(target, sight.plan.rows):
        return None
    report = describe(target, sight, adapter)
    if any(not guard.open for guard in sight.plan.guards):
        # Another run may have written between the ledger's answer and the platform's: that is no lost ledger.
        return None if _ledger_moved(target, sight.gathered.memory) else report
    if not sight.plan.steps and sight.gathered.memory.intent is None:
        return _settle(run, target, desired, sight, report)
    identity = adapter.identity() if sight.plan.steps else None
    stop = _reason_to_stop(run, target, desired, sight, identity)
    if stop is not None:
        return replace(report, error=stop[1], error_exit=stop[0])
    if sight.gathered.memory.intent is not None:
        run.progress.wait(target.name, "another run holds the lease, or left it behind")
    try:
        lease = target.ledger.acquire(_intent(run, desired, sight), wait=run.lock_timeout)
    except Locked as error:
        # With nothing to write, the holder is only another run at work.
        return replace(report, error=str(error), error_exit=Exit.LOCKED) if sight.plan.steps else report
    except LedgerError as error:
        return replace(report, error=str(error), error_exit=Exit.LOCKED)
    if _still_holds(target, sight.gathered.memory, lease):
        return _apply(run, target, adapter, desired, sight, identity, lease)
    _fold(run, target, adapter, desired, lease)
    return None


def _intent(run: Run, desired: Desired, sight: Sight) -> Intent:
    wanted = {
        (step.address.prompt, step.address.label): ContentHash(step.want)
        for step in sight.plan.steps
        if step.version is not None
    }
    return Intent(run.id, desired.commit or "", wanted)


def _reason_to_stop(
    run: Run, target: Target, desired: Desired, sight: Sight, identity: str | None
) -> tuple[Exit, str] | None:
    """Give what forbids any write to the target beside its guards: another identity, a rewritten history."""
    if not sight.plan.steps:
        return None
    memory = sight.gathered.memory
    for pinned, where in ((target.project, "mooring.yaml pins"), (memory.identity, "the ledger was written for")):
        if pinned is not None and pinned != identity:
            message = f"Nothing was written: the connection leads to the project {identity}, while {where} {pinned}"
            return Exit.DENIED, f"{message}. Check url and credentials of {target.name}"
    try:
        rewritten = _rewritten(run, desired, memory)
    except HistoryError as error:
        return Exit.STALE, str(error)
    return None if rewritten is None else (Exit.STALE, rewritten)


def _rewritten(run: Run, desired: Desired, memory: Memory) -> str | None:
    """Say why the last synced commit forbids to go on: it left the branch, and it asked for other prompts."""
    if memory.commit is None or memory.tree == desired.tree or run.order.holds(memory.commit):
        return None
    if run.allowed.history is not None:
        old, new = run.allowed.history
        if memory.commit.startswith(old) and (desired.commit or "").startswith(new):
            return None
    span = f"{memory.commit[:12]}..{(desired.commit or '')[:12]}"
    return (
        f"Nothing was written: the last synced commit {memory.commit[:12]} is no longer on the branch, whose history "
        f"was rewritten. If that is right: --accept-history {span}"
    )


def _still_holds(target: Target, before: Memory, lease: Lease) -> bool:
    """Tell whether the ledger is as it was when the plan was made, with no unfinished work that the plan missed."""
    missed = lease.predecessor is not None and lease.predecessor != before.intent
    try:
        return not missed and target.ledger.read().head == before.head
    except LedgerUnreadable:
        return False


def _ledger_moved(target: Target, before: Memory) -> bool:
    try:
        now = target.ledger.read()
    except LedgerUnreadable:
        return False
    return (now.head, now.intent) != (before.head, before.intent)


def _fold(run: Run, target: Target, adapter: Adapter, desired: Desired, lease: Lease) -> None:
    """Take over what an unfinished run had written and not recorded, then give the lease up to plan anew."""
    try:
        sight = look(run, target, adapter, desired)
        changes = _settled(sight)
        if not changes.empty:
            lease.record(changes, _message(run, target, desired, f"{len(changes.bases)} taken over", _found(sight)))
    except BaseException:
        lease.abandon()
        raise
    lease.release()


def _settle(run: Run, target: Target, desired: Desired, sight: Sight, report: TargetReport) -> TargetReport:
    """Record what agrees and was not on record; a run that finds nothing new writes nothing, anywhere."""
    changes = _settled(sight)
    if changes.empty:
        return report
    try:
        target.ledger.note(
            changes, _message(run, target, desired, f"{len(changes.bases)} found in sync", _found(sight))
        )
    except LedgerError as error:
        return replace(report, error=str(error), error_exit=Exit.LOCKED)
    return report


def _settled(sight: Sight) -> Changes:
    rows = {(row.address.prompt, row.address.label): row for row in sight.plan.rows}
    index = {
        (prompt, base.hash): Indexed(base.ref, holders[0].created, base.key, base.commit)
        for (prompt, label), base in sight.plan.settled.items()
        if base is not None and (holders := rows[prompt, label].seen.holders)
    }
    decided = {at: None for at in sight.plan.settled if at in sight.gathered.memory.decisions}
    return Changes(bases=dict(sight.plan.settled), index=index, decisions=decided, forgotten=sight.plan.forgotten)


def _apply(
    run: Run, target: Target, adapter: Adapter, desired: Desired, sight: Sight, identity: str | None, lease: Lease
) -> TargetReport:
    gate, work = Gate(run, lease), Work(sight.plan.steps, sight.gathered.references)
    try:
        applied = apply(run, target, adapter, work, sight.gathered.memory, desired, gate)
    except BaseException:
        lease.abandon()
        raise
    report = _with_outcomes(describe(target, sight, adapter), applied)
    changes = _learned(run, desired, sight, applied, identity)
    try:
        if not changes.empty:
            rows = [one.row for one in report.addresses if one.outcome is Outcome.APPLIED]
            moved = [Moved(row.address, row.seen.live, row.seen.git) for row in rows]
            lease.record(changes, _message(run, target, desired, f"{len(moved)} applied", [*moved, *_found(sight)]))
    except LedgerError as error:
        lease.abandon()
        message = f"{error}. What was written to the platform stays, and the next sync finds and records it"
        return replace(report, error=message, error_exit=Exit.LOCKED)
    if applied.doubtful:
        lease.abandon()
    else:
        lease.release()
    return report


def _learned(run: Run, desired: Desired, sight: Sight, applied: Applied, identity: str | None) -> Changes:
    """Join what agreed already and what was applied. The commit advances with a whole run only."""
    settled, memory = _settled(sight), sight.gathered.memory
    bases = {**settled.bases, **applied.changes.bases}
    index = {**settled.index, **applied.changes.index}
    if not bases and not index:
        return Changes()
    whole = not run.selection.addresses and not run.selection.globs
    return Changes(
        commit=desired.commit if whole else None,
        tree=desired.tree if whole else None,
        identity=identity if memory.identity is None else None,
        bases=bases,
        index=index,
        decisions={at: None for at in bases if at in memory.decisions},
        forgotten=(*settled.forgotten, *applied.changes.forgotten),
    )


def _with_outcomes(report: TargetReport, applied: Applied) -> TargetReport:
    addresses = tuple(
        one
        if (result := applied.results.get(one.row.address)) is None
        else replace(one, outcome=result.outcome, note=result.note)
        for one in report.addresses
    )
    report = replace(report, addresses=addresses)
    match applied.stopped:
        case None | Halted():
            return report
        case Denied():
            return replace(report, error=str(applied.stopped), error_exit=Exit.DENIED)
        case LedgerError():
            return replace(report, error=str(applied.stopped), error_exit=Exit.LOCKED)
        case _:
            return replace(report, error=str(applied.stopped), error_exit=Exit.PARTIAL)


def _found(sight: Sight) -> list[Moved]:
    """Give what was found to agree and was not on record: before, the ledger knew of other content, or of none."""
    rows = {(row.address.prompt, row.address.label): row for row in sight.plan.rows}
    return [
        Moved(rows[at].address, _agreed(rows[at].seen.base), _agreed(base)) for at, base in sight.plan.settled.items()
    ]


def _agreed(base: Base | None) -> Side:
    return ABSENT if base is None else base.hash


def _message(run: Run, target: Target, desired: Desired, what: str, moved: Sequence[Moved]) -> str:
    return message(
        Record(
            kind=RecordKind.SYNC,
            target=target.name,
            what=what,
            by=run.author,
            run=run.id,
            commit=desired.commit,
            moved=tuple(moved),
            allowed=run.allowed.words(),
        )
    )
