"""What does a platform hold, in words that fit every platform, and what can go wrong when it is asked?

Unreachable and Denied end the work with a target, Rejected and Moved concern one write. Absence is never an error: it
is the value ABSENT, and it is proven.
"""

from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal

from mooring.core.address import ContentHash, Ref
from mooring.core.artifact import Content, Kind


class AdapterError(Exception):
    """A platform did not do what was asked; the message says what, where and the way out, and holds no secret."""


class Unreachable(AdapterError):
    """No usable answer: down, time-out, 5xx, HTML where JSON was due. It says nothing about any prompt.

    A write may have happened all the same, or may happen later, unless `sent` is False: then the platform is known
    not to have done it. `retry_after` is in seconds, where the platform named a wait.
    """

    def __init__(self, message: str, *, retry_after: float | None = None, sent: bool = True) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.sent = sent


class Denied(AdapterError):
    """The credentials are missing, wrong or not allowed to do this."""


class Rejected(AdapterError):
    """The platform refused this one write and changed nothing; asking again gives the same answer."""


class Moved(AdapterError):
    """The label or version is not what the caller expected: somebody was faster. Nothing was changed."""


class Misconfigured(Exception):
    """A target's options are wrong or something that it needs is not installed; the message says the way out."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can do, so far as it changes what the cycle does."""

    immutable_versions: bool
    """A version's content never changes under its name, ref and stamp (see Listing); it may then be remembered."""
    labels_on_create: bool
    """A new prompt can be created together with its labels, in one call."""
    removes_labels: bool
    """A label can be taken off without moving it elsewhere."""
    names_authors: bool
    """The platform tells who made a version."""
    tells_changes: bool = False
    """The platform can be asked what changed since an earlier survey (see Adapter.delta)."""
    deletes_prompts: bool = False
    """A prompt can be deleted with all its versions in one request; a look without labels shows all that it has."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a version came from, written beside it. A hint and an ownership mark, never proof of equality."""

    id: str
    commit: str
    path: str
    author: str
    hash: ContentHash


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is known of a version beside its content; for the fields see Stored."""

    ref: Ref
    hash: ContentHash
    created: str = ""
    author: str | None = None
    provenance: Provenance | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """One version as the platform holds it. `created` is ISO 8601 in UTC, '' where the platform keeps none.

    `silent` names the config keys that the platform has no place for and this version says nothing about, because
    it was not made by Mooring: their lack is no edit.
    """

    ref: Ref
    content: Content
    hash: ContentHash
    created: str = ""
    author: str | None = None
    provenance: Provenance | None = None
    silent: frozenset[str] = frozenset()

    @property
    def sighting(self) -> Sighting:
        """The same without the content."""
        return Sighting(self.ref, self.hash, self.created, self.author, self.provenance)


@dataclass(frozen=True, slots=True)
class Listing:
    """One prompt as a survey sees it. `name` is the platform's name for it.

    `labels` maps every label that was seen (all that were asked for, others so far as they showed) to the refs that
    hold it: two refs under one label are a split label. `stamps` maps a label to when the platform last touched what
    holds it, where it tells: a number can come back with other content, but never with the same stamp. `token` changes
    whenever anything about the prompt's labels or contents may have. `stored` are the versions whose content came
    along for free. `owner` is the id of the repository that made it, where the platform shows it in lists. `kind` is
    set where the platform fixes it for all versions of a prompt. `newest` is None for a prompt without versions.
    """

    name: str
    token: str
    labels: Mapping[str, tuple[Ref, ...]]
    newest: Ref | None = None
    stored: Mapping[Ref, Stored] = field(default_factory=dict[Ref, Stored])
    owner: str | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None
    stamps: Mapping[str, str] = field(default_factory=dict[str, str])
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Survey(Mapping[str, Listing]):
    """By platform name every prompt that a label of the survey is on, and all others that were expected and live.

    It was read whole: there is no partial survey, it raises instead. `begun` is when reading began by the platform's
    own clock, '' where it does not say; two surveys that tell the same are equal whenever they were read.
    """

    listings: Mapping[str, Listing]
    begun: str = field(default="", compare=False)

    def __getitem__(self, name: str) -> Listing:
        return self.listings[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.listings)

    def __len__(self) -> int:
        return len(self.listings)

    def __contains__(self, name: object) -> bool:
        return name in self.listings

    def items(self) -> ItemsView[str, Listing]:
        """Give names with their listings, without a look-up for each."""
        return self.listings.items()

    def values(self) -> ValuesView[Listing]:
        """Give the listings, without a look-up for each."""
        return self.listings.values()


@dataclass(frozen=True, slots=True)
class Reference:
    """A place in an artifact where the platform puts another prompt: what a label serves, or one version."""

    prompt: str
    label: str | None
    version: Ref | None = None


class Tally:
    """Counts an adapter's requests by kind; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts = {"list": 0, "read": 0, "write": 0}

    def add(self, kind: Literal["list", "read", "write"]) -> None:
        """Count one request that is about to be sent."""
        with self._lock:
            self._counts[kind] += 1

    def counts(self) -> dict[str, int]:
        """Give the counts so far, by kind."""
        with self._lock:
            return dict(self._counts)
