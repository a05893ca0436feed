"""Where in a YAML text does each value stand, to the character, so that one can be changed and nothing beside it?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from mooring.core.artifact import Json
from mooring.formats.located import Plain
from mooring.formats.parsed import Flaw
from mooring.formats.scalars import plain_value
from mooring.formats.yaml_characters import stand_ins

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SPACES = re.compile(" *")
_LINE_END = re.compile(r"\r\n|\n|\r")


class NoSpots(ValueError):
    """The text is no YAML that can be edited in place."""


@dataclass(frozen=True, slots=True)
class ScalarSpot:
    """A single value. `style` is its quote or block mark, '' for a plain one; `indent` that of a block's text."""

    start: int
    end: int
    value: Plain
    style: str
    indent: int | None = None


@dataclass(frozen=True, slots=True)
class AliasSpot:
    """`*name`, and the value that it stands for."""

    start: int
    end: int
    of: "Spot"


@dataclass(frozen=True, slots=True)
class ListSpot:
    """A list; `column` is that of its dashes."""

    start: int
    end: int
    column: int
    flow: bool
    items: tuple["Spot", ...]


@dataclass(frozen=True, slots=True)
class MapSpot:
    """A mapping; `column` is that of its keys."""

    start: int
    end: int
    column: int
    flow: bool
    pairs: tuple["PairSpot", ...]


Spot = ScalarSpot | AliasSpot | ListSpot | MapSpot


@dataclass(frozen=True, slots=True)
class PairSpot:
    """A field of a mapping."""

    key: ScalarSpot
    value: Spot

    @property
    def name(self) -> str:
        """The field's name."""
        return str(self.key.value)

    @property
    def end(self) -> int:
        """Where the field ends, without a comment behind it."""
        return max(self.key.end, self.value.end)


def spots(text: str) -> Spot:
    """Give the places of a text's only document, which the strict reader accepts; raises NoSpots."""
    there, back = stand_ins(text)
    events = yaml.parse(text.translate(there), Loader=_LOADER)
    reader = _Reader(text, back, events)
    try:
        return reader.root()
    except (yaml.YAMLError, StopIteration) as error:
        raise NoSpots(str(error)) from error


def plain_json(spot: Spot) -> Json:
    """Give the value alone."""
    match spot:
        case ScalarSpot():
            return spot.value
        case AliasSpot():
            return plain_json(spot.of)
        case ListSpot():
            return [plain_json(item) for item in spot.items]
        case MapSpot():
            return {pair.name: plain_json(pair.value) for pair in spot.pairs}


class _Reader:
    """Takes events one by one; depth is bounded, since the strict reader has read the text before."""

    def __init__(self, text: str, back: dict[int, int], events: Iterator[yaml.Event]) -> None:
        self._text = text
        self._back = back
        self._events = events
        self._anchors: dict[str, Spot] = {}

    def root(self) -> Spot:
        for event in self._events:
            if not isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
                return self._spot(event, 0)
        raise NoSpots("the text holds nothing")

    def _spot(self, event: yaml.Event, parent: int) -> Spot:
        match event:
            case yaml.AliasEvent():
                target = self._anchors.get(event.anchor or "")
                if target is None:
                    raise NoSpots("an alias stands for nothing")
                return AliasSpot(_start(event), _end(event), target)
            case yaml.ScalarEvent():
                spot: Spot = self._scalar(event, parent)
            case yaml.SequenceStartEvent():
                spot = self._list(event)
            case yaml.MappingStartEvent():
                spot = self._map(event)
            case _:
                raise NoSpots("a value is missing")
        if event.anchor is not None:
            self._anchors[event.anchor] = spot
        return spot

    def _scalar(self, event: yaml.ScalarEvent, parent: int) -> ScalarSpot:
        written = event.value.translate(self._back)
        is_plain = event.implicit[0] and event.tag is None
        value = plain_value(written, 0) if is_plain else written
        if isinstance(value, Flaw):
            raise NoSpots(value.message)
        start, end, style = _start(event), _end(event), event.style or ""
        if style not in {"|", ">"}:
            return ScalarSpot(start, end, value, style)
        end, indent = _block_text(self._text, start, end, parent)
        return ScalarSpot(start, end, value, style, indent)

    def _list(self, event: yaml.SequenceStartEvent) -> ListSpot:
        items: list[Spot] = []
        flow = bool(event.flow_style)
        column = _column(event)
        while not isinstance(inner := next(self._events), yaml.SequenceEndEvent):
            items.append(self._spot(inner, column))
        end = _end(inner) if flow or not items else max(items[-1].end, _end(event))
        return ListSpot(_start(event), end, column, flow, tuple(items))

    def _map(self, event: yaml.MappingStartEvent) -> MapSpot:
        pairs: list[PairSpot] = []
        flow = bool(event.flow_style)
        column = _column(event)
        while not isinstance(inner := next(self._events), yaml.MappingEndEvent):
            if not pairs:
                column = _column(inner)
            key = self._spot(inner, column)
            if not isinstance(key, ScalarSpot):
                raise NoSpots("a field's name is an alias or no text")
            pairs.append(PairSpot(key, self._spot(next(self._events), column)))
        end = _end(inner) if flow or not pairs else pairs[-1].end
        return MapSpot(_start(event), end, column, flow, tuple(pairs))


def _start(event: yaml.Event) -> int:
    return 0 if event.start_mark is None else event.start_mark.index


def _end(event: yaml.Event) -> int:
    return 0 if event.end_mark is None else event.end_mark.index


def _column(event: yaml.Event) -> int:
    return 0 if event.start_mark is None else event.start_mark.column


def _block_text(text: str, start: int, end: int, parent: int) -> tuple[int, int | None]:
    """Give where a block's text ends, without the blank lines behind it that it does not keep, and its indent."""
    first = _LINE_END.search(text, start, end)
    if first is None:
        return end, None
    header = text[start : first.start()].partition(" #")[0].rstrip()
    mark = header.rpartition(" ")[2]
    digit = next((int(char) for char in mark if char.isdecimal()), None)
    lines = _lines(text, first.end(), end)
    filled = (at for at, line in lines if line.strip(" "))
    indent = parent + digit if digit else next((_leading(text, at) for at in filled), None)
    if "+" in mark:
        kept = text[start:end]
        return start + len(kept.removesuffix("\n").removesuffix("\r") if kept.endswith("\n") else kept), indent
    last = first.start()
    for at, line in lines:
        if line.strip(" ") or (indent is not None and len(line) > indent):
            last = at + len(line)
    return last, indent


def _lines(text: str, start: int, end: int) -> list[tuple[int, str]]:
    lines: list[tuple[int, str]] = []
    while start < end:
        found = _LINE_END.search(text, start, end)
        stop = end if found is None else found.start()
        lines.append((start, text[start:stop]))
        start = end if found is None else found.end()
    return lines


def _leading(text: str, at: int) -> int:
    found = _SPACES.match(text, at)
    return 0 if found is None else found.end() - at
