"""Which words do people read for states, actions and outcomes?"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import assert_never

from mooring.core.address import short
from mooring.core.difference import Change
from mooring.core.judge import Action
from mooring.core.observation import Observation
from mooring.core.plan import Outcome
from mooring.core.report import Exit
from mooring.core.row import Row
from mooring.core.state import Group, State, group_of

EXITS: Mapping[Exit, tuple[str, str]] = {
    Exit.OK: ("nothing is left to do", "nothing is left to do"),
    Exit.INTERNAL: ("mooring itself failed", "mooring itself failed"),
    Exit.CHANGES: ("1 difference", "{} differences"),
    Exit.ATTENTION: ("1 needs a person", "{} need a person"),
    Exit.PARTIAL: ("1 step was not done", "{} steps were not done"),
    Exit.GUARD: ("a guard stands in the way", "{} guards stand in the way"),
    Exit.STALE: ("the commit or the plan is not the newest", "the commit or the plan is not the newest"),
    Exit.LOCKED: ("the ledger is locked or out of reach", "{} ledgers are locked or out of reach"),
    Exit.UNKNOWN: ("1 could not be read", "{} could not be read"),
    Exit.USAGE: ("the command line or a setting cannot be used", "{} settings cannot be used"),
    Exit.INVALID: ("1 is invalid", "{} are invalid"),
    Exit.DENIED: ("access was denied", "access was denied {} times"),
    Exit.INTERRUPTED: ("interrupted", "interrupted"),
    Exit.TERMINATED: ("terminated", "terminated"),
}
"""What each exit code says of its reasons: of one, and of several."""

EXIT_MEANINGS: Mapping[Exit, str] = {
    Exit.OK: "Nothing is left to do.",
    Exit.INTERNAL: "Mooring itself failed; a log was written.",
    Exit.CHANGES: "A sync would change something, or settles by itself (drift; plan with --detailed-exitcode).",
    Exit.ATTENTION: "A person must decide.",
    Exit.PARTIAL: "Some steps were not done.",
    Exit.GUARD: "A guard stopped the run before its first write.",
    Exit.STALE: "Not the tip of the branch, a stale plan, or a rewritten history.",
    Exit.LOCKED: "Another run holds the lock, or the ledger cannot be written.",
    Exit.UNKNOWN: "Not everything could be read: neither drift nor agreement is known.",
    Exit.USAGE: "The command line or a target's options are wrong.",
    Exit.INVALID: "A file is invalid, or a platform cannot carry what it asks for.",
    Exit.DENIED: "Access was denied, or the project is another one than pinned.",
    Exit.INTERRUPTED: "Interrupted; the write in hand was finished.",
    Exit.TERMINATED: "Terminated; the write in hand was finished.",
}
"""What each exit code means, for the documentation."""

NO_AUTHOR = "unknown: the platform keeps none"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Give `1 prompt`, `2 prompts`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def planned(row: Row) -> str:
    """Say what the plan holds for an address, in a few words."""
    action = row.verdict.action
    match action:
        case Action.CREATE:
            return "to create"
        case Action.UPDATE:
            return "to update"
        case Action.REVERT:
            return "to put back"
        case Action.HEAL:
            return "to heal"
        case Action.RETIRE:
            return "to take off"
        case Action.DELETE:
            return "to delete"
        case Action.PUBLISH:
            return "to publish"
        case Action.NOTHING:
            return "not read" if row.verdict.state is State.UNKNOWN else ""
        case Action.REPORT | Action.ALERT:
            return "left alone"
        case Action.ADOPT:
            return "held, to adopt"
        case Action.BLOCK | Action.HOLD:
            return "suspended" if row.seen.suspension is not None else "held"
        case _:
            assert_never(action)


def became(row: Row, outcome: Outcome) -> str:
    """Say what became of a step, in a few words."""
    match outcome:
        case Outcome.APPLIED:
            return _DONE.get(row.verdict.action, "moved")
        case Outcome.UNCHANGED:
            return "was so already"
        case Outcome.MOVED:
            return "held, it moved"
        case Outcome.FAILED:
            return "failed"
        case Outcome.SKIPPED:
            return "not tried"
        case Outcome.SUPERSEDED:
            return "superseded"
        case Outcome.PROPOSED:
            return "proposed"
        case _:
            assert_never(outcome)


_DONE = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.REVERT: "put back",
    Action.HEAL: "healed",
    Action.RETIRE: "taken off",
    Action.DELETE: "deleted",
    Action.PUBLISH: "published",
}


def versions(seen: Observation) -> str:
    """Say what is served and what Git wants served, by their keys: `v1 → v2`."""
    wanted = None if seen.version is None else seen.version.key
    served = live_key(seen)
    if wanted is None or served == wanted:
        return served or wanted or ""
    return wanted if served is None else f"{served} → {wanted}"


def live_key(seen: Observation) -> str | None:
    """Give the key in Git of what is live; else the platform's own number, as `#7`; None where nothing is live.

    A prompt of one file has one key for all that it ever was, which tells nothing apart: the number does.
    """
    if not seen.holders:
        return None
    wanted = None if seen.version is None else seen.version.key
    if seen.version is not None and seen.live == seen.version.hash:
        return wanted
    known = seen.base if seen.base is not None and seen.live == seen.base.hash else seen.live_in_git
    if known is not None and known.key != wanted:
        return known.key
    return "#" + " #".join(holder.ref for holder in seen.holders)


def by(seen: Observation) -> str | None:
    """Give who made the live version; None where nothing is live."""
    return (seen.holders[0].author or NO_AUTHOR) if seen.holders else None


def since(seen: Observation) -> str | None:
    """Give when the live version was made, ISO 8601 in UTC; None where nobody knows."""
    return (seen.holders[0].created or None) if seen.holders else None


def evidence(row: Row) -> str:
    """Say which version is live, since when and by whom, where a person has to know."""
    seen = row.seen
    if group_of(row.verdict.state) not in {Group.DIVERGED, Group.BLOCKED} or not seen.holders:
        return ""
    which = f"Live is version {' and '.join(holder.ref for holder in seen.holders)}"
    made = f", made {moment(seen.holders[0].created)}" if seen.holders[0].created else ""
    author = seen.holders[0].author
    return f"{which}{made}" + (f" by {author}" if author else "; the platform does not say by whom")


def changed(changes: tuple[Change, ...], most: int = 3) -> str:
    """Name the gravest differences: `/messages/0/content changed (behaviour), 2 more`."""
    order = {impact: rank for rank, impact in enumerate(("breaking", "behaviour", "cosmetic"))}
    gravest = sorted(changes, key=lambda change: order[change.impact])
    named = [f"{change.path or 'content'} {change.kind} ({change.impact})" for change in gravest[:most]]
    return ", ".join([*named, *([f"{len(changes) - most} more"] if len(changes) > most else [])])


def way_out_cut(row: Row) -> str:
    """Give the way out with hashes cut to the digits that people see elsewhere; `resolve --expect` takes those."""
    return row.verdict.fix.replace(row.seen.live, short(row.seen.live))


def ways_out_cut(row: Row) -> tuple[str, ...]:
    """Give every way out, as `way_out_cut` gives the first one."""
    other = row.verdict.otherwise.replace(row.seen.live, short(row.seen.live))
    return tuple(way for way in (way_out_cut(row), other) if way)


def moment(time: str) -> str:
    """Give an ISO 8601 time to the minute, in UTC; anything else as it is."""
    try:
        when = datetime.fromisoformat(time)
    except ValueError:
        return time
    return (when if when.tzinfo is None else when.astimezone(UTC)).strftime("%Y-%m-%d %H:%M UTC")
