"""What do the inputs of action.yml say?"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

E = TypeVar("E", bound=StrEnum)


class InputProblem(Exception):
    """An input that cannot be meant; the message says which, what is wrong and the way out."""


class Command(StrEnum):
    """What the job is to do."""

    AUTO = "auto"
    """What the event asks for."""
    VALIDATE = "validate"
    PLAN = "plan"
    SYNC = "sync"
    DRIFT = "drift"
    STATUS = "status"
    DOCTOR = "doctor"
    ADOPT = "adopt"
    RESOLVE = "resolve"
    ROLLBACK = "rollback"
    PROMOTE = "promote"
    SUSPEND = "suspend"
    RESUME = "resume"


class Sight(StrEnum):
    """What a plan compares Git with."""

    OFFLINE = "offline"
    """The ledger; needs no credentials."""
    LIVE = "live"
    """The platforms."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs, read. Texts are '' where nothing was given."""

    command: Command = Command.AUTO
    targets: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    fail_on: str = ""
    plan: Sight = Sight.OFFLINE
    reason: str = ""
    to: str = ""
    source: str = ""
    take: str = ""
    expect: str = ""
    until: str = ""
    comment: bool = True
    commit_status: bool = True
    unknown_after: int = 3
    config: str = ""
    token: str = ""


def inputs_of(environment: Mapping[str, str]) -> Inputs:
    """Read the inputs from variables `INPUT_NAME`; raises InputProblem."""

    def text(name: str) -> str:
        return environment.get(f"INPUT_{name}", "").strip()

    return Inputs(
        command=_one_of(Command, "command", text("COMMAND") or "auto"),
        targets=tuple(text("TARGETS").replace(",", " ").split()),
        select=_words("select", text("SELECT")),
        addresses=_words("address", text("ADDRESS")),
        fail_on=text("FAIL_ON"),
        plan=_one_of(Sight, "plan", text("PLAN") or "offline"),
        reason=text("REASON"),
        to=text("TO"),
        source=text("FROM"),
        take=text("TAKE"),
        expect=text("EXPECT"),
        until=text("UNTIL"),
        comment=_flag("comment", text("COMMENT") or "true"),
        commit_status=_flag("commit-status", text("COMMIT_STATUS") or "true"),
        unknown_after=_number("unknown-after", text("UNKNOWN_AFTER") or "3"),
        config=text("CONFIG"),
        token=text("TOKEN"),
    )


def _words(name: str, text: str) -> tuple[str, ...]:
    """Split at white space, as a shell does: what holds a space stands in quotes."""
    try:
        return tuple(shlex.split(text))
    except ValueError:
        raise InputProblem(f"The input {name!r} has a quote that is never closed. Close it, or leave it out.") from None


def _one_of(kind: type[E], name: str, text: str) -> E:
    try:
        return kind(text)
    except ValueError:
        raise InputProblem(f"The input {name!r} is {text!r}, and can be {', '.join(kind)}.") from None


def _flag(name: str, text: str) -> bool:
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    raise InputProblem(f"The input {name!r} is {text!r}, and can be true or false.")


def _number(name: str, text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    raise InputProblem(f"The input {name!r} is {text!r}, and must be a number from 1 on.")
