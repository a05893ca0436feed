"""How is it remembered what a person decided: for Git against a live value, or to write nothing for a while?"""

from dataclasses import replace

from mooring.core.address import UNKNOWN, Side, short
from mooring.core.desired import Desired
from mooring.core.judge import in_doubt
from mooring.core.memory import Changes, Decision, Suspension
from mooring.core.plan import Row
from mooring.core.record import Moved, Record, RecordKind, message
from mooring.core.report import Exit, TargetReport
from mooring.core.state import State
from mooring.gathering.gather import remember
from mooring.ports import Adapter, LedgerError
from mooring.run import Run, Target
from mooring.sight import describe, look

_DECIDED_ALREADY = frozenset({State.IN_SYNC, State.UNMANAGED, State.PENDING_CREATE, State.PRUNE_PENDING})


def decide(
    run: Run, target: Target, adapter: Adapter, desired: Desired, *, reason: str, expected: Side | None
) -> TargetReport:
    """Record a decision for Git on every selected address that waits for one."""
    sight = look(run, target, adapter, desired)
    report = describe(target, sight, adapter)
    waiting = [row for row in sight.plan.rows if row.verdict.state not in _DECIDED_ALREADY]
    refused = [why for row in waiting if (why := _refusal(row, expected)) is not None]
    if refused:
        return replace(report, error=" ".join(refused), error_exit=Exit.STALE)
    if not waiting:
        return report
    now = run.clock.now()
    decisions = {
        (row.address.prompt, row.address.label): Decision(in_doubt(row.seen), reason, run.author, now)
        for row in waiting
    }
    record = Record(
        kind=RecordKind.RESOLVE,
        target=target.name,
        what=f"{len(waiting)} for Git",
        by=run.author,
        run=run.id,
        commit=desired.commit,
        reason=reason,
        moved=tuple(Moved(row.address, in_doubt(row.seen), row.seen.git) for row in waiting),
    )
    return _noted(report, target, Changes(decisions=decisions), record)


def note_suspension(run: Run, target: Target, suspension: Suspension) -> TargetReport:
    """Add a suspension to a target's ledger, in place of an earlier one of the same pattern."""
    report, memory = _remembered(target)
    others = tuple(one for one in memory if one.pattern != suspension.pattern)
    what = f"{suspension.pattern} until {suspension.until}"
    record = Record(RecordKind.SUSPEND, target.name, what, run.author, run.id, reason=suspension.reason)
    return report if report.error else _noted(report, target, Changes(suspensions=(*others, suspension)), record)


def end_suspension(run: Run, target: Target, pattern: str) -> TargetReport:
    """Take a pattern's suspension out of a target's ledger."""
    report, memory = _remembered(target)
    left = tuple(one for one in memory if one.pattern != pattern)
    if report.error is None and left == memory:
        known = ", ".join(one.pattern for one in memory) or "nothing"
        said = f"Nothing of {target.name} is suspended as {pattern}; suspended there: {known}"
        return replace(report, error=said, error_exit=Exit.USAGE)
    record = Record(RecordKind.RESUME, target.name, pattern, run.author, run.id)
    return report if report.error else _noted(report, target, Changes(suspensions=left), record)


def _remembered(target: Target) -> tuple[TargetReport, tuple[Suspension, ...]]:
    memory, trouble = remember(target)
    report = TargetReport(target.name, target.adapter)
    if trouble is not None and memory.trouble is None:
        return replace(report, error=trouble.message, error_exit=Exit.LOCKED), ()
    return report, memory.suspensions


def _refusal(row: Row, expected: Side | None) -> str | None:
    """Say why a decision cannot be bound to what is live: nobody knows it, or it is not what the person saw."""
    if UNKNOWN in {row.seen.live, row.seen.agreed}:
        return f"{row.address} could not be read, so there is nothing to decide about."
    if expected is not None and expected != in_doubt(row.seen):
        return moved_on(row, expected)
    return None


def moved_on(row: Row, expected: Side) -> str:
    """Say that an address does not serve any more what a person saw."""
    return (
        f"{row.address} now serves {short(in_doubt(row.seen))}, not {short(expected)}: somebody moved it. Look again."
    )


def _noted(report: TargetReport, target: Target, changes: Changes, record: Record) -> TargetReport:
    try:
        target.ledger.note(changes, message(record))
    except LedgerError as error:
        return replace(report, error=str(error), error_exit=Exit.LOCKED)
    return report
