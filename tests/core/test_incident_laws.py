"""Laws of alerting over any sequence of runs, of listeners that fail and of runners that die."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from mooring.core.address import Address
from mooring.core.incident import Book, Facts, Grave, Kind, Listener, fingerprint, mark
from mooring.core.state import State
from mooring.core.symptoms import Observed, Symptom
from mooring.core.telling import Fate, Result, Said, decide, settle

PROMPTS = tuple(f"p{n}" for n in range(9))
MARKS = {name: mark(Address("main", name, "production")) for name in PROMPTS}
STATES = (State.PLATFORM_AHEAD, State.MISSING, State.UNKNOWN)
LISTENERS = (
    Listener("A"),
    Listener("B", after=timedelta(minutes=20)),
    Listener("C", digest=timedelta(hours=2)),
    Listener("D", states=frozenset({State.MISSING})),
)


def symptom(name: str, state: State, live: int) -> Symptom:
    kind = Kind.UNREAD if state is State.UNKNOWN else Kind.DRIFT
    facts = Facts(state, ("production",), usual=True, grave=Grave.WARNING, named=(name,))
    sides = fingerprint(name, state, str(live))
    return Symptom(Address("main", name, "production"), MARKS[name], kind, facts, sides)


ILL = st.dictionaries(st.sampled_from(PROMPTS), st.tuples(st.sampled_from(STATES), st.integers(0, 1)), max_size=9)


@st.composite
def runs(draw: st.DrawFn) -> Observed | None:
    match draw(st.sampled_from(("seen", "seen", "seen", "well", "outage", "nothing"))):
        case "outage":
            facts = Facts(State.UNKNOWN, ("production",), usual=True, grave=Grave.WARNING, stop="unknown")
            return Observed("acme", "main", outage=facts)
        case "nothing":
            return None
        case kind:
            ill = draw(ILL) if kind == "seen" else {}
            asked = draw(st.one_of(st.just(set(PROMPTS)), st.sets(st.sampled_from(PROMPTS))))
            found = tuple(symptom(name, *ill[name]) for name in sorted(ill) if name in asked)
            listed = frozenset(MARKS[name] for name in asked)
            unread = {one.mark for one in found if one.kind is Kind.UNREAD}
            return Observed(
                "acme",
                "main",
                symptoms=found,
                listed=listed,
                answered=listed - unread,
                settled=listed - {one.mark for one in found},
                whole=asked == set(PROMPTS) and not unread,
            )


STEP = st.tuples(
    runs(), st.sampled_from((1, 5, 30, 120, 1500)), st.sets(st.sampled_from("ABCD")), st.sampled_from("ooox")
)
EVERY = frozenset(MARKS.values())
WELL = Observed("acme", "main", listed=EVERY, answered=EVERY, settled=EVERY, whole=True)


@given(st.lists(STEP, max_size=25))
@settings(max_examples=100, deadline=None)
def test_every_cause_is_opened_once_resolved_once_and_in_the_end_nobody_waits(
    steps: list[tuple[Observed | None, int, set[str], str]],
) -> None:
    """`x` is a runner that dies between its claim and its first word."""
    book, now, told = Book(), datetime(2026, 1, 1, tzinfo=UTC), list[tuple[str, Said, tuple[str, datetime]]]()
    ends: list[tuple[Observed | None, int, set[str], str]] = [(WELL, 180, set(), "o")] * 3
    for number, (seen, minutes, down, fate) in enumerate([*steps, *ends]):
        now += timedelta(minutes=minutes)
        decided = decide(book, seen, now, LISTENERS, str(number))
        book = decided.book
        if fate == "x":
            continue
        fates = [Fate.REFUSED if one.listener in down else Fate.DELIVERED for one in decided.messages]
        results = [Result(message, became) for message, became in zip(decided.messages, fates, strict=True)]
        book = settle(book, results, now, str(number), 0.5)
        for message, became in zip(decided.messages, fates, strict=True):
            if became is Fate.DELIVERED:
                told += [(message.listener, i.said, (i.incident.id, i.incident.opened)) for i in message.items]
    counts = Counter(told)
    for listener, _, one in counts:
        opened, resolved, passed = (counts[listener, said, one] for said in (Said.OPENED, Said.RESOLVED, Said.PASSED))
        assert (opened, resolved, passed) in {(1, 1, 0), (0, 0, 1)}
    assert all(t.queued is None for one in book.incidents for t in one.tellings.values())
    again = decide(book, WELL, now, LISTENERS, "again")
    assert again.book == book


@given(st.lists(st.booleans(), min_size=10, max_size=200), st.integers(1, 59))
@settings(max_examples=40, deadline=None)
def test_however_it_flaps_the_number_of_messages_is_bounded(ill: list[bool], minutes: int) -> None:
    book, now, told = Book(), datetime(2026, 1, 1, tzinfo=UTC), 0
    for number, one in enumerate(ill):
        now += timedelta(minutes=minutes)
        found = (symptom("p0", State.MISSING, number),) if one else ()
        settled = WELL.settled - {one.mark for one in found}
        seen = Observed(
            "acme", "main", symptoms=found, listed=WELL.listed, answered=WELL.listed, settled=settled, whole=True
        )
        decided = decide(book, seen, now, LISTENERS[:1], str(number))
        results = [Result(message, Fate.DELIVERED) for message in decided.messages]
        book = settle(decided.book, results, now, str(number), 0.5)
        told += len(results)
    hours = len(ill) * minutes / 60
    assert told <= 2 * 3 * 5 + 3 * (hours + 1)
