"""What do the functions of expressions give?

They are those of "Evaluate expressions in workflows and actions", section Functions. Status functions and hashFiles
depend on the job, and are the caller's.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mooring.testing.actions.invalid import StepFailed
from mooring.testing.actions.values import Value, equal, is_list, pretty, text, truthy

Body: TypeAlias = Callable[[Sequence[Value]], Value]


@dataclass(frozen=True, slots=True)
class Function:
    """A function, with the number of arguments that it takes."""

    least: int
    most: int
    body: Body


def _contains(arguments: Sequence[Value]) -> Value:
    where, item = arguments
    if is_list(where):
        return any(equal(one, item) for one in where)
    return not isinstance(where, Mapping) and text(item).upper() in text(where).upper()


def _starts_with(arguments: Sequence[Value]) -> Value:
    return text(arguments[0]).upper().startswith(text(arguments[1]).upper())


def _ends_with(arguments: Sequence[Value]) -> Value:
    return text(arguments[0]).upper().endswith(text(arguments[1]).upper())


def _format(arguments: Sequence[Value]) -> Value:
    pattern, values = text(arguments[0]), arguments[1:]

    def put(found: "re.Match[str]") -> str:
        piece = found[0]
        if piece in {"{{", "}}"}:
            return piece[0]
        if found[1] is None or int(found[1]) >= len(values):
            raise StepFailed(f"The following format string is invalid: {pattern}")
        return text(values[int(found[1])])

    return re.sub(r"\{\{|\}\}|\{([0-9]+)\}|[{}]", put, pattern)


def _join(arguments: Sequence[Value]) -> Value:
    items, separator = arguments[0], text(arguments[1]) if len(arguments) > 1 else ","
    if is_list(items):
        return separator.join(text(one) for one in items)
    return "" if isinstance(items, Mapping) else text(items)


def _to_json(arguments: Sequence[Value]) -> Value:
    return pretty(arguments[0])


def _from_json(arguments: Sequence[Value]) -> Value:
    try:
        return json.loads(text(arguments[0]))  # type: ignore[no-any-return]  # JSON holds values
    except ValueError as error:
        raise StepFailed(f"fromJSON cannot read its argument: {error}") from error


def _case(arguments: Sequence[Value]) -> Value:
    for at in range(0, len(arguments) - 1, 2):
        if truthy(arguments[at]):
            return arguments[at + 1]
    return arguments[-1]


FUNCTIONS: Mapping[str, Function] = {
    "contains": Function(2, 2, _contains),
    "startswith": Function(2, 2, _starts_with),
    "endswith": Function(2, 2, _ends_with),
    "format": Function(1, 255, _format),
    "join": Function(1, 2, _join),
    "tojson": Function(1, 1, _to_json),
    "fromjson": Function(1, 1, _from_json),
    "case": Function(3, 255, _case),
}
"""By the name in small letters: names do not tell case apart."""
