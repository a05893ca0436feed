"""In which proposals does content come into Git, on which branches, and how is each known again?"""

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from mooring.core.adoption import Scope
from mooring.core.row import Row

PART = 50
"""Prompts that one proposal holds at most: what a person reviews at one go."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one proposal brings, and its branch."""

    branch: str
    rows: tuple[Row, ...]


def branch_prefix(repository: str, target: str) -> str:
    """Give what the branches of a target's proposals begin with; `repository` is the id in mooring.yaml."""
    return f"mooring/{plain(repository)}/{plain(target)}/"


def parts(prefix: str, rows: Sequence[Row], scope: Scope, standing: Collection[str] = ()) -> tuple[Part, ...]:
    """Divide addresses into proposals that a person can review: by folder, and a large folder's prompts by number.

    Those of a scope that rolls keep their branches from run to run, and what was divided stays so while `standing`
    holds its branches: whoever reviews one part does not see it change because another one was merged. Any other
    selection has a branch of its own.
    """
    if not rows:
        return ()
    prompts = list(dict.fromkeys(row.address.prompt for row in rows))
    if not scope.rolls and len(prompts) <= PART:
        return (Part(prefix + _named(prompts), tuple(rows)),)
    word = prefix + (scope if scope.rolls else _named(prompts))
    if len(prompts) <= PART and not any(branch.startswith((f"{word}-", f"{word}.")) for branch in standing):
        return (Part(word, tuple(rows)),)
    branches = dict(_divided(word, prompts, standing))
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(branches[row.address.prompt], []).append(row)
    return tuple(Part(branch, tuple(of_it)) for branch, of_it in sorted(found.items()))


def rolling(prefix: str, scope: Scope) -> Callable[[str], bool]:
    """Give what tells whether a branch is one that `parts` gives for a scope that rolls."""
    word = f"{prefix}{scope}"
    return lambda branch: branch == word or branch.startswith((f"{word}-", f"{word}."))


def _divided(word: str, prompts: Sequence[str], standing: Collection[str]) -> Iterator[tuple[str, str]]:
    """Give each prompt with its branch."""
    folders: dict[str, list[str]] = {}
    for prompt in prompts:
        folder, slash, _ = prompt.partition("/")
        folders.setdefault(f"{word}-{plain(folder)}" if slash else word, []).append(prompt)
    for branch, members in folders.items():
        number = _numbered(branch, members, standing)
        for prompt in members:
            yield prompt, branch if number == 1 else f"{branch}.{_turn(prompt, number)}of{number}"


def _numbered(branch: str, prompts: Sequence[str], standing: Collection[str]) -> int:
    """Give into how many a folder is divided: so many as it was, or as few as keep each one small enough."""
    known = (re.fullmatch(re.escape(branch) + r"\.[0-9]+of([0-9]{1,6})", one) for one in standing)
    number = max((int(match[1]) for match in known if match is not None), default=1)
    while max(Counter(_turn(prompt, number) for prompt in prompts).values()) > PART:
        number += 1
    return number


def _turn(prompt: str, number: int) -> int:
    """Give a prompt's part out of `number`, which depends on no other prompt."""
    return int(_digits(prompt), 16) % number + 1


def _named(prompts: Sequence[str]) -> str:
    if len(prompts) == 1:
        return f"prompt-{plain(prompts[0])}"
    return f"prompts-{_digits(json.dumps(prompts))}"


def plain(text: str) -> str:
    """Give a text as a part of a branch's name; distinct texts stay distinct."""
    word = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")[:60]
    return word if word and word == text else f"{word}-{_digits(text)}".strip("-")


def _digits(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


_MARKER = re.compile(r"<!-- mooring-proposal: ([0-9a-f ]*) -->")


def mark(row: Row) -> str:
    """Give the digits by which an address with its live content is known again in a proposal that brought it."""
    told = json.dumps([str(row.address), row.seen.live])
    return sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def marker(rows: Iterable[Row]) -> str:
    """Write what a proposal brings so that a later run reads it back, and nobody sees it in a review.

    It holds digests alone: no name can leave the comment, and many of them are still short.
    """
    return f"<!-- mooring-proposal: {' '.join(sorted(map(mark, rows)))} -->"


def read_marker(body: str) -> frozenset[str]:
    """Give the marks of what a proposal's text says that it brings; none where it is not one of ours."""
    found = _MARKER.search(body)
    return frozenset(found[1].split()) if found is not None else frozenset()


_OBEYED = re.compile(r"#\d|\bGH-\d|://|(?<!\w)@\w", re.IGNORECASE)
"""What Git hosts act on wherever it stands in a commit's message: `closes #12`, `@team`."""


def resolves(rows: Iterable[Row]) -> tuple[str, ...]:
    """Give the trailers by which a merged proposal decides what it was about.

    A name that a Git host would obey gets none: both sides agree after the merge all the same.
    """
    return tuple(f"Mooring-Resolves: {row.address} {row.seen.live}" for row in rows if is_inert(str(row.address)))


def is_inert(text: str) -> bool:
    """Tell whether a text means nothing to a Git host where it stands in a commit's message."""
    return _OBEYED.search(text) is None and text.isprintable()
