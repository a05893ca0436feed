"""The horror stories of those whose tool looked away: hidden edits, wide deletions, and answers that were not there."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from mooring import cycle
from mooring.core.artifact import Artifact, Message, Placeholder
from mooring.core.report import Exit
from mooring.testing.langfuse import serve
from mooring.testing.langfuse.trouble import Cut, Event, Fault, Lost, Replied, When, internal_error
from mooring.testing.langfuse.validation import Which
from mooring.testing.langfuse.wire import Answer

if TYPE_CHECKING:
    from tests.stories.conftest import Place

DELETE = "policy: {prune: delete}\n"
OPEN = "limits: {updates: 100%, deletes: 100%}\n"


def row(report: Any, prompt: str) -> Any:
    (found,) = [one for one in report["targets"][0]["addresses"] if one["prompt"] == prompt]
    return found


def findings(report: Any, kind: str) -> list[str]:
    return [one["prompt"] for one in report["targets"][0]["findings"] if one["kind"] == kind]


# --- 7: a hash beside the content hides an edit -----------------------------------------------------------------------


def test_story_07_a_text_that_was_rewritten_under_our_tags_is_drift(on_mlflow: "Place") -> None:
    """orderflowscanner: the sync compared a hash kept in the metadata, which an edit by hand leaves as it was."""
    place = on_mlflow
    place.commit_prompt("greet", "one")
    place.synced()
    assert place.states() == {"greet@production": "in_sync"}
    ours = place.held("greet").provenance

    place.person.tamper("greet", "1", Artifact("by hand"))

    assert place.held("greet").provenance == ours, "all our tags are as they were"
    code, report = place.mooring("drift")
    assert (code, row(report, "greet")["state"]) == (3, "platform_ahead")
    assert row(report, "greet")["live"] != ours.hash
    assert findings(report, "tampered") == ["greet"]
    assert place.mooring("sync")[0] == 0, "a notice: nothing that Git asked for was held"
    assert place.served("greet") == "by hand"


@pytest.mark.parametrize("edit", [Artifact("by hand", {"model": "a"}), Artifact("one", {"model": "b"})])
def test_story_07_a_version_that_carries_our_own_message_is_drift(on_langfuse: "Place", edit: Artifact) -> None:
    """orderflowscanner: as above; somebody copies our version in the UI, message and hash included, and edits it."""
    place = on_langfuse
    place.commit_prompt("greet", Artifact("one", {"model": "a"}))
    place.synced()
    ours = place.held("greet").provenance
    with place.langfuse.opened("acme") as project:
        original = project.find("greet", Which(version=1))
    assert original is not None

    place.person.save("greet", edit, ["production"], message=original.commit_message)

    assert place.held("greet").provenance == ours
    code, report = place.mooring("drift")
    assert (code, row(report, "greet")["state"]) == (3, "platform_ahead")
    assert findings(report, "tampered") == ["greet"]


# --- 8: what a hash leaves out ----------------------------------------------------------------------------------------

RICH = Artifact(
    (Message("system", "Be kind."), Message("user", "{{question}}"), Placeholder("history")),
    {
        "model": "gpt-4o",
        "temperature": 0.3,
        "max_tokens": 800,
        "stream": True,
        "seed": None,
        "stop": ["\n", "END"],
        "tools": [
            {"name": "search", "parameters": {"properties": {"q": {"type": "string"}}, "required": ["q"]}},
            {"name": "pay", "parameters": {}},
        ],
        "examples": [{"input": {"q": "a"}, "output": "b"}],
        "vendor": {"safety": {"level": {"hate": 2}}},
    },
)
SWAPPED = Artifact(
    (Message("user", "Be kind."), Message("system", "{{question}}"), Placeholder("history")), RICH.config
)


def test_story_08_no_field_can_change_unseen(on_langfuse: "Place") -> None:
    """kedro-org/kedro and renisa: a hash over the joined texts missed swapped roles and a nested parameter.

    Every leaf of a prompt is changed once by hand, each in a prompt of its own, and so is every order; all are drift.
    """
    place = on_langfuse
    edits = {f"p{number:02}": edit for number, edit in enumerate(edited(RICH))}
    assert len(edits) > 25
    for name in edits:
        place.prompt(name, RICH)
    place.commit()
    place.synced()

    for name, edit in edits.items():
        place.save(name, edit, "production")

    unseen = {name: edits[name] for name, state in place.states().items() if state != "platform_ahead"}
    assert unseen == {}


def edited(artifact: Artifact) -> Iterator[Artifact]:
    """Give an artifact with one thing changed each: every leaf, every key gone, every two neighbours swapped."""
    for body in _changes(artifact.body):
        yield Artifact(tuple(body), artifact.config)
    for config in _changes(artifact.config):
        yield Artifact(artifact.body, config)
    yield SWAPPED


def _changes(value: Any) -> Iterator[Any]:
    match value:
        case dict():
            for key in value:
                yield from ({**value, key: change} for change in _changes(value[key]))
                yield {other: kept for other, kept in value.items() if other != key}
        case list() | tuple():
            for at, item in enumerate(value):
                yield from ([*value[:at], change, *value[at + 1 :]] for change in _changes(item))
                yield [*value[:at], *value[at + 1 :]]
            for at in range(len(value) - 1):
                yield [*value[:at], value[at + 1], value[at], *value[at + 2 :]]
        case Message(role, content):
            yield Message(f"{role}x", content)
            yield Message(role, f"{content}x")
        case Placeholder(name):
            yield Placeholder(f"{name}x")
        case bool():
            yield not value
        case str():
            yield f"{value}x"
        case int() | float():
            yield value + 1
        case _:
            yield 0


# --- 9: a wide deletion -----------------------------------------------------------------------------------------------


@pytest.fixture
def dozen(on_langfuse: "Place") -> "Place":
    """Twelve prompts in sync, under a policy that deletes and the limits that hold by themselves."""
    place = on_langfuse
    place.configure(more=DELETE)
    for number in range(12):
        place.prompt(f"p{number:02}", f"text {number}")
    place.commit()
    place.synced()
    return place


def test_story_09_an_empty_folder_deletes_nothing(dozen: "Place") -> None:
    """`terraform destroy` took every version of every prompt with it: here a guard stands in the way."""
    everything = dozen.names()
    dozen.drop(*everything)
    dozen.commit()
    code, report = dozen.mooring("sync")
    assert code == 5
    assert "empty_source" in {guard["kind"] for guard in report["targets"][0]["guards"]}
    assert (dozen.names(), dozen.sent("DELETE"), dozen.archived()) == (everything, 0, [])


def test_story_09_more_deletions_than_usual_need_their_number(dozen: "Place") -> None:
    """`terraform destroy`: as above, with a part of the prompts. The number must be the one that the plan names.

    Then they go, and every version that they ever had is kept in Git.
    """
    gone = {"p01", "p02", "p03"}
    dozen.save("p01", "a draft")
    everything = dozen.names()
    dozen.drop(*gone)
    dozen.commit()
    for wrong in ((), ("--allow-deletes", "2"), ("--allow-deletes", "4")):
        assert dozen.mooring("sync", *wrong)[0] == 5
        assert (dozen.names(), dozen.sent("DELETE")) == (everything, 0)
    assert dozen.mooring("sync", "--allow-deletes", "3")[0] == 0
    assert dozen.names() == everything - gone
    assert sorted(dozen.archived()) == ["a draft", "text 1", "text 2", "text 3"]


@pytest.mark.parametrize(
    ("policy", "what"),
    [("", "no policy"), (DELETE, "a label of somebody"), (DELETE, "no archive"), (DELETE, "an edit by hand")],
)
def test_story_09_a_prompt_stays_unless_all_speaks_for_its_end(on_langfuse: "Place", policy: str, what: str) -> None:
    """`terraform destroy`: versions are deleted by a policy only, where nobody else needs them, and archived first."""
    place = on_langfuse
    place.configure(more=policy + OPEN)
    place.prompt("stays", "stays")
    place.commit_prompt("greet", "one")
    place.synced()
    match what:
        case "a label of somebody":
            place.save("greet", "two", "canary")
        case "no archive":
            refuse_archive(place)
        case "an edit by hand":
            place.save("greet", "three", "production")
        case _:
            pass
    before = place.versions("greet")
    place.drop("greet")
    place.commit()

    code, report = place.mooring("sync")

    assert code == {"no archive": 4, "an edit by hand": 3}.get(what, 0), report
    assert (place.sent("DELETE"), place.versions("greet"), place.archived()) == (0, before, [])


def refuse_archive(place: "Place") -> None:
    hook = place.folder.parent / "remote.git/hooks/update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\ncase "$1" in */archive) exit 1;; esac\n', encoding="utf-8")
    hook.chmod(0o755)


# --- 10: no answer is taken for an absent prompt ----------------------------------------------------------------------


def refusal(status: int, body: str = "<html><h1>Sorry</h1></html>", kind: str = "text/html") -> Event:
    return Replied(Answer(status, (("content-type", kind),), body.encode()))


TROUBLE: dict[str, tuple[Event, Exit]] = {
    "500": (Replied(internal_error()), Exit.UNKNOWN),
    "503 of a proxy": (refusal(503), Exit.UNKNOWN),
    "404 of a proxy": (refusal(404), Exit.UNKNOWN),
    "200 of a login page": (refusal(200), Exit.UNKNOWN),
    "200 without data": (refusal(200, "{}", "application/json"), Exit.UNKNOWN),
    "no answer": (Lost(When.BEFORE), Exit.UNKNOWN),
    "half of an answer": (Cut(9), Exit.UNKNOWN),
    "401": (refusal(401, '{"message":"Invalid credentials"}', "application/json"), Exit.DENIED),
    "403": (refusal(403, '{"message":"Forbidden"}', "application/json"), Exit.DENIED),
}


@pytest.mark.parametrize("name", TROUBLE)
def test_story_10_no_failed_read_is_an_absence(on_langfuse: "Place", name: str) -> None:
    """Altinn/altinn-studio#20370: a read that fails must never look like a prompt that is not there.

    A sync creates nothing, a check does not say that something is missing, and the exit code tells which it was.
    """
    place = on_langfuse
    place.save("theirs", "by hand", "production")
    place.prompt("theirs", "by hand")
    place.commit_prompt("fresh", "fresh")
    event, expected = TROUBLE[name]
    place.langfuse.hooks.trouble.add(Fault("GET", "", 1, event, times=1000))

    for act in (cycle.sync, cycle.drift):
        report = place.timeless(act)
        assert (report.exit, report.targets[0].complete) == (expected, False)
        assert {str(one.row.verdict.state) for one in report.rows} <= {"unknown"}
    assert (place.sent("POST", "PATCH"), place.names()) == (0, {"theirs"})


@pytest.mark.parametrize("name", ["500", "404 of a proxy", "401"])
def test_story_10_the_last_question_before_a_prompt_is_made_counts_too(on_langfuse: "Place", name: str) -> None:
    """Altinn/altinn-studio#20370: as above; the lists are fine, and asking for the one prompt that seems new is not."""
    place = on_langfuse
    place.commit_prompt("fresh", "fresh")
    event, expected = TROUBLE[name]
    place.langfuse.hooks.trouble.add(Fault("GET", "name=fresh", 1, event, times=1000))

    report = place.timeless()

    assert any("name=fresh" in one.path for one in place.langfuse.requests)
    assert report.exit is expected
    assert (place.sent("POST", "PATCH"), place.names()) == (0, set())


def test_story_10_a_wrong_key_and_a_server_that_is_gone(on_langfuse: "Place", monkeypatch: pytest.MonkeyPatch) -> None:
    """Altinn/altinn-studio#20370: as above; each has an exit code of its own, and neither is 'all prompts are new'."""
    place = on_langfuse
    place.save("theirs", "by hand", "production")
    place.commit_prompt("theirs", "by hand")
    monkeypatch.setenv("LF_SECRET", "sk-lf-wrong")
    for verb in ("plan", "sync"):
        assert place.mooring(verb)[0] == 77, verb
    with serve(place.langfuse) as gone:
        pass
    place.url = gone
    place.configure()
    place.commit()
    assert place.timeless().exit is Exit.UNKNOWN
    assert (place.sent("POST", "PATCH"), place.names()) == (0, {"theirs"})


# --- 11: the first page only ------------------------------------------------------------------------------------------


def test_story_11_250_prompts_are_250(on_langfuse: "Place") -> None:
    """openstory: the list was read up to its limit of 100, so prompts from 101 on were new in every run."""
    place = on_langfuse
    every = [f"p{number:03}" for number in range(250)]
    for name in every:
        place.save(name, f"text of {name}", "production")
        place.prompt(name, f"text of {name}")
    place.save("z-orphan", "on the last page", "production")
    place.commit()

    code, report = place.mooring("sync")
    assert (code, report["summary"]) == (0, {"in_sync": 250, "unmanaged": 1})
    assert report["targets"][0]["requests"]["write"] == 0

    for name in ("p000", "p120", "p249"):
        place.save(name, "by hand", "production")
    for depth in ((), ("--full",)):
        code, report = place.mooring("drift", *depth)
        assert (code, report["summary"]) == (3, {"in_sync": 247, "platform_ahead": 3, "unmanaged": 1})
        assert report["targets"][0]["verified"] == 251


def test_story_11_30_versions_are_30(on_mlflow: "Place") -> None:
    """mlflow/mlflow-export-import#216: versions 1 to 10 were looked at. Here each is found again, none is doubled."""
    place = on_mlflow
    place.configure(target='options: {page_size: "10"}')
    for number in range(1, 31):
        place.save("greet", f"text {number}")
    every = [f"text {number}" for number in range(1, 31)]
    for number in (25, 31, 25):
        place.commit_prompt("greet", f"text {number}")
        place.synced()
        assert place.served("greet") == f"text {number}"
    assert place.versions("greet") == [*every, "text 31"], "what is there is not made again"

    place.person.point("greet", "production", "12")
    code, report = place.mooring("drift")
    assert (code, row(report, "greet")["state"], row(report, "greet")["live_version"]) == (3, "platform_ahead", "12")
    assert place.mooring("adopt", "greet@production")[0] == 0
    place.merge_proposal()
    assert "text 12" in (place.folder / "prompts/greet.yaml").read_text(encoding="utf-8")


# --- 12: what readers get changes although the prompt does not --------------------------------------------------------


def test_story_12_a_child_that_moves_is_told_of_everything_that_includes_it(on_langfuse: "Place") -> None:
    """langfuse/langfuse#9204: a child's label moved; the parents' text changed, their own hash and webhooks did not."""
    place = on_langfuse
    include = "@@@langfusePrompt:name={}|label=production@@@"
    place.prompt("other", "alone")
    place.prompt("parent", f"Be {include.format('tone')}.")
    place.prompt("top", f"See {include.format('parent')}")
    for text in ("kind", "brief"):
        place.commit_prompt("tone", text)
        place.synced()

    def told() -> list[str]:
        code, report = place.mooring("drift")
        assert {row(report, name)["state"] for name in ("parent", "top", "other")} == {"in_sync"}
        assert code == {"in_sync": 0, "relabelled": 2, "platform_ahead": 3}[row(report, "tone")["state"]]
        return findings(report, "effective")

    place.person.point("tone", "production", "1")
    assert told() == ["parent", "top"], "the label alone was moved, to text that was reviewed once"
    place.save("tone", "rude", "production")
    assert told() == ["parent", "top"]
    place.person.point("tone", "production", "2")
    assert told() == []

    place.commit_prompt("tone", "brief and kind")
    _, report = place.mooring("plan")
    assert findings(report, "effective") == ["parent", "top"], "a review sees whom the merge concerns"
    place.synced()
    assert place.served("top") == f"See {include.format('parent')}", "its own text is as it was all the time"
