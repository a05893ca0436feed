"""With which code does a run end? Precedence, and what each state means to drift, plan and sync."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mooring.core.address import ABSENT, INVALID, UNKNOWN, ContentHash, Ref, Side
from mooring.core.guard import Guard, GuardKind
from mooring.core.judge import REMOVES, WRITES, Action, judge
from mooring.core.memory import Decision, Suspension
from mooring.core.observation import Holder, Objection, Observation
from mooring.core.plan import Outcome, Row
from mooring.core.policy import Mode, Policy, Prune, Settings, WhenAhead, WhenMissing, WhenRelabelled
from mooring.core.report import (
    PRECEDENCE,
    AddressReport,
    Exit,
    Report,
    TargetReport,
    adopt_reasons,
    drift_reasons,
    first,
    plan_reasons,
    sync_reasons,
)
from mooring.core.state import State

H1, H2, H3 = (ContentHash("sha256:" + digit * 64) for digit in "123")
See = Callable[..., Observation]
KNOWN = frozenset({H1, H2})
HOLDERS = (Holder(Ref("2"), H2), Holder(Ref("3"), H3))


def told(seen: Observation, outcome: Outcome | None = None) -> AddressReport:
    return AddressReport(Row(seen, judge(seen)), outcome)


def target(*seen: Observation, **rest: Any) -> TargetReport:
    return TargetReport("main", "memory", tuple(told(one) for one in seen), **rest)


def drift(*seen: Observation, fail_on: frozenset[State] | None = None) -> Exit:
    return first(drift_reasons([target(*seen)], fail_on))


def plan(*seen: Observation) -> Exit:
    return first(plan_reasons([target(*seen)]))


def sync(*seen: Observation) -> Exit:
    """End a sync in which every step was applied."""
    done = tuple(told(one, Outcome.APPLIED if judge(one).action in WRITES else None) for one in seen)
    return first(sync_reasons([TargetReport("main", "memory", done)]))


# --- Precedence ---------------------------------------------------------------------------------------------------

ORDER = (143, 130, 1, 64, 77, 65, 5, 6, 7, 8, 4, 3, 2)


def test_the_codes_have_the_order_that_is_published() -> None:
    assert tuple(int(code) for code in PRECEDENCE) == ORDER
    assert {*PRECEDENCE, Exit.OK} == set(Exit)


@pytest.mark.parametrize(("higher", "lower"), [*combinations((*PRECEDENCE, Exit.OK), 2)])
def test_the_first_in_order_wins_whichever_came_first(higher: Exit, lower: Exit) -> None:
    assert first([higher, lower]) is first([lower, higher, lower]) is higher


def test_no_reason_is_success() -> None:
    assert first([]) is Exit.OK
    assert Report("drift", "run", None).exit is Exit.OK
    assert Report("drift", "run", None, reasons=(Exit.CHANGES, Exit.GUARD, Exit.CHANGES)).exit is Exit.GUARD


# --- Each state ---------------------------------------------------------------------------------------------------

OK, CHANGES, ATTENTION, UNREAD, BAD = Exit.OK, Exit.CHANGES, Exit.ATTENTION, Exit.UNKNOWN, Exit.INVALID
Sides = tuple[Side, Side, Side]


def under(**parts: Any) -> dict[str, Any]:
    return {"settings": Settings(Mode.UPSERT, Policy(**parts))}


# The state, how it is seen, and how drift, plan (with --detailed-exitcode) and sync end.
EXITS: dict[str, tuple[State, Sides, dict[str, Any], Exit, Exit, Exit]] = {
    "invalid": (State.INVALID, (INVALID, H1, H1), {}, BAD, BAD, BAD),
    "unknown": (State.UNKNOWN, (H1, H1, UNKNOWN), {}, UNREAD, UNREAD, UNREAD),
    "ledger unread": (State.UNKNOWN, (H1, UNKNOWN, H1), {}, UNREAD, UNREAD, UNREAD),
    "split, git as synced": (State.SPLIT_LABEL, (H1, H1, H1), {"holders": HOLDERS}, ATTENTION, OK, OK),
    "split, git changed": (State.SPLIT_LABEL, (H2, H1, H1), {"holders": HOLDERS}, ATTENTION, ATTENTION, ATTENTION),
    "split, healed": (
        State.SPLIT_LABEL,
        (H2, H1, H1),
        {"holders": HOLDERS, "known": frozenset({H3})},
        ATTENTION,
        CHANGES,
        OK,
    ),
    "unsupported": (
        State.UNSUPPORTED,
        (H1, ABSENT, ABSENT),
        {"objections": (Objection("tools", "there is no place", "Leave it out"),)},
        BAD,
        BAD,
        BAD,
    ),
    "foreign": (State.FOREIGN, (H1, ABSENT, H2), {"owner": "acme-other"}, ATTENTION, ATTENTION, ATTENTION),
    "foreign, git as synced": (State.FOREIGN, (H1, H1, H2), {"owner": "acme-other"}, ATTENTION, OK, OK),
    "in sync": (State.IN_SYNC, (H1, H1, H1), {}, OK, OK, OK),
    "in sync, not on record": (State.IN_SYNC, (H1, ABSENT, H1), {}, OK, OK, OK),
    "unmanaged": (State.UNMANAGED, (ABSENT, ABSENT, H1), {}, OK, OK, OK),
    "pending create": (State.PENDING_CREATE, (H1, ABSENT, ABSENT), {}, CHANGES, CHANGES, OK),
    "unadopted": (State.UNADOPTED, (H1, ABSENT, H2), {}, ATTENTION, ATTENTION, ATTENTION),
    "git ahead": (State.GIT_AHEAD, (H2, H1, H1), {}, CHANGES, CHANGES, OK),
    "prune: report": (State.PRUNE_PENDING, (ABSENT, H1, H1), {}, OK, OK, OK),
    "prune: retire": (State.PRUNE_PENDING, (ABSENT, H1, H1), under(prune=Prune.RETIRE), CHANGES, CHANGES, OK),
    "missing: block": (State.MISSING, (H1, H1, ABSENT), under(missing=WhenMissing.BLOCK), ATTENTION, OK, OK),
    "missing: alert": (State.MISSING, (H1, H1, ABSENT), under(missing=WhenMissing.ALERT), CHANGES, OK, OK),
    "missing: revert": (State.MISSING, (H1, H1, ABSENT), under(missing=WhenMissing.REVERT), ATTENTION, CHANGES, OK),
    "relabelled: alert": (State.RELABELLED, (H1, H1, H2), under(relabelled=WhenRelabelled.ALERT), CHANGES, OK, OK),
    "relabelled: block": (State.RELABELLED, (H1, H1, H2), under(relabelled=WhenRelabelled.BLOCK), ATTENTION, OK, OK),
    "ahead: block": (State.PLATFORM_AHEAD, (H1, H1, H3), under(platform_ahead=WhenAhead.BLOCK), ATTENTION, OK, OK),
    "ahead: alert": (State.PLATFORM_AHEAD, (H1, H1, H3), under(platform_ahead=WhenAhead.ALERT), CHANGES, OK, OK),
    "ahead: adopt": (State.PLATFORM_AHEAD, (H1, H1, H3), under(platform_ahead=WhenAhead.ADOPT), ATTENTION, OK, OK),
    "ahead: revert": (
        State.PLATFORM_AHEAD,
        (H1, H1, H3),
        under(platform_ahead=WhenAhead.REVERT),
        ATTENTION,
        CHANGES,
        OK,
    ),
    "conflict": (State.CONFLICT, (H2, H1, H3), {}, ATTENTION, ATTENTION, ATTENTION),
    "conflict, deleted in git": (State.CONFLICT, (ABSENT, H1, H3), {}, ATTENTION, ATTENTION, ATTENTION),
    "conflict, gone on the platform": (State.CONFLICT, (H2, H1, ABSENT), {}, ATTENTION, ATTENTION, ATTENTION),
}


@pytest.mark.parametrize("name", EXITS)
def test_how_each_state_ends(see: See, name: str) -> None:
    state, sides, rest, by_drift, by_plan, by_sync = EXITS[name]
    seen = see(*sides, **{"known": KNOWN, **rest})
    assert seen.state is state
    assert (drift(seen), plan(seen), sync(seen)) == (by_drift, by_plan, by_sync)


def test_every_state_has_an_end() -> None:
    assert {row[0] for row in EXITS.values()} == set(State)


@pytest.mark.parametrize("name", EXITS)
def test_a_suspension_hides_no_drift_and_fails_no_sync(see: See, suspended: Suspension, name: str) -> None:
    _, sides, rest, _, _, _ = EXITS[name]
    free = see(*sides, **{"known": KNOWN, **rest})
    stopped = replace(free, suspension=suspended)
    fixed = free.state is State.PRUNE_PENDING
    assert drift(stopped) is (OK if fixed else drift(free))
    assert sync(stopped) in {OK, BAD, UNREAD}
    assert plan(stopped) is sync(stopped)


@pytest.mark.parametrize("name", EXITS)
def test_mode_observe_hides_no_drift_and_its_sync_has_nothing_to_do(see: See, name: str) -> None:
    _, sides, rest, by_drift, _, by_sync = EXITS[name]
    seen = see(*sides, **{"known": KNOWN, **rest})
    observed = replace(seen, settings=Settings(Mode.OBSERVE, seen.settings.policy))
    assert drift(observed) is (OK if seen.state is State.PRUNE_PENDING else by_drift)
    assert sync(observed) is by_sync


def test_a_decision_turns_attention_into_changes(see: See, decided: Callable[[Side], Decision]) -> None:
    held = see(H2, H1, H3)
    answered = replace(held, decision=decided(H3))
    assert (drift(held), plan(held), sync(held)) == (ATTENTION, ATTENTION, ATTENTION)
    assert (drift(answered), plan(answered), sync(answered)) == (CHANGES, CHANGES, OK)


def test_the_worst_address_speaks_for_the_run(see: See) -> None:
    seen = [see(H1, H1, H1), see(H2, H1, H1), see(H2, H1, H3), see(H1, H1, UNKNOWN), see(INVALID, H1, H1)]
    codes = [drift(*seen[: n + 1]) for n in range(len(seen))]
    assert codes == [OK, CHANGES, ATTENTION, UNREAD, BAD]
    targets = [target(one) for one in seen]
    assert sorted(drift_reasons(targets, None)) == sorted([CHANGES, ATTENTION, UNREAD, BAD])


# --- fail_on ------------------------------------------------------------------------------------------------------


def test_with_fail_on_other_states_pass(see: See) -> None:
    only = frozenset({State.PLATFORM_AHEAD})
    assert drift(see(H1, H1, H3), fail_on=only) is ATTENTION
    for passing in (see(H2, H1, H1), see(H2, H1, H3), see(INVALID, H1, H1), see(H1, H1, ABSENT)):
        assert drift(passing, fail_on=only) is OK
    assert drift(see(H1, H1, H3), fail_on=frozenset()) is OK


def test_what_could_not_be_read_fails_whatever_fail_on_names(see: See) -> None:
    assert drift(see(H1, H1, UNKNOWN), fail_on=frozenset({State.PLATFORM_AHEAD})) is UNREAD
    assert drift(see(H1, H1, UNKNOWN), fail_on=frozenset()) is UNREAD


def test_a_target_that_did_not_answer_fails_whatever_fail_on_names() -> None:
    silent = target(error="down", error_exit=Exit.UNKNOWN)
    assert drift_reasons([silent], frozenset()) == (Exit.UNKNOWN,)
    assert drift_reasons([silent], None) == (Exit.UNKNOWN,)


def test_fail_on_may_name_what_passes_otherwise(see: See) -> None:
    quiet = {State.UNMANAGED: see(ABSENT, ABSENT, H1), State.PRUNE_PENDING: see(ABSENT, H1, H1)}
    for state, seen in quiet.items():
        assert drift(seen) is OK
        assert drift(seen, fail_on=frozenset({state})) is ATTENTION


def test_fail_on_keeps_the_code_of_the_state(see: See) -> None:
    assert drift(see(H2, H1, H1), fail_on=frozenset({State.GIT_AHEAD})) is CHANGES
    assert drift(see(INVALID, H1, H1), fail_on=frozenset({State.INVALID})) is BAD


# --- Targets, guards and outcomes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("reasons", [plan_reasons, sync_reasons])
def test_a_closed_guard_fails_and_an_open_one_does_not(
    see: See, reasons: Callable[[Sequence[TargetReport]], tuple[Exit, ...]]
) -> None:
    closed, opened = (Guard(GuardKind.UPDATES, "many", "--allow-updates 4", open=open_) for open_ in (False, True))
    assert first(reasons([target(see(H1, H1, H1), guards=(closed,))])) is Exit.GUARD
    assert first(reasons([target(see(H1, H1, H1), guards=(opened,))])) is OK
    assert first(reasons([target(see(H1, H1, H1), guards=(opened, closed))])) is Exit.GUARD
    assert drift_reasons([target(see(H1, H1, H1), guards=(closed,))], None) == ()


@pytest.mark.parametrize("code", [Exit.UNKNOWN, Exit.DENIED, Exit.LOCKED, Exit.STALE])
def test_what_stopped_a_target_is_a_reason_and_the_others_go_on(see: See, code: Exit) -> None:
    targets = [target(error="it stopped", error_exit=code), target(see(H2, H1, H3))]
    assert set(drift_reasons(targets, None)) == {code, ATTENTION}
    assert set(plan_reasons(targets)) == {code, ATTENTION}
    assert set(sync_reasons(targets)) == {code, ATTENTION}


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome.APPLIED, OK),
        (Outcome.UNCHANGED, OK),
        (Outcome.SUPERSEDED, OK),
        (Outcome.PROPOSED, OK),
        (Outcome.FAILED, Exit.PARTIAL),
        (Outcome.SKIPPED, Exit.PARTIAL),
        (Outcome.MOVED, ATTENTION),
    ],
)
def test_how_a_step_went_decides_how_a_sync_ends(see: See, outcome: Outcome, code: Exit) -> None:
    report = TargetReport("main", "memory", (told(see(H2, H1, H1), outcome), told(see(H1, H1, H1))))
    assert first(sync_reasons([report])) is code
    assert first(plan_reasons([report])) is OK


def test_every_outcome_is_decided_about() -> None:
    assert len(Outcome) == 7


def test_what_could_not_be_proposed_fails_an_adoption(see: See) -> None:
    done = TargetReport("main", "memory", (told(see(H1, H1, H2), Outcome.PROPOSED), told(see(H1, H1, H1))))
    assert adopt_reasons([done]) == ()
    refused = TargetReport("main", "memory", (told(see(H1, H1, H2), Outcome.FAILED),))
    denied = TargetReport("main", "memory", error="No", error_exit=Exit.DENIED)
    assert set(adopt_reasons([done, refused, denied])) == {Exit.PARTIAL, Exit.DENIED}


def test_a_sync_may_be_given_its_targets_once(see: See) -> None:
    failed = TargetReport("main", "memory", (told(see(H2, H1, H1), Outcome.FAILED), told(see(H2, H1, H3))))
    assert set(sync_reasons(iter([failed]))) == {Exit.PARTIAL, ATTENTION}


# --- What was read ------------------------------------------------------------------------------------------------


def test_a_target_is_complete_if_all_its_addresses_were_read(see: See) -> None:
    read, unread = see(H1, H1, H1), see(H1, H1, UNKNOWN)
    assert (target(read, read).verified, target(read, read).complete) == (2, True)
    assert (target(read, unread).verified, target(read, unread).complete) == (1, False)
    assert (target().verified, target().complete) == (0, True)
    assert target(see(H1, UNKNOWN, H1)).verified == 0
    assert target(see(H2, H1, H3)).complete
    assert not target(read, error="down", error_exit=Exit.UNKNOWN).complete


def test_a_broken_file_does_not_vouch_for_a_platform_that_is_down(see: See) -> None:
    report = target(see(INVALID, H1, UNKNOWN))
    assert report.verified == 0
    assert not report.complete


def test_a_report_lists_the_addresses_of_all_targets(see: See) -> None:
    one, other = target(see(H1, H1, H1)), target(see(H2, H1, H1), see(H2, H1, H3))
    assert Report("drift", "run", "c", (one, other)).rows == [*one.addresses, *other.addresses]


# --- Laws ---------------------------------------------------------------------------------------------------------

law = settings(deadline=None, max_examples=200)


@law
@given(data=st.data())
def test_a_sync_fails_over_git_s_changes_alone(
    observations: st.SearchStrategy[Observation], data: st.DataObject
) -> None:
    seen = data.draw(observations)
    ended = sync(seen)
    assert ended in {OK, ATTENTION, UNREAD, BAD}
    if ended is ATTENTION:
        assert seen.git != seen.agreed
        assert judge(seen).action is Action.HOLD
        assert seen.suspension is None
    if seen.git == seen.agreed and seen.git is not INVALID and not seen.objections and seen.live is not UNKNOWN:
        assert ended is OK or UNKNOWN in {seen.git, seen.agreed}


@law
@given(data=st.data())
def test_drift_is_silent_only_where_there_is_none(
    observations: st.SearchStrategy[Observation], data: st.DataObject
) -> None:
    seen = data.draw(observations)
    assert (drift(seen) is OK) is (
        seen.state in {State.IN_SYNC, State.UNMANAGED}
        or (seen.state is State.PRUNE_PENDING and judge(seen).action not in REMOVES)
    )
    assert (drift(seen) is UNREAD) is (seen.state is State.UNKNOWN)


@law
@given(data=st.data())
def test_a_plan_announces_just_the_writes(observations: st.SearchStrategy[Observation], data: st.DataObject) -> None:
    seen = data.draw(observations)
    assert (plan(seen) is CHANGES) is (judge(seen).action in WRITES)
