"""For how many runs in a row could a target not be read, and from when on does that fail a check?"""

from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import assert_never

from mooring.core.report import Exit, Report, TargetReport, drift_reasons
from mooring.core.state import State


class Reading(StrEnum):
    """How far a check got with a target."""

    WHOLE = "whole"
    """All that was asked was read: whatever was counted begins anew."""
    UNREAD = "unread"
    """It, or a part of it, did not answer: exit 8."""
    STOPPED = "stopped"
    """Something else came first, as a login that is refused. That says nothing about the times in a row."""


def reading(target: TargetReport, fail_on: frozenset[State] | None) -> Reading:
    """Tell how far a drift check got."""
    if Exit.UNKNOWN in _reasons(target, fail_on):
        return Reading.UNREAD
    return Reading.WHOLE if target.complete else Reading.STOPPED


def counted(before: int, seen: Reading, limit: int) -> int:
    """Count a run. Nothing is counted beyond the limit, so that a long outage is not written down run by run."""
    match seen:
        case Reading.WHOLE:
            return 0
        case Reading.UNREAD:
            return before if before >= limit else before + 1
        case Reading.STOPPED:
            return before
        case _:
            assert_never(seen)


def without_unread(report: Report, names: AbstractSet[str]) -> tuple[Exit, ...]:
    """Give the reasons of a drift report but those for what could not be read of these targets."""
    tolerated = [one for one in report.targets if one.name in names]
    forgiven = sum(_reasons(one, report.fail_on).count(Exit.UNKNOWN) for one in tolerated)
    left: list[Exit] = []
    for reason in report.reasons:
        if reason is Exit.UNKNOWN and forgiven > 0:
            forgiven -= 1
        else:
            left.append(reason)
    return tuple(left)


def _reasons(target: TargetReport, fail_on: frozenset[State] | None) -> tuple[Exit, ...]:
    return drift_reasons((target,), fail_on)
