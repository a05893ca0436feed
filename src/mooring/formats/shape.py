"""Which fields may a file have, and what is wrong with those that it has? One description checks and is the schema."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from mooring.formats.located import Fields, Items, Node, Scalar, describe
from mooring.formats.parsed import Flaw
from mooring.formats.spelling import did_you_mean


@dataclass(frozen=True, slots=True)
class Rule:
    """What a text must match, what is wrong with one that does not (`{}` is the text), and the way out."""

    pattern: str
    wrong: str
    fix: str

    def holds(self, text: str) -> bool:
        """Tell whether a text matches; unlike in `re`, `$` is the very end."""
        return re.search(self.pattern.removesuffix("$") + r"\Z" * self.pattern.endswith("$"), text) is not None


@dataclass(frozen=True, slots=True)
class Text:
    """A text, optionally one of some or under rules. Of one that may be `secret`, no message repeats anything."""

    one_of: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict[str, str])
    """Texts that people may expect to be among `one_of`, and why they are not."""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number of at least `least` and at most `most`."""

    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class AnyJson:
    """Whatever JSON can say."""


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of one kind of item, of at least `least` items."""

    item: "Shape"
    least: int = 0


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping whose keys are data: texts under `key`."""

    key: Text
    value: "Shape"
    least: int = 0


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record, told in one line."""

    shape: "Shape"
    told: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known fields. Of `one_of` exactly one must be there, of `not_both` at most one.

    `elsewhere` says where a field belongs that people look for here.
    """

    told: str
    fields: Mapping[str, Field]
    one_of: tuple[str, ...] = ()
    not_both: tuple[str, ...] = ()
    elsewhere: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Either:
    """One of several shapes; the kind of value, or a record's fields, tell which."""

    shapes: tuple["Shape", ...]
    told: str


Shape: TypeAlias = Text | Whole | AnyJson | ListOf | MapOf | Record | Either


def check(node: Node, shape: Shape, what: str) -> Iterator[Flaw]:
    """Give every way in which a value is not of its shape. `what` names the value in messages."""
    match shape:
        case AnyJson():
            return
        case Text():
            yield from _check_text(node, shape, what)
        case Whole():
            yield from _check_whole(node, shape, what)
        case ListOf():
            yield from _check_list(node, shape, what)
        case MapOf():
            yield from _check_map(node, shape, what)
        case Record():
            yield from _check_record(node, shape, what)
        case Either():
            yield from _check_either(node, shape, what)
        case _:
            assert_never(shape)


def _check_text(node: Node, shape: Text, what: str) -> Iterator[Flaw]:
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        yield _not(node, what, "a text") if not shape.secret else _broken(shape.rules[-1], what, "", node.line)
    else:
        yield from _check_words(node.value, node.line, shape, what)


def _check_words(text: str, line: int, shape: Text, what: str) -> Iterator[Flaw]:
    if shape.one_of and text not in shape.one_of:
        allowed = ", ".join(f"`{word}`" for word in shape.one_of)
        fix = shape.refused.get(text) or f"{did_you_mean(text, shape.one_of)}Write one of {allowed}."
        yield Flaw(line, f"{what} may not be `{text[:80]}`", fix)
    for rule in shape.rules:
        if not rule.holds(text):
            yield _broken(rule, what, text, line)
            return


def _broken(rule: Rule, what: str, text: str, line: int) -> Flaw:
    return Flaw(line, f"{what} {rule.wrong.replace('{}', f'`{text[:80]}`')}", rule.fix)


def _check_whole(node: Node, shape: Whole, what: str) -> Iterator[Flaw]:
    if not isinstance(node, Scalar) or not isinstance(node.value, int) or isinstance(node.value, bool):
        yield _not(node, what, "a whole number")
    elif node.value < shape.least or (shape.most is not None and node.value > shape.most):
        bound = f"at least {shape.least}" if shape.most is None else f"{shape.least} to {shape.most}"
        fix = f"Write {shape.least}." if shape.least == shape.most else f"Write a whole number, {bound}."
        yield Flaw(node.line, f"{what} is {node.value}", fix)


def _check_list(node: Node, shape: ListOf, what: str) -> Iterator[Flaw]:
    if not isinstance(node, Items):
        yield _not(node, what, "a list")
        return
    if len(node.items) < shape.least:
        yield Flaw(node.line, f"{what} is empty", "Give at least one item.")
    for position, item in enumerate(node.items, start=1):
        yield from check(item, shape.item, f"item {position} of {what}")


def _check_map(node: Node, shape: MapOf, what: str) -> Iterator[Flaw]:
    if not isinstance(node, Fields):
        yield _not(node, what, "a mapping")
        return
    if len(node.pairs) < shape.least:
        yield Flaw(node.line, f"{what} is empty", "Give at least one field.")
    for key, pair in node.pairs.items():
        yield from _check_words(key, pair.line, shape.key, f"the name in {what}")
        yield from check(pair.node, shape.value, f"`{key}` in {what}")


def _check_record(node: Node, shape: Record, what: str) -> Iterator[Flaw]:
    if not isinstance(node, Fields):
        yield _not(node, what, "a mapping")
        return
    for name, pair in node.pairs.items():
        known = shape.fields.get(name)
        if known is None:
            yield _unknown(name, pair.line, shape, what)
        else:
            yield from check(pair.node, known.shape, f"`{name}`" if what == _WHOLE else f"`{name}` of {what}")
    for name, known in shape.fields.items():
        if known.required and name not in node.pairs:
            yield Flaw(node.line, f"{what} lacks `{name}`", f"Add `{name}:` — {known.told}")
    yield from _check_choices(node, shape, what)


_WHOLE = "the file"


def _check_choices(node: Fields, shape: Record, what: str) -> Iterator[Flaw]:
    for names, needed in ((shape.one_of, True), (shape.not_both, False)):
        given = [name for name in names if name in node.pairs]
        shown = " or ".join(f"`{name}`" for name in names)
        if names and needed and not given:
            yield Flaw(node.line, f"{what} lacks {shown}", "Add one of them.")
        if len(given) > 1:
            line = max(node.pairs[name].line for name in given)
            yield Flaw(line, f"{what} has {' and '.join(f'`{name}`' for name in given)}", "Keep one of them.")


def _unknown(name: str, line: int, shape: Record, what: str) -> Flaw:
    fix = shape.elsewhere.get(name)
    if fix is None:
        known = ", ".join(f"`{field}`" for field in shape.fields)
        fix = did_you_mean(name, shape.fields) or f"Known here are {known}."
    return Flaw(line, f"{what} has an unknown field `{name[:80]}`", fix.strip())


def _check_either(node: Node, shape: Either, what: str) -> Iterator[Flaw]:
    fitting = [option for option in shape.shapes if _is_kind(node, option)]
    if not fitting:
        yield _not(node, what, shape.told)
        return
    yield from check(node, max(fitting, key=lambda option: _shared(node, option)), what)


def _is_kind(node: Node, shape: Shape) -> bool:
    match shape:
        case AnyJson():
            return True
        case Text():
            return isinstance(node, Scalar) and isinstance(node.value, str)
        case Whole():
            return isinstance(node, Scalar) and isinstance(node.value, int) and not isinstance(node.value, bool)
        case ListOf():
            return isinstance(node, Items)
        case MapOf() | Record():
            return isinstance(node, Fields)
        case Either():
            return any(_is_kind(node, option) for option in shape.shapes)
        case _:
            assert_never(shape)


def _shared(node: Node, shape: Shape) -> int:
    """Count the fields that a mapping shares with a record: which of several records it was meant to be."""
    if not isinstance(node, Fields) or not isinstance(shape, Record):
        return 0
    return sum(name in shape.fields for name in node.pairs)


def _not(node: Node, what: str, due: str) -> Flaw:
    message = f"{what} is {describe(node)}, not {due}"
    if due == "a text" and isinstance(node, Scalar) and node.value is not None:
        return Flaw(node.line, message, f'Quote it: "{node.written[:40]}".')
    return Flaw(node.line, message, f"Write {due}.")
