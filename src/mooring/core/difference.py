"""What differs between two contents, and how grave is it for a caller? DeepDiff finds paths; the grading is ours."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mooring.core.artifact import Artifact, Content, Json, Kind, Opaque
from mooring.core.canonical import content_hash, document


class Impact(StrEnum):
    """How grave a difference is, from grave to light."""

    BREAKING = "breaking"
    """A variable, tool parameter or output field that callers rely on goes or changes type; a native field vanished."""
    BEHAVIOUR = "behaviour"
    """Text, model, params, examples: the answers change."""
    COSMETIC = "cosmetic"
    """White space at the end of a text."""


class ChangeKind(StrEnum):
    """What happened at a path."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


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


_VARIABLE = re.compile(r"\{\{\s*([A-Za-z_][\w.]*)\s*\}\}")
_PLACEHOLDER = re.compile(r"/messages/\d+/placeholder")
_TRUE, _FALSE = "\0true", "\0false"  # no artifact holds a NUL
_CONTRACTS = ("/config/tools", "/config/output_schema")
_TYPE_WORDS = frozenset({"type", "required", "properties", "name", "items", "enum"})


def differences(old: Content, new: Content, silent: Iterable[str] = ()) -> tuple[Change, ...]:
    """List what changed from `old` to `new`, in the order of the document.

    `silent` are config keys that one of the sides says nothing about; they are no difference.
    """
    if isinstance(old, Opaque) or isinstance(new, Opaque):
        raws = [one.raw if isinstance(one, Opaque) else document(one) for one in (old, new)]
        if content_hash(old) == content_hash(new):
            return ()
        return (Change("", ChangeKind.CHANGED, Impact.BEHAVIOUR, raws[0], raws[1]),)
    hushed = {f"/config/{_escape(key)}" for key in silent}
    found = [
        Change(path, kind, _impact(path, kind, before, after), before, after)
        for path, kind, before, after in _paths(document(old), document(new))
        if not any(path == one or path.startswith(one + "/") for one in hushed)
    ]
    lost = _variables(old) - _variables(new)
    return tuple(sorted(_regrade(found, lost), key=lambda change: _order(change.path)))


def gravest(changes: Sequence[Change]) -> Impact | None:
    """Give the gravest grade among changes, None where there are none."""
    for impact in Impact:
        if any(change.impact is impact for change in changes):
            return impact
    return None


def _paths(old: Json, new: Json) -> Iterator[tuple[str, ChangeKind, Json, Json]]:
    from deepdiff import DeepDiff  # takes a second to import, and most runs see no difference
    from deepdiff.helper import notpresent

    # Keys that open with two underscores are keys like any other.
    tree = DeepDiff(
        _for_deepdiff(old), _for_deepdiff(new), view="tree", threshold_to_diff_deeper=0, ignore_private_variables=False
    )
    for group in tree.values():
        for level in group:
            pointer = "".join(f"/{_escape(str(part))}" for part in level.path(output_format="list"))
            if level.t1 is notpresent:
                yield pointer, ChangeKind.ADDED, None, _from_deepdiff(level.t2)
            elif level.t2 is notpresent:
                yield pointer, ChangeKind.REMOVED, _from_deepdiff(level.t1), None
            else:
                yield pointer, ChangeKind.CHANGED, _from_deepdiff(level.t1), _from_deepdiff(level.t2)


def _for_deepdiff(value: Json) -> Json:
    """Write 1.0 as 1, as JSON has one kind of number; and true as a text, as Python and DeepDiff take it for 1."""
    match value:
        case bool():
            return _TRUE if value else _FALSE
        case float() if value.is_integer():
            return int(value)
        case str():
            return value
        case Mapping():
            return {key: _for_deepdiff(item) for key, item in value.items()}
        case Sequence():
            return [_for_deepdiff(item) for item in value]
        case _:
            return value


def _from_deepdiff(value: Json) -> Json:
    match value:
        case str():
            return {_TRUE: True, _FALSE: False}.get(value, value)
        case Mapping():
            return {key: _from_deepdiff(item) for key, item in value.items()}
        case Sequence():
            return [_from_deepdiff(item) for item in value]
        case _:
            return value


def _impact(path: str, kind: ChangeKind, old: Json, new: Json) -> Impact:
    if path == "/kind":
        return Impact.BREAKING
    if isinstance(old, str) and isinstance(new, str) and old.rstrip() == new.rstrip():
        return Impact.COSMETIC
    if any(path == one or path.startswith(one + "/") for one in _CONTRACTS):
        return _contract_impact(path, kind)
    if path.startswith("/config/") and kind is ChangeKind.REMOVED and path.count("/") == 2:
        return Impact.BREAKING
    return Impact.BEHAVIOUR


def _contract_impact(path: str, kind: ChangeKind) -> Impact:
    """A field that callers rely on goes, changes its type or becomes required; descriptions are words to the model."""
    if kind is ChangeKind.REMOVED:
        return Impact.BREAKING
    words = set(path.split("/"))
    last = path.rsplit("/", 1)[-1]
    if kind is ChangeKind.ADDED:
        return Impact.BREAKING if "required" in words else Impact.BEHAVIOUR
    return Impact.BREAKING if last in _TYPE_WORDS or words & {"required", "enum"} else Impact.BEHAVIOUR


def _regrade(changes: list[Change], lost: frozenset[str]) -> Iterator[Change]:
    """A text that no longer holds a variable breaks the callers that fill it in."""
    for change in changes:
        held = _names(change.old)
        if isinstance(change.old, str) and _PLACEHOLDER.fullmatch(change.path):
            held.add(change.old)
        gone = lost & held
        breaking = bool(gone) and not change.path.startswith("/config")
        yield Change(change.path, change.kind, Impact.BREAKING, change.old, change.new) if breaking else change


def _variables(artifact: Artifact) -> frozenset[str]:
    doc = document(artifact)
    return frozenset(_names(doc.get("text" if artifact.kind is Kind.TEXT else "messages")))


def _names(value: Json) -> set[str]:
    match value:
        case str():
            return set(_VARIABLE.findall(value))
        case Mapping():
            return {name for item in value.values() for name in _names(item)} | _placeholder(value)
        case Sequence():
            return {name for item in value for name in _names(item)}
        case _:
            return set()


def _placeholder(message: Mapping[str, Json]) -> set[str]:
    name = message.get("placeholder")
    return {name} if isinstance(name, str) else set()


def _order(path: str) -> tuple[int, list[tuple[int, str]]]:
    rank = next((n for n, start in enumerate(("/kind", "/text", "/messages", "/config")) if path.startswith(start)), 9)
    return rank, [(len(part), part) if part.isascii() and part.isdigit() else (-1, part) for part in path.split("/")]


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")
