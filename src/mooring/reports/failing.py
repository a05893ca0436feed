"""For which exit code is an address to blame?"""

from dataclasses import replace

from mooring.core.report import (
    AddressReport,
    Exit,
    Report,
    TargetReport,
    drift_reasons,
    first,
    plan_reasons,
    sync_reasons,
)


def exit_of(report: Report, target: TargetReport, one: AddressReport) -> Exit:
    """Give the gravest exit that one address of a report brings about; OK where it fails nothing.

    The rules are those that made the exit of the whole. A reason that the command itself left out, as `plan` does
    with changes, is nobody's.
    """
    alone = (replace(target, addresses=(one,), guards=(), error=None),)
    given = set(report.reasons)
    if report.command == "drift":
        return first(reason for reason in drift_reasons(alone, report.fail_on) if reason in given)
    return first(reason for reason in (*plan_reasons(alone), *sync_reasons(alone)) if reason in given)
