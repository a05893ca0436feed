"""What does a YAML file hold, and on which line does each value stand?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from mooring.core.artifact import Json

Plain: TypeAlias = None | bool | int | float | str


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value; `written` is its text as the file has it."""

    line: int
    value: Plain
    written: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    line: int
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """One field of a mapping, with the line of its key."""

    line: int
    key: str
    node: "Node"


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping, in the order of the file."""

    line: int
    pairs: Mapping[str, Pair]


Node: TypeAlias = Scalar | Items | Fields


def plain(node: Node) -> Json:
    """Give the value alone."""
    match node:
        case Scalar():
            return node.value
        case Items():
            return [plain(item) for item in node.items]
        case Fields():
            return {key: plain(pair.node) for key, pair in node.pairs.items()}
        case _:
            assert_never(node)


def is_nothing(root: Node | None) -> bool:
    """Tell whether a file holds nothing, or nothing but an explicit null."""
    return root is None or (isinstance(root, Scalar) and root.value is None)


def describe(node: Node) -> str:
    """Say what stands there instead of what should, without repeating a text that may be secret or long."""
    match node:
        case Items():
            return "a list"
        case Fields():
            return "a mapping"
        case Scalar():
            return _describe_scalar(node)
        case _:
            assert_never(node)


def _describe_scalar(scalar: Scalar) -> str:
    match scalar.value:
        case None:
            return "nothing"
        case bool():
            return f"the truth value {scalar.written}"
        case int() | float():
            return f"the number {scalar.written[:40]}"
        case str():
            return "a text"
        case _:
            assert_never(scalar.value)
