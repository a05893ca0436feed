"""What does a commit's status on the Git host say of a run?"""

from dataclasses import replace

from mooring.core.finding import Finding, FindingKind
from mooring.core.report import Exit, Report
from mooring.ports import ForgeError, StatusState
from mooring.reports.outline import summary
from mooring.run import Run

_PASSES = {Exit.OK, Exit.CHANGES}
_NOT_KNOWN = {Exit.UNKNOWN, Exit.INTERNAL, Exit.LOCKED, Exit.DENIED}


def with_status(run: Run, report: Report) -> Report:
    """Set the status `mooring/ID/COMMAND` of the run's commit; what keeps it from being set is a finding."""
    if report.commit is None:
        return report
    if run.forge is None:
        message = "No status was set: there is no token for the Git host's API, or it is no GitHub"
        return _told(report, message, "Set GITHUB_TOKEN, with statuses: write")
    counts = ", ".join(f"{one.number} {one.word}" for one in summary(report.rows)) or "nothing to compare"
    context = f"mooring/{run.repository}/{report.command}"
    try:
        run.forge.set_status(report.commit, context, _state(report.exit), f"{report.exit.name.lower()}: {counts}")
    except ForgeError as error:
        return _told(report, f"No status was set. {error}", "")
    return report


def _state(code: Exit) -> StatusState:
    if code in _PASSES:
        return StatusState.SUCCESS
    return StatusState.ERROR if code in _NOT_KNOWN else StatusState.FAILURE


def _told(report: Report, message: str, fix: str) -> Report:
    return replace(report, findings=(*report.findings, Finding(FindingKind.ALERT, None, message, fix)))
