"""What in a report deserves a remark at a place in a file, and how grave is it?

Code scanning and annotations show the same remarks, each in its own form.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mooring import clean
from mooring.core.check import Check, Health
from mooring.core.finding import Finding, FindingKind
from mooring.core.guard import Guard
from mooring.core.memory import Suspension
from mooring.core.plan import Outcome
from mooring.core.policy import Mode
from mooring.core.report import AddressReport, Exit, Report, TargetReport
from mooring.core.state import Group, State, group_of
from mooring.core.verdict import Action
from mooring.reports import words
from mooring.reports.failing import exit_of
from mooring.reports.observing import ONLY, way_out
from mooring.reports.outline import explanation

NOTICE = "run/notice"
"""The rule of what is said of a run itself, such as that the platforms were not asked."""

_AT = re.compile(r"(?P<path>[^\n]+?)(?::(?P<line>[0-9]+))?: (?P<rest>.*)", re.DOTALL)
_DONE = frozenset({Outcome.APPLIED, Outcome.UNCHANGED, Outcome.SUPERSEDED})


class Gravity(StrEnum):
    """How much a remark asks for; gravest first."""

    ERROR = "error"
    """The command fails for it."""
    WARNING = "warning"
    """Somebody should look."""
    NOTE = "note"


# Lines, counts and times: what they are is no part of what is wrong.
_NUMBER = re.compile(r"[0-9]+")

_GRAVITIES = {
    FindingKind.FILE: Gravity.WARNING,
    FindingKind.SECRET: Gravity.WARNING,
    FindingKind.INVISIBLE: Gravity.WARNING,
    FindingKind.TAMPERED: Gravity.WARNING,
    FindingKind.EFFECTIVE: Gravity.WARNING,
    FindingKind.LEDGER: Gravity.WARNING,
    FindingKind.ALERT: Gravity.WARNING,
}
"""Findings that somebody should look at; all others are notes."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file in Git; `path` is from the root of the repository, `line` counts from 1."""

    path: str
    line: int = 1


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to show. `rule` names its kind, `identity` is the same as long as it is the same thing.

    `title` and `message` are one line each in which every character can be seen. `silent` marks what nobody could
    read: that is neither drift nor the end of it.
    """

    rule: str
    gravity: Gravity
    title: str
    message: str
    place: Place
    identity: tuple[str, ...]
    silent: bool = False
    suspension: Suspension | None = None


def remarks(report: Report, config: str) -> tuple[Remark, ...]:
    """Give all remarks, gravest first. `config` is the path of mooring.yaml, where what no file holds is shown."""
    order = list(Gravity)
    found = sorted(_remarks(report, Place(config)), key=lambda one: order.index(one.gravity))
    return tuple(found)


def located(message: str) -> tuple[Place, str] | None:
    """Part `path:line: what is wrong`, which is how a mistake in a file is told; None for any other text."""
    found = _AT.fullmatch(message)
    return None if found is None else (Place(found["path"], int(found["line"] or 1)), found["rest"])


def _remarks(report: Report, config: Place) -> Iterator[Remark]:
    if report.error is not None:
        yield _run("run/error", Gravity.ERROR, f"mooring {report.command}".strip(), report.error, config)
    yield from (_check(one, "", config) for one in report.checks if one.health in _CHECKS)
    for finding in report.findings:
        yield _finding(finding, "", Exit.INVALID in report.reasons, config)
    for target in report.targets:
        yield from _of_target(report, target, config)
    for notice in report.notices:
        yield _run(NOTICE, Gravity.NOTE, f"mooring {report.command}", notice, config)


def _of_target(report: Report, target: TargetReport, config: Place) -> Iterator[Remark]:
    if target.error is not None:
        identity = ("error", target.name)
        message = clean.line(target.error)
        title = clean.line(f"mooring {report.command} {target.name}")
        yield Remark("target/error", Gravity.ERROR, title, message, config, identity, silent=True)
    yield from (_guard(guard, target.name, config) for guard in target.guards)
    yield from (_check(one, target.name, config) for one in target.checks if one.health in _CHECKS)
    mistaken = _mistaken((*report.findings, *target.findings))
    waiting = [one for one in target.addresses if _only_observed(one)]
    if waiting:
        yield _observed(report, target, waiting, config)
    for one in target.addresses:
        if _deserves(one, target) and not _only_observed(one) and not _told_of_its_file(one, mistaken):
            yield _address(one, exit_of(report, target, one), config)
    files = {one.row.address.prompt: one.row.seen.version for one in target.addresses}
    for finding in target.findings:
        version = files.get(finding.prompt or "")
        place = config if version is None else Place(version.path)
        yield _finding(finding, target.name, Exit.INVALID in report.reasons, place)


def _deserves(one: AddressReport, target: TargetReport) -> bool:
    if one.outcome is not None:
        return one.outcome not in _DONE
    state = one.row.verdict.state
    # Where a target did not answer, that is said once and not of each of its addresses.
    return state not in {State.IN_SYNC, State.UNMANAGED} and (state is not State.UNKNOWN or target.error is None)


def _only_observed(one: AddressReport) -> bool:
    """Tell whether Git's content waits for nothing but the target's mode, which is said once and not of each."""
    verdict, mode = one.row.verdict, one.row.seen.settings.mode
    pending = group_of(verdict.state) is Group.PENDING and verdict.action is Action.REPORT
    return pending and mode is Mode.OBSERVE and one.outcome is None


def _observed(report: Report, target: TargetReport, waiting: Sequence[AddressReport], config: Place) -> Remark:
    gravities = {_gravity(one.row.verdict.state, exit_of(report, target, one)) for one in waiting}
    number = words.counted(len(waiting), "address waits", "addresses wait")
    return Remark(
        rule="target/observed",
        gravity=next(gravity for gravity in Gravity if gravity in gravities),
        title=clean.line(f"{target.name} {ONLY}"),
        message=_sentences(f"{number} for another mode", f"→ {way_out(target.name)}"),
        place=config,
        identity=("observed", target.name),
    )


def _mistaken(findings: Iterable[Finding]) -> frozenset[str]:
    """Give the files whose mistakes are told."""
    told = (located(one.message) for one in findings if one.kind is FindingKind.FILE)
    return frozenset(found[0].path for found in told if found is not None)


def _told_of_its_file(one: AddressReport, mistaken: frozenset[str]) -> bool:
    """Tell whether an address is invalid for a mistake that is told at its own place.

    A file that could not be read names no labels, and maybe no prompt: then one of those told is to blame.
    """
    if one.row.verdict.state is not State.INVALID:
        return False
    version = one.row.seen.version
    return bool(mistaken) if version is None else version.path in mistaken


def _address(one: AddressReport, exit_: Exit, config: Place) -> Remark:
    seen, state = one.row.seen, one.row.verdict.state
    address = seen.address
    fix = "" if one.outcome is Outcome.PROPOSED else words.way_out_cut(one.row)  # the proposal is the way out
    return Remark(
        rule=f"state/{state}",
        gravity=_gravity(state, exit_),
        title=clean.line(f"{address} {state.replace('_', ' ')}"),
        message=_sentences(*explanation(one), fix and f"→ {fix}"),
        place=config if seen.version is None else Place(seen.version.path),
        identity=("state", address.target, address.prompt, address.label, state.value),
        silent=state is State.UNKNOWN,
        suspension=seen.suspension,
    )


def _gravity(state: State, exit_: Exit) -> Gravity:
    if exit_ is Exit.OK:
        return Gravity.NOTE if group_of(state) in {Group.IN_SYNC, Group.PENDING} else Gravity.WARNING
    return Gravity.WARNING if exit_ is Exit.CHANGES else Gravity.ERROR


def _finding(finding: Finding, target: str, invalid: bool, otherwise: Place) -> Remark:  # noqa: FBT001  # private
    is_file = finding.kind is FindingKind.FILE
    found = located(finding.message) if is_file else None
    place, said = (otherwise, finding.message) if found is None else found
    about = finding.prompt or (place.path if is_file else target)
    return Remark(
        rule=f"finding/{finding.kind}",
        gravity=Gravity.ERROR if is_file and invalid else _GRAVITIES.get(finding.kind, Gravity.NOTE),
        title=clean.line(f"{finding.kind.replace('_', ' ')} {about}"),
        message=_sentences(said, finding.fix and f"→ {finding.fix}"),
        place=place,
        identity=("finding", finding.kind.value, target, finding.prompt or "", place.path, _NUMBER.sub("", said)),
    )


def _guard(guard: Guard, target: str, config: Place) -> Remark:
    fix = f"mooring sync {guard.fix}" if guard.fix.startswith("--") else guard.fix
    return Remark(
        rule=f"guard/{guard.kind}",
        gravity=Gravity.NOTE if guard.open else Gravity.ERROR,
        title=clean.line(f"{target} guard {guard.kind} {'opened' if guard.open else 'closed'}"),
        message=_sentences(guard.message, "" if guard.open or not fix else f"→ {fix}"),
        place=config,
        identity=("guard", target, guard.kind.value),
    )


_CHECKS = {
    Health.FAIL: Gravity.ERROR,
    Health.DENIED: Gravity.ERROR,
    Health.UNKNOWN: Gravity.ERROR,
    Health.WARN: Gravity.WARNING,
}
"""What an examination found that deserves a remark."""


def _check(check: Check, target: str, config: Place) -> Remark:
    return Remark(
        rule=f"check/{check.health}",
        gravity=_CHECKS[check.health],
        title=clean.line(f"{target or 'repository'} {check.name}"),
        message=_sentences(check.message, check.fix and f"→ {check.fix}"),
        place=config,
        identity=("check", target, check.name, check.health.value, _NUMBER.sub("", check.message)),
        silent=check.health is Health.UNKNOWN,
    )


def _run(rule: str, gravity: Gravity, title: str, said: str, config: Place) -> Remark:
    return Remark(rule, gravity, clean.line(title), clean.line(said), config, (rule, said), silent=True)


def _sentences(*parts: str) -> str:
    """Join what is told of one thing to one line: each part ends like a sentence, the way out with itself."""
    shown = [clean.line(part) for part in parts if part]
    told = [part if part.endswith((".", "!", "?")) or part.startswith("→ ") else f"{part}." for part in shown]
    return " ".join(told)
