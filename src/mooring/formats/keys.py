"""What is a version's key, which of two is the newer, and which one comes next?"""

import re
from collections.abc import Collection, Iterable

_KEY = re.compile(r"(?P<v>v?)(?P<numbers>\d+(?:\.\d+)*)(?P<rest>[-+.][0-9A-Za-z.-]+)?", re.ASCII)
_DIGITS = re.compile(r"(\d+)")


def is_key(stem: str) -> bool:
    """Tell whether a file of this name is a version: `v2`, `1.1.0`, `v1.2.0-rc.1`."""
    return _KEY.fullmatch(stem) is not None


def newest(keys: Iterable[str]) -> str | None:
    """Give the newest of some keys by their numbers: v10 after v9, a release after its candidates."""
    listed = list(keys)
    return max(listed, key=_order, default=None) if len(listed) != 1 else listed[0]


def next_key(last: str, taken: Collection[str]) -> str:
    """Give the key after `last` that is not taken: v2 → v3, v1.1.0 → v1.2.0, v1.2.0-rc.1 → v1.2.0."""
    found = _KEY.fullmatch(last)
    if found is None:
        return "v1"
    numbers = found["numbers"].split(".")
    key = found["v"] + ".".join(numbers)
    if not (found["rest"] or "").startswith("-"):
        key = last
    while key in taken or key == last:
        numbers = _raised(numbers)
        key = found["v"] + ".".join(numbers)
    return key


def _raised(numbers: list[str]) -> list[str]:
    """Raise the second of several numbers, or the only one; those after it start again at 0."""
    place = min(1, len(numbers) - 1)
    raised = str(int(numbers[place]) + 1).zfill(len(numbers[place]))
    return [*numbers[:place], raised, *("0" for _ in numbers[place + 1 :])]


def _order(key: str) -> tuple[list[int], bool, list[tuple[int, str]], str]:
    found = _KEY.fullmatch(key)
    if found is None:
        return [], False, [], key
    rest = found["rest"] or ""
    parts = [(int(part), "") if part.isdecimal() else (-1, part) for part in _DIGITS.split(rest) if part]
    return [int(number) for number in found["numbers"].split(".")], not rest.startswith("-"), parts, key
