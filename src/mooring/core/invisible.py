"""Which characters of a content does nobody see, though a model reads them?

Controls of the writing direction make a review show another text than there is (CVE-2021-42574, "Trojan Source"); tags
and variation selectors can carry whole instructions that no screen shows. What scripts and emoji need is left alone.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mooring.core.artifact import Artifact, Content
from mooring.core.canonical import document
from mooring.core.finding import Finding, FindingKind
from mooring.core.paths import texts

MOST = 20
"""Findings of one content; a text that is full of them is told in one."""


class Family(StrEnum):
    """What invisible characters do."""

    DIRECTION = "direction"
    """Turn the writing direction, so that a text is shown in another order than it is read."""
    ZERO_WIDTH = "zero width"
    """Take no room, and join nothing that needs joining."""
    TAG = "tag"
    """Write ASCII that nobody sees (U+E0000 to U+E007F)."""
    SELECTOR = "variation selector"
    """Choose the look of a character that has but one, or come in a row."""
    FILLER = "filler"
    """Take room and show nothing."""
    CONTROL = "control"
    """Are for terminals and printers, or end lines where no editor shows it."""


@dataclass(frozen=True, slots=True)
class Invisible:
    """The first of `count` characters of one family in one text.

    `path` is a JSON Pointer into the document of docs/content-hash.md; `line` and `column` start with 1, columns count
    code points. `what` is `U+202E right-to-left override`.
    """

    path: str
    line: int
    column: int
    family: Family
    what: str
    count: int


_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f")
_MARKS = frozenset("\u061c\u200e\u200f")
_NEAR = 80
_JOINERS = frozenset("\u200c\u200d")
_FILLERS = frozenset("\u00ad\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_JAMO_FILLERS = frozenset("\u115f\u1160")
_ZERO_WIDTH = frozenset("\u180e\u200b\u2060\u2061\u2062\u2063\u2064\u2065\ufeff")
# Marks and joiners in their place; and signs that are drawn before numbers in Arabic, Syriac and Kaithi, Cf as well.
_NEEDED = (
    _MARKS
    | _JOINERS
    | frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
)
# Every character that has to be looked at, and no other: controls, format characters, selectors, fillers.
_SUSPECTS = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e01ef]"
)
_FLAG, _END_OF_FLAG = "\U0001f3f4", "\U000e007f"
# Arabic to Mandaic, N'Ko; Devanagari to Sinhala; Tibetan, Myanmar; Khmer; Mongolian; Balinese and its kin.
_JOINING = ((0x600, 0x8FF), (0x900, 0xDFF), (0xF00, 0x109F), (0x1780, 0x18AF), (0x1A20, 0x1BFF), (0xA800, 0xA8FF))
_MORE_JOINING = ((0xA980, 0xAADF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFE), (0x10AC0, 0x10AFF), (0x11000, 0x114DF))
_PICTURES = ((0x2190, 0x21FF), (0x2300, 0x23FF), (0x2460, 0x2BFF), (0x3030, 0x303D), (0x3297, 0x3299))
_EMOJI = ((0xA9, 0xA9), (0xAE, 0xAE), (0x203C, 0x203C), (0x2049, 0x2049), (0x2122, 0x2139), (0x1F000, 0x1FAFF))


def invisible(content: Content) -> tuple[Invisible, ...]:
    """List the invisible characters of every text and key, one for each family in each text, at most MOST."""
    raw = document(content) if isinstance(content, Artifact) else content.raw
    found: list[Invisible] = []
    for path, text in texts(raw):
        found += _told(path, text) if len(found) < MOST else ()
    return tuple(found[:MOST])


def invisible_in_name(name: str) -> tuple[Invisible, ...]:
    """List the invisible characters of a name; line ends and tabs are such there."""
    return tuple(_told("", name.replace("\n", "\x1f").replace("\t", "\x1f")))


def findings_for(prompt: str, place: str, content: Content) -> tuple[Finding, ...]:
    """Tell what nobody sees in a content; `place` is where it stands: a file, or `the live version 7 of production`."""
    found = []
    for one in invisible(content):
        count = "" if one.count == 1 else f", and {one.count - 1} more of its kind there"
        where = f"in {one.path or 'the content'}, line {one.line}, column {one.column}"
        message = f"{place} holds {one.what}{count}, {where}: people do not see it and models read it"
        fix = "Take the character out, or write it as words; `mooring diff` shows where it stands."
        found.append(Finding(FindingKind.INVISIBLE, prompt, message, fix))
    return tuple(found)


def places(text: str) -> Iterator[tuple[int, Family]]:
    """Give the place of every invisible character of a text with what it does."""
    for found in _SUSPECTS.finditer(text):
        family = _family(text, found.start(), found.group())
        if family is not None:
            yield found.start(), family


def code_point(character: str) -> str:
    """Give `U+202E`."""
    return f"U+{ord(character):04X}"


def _told(path: str, text: str) -> Iterator[Invisible]:
    first: dict[Family, int] = {}
    counts: dict[Family, int] = {}
    for at, family in places(text):
        first.setdefault(family, at)
        counts[family] = counts.get(family, 0) + 1
    for family, at in first.items():
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        yield Invisible(path, line, column, family, _what(text[at]), counts[family])


def _what(character: str) -> str:
    nameless = "control character" if unicodedata.category(character) == "Cc" else "character without a name"
    return f"{code_point(character)} {unicodedata.name(character, nameless).lower()}"


def _family(text: str, at: int, character: str) -> Family | None:
    code = ord(character)
    if character in _DIRECTION or (character in _MARKS and not _turned(text, at)):
        return Family.DIRECTION
    if character in _ZERO_WIDTH or (character in _JOINERS and not _joins(text, at)):
        return Family.ZERO_WIDTH
    if 0xE0000 <= code <= 0xE007F:
        return None if _in_flag(text, at) else Family.TAG
    if 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or code in {0x180B, 0x180C, 0x180D, 0x180F}:
        return None if _selects(text, at) else Family.SELECTOR
    if character in _FILLERS:
        return None if character in _JAMO_FILLERS and _beside_jamo(text, at) else Family.FILLER
    return None if character in _NEEDED else Family.CONTROL


def _turned(text: str, at: int) -> bool:
    """Whether letters that are written from right to left are near in the line, where marks of the direction belong."""
    before, after = text[max(at - _NEAR, 0) : at].rpartition("\n")[2], text[at : at + _NEAR].partition("\n")[0]
    return any(unicodedata.bidirectional(one) in {"R", "AL"} for one in before + after if one not in _MARKS)


def _joins(text: str, at: int) -> bool:
    """Whether a joiner stands between letters of a script that joins, or between emoji."""
    before, after = at - 1, text[at + 1 : at + 2]
    if before < 0 or not after:
        return False
    if _within(text[before], _JOINING + _MORE_JOINING) and _within(after, _JOINING + _MORE_JOINING):
        return True
    while before > 0 and (text[before] == "\ufe0f" or "\U0001f3fb" <= text[before] <= "\U0001f3ff"):
        before -= 1
    return text[at] == "\u200d" and _is_emoji(text[before]) and _is_emoji(after)


def _in_flag(text: str, at: int) -> bool:
    """Whether a tag is part of a flag, such as that of Scotland: a black flag, three to six tags, and the end."""
    start = at
    while start > 0 and at - start < 8 and 0xE0000 <= ord(text[start - 1]) <= 0xE007F:
        start -= 1
    end = text.find(_END_OF_FLAG, start, start + 7)
    letters = text[start:end]
    named = 3 <= len(letters) <= 6 and all(0xE0030 <= ord(one) <= 0xE007A for one in letters)
    return start > 0 and text[start - 1] == _FLAG and end >= at and named


def _selects(text: str, at: int) -> bool:
    """Whether a variation selector follows something that has variations: a sign, an emoji, a digit, an ideograph."""
    before = text[at - 1] if at else " "
    if text[at] < "\ufe00":
        return _within(before, ((0x1800, 0x18AF),))
    if text[at] > "\ufe0f":
        return unicodedata.category(before) == "Lo"
    kind = unicodedata.category(before)
    return before in "0123456789#*" or kind in {"Lo", "So", "Sm"} or _is_emoji(before)


def _beside_jamo(text: str, at: int) -> bool:
    return any(_within(one, ((0x1100, 0x115E), (0x1161, 0x11FF))) for one in text[max(at - 1, 0) : at + 2])


def _is_emoji(character: str) -> bool:
    return _within(character, _PICTURES + _EMOJI)


def _within(character: str, ranges: Sequence[tuple[int, int]]) -> bool:
    code = ord(character)
    return any(start <= code <= end for start, end in ranges)
