"""Adoption: which live contents come into Git, and as what."""

from collections.abc import Callable

import pytest

from mooring.core.address import ABSENT, INVALID, UNKNOWN, ContentHash, Ref
from mooring.core.adoption import Scope, adoptable, kept, passed_over, refusal
from mooring.core.artifact import Artifact
from mooring.core.judge import judge
from mooring.core.memory import Suspension
from mooring.core.observation import Holder, Observation
from mooring.core.policy import Mode, Policy, Settings, WhenAhead
from mooring.core.row import Row

H1, H2, H3 = (ContentHash("sha256:" + digit * 64) for digit in "123")
OPAQUE = ContentHash("opaque:sha256:" + "5" * 64)
ADOPTS = Settings(Mode.UPSERT, Policy(platform_ahead=WhenAhead.ADOPT))
See = Callable[..., Observation]


def row(seen: Observation) -> Row:
    return Row(seen, judge(seen))


@pytest.fixture
def rows(see: See) -> dict[str, Row]:
    """One address in each situation that matters."""
    return {
        "in_sync": row(see(H1, H1, H1)),
        "ahead": row(see(H1, H1, H2)),
        "ahead, adopts": row(see(H1, H1, H2, settings=ADOPTS)),
        "relabelled": row(see(H1, H1, H2, known=frozenset({H2}))),
        "unmanaged": row(see(live=H2)),
        "unadopted": row(see(H1, ABSENT, H2)),
        "conflict": row(see(H3, H1, H2)),
        "git_ahead": row(see(H2, H1, H1)),
        "invalid": row(see(INVALID, H1, H2)),
        "missing": row(see(H1, H1)),
        "unknown": row(see(H1, H1, UNKNOWN)),
        "opaque": row(see(H1, H1, OPAQUE)),
        "foreign": row(see(H1, ABSENT, H2, owner="other")),
        "split": row(see(H1, H1, ABSENT, holders=(Holder(Ref("1"), H1), Holder(Ref("2"), H2)))),
    }


def names(found: tuple[Row, ...], among: dict[str, Row]) -> set[str]:
    return {name for name, one in among.items() if one in found}


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope.ALL, {"ahead", "ahead, adopts", "relabelled", "unmanaged", "unadopted"}),
        (Scope.SELECTED, {"ahead", "ahead, adopts", "relabelled", "unmanaged", "unadopted"}),
        (Scope.POLICY, {"ahead, adopts", "relabelled"}),
    ],
)
def test_a_scope_is_about(scope: Scope, expected: set[str], rows: dict[str, Row]) -> None:
    assert names(adoptable(rows.values(), scope), rows) == expected


def test_what_is_named_is_taken_or_refused_with_a_reason(rows: dict[str, Row]) -> None:
    assert names(adoptable(rows.values(), Scope.NAMED), rows) == rows.keys() - {"in_sync"}
    refused = {name: refusal(one) for name, one in rows.items()}
    assert {name for name, why in refused.items() if why} == {
        *("git_ahead", "invalid", "missing", "unknown", "opaque", "foreign", "split")
    }
    assert "other" in str(refused["foreign"])


@pytest.mark.parametrize("scope", Scope)
def test_what_nobody_named_is_passed_over_with_a_reason(scope: Scope, see: See, rows: dict[str, Row]) -> None:
    rows |= {"opaque only there": row(see(live=OPAQUE))}
    found = dict(passed_over(rows.values(), scope))
    expected = {"opaque", "opaque only there"} if scope in {Scope.ALL, Scope.SELECTED} else set[str]()
    assert names(tuple(found), rows) == expected
    assert set(found.values()) <= {refusal(rows["opaque"])}


def test_what_is_suspended_waits_for_no_policy(see: See, suspended: Suspension) -> None:
    held = row(see(H1, H1, H2, settings=ADOPTS, suspension=suspended))
    assert adoptable([held], Scope.POLICY) == ()
    assert adoptable([held], Scope.NAMED) == (held,)


@pytest.mark.parametrize(
    ("live", "git", "silent", "expected"),
    [
        ({"model": "a"}, None, {"tools"}, {"model": "a"}),
        ({"model": "a"}, {"tools": [1], "model": "b"}, {"tools"}, {"model": "a", "tools": [1]}),
        ({"model": "a"}, {"tools": [1]}, set(), {"model": "a"}),
        ({"tools": [2]}, {"tools": [1]}, {"tools"}, {"tools": [2]}),
        ([1], {"tools": [1]}, {"tools"}, [1]),
        ({"model": "a"}, [1], {"tools"}, {"model": "a"}),
    ],
)
def test_what_the_platform_says_nothing_about_stays_as_git_has_it(
    live: dict[str, object], git: dict[str, object] | None, silent: set[str], expected: object
) -> None:
    own = None if git is None else Artifact("old", git)  # type: ignore[arg-type]
    assert kept(Artifact("new", live), own, silent) == Artifact("new", expected)  # type: ignore[arg-type]


def test_scopes_that_roll() -> None:
    assert {scope for scope in Scope if scope.rolls} == {Scope.ALL, Scope.POLICY}
