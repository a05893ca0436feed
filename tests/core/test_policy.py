"""Settings: who outranks whom; limits: how much of what exists a run may touch."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mooring.core.policy import (
    Limit,
    Limits,
    Mode,
    Policy,
    PolicyPart,
    Prune,
    Rule,
    Settings,
    WhenAhead,
    WhenMissing,
    WhenRelabelled,
    settings_for,
)

SILENT = PolicyPart()
AHEAD_ALERT = PolicyPart(platform_ahead=WhenAhead.ALERT)
AHEAD_ADOPT = PolicyPart(platform_ahead=WhenAhead.ADOPT)
AHEAD_REVERT = PolicyPart(platform_ahead=WhenAhead.REVERT)


def resolved(
    prompt: str = "support",
    *,
    mode: Mode = Mode.UPSERT,
    top: PolicyPart = SILENT,
    target: PolicyPart = SILENT,
    rules: tuple[Rule, ...] = (),
) -> Settings:
    return settings_for(prompt, mode=mode, top=top, target=target, rules=rules)


def test_where_nobody_says_anything_everything_is_held_and_nothing_pruned() -> None:
    policy = Policy(WhenAhead.BLOCK, WhenRelabelled.ALERT, WhenMissing.BLOCK, Prune.REPORT)
    assert resolved() == Settings(Mode.UPSERT, policy, ())


@pytest.mark.parametrize(
    ("top", "target", "rules", "ahead"),
    [
        (AHEAD_ALERT, SILENT, (), WhenAhead.ALERT),
        (AHEAD_ALERT, AHEAD_ADOPT, (), WhenAhead.ADOPT),
        (AHEAD_ALERT, SILENT, (Rule("*", AHEAD_REVERT),), WhenAhead.REVERT),
        (AHEAD_ALERT, AHEAD_ADOPT, (Rule("*", AHEAD_REVERT),), WhenAhead.REVERT),
        (AHEAD_ALERT, AHEAD_ADOPT, (Rule("*", SILENT),), WhenAhead.ADOPT),
        (SILENT, SILENT, (Rule("*", AHEAD_REVERT), Rule("supp*", AHEAD_ADOPT)), WhenAhead.ADOPT),
        (SILENT, SILENT, (Rule("support", AHEAD_REVERT), Rule("*", AHEAD_ADOPT)), WhenAhead.ADOPT),
        (SILENT, SILENT, (Rule("*", AHEAD_REVERT), Rule("other", AHEAD_ADOPT)), WhenAhead.REVERT),
        (SILENT, SILENT, (Rule("*", AHEAD_REVERT), Rule("*", SILENT)), WhenAhead.REVERT),
    ],
)
def test_rules_outrank_the_target_that_outranks_the_top_and_later_rules_win(
    top: PolicyPart, target: PolicyPart, rules: tuple[Rule, ...], ahead: WhenAhead
) -> None:
    assert resolved(top=top, target=target, rules=rules).policy == Policy(platform_ahead=ahead)


def test_each_part_of_the_policy_is_inherited_by_itself() -> None:
    found = resolved(
        top=PolicyPart(platform_ahead=WhenAhead.ALERT, prune=Prune.RETIRE),
        target=PolicyPart(missing=WhenMissing.REVERT),
        rules=(Rule("*", PolicyPart(relabelled=WhenRelabelled.BLOCK)),),
    )
    assert found.policy == Policy(WhenAhead.ALERT, WhenRelabelled.BLOCK, WhenMissing.REVERT, Prune.RETIRE)


def test_a_rule_may_name_mode_and_owners_and_a_later_one_that_is_silent_keeps_them() -> None:
    rules = (
        Rule("marketing/*", mode=Mode.OBSERVE, owners=("@ada",)),
        Rule("marketing/x", AHEAD_ALERT),
        Rule("sales/*", mode=Mode.CREATE_ONLY, owners=("@bob",)),
    )
    assert resolved("marketing/x", rules=rules) == Settings(
        Mode.OBSERVE, Policy(platform_ahead=WhenAhead.ALERT), ("@ada",)
    )
    assert resolved("sales/y", rules=rules) == Settings(Mode.CREATE_ONLY, Policy(), ("@bob",))
    assert resolved("support", rules=rules) == Settings(Mode.UPSERT, Policy())


def test_a_later_rule_replaces_mode_and_owners() -> None:
    rules = (Rule("*", mode=Mode.OBSERVE, owners=("@ada",)), Rule("*", mode=Mode.CREATE_ONLY, owners=("@bob", "@eve")))
    assert resolved(rules=rules) == Settings(Mode.CREATE_ONLY, Policy(), ("@bob", "@eve"))


@pytest.mark.parametrize(
    ("pattern", "prompt", "matches"),
    [
        ("marketing/*", "marketing/mail", True),
        ("marketing/*", "marketing/mail/autumn", True),
        ("marketing/*", "marketing", False),
        ("marketing/*", "Marketing/mail", False),
        ("support", "support", True),
        ("support", "support_agent", False),
    ],
)
def test_a_rule_speaks_of_the_prompts_that_its_glob_names(pattern: str, prompt: str, matches: bool) -> None:
    assert Rule(pattern).matches(prompt) is matches


@pytest.mark.parametrize(
    ("limit", "existing", "allowed"),
    [
        (Limit(0.3, None), 10, 3),
        (Limit(0.3, None), 13, 3),
        (Limit(0.3, None), 14, 4),
        (Limit(0.1, None), 9, 0),
        (Limit(0.1, None), 10, 1),
        (Limit(1.0, None), 7, 7),
        (Limit(0.0, None), 100, 0),
        (Limit(None, 5), 3, 5),
        (Limit(None, 5), 1000, 5),
        (Limit(None, 0), 1000, 0),
        (Limit(None, None), 1000, 0),
    ],
)
def test_a_limit_is_a_share_rounded_down_or_a_number(limit: Limit, existing: int, allowed: int) -> None:
    assert limit.allowed(existing) == allowed


@settings(deadline=None, max_examples=100)
@example(29, 100)
@example(57, 100)
@given(st.integers(0, 100), st.integers(0, 100_000))
def test_a_share_of_whole_percents_is_exact(percent: int, existing: int) -> None:
    assert Limit(percent / 100, None).allowed(existing) == percent * existing // 100


def test_the_limits_that_hold_where_none_are_given() -> None:
    assert Limits() == Limits(Limit(0.3, None), Limit(0.1, None), 10)
