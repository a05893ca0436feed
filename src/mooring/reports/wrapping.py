"""Where does a long line break, so that its gutter stands before every part of it?"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from mooring.clean import width
from mooring.reports.page import Span

_PARTS = re.compile(r"\s+|\S+")


def wrapped(spans: Sequence[Span], columns: int) -> Iterator[tuple[Span, ...]]:
    """Break spans into lines of at most `columns`, at spaces where there are any; those at a break are left out."""
    line: list[Span] = []
    room = columns
    for part in (piece for span in spans for piece in _parts(span, columns)):
        needed = width(part.text)
        if needed > room and line:
            yield _joined(line)
            line, room = [], columns
            if part.text.isspace():
                continue
        line.append(part)
        room -= needed
    yield _joined(line)


def _joined(line: list[Span]) -> tuple[Span, ...]:
    """Put what looks alike into one span again."""
    runs = [(style, list(run)) for style, run in groupby(line, lambda one: one.style)]
    return tuple(Span("".join(one.text for one in run), style) for style, run in runs)


def _parts(span: Span, columns: int) -> Iterator[Span]:
    """Give the words of a span and the spaces between them, those that are longer than a line in pieces."""
    for found in _PARTS.findall(span.text):
        if width(found) <= columns:
            yield Span(found, span.style)
            continue
        at = 0
        for end in range(1, len(found) + 1):
            if width(found[at : end + 1]) > columns or end == len(found):
                yield Span(found[at:end], span.style)
                at = end
