"""Do the faults that other tests build on happen as they say, and do the clock and the platform's hands?"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from mooring.core.address import Gap, Ref
from mooring.core.artifact import Artifact, Message, Opaque, Placeholder
from mooring.core.desired import PromptFacts
from mooring.ports import Adapter, Clock, Denied, Misconfigured, Moved, Options, Rejected, Unreachable
from mooring.testing.bench import answered, present, provenance, publish
from mooring.testing.clock import ManualClock
from mooring.testing.faults import Acted, Crash, Crashed, Event, Fault, Faulty, Late, Refused, Unanswered, When
from mooring.testing.person import Person
from mooring_memory import MemoryAdapter, Platform, connect, platform


@pytest.fixture
def here() -> Platform:
    return Platform("memory:here")


@pytest.fixture
def faulty(here: Platform) -> Callable[[Event], Faulty]:
    """Let something happen at the second publish."""
    real = MemoryAdapter(here, connect(Options("t", "memory://any", {}, "/")).capabilities)

    def make(event: Event) -> Faulty:
        return Faulty(real, [Fault("publish", 2, event)])

    return make


@pytest.mark.parametrize(
    ("event", "error", "stored"),
    [
        (Unanswered(When.BEFORE, 3.0), Unreachable, 1),
        (Unanswered(When.AFTER), Unreachable, 2),
        (Crashed(When.BEFORE), Crash, 1),
        (Crashed(When.AFTER), Crash, 2),
        (Refused(Denied("no")), Denied, 1),
        (Late(5), Unreachable, 1),
    ],
    ids=str,
)
def test_a_fault_strikes_once_and_does_what_it_says(
    here: Platform,
    faulty: Callable[[Event], Faulty],
    event: Event,
    error: type[BaseException],
    stored: int,
) -> None:
    adapter: Adapter = faulty(event)
    publish(adapter, "p", Artifact("one"))
    with pytest.raises(error):
        publish(adapter, "p", Artifact("two"))
    assert len(here.versions("p")) == stored
    publish(adapter, "p", Artifact("three"))
    assert len(here.versions("p")) == stored + 1


def test_a_late_call_lands_in_its_time_or_when_told(here: Platform, faulty: Callable[[Event], Faulty]) -> None:
    adapter = faulty(Late(2))
    publish(adapter, "p", Artifact("one"))
    with pytest.raises(Unreachable):
        publish(adapter, "p", Artifact("late"))
    assert present(adapter.look("p", [])).newest == "1"
    assert present(adapter.look("p", [])).newest == "2", "right before the second call"
    adapter.add(Fault("write", 3, Late(1000)))
    with pytest.raises(Unreachable):
        adapter.move_label("p", "production", Ref("1"), None)
    adapter.land()
    assert here.holders("p", "production") == ("1",)
    assert adapter.calls == ["publish", "publish", "look", "look", "move_label"]


def test_somebody_acts_right_before_or_after(here: Platform, faulty: Callable[[Event], Faulty]) -> None:
    adapter = faulty(Acted(When.BEFORE, lambda: here.save("p", Artifact("theirs"))))
    publish(adapter, "p", Artifact("one"))
    assert publish(adapter, "p", Artifact("two")).ref == "3"
    adapter.add(Fault("any", 3, Acted(When.AFTER, lambda: here.delete_prompt("p"))))
    assert adapter.look("p", []) is not Gap.ABSENT
    assert adapter.look("p", []) is Gap.ABSENT


def test_the_clock_moves_only_when_told() -> None:
    manual = ManualClock("2026-03-01T12:00:00+01:00")
    clock: Clock = manual
    assert (clock.now(), clock.monotonic()) == ("2026-03-01T11:00:00.000+00:00", 0.0)
    clock.sleep(90)
    manual.advance(0.5)
    assert clock.monotonic() == 90.5
    assert datetime.fromisoformat(clock.now()) == datetime.fromisoformat("2026-03-01T11:01:30.5+00:00")
    assert manual.sleeps == [90]


def test_a_split_label_is_shown_as_one(here: Platform) -> None:
    person: Person = here
    adapter = connect(Options("t", "memory://split", {}, "/"))
    there = platform("memory://split")
    first, second = there.save("p", Artifact("one")), there.save("p", Artifact("two"))
    there.split("p", "production", (first, second))
    assert present(adapter.look("p", [])).labels == {"production": (first, second)}
    adapter.move_label("p", "production", second, first)
    assert there.holders("p", "production") == (second,)
    assert person is here


def test_the_platform_compares_what_its_caller_expected() -> None:
    adapter, there = connect(Options("t", "memory://cas", {}, "/")), platform("memory://cas")
    first, second = there.save("p", Artifact("one"), ["production"]), there.save("p", Artifact("two"))
    with pytest.raises(Moved, match="is at 1, not at None"):
        adapter.move_label("p", "production", second, None)
    with pytest.raises(Moved, match="is at nothing, not at 1"):
        adapter.move_label("p", "staging", second, first)
    with pytest.raises(Moved):
        adapter.remove_label("p", "production", second)
    with pytest.raises(Moved, match="made by somebody else"):
        adapter.publish("p", Artifact("x"), provenance(Artifact("x")), PromptFacts(), ["production"])
    with pytest.raises(Rejected, match="not a label that can be managed"):
        adapter.move_label("p", "latest", second, None)
    assert there.holders("p", "production") == (first,)


def test_a_platform_in_a_file_is_shared_by_processes(tmp_path: Path) -> None:
    url, folder = "memory:///state.json", str(tmp_path)
    adapter = connect(Options("t", url, {}, folder))
    chat = Artifact((Message("system", "é"), Placeholder("history")), {"a": [1.5, None]})
    stored = publish(adapter, "p", chat)
    there = platform(url, folder)
    there.save("p", Opaque({"type": "image"}, "an image"), ["production"], author=None)
    there.describe("p", "described", ("a", "b"))
    there.give_to("p", "theirs")
    other = Platform("memory:another process", tmp_path / "state.json")
    seen = MemoryAdapter(other, adapter.capabilities)
    assert seen.identity() == adapter.identity()
    assert seen.survey([], []) == adapter.survey([], [])
    assert answered(seen.read("p", stored.ref)) == stored
    assert publish(seen, "p", chat).ref == "3"
    assert present(adapter.look("p", [])).newest == "3"


@pytest.mark.parametrize("url", ["memory://", "memory:///", "http://x"])
def test_urls_that_name_no_platform(url: str) -> None:
    with pytest.raises(Misconfigured, match="memory://NAME"):
        connect(Options("t", url, {}, "/"))


@pytest.mark.parametrize("extra", [{"immutable_versions": "yes"}, {"colour": "true"}])
def test_switches_that_are_none(extra: dict[str, str]) -> None:
    with pytest.raises(Misconfigured, match="each true or false"):
        connect(Options("t", "memory://x", {}, "/", extra=extra))
