"""Which parts of one sequence of lines or words stand in another one too, found with bounded work?"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TypeAlias

Opcode: TypeAlias = tuple[str, int, int, int, int]
"""As `difflib.SequenceMatcher.get_opcodes` gives it."""

_Match: TypeAlias = tuple[int, int, int]
"""Where it begins in the one, where in the other, and how long it is."""

_MOST = 100_000_000


@dataclass(slots=True)
class Effort:
    """How many steps may still be taken: some seconds' work. What a comparison takes at worst is paid beforehand."""

    left: int = _MOST

    def affords(self, cost: int) -> bool:
        """Pay for a comparison; tell whether there was enough."""
        if cost > self.left:
            return False
        self.left -= cost
        return True


def cost(old: Sequence[str], new: Sequence[str]) -> int:
    """Give what difflib takes at worst: for each block it finds, all twins of all lines once more."""
    ours, others = Counter(old), Counter(new)
    twins = sum(number * others[one] for one, number in ours.items())
    blocks = sum(min(number, others[one]) for one, number in ours.items())
    return (twins + len(old) + len(new)) * (blocks + 1)


def opcodes(old: Sequence[str], new: Sequence[str], effort: Effort) -> Sequence[Opcode]:
    """Give how one becomes the other: as difflib does, and beyond an effort by what occurs but once in both."""
    if effort.affords(cost(old, new)):
        return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return list(_between(_merged(_matches(old, new, effort)), len(old), len(new)))


def grouped(codes: Sequence[Opcode], context: int) -> Iterator[Sequence[Opcode]]:
    """Give the changes with so many equal lines around each."""
    yield from _Found(codes).get_grouped_opcodes(context)


class _Found(SequenceMatcher[str]):
    """Groups what was found elsewhere."""

    def __init__(self, codes: Sequence[Opcode]) -> None:
        super().__init__(None, "", "")
        self._codes = codes

    def get_opcodes(self) -> list[Opcode]:  # type: ignore[override]  # typeshed names the four tags
        return list(self._codes)


def _matches(old: Sequence[str], new: Sequence[str], effort: Effort) -> Iterator[_Match]:
    at = to = 0
    for left, right, size in [*_anchors(old, new), (len(old), len(new), 0)]:
        for begin, other, length in _in_gap(old[at:left], new[to:right], effort):
            yield at + begin, to + other, length
        yield left, right, size
        at, to = left + size, right + size


def _anchors(old: Sequence[str], new: Sequence[str]) -> Iterator[_Match]:
    """Give the most of what occurs once in both that can be kept in order (known as patience diff)."""
    ours, others = Counter(old), Counter(new)
    places = {one: at for at, one in enumerate(old) if ours[one] == 1 and others[one] == 1}
    pairs = [(places[one], to) for to, one in enumerate(new) if one in places]
    ends: list[int] = []
    tails: list[int] = []
    before: list[int] = []
    for number, (at, _) in enumerate(pairs):
        length = bisect_left(ends, at)
        before.append(tails[length - 1] if length else -1)
        ends[length : length + 1] = [at]
        tails[length : length + 1] = [number]
    chain: list[int] = []
    number = tails[-1] if tails else -1
    while number >= 0:
        chain.append(number)
        number = before[number]
    yield from ((*pairs[one], 1) for one in reversed(chain))


def _in_gap(old: Sequence[str], new: Sequence[str], effort: Effort) -> Iterator[_Match]:
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    left, right = old[head : len(old) - tail], new[head : len(new) - tail]
    yield 0, 0, head
    if left and right and effort.affords(cost(left, right)):
        blocks = SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
        yield from ((head + at, head + to, size) for at, to, size in blocks)
    yield len(old) - tail, len(new) - tail, tail


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (line, twin) in pairs if line != twin), min(len(one), len(other)))


def _merged(matches: Iterator[_Match]) -> Iterator[_Match]:
    begun: _Match = (0, 0, 0)
    for at, to, size in matches:
        if (at, to) == (begun[0] + begun[2], begun[1] + begun[2]):
            begun = (begun[0], begun[1], begun[2] + size)
        elif size:
            yield begun
            begun = (at, to, size)
    yield begun


def _between(matches: Iterator[_Match], old: int, new: int) -> Iterator[Opcode]:
    at = to = 0
    for left, right, size in [*matches, (old, new, 0)]:
        if at < left or to < right:
            yield _kind(left - at, right - to), at, left, to, right
        if size:
            yield "equal", left, left + size, right, right + size
        at, to = left + size, right + size


def _kind(gone: int, come: int) -> str:
    if gone and come:
        return "replace"
    return "delete" if gone else "insert"
