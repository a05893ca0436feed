"""What differs between two contents, and how grave is it for a caller? core/paths.py finds where."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from mooring.core.artifact import Artifact, Content, Json, Opaque
from mooring.core.canonical import content_hash, document
from mooring.core.contract import Side, breaks_by_changing, breaks_by_coming, breaks_by_going
from mooring.core.paths import ChangeKind as ChangeKind
from mooring.core.paths import Difference, paths, step, steps
from mooring.core.template import Dialect, dialect, placeholders, variables, variables_within


class Impact(StrEnum):
    """How grave a difference is, from grave to light."""

    BREAKING = "breaking"
    """A variable, tool parameter or output field that callers rely on goes or changes type, a variable comes that they
    do not fill in yet, or a native field vanished."""
    BEHAVIOUR = "behaviour"
    """Text, model, params, examples: the answers change."""
    COSMETIC = "cosmetic"
    """White space at the end of a text."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: a JSON Pointer (RFC 6901) into the document of docs/content-hash.md, its kind and its grade.

    The pointer leads into the new document for what was added, and into the old one for all else.
    """

    path: str
    kind: ChangeKind
    impact: Impact
    old: Json = None
    new: Json = None


_PLACEHOLDER = re.compile(r"/messages/\d+(/placeholder)?")
_TEMPLATE_FORMAT = "/config/template_format"
_SIDES = {side.value: side for side in Side}


def differences(old: Content, new: Content, silent: Iterable[str] = ()) -> tuple[Change, ...]:
    """List what changed from `old` to `new`, in the order of the document.

    `silent` are config keys that one of the sides says nothing about; they are no difference.
    """
    if isinstance(old, Opaque) or isinstance(new, Opaque):
        raws = [one.raw if isinstance(one, Opaque) else document(one) for one in (old, new)]
        if content_hash(old) == content_hash(new):
            return ()
        return (Change("", ChangeKind.CHANGED, Impact.BEHAVIOUR, raws[0], raws[1]),)
    hushed = [f"/config{step(key)}" for key in silent]
    found = [
        Change(one.path, one.kind, _impact(one), one.old, one.new)
        for one in paths(document(old), document(new))
        if not any(one.path == path or one.path.startswith(path + "/") for path in hushed)
    ]
    return tuple(sorted(_regrade(found, Callers.of(old, new)), key=lambda change: _order(change.path)))


def gravest(changes: Sequence[Change]) -> Impact | None:
    """Give the gravest grade among changes, None where there are none."""
    for impact in Impact:
        if any(change.impact is impact for change in changes):
            return impact
    return None


def _impact(one: Difference) -> Impact:
    if one.path == "/kind":
        return Impact.BREAKING
    if isinstance(one.old, str) and isinstance(one.new, str) and one.old.rstrip() == one.new.rstrip():
        return Impact.COSMETIC
    if one.path == "/config":
        return Impact.BREAKING if one.old else Impact.BEHAVIOUR
    top, *below = steps(one.path)
    if top == "config" and below and below[0] in _SIDES:
        return Impact.BREAKING if _breaks(one, _SIDES[below[0]], below[1:]) else Impact.BEHAVIOUR
    if top == "config" and len(below) == 1 and one.kind is ChangeKind.REMOVED:
        return Impact.BREAKING
    return Impact.BEHAVIOUR


def _breaks(one: Difference, side: Side, below: list[str]) -> bool:
    within = below[1:] if side is Side.TOOL else below
    match one.kind:
        case ChangeKind.REMOVED:
            return breaks_by_going(within)
        case ChangeKind.ADDED:
            return breaks_by_coming(side, within, one.new)
        case ChangeKind.CHANGED:
            if not below:  # in another order, or of another shape
                return not (isinstance(one.old, list) and isinstance(one.new, list)) or side is Side.OUTPUT
            return breaks_by_changing(within, one.old, one.new)
        case _:
            assert_never(one.kind)


@dataclass(frozen=True, slots=True)
class Callers:
    """What apps fill in before and after: which variables and placeholders are gone, and which have come."""

    before: Dialect
    after: Dialect
    gone: frozenset[str]
    come: frozenset[str]
    places_gone: frozenset[str]
    places_come: frozenset[str]

    @classmethod
    def of(cls, old: Artifact, new: Artifact) -> "Callers":
        """Compare what two prompts ask for."""
        had, has = variables(old), variables(new)
        held, holds = placeholders(old), placeholders(new)
        return cls(dialect(old), dialect(new), had - has, has - had, held - holds, holds - held)

    def broken_by(self, change: Change) -> bool:
        """Whether callers fill in what this takes away, or fail to fill in what it brings."""
        if change.path == _TEMPLATE_FORMAT:
            return bool(self.gone | self.come)
        if change.path.startswith("/config"):
            return False
        taken = self.gone & variables_within(change.old, self.before)
        brought = self.come & variables_within(change.new, self.after)
        return bool(taken | brought) or bool((self.places_gone | self.places_come) & _named(change))


def _regrade(changes: list[Change], callers: Callers) -> Iterator[Change]:
    for change in changes:
        broken = callers.broken_by(change)
        yield Change(change.path, change.kind, Impact.BREAKING, change.old, change.new) if broken else change


def _named(change: Change) -> set[str]:
    """Give the placeholders that a change takes or brings."""
    if change.path == "/messages":
        turns = [*_items(change.old), *_items(change.new)]
    elif _PLACEHOLDER.fullmatch(change.path):
        turns = [change.old, change.new]
    else:
        return set()
    names = [turn.get("placeholder") if isinstance(turn, dict) else turn for turn in turns]
    return {name for name in names if isinstance(name, str)}


def _items(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _order(path: str) -> tuple[int, list[tuple[int, str]]]:
    rank = next((n for n, start in enumerate(("/kind", "/text", "/messages", "/config")) if path.startswith(start)), 9)
    return rank, [(len(part), part) if part.isascii() and part.isdigit() else (-1, part) for part in path.split("/")]
