"""In which state is an address? The one place that decides what drift is."""

from collections.abc import Set as AbstractSet
from typing import NamedTuple

from mooring.core.address import ABSENT, INVALID, UNKNOWN, ContentHash, Side
from mooring.core.state import State


class Sides(NamedTuple):
    """All that `classify` looks at.

    `base` is the ledger's, or the live side itself where a person's decision names it. `known` are the hashes that
    were reviewed in Git. `split` is true where two versions hold the label, `unsupported` where the platform cannot
    carry what Git asks for, `foreign` where another repository's mark is on the live prompt.
    """

    git: Side
    base: Side
    live: Side
    known: AbstractSet[ContentHash] = frozenset()
    split: bool = False
    unsupported: bool = False
    foreign: bool = False


def classify(sides: Sides) -> State:  # one return per row of the table is the point
    """Give the state of an address. Total: every combination has exactly one; the first row that fits wins."""
    git, base, live = sides.git, sides.base, sides.live
    if git is INVALID:
        return State.INVALID
    if UNKNOWN in (git, base, live):
        return State.UNKNOWN
    if sides.split:
        return State.SPLIT_LABEL
    if sides.unsupported:
        return State.UNSUPPORTED
    if git is not ABSENT and sides.foreign:
        return State.FOREIGN
    if git == live:
        return State.IN_SYNC
    if base is ABSENT:
        return _never_agreed(git, live)
    reviewed = live in sides.known
    if git is not ABSENT and git != base and (live == base or reviewed):
        return State.GIT_AHEAD
    if git is ABSENT and live == base:
        return State.PRUNE_PENDING
    if git != base:
        return State.CONFLICT
    return _only_live_moved(live, reviewed=reviewed)


def _never_agreed(git: Side, live: Side) -> State:
    if git is ABSENT:
        return State.UNMANAGED
    return State.PENDING_CREATE if live is ABSENT else State.UNADOPTED


def _only_live_moved(live: Side, *, reviewed: bool) -> State:
    if live is ABSENT:
        return State.MISSING
    return State.RELABELLED if reviewed else State.PLATFORM_AHEAD
