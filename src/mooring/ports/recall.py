"""What was read of a platform before? A memory beside the clone: losing it costs requests, never truth."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from mooring.core.address import Ref
from mooring.ports.platform import Sighting, Stored, Survey


class Seen(NamedTuple):
    """A version as it can be remembered where versions are immutable: its name on the platform, ref and stamp."""

    name: str
    ref: Ref
    stamp: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A survey with all that it answered: `absent` were proven to be absent, `taken` is when it was last whole.

    `taken` is ISO 8601 in UTC, by the clock of the machine that took it.
    """

    survey: Survey
    absent: frozenset[str]
    taken: str


class Recall(Protocol):
    """Remembers one platform project (see Adapter.connection). Never raises: what it cannot give is not there."""

    def identity(self, place: str) -> str | None:
        """Give the project that the connection led to."""
        ...

    def keep_identity(self, place: str, identity: str) -> None:
        """Remember the project that the connection led to."""
        ...

    def snapshot(self, place: str, labels: Iterable[str]) -> Snapshot | None:
        """Give the last survey of exactly these labels."""
        ...

    def keep_snapshot(self, place: str, labels: Iterable[str], snapshot: Snapshot) -> None:
        """Remember a survey in place of the one before."""
        ...

    def sightings(self, place: str, wanted: Iterable[Seen]) -> Mapping[Seen, Sighting]:
        """Give what is known of those versions that were read before."""
        ...

    def stored(self, place: str, wanted: Seen) -> Stored | None:
        """Give a version that was read before with its content."""
        ...

    def keep(self, place: str, read: Mapping[Seen, Stored]) -> None:
        """Remember versions that were read."""
        ...


class Forgetful:
    """Remembers nothing."""

    def identity(self, place: str) -> str | None:
        """Give none."""
        return None

    def keep_identity(self, place: str, identity: str) -> None:
        """Forget it."""

    def snapshot(self, place: str, labels: Iterable[str]) -> Snapshot | None:
        """Give none."""
        return None

    def keep_snapshot(self, place: str, labels: Iterable[str], snapshot: Snapshot) -> None:
        """Forget it."""

    def sightings(self, place: str, wanted: Iterable[Seen]) -> Mapping[Seen, Sighting]:
        """Give none."""
        return {}

    def stored(self, place: str, wanted: Seen) -> Stored | None:
        """Give none."""
        return None

    def keep(self, place: str, read: Mapping[Seen, Stored]) -> None:
        """Forget them."""


FORGETFUL = Forgetful()
