"""On which events does a condition let a job or a step run? Only tests of the event's name are understood."""

import re
from collections.abc import Iterable
from functools import partial
from typing import TypeAlias

BY_HAND = frozenset({"workflow_dispatch"})
ON_REVIEW = frozenset({"pull_request", "merge_group"})
"""Events on which required checks are looked for."""

_TEST = re.compile(r"github\.event_name\s*(==|!=)\s*'([^']*)'")
_CALL = re.compile(r"\w+\([^()]*\)")
_Alternatives: TypeAlias = list[tuple[str, str]]


def possible(condition: str, events: Iterable[str]) -> frozenset[str]:
    """Give the events on which a condition may hold: all of them where it says nothing of the event."""
    known = [one for one in _conjuncts(condition) if one is not None]
    return frozenset(event for event in events if all(map(partial(_holds, event), known)))


def certain(condition: str, events: Iterable[str]) -> frozenset[str]:
    """Give the events on which a condition surely holds: none where it asks anything but the event."""
    return possible(condition, events) if None not in _conjuncts(condition) else frozenset()


def _conjuncts(condition: str) -> list[_Alternatives | None]:
    """Take a condition apart into tests that must all hold, None for one that cannot be judged here."""
    bare = condition.strip()
    if bare.startswith("${{") and bare.endswith("}}"):
        bare = bare[3:-2].strip()
    if bare in {"", "true"}:
        return []
    if "&&" in bare and "||" in bare and "(" not in _CALL.sub("", bare):
        return [None]
    return [_alternatives(part.strip()) for part in bare.split("&&")]


def _alternatives(part: str) -> _Alternatives | None:
    if part.startswith("(") and part.endswith(")"):
        part = part[1:-1]
    tests = [_TEST.fullmatch(one.strip()) for one in part.split("||")]
    found = [(test[1], test[2]) for test in tests if test is not None]
    return found if len(found) == len(tests) else None


def _holds(event: str, tests: _Alternatives) -> bool:
    return any((event == name) == (operator == "==") for operator, name in tests)
