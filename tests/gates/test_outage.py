"""A target that goes down, with all its prompts: one incident, one resolve."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pytest

from mooring.testing.langfuse.trouble import Event, Fault, Lost, Replied, When, too_many
from mooring.testing.langfuse.wire import Answer

if TYPE_CHECKING:
    from tests.gates.conftest import Place
    from tests.support.places import Channel

EVER = 10**9
HEARS = "alerts: [{notify: env:CHANNEL_URL}]\n"
DENIED = Answer(
    401, (("content-type", "application/json"),), b'{"message":"Invalid credentials","error":"Unauthorized"}'
)


@pytest.fixture
def synced(place: "Place") -> "Callable[[int], Place]":
    """Give a repository with so many prompts, all of them synced: the platform held them before, so nothing is made."""

    def make(count: int) -> "Place":
        place.forms = ("json",)
        for number in range(count):
            place.prompt(f"p{number}", f"text {number}\n")
            place.edit(f"p{number}", f"text {number}\n")
        place.begun(HEARS)
        return place

    return make


def states(report: object) -> set[str]:
    return {a["state"] for t in report["targets"] for a in t["addresses"]}  # type: ignore[index]


@pytest.mark.parametrize("count", [300, pytest.param(5000, marks=pytest.mark.soak)])
def test_prompts_of_a_target_that_goes_down_are_one_incident_and_one_resolve(
    synced: "Callable[[int], Place]", channel: "Channel", count: int
) -> None:
    place = synced(count)
    place.fails()
    for _ in range(3):
        code, report = place.mooring("drift")
        assert (code, states(report)) == (8, {"unknown"})
        place.clock.advance(61)
    (opened,) = channel.got
    assert opened["title"] == "prod cannot be read (unknown)"
    assert f"nobody knows what {count} labels of prompts serve" in opened["message"]
    place.answers()
    code, report = place.mooring("drift")
    assert (code, states(report)) == (0, {"in_sync"})
    assert place.mooring("drift")[0] == 0
    assert channel.titles()[1:] == ["Resolved: prod cannot be read (unknown)"]
    assert len(place.incidents()) < 2000


TROUBLES: Sequence[tuple[Event, int, str]] = (
    (Lost(When.BEFORE), 8, "unknown"),
    (Replied(DENIED), 77, "denied"),
    (Replied(too_many(3600)), 8, "unknown"),
)


def test_an_outage_is_not_counted_where_git_declares_no_label(place: "Place", channel: "Channel") -> None:
    place.configure(HEARS)
    place.write("prompts/draft.yaml", "prompt: one\n")
    place.commit()
    place.fails()
    for _ in range(2):
        place.mooring("drift")
        place.clock.advance(61)
    (outage,) = channel.got
    assert "Nothing of prod could be read (unknown), so nobody knows what it serves\n" in outage["message"]


def test_whatever_keeps_a_target_from_answering_is_one_incident(
    synced: "Callable[[int], Place]", channel: "Channel"
) -> None:
    place = synced(7)
    for event, expected, name in TROUBLES:
        channel.got.clear()
        place.langfuse.hooks.trouble.add(Fault("any", ".", 1, event, times=EVER))
        for _ in range(2):
            assert place.mooring("drift")[0] == expected
            place.clock.advance(61)
        title = f"prod cannot be read ({name})"
        assert channel.titles() == [title]
        place.answers()
        assert place.mooring("drift")[0] == 0
        assert channel.titles() == [title, f"Resolved: {title}"]
        place.clock.advance(86400)


def test_a_target_that_goes_down_while_it_is_read_is_one_incident_all_the_same(
    synced: "Callable[[int], Place]", channel: "Channel"
) -> None:
    place = synced(20)
    for number in range(20):
        place.edit(f"p{number}", "elsewhere", "development")  # what was remembered does not do any more
    place.fails("/prompts/", number=8)
    code, report = place.mooring("drift")
    assert code == 8
    assert len(states(report)) > 1, "the trouble is to begin in the middle"
    place.answers()
    place.fails()
    for _ in range(3):
        place.clock.advance(61)
        assert place.mooring("drift")[0] == 8
    assert channel.titles() == ["prod cannot be read (unknown)"]
    place.answers()
    assert place.mooring("drift")[0] == 0
    assert channel.titles()[1:] == ["Resolved: prod cannot be read (unknown)"]


def test_a_hiccup_pages_nobody(synced: "Callable[[int], Place]", channel: "Channel") -> None:
    place = synced(7)
    place.fails()
    assert place.mooring("drift")[0] == 8
    place.clock.advance(59)
    place.answers()
    assert place.mooring("drift")[0] == 0
    place.clock.advance(3600)
    assert place.mooring("drift")[0] == 0
    assert channel.got == []


def test_what_differed_before_the_outage_is_neither_told_again_nor_resolved_by_it(
    synced: "Callable[[int], Place]", channel: "Channel"
) -> None:
    place = synced(7)
    place.edit("p3", "by hand")
    assert place.mooring("drift")[0] == 3
    place.fails()
    for _ in range(2):
        assert place.mooring("drift")[0] == 8
        place.clock.advance(61)
    place.answers()
    assert place.mooring("drift")[0] == 3
    assert channel.titles() == [
        "p3 (production) on prod: platform ahead",
        "prod cannot be read (unknown)",
        "Resolved: prod cannot be read (unknown)",
    ]
