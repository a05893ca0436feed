"""How does GitHub compare values in expressions, and turn one kind into another?

The rules are those of "Evaluate expressions in workflows and actions", section Operators, and for what that page leaves
open those of the runner's own source (EvaluationResult, ExpressionUtility).
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypeGuard

Value: TypeAlias = "None | bool | int | float | str | Sequence[Value] | Mapping[str, Value]"
"""What an expression may give. Numbers are doubles on GitHub."""

_DECIMAL = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", re.ASCII)
_HEX = re.compile(r"0x[0-9a-fA-F]+", re.ASCII)
_OCTAL = re.compile(r"0o[0-7]+", re.ASCII)
_ENDLESS = {"Infinity": math.inf, "-Infinity": -math.inf}


def is_list(value: Value) -> TypeGuard[Sequence[Value]]:
    """Tell whether it is an array."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def truthy(value: Value) -> bool:
    """Tell what a condition makes of it: false, 0, '' and null are false, every object and array is true."""
    if isinstance(value, float) and math.isnan(value):
        return False
    return True if isinstance(value, Mapping) or is_list(value) else bool(value)


def text(value: Value) -> str:
    """Give what stands where an expression is put into a text."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return _shown(float(value))
        case str():
            return value
        case Mapping():
            return "Object"
        case _:
            return "Array"


def number(value: Value) -> float:
    """Give it as a number, NaN where it is none."""
    match value:
        case None:
            return 0.0
        case bool() | int() | float():
            return float(value)
        case str():
            return _parsed(value.strip())
        case _:
            return math.nan


def equal(left: Value, right: Value) -> bool:
    """Compare loosely: texts without regard to case, values of two kinds as numbers, objects by identity."""
    left, right = _alike(left, right)
    if isinstance(left, str) and isinstance(right, str):
        return left.upper() == right.upper()
    if _is_collection(left) or _is_collection(right):
        return left is right
    return left == right


def less(left: Value, right: Value) -> bool:
    """Tell whether one is smaller; whatever cannot be ordered is not."""
    left, right = _alike(left, right)
    if isinstance(left, str) and isinstance(right, str):
        return left.upper() < right.upper()
    if isinstance(left, (bool, int, float)) and isinstance(right, (bool, int, float)):
        return left < right
    return False


def pretty(value: Value) -> str:
    """Give it as toJSON does: two spaces, keys in their order."""
    return json.dumps(_plain(value), indent=2, ensure_ascii=False)


def _plain(value: Value) -> object:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if is_list(value):
        return [_plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _alike(left: Value, right: Value) -> tuple[Value, Value]:
    if _kind(left) == _kind(right) or _is_collection(left) or _is_collection(right):
        return left, right
    return number(left), number(right)


def _kind(value: Value) -> str:
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


def _is_collection(value: Value) -> bool:
    return isinstance(value, Mapping) or is_list(value)


def _parsed(written: str) -> float:
    if not written:
        return 0.0
    if _DECIMAL.fullmatch(written):
        return float(written)
    if _HEX.fullmatch(written) or _OCTAL.fullmatch(written):
        return float(int(written, 0))
    return _ENDLESS.get(written, math.nan)


def _shown(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return format(value, ".15G")
