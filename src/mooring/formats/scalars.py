"""Which value does a plain YAML scalar mean? The core schema of YAML 1.2: `no` and `2024-01-01` are texts."""

import math
import re

from mooring.core.canonical import MAX_INTEGER
from mooring.formats.located import Plain
from mooring.formats.parsed import Flaw

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUTHS = dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(("false", "False", "FALSE"), False)
_NUMBER = re.compile(r"[-+.0-9]")
_INTEGER = re.compile(r"[-+]?[0-9]+", re.ASCII)
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_ENDLESS = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LONGEST_INTEGER = 40
"""No integer with more digits is within bounds, unless it starts with zeros that nobody writes."""
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def plain_value(written: str, line: int) -> Plain | Flaw:
    """Give the value of an unquoted scalar, or why no canonical form has it."""
    if written in _NULLS:
        return None
    if written in _TRUTHS:
        return _TRUTHS[written]
    if not _NUMBER.match(written):
        return text_flaw(written, line) or written
    if _INTEGER.fullmatch(written):
        return _integer(written, 10, line)
    if _OTHER_BASE.fullmatch(written):
        return _integer(written[2:], 16 if written[1] == "x" else 8, line)
    if _ENDLESS.fullmatch(written):
        return Flaw(
            line, f"{written} is not JSON, and no platform keeps it", "Give a finite number, or quote it as a text."
        )
    if _FLOAT.fullmatch(written):
        return _float(written, line)
    return text_flaw(written, line) or written


def text_flaw(text: str, line: int) -> Flaw | None:
    """Say why a text has no canonical form, if so."""
    if "\0" in text:
        return Flaw(line, "the text holds a NUL character, which platforms refuse or cut", "Take it out.")
    if _LONE_SURROGATE.search(text):
        return Flaw(
            line,
            "the text holds a lone surrogate, which is not a character",
            "Write the character itself instead of \\u.",
        )
    return None


def _integer(digits: str, base: int, line: int) -> int | Flaw:
    value = int(digits, base) if len(digits) <= _LONGEST_INTEGER else None
    if value is None or abs(value) > MAX_INTEGER:
        return Flaw(line, "an integer beyond 2^53-1 would be rounded by platforms", "Quote it, so that it is a text.")
    return value


def _float(written: str, line: int) -> float | Flaw:
    value = float(written)
    if math.isinf(value):
        return Flaw(line, "the number is too great for JSON's numbers", "Quote it, so that it is a text.")
    return value
