"""What does one run work with? Everything that acts is handed in here, so that the cycle itself creates nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Event

from mooring.core.address import Address
from mooring.core.freeze import Freeze
from mooring.core.guard import Allowances
from mooring.core.memory import Decision
from mooring.core.naming import Naming
from mooring.core.policy import Limits, Settings
from mooring.ports import FORGETFUL, Adapter, Clock, Forge, History, Ledger, Order, Proposals, Recall
from mooring.progress import Progress


@dataclass(frozen=True, slots=True)
class Selection:
    """Which addresses a run is about; empty means all."""

    addresses: tuple[str, ...] = ()
    globs: tuple[str, ...] = ()

    @property
    def is_all(self) -> bool:
        """Tell whether nothing is left out."""
        return not self.addresses and not self.globs

    def takes(self, address: Address) -> bool:
        """Tell whether the run is about an address."""
        if self.is_all:
            return True
        named = any(address.is_named_by(text) for text in self.addresses)
        return named or any(address.is_selected_by(glob) for glob in self.globs)


class Depth(StrEnum):
    """How a platform is read that can tell what changed."""

    CHANGES = "changes"
    """Ask for what changed since the last survey, and survey wholly where that proves nothing."""
    WHOLE = "whole"
    """Survey wholly."""


@dataclass(frozen=True, slots=True)
class Target:
    """One configured target, not yet connected. `labels` maps platform labels to Git labels."""

    name: str
    adapter: str
    labels: Mapping[str, str]
    settings: Callable[[str], Settings]
    connect: Callable[[], Adapter]
    ledger: Ledger
    naming: Naming = Naming()
    limits: Limits = Limits()
    project: str | None = None
    recall: Recall = FORGETFUL
    freezes: tuple[Freeze, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """One command against one pinned commit.

    `repository` is the id in mooring.yaml, `author` who runs it (`Name <mail>`). `resolutions` gives the decisions
    that trailers make on the commits after a given one up to the run's (None: on all of them). `stop` is set by a
    signal: no new write begins after it. `secrets_allowed` are fingerprints (see scan.Leak). `forge` is the Git host's
    API, where there is one and a token for it; `proposals` are None where nothing can be proposed, as from files that
    no commit holds.
    """

    id: str
    repository: str
    author: str
    history: History
    order: Order
    targets: tuple[Target, ...]
    clock: Clock
    progress: Progress
    selection: Selection = Selection()
    allowed: Allowances = Allowances()
    resolutions: Callable[[str | None], Mapping[tuple[str, str, str], Decision]] = lambda _: {}
    lock_timeout: float = 90.0
    stop: Event = field(default_factory=Event)
    depth: Depth = Depth.CHANGES
    secrets_allowed: frozenset[str] = frozenset()
    forge: Forge | None = None
    proposals: Proposals | None = None
