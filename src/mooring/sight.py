"""What does one target look like right now, gathered and decided?"""

from dataclasses import dataclass, replace

from mooring.core.address import Gap
from mooring.core.artifact import Artifact
from mooring.core.desired import Desired
from mooring.core.difference import Change, differences
from mooring.core.guard import guards, secrets_guard
from mooring.core.plan import TargetPlan, plan_target
from mooring.core.report import AddressReport, TargetReport
from mooring.core.row import Row
from mooring.core.state import Group, State, group_of
from mooring.gathering.contents import Contents
from mooring.gathering.findings import effective
from mooring.gathering.gather import Gathered, gather, gather_offline
from mooring.gathering.inspection import leaking, unseen
from mooring.ports import Adapter, Stored
from mooring.run import Run, Target


@dataclass(frozen=True, slots=True)
class Sight:
    """What was gathered of a target, and the plan that follows."""

    gathered: Gathered
    plan: TargetPlan


def look(run: Run, target: Target, adapter: Adapter, desired: Desired) -> Sight:
    """Gather from a connected platform and decide; raises Unreachable or Denied."""
    return _decide(run, target, desired, gather(run, target, adapter, desired))


def look_offline(run: Run, target: Target, desired: Desired) -> Sight:
    """Decide as if the platform still were as the last sync left it."""
    return _decide(run, target, desired, gather_offline(run, target, desired))


def describe(target: Target, sight: Sight, adapter: Adapter | None) -> TargetReport:
    """Report a sight, with the guards that it meets."""
    return TargetReport(
        name=target.name,
        adapter=target.adapter,
        addresses=tuple(AddressReport(row) for row in sight.plan.rows),
        findings=sight.gathered.findings,
        guards=sight.plan.guards,
        requests={} if adapter is None else adapter.tally.counts(),
    )


def explain(run: Run, report: TargetReport, sight: Sight) -> TargetReport:
    """Add to each address how its two contents differ, so far as both are known."""

    def explained(one: AddressReport) -> AddressReport:
        changes = changes_of(run, one.row, sight.gathered.contents)
        return replace(one, changes=changes) if changes else one

    return replace(report, addresses=tuple(explained(one) for one in report.addresses))


_NOT_COMPARED = frozenset({State.IN_SYNC, State.UNMANAGED, State.UNKNOWN, State.INVALID})


def changes_of(run: Run, row: Row, contents: Contents) -> tuple[Change, ...]:
    """List the differences of an address: what a merge changes for readers, or what somebody changed by hand."""
    if row.verdict.state in _NOT_COMPARED:
        return ()
    git, live = git_content(run, row), live_content(row, contents)
    if git is None or live is None:
        return ()
    if group_of(row.verdict.state) is Group.PENDING:
        return differences(live.content, git, live.silent)
    return differences(git, live.content, live.silent)


def git_content(run: Run, row: Row) -> Artifact | None:
    """Give what Git wants the address to serve, None where it declares nothing that can be read."""
    version = row.seen.version
    return None if version is None or isinstance(version.hash, Gap) else run.history.artifact(version)


def live_content(row: Row, contents: Contents) -> Stored | None:
    """Give what the address serves, None where it serves nothing that was read."""
    holders = row.seen.holders
    return contents.of(row.address.prompt, holders[0].ref) if holders else None


def _decide(run: Run, target: Target, desired: Desired, gathered: Gathered) -> Sight:
    plan = plan_target(target.name, gathered.observations, commit=desired.commit or "", time=run.clock.now())
    found = (*effective(plan.rows, gathered.references), *unseen(run, plan.rows, gathered.contents))
    gathered = replace(gathered, findings=(*gathered.findings, *found))
    met = guards(plan.rows, gathered.whole, target.limits, run.allowed)
    leaks = secrets_guard(list(leaking(run, plan.rows)))
    return Sight(gathered, replace(plan, guards=met if leaks is None else (*met, leaks)))
