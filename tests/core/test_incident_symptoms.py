"""What does a report show that somebody might have to be told?"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mooring.core.address import ABSENT, INVALID, UNKNOWN, Address, ContentHash, Ref, Side
from mooring.core.freeze import Frozen
from mooring.core.incident import Facts, Grave, Kind, Listener, Subject, fingerprint, incident_id, mark
from mooring.core.judge import judge
from mooring.core.memory import Suspension
from mooring.core.observation import Holder, Objection, Observation
from mooring.core.plan import Outcome, Row
from mooring.core.policy import Mode, Policy, Settings, WhenAhead, WhenMissing
from mooring.core.report import AddressReport, Exit, TargetReport
from mooring.core.state import State
from mooring.core.symptoms import Observed, observe

H1, H2, H3 = (ContentHash("sha256:" + digit * 64) for digit in "123")
See = Callable[..., Observation]


def report(*seen: Observation, outcome: Outcome | None = None, **rest: Any) -> TargetReport:
    return TargetReport("main", "memory", tuple(AddressReport(Row(one, judge(one)), outcome) for one in seen), **rest)


def look(found: TargetReport, *chosen: State, all_asked: bool = True) -> Observed:
    return observe("acme", found, ["production", "staging"], frozenset(chosen), all_asked=all_asked)


AT = mark(Address("main", "support", "production"))


@pytest.mark.parametrize(
    ("sides", "rest", "state", "grave"),
    [
        ((H1, H1, H3), {}, State.PLATFORM_AHEAD, Grave.FAILURE),
        ((H1, H1, H3), {"policy": Policy(platform_ahead=WhenAhead.ALERT)}, State.PLATFORM_AHEAD, Grave.WARNING),
        ((H1, H1, H3), {"policy": Policy(platform_ahead=WhenAhead.ADOPT)}, State.PLATFORM_AHEAD, Grave.FAILURE),
        ((H1, H1, H3), {"policy": Policy(platform_ahead=WhenAhead.REVERT)}, State.PLATFORM_AHEAD, Grave.WARNING),
        ((H1, H1, H2), {"known": frozenset({H2})}, State.RELABELLED, Grave.WARNING),
        ((H1, H1, ABSENT), {}, State.MISSING, Grave.FAILURE),
        ((H1, H1, ABSENT), {"policy": Policy(missing=WhenMissing.ALERT)}, State.MISSING, Grave.WARNING),
        ((H1, H2, H3), {}, State.CONFLICT, Grave.FAILURE),
        ((H1, ABSENT, H3), {}, State.UNADOPTED, Grave.FAILURE),
        ((INVALID, H1, H1), {}, State.INVALID, Grave.FAILURE),
        ((H1, H1, H1), {"objections": (Objection("tools", "no place", "Leave it out"),)}, State.UNSUPPORTED, None),
        ((H1, H1, H3), {"owner": "other"}, State.FOREIGN, Grave.FAILURE),
        ((H1, H1, H1), {"holders": (Holder(Ref("1"), H1), Holder(Ref("2"), H3))}, State.SPLIT_LABEL, Grave.FAILURE),
    ],
)
def test_what_diverged_is_told(
    see: See, sides: tuple[Side, Side, Side], rest: dict[str, Any], state: State, grave: Grave | None
) -> None:
    policy = rest.pop("policy", Policy())
    seen = look(report(see(*sides, settings=Settings(Mode.UPSERT, policy), **rest)))
    assert [(one.facts.state, one.facts.grave) for one in seen.symptoms] == [(state, grave or Grave.FAILURE)]
    assert seen.symptoms[0].kind is Kind.DRIFT
    assert seen.symptoms[0].facts.usual
    assert seen.answered == {AT}
    assert not seen.settled


@pytest.mark.parametrize("sides", [(H1, H1, H1), (H2, H1, H1), (H1, ABSENT, ABSENT), (ABSENT, H1, H1)])
def test_what_is_in_sync_or_settles_by_itself_is_not(see: See, sides: tuple[Side, Side, Side]) -> None:
    seen = look(report(see(*sides)))
    assert not seen.symptoms
    assert seen.settled == seen.answered == seen.listed == {AT}
    assert seen.whole


def test_a_listener_may_choose_what_is_pending(see: See) -> None:
    seen = look(report(see(H2, H1, H1)), State.GIT_AHEAD)
    assert [(one.facts.state, one.facts.usual, one.facts.grave) for one in seen.symptoms] == [
        (State.GIT_AHEAD, False, Grave.INFO)
    ]
    assert not look(report(see(H1, H1, H1)), State.IN_SYNC).symptoms


def test_what_is_pending_and_held_is_told(see: See) -> None:
    held = look(report(see(H1, ABSENT, ABSENT, owner="other")))
    assert [one.facts.grave for one in held.symptoms] == [Grave.FAILURE]


def test_what_waits_for_the_end_of_a_freeze_is_not(see: See) -> None:
    frozen = Frozen("2026-01-05T00:00:00+00:00", "launch week")
    assert not look(report(see(H2, H1, H1, frozen=frozen))).symptoms
    assert len(look(report(see(H1, H1, H3, frozen=frozen))).symptoms) == 1


def test_a_symptom_holds_evidence_and_no_content(see: See) -> None:
    live = (Holder(Ref("7"), H3, "2026-01-01T10:00:00+00:00", "Ann"),)
    facts = look(report(see(H1, H1, H3, holders=live, url="https://p/7"))).symptoms[0].facts
    assert (facts.git, facts.live, facts.by, facts.since) == ("1" * 12, "3" * 12, "Ann", "2026-01-01T10:00:00+00:00")
    assert facts.url == "https://p/7"
    assert facts.named == ("support",)
    assert facts.fix.startswith("mooring adopt main:support@production")


def test_the_way_out_is_always_one_command_and_no_text_is_long(see: See) -> None:
    prose = see(H1, H1, H1, objections=(Objection("tools", "no place", "Leave it out"),))
    assert look(report(prose)).symptoms[0].facts.fix == "mooring status main:support@production"
    endless = see(H1, H1, H3, at=f"main:{'x' * 900}@production", url="https://p/" + "x" * 900)
    facts = look(report(replace(endless, holders=(Holder(Ref("7"), H3),)))).symptoms[0].facts
    assert facts.fix == "mooring status --target main"
    assert facts.url == ""
    assert facts.named == ("x" * 200,)


def test_a_suspended_address_is_muted_and_nothing_else(see: See, suspended: Suspension) -> None:
    seen = look(report(see(H1, H1, H3, suspension=suspended)))
    assert (seen.symptoms, seen.settled, seen.muted) == ((), frozenset(), {AT})


def test_what_a_sync_did_is_settled_and_what_it_did_not_do_is_not_known(see: See) -> None:
    revert = see(H1, H1, H3, settings=Settings(Mode.UPSERT, Policy(platform_ahead=WhenAhead.REVERT)))
    for done in (Outcome.APPLIED, Outcome.UNCHANGED):
        assert look(report(revert, outcome=done)).settled == {AT}
    assert len(look(report(revert, outcome=Outcome.FAILED)).symptoms) == 1
    moved = look(report(see(H2, H1, H1), outcome=Outcome.MOVED))
    assert not moved.symptoms
    assert not moved.settled


def test_one_address_that_could_not_be_read_is_no_drift(see: See) -> None:
    seen = look(report(see(H1, H1, UNKNOWN), see(H1, H1, H1, at="main:other@production")))
    assert [(one.kind, one.facts.state) for one in seen.symptoms] == [(Kind.UNREAD, State.UNKNOWN)]
    assert not seen.whole
    assert AT not in seen.answered


@pytest.mark.parametrize(
    ("code", "stop", "grave"),
    [
        (Exit.UNKNOWN, "unknown", Grave.WARNING),
        (Exit.DENIED, "denied", Grave.FAILURE),
        (Exit.USAGE, "usage", Grave.FAILURE),
    ],
)
def test_a_target_that_does_not_answer_is_one_outage(see: See, code: Exit, stop: str, grave: Grave) -> None:
    seen = look(report(see(H1, H1, UNKNOWN), error="down", error_exit=code), all_asked=False)
    assert seen.outage == Facts(
        State.UNKNOWN,
        ("production", "staging"),
        usual=True,
        grave=grave,
        fix="mooring doctor --target main",
        stop=stop,
    )
    assert not seen.symptoms
    assert not seen.answered


def test_many_that_could_not_be_read_are_an_outage_where_all_were_asked_for(see: See) -> None:
    both = report(see(H1, H1, UNKNOWN), see(H1, H1, UNKNOWN, at="main:other@production"))
    assert look(both).outage is not None
    assert look(both, all_asked=False).outage is None
    assert look(report(see(H1, H1, UNKNOWN))).outage is None


def test_a_lock_is_no_outage(see: See) -> None:
    seen = look(TargetReport("main", "memory", error="locked", error_exit=Exit.LOCKED))
    assert (seen.outage, seen.whole) == (None, False)
    stopped = look(report(see(H1, H1, H3), error="denied", error_exit=Exit.DENIED))
    assert stopped.outage is None
    assert len(stopped.symptoms) == 1


def test_a_listener_hears_its_labels_and_states() -> None:
    facts = Facts(State.CONFLICT, ("production", "staging"), usual=True, grave=Grave.FAILURE)
    assert Listener("a").hears(facts)
    assert not Listener("a").hears(replace(facts, usual=False))
    assert Listener("a", labels=frozenset({"staging"})).hears(facts)
    assert not Listener("a", labels=frozenset({"dev"})).hears(facts)
    assert Listener("a", states=frozenset({State.CONFLICT})).hears(replace(facts, usual=False))
    assert not Listener("a", states=frozenset({State.MISSING})).hears(facts)


def test_fingerprints_hold_target_prompt_label_state_and_hashes_alone(see: See) -> None:
    def of(seen: Observation) -> str:
        return look(report(seen)).symptoms[0].fingerprint

    plain = see(H1, H1, H3)
    holder = Holder(Ref("8"), H3, "2026-02-02T00:00:00+00:00", "Bob")
    assert of(plain) == of(replace(plain, holders=(holder,), url="https://p/8"))
    for other in (see(H2, H2, H3), see(H1, H1, H2), see(H1, H1, H3, at="main:support@staging"), see(H1, H2, H3)):
        assert of(other) != of(plain)


def test_parts_of_a_fingerprint_cannot_run_together() -> None:
    assert fingerprint("ab", "c") != fingerprint("a", "bc")
    assert fingerprint("a\ud800") != fingerprint("a\ud801")
    assert mark(Address("t", "a:b", "c")) != mark(Address("t", "a", "b:c"))
    ids = {incident_id(r, t, s) for r in "ab" for t in "ab" for s in (Subject(Kind.TARGET), Subject(Kind.DRIFT, "x"))}
    assert len(ids) == 8
