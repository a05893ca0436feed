"""Does a branch, a tag or a path match a workflow's filter?

The patterns are those of "Workflow syntax for GitHub Actions", section Filter pattern cheat sheet.
"""

import functools
import re
from collections.abc import Iterable, Sequence


def chosen(names: Iterable[str], patterns: Sequence[str]) -> bool:
    """Tell whether any name is left by the patterns: each may take in, and with `!` take out again, in order."""
    return any(_is_chosen(name, patterns) for name in names)


def any_outside(names: Iterable[str], patterns: Sequence[str]) -> bool:
    """Tell whether any of the names is not matched by a list of what to ignore."""
    return any(not _is_chosen(name, patterns) for name in names)


def _is_chosen(name: str, patterns: Sequence[str]) -> bool:
    found = False
    for pattern in patterns:
        if _expression(pattern.removeprefix("!")).fullmatch(name):
            found = not pattern.startswith("!")
    return found


@functools.cache
def _expression(pattern: str) -> re.Pattern[str]:
    """`?` and `+` speak of the character before them, `*` stays within a folder, `**` does not."""
    made, at = "", 0
    while at < len(pattern):
        here = pattern[at]
        if pattern.startswith("**/", at):
            made, at = made + "(?:.*/)?", at + 3
        elif pattern.startswith("**", at):
            made, at = made + ".*", at + 2
        elif here == "[" and "]" in pattern[at:]:
            end = pattern.index("]", at)
            made, at = made + f"[{re.escape(pattern[at + 1 : end]).replace(chr(92) + '-', '-')}]", end + 1
        elif here == "\\" and at + 1 < len(pattern):
            made, at = made + re.escape(pattern[at + 1]), at + 2
        else:
            made, at = made + {"*": "[^/]*", "?": "?", "+": "+"}.get(here, re.escape(here)), at + 1
    return re.compile(made, re.DOTALL)
