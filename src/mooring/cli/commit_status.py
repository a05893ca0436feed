"""What does a commit's status on the Git host say of a run?"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace

from mooring.core.finding import Finding, FindingKind
from mooring.core.report import Exit, Report
from mooring.ports import ForgeError, StatusState
from mooring.reports.outline import summary
from mooring.run import Run, Selection

_PASSES = {Exit.OK, Exit.CHANGES}
_NOT_KNOWN = {Exit.UNKNOWN, Exit.INTERNAL, Exit.LOCKED, Exit.DENIED}
_LONGEST = 100
_PLAIN = re.compile(r"[A-Za-z0-9_.*?/\[\]][A-Za-z0-9_.*?/\[\]:@!-]*")
_ODD = re.compile(r"[^A-Za-z0-9_.*?/\[\]:@! -]")


def with_status(run: Run, report: Report, targets: Sequence[str] = ()) -> Report:
    """Set the status of the run's commit; what keeps it from being set is a finding.

    `targets` are those that the run was narrowed to; none means all.
    """
    if report.commit is None:
        return report
    if run.forge is None:
        message = "No status was set: there is no token for the Git host's API, or it is no GitHub"
        return _told(report, message, "Set GITHUB_TOKEN, with statuses: write")
    counts = ", ".join(f"{one.number} {one.word}" for one in summary(report.rows)) or "nothing to compare"
    context = context_of(run.repository, report.command, run.selection, targets)
    try:
        run.forge.set_status(report.commit, context, _state(report.exit), f"{report.exit.name.lower()}: {counts}")
    except ForgeError as error:
        return _told(report, f"No status was set. {error}", "")
    return report


def context_of(repository: str, command: str, selection: Selection, targets: Sequence[str]) -> str:
    """Name a status: `mooring/ID/COMMAND`, and what the run was about where that is not all.

    Two runs about different things never share a name: the one's success would hide the other's failure. At most 100
    characters, all of which are plain; a digest stands for what has no room or is not plain.
    """
    kinds = ("", selection.addresses), ("--select", selection.globs), ("--target", targets)
    said = [(option, word) for option, words in kinds for word in sorted(set(words))]
    base = f"mooring/{repository}/{command}"
    context = " ".join([base, *(part for pair in said for part in pair if part)])
    if len(context) <= _LONGEST and all(_PLAIN.fullmatch(word) for _, word in said):
        return context
    digest = hashlib.sha256(json.dumps([base, said]).encode()).hexdigest()[:12]
    return f"{_ODD.sub('_', context)[: _LONGEST - len(digest) - 1]} {digest}"


def _state(code: Exit) -> StatusState:
    if code in _PASSES:
        return StatusState.SUCCESS
    return StatusState.ERROR if code in _NOT_KNOWN else StatusState.FAILURE


def _told(report: Report, message: str, fix: str) -> Report:
    return replace(report, findings=(*report.findings, Finding(FindingKind.ALERT, None, message, fix)))
