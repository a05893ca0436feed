"""What do the rows of Langfuse's lists say of one prompt?"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mooring.core.address import Ref
from mooring.ports import Listing
from mooring_langfuse.api import LATEST, Row


@dataclass(frozen=True, slots=True)
class Shown:
    """The rows of one prompt: by label the row of its holders, and the row of all versions where it was asked for."""

    held: Mapping[str, Row] = field(default_factory=dict[str, Row])
    whole: Row | None = None

    @property
    def rows(self) -> Iterator[Row]:
        """Give all rows."""
        yield from self.held.values()
        if self.whole is not None:
            yield self.whole

    @property
    def newest(self) -> int | None:
        """Give the highest version; None where no row shows it."""
        if self.whole is not None:
            return max(self.whole.versions)
        return max((max(row.versions) for row in self.held.values() if LATEST in row.labels), default=None)


def ref(version: int) -> Ref:
    """Give a version's ref: its number."""
    return Ref(str(version))


def listing(name: str, asked: Collection[str], sighting: Shown) -> Listing:
    """Put together what was seen of a prompt. Which version has a label shows where a row has one version alone."""
    labels = {label: tuple(map(ref, row.versions)) for label, row in sighting.held.items()}
    stamps = {label: row.updated for label, row in sighting.held.items()}
    others: dict[str, set[int]] = {}
    for row in sighting.rows:
        for label in row.labels if len(row.versions) == 1 else ():
            if label != LATEST and label not in asked and label not in sighting.held:
                others.setdefault(label, set()).update(row.versions)
                stamps[label] = max(stamps.get(label, ""), row.updated)
    labels.update((label, tuple(map(ref, sorted(versions)))) for label, versions in others.items())
    any_row = next(sighting.rows, None)
    kind, tags = (None, None) if any_row is None else (any_row.kind, any_row.tags)
    number = sighting.newest
    newest = None if number is None else ref(number)
    said = [sorted(labels.items()), sorted(stamps.items()), newest, kind, tags]
    token = hashlib.sha256(json.dumps(said).encode()).hexdigest()
    return Listing(name, token, labels, newest, tags=tags, stamps=stamps, kind=kind)


def implied(asked: Sequence[str], sighting: Shown) -> dict[str, Row]:
    """Give the holders of asked labels that need no question: a prompt with one version has all its labels there."""
    whole = sighting.whole
    if whole is None or len(whole.versions) > 1:
        return {}
    return {label: whole for label in asked if label in whole.labels and label not in sighting.held}


def unclear(asked: Collection[str], sighting: Shown) -> Sequence[str]:
    """Give the labels of a prompt of which no row says who holds them; an asked one counts with its own row alone."""
    if sighting.whole is None:
        return ()
    known = {label for row in sighting.rows if len(row.versions) == 1 for label in row.labels}
    return [
        label
        for label in sighting.whole.labels
        if label not in {LATEST, ""} and label not in sighting.held and (label in asked or label not in known)
    ]


def contradicted(asked: Collection[str], sighting: Shown) -> Sequence[str]:
    """Give the asked labels that another label's row shows and their own list did not, which shifted meanwhile."""
    shown = {label for row in sighting.held.values() for label in row.labels}
    return [label for label in asked if label in shown and label not in sighting.held]
