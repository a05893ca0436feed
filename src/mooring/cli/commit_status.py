"""What does a commit's status on the Git host say of a run?"""

import hashlib
import json
import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from mooring import clean
from mooring.core.finding import Finding, FindingKind
from mooring.core.judge import WRITES
from mooring.core.plan import Outcome
from mooring.core.report import Exit, Report
from mooring.core.state import Group, State, group_of
from mooring.ports import ForgeError, StatusState
from mooring.reports.outline import Count, summary
from mooring.run import Run, Selection

_PASSES = {Exit.OK, Exit.CHANGES}
_NOT_KNOWN = {Exit.UNKNOWN, Exit.INTERNAL, Exit.LOCKED, Exit.DENIED}
_LONGEST = 100
_LONGEST_NAME = 60
_PLAIN = re.compile(r"[A-Za-z0-9_.*?/\[\]][A-Za-z0-9_.*?/\[\]:@!,-]*")
_ODD = re.compile(r"[^A-Za-z0-9_.*?/\[\]:@!, -]")
_FOR_PEOPLE = (Group.BLOCKED, Group.DIVERGED)
"""What needs a person, and so comes first."""
_SUPERSEDED = "superseded: the branch's tip asks for something newer"


def with_status(run: Run, report: Report, targets: Sequence[str] = ()) -> Report:
    """Set the status of the run's commit; what keeps it from being set is a finding.

    `targets` are those that the run was narrowed to; none means all.
    """
    if report.commit is None:
        return report
    if run.forge is None:
        message = "No status was set: there is no token for the Git host's API, or it is no GitHub"
        return _told(report, message, "Set GITHUB_TOKEN, with statuses: write")
    context = context_of(run.repository, report.command, run.selection, targets, report.fail_on)
    state, said, url = state_of(report.exit), described(report), url_of(os.environ)
    try:
        run.forge.set_status(report.commit, context, state, said, url)
    except ForgeError as error:
        return _told(report, f"No status was set. {error}", "")
    return report


def described(report: Report) -> str:
    """Say in one line what came of a run: what needs a person first, with one address of it.

    GitHub has no neutral status, so a run with nothing to do succeeds and says that no prompt changed.
    """
    counts = ", ".join(_counts(report)) or "nothing to compare"
    if any(one.outcome is Outcome.SUPERSEDED for one in report.rows):
        return f"superseded: {counts}"
    if any(notice.startswith("Superseded") for notice in report.notices):
        return _SUPERSEDED
    if _is_idle(report):
        return f"no prompt changed: {counts}"
    waits = report.exit in _PASSES and any(one.row.verdict.state is State.UNKNOWN for one in report.rows)
    return f"{report.exit.name.lower()}{' so far' if waits else ''}: {counts}"


def _counts(report: Report) -> Sequence[str]:
    first = [one for group in _FOR_PEOPLE for one in summary(report.rows) if one.word == group.value]
    others = [one for one in summary(report.rows) if one not in first]
    return [_counted(report, one) for one in (*first, *others)]


def _counted(report: Report, count: Count) -> str:
    said = f"{count.number} {count.word}"
    if report.command != "drift" or count.word not in {group.value for group in _FOR_PEOPLE}:
        return said
    named = next(one.row.address for one in report.rows if group_of(one.row.verdict.state).value == count.word)
    name = clean.name(str(named))
    shown = name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
    return f"{said} ({shown}{', …' if count.number > 1 else ''})"


def _is_idle(report: Report) -> bool:
    """Tell whether a sync did nothing, or a plan has nothing to do, because nothing was to be done."""
    if report.exit is not Exit.OK:
        return False
    if report.command == "sync":
        return all(one.outcome in {None, Outcome.UNCHANGED} for one in report.rows)
    return report.command == "plan" and not any(one.row.verdict.action in WRITES for one in report.rows)


def context_of(
    repository: str,
    command: str,
    selection: Selection,
    targets: Sequence[str],
    fail_on: Collection[State] | None = None,
) -> str:
    """Name a status: `mooring/ID/COMMAND`, and what the run was about where that is not all.

    Two runs about different things never share a name: the one's success would hide the other's failure. At most 100
    characters, all of which are plain; a digest stands for what has no room or is not plain.
    """
    states = () if fail_on is None else (",".join(sorted(fail_on)),)
    kinds = ("", selection.addresses), ("--select", selection.globs), ("--target", targets), ("--fail-on", states)
    said = [(option, word) for option, words in kinds for word in sorted(set(words))]
    base = f"mooring/{repository}/{command}"
    context = " ".join([base, *(part for pair in said for part in pair if part)])
    if len(context) <= _LONGEST and all(_PLAIN.fullmatch(word) for _, word in said):
        return context
    digest = hashlib.sha256(json.dumps([base, said]).encode()).hexdigest()[:12]
    return f"{_ODD.sub('_', context)[: _LONGEST - len(digest) - 1]} {digest}"


def url_of(environment: Mapping[str, str]) -> str:
    """Give where the job's log is, '' where no job runs here."""
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, job = (environment.get(name, "") for name in names)
    if not (server.startswith(("https://", "http://")) and repository and job.isascii() and job.isdigit()):
        return ""
    return f"{server.rstrip('/')}/{repository}/actions/runs/{job}"


def state_of(code: Exit) -> StatusState:
    """Give the state that a status has after an exit code."""
    if code in _PASSES:
        return StatusState.SUCCESS
    return StatusState.ERROR if code in _NOT_KNOWN else StatusState.FAILURE


def _told(report: Report, message: str, fix: str) -> Report:
    return replace(report, findings=(*report.findings, Finding(FindingKind.ALERT, None, message, fix)))
