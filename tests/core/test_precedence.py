"""What outranks what: is the line in docs/concepts.md true, word by word?"""

import re
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from mooring.core.address import ContentHash
from mooring.core.freeze import Frozen
from mooring.core.guard import Allowances, GuardKind, Whole, guards
from mooring.core.judge import WRITES, Action, judge
from mooring.core.memory import Suspension
from mooring.core.observation import Observation
from mooring.core.plan import plan_target
from mooring.core.policy import Limit, Limits, Mode, PolicyPart, Rule, Settings, WhenAhead, settings_for
from mooring.core.row import judged

PAGE = (Path(__file__).parents[2] / "docs" / "concepts.md").read_text(encoding="utf-8")
H1, H3 = (ContentHash("sha256:" + digit * 64) for digit in "13")
CALM = Whole(source_prompts=1, live_prompts=1, ours_live=1, ledger_empty=False, tree_unchanged=False)
NONE = Limits(updates=Limit(None, 0))

REVERT, HOLD = PolicyPart(platform_ahead=WhenAhead.REVERT), PolicyPart(platform_ahead=WhenAhead.ALERT)
POLICY: dict[str, Callable[[PolicyPart], dict[str, Any]]] = {  # who states a policy, from the one with the last word on
    "rule": lambda part: {"rules": (Rule("*", part),)},
    "target": lambda part: {"target": part},
    "top": lambda part: {"top": part},
}
FORBIDS: dict[str, tuple[dict[str, Any], str]] = {  # what forbids an address, and the word of its reason
    "suspend": ({"suspension": Suspension("*", "2030-01-01T00:00:00+00:00", "Ada", "launch")}, "Suspended"),
    "freeze": ({"frozen": Frozen("2030-01-01T00:00:00+00:00", "holidays")}, "Frozen"),
    "mode": ({}, "mode observe"),
}

See = Callable[..., Observation]


def stated(mode: Mode = Mode.UPSERT, **parts: Any) -> Settings:
    return settings_for("support", mode=mode, **{"top": PolicyPart(), "target": PolicyPart(), "rules": (), **parts})


def edited(see: See, *forbidding: str) -> Observation:
    """Somebody typed into the platform, and the policy takes Git: it would be written, if nothing forbade it."""
    rest = {key: value for name in forbidding for key, value in FORBIDS[name][0].items()}
    mode = Mode.OBSERVE if "mode" in forbidding else Mode.UPSERT
    return see(H1, H1, H3, settings=stated(mode, top=REVERT), **rest)


def test_the_page_says_it_in_one_line() -> None:
    (line,) = re.findall(r"^\*\*(Suspend, .+)\*\*: what stands further left", PAGE, re.MULTILINE)
    assert line.lower().split(", ") == ["suspend", "freeze", "guard", "mode", "rule", "target", "top"]


def test_without_any_of_them_it_is_written(see: See) -> None:
    assert judge(edited(see)).action is Action.REVERT


@pytest.mark.parametrize("name", FORBIDS)
def test_each_of_them_forbids_alone(see: See, name: str) -> None:
    verdict = judge(edited(see, name))
    assert verdict.action not in WRITES
    assert FORBIDS[name][1] in verdict.reason


@pytest.mark.parametrize(("left", "right"), list(combinations(FORBIDS, 2)))
def test_of_two_the_left_one_has_the_word(see: See, left: str, right: str) -> None:
    verdict = judge(edited(see, left, right))
    assert verdict.action not in WRITES
    assert FORBIDS[left][1] in verdict.reason
    assert FORBIDS[right][1] not in verdict.reason


@pytest.mark.parametrize("name", FORBIDS)
def test_what_may_not_be_written_meets_no_guard_and_an_open_guard_writes_none_of_it(see: See, name: str) -> None:
    seen = [edited(see, name)]
    assert guards(judged(seen), CALM, NONE, Allowances()) == ()
    assert guards(judged(seen), CALM, NONE, Allowances(updates=1)) == ()
    assert plan_target("main", seen, commit="c", time="t").steps == ()


def test_a_guard_stops_what_mode_and_policy_allow(see: See) -> None:
    (guard,) = guards(judged([edited(see)]), CALM, NONE, Allowances())
    assert (guard.kind, guard.open) == (GuardKind.UPDATES, False)


@pytest.mark.parametrize(("left", "right"), list(combinations(POLICY, 2)))
def test_of_two_that_state_a_policy_the_left_one_has_the_word(see: See, left: str, right: str) -> None:
    for mine, theirs, action in ((REVERT, HOLD, Action.REVERT), (HOLD, REVERT, Action.ALERT)):
        settings = stated(**POLICY[left](mine), **POLICY[right](theirs))
        assert judge(see(H1, H1, H3, settings=settings)).action is action
