"""What is to be done about an address in its state, why, and what can a person do?"""

from shlex import quote
from typing import assert_never

from mooring.core.address import ABSENT, UNKNOWN, Gap, Side, is_opaque, short
from mooring.core.memory import FIGHT
from mooring.core.moved import who_moved
from mooring.core.observation import Observation
from mooring.core.policy import Mode, Prune, WhenAhead, WhenMissing, WhenRelabelled
from mooring.core.pruning import extent
from mooring.core.state import State
from mooring.core.verdict import MOVES_SERVED as MOVES_SERVED
from mooring.core.verdict import REMOVES as REMOVES
from mooring.core.verdict import WRITES as WRITES
from mooring.core.verdict import Action as Action
from mooring.core.verdict import Verdict as Verdict

_AGREED = Verdict(State.IN_SYNC, Action.NOTHING, "Git and the platform agree")


def judge(seen: Observation) -> Verdict:
    """Decide about one address: state, then policy, then what the mode and a suspension allow."""
    state = seen.state
    verdict = _by_state(seen, state)
    if verdict.action not in WRITES:
        return verdict
    if seen.owner is not None:
        return Verdict(state, Action.HOLD, *_of_another(seen))
    if verdict.action in {Action.REVERT, Action.HEAL} and seen.base is not None and seen.base.fought:
        reason = f"A fight: it was put back {FIGHT} times and somebody moved it each time; healing stops"
        return Verdict(state, Action.HOLD, reason, _decide(seen))
    if seen.suspension is not None:
        reason = f"Suspended until {seen.suspension.until}: {seen.suspension.reason}"
        return Verdict(state, Action.HOLD, reason, f"mooring resume {quote(str(seen.address))}")
    if seen.frozen is not None:
        return Verdict(state, Action.HOLD, f"Frozen until {seen.frozen.until}: {seen.frozen.reason}")
    return _within_mode(seen, verdict)


def _by_state(seen: Observation, state: State) -> Verdict:  # noqa: C901, PLR0911, PLR0912  # one case per state
    match state:
        case State.IN_SYNC:
            return _AGREED
        case State.INVALID:
            reason = seen.mistake or "The prompt's files cannot be read as they stand"
            return Verdict(state, Action.HOLD, reason, "mooring validate")
        case State.UNKNOWN:
            return Verdict(state, Action.NOTHING, _silent_side(seen))
        case State.SPLIT_LABEL:
            return _split(seen)
        case State.UNSUPPORTED:
            first = seen.objections[0]
            return Verdict(state, Action.HOLD, f"The platform cannot carry {first.field}: {first.reason}", first.fix)
        case State.FOREIGN:
            return Verdict(state, Action.HOLD, *_of_another(seen))
        case State.UNMANAGED:
            return Verdict(state, Action.REPORT, "Only the platform has it")
        case State.PENDING_CREATE:
            return Verdict(state, Action.CREATE, "Git declares it, and no sync has put it there yet")
        case State.UNADOPTED:
            reason = "First contact: both sides have it and differ, so a person decides which one counts"
            return Verdict(state, Action.HOLD, reason, *_either(seen))
        case State.GIT_AHEAD:
            return Verdict(state, Action.UPDATE, _why_update(seen))
        case State.PRUNE_PENDING:
            return _prune(seen)
        case State.MISSING:
            return _missing(seen)
        case State.RELABELLED:
            return _relabelled(seen)
        case State.PLATFORM_AHEAD:
            return _ahead(seen)
        case State.CONFLICT:
            return Verdict(state, Action.HOLD, _why_conflict(seen), *_gits_first(seen))
        case _:
            assert_never(state)


def _of_another(seen: Observation) -> tuple[str, str]:
    owner = seen.owner or ""
    return f"The prompt belongs to the repository {owner}", f"mooring sync --takeover {quote(owner)}"


def _either(seen: Observation) -> tuple[str, str]:
    """Give the commands that take the platform's side and Git's; the second is '' where only Git's can be taken."""
    if isinstance(seen.live, Gap) or is_opaque(seen.live):
        return _decide(seen), ""
    return f"mooring adopt {quote(str(seen.address))}", _decide(seen)


def _gits_first(seen: Observation) -> tuple[str, str]:
    theirs, ours = _either(seen)
    return (ours, theirs) if ours else (theirs, "")


def _decide(seen: Observation) -> str:
    return f"mooring resolve {quote(str(seen.address))} --take git --expect {in_doubt(seen)} --reason TEXT"


def in_doubt(seen: Observation) -> Side:
    """Give the live content that a decision has to name: of a split label, the one that was never reviewed."""
    unreviewed = [one.hash for one in seen.holders or () if one.hash != seen.git and one.hash not in seen.known]
    return unreviewed[0] if unreviewed else seen.live


def _silent_side(seen: Observation) -> str:
    if seen.base_unknown:
        return "The ledger did not answer, so nobody knows what was agreed"
    if seen.git is UNKNOWN:
        return "Git did not answer"
    return "The platform was not read: this is neither drift nor absence"


def _split(seen: Observation) -> Verdict:
    holders = seen.holders or ()
    reason = f"Versions {' and '.join(one.ref for one in holders)} hold the label at once, so readers get either"
    decided = None if seen.decision is None else seen.decision.live
    reviewed = all(h.hash in {seen.git, decided} or h.hash in seen.known for h in holders)
    wanted = seen.git is not ABSENT and (decided is not None or any(h.hash == seen.git for h in holders))
    if reviewed and wanted:
        return Verdict(State.SPLIT_LABEL, Action.HEAL, reason)
    return Verdict(State.SPLIT_LABEL, Action.HOLD, reason + ", and one of them was never reviewed", _decide(seen))


def _why_update(seen: Observation) -> str:
    if seen.decision is not None:
        return f"{seen.decision.by} decided for Git: {seen.decision.reason}"
    if seen.live == seen.agreed:
        return "Git moved on since the last sync"
    where = "" if seen.live_in_git is None else f" ({seen.live_in_git.key})"
    since = seen.holders[0].created if seen.holders else ""
    made = f", a version made {since[:16].replace('T', ' ')} UTC" if since else ""
    return f"Git moved on; this ends a move made by hand to reviewed content{where}{made}"


def _why_conflict(seen: Observation) -> str:
    if seen.git is ABSENT:
        return "Git no longer declares it, and the platform changed it"
    if seen.live is ABSENT:
        return "Git changed it, and on the platform it is gone"
    return "Both sides moved, and what is live was never reviewed"


def _prune(seen: Observation) -> Verdict:
    far, reason = extent(seen)
    match far:
        case Prune.REPORT:
            return Verdict(State.PRUNE_PENDING, Action.REPORT, reason)
        case Prune.RETIRE:
            return Verdict(State.PRUNE_PENDING, Action.RETIRE, reason)
        case Prune.DELETE:
            return Verdict(State.PRUNE_PENDING, Action.DELETE, reason)
        case _:
            assert_never(far)


def _missing(seen: Observation) -> Verdict:
    what = "the label is gone from the platform" if seen.prompt_lives else "the prompt is gone from the platform"
    fix = _decide(seen)
    match seen.settings.policy.missing:
        case WhenMissing.BLOCK:
            return Verdict(State.MISSING, Action.BLOCK, f"Somebody removed it: {what}", fix)
        case WhenMissing.ALERT:
            return Verdict(State.MISSING, Action.ALERT, f"Somebody removed it: {what}", fix)
        case WhenMissing.REVERT:
            return Verdict(State.MISSING, Action.REVERT, f"Policy puts it back: {what}")
        case policy:
            assert_never(policy)


def _relabelled(seen: Observation) -> Verdict:
    reason = f"{who_moved(seen)}; it is left alone until Git moves on"
    match seen.settings.policy.relabelled:
        case WhenRelabelled.ALERT:
            action = Action.ALERT
        case WhenRelabelled.BLOCK:
            action = Action.BLOCK
        case policy:
            assert_never(policy)
    return Verdict(State.RELABELLED, action, reason, *_either(seen))


def _ahead(seen: Observation) -> Verdict:
    ways = _either(seen)
    reason = f"The platform serves content that Git never reviewed: {short(seen.live)}"
    match seen.settings.policy.platform_ahead:
        case WhenAhead.BLOCK:
            return Verdict(State.PLATFORM_AHEAD, Action.BLOCK, reason, *ways)
        case WhenAhead.ALERT:
            return Verdict(State.PLATFORM_AHEAD, Action.ALERT, reason, *ways)
        case WhenAhead.ADOPT:
            return Verdict(State.PLATFORM_AHEAD, Action.ADOPT, reason, *ways)
        case WhenAhead.REVERT:
            return Verdict(State.PLATFORM_AHEAD, Action.REVERT, reason + "; policy takes Git")
        case policy:
            assert_never(policy)


def _within_mode(seen: Observation, verdict: Verdict) -> Verdict:
    match seen.settings.mode:
        case Mode.UPSERT:
            return verdict
        case Mode.OBSERVE:
            fix = f"Set `mode: upsert` for {seen.address.target} in mooring.yaml"
            return Verdict(verdict.state, Action.REPORT, verdict.reason + "; mode observe writes nothing", fix)
        case Mode.CREATE_ONLY:
            if verdict.action is Action.CREATE and not seen.prompt_lives:
                return verdict
            if verdict.action in REMOVES:
                return Verdict(verdict.state, Action.REPORT, verdict.reason + "; mode create-only takes nothing away")
            limit = "; mode create-only moves no label"
            if verdict.action in {Action.CREATE, Action.UPDATE} and seen.reusable is None:
                return Verdict(verdict.state, Action.PUBLISH, verdict.reason + limit)
            return Verdict(verdict.state, Action.REPORT, verdict.reason + limit)
        case mode:
            assert_never(mode)
