"""How does what a platform serves come into Git? As proposals, each a branch with one commit, for people to review."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mooring.calls import Calls
from mooring.core.adoption import Scope, adoptable, passed_over
from mooring.core.finding import Finding, FindingKind
from mooring.core.plan import Outcome
from mooring.core.proposals import branch_prefix
from mooring.core.report import AddressReport, Exit, TargetReport
from mooring.core.state import State
from mooring.formats.writing.adoption import Layout
from mooring.gathering.contents import NOTHING, Contents
from mooring.ports import (
    Adapter,
    AdapterError,
    Denied,
    ForgeError,
    HistoryError,
    Proposals,
    Pull,
    PushDenied,
    RemoteUnreachable,
)
from mooring.proposing.intake import Source, Told, take_in
from mooring.proposing.offers import Offers
from mooring.run import Run, Selection, Target
from mooring.sight import describe, look


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be adopted, why (a person's words, or ''), and as which files."""

    scope: Scope
    reason: str = ""
    layout: Layout = Layout.AUTO


def propose(
    run: Run, target: Target, adapter: Adapter, report: TargetReport, asked: Asked, contents: Contents = NOTHING
) -> TargetReport:
    """Propose to Git what a target serves, so far as `asked` is about it; the platform is only read.

    `contents` are those that were read for the report, and are not asked for again.
    What cannot be proposed is said in the report. A scope that rolls is proposed whole even where the run is about a
    part of it: its proposals would lose the rest.
    """
    if run.proposals is None:
        return replace(report, error=_NOWHERE, error_exit=Exit.USAGE)
    told = Told()
    report_of_all = report
    try:
        source = Source(target, Calls(adapter, run.clock), contents)
        if asked.scope.rolls and not run.selection.is_all:
            report_of_all, source = _whole(run, source)
        _propose(run, source, run.proposals, report_of_all, asked, told)
    except PushDenied as error:
        told.error, told.error_exit = str(error), Exit.DENIED
    except RemoteUnreachable as error:
        told.error, told.error_exit = f"{str(error).rstrip('. ')}. {_LATER}", Exit.LOCKED
    except HistoryError as error:
        told.error, told.error_exit = str(error), Exit.STALE
    except Denied as error:
        told.error, told.error_exit = str(error), Exit.DENIED
    except AdapterError as error:
        told.error, told.error_exit = str(error), Exit.UNKNOWN
    return _with(replace(report, requests=adapter.tally.counts()), told)


_NOWHERE = "Nothing can be proposed from files that no commit holds. Commit them first"
_LATER = "What is not proposed yet waits for the next mooring adopt, or the next sync where the policy proposes it"


def beside(report: TargetReport, told: TargetReport) -> TargetReport:
    """Add what became of proposals to the report of what was done: one that fails is told, and fails nothing else."""
    found = {one.row.address: one for one in told.addresses if one.note}
    findings = [one for one in told.findings if one.kind is FindingKind.PROPOSAL]
    if told.error is not None:
        fix = "The next mooring sync proposes it, or mooring adopt --by-policy"
        findings.append(Finding(FindingKind.PROPOSAL, None, f"Not proposed to Git: {told.error}", fix))
    addresses = tuple(_noted(one, found.get(one.row.address)) for one in report.addresses)
    return replace(report, addresses=addresses, findings=(*report.findings, *findings))


def _noted(one: AddressReport, told: AddressReport | None) -> AddressReport:
    if told is None or told.note == one.note:
        return one
    proposed = one.outcome is None and told.outcome is Outcome.PROPOSED
    note = ". ".join(filter(None, (one.note, told.note)))
    return replace(one, note=note, outcome=Outcome.PROPOSED if proposed else one.outcome)


def _whole(run: Run, source: Source) -> tuple[TargetReport, Source]:
    target, adapter = source.target, source.calls.adapter
    sight = look(replace(run, selection=Selection()), target, adapter, run.history.desired())
    return describe(target, sight, adapter), replace(source, contents=sight.gathered.contents)


def _propose(run: Run, source: Source, proposals: Proposals, report: TargetReport, asked: Asked, told: Told) -> None:
    seen = [one.row for one in report.addresses]
    for row, why in passed_over(seen, asked.scope):
        told.note(row, f"Not proposed: {why}")
    rows = adoptable(seen, asked.scope)
    if not rows and not asked.scope.rolls:
        return
    tip = proposals.tip()
    prefix = branch_prefix(run.repository, source.target.name)
    pulls = _pulls(run, prefix, told) if tip.branch else ()
    offers = Offers(
        target=source.target.name,
        prefix=prefix,
        scope=asked.scope,
        layout=asked.layout,
        reason=asked.reason,
        by=run.author,
        proposals=proposals,
        tip=tip,
        standing=proposals.standing(prefix) if asked.scope.rolls else {},
        forge=None if pulls is None else run.forge,
        pulls=pulls or (),
        told=told,
    )
    taken = take_in(run, source, offers.willing(rows), tip, told)
    made = offers.bring(taken)
    if asked.scope.rolls and pulls is not None and _is_read_whole(report):
        offers.clear(made)
    if asked.scope is Scope.ALL:
        _tell_of_unlabelled(source, report, told)


def _tell_of_unlabelled(source: Source, report: TargetReport, told: Told) -> None:
    """Count the prompts that no managed label points at: nobody is served them, so there is nothing to agree on."""
    target = source.target
    labelled = {one.row.address.prompt for one in report.addresses if one.row.seen.holders != ()}
    others = sorted({target.naming.in_git(name) for name in source.calls.names()} - labelled)
    if not others:
        return
    shown = ", ".join(others[:_SHOWN]) + (f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else "")
    what = "1 prompt stays" if len(others) == 1 else f"{len(others)} prompts stay"
    labels = ", ".join(sorted(target.labels))
    told.find(
        f"{what} on the platform, as no managed label ({labels}) points at any version: {shown}",
        "Point a label at what is to be adopted, or manage the label that it has in mooring.yaml",
    )


_SHOWN = 5


def _is_read_whole(report: TargetReport) -> bool:
    """Tell whether what is not proposed does not differ; of what could not be read nobody knows."""
    return all(one.row.verdict.state is not State.UNKNOWN for one in report.addresses)


def _pulls(run: Run, prefix: str, told: Told) -> Sequence[Pull] | None:
    """Give the pull requests that there are; None where they cannot be read, and nobody knows what was declined."""
    if run.forge is None:
        return ()
    try:
        return run.forge.pulls(prefix)
    except ForgeError as error:
        told.find(f"The pull requests cannot be read, so none was opened or changed. {error}")
        return None


def _with(report: TargetReport, told: Told) -> TargetReport:
    addresses = tuple(
        replace(
            one,
            note=told.notes.get(one.row.address, one.note),
            outcome=told.outcomes.get(one.row.address, one.outcome),
        )
        for one in report.addresses
    )
    report = replace(report, addresses=addresses, findings=(*report.findings, *told.findings))
    return report if told.error is None else replace(report, error=told.error, error_exit=told.error_exit)
