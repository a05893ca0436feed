"""A schedule that meets an outage: green twice, red the third time, green again when it is over."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.schedule.conftest import Job, Statuses

THRICE = ("drift", "--unknown-after", "3")


def states(report: object) -> set[str]:
    return {one["state"] for target in report["targets"] for one in target["addresses"]}  # type: ignore[index]


def test_an_outage_fails_from_the_third_run_on_and_is_never_shown_as_anything_else(
    job: "Job", statuses: "Statuses"
) -> None:
    job.begun()
    quiet = job.ledger()
    assert job.mooring(*THRICE)[0] == 0
    assert job.ledger() == quiet
    job.fails()
    said = []
    for _ in range(3):
        code, report = job.mooring(*THRICE, "--commit-status")
        assert states(report) == {"unknown"}
        assert report["exit"]["code"] == code
        assert report["notices"][-1] in job.text
        assert "unknown" in job.text
        said.append((code, *statuses.said()))
    assert said == [
        (0, "success", "ok so far: 3 unknown"),
        (0, "success", "ok so far: 3 unknown"),
        (8, "error", "unknown: 3 unknown"),
    ]
    assert job.mooring("drift")[0] == 8, "who does not wait is told at once"
    job.answers()
    assert job.mooring(*THRICE)[0] == 0
    job.fails()
    assert job.mooring(*THRICE)[0] == 0


def test_a_login_that_is_refused_is_not_waited_for(job: "Job", monkeypatch: pytest.MonkeyPatch) -> None:
    job.begun()
    monkeypatch.setenv("LF_SECRET", "sk-lf-wrong")
    assert job.mooring(*THRICE)[0] == 77
    monkeypatch.delenv("LF_SECRET")
    assert job.mooring(*THRICE)[0] in {64, 65}


def test_a_ledger_out_of_reach_fails_at_once_and_says_why(job: "Job") -> None:
    job.begun()
    (job.folder.parent / "remote.git").rename(job.folder.parent / "gone.git")
    code, report = job.mooring(*THRICE)
    assert code == 8
    (finding,) = (one for one in report["findings"] if one["kind"] == "ledger")
    assert finding["message"].startswith("How often in a row prod could not be read is not known")


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_a_number_that_makes_no_sense_is_a_usage_error(job: "Job", number: str) -> None:
    assert job.mooring("drift", "--unknown-after", number)[0] == 64
