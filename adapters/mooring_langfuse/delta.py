"""What changed under some labels since an earlier survey, and what proves that nothing else did?

Two requests a label: how many prompts it is on, and those that were touched since. The earlier survey was taken after
the newest time stamp in it, by Langfuse's own clock; what it could not see yet is stamped at most a margin before
that, and what it saw last of the label is asked for again. A row of the second request is a hint only: of each such
prompt the holders are asked for. The proof: what was in that window before is in it again (else a backup was
restored), and what was there, plus what came, less what went is as many as are counted. The count is asked first, so
that a prompt that comes in between is in the window.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from mooring.ports import Listing, Survey
from mooring_langfuse.api import Row
from mooring_langfuse.listing import Shown, ref
from mooring_langfuse.lists import Lists, Rows, by_prompt, earliest, iso

Known: TypeAlias = Mapping[str, Listing]
"""The prompts that one label was on, by name."""

MARGIN = timedelta(minutes=5)
"""How much later than its time stamp says a change may become visible: a long transaction, clocks of two servers."""


@dataclass(frozen=True, slots=True)
class Window:
    """What is asked of one label: the prompts touched from `start` on; `count` is how many the label is on by now."""

    start: str
    count: int
    rows: Rows


def delta(lists: Lists, asked: Sequence[str], expected: Collection[str], since: Survey) -> Survey | None:
    """Read a survey anew by what changed; None where there is no proof that nothing else did."""
    known = {label: _known(label, since) for label in asked if label}
    whole: dict[str, Rows] = {}
    windows: dict[str, Window] = {}
    began: list[datetime | None] = []
    taken = max([since.begun, *(stamp for listing in since.values() for stamp in listing.stamps.values())])
    for label, before in known.items():
        stamps = [listing.stamps.get(label, "") for listing in before.values()]
        start = window_start(stamps, taken, lists.page_size)
        if start is None:
            listed = lists.whole(label)
            whole[label] = listed.rows
            began.append(listed.begun)
        else:
            count, moment = lists.total(label)
            windows[label] = Window(start, count, lists.whole(label, start).rows)
            began.append(moment)
    if not all(comes_again(label, known[label], window) for label, window in windows.items()):
        return None
    changed = {name for label, rows in whole.items() for name in differing(label, known[label], rows)}
    changed |= {name for label, window in windows.items() for name in hints(label, known[label], window.rows)}
    if windows and len(changed) > lists.page_size:
        return lists.survey(asked, expected)
    for label, window in windows.items():
        rows = {name: row for name in sorted(changed) if (row := lists.one(name, label)) is not None}
        if not adds_up(known[label], changed, rows, window.count):
            return None
        whole[label] = rows
    return Survey(_settled(lists, asked, expected, since, changed, whole), earliest(began))


def window_start(stamps: Sequence[str], taken: str, page_size: int) -> str | None:
    """Give the time from which on to ask, as Langfuse writes it; None where a whole list costs no more.

    `taken` is no later than the survey was begun: when the server says that it was, or the newest stamp in it.
    """
    try:
        moments = [datetime.fromisoformat(stamp) for stamp in stamps]
        start = min(max(moments), datetime.fromisoformat(taken) - MARGIN)
        inside = sum(moment >= start for moment in moments)
    except (ValueError, TypeError):
        return None
    if -(-inside // page_size) + 1 >= -(-len(stamps) // page_size):
        return None
    return iso(start)


def comes_again(label: str, before: Known, window: Window) -> bool:
    """Tell whether every prompt that was touched in the window before is in it again."""
    start = datetime.fromisoformat(window.start)
    return all(
        name in window.rows
        for name, listing in before.items()
        if datetime.fromisoformat(listing.stamps[label]) >= start
    )


def hints(label: str, before: Known, rows: Rows) -> Iterable[str]:
    """Give the prompts to ask for: whose row is not the one before, and those that were split."""
    yield from (name for name, row in rows.items() if not _same(label, before.get(name), row))
    yield from (name for name, listing in before.items() if len(listing.labels[label]) > 1)


def differing(label: str, before: Known, rows: Rows) -> Iterable[str]:
    """Give the prompts whose row of a whole list is not the one before."""
    yield from hints(label, before, rows)
    yield from before.keys() - rows.keys()


def adds_up(before: Known, asked_for: Collection[str], rows: Rows, count: int) -> bool:
    """Tell whether the prompts before, less those asked for, and what these are now, are as many as were counted."""
    return len(before.keys() - set(asked_for)) + len(rows) == count


def _known(label: str, since: Survey) -> Known:
    return {name: listing for name, listing in since.items() if label in listing.labels}


def _same(label: str, before: Listing | None, row: Row) -> bool:
    return (
        before is not None
        and before.stamps.get(label) == row.updated
        and before.labels[label] == tuple(map(ref, row.versions))
    )


def _settled(
    lists: Lists,
    asked: Sequence[str],
    expected: Collection[str],
    since: Survey,
    changed: Collection[str],
    lists_of_changed: Mapping[str, Rows],
) -> dict[str, Listing]:
    """Keep what did not change, and ask for what is open about what did."""
    wanted = set(expected)
    kept = {
        name: listing
        for name, listing in since.items()
        if name not in changed and (name in wanted or any(label in listing.labels for label in asked))
    }
    seen: dict[str, Shown] = {
        name: sighting for name, sighting in by_prompt(lists_of_changed).items() if name in changed
    }
    return {**kept, **lists.settle(asked, seen, wanted - kept.keys(), len(since))}
