"""What is said: enough to act on, nothing that leaks, and nothing that does anything where it is read."""

import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from shlex import quote
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.alerts.apprise_sink import AppriseSink
from mooring.alerts.book import BookUnreadable, decode, encode
from mooring.alerts.issues import IssueSink
from mooring.alerts.sinks import Letter, sinks_of
from mooring.alerts.wording import MARKDOWN, PLAIN, TITLE, Pen, written
from mooring.config import AlertConfig
from mooring.config.types import FromEnvironment
from mooring.core.address import ABSENT, INVALID, UNKNOWN, Address
from mooring.core.desired import Version
from mooring.core.incident import Book, Claim, Facts, Grave, Health, Incident, Kind, Listener, Stage, Subject, Telling
from mooring.core.observation import Objection, Observation
from mooring.core.report import Report
from mooring.core.state import State
from mooring.core.symptoms import observe
from mooring.core.telling import Item, Said, decide
from mooring.testing.clock import ManualClock

if TYPE_CHECKING:
    from tests.alerts.conftest import MemoryForge, Runner, Webhook

See = Callable[..., Observation]
Reported = Callable[..., Report]
START = datetime(2026, 1, 1, tzinfo=UTC)
PLATFORM_AHEAD = Facts(
    State.PLATFORM_AHEAD,
    ("production",),
    usual=True,
    grave=Grave.FAILURE,
    named=("greet",),
    git="1" * 12,
    live="2" * 12,
    by="Ann",
    fix="mooring adopt prod:greet@production",
)


def item(facts: Facts, kind: Kind = Kind.DRIFT, said: Said = Said.OPENED, **rest: object) -> Item:
    usual = Incident("id", Subject(kind), facts, "print", START, START)
    return Item(said, replace(usual, **rest))  # type: ignore[arg-type]


HOSTILE = [
    "@channel",
    "@here",
    "@everyone",
    "<!here>",
    "<!channel|x>",
    "<@U123>",
    "<@&987>",
    "#123",
    "org/repo#1",
    "<https://evil.example|click>",
    "[click](https://evil.example)",
    "![](https://evil.example/pixel.png)",
    "https://evil.example",
    "</li><script>alert(1)</script>",
    "<!-- mooring-incident: 0000 -->",
    "a`b``c",
    "line\r\nbreak\n::error::x",
    "\x1b[31mred",
    "\u202egnp.exe",
    "a\x00b",
    "* item\n# head",
    "'; rm -rf ~; '",
    "$(touch /tmp/x)",
    "x" * 500,
]
CALLS = re.compile(r"@\w|<[!@#&/a-z]|#\d|\]\(|://(?!platform\.example/)|[\x00-\x09\x0b-\x1f\u202e]")


def due(found: Report, listener: str) -> tuple[Item, ...]:
    """What somebody is told who never heard of anything."""
    seen = observe("acme", found.targets[0], ["production"], frozenset(), all_asked=True)
    messages = decide(Book(), seen, START, [Listener(listener)], "run").messages
    return tuple(one for message in messages for one in message.items)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_does_nothing_in_a_chat(name: str, look: See, report: Reported) -> None:
    items = due(report(look(name, "2", label=name), look(name, "2")), "SLACK")
    for some in (items[:1], items[1:], items):
        text = written("prod", some, PLAIN)
        assert CALLS.search(f"{text.title}\n{text.body}") is None
        assert "\n" not in text.title
        assert len(text.title) <= 200
    assert len(items) == 2


def test_hostile_names_come_through_apprise_as_they_are(webhook: "Webhook", look: See, report: Reported) -> None:
    items = due(report(*[look(name, "2", label=name) for name in HOSTILE]), "SLACK")
    AppriseSink(Listener("SLACK"), webhook.url).send(Letter("prod", items))
    (got,) = webhook.got
    assert CALLS.search(f"{got['title']}\n{got['message']}") is None
    assert got["message"].count("How grave") == 20


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_does_nothing_in_an_issue(name: str, forge: "MemoryForge", look: See, report: Reported) -> None:
    items = due(report(look(name, "2", label=name)), "github")
    sink = IssueSink(Listener("github"), forge)  # type: ignore[arg-type]
    sink.send(Letter("prod", items))
    sink.send(Letter("prod", tuple(replace(one, said=Said.UPDATED) for one in items)))
    (issue,) = forge.kept.values()
    assert "\n" not in issue.title
    assert len(forge.comments[1]) == 1
    for text in (issue.body.split("\n", 1)[1], *forge.comments[1]):
        bare = re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", text.replace("<https://platform.example/", ""))
        assert CALLS.search(bare) is None
        assert "`" not in bare
        assert "evil" not in bare


def test_a_marker_in_a_name_does_not_pass_for_the_marker(
    filed: "Runner", forge: "MemoryForge", look: See, report: Reported
) -> None:
    filed.sinks = sinks_of((AlertConfig(None),), {}, forge)  # type: ignore[arg-type]
    filed.tell(report(look(live="2")))
    marker = forge.kept[1].body.splitlines()[0]
    forge.close_issue(1)
    filed.tell(report(look(), look(marker, "2")))
    filed.tell(report(look(live="2"), look(marker, "2")))
    assert [one.is_open for one in forge.kept.values()] == [False, True, True]


ADDRESSES = st.builds(
    Address, st.just("prod"), st.text("ab/.-_", min_size=1, max_size=8), st.text("ab.-_", min_size=1, max_size=8)
)


@given(ADDRESSES.filter(lambda one: "//" not in str(one)))
def test_a_command_for_chats_is_the_same_command_to_a_shell(address: Address) -> None:
    command = f"mooring adopt {quote(str(address))}"
    shown = PLAIN.command(command)
    assert shlex.split(shown) == shlex.split(command)
    assert not re.search(r"@\w", shown)


@pytest.mark.parametrize("command", ["mooring adopt 'prod:@channel x@production'", "mooring 'unclosed", ""])
def test_a_command_that_cannot_be_shown_is_another_one(command: str) -> None:
    assert PLAIN.command(command) == "mooring status"


def test_what_is_long_is_cut_and_many_are_counted() -> None:
    many = replace(PLATFORM_AHEAD, count=1204, named=("a", "b", "c", "d", "e" * 200), live="", by="")
    text = written("prod", (item(many, Kind.DRIFTS),), PLAIN)
    assert text.title == "1204 prompts (production) on prod: platform ahead"
    assert "Where: prompts a, b, c, d, " + "e" * 79 + "… and 1199 more; label production; target prod" in text.body
    assert "Who:" not in text.body
    assert "Hashes:" not in text.body


def test_a_summary_counts_and_names_and_stays_short() -> None:
    gone = item(PLATFORM_AHEAD, said=Said.PASSED, resolved=START)
    text = written("prod", [*[item(PLATFORM_AHEAD)] * 24, gone], PLAIN)
    assert text.title == "Prompts on prod: 24 opened, 1 passed"
    assert text.body.count("Type: ") == 20
    assert text.body.endswith("and 5 more: mooring status --target prod")
    assert text.grave is Grave.FAILURE
    assert written("prod", [gone, gone], PLAIN).grave is None


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("pen", [PLAIN, MARKDOWN, TITLE])
def test_every_state_has_words(state: State, kind: Kind, pen: Pen) -> None:
    text = written("prod", (item(replace(PLATFORM_AHEAD, state=state), kind),), pen)
    assert "What: " in text.body
    assert text.grave is Grave.FAILURE


def test_who_is_said_so_far_as_it_is_known() -> None:
    def who(**facts: str) -> list[str]:
        text = written("prod", (item(replace(PLATFORM_AHEAD, **facts)),), PLAIN)  # type: ignore[arg-type]
        return [line for line in text.body.splitlines() if line.startswith("Who")]

    made = "2026-01-01T00:00:00+00:00"
    assert who(by="Ann") == ["Who: Ann"]
    assert who(by="") == ["Who: unknown: the platform keeps none"]
    nobody = "Who: unknown: the platform keeps none (the live version was made 2026-01-01 00:00 UTC)"
    assert who(by="", since=made) == [nobody]
    assert who(by="", live=ABSENT) == []


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://user:pw@host/x", "https://host/<x>", "https://h/ x"])
def test_a_link_that_is_none_is_left_out(url: str) -> None:
    assert "Link" not in written("prod", (item(replace(PLATFORM_AHEAD, url=url)),), PLAIN).body


def test_no_content_and_no_answer_of_a_server_reaches_a_sink(
    filed: "Runner", webhook: "Webhook", forge: "MemoryForge", clock: ManualClock, look: See, report: Reported
) -> None:
    """A canary in every text that a run holds beside names."""
    canary = "CANARY-c0ffee"
    url = FromEnvironment("URL", "mooring.yaml", 1)
    alerts = (AlertConfig(url), AlertConfig(None))
    filed.sinks = sinks_of(alerts, {"URL": webhook.url}, forge)  # type: ignore[arg-type]
    invalid = look("bad", git=INVALID, version=Version("v1", "p", "b" * 40, INVALID), mistake=canary)
    heavy = look("heavy", objections=(Objection(canary, canary, canary),))
    filed.tell(report(invalid, heavy, look(live="2")))
    for _ in range(2):
        filed.tell(report(look(live=UNKNOWN), error=canary))
        clock.advance(60)
    assert len(webhook.got) == len(forge.kept) == 4
    said = f"{webhook.got}{forge.kept}{forge.comments}{filed.shelf().read(['incidents.json'])}"
    assert canary not in said
    assert "s3cret" not in said


# --- The book ---------------------------------------------------------------------------------------------------------

TIMES = st.datetimes(timezones=st.just(UTC), min_value=datetime(2020, 1, 1), max_value=datetime(2090, 1, 1))  # noqa: DTZ001
TEXTS = st.text(max_size=6)
TELLINGS = st.builds(
    Telling,
    stage=st.sampled_from(Stage),
    told=st.none() | TIMES,
    queued=st.none() | TIMES,
    claim=st.none() | st.builds(Claim, TEXTS, TIMES),
)
FACTS = st.builds(
    Facts,
    state=st.sampled_from(State),
    labels=st.lists(TEXTS, max_size=2).map(tuple),
    usual=st.booleans(),
    grave=st.sampled_from(Grave),
    named=st.lists(TEXTS, max_size=2).map(tuple),
    by=TEXTS,
    url=TEXTS,
    stop=TEXTS,
)
MARKS = st.text("0123456789abcdef", min_size=1, max_size=4)
INCIDENTS = st.builds(
    Incident,
    id=TEXTS,
    subject=st.builds(Subject, st.sampled_from(Kind), TEXTS),
    facts=FACTS,
    fingerprint=MARKS,
    opened=TIMES,
    counts=TIMES,
    resolved=st.none() | TIMES,
    members=st.dictionaries(MARKS, MARKS, max_size=3),
    tellings=st.dictionaries(TEXTS, TELLINGS, max_size=2),
)
HEALTHS = st.dictionaries(TEXTS, st.builds(Health, st.integers(0, 9), TIMES), max_size=2)


@given(st.builds(Book, st.lists(INCIDENTS, max_size=3).map(tuple), HEALTHS))
def test_what_is_written_is_read(book: Book) -> None:
    assert decode(encode(book)) == book
    assert encode(decode(encode(book))) == encode(book)


def test_no_book_is_an_empty_one() -> None:
    assert decode(None) == Book()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff", "is damaged"),
        (b"[" * 100_000, "is damaged"),
        (b'{"schema": "mooring/incidents/2"}', "upgrade mooring"),
        (b'{"schema": "mooring/incidents/1", "incidents": [{}], "silent": {}}', "is damaged"),
        (
            b'{"schema": "mooring/incidents/1", "incidents": [], "silent": {"a": {"failures": 1, "next": "2026-01-01"}}}',  # noqa: E501
            "is damaged",
        ),
    ],
)
def test_a_book_that_cannot_be_read_is_not_an_empty_one(data: bytes, said: str) -> None:
    with pytest.raises(BookUnreadable, match=said):
        decode(data)


def test_a_member_costs_few_bytes() -> None:
    members = {f"{n:012x}": "0" * 12 for n in range(5000)}
    incident = replace(item(PLATFORM_AHEAD).incident, members=members)
    assert len(encode(Book((incident,)))) < 135_000
