"""At which paths do two JSON values differ? DeepDiff finds what became of lists; the rest is a walk.

Tools are told apart by name and what a schema requires by its words, so another order is no other content.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mooring.core.artifact import Json
from mooring.core.contract import tool_name


class ChangeKind(StrEnum):
    """What happened at a path."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """A JSON Pointer (RFC 6901) into the new value for what was added, into the old one for all else."""

    path: str
    kind: ChangeKind
    old: Json = None
    new: Json = None


_TRUE, _FALSE = "\0true", "\0false"  # no artifact holds a NUL
_TOOLS = re.compile(r"/config/tools")
_REQUIRED = re.compile(r"/config/(tools|output_schema)(/.*)?/required")


def paths(old: Json, new: Json) -> Iterator[Difference]:
    """List the paths of two documents of docs/content-hash.md, in no order."""
    for one in _between(_plain(old), _plain(new), "", ""):
        yield Difference(one.path, one.kind, _restored(one.old), _restored(one.new))


def steps(pointer: str) -> list[str]:
    """Give the steps of a JSON Pointer."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def step(part: str) -> str:
    """Give one step as it stands in a JSON Pointer, its slash included."""
    return "/" + part.replace("~", "~0").replace("/", "~1")


def texts(value: Json, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Give every text in a value with where it stands; a key stands where its value does."""
    match value:
        case str():
            yield pointer, value
        case Mapping():
            for key, item in value.items():
                here = pointer + step(key)
                yield here, key
                yield from texts(item, here)
        case Sequence():
            for at, item in enumerate(value):
                yield from texts(item, f"{pointer}/{at}")
        case _:
            return


def _between(old: Json, new: Json, was: str, now: str) -> Iterator[Difference]:
    """Walk two values of which one stands at `was` and the other at `now`."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from (Difference(was + step(key), ChangeKind.REMOVED, old[key]) for key in old if key not in new)
        yield from (Difference(now + step(key), ChangeKind.ADDED, None, new[key]) for key in new if key not in old)
        for key in old:
            if key in new:
                yield from _between(old[key], new[key], was + step(key), now + step(key))
    elif isinstance(old, list) and isinstance(new, list):
        before, after = _keys(old, was), _keys(new, was)
        if before is None or after is None:
            yield from _lists(old, new, was, now)
        else:
            yield from _named(_Keyed(old, before, was), _Keyed(new, after, now))
    elif old != new:
        yield Difference(was, ChangeKind.CHANGED, old, new)


def _keys(values: list[Json], pointer: str) -> list[str] | None:
    """Give what tells the items of a list apart whatever their order; None where nothing does."""
    name: Callable[[Json], str | None]
    if _TOOLS.fullmatch(pointer):
        name = tool_name
    elif _REQUIRED.fullmatch(pointer):
        name = _text
    else:
        return None
    found = [one for value in values if (one := name(value)) is not None]
    return found if len(set(found)) == len(values) else None


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class _Keyed:
    """A list, what tells its items apart, and where it stands."""

    values: list[Json]
    keys: list[str]
    pointer: str

    def lacking(self, others: Sequence[str]) -> list[int]:
        """Give the places of the items that others have not."""
        return [at for at, key in enumerate(self.keys) if key not in others]


def _named(old: _Keyed, new: _Keyed) -> Iterator[Difference]:
    pairs = [(at, new.keys.index(key)) for at, key in enumerate(old.keys) if key in new.keys]
    gone, come = old.lacking(new.keys), new.lacking(old.keys)
    renamed = dict(_renamed(old.values, new.values, gone, come))
    if [to for _, to in pairs] != sorted(to for _, to in pairs):
        yield Difference(old.pointer, ChangeKind.CHANGED, old.values, new.values)
    for at, to in [*pairs, *renamed.items()]:
        yield from _between(old.values[at], new.values[to], f"{old.pointer}/{at}", f"{new.pointer}/{to}")
    for at in gone:
        if at not in renamed:
            yield Difference(f"{old.pointer}/{at}", ChangeKind.REMOVED, old.values[at])
    for at in come:
        if at not in renamed.values():
            yield Difference(f"{new.pointer}/{at}", ChangeKind.ADDED, None, new.values[at])


def _renamed(old: list[Json], new: list[Json], gone: list[int], come: list[int]) -> list[tuple[int, int]]:
    """Pair what is the same but for its name."""
    found: list[tuple[int, int]] = []
    for at in gone:
        bare = _nameless(old[at])
        left = [to for to in come if to not in dict(found).values() and bare == _nameless(new[to])]
        found += [(at, left[0])] if bare and left else []
    return found


def _nameless(tool: Json) -> Mapping[str, Json]:
    if not isinstance(tool, Mapping):
        return {}
    function = tool.get("function")
    bare = {key: value for key, value in tool.items() if key != "name"}
    return bare | {"function": _nameless(function)} if isinstance(function, Mapping) else bare


def _lists(old: list[Json], new: list[Json], was: str, now: str) -> Iterator[Difference]:
    if old == new:
        return
    from deepdiff import DeepDiff  # takes a second to import, and most differences lie in no list
    from deepdiff.helper import notpresent

    # Keys that open with two underscores are keys like any other.
    tree = DeepDiff(old, new, view="tree", threshold_to_diff_deeper=0, ignore_private_variables=False)
    for group in tree.values():
        for level in group:
            below = "".join(step(str(part)) for part in level.path(output_format="list"))
            if level.t1 is notpresent:
                yield Difference(now + below, ChangeKind.ADDED, None, level.t2)
            elif level.t2 is notpresent:
                yield Difference(was + below, ChangeKind.REMOVED, level.t1)
            else:
                yield Difference(was + below, ChangeKind.CHANGED, level.t1, level.t2)


def _plain(value: Json) -> Json:
    """Write 1.0 as 1, as JSON has one kind of number; and true as a text, as Python and DeepDiff take it for 1."""
    match value:
        case bool():
            return _TRUE if value else _FALSE
        case float() if value.is_integer():
            return int(value)
        case str():
            return value
        case Mapping():
            return {key: _plain(item) for key, item in value.items()}
        case Sequence():
            return [_plain(item) for item in value]
        case _:
            return value


def _restored(value: Json) -> Json:
    match value:
        case str():
            return {_TRUE: True, _FALSE: False}.get(value, value)
        case Mapping():
            return {key: _restored(item) for key, item in value.items()}
        case Sequence():
            return [_restored(item) for item in value]
        case _:
            return value
