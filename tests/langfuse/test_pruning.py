"""Deleting a prompt on Langfuse: parents first, never while another refers to it, never with a part of the request."""

from typing import TYPE_CHECKING

import pytest

from mooring.core.address import Ref
from mooring.core.artifact import Artifact
from mooring.core.judge import Action
from mooring.core.plan import Outcome
from mooring.core.report import Exit
from mooring.testing.langfuse.trouble import Acted, Fault, Lost, Replied, When, bad_gateway, internal_error

if TYPE_CHECKING:
    from tests.langfuse.conftest import Scene


def tag(name: str, which: str = "label=production") -> str:
    return f"@@@langfusePrompt:name={name}|{which}@@@"


@pytest.fixture
def scene(scene: "Scene") -> "Scene":
    """A clone whose target deletes, in sync with two versions of greet and a prompt that stays."""
    config = (scene.folder / "mooring.yaml").read_text()
    scene.write("mooring.yaml", config + "policy: {prune: delete}\n")
    scene.prompt("stays", "stays")
    scene.commit_prompt("greet", "one")
    scene.sync()
    scene.commit_prompt("greet", "two")
    scene.sync()
    scene.langfuse.requests.clear()
    return scene


def drop(scene: "Scene", *names: str) -> None:
    for name in names:
        (scene.folder / f"prompts/{name}.yaml").unlink()
    scene.commit()


def deletions(scene: "Scene") -> list[str]:
    return [one.path for one in scene.langfuse.requests if one.method == "DELETE"]


def archived(scene: "Scene") -> int:
    ref = "refs/mooring/acme/prod/archive"
    if not scene.git("for-each-ref", ref):
        return 0
    return len(scene.git("ls-tree", "-r", "--name-only", ref).splitlines())


def test_a_dropped_prompt_goes_whole_and_its_name_serves_the_new_text(scene: "Scene") -> None:
    scene.person.save("greet", Artifact("a draft"))
    drop(scene, "greet")
    assert scene.one(scene.plan()).row.verdict.action is Action.DELETE
    report = scene.sync()
    assert (scene.one(report).outcome, report.exit) == (Outcome.APPLIED, Exit.OK)
    assert (scene.versions(), scene.versions("stays"), archived(scene)) == ([], ["stays"], 3)
    assert deletions(scene) == ["/api/public/v2/prompts/greet"]
    scene.commit_prompt("greet", "three")
    assert scene.sync().exit is Exit.OK
    assert (scene.versions(), scene.served()) == (["three"], ["1"])
    assert scene.state() == "in_sync"


def test_a_name_in_a_folder_is_escaped(scene: "Scene") -> None:
    scene.commit_prompt("shop/greet #1", "one")
    scene.sync()
    drop(scene, "shop/greet #1")
    assert scene.sync().exit is Exit.OK
    assert deletions(scene) == ["/api/public/v2/prompts/shop%2Fgreet%20%231"]


def test_a_label_on_an_old_version_is_seen_before_anything_goes(scene: "Scene") -> None:
    """No list by a managed label shows it."""
    scene.person.point("greet", "canary", Ref("1"))
    drop(scene, "greet")
    row = scene.one(scene.plan()).row
    assert row.verdict.action is Action.REPORT
    assert "its label canary is not managed here" in row.verdict.reason
    assert scene.sync().exit is Exit.OK
    assert (scene.versions(), deletions(scene)) == (["one", "two"], [])


def test_what_a_prompt_in_git_includes_stays(scene: "Scene") -> None:
    scene.commit_prompt("parent", f"see {tag('greet')}")
    scene.sync()
    drop(scene, "greet")
    row = scene.one(scene.plan()).row
    assert (row.verdict.action, "parent@production include it" in row.verdict.reason) == (Action.REPORT, True)
    scene.sync()
    assert (scene.versions(), deletions(scene)) == (["one", "two"], [])


def test_langfuse_s_own_refusal_is_said(scene: "Scene") -> None:
    """Somebody's prompt, of which Git knows nothing, refers to it."""
    scene.person.save("theirs", Artifact(f"see {tag('greet')}"))
    drop(scene, "greet")
    report = scene.sync()
    one = scene.one(report)
    assert (one.outcome, report.exit) == (Outcome.FAILED, Exit.PARTIAL)
    assert one.note == (
        "Langfuse keeps the prompt, for others refer to it: theirs v1 depends on greet production. Delete those first."
    )
    assert scene.versions() == ["one", "two"]
    scene.person.delete_prompt("theirs")
    assert scene.sync().exit is Exit.OK
    assert (scene.versions(), archived(scene)) == ([], 2)


def test_parents_are_deleted_before_their_children(scene: "Scene") -> None:
    scene.prompt("a-child", "leaf")
    scene.prompt("m/parent", f"see {tag('a-child')}")
    scene.commit_prompt("z-top", f"see {tag('m/parent')} {tag('a-child')}")
    assert scene.sync().exit is Exit.OK
    drop(scene, "a-child", "m/parent", "z-top", "greet")
    assert scene.sync().exit is Exit.OK
    gone = [one.rpartition("/")[2] for one in deletions(scene)]
    assert [one for one in gone if one != "greet"] == ["z-top", "m%2Fparent", "a-child"]
    assert scene.versions("a-child") == []


@pytest.mark.parametrize(
    "event",
    [Lost(When.BEFORE), Lost(When.AFTER), Replied(bad_gateway()), Replied(internal_error(), When.AFTER)],
    ids=str,
)
def test_a_deletion_without_an_answer_is_done_once(scene: "Scene", event: Lost | Replied) -> None:
    drop(scene, "greet")
    scene.langfuse.hooks.trouble.add(Fault("DELETE", "", 1, event))
    assert scene.sync().exit is Exit.OK
    assert (scene.versions(), scene.versions("stays")) == ([], ["stays"])


def test_a_prompt_made_anew_after_a_lost_answer_is_not_deleted(scene: "Scene") -> None:
    drop(scene, "greet")

    def anew() -> None:
        scene.person.save("greet", Artifact("two"), ["production"])

    trouble = scene.langfuse.hooks.trouble
    back = Acted(When.AFTER, lambda: trouble.add(Fault("GET", "name=greet", 1, Acted(When.BEFORE, anew))))
    trouble.add(Fault("DELETE", "", 1, back))
    trouble.add(Fault("DELETE", "", 1, Lost(When.AFTER)))
    report = scene.sync()
    assert (scene.one(report).outcome, scene.versions()) == (Outcome.MOVED, ["two"])
    assert len(deletions(scene)) == 1
