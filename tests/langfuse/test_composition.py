"""Prompts that include others: children first, mistakes before anything is written, readers who get another text."""

from typing import TYPE_CHECKING

from mooring.core.address import Ref
from mooring.core.artifact import Artifact, Message
from mooring.core.plan import Outcome
from mooring.core.report import Exit
from mooring.testing.langfuse.trouble import Fault, Replied, When, internal_error

if TYPE_CHECKING:
    from tests.langfuse.conftest import Scene


def tag(name: str, which: str = "label=production") -> str:
    return f"@@@langfusePrompt:name={name}|{which}@@@"


def posts(scene: "Scene") -> list[str]:
    """The names in the order in which they were made, by when the server made them."""
    adapter = scene.adapter()
    survey = adapter.survey(["production"], [])
    made = [(stored.created, name) for name in survey for stored in adapter.versions(name, None)]
    return [name for _, name in sorted(made)]


def test_children_come_before_their_parents(scene: "Scene") -> None:
    scene.prompt("a", f"top {tag('m/mid')} {tag('z')}")
    scene.prompt("m/mid", f"mid {tag('z')}")
    scene.prompt("z", "leaf")
    scene.prompt("b", "alone")
    scene.commit()

    assert scene.sync().exit is Exit.OK

    order = posts(scene)
    assert order.index("z") < order.index("m/mid") < order.index("a")
    assert scene.versions("a") == [f"top {tag('m/mid')} {tag('z')}"], "the raw text is kept, not the expanded one"
    assert scene.drift().exit is Exit.OK


MISTAKES = {
    "absent": (tag("nobody"), "nobody@production is neither declared in Git for this target nor live"),
    "elsewhere": (tag("leaf", "label=staging"), "leaf@staging is neither declared"),
    "later": (tag("leaf", "version=9"), "leaf version 9 is not on the platform"),
    "kind": (tag("chat"), "chat@production is a chat"),
    "greet": (tag("greet"), "greet@production -> greet@production leads back"),
    "back": (tag("ring"), "back@production -> ring@production -> back@production"),
    "deep": (tag("deep1"), "nested deeper than 5 prompts"),
    "order": ("@@@langfusePrompt:label=production|name=leaf@@@", "@@@langfusePrompt"),
}


def test_mistakes_are_in_the_plan_and_nothing_is_written(scene: "Scene") -> None:
    scene.prompt("leaf", "leaf")
    scene.write("prompts/chat.yaml", "labels: [production]\nmessages: [{role: user, content: Hi}]\n")
    scene.prompt("deep1", tag("deep2"))
    scene.prompt("deep2", tag("deep3"))
    scene.prompt("deep3", tag("deep4"))
    scene.prompt("deep4", tag("leaf"))
    scene.commit()
    assert scene.sync().exit is Exit.OK
    for name, (text, _) in MISTAKES.items():
        scene.prompt(name, text)
    scene.prompt("ring", tag("back"))
    scene.commit()
    scene.sent()

    report = scene.plan()

    assert report.exit is Exit.INVALID
    for name, (_, said) in MISTAKES.items():
        verdict = scene.one(report, name).row.verdict
        assert (verdict.state, said in verdict.reason) == ("unsupported", True), (name, verdict.reason)
    scene.sync()
    assert not scene.sent()["POST"]


def test_a_reference_to_what_only_the_platform_has(scene: "Scene") -> None:
    scene.person.save("theirs", Artifact("by hand"), ["production", "canary"])
    scene.commit_prompt("greet", f"{tag('theirs')} {tag('theirs', 'label=canary')} {tag('theirs', 'version=1')}")

    assert scene.sync().exit is Exit.OK


def test_a_child_that_moves_is_told_of_its_parents(scene: "Scene") -> None:
    scene.prompt("tone", "kind")
    scene.prompt("greet", f"Be {tag('tone')}")
    scene.commit()
    scene.sync()

    def told() -> list[str | None]:
        return [one.prompt for one in scene.drift().targets[0].findings if one.kind == "effective"]

    assert told() == []
    scene.person.save("tone", Artifact("rude"), ["production"])
    assert scene.state() == "in_sync", "its own content is as it was"
    assert told() == ["greet"]
    scene.person.point("tone", "production", Ref("1"))
    assert told() == []
    scene.commit_prompt("tone", "brief")
    assert told() == ["greet"], "a merge that changes the child changes what the parent's readers get"
    scene.sync()
    assert told() == []


def test_a_child_that_could_not_be_written_holds_its_parent_back(scene: "Scene") -> None:
    scene.prompt("tone", "kind")
    scene.prompt("greet", f"Be {tag('tone')}")
    scene.prompt("other", "alone")
    scene.commit()
    scene.langfuse.hooks.trouble.add(Fault("POST", "", 1, Replied(internal_error(), When.BEFORE)))
    scene.langfuse.hooks.trouble.add(Fault("POST", "", 2, Replied(internal_error(), When.BEFORE)))

    report = scene.sync()

    outcome = {row.row.address.prompt: row.outcome for row in report.rows}
    assert (outcome["tone"], outcome["greet"]) == (Outcome.FAILED, Outcome.SKIPPED)
    assert "tone@production" in scene.one(report).note
    scene.lock_timeout = 120
    assert scene.sync().exit is Exit.OK


def test_a_parent_that_is_served_stays_so_when_its_child_is_gone(scene: "Scene") -> None:
    scene.prompt("tone", "kind")
    scene.prompt("greet", f"Be {tag('tone')}")
    scene.commit()
    scene.sync()
    scene.person.unlabel("tone", "production")

    report = scene.drift()

    assert scene.one(report).row.verdict.state == "in_sync"
    assert scene.one(report, "tone").row.verdict.state == "missing"
    assert [one.prompt for one in report.targets[0].findings if one.kind == "effective"] == ["greet"]


def test_a_chat_that_includes_a_text(scene: "Scene") -> None:
    scene.prompt("tone", "kind")
    scene.write(
        "prompts/agent.yaml",
        f"labels: [production]\nmessages: [{{role: system, content: 'Be {tag('tone')}'}}, {{placeholder: history}}]\n",
    )
    scene.commit()

    assert scene.sync().exit is Exit.OK
    assert scene.versions("agent")[0][0] == Message("system", f"Be {tag('tone')}")
