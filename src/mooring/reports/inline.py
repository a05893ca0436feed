"""Which words of a line changed, and which old line became which new one?"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mooring.reports.alignment import Effort, grouped, opcodes

CONTEXT = 2
_ALIKE = 0.4
"""From this share of common words on, two lines are one line that was rewritten."""
_MOST = 250_000
"""Comparisons that a pairing of lines or of words may take; beyond, they count as replaced."""
_PAIR = 10
"""Steps that comparing a word with another takes beside those within difflib."""
# Words, white space, and each sign or ideograph alone: Chinese and Japanese have no spaces.
_WORDS = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+|\s+|[^\w\s]"
)
_GLUE = frozenset("\u200c\u200d")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line: what stood there, and what stands there now; the same where nothing changed."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A line around a change."""

    line: str


@dataclass(frozen=True, slots=True)
class Gone:
    """A line that is no more."""

    line: str


@dataclass(frozen=True, slots=True)
class Come:
    """A new line."""

    line: str


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A line of which some words changed."""

    pieces: tuple[Piece, ...]

    @property
    def old(self) -> str:
        """The line as it was."""
        return "".join(piece.old for piece in self.pieces)

    @property
    def new(self) -> str:
        """The line as it is."""
        return "".join(piece.new for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Lines between two changes that are the same on both sides."""


Row: TypeAlias = Kept | Gone | Come | Rewritten | LeftOut


def rows(old: Sequence[str], new: Sequence[str], effort: Effort | None = None) -> Iterator[Row]:
    """Lay two texts beside each other, with two lines around each change.

    With an effort that is spent, lines and words that would take too long to compare count as replaced.
    """
    effort = effort or Effort()
    for number, group in enumerate(grouped(opcodes(old, new, effort), CONTEXT)):
        if number:
            yield LeftOut()
        for tag, start, end, new_start, new_end in group:
            if tag == "equal":
                yield from (Kept(one) for one in old[start:end])
            else:
                yield from _replaced(old[start:end], new[new_start:new_end], effort)


def pieces(old: str, new: str, effort: Effort | None = None) -> tuple[Piece, ...]:
    """Tell which words of a line changed."""
    before, after = _words(old), _words(new)
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    left, right = before[head : len(before) - tail], after[head : len(after) - tail]
    middle = [Piece("".join(left), "".join(right))]
    if len(left) * len(right) <= _MOST:
        middle = _joined(_compared(left, right, effort or Effort()))
    start, end = "".join(before[:head]), "".join(before[len(before) - tail :])
    return tuple(piece for piece in (Piece(start, start), *middle, Piece(end, end)) if piece.old or piece.new)


def _replaced(old: Sequence[str], new: Sequence[str], effort: Effort) -> Iterator[Row]:
    """Pair the lines that are alike; what stands between two pairs went or came."""
    at = to = 0
    for left, right in [*_pairs(old, new, effort), (len(old), len(new))]:
        yield from (Gone(one) for one in old[at:left])
        yield from (Come(one) for one in new[to:right])
        if left < len(old):
            yield Rewritten(pieces(old[left], new[right], effort))
        at, to = left + 1, right + 1


def _pairs(old: Sequence[str], new: Sequence[str], effort: Effort) -> list[tuple[int, int]]:
    """Choose the pairs of lines, in order, that have most in common together."""
    if len(old) * len(new) > _MOST // 100:
        return []
    bags, others = [_bag(one) for one in old], [_bag(one) for one in new]
    words = sum(len(one) + _PAIR for one in bags) * len(new) + sum(len(one) for one in others) * len(old)
    if not effort.affords(_PAIR * words):
        return []
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    alike = [[_alike(one, other) for other in others] for one in bags]
    for at in range(len(old) - 1, -1, -1):
        for to in range(len(new) - 1, -1, -1):
            best[at][to] = max(best[at + 1][to], best[at][to + 1], alike[at][to] + best[at + 1][to + 1])
    found: list[tuple[int, int]] = []
    at = to = 0
    while at < len(old) and to < len(new):
        if alike[at][to] and best[at][to] == alike[at][to] + best[at + 1][to + 1]:
            found.append((at, to))
            at, to = at + 1, to + 1
        elif best[at][to] == best[at + 1][to]:
            at += 1
        else:
            to += 1
    return found


def _alike(one: Counter[str], other: Counter[str]) -> float:
    """Give the share of common words, 0 where it is small."""
    total = one.total() + other.total()
    share = 2 * (one & other).total() / total if total else 0.0
    return share if share >= _ALIKE else 0.0


def _bag(line: str) -> Counter[str]:
    """Count the words of a line; none where it is a single one, such as the name of a model."""
    if line.isascii() and not any(map(str.isspace, line.strip())):
        return Counter()
    return Counter(word for word in _words(line) if word[0].isalnum())


def _words(text: str) -> list[str]:
    """Split a line; an accent, a vowel sign and a joiner stay with what they belong to."""
    found: list[str] = []
    for word in _WORDS.findall(text):
        glued = found and (_is_glue(word[0]) or found[-1][-1] == "\u200d")
        if glued and not word.isspace():
            found[-1] += word
        else:
            found.append(word)
    return found


def _is_glue(character: str) -> bool:
    return character in _GLUE or unicodedata.category(character) in {"Mn", "Mc", "Me"}


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    for at, (word, twin) in enumerate(zip(one, other, strict=False)):
        if word != twin:
            return at
    return min(len(one), len(other))


def _compared(before: list[str], after: list[str], effort: Effort) -> Iterator[Piece]:
    for _, start, end, new_start, new_end in opcodes(before, after, effort):
        yield Piece("".join(before[start:end]), "".join(after[new_start:new_end]))


def _joined(found: Iterator[Piece]) -> list[Piece]:
    """Take two changes with nothing but a space between them for one."""
    joined: list[Piece] = []
    for piece in found:
        same = piece.old == piece.new
        spaced = len(joined) > 1 and joined[-1].old == joined[-1].new and joined[-1].old.isspace()
        if spaced and not same:
            space, earlier = joined.pop(), joined.pop()
            joined.append(Piece(earlier.old + space.old + piece.old, earlier.new + space.new + piece.new))
        else:
            joined.append(piece)
    return joined
