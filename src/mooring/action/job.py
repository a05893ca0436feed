"""How does a job on GitHub run its commands, and what does it show of them?

Everything that a command prints is printed while GitHub's workflow commands are off
(https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands, stop-commands): the name of a
prompt may be one. What is meant as a command, the annotations, comes after it from a file.
"""

import hashlib
import json
import os
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mooring.action.event import Event, event_of
from mooring.action.git_access import credential, identity
from mooring.action.inputs import InputProblem, inputs_of
from mooring.action.steps import Step, steps_of
from mooring.clock import SystemClock
from mooring.core.report import Exit, first

CommandLine = Callable[[Sequence[str]], int]

_OUTPUT = "GITHUB_OUTPUT"


@dataclass(frozen=True, slots=True)
class Ended:
    """A step that ran, and its exit code."""

    step: Step
    code: Exit


def run_job(run: CommandLine, environment: Mapping[str, str]) -> int:
    """Run what the event and the inputs ask for, and give the job's exit code."""
    try:
        inputs = inputs_of(environment)
        event = event_of(environment, _payload(environment))
        steps = steps_of(event, inputs)
    except InputProblem as error:
        _say(f"::error title=mooring::{_data(str(error))}")
        _outputs(environment, {"exit": str(int(Exit.USAGE)), "name": Exit.USAGE.name.lower()})
        return int(Exit.USAGE)
    os.environ.update(_handed_over(event, inputs.token, environment))
    shared = ["--config", inputs.config] if inputs.config else []
    ended = _run_all(run, steps, shared, environment)
    code = verdict(ended)
    told = first(one.code for one in ended)
    _outputs(
        environment,
        {"exit": str(int(told)), "name": told.name.lower(), "read-cache": _read_cache(SystemClock().now()[:10])},
    )
    return int(code)


def verdict(ended: Sequence[Ended]) -> Exit:
    """Decide how the job ends: by the gravest exit code that its step does not forgive."""
    return first(one.code for one in ended if one.code not in one.step.forgives)


def _run_all(
    run: CommandLine, steps: Sequence[Step], shared: Sequence[str], environment: Mapping[str, str]
) -> list[Ended]:
    ended: list[Ended] = []
    for step in steps:
        if step.after is not None and not {one.code for one in ended} <= step.after:
            continue
        ended.append(Ended(step, _run(run, step, shared, environment)))
        if ended[-1].code in {Exit.INTERRUPTED, Exit.TERMINATED}:
            break
    return ended


def _run(run: CommandLine, step: Step, shared: Sequence[str], environment: Mapping[str, str]) -> Exit:
    folder = Path(environment.get("RUNNER_TEMP") or ".")
    report = folder / f"mooring-{step.command}-{secrets.token_hex(4)}.json"
    annotations = report.with_suffix(".annotations")
    formats = ["-o", "text", "-o", f"github={annotations}", "-o", f"json={report}"]
    command, *rest = step.arguments
    _say(f"::group::mooring {command}")
    with _inert(), _outputs_of(step):
        code = Exit(run([*shared, command, *formats, *rest]))
    _say("::endgroup::")
    if annotations.is_file():
        _say(annotations.read_text(encoding="utf-8").rstrip("\n"))
        annotations.unlink()
    if step.tells and report.is_file():
        _outputs(environment, {"report": str(report)})
    return code


@contextmanager
def _inert() -> Iterator[None]:
    """Let nothing that is printed within be a command to GitHub."""
    token = secrets.token_hex(16)
    _say(f"::stop-commands::{token}")
    try:
        yield
    finally:
        sys.stderr.flush()
        _say(f"::{token}::")


@contextmanager
def _outputs_of(step: Step) -> Iterator[None]:
    """Keep a step that only stands beside another one from telling the job's outputs."""
    there = None if step.tells else os.environ.pop(_OUTPUT, None)
    try:
        yield
    finally:
        if there is not None:
            os.environ[_OUTPUT] = there


def _handed_over(event: Event, token: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Give what the commands find in their environment beside what the job has."""
    given = identity(event.author, environment) | credential(Path(), token, environment)
    named = environment.get("GH_TOKEN") or environment.get("GITHUB_TOKEN")
    return given if named or not token else {**given, "GITHUB_TOKEN": token}


def _read_cache(today: str) -> str:
    """Name what is remembered of platforms, by which a job tells whether there is something new to keep.

    Versions that are new count at once; the newest survey is worth keeping once a day, as it serves for one.
    """
    from mooring.git.repository import find_repository
    from mooring.ports import HistoryError
    from mooring.recall import LocalRecall

    try:
        known = LocalRecall(find_repository(Path()).own / "live.sqlite").known()
    except HistoryError:
        return ""
    digest = hashlib.sha256("\n".join(known).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{today}-{digest[:32]}" if known else ""


def _payload(environment: Mapping[str, str]) -> Mapping[str, Any]:
    try:
        found = json.loads(Path(environment.get("GITHUB_EVENT_PATH") or os.devnull).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _outputs(environment: Mapping[str, str], told: Mapping[str, str]) -> None:
    path = environment.get(_OUTPUT)
    if path:
        with Path(path).open("a", encoding="utf-8", newline="\n") as file:
            file.write("".join(f"{name}={value}\n" for name, value in told.items()))


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # a job's log is standard output


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
