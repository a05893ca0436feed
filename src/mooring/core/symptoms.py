"""What does one report show of a target that somebody might have to be told?"""

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from shlex import quote

from mooring.core.address import Address, short
from mooring.core.incident import Facts, Grave, Kind, fingerprint, mark
from mooring.core.judge import Action
from mooring.core.plan import Outcome
from mooring.core.report import AddressReport, Exit, TargetReport
from mooring.core.row import Row
from mooring.core.state import State

USUAL = frozenset(
    {
        State.INVALID,
        State.UNKNOWN,
        State.SPLIT_LABEL,
        State.UNSUPPORTED,
        State.FOREIGN,
        State.UNADOPTED,
        State.MISSING,
        State.RELABELLED,
        State.PLATFORM_AHEAD,
        State.CONFLICT,
    }
)
"""The states that are told where a listener chooses none; beside them whatever is held."""

_FAILS = frozenset({Action.BLOCK, Action.HOLD, Action.ADOPT})
"""A drift check fails for them: nothing is settled until a person merges or decides."""
_NOTICED = frozenset({*_FAILS, Action.ALERT})
_OUTAGE = frozenset({Exit.UNKNOWN, Exit.DENIED, Exit.USAGE})
_LONGEST_NAME = 200
_LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class Symptom:
    """One address that is not as it should be, or could not be read."""

    address: Address
    mark: str
    kind: Kind
    facts: Facts
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Observed:
    """What one run saw of one target. Addresses stand by their marks.

    `outage` is set where nothing of it could be read; else what was `answered` was read, and what is `settled` was
    read and is as it should be. `muted` addresses are suspended. With `whole` an address that is not `listed` is gone.
    """

    repository: str
    target: str
    outage: Facts | None = None
    symptoms: tuple[Symptom, ...] = ()
    listed: AbstractSet[str] = frozenset()
    answered: AbstractSet[str] = frozenset()
    settled: AbstractSet[str] = frozenset()
    muted: AbstractSet[str] = frozenset()
    whole: bool = False


def observe(
    repository: str, report: TargetReport, labels: Collection[str], chosen: AbstractSet[State], *, all_asked: bool
) -> Observed:
    """Take from a report what counts. `chosen` are states that listeners name, `labels` those of the target.

    `all_asked` says that the run was about every address.
    """
    if (outage := _outage(report, labels, all_asked=all_asked)) is not None:
        return Observed(repository, report.name, outage=outage)
    marked = [(mark(one.row.address), one) for one in report.addresses]
    looked_at = [(at, one) for at, one in marked if one.row.seen.suspension is None]
    ill = [(at, one) for at, one in looked_at if _counts(one, chosen)]
    settled = {at for at, one in looked_at if _is_sure(one)} - {at for at, _ in ill}
    return Observed(
        repository,
        report.name,
        symptoms=tuple(_symptom(at, one.row) for at, one in ill),
        listed=frozenset(at for at, _ in marked),
        answered=frozenset(at for at, one in marked if one.row.verdict.state is not State.UNKNOWN),
        settled=frozenset(settled),
        muted=frozenset(at for at, one in marked if one.row.seen.suspension is not None),
        whole=all_asked and report.complete,
    )


def _outage(report: TargetReport, labels: Collection[str], *, all_asked: bool) -> Facts | None:
    silent = all(one.row.verdict.state is State.UNKNOWN for one in report.addresses)
    stopped = report.error is not None and report.error_exit in _OUTAGE
    many = report.error is None and all_asked and len(report.addresses) > 1
    if not silent or not (stopped or many):
        return None
    stop = report.error_exit if stopped else Exit.UNKNOWN
    return Facts(
        state=State.UNKNOWN,
        labels=tuple(sorted(labels)),
        usual=True,
        grave=Grave.WARNING if stop is Exit.UNKNOWN else Grave.FAILURE,
        count=len(report.addresses),
        fix=f"mooring doctor --target {quote(report.name)}",
        stop=stop.name.lower(),
    )


def _is_done(one: AddressReport) -> bool:
    return one.outcome in {Outcome.APPLIED, Outcome.UNCHANGED}


def _is_sure(one: AddressReport) -> bool:
    """Tell whether an address without a symptom was read; after a step that was not done nobody knows."""
    return one.row.verdict.state is not State.UNKNOWN and (one.outcome is None or _is_done(one))


def _counts(one: AddressReport, chosen: AbstractSet[State]) -> bool:
    state = one.row.verdict.state
    if state is State.IN_SYNC or _is_done(one):
        return False
    return _is_usual(one.row) or state in chosen


def _is_usual(row: Row) -> bool:
    # What waits for the end of a freeze waits on purpose.
    return row.verdict.state in USUAL or (row.verdict.action in _NOTICED and row.seen.frozen is None)


def _symptom(marked: str, row: Row) -> Symptom:
    seen, verdict, at = row.seen, row.verdict, row.address
    holder = seen.holders[0] if seen.holders else None
    fix = verdict.fix if verdict.fix.startswith("mooring ") else f"mooring status {quote(str(at))}"
    facts = Facts(
        state=verdict.state,
        labels=(at.label,),
        usual=_is_usual(row),
        grave=_grave(row),
        named=(at.prompt[:_LONGEST_NAME],),
        git=short(seen.git),
        live=short(seen.live),
        by="" if holder is None else (holder.author or "")[:_LONGEST_NAME],
        since="" if holder is None else holder.created[:_LONGEST_NAME],
        url=seen.url if seen.url is not None and len(seen.url) <= _LONGEST_TEXT else "",
        fix=fix if len(fix) <= _LONGEST_TEXT else f"mooring status --target {quote(at.target)}",
    )
    sides = fingerprint(at.target, at.prompt, at.label, verdict.state, seen.git, seen.live)
    kind = Kind.UNREAD if verdict.state is State.UNKNOWN else Kind.DRIFT
    return Symptom(at, marked, kind, facts, sides)


def _grave(row: Row) -> Grave:
    if row.verdict.action in _FAILS:
        return Grave.FAILURE
    return Grave.WARNING if _is_usual(row) else Grave.INFO
