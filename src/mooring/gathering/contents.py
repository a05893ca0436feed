"""What do the versions hold that a target's labels point at? Each is read once where versions never change."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from mooring.calls import Calls
from mooring.core.address import Address, Gap, Ref
from mooring.ports import FORGETFUL, Listing, Recall, Seen, Sighting, Stored, Unreachable
from mooring.run import Target

READERS = 8
"""Threads that read versions of one target at once."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Live versions by Git name and ref. Those that were remembered are fetched from memory when they are shown."""

    sightings: Mapping[tuple[str, Ref], Sighting] = field(default_factory=dict[tuple[str, Ref], Sighting])
    read: Mapping[tuple[str, Ref], Stored] = field(default_factory=dict[tuple[str, Ref], Stored])
    remembered: Mapping[tuple[str, Ref], Seen] = field(default_factory=dict[tuple[str, Ref], Seen])
    recall: Recall = FORGETFUL
    place: str = ""

    def of(self, prompt: str, ref: Ref) -> Stored | None:
        """Give a version with its content, None where it is not one of these."""
        found = self.read.get((prompt, ref))
        if found is not None or (prompt, ref) not in self.remembered:
            return found
        return self.recall.stored(self.place, self.remembered[prompt, ref])


NOTHING = Contents()


def read_holders(calls: Calls, target: Target, survey: Mapping[str, Listing], addresses: Iterable[Address]) -> Contents:
    """Take the holders' contents from the survey and from memory, and read each of the others once.

    A version that could not be read is in none of the answer's maps.
    """
    free: dict[tuple[str, Ref], Stored] = {}
    wanted: dict[tuple[str, Ref], Seen | None] = {}
    for address in addresses:
        listing = survey.get(address.prompt)
        for ref in () if listing is None else listing.labels.get(address.label, ()):
            if listing is not None and ref in listing.stored:
                free[address.prompt, ref] = listing.stored[ref]
            elif listing is not None:
                wanted.setdefault((address.prompt, ref), seen_as(calls, listing, address.label, ref))
    place = calls.adapter.connection() if any(wanted.values()) else ""
    known = target.recall.sightings(place, [seen for seen in wanted.values() if seen is not None]) if place else {}
    remembered = {at: seen for at, seen in wanted.items() if seen is not None and seen in known}
    read = _read(calls, target, [at for at in wanted if at not in remembered])
    keep(target, place, {seen: stored for at, stored in read.items() if (seen := wanted[at]) is not None})
    sightings = {at: stored.sighting for at, stored in (free | read).items()}
    sightings |= {at: known[seen] for at, seen in remembered.items()}
    return Contents(sightings, free | read, remembered, target.recall, place)


def seen_as(calls: Calls, listing: Listing, label: str, ref: Ref) -> Seen | None:
    """Give what a version that holds a label is remembered under; None where that would prove nothing."""
    stamp = listing.stamps.get(label)
    return Seen(listing.name, ref, stamp) if stamp and calls.adapter.capabilities.immutable_versions else None


def keep(target: Target, place: str, read: Mapping[Seen, Stored]) -> None:
    """Remember versions that were read, but for those made after their label was seen: another one of that number."""
    target.recall.keep(place, {seen: stored for seen, stored in read.items() if stored.created <= seen.stamp})


def _read(calls: Calls, target: Target, missing: list[tuple[str, Ref]]) -> dict[tuple[str, Ref], Stored]:
    def read(one: tuple[str, Ref]) -> Stored | None:
        try:
            found = calls.read(target.naming.on_platform(one[0]), one[1])
        except Unreachable:
            return None
        return None if isinstance(found, Gap) else found

    if not missing:
        return {}
    with ThreadPoolExecutor(READERS) as pool:
        answers = zip(missing, pool.map(read, missing), strict=True)
        return {at: stored for at, stored in answers if stored is not None}
