"""What does an expression between `${{` and `}}` say?

The grammar is that of "Evaluate expressions in workflows and actions".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from mooring.testing.actions.invalid import Invalid
from mooring.testing.actions.values import Value, number


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is written out."""

    value: Value


@dataclass(frozen=True, slots=True)
class Context:
    """One of the contexts, such as `github`."""

    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """A property, an element, or (key None) all of them: `.*`."""

    target: "Node"
    key: "Node | None"


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    operand: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    """Two values and what stands between them."""

    operator: str
    left: "Node"
    right: "Node"


Node: TypeAlias = Literal | Context | Index | Call | Not | Binary

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^']|'')*')
    | (?P<number>[-+]?(?:0x[0-9a-fA-F]+|0o[0-7]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?))(?![A-Za-z_])
    | (?P<name>[A-Za-z_][A-Za-z0-9_-]*)
    | (?P<mark>==|!=|<=|>=|&&|\|\||[!<>()\[\].,*])
    )""",
    re.VERBOSE | re.ASCII,
)
_CONSTANTS: dict[str, Value] = {
    "true": True,
    "false": False,
    "null": None,
    "NaN": number("x"),
    "Infinity": number("Infinity"),
}
_LEVELS = (("||",), ("&&",), ("==", "!="), ("<", "<=", ">", ">="))
"""Operators, the loosest first."""


def parse(expression: str) -> Node:
    """Read an expression; raises Invalid, with the place."""
    reader = _Reader(expression, list(_tokens(expression)))
    node = reader.binary(0)
    if reader.peek() is not None:
        raise reader.unexpected()
    return node


def walk(node: Node) -> Iterator[Node]:
    """Give a node and all that it holds."""
    yield node
    match node:
        case Index(target, key):
            yield from walk(target)
            if key is not None:
                yield from walk(key)
        case Call(_, arguments):
            for argument in arguments:
                yield from walk(argument)
        case Not(operand):
            yield from walk(operand)
        case Binary(_, left, right):
            yield from walk(left)
            yield from walk(right)
        case _:
            pass


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def _tokens(expression: str) -> Iterator[_Token]:
    at = 0
    end = len(expression.rstrip())
    while at < end:
        found = _TOKEN.match(expression, at)
        if found is None or found.lastgroup is None:
            raise Invalid(f"Unexpected symbol at position {at + 1} of the expression: {expression}")
        yield _Token(found.lastgroup, found[found.lastgroup], found.start(found.lastgroup))
        at = found.end()


@dataclass(slots=True)
class _Reader:
    expression: str
    tokens: list[_Token]
    at: int = field(default=0)

    def peek(self) -> _Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def unexpected(self) -> Invalid:
        token = self.peek()
        what = "end" if token is None else f"symbol {token.text!r} at position {token.at + 1}"
        return Invalid(f"Unexpected {what} of the expression: {self.expression}")

    def take(self, *marks: str) -> str | None:
        token = self.peek()
        if token is None or token.kind != "mark" or token.text not in marks:
            return None
        self.at += 1
        return token.text

    def need(self, mark: str) -> None:
        if self.take(mark) is None:
            raise self.unexpected()

    def binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self.unary()
        node = self.binary(level + 1)
        while (operator := self.take(*_LEVELS[level])) is not None:
            node = Binary(operator, node, self.binary(level + 1))
        return node

    def unary(self) -> Node:
        return Not(self.unary()) if self.take("!") else self.postfix()

    def postfix(self) -> Node:
        node = self.primary()
        while (mark := self.take(".", "[")) is not None:
            if self.take("*"):
                node = Index(node, None)
            elif mark == ".":
                node = Index(node, Literal(self.name()))
            else:
                node = Index(node, self.binary(0))
            if mark == "[":
                self.need("]")
        return node

    def name(self) -> str:
        token = self.peek()
        if token is None or token.kind != "name":
            raise self.unexpected()
        self.at += 1
        return token.text

    def primary(self) -> Node:
        if self.take("("):
            node = self.binary(0)
            self.need(")")
            return node
        token = self.peek()
        if token is None or token.kind == "mark":
            raise self.unexpected()
        self.at += 1
        match token.kind:
            case "string":
                return Literal(token.text[1:-1].replace("''", "'"))
            case "number":
                return Literal(number(token.text))
            case _:
                return self.named(token.text)

    def named(self, name: str) -> Node:
        if self.take("("):
            return Call(name, tuple(self.arguments()))
        return Literal(_CONSTANTS[name]) if name in _CONSTANTS else Context(name)

    def arguments(self) -> Iterator[Node]:
        if self.take(")"):
            return
        yield self.binary(0)
        while self.take(","):
            yield self.binary(0)
        self.need(")")
