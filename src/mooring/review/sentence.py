"""What does merging change, in one sentence?"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Outlook:
    """What to know of a merge beside its plan.

    `meeting` are prompts under whose labels somebody moved something by hand, `moved` targets that it puts elsewhere.
    `onto` is the branch that it goes to, '' where that is the one that is synced. `settled` are addresses that serve
    already what Git will say, `brought` counts the prompts that only come into Git.
    """

    meeting: Collection[str] = ()
    moved: Collection[str] = ()
    onto: str = ""
    settled: Collection[Address] = ()
    brought: int = 0


def sentence(report: Report, outlook: Outlook | None = None) -> str:
    """Say what merging changes, for how many prompts and where; then what else keeps it from being so."""
    outlook = outlook or Outlook()
    silent = sorted({*_silent(report), *outlook.moved})
    here = [one.row.address for one in report.rows if one.row.address.target not in outlook.moved]
    anew = {row.address for row in served_anew(report)}
    changed = [one for one in here if one in anew and one not in outlook.settled]
    settled = [one for one in here if one in outlook.settled]
    if changed:
        told = f"Merging changes {_what(changed)}{_beside(changed, settled)}"
    elif settled:
        told = f"Merging makes Git say {_what(settled, ' already')}"
    elif silent:
        told = f"What merging changes on {_listed(silent)} is not known"
    else:
        told = "Merging changes nothing that a platform serves"
    if outlook.onto:
        told = f"Nothing is synced from {outlook.onto}; once this is where syncs are from, {told[0].lower()}{told[1:]}"
    met = len({one.prompt for one in changed} & set(outlook.meeting))
    more = [f"it brings {counted(outlook.brought, 'prompt')} into Git"] if outlook.brought else []
    more += [f"{met} {'meets' if met == 1 else 'meet'} an edit or a rollback there"] if met else []
    more += [*_stoppers(report, held(report), bare=not changed and not settled)]
    more += [f"what it changes on {_listed(silent)} is not known"] if (changed or settled) and silent else []
    return "; ".join([told, *more]) + "."


def _beside(changed: Sequence[Address], settled: Sequence[Address]) -> str:
    if not settled:
        return ""
    places = [{(one.target, one.label) for one in side} for side in (changed, settled)]
    if places[0] == places[1] and len(places[0]) == 1:
        return f", and makes Git say what it serves already for {len({one.prompt for one in settled})}"
    return f", and makes Git say {_what(settled, ' already')}"


def _what(addresses: Sequence[Address], already: str = "") -> str:
    prompts = {(one.target, one.label): frozenset[str]() for one in addresses}
    for one in addresses:
        prompts[one.target, one.label] |= {one.prompt}
    targets, labels = (sorted({pair[at] for pair in prompts}) for at in (0, 1))
    names = {one.prompt for one in addresses}
    number = counted(len(names), "prompt")
    alike = len(set(prompts.values())) == 1 and len(prompts) == len(targets) * len(labels)
    if alike or len(prompts) == 1:
        verb = "serves" if len(labels) == 1 else "serve"
        return f"what {_listed(labels)} {verb}{already} for {number} on {_listed(targets)}"
    alone = len(targets) == 1
    places = {pair: pair[1] if alone else f"{pair[1]} on {pair[0]}" for pair in sorted(prompts)}
    parts = [f"{len(prompts[pair])} under {place}" for pair, place in places.items()]
    where = f" on {targets[0]}" if alone else ""
    return f"what is served{already} for {number}{where}: {_listed(parts, 'more labels')}"


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
