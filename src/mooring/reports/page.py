"""What does a page for people consist of, before it is known what it is shown on?"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from mooring.clean import width


class Style(StrEnum):
    """What a piece of text is; the values are rich's names of its look."""

    PLAIN = ""
    STRONG = "bold"
    QUIET = "bright_black"
    GOOD = "green"
    WRITE = "cyan"
    WARN = "yellow"
    BAD = "red"
    UNKNOWN = "magenta"
    COMMAND = "blue"
    REMOVED = "bold reverse red"
    ADDED = "bold reverse green"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line, harmless already."""

    text: str
    style: Style = Style.PLAIN


class Flow(StrEnum):
    """What happens to a line that is longer than a terminal is wide."""

    WRAPPED = "wrapped"
    """Goes on below its own start."""
    WHOLE = "whole"
    """Stays one line to copy."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of spans, `indent` columns from the left. A line without spans is empty."""

    spans: tuple[Span, ...] = ()
    indent: int = 0
    flow: Flow = Flow.WRAPPED


@dataclass(frozen=True, slots=True)
class Item:
    """A line of two parts; where a terminal is too narrow, `body` goes on below its own start."""

    head: tuple[Span, ...]
    body: Span
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows under a header, as a table where there is a terminal and as aligned columns where there is none."""

    header: tuple[str, ...]
    rows: tuple[tuple[Span, ...], ...]


Block: TypeAlias = Line | Item | Grid
Page: TypeAlias = tuple[Block, ...]


def columns(rows: tuple[tuple[Span, ...], ...]) -> tuple[tuple[Span, ...], ...]:
    """Give rows padded so that their spans stand below each other, two spaces apart; none ends in spaces."""
    widths = [max(width(row[at].text) for row in rows if at < len(row)) for at in range(max(map(len, rows), default=0))]
    return tuple(_padded(row, widths) for row in rows)


def _padded(row: tuple[Span, ...], widths: list[int]) -> tuple[Span, ...]:
    last = max((at for at, span in enumerate(row) if span.text), default=-1)
    padded = [
        Span(span.text + " " * (widths[at] - width(span.text) + 2 if at < last else 0), span.style)
        for at, span in enumerate(row[: last + 1])
    ]
    return tuple(padded)
