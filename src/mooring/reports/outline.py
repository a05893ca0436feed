"""What of a report do people read, and in which order? The same for a terminal, a log and a review."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import assert_never

from mooring.core.address import Address
from mooring.core.finding import Finding
from mooring.core.guard import Guard
from mooring.core.judge import WRITES, Action
from mooring.core.plan import Outcome
from mooring.core.policy import Prune
from mooring.core.report import PRECEDENCE, AddressReport, Exit, Report, TargetReport
from mooring.core.row import Row
from mooring.core.state import Group, State, group_of
from mooring.reports import words

FINDINGS_SHOWN = 5
"""Of each kind and target; a server full of drafts must not bury what needs a person. JSON has them all."""


class Tone(StrEnum):
    """How much attention something asks for; what it looks like is the renderer's business."""

    GOOD = "good"
    WRITE = "write"
    WARN = "warn"
    BAD = "bad"
    UNKNOWN = "unknown"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Count:
    """One part of the summary: `3 in sync`."""

    number: int
    word: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Entry:
    """One address in a line: a sign, the address without its target, its state, what happens, and versions."""

    sign: str
    address: str
    state: State
    what: str
    versions: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Topic:
    """Addresses that share an explanation and a way out, which are told once."""

    entries: tuple[Entry, ...]
    why: tuple[str, ...]
    fixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One target. `counted` are sentences about addresses that are not listed."""

    name: str
    adapter: str
    error: str | None
    topics: tuple[Topic, ...]
    counted: tuple[str, ...]
    guards: tuple[Guard, ...]
    findings: tuple[Finding, ...]
    unlisted_findings: int

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell."""
        told = (self.error, self.topics, self.counted, self.guards, self.findings)
        return not any(told)


@dataclass(frozen=True, slots=True)
class Outline:
    """A whole report. `ending` says why the exit code is not 0; it is empty where it is."""

    summary: tuple[Count, ...]
    error: str | None
    notices: tuple[str, ...]
    parts: tuple[Part, ...]
    findings: tuple[Finding, ...]
    ending: str


def outline(report: Report) -> Outline:
    """Give what people read of a report; parts with nothing to tell are left out."""
    parts = (_part(target) for target in report.targets)
    return Outline(
        summary=summary(report.rows),
        error=report.error,
        notices=report.notices,
        parts=tuple(part for part in parts if not part.empty),
        findings=report.findings,
        ending=_ending(report),
    )


def summary(rows: Iterable[AddressReport]) -> tuple[Count, ...]:
    """Count addresses by what became of them, or else by group, in the order in which people are told."""
    counts = Counter(_bucket(row) for row in rows)
    return tuple(Count(counts[word], word, tone) for word, tone in _BUCKETS.items() if counts[word])


def entry(one: AddressReport) -> Entry:
    """Give the line of one address."""
    address, verdict = one.row.address, one.row.verdict
    what = words.planned(one.row) if one.outcome is None else words.became(one.row, one.outcome)
    sign, tone = _sign(one)
    # What a person moved ahead of Git is there already; what Git says is the next thing to change.
    versions = (words.live_key(one.row.seen) or "") if _ahead(one) else words.versions(one.row.seen)
    return Entry(sign, f"{address.prompt}@{address.label}", verdict.state, what, versions, tone)


def explanation(one: AddressReport) -> tuple[str, ...]:
    """Give what there is to say about one address, in sentences; a step that was done as usual needs none."""
    done = one.outcome in {Outcome.APPLIED, Outcome.UNCHANGED}
    # A proposal says itself what the platform serves; who moved it ahead of Git is worth a line all the same.
    proposed = one.outcome is Outcome.PROPOSED and one.row.seen.move is None
    said = (
        "" if proposed or (done and _usual(one.row)) else one.row.verdict.reason,
        one.note,
        "" if _ahead(one) else words.evidence(one.row),
        "" if done or not one.changes else f"Differs: {words.changed(one.changes)}",
        _suspended(one.row),
    )
    return tuple(text for text in said if text)


def _ahead(one: AddressReport) -> bool:
    """Tell whether a person just moved the label ahead of Git: which version it serves now is said with that."""
    return one.outcome is Outcome.APPLIED and one.row.verdict.action not in WRITES


_BUCKETS = {
    "in sync": Tone.GOOD,
    "done": Tone.GOOD,
    "proposed": Tone.GOOD,
    "superseded": Tone.QUIET,
    "pending": Tone.WRITE,
    "diverged": Tone.WARN,
    "blocked": Tone.BAD,
    "failed": Tone.BAD,
    "not tried": Tone.BAD,
    "unknown": Tone.UNKNOWN,
    "only on the platform": Tone.QUIET,
}


def _bucket(one: AddressReport) -> str:
    match one.outcome:
        case None:
            state = one.row.verdict.state
            return "only on the platform" if state is State.UNMANAGED else group_of(state).value
        case Outcome.APPLIED:
            return "done"
        case Outcome.UNCHANGED:
            return Group.IN_SYNC.value
        case Outcome.MOVED:
            return Group.DIVERGED.value
        case Outcome.FAILED:
            return "failed"
        case Outcome.SKIPPED:
            return "not tried"
        case Outcome.SUPERSEDED:
            return "superseded"
        case Outcome.PROPOSED:
            return "proposed"
        case _:
            assert_never(one.outcome)


def _part(target: TargetReport) -> Part:
    listed = sorted((one for one in target.addresses if _listed(one, target)), key=_rank)
    shown, unlisted = _some(target.findings)
    return Part(
        name=target.name,
        adapter=target.adapter,
        error=target.error,
        topics=tuple(_topics(listed)),
        counted=tuple(_counted(target)),
        guards=target.guards,
        findings=shown,
        unlisted_findings=unlisted,
    )


def _listed(one: AddressReport, target: TargetReport) -> bool:
    if one.outcome is not None:
        return one.outcome is not Outcome.UNCHANGED
    state, action = one.row.verdict.state, one.row.verdict.action
    if one.note:
        return True
    match state:
        case State.IN_SYNC | State.UNMANAGED:
            return one.row.seen.suspension is not None and state is State.IN_SYNC
        case State.UNKNOWN:
            return target.error is None
        case State.PRUNE_PENDING:
            return action is not Action.REPORT or _in_vain(one.row)
        case _:
            return True


def _in_vain(row: Row) -> bool:
    """Tell whether a policy asks to take away what has to stay, as where a platform cannot: a person must look."""
    seen, policy = row.seen, row.seen.settings.policy.prune
    kept = bool(seen.dependents) or not seen.removable
    return kept if policy is Prune.RETIRE else policy is Prune.DELETE and kept and bool(seen.kept)


def _topics(listed: Sequence[AddressReport]) -> Iterable[Topic]:
    for (why, fixes), group in groupby(listed, key=lambda one: (explanation(one), _fixes(one))):
        yield Topic(tuple(entry(one) for one in group), why, fixes)


def _fixes(one: AddressReport) -> tuple[str, ...]:
    """What was done, or waits for its reviewer, needs no command."""
    return () if one.outcome in {Outcome.PROPOSED, Outcome.APPLIED} else words.ways_out_cut(one.row)


def _rank(one: AddressReport) -> tuple[int, int, tuple[str, ...], Address]:
    """What a person must do comes first; then what shares an explanation stands together."""
    tones = (Tone.BAD, Tone.WARN, Tone.UNKNOWN, Tone.WRITE, Tone.GOOD, Tone.QUIET)
    state, why = list(State).index(one.row.verdict.state), (*explanation(one), *_fixes(one))
    return tones.index(_sign(one)[1]), state, why, one.row.address


def _sign(one: AddressReport) -> tuple[str, Tone]:  # one sign for each outcome and action
    match one.outcome:
        case Outcome.APPLIED | Outcome.UNCHANGED:
            return "✓", Tone.GOOD
        case Outcome.PROPOSED:
            return "→", Tone.GOOD
        case Outcome.FAILED | Outcome.SKIPPED:
            return "✗", Tone.BAD
        case Outcome.MOVED:
            return "!", Tone.WARN
        case Outcome.SUPERSEDED:
            return "·", Tone.QUIET
        case None:
            return _planned_sign(one.row)
        case _:
            assert_never(one.outcome)


def _planned_sign(row: Row) -> tuple[str, Tone]:
    state, action = row.verdict.state, row.verdict.action
    if state is State.UNKNOWN:
        return "?", Tone.UNKNOWN
    if action in WRITES:
        signs = {Action.CREATE: "+", Action.PUBLISH: "+", Action.RETIRE: "-", Action.DELETE: "-"}
        return signs.get(action, "~"), Tone.WRITE
    if action in {Action.BLOCK, Action.HOLD}:
        return "!", Tone.BAD if row.seen.suspension is None else Tone.WARN
    if action in {Action.ALERT, Action.ADOPT}:
        return "!", Tone.WARN
    return ("✓", Tone.GOOD) if state is State.IN_SYNC else ("·", Tone.QUIET)


def _usual(row: Row) -> bool:
    """Tell whether Git just moved on, with nobody in its way."""
    seen, action = row.seen, row.verdict.action
    return action in {Action.CREATE, Action.UPDATE} and seen.decision is None and seen.live == seen.agreed


def _suspended(row: Row) -> str:
    """A suspension that the verdict does not speak of already."""
    held = row.seen.suspension
    if held is None or row.verdict.reason.startswith("Suspended"):
        return ""
    return f"Suspended until {words.moment(held.until)} by {held.by}: {held.reason}"


def _counted(target: TargetReport) -> Iterable[str]:
    states = Counter(one.row.verdict.state for one in target.addresses if one.outcome is None)
    pruned = [one for one in target.addresses if one.row.verdict.state is State.PRUNE_PENDING]
    kept = [one for one in pruned if one.row.verdict.action is Action.REPORT and not _in_vain(one.row)]
    if target.error is not None and states[State.UNKNOWN]:
        yield f"{words.counted(states[State.UNKNOWN], 'address is', 'addresses are')} unknown, not absent"
    if kept:
        names = ", ".join(entry(one).address for one in kept[:FINDINGS_SHOWN])
        more = f" and {len(kept) - FINDINGS_SHOWN} more" if len(kept) > FINDINGS_SHOWN else ""
        yield f"Git no longer declares {names}{more}; the platform still serves what was published"
    if states[State.UNMANAGED]:
        number = words.counted(states[State.UNMANAGED], "address is", "addresses are")
        yield f"{number} only on the platform; mooring status lists them"


def _some(findings: Sequence[Finding]) -> tuple[tuple[Finding, ...], int]:
    seen: Counter[str] = Counter()
    shown: list[Finding] = []
    for finding in sorted(findings, key=lambda one: (one.kind, one.prompt or "", one.message)):
        seen[finding.kind] += 1
        if seen[finding.kind] <= FINDINGS_SHOWN:
            shown.append(finding)
    return tuple(shown), len(findings) - len(shown)


def _ending(report: Report) -> str:
    counts = Counter(report.reasons)
    reasons = [_reason(code, counts[code]) for code in PRECEDENCE if counts[code]]
    return f"exit {int(report.exit)}: {', '.join(reasons)}" if reasons and report.exit is not Exit.OK else ""


def _reason(code: Exit, number: int) -> str:
    one, several = words.EXITS[code]
    return one if number == 1 else several.format(number)
