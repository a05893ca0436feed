"""What is an incident, and what was said of it to whom? The values that runners share through the ledger.

An incident is one cause on one target, from when it was first seen until it is gone. Times have a time zone.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from mooring.core.address import Address
from mooring.core.state import State


class Grave(StrEnum):
    """How grave a cause is; later ones are graver."""

    INFO = "info"
    WARNING = "warning"
    """Gates warn."""
    FAILURE = "failure"
    """Held: gates fail, or a person must decide."""


class Kind(StrEnum):
    """What an incident is about. One address has at most one of each of the two kinds that name one."""

    TARGET = "target"
    """The target did not answer, or let nobody in: nothing of it could be read."""
    DRIFT = "drift"
    """One address is not as it should be."""
    DRIFTS = "drifts"
    """Many addresses with one label are in one state."""
    UNREAD = "unread"
    """One address could not be read, while others could."""
    UNREADS = "unreads"
    """Many addresses with one label could not be read, while others could."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What tells an incident from the others of its target: a kind, with an address's mark or `STATE@LABEL`."""

    kind: Kind
    key: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is to say of a cause: never content, always hashes.

    `count` addresses are concerned, of which `named` are some (by prompt). `by` and `since` are of the live version,
    '' where nobody knows or several are concerned, and so is all that follows. `stop` names the exit code of a target
    that could not be read. `usual` says that a listener hears of it who did not choose states.
    """

    state: State
    labels: tuple[str, ...]
    usual: bool
    grave: Grave
    count: int = 1
    named: tuple[str, ...] = ()
    git: str = ""
    live: str = ""
    by: str = ""
    since: str = ""
    url: str = ""
    fix: str = ""
    stop: str = ""


class Stage(StrEnum):
    """What a listener knows of an incident."""

    SILENT = "silent"
    """Nothing yet."""
    OPEN = "open"
    """That it is there."""
    OVER = "over"
    """That it is gone."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A runner is about to say something; until it is done or CLAIM_LASTS is over nobody else does."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Telling:
    """What one listener was told of one incident, up to which revision.

    `queued` is since when something waits to be said, None where nothing does.
    """

    stage: Stage = Stage.SILENT
    revision: int = 0
    told: datetime | None = None
    updates: int = 0
    reminders: int = 0
    queued: datetime | None = None
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """One cause. `counts` is from when on it is told: what may be a passing trouble must last a while.

    `fingerprint` is of target, prompt, label, state and both hashes alone; `revision` counts how often there was
    something new. `members` gives for each address of a kind that has many its mark and fingerprint.
    """

    id: str
    subject: Subject
    facts: Facts
    fingerprint: str
    opened: datetime
    counts: datetime
    resolved: datetime | None = None
    revision: int = 1
    members: Mapping[str, str] = field(default_factory=dict[str, str])
    tellings: Mapping[str, Telling] = field(default_factory=dict[str, Telling])


@dataclass(frozen=True, slots=True)
class Health:
    """A listener that could not be reached: how often in a row, and when it is tried again."""

    failures: int
    next_try: datetime


@dataclass(frozen=True, slots=True)
class Book:
    """All incidents of one target that are remembered, and the listeners that could not be reached."""

    incidents: tuple[Incident, ...] = ()
    silent: Mapping[str, Health] = field(default_factory=dict[str, Health])


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told of what: of which labels and states (None: all, and those that are usual), and when.

    A cause must last `after`; what there is to say is gathered for `digest` (0: each by itself). One that is not
    `ready` cannot be told now, and what there is to say waits.
    """

    id: str
    labels: frozenset[str] | None = None
    states: frozenset[State] | None = None
    after: timedelta = timedelta()
    digest: timedelta = timedelta()
    ready: bool = True

    def hears(self, facts: Facts) -> bool:
        """Tell whether the listener is to know of such a cause."""
        labelled = self.labels is None or not self.labels.isdisjoint(facts.labels)
        return labelled and (facts.usual if self.states is None else facts.state in self.states)


def mark(address: Address) -> str:
    """Abbreviate an address to what is kept of it."""
    return _digest((address.target, address.prompt, address.label), 12)


def fingerprint(*parts: str) -> str:
    """Give the same for the same parts alone."""
    return _digest(parts, 12)


def incident_id(repository: str, target: str, subject: Subject) -> str:
    """Give the name under which a cause is found again by whoever lost the ledger: it holds no time."""
    return _digest((repository, target, subject.kind.value, subject.key), 16)


def _digest(parts: Iterable[str], digits: int) -> str:
    # With its length before each part no two lists give the same text; a name of a platform may hold anything.
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:digits]
