"""What could not be read is counted where the next runner finds it, and a quiet run leaves the ledger alone."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import pytest

from mooring.alerts.patience import MOST_KEPT, PATH, decode, patient
from mooring.core.address import UNKNOWN
from mooring.core.finding import FindingKind
from mooring.core.observation import Observation
from mooring.core.report import Exit, Report, drift_reasons
from mooring.ledger.opening import InFile
from mooring.ports import Ledger, LedgerRefused, ShelfName
from mooring.run import Run, Selection

if TYPE_CHECKING:
    from pathlib import Path

    from tests.alerts.conftest import Runner

See = Callable[..., Observation]
Reported = Callable[..., Report]


@pytest.fixture
def fine(look: See, report: Reported) -> Report:
    return judged(report(look()))


@pytest.fixture
def part(look: See, report: Reported) -> Report:
    return judged(report(look(), look("other", UNKNOWN)))


@pytest.fixture
def dead(look: See, report: Reported) -> Report:
    return judged(report(look(live=UNKNOWN), look("other", UNKNOWN), error="It does not answer."))


def judged(report: Report) -> Report:
    return replace(report, reasons=drift_reasons(report.targets, report.fail_on))


def counts(runner: "Runner") -> dict[str, int]:
    return decode(runner.shelf().read([PATH]).get(PATH))


def asking(run: Run, *globs: str) -> Run:
    return replace(run, selection=Selection(globs=globs))


def exits(run: Run, reports: Sequence[Report], limit: int = 3) -> list[Exit]:
    return [patient(run, one, limit).exit for one in reports]


@dataclass(frozen=True)
class Closed:
    """A ledger that gives no shelf, or one that is out of order: whoever asks it for anything learns of it."""

    error: Exception

    def shelf(self, name: ShelfName) -> None:
        raise self.error


def closed(run: Run, error: Exception) -> Run:
    return replace(run, targets=tuple(replace(one, ledger=cast("Ledger", Closed(error))) for one in run.targets))


def test_the_third_time_in_a_row_fails_and_each_says_which_it_is(filed: "Runner", dead: Report, part: Report) -> None:
    said = [patient(filed.run(), one, 3) for one in (dead, part, dead, part)]
    assert [one.exit for one in said] == [Exit.OK, Exit.OK, Exit.UNKNOWN, Exit.UNKNOWN]
    assert [one.notices for one in said] == [
        ("prod could not be read for the first time; the 3rd in a row fails",),
        ("prod could not be read completely for the 2nd time in a row; the 3rd fails",),
        ("prod could not be read for the 3rd time in a row, or for longer: this fails the run",),
        ("prod could not be read completely for the 3rd time in a row, or for longer: this fails the run",),
    ]
    assert [one.targets for one in said] == [dead.targets, part.targets, dead.targets, part.targets]
    assert not any(one.findings for one in said)
    assert counts(filed) == {"all": 3}


@pytest.mark.parametrize(("number", "word"), [(2, "2nd"), (4, "4th"), (11, "11th"), (13, "13th"), (22, "22nd")])
def test_ordinals(filed: "Runner", dead: Report, number: int, word: str) -> None:
    (notice,) = patient(filed.run(), dead, number).notices
    assert notice.endswith(f"; the {word} in a row fails")


def test_a_run_that_reads_all_begins_anew(filed: "Runner", dead: Report, fine: Report) -> None:
    run = filed.run()
    assert exits(run, [dead, dead, fine, dead, dead, dead]) == [Exit.OK] * 5 + [Exit.UNKNOWN]
    assert patient(run, fine, 3) == fine
    assert filed.shelf().read([PATH]) == {}


def test_what_else_is_wrong_fails_at_once(filed: "Runner", look: See, report: Reported, dead: Report) -> None:
    run = filed.run()
    edited = judged(report(look(live="2"), look("other", UNKNOWN)))
    (target,) = dead.targets
    refused = judged(replace(dead, targets=(replace(target, error_exit=Exit.DENIED),)))
    assert exits(run, [edited, refused]) == [Exit.ATTENTION, Exit.DENIED]
    assert counts(filed) == {"all": 1}, "a refused login counts neither for nor against"
    failed = replace(dead, error="The selection names nothing", reasons=(Exit.USAGE, *dead.reasons))
    assert patient(run, failed, 3) is failed


def test_a_quiet_run_writes_nothing_and_one_that_waits_for_nothing_asks_nothing(
    runner: "Runner", fine: Report, dead: Report
) -> None:
    nobody = closed(runner.run(), AssertionError("the ledger was asked"))
    assert patient(nobody, fine, 1) is fine
    assert patient(nobody, dead, 1) is dead
    before = runner.refs()
    assert patient(runner.run(), fine, 3) == fine
    assert runner.refs() == before
    assert exits(runner.run(), [dead, dead, dead])[-1] is Exit.UNKNOWN
    counted = runner.refs()
    assert exits(runner.run(), [dead, dead]) == [Exit.UNKNOWN] * 2
    assert runner.refs() == counted, "a long outage is not written down run by run"


def test_runs_about_different_things_do_not_count_for_each_other(filed: "Runner", dead: Report, fine: Report) -> None:
    whole, some, other = filed.run(), asking(filed.run(), "a/*", "b/*"), asking(filed.run(), "c")
    assert exits(whole, [dead, dead]) == [Exit.OK] * 2
    assert exits(some, [dead, fine]) == [Exit.OK] * 2
    assert exits(other, [dead]) == [Exit.OK]
    assert exits(asking(filed.run(), "b/*", "a/*"), [dead, dead]) == [Exit.OK] * 2, "one question, however it is put"
    assert exits(some, [dead]) == [Exit.UNKNOWN]
    assert exits(whole, [dead]) == [Exit.UNKNOWN], "what a gate asked about some took nothing back"


def test_targets_count_each_for_itself(filed: "Runner", dead: Report, fine: Report, tmp_path: "Path") -> None:
    run = filed.run()
    beside = replace(filed, place=InFile(tmp_path / "beside.json")).run().targets[0]
    both = replace(run, targets=(*run.targets, replace(beside, name="dev")))
    (ill,), (well,) = dead.targets, fine.targets
    assert exits(both, [judged(replace(dead, targets=(ill, replace(well, name="dev"))))] * 2, 2) == [
        Exit.OK,
        Exit.UNKNOWN,
    ]
    late = patient(both, judged(replace(dead, targets=(ill, replace(ill, name="dev")))), 2)
    assert late.reasons == (Exit.UNKNOWN,)
    assert late.notices[1] == "dev could not be read for the first time; the 2nd in a row fails"


def test_old_questions_are_forgotten(filed: "Runner", dead: Report) -> None:
    for number in range(MOST_KEPT + 2):
        patient(asking(filed.run(), f"p{number}"), dead, 3)
    patient(filed.run(), dead, 3)
    assert len(counts(filed)) == MOST_KEPT
    assert exits(asking(filed.run(), f"p{MOST_KEPT + 1}"), [dead, dead]) == [Exit.OK, Exit.UNKNOWN]


def test_two_runners_at_once_both_count(runners: "tuple[Runner, Runner]", dead: Report) -> None:
    start, ends = threading.Barrier(2), list[Exit]()

    def count(number: int) -> None:
        run = replace(runners[number].run(), id=f"run {number}")
        start.wait()
        ends.append(patient(run, dead, 2).exit)

    threads = [threading.Thread(target=count, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == [Exit.OK, Exit.UNKNOWN]
    assert counts(runners[0]) == counts(runners[1]) == {"all": 2}


def test_the_count_and_the_incidents_do_not_take_each_others_place(filed: "Runner", dead: Report) -> None:
    filed.shelf().change(["incidents.json"], lambda _: {"incidents.json": b"{}"}, "a book\n")
    patient(filed.run(), dead, 3)
    assert filed.shelf().read([PATH, "incidents.json"])["incidents.json"] == b"{}"


def test_a_count_that_cannot_be_kept_fails_at_once_and_says_why(runner: "Runner", dead: Report, fine: Report) -> None:
    shut = closed(runner.run(), LedgerRefused("The ledger refused the write."))
    said = patient(shut, dead, 3)
    assert (said.exit, said.notices) == (Exit.UNKNOWN, ())
    (finding,) = said.findings
    assert finding.kind is FindingKind.LEDGER
    assert finding.message == (
        "How often in a row prod could not be read is not known, so that fails this run at once: "
        "The ledger refused the write"
    )
    read = patient(shut, fine, 3)
    assert read.exit is Exit.OK
    assert [one.message for one in read.findings] == [
        "That prod was read could not be noted, and earlier failures still count: The ledger refused the write"
    ]


def test_a_remote_that_takes_no_write_fails_at_once(runner: "Runner", dead: Report) -> None:
    hook = runner.folder.parent / "remote.git" / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    said = patient(runner.run(), dead, 3)
    assert said.exit is Exit.UNKNOWN
    assert "refused the write" in said.findings[0].message


@pytest.mark.parametrize(
    "kept", [b"[]", b"{", b'{"schema": "mooring/unknown/9", "in_a_row": {}}', b'{"schema": "mooring/unknown/1"}']
)
def test_a_count_that_nobody_can_read_is_left_as_it_is(filed: "Runner", dead: Report, kept: bytes) -> None:
    filed.shelf().change([PATH], lambda _: {PATH: kept}, "by hand\n")
    said = patient(filed.run(), dead, 3)
    assert said.exit is Exit.UNKNOWN
    assert PATH in said.findings[0].message
    assert filed.shelf().read([PATH])[PATH] == kept
