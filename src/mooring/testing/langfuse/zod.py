"""How does the server say what is wrong with a value? The issues of zod 4, the library that checks its requests."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from mooring.core.artifact import Json
from mooring.testing.langfuse import javascript


class Undefined:
    """JavaScript's `undefined`: a member that is not there."""


UNDEFINED: Final = Undefined()

Value: TypeAlias = "Json | Undefined"


@dataclass(frozen=True, slots=True)
class Issue:
    """One complaint. `head` is what stands before its path; one of a value's type aborts, one of a check does not."""

    head: Mapping[str, Json]
    message: str
    path: tuple[str | int, ...] = ()
    aborts: bool = True

    def render(self) -> Json:
        """Give it as the server writes it, its members in the server's order."""
        return {**self.head, "path": list(self.path), "message": self.message}


Issues: TypeAlias = tuple[Issue, ...]
Check: TypeAlias = Callable[[str], Issues]

VALID: Issues = ()


def at(key: str | int, issues: Iterable[Issue]) -> Issues:
    """Place issues under a member or an element."""
    return tuple(replace(issue, path=(key, *issue.path)) for issue in issues)


def type_of(value: Value) -> str:
    """Name a value's type as zod does."""
    match value:
        case Undefined():
            return "undefined"
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "NaN" if math.isnan(value) else "number"
        case str():
            return "string"
        case _:
            return "object" if javascript.is_object(value) else "array"


def wrong_type(expected: str, value: Value, received: str | None = None) -> Issues:
    """Complain of a type; `received` is added where zod names the odd number that it met."""
    head: dict[str, Json] = {"expected": expected, "code": "invalid_type"}
    if received is not None:
        head["received"] = received
    return (Issue(head, f"Invalid input: expected {expected}, received {type_of(value)}"),)


def string(value: Value, *checks: Check) -> Issues:
    """Want a string, and every check to pass."""
    if not isinstance(value, str):
        return wrong_type("string", value)
    return tuple(issue for check in checks for issue in check(value))


def array(value: Value, element: Callable[[Json], Issues]) -> Issues:
    """Want an array of valid elements."""
    if not javascript.is_array(value):
        return wrong_type("array", value)
    return tuple(issue for index, each in enumerate(value) for issue in at(index, element(each)))


def literal(value: Value, wanted: str) -> Issues:
    """Want one string."""
    if value == wanted:
        return VALID
    return (Issue({"code": "invalid_value", "values": [wanted]}, f'Invalid input: expected "{wanted}"'),)


def one_of(value: Value, wanted: Sequence[str]) -> Issues:
    """Want one of some strings."""
    if value in wanted:
        return VALID
    options = "|".join(f'"{each}"' for each in wanted)
    return (Issue({"code": "invalid_value", "values": list(wanted)}, f"Invalid option: expected one of {options}"),)


def union(options: Sequence[Issues]) -> Issues:
    """Want one option to be valid; if just one of them got beyond the types, its own issues are told."""
    if any(not option for option in options):
        return VALID
    beyond = [option for option in options if not any(issue.aborts for issue in option)]
    if len(beyond) == 1:
        return beyond[0]
    errors: list[Json] = [[issue.render() for issue in option] for option in options]
    return (Issue({"code": "invalid_union", "errors": errors}, "Invalid input"),)


def custom(message: str, path: tuple[str | int, ...] = ()) -> Issue:
    """Complain in the server's own words."""
    return Issue({"code": "custom"}, message, path, aborts=False)


def at_least(minimum: int, message: str | None = None) -> Check:
    """Want a string of so many UTF-16 units or more."""
    text = message or f"Too small: expected string to have >={minimum} characters"
    issue = Issue({"origin": "string", "code": "too_small", "minimum": minimum, "inclusive": True}, text, aborts=False)
    return lambda value: VALID if javascript.length(value) >= minimum else (issue,)


def at_most(maximum: int) -> Check:
    """Want a string of so many UTF-16 units or fewer."""
    text = f"Too big: expected string to have <={maximum} characters"
    issue = Issue({"origin": "string", "code": "too_big", "maximum": maximum, "inclusive": True}, text, aborts=False)
    return lambda value: VALID if javascript.length(value) <= maximum else (issue,)


def matches(pattern: re.Pattern[str], message: str, shown: str | None = None, form: str = "regex") -> Check:
    """Want a string in which a pattern is found; `shown` is its JavaScript form, where that is another one."""
    head = {"origin": "string", "code": "invalid_format", "format": form, "pattern": f"/{shown or pattern.pattern}/"}
    issue = Issue(head, message, aborts=False)
    return lambda value: VALID if pattern.search(value) else (issue,)


def bounded(value: float, least: int | None, most: int | None) -> Issues:
    """Want a number between two, or to one side of one."""
    head: dict[str, Json] = {"origin": "number"}
    if least is not None and value < least:
        head |= {"code": "too_small", "minimum": least, "inclusive": True}
        return (Issue(head, f"Too small: expected number to be >={least}", aborts=False),)
    if most is not None and value > most:
        head |= {"code": "too_big", "maximum": most, "inclusive": True}
        return (Issue(head, f"Too big: expected number to be <={most}", aborts=False),)
    return VALID


def integer(value: float) -> Issues:
    """Want a whole number that a double holds exactly."""
    if not value.is_integer():
        head: dict[str, Json] = {"expected": "int", "format": "safeint", "code": "invalid_type"}
        return (Issue(head, "Invalid input: expected int, received number"),)
    if abs(value) > 2**53 - 1:
        sign = 1 if value > 0 else -1
        bound = sign * (2**53 - 1)
        code, side = ("too_big", "maximum") if sign > 0 else ("too_small", "minimum")
        note = "Integers must be within the safe integer range."
        head = {"code": code, side: bound, "note": note, "origin": "number", "inclusive": True}
        word = "Too big: expected number to be <=" if sign > 0 else "Too small: expected number to be >="
        return (Issue(head, f"{word}{bound}", aborts=False),)
    return VALID
