"""Each guard: when it stands in the way, at its very edge, and what opens it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mooring.core.address import ABSENT, UNKNOWN, ContentHash, Gap, Ref, Side
from mooring.core.guard import Allowances, Guard, GuardKind, Whole, guards, secrets_guard
from mooring.core.judge import Action
from mooring.core.memory import Base, Decision
from mooring.core.observation import Holder, Observation
from mooring.core.policy import Limit, Limits, Mode, Policy, Prune, Settings, WhenAhead
from mooring.core.row import judged

H1, H2, H3 = (ContentHash("sha256:" + digit * 64) for digit in "123")
See = Callable[..., Observation]
Decided = Callable[[Side], Decision]

CALM = Whole(source_prompts=1, live_prompts=1, ours_live=1, ledger_empty=False, tree_unchanged=False)
RETIRE = Settings(Mode.UPSERT, Policy(prune=Prune.RETIRE))
DELETE = Settings(Mode.UPSERT, Policy(prune=Prune.DELETE))


def fleet(see: See, count: int, *sides: Side, start: int = 0, **rest: Any) -> list[Observation]:
    return [see(*sides, at=f"main:p{start + n:04}@production", **rest) for n in range(count)]


def updating(see: See, updates: int, still: int) -> list[Observation]:
    return fleet(see, updates, H2, H1, H1) + fleet(see, still, H1, H1, H1, start=5000)


def met(
    seen: list[Observation],
    whole: Whole = CALM,
    limits: Limits = Limits(),
    allowed: Allowances = Allowances(),
) -> dict[GuardKind, Guard]:
    found = guards(judged(seen), whole, limits, allowed)
    assert len({guard.kind for guard in found}) == len(found)
    assert all(guard.message and guard.fix for guard in found)
    return {guard.kind: guard for guard in found}


# --- How many -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("updates", "still", "stands"),
    [(3, 7, False), (4, 6, True), (6, 14, False), (7, 13, True), (10, 0, True), (0, 10, False), (9, 0, False)],
)
def test_updates_beyond_a_share_stand_in_the_way(see: See, updates: int, still: int, stands: bool) -> None:
    assert (GuardKind.UPDATES in met(updating(see, updates, still))) is stands


@pytest.mark.parametrize(("existing", "stands"), [(9, False), (10, True), (11, True)])
def test_a_share_counts_only_from_min_existing_on(see: See, existing: int, stands: bool) -> None:
    assert (GuardKind.UPDATES in met(updating(see, existing, 0))) is stands
    assert (GuardKind.DELETES in met(fleet(see, existing, ABSENT, H1, H1, settings=RETIRE))) is stands


def test_what_is_not_live_does_not_exist(see: See) -> None:
    absent = fleet(see, 50, H1, ABSENT, ABSENT, start=100)
    unread = fleet(see, 50, H1, H1, UNKNOWN, start=200)
    assert met([*updating(see, 9, 0), *absent, *unread]) == {}
    assert (
        "change what is served for 10 of 10 addresses"
        in met([*updating(see, 10, 0), *absent])[GuardKind.UPDATES].message
    )


@pytest.mark.parametrize(
    ("limit", "updates", "stands"), [(2, 2, False), (2, 3, True), (0, 1, True), (0, 0, False), (5, 4, False)]
)
def test_a_number_counts_however_little_there_is(see: See, limit: int, updates: int, stands: bool) -> None:
    limits = Limits(updates=Limit(None, limit))
    assert (GuardKind.UPDATES in met(updating(see, updates, 1), limits=limits)) is stands


def test_reverts_and_heals_change_what_is_served_too(see: See) -> None:
    reverts = fleet(see, 4, H1, H1, H3, settings=Settings(Mode.UPSERT, Policy(platform_ahead=WhenAhead.REVERT)))
    holders = (Holder(Ref("1"), H1), Holder(Ref("2"), H2))
    heals = fleet(see, 4, H1, H1, holders=holders, known=frozenset({H1, H2}), start=100)
    for some in (reverts, heals):
        assert GuardKind.UPDATES in met(some + fleet(see, 6, H1, H1, H1, start=5000))


def test_what_nobody_is_served_yet_and_what_is_held_is_no_update(see: See) -> None:
    still = fleet(see, 10, H1, H1, H1, start=5000)
    assert met(fleet(see, 30, H1, ABSENT, ABSENT) + still) == {}
    assert met(fleet(see, 30, H2, H1, H3) + still) == {}
    assert met(fleet(see, 30, H2, H1, H1, settings=Settings(Mode.OBSERVE, Policy())) + still) == {}
    assert met(fleet(see, 30, H2, H1, H1, settings=Settings(Mode.CREATE_ONLY, Policy())) + still) == {}


@pytest.mark.parametrize(("deletes", "still", "stands"), [(1, 9, False), (2, 8, True), (2, 18, False), (3, 17, True)])
def test_deletes_have_a_limit_of_their_own(see: See, deletes: int, still: int, stands: bool) -> None:
    seen = fleet(see, deletes, ABSENT, H1, H1, settings=RETIRE) + fleet(see, still, H1, H1, H1, start=5000)
    assert set(met(seen)) == ({GuardKind.DELETES} if stands else set())
    assert met(seen, limits=Limits(deletes=Limit(None, deletes))) == {}
    assert set(met(seen, limits=Limits(deletes=Limit(None, deletes - 1)))) == {GuardKind.DELETES}


def test_what_is_only_reported_as_prunable_is_no_delete(see: See) -> None:
    assert met(fleet(see, 50, ABSENT, H1, H1)) == {}


@pytest.mark.parametrize(("given_number", "opens"), [(4, True), (3, False), (5, False), (None, False), (0, False)])
def test_the_number_that_opens_must_match(see: See, given_number: int | None, opens: bool) -> None:
    updates = met(updating(see, 4, 6), allowed=Allowances(updates=given_number, deletes=4))[GuardKind.UPDATES]
    assert updates.open is opens
    assert updates.fix == "--allow-updates 4"
    seen = fleet(see, 4, ABSENT, H1, H1, settings=RETIRE) + fleet(see, 6, H1, H1, H1, start=5000)
    deletes = met(seen, allowed=Allowances(deletes=given_number, updates=4))[GuardKind.DELETES]
    assert deletes.open is opens
    assert deletes.fix == "--allow-deletes 4"


def test_the_message_says_how_many_of_how_many_and_the_limit(see: See) -> None:
    updates = met(updating(see, 4, 6))[GuardKind.UPDATES]
    assert updates.message == (
        "The plan would change what is served for 4 of 10 addresses; at most 3 are allowed in one run"
    )
    seen = fleet(see, 2, ABSENT, H1, H1, settings=RETIRE) + fleet(see, 8, H1, H1, H1, start=5000)
    assert met(seen)[GuardKind.DELETES].message == (
        "The plan would take the label off 2 of 10 addresses; at most 1 are allowed in one run"
    )


# --- An empty side ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("based", "source", "stands"), [(1, 0, True), (30, 0, True), (0, 0, False), (1, 1, False), (30, 1, False)]
)
def test_an_empty_source_where_something_was_synced(see: See, based: int, source: int, stands: bool) -> None:
    seen = fleet(see, based, ABSENT, H1, H1) + fleet(see, 3, ABSENT, ABSENT, H1, start=5000)
    whole = replace(CALM, source_prompts=source)
    assert set(met(seen, whole)) == ({GuardKind.EMPTY_SOURCE} if stands else set())


def test_an_empty_source_is_opened_by_its_flag_alone(see: See) -> None:
    whole = replace(CALM, source_prompts=0)
    others = Allowances(updates=1, deletes=1, lost_ledger=True, history=("a", "b"), takeover=frozenset({"acme-other"}))
    for allowed, opens in ((others, False), (Allowances(empty_source=True), True)):
        guard = met(fleet(see, 1, ABSENT, H1, H1), whole, allowed=allowed)[GuardKind.EMPTY_SOURCE]
        assert guard.open is opens
        assert guard.fix == "--allow-empty-source"
        assert "1 addresses were synced before" in guard.message


@pytest.mark.parametrize(
    ("based", "live_prompts", "stands"), [(2, 0, True), (1, 0, False), (0, 0, False), (2, 1, False)]
)
def test_a_target_that_turned_empty(see: See, based: int, live_prompts: int, stands: bool) -> None:
    seen = fleet(see, based, H1, H1, ABSENT) + fleet(see, 3, H1, ABSENT, ABSENT, start=5000)
    whole = replace(CALM, live_prompts=live_prompts, ours_live=0)
    assert set(met(seen, whole)) == ({GuardKind.EMPTIED_TARGET} if stands else set())


@pytest.mark.parametrize("live", [UNKNOWN, H1])
def test_a_target_that_could_not_be_read_or_serves_one_thing_is_not_empty(see: See, live: Side) -> None:
    seen = [*fleet(see, 3, H1, H1, ABSENT), see(H1, H1, live, at="main:q@production")]
    assert met(seen, replace(CALM, live_prompts=0, ours_live=0)) == {}


def test_an_emptied_target_is_opened_by_a_decision_on_every_address_that_was_synced(see: See, decided: Decided) -> None:
    whole = replace(CALM, live_prompts=0, ours_live=0)
    resolved = fleet(see, 3, H1, H1, ABSENT, decision=decided(ABSENT))
    fresh = fleet(see, 2, H1, ABSENT, ABSENT, start=5000)
    assert met(resolved + fresh, whole)[GuardKind.EMPTIED_TARGET].open
    one_left = [*resolved[:2], *fleet(see, 1, H1, H1, ABSENT, start=2)]
    everything = Allowances(3, 3, empty_source=True, history=("a", "b"), lost_ledger=True, takeover=frozenset({"x"}))
    closed = met(one_left + fresh, whole, allowed=everything)[GuardKind.EMPTIED_TARGET]
    assert not closed.open
    assert "3 addresses were synced before" in closed.message


# --- The ledger and the hashes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("empty", "ours", "stands"), [(True, 1, True), (True, 0, False), (False, 7, False)])
def test_an_empty_ledger_beside_prompts_that_carry_our_mark_was_lost(
    see: See, empty: bool, ours: int, stands: bool
) -> None:
    seen = fleet(see, 3, H1, ABSENT, H2)
    found = met(seen, replace(CALM, ledger_empty=empty, ours_live=ours))
    assert set(found) == ({GuardKind.LOST_LEDGER} if stands else set())


def test_a_lost_ledger_is_opened_by_its_flag_alone(see: See) -> None:
    whole = replace(CALM, ledger_empty=True, ours_live=7)
    for allowed, opens in ((Allowances(1, 1, empty_source=True), False), (Allowances(lost_ledger=True), True)):
        guard = met(fleet(see, 1, H1, ABSENT, H2), whole, allowed=allowed)[GuardKind.LOST_LEDGER]
        assert guard.open is opens
        assert guard.fix == "--accept-lost-ledger"
        assert "7 live prompts" in guard.message


UNCHANGED = replace(CALM, tree_unchanged=True)


def rehashed(see: See, count: int) -> list[Observation]:
    """Git and the platform say something other than the base, on the version that the base names."""
    return fleet(see, count, H2, H1, H3)


@pytest.mark.parametrize(
    ("changed", "still", "stands"),
    [(3, 7, False), (4, 6, True), (9, 0, False), (10, 0, True), (6, 14, False), (7, 13, True)],
)
def test_a_mass_change_with_no_change_on_either_side(see: See, changed: int, still: int, stands: bool) -> None:
    seen = rehashed(see, changed) + fleet(see, still, H1, H1, H1, start=5000)
    assert set(met(seen, UNCHANGED)) == ({GuardKind.HASHES} if stands else set())


def test_nothing_opens_the_guard_of_the_hashes(see: See) -> None:
    everything = Allowances(10, 10, empty_source=True, history=("a", "b"), lost_ledger=True, takeover=frozenset({"x"}))
    guard = met(rehashed(see, 10), UNCHANGED, allowed=everything)[GuardKind.HASHES]
    assert not guard.open
    assert "The hashes of 10 of 10 addresses changed" in guard.message


def test_a_change_in_git_explains_new_hashes(see: See) -> None:
    assert met(rehashed(see, 10), CALM) == {}


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param({"holders": (Holder(Ref("8"), H3),)}, id="somebody moved the label"),
        pytest.param({"holders": ()}, id="the label is gone"),
        pytest.param({"holders": None}, id="the platform is down"),
        pytest.param({"holders": (Holder(Ref("7"), H3), Holder(Ref("8"), H3))}, id="two versions hold the label"),
        pytest.param({"base": None}, id="never synced"),
        pytest.param({"git": H1}, id="only the platform's side changed"),
        pytest.param(
            {"holders": (Holder(Ref("7"), H1),), "settings": Settings(Mode.OBSERVE, Policy())}, id="only Git's"
        ),
        pytest.param({"git": ABSENT, "version": None}, id="Git no longer declares it"),
    ],
)
def test_what_has_another_explanation_is_not_counted(see: See, rest: dict[str, Any]) -> None:
    seen = [replace(one, **rest) for one in rehashed(see, 10)] + fleet(see, 10, H1, H1, H1, start=5000)
    assert GuardKind.HASHES in met(rehashed(see, 10) + seen[10:], UNCHANGED)
    assert GuardKind.HASHES not in met(seen, UNCHANGED)


def test_only_what_was_synced_counts_as_existing_for_the_hashes(see: See) -> None:
    new = fleet(see, 100, H1, ABSENT, ABSENT, start=5000)
    assert GuardKind.HASHES not in met(rehashed(see, 9) + new, UNCHANGED)
    assert GuardKind.HASHES in met(rehashed(see, 10) + new, UNCHANGED)


# --- All together -------------------------------------------------------------------------------------------------


def test_several_guards_are_met_at_once_and_each_is_opened_alone(see: See) -> None:
    seen = fleet(see, 10, ABSENT, H1, H1, settings=RETIRE)
    whole = Whole(source_prompts=0, live_prompts=10, ours_live=10, ledger_empty=True, tree_unchanged=False)
    found = met(seen, whole, allowed=Allowances(deletes=10, lost_ledger=True))
    assert {kind: guard.open for kind, guard in found.items()} == {
        GuardKind.DELETES: True,
        GuardKind.EMPTY_SOURCE: False,
        GuardKind.LOST_LEDGER: True,
    }


def test_nothing_seen_meets_no_guard() -> None:
    whole = Whole(source_prompts=0, live_prompts=0, ours_live=0, ledger_empty=True, tree_unchanged=True)
    assert met([], whole) == {}


@pytest.mark.parametrize(
    ("allowed", "words"),
    [
        (Allowances(), ()),
        (Allowances(updates=112), ("updates=112",)),
        (Allowances(updates=0), ("updates=0",)),
        (Allowances(deletes=3, empty_source=True), ("deletes=3", "empty-source=True")),
        (Allowances(history=("abc", "def"), lost_ledger=True), ("history=abc..def", "lost-ledger=True")),
        (Allowances(takeover=frozenset({"b", "a"})), ("takeover=a b",)),
    ],
)
def test_what_was_allowed_goes_on_record(allowed: Allowances, words: tuple[str, ...]) -> None:
    assert allowed.words() == words


@pytest.mark.parametrize(
    ("flags", "words", "allowed"),
    [
        (Allowances(), [], Allowances()),
        (Allowances(), ["updates=112"], Allowances(updates=112)),
        (Allowances(), ["deletes=3", "updates=0"], Allowances(updates=0, deletes=3)),
        (Allowances(updates=1, deletes=0), ["updates=112", "deletes=3"], Allowances(updates=1, deletes=0)),
        (Allowances(), ["updates=many", "deletes=-3"], Allowances()),
        (Allowances(), ["updates", "updates="], Allowances()),
        (Allowances(), ["empty-source=True", "lost-ledger"], Allowances(empty_source=True, lost_ledger=True)),
        (Allowances(empty_source=True, lost_ledger=True), [], Allowances(empty_source=True, lost_ledger=True)),
        (Allowances(), ["history=abc..def"], Allowances(history=("abc", "def"))),
        (Allowances(), ["history=abc"], Allowances()),
        (Allowances(history=("x", "y")), ["history=abc..def"], Allowances(history=("x", "y"))),
        (Allowances(takeover=frozenset({"a"})), ["takeover=b c"], Allowances(takeover=frozenset({"a", "b", "c"}))),
        (Allowances(), ["everything=True"], Allowances()),
    ],
)
def test_trailers_allow_what_flags_do_not_say(flags: Allowances, words: list[str], allowed: Allowances) -> None:
    assert flags.with_words(words) == allowed


counts = st.none() | st.integers(0, 1000)
ids = st.text("abc-", min_size=1, max_size=4)


@settings(deadline=None, max_examples=100)
@given(
    st.builds(
        Allowances, counts, counts, st.booleans(), st.none() | st.tuples(ids, ids), st.booleans(), st.frozensets(ids)
    )
)
def test_what_went_on_record_can_be_allowed_again(allowed: Allowances) -> None:
    assert Allowances().with_words(allowed.words()) == allowed
    assert allowed.with_words(allowed.words()) == allowed


@settings(deadline=None, max_examples=100)
@given(data=st.data(), updates=st.integers(0, 4), deletes=st.integers(0, 4))
def test_beyond_a_number_it_stands_up_to_it_it_does_not(
    observations: st.SearchStrategy[Observation], data: st.DataObject, updates: int, deletes: int
) -> None:
    seen = data.draw(st.lists(observations, max_size=6))
    limits = Limits(Limit(None, updates), Limit(None, deletes))
    found = met(seen, limits=limits)
    actions = [row.verdict.action for row in judged(seen)]
    moving = sum(action in {Action.UPDATE, Action.REVERT, Action.HEAL} for action in actions)
    assert (GuardKind.UPDATES in found) is (moving > updates)
    removing = sum(action in {Action.RETIRE, Action.DELETE} for action in actions)
    assert (GuardKind.DELETES in found) is (removing > deletes)


@pytest.mark.parametrize(
    ("deleted", "retired", "said"),
    [
        (3, 0, "would delete the prompts of 3 of 3 addresses"),
        (0, 3, "would take the label off 3 of 3 addresses"),
        (2, 1, "would delete the prompts of or take the label off 3 of 3 addresses"),
    ],
)
def test_deletions_and_labels_taken_off_count_together(see: See, deleted: int, retired: int, said: str) -> None:
    seen = [
        *fleet(see, deleted, ABSENT, H1, H1, settings=DELETE),
        *fleet(see, retired, ABSENT, H1, H1, start=100, settings=RETIRE),
    ]
    limits = Limits(deletes=Limit(None, 2))
    guard = met(seen, limits=limits)[GuardKind.DELETES]
    assert said in guard.message
    assert (guard.fix, guard.open) == ("--allow-deletes 3", False)
    assert met(seen, limits=limits, allowed=Allowances(deletes=3))[GuardKind.DELETES].open


def test_the_fixture_s_base_names_the_version_that_is_served(see: See) -> None:
    seen = see(H2, H1, H3)
    assert isinstance(seen.base, Base)
    assert seen.holders is not None
    assert seen.base.ref == seen.holders[0].ref
    assert not isinstance(seen.live, Gap)


def test_what_looks_like_a_secret_is_told_so_far_as_a_person_reads_and_opened_by_no_flag() -> None:
    assert secrets_guard(()) is None
    few, many = secrets_guard(["a.yaml: AWS at /body"]), secrets_guard([f"{n}.yaml" for n in range(7)])
    assert few is not None
    assert many is not None
    assert (few.kind, few.open, few.message.partition(": ")[2]) == (GuardKind.SECRETS, False, "a.yaml: AWS at /body")
    assert many.message.endswith("0.yaml; 1.yaml; 2.yaml; 3.yaml; 4.yaml; and 2 more")
    assert "fingerprint" in many.fix
