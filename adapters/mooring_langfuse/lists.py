"""Who holds the labels of a Langfuse project, read by its lists: wholly, or for one prompt?"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from mooring.ports import Survey, Unreachable
from mooring_langfuse.api import Api, Row
from mooring_langfuse.listing import Sighting, contradicted, implied, listing, unclear
from mooring_langfuse.names import UNREACHABLE, is_impossible, stored_name

Rows: TypeAlias = Mapping[str, Row]
"""One list, read whole: its rows by the names of their prompts."""

_FEW = 3
"""So many questions about single prompts are never more than a list of all would cost."""


class Lists:
    """Reads lists of prompts. They are pages by offset: what changes in between shifts them, which is seen."""

    def __init__(self, api: Api, page_size: int) -> None:
        self._api = api
        self.page_size = page_size

    def whole(self, **filters: str) -> Rows:
        """Read all pages of a list; raises Unreachable where they do not agree with each other."""
        found: dict[str, Row] = {}
        number, total, count = 1, 0, 0
        while True:
            page = self._api.page(number, self.page_size, filters)
            if number > 1 and page.total != total:
                raise changing()
            total = page.total
            count += len(page.rows)
            found.update((row.name, row) for row in page.rows)
            if number * self.page_size >= total:
                break
            if not page.rows:
                raise changing()
            number += 1
        if not len(found) == count == total:
            raise changing()
        return {name: row for name, row in found.items() if name not in UNREACHABLE}

    def total(self, **filters: str) -> int:
        """Count the prompts of a list."""
        return self._api.page(1, 1, filters).total

    def one(self, name: str, label: str | None = None) -> Row | None:
        """Read the row of one prompt, of a label's holders or of all versions; None where it has none."""
        if is_impossible(name) or label == "":
            return None  # an empty filter is none to Langfuse: it would list everything
        page = self._api.page(1, 1, {"name": name} if label is None else {"name": name, "label": label})
        if page.total == 0 and not page.rows:
            return None
        if name != stored_name(name) and [row.name for row in page.rows] == [stored_name(name)]:
            return None
        if page.total != 1 or [row.name for row in page.rows] != [name]:
            reason = f"Langfuse listed another prompt than the one asked for ({name!r})."
            raise Unreachable(f"{reason} Check that no proxy rewrites queries.")
        return page.rows[0]

    def look(self, name: str, asked: Sequence[str]) -> Sighting | None:
        """Ask for one prompt's holders label by label; None where there is no such prompt."""
        held = {label: row for label in asked if (row := self.one(name, label)) is not None}
        sighting = Sighting(held)
        return sighting if sighting.newest is not None else self._clear(name, asked, sighting)

    def survey(self, asked: Sequence[str], expected: Collection[str]) -> Survey:
        """Read who holds the labels of every prompt."""
        lists = {label: self.whole(label=label) for label in asked if label}
        seen = by_prompt(lists)
        return self.settle(asked, seen, expected, len(seen))

    def settle(self, asked: Sequence[str], seen: Mapping[str, Sighting], expected: Iterable[str], size: int) -> Survey:
        """Ask for what the lists by label leave open: versions above the holders', and whether a prompt is there.

        One by one where it is few, else by one list of all prompts; `size` is how many of these are known.
        """
        sightings: dict[str, Sighting | None] = dict(seen)
        open_ = [name for name, sighting in seen.items() if sighting.newest is None or contradicted(asked, sighting)]
        open_ += sorted(set(expected) - seen.keys())
        pages = -(-max(size, len(open_)) // self.page_size)
        if len(open_) <= max(_FEW, pages):
            for name in open_:
                sightings[name] = self._clear(name, asked, seen.get(name, Sighting()))
        else:
            everything = self.whole()
            for name in open_:
                sightings[name] = self._compare(name, asked, seen.get(name, Sighting()), everything.get(name))
        return _listings(asked, sightings)

    def _clear(self, name: str, asked: Sequence[str], seen: Sighting) -> Sighting | None:
        """Ask for all versions of a prompt, and who holds the labels that nobody was seen to hold."""
        whole = self.one(name)
        return None if whole is None else self._ask(name, asked, replace(seen, whole=whole), every=True)

    def _compare(self, name: str, asked: Sequence[str], seen: Sighting, whole: Row | None) -> Sighting | None:
        """Take all versions from a list of all prompts; ask where that contradicts what was seen."""
        if whole is None:
            return None if not seen.held else self._clear(name, asked, seen)
        return self._ask(name, asked, replace(seen, whole=whole), every=False)

    def _ask(self, name: str, asked: Sequence[str], seen: Sighting, *, every: bool) -> Sighting:
        held = {**seen.held, **implied(asked, seen)}
        for label in unclear(asked, replace(seen, held=held)):
            row = self.one(name, label) if every or label in asked else None
            if row is not None:
                held[label] = row
        return replace(seen, held=held)


def by_prompt(lists: Mapping[str, Rows]) -> dict[str, Sighting]:
    """Turn lists by label into sightings by prompt."""
    held: dict[str, dict[str, Row]] = {}
    for label, rows in lists.items():
        for name, row in rows.items():
            held.setdefault(name, {})[label] = row
    return {name: Sighting(rows) for name, rows in held.items()}


def changing() -> Unreachable:
    """Say that pages do not belong together."""
    return Unreachable("The list of prompts changed while it was read, so it would not be whole. Try again.")


def _listings(asked: Collection[str], sightings: Mapping[str, Sighting | None]) -> Survey:
    return {name: listing(name, asked, sighting) for name, sighting in sightings.items() if sighting is not None}
