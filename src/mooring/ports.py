"""What does the core need from the world? Protocols and their errors; whoever implements one is loaded, not imported.

Errors say what happened: Unreachable and Denied end the work with a target, Rejected and Moved concern one write.
Absence is never an error: it is the value ABSENT, and it is proven.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock
from typing import Literal, Protocol, TypeAlias

from mooring.core.address import ContentHash, Gap, Ref
from mooring.core.artifact import Artifact, Content
from mooring.core.desired import Desired, PromptFacts, Version
from mooring.core.memory import Changes, Intent, Memory
from mooring.core.observation import Objection as Objection
from mooring.core.observation import Reviewed as Reviewed

# --- Adapter: one platform project ------------------------------------------------------------------------------


class AdapterError(Exception):
    """A platform did not do what was asked; the message says what, where and the way out, and holds no secret."""


class Unreachable(AdapterError):
    """No usable answer: down, time-out, 5xx, HTML where JSON was due. It says nothing about any prompt.

    A write may have happened all the same. `retry_after` is in seconds, where the platform named a wait.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


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
    """A version's content never changes under its (ref, token); content may then be remembered."""
    labels_on_create: bool
    """A new prompt can be created together with its labels, in one call."""
    removes_labels: bool
    """A label can be taken off without moving it elsewhere."""
    names_authors: bool
    """The platform tells who made a version."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a version came from, written beside it. A hint and an ownership mark, never proof of equality."""

    id: str
    commit: str
    path: str
    author: str
    hash: ContentHash


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


@dataclass(frozen=True, slots=True)
class Listing:
    """One prompt as a survey sees it. `name` is the platform's name for it.

    `labels` maps every label that the platform shows (managed or not) to the refs that hold it: two refs under one
    label are a split label. `token` changes whenever anything about the prompt's labels or contents may have.
    `stored` are the versions whose content came along for free. `owner` is the id of the repository that made it.
    """

    name: str
    token: str
    labels: Mapping[str, tuple[Ref, ...]]
    newest: Ref | None = None
    stored: Mapping[Ref, Stored] = field(default_factory=dict[Ref, Stored])
    owner: str | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None


Survey: TypeAlias = Mapping[str, Listing]
"""Every prompt of the project by platform name, read whole. There is no partial survey: it raises instead."""


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


class Adapter(Protocol):
    """One platform project. Dumb on purpose: one call is one attempt; retries and comparing live in the caller.

    Every method may raise Unreachable or Denied; writes may raise Rejected, and Moved where the platform can tell.
    All methods may be called from several threads, for one prompt from one at a time.
    """

    capabilities: Capabilities
    tally: Tally

    def objections(self, prompt: str, label: str, artifact: Artifact | None) -> Sequence[Objection]:
        """Say what the platform cannot carry of a name, a label and (where given) an artifact. Sends nothing."""
        ...

    def identity(self) -> str:
        """Give what tells this project from any other, the same for every credential and for ever."""
        ...

    def url(self, prompt: str, ref: Ref | None) -> str | None:
        """Give the page where people look at a version, or at the prompt. Sends nothing."""
        ...

    def survey(self, labels: Sequence[str]) -> Survey:
        """Read every prompt's labels, wholly or not at all."""
        ...

    def look(self, prompt: str, labels: Sequence[str]) -> Listing | Literal[Gap.ABSENT]:
        """Read one prompt's labels now, past any cache."""
        ...

    def read(self, prompt: str, ref: Ref) -> Stored | Literal[Gap.ABSENT]:
        """Read one version's raw content."""
        ...

    def versions(self, prompt: str, after: Ref | None) -> Sequence[Stored]:
        """Read the versions made after a ref (all of them for None), oldest first; none for an absent prompt."""
        ...

    def publish(
        self, prompt: str, artifact: Artifact, provenance: Provenance, facts: PromptFacts, labels: Sequence[str]
    ) -> Stored:
        """Create a version, and the prompt where it is new, and give what the platform says that it stored.

        `labels` is empty unless the prompt is new and `capabilities.labels_on_create` holds.
        """
        ...

    def move_label(self, prompt: str, label: str, to: Ref, expected: Ref | None) -> None:
        """Point a label at a version. `expected` is the holder that the caller saw (None: nobody)."""
        ...

    def remove_label(self, prompt: str, label: str, expected: Ref) -> None:
        """Take a label off; only where `capabilities.removes_labels` holds."""
        ...


@dataclass(frozen=True, slots=True)
class Options:
    """What an adapter is connected with. `credentials` are resolved values: never log them.

    `environment` holds the platform's own variables (and any others) where the target names no credentials and is
    the only one of its adapter; else it is empty.
    """

    target: str
    url: str
    credentials: Mapping[str, str]
    folder: str
    """The absolute path that a relative file in `url` starts from: the folder of mooring.yaml."""
    timeout: float = 30.0
    extra: Mapping[str, str] = field(default_factory=dict[str, str])
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


Connect: TypeAlias = Callable[[Options], Adapter]
"""What the entry-point group `mooring.adapters` holds. Raises Misconfigured."""


# --- History: Git, read at one pinned commit ----------------------------------------------------------------------


class HistoryError(Exception):
    """Git cannot tell what was asked; the message says what, where and the way out."""


class RemoteUnreachable(HistoryError):
    """The Git host did not answer, so nobody knows where the branch stands."""


class History(Protocol):
    """Git objects at one pinned commit (or the working tree), and the branch behind it."""

    def desired(self) -> Desired:
        """Read every prompt file, each blob once ever."""
        ...

    def artifact(self, version: Version) -> Artifact:
        """Read the content of a valid version again, for publishing and for showing."""
        ...

    def reviewed(self, prompt: str) -> Mapping[ContentHash, Reviewed]:
        """Give every content that the prompt had on the branch up to the pinned commit. Costs a walk: ask late."""
        ...

    def provenance(self, version: Version) -> tuple[str, str]:
        """Give commit and author (`Name <mail>`) that last changed a version's file."""
        ...


# --- Ledger: what Mooring remembers -------------------------------------------------------------------------------


class LedgerError(Exception):
    """The ledger could not do it; the message says what, where and the way out."""


class LedgerUnreadable(LedgerError):
    """The ledger did not answer, or with what nobody can read. It is not empty: it is unknown."""


class LedgerRefused(LedgerError):
    """The ledger's remote cannot be reached or refuses writes: nothing may be written to the platform."""


class Locked(LedgerError):
    """Another run holds the lease, and still did when the wait was over."""


class LeaseLost(LedgerError):
    """The lease was not renewed in time or somebody took it: stop writing."""


class Lease(Protocol):
    """The right to write to one target, and the write-ahead record. Renews itself until it is given up or lost."""

    @property
    def predecessor(self) -> Intent | None:
        """What a dead lease in its place had been about to write, None where there was none."""
        ...

    def check(self) -> None:
        """Raise LeaseLost unless the last accepted renewal is younger than the lease's life; before every write."""
        ...

    def record(self, changes: Changes, message: str) -> None:
        """Write what happened as one commit on top of the ledger; raises LedgerRefused or LeaseLost."""
        ...

    def release(self) -> None:
        """Give the lease up. Only after record: a lease with unrecorded writes must stay where it is."""
        ...

    def abandon(self) -> None:
        """Stop renewing and leave the record where the next run finds it."""
        ...


class Ledger(Protocol):
    """The memory of one target."""

    def read(self) -> Memory:
        """Read everything; raises LedgerUnreadable."""
        ...

    def acquire(self, intent: Intent, *, wait: float) -> Lease:
        """Take the lease, waiting up to `wait` seconds; raises Locked or LedgerRefused."""
        ...

    def note(self, changes: Changes, message: str) -> None:
        """Record a person's decision or suspension, which needs no lease; raises LedgerRefused."""
        ...


# --- Order --------------------------------------------------------------------------------------------------------


class Standing(StrEnum):
    """How a commit stands to the tip of the branch that is true. Decided by Git ancestry and trees, never by time."""

    CURRENT = "current"
    """Both ask for the same: the same prompts folder and the same mooring.yaml."""
    SUPERSEDED = "superseded"
    """The tip asks for something else and descends from the commit: a newer run does the work."""
    ASTRAY = "astray"
    """The tip asks for something else and does not descend from the commit: another branch, a rewritten history."""


class Order(Protocol):
    """The branch that is true, as seen from a run's commit."""

    def standing(self) -> Standing:
        """Compare the run's commit with the branch's tip as it is now; raises HistoryError."""
        ...

    def holds(self, commit: str) -> bool:
        """Tell whether the branch's tip is a commit or descends from it; raises HistoryError."""
        ...


# --- Clock --------------------------------------------------------------------------------------------------------


class Clock(Protocol):
    """Time as the acting part sees it."""

    def now(self) -> str:
        """Give the wall clock as ISO 8601 in UTC; for people and records, never for order."""
        ...

    def monotonic(self) -> float:
        """Give seconds that never jump; for ages and waits."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...
