"""The life of an incident: opened once, updated, reminded, resolved; grouped; said by one runner alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from mooring.core.address import Address
from mooring.core.incident import Book, Facts, Grave, Kind, Listener, Stage, fingerprint, mark
from mooring.core.state import State
from mooring.core.symptoms import Observed, Symptom
from mooring.core.telling import Fate, Message, Result, decide, settle, waiting

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SLACK = Listener("SLACK")
ALL = tuple(f"p{n}" for n in range(20))


def at(prompt: str) -> str:
    return mark(Address("main", prompt, "production"))


def marks(prompts: Iterable[str]) -> frozenset[str]:
    return frozenset(map(at, prompts))


def symptom(prompt: str, live: str = "3", state: State = State.PLATFORM_AHEAD) -> Symptom:
    kind = Kind.UNREAD if state is State.UNKNOWN else Kind.DRIFT
    facts = Facts(state, ("production",), usual=True, grave=Grave.FAILURE, named=(prompt,), live=live)
    return Symptom(Address("main", prompt, "production"), at(prompt), kind, facts, fingerprint(prompt, live, state))


def observed(
    *ill: str | Symptom, asked: Sequence[str] = ALL, whole: bool = True, muted: Sequence[str] = ()
) -> Observed:
    """A run that asked for some prompts: those named are ill, the others well."""
    symptoms = tuple(symptom(one) if isinstance(one, str) else one for one in ill)
    unread = {one.mark for one in symptoms if one.kind is Kind.UNREAD}
    return Observed(
        "acme",
        "main",
        symptoms=symptoms,
        listed=marks(asked),
        answered=marks(asked) - unread,
        settled=marks(asked) - {one.mark for one in symptoms} - marks(muted),
        muted=marks(muted),
        whole=whole and not unread,
    )


def outage(stop: str = "unknown") -> Observed:
    facts = Facts(State.UNKNOWN, ("production",), usual=True, grave=Grave.WARNING, count=5000, stop=stop)
    return Observed("acme", "main", outage=facts)


@dataclass
class Story:
    """Runs one after the other; `down` listeners refuse."""

    listeners: tuple[Listener, ...] = (SLACK,)
    book: Book = field(default_factory=Book)
    now: datetime = START
    down: set[str] = field(default_factory=set)
    writes: int = 0

    def run(self, seen: Observed | None, later: timedelta = timedelta()) -> list[str]:
        """Give what was delivered, as `SLACK opened p1`."""
        self.now += later
        before = self.book
        decided = decide(before, seen, self.now, self.listeners, "run")
        self.writes += decided.book != before
        fates = [Fate.REFUSED if one.listener in self.down else Fate.DELIVERED for one in decided.messages]
        results = [Result(message, fate) for message, fate in zip(decided.messages, fates, strict=True)]
        self.book = settle(decided.book, results, self.now, "run", 1.0) if results else decided.book
        return [said(m) for m, fate in zip(decided.messages, fates, strict=True) if fate is Fate.DELIVERED]


def said(message: Message) -> str:
    items = [f"{one.said} {'+'.join(one.incident.facts.named) or one.incident.subject.kind}" for one in message.items]
    return f"{message.listener} {', '.join(items)}"


def test_a_cause_is_opened_once_and_resolved_once() -> None:
    story = Story()
    assert story.run(observed("p1")) == ["SLACK opened p1"]
    assert story.run(observed("p1"), MINUTE) == []
    assert story.run(observed(), MINUTE) == ["SLACK resolved p1"]
    assert story.run(observed(), MINUTE) == []
    assert story.run(observed("p1"), MINUTE) == ["SLACK opened p1"]


def test_a_run_that_sees_nothing_new_writes_nothing() -> None:
    story = Story()
    assert story.run(observed()) == []
    assert story.writes == 0
    story.run(observed("p1"))
    story.writes = 0
    for _ in range(5):
        story.run(observed("p1"), MINUTE)
    assert story.writes == 0


def test_reminders_come_after_an_hour_a_day_and_then_weekly() -> None:
    story, told = Story(), list[timedelta]()
    story.run(observed("p1"))
    for _ in range(24 * 24):
        if story.run(observed("p1"), HOUR):
            told.append(story.now - START)
    assert told == [HOUR, HOUR + DAY, HOUR + 8 * DAY, HOUR + 15 * DAY, HOUR + 22 * DAY]


def test_another_live_hash_or_state_is_the_same_incident_updated() -> None:
    story = Story()
    story.run(observed("p1"))
    assert story.run(observed(symptom("p1", live="4")), MINUTE) == ["SLACK updated p1"]
    assert story.run(observed(symptom("p1", "4", State.CONFLICT)), MINUTE) == ["SLACK updated p1"]
    assert story.run(observed(symptom("p1", "4", State.CONFLICT)), MINUTE) == []
    assert story.run(observed(), MINUTE) == ["SLACK resolved p1"]


def test_a_label_that_moves_all_the_time_is_told_hourly() -> None:
    story = Story()
    story.run(observed("p1"))
    told = [story.run(observed(symptom("p1", str(n))), MINUTE) for n in range(10, 130)]
    assert [len(one) for one in told].count(1) == 3 + 1


@pytest.mark.parametrize(
    "seen",
    [
        observed(asked=("p2",), whole=False),
        observed(symptom("p1", state=State.UNKNOWN)),
        observed(muted=("p1",)),
        observed("p1", muted=("p1",)),
        outage(),
        None,
    ],
    ids=["not asked", "not read", "suspended", "suspended and ill", "outage", "another commit"],
)
def test_what_was_not_looked_at_stays_open_and_nothing_is_said_of_it(seen: Observed | None) -> None:
    story = Story()
    story.run(observed("p1"))
    if seen is not None and seen.muted:
        seen = replace(seen, symptoms=())
    told = story.run(seen, 2 * HOUR)
    assert not [one for one in told if "p1" in one and "opened" not in one]
    assert story.run(observed(), MINUTE)[-1:] == ["SLACK resolved p1"]


def test_an_address_that_is_gone_from_a_whole_run_is_over() -> None:
    story = Story()
    story.run(observed("p1"))
    assert story.run(observed(asked=("p2",)), MINUTE) == ["SLACK resolved p1"]


def test_few_have_their_own_incidents_and_many_share_one() -> None:
    story = Story()
    assert story.run(observed(*ALL[:5])) == [f"SLACK opened p{n}" for n in range(5)]
    assert Story().run(observed(*ALL[:6])) == ["SLACK opened p0+p1+p2+p3+p4"]


def test_crossing_the_threshold_makes_no_storm() -> None:
    story = Story()
    told = story.run(observed(*ALL[:6])) + story.run(observed(*ALL[:3]), MINUTE)
    told += story.run(observed(*ALL[:6]), MINUTE) + story.run(observed(*ALL[:2]), MINUTE)
    assert told == ["SLACK opened p0+p1+p2+p3+p4", "SLACK updated p0+p1+p2+p3+p4"]
    assert story.run(observed(), MINUTE) == ["SLACK resolved p0+p1"]


def test_those_that_join_later_share_one_incident_beside_the_first() -> None:
    story = Story()
    story.run(observed(*ALL[:4]))
    assert story.run(observed(*ALL[:6]), MINUTE) == ["SLACK opened p4+p5"]
    assert story.run(observed(*ALL[:7]), MINUTE) == ["SLACK updated p4+p5+p6"]
    assert story.run(observed("p0", "p6"), MINUTE) == ["SLACK resolved p1", "SLACK resolved p2", "SLACK resolved p3"]
    assert story.run(observed(), MINUTE) == ["SLACK resolved p0", "SLACK resolved p6"]


def test_a_run_of_some_prompts_takes_only_those_out_of_a_shared_incident() -> None:
    story = Story()
    story.run(observed(*ALL[:8]))
    assert story.run(observed(asked=ALL[:5], whole=False), MINUTE) == []
    assert story.run(observed("p7", asked=("p5", "p7"), whole=False), MINUTE) == []
    assert len(story.book.incidents[0].members) == 2
    assert story.book.incidents[0].facts.count == 2
    assert story.run(outage(), MINUTE) == []
    assert story.run(observed(asked=("p6", "p7"), whole=False), MINUTE) == ["SLACK resolved p7"]


def test_one_that_changes_its_state_leaves_the_shared_incident() -> None:
    story = Story()
    story.run(observed(*ALL[:6]))
    told = story.run(observed(symptom("p0", state=State.MISSING), *ALL[1:6]), MINUTE)
    assert told == ["SLACK opened p0"]
    assert len(story.book.incidents[0].members) == 5


def test_a_shared_incident_whose_addresses_are_all_suspended_is_quiet() -> None:
    story = Story(down={"SLACK"})
    story.run(observed(*ALL[:6]))
    story.down.clear()
    quiet = observed(asked=ALL, muted=ALL[:6], whole=False)
    assert story.run(quiet, HOUR) == []
    assert story.run(observed(*ALL[:6]), MINUTE) == ["SLACK opened p0+p1+p2+p3+p4"]


def test_an_outage_of_thousands_is_one_incident_and_counts_when_it_lasts() -> None:
    story = Story()
    assert story.run(outage()) == []
    assert story.run(outage(), MINUTE / 2) == []
    assert story.run(outage(), MINUTE) == ["SLACK opened target"]
    assert story.run(outage("denied"), MINUTE) == ["SLACK updated target"]
    assert story.run(observed(), MINUTE) == ["SLACK resolved target"]


def test_a_passing_outage_is_never_told() -> None:
    story = Story()
    story.run(outage())
    assert story.run(observed(), HOUR) == []
    assert story.run(outage(), HOUR) == []
    assert story.book.incidents[0].opened == START + 2 * HOUR


def test_an_empty_target_that_answers_again_is_over() -> None:
    story = Story()
    story.run(outage())
    story.run(outage(), HOUR)
    locked = Observed("acme", "main")
    assert story.run(locked, MINUTE) == []
    assert story.run(replace(locked, whole=True), MINUTE) == ["SLACK resolved target"]


def test_what_could_not_be_read_is_told_when_it_lasts_and_over_when_it_is_read() -> None:
    story = Story()
    unread = observed(symptom("p1", state=State.UNKNOWN))
    assert story.run(unread) == []
    assert story.run(unread, HOUR) == ["SLACK opened p1"]
    assert story.run(observed("p1"), MINUTE) == ["SLACK resolved p1", "SLACK opened p1"]
    many = observed("p1", *[symptom(one, state=State.UNKNOWN) for one in ALL[2:10]])
    story.run(many, MINUTE)
    assert story.run(many, MINUTE) == ["SLACK opened p2+p3+p4+p5+p6"]
    assert story.run(observed("p1"), MINUTE) == ["SLACK resolved p2+p3+p4+p5+p6"]


def test_listeners_hear_what_they_chose_and_follow_it_to_its_end() -> None:
    mine = Listener("MINE", states=frozenset({State.MISSING}))
    story = Story(listeners=(SLACK, mine))
    assert story.run(observed("p1")) == ["SLACK opened p1"]
    assert story.run(observed(symptom("p1", state=State.MISSING)), MINUTE) == ["SLACK updated p1", "MINE opened p1"]
    assert story.run(observed("p1"), MINUTE) == ["SLACK updated p1", "MINE updated p1"]
    assert story.run(observed(), MINUTE) == ["SLACK resolved p1", "MINE resolved p1"]


def test_what_nobody_listens_to_is_not_remembered() -> None:
    deaf = Listener("DEAF", labels=frozenset({"staging"}))
    story = Story(listeners=(deaf,))
    story.run(observed("p1"))
    story.run(outage())
    assert story.book == Book()


def test_after_waits_and_says_nothing_of_what_is_over_by_then() -> None:
    story = Story(listeners=(replace(SLACK, after=15 * MINUTE),))
    story.run(observed("p1", "p2"))
    assert story.run(observed("p1"), 10 * MINUTE) == []
    assert [one.facts.named for one in story.book.incidents] == [("p1",)]
    assert story.run(observed("p1"), 5 * MINUTE) == ["SLACK opened p1"]
    assert story.run(observed(), MINUTE) == ["SLACK resolved p1"]


def test_a_digest_gathers_and_says_once() -> None:
    story = Story(listeners=(replace(SLACK, digest=DAY),))
    assert story.run(observed("p1")) == []
    assert story.run(observed("p1", "p2"), HOUR) == []
    assert story.run(observed("p1", "p3"), HOUR) == []
    assert waiting(story.book, "SLACK") == 3
    assert waiting(story.book, "other") == 0
    assert story.run(observed("p1", "p3"), DAY) == ["SLACK opened p1, passed p2, opened p3"]
    assert story.run(observed("p1", "p3"), MINUTE) == []


def test_a_listener_that_is_down_for_an_hour_misses_nothing_and_hears_nothing_twice() -> None:
    story = Story(down={"SLACK"})
    assert story.run(observed("p1", "p2")) == []
    story.run(observed("p1"), 10 * MINUTE)
    story.run(observed(symptom("p1", "9"), "p3"), 40 * MINUTE)
    story.down.clear()
    told = [one for _ in range(24) for one in story.run(observed("p3"), 5 * MINUTE)]
    assert told == ["SLACK passed p1", "SLACK passed p2", "SLACK opened p3", "SLACK reminded p3"]
    assert story.book.silent == {}


def test_pauses_grow_to_an_hour_and_keep_to_what_was_asked() -> None:
    book, pauses = Book(), list[timedelta]()
    story = Story(down={"SLACK"})
    for _ in range(8):
        story.run(observed("p1"))
        pauses.append(story.book.silent["SLACK"].next_try - story.now)
        story.now = story.book.silent["SLACK"].next_try
    assert pauses == [MINUTE * n for n in (1, 2, 4, 8, 16, 32, 60, 60)]
    decided = decide(book, observed("p1"), START, (SLACK,), "run")
    for asked, pause in ((30 * MINUTE, 30 * MINUTE), (DAY, HOUR), (None, MINUTE / 2)):
        result = Result(decided.messages[0], Fate.REFUSED, asked)
        assert settle(decided.book, [result], START, "run", 0.0).silent["SLACK"].next_try == START + pause


def test_one_that_refuses_does_not_pass_for_one_that_was_told() -> None:
    story = Story(listeners=(SLACK, Listener("MAIL")), down={"MAIL"})
    assert story.run(observed("p1")) == ["SLACK opened p1"]
    story.down.clear()
    assert story.run(observed("p1"), 2 * MINUTE) == ["MAIL opened p1"]


def test_what_was_not_tried_is_due_at_once() -> None:
    decided = decide(Book(), observed("p1"), START, (SLACK,), "a")
    book = settle(decided.book, [Result(decided.messages[0], Fate.UNTRIED)], START, "a", 0.0)
    assert book.silent == {}
    assert len(decide(book, observed("p1"), START, (SLACK,), "b").messages) == 1


def test_one_that_is_not_ready_is_told_later() -> None:
    story = Story(listeners=(replace(SLACK, ready=False),))
    assert story.run(observed("p1")) == []
    story.listeners = (SLACK,)
    assert story.run(None, HOUR) == ["SLACK opened p1"]


def test_what_one_run_claimed_no_other_says_until_the_first_is_dead() -> None:
    first = decide(Book(), observed("p1"), START, (SLACK,), "a")
    assert len(first.messages) == 1
    second = decide(first.book, observed("p1"), START + 9 * MINUTE, (SLACK,), "b")
    assert second.messages == ()
    assert second.book == first.book
    third = decide(first.book, None, START + 10 * MINUTE, (SLACK,), "c")
    assert [said(one) for one in third.messages] == ["SLACK opened p1"]
    late = settle(third.book, [Result(first.messages[0], Fate.DELIVERED)], START, "a", 0.0)
    assert late.incidents == third.book.incidents


def test_what_is_over_while_it_is_being_said_is_resolved_afterwards() -> None:
    first = decide(Book(), observed("p1"), START, (SLACK,), "a")
    between = decide(first.book, observed(), START + MINUTE, (SLACK,), "b")
    assert between.messages == ()
    book = settle(between.book, [Result(first.messages[0], Fate.DELIVERED)], START + MINUTE, "a", 0.0)
    assert book.incidents[0].tellings["SLACK"].stage is Stage.OPEN
    last = decide(book, None, START + MINUTE, (SLACK,), "c")
    assert [said(one) for one in last.messages] == ["SLACK resolved p1"]


def test_a_reminder_that_could_not_be_sent_is_sent_by_a_run_that_sees_nothing() -> None:
    story = Story()
    story.run(observed("p1"))
    story.down = {"SLACK"}
    story.run(observed("p1"), HOUR)
    story.down.clear()
    assert story.run(None, HOUR) == ["SLACK reminded p1"]


def test_what_comes_and_goes_must_last_before_it_is_told_again() -> None:
    story, told = Story(), list[str]()
    for _ in range(60):
        told += story.run(observed("p1"), MINUTE) + story.run(observed(), MINUTE)
    assert told == ["SLACK opened p1", "SLACK resolved p1"] * 3
    story.run(observed("p1"), MINUTE)
    assert story.run(observed("p1"), HOUR) == ["SLACK opened p1"]
    story.run(observed(), MINUTE)
    assert story.run(observed("p1"), DAY) == ["SLACK opened p1"]


def test_what_is_over_is_forgotten_after_a_month() -> None:
    story = Story()
    story.run(observed("p1"))
    story.run(observed(), MINUTE)
    story.run(observed("p2"), 29 * DAY)
    assert len(story.book.incidents) == 2
    story.run(observed("p3"), DAY)
    assert {one.facts.named for one in story.book.incidents} == {("p2",), ("p3",)}


def test_the_book_stays_small_and_keeps_what_is_still_to_be_told() -> None:
    story = Story(listeners=(SLACK, Listener("MAIL")), down={"MAIL"})
    story.run(observed("p0"))
    story.run(observed(), HOUR)
    story.listeners = (SLACK,)
    for n in range(130):
        story.run(observed(f"q{n}", asked=[f"q{n}"]), HOUR)
    assert [one.facts.named for one in story.book.incidents][:2] == [("p0",), ("q28",)]
    assert len(story.book.incidents) == 1 + 100 + 2
