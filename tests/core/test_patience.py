"""What could not be read fails from the Nth time in a row on; what else is wrong fails at once."""

from collections.abc import Callable

import pytest

from mooring.core.address import INVALID, UNKNOWN, ContentHash
from mooring.core.judge import judge
from mooring.core.observation import Observation
from mooring.core.patience import Reading, counted, reading, without_unread
from mooring.core.plan import Row
from mooring.core.report import AddressReport, Exit, Report, TargetReport, drift_reasons, first
from mooring.core.state import State

See = Callable[..., Observation]
H1, H2 = (ContentHash("sha256:" + digit * 64) for digit in "12")
WHOLE, UNREAD, STOPPED = Reading.WHOLE, Reading.UNREAD, Reading.STOPPED


def target(name: str, *seen: Observation, stopped: Exit = Exit.OK) -> TargetReport:
    rows = tuple(AddressReport(Row(one, judge(one))) for one in seen)
    return TargetReport(name, "memory", rows, error="No." if stopped is not Exit.OK else None, error_exit=stopped)


def checked(*targets: TargetReport, fail_on: frozenset[State] | None = None) -> Report:
    return Report("drift", "run", "c" * 40, targets, reasons=drift_reasons(targets, fail_on), fail_on=fail_on)


@pytest.mark.parametrize(
    ("before", "seen", "limit", "after"),
    [
        (0, WHOLE, 3, 0),
        (2, WHOLE, 3, 0),
        (9, WHOLE, 3, 0),
        (0, UNREAD, 3, 1),
        (1, UNREAD, 3, 2),
        (2, UNREAD, 3, 3),
        (3, UNREAD, 3, 3),
        (7, UNREAD, 3, 7),
        (3, UNREAD, 5, 4),
        (0, UNREAD, 1, 1),
        (0, STOPPED, 3, 0),
        (2, STOPPED, 3, 2),
    ],
)
def test_only_what_was_not_read_counts_and_no_further_than_matters(
    before: int, seen: Reading, limit: int, after: int
) -> None:
    assert counted(before, seen, limit) == after


def test_how_far_a_check_got(see: See) -> None:
    fine, unread = see(H1, H1, H1), see(H1, H1, UNKNOWN)
    assert reading(target("a", fine, see(H1, H1, H2)), None) is WHOLE
    assert reading(target("a"), None) is WHOLE
    assert reading(target("a", fine, unread), None) is UNREAD
    assert reading(target("a", fine, unread), frozenset({State.MISSING})) is UNREAD
    assert reading(target("a", unread, stopped=Exit.UNKNOWN), None) is UNREAD
    assert reading(target("a", stopped=Exit.UNKNOWN), None) is UNREAD
    for code in (Exit.DENIED, Exit.USAGE, Exit.LOCKED):
        assert reading(target("a", unread, stopped=code), None) is STOPPED
    assert reading(target("a", fine, see(INVALID, H1, UNKNOWN)), None) is STOPPED, "no file says what was to be read"


def test_tolerance_takes_away_what_was_not_read_of_these_targets_and_nothing_else(see: See) -> None:
    unread, edited = see(H1, H1, UNKNOWN), see(H1, H1, H2)
    report = checked(
        target("a", unread, unread, edited),
        target("b", unread),
        target("c", unread, stopped=Exit.UNKNOWN),
        target("d", unread, stopped=Exit.DENIED),
    )
    assert without_unread(report, frozenset()) == report.reasons
    for names, left in (("a", 2), ("b", 3), ("abc", 0), ("abcd", 0)):
        reasons = without_unread(report, frozenset(names))
        assert reasons.count(Exit.UNKNOWN) == left
        assert [one for one in reasons if one is not Exit.UNKNOWN] == [Exit.ATTENTION, Exit.DENIED]
    assert first(without_unread(checked(target("a", unread, edited)), frozenset("a"))) is Exit.ATTENTION
    assert first(without_unread(checked(target("a", unread)), frozenset("a"))) is Exit.OK


def test_a_reason_of_the_run_itself_stays(see: See) -> None:
    one = target("a", see(H1, H1, UNKNOWN))
    report = checked(one, fail_on=frozenset({State.MISSING}))
    more = Report("drift", "run", None, (one,), reasons=(*report.reasons, Exit.UNKNOWN), fail_on=report.fail_on)
    assert without_unread(more, frozenset("a")) == (Exit.UNKNOWN,)
