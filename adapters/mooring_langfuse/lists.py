"""Who holds the labels of a Langfuse project, read by its lists: wholly, or for one prompt?"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from mooring.ports import Listing, Survey, Unreachable
from mooring_langfuse.api import Api, Row
from mooring_langfuse.listing import Shown, contradicted, implied, listing, unclear
from mooring_langfuse.names import UNREACHABLE, is_impossible, stored_name

Rows: TypeAlias = Mapping[str, Row]
"""One list, read whole: its rows by the names of their prompts."""

_FEW = 3
"""So many questions about single prompts are never more than a list of all would cost."""

_TICK = timedelta(seconds=1)
"""The server's own clock is told to the second."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A list, and when the server began to give it, by its own clock; None where it does not say."""

    rows: Rows
    begun: datetime | None


class Lists:
    """Reads lists of prompts. They are pages by offset: what changes in between shifts them, which is seen."""

    def __init__(self, api: Api, page_size: int) -> None:
        self._api = api
        self.page_size = page_size

    def whole(self, label: str | None = None, since: str | None = None) -> Listed:
        """Read all pages of a list; raises Unreachable where they do not agree with each other.

        A prompt that goes makes later ones come a page too early: then nobody knows what was missed. One that comes
        shows a row twice, and is itself among what was touched since the list was begun.
        """
        found, total, begun = self._pages(_filters(label, since))
        if len(found) < total and begun is not None:
            found |= self._pages(_filters(label, iso(begun - _TICK)))[0]
        if len(found) < total:
            raise changing()
        # Names that no path leads to: no app can ask for these either.
        return Listed({name: row for name, row in found.items() if name not in UNREACHABLE}, begun)

    def _pages(self, filters: Mapping[str, str]) -> tuple[dict[str, Row], int, datetime | None]:
        """Read page after page; give the rows, how many there should be, and when the first page was sent."""
        found: dict[str, Row] = {}
        number, total, begun = 1, 0, None
        while True:
            page = self._api.page(number, self.page_size, filters)
            begun = page.sent if number == 1 else begun
            found.update((row.name, row) for row in page.rows)
            if page.total < total or len(found) > page.total:
                raise changing()
            total = page.total
            if number * self.page_size >= total:
                return found, total, begun
            if not page.rows:
                raise changing()
            number += 1

    def total(self, label: str | None = None) -> tuple[int, datetime | None]:
        """Count the prompts of a list, and tell when, by the server's clock."""
        page = self._api.page(1, 1, _filters(label, None))
        return page.total, page.sent

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

    def look(self, name: str, asked: Sequence[str]) -> Shown | None:
        """Ask for one prompt's holders label by label; None where there is no such prompt."""
        held = {label: row for label in asked if (row := self.one(name, label)) is not None}
        sighting = Shown(held)
        return sighting if sighting.newest is not None else self._clear(name, asked, sighting)

    def survey(self, asked: Sequence[str], expected: Collection[str]) -> Survey:
        """Read who holds the labels of every prompt."""
        lists = {label: self.whole(label) for label in asked if label}
        seen = by_prompt({label: listed.rows for label, listed in lists.items()})
        return Survey(self.settle(asked, seen, expected, len(seen)), earliest(one.begun for one in lists.values()))

    def settle(
        self, asked: Sequence[str], seen: Mapping[str, Shown], expected: Iterable[str], size: int
    ) -> dict[str, Listing]:
        """Ask for what the lists by label leave open: versions above the holders', and whether a prompt is there.

        One by one where it is few, else by one list of all prompts; `size` is how many of these are known.
        """
        sightings: dict[str, Shown | None] = dict(seen)
        open_ = [name for name, sighting in seen.items() if sighting.newest is None or contradicted(asked, sighting)]
        open_ += sorted(set(expected) - seen.keys())
        pages = -(-max(size, len(open_)) // self.page_size)
        if len(open_) <= max(_FEW, pages):
            for name in open_:
                sightings[name] = self._clear(name, asked, seen.get(name, Shown()))
        else:
            everything = self.whole().rows
            for name in open_:
                sightings[name] = self._compare(name, asked, seen.get(name, Shown()), everything.get(name))
        return _listings(asked, sightings)

    def _clear(self, name: str, asked: Sequence[str], seen: Shown) -> Shown | None:
        """Ask for all versions of a prompt, and who holds the labels that nobody was seen to hold."""
        whole = self.one(name)
        return None if whole is None else self._ask(name, asked, replace(seen, whole=whole), every=True)

    def _compare(self, name: str, asked: Sequence[str], seen: Shown, whole: Row | None) -> Shown | None:
        """Take all versions from a list of all prompts; ask where that contradicts what was seen."""
        if whole is None:
            return None if not seen.held else self._clear(name, asked, seen)
        return self._ask(name, asked, replace(seen, whole=whole), every=False)

    def _ask(self, name: str, asked: Sequence[str], seen: Shown, *, every: bool) -> Shown:
        held = {**seen.held, **implied(asked, seen)}
        for label in unclear(asked, replace(seen, held=held)):
            row = self.one(name, label) if every or label in asked else None
            if row is not None:
                held[label] = row
        return replace(seen, held=held)


def by_prompt(lists: Mapping[str, Rows]) -> dict[str, Shown]:
    """Turn lists by label into sightings by prompt."""
    held: dict[str, dict[str, Row]] = {}
    for label, rows in lists.items():
        for name, row in rows.items():
            held.setdefault(name, {})[label] = row
    return {name: Shown(rows) for name, rows in held.items()}


def changing() -> Unreachable:
    """Say that pages do not belong together."""
    return Unreachable("The list of prompts changed while it was read, so it would not be whole. Try again.")


def earliest(moments: Iterable[datetime | None]) -> str:
    """Give the first of several moments, '' where one of them is not known."""
    known = list(moments)
    return iso(min(moment for moment in known if moment is not None)) if known and None not in known else ""


def iso(moment: datetime) -> str:
    """Write a moment as Langfuse does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _filters(label: str | None, since: str | None) -> dict[str, str]:
    named = {"label": label, "fromUpdatedAt": since}
    return {key: value for key, value in named.items() if value is not None}


def _listings(asked: Collection[str], sightings: Mapping[str, Shown | None]) -> dict[str, Listing]:
    return {name: listing(name, asked, sighting) for name, sighting in sightings.items() if sighting is not None}
