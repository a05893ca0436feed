"""Which prompts does a merge bring into Git of targets to which a sync writes nothing?"""

from collections.abc import Collection
from dataclasses import dataclass

from mooring.core.policy import Mode
from mooring.core.report import Report
from mooring.core.state import State
from mooring.core.verdict import Action
from mooring.git.full import FullHistory
from mooring.git.history import GitHistory
from mooring.git.repository import Inputs
from mooring.ports import HistoryError
from mooring.reports.observing import Observing


@dataclass(frozen=True, slots=True)
class Before:
    """The commit that a merge goes onto, where it is known, and how its prompts are read."""

    full: FullHistory
    inputs: Inputs
    commit: str | None


def observed(report: Report, before: Before) -> Observing:
    """Give what is new in Git where only that is new; nothing where the commit before is not to be had."""
    rows = [one.row for one in report.rows]
    waiting = [
        row
        for row in rows
        if row.verdict.state is State.PENDING_CREATE
        and row.verdict.action is Action.REPORT
        and row.seen.settings.mode is Mode.OBSERVE
    ]
    known = _known(before) if waiting else None
    if known is None:
        return Observing()
    new = [row.address for row in waiting if row.address.prompt not in known]
    return Observing(
        tuple(sorted({one.target for one in new})),
        tuple(sorted({one.prompt for one in new})),
    )


def _known(before: Before) -> Collection[str] | None:
    if before.commit is None:
        return None
    try:
        return GitHistory(before.full, before.inputs, before.commit).desired().prompts.keys()
    except HistoryError:
        return None
