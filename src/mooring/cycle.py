"""The reconcile cycle on one screen: gather, decide, apply, report. CLI, Action and daemon all call it."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from mooring.core.address import Side
from mooring.core.adoption import Scope, adoptable
from mooring.core.desired import Desired
from mooring.core.finding import Finding, FindingKind
from mooring.core.memory import Suspension
from mooring.core.plan import Outcome, Row, digest, plan_target
from mooring.core.report import (
    AddressReport,
    Exit,
    Report,
    TargetReport,
    adopt_reasons,
    drift_reasons,
    plan_reasons,
    sync_reasons,
)
from mooring.core.state import State
from mooring.decisions import decide, end_suspension, moved_on, note_suspension
from mooring.gathering.gather import unanswered
from mooring.ports import (
    Adapter,
    AdapterError,
    Denied,
    HistoryError,
    LedgerError,
    Misconfigured,
    RemoteUnreachable,
    Standing,
    Unreachable,
)
from mooring.run import Run, Selection, Target
from mooring.sight import describe, explain, look, look_offline
from mooring.sync import sync_target

if TYPE_CHECKING:
    from mooring.proposing.adopt import Asked

_ASKED = 5.0
"""Seconds in which the Git host must have answered once, or nothing is proposed now."""

_PATIENCE = 60.0
"""Seconds that a proposal may take which follows a move made ahead of Git; then the next sync proposes."""


def plan(run: Run) -> Report:
    """Say what a sync would do, and why; writes nothing."""
    desired = run.history.desired()
    targets = _each(run, desired, lambda target, adapter: _seen(run, target, adapter, desired))
    return _report(run, "plan", desired, targets, plan_reasons(targets))


def plan_offline(run: Run) -> Report:
    """Say what a sync would do if the platforms still are as the last sync left them; needs no credentials."""
    desired = run.history.desired()
    targets = tuple(describe(one, look_offline(run, one, desired), None) for one in run.targets)
    report = _report(run, "plan", desired, targets, plan_reasons(targets))
    return replace(report, notices=("The platforms were not asked: this is as of the last sync",))


def drift(run: Run, fail_on: frozenset[State] | None = None) -> Report:
    """Compare all sides; fails when a platform diverged."""
    desired = run.history.desired()
    targets = _each(run, desired, lambda target, adapter: _seen(run, target, adapter, desired))
    return replace(_report(run, "drift", desired, targets, drift_reasons(targets, fail_on)), fail_on=fail_on)


def status(run: Run) -> Report:
    """Show where everything stands; fails only for what could not be read."""
    desired = run.history.desired()
    targets = _each(run, desired, lambda target, adapter: _seen(run, target, adapter, desired))
    unread = {Exit.UNKNOWN, Exit.DENIED, Exit.USAGE, Exit.LOCKED}
    return _report(run, "status", desired, targets, tuple(r for r in plan_reasons(targets) if r in unread))


def sync(run: Run, planned: str | None = None) -> Report:
    """Do what Git asks: publish, verify, flip, record. `planned` is the digest of a plan that must still hold."""
    desired = run.history.desired()
    stopped = _may_sync(run, desired, planned)
    if stopped is not None:
        return stopped
    targets = _each(run, desired, lambda target, adapter: _synced(run, target, adapter, desired))
    return _report(run, "sync", desired, targets, sync_reasons(targets))


def _synced(run: Run, target: Target, adapter: Adapter, desired: Desired) -> TargetReport:
    """Sync, then propose to Git what the policy says."""
    from mooring.proposing.adopt import Asked, beside, propose

    report = sync_target(run, target, adapter, desired)
    if report.error is not None or not adoptable((one.row for one in report.addresses), Scope.POLICY):
        return report
    return beside(report, propose(run, target, adapter, report, Asked(Scope.POLICY)))


def adopt(run: Run, asked: "Asked", expected: Side | None = None) -> Report:
    """Propose to Git what the platforms serve; `expected` is the live side that a person saw."""
    desired = run.history.desired()
    targets = _each(
        run, desired, lambda target, adapter: _adopted(run, target, adapter, desired, asked=asked, expected=expected)
    )
    return _report(run, "adopt", desired, targets, adopt_reasons(targets))


def _adopted(
    run: Run, target: Target, adapter: Adapter, desired: Desired, *, asked: "Asked", expected: Side | None
) -> TargetReport:
    from mooring.proposing.adopt import propose

    sight = look(run, target, adapter, desired)
    report = describe(target, sight, adapter)
    if expected is not None:
        moved = [moved_on(one.row, expected) for one in report.addresses if one.row.seen.live != expected]
        if moved:
            return replace(report, error=" ".join(moved), error_exit=Exit.STALE)
    return propose(run, target, adapter, report, asked, sight.gathered.contents)


def rollback(run: Run, to: str | None, reason: str) -> Report:
    """Put what an address served before back at once, and propose the same to Git."""
    from mooring.ahead_of_git.emergency import roll_back

    desired = run.history.desired()

    targets = _each(
        run,
        desired,
        lambda target, adapter: _followed(
            run, target, adapter, desired, roll_back(run, target, adapter, desired, to=to, reason=reason)
        ),
    )
    return _report(run, "rollback", desired, targets, sync_reasons(targets))


def promote(run: Run, prompt: str, source: str, label: str, reason: str | None) -> Report:
    """Propose to Git that a label serves what another one serves; with a reason, the platforms follow at once."""
    from mooring.ahead_of_git.emergency import promote_now
    from mooring.proposing.promotion import propose_promotion

    desired = run.history.desired()
    if reason is None:
        told = propose_promotion(run, prompt, source, label)
        return replace(_report(run, "promote", desired, (), told.reasons), findings=told.findings, error=told.error)
    targets = _each(
        run,
        desired,
        lambda target, adapter: _followed(
            run,
            target,
            adapter,
            desired,
            promote_now(run, target, adapter, desired, source=source, label=label, reason=reason),
        ),
    )
    return _report(run, "promote", desired, targets, sync_reasons(targets))


def _followed(run: Run, target: Target, adapter: Adapter, desired: Desired, moved: TargetReport) -> TargetReport:
    """Let a proposal to Git follow a move that was made ahead of it; where that fails, the next sync proposes."""
    from mooring.proposing.adopt import Asked, beside, propose
    from mooring.within import TooLate, within

    if not any(one.outcome is Outcome.APPLIED for one in moved.addresses):
        return moved
    whole = replace(run, selection=Selection())

    def follow() -> TargetReport:
        within(_ASKED, run.order.standing)  # a Git host that is silent takes no proposal
        sight = look(whole, target, adapter, desired)
        now = describe(target, sight, adapter)
        return propose(whole, target, adapter, now, Asked(Scope.POLICY), sight.gathered.contents)

    try:
        return beside(moved, within(_PATIENCE, follow))
    except (AdapterError, HistoryError, LedgerError, TooLate) as error:
        return beside(moved, replace(moved, error=str(error)))


def resolve(run: Run, reason: str, expected: Side | None) -> Report:
    """Record a person's decision for Git, bound to what is live now; `expected` is what the person saw."""
    desired = run.history.desired()
    targets = _each(
        run, desired, lambda target, adapter: decide(run, target, adapter, desired, reason=reason, expected=expected)
    )
    return _report(run, "resolve", desired, targets, _failures(targets))


def suspend(run: Run, suspension: Suspension) -> Report:
    """Stop writing to the addresses of a pattern until a date; the platforms are not asked."""
    return _noted(run, "suspend", lambda target: note_suspension(run, target, suspension))


def resume(run: Run, pattern: str) -> Report:
    """End the suspensions of a pattern."""
    return _noted(run, "resume", lambda target: end_suspension(run, target, pattern))


def _noted(run: Run, command: str, note: Callable[[Target], TargetReport]) -> Report:
    desired = run.history.desired()
    targets = tuple(note(target) for target in run.targets)
    return _report(run, command, desired, targets, _failures(targets))


def _failures(targets: Sequence[TargetReport]) -> tuple[Exit, ...]:
    return tuple(target.error_exit for target in targets if target.error is not None)


def _may_sync(run: Run, desired: Desired, planned: str | None) -> Report | None:
    """Give the report of a sync that must not begin, None where it may."""
    empty = _report(run, "sync", desired, (), ())
    try:
        standing = run.order.standing()
    except RemoteUnreachable as error:
        return replace(empty, reasons=(Exit.LOCKED,), error=f"{error}. Nothing was written")
    except HistoryError as error:
        return replace(empty, reasons=(Exit.STALE,), error=str(error))
    match standing:
        case Standing.SUPERSEDED:
            said = "Superseded: the branch's tip asks for something newer, and its run does the work"
            return replace(empty, notices=(said,))
        case Standing.ASTRAY:
            return replace(empty, reasons=(Exit.STALE,), error=_astray(desired))
        case Standing.CURRENT:
            pass
    if planned is not None and plan(run).digest != planned:
        said = "The plan is stale: Git, the ledger or the platform moved since it was made. Run mooring plan again"
        return replace(empty, reasons=(Exit.STALE,), error=said)
    return None


def _astray(desired: Desired) -> str:
    commit = "The working tree" if desired.commit is None else f"The commit {desired.commit[:12]}"
    return (
        f"{commit} is not the branch's tip, and the tip does not hold it: not pushed yet, another branch, or a "
        "rewritten history. Nothing was written. Push it, or check out the tip of the branch and sync that"
    )


def _seen(run: Run, target: Target, adapter: Adapter, desired: Desired) -> TargetReport:
    sight = look(run, target, adapter, desired)
    return explain(run, describe(target, sight, adapter), sight)


def _each(run: Run, desired: Desired, act: Callable[[Target, Adapter], TargetReport]) -> tuple[TargetReport, ...]:
    """Act on all targets at once; what stops one of them stops only that one."""

    def one(target: Target) -> TargetReport:
        try:
            return act(target, target.connect())
        except Misconfigured as error:
            return _unread(run, target, desired, Exit.USAGE, str(error))
        except Denied as error:
            return _unread(run, target, desired, Exit.DENIED, str(error))
        except Unreachable as error:
            return _unread(run, target, desired, Exit.UNKNOWN, str(error))
        except HistoryError as error:
            return _unread(run, target, desired, Exit.UNKNOWN, str(error))

    if len(run.targets) == 1:
        return (one(run.targets[0]),)
    with ThreadPoolExecutor(max(1, len(run.targets))) as pool:
        return tuple(pool.map(one, run.targets))


def _unread(run: Run, target: Target, desired: Desired, code: Exit, error: str) -> TargetReport:
    """Report a target that could not be read: its addresses are unknown, never absent and never in sync."""
    rows = plan_target(target.name, unanswered(run, target, desired), commit="", time="").rows
    return TargetReport(
        target.name, target.adapter, tuple(AddressReport(row) for row in rows), error=error, error_exit=code
    )


def _report(
    run: Run, command: str, desired: Desired, targets: Sequence[TargetReport], reasons: tuple[Exit, ...]
) -> Report:
    mistakes = tuple(
        Finding(FindingKind.FILE, None, f"{p.path}{_line(p.line)}: {p.message}", p.fix) for p in desired.problems
    )
    return Report(
        command=command,
        run=run.id,
        commit=desired.commit,
        targets=tuple(targets),
        findings=mistakes,
        digest=_digest(run, desired, targets),
        # Who asks about some prompts is not failed for the files of others.
        reasons=(*reasons, *((Exit.INVALID,) if mistakes and run.selection == Selection() else ())),
    )


def _line(line: int | None) -> str:
    return "" if line is None else f":{line}"


def _digest(run: Run, desired: Desired, targets: Sequence[TargetReport]) -> str:
    rows: list[Row] = [one.row for target in targets for one in target.addresses]
    return digest(run.repository, desired.tree, rows)
