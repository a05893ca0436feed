"""How are many rows written so that they read back fast? As columns, in which what comes again is written once."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from mooring.core.artifact import Json

T = TypeVar("T")


def pack(values: Iterable[Json]) -> Json:
    """Write a column as JSON that `unpack` reads."""
    listed = list(values)
    # A text is its own key; what is none is in a tuple, so that `null` is not None.
    keys = [value if isinstance(value, str) else (json.dumps(value),) for value in listed]
    distinct = dict(zip(keys, listed, strict=True))
    if len(distinct) * 2 > len(listed):
        return listed
    places = {key: place for place, key in enumerate(distinct)}
    return {"of": list(distinct.values()), "at": [places[key] for key in keys]}


def unpack(column: Any, read: Callable[[Any], T]) -> Sequence[T]:  # noqa: ANN401  # what `pack` gave
    """Read a column, what came again once: rows then share it, so that it must not be changed."""
    if isinstance(column, list):
        return list(map(read, column))
    of = list(map(read, column["of"]))
    return [of[place] for place in column["at"]]


def same(value: T) -> T:
    """Read what JSON holds as it is."""
    return value
