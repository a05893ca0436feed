"""What does a job do on each event, and what lets it pass?"""

import pytest

from mooring.action.event import Event
from mooring.action.inputs import Command, InputProblem, Inputs, Sight, inputs_of
from mooring.action.job import Ended, verdict
from mooring.action.steps import Step, steps_of
from mooring.core.report import Exit

ADA = ("ada", "7+ada@users.noreply.github.com")
PULL = Event("pull_request", ADA, pull=12)
FORK = Event("pull_request", ADA, pull=12, from_fork=True)
QUEUE = Event("merge_group", ADA)
PUSH = Event("push", ADA)
CLOCK = Event("schedule", ADA)
LANGFUSE = Event("repository_dispatch", ADA)
HAND = Event("workflow_dispatch", ADA)


def lines(event: Event, inputs: Inputs | None = None) -> list[str]:
    return [" ".join(step.arguments) for step in steps_of(event, inputs or Inputs())]


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        (PULL, ["validate", "plan --offline --comment"]),
        (FORK, ["validate", "plan --offline --comment"]),
        (QUEUE, ["validate", "plan --offline"]),
        (PUSH, ["sync --commit-status"]),
        (CLOCK, ["drift --commit-status --unknown-after=3", "adopt --by-policy"]),
        (LANGFUSE, ["drift --commit-status --unknown-after=3", "adopt --by-policy"]),
        (HAND, ["drift --commit-status", "adopt --by-policy"]),
    ],
)
def test_each_event_asks_for_its_commands(event: Event, wanted: list[str]) -> None:
    assert lines(event) == wanted


def test_a_live_plan_is_a_choice_that_forks_do_not_have() -> None:
    assert lines(PULL, Inputs(plan=Sight.LIVE))[1] == "plan --comment"
    assert lines(FORK, Inputs(plan=Sight.LIVE))[1] == "plan --offline --comment"


def test_pull_request_target_is_refused_whatever_is_asked() -> None:
    for command in Command:
        with pytest.raises(InputProblem, match="on: pull_request"):
            steps_of(Event("pull_request_target", ADA, pull=1), Inputs(command=command))


def test_an_event_that_says_nothing_needs_a_command() -> None:
    with pytest.raises(InputProblem, match="release.*command"):
        steps_of(Event("release", ADA), Inputs())
    assert lines(Event("release", ADA), Inputs(command=Command.DRIFT)) == ["drift --commit-status"]


@pytest.mark.parametrize(
    ("inputs", "wanted"),
    [
        (Inputs(Command.RESOLVE, addresses=("a@b",), take="git", expect="12", reason="why not"),
         ("resolve", "--take=git", "--expect=12", "--reason=why not", "--", "a@b")),
        (Inputs(Command.ROLLBACK, addresses=("a@b",), to="v1", reason="bad"),
         ("rollback", "--to=v1", "--reason=bad", "--", "a@b")),
        (Inputs(Command.PROMOTE, addresses=("a",), source="staging", to="production"),
         ("promote", "--from=staging", "--to=production", "--", "a")),
        (Inputs(Command.ADOPT, ("prod",), addresses=("a@b",), reason="good"),
         ("adopt", "--target=prod", "--reason=good", "--", "a@b")),
        (Inputs(Command.SUSPEND, addresses=("a",), until="2026-12-01", reason="freeze"),
         ("suspend", "--until=2026-12-01", "--reason=freeze", "--", "a")),
        (Inputs(Command.RESUME, addresses=("a",)), ("resume", "--", "a")),
        (Inputs(Command.STATUS, ("x", "y"), ("s/*",)), ("status", "--target=x", "--target=y", "--select=s/*")),
        (Inputs(Command.DRIFT, fail_on="missing", commit_status=False), ("drift", "--fail-on=missing")),
        (Inputs(Command.VALIDATE, ("prod",)), ("validate",)),
        (Inputs(Command.DOCTOR, ("prod",)), ("doctor", "--target=prod")),
        (Inputs(Command.PLAN, comment=False), ("plan", "--offline")),
    ],
)  # fmt: skip
def test_a_command_by_hand_says_all_that_its_inputs_say(inputs: Inputs, wanted: tuple[str, ...]) -> None:
    assert [step.arguments for step in steps_of(HAND, inputs)] == [wanted]


def test_what_a_person_types_is_never_an_option() -> None:
    (step,) = steps_of(HAND, Inputs(Command.ROLLBACK, addresses=("--to=v1",), reason="--help"))
    assert step.arguments == ("rollback", "--reason=--help", "--", "--to=v1")


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (Command.RESOLVE, "address and take and reason"),
        (Command.ROLLBACK, "address and reason"),
        (Command.PROMOTE, "address and from and to"),
        (Command.SUSPEND, "address and reason"),
        (Command.RESUME, "address"),
    ],
)
def test_what_a_command_cannot_do_without_is_asked_for_by_name(command: Command, named: str) -> None:
    with pytest.raises(InputProblem, match=f"{command} needs the input {named}"):
        steps_of(HAND, Inputs(command=command))


PLAN, LOOK = steps_of(PULL, Inputs())[1], steps_of(CLOCK, Inputs())[0]
STRICT = steps_of(CLOCK, Inputs(fail_on="relabelled"))[0]
SYNC = steps_of(PUSH, Inputs())[0]


@pytest.mark.parametrize(
    ("step", "code", "wanted"),
    [
        (PLAN, Exit.GUARD, Exit.OK),
        (PLAN, Exit.ATTENTION, Exit.OK),
        (PLAN, Exit.INVALID, Exit.INVALID),
        (PLAN, Exit.UNKNOWN, Exit.UNKNOWN),
        (LOOK, Exit.CHANGES, Exit.OK),
        (LOOK, Exit.ATTENTION, Exit.ATTENTION),
        (LOOK, Exit.UNKNOWN, Exit.UNKNOWN),
        (STRICT, Exit.CHANGES, Exit.CHANGES),
        (SYNC, Exit.GUARD, Exit.GUARD),
        (SYNC, Exit.STALE, Exit.STALE),
    ],
)
def test_a_job_fails_for_what_its_step_does_not_forgive(step: Step, code: Exit, wanted: Exit) -> None:
    assert verdict([Ended(step, code)]) is wanted


def test_the_gravest_end_counts() -> None:
    propose = steps_of(CLOCK, Inputs())[1]
    assert verdict([Ended(LOOK, Exit.ATTENTION), Ended(propose, Exit.DENIED)]) is Exit.DENIED
    assert verdict([Ended(LOOK, Exit.UNKNOWN), Ended(propose, Exit.UNKNOWN)]) is Exit.UNKNOWN
    assert verdict([Ended(LOOK, Exit.OK), Ended(propose, Exit.UNKNOWN)]) is Exit.OK


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("COMMAND", "rm", "command.*auto, validate"),
        ("PLAN", "maybe", "offline, live"),
        ("COMMENT", "yes", "true or false"),
        ("UNKNOWN_AFTER", "0", "from 1"),
        ("UNKNOWN_AFTER", "three", "from 1"),
        ("ADDRESS", "'half", "quote"),
    ],
)
def test_an_input_that_cannot_be_meant_is_named(name: str, value: str, said: str) -> None:
    with pytest.raises(InputProblem, match=said):
        inputs_of({f"INPUT_{name}": value})


def test_inputs_are_read_as_they_are_meant() -> None:
    read = inputs_of(
        {"INPUT_TARGETS": "a, b\nc", "INPUT_ADDRESS": "'two words@production' x", "INPUT_COMMENT": "False"}
    )
    assert (read.targets, read.addresses, read.comment) == (("a", "b", "c"), ("two words@production", "x"), False)
    assert inputs_of({}) == Inputs()
