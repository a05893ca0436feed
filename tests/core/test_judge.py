"""What is done about each state, under each policy, in each mode, suspended or not, and what is said of it."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

import pytest

from mooring.core.address import ABSENT, INVALID, UNKNOWN, ContentHash, Ref, Side
from mooring.core.judge import MOVES_SERVED, REMOVES, WRITES, Action, in_doubt, judge
from mooring.core.memory import Decision, Suspension
from mooring.core.observation import Holder, Objection, Observation, Reviewed
from mooring.core.policy import Mode, Policy, Prune, Settings, WhenAhead, WhenMissing, WhenRelabelled
from mooring.core.state import State

H1, H2, H3 = (ContentHash("sha256:" + digit * 64) for digit in "123")
OPAQUE = ContentHash("opaque:sha256:" + "5" * 64)
KNOWN = frozenset({H1, H2})
HELD = {Action.HOLD, Action.BLOCK, Action.ALERT, Action.ADOPT}
See = Callable[..., Observation]
Decided = Callable[[Side], Decision]

HEALABLE = (Holder(Ref("2"), H2), Holder(Ref("1"), H1))
UNREVIEWED = (Holder(Ref("2"), H2), Holder(Ref("3"), H3))
OBJECTION = Objection("tools", "there is no place for them", "Leave out `tools`")


class Row(NamedTuple):
    """A state, how it is seen, and the action in each mode (upsert, create-only, observe) and while suspended."""

    state: State
    sides: tuple[Side, Side, Side]
    upsert: Action
    create_only: Action
    observe: Action
    suspended: Action
    policy: Policy = Policy()
    rest: dict[str, Any] = {}  # noqa: RUF012  # never changed


def always(state: State, sides: tuple[Side, Side, Side], action: Action, **rest: Any) -> Row:
    return Row(state, sides, action, action, action, action, rest=rest)


def by_policy(state: State, sides: tuple[Side, Side, Side], action: Action, policy: Policy, **rest: Any) -> Row:
    return Row(state, sides, action, action, action, action, policy, rest)


A = Action
ROWS: dict[str, Row] = {
    "invalid": always(State.INVALID, (INVALID, H1, H1), A.HOLD),
    "unknown": always(State.UNKNOWN, (H1, H1, UNKNOWN), A.NOTHING),
    "split, one never reviewed": always(State.SPLIT_LABEL, (H2, H1, ABSENT), A.HOLD, holders=UNREVIEWED),
    "split, Git's not among them": always(
        State.SPLIT_LABEL, (H3, H1, ABSENT), A.HOLD, holders=HEALABLE, known=KNOWN | {H3}
    ),
    "split, all reviewed": Row(
        State.SPLIT_LABEL, (H2, H1, ABSENT), A.HEAL, A.REPORT, A.REPORT, A.HOLD, rest={"holders": HEALABLE}
    ),
    "unsupported": always(State.UNSUPPORTED, (H1, ABSENT, ABSENT), A.HOLD, objections=(OBJECTION,)),
    "foreign": always(State.FOREIGN, (H1, ABSENT, H2), A.HOLD, owner="acme-other"),
    "in sync": always(State.IN_SYNC, (H1, H1, H1), A.NOTHING),
    "unmanaged": always(State.UNMANAGED, (ABSENT, ABSENT, H1), A.REPORT),
    "new": Row(State.PENDING_CREATE, (H1, ABSENT, ABSENT), A.CREATE, A.CREATE, A.REPORT, A.HOLD),
    "new label on a prompt that is there": Row(
        State.PENDING_CREATE, (H1, ABSENT, ABSENT), A.CREATE, A.PUBLISH, A.REPORT, A.HOLD, rest={"prompt_lives": True}
    ),
    "new label on a version that is there": Row(
        State.PENDING_CREATE,
        (H1, ABSENT, ABSENT),
        A.CREATE,
        A.REPORT,
        A.REPORT,
        A.HOLD,
        rest={"prompt_lives": True, "reusable": Ref("3")},
    ),
    "first contact": always(State.UNADOPTED, (H1, ABSENT, H2), A.HOLD),
    "git ahead": Row(State.GIT_AHEAD, (H2, H1, H1), A.UPDATE, A.PUBLISH, A.REPORT, A.HOLD),
    "git ahead, version there": Row(
        State.GIT_AHEAD, (H2, H1, H1), A.UPDATE, A.REPORT, A.REPORT, A.HOLD, rest={"reusable": Ref("3")}
    ),
    "prune: report": by_policy(State.PRUNE_PENDING, (ABSENT, H1, H1), A.REPORT, Policy(prune=Prune.REPORT)),
    "prune: retire": Row(
        State.PRUNE_PENDING, (ABSENT, H1, H1), A.RETIRE, A.REPORT, A.REPORT, A.HOLD, Policy(prune=Prune.RETIRE)
    ),
    "prune: retire, which the platform cannot": by_policy(
        State.PRUNE_PENDING, (ABSENT, H1, H1), A.REPORT, Policy(prune=Prune.RETIRE), removable=False
    ),
    "prune: report, where the platform could not": by_policy(
        State.PRUNE_PENDING, (ABSENT, H1, H1), A.REPORT, Policy(prune=Prune.REPORT), removable=False
    ),
    "prune: retire, and another prompt includes it": by_policy(
        State.PRUNE_PENDING, (ABSENT, H1, H1), A.REPORT, Policy(prune=Prune.RETIRE), dependents=("faq@production",)
    ),
    "prune: delete": Row(
        State.PRUNE_PENDING, (ABSENT, H1, H1), A.DELETE, A.REPORT, A.REPORT, A.HOLD, Policy(prune=Prune.DELETE)
    ),
    "prune: delete, and the prompt is kept": Row(
        State.PRUNE_PENDING,
        (ABSENT, H1, H1),
        A.RETIRE,
        A.REPORT,
        A.REPORT,
        A.HOLD,
        Policy(prune=Prune.DELETE),
        {"kept": "Git declares its label staging"},
    ),
    "prune: delete, kept, and no label comes off": by_policy(
        State.PRUNE_PENDING, (ABSENT, H1, H1), A.REPORT, Policy(prune=Prune.DELETE), kept="so", removable=False
    ),
    "prune: delete, and another prompt includes it": by_policy(
        State.PRUNE_PENDING, (ABSENT, H1, H1), A.REPORT, Policy(prune=Prune.DELETE), dependents=("faq@production",)
    ),
    "missing: block": by_policy(State.MISSING, (H1, H1, ABSENT), A.BLOCK, Policy(missing=WhenMissing.BLOCK)),
    "missing: alert": by_policy(State.MISSING, (H1, H1, ABSENT), A.ALERT, Policy(missing=WhenMissing.ALERT)),
    "missing: revert": Row(
        State.MISSING,
        (H1, H1, ABSENT),
        A.REVERT,
        A.REPORT,
        A.REPORT,
        A.HOLD,
        Policy(missing=WhenMissing.REVERT),
    ),
    "relabelled: alert": by_policy(State.RELABELLED, (H1, H1, H2), A.ALERT, Policy(relabelled=WhenRelabelled.ALERT)),
    "relabelled: block": by_policy(State.RELABELLED, (H1, H1, H2), A.BLOCK, Policy(relabelled=WhenRelabelled.BLOCK)),
    "platform ahead: block": by_policy(
        State.PLATFORM_AHEAD, (H1, H1, H3), A.BLOCK, Policy(platform_ahead=WhenAhead.BLOCK)
    ),
    "platform ahead: alert": by_policy(
        State.PLATFORM_AHEAD, (H1, H1, H3), A.ALERT, Policy(platform_ahead=WhenAhead.ALERT)
    ),
    "platform ahead: adopt": by_policy(
        State.PLATFORM_AHEAD, (H1, H1, H3), A.ADOPT, Policy(platform_ahead=WhenAhead.ADOPT)
    ),
    "platform ahead: revert": Row(
        State.PLATFORM_AHEAD,
        (H1, H1, H3),
        A.REVERT,
        A.REPORT,
        A.REPORT,
        A.HOLD,
        Policy(platform_ahead=WhenAhead.REVERT),
    ),
    "conflict": always(State.CONFLICT, (H2, H1, H3), A.HOLD),
    "conflict, deleted in Git": always(State.CONFLICT, (ABSENT, H1, H3), A.HOLD),
    "conflict, gone on the platform": always(State.CONFLICT, (H2, H1, ABSENT), A.HOLD),
}
MODES = (Mode.UPSERT, Mode.CREATE_ONLY, Mode.OBSERVE)


def seen_as(see: See, row: Row, mode: Mode = Mode.UPSERT, **rest: Any) -> Observation:
    return see(*row.sides, **{"known": KNOWN, "settings": Settings(mode, row.policy), **row.rest, **rest})


@pytest.mark.parametrize(("removable", "told"), [(True, False), (False, True)])
def test_a_label_that_no_request_takes_off_is_left_to_a_person(see: See, removable: bool, told: bool) -> None:
    verdict = judge(seen_as(see, ROWS["prune: retire"], removable=removable))
    assert ("the platform cannot take a label off through its API; take it off in its UI" in verdict.reason) is told


@pytest.mark.parametrize(("name", "mode"), [*product(ROWS, MODES)])
def test_action_in_each_mode(see: See, name: str, mode: Mode) -> None:
    row = ROWS[name]
    verdict = judge(seen_as(see, row, mode))
    wanted = {Mode.UPSERT: row.upsert, Mode.CREATE_ONLY: row.create_only, Mode.OBSERVE: row.observe}[mode]
    assert (verdict.state, verdict.action) == (row.state, wanted)


@pytest.mark.parametrize(("name", "mode"), [*product(ROWS, MODES)])
def test_action_while_suspended(see: See, suspended: Suspension, name: str, mode: Mode) -> None:
    row = ROWS[name]
    verdict = judge(seen_as(see, row, mode, suspension=suspended))
    assert (verdict.state, verdict.action) == (row.state, row.suspended)


@pytest.mark.parametrize(
    ("rest", "policy", "said"),
    [
        ({}, Prune.DELETE, "Git no longer declares what it once published: the prompt is archived, then deleted with"),
        ({"kept": "the platform cannot"}, Prune.DELETE, "is not deleted, for the platform cannot; only the label is"),
        ({"kept": "so", "removable": False}, Prune.DELETE, "is not deleted, for so; the platform cannot take a label"),
        ({"kept": "so"}, Prune.RETIRE, "Git no longer declares what it once published"),
        ({"dependents": ("a@b", "c@d")}, Prune.RETIRE, "it stays as it is, for a@b and c@d include it"),
    ],
)
def test_what_is_pruned_says_how_far_and_why(see: See, rest: dict[str, Any], policy: Prune, said: str) -> None:
    verdict = judge(see(ABSENT, H1, H1, settings=Settings(Mode.UPSERT, Policy(prune=policy)), **rest))
    assert said in verdict.reason


def test_what_the_ledger_does_not_know_is_never_deleted(see: See, decided: Decided) -> None:
    """A decision makes the live side the base; it does not make the prompt ours."""
    seen = see(ABSENT, ABSENT, H3, decision=decided(H3), settings=Settings(Mode.UPSERT, Policy(prune=Prune.DELETE)))
    verdict = judge(seen)
    assert (verdict.state, verdict.action) == (State.PRUNE_PENDING, A.RETIRE)
    assert "the ledger does not know that it was published from here" in verdict.reason


@pytest.mark.parametrize("pruning", ["prune: retire", "prune: delete"])
def test_what_another_repository_owns_is_not_pruned(see: See, pruning: str) -> None:
    verdict = judge(seen_as(see, ROWS[pruning], owner="acme-other"))
    assert (verdict.state, verdict.action) == (State.PRUNE_PENDING, A.HOLD)
    assert "acme-other" in verdict.reason
    assert verdict.fix == "mooring sync --takeover acme-other"


def test_the_rows_hold_every_state_and_every_action() -> None:
    assert {row.state for row in ROWS.values()} == set(State)
    assert {action for row in ROWS.values() for action in row[2:6]} == set(Action)


def test_the_seven_that_write_and_the_three_that_move_what_is_served() -> None:
    assert {*WRITES} == {A.CREATE, A.UPDATE, A.REVERT, A.HEAL, A.RETIRE, A.DELETE, A.PUBLISH}
    assert {*REMOVES} == {A.RETIRE, A.DELETE}
    assert {*MOVES_SERVED} == {A.UPDATE, A.REVERT, A.HEAL}


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.upsert in HELD])
def test_what_is_held_says_why_and_names_a_way_out(see: See, name: str) -> None:
    verdict = judge(seen_as(see, ROWS[name]))
    assert verdict.reason
    assert verdict.fix


@pytest.mark.parametrize(
    "name",
    [
        *(
            name
            for name, row in ROWS.items()
            if row.upsert in HELD
            and row.state not in {State.INVALID, State.UNSUPPORTED, State.FOREIGN, State.SPLIT_LABEL}
        ),
        "split, one never reviewed",
    ],
)
def test_the_decision_that_is_named_as_the_way_out_leads_out(see: See, decided: Decided, name: str) -> None:
    seen = seen_as(see, ROWS[name])
    named = in_doubt(seen)
    ways = (judge(seen).fix, judge(seen).otherwise)
    assert any(way.startswith(f"mooring resolve main:support@production --take git --expect {named} ") for way in ways)
    assert judge(replace(seen, decision=decided(named))).action not in HELD


def test_whoever_may_be_right_either_side_can_be_taken(see: See) -> None:
    ahead, conflict = judge(see(H1, H1, H3)), judge(see(H2, H1, H3))
    decide = f"mooring resolve main:support@production --take git --expect {H3} --reason TEXT"
    assert (ahead.fix, ahead.otherwise) == ("mooring adopt main:support@production", decide)
    assert (conflict.fix, conflict.otherwise) == (decide, "mooring adopt main:support@production")
    gone = judge(see(H2, H1, ABSENT))
    assert gone.otherwise == ""
    opaque = judge(see(H1, H1, OPAQUE))
    assert (opaque.fix.partition(" --")[0], opaque.otherwise) == ("mooring resolve main:support@production", "")


def test_a_way_out_can_be_pasted_whole(see: See) -> None:
    conflict = judge(see(H2, H1, H3))
    assert conflict.fix == f"mooring resolve main:support@production --take git --expect {H3} --reason TEXT"
    missing = judge(see(H1, H1, ABSENT))
    assert missing.fix == "mooring resolve main:support@production --take git --expect absent --reason TEXT"
    assert judge(seen_as(see, ROWS["foreign"])).fix == "mooring sync --takeover acme-other"
    assert judge(seen_as(see, ROWS["unsupported"])).fix == "Leave out `tools`"
    assert judge(seen_as(see, ROWS["invalid"])).fix == "mooring validate"


def test_a_suspended_write_says_until_when_and_why(see: See, suspended: Suspension) -> None:
    verdict = judge(see(H2, H1, H1, suspension=suspended))
    assert verdict.reason == "Suspended until 2030-01-01T00:00:00+00:00: launch week"
    assert verdict.fix == "mooring resume main:support@production"


def test_a_suspension_hides_nothing_that_is_held_anyway(see: See, suspended: Suspension) -> None:
    plain, stopped = see(H1, H1, H3), see(H1, H1, H3, suspension=suspended)
    assert judge(plain) == judge(stopped)


def test_mode_observe_names_the_setting_that_would_write(see: See) -> None:
    verdict = judge(see(H2, H1, H1, settings=Settings(Mode.OBSERVE, Policy())))
    assert verdict.reason.endswith("; mode observe writes nothing")
    assert verdict.fix == "Set `mode: upsert` for main in mooring.yaml"


def test_mode_create_only_says_that_it_moves_no_label(see: See) -> None:
    verdict = judge(see(H2, H1, H1, settings=Settings(Mode.CREATE_ONLY, Policy())))
    assert verdict.reason.endswith("; mode create-only moves no label")


REVIEWED = Reviewed("v1", "c" * 40, "Ada", "2026-01-01T00:00:00+00:00")


@pytest.mark.parametrize(
    ("sides", "rest", "words"),
    [
        ((H1, UNKNOWN, H1), {}, "The ledger did not answer"),
        ((UNKNOWN, H1, H1), {}, "Git did not answer"),
        ((H1, H1, UNKNOWN), {}, "The platform was not read"),
        ((H2, H1, H1), {}, "Git moved on since the last sync"),
        ((H3, H2, H1), {"known": KNOWN}, "this ends a move made by hand to reviewed content"),
        ((H3, H2, H1), {"known": KNOWN, "live_in_git": REVIEWED}, "reviewed content (v1)"),
        (
            (H3, H2, H1),
            {"known": KNOWN, "holders": (Holder(Ref("1"), H1, "2026-01-05T00:00:00+00:00"),)},
            "a version made 2026-01-05 00:00 UTC",
        ),
        ((ABSENT, H1, H3), {}, "Git no longer declares it, and the platform changed it"),
        ((H2, H1, ABSENT), {}, "Git changed it, and on the platform it is gone"),
        ((H2, H1, H3), {}, "Both sides moved"),
        ((H1, H1, ABSENT), {}, "the prompt is gone"),
        ((H1, H1, ABSENT), {"prompt_lives": True}, "the label is gone"),
        ((H1, H1, H2), {"known": KNOWN}, "other reviewed content; it is left alone"),
        ((H1, H1, H2), {"known": KNOWN, "live_in_git": REVIEWED}, "other reviewed content (v1); it is left alone"),
        ((H1, H1, H3), {}, "content that Git never reviewed: 333333333333"),
        ((H2, H1, ABSENT), {"holders": UNREVIEWED, "known": KNOWN}, "Versions 2 and 3 hold the label at once"),
    ],
)
def test_the_reason_tells_who_moved(see: See, sides: tuple[Side, Side, Side], rest: dict[str, Any], words: str) -> None:
    assert words in judge(see(*sides, **rest)).reason


EARLY, LATE = "2026-01-01T00:00:00+00:00", "2026-03-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("live", "base", "words"),
    [
        (EARLY, LATE, "an earlier reviewed version, which is a rollback"),
        (LATE, EARLY, "a later reviewed version, which is a promotion"),
        ("", LATE, "other reviewed content"),
        (LATE, "", "other reviewed content"),
    ],
)
def test_a_label_moved_by_hand_went_back_or_forth_as_the_versions_dates_tell(
    see: See, live: str, base: str, words: str
) -> None:
    holders = (Holder(Ref("1"), H2, live),)
    seen = see(H1, H1, holders=holders, known=KNOWN, base_created=base, live_in_git=REVIEWED)
    assert judge(seen).reason == f"Somebody pointed the label at {words} (v1); it is left alone until Git moves on"
    nameless = replace(seen, live_in_git=replace(REVIEWED, key=""))
    assert judge(nameless).reason == f"Somebody pointed the label at {words}; it is left alone until Git moves on"


def test_a_broken_file_says_what_is_wrong_with_it(see: See) -> None:
    assert judge(see(INVALID, H1, H1)).reason == "The prompt's files cannot be read as they stand"
    assert judge(see(INVALID, H1, H1, mistake="v2.yaml:3: no text")).reason == "v2.yaml:3: no text"


def test_a_move_by_hand_without_a_date_gives_none(see: See) -> None:
    assert "made by hand to reviewed content" in judge(see(H3, H2, H1, known=KNOWN)).reason
    assert "a version made" not in judge(see(H3, H2, H1, known=KNOWN)).reason


def test_an_update_by_decision_says_whose_and_why(see: See, decided: Decided) -> None:
    verdict = judge(see(H2, H1, H3, decision=decided(H3)))
    assert (verdict.action, verdict.reason) == (A.UPDATE, "Ada decided for Git: the fix is reviewed")


@pytest.mark.parametrize("unread", [UNKNOWN, ContentHash("opaque:sha256:" + "5" * 64), H3])
def test_a_split_label_is_healed_only_if_every_holder_was_reviewed(see: See, unread: Side) -> None:
    for holders in ((Holder(Ref("1"), H1), Holder(Ref("2"), unread)), (Holder(Ref("2"), unread), Holder(Ref("1"), H1))):
        assert judge(see(H1, H1, ABSENT, holders=holders, known=KNOWN)).action not in WRITES


def test_a_split_label_that_git_does_not_declare_is_never_healed(see: See) -> None:
    assert judge(see(ABSENT, H1, ABSENT, holders=HEALABLE, known=KNOWN)).action is A.HOLD


@pytest.mark.parametrize("name", ["missing: revert", "platform ahead: revert", "split, all reviewed"])
@pytest.mark.parametrize(("healed", "stops"), [(0, False), (2, False), (3, True), (4, True)])
def test_a_fight_stops_healing_and_a_person_decides(see: See, name: str, healed: int, stops: bool) -> None:
    seen = seen_as(see, ROWS[name])
    assert seen.base is not None
    verdict = judge(replace(seen, base=replace(seen.base, healed=(H3,) * healed)))
    assert verdict.state is ROWS[name].state
    assert verdict.action is (A.HOLD if stops else ROWS[name].upsert)
    if stops:
        assert verdict.reason.startswith("A fight")
        assert verdict.fix == f"mooring resolve {seen.address} --take git --expect {seen.live} --reason TEXT"


def test_a_fight_does_not_stop_what_git_asks_for(see: See, decided: Decided) -> None:
    fix = see(H2, H1, H1)
    assert fix.base is not None
    assert judge(replace(fix, base=replace(fix.base, healed=(H3,) * 9))).action is A.UPDATE
    ahead = seen_as(see, ROWS["platform ahead: revert"], decision=decided(H3))
    assert ahead.base is not None
    assert judge(replace(ahead, base=replace(ahead.base, healed=(H3,) * 9))).action is A.UPDATE
