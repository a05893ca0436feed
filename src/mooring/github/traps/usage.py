"""What do the jobs of a workflow have Mooring do, on which events, and with whose token?"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from mooring.github.discovery import TOKENS
from mooring.github.traps.documents import Job, Step, Workflow
from mooring.github.traps.events import ON_REVIEW, possible


class Verb(StrEnum):
    """A command of Mooring."""

    VALIDATE = "validate"
    PLAN = "plan"
    SYNC = "sync"
    DRIFT = "drift"
    ADOPT = "adopt"
    RESOLVE = "resolve"
    ROLLBACK = "rollback"
    PROMOTE = "promote"
    SUSPEND = "suspend"
    RESUME = "resume"
    STATUS = "status"
    DOCTOR = "doctor"
    CHOSEN = "chosen when the job starts"


WRITES = frozenset({Verb.SYNC, Verb.ADOPT, Verb.ROLLBACK, Verb.PROMOTE, Verb.RESOLVE})
"""What changes a platform, or opens pull requests: each of them does the one or the other, by what it finds."""

RECORDS = WRITES | {Verb.DRIFT, Verb.SUSPEND, Verb.RESUME}
"""What writes to the ledger, or pushes a branch."""


class Bearer(StrEnum):
    """Whose token a step asks GitHub with."""

    JOB = "the job's own"
    OTHER = "another one"
    NOBODY = "none"


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that one step does. `version` is that of the action, None where a command line is run."""

    workflow: Workflow
    job: Job
    verb: Verb
    events: frozenset[str]
    bearer: Bearer
    version: str | None = None
    comments: bool = False
    sets_status: bool = False


_ACTION = re.compile(r"[\w.-]+/mooring@(?P<version>\S+)")
_OWN_TOKEN = re.compile(r"\$\{\{\s*(github\.token|secrets\.GITHUB_TOKEN)\s*\}\}")
_EXPRESSION = re.compile(r"\$\{\{[^{}]{0,1000}\}\}")
_ENDS = re.compile(r"([;&|()\n])")
_PROGRAM = re.compile(r"(?:.*/)?mooring(?:\[[\w,-]*\])?(?:[=@]=?[\w.]+)?")
_PYTHON = re.compile(r"(?:.*/)?python[\d.]*")
_CALLERS = frozenset({"-m", "uvx", "uv", "run", "--from", "exec", "sudo", "time", "pipx", "pdm", "poetry", "hatch"})
_NAMES = {verb.value: verb for verb in Verb if verb is not Verb.CHOSEN}


def uses_of(workflow: Workflow) -> Iterator[Use]:
    """Give everything that a workflow has Mooring do, in its order."""
    for job in workflow.jobs:
        at_job = possible(job.condition, workflow.triggers)
        for step in job.steps:
            events = possible(step.condition, at_job)
            found = _ACTION.fullmatch(step.uses)
            if found is not None:
                yield from _by_action(workflow, job, step, events, found["version"])
            elif "mooring" in step.run:
                yield from _by_command(workflow, job, step, events)


def is_of_job(token: str) -> bool:
    """Tell whether a text is the job's own token."""
    return _OWN_TOKEN.fullmatch(token.strip()) is not None


def _by_action(workflow: Workflow, job: Job, step: Step, events: frozenset[str], version: str) -> Iterator[Use]:
    token = step.inputs.get("token", "")
    bearer = Bearer.JOB if not token or is_of_job(token) else Bearer.OTHER
    for verb, on in _verbs(step.inputs.get("command", "auto"), events).items():
        yield Use(
            workflow,
            job,
            verb,
            on,
            bearer,
            version,
            comments=verb is Verb.PLAN and _is_on(step, "comment") and bool(on & {"pull_request"}),
            sets_status=verb in {Verb.SYNC, Verb.DRIFT} and _is_on(step, "commit-status"),
        )


def _verbs(command: str, events: frozenset[str]) -> Mapping[Verb, frozenset[str]]:
    """Give what the action does on which events, as its own table has it."""
    if command != "auto":
        return {_NAMES.get(command, Verb.CHOSEN): events}
    found: dict[Verb, frozenset[str]] = {}
    for event in sorted(events):
        for verb in _automatic(event):
            found[verb] = found.get(verb, frozenset()) | {event}
    return found


def _automatic(event: str) -> tuple[Verb, ...]:
    if event in ON_REVIEW or event == "pull_request_target":
        return (Verb.PLAN,)
    match event:
        case "push":
            return (Verb.SYNC,)
        case "schedule" | "repository_dispatch" | "workflow_dispatch":
            return (Verb.DRIFT, Verb.ADOPT)
        case "workflow_call":  # the caller's event counts, which another file states
            return (Verb.CHOSEN,)
        case _:  # the action stops there and says so
            return ()


def _is_on(step: Step, name: str) -> bool:
    return step.inputs.get(name, "true") != "false"


def _by_command(workflow: Workflow, job: Job, step: Step, events: frozenset[str]) -> Iterator[Use]:
    env = {**workflow.env, **job.env, **step.env}
    token = next((env[name] for name in TOKENS if env.get(name)), "")
    bearer = Bearer.NOBODY if not token else Bearer.JOB if is_of_job(token) else Bearer.OTHER
    for verb, options in _calls(step.run):
        yield Use(
            workflow,
            job,
            verb,
            events,
            bearer,
            comments="--comment" in options,
            sets_status="--commit-status" in options,
        )


def _calls(script: str) -> Iterator[tuple[Verb, frozenset[str]]]:
    """Find the commands of Mooring in a shell script, with the words that follow each."""
    joined = _EXPRESSION.sub("EXPRESSION", script).replace("\\\n", " ")
    lines = (line for line in joined.split("\n") if not line.lstrip().startswith("#"))
    for part in _ENDS.split("\n".join(lines)):
        words = part.split()
        at = next((number for number, word in enumerate(words) if _PROGRAM.fullmatch(word)), None)
        if at is None or not all(_precedes(word) for word in words[:at]):
            continue
        named = [word for word in words[at + 1 :] if word in _NAMES or word == "EXPRESSION"]
        if named:
            yield _NAMES.get(named[0], Verb.CHOSEN), frozenset(words)


def _precedes(word: str) -> bool:
    """Tell what may stand before the program's name: a caller, its options, a variable, what is to be installed."""
    is_caller = word in _CALLERS or word.startswith("-") or "=" in word or _PYTHON.fullmatch(word) is not None
    return is_caller or _PROGRAM.fullmatch(word.strip("\"'")) is not None
