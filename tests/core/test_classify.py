"""The state table: enumerated whole against a literal transcription, by named cases, and by laws."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mooring.core.address import ABSENT, INVALID, UNKNOWN, ContentHash, Gap, Side
from mooring.core.classify import Sides, classify
from mooring.core.state import Group, State, group_of

H1, H2, H3 = (ContentHash("sha256:" + digit * 64) for digit in "123")
SIDES: tuple[Side, ...] = (ABSENT, UNKNOWN, INVALID, H1, H2, H3)
SUBSETS = [frozenset(some) for size in range(4) for some in combinations((H1, H2, H3), size)]

# The table of the design, row by row and in its order; the first row that fits wins.
TABLE: list[tuple[State, Callable[[Side, Side, Side, Sides], bool]]] = [
    (State.INVALID, lambda g, b, p, s: g is INVALID),
    (State.UNKNOWN, lambda g, b, p, s: g is UNKNOWN or b is UNKNOWN or p is UNKNOWN),
    (State.SPLIT_LABEL, lambda g, b, p, s: s.split),
    (State.UNSUPPORTED, lambda g, b, p, s: s.unsupported),
    (State.FOREIGN, lambda g, b, p, s: g is not ABSENT and s.foreign),
    (State.IN_SYNC, lambda g, b, p, s: g == p),
    (State.UNMANAGED, lambda g, b, p, s: g is ABSENT and b is ABSENT),
    (State.PENDING_CREATE, lambda g, b, p, s: b is ABSENT and p is ABSENT),
    (State.UNADOPTED, lambda g, b, p, s: b is ABSENT and g is not ABSENT and p is not ABSENT),
    (State.GIT_AHEAD, lambda g, b, p, s: g is not ABSENT and g != b and (p == b or p in s.known)),
    (State.PRUNE_PENDING, lambda g, b, p, s: g is ABSENT and p == b),
    (State.MISSING, lambda g, b, p, s: g == b and p is ABSENT),
    (State.RELABELLED, lambda g, b, p, s: g == b and p != b and p in s.known),
    (State.PLATFORM_AHEAD, lambda g, b, p, s: g == b and p not in s.known),
    (State.CONFLICT, lambda g, b, p, s: True),
]


def expected(sides: Sides) -> State:
    return next(state for state, fits in TABLE if fits(sides.git, sides.base, sides.live, sides))


def every_combination() -> Iterator[Sides]:
    flags = (False, True)
    for git, base, live, known, split, unsupported, foreign in product(
        SIDES, SIDES, SIDES, SUBSETS, flags, flags, flags
    ):
        yield Sides(git, base, live, known, split=split, unsupported=unsupported, foreign=foreign)


def test_every_combination_has_the_state_that_the_table_gives() -> None:
    wrong = [(sides, expected(sides), classify(sides)) for sides in every_combination()]
    wrong = [row for row in wrong if row[1] is not row[2]]
    assert not wrong, f"{len(wrong)} combinations differ, first: {wrong[0]}"


def test_the_enumeration_is_whole_and_reaches_every_state() -> None:
    counted = Counter(classify(sides) for sides in every_combination())
    assert sum(counted.values()) == 6**3 * 8 * 2**3
    assert set(counted) == set(State)


def test_the_table_has_a_row_for_each_state_in_the_order_of_the_enum() -> None:
    assert [state for state, _ in TABLE] == list(State)


# git, base, live, known
CASES: dict[str, tuple[Side, Side, Side, set[ContentHash], State]] = {
    "a broken file": (INVALID, H1, H1, {H1}, State.INVALID),
    "a broken file, before anything was synced": (INVALID, ABSENT, ABSENT, set(), State.INVALID),
    "a broken file while the platform is down": (INVALID, H1, UNKNOWN, set(), State.INVALID),
    "a broken file while the ledger cannot be read": (INVALID, UNKNOWN, H1, set(), State.INVALID),
    "the platform is down": (H1, H1, UNKNOWN, {H1}, State.UNKNOWN),
    "the platform is down and Git has nothing": (ABSENT, H1, UNKNOWN, {H1}, State.UNKNOWN),
    "the ledger cannot be read though both sides agree": (H1, UNKNOWN, H1, {H1}, State.UNKNOWN),
    "the ledger cannot be read and nothing is live": (H1, UNKNOWN, ABSENT, {H1}, State.UNKNOWN),
    "Git does not answer": (UNKNOWN, H1, H1, {H1}, State.UNKNOWN),
    "all agree": (H1, H1, H1, {H1}, State.IN_SYNC),
    "both sides agree and nothing is on record": (H1, ABSENT, H1, {H1}, State.IN_SYNC),
    "the record was lost after the write": (H2, H1, H2, {H1, H2}, State.IN_SYNC),
    "Git took over what somebody made by hand": (H2, H1, H2, {H2}, State.IN_SYNC),
    "gone on both sides": (ABSENT, H1, ABSENT, set(), State.IN_SYNC),
    "only on the platform": (ABSENT, ABSENT, H1, set(), State.UNMANAGED),
    "only on the platform, once reviewed": (ABSENT, ABSENT, H1, {H1}, State.UNMANAGED),
    "new in Git": (H1, ABSENT, ABSENT, {H1}, State.PENDING_CREATE),
    "first contact": (H1, ABSENT, H2, {H1}, State.UNADOPTED),
    "first contact with reviewed content": (H1, ABSENT, H2, {H1, H2}, State.UNADOPTED),
    "a change in Git": (H2, H1, H1, {H1, H2}, State.GIT_AHEAD),
    "a change in Git though nobody knows the base any more": (H2, H1, H1, set(), State.GIT_AHEAD),
    "a fix over a rollback by hand": (H3, H2, H1, {H1, H2, H3}, State.GIT_AHEAD),
    "a revert in Git": (H1, H2, H2, {H1, H2}, State.GIT_AHEAD),
    "a change in Git while the label is gone": (H2, H1, ABSENT, {H1, H2}, State.CONFLICT),
    "taken out of Git": (ABSENT, H1, H1, {H1}, State.PRUNE_PENDING),
    "taken out of Git, its history with it": (ABSENT, H1, H1, set(), State.PRUNE_PENDING),
    "the label is gone": (H1, H1, ABSENT, {H1}, State.MISSING),
    "a rollback by hand": (H2, H2, H1, {H1, H2}, State.RELABELLED),
    "a promotion by hand": (H1, H1, H2, {H1, H2}, State.RELABELLED),
    "an edit by hand": (H1, H1, H2, {H1}, State.PLATFORM_AHEAD),
    "an edit by hand where nothing is known": (H1, H1, H2, set(), State.PLATFORM_AHEAD),
    "both moved": (H2, H1, H3, {H1, H2}, State.CONFLICT),
    "taken out of Git, edited on the platform": (ABSENT, H1, H2, {H1}, State.CONFLICT),
    "taken out of Git, rolled back on the platform": (ABSENT, H2, H1, {H1, H2}, State.CONFLICT),
}


@pytest.mark.parametrize("name", CASES)
def test_named_case(name: str) -> None:
    git, base, live, known, state = CASES[name]
    assert classify(Sides(git, base, live, frozenset(known))) is state


# What stands beside the sides, over sides that would be something else without it.
FLAGS: dict[str, tuple[Sides, State]] = {
    "two versions hold the label": (Sides(H1, H1, H1, split=True), State.SPLIT_LABEL),
    "two versions hold a label that Git does not declare": (Sides(ABSENT, ABSENT, H1, split=True), State.SPLIT_LABEL),
    "split outranks what the platform cannot carry": (
        Sides(H1, H1, H1, split=True, unsupported=True, foreign=True),
        State.SPLIT_LABEL,
    ),
    "unknown outranks split": (Sides(H1, H1, UNKNOWN, split=True), State.UNKNOWN),
    "invalid outranks everything": (Sides(INVALID, UNKNOWN, H1, split=True, unsupported=True), State.INVALID),
    "the platform cannot carry it": (Sides(H1, ABSENT, ABSENT, unsupported=True), State.UNSUPPORTED),
    "the platform cannot carry it, whoever's it is": (
        Sides(H1, ABSENT, H2, unsupported=True, foreign=True),
        State.UNSUPPORTED,
    ),
    "another repository's prompt": (Sides(H1, ABSENT, H2, foreign=True), State.FOREIGN),
    "another repository's prompt with the same content": (Sides(H1, H1, H1, foreign=True), State.FOREIGN),
    "another repository's prompt that Git does not ask for": (Sides(ABSENT, ABSENT, H2, foreign=True), State.UNMANAGED),
    "another repository's prompt that Git no longer asks for": (
        Sides(ABSENT, H2, H2, foreign=True),
        State.PRUNE_PENDING,
    ),
}


@pytest.mark.parametrize("name", FLAGS)
def test_flag(name: str) -> None:
    sides, state = FLAGS[name]
    assert classify(sides) is state


def test_each_state_has_a_named_case() -> None:
    named = {case[4] for case in CASES.values()} | {state for _, state in FLAGS.values()}
    assert named == set(State)


# --- Laws ---------------------------------------------------------------------------------------------------------

law = settings(deadline=None, max_examples=150)
any_hash = st.sampled_from([ContentHash("sha256:" + digit * 64) for digit in "123456"])
any_side = st.one_of(st.sampled_from([ABSENT, UNKNOWN, INVALID]), any_hash, any_hash)
any_sides = st.builds(
    Sides, any_side, any_side, any_side, st.frozensets(any_hash), st.booleans(), st.booleans(), st.booleans()
)


@law
@given(any_sides)
def test_exactly_one_state_over_more_hashes_than_the_table_enumerates(sides: Sides) -> None:
    assert classify(sides) is expected(sides)


@law
@given(any_sides, st.permutations("123456"))
def test_which_hash_it_is_plays_no_part_only_which_are_equal(sides: Sides, digits: list[str]) -> None:
    turned = {ContentHash("sha256:" + str(n + 1) * 64): ContentHash("sha256:" + d * 64) for n, d in enumerate(digits)}

    def turn(side: Side) -> Side:
        return side if isinstance(side, Gap) else turned[side]

    other = sides._replace(
        git=turn(sides.git),
        base=turn(sides.base),
        live=turn(sides.live),
        known=frozenset(turned[one] for one in sides.known),
    )
    assert classify(other) is classify(sides)


@law
@given(any_sides, st.frozensets(any_hash))
def test_only_whether_the_live_side_is_known_counts(sides: Sides, others: frozenset[ContentHash]) -> None:
    known = (others - {sides.live}) | (sides.known & {sides.live})
    assert classify(sides._replace(known=known)) is classify(sides)


@law
@given(any_sides)
def test_what_was_not_answered_is_never_drift_and_never_agreement(sides: Sides) -> None:
    unanswered = UNKNOWN in (sides.git, sides.base, sides.live)
    assert (classify(sides) is State.UNKNOWN) is (unanswered and sides.git is not INVALID)


GROUPS = {
    Group.IN_SYNC: {State.IN_SYNC, State.UNMANAGED},
    Group.PENDING: {State.PENDING_CREATE, State.GIT_AHEAD, State.PRUNE_PENDING},
    Group.DIVERGED: {State.MISSING, State.RELABELLED, State.PLATFORM_AHEAD, State.SPLIT_LABEL},
    Group.BLOCKED: {State.INVALID, State.UNSUPPORTED, State.FOREIGN, State.UNADOPTED, State.CONFLICT},
    Group.UNKNOWN: {State.UNKNOWN},
}


@pytest.mark.parametrize("state", State)
def test_people_see_each_state_in_one_of_five_groups(state: State) -> None:
    assert [group for group, states in GROUPS.items() if state in states] == [group_of(state)]
