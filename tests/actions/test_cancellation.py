"""A cancelled run stops its step as the runner does, and goes on with what asks to be done even then."""

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mooring.testing.actions.processes import Cancellation
from mooring.testing.actions.results import Conclusion, RunReport

if TYPE_CHECKING:
    from tests.actions.conftest import Stage

AFTER = """
- {id: plain, run: echo no}
- {id: failed, if: failure(), run: echo no}
- {id: cancelled, if: cancelled(), run: 'echo "${{ job.status }}"'}
- {id: always, if: always(), run: echo "ready here"}
"""


def conclusions(report: RunReport) -> dict[str, str]:
    return {step.id: step.conclusion.value for step in report.jobs["it"].steps}


def test_the_entry_process_is_interrupted_first(stage: "Stage") -> None:
    steps = f"""
- id: long
  shell: python
  run: |
    import os, signal
    def told(number, frame):
        os.write(1, b"interrupted\\n")
        os._exit(0)
    signal.signal(signal.SIGINT, told)
    os.write(1, b"ready\\n")
    while True:
        signal.pause()
{AFTER}"""
    report = stage.steps("- uses: actions/setup-python@x\n" + steps, cancellation=Cancellation(at="ready"))
    assert report.step("long").raw == "ready\ninterrupted\n"
    assert report.step("long").exit_code == 0
    assert report.conclusion is Conclusion.CANCELLED
    found = conclusions(report)
    assert [found[name] for name in ("long", "plain", "failed", "cancelled", "always")] == [
        "cancelled",
        "skipped",
        "skipped",
        "success",
        "success",
    ]
    assert report.step("cancelled").raw == "cancelled\n"
    assert "The operation was canceled." in [note.message for note in report.annotations]


def test_who_does_not_listen_is_ended(stage: "Stage") -> None:
    steps = f"""
- id: long
  run: |
    trap '' INT TERM
    echo ready
    while :; do read -r _ < <(sleep 600); done
{AFTER}"""
    report = stage.steps(steps, cancellation=Cancellation(at="ready", until_terminate=0.01, until_kill=0.01))
    assert report.step("long").exit_code == -signal.SIGKILL
    assert report.conclusion is Conclusion.CANCELLED
    assert report.step("always").raw == "ready here\n"


@pytest.mark.parametrize(
    ("command", "until_terminate", "ends_by"),
    [("python", 0.01, -signal.SIGTERM), ("exec python", 60.0, -signal.SIGINT)],
)
def test_what_the_shell_started_hears_nothing_unless_it_takes_its_place(
    stage: "Stage", command: str, until_terminate: float, ends_by: int
) -> None:
    program = "import signal; print('ready', flush=True); signal.pause()"
    cancellation = Cancellation(at="ready", until_terminate=until_terminate, until_kill=60.0)
    steps = f"""- uses: actions/setup-python@x\n- {{id: it, run: "{command} -c \\"{program}\\""}}"""
    report = stage.steps(steps, cancellation=cancellation)
    assert report.step("it").exit_code == ends_by
    assert ("KeyboardInterrupt" in report.raw) is (ends_by == -signal.SIGINT)


def test_a_cancelled_run_starts_no_further_job(stage: "Stage") -> None:
    cancellation = Cancellation()
    cancellation.request()
    report = stage.run(
        """
on: push
jobs:
  first: {runs-on: x, steps: [{run: echo no}]}
  last: {if: always(), needs: first, runs-on: x, steps: [{run: echo no}, {if: always(), run: echo yes}]}
""",
        cancellation=cancellation,
    )
    assert {name: job.conclusion.value for name, job in report.jobs.items()} == {
        "first": "cancelled",
        "last": "cancelled",
    }
    assert report.raw == "yes\n"


def test_what_a_step_left_running_ends_with_the_job(stage: "Stage", tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    report = stage.steps(f"- run: sleep 600 > '{pipe}' & echo started")
    assert report.raw == "started\n"
    os.set_blocking(reader, True)
    assert os.read(reader, 1) == b""  # nobody holds the other end any more
    os.close(reader)
