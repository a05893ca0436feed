"""What was seen of one address, ready to be judged?"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from mooring.core.address import ABSENT, UNKNOWN, Address, ContentHash, Ref, Side
from mooring.core.classify import Sides, classify
from mooring.core.desired import Version
from mooring.core.freeze import Frozen
from mooring.core.memory import Base, Decision, Move, Suspension
from mooring.core.policy import Settings
from mooring.core.state import State


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a platform cannot carry something: the field concerned, the reason, and the way out."""

    field: str
    reason: str
    fix: str


@dataclass(frozen=True, slots=True)
class Holder:
    """A version that holds the label on the platform. `created` is ISO 8601 in UTC, '' where none is kept."""

    ref: Ref
    hash: Side
    created: str = ""
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Where reviewed content stands in Git: its key and the last commit on the branch that brought it there."""

    key: str
    commit: str
    author: str
    time: str


@dataclass(frozen=True, slots=True)
class Observation:
    """One address with its three sides and all that is known of it.

    `base` is the ledger's entry; `base_unknown` says that the ledger did not answer. `holders` is None where the
    platform did not answer. `known` are the hashes reviewed in Git, so far as anything else than Git's is live.
    `decision` is one that names the live side. `removable` is False where the platform cannot take a label off.
    `owner` is the repository whose mark is on the live prompt, where that is not this one. `reusable` is a version
    that the ledger's index gives for Git's content. `prompt_lives` tells whether the platform has the prompt at all.
    `mistake` says what is wrong with Git's file. `base_created` is when the platform made the version of the base.
    `move` is what a person did through Mooring ahead of Git, where that is what is live. `kept` says why the prompt
    as a whole is not to be deleted ('' where nothing stands in the way), `dependents` what of Git's includes it.
    """

    address: Address
    git: Side
    version: Version | None
    base: Base | None
    holders: tuple[Holder, ...] | None
    settings: Settings
    known: AbstractSet[ContentHash] = frozenset()
    base_unknown: bool = False
    intended: ContentHash | None = None
    objections: tuple[Objection, ...] = ()
    owner: str | None = None
    decision: Decision | None = None
    suspension: Suspension | None = None
    frozen: Frozen | None = None
    reusable: Ref | None = None
    prompt_lives: bool = False
    live_in_git: Reviewed | None = None
    mistake: str = ""
    base_created: str = ""
    url: str | None = None
    removable: bool = True
    move: Move | None = None
    kept: str = ""
    dependents: tuple[str, ...] = ()

    @property
    def live(self) -> Side:
        """What the label serves: a hash, ABSENT, or UNKNOWN; of a split label the first holder's."""
        if self.holders is None:
            return UNKNOWN
        return self.holders[0].hash if self.holders else ABSENT

    @property
    def agreed(self) -> Side:
        """The base as it counts now.

        A decision or the unfinished sync's own intent that names the live side makes it the base (write-ahead).
        """
        if self.base_unknown:
            return UNKNOWN
        decided = self.decision is not None and self.decision.live == self.live
        if decided or (self.intended is not None and self.intended == self.live):
            return self.live
        return ABSENT if self.base is None else self.base.hash

    @property
    def state(self) -> State:
        """The state of the address."""
        return classify(
            Sides(
                git=self.git,
                base=self.agreed,
                live=self.live,
                known=self.known,
                split=self.holders is not None and len(self.holders) > 1,
                unsupported=bool(self.objections),
                foreign=self.owner is not None,
            )
        )
