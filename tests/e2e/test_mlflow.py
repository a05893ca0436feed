"""The main job on a real MLflow server, with somebody at MLflow's own client on the other side."""

import csv
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mooring import cycle
from mooring.cli.session import Request, open_session
from mooring.core.artifact import Artifact
from mooring.core.canonical import content_hash
from mooring.run import Selection

if TYPE_CHECKING:
    from mooring.testing.bench import Bench
    from tests.e2e.conftest import Clone, Place

CONFIG = """\
version: 1
id: {id}
branch: main
targets:
  served:
    adapter: mlflow
    url: {url}
    mode: upsert
    labels: [production]
limits: {{updates: 100%}}
"""
PROMPTS = Path(__file__).parents[1] / "data" / "real-prompts.csv"


@dataclass
class Served:
    """A clone tied to the server, and a prompt name that no other test uses."""

    clone: "Clone"
    person: Any
    name: str

    def state(self) -> str:
        """Ask in this process: what it costs to import is paid once."""
        report = cycle.drift(open_session(Request(self.clone.folder, selection=Selection(globs=(self.name,)))).run)
        return report.rows[0].row.verdict.state.value

    def sync(self) -> int:
        """Sync in this process, too; the tests of processes start the command."""
        run = open_session(Request(self.clone.folder, selection=Selection(globs=(f"{self.name}*",)))).run
        return int(cycle.sync(run).exit)

    def write(self, text: str) -> None:
        self.clone.prompt(self.name, text)
        self.clone.commit()

    def served(self) -> str:
        return str(self.person.client.get_prompt_version_by_alias(self.name, "production").template)

    def versions(self) -> list[str]:
        found = self.person.client.search_prompt_versions(self.name)
        return sorted(str(one.template) for one in found)


@pytest.fixture
def tied(place: "Place", mlflow_server: str, mlflow_bench: "Callable[[str], Bench]") -> Served:
    # The server is shared, so every test is a repository of its own, and its prompts have names of their own.
    clone, name = place.clone("clone"), f"p{uuid.uuid4().hex[:8]}"
    clone.write("mooring.yaml", CONFIG.format(id=name, url=mlflow_server))
    return Served(clone, mlflow_bench(mlflow_server).person, name)


def test_every_state_that_somebody_can_bring_about(tied: Served) -> None:
    person, name = tied.person, tied.name
    tied.write("one")
    assert tied.state() == "pending_create"
    assert tied.sync() == 0
    assert tied.state() == "in_sync"

    person.save(name, Artifact("theirs"), ["production"])
    assert tied.state() == "platform_ahead"
    tied.write("two")
    assert tied.state() == "conflict"
    assert tied.sync() == 3
    assert tied.served() == "theirs"
    resolved = tied.clone.mooring("resolve", name, "--take", "git", "--reason", "ours is reviewed")
    assert resolved.code == 0, resolved
    assert tied.state() == "git_ahead"
    assert tied.sync() == 0
    assert tied.served() == "two"

    person.point(name, "production", "1")
    assert tied.state() == "relabelled"
    assert tied.sync() == 0
    assert tied.served() == "one"
    tied.write("three")
    assert tied.sync() == 0
    assert tied.served() == "three"
    assert tied.versions() == ["one", "theirs", "three", "two"]

    person.unlabel(name, "production")
    assert tied.state() == "missing"
    assert tied.clone.mooring("resolve", name, "--take", "git", "--reason", "put it back").code == 0
    assert tied.sync() == 0
    assert tied.served() == "three"
    person.tamper(name, "4", Artifact("tampered"))
    assert tied.state() == "platform_ahead"
    findings = tied.clone.report("drift", "--select", name)["targets"][0]["findings"]
    assert ("tampered", name) in {(one["kind"], one["prompt"]) for one in findings}
    person.delete_prompt(name)
    assert tied.state() == "missing"


def test_what_was_there_first_is_never_overwritten(tied: Served) -> None:
    tied.person.save(tied.name, Artifact("years old"), ["production"])
    tied.clone.prompt("other", "x")
    tied.clone.commit()
    assert tied.state() == "unmanaged"
    tied.write("ours")

    assert tied.state() == "unadopted"
    assert tied.sync() == 3
    assert tied.served() == "years old"


def test_git_deletes_and_reverts(tied: Served) -> None:
    tied.clone.prompt(f"{tied.name}-stays", "x")
    tied.write("one")
    assert tied.sync() == 0
    tied.write("two")
    assert tied.sync() == 0
    subprocess.run(["git", "revert", "--no-edit", "HEAD"], cwd=tied.clone.folder, check=True, capture_output=True)
    writes = tied.clone.report("sync", "--select", tied.name)["targets"][0]["requests"]["write"]

    assert writes == 1
    assert (tied.served(), tied.versions()) == ("one", ["one", "two"])
    (tied.clone.folder / "prompts" / f"{tied.name}.yaml").unlink()
    tied.clone.commit()
    assert tied.state() == "prune_pending"
    assert tied.sync() == 0
    assert tied.served() == "one"


def test_a_name_that_mlflow_refuses_is_refused_before_anything_is_sent(tied: Served) -> None:
    tied.clone.prompt(f"{tied.name}/inner", "x")
    tied.clone.commit()

    done = tied.clone.mooring("sync", "--select", f"{tied.name}*")

    assert done.code == 65
    assert "rename" in done.out


# Death before the label is moved leaves what death after publishing leaves.
@pytest.mark.parametrize(("method", "when"), [("publish", "after"), ("move_label", "after")])
def test_kill_9_in_the_middle_then_sync(tied: Served, method: str, when: str) -> None:
    tied.write("one")
    assert tied.sync() == 0
    tied.write("two")

    assert tied.clone.sabotaged_sync(method, 1, when) == -9
    assert tied.sync() == 0

    assert (tied.served(), tied.versions()) == ("two", ["one", "two"])


def test_a_server_that_is_down_is_never_absent(tied: Served) -> None:
    tied.write("one")
    assert tied.sync() == 0
    config = tied.clone.folder / "mooring.yaml"
    config.write_text(CONFIG.format(id=tied.name, url="http://127.0.0.1:9"))
    tied.clone.commit()

    report = tied.clone.report("sync")

    assert report["exit"]["code"] == 8
    assert {one["state"] for one in report["targets"][0]["addresses"]} == {"unknown"}
    assert report["targets"][0]["complete"] is False


@pytest.mark.timeout(280)
@pytest.mark.parametrize(("every", "count"), [(12, 29), pytest.param(1, 341, marks=pytest.mark.soak)])
def test_real_prompts_there_and_back(tied: Served, mlflow_server: str, every: int, count: int) -> None:
    with PROMPTS.open(newline="", encoding="utf-8") as file:
        rows = [row["prompt"] for row in csv.DictReader(file)][::every]
    texts = {f"{tied.name}-{n:03}": text for n, text in enumerate(rows)}
    for name, text in texts.items():
        tied.clone.prompt(name, text)
    tied.clone.commit()
    assert len(texts) == count

    first = tied.clone.report("sync", "--select", f"{tied.name}-*")
    second = tied.clone.report("sync", "--select", f"{tied.name}-*")

    assert first["exit"]["code"] == second["exit"]["code"] == 0
    assert second["targets"][0]["requests"] == {"list": 1, "read": 0, "write": 0}
    live = {one["prompt"]: one["live"] for one in second["targets"][0]["addresses"]}
    assert live == {name: content_hash(Artifact(text)) for name, text in texts.items()}
    odd = {name: text for n, (name, text) in enumerate(texts.items()) if n % 8 == 0 or not text.isascii()}
    assert _load(mlflow_server, list(odd)) == odd


def _load(url: str, names: list[str]) -> dict[str, str]:
    """Load prompts as an app does, in a process of its own."""
    script = (
        "import json, sys, mlflow\n"
        "mlflow.set_tracking_uri(sys.argv[1])\n"
        "names = json.load(sys.stdin)\n"
        "print(json.dumps({n: mlflow.genai.load_prompt(f'prompts:/{n}@production').template for n in names}))\n"
    )
    env = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_REGISTRY_URI": url}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, url],
        input=json.dumps(names),
        capture_output=True,
        text=True,
        check=True,
        env=env,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))
