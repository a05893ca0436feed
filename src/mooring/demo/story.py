"""What happens in the demo, in which order, and what must come of it?"""

from collections.abc import Mapping
from pathlib import Path
from shutil import copytree
from typing import Any

from mooring.demo.people import BETTER, EDIT, LABEL, PROMPT
from mooring.demo.scene import Scene

_CONFIG = """\
version: 1
id: demo-store
prompts: prompts/
targets:
  local:
    adapter: {adapter}
    url: {url}
    mode: upsert
    labels: [production, fallback]
"""


def config_of(platform: str, url: str) -> str:
    """Give the demo's mooring.yaml for a platform."""
    return _CONFIG.format(adapter=platform, url=url)


def play(scene: Scene, source: Path) -> None:
    """Tell the whole story; raises Unexpected at the first thing that is not as it must be."""
    _publish(scene)
    _edited_by_hand(scene)
    _rolled_back_by_hand(scene)
    _fixed(scene, source)
    _adopted(scene)
    _rolled_back(scene)


def _publish(scene: Scene) -> None:
    scene.tell("title", "1  Prompts in Git, a platform with none")
    scene.tell("output", scene.git("ls-files", "prompts", "mooring.yaml").strip())
    scene.tell("said", "What would a sync do?")
    planned = scene.run("plan", expect=0)
    scene.expect(set(planned["summary"]) == {"pending_create"}, "everything to be created", str(planned["summary"]))

    scene.tell("said", "Do it: publish each version, check what was stored, move the label, record it.")
    synced = scene.run("sync", expect=0)
    outcomes = {one["outcome"] for one in _addresses(synced)}
    scene.expect(outcomes == {"applied"}, "every step applied", str(outcomes))

    scene.tell("said", "Again. Content is identity, so there is nothing to write: not there, not in the ledger.")
    before = scene.ledger()
    again = scene.run("sync", expect=0)
    scene.expect(again["targets"][0]["requests"]["write"] == 0, "no write to the platform")
    scene.expect(scene.ledger() == before, "no new object in the ledger")
    scene.tell("good", "0 writes to the platform, the ledger is as it was")


def _edited_by_hand(scene: Scene) -> None:
    scene.tell("title", f"2  Somebody edits {PROMPT} on the platform, with {scene.person.client}")
    scene.by_hand(scene.person.begin)
    scene.by_hand(scene.person.edit, edit=EDIT)
    scene.expect(EDIT in scene.served(), "an app to be served the edit")

    scene.tell("said", "Who moved? Not Git.")
    drifted = _one(scene.run("drift", expect=3))
    scene.expect(drifted["state"] == "platform_ahead", "the state platform_ahead", drifted["state"])
    scene.tell("said", "What did they change?")
    scene.run("diff", f"{PROMPT}@{LABEL}", expect=0)

    scene.tell("said", "A sync does not overwrite what was never reviewed.")
    scene.run("sync", expect=0)
    scene.expect(EDIT in scene.served(), "the edit still to be served")

    scene.tell("said", "A person decides for Git. The decision names what was live; it is void if that moves again.")
    scene.run("resolve", f"{PROMPT}@{LABEL}", "--take", "git", "--reason", "Vouchers are not agreed", expect=0)
    settled = _one(scene.run("sync", expect=0))
    scene.expect(settled["outcome"] == "applied", "the step applied", str(settled["outcome"]))
    scene.expect(EDIT not in scene.served(), "the edit to be served no more")
    scene.tell(
        "good", "One label move to the version that was there already; the edit stays on the platform, unlabelled"
    )


def _rolled_back_by_hand(scene: Scene) -> None:
    scene.tell("title", f"3  Three in the morning: somebody rolls {PROMPT} back")
    earlier = _one(scene.run("status", expect=0), label="fallback")
    scene.by_hand(scene.person.rollback, ref=earlier["live_version"])
    rolled_back = scene.served()

    scene.tell("said", "Mooring sees a move to reviewed content, and says that it was one.")
    moved = _one(scene.run("drift", expect=2))
    scene.expect(moved["state"] == "relabelled", "the state relabelled", moved["state"])
    scene.tell("said", "The next sync does not fight it.")
    scene.run("sync", expect=0)
    scene.expect(scene.served() == rolled_back, "the rollback still to be served")
    scene.tell("good", "The rollback stands")


def _fixed(scene: Scene, source: Path) -> None:
    scene.tell("title", "4  The fix is merged, and ships by itself")
    copytree(source / "changes" / "fix", scene.folder, dirs_exist_ok=True)
    scene.commit("Promise no refund")
    scene.tell("said", "The plan says that this ends the move made by hand.")
    planned = _one(scene.run("plan", expect=0))
    scene.expect(planned["state"] == "git_ahead", "the state git_ahead", planned["state"])
    shipped = _one(scene.run("sync", expect=0))
    scene.expect(shipped["outcome"] == "applied", "the step applied", str(shipped["outcome"]))
    scene.expect("Promise no refund" in scene.served(), "the fix to be served")

    scene.tell("said", "And back to calm.")
    calm = scene.run("drift", expect=0)
    scene.expect(set(calm["summary"]) == {"in_sync"}, "everything in sync", str(calm["summary"]))


def _adopted(scene: Scene) -> None:
    scene.tell("title", "5  Somebody edits it again, and this time the edit is right")
    scene.by_hand(scene.person.edit, edit=BETTER)
    scene.tell("said", "Bring it into Git: as a branch with one commit, for somebody to review.")
    proposed = _one(scene.run("adopt", f"{PROMPT}@{LABEL}", "--reason", "Customers like it", expect=0))
    scene.expect(proposed["outcome"] == "proposed", "a proposal", str(proposed["outcome"]))
    scene.merge(f"mooring/demo-store/local/prompt-{PROMPT}")

    scene.tell("said", "Merged. Git says what the platform serves already, so next to nothing is left to do.")
    scene.run("sync", expect=0)
    scene.expect(BETTER in scene.served(), "the edit to be served")
    again = scene.run("sync", expect=0)
    scene.expect(again["targets"][0]["requests"]["write"] == 0, "no write to the platform")


def _rolled_back(scene: Scene) -> None:
    scene.tell("title", "6  At night, with Mooring: back in one command, and into Git in the morning")
    back = _one(scene.run("rollback", f"{PROMPT}@{LABEL}", "--reason", "It promises too much", expect=0))
    scene.expect(back["outcome"] == "applied", "the label moved", str(back["outcome"]))
    scene.expect(BETTER not in scene.served(), "the edit to be served no more")

    scene.tell("said", "The next sync does not undo it, and says who did it. The same move is proposed to Git.")
    scene.run("sync", expect=0)
    scene.expect(BETTER not in scene.served(), "the rollback still to be served")
    scene.merge("mooring/demo-store/local/policy")
    scene.run("sync", expect=0)
    calm = scene.run("drift", expect=0)
    scene.expect(set(calm["summary"]) == {"in_sync"}, "everything in sync", str(calm["summary"]))

    scene.tell("said", "Who changed what, when and why?")
    told = scene.run("log", f"{PROMPT}@{LABEL}", expect=0)
    kinds = [one["kind"] for one in told["entries"]]
    scene.expect({"sync", "resolve", "rollback"} <= set(kinds), "a record of each", ", ".join(kinds))


def _addresses(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for target in report["targets"] for one in target["addresses"]]


def _one(report: Mapping[str, Any], label: str = LABEL) -> Mapping[str, Any]:
    return next(one for one in _addresses(report) if (one["prompt"], one["label"]) == (PROMPT, label))
