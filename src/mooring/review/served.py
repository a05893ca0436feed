"""What do changed addresses serve until the merge? Found in Git by its hash; asked of the platform only beyond that."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mooring.core.address import Address, ContentHash, Gap
from mooring.core.artifact import Content
from mooring.core.row import Row
from mooring.ports import HistoryError
from mooring.review.earlier import Earlier, Wanted
from mooring.run import Run


@dataclass(frozen=True, slots=True)
class Served:
    """A content (None: nothing is served), or why it is not known; `note` is what to know of it beside that."""

    content: Content | None = None
    missing: str = ""
    note: str = ""


Ask: TypeAlias = Callable[[Sequence[Row]], Mapping[Address, Content]]
"""Reads from the platforms what addresses serve, so far as it can be had; asked for nothing where none is left."""

_Sought: TypeAlias = Sequence[tuple[Row, ContentHash]]
_Found: TypeAlias = dict[ContentHash, Content]

_UNREVIEWED = "What is served there was never reviewed in Git, so it is not shown here"


def served(run: Run, rows: Sequence[Row], earlier: Earlier, ask: Ask) -> Mapping[Address, Served]:
    """Find what addresses serve: in the files of now, then at the commit that brought it, then in all of history."""
    sought = [(row, digest) for row in rows if (digest := _sought(row)) is not None]
    known = _now(run, earlier, sought)
    known |= _then(earlier, _left(sought, known))
    known |= _ever(run, earlier, _left(sought, known))
    beyond = [row for row, digest in _left(sought, known) if digest == row.seen.live]
    live = ask(beyond) if beyond else {}
    return {row.address: _served(row, {**known, **_hashed(row, live)}, earlier.trouble) for row in rows}


def _sought(row: Row) -> ContentHash | None:
    """Give the hash of what to compare with: what is live if it was reviewed, else what was agreed on last.

    Bodies that nobody reviewed are shown by `mooring diff` alone, to whoever may read the platform.
    """
    seen = row.seen
    if isinstance(seen.live, Gap):
        return None
    if seen.live in seen.known or seen.live_in_git is not None:
        return seen.live
    return None if seen.base is None else seen.base.hash


def _served(row: Row, known: Mapping[ContentHash, Content], trouble: str) -> Served:
    digest, side = _sought(row), row.seen.live
    if digest is None:
        return Served(missing="" if side is Gap.ABSENT else _UNREVIEWED)
    note = "" if digest == side else f"{_UNREVIEWED}; the comparison is with what was agreed on last"
    if digest not in known:
        why = f": {trouble.rstrip('.')}" if trouble else ""
        return Served(missing=f"What is served there was not found in Git{why}", note=note)
    return Served(known[digest], note=note)


def _left(sought: _Sought, known: Mapping[ContentHash, Content]) -> _Sought:
    return [(row, digest) for row, digest in sought if digest not in known]


def _hashed(row: Row, live: Mapping[Address, Content]) -> _Found:
    side = row.seen.live
    return {} if row.address not in live or isinstance(side, Gap) else {side: live[row.address]}


def _now(run: Run, earlier: Earlier, sought: _Sought) -> _Found:
    """Look among the versions that Git has now."""
    found: _Found = {}
    prompts = run.history.desired().prompts if sought else {}
    for row, digest in sought:
        prompt = prompts.get(row.address.prompt)
        version = next((one for one in prompt.versions.values() if one.hash == digest), None) if prompt else None
        if version is not None and digest not in found:
            try:
                found[digest] = run.history.artifact(version)
            except HistoryError as error:
                earlier.trouble = str(error)
    return found


def _then(earlier: Earlier, sought: _Sought) -> _Found:
    """Look where the prompt's file stood at the commit that brought the content."""
    wanted: dict[ContentHash, Wanted] = {}
    for row, digest in sought:
        base, reviewed = row.seen.base, row.seen.live_in_git
        beside = "" if row.seen.version is None else row.seen.version.path
        if base is not None and base.hash == digest and base.commit:
            wanted[digest] = Wanted(digest, row.address.prompt, base.commit, base.key, beside)
        elif reviewed is not None and reviewed.commit:
            wanted[digest] = Wanted(digest, row.address.prompt, reviewed.commit, reviewed.key, beside)
    return dict(earlier.by_place(list(wanted.values())))


def _ever(run: Run, earlier: Earlier, sought: _Sought) -> _Found:
    """Walk history, once for each prompt; not where a commit could not be had, as then neither can its ancestors."""
    found: _Found = {}
    for prompt in dict.fromkeys(row.address.prompt for row, _ in sought):
        if earlier.trouble:
            return found
        try:
            reviewed = run.history.reviewed(prompt)
        except HistoryError as error:
            earlier.trouble = str(error)
            return found
        for digest in {digest for row, digest in sought if row.address.prompt == prompt and digest in reviewed}:
            content = earlier.anywhere(reviewed[digest].commit, digest)
            found |= {} if content is None else {digest: content}
    return found
