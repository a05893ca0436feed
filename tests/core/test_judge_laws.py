"""What is never done, whatever was seen: laws over every observation that a run could make."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from mooring.core.address import ABSENT, INVALID, UNKNOWN, Gap, Side
from mooring.core.judge import REMOVES, WRITES, Action, judge
from mooring.core.memory import Suspension
from mooring.core.observation import Observation
from mooring.core.policy import Mode, Prune, WhenAhead, WhenMissing
from mooring.core.state import State

HELD = {Action.HOLD, Action.BLOCK, Action.ALERT, Action.ADOPT}
A = Action

law = settings(deadline=None, max_examples=200)


@law
@given(data=st.data())
def test_every_observation_has_a_verdict(observations: st.SearchStrategy[Observation], data: st.DataObject) -> None:
    seen = data.draw(observations)
    verdict = judge(seen)
    assert verdict.state is seen.state
    assert verdict.reason
    assert verdict.fix or verdict.action not in HELD
    assert verdict.action is not A.NOTHING or verdict.state in {State.UNKNOWN, State.IN_SYNC}


@law
@given(data=st.data())
def test_what_was_never_reviewed_is_overwritten_by_policy_or_decision_alone(
    observations: st.SearchStrategy[Observation], data: st.DataObject
) -> None:
    seen = data.draw(observations)
    verdict, policy = judge(seen), seen.settings.policy
    if verdict.action not in WRITES:
        return
    assert seen.holders is not None
    served: set[Side] = {holder.hash for holder in seen.holders}
    assert UNKNOWN not in served
    if verdict.action is A.REVERT:
        by_ahead = verdict.state is State.PLATFORM_AHEAD and policy.platform_ahead is WhenAhead.REVERT
        by_missing = verdict.state is State.MISSING and policy.missing is WhenMissing.REVERT
        assert by_ahead or by_missing
        return
    reviewed: set[Side] = {*seen.known, seen.git}
    reviewed |= set() if seen.base is None else {seen.base.hash}
    reviewed |= set() if seen.intended is None else {seen.intended}
    reviewed |= set() if seen.decision is None else {seen.decision.live}
    assert served <= reviewed


@law
@given(data=st.data())
def test_only_content_that_git_holds_is_ever_served_and_only_a_declared_policy_takes_a_label_off(
    observations: st.SearchStrategy[Observation], data: st.DataObject
) -> None:
    seen = data.draw(observations)
    action = judge(seen).action
    if action in REMOVES:
        policy = seen.settings.policy.prune
        assert seen.git is ABSENT
        assert seen.settings.mode is Mode.UPSERT
        assert seen.dependents == ()
        assert policy is Prune.DELETE or (action, policy) == (A.RETIRE, Prune.RETIRE)
        if action is A.RETIRE:
            assert seen.removable
        else:
            assert (seen.kept, seen.owner) == ("", None)
            assert seen.base is not None
    elif action in WRITES:
        assert not isinstance(seen.git, Gap)
        assert seen.git != seen.live or action is A.HEAL


@law
@given(data=st.data())
def test_what_could_not_be_read_is_never_written_to(
    observations: st.SearchStrategy[Observation], data: st.DataObject
) -> None:
    seen = data.draw(observations)
    unread = UNKNOWN in {seen.git, seen.agreed, seen.live} or seen.holders is None or seen.base_unknown
    if unread or seen.git is INVALID:
        assert judge(seen).action not in WRITES
    elif seen.objections or (seen.owner is not None and seen.git is not ABSENT):
        assert judge(seen).action not in WRITES - {A.HEAL}


@law
@given(data=st.data(), mode=st.sampled_from([Mode.OBSERVE, Mode.CREATE_ONLY]))
def test_modes_bound_what_is_written(
    observations: st.SearchStrategy[Observation], data: st.DataObject, mode: Mode
) -> None:
    drawn = data.draw(observations)
    seen = replace(drawn, settings=replace(drawn.settings, mode=mode))
    action = judge(seen).action
    if mode is Mode.OBSERVE:
        assert action not in WRITES
        return
    assert action not in WRITES - {A.CREATE, A.PUBLISH}
    if action is A.CREATE:
        assert seen.holders == ()
        assert not seen.prompt_lives
    if action is A.PUBLISH:
        assert seen.reusable is None


@law
@given(data=st.data())
def test_what_was_reviewed_plays_no_part_where_every_holder_serves_what_git_wants(
    observations: st.SearchStrategy[Observation], data: st.DataObject
) -> None:
    """So that nobody need look for it then (see View)."""
    drawn = data.draw(observations)
    holders = None if drawn.holders is None else tuple(replace(one, hash=drawn.git) for one in drawn.holders)
    seen = replace(drawn, holders=holders)
    assert judge(seen) == judge(replace(seen, known=frozenset()))


@law
@given(data=st.data())
def test_a_mode_or_suspension_never_adds_a_write(
    observations: st.SearchStrategy[Observation], suspended: Suspension, data: st.DataObject
) -> None:
    seen = data.draw(observations)
    free = replace(seen, suspension=None, settings=replace(seen.settings, mode=Mode.UPSERT))
    if judge(seen).action in WRITES:
        assert judge(free).action in WRITES
    assert judge(replace(seen, suspension=suspended)).action not in WRITES
    assert judge(replace(seen, suspension=suspended)).state is judge(seen).state
