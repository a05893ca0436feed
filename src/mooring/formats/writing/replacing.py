"""How is one value of a YAML text replaced by another in the style of what stood there?"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mooring.core.artifact import Json
from mooring.formats.writing.emission import STEP, Quotes, Written, field_block, inline, literal, one_line
from mooring.formats.writing.spots import ListSpot, MapSpot, ScalarSpot, Spot

_LINE_END = re.compile(r"\r\n|\n|\r")
_BLANK_LINES = re.compile(r"(?:(?:\r\n|\n|\r)[ \t]*(?=\r|\n|\Z))*")
_BLOCK_HEADER = re.compile(r"(?:[&!]\S*[ \t]+)*[|>][-+0-9]*")


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters from `start` up to `end`, and what stands there afterwards."""

    start: int
    end: int
    text: str


class NoEdit(ValueError):
    """The text is written in a way that cannot be changed in place."""


@dataclass(frozen=True, slots=True)
class Page:
    """A text, and the line end that it uses."""

    text: str
    line_end: str

    @staticmethod
    def of(text: str) -> "Page":
        """Take the first line end for that of the text."""
        found = _LINE_END.search(text)
        return Page(text, "\n" if found is None else found[0])

    def line_start(self, at: int) -> int:
        """Give where the line of a place starts."""
        return max(self.text.rfind("\n", 0, at), self.text.rfind("\r", 0, at)) + 1

    def line_stop(self, at: int) -> int:
        """Give where the line of a place ends, before its line end."""
        found = _LINE_END.search(self.text, at)
        return len(self.text) if found is None else found.start()

    def next_line(self, at: int) -> int:
        """Give where the line after that of a place starts."""
        found = _LINE_END.search(self.text, at)
        return len(self.text) if found is None else found.end()

    def opens_line(self, at: int) -> bool:
        """Tell whether nothing but spaces stands before a place on its line."""
        return not self.text[self.line_start(at) : at].strip(" ")

    def chunk(self, start: int, end: int, head: str, lines: Sequence[str]) -> Edit:
        """Put a line's rest and further lines in the place of characters that end with a line's end.

        A block that keeps the line ends behind it must not have blank lines follow that are not its own.
        """
        if lines and not lines[-1]:
            blank = _BLANK_LINES.match(self.text, end)
            end = end if blank is None else blank.end()
        last = self.line_end if lines and end == len(self.text) else ""
        return Edit(start, end, self.line_end.join((head, *lines)) + last)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: behind a colon or dash that ends at `after`, in a collection at `column`."""

    after: int
    column: int
    flow: bool
    quotes: Quotes = Quotes.AS_NEEDED
    name: str = ""
    """The field whose value it is."""


def replaced(page: Page, spot: Spot, wanted: Json, place: Place) -> Edit:
    """Give the edit that puts `wanted` where `spot` stands."""
    written = Written(inline(wanted, quotes_of(spot) or place.quotes)) if place.flow else _in_style(spot, wanted, place)
    if not written.lines and _is_on_its_line(page, spot, place):
        if spot.end > spot.start:
            return Edit(spot.start, spot.end, written.head)
        return Edit(place.after, place.after, f" {written.head}")
    if place.flow:
        return Edit(spot.start, spot.end, written.head)
    head, lines, comment = f" {written.head}" if written.head else "", [*written.lines], _comment(page, spot, place)
    if lines and written.head.startswith('"'):
        lines[-1] += comment  # within quotes it would be text
    else:
        head += comment
    return page.chunk(place.after, page.line_stop(spot.end), head, lines)


def levels_of(siblings: Iterable[Spot]) -> int:
    """Give how many levels of a new value are spread over lines: one more where those beside it are, if they tell."""
    shapes = [item.flow for item in siblings if isinstance(item, MapSpot | ListSpot)]
    return 1 if shapes and not any(shapes) else 0


def quotes_of(spot: Spot) -> Quotes:
    """Give how a text is quoted, or the first text of a collection."""
    match spot:
        case ScalarSpot(style="'"):
            return Quotes.SINGLE
        case ScalarSpot(style='"'):
            return Quotes.DOUBLE
        case MapSpot() if spot.pairs:
            return quotes_of(spot.pairs[0].key)
        case ListSpot() if spot.items:
            return quotes_of(spot.items[0])
        case _:
            return Quotes.AS_NEEDED


def _in_style(spot: Spot, wanted: Json, place: Place) -> Written:
    if isinstance(spot, ScalarSpot) and isinstance(wanted, str):
        return _text_in_style(spot, wanted, place)
    if isinstance(spot, MapSpot | ListSpot) and wanted and isinstance(wanted, Mapping | list):
        if spot.flow:
            return Written(inline(wanted, quotes_of(spot) or Quotes.AS_NEEDED))
        return field_block(place.name, wanted, place.column, 1)
    return field_block(place.name, wanted, place.column)


def _text_in_style(spot: ScalarSpot, wanted: str, place: Place) -> Written:
    if spot.style in {"|", ">"}:
        column = place.column + STEP if spot.indent is None else spot.indent
        kept = literal(wanted, place.column, column) if 1 <= column - place.column <= 9 else None
        return kept or field_block(place.name, wanted, place.column)
    was_one_line = isinstance(spot.value, str) and "\n" not in spot.value
    if "\n" in wanted and (was_one_line or spot.style != Quotes.DOUBLE):
        return field_block(place.name, wanted, place.column)
    return Written(one_line(wanted, Quotes(spot.style)))


def _is_on_its_line(page: Page, spot: Spot, place: Place) -> bool:
    """Tell whether a value is no block, so that it may be replaced without a look at its line."""
    if isinstance(spot, ScalarSpot) and spot.style in {"|", ">"}:
        return False
    return not _LINE_END.search(page.text, place.after, spot.end)


def _comment(page: Page, spot: Spot, place: Place) -> str:
    """Give the comment on the line where the value begins, with the spaces before it."""
    if spot.end == spot.start or _LINE_END.search(page.text, place.after, spot.start):
        start = place.after
    elif isinstance(spot, ScalarSpot) and spot.style in {"|", ">"}:
        header = _BLOCK_HEADER.match(page.text, spot.start)
        if header is None:
            raise NoEdit("a block text has an odd header")
        start = header.end()
    elif isinstance(spot, MapSpot | ListSpot) and not spot.flow:
        return ""
    else:
        start = spot.end
    comment = page.text[start : page.line_stop(start)].rstrip()
    if comment and not comment.lstrip().startswith("#"):
        raise NoEdit("something else stands on the value's line")
    return comment
