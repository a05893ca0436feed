"""Which commands does a job on GitHub run, and which of their exit codes let it pass?"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from mooring.action.event import Event
from mooring.action.inputs import Command, InputProblem, Inputs, Sight
from mooring.core.report import Exit


@dataclass(frozen=True, slots=True)
class Step:
    """One command line of `mooring`. `forgives` are exit codes that do not fail the job.

    `after` are the exit codes of the steps before it that let it begin (None: any). `tells`: the job's outputs are
    this step's.
    """

    arguments: tuple[str, ...]
    forgives: frozenset[Exit] = frozenset()
    after: frozenset[Exit] | None = None
    tells: bool = True

    @property
    def command(self) -> str:
        """The command's name."""
        return self.arguments[0]


_REVIEWED = frozenset({Exit.CHANGES, Exit.ATTENTION, Exit.GUARD})
"""What a plan says of a merge to come. It is for people to weigh, and a required check must not stand in their way:
the trailer that opens a guard belongs into the very merge commit."""

_READ = frozenset({Exit.OK, Exit.CHANGES, Exit.ATTENTION, Exit.INVALID, Exit.UNKNOWN, Exit.GUARD})
"""The ends of a look for drift after which something may be there to be proposed."""


def steps_of(event: Event, inputs: Inputs) -> tuple[Step, ...]:
    """Decide what a job runs; raises InputProblem for what it must not or cannot."""
    if event.name == "pull_request_target":
        raise InputProblem(
            "Mooring does not run on pull_request_target: such a job holds the repository's secrets and looks at "
            "what a stranger wrote. Use `on: pull_request`, which needs no secrets here."
        )
    if inputs.command is not Command.AUTO:
        return (_step(inputs.command, event, inputs),)
    match event.name:
        case "pull_request" | "merge_group":
            return _review(event, inputs)
        case "push":
            return (_step(Command.SYNC, event, inputs),)
        case "schedule" | "repository_dispatch" | "workflow_dispatch":
            return _watch(event, inputs)
        case other:
            raise InputProblem(
                f"What to do on {other or 'no event at all'} is not known. Set the input `command`, as in "
                "`with: {command: drift}`."
            )


def _review(event: Event, inputs: Inputs) -> tuple[Step, ...]:
    check = Step(("validate",), tells=False)
    # Where mooring.yaml itself cannot be read a plan would say the same once more; of broken prompts it says which.
    return check, replace(_step(Command.PLAN, event, inputs), after=frozenset({Exit.OK, Exit.INVALID}))


def _watch(event: Event, inputs: Inputs) -> tuple[Step, ...]:
    look = _step(Command.DRIFT, event, inputs)
    propose = Step(
        ("adopt", "--by-policy", *_options("--target", inputs.targets), *_options("--select", inputs.select)),
        forgives=frozenset({Exit.UNKNOWN}),  # the look before it has said so, and knows how often in a row
        after=_READ,
        tells=False,
    )
    return look, propose


def _step(command: Command, event: Event, inputs: Inputs) -> Step:
    named = [f"--target={name}" for name in inputs.targets] if command is not Command.VALIDATE else []
    arguments = (command.value, *named, *_SAID[command](event, inputs))
    if command is Command.PLAN:
        return Step(arguments, _REVIEWED)
    if command is Command.DRIFT and not inputs.fail_on:
        return Step(arguments, frozenset({Exit.CHANGES}))  # what the next sync settles is a warning
    return Step(arguments)


def _options(name: str, values: tuple[str, ...]) -> Iterator[str]:
    return (f"{name}={value}" for value in values)


def _given(name: str, value: str) -> list[str]:
    """With `=`, so that a value which begins with a dash is no option."""
    return [f"{name}={value}"] if value else []


def _chosen(inputs: Inputs) -> list[str]:
    return [*_options("--select", inputs.select), *(["--", *inputs.addresses] if inputs.addresses else [])]


def _needed(command: Command, inputs: Inputs, *names: str) -> None:
    there = {
        "address": bool(inputs.addresses),
        "reason": bool(inputs.reason),
        "take": bool(inputs.take),
        "from": bool(inputs.source),
        "to": bool(inputs.to),
    }
    missing = [name for name in names if not there[name]]
    if missing:
        raise InputProblem(f"The command {command} needs the input {' and '.join(missing)}.")


def _nothing(_: Event, __: Inputs) -> list[str]:
    return []


def _plan(event: Event, inputs: Inputs) -> list[str]:
    # Jobs for forks hold no secrets, so there is nothing to ask a platform with.
    offline = ["--offline"] if inputs.plan is Sight.OFFLINE or event.from_fork else []
    comment = ["--comment"] if inputs.comment and event.pull is not None else []
    return [*offline, *comment, *_chosen(inputs)]


def _sync(_: Event, inputs: Inputs) -> list[str]:
    return [*_status(inputs), *_options("--select", inputs.select)]


def _drift(event: Event, inputs: Inputs) -> list[str]:
    patience = inputs.unknown_after if event.name in {"schedule", "repository_dispatch"} else 1
    waits = [f"--unknown-after={patience}"] if patience > 1 else []
    return [*_status(inputs), *waits, *_given("--fail-on", inputs.fail_on), *_chosen(inputs)]


def _adopt(_: Event, inputs: Inputs) -> list[str]:
    return [*_given("--reason", inputs.reason), *_chosen(inputs)]


def _resolve(_: Event, inputs: Inputs) -> list[str]:
    _needed(Command.RESOLVE, inputs, "address", "take", "reason")
    said = [*_given("--take", inputs.take), *_given("--expect", inputs.expect), *_given("--reason", inputs.reason)]
    return [*said, *_chosen(inputs)]


def _rollback(_: Event, inputs: Inputs) -> list[str]:
    _needed(Command.ROLLBACK, inputs, "address", "reason")
    return [*_given("--to", inputs.to), *_given("--reason", inputs.reason), *_chosen(inputs)]


def _promote(_: Event, inputs: Inputs) -> list[str]:
    _needed(Command.PROMOTE, inputs, "address", "from", "to")
    return [*_given("--from", inputs.source), *_given("--to", inputs.to), "--", *inputs.addresses]


def _suspend(_: Event, inputs: Inputs) -> list[str]:
    _needed(Command.SUSPEND, inputs, "address", "reason")
    return [*_given("--until", inputs.until), *_given("--reason", inputs.reason), "--", *inputs.addresses]


def _resume(_: Event, inputs: Inputs) -> list[str]:
    _needed(Command.RESUME, inputs, "address")
    return ["--", *inputs.addresses]


def _listed(_: Event, inputs: Inputs) -> list[str]:
    return _chosen(inputs)


def _status(inputs: Inputs) -> list[str]:
    return ["--commit-status"] if inputs.commit_status else []


_SAID: Mapping[Command, Callable[[Event, Inputs], list[str]]] = {
    Command.VALIDATE: _nothing,
    Command.PLAN: _plan,
    Command.SYNC: _sync,
    Command.DRIFT: _drift,
    Command.STATUS: _listed,
    Command.DOCTOR: _nothing,
    Command.ADOPT: _adopt,
    Command.RESOLVE: _resolve,
    Command.ROLLBACK: _rollback,
    Command.PROMOTE: _promote,
    Command.SUSPEND: _suspend,
    Command.RESUME: _resume,
}
"""What each command is told beside its targets."""
