"""A plan puts decisions in order, binds them to what is live, and leaves nothing to do once it is applied."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mooring.core.address import ABSENT, INVALID, UNKNOWN, Address, ContentHash, Gap, Ref, Side
from mooring.core.judge import WRITES, Action
from mooring.core.memory import Base, Decision, Suspension
from mooring.core.observation import Holder, Observation
from mooring.core.plan import Row, Step, TargetPlan, digest, plan_target
from mooring.core.policy import Mode, Policy, Prune, Settings, WhenAhead, WhenMissing
from mooring.core.state import State

H1, H2, H3 = (ContentHash("sha256:" + digit * 64) for digit in "123")
COMMIT, TIME = "d" * 40, "2026-02-02T00:00:00+00:00"
See = Callable[..., Observation]


def planned(*seen: Observation) -> TargetPlan:
    return plan_target("main", seen, commit=COMMIT, time=TIME)


def digest_of(plan: TargetPlan) -> str:
    return digest("acme", "tree", plan.rows)


# --- Steps --------------------------------------------------------------------------------------------------------


def test_rows_stand_by_prompt_then_label_and_steps_are_the_rows_that_write(see: See) -> None:
    seen = [
        see(H2, H1, H1, at="main:b@staging"),
        see(H2, H1, H1, at="main:b@production"),
        see(H1, H1, H1, at="main:a@production"),
        see(H1, ABSENT, ABSENT, at="main:c@production"),
    ]
    for some in permutations(seen):
        plan = planned(*some)
        assert [str(row.address) for row in plan.rows] == [
            "main:a@production",
            "main:b@production",
            "main:b@staging",
            "main:c@production",
        ]
        assert [str(step.address) for step in plan.steps] == [str(row.address) for row in plan.rows][1:]
        assert plan.target == "main"
        assert plan.guards == ()


def test_a_step_gives_git_s_content_and_expects_what_was_seen(see: See) -> None:
    seen = see(H2, H1, H1, reusable=Ref("3"))
    assert planned(seen).steps == (Step(seen.address, Action.UPDATE, H2, H1, (Ref("7"),), seen.version, Ref("3")),)


def test_a_first_version_expects_that_nobody_is_served(see: See) -> None:
    (step,) = planned(see(H1, ABSENT, ABSENT)).steps
    assert (step.action, step.want, step.expect, step.holders, step.reuse) == (Action.CREATE, H1, ABSENT, (), None)


def test_healing_a_split_label_names_both_holders(see: See) -> None:
    holders = (Holder(Ref("2"), H2), Holder(Ref("1"), H1))
    (step,) = planned(see(H1, H1, holders=holders, known=frozenset({H1, H2}))).steps
    assert (step.action, step.want, step.holders) == (Action.HEAL, H1, (Ref("2"), Ref("1")))


def test_retiring_wants_absence(see: See) -> None:
    seen = see(ABSENT, H1, H1, settings=Settings(Mode.UPSERT, Policy(prune=Prune.RETIRE)))
    (step,) = planned(seen).steps
    assert (step.action, step.want, step.expect, step.version) == (Action.RETIRE, ABSENT, H1, None)


DELETE = Settings(Mode.UPSERT, Policy(prune=Prune.DELETE))


def test_deleting_wants_absence_of_every_label(see: See) -> None:
    seen = [see(ABSENT, H1, H1, at=f"main:a@{label}", settings=DELETE) for label in ("production", "staging")]
    steps = planned(*seen, see(ABSENT, H1, ABSENT, at="main:a@third", settings=DELETE)).steps
    assert [(one.action, one.want, one.expect) for one in steps] == [(Action.DELETE, ABSENT, H1)] * 2


@pytest.mark.parametrize(
    ("sides", "rest", "state"),
    [
        pytest.param((H1, ABSENT, ABSENT), {}, State.PENDING_CREATE, id="declared under another label"),
        pytest.param((ABSENT, ABSENT, H2), {}, State.UNMANAGED, id="somebody uses a managed label"),
        pytest.param((ABSENT, H1, H2), {}, State.CONFLICT, id="somebody edited it under another label"),
        pytest.param((INVALID, H1, H1), {}, State.INVALID, id="its file cannot be read"),
    ],
)
def test_a_prompt_is_deleted_whole_or_not_at_all(
    see: See, sides: tuple[Side, Side, Side], rest: dict[str, Any], state: State
) -> None:
    seen = see(ABSENT, H1, H1, at="main:a@production", settings=DELETE)
    other = see(ABSENT, H1, H1, at="main:b@production", settings=DELETE)
    plan = planned(seen, see(*sides, at="main:a@staging", settings=DELETE, **rest), other)
    row = next(row for row in plan.rows if row.address == seen.address)
    assert row.verdict.action is Action.RETIRE
    assert f"its label staging stays ({state})" in row.verdict.reason
    assert [step.action for step in plan.steps if step.address == other.address] == [Action.DELETE], "by prompt"


def test_a_suspended_label_keeps_its_prompt(see: See, suspended: Suspension) -> None:
    seen = [
        see(ABSENT, H1, H1, at="main:a@production", settings=DELETE),
        see(ABSENT, H1, H1, at="main:a@staging", settings=DELETE, suspension=suspended),
    ]
    assert [row.verdict.action for row in planned(*seen).rows] == [Action.RETIRE, Action.HOLD]


BOTH = (Holder(Ref("2"), H2), Holder(Ref("1"), H1))


@pytest.mark.parametrize(
    ("seen", "taken"),
    [
        pytest.param({"sides": (H2, H1, H1)}, (), id="what was agreed on is reviewed"),
        pytest.param({"sides": (H2, H1, H3), "known": frozenset({H3})}, (), id="so is what Git holds"),
        pytest.param({"sides": (H2, H1, H3), "decided": H3}, ("7",), id="a decision over what nobody reviewed"),
        pytest.param({"sides": (H2, ABSENT, H3), "decided": H3}, ("7",), id="a decision at first contact"),
        pytest.param({"sides": (H1, ABSENT, ABSENT)}, (), id="nobody is served yet"),
        pytest.param({"sides": (H2, H1, H3), "intended": H3}, (), id="an unfinished sync's own work"),
        pytest.param({"sides": (H1, H1, H3), "policy": Policy(platform_ahead=WhenAhead.REVERT)}, ("7",), id="revert"),
        pytest.param({"sides": (H1, H1, ABSENT), "policy": Policy(missing=WhenMissing.REVERT)}, (), id="put back"),
        pytest.param({"sides": (H1, H1, ABSENT), "holders": BOTH, "known": frozenset({H2})}, (), id="heal"),
        pytest.param({"sides": (H1, H1, ABSENT), "holders": BOTH, "decided": H2}, ("2",), id="heal by decision"),
        pytest.param({"sides": (ABSENT, H1, H1), "policy": Policy(prune=Prune.RETIRE)}, ("7",), id="retire"),
        pytest.param({"sides": (ABSENT, H1, H1), "policy": Policy(prune=Prune.DELETE)}, ("7",), id="delete"),
    ],
)
def test_what_a_step_takes_away_and_nobody_reviewed_is_archived_first(
    see: See, decided: Callable[[Side], Decision], seen: dict[str, Any], taken: tuple[str, ...]
) -> None:
    rest = dict(seen)
    settings = Settings(Mode.UPSERT, rest.pop("policy", Policy()))
    decision = {"decision": decided(rest.pop("decided"))} if "decided" in rest else {}
    (step,) = planned(see(*rest.pop("sides"), settings=settings, **decision, **rest)).steps
    assert step.archive == taken


@pytest.mark.parametrize(
    ("seen", "forgotten"),
    [
        pytest.param([((ABSENT, H1, ABSENT), "production", {})], ("a",), id="gone on both sides"),
        pytest.param([((ABSENT, H1, ABSENT), "production", {"prompt_lives": True})], (), id="only the label is gone"),
        pytest.param([((ABSENT, H1, ABSENT), "production", {"kept": "so"})], (), id="kept"),
        pytest.param([((ABSENT, ABSENT, ABSENT), "production", {})], (), id="nothing was known of it"),
        pytest.param(
            [((ABSENT, H1, ABSENT), "production", {}), ((H1, H1, ABSENT), "staging", {})], (), id="declared elsewhere"
        ),
    ],
)
def test_a_prompt_that_is_gone_on_both_sides_is_forgotten(
    see: See, seen: list[tuple[tuple[Side, Side, Side], str, dict[str, Any]]], forgotten: tuple[str, ...]
) -> None:
    plan = planned(*(see(*sides, at=f"main:a@{label}", **rest) for sides, label, rest in seen))
    assert plan.forgotten == forgotten


def test_nothing_to_write_is_a_plan_without_steps(see: See) -> None:
    plan = planned(see(H1, H1, H1), see(H2, H1, H3, at="main:b@production"))
    assert len(plan.rows) == 2
    assert plan.steps == ()
    assert planned().rows == ()


# --- The digest ---------------------------------------------------------------------------------------------------


def test_the_digest_does_not_depend_on_the_order_in_which_addresses_were_seen(see: See) -> None:
    seen = [see(H2, H1, H1, at=f"main:{prompt}@{label}") for prompt in "abc" for label in ("p", "q")]
    assert digest_of(planned(*seen)) == digest_of(planned(*reversed(seen)))


def test_the_digest_does_not_depend_on_what_is_not_written(see: See) -> None:
    step = see(H2, H1, H1)
    held = see(H2, H1, H3, at="main:a@production")
    assert digest_of(planned(step, held)) == digest_of(planned(step))


def test_the_digest_is_fixed(see: See) -> None:
    """A plan file made by an earlier release must still be told from a stale one."""
    assert digest_of(planned(see(H2, H1, H1))).startswith("sha256:")
    assert digest_of(planned(see(H2, H1, H1))) == digest_of(planned(see(H2, H1, H1)))
    assert digest_of(planned()) == digest_of(planned(see(H1, H1, H1)))


def test_whatever_a_step_would_do_otherwise_changes_the_digest(see: See) -> None:
    known = frozenset({H1, H2, H3})
    both = (Holder(Ref("7"), H1), Holder(Ref("8"), H2))
    base = see(H2, H1, H1, known=known)
    others = [
        replace(base, address=Address("other", "support", "production")),
        replace(base, address=Address("main", "other", "production")),
        replace(base, address=Address("main", "support", "staging")),
        replace(base, git=H3),
        see(H2, H1, H3, known=known),
        replace(base, holders=(Holder(Ref("8"), H1),)),
        replace(base, holders=both),
        replace(base, settings=Settings(Mode.CREATE_ONLY, Policy())),
        see(H1, H1, H1),
    ]
    digests = [digest_of(planned(one)) for one in (base, *others)]
    digests += [digest("acme2", "tree", planned(base).rows), digest("acme", "tree2", planned(base).rows)]
    digests += [digest_of(planned(base, replace(base, address=Address("main", "z", "production"))))]
    assert len(set(digests)) == len(digests)


# --- Bases that only the ledger lacks -----------------------------------------------------------------------------

AT = ("support", "production")


@pytest.mark.parametrize(
    ("sides", "intended", "settled"),
    [
        pytest.param((H1, H1, H1), None, "nothing", id="on record"),
        pytest.param((H1, ABSENT, H1), None, H1, id="never on record"),
        pytest.param((H2, H1, H2), None, H2, id="the record was lost after the write"),
        pytest.param((ABSENT, H1, ABSENT), None, None, id="gone on both sides is forgotten"),
        pytest.param((ABSENT, ABSENT, ABSENT), None, "nothing", id="nothing to forget"),
        pytest.param((H2, H1, H1), None, "nothing", id="not in sync"),
        pytest.param((H3, H1, H2), H2, H2, id="an unfinished sync's work, and Git has moved on"),
        pytest.param((H3, ABSENT, H2), H2, H2, id="an unfinished sync's first version, and Git has moved on"),
        pytest.param((H3, H2, H2), H2, "nothing", id="an unfinished sync's work that is on record"),
        pytest.param((H3, H1, H1), H2, "nothing", id="an unfinished sync that never got there"),
        pytest.param((H3, H1, ABSENT), H2, "nothing", id="an unfinished sync whose label is gone"),
        pytest.param((H3, H1, UNKNOWN), H2, "nothing", id="an unfinished sync and a platform that is down"),
        pytest.param((ABSENT, H1, H2), H2, H2, id="an unfinished sync's work that Git has given up"),
    ],
)
def test_what_agrees_is_settled_in_the_ledger(
    see: See, sides: tuple[Side, Side, Side], intended: ContentHash | None, settled: ContentHash | str | None
) -> None:
    found = planned(see(*sides, intended=intended)).settled
    if settled == "nothing":
        assert found == {}
        return
    assert list(found) == [AT]
    base = found[AT]
    assert (None if base is None else base.hash) == settled


def test_what_is_split_is_no_unfinished_work(see: See) -> None:
    holders = (Holder(Ref("7"), H2), Holder(Ref("8"), H3))
    assert planned(see(H1, H1, H2, intended=H2, holders=holders)).settled == {}


def test_a_settled_base_names_its_version_key_commit_and_time(see: See) -> None:
    holders = (Holder(Ref("41"), H1),)
    assert planned(see(H1, ABSENT, H1, holders=holders)).settled == {AT: Base(H1, Ref("41"), "v2", COMMIT, TIME)}


def test_content_that_git_no_longer_asks_for_is_settled_without_a_key(see: See) -> None:
    assert planned(see(H3, H1, H2, intended=H2)).settled == {AT: Base(H2, Ref("7"), "", COMMIT, TIME)}
    assert planned(see(ABSENT, H1, H2, intended=H2)).settled == {AT: Base(H2, Ref("7"), "", COMMIT, TIME)}


# --- A plan that was applied --------------------------------------------------------------------------------------


def applied(plan: TargetPlan) -> Iterable[Observation]:
    """Do to the observations what a faultless platform and ledger would make of a plan."""
    steps = {step.address: step for step in plan.steps}
    for row in plan.rows:
        seen, at = row.seen, (row.address.prompt, row.address.label)
        if at in plan.settled:
            seen = replace(seen, base=plan.settled[at])
        step = steps.get(row.address)
        yield replace(seen if step is None else _after(seen, step), intended=None)


def _after(seen: Observation, step: Step) -> Observation:
    if step.action is Action.PUBLISH:
        return replace(seen, reusable=Ref("90"), prompt_lives=True)
    if step.want is ABSENT:
        return replace(seen, holders=(), base=None, decision=None)
    assert not isinstance(step.want, Gap)
    ref = step.reuse or Ref("90")
    base = Base(step.want, ref, "v2", COMMIT, TIME)
    return replace(seen, holders=(Holder(ref, step.want),), base=base, decision=None, prompt_lives=True)


law = settings(deadline=None, max_examples=120)


@law
@given(data=st.data())
def test_a_plan_that_was_applied_leaves_nothing_to_write(
    observations: st.SearchStrategy[Observation], data: st.DataObject
) -> None:
    first = planned(*data.draw(st.lists(observations, max_size=3, unique_by=lambda seen: seen.address)))
    second = planned(*applied(first))
    assert second.steps == ()
    assert planned(*applied(second)) == second
    done = {step.address for step in first.steps if step.action is not Action.PUBLISH}
    after = {row.verdict.state for row in second.rows if row.address in done}
    # A healed label is one again; whatever was wrong with it beside that is told next.
    assert after <= {State.IN_SYNC, State.UNSUPPORTED, State.FOREIGN}


@law
@given(data=st.data())
def test_what_is_settled_once_is_not_settled_again(
    observations: st.SearchStrategy[Observation], data: st.DataObject
) -> None:
    first = planned(data.draw(observations))
    assert planned(*applied(first)).settled == {}


@law
@given(data=st.data())
def test_a_base_is_settled_only_where_the_platform_serves_it(
    observations: st.SearchStrategy[Observation], data: st.DataObject
) -> None:
    seen = data.draw(observations)
    for base in planned(seen).settled.values():
        if base is None:
            assert seen.git is ABSENT
            assert seen.live is ABSENT
        else:
            assert base.hash == seen.live
            assert base.hash in {seen.git, seen.intended}
            assert seen.holders is not None
            assert (base.ref, base.hash) in {(holder.ref, holder.hash) for holder in seen.holders}


@law
@given(data=st.data())
def test_steps_and_digest_follow_from_the_rows_alone(
    observations: st.SearchStrategy[Observation], data: st.DataObject
) -> None:
    seen = data.draw(st.lists(observations, max_size=4, unique_by=lambda one: one.address))
    plan, turned = planned(*seen), planned(*reversed(seen))
    assert plan == turned
    assert digest_of(plan) == digest_of(turned)
    assert [step.address for step in plan.steps] == [r.address for r in plan.rows if r.verdict.action in WRITES]
    assert all(step.expect is not UNKNOWN and step.want is not UNKNOWN for step in plan.steps)


def test_a_suspended_address_has_no_step(see: See, suspended: Suspension) -> None:
    assert planned(see(H2, H1, H1, suspension=suspended)).steps == ()


def test_a_decision_makes_a_step_that_expects_what_it_names(see: See, decided: Callable[[Side], Decision]) -> None:
    (step,) = planned(see(H2, H1, H3, decision=decided(H3))).steps
    assert (step.action, step.want, step.expect) == (Action.UPDATE, H2, H3)


def test_a_row_is_about_its_observation_s_address(see: See) -> None:
    (row,) = planned(see(H1, H1, H1)).rows
    assert isinstance(row, Row)
    assert row.address == row.seen.address
