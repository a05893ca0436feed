"""What do several small runs of one command say together?"""

from collections.abc import Sequence
from dataclasses import replace

from mooring.core.report import Exit, Report
from mooring.core.report import first as worst


def combined(reports: Sequence[Report], done: str) -> Report:
    """Join the reports of the same command over the same targets; `done` is said if all of them did it.

    What is wrong with prompt files is left out: it keeps nobody from writing a note.
    """
    first = reports[0]
    errors: dict[str, dict[str, Exit]] = {}
    for target in (target for report in reports for target in report.targets):
        if target.error is not None:
            errors.setdefault(target.name, {})[target.error] = target.error_exit
    targets = tuple(
        target
        if target.name not in errors
        else replace(target, error=". ".join(errors[target.name]), error_exit=worst(errors[target.name].values()))
        for target in first.targets
    )
    reasons = tuple(reason for report in reports for reason in report.reasons if reason is not Exit.INVALID)
    return replace(first, targets=targets, findings=(), reasons=reasons, notices=() if reasons else (done,))
