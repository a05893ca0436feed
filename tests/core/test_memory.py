"""What the ledger remembers can be asked by address, and at a time."""

from datetime import datetime, timedelta, timezone

import pytest

from mooring.core.address import Address, ContentHash, Ref
from mooring.core.memory import Base, Changes, Decision, Indexed, Memory, Move, PromptMemory, Suspension, Waiting
from mooring.core.record import RecordKind

H1 = ContentHash("sha256:" + "1" * 64)
BASE = Base(H1, Ref("7"), "v1", "c" * 40, "2026-01-01T00:00:00+00:00")
ADDRESS = Address("main", "acme/support", "production")
NOON = datetime.fromisoformat("2026-06-01T12:00:00+00:00")


def suspension(pattern: str, until: str = "2026-06-02T00:00:00+00:00", reason: str = "launch week") -> Suspension:
    return Suspension(pattern, until, "Ada", reason)


def test_a_base_is_found_by_prompt_and_label() -> None:
    memory = Memory(prompts={"support": PromptMemory(bases={"production": BASE})})
    assert memory.base("support", "production") == BASE
    assert memory.base("support", "staging") is None
    assert memory.base("other", "production") is None
    assert Memory().base("support", "production") is None


@pytest.mark.parametrize(
    ("pattern", "holds"),
    [
        ("acme/support", True),
        ("acme/support@production", True),
        ("main:acme/support@production", True),
        ("acme/*", True),
        ("main:*", True),
        ("*", True),
        ("acme/support@staging", False),
        ("other:acme/support", False),
        ("sales/*", False),
        ("acme", False),
    ],
)
def test_a_suspension_holds_for_what_its_pattern_names_or_globs(pattern: str, holds: bool) -> None:
    found = Memory(suspensions=(suspension(pattern),)).suspension(ADDRESS, NOON)
    assert found == (suspension(pattern) if holds else None)


def test_a_name_with_a_glob_s_characters_is_a_name_too() -> None:
    odd = Address("main", "a[b]", "production")
    assert Memory(suspensions=(suspension("a[b]"),)).suspension(odd, NOON) is not None


@pytest.mark.parametrize(
    ("until", "holds"),
    [
        ("2026-06-01T12:00:01+00:00", True),
        ("2026-06-01T12:00:00+00:00", False),
        ("2026-06-01T11:59:59+00:00", False),
        ("2026-06-01T14:00:01+02:00", True),
        ("2026-06-01T13:59:59+02:00", False),
        ("2026-06-01T12:00:01Z", True),
    ],
)
def test_a_suspension_ends_at_its_time(until: str, holds: bool) -> None:
    memory = Memory(suspensions=(suspension("*", until),))
    assert (memory.suspension(ADDRESS, NOON) is not None) is holds
    elsewhere = NOON.astimezone(timezone(timedelta(hours=-9)))
    assert (memory.suspension(ADDRESS, elsewhere) is not None) is holds


def test_the_first_suspension_that_still_holds_speaks() -> None:
    over = suspension("*", "2026-01-01T00:00:00+00:00", "over")
    other = suspension("sales/*", reason="other")
    first, second = suspension("acme/*", reason="first"), suspension("*", reason="second")
    memory = Memory(suspensions=(over, other, first, second))
    assert memory.suspension(ADDRESS, NOON) == first
    assert Memory(suspensions=(over, other)).suspension(ADDRESS, NOON) is None


@pytest.mark.parametrize(
    "changes",
    [
        Changes(commit="c"),
        Changes(tree="t"),
        Changes(identity="i"),
        Changes(bases={("a", "b"): BASE}),
        Changes(bases={("a", "b"): None}),
        Changes(index={("a", H1): Indexed(Ref("7"), "", "v1", "c")}),
        Changes(decisions={("a", "b"): None}),
        Changes(decisions={("a", "b"): Decision(H1, "r", "Ada", "t")}),
        Changes(moves={("a", "b"): None}),
        Changes(suspensions=()),
    ],
)
def test_any_change_is_something_to_write(changes: Changes) -> None:
    assert not changes.empty


def test_no_change_is_nothing_to_write() -> None:
    assert Changes().empty
    assert Changes(bases={}, index={}, decisions={}, moves={}).empty


def move(time: str, reason: str = "why") -> Move:
    return Move(H1, H1, RecordKind.ROLLBACK, reason, "Ann", time)


def waiting(moved: Move, label: str = "production") -> Waiting:
    return Waiting("id", "support", label, moved, "message")


def test_moves_that_wait_are_told_with_those_on_record_the_newest_last() -> None:
    noted, first, second = move("2026-01-01", "noted"), move("2026-02-01", "first"), move("2026-02-02", "second")
    memory = Memory(moves={("support", "staging"): noted, ("support", "production"): noted})

    found = memory.with_moves([waiting(first), waiting(second)])

    assert found.moves == {("support", "staging"): noted, ("support", "production"): second}
    assert memory.with_moves([]) is memory


def test_a_move_that_waits_counts_only_while_no_sync_came_after_it() -> None:
    memory = Memory(prompts={"support": PromptMemory(bases={"production": BASE})})
    later, earlier = move("2026-01-01T00:00:01+00:00"), move("2025-12-31T23:59:59+00:00")

    assert memory.with_moves([waiting(later)]).moves == {("support", "production"): later}
    assert memory.with_moves([waiting(earlier)]) is memory
    assert memory.with_moves([waiting(earlier, "staging")]).moves == {("support", "staging"): earlier}
