"""How is a JSON value written as YAML that a person would write, and that readers of YAML 1.1 and 1.2 read alike?

Columns count from 0. A line never ends in a line end here: whoever puts lines together knows the file's own.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mooring.core.artifact import Json, in_integers

STEP = 2
"""The columns by which each level is indented."""
_WIDTH = 88
"""A collection that fits into so many columns stands on one line, where nobody asked for more."""
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_PROSE = frozenset({"prompt", "system_prompt", "content"})
_SPREAD = {"messages": 2, "tools": 2, "examples": 1}
"""Fields whose values people spread over lines down to so many levels, however short they are."""
_LONGEST_SIMPLE_KEY = 250
"""YAML 1.1 looks for the colon of a longer key (1024 bytes) only after a `?`."""
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""What no YAML may hold as it is, and what one of its versions takes for a line end or for nothing."""
_QUOTED_WELL = re.compile(r"[^'\\]{,60}")
"""A text that reads well in quotes, should it need them."""
_NO_TEXT = frozenset({"true", "false", "null", "y", "n", "yes", "no", "on", "off"})
"""Words that some version of YAML takes for something else than a text, in any case."""


class Quotes(StrEnum):
    """How a text on one line is quoted; its value is the mark."""

    AS_NEEDED = ""
    SINGLE = "'"
    DOUBLE = '"'


@dataclass(frozen=True, slots=True)
class Written:
    """A value behind `key:` or `-`: the rest of that line ('' for a block collection), and the lines below."""

    head: str
    lines: tuple[str, ...] = ()


def inline(value: Json, quotes: Quotes = Quotes.AS_NEEDED) -> str:
    """Write a value on one line, as it may stand inside `{…}` and `[…]`."""
    match value:
        case str():
            return _one_line(value, quotes, stops=",[]{}:")
        case Mapping():
            pairs = (f"{key_text(key, quotes, stops=',[]{}:')}: {inline(item, quotes)}" for key, item in value.items())
            return f"{{{', '.join(pairs)}}}"
        case Sequence():
            return f"[{', '.join(inline(item, quotes) for item in value)}]"
        case _:
            return _number_or_word(value)


def key_text(key: str, quotes: Quotes = Quotes.AS_NEEDED, *, stops: str = "") -> str:
    """Write a field's name, up to its colon."""
    written = _one_line(key, quotes, stops)
    return written if len(written) <= _LONGEST_SIMPLE_KEY else f"? {written}"


def one_line(text: str, quotes: Quotes) -> str:
    """Write a text on one line of a block collection."""
    return _one_line(text, quotes, "")


def block(value: Json, column: int, opened: int = 0) -> Written:
    """Write a value of the collection that stands at `column`; its own lines stand deeper.

    Collections are spread over lines down to `opened` levels, and deeper ones where they are too long for one.
    """
    match value:
        case str():
            return text_block(value, column)
        case Mapping() if value and not _fits(value, column, opened):
            return Written("", tuple(pair_lines(value, column + STEP, opened - 1)))
        case Sequence() if value and not _fits(value, column, opened):
            return Written("", tuple(item_lines(value, column + STEP, opened - 1)))
        case _:
            return Written(inline(value))


def field_block(name: str, value: Json, column: int, opened: int = 0) -> Written:
    """Write the value of a field as people write it there."""
    if name in _PROSE and isinstance(value, str):
        return _prose(value, column)
    return block(value, column, max(opened, _SPREAD.get(name, 0)))


def pair_lines(pairs: Mapping[str, Json], column: int, opened: int = 0, quotes: Quotes = Quotes.AS_NEEDED) -> list[str]:
    """Write the fields of a block mapping whose keys stand at `column`."""
    lines: list[str] = []
    for key, value in pairs.items():
        written = field_block(key, value, column, opened)
        name = key_text(key, quotes)
        if name.startswith("? "):
            lines.append(" " * column + name)
            name = ""
        lines += [f"{' ' * column}{name}:{' ' if written.head else ''}{written.head}", *written.lines]
    return lines


def item_lines(items: Sequence[Json], column: int, opened: int = 0) -> list[str]:
    """Write the items of a block list whose dashes stand at `column`."""
    lines: list[str] = []
    for item in items:
        written = block(item, column, opened)
        first, *others = [written.head, *written.lines] if written.head else written.lines
        lines += [f"{' ' * column}- {first.lstrip(' ') if not written.head else first}", *others]
    return lines


def text_block(text: str, column: int) -> Written:
    """Write a text under a key at `column`: on its line, or as a block below that keeps the text's own lines."""
    if "\n" not in text:
        return Written(one_line(text, Quotes.AS_NEEDED))
    return literal(text, column, column + STEP) or _escaped_lines(text, column + STEP)


def literal(text: str, parent: int, column: int) -> Written | None:
    """Write a text as a literal block at `column` below a collection at `parent`, unless none can hold it."""
    if _ESCAPED.search(text) or not text.strip():
        return None
    width = str(column - parent) if text[0] in " \t\n" else ""
    keeps = "+" if text.endswith("\n\n") else "" if text.endswith("\n") else "-"
    lines = text.removesuffix("\n").split("\n")
    return Written(f"|{width}{keeps}", tuple(" " * column + line if line else "" for line in lines))


def _prose(text: str, column: int) -> Written:
    """Write a text of some length under a key at `column`: as a block also where it is one long or odd line."""
    if "\n" not in text and (len(text) > _WIDTH or not (_is_plain(text, "") or _QUOTED_WELL.fullmatch(text))):
        return literal(text, column, column + STEP) or text_block(text, column)
    return text_block(text, column)


def _escaped_lines(text: str, column: int) -> Written:
    """Write a text that no literal block can hold in double quotes, a line of the file for each of its own."""
    first, *others = (_escape(line) for line in _LINES.findall(text))
    if not others:
        return Written(f'"{first}"')
    lines = [" " * column + (f"\\{line}" if line.startswith(" ") else line) for line in others]
    *inner, last = lines
    return Written(f'"{first}\\', (*(f"{line}\\" for line in inner), f'{last}"'))


def _one_line(text: str, quotes: Quotes, stops: str) -> str:
    if _ESCAPED.search(text) or "\n" in text or "\t" in text:
        return f'"{_escape(text)}"'
    if quotes is Quotes.DOUBLE:
        return f'"{_escape(text)}"'
    if quotes is Quotes.AS_NEEDED:
        if _is_plain(text, stops):
            return text
        if "'" in text and '"' not in text and "\\" not in text:
            return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def _is_plain(text: str, stops: str) -> bool:
    """Tell whether a text needs no quotes: to be sure, it starts with a letter."""
    return (
        (text[:1].isalpha() or text[:1] == "_")
        and not _ESCAPED.search(text)
        and text[-1] not in " :"
        and ": " not in text
        and " #" not in text
        and text.lower() not in _NO_TEXT
        and not any(stop in text for stop in stops)
    )


def _escape(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)[1:-1]
    return _ESCAPED.sub(lambda found: f"\\u{ord(found.group()):04x}", quoted)


def _number_or_word(value: Json) -> str:
    match in_integers(value):
        case None:
            return "null"
        case bool() as truth:
            return "true" if truth else "false"
        case float() as number:
            written = repr(number)
            return written if "." in written else written.replace("e", ".0e")
        case whole:
            return str(whole)


def _fits(value: Json, column: int, opened: int) -> bool:
    return opened <= 0 and _flat_size(value, _WIDTH) is not None and len(inline(value)) <= _WIDTH - column


def _flat_size(value: Json, room: int) -> int | None:
    """Give a lower bound of a value's length on one line, or None where it has lines of its own or no room."""
    match value:
        case str():
            size = len(value) if "\n" not in value else room + 1
        case Mapping() | Sequence():
            size = 2
            for item in [*value, *value.values()] if isinstance(value, Mapping) else value:
                inner = _flat_size(item, room - size)
                if inner is None:
                    return None
                size += inner + 2
        case _:
            size = 1
    return size if size <= room else None
