"""No duplicate version, no wrong label, no false absence: whatever happens to a request on its way."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from mooring.core.address import Ref
from mooring.core.artifact import Artifact
from mooring.core.plan import Outcome
from mooring.core.report import Exit
from mooring.run import Depth
from mooring.testing import faults
from mooring.testing.faults import Crash, Crashed, Faulty
from mooring.testing.langfuse.trouble import (
    Acted,
    Cut,
    Event,
    Fault,
    Late,
    Lost,
    Method,
    Replied,
    When,
    bad_gateway,
    internal_error,
    too_many,
    too_many_until,
)

if TYPE_CHECKING:
    from tests.langfuse.conftest import Scene

SOON = datetime(2026, 11, 21, 8, 0, 30, tzinfo=UTC)
"""Half a minute after the server's clock begins."""

EVENTS: dict[str, Event] = {
    "lost before": Lost(When.BEFORE),
    "lost after": Lost(When.AFTER),
    "502 before": Replied(bad_gateway()),
    "502 after": Replied(bad_gateway(), When.AFTER),
    "500 although done": Replied(internal_error(), When.AFTER),
    "429 seconds": Replied(too_many(7)),
    "429 date": Replied(too_many_until(SOON)),
    "cut": Cut(9),
    "late by 2": Late(2),
    "late for good": Late(999),
}
SPACED = 3
"""Prompts between two that meet trouble: several silent ones in a row are a platform that is down."""


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("PATCH", ""), ("GET", "name=")])
def test_every_kind_of_trouble_meets_some_prompt(scene: "Scene", method: Method, path: str) -> None:
    count = SPACED * len(EVENTS)
    old = [f"old{number}" for number in range(count if method == "PATCH" else count // 2)]
    new = [f"new{number}" for number in range(0 if method == "PATCH" else count // 2)]
    for name in old:
        scene.prompt(name, "one")
    scene.commit()
    assert scene.sync().exit is Exit.OK
    for name in old + new:
        scene.prompt(name, "two")
    scene.commit()
    trouble = scene.langfuse.hooks.trouble
    trouble.add(*(Fault(method, path, 1 + SPACED * n, event) for n, event in enumerate(EVENTS.values())))

    report = scene.sync()

    states = {str(row.row.verdict.state) for row in report.rows}
    assert states <= {"git_ahead", "pending_create", "unknown"}, "nothing is taken to be absent"
    met = len(EVENTS) - len(trouble.pending)
    assert met > len(EVENTS) / 2
    trouble.clear()
    trouble.land()
    scene.lock_timeout = 120
    assert scene.sync().exit is Exit.OK, "the next run settles it"
    assert {name: scene.versions(name) for name in old} == {key: ["one", "two"] for key in old}
    assert {name: scene.versions(name) for name in new} == {key: ["two"] for key in new}
    assert scene.drift(Depth.WHOLE).exit is Exit.OK


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_trouble_with_a_survey_is_never_an_absence(synced: "Scene", event: Event) -> None:
    synced.langfuse.hooks.trouble.add(Fault("GET", "label=production", 1, event, times=2))

    assert synced.state() in {"in_sync", "unknown"}


@pytest.mark.parametrize("event", [Late(999), Lost(When.BEFORE)])
def test_a_create_without_an_answer_is_sent_once(synced: "Scene", event: Event) -> None:
    synced.commit_prompt("greet", "two")
    synced.langfuse.hooks.trouble.add(Fault("POST", "", 1, event))

    report = synced.sync()

    assert (synced.one(report).outcome, report.exit) == (Outcome.FAILED, Exit.PARTIAL)
    assert synced.sent()["POST"] == 1
    assert synced.served() == ["1"]
    synced.langfuse.hooks.trouble.land()
    synced.lock_timeout = 120
    assert synced.sync().exit is Exit.OK
    assert synced.sent()["POST"] == (0 if isinstance(event, Late) else 1)
    assert (synced.versions(), synced.served()) == (["Hello {{name}}", "two"], ["2"])


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_import_that_dies_goes_on_where_it_was(scene: "Scene", when: str) -> None:
    for number in range(12):
        scene.prompt(f"p{number}", f"text {number}")
    scene.commit()
    scene.wrap = lambda adapter: Faulty(adapter, [faults.Fault("publish", 7, Crashed(faults.When(when)))])
    with pytest.raises(Crash):
        scene.sync()
    made = scene.sent()["POST"]
    assert 6 <= made < 12
    scene.wrap, scene.lock_timeout = None, 120
    scene.clock.advance(61)

    assert scene.sync().exit is Exit.OK

    assert made + scene.sent()["POST"] == 12
    assert all(scene.versions(f"p{number}") == [f"text {number}"] for number in range(12))


def test_somebody_saves_at_the_same_moment(synced: "Scene") -> None:
    synced.commit_prompt("greet", "two")
    synced.langfuse.race("greet", project=synced.key.project)
    save = Acted(When.BEFORE, lambda: synced.person.save("greet", Artifact("draft"), []))
    synced.langfuse.hooks.trouble.add(Fault("POST", "", 1, save))

    report = synced.sync()

    assert report.exit is Exit.OK
    assert synced.versions() == ["Hello {{name}}", "draft", "two"]
    assert synced.served() == ["3"]


def test_somebody_makes_the_new_prompt_at_the_same_moment(scene: "Scene") -> None:
    scene.commit_prompt("greet", "ours")
    save = Acted(When.BEFORE, lambda: scene.person.save("greet", Artifact("theirs"), ["production"]))
    scene.langfuse.hooks.trouble.add(Fault("POST", "", 1, save))

    report = scene.sync()

    assert (scene.one(report).outcome, report.exit) == (Outcome.MOVED, Exit.ATTENTION)
    assert "version 2" in scene.one(report).note
    assert scene.versions() == ["theirs", "ours"]


def test_a_person_edits_while_a_plan_is_applied(scene: "Scene") -> None:
    for name in ("a", "b", "c", "d"):
        scene.prompt(name, f"{name} one")
    scene.commit()
    scene.sync()
    for name in ("a", "b", "c", "d"):
        scene.prompt(name, f"{name} two")
    scene.commit()
    edit = Acted(When.BEFORE, lambda: scene.person.save("c", Artifact("by hand"), ["production"]))
    scene.langfuse.hooks.trouble.add(Fault("any", "name=c", 1, edit))

    report = scene.sync()

    outcomes = {row.row.address.prompt: row.outcome for row in report.rows}
    assert outcomes == dict.fromkeys("abd", Outcome.APPLIED) | {"c": Outcome.MOVED}
    assert report.exit is Exit.ATTENTION
    assert scene.versions("c") == ["c one", "by hand"]
    assert [scene.versions(name)[-1] for name in "abd"] == ["a two", "b two", "d two"]
    assert scene.state("c") == "conflict"


def test_two_runners_without_a_lease_leave_a_label_on_two_versions_and_the_next_sync_heals_it(synced: "Scene") -> None:
    synced.commit_prompt("greet", "two")
    synced.sync()
    person = synced.person
    person.save("greet", Artifact("two"), [])
    adapter = synced.adapter()
    synced.langfuse.race("greet", project=synced.key.project)
    adapter.move_label("greet", "production", Ref("1"), Ref("2"))
    adapter.move_label("greet", "production", Ref("2"), Ref("2"))
    assert synced.served() == ["1", "2"], "as the real server lets it happen: both got 200"

    assert synced.state() == "split_label"
    assert synced.sync().exit is Exit.OK
    assert synced.served() == ["2"]
    assert synced.state() == "in_sync"


@pytest.mark.parametrize("page", [1, 2])
@pytest.mark.parametrize("depth", list(Depth))
def test_pages_that_shift_under_a_survey_make_nothing_absent(scene: "Scene", page: int, depth: Depth) -> None:
    config = (scene.folder / "mooring.yaml").read_text()
    scene.write("mooring.yaml", config.replace("    mode:", "    options: {page_size: '4'}\n    mode:"))
    for number in range(10):
        scene.prompt(f"p{number}", f"text {number}", "production, staging")
    scene.commit()
    scene.sync()
    person = scene.person
    person.save("a", Artifact("first in the list"), ["production", "staging"])
    scene.drift(Depth.WHOLE)

    def shift() -> None:
        person.delete_prompt("a")
        person.save("z", Artifact("last in the list"), ["production", "staging"])

    scene.langfuse.hooks.trouble.add(Fault("GET", f"page={page}&", 1, Acted(When.AFTER, shift)))

    report = scene.drift(depth)

    states = {row.row.address.prompt: str(row.row.verdict.state) for row in report.rows}
    assert {name: states[name] for name in states if name.startswith("p")} == {f"p{n}": "in_sync" for n in range(10)}


def test_a_restored_backup_is_seen(scene: "Scene") -> None:
    for number in range(12):
        scene.prompt(f"p{number}", f"text {number}")
    scene.commit()
    scene.sync()
    scene.time.pass_by(3600)
    scene.drift(Depth.WHOLE)
    backup = scene.langfuse.backup()
    scene.prompt("p3", "text 3, better")
    scene.commit()
    scene.sync()
    assert scene.drift().exit is Exit.OK
    scene.langfuse.restore(backup)

    assert scene.state("p3") == "relabelled"
