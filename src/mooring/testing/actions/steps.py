"""How does one step run, and how do the steps of a job or of a composite action run one after another?"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mooring.testing.actions.command_files import SUMMARY_CAP, CommandFiles
from mooring.testing.actions.contexts import Place, files_function, scope, status_functions
from mooring.testing.actions.evaluation import Scope, filled, filled_text, holds
from mooring.testing.actions.invalid import Invalid, StepFailed
from mooring.testing.actions.log import Level, StepLog
from mooring.testing.actions.machine import Machine
from mooring.testing.actions.processes import Cancellation, Launch, run
from mooring.testing.actions.results import Conclusion, StepReport
from mooring.testing.actions.site import StandIn, StepContext, StepResult
from mooring.testing.actions.values import Value, text, truthy
from mooring.testing.actions.workflow import Step, read_action

SHELLS: Mapping[str, str] = {
    "": "bash -e {0}",
    "bash": "bash --noprofile --norc -e -o pipefail {0}",
    "sh": "sh -e {0}",
    "python": "python {0}",
}
"""What `shell` stands for ("Workflow syntax for GitHub Actions", section on `shell`); '' is where none is named."""
_ENDINGS = {"bash": ".sh", "sh": ".sh", "python": ".py"}


@dataclass(slots=True)
class Frame:
    """The steps that see each other: a job's own, or those of one use of a composite action."""

    inside: bool = False
    """Whether it is a composite action's."""
    inputs: Mapping[str, Value] | None = None
    action: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    """The `env` of the step that uses the action."""
    steps: dict[str, Value] = field(default_factory=dict[str, Value])
    status: Conclusion = Conclusion.SUCCESS


@dataclass(slots=True)
class _At:
    """A step that runs, and what is known of it while it does."""

    step: Step
    frame: Frame
    env: dict[str, str]
    """Its own `env`, and that of the steps around it."""
    log: StepLog
    name: str = ""

    def whole(self, machine: Machine) -> dict[str, str]:
        """Give the `env` context: the job's, then its own."""
        return {**machine.environment, **self.env}


@dataclass(slots=True)
class _Done:
    """How a step went, before it is written down."""

    outcome: Conclusion
    exit_code: int | None = None
    outputs: dict[str, str] = field(default_factory=dict[str, str])
    summary: str = ""
    steps: tuple[StepReport, ...] = ()


def run_steps(machine: Machine, frame: Frame, steps: Sequence[Step]) -> tuple[StepReport, ...]:
    """Run steps one after another; raises Invalid for what GitHub would not take. `frame` and `machine` change."""
    return tuple(_run_step(machine, frame, step) for step in steps)


def run_posts(machine: Machine) -> tuple[StepReport, ...]:
    """Run what actions left to be done at the end of the job, the last one first."""
    reports: list[StepReport] = []
    for name, post in reversed(machine.posts):
        log = StepLog(machine.masks)
        done = _applied(machine, post(machine.status), log)
        if done.outcome is Conclusion.FAILURE and machine.status is Conclusion.SUCCESS:
            machine.status = Conclusion.FAILURE
        reports.append(_report(machine, (f"Post {name}", ""), done, (log, done.outcome)))
    return tuple(reports)


def _run_step(machine: Machine, frame: Frame, step: Step) -> StepReport:
    if machine.cancellation.requested:
        machine.status = Conclusion.CANCELLED
    at = _At(step, frame, dict(frame.env), StepLog(machine.masks))
    forgiven = False
    try:
        at.env |= {name: filled_text(value, _scope(machine, at)) for name, value in step.env.items()}
        at.name = _name(step, _scope(machine, at))
        if not holds(step.condition, _condition_scope(machine, at)):
            return _kept(at, StepReport(at.name, step.id, Conclusion.SKIPPED, Conclusion.SKIPPED))
        forgiven = truthy(filled(step.may_fail, _scope(machine, at)))
        done = _carried_out(machine, at)
    except StepFailed as error:
        at.log.remark(Level.ERROR, str(error))
        done = _Done(Conclusion.FAILURE)
    conclusion = Conclusion.SUCCESS if forgiven and done.outcome is Conclusion.FAILURE else done.outcome
    if conclusion is not Conclusion.SUCCESS and machine.status is not Conclusion.CANCELLED:
        frame.status = conclusion
        if conclusion is Conclusion.CANCELLED or not frame.inside:
            machine.status = conclusion
    return _kept(at, _report(machine, (at.name, step.id), done, (at.log, conclusion)))


def _carried_out(machine: Machine, at: _At) -> _Done:
    step, log = at.step, at.log
    if step.run is not None:
        return _script(machine, at)
    inputs = {name: filled_text(value, _scope(machine, at)) for name, value in step.inputs.items()}
    target = machine.folders.workspace / step.uses if step.uses.startswith("./") else _known(machine, step)
    log.say(f"##[group]Run {step.uses}")
    log.say_all(f"  {name}: {value}" for name, value in inputs.items())
    log.say("##[endgroup]")
    if isinstance(target, Path):
        return _composite(machine, target, inputs, at)
    result = target(_context(machine, inputs, machine.variables(at.whole(machine), at.frame.action)))
    if result.post is not None:
        machine.posts.append((step.uses, result.post))
    return _applied(machine, result, log)


def _known(machine: Machine, step: Step) -> Path | StandIn:
    name = step.uses.partition("@")[0]
    found = machine.site.actions.get(name)
    if found is None:
        known = ", ".join(sorted(machine.site.actions)) or "none"
        raise Invalid(f"Nothing stands in for the action {step.uses} at {step.label}; known are: {known}")
    return found


def _script(machine: Machine, at: _At) -> _Done:
    step, log, seen = at.step, at.log, _scope(machine, at)
    script = filled_text(step.run, seen)
    defaults = {} if at.frame.inside else machine.defaults
    shell = filled_text(step.shell, seen) or defaults.get("shell", "")
    folder = machine.folders.workspace / (filled_text(step.folder, seen) or defaults.get("working-directory", ""))
    files = machine.new_files()
    env = at.whole(machine)
    variables = {**machine.variables(env, at.frame.action), **files.prepare()}
    path = files.folder / f"script{_ENDINGS.get(shell or 'bash', '')}"
    path.write_text(script, encoding="utf-8", newline="\n")
    log.say_all([f"##[group]{at.name}", *script.splitlines(), f"shell: {SHELLS.get(shell, shell)}"])
    log.say_all(f"  {name}: {value}" for name, value in env.items())
    log.say("##[endgroup]")
    if not folder.is_dir():
        raise StepFailed(f"An error occurred trying to start a process in '{folder}'. No such file or directory")
    # A step that runs although the run is cancelled (`always()`) is not stopped once more.
    cancellation = Cancellation() if machine.cancellation.requested else machine.cancellation
    try:
        ended = run(Launch(_arguments(shell, path), variables, folder), log.printed, cancellation)
    except OSError as error:
        raise StepFailed(f"An error occurred trying to start a process: {error}") from error
    machine.orphans.append(ended.group)
    outcome = Conclusion.SUCCESS if ended.code == 0 else Conclusion.FAILURE
    if cancellation.requested:
        outcome = Conclusion.CANCELLED
        log.remark(Level.ERROR, "The operation was canceled.")
    elif ended.code != 0:
        log.remark(Level.ERROR, f"Process completed with exit code {ended.code}.")
    return _with_files(machine, files, log, _Done(outcome, ended.code))


def _arguments(shell: str, script: Path) -> list[str]:
    pattern = SHELLS.get(shell, shell)
    if "{0}" not in pattern:
        raise StepFailed("Invalid shell option. Shell must be a valid built-in or a format string containing '{0}'")
    return [piece.replace("{0}", str(script)) for piece in shlex.split(pattern)]


def _with_files(machine: Machine, files: CommandFiles, log: StepLog, done: _Done) -> _Done:
    """Take what the step wrote into its environment files, also after it failed."""
    try:
        machine.environment |= files.pairs("GITHUB_ENV")
        done.outputs = {**log.outputs, **files.pairs("GITHUB_OUTPUT")}
    except StepFailed as error:
        log.remark(Level.ERROR, str(error))
        done.outcome = Conclusion.FAILURE
    for message in log.broken:
        log.remark(Level.ERROR, message)
        done.outcome = Conclusion.FAILURE
    for folder in files.paths():
        machine.prepend(folder)
    summary = files.text("GITHUB_STEP_SUMMARY")
    if len(summary.encode()) > SUMMARY_CAP:
        log.remark(
            Level.ERROR, f"$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of {SUMMARY_CAP // 1024}k"
        )
        summary = ""
    done.summary = machine.masks.hide(summary)
    return done


def _composite(machine: Machine, folder: Path, given: Mapping[str, str], at: _At) -> _Done:
    action = read_action(folder)
    contexts = machine.step_contexts(at.whole(machine), at.frame.action)
    seen = scope(Place.INPUT_DEFAULT, contexts, files_function(str(machine.folders.workspace)))
    small = {name.lower(): value for name, value in given.items()}
    strange = sorted(set(small) - {name.lower() for name in action.inputs})
    if strange:
        told = ", ".join(f"'{name}'" for name in strange)
        valid = ", ".join(f"'{name}'" for name in action.inputs)
        at.log.remark(Level.WARNING, f"Unexpected input(s) {told}, valid inputs are [{valid}]")
    inputs: dict[str, Value] = {
        name: small[name.lower()] if name.lower() in small else filled_text(default, seen)
        for name, default in action.inputs.items()
    }
    frame = Frame(inside=True, inputs=inputs, action=folder, env=at.env)
    steps = run_steps(machine, frame, action.steps)
    outputs = _scope(machine, replace(at, frame=frame))
    outcome = Conclusion.CANCELLED if any(one.outcome is Conclusion.CANCELLED for one in steps) else frame.status
    return _Done(
        outcome, None, {name: filled_text(value, outputs) for name, value in action.outputs.items()}, "", steps
    )


def _context(machine: Machine, inputs: Mapping[str, str], variables: Mapping[str, str]) -> StepContext:
    folders = machine.folders
    return StepContext(
        inputs,
        variables,
        folders.workspace,
        folders.home,
        folders.temp,
        machine.token,
        machine.event,
        machine.site,
        machine.artifacts,
    )


def _applied(machine: Machine, result: StepResult, log: StepLog) -> _Done:
    for mask in result.masks:
        machine.masks.add(mask)
    for line in result.lines:
        log.printed(line)
    machine.environment |= result.environment
    for folder in result.paths:
        machine.prepend(folder)
    if result.error is not None:
        log.remark(Level.ERROR, result.error)
    outcome = Conclusion.SUCCESS if result.error is None else Conclusion.FAILURE
    return _Done(outcome, None, {**log.outputs, **result.outputs})


def _scope(machine: Machine, at: _At, place: Place = Place.STEP) -> Scope:
    """Give what an expression of a step may use; all of a composite action may use the same."""
    frame = at.frame
    contexts = {**machine.step_contexts(at.whole(machine), frame.action), "steps": frame.steps}
    if frame.inputs is not None:
        contexts["inputs"] = frame.inputs
    here = Place.COMPOSITE if frame.inside else place
    return scope(here, contexts, files_function(str(machine.folders.workspace)))


def _condition_scope(machine: Machine, at: _At) -> Scope:
    """Status functions look at the steps of the same frame; that the run is cancelled is known everywhere."""
    now = Conclusion.CANCELLED if machine.status is Conclusion.CANCELLED else at.frame.status
    found = _scope(machine, at, Place.STEP_IF)
    return replace(found, functions={**found.functions, **status_functions(lambda asked: now is asked)})


def _name(step: Step, seen: Scope) -> str:
    if step.name is not None:
        return filled_text(step.name, seen)
    return f"Run {step.uses or text(step.run).strip().partition(chr(10))[0]}"


def _kept(at: _At, report: StepReport) -> StepReport:
    if at.step.id:
        outcome, conclusion = report.outcome.value, report.conclusion.value
        at.frame.steps[at.step.id] = {"outputs": dict(report.outputs), "outcome": outcome, "conclusion": conclusion}
    return report


def _report(machine: Machine, who: tuple[str, str], done: _Done, how: tuple[StepLog, Conclusion]) -> StepReport:
    log, conclusion = how
    inner = done.steps
    summaries = (done.summary, *(one.summary for one in inner))
    return StepReport(
        machine.masks.hide(who[0]),
        who[1],
        done.outcome,
        conclusion,
        done.exit_code,
        done.outputs,
        "".join(f"{line}\n" for line in log.shown) + "".join(one.log for one in inner),
        "".join(f"{line}\n" for line in log.raw) + "".join(one.raw for one in inner),
        "\n".join(one for one in summaries if one),
        (*log.annotations, *(note for one in inner for note in one.annotations)),
        inner,
    )
