"""What does an expression, a text that holds some, or a condition come to?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from mooring.testing.actions.expressions import Binary, Call, Context, Index, Literal, Node, Not, parse, walk
from mooring.testing.actions.functions import FUNCTIONS, Function
from mooring.testing.actions.invalid import Invalid
from mooring.testing.actions.values import Value, equal, is_list, less, number, text, truthy

STATUS = frozenset({"success", "failure", "always", "cancelled"})
"""The functions of which a condition needs one, or `success()` is put before it."""


class CaseSensitive(dict[str, Value]):
    """An object whose names tell case apart, as `env` does on Linux; in all others they do not."""


class _Filtered(tuple[Value, ...]):
    """What `.*` gives: an index into it goes into each of its elements."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """The contexts and the special functions that an expression may use, at the place where it stands."""

    contexts: Mapping[str, Value]
    functions: Mapping[str, Function] = field(default_factory=dict[str, Function])

    def function(self, name: str) -> Function | None:
        """Give a function, None where there is none."""
        return self.functions.get(name.lower()) or FUNCTIONS.get(name.lower())


def evaluate(expression: str, scope: Scope) -> Value:
    """Give the value of an expression without its braces; raises Invalid for a name that is not known here."""
    node = parse(expression)
    _check(node, expression, scope)
    found = _value(node, scope)
    return list(found) if isinstance(found, _Filtered) else found


def filled(template: Value, scope: Scope) -> Value:
    """Fill in the `${{ }}` of a text, or of all that lists and objects hold. One that stands alone keeps its kind."""
    if isinstance(template, Mapping):
        return {key: filled(one, scope) for key, one in template.items()}
    if is_list(template):
        return [filled(one, scope) for one in template]
    if not isinstance(template, str):
        return template
    pieces = list(_pieces(template))
    if len(pieces) == 1 and pieces[0][0]:
        return evaluate(pieces[0][1], scope)
    return "".join(text(evaluate(piece, scope)) if inside else piece for inside, piece in pieces)


def filled_text(template: Value, scope: Scope) -> str:
    """Fill in a text, and give a text."""
    return text(filled(template, scope))


def holds(condition: Value, scope: Scope) -> bool:
    """Tell whether an `if` is met; `success()` is asked where it names no status function itself."""
    if condition is None or condition == "":
        condition = "success()"
    written = text(condition)
    expressions = [piece for inside, piece in _pieces(written) if inside] if "${{" in written else [written]
    found = filled(written, scope) if "${{" in written else evaluate(written, scope)
    if not any(_asks_status(expression) for expression in expressions) and not truthy(evaluate("success()", scope)):
        return False
    return truthy(found)


def _asks_status(expression: str) -> bool:
    return any(isinstance(node, Call) and node.name.lower() in STATUS for node in walk(parse(expression)))


def _pieces(template: str) -> Iterator[tuple[bool, str]]:
    """Cut a text into what stands as it is and (True) expressions; a brace within quotes ends none."""
    at = 0
    while (start := template.find("${{", at)) >= 0:
        if start > at:
            yield False, template[at:start]
        end = _end(template, start + 3)
        yield True, template[start + 3 : end]
        at = end + 2
    if at < len(template):
        yield False, template[at:]


def _end(template: str, start: int) -> int:
    quoted = False
    for at in range(start, len(template)):
        if template[at] == "'":
            quoted = not quoted
        elif not quoted and template.startswith("}}", at):
            return at
    raise Invalid(f"The expression is not closed. An unescaped ${{{{ sequence was found in: {template}")


def _check(node: Node, expression: str, scope: Scope) -> None:
    """Refuse names that are not known here, also where the value would not be asked for."""
    for one in walk(node):
        if isinstance(one, Context) and _found(one.name, scope.contexts) is None:
            raise Invalid(f"Unrecognized named-value: '{one.name}' within the expression: {expression.strip()}")
        if isinstance(one, Call):
            function = scope.function(one.name)
            if function is None:
                raise Invalid(f"Unrecognized function: '{one.name}' within the expression: {expression.strip()}")
            if not function.least <= len(one.arguments) <= function.most:
                count = len(one.arguments)
                raise Invalid(f"{count} arguments are too few or too many for {one.name} in: {expression.strip()}")


def _value(node: Node, scope: Scope) -> Value:
    match node:
        case Literal(value):
            return value
        case Context(name):
            return scope.contexts[_found(name, scope.contexts) or name]
        case Not(operand):
            return not truthy(_value(operand, scope))
        case Index(target, key):
            return _index(_value(target, scope), None if key is None else _Key(_value(key, scope)))
        case Call(name, arguments):
            function = scope.function(name)
            return None if function is None else function.body([_value(one, scope) for one in arguments])
        case Binary(operator, left, right):
            return _binary(operator, left, right, scope)
        case _:
            assert_never(node)


def _binary(operator: str, left: Node, right: Node, scope: Scope) -> Value:
    first = _value(left, scope)
    if operator == "&&":
        return _value(right, scope) if truthy(first) else first
    if operator == "||":
        return first if truthy(first) else _value(right, scope)
    second = _value(right, scope)
    match operator:
        case "==":
            return equal(first, second)
        case "!=":
            return not equal(first, second)
        case "<":
            return less(first, second)
        case "<=":
            return less(first, second) or equal(first, second)
        case ">":
            return less(second, first)
        case _:
            return less(second, first) or equal(first, second)


@dataclass(frozen=True, slots=True)
class _Key:
    value: Value


def _index(target: Value, key: _Key | None) -> Value:
    if isinstance(target, _Filtered):
        if key is None:
            return _Filtered(item for one in target for item in _all(one))
        return _Filtered(item[0] for one in target if (item := _item(one, key.value)))
    if key is None:
        return _Filtered(_all(target))
    found = _item(target, key.value)
    return found[0] if found else None


def _all(value: Value) -> Sequence[Value]:
    if isinstance(value, Mapping):
        return tuple(value.values())
    return tuple(value) if is_list(value) else ()


def _item(value: Value, key: Value) -> tuple[Value] | None:
    """Give what stands at a key, in a row of one; None where there is nothing."""
    if isinstance(value, Mapping):
        name = text(key) if isinstance(value, CaseSensitive) else _found(text(key), value)
        return (value[name],) if name is not None and name in value else None
    if isinstance(value, Sequence) and not isinstance(value, str):
        at = number(key)
        return (value[int(at)],) if 0 <= at < len(value) else None
    return None


def _found(name: str, among: Mapping[str, Value]) -> str | None:
    if name in among:
        return name
    return next((known for known in among if known.lower() == name.lower()), None)
