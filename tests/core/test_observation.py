"""An observation turns what was seen into three sides; a decision and an unfinished sync may move the base."""

from collections.abc import Callable

import pytest

from mooring.core.address import ABSENT, INVALID, UNKNOWN, ContentHash, Ref, Side
from mooring.core.memory import Decision
from mooring.core.observation import Holder, Objection, Observation
from mooring.core.state import State

H1, H2, H3 = (ContentHash("sha256:" + digit * 64) for digit in "123")
See = Callable[..., Observation]
Decided = Callable[[Side], Decision]


@pytest.mark.parametrize("live", [ABSENT, UNKNOWN, H1])
def test_the_live_side_is_what_the_label_serves(see: See, live: Side) -> None:
    assert see(H1, H1, live).live == live


def test_of_a_split_label_the_live_side_is_the_first_holder(see: See) -> None:
    split = see(H1, H1, holders=(Holder(Ref("2"), H2), Holder(Ref("1"), H1)))
    assert split.live == H2
    assert split.state is State.SPLIT_LABEL


def test_a_holder_whose_content_could_not_be_read_is_unknown_not_absent(see: See) -> None:
    seen = see(H1, H1, holders=(Holder(Ref("2"), UNKNOWN),))
    assert seen.live is UNKNOWN
    assert seen.state is State.UNKNOWN


@pytest.mark.parametrize("base", [ABSENT, UNKNOWN, H1])
def test_the_base_is_what_the_ledger_says(see: See, base: Side) -> None:
    assert see(H1, base, H2).agreed == base


def test_a_ledger_that_does_not_answer_outranks_decision_and_intent(see: See, decided: Decided) -> None:
    seen = see(H2, UNKNOWN, H1, decision=decided(H1), intended=H1)
    assert seen.agreed is UNKNOWN
    assert seen.state is State.UNKNOWN


@pytest.mark.parametrize(
    ("git", "base", "live", "before", "after"),
    [
        (H2, H1, H3, State.CONFLICT, State.GIT_AHEAD),
        (H2, ABSENT, H3, State.UNADOPTED, State.GIT_AHEAD),
        (H1, H1, H3, State.PLATFORM_AHEAD, State.GIT_AHEAD),
        (H1, H1, ABSENT, State.MISSING, State.PENDING_CREATE),
        (H2, H1, ABSENT, State.CONFLICT, State.PENDING_CREATE),
        (ABSENT, H1, H3, State.CONFLICT, State.PRUNE_PENDING),
        (H1, H1, UNKNOWN, State.UNKNOWN, State.UNKNOWN),
    ],
)
def test_a_decision_makes_the_live_side_the_base(
    see: See, decided: Decided, git: Side, base: Side, live: Side, before: State, after: State
) -> None:
    assert see(git, base, live).state is before
    assert see(git, base, live, decision=decided(live)).state is after


def test_what_an_unfinished_sync_was_about_to_serve_and_is_served_counts_as_agreed(see: See) -> None:
    assert see(H3, H1, H2, intended=H2).state is State.GIT_AHEAD
    assert see(H2, H1, H2, intended=H2).state is State.IN_SYNC


def test_what_an_unfinished_sync_never_got_to_serve_counts_for_nothing(see: See) -> None:
    assert see(H3, H1, H2, intended=H3).agreed == H1
    assert see(H3, H1, H2, intended=H3).state is State.CONFLICT
    assert see(H3, ABSENT, ABSENT, intended=H3).agreed is ABSENT


@pytest.mark.parametrize(
    ("rest", "state"),
    [
        ({"known": frozenset({H2})}, State.RELABELLED),
        ({"objections": (Objection("tools", "no place", "Leave it out"),)}, State.UNSUPPORTED),
        ({"owner": "acme-other"}, State.FOREIGN),
        ({"git": INVALID}, State.INVALID),
        ({"holders": (Holder(Ref("1"), H2),)}, State.PLATFORM_AHEAD),
        ({"holders": (Holder(Ref("1"), H2), Holder(Ref("2"), H2))}, State.SPLIT_LABEL),
    ],
)
def test_what_stands_beside_the_sides_reaches_the_state(see: See, rest: dict[str, object], state: State) -> None:
    assert see(**{"git": H1, "base": H1, "live": H2, **rest}).state is state
