"""What does a run say of itself, and with which exit code does it end?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from mooring.core.address import UNKNOWN, Side
from mooring.core.check import Check
from mooring.core.difference import Change
from mooring.core.finding import Finding
from mooring.core.guard import Guard
from mooring.core.judge import REMOVES, WRITES, Action
from mooring.core.observation import Observation
from mooring.core.plan import Outcome, Row
from mooring.core.state import State


class Exit(IntEnum):
    """The exit codes; `PRECEDENCE` tells which one wins when several apply."""

    OK = 0
    INTERNAL = 1
    CHANGES = 2
    ATTENTION = 3
    PARTIAL = 4
    GUARD = 5
    STALE = 6
    LOCKED = 7
    UNKNOWN = 8
    USAGE = 64
    INVALID = 65
    DENIED = 77
    INTERRUPTED = 130
    TERMINATED = 143


PRECEDENCE = (
    Exit.TERMINATED,
    Exit.INTERRUPTED,
    Exit.INTERNAL,
    Exit.USAGE,
    Exit.DENIED,
    Exit.INVALID,
    Exit.GUARD,
    Exit.STALE,
    Exit.LOCKED,
    Exit.UNKNOWN,
    Exit.PARTIAL,
    Exit.ATTENTION,
    Exit.CHANGES,
)

DRIFT_EXIT: Mapping[State, Exit] = {
    State.INVALID: Exit.INVALID,
    State.UNKNOWN: Exit.UNKNOWN,
    State.SPLIT_LABEL: Exit.ATTENTION,
    State.UNSUPPORTED: Exit.INVALID,
    State.FOREIGN: Exit.ATTENTION,
    State.IN_SYNC: Exit.OK,
    State.UNMANAGED: Exit.OK,
    State.PENDING_CREATE: Exit.CHANGES,
    State.UNADOPTED: Exit.ATTENTION,
    State.GIT_AHEAD: Exit.CHANGES,
    State.PRUNE_PENDING: Exit.OK,
    State.MISSING: Exit.ATTENTION,
    State.RELABELLED: Exit.CHANGES,
    State.PLATFORM_AHEAD: Exit.ATTENTION,
    State.CONFLICT: Exit.ATTENTION,
}


@dataclass(frozen=True, slots=True)
class AddressReport:
    """An address, what became of its step (None: there was none), and how the live side differs from Git's."""

    row: Row
    outcome: Outcome | None = None
    note: str = ""
    changes: tuple[Change, ...] = ()


def _sides(seen: Observation) -> tuple[Side, Side, Side]:
    return seen.git, seen.agreed, seen.live


@dataclass(frozen=True, slots=True)
class TargetReport:
    """One target. `error` is what stopped it, with its exit code; then its addresses are unknown, not absent.

    `checks` are what an examination looked at (see `mooring doctor`).
    """

    name: str
    adapter: str
    addresses: tuple[AddressReport, ...] = ()
    findings: tuple[Finding, ...] = ()
    guards: tuple[Guard, ...] = ()
    requests: Mapping[str, int] = field(default_factory=dict[str, int])
    error: str | None = None
    error_exit: Exit = Exit.OK
    checks: tuple[Check, ...] = ()

    @property
    def verified(self) -> int:
        """How many addresses have all three sides known."""
        return sum(1 for one in self.addresses if UNKNOWN not in _sides(one.row.seen))

    @property
    def complete(self) -> bool:
        """Whether the whole target was read."""
        return self.error is None and self.verified == len(self.addresses)


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run. `notices` are sentences about the run itself, such as that it was superseded.

    `checks` are what an examination looked at in the repository and its Git host. `fail_on` are the states that alone
    were to fail a drift check, None for the usual ones.
    """

    command: str
    run: str
    commit: str | None
    targets: tuple[TargetReport, ...] = ()
    findings: tuple[Finding, ...] = ()
    notices: tuple[str, ...] = ()
    digest: str | None = None
    reasons: tuple[Exit, ...] = ()
    error: str | None = None
    checks: tuple[Check, ...] = ()
    fail_on: frozenset[State] | None = None

    @property
    def exit(self) -> Exit:
        """The exit code: the first of PRECEDENCE among the reasons."""
        return first(self.reasons)

    @property
    def rows(self) -> Sequence[AddressReport]:
        """All addresses of all targets."""
        return [one for target in self.targets for one in target.addresses]


def first(reasons: Iterable[Exit]) -> Exit:
    """Give the reason that outranks the others, OK where there is none."""
    given = set(reasons)
    return next((code for code in PRECEDENCE if code in given), Exit.OK)


def drift_reasons(targets: Iterable[TargetReport], fail_on: frozenset[State] | None) -> tuple[Exit, ...]:
    """Give one reason for each address that a drift check fails for, and for each target that did not answer.

    With `fail_on` only those states fail; what could not be read fails all the same, as nobody can vouch for it.
    """
    reasons: list[Exit] = []
    for target in targets:
        if target.error is not None:
            reasons.append(target.error_exit)
        reasons += _once(target, (_drift_reason(one, fail_on) for one in target.addresses))
    return tuple(reason for reason in reasons if reason is not Exit.OK)


def _once(target: TargetReport, reasons: Iterable[Exit]) -> Iterable[Exit]:
    """Leave out that addresses are unknown where the target's own error says why."""
    return (reason for reason in reasons if target.error is None or reason is not Exit.UNKNOWN)


def _drift_reason(one: AddressReport, fail_on: frozenset[State] | None) -> Exit:
    state, action = one.row.verdict.state, one.row.verdict.action
    usual = DRIFT_EXIT[state]
    if state is State.RELABELLED and action is Action.BLOCK:
        usual = Exit.ATTENTION
    if state is State.PRUNE_PENDING and action in REMOVES:
        usual = Exit.CHANGES
    if action is Action.ALERT and state in {State.PLATFORM_AHEAD, State.MISSING}:
        usual = Exit.CHANGES
    if fail_on is None or state is State.UNKNOWN:
        return usual
    if state not in fail_on:
        return Exit.OK
    return usual if usual is not Exit.OK else Exit.ATTENTION


def plan_reasons(targets: Iterable[TargetReport]) -> tuple[Exit, ...]:
    """Give the reasons for which a plan fails, CHANGES and ATTENTION included (see `--detailed-exitcode`)."""
    reasons: list[Exit] = []
    for target in targets:
        reasons += [Exit.GUARD for guard in target.guards if not guard.open]
        if target.error is not None:
            reasons.append(target.error_exit)
        reasons += _once(target, (_plan_reason(one) for one in target.addresses))
    return tuple(reason for reason in reasons if reason is not Exit.OK)


def _plan_reason(one: AddressReport) -> Exit:
    seen, verdict = one.row.seen, one.row.verdict
    if verdict.state in {State.INVALID, State.UNSUPPORTED}:
        return Exit.INVALID
    if verdict.state is State.UNKNOWN:
        return Exit.UNKNOWN
    waits = seen.suspension is not None or seen.frozen is not None
    if verdict.action is Action.HOLD and seen.git != seen.agreed and not waits:
        return Exit.ATTENTION
    return Exit.CHANGES if one.outcome is None and verdict.action in WRITES else Exit.OK


def adopt_reasons(targets: Iterable[TargetReport]) -> tuple[Exit, ...]:
    """Give the reasons for which not all that was asked for could be proposed."""
    reasons: list[Exit] = []
    for target in targets:
        reasons += [] if target.error is None else [target.error_exit]
        reasons += [Exit.PARTIAL for one in target.addresses if one.outcome is Outcome.FAILED]
    return tuple(reasons)


def sync_reasons(targets: Iterable[TargetReport]) -> tuple[Exit, ...]:
    """Give the reasons for which a sync could not do what Git asked; what only the platform did is a notice."""
    targets = tuple(targets)
    reasons = [reason for reason in plan_reasons(targets) if reason is not Exit.CHANGES]
    for target in targets:
        for one in target.addresses:
            if one.outcome in {Outcome.FAILED, Outcome.SKIPPED}:
                reasons.append(Exit.PARTIAL)
            elif one.outcome is Outcome.MOVED:
                reasons.append(Exit.ATTENTION)
    return tuple(reasons)
