"""Which characters of a YAML text must change so that it says something else, and everything beside stays?"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mooring.core.artifact import Json, in_integers
from mooring.formats.writing.emission import inline, item_lines, key_text, pair_lines
from mooring.formats.writing.replacing import Edit, NoEdit, Page, Place, levels_of, quotes_of, replaced
from mooring.formats.writing.spots import ListSpot, MapSpot, NoSpots, PairSpot, Spot, plain_json, spots

_PASSES = 50
"""Edits that touch each other are made one pass after the other."""
_COLON = re.compile(r"[ \t]*:")


def edited(text: str, wanted: Mapping[str, Json], order: Sequence[str] = ()) -> str | None:
    """Give the text that says `wanted`, or None where it cannot be had by changing only what differs.

    A new field of the whole goes behind those that come before it in `order`. The text must be one that the strict
    reader accepts.
    """
    rank = {name: position for position, name in enumerate(order)}
    try:
        for _ in range(_PASSES):
            editor = _Editor(Page.of(text), rank)
            edits = list(editor.root(spots(text), wanted))
            if not edits:
                return text
            text = _applied(text, edits)
    except (NoEdit, NoSpots):
        return None
    return None


def renamed(text: str, field: str, name: str) -> str | None:
    """Give the text with the name of one of its fields changed."""
    try:
        root = spots(text)
    except NoSpots:
        return None
    pairs = root.pairs if isinstance(root, MapSpot) else ()
    found = next((pair.key for pair in pairs if pair.name == field), None)
    if found is None:
        return None
    return text[: found.start] + key_text(name, quotes_of(found)) + text[found.end :]


def same(one: Json, other: Json) -> bool:
    """Tell whether two values are one to JSON: 800.0 is 800, and true is not 1."""
    return _form(one) == _form(other)


def _form(value: Json) -> str:
    return json.dumps(in_integers(value), sort_keys=True)


def _applied(text: str, edits: Sequence[Edit]) -> str:
    """Make the edits that touch no other one before them."""
    parts: list[str] = []
    done = 0
    last = -1
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start > last:
            parts += (text[done : edit.start], edit.text)
            done = last = edit.end
    return "".join((*parts, text[done:]))


@dataclass(frozen=True, slots=True)
class _Editor:
    page: Page
    rank: Mapping[str, int]

    def root(self, spot: Spot, wanted: Mapping[str, Json]) -> Iterator[Edit]:
        if not isinstance(spot, MapSpot) or not wanted or not spot.pairs:
            raise NoEdit("the whole is no mapping")
        if not same(plain_json(spot), wanted):
            yield from self._map(spot, wanted, self.rank)

    def _value(self, spot: Spot, wanted: Json, place: Place) -> Iterator[Edit]:
        if same(plain_json(spot), wanted):
            return
        try:
            yield from self._inside(spot, wanted)
        except NoEdit:
            yield replaced(self.page, spot, wanted, place)

    def _inside(self, spot: Spot, wanted: Json) -> list[Edit]:
        """Give the edits within a collection; raises NoEdit where none can make it what is wanted."""
        if isinstance(spot, MapSpot) and isinstance(wanted, Mapping) and wanted.keys() & {p.name for p in spot.pairs}:
            return list(self._map(spot, wanted, {}))
        if isinstance(spot, ListSpot) and isinstance(wanted, list | tuple) and wanted and spot.items:
            return list(self._list(spot, wanted))
        raise NoEdit("nothing of it stays")

    def _map(self, spot: MapSpot, wanted: Mapping[str, Json], rank: Mapping[str, int]) -> Iterator[Edit]:
        quotes = quotes_of(spot)
        for position, pair in enumerate(spot.pairs):
            if pair.name in wanted:
                if not same(plain_json(pair.value), wanted[pair.name]):
                    place = Place(self._after_colon(pair), spot.column, spot.flow, quotes, pair.name)
                    yield from self._value(pair.value, wanted[pair.name], place)
            else:
                yield self._without_pair(spot, position)
        stays = [pair for pair in spot.pairs if pair.name in wanted]
        names = {pair.name for pair in stays}
        behind: dict[int, dict[str, Json]] = {}
        for name, value in sorted(wanted.items(), key=lambda item: rank.get(item[0], len(rank))):
            if name not in names:
                before = [i for i, pair in enumerate(stays) if rank.get(pair.name, -1) < rank.get(name, len(rank))]
                behind.setdefault(max(before, default=len(stays) - 1), {})[name] = value
        for anchor, pairs in behind.items():
            yield self._with_pairs(spot, stays[anchor], pairs)

    def _without_pair(self, spot: MapSpot, position: int) -> Edit:
        pair, following = spot.pairs[position], spot.pairs[position + 1 : position + 2]
        if not spot.flow and self.page.opens_line(pair.key.start):
            return Edit(self.page.line_start(pair.key.start), self.page.next_line(pair.end), "")
        if following:
            return Edit(pair.key.start, following[0].key.start, "")
        if not spot.flow or not position:
            raise NoEdit("the only field of a mapping goes")
        return Edit(spot.pairs[position - 1].end, pair.end, "")

    def _with_pairs(self, spot: MapSpot, anchor: PairSpot, pairs: Mapping[str, Json]) -> Edit:
        quotes = quotes_of(spot)
        if spot.flow:
            gap = ", "
            if self.page.opens_line(anchor.key.start):
                start = self.page.line_start(anchor.key.start)
                gap = f",{self.page.line_end}{self.page.text[start : anchor.key.start]}"
            new = "".join(
                f"{gap}{key_text(name, quotes, stops=',[]{}:')}: {inline(value, quotes)}"
                for name, value in pairs.items()
            )
            return Edit(anchor.end, anchor.end, new)
        opened = levels_of(pair.value for pair in spot.pairs)
        lines = pair_lines(pairs, spot.column, opened, quotes)
        stop = self.page.line_stop(anchor.end)
        return self.page.chunk(stop, stop, "", lines)

    def _list(self, spot: ListSpot, wanted: Sequence[Json]) -> Iterator[Edit]:
        from difflib import SequenceMatcher  # only lists that changed need it

        old, new = [_form(plain_json(item)) for item in spot.items], [_form(item) for item in wanted]
        for kind, first, last, start, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if kind == "equal":
                continue
            pairs = min(last - first, stop - start)
            for at in range(pairs):
                place = Place(self._after_dash(spot, first + at), spot.column, spot.flow, quotes_of(spot))
                yield from self._value(spot.items[first + at], wanted[start + at], place)
            for at in range(first + pairs, last):
                yield self._without_item(spot, at)
            if stop - start > pairs:
                yield self._with_items(spot, first + pairs, wanted[start + pairs : stop])

    def _without_item(self, spot: ListSpot, at: int) -> Edit:
        item = spot.items[at]
        if spot.flow:
            if at + 1 < len(spot.items):
                return Edit(item.start, spot.items[at + 1].start, "")
            return Edit(spot.items[at - 1].end, item.end, "")
        dash = self._after_dash(spot, at) - 1
        if self.page.opens_line(dash):
            return Edit(self.page.line_start(dash), self.page.next_line(item.end), "")
        return Edit(dash, self._after_dash(spot, at + 1) - 1, "")

    def _with_items(self, spot: ListSpot, at: int, items: Sequence[Json]) -> Edit:
        """Add items behind the one before position `at`, or before the first one."""
        if spot.flow:
            new = [inline(item, quotes_of(spot)) for item in items]
            if at:
                end = spot.items[at - 1].end
                return Edit(end, end, "".join(f", {item}" for item in new))
            start = spot.items[0].start
            return Edit(start, start, "".join(f"{item}, " for item in new))
        lines = item_lines(items, spot.column, levels_of(spot.items))
        if at:
            stop = self.page.line_stop(spot.items[at - 1].end)
            return self.page.chunk(stop, stop, "", lines)
        dash = self._after_dash(spot, 0) - 1
        if not self.page.opens_line(dash):
            raise NoEdit("nothing can be put before an item that shares its line")
        start = self.page.line_start(dash)
        return Edit(start, start, "".join(f"{line}{self.page.line_end}" for line in lines))

    def _after_colon(self, pair: PairSpot) -> int:
        found = _COLON.match(self.page.text, pair.key.end)
        if found is None:
            raise NoEdit("a field's colon stands on a line of its own")
        return found.end()

    def _after_dash(self, spot: ListSpot, at: int) -> int:
        """Give where an item's dash ends; in a flow list, where the item starts."""
        if at >= len(spot.items):
            raise NoEdit("the only item of a list goes")
        if spot.flow:
            return spot.items[at].start
        start = spot.items[at - 1].end if at else spot.start
        stop = max(spot.items[at].start, start + 1)
        place = start
        while place < stop:
            dash = self.page.text.find("-", place, stop)
            if dash < 0:
                break
            if dash - self.page.line_start(dash) == spot.column:
                return dash + 1
            place = dash + 1
        raise NoEdit("an item's dash was not found")
