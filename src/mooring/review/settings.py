"""Which settings of mooring.yaml does a merge change, so that a plan compares with another place than it names?"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence

from mooring.core.artifact import Json
from mooring.formats.located import plain
from mooring.formats.strict_yaml import read_yaml
from mooring.reports.resettled import Setting

_SAME_PLACE = frozenset({"labels", "mode", "policy", "limits", "rates", "timeout", "organization"})
"""Settings of a target that do not say where it is; of these the plan itself shows what they change."""

_LEDGER = frozenset({"id", "ledger"})
"""Settings by which a plan finds what the last sync did. With others it finds nothing, and takes all for new."""


def changed(before: bytes, after: bytes) -> tuple[Setting, ...]:
    """Give what differs between two mooring.yaml, by its place; nothing where one of them cannot be read."""
    old, new = (_flat(data) for data in (before, after))
    if old is None or new is None:
        return ()
    names = {path[1] for side in (old, new) for path in side if path[0] == "targets" and len(path) > 1}
    both = {one for one in names if all(any(path[:2] == ("targets", one) for path in side) for side in (old, new))}
    return tuple(_settings(old, new, both))


def elsewhere(settings: Sequence[Setting], targets: Collection[str]) -> frozenset[str]:
    """Give the targets of which a plan that asks no platform cannot know what they serve after the merge."""
    if any(one.path.partition(".")[0] in _LEDGER for one in settings):
        return frozenset(targets)
    return frozenset(one.elsewhere for one in settings) & frozenset(targets)


_Flat = Mapping[tuple[str, ...], str]


def _settings(old: _Flat, new: _Flat, both: Collection[str]) -> Iterator[Setting]:
    for path in dict.fromkeys((*old, *new)):
        then, now = old.get(path, ""), new.get(path, "")
        if then != now:
            moves = path[0] == "targets" and path[1:2] != () and path[1] in both and path[2:3] != ()
            yield Setting(".".join(path), then, now, path[1] if moves and path[2] not in _SAME_PLACE else "")


def _flat(data: bytes) -> _Flat | None:
    """Give the values by their path. A list is one value, and so is an empty mapping."""
    read = read_yaml(data)
    document = plain(read.root) if read.root is not None and read.complete else None
    return dict(_values((), document)) if isinstance(document, dict) and document else None


def _values(path: tuple[str, ...], value: Json) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _values((*path, key), inner)
    else:
        yield path, value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
