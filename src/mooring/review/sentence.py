"""What does merging change, in one sentence?"""

from collections.abc import Collection, Iterable, Sequence

from mooring.core.address import Address
from mooring.core.finding import Finding, FindingKind
from mooring.core.report import Report
from mooring.core.row import Row
from mooring.core.state import State
from mooring.core.verdict import MOVES_SERVED, REMOVES, Action
from mooring.reports.words import counted

_NAMED = 4
SERVES = MOVES_SERVED | REMOVES | {Action.CREATE}
"""The steps after which readers get something else. A version that is published without its label is none."""

_DECIDED = frozenset({Action.HOLD, Action.BLOCK})


def served_anew(report: Report) -> list[Row]:
    """Give the addresses whose served content a sync would change."""
    return [one.row for one in report.rows if one.row.verdict.action in SERVES]


def held(report: Report) -> list[Row]:
    """Give the addresses that a person must decide about; those of invalid files are told as mistakes in files."""
    rows = [one.row for one in report.rows if one.row.verdict.action in _DECIDED]
    waiting = [row for row in rows if row.seen.suspension is None and row.seen.frozen is None]
    return [row for row in waiting if row.verdict.state is not State.INVALID]


def mistakes(report: Report) -> list[Finding]:
    """Give the mistakes in files."""
    found = [*report.findings, *(one for target in report.targets for one in target.findings)]
    return [one for one in found if one.kind is FindingKind.FILE]


def sentence(report: Report, meeting: Collection[str] = ()) -> str:
    """Say what merging changes, for how many prompts and where; then what else keeps it from being so.

    `meeting` are prompts under whose labels somebody moved something by hand.
    """
    changed, silent = served_anew(report), _silent(report)
    if changed:
        told = f"Merging changes {_what([row.address for row in changed])}"
    elif silent:
        told = f"What merging changes on {_listed(silent)} is not known"
    else:
        told = "Merging changes nothing that a platform serves"
    met = len({row.address.prompt for row in changed} & set(meeting))
    more = [f"{met} {'meets' if met == 1 else 'meet'} an edit or a rollback there"] if met else []
    more += [*_stoppers(report, held(report), bare=not changed)]
    more += [f"what it changes on {_listed(silent)} is not known"] if changed and silent else []
    return "; ".join([told, *more]) + "."


def _what(addresses: Sequence[Address]) -> str:
    prompts = {(one.target, one.label): frozenset[str]() for one in addresses}
    for one in addresses:
        prompts[one.target, one.label] |= {one.prompt}
    targets, labels = (sorted({pair[at] for pair in prompts}) for at in (0, 1))
    names = {one.prompt for one in addresses}
    number = counted(len(names), "prompt")
    alike = len(set(prompts.values())) == 1 and len(prompts) == len(targets) * len(labels)
    if alike or len(prompts) == 1:
        verb = "serves" if len(labels) == 1 else "serve"
        return f"what {_listed(labels)} {verb} for {number} on {_listed(targets)}"
    alone = len(targets) == 1
    places = {pair: pair[1] if alone else f"{pair[1]} on {pair[0]}" for pair in sorted(prompts)}
    parts = [f"{len(prompts[pair])} under {place}" for pair, place in places.items()]
    where = f" on {targets[0]}" if alone else ""
    return f"what is served for {number}{where}: {_listed(parts, 'more labels')}"


def _stoppers(report: Report, waiting: Sequence[Row], *, bare: bool) -> Iterable[str]:
    people = len({row.address.prompt for row in waiting})
    if people:
        noun = f"{counted(people, 'prompt')} " if bare else f"{people} "
        yield f"{noun}{'needs' if people == 1 else 'need'} a person"
    closed = sorted({one.name for one in report.targets if any(not guard.open for guard in one.guards)})
    if closed:
        yield f"a guard would stop the sync of {_listed(closed)}"
    wrong = len(mistakes(report))
    if wrong:
        yield f"{counted(wrong, 'mistake')} in prompt files"


def _silent(report: Report) -> list[str]:
    unread = {one.name for one in report.targets if one.error is not None}
    unknown = {row.address.target for row in (one.row for one in report.rows) if row.verdict.state is State.UNKNOWN}
    return sorted(unread | unknown)


def _listed(names: Sequence[str], noun: str = "more") -> str:
    """Give `a`, `a and b`, `a, b and c`; of many the first ones."""
    if len(names) > _NAMED:
        return f"{', '.join(names[: _NAMED - 1])} and {len(names) - _NAMED + 1} {noun}"
    return " and ".join([part for part in (", ".join(names[:-1]), names[-1]) if part])
