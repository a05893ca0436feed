"""What does Mooring itself remember of a target? The ledger's values, wherever they are kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from mooring.core.address import Address, ContentHash, Ref, Side
from mooring.core.record import RecordKind

FIGHT = 3
"""Healings of one address in a row, with no move of Git in between, that make a fight."""


@dataclass(frozen=True, slots=True)
class Base:
    """What both sides of an address last agreed on, at which source commit, verified at `time` (ISO 8601, UTC).

    `healed` are the live values, newest last, over which Mooring put this same content back by policy.
    """

    hash: ContentHash
    ref: Ref
    key: str
    commit: str
    time: str
    healed: tuple[str, ...] = ()

    @property
    def fought(self) -> bool:
        """Tell whether somebody undoes what Mooring heals, again and again: then it stops."""
        return len(self.healed) >= FIGHT


@dataclass(frozen=True, slots=True)
class Indexed:
    """A version on the platform that holds reviewed content: where, made when, from which key and first commit.

    `instead` is the hash of what the platform stored in its place, where it does not keep such content: publishing
    it once more would only make one more version that is not served. '' for all others.
    """

    ref: Ref
    created: str
    key: str
    commit: str
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's answer for one address. It counts only while the live side is `live`."""

    live: Side
    reason: str
    by: str
    time: str


@dataclass(frozen=True, slots=True)
class Move:
    """A label that a person moved through Mooring, ahead of Git: a rollback or a promotion.

    It is evidence, and only while the live side is `live`; `before` is what the label served until then.
    """

    live: ContentHash
    before: Side
    kind: RecordKind
    reason: str
    by: str
    time: str


class Phase(StrEnum):
    """How far a move came, as the machine knows that makes it."""

    BEGUN = "begun"
    """It may have happened: whoever looks at the platform next can tell."""
    DONE = "done"
    """It happened, and is not on record yet."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A move that this machine keeps until it is in the ledger. `id` names it here, `message` is its record."""

    id: str
    prompt: str
    label: str
    move: Move
    message: str
    phase: Phase = Phase.BEGUN


@dataclass(frozen=True, slots=True)
class Suspension:
    """Until `until` (ISO 8601, UTC) nothing is written to the addresses that `pattern` names or globs."""

    pattern: str
    until: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Intent:
    """The write-ahead record of a sync: which content each address (prompt, label) is about to serve."""

    run: str
    commit: str
    wanted: Mapping[tuple[str, str], ContentHash]


@dataclass(frozen=True, slots=True)
class PromptMemory:
    """What is remembered of one prompt: bases by platform label, and the index of reviewed content by hash."""

    bases: Mapping[str, Base] = field(default_factory=dict[str, Base])
    index: Mapping[ContentHash, Indexed] = field(default_factory=dict[ContentHash, Indexed])


@dataclass(frozen=True, slots=True)
class Memory:
    """The ledger of one target as read at `head` (None: the ledger answered that it has nothing yet).

    `commit` and `tree` are the source commit and tree (see Desired.tree) of the last sync that wrote, `identity` the
    platform project it wrote to. `intent` is a lease that was never given up: its writes may have happened.
    `trouble` says what was skipped to get at a readable state.
    """

    head: str | None = None
    commit: str | None = None
    tree: str | None = None
    identity: str | None = None
    prompts: Mapping[str, PromptMemory] = field(default_factory=dict[str, PromptMemory])
    decisions: Mapping[tuple[str, str], Decision] = field(default_factory=dict[tuple[str, str], Decision])
    moves: Mapping[tuple[str, str], Move] = field(default_factory=dict[tuple[str, str], Move])
    suspensions: tuple[Suspension, ...] = ()
    intent: Intent | None = None
    trouble: str | None = None

    def base(self, prompt: str, label: str) -> Base | None:
        """Give the base of an address, None where both sides never agreed."""
        found = self.prompts.get(prompt)
        return None if found is None else found.bases.get(label)

    def with_moves(self, waiting: Iterable[Waiting]) -> "Memory":
        """Add moves that are not on record yet, oldest first, but for those that a sync came after."""
        moves = dict(self.moves)
        for one in waiting:
            base = self.base(one.prompt, one.label)
            if base is None or base.time <= one.move.time:
                moves[one.prompt, one.label] = one.move
        return self if moves == self.moves else replace(self, moves=moves)

    def suspension(self, address: Address, now: datetime) -> Suspension | None:
        """Give the suspension that holds for an address at `now` (with a time zone)."""
        for suspension in self.suspensions:
            named = address.is_named_by(suspension.pattern) or address.is_selected_by(suspension.pattern)
            if named and datetime.fromisoformat(suspension.until) > now:
                return suspension
        return None


@dataclass(frozen=True, slots=True)
class Changes:
    """What one record writes into the ledger; None under a base, decision or move takes it away.

    A base takes the move of its address away: both sides agreed again since. `forgotten` are prompts of which nothing
    is kept: neither bases nor index, decisions nor moves.
    """

    commit: str | None = None
    tree: str | None = None
    identity: str | None = None
    bases: Mapping[tuple[str, str], Base | None] = field(default_factory=dict[tuple[str, str], Base | None])
    index: Mapping[tuple[str, ContentHash], Indexed] = field(default_factory=dict[tuple[str, ContentHash], Indexed])
    decisions: Mapping[tuple[str, str], Decision | None] = field(default_factory=dict[tuple[str, str], Decision | None])
    moves: Mapping[tuple[str, str], Move | None] = field(default_factory=dict[tuple[str, str], Move | None])
    suspensions: tuple[Suspension, ...] | None = None
    forgotten: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing to write."""
        return self == Changes()
