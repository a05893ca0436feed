"""Which contents stand on the three sides of the addresses that differ? The one place that fetches them to be shown."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mooring.calls import Calls
from mooring.core.address import Gap, Ref
from mooring.core.artifact import Content
from mooring.core.plan import Row
from mooring.core.report import Report
from mooring.core.state import State
from mooring.ports import AdapterError, HistoryError, Misconfigured, Stored
from mooring.run import Run, Target
from mooring.sight import git_content

_ALIKE = frozenset({State.IN_SYNC, State.UNMANAGED})


@dataclass(frozen=True, slots=True)
class Compared:
    """One address with the contents of its sides; None where a side has none, or where nobody has it any more.

    `silent` are config keys that the live version says nothing about.
    """

    row: Row
    git: Content | None
    base: Content | None
    live: Content | None
    silent: frozenset[str] = frozenset()


def compare(run: Run, report: Report) -> tuple[Compared, ...]:
    """Fetch the contents of every address of a report that differs, or that was named one by one."""
    named = bool(run.selection.addresses)
    by_name = {target.name: target for target in run.targets}
    found: list[Compared] = []
    for told in report.targets:
        rows = [one.row for one in told.addresses if named or one.row.verdict.state not in _ALIKE]
        found += _of_target(run, by_name[told.name], rows) if told.error is None else []
    return tuple(found)


def _of_target(run: Run, target: Target, rows: Iterable[Row]) -> Iterator[Compared]:
    calls: Calls | None = None
    for row in rows:
        calls = calls or Calls(target.connect(), run.clock)
        yield _compared(run, target, calls, row)


def _compared(run: Run, target: Target, calls: Calls, row: Row) -> Compared:
    seen = row.seen
    git = _in_git(run, row)
    live = _stored(calls, target, row, seen.holders[0].ref) if seen.holders else None
    content = None if live is None else live.content
    base: Content | None = None
    if seen.base is not None and seen.base.hash == seen.git:
        base = git
    elif seen.base is not None and seen.base.hash == seen.live:
        base = content
    elif seen.base is not None and not isinstance(seen.live, Gap):
        kept = _stored(calls, target, row, seen.base.ref)
        base = kept.content if kept is not None and kept.hash == seen.base.hash else None
    return Compared(row, git, base, content, frozenset() if live is None else live.silent)


def _in_git(run: Run, row: Row) -> Content | None:
    try:
        return git_content(run, row)
    except HistoryError:
        return None


def _stored(calls: Calls, target: Target, row: Row, ref: Ref) -> Stored | None:
    try:
        found = calls.read(target.naming.on_platform(row.address.prompt), ref)
    except (AdapterError, Misconfigured):
        return None
    return None if isinstance(found, Gap) else found
