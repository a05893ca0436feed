"""The horror stories of those who sync prompts by script: wrong names, wrong kinds, and runs that are repeated."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from mooring.core.artifact import Artifact, Message, Placeholder
from mooring.testing.langfuse.trouble import Fault, Replied, When, bad_gateway
from mooring.testing.langfuse.webhooks import Automation, Delivery, Webhook, Webhooks

if TYPE_CHECKING:
    from tests.stories.conftest import Place
    from tests.support.places import Channel

CHAT = Artifact((Message("system", "Answer for {{shop}}."), Placeholder("history"), Message("user", "{{question}}")))


def row(report: Any, prompt: str) -> Any:
    (found,) = [one for one in report["targets"][0]["addresses"] if one["prompt"] == prompt]
    return found


# --- 1: a name that comes back ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "prune", "left"),
    [
        ("on_langfuse", "report", "years old"),
        ("on_langfuse", "delete", None),
        pytest.param("on_mlflow", "retire", None, marks=pytest.mark.xdist_group("mlflow")),
    ],
)
def test_story_01_a_name_that_is_added_again_serves_the_new_text(
    request: pytest.FixtureRequest, where: str, prune: str, left: str | None
) -> None:
    """Altinn/altinn-studio#20422: a file was removed, its prompt stayed, and adding the name again served the old text.

    What Git dropped is named in every report until it is gone, and whatever became of it, a new file is published.
    """
    place: Place = request.getfixturevalue(where)
    place.configure(more=f"policy: {{prune: {prune}}}\nlimits: {{updates: 100%, deletes: 100%}}\n")
    place.prompt("stays", "stays")
    place.commit_prompt("greet", "years old")
    place.synced()
    place.drop("greet")
    place.commit()
    code, report = place.mooring("sync")
    assert (code, row(report, "greet")["state"]) == (0, "prune_pending")
    assert place.served("greet") == left

    place.commit_prompt("greet", "new text")
    place.synced()

    assert (place.served("greet"), place.served("stays")) == ("new text", "stays")
    assert place.states() == {"greet@production": "in_sync", "stays@production": "in_sync"}


def test_story_01_a_forgotten_prompt_is_not_taken_for_the_new_file_of_its_name(on_langfuse: "Place") -> None:
    """Altinn/altinn-studio#20422: 22 prompts that no file described still served production.

    They are counted; a new file of such a name is neither said to be live nor written over what is, until a person
    decides.
    """
    place = on_langfuse
    place.save("greet", "years old", "production")
    place.commit_prompt("stays", "stays")
    place.synced()
    assert place.states()["greet@production"] == "unmanaged"

    place.commit_prompt("greet", "new text")
    code, report = place.mooring("sync")

    assert code == 3
    held = row(report, "greet")
    assert (held["state"], held["action"], held["outcome"]) == ("unadopted", "hold", None)
    assert place.mooring("drift")[0] == 3
    assert place.versions("greet") == ["years old"]
    taken = ("--take", "git", "--expect", held["live"], "--reason", "the file is right")
    assert place.mooring("resolve", "greet@production", *taken)[0] == 0
    place.synced()
    assert place.served("greet") == "new text"


# --- 2: a chat that is published as a text ----------------------------------------------------------------------------


def test_story_02_a_chat_keeps_every_turn(place: "Place") -> None:
    """Altinn/altinn-studio#20370 (a comment in its script): as text, a chat lost the user's turn and its variables."""
    place.commit_prompt("agent", CHAT)
    place.synced()
    assert place.served("agent") == CHAT.body


@pytest.mark.parametrize("who", ["a person", "Mooring"])
def test_story_02_a_text_is_refused_where_a_chat_is_served(on_langfuse: "Place", who: str) -> None:
    """Altinn/altinn-studio#20370: a text file, and a chat on the platform. Plan and sync say so and write nothing."""
    place = on_langfuse
    if who == "a person":
        place.save("agent", CHAT, "production")
    else:
        place.commit_prompt("agent", CHAT)
        place.synced()
    place.prompt("other", "other")
    place.commit_prompt("agent", "Answer for {{shop}}.")

    for verb in ("plan", "sync"):
        code, report = place.mooring(verb)
        held = row(report, "agent")
        assert (code, held["state"], held["action"], held["outcome"]) == (65, "unsupported", "hold", None), verb
        assert "chat" in held["reason"]
    assert place.versions("agent") == [CHAT.body]
    assert place.served("agent") == CHAT.body
    assert place.served("other") == "other", "one prompt's mistake stops no other"


# --- 3: one name for looking, another for writing ---------------------------------------------------------------------


def test_story_03_a_renamed_prompt_has_one_name_on_every_path(on_mlflow: "Place") -> None:
    """Altinn/altinn-studio#20402 (its review): the diff looked at the served name, the push wrote the file's name.

    So the live prompt stayed as it was, and a stray one was made. Plan, drift, sync and adopt all use `rename`.
    """
    place = on_mlflow
    place.configure(target='rename: {"acme/*": "acme.*"}')
    place.commit_prompt("acme/greet", "one")
    place.synced()
    assert (place.names(), place.served("acme.greet")) == ({"acme.greet"}, "one")

    place.commit_prompt("acme/greet", "two")
    _, report = place.mooring("plan")
    planned = row(report, "acme/greet")
    assert (planned["state"], planned["live_version"], report["summary"]) == ("git_ahead", "1", {"git_ahead": 1})
    place.synced()
    assert (place.names(), place.served("acme.greet")) == ({"acme.greet"}, "two")

    place.save("acme.greet", "by hand", "production")
    place.save("acme.extra", "by hand too", "production")
    assert place.states() == {"acme/greet@production": "platform_ahead", "acme/extra@production": "unmanaged"}
    assert place.mooring("adopt")[0] == 0
    place.merge_proposal()
    assert "by hand" in (place.folder / "prompts/acme/greet.yaml").read_text(encoding="utf-8")
    assert place.mooring("sync")[1]["targets"][0]["requests"]["write"] == 0
    assert place.states() == {"acme/greet@production": "in_sync", "acme/extra@production": "in_sync"}
    assert place.names() == {"acme.greet", "acme.extra"}


def test_story_03_the_name_in_a_file_counts_and_so_does_the_platforms_label(on_langfuse: "Place") -> None:
    """Altinn/altinn-studio#20402 (its review): as above, by `name:` in the file, and a label that apps call `live`."""
    place = on_langfuse
    config = (place.folder / "mooring.yaml").read_text(encoding="utf-8")
    place.write("mooring.yaml", config.replace("[production, staging]", "{live: production}"))
    for text in ("one", "two"):
        place.write("prompts/a-file.yaml", f"name: customer/support\nlabels: [production]\nprompt: {text}\n")
        place.commit()
        place.synced()
        assert (place.names(), place.served("customer/support", "live")) == ({"customer/support"}, text)
        assert place.served("customer/support") is None, "nobody asked for a label of Git's name"
    place.save("customer/support", "by hand", "live")
    assert place.states() == {"customer/support@live": "platform_ahead"}


# --- 4: every run makes new versions ----------------------------------------------------------------------------------


def test_story_04_the_second_run_writes_nothing(place: "Place") -> None:
    """langwatch/langwatch#2224, #2212: every CI run made a new version of what had not changed.

    Causes were defaults that the server fills in, an order of keys, and line ends. Each CI run is a fresh checkout.
    """
    place.prompt("agent", CHAT)
    place.prompt("ends", "Hello {{name}}  \n\n\t")
    place.prompt("signs", "„Grüße“ — 你好 🙂 e\u0301 <b> & \\n")
    place.prompt("numbers", Artifact("x", {"temperature": 1.0, "top_p": 0.1, "max_tokens": 800.0, "stop": None}))
    place.prompt("nested", Artifact("x", {"z": [], "a": {"z": {}, "b": [1, {"y": None, "x": ""}]}}))
    place.write(
        "prompts/seed.yaml",
        "labels: [staging, production]\r\nsystem_prompt: |\r\n  Help {{name}}.\r\n  Be kind.\r\nmodel: gpt-4o\r\n"
        "params: {temperature: 0.30}\r\noutput_schema: {type: object, properties: {}}\r\n"
        "tools: [{name: search, parameters: {type: object}}]\r\nexamples: [{input: {q: a}, output: b}]\r\n",
    )
    place.commit()
    place.synced()
    versions = {name: place.versions(name) for name in place.names()}
    assert {len(found) for found in versions.values()} == {1}

    place.fresh().settled()

    assert {name: place.versions(name) for name in place.names()} == versions


# --- 5: what is there already is no error -----------------------------------------------------------------------------


def test_story_05_a_label_moves_on_every_run_that_has_a_new_version(on_langfuse: "Place") -> None:
    """langchain-ai/langsmith-sdk#2561: the second CI run failed with 409, as the tag was on another commit."""
    place = on_langfuse
    place.commit_prompt("greet", "one")
    place.synced()
    for text in ("two", "one"):
        place.commit_prompt("greet", text, "production, staging")
        runner = place.fresh()
        runner.synced()
        assert (runner.served("greet"), runner.served("greet", "staging")) == (text, text)
    assert place.versions("greet") == ["one", "two"], "a label is moved; a version that is there is not made again"


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_story_05_what_was_done_without_an_answer_is_found_by_the_next_run(on_langfuse: "Place", method: Any) -> None:
    """langchain-ai/langsmith-sdk#2561: the run died halfway, and each one after it failed on what it had left."""
    place = on_langfuse
    place.commit_prompt("greet", "one")
    place.synced()
    place.commit_prompt("greet", "two")
    place.langfuse.hooks.trouble.add(Fault(method, "", 1, Replied(bad_gateway(), When.AFTER)))
    place.timeless()
    assert not place.langfuse.hooks.trouble.pending
    place.langfuse.hooks.trouble.clear()

    place.fresh().synced()

    assert (place.versions("greet"), place.served("greet")) == (["one", "two"], "two")


# --- 6: webhooks come twice, late and in any order --------------------------------------------------------------------


def test_story_06_whatever_webhooks_say_the_answer_is_the_same_and_said_once(
    on_langfuse: "Place", channel: "Channel"
) -> None:
    """langfuse/langfuse#9542: one save called twice, `created` and `updated` for an old version with labels [].

    A check that runs for each call, twice, newest first, on two machines, looks at what is: it gives one answer,
    writes nothing, and alerts once. What Mooring itself wrote alarms nobody.
    """
    place = on_langfuse
    place.configure(more="alerts: [{notify: env:CHANNEL_URL, labels: [production]}]\nlimits: {updates: 100%}\n")
    told: list[Any] = []

    def send(request: Delivery) -> int:
        told.append(json.loads(request.body))
        return 200

    hooks = place.langfuse.hooks.webhooks = Webhooks(send=send, choose=lambda waiting: waiting - 1)
    hooks.add(Automation("ci", "acme", Webhook("https://ci.example.org/hook", "lf-whsec_x")))
    place.commit_prompt("greet", "one")
    place.synced()
    place.commit_prompt("greet", "two")
    machines = (place, place.fresh())

    def answers(times: int) -> set[tuple[int, str, int]]:
        """Check for each call that came, and give the distinct answers."""
        hooks.drain()
        calls, told[:] = [*told], []
        assert len(calls) > 1, "there is no story without several calls"
        found = set()
        for number, call in enumerate(calls * times):
            code, report = machines[number % 2].mooring("drift", call["prompt"]["name"])
            found.add((code, row(report, "greet")["state"], report["targets"][0]["requests"]["write"]))
        return found

    with hooks.held():
        place.synced()
    assert answers(1) == {(0, "in_sync", 0)}
    assert channel.got == []

    with hooks.held():
        place.save("greet", "by hand", "production")
    hooks.drain()
    stale = [one for one in told if one["action"] == "updated"]
    assert [(one["prompt"]["version"], one["prompt"]["labels"]) for one in stale] == [(2, [])], "as in the thread"
    assert told[-1]["action"] == "created", "the news comes last"
    assert answers(2) == {(3, "platform_ahead", 0)}
    assert channel.titles() == ["greet (production) on prod: platform ahead"]

    with hooks.held():
        place.person.point("greet", "production", "2")
    assert answers(2) == {(0, "in_sync", 0)}
    assert channel.titles()[1:] == ["Resolved: greet (production) on prod: platform ahead"]
    assert place.versions("greet") == ["one", "two", "by hand"]
