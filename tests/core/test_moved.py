"""Who is said to have moved a label?"""

from dataclasses import replace

import pytest

from mooring.core.address import Address, ContentHash, Ref
from mooring.core.judge import judge
from mooring.core.memory import Base, Move
from mooring.core.moved import who_moved
from mooring.core.observation import Holder, Observation, Reviewed
from mooring.core.policy import Mode, Policy, Settings
from mooring.core.record import RecordKind

H1, H2 = (ContentHash(f"sha256:{digit * 64}") for digit in "12")
SEEN = Observation(
    address=Address("local", "the greeting", "production"),
    git=H1,
    version=None,
    base=Base(H1, Ref("2"), "v2", "c", "t"),
    holders=(Holder(Ref("1"), H2),),
    settings=Settings(Mode.UPSERT, Policy()),
    known=frozenset([H2]),
    prompt_lives=True,
)
NOON = "2026-11-17T12:00:00+00:00"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (RecordKind.ROLLBACK, "Rolled back by Ann <a@example.org> at 2026-11-17 12:00 UTC: Refunds"),
        (RecordKind.PROMOTE, "Promoted by Ann <a@example.org> at 2026-11-17 12:00 UTC: Refunds"),
    ],
)
def test_through_mooring_by_name_time_and_reason(kind: RecordKind, said: str) -> None:
    move = Move(H2, H1, kind, "Refunds", "Ann <a@example.org>", NOON)
    assert who_moved(replace(SEEN, move=move)) == said


@pytest.mark.parametrize(
    ("live", "base", "where", "said"),
    [
        ("", "", None, "other reviewed content"),
        ("2", "", None, "other reviewed content"),
        ("2", "2", None, "other reviewed content"),
        ("1", "2", None, "an earlier reviewed version, which is a rollback"),
        ("2", "1", Reviewed("v3", "c", "", ""), "a later reviewed version, which is a promotion (v3)"),
        ("1", "2", Reviewed("", "c", "", ""), "an earlier reviewed version, which is a rollback"),
    ],
)
def test_by_hand_by_the_direction(live: str, base: str, where: Reviewed | None, said: str) -> None:
    one = replace(SEEN, holders=(Holder(Ref("1"), H2, live),), base_created=base, live_in_git=where)
    assert who_moved(one) == f"Somebody pointed the label at {said}"


def test_of_a_label_that_nobody_holds_no_direction_is_told() -> None:
    assert who_moved(replace(SEEN, holders=())) == "Somebody pointed the label at other reviewed content"


def test_the_way_out_is_the_command_that_proposes_it_to_git() -> None:
    verdict = judge(SEEN)
    assert verdict.reason.endswith("; it is left alone until Git moves on")
    assert verdict.fix == "mooring adopt 'local:the greeting@production'"
