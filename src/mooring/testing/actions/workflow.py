"""What do a workflow's and an action's files ask for?

The keys are those of "Workflow syntax for GitHub Actions" and "Metadata syntax reference"; a key that this runner does
not know is refused, as GitHub refuses one that it does not know.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from mooring.testing.actions.invalid import Invalid, StepFailed
from mooring.testing.actions.reading import mapping, only, read, texts
from mooring.testing.actions.values import Value, is_list, text

_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_WORKFLOW = frozenset({"name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs"})
_JOB = frozenset(
    {
        "name",
        "permissions",
        "needs",
        "if",
        "runs-on",
        "environment",
        "concurrency",
        "outputs",
        "env",
        "defaults",
        "steps",
    }
    | {"timeout-minutes", "strategy", "continue-on-error"}
)
_STEP = frozenset(
    {
        "id",
        "if",
        "name",
        "uses",
        "run",
        "shell",
        "working-directory",
        "with",
        "env",
        "continue-on-error",
        "timeout-minutes",
    }
)
_ACTION = frozenset({"name", "author", "description", "inputs", "outputs", "runs", "branding"})
_SCOPES = frozenset(
    {"actions", "attestations", "checks", "contents", "deployments", "discussions", "id-token", "issues", "models"}
    | {"packages", "pages", "pull-requests", "repository-projects", "security-events", "statuses"}
)
_LEVELS = frozenset({"read", "write", "none"})


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `label` says which one, in errors and in the log."""

    label: str
    id: str
    name: Value
    condition: Value
    uses: str
    run: Value
    inputs: Mapping[str, Value]
    env: Mapping[str, Value]
    shell: Value
    folder: Value
    may_fail: Value


@dataclass(frozen=True, slots=True)
class Job:
    """One job, with all that holds for it alone."""

    id: str
    name: Value
    needs: tuple[str, ...]
    condition: Value
    permissions: Mapping[str, str] | None
    environment: Value
    concurrency: Value
    env: Mapping[str, Value]
    defaults: Mapping[str, Value]
    outputs: Mapping[str, Value]
    may_fail: Value
    steps: tuple[Step, ...]
    matrix: tuple[Mapping[str, Value], ...]
    """What each of its runs is given; one empty row where it has no matrix."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow file."""

    name: str
    on: Value
    permissions: Mapping[str, str] | None
    concurrency: Value
    env: Mapping[str, Value]
    defaults: Mapping[str, Value]
    jobs: Mapping[str, Job]


@dataclass(frozen=True, slots=True)
class Action:
    """A composite action's file. An input's default is None where it has none."""

    name: str
    folder: Path
    inputs: Mapping[str, Value]
    required: frozenset[str]
    outputs: Mapping[str, Value]
    steps: tuple[Step, ...]


def read_workflow(source: str | Path, path: str) -> Workflow:
    """Read a workflow, from a file or a text; `path` is its place in the repository. Raises Invalid."""
    found = read(source)
    only(found, _WORKFLOW, "the workflow")
    if "on" not in found:
        raise Invalid("Required property is missing: on")
    jobs = mapping(found.get("jobs"), "jobs")
    if not jobs:
        raise Invalid("Required property is missing: jobs")
    read_jobs = {name: _job(name, mapping(one, f"jobs.{name}")) for name, one in jobs.items()}
    for job in read_jobs.values():
        strange = [name for name in job.needs if name not in read_jobs]
        if strange:
            raise Invalid(f"Job '{job.id}' depends on unknown job '{strange[0]}'")
    return Workflow(
        text(found.get("name")) or path,
        found["on"],
        permissions(found, "permissions"),
        found.get("concurrency"),
        mapping(found.get("env"), "env"),
        _defaults(found),
        read_jobs,
    )


def read_action(folder: Path) -> Action:
    """Read a folder's composite action; raises StepFailed where there is none, Invalid for one of another kind."""
    file = next((folder / name for name in ("action.yml", "action.yaml") if (folder / name).is_file()), None)
    if file is None:
        raise StepFailed(
            f"Can't find 'action.yml' or 'action.yaml' under '{folder}'. Did you forget to run actions/checkout before "
            "running your local action?"
        )
    found = read(file)
    only(found, _ACTION, file.name)
    runs = mapping(found.get("runs"), "runs")
    if runs.get("using") != "composite":
        raise Invalid(f"'using: {text(runs.get('using'))}' is not what this runner runs: only composite actions")
    only(runs, frozenset({"using", "steps"}), "runs")
    declared = {name: mapping(one, f"inputs.{name}") for name, one in mapping(found.get("inputs"), "inputs").items()}
    for name, one in declared.items():
        only(one, frozenset({"description", "required", "default", "deprecationMessage"}), f"inputs.{name}")
    outputs = {name: mapping(one, f"outputs.{name}") for name, one in mapping(found.get("outputs"), "outputs").items()}
    steps = _steps(runs.get("steps"), "runs.steps")
    bare = next((step.label for step in steps if step.run is not None and step.shell is None), None)
    if bare is not None:
        raise Invalid(f"Required property is missing: shell, at {bare}")
    return Action(
        text(found.get("name")),
        folder,
        {name: one.get("default") for name, one in declared.items()},
        frozenset(name for name, one in declared.items() if text(one.get("required")) == "true"),
        {name: one.get("value") for name, one in outputs.items()},
        steps,
    )


def permissions(found: Mapping[str, Value], where: str) -> Mapping[str, str] | None:
    """Give the rights that `permissions` names, all others none; None where it is not there. Raises Invalid."""
    if "permissions" not in found:
        return None
    stated = found["permissions"]
    if stated in ("read-all", "write-all"):
        return dict.fromkeys(_SCOPES, text(stated).partition("-")[0])
    levels = {name: text(level) for name, level in mapping(stated, where).items()}
    only(levels, _SCOPES, where)
    wrong = sorted(set(levels.values()) - _LEVELS)
    if wrong:
        raise Invalid(f"Unexpected value '{wrong[0]}' at {where}")
    return {**dict.fromkeys(_SCOPES, "none"), **levels}


def _job(name: str, found: Mapping[str, Value]) -> Job:
    where = f"jobs.{name}"
    if not _ID.fullmatch(name):
        raise Invalid(f"The identifier '{name}' is invalid")
    only(found, _JOB, where)
    if "runs-on" not in found:
        raise Invalid(f"Required property is missing: runs-on, at {where}")
    return Job(
        name,
        found.get("name"),
        texts(found.get("needs"), f"{where}.needs"),
        found.get("if"),
        permissions(found, f"{where}.permissions"),
        found.get("environment"),
        found.get("concurrency"),
        mapping(found.get("env"), f"{where}.env"),
        _defaults(found),
        mapping(found.get("outputs"), f"{where}.outputs"),
        found.get("continue-on-error"),
        _steps(found.get("steps"), f"{where}.steps"),
        _matrix(found.get("strategy"), where),
    )


def _steps(found: Value, where: str) -> tuple[Step, ...]:
    if not isinstance(found, Sequence) or isinstance(found, str) or not found:
        raise Invalid(f"Required property is missing: {where}")
    steps = tuple(_step(mapping(one, where), f"{where}[{at}]") for at, one in enumerate(found))
    ids = [step.id for step in steps if step.id]
    double = next((one for one in ids if ids.count(one) > 1), None)
    if double is not None:
        raise Invalid(f"The identifier '{double}' may not be used more than once within the same scope, at {where}")
    return steps


def _step(found: Mapping[str, Value], label: str) -> Step:
    only(found, _STEP, label)
    if ("run" in found) == ("uses" in found):
        raise Invalid(f"A step has either `run` or `uses`: {label}")
    name = text(found.get("id"))
    if name and not _ID.fullmatch(name):
        raise Invalid(f"The identifier '{name}' is invalid, at {label}")
    return Step(
        label,
        name,
        found.get("name"),
        found.get("if"),
        text(found.get("uses")),
        found.get("run"),
        mapping(found.get("with"), f"{label}.with"),
        mapping(found.get("env"), f"{label}.env"),
        found.get("shell"),
        found.get("working-directory"),
        found.get("continue-on-error"),
    )


def _defaults(found: Mapping[str, Value]) -> Mapping[str, Value]:
    defaults = mapping(found.get("defaults"), "defaults")
    only(defaults, frozenset({"run"}), "defaults")
    run = mapping(defaults.get("run"), "defaults.run")
    only(run, frozenset({"shell", "working-directory"}), "defaults.run")
    return run


def _matrix(strategy: Value, where: str) -> tuple[Mapping[str, Value], ...]:
    found = mapping(strategy, f"{where}.strategy")
    only(found, frozenset({"matrix", "fail-fast", "max-parallel"}), f"{where}.strategy")
    matrix = mapping(found.get("matrix"), f"{where}.strategy.matrix")
    axes: list[Sequence[Value]] = []
    for name, values in matrix.items():
        if name in {"include", "exclude"} or not is_list(values):
            raise Invalid(f"{where}.strategy.matrix.{name} is more than this runner knows: lists of values alone")
        axes.append(values)
    return tuple(dict(zip(matrix, row, strict=True)) for row in product(*axes))
