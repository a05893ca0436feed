"""Which states can an address be in, and what does each mean to a person and to a gate?"""

from enum import StrEnum
from typing import assert_never


class State(StrEnum):
    """The name that `classify` gives; design and docs list them in the order in which they are tried."""

    INVALID = "invalid"
    UNKNOWN = "unknown"
    SPLIT_LABEL = "split_label"
    UNSUPPORTED = "unsupported"
    FOREIGN = "foreign"
    IN_SYNC = "in_sync"
    UNMANAGED = "unmanaged"
    PENDING_CREATE = "pending_create"
    UNADOPTED = "unadopted"
    GIT_AHEAD = "git_ahead"
    PRUNE_PENDING = "prune_pending"
    MISSING = "missing"
    RELABELLED = "relabelled"
    PLATFORM_AHEAD = "platform_ahead"
    CONFLICT = "conflict"


class Group(StrEnum):
    """The five groups that people see; the state is the detail."""

    IN_SYNC = "in sync"
    PENDING = "pending"
    DIVERGED = "diverged"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"


def group_of(state: State) -> Group:
    """Give the group that a state is shown under."""
    match state:
        case State.IN_SYNC | State.UNMANAGED:
            return Group.IN_SYNC
        case State.PENDING_CREATE | State.GIT_AHEAD | State.PRUNE_PENDING:
            return Group.PENDING
        case State.MISSING | State.RELABELLED | State.PLATFORM_AHEAD | State.SPLIT_LABEL:
            return Group.DIVERGED
        case State.INVALID | State.UNSUPPORTED | State.FOREIGN | State.UNADOPTED | State.CONFLICT:
            return Group.BLOCKED
        case State.UNKNOWN:
            return Group.UNKNOWN
        case _:
            assert_never(state)
