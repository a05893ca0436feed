"""Real prompts to Langfuse and back, and what an app gets there that asks with Langfuse's own SDK."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from mooring.core.address import Ref
from mooring.core.artifact import Artifact, Message, Placeholder
from mooring.core.canonical import content_hash
from mooring.core.report import Exit
from mooring.run import Depth

if TYPE_CHECKING:
    from tests.langfuse.conftest import Scene

PROMPTS = Path(__file__).parents[1] / "data" / "real-prompts.csv"
CONFIG: dict[str, Any] = {
    "model": "gpt-4o",
    "temperature": 0.3,
    "tools": [{"name": "suche_größe", "parameters": {"type": "object", "properties": {"q": {"type": "string"}}}}],
    "nested": {"deep": [{"er": [None, True, 1e-7, "ünï"]}], "z": 1, "a": 2},
}


def wanted() -> dict[str, Artifact]:
    """341 real prompts as texts, and 300 in folders: unicode names, chats with placeholders, nested configs."""
    with PROMPTS.open(newline="", encoding="utf-8") as file:
        found = {f"real-{n:03}": Artifact(row["prompt"]) for n, row in enumerate(csv.DictReader(file))}
    for n in range(300):
        name = f"a{n % 5}/ß {n % 3}/日本-{n:03}"
        if n % 2:
            found[name] = Artifact(f"Nummer {n}: {{{{name}}}}\n", {**CONFIG, "max_tokens": n})
        else:
            turns = (Message("system", f"Nummer {n}"), Placeholder("history"), Message("user", "{{question}}"))
            found[name] = Artifact(turns, {**CONFIG, "seed": n})
    return found


def file_of(artifact: Artifact) -> str:
    body: dict[str, Any] = (
        {"prompt": artifact.body}
        if isinstance(artifact.body, str)
        else {
            "messages": [
                {"placeholder": turn.name}
                if isinstance(turn, Placeholder)
                else {"role": turn.role, "content": turn.content}
                for turn in artifact.body
            ]
        }
    )
    config = {"config": artifact.config} if artifact.config else {}
    labels = {"labels": ["production", "staging"]}
    # The emitter leaves a DEL and the like as they are, which a strict reader refuses: JSON is YAML too.
    return json.dumps({**labels, **body, **config}, indent=1, ensure_ascii=False)


def apps_view(scene: "Scene", names: list[str]) -> dict[str, Any]:
    """Ask for prompts by label with the SDK, in a process of its own."""
    script = (
        "import json, sys\n"
        "from langfuse import Langfuse\n"
        "sdk = Langfuse(host=sys.argv[1], tracing_enabled=False)\n"
        "once = {'cache_ttl_seconds': 0, 'max_retries': 0}\n"
        "ask = lambda name: sdk.get_prompt(name, label='production', type=types[name], **once)\n"
        "types = json.load(sys.stdin)\n"
        "found = {name: ask(name) for name in types}\n"
        "print(json.dumps({name: [one.prompt, one.config] for name, one in found.items()}))\n"
    )
    keys = {"LANGFUSE_PUBLIC_KEY": scene.key.public, "LANGFUSE_SECRET_KEY": scene.key.secret}
    types = {name: "text" if isinstance(wanted()[name].body, str) else "chat" for name in names}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, scene.url],
        input=json.dumps(types),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **keys},
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(("every", "count"), [(5, 129), pytest.param(1, 641, marks=pytest.mark.soak)])
def test_many_prompts_there_and_back(scene: "Scene", every: int, count: int) -> None:
    prompts = dict(list(wanted().items())[::every])
    for name, artifact in prompts.items():
        scene.write(f"prompts/{name}.yaml", file_of(artifact))
    scene.commit()
    assert len(prompts) == count

    first = scene.sync()
    assert first.exit is Exit.OK, [str(row.row.verdict) for row in first.rows if row.outcome != "applied"][:5]
    sent = scene.sent()
    assert (sent["POST"], sent["PATCH"], sent["DELETE"]) == (count, 0, 0)

    scene.time.pass_by(600)
    second = scene.sync()
    third = scene.sync()
    full = scene.drift(Depth.WHOLE)

    pages, labels = -(-count // 100), 2
    assert dict(second.targets[0].requests) == {"list": pages * labels, "read": 0, "write": 0}
    assert dict(third.targets[0].requests) == {"list": 2 * labels, "read": 0, "write": 0}
    assert dict(full.targets[0].requests) == {"list": pages * labels, "read": 0, "write": 0}
    assert second.exit is third.exit is full.exit is Exit.OK
    live = {row.row.address.prompt: row.row.seen.live for row in full.rows}
    assert live == {name: content_hash(artifact) for name, artifact in prompts.items()}

    some = [name for n, name in enumerate(prompts) if n % 40 == 0 or n in {count // 2 + 22, count // 2 + 23}]
    seen = apps_view(scene, some)
    for name in some:
        body, config = seen[name]
        artifact = prompts[name]
        assert config == artifact.config
        assert body == artifact.body if isinstance(artifact.body, str) else len(body) == len(artifact.body)


@pytest.mark.parametrize(
    "config",
    [
        {"model": "gpt-4o", "temperature": 0, "tools": [], "x": None},
        ["a", {"b": []}],
        "a text",
        7,
        False,
        {"": {"": [[]]}, "10": 1, "2": 2, "é": "\u2028", "big": 2**53 - 1, "small": 5e-324},
    ],
)
def test_a_config_that_somebody_made_comes_back_as_it_was(scene: "Scene", config: Any) -> None:
    scene.commit()
    scene.person.save("theirs", Artifact("by hand", config), ["production"])
    before = scene.adapter().read("theirs", Ref("1"))
    scene.write("prompts/theirs.yaml", yaml.safe_dump({"labels": ["production"], "prompt": "x"}))
    scene.commit()
    assert scene.state("theirs") == "unadopted"

    content = getattr(before, "content", None)
    assert isinstance(content, Artifact)
    scene.write(
        "prompts/theirs.yaml",
        json.dumps({"labels": ["production"], "prompt": content.body, "config": content.config}),
    )
    scene.commit()

    assert scene.state("theirs") == "in_sync", "what was read is what Git says now"
    assert scene.sync().exit is Exit.OK
    assert not scene.sent()["POST"]
