"""Does what could not be read fail this run, or is it waited for a few runs more?

The count is kept in the ledger beside the incidents, so it does not matter which runner comes next. A run that read
everything writes only where there is a count to take back.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mooring.alerts.book import BookUnreadable
from mooring.core.finding import Finding, FindingKind
from mooring.core.incident import fingerprint
from mooring.core.patience import Reading, counted, reading, without_unread
from mooring.core.report import Report, TargetReport
from mooring.ports import Files, LedgerError, ShelfName
from mooring.run import Run, Selection, Target

PATH = "unknown.json"
SCHEMA = "mooring/unknown/1"
MOST_KEPT = 50
"""Questions (see `question`) of one target that are counted at once; of more, the oldest are forgotten."""

_EVERYTHING = "all"
_FIX = "Let this identity write to the ledger, or leave out --unknown-after"


@dataclass(frozen=True, slots=True)
class _Said:
    """What comes of one target: whether it is waited for, and what there is to say."""

    name: str
    is_tolerated: bool = False
    notice: str = ""
    finding: Finding | None = None


def patient(run: Run, report: Report, limit: int) -> Report:
    """Let what a drift check could not read fail it only from the `limit`-th run in a row on; 1 asks no ledger."""
    if limit <= 1 or report.error is not None:
        return report
    targets = {one.name: one for one in run.targets}
    said = [_of_target(run, targets[one.name], one, report, limit) for one in report.targets]
    return replace(
        report,
        reasons=without_unread(report, {one.name for one in said if one.is_tolerated}),
        notices=(*report.notices, *(one.notice for one in said if one.notice)),
        findings=(*report.findings, *(one.finding for one in said if one.finding is not None)),
    )


def question(selection: Selection) -> str:
    """Name what a run asks about: runs about different things do not count for each other."""
    if selection.is_all:
        return _EVERYTHING
    return fingerprint(*sorted(set(selection.addresses)), "", *sorted(set(selection.globs)))


def _of_target(run: Run, target: Target, seen: TargetReport, report: Report, limit: int) -> _Said:
    how = reading(seen, report.fail_on)
    if how is Reading.STOPPED:
        return _Said(target.name)
    try:
        count = _kept(run, target, how, limit)
    except (LedgerError, BookUnreadable) as error:
        return _Said(target.name, finding=_uncounted(target.name, how, error))
    if how is Reading.WHOLE:
        return _Said(target.name)
    return _Said(target.name, count < limit, _notice(seen, count, limit))


def _kept(run: Run, target: Target, how: Reading, limit: int) -> int:
    """Count this run in the ledger and give the count; raises LedgerError or BookUnreadable."""
    asked, count = question(run.selection), 0

    def count_on(files: Files) -> Mapping[str, bytes | None]:
        nonlocal count
        before = decode(files.get(PATH))
        count = counted(before.get(asked, 0), how, limit)
        if count == before.get(asked, 0):
            return {}
        others = {name: number for name, number in before.items() if name != asked}
        return {PATH: encode({**others, asked: count} if count else others)}

    # With its run in the message no two runs make the same commit, which the ledger would take for one write.
    message = f"unknown {target.name}: count run {run.id}\n"
    target.ledger.shelf(ShelfName.INCIDENTS).change((PATH,), count_on, message)
    return count


def encode(counts: Mapping[str, int]) -> bytes | None:
    """Give the counts as JSON, None where there is nothing to keep; what was counted last comes last."""
    kept = dict(list(counts.items())[-MOST_KEPT:])
    return (json.dumps({"schema": SCHEMA, "in_a_row": kept}, indent=0) + "\n").encode() if kept else None


def decode(data: bytes | None) -> dict[str, int]:
    """Read the counts, none where nothing is kept; raises BookUnreadable."""
    if data is None:
        return {}
    try:
        document: dict[str, Any] = json.loads(data)
        if document["schema"] != SCHEMA:
            raise BookUnreadable(f"{PATH} is written as {document['schema']!r}, which this version does not know")
        return {str(name): int(number) for name, number in document["in_a_row"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BookUnreadable(f"{PATH} is damaged ({type(error).__name__})") from error


def _notice(seen: TargetReport, count: int, limit: int) -> str:
    completely = " completely" if seen.error is None else ""
    said = f"{seen.name} could not be read{completely}"
    if count >= limit:
        return f"{said} for the {_ordinal(limit)} time in a row, or for longer: this fails the run"
    if count == 1:
        return f"{said} for the first time; the {_ordinal(limit)} in a row fails"
    return f"{said} for the {_ordinal(count)} time in a row; the {_ordinal(limit)} fails"


def _ordinal(number: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if 10 < number % 100 < 20 else endings.get(number % 10, 'th')}"


def _uncounted(name: str, how: Reading, error: Exception) -> Finding:
    why = str(error).rstrip(".")
    if how is Reading.UNREAD:
        text = f"How often in a row {name} could not be read is not known, so that fails this run at once: {why}"
    else:
        text = f"That {name} was read could not be noted, and earlier failures still count: {why}"
    return Finding(FindingKind.LEDGER, None, text, _FIX)
