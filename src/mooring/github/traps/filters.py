"""Which branch or path does a filter of a trigger let through? GitHub's patterns, at a cost that no pattern raises.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
"""

import re
from collections.abc import Sequence

from mooring.github.traps.documents import Patterns

_PARTS = re.compile(r"\*\*/|\*\*|\*|\[[^\]]*\]|\\.|.", re.DOTALL)
_RANGE = re.compile(r"([^-])(?:-([^-]))?")
_REPEATS = {"?", "+"}


def passes(path: str, only: Patterns, ignored: Patterns) -> bool:
    """Tell whether a trigger fires for a path, or a branch, alone; GitHub allows one of the two filters."""
    if only is not None:
        return _chosen(path, only)
    return ignored is None or not _chosen(path, ignored)


def _chosen(path: str, patterns: Sequence[str]) -> bool:
    """The last pattern that matches decides; `!` takes out again."""
    chosen = False
    for pattern in patterns:
        if matches(path, pattern.removeprefix("!")):
            chosen = not pattern.startswith("!")
    return chosen


def matches(text: str, pattern: str) -> bool:
    """Tell whether a pattern fits a whole text."""
    parts = _PARTS.findall(pattern)
    ends = {0}
    """How far into the text the parts so far may reach."""
    for at, part in enumerate(parts):
        if at and part in _REPEATS:
            continue
        repeat = parts[at + 1] if at + 1 < len(parts) and parts[at + 1] in _REPEATS else ""
        ends = _after(text, ends, part, repeat)
        if not ends:
            return False
    return len(text) in ends


def _after(text: str, ends: set[int], part: str, repeat: str) -> set[int]:
    match part:
        case "**/":
            return ends | {at + 1 for at in range(min(ends), len(text)) if text[at] == "/"}
        case "**":
            return set(range(min(ends), len(text) + 1))
        case "*":
            return _grown(text, ends, "[^/]") | ends
        case _:
            once = {end + 1 for end in ends if end < len(text) and _is_one(text[end], part)}
            match repeat:
                case "?":
                    return ends | once
                case "+":
                    return _grown(text, once, part) | once
                case _:
                    return once


def _grown(text: str, ends: set[int], part: str) -> set[int]:
    """Give every end that more of the same part reaches."""
    reached: set[int] = set()
    for end in sorted(ends):
        at = end
        while at < len(text) and at + 1 not in reached and _is_one(text[at], part):
            at += 1
            reached.add(at)
    return reached


def _is_one(character: str, part: str) -> bool:
    if part == "[^/]":
        return character != "/"
    if part.startswith("[") and part.endswith("]"):
        return any(first <= character <= (last or first) for first, last in _RANGE.findall(part[1:-1]))
    return character == (part[1:] if part.startswith("\\") and len(part) > 1 else part)
