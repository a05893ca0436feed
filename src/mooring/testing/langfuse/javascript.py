"""How does JavaScript read and write a value? JSON, numbers, white space and lengths as V8 has them (11, 10, 07)."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from json.encoder import encode_basestring
from typing import TypeGuard, cast

from mooring.core.artifact import Json

DEEPEST = 800
"""Nesting up to here is read; the server takes 100 and refuses 3000 (11), its stack ends somewhere between."""

SPACE = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
"""What `String.prototype.trim` takes off."""

_SURROGATE = re.compile("[\ud800-\udfff]")


class InvalidJson(ValueError):
    """The text is no JSON."""


class TooDeep(Exception):
    """Nested deeper than the server's stack reaches."""


def parse(text: str) -> Json:
    """Read JSON as JavaScript does; raise InvalidJson or TooDeep."""
    try:
        value = cast("Json", _DECODER.decode(text.removeprefix("\ufeff")))
    except RecursionError as error:
        raise TooDeep from error
    except ValueError as error:
        raise InvalidJson from error
    if _depth(text) > DEEPEST:
        raise TooDeep
    return value


def stringify(value: Json) -> str:
    """Write compact JSON as `JSON.stringify` does, but for lone surrogates, which stay what they are."""
    out: list[str] = []
    _write(value, out)
    return "".join(out)


def escape_surrogates(text: str) -> str:
    r"""Escape lone surrogates in JSON (`\ud800`), so that it can be encoded."""
    return _SURROGATE.sub(lambda lone: f"\\u{ord(lone[0]):04x}", text)


def has_lone_surrogate(text: str) -> bool:
    """Tell whether a text cannot be encoded."""
    return _SURROGATE.search(text) is not None


def length(text: str) -> int:
    """Count UTF-16 units."""
    return len(text) + sum(character > "\uffff" for character in text)


def number(text: str) -> float:
    """Do what `Number(text)` does with decimal and hexadecimal digits; NaN for anything else."""
    text = text.strip(SPACE)
    if not text:
        return 0.0
    if re.fullmatch(r"0[xX][0-9a-fA-F]+", text):
        return float(int(text, 16))
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII):
        return float(text)
    return math.inf if text in ("Infinity", "+Infinity") else -math.inf if text == "-Infinity" else math.nan


def number_text(value: float) -> str:
    """Write a number as JavaScript does: the shortest digits that give it back, plain from 1e-6 to 1e21."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    sign, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    text = "".join(map(str, digits))
    point = len(text) + cast("int", exponent)
    if value == 0:
        return "0"
    if 0 < point <= 21:
        plain = text.ljust(point, "0") if len(text) <= point else f"{text[:point]}.{text[point:]}"
    elif -6 < point <= 0:
        plain = f"0.{'0' * -point}{text}"
    else:
        plain = f"{text[0]}{'.' if len(text) > 1 else ''}{text[1:]}e{point - 1:+d}"
    return f"-{plain}" if sign else plain


def is_object(value: object) -> TypeGuard[Mapping[str, Json]]:
    """Tell whether a JSON value is an object."""
    return isinstance(value, Mapping)


def is_array(value: object) -> TypeGuard[Sequence[Json]]:
    """Tell whether a JSON value is an array."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def _write(value: Json, out: list[str]) -> None:
    """One Python frame for each level: a comprehension would need two."""
    if isinstance(value, str):
        out.append(encode_basestring(value))
    elif value is None or isinstance(value, bool):
        out.append({None: "null", True: "true", False: "false"}[value])
    elif isinstance(value, int | float):
        out.append(number_text(value) if isinstance(value, float) or abs(value) > 2**53 else str(value))
    elif isinstance(value, Mapping):
        mark = "{"
        for key, each in value.items():
            out.append(f"{mark}{encode_basestring(key)}:")
            _write(each, out)
            mark = ","
        out.append("{}" if mark == "{" else "}")
    else:
        mark = "["
        for each in value:
            out.append(mark)
            _write(each, out)
            mark = ","
        out.append("[]" if mark == "[" else "]")


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Array indices come first, in their order; the last of two equal keys wins; `__proto__` never arrives."""
    members = dict(pairs)
    members.pop("__proto__", None)
    if not any(key[:1].isdigit() for key in members):
        return members
    indices = sorted((key for key in members if _is_index(key)), key=int)
    return {key: members[key] for key in [*indices, *(key for key in members if not _is_index(key))]}


def _is_index(key: str) -> bool:
    return re.fullmatch(r"0|[1-9][0-9]{0,9}", key) is not None and int(key) < 2**32 - 1


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() and abs(value) <= 2**53 else value


def _refuse(constant: str) -> Json:
    raise InvalidJson(constant)


def _depth(text: str) -> int:
    if text.count("[") + text.count("{") <= DEEPEST:
        return 0
    deepest = depth = 0
    for mark in re.findall(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(mark, 0)
        deepest = max(deepest, depth)
    return deepest


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_int=_number, parse_constant=_refuse)
