"""Which live contents may be brought into Git, and as what?"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import assert_never

from mooring.core.address import Gap, is_opaque
from mooring.core.artifact import Artifact
from mooring.core.judge import Action
from mooring.core.row import Row
from mooring.core.state import State

_ONLY_THERE = frozenset({State.PLATFORM_AHEAD, State.UNADOPTED, State.UNMANAGED, State.RELABELLED})


class Scope(StrEnum):
    """What is to be adopted."""

    NAMED = "named"
    """What a person named, one by one."""
    SELECTED = "selected"
    """What a pattern selects, so far as ALL is about it."""
    ALL = "all"
    """Everything that the platform has and Git has not, or has otherwise and did not change since."""
    POLICY = "policy"
    """What the policy says: `platform_ahead: adopt`, and moves by hand to reviewed content."""

    @property
    def rolls(self) -> bool:
        """Whether its proposals are kept up to date from run to run, and withdrawn when nothing differs any more."""
        return self in {Scope.ALL, Scope.POLICY}


def adoptable(rows: Iterable[Row], scope: Scope) -> tuple[Row, ...]:
    """Give the addresses that a scope is about; of those named all, so that what cannot be is said."""
    return tuple(row for row in rows if _is_meant(row, scope))


def passed_over(rows: Iterable[Row], scope: Scope) -> Iterator[tuple[Row, str]]:
    """Give what a scope would be about if it could be adopted, and why it cannot: nobody asked for it by name."""
    if scope in {Scope.ALL, Scope.SELECTED}:
        for row in rows:
            why = refusal(row)
            if row.verdict.state in _ONLY_THERE and why is not None:
                yield row, why


def _is_meant(row: Row, scope: Scope) -> bool:
    state, seen = row.verdict.state, row.seen
    match scope:
        case Scope.NAMED:
            return state is not State.IN_SYNC
        case Scope.ALL | Scope.SELECTED:
            return state in _ONLY_THERE and refusal(row) is None
        case Scope.POLICY:
            if seen.suspension is not None:
                return False
            return row.verdict.action is Action.ADOPT or state is State.RELABELLED
        case _:
            assert_never(scope)


def refusal(row: Row) -> str | None:
    """Say why an address cannot be adopted, None where it can."""
    seen, state = row.seen, row.verdict.state
    if state is State.UNKNOWN:
        return "it could not be read"
    if state is State.SPLIT_LABEL:
        return "two versions hold the label, so nobody knows which one is meant: take one of them off first"
    if state is State.FOREIGN or seen.owner is not None:
        return f"the prompt belongs to the repository {seen.owner}"
    if state is State.INVALID:
        return "its files in Git are not valid: correct them first, mooring validate says where"
    if state is State.GIT_AHEAD and seen.live == seen.agreed:
        return "Git's own content is due there: the next sync brings it"
    if isinstance(seen.live, Gap):
        return "nothing is served there: take the label out of Git, or put it back with mooring resolve --take git"
    if is_opaque(seen.live):
        return "its content is of a form that no prompt file can state"
    return None


def kept(live: Artifact, git: Artifact | None, silent: Collection[str]) -> Artifact:
    """Give what Git has to say: the live content, and of Git's own the fields that the platform says nothing about."""
    if git is None or not isinstance(live.config, Mapping) or not isinstance(git.config, Mapping):
        return live
    own = {key: value for key, value in git.config.items() if key in silent and key not in live.config}
    return replace(live, config={**live.config, **own}) if own else live
