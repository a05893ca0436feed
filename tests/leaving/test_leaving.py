"""Who follows docs/leaving.md is rid of Mooring, and neither the platform nor a prompt file notices."""

import copy
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from mooring.cli import run
from mooring.core.artifact import Artifact
from mooring.testing.langfuse import Langfuse, serve

PAGE = Path(__file__).parents[2] / "docs" / "leaving.md"
CONFIG = """\
version: 1
id: acme
branch: main
targets:
  prod:
    adapter: langfuse
    url: {url}
    credentials: {{public_key: env:LF_PUBLIC_KEY, secret_key: env:LF_SECRET_KEY}}
    mode: upsert
    labels: [production]
"""
PROMPTS = {
    "prompts/greet.yaml": "labels: [production]\nprompt: Hello {{name}}\nmodel: gpt-4o\n",
    "prompts/agent/v1.yaml": "system_prompt: |\n  You help.\ntools:\n  - {name: search, parameters: {type: object}}\n",
    "prompts/registry.yaml": "agent: {production: v1}\n",
    ".github/workflows/mooring.yml": "on: push\n",
}


def typed(title: str) -> str:
    """Give what a section of the page has somebody type, as a shell's script."""
    section = PAGE.read_text(encoding="utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    [block] = re.findall(r"^```console\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    lines = re.findall(r"^\$ (.*)$", block, re.MULTILINE)
    assert lines
    return "\n".join(["set -eu", *lines])


@dataclass(frozen=True, slots=True)
class Team:
    """A clone with a remote, in sync with a Langfuse."""

    clone: Path
    remote: Path
    langfuse: Langfuse

    def type(self, script: str) -> str:
        # What a page types must not depend on which shell somebody has.
        done = subprocess.run(["sh", "-c", script], cwd=self.clone, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def mooring(self, *words: str) -> int:
        return run(["-C", str(self.clone), *words])

    def stored(self) -> Mapping[str, Any]:
        """Everything that the platform holds, as its database has it."""
        return copy.deepcopy(self.langfuse.backup().projects)

    def refs(self, where: Path) -> list[str]:
        command = ["git", "-C", str(where), "for-each-ref", "--format=%(refname)"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


@pytest.fixture
def langfuse() -> Langfuse:
    return Langfuse()


@pytest.fixture
def url(langfuse: Langfuse) -> Iterator[str]:
    with serve(langfuse) as address:
        yield address


@pytest.fixture
def team(tmp_path: Path, langfuse: Langfuse, url: str, monkeypatch: pytest.MonkeyPatch) -> Team:
    key = langfuse.project("acme")
    monkeypatch.setenv("LF_PUBLIC_KEY", key.public)
    monkeypatch.setenv("LF_SECRET_KEY", key.secret)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    made = Team(tmp_path / "clone", tmp_path / "remote.git", langfuse)
    made.clone.mkdir()
    for path, text in {**PROMPTS, "mooring.yaml": CONFIG.format(url=url)}.items():
        (made.clone / path).parent.mkdir(parents=True, exist_ok=True)
        (made.clone / path).write_text(text, encoding="utf-8")
    made.type(
        "set -e; git init -q -b main; git config user.name Ann; git config user.email ann@example.org\n"
        "git init -q --bare -b main ../remote.git; git remote add origin ../remote.git\n"
        "git add -A; git commit -q -m Begin; git push -q origin main"
    )
    assert made.mooring("sync") == 0
    assert made.mooring("suspend", "greet", "--reason", "On our way out") == 0
    return made


def leave(team: Team) -> None:
    team.type(typed("Stop the runs"))
    team.type(typed("Take the memory away"))


def test_who_leaves_is_rid_of_mooring_and_nothing_else_changes(team: Team) -> None:
    team.type("git update-ref refs/mooring/acme/prod/ledger HEAD")
    before, asked = team.stored(), len(team.langfuse.requests)
    assert all(f"'{name}'" in repr(before) for name in ("greet", "agent"))
    assert [ref for ref in team.refs(team.remote) if ref.startswith("refs/mooring/")]
    leave(team)

    assert team.stored() == before
    assert len(team.langfuse.requests) == asked

    assert team.refs(team.remote) == ["refs/heads/main"]
    assert sorted(team.refs(team.clone)) == ["refs/heads/main", "refs/remotes/origin/main"]
    assert not (team.clone / ".git" / "mooring").exists()
    assert not list(team.clone.glob("mooring*"))
    assert team.type("git status --porcelain") == ""

    for path in ("prompts/greet.yaml", "prompts/agent/v1.yaml", "prompts/registry.yaml"):
        assert (team.clone / path).read_text(encoding="utf-8") == PROMPTS[path]
    assert yaml.safe_load((team.clone / "prompts/greet.yaml").read_bytes())["prompt"] == "Hello {{name}}"
    assert yaml.safe_load((team.clone / "prompts/agent/v1.yaml").read_bytes())["tools"][0]["name"] == "search"


def test_a_change_on_the_platform_would_be_seen(team: Team) -> None:
    before = team.stored()
    team.langfuse.person("acme").save("greet", Artifact("Another"), ["production"])
    assert team.stored() != before


def test_who_comes_back_goes_on_where_both_sides_agree(
    team: Team, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    leave(team)
    before = team.stored()
    (team.clone / "mooring.yaml").write_text(CONFIG.format(url=url), encoding="utf-8")
    team.type("git add -A; git commit -q -m Back; git push -q origin main")
    assert team.mooring("sync") == 5
    assert "--accept-lost-ledger" in capsys.readouterr().out
    assert team.mooring("sync", "--accept-lost-ledger") == 0
    assert team.stored() == before


# --- MLflow -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def registry(mlflow_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """A registry that Mooring published to, by its own client."""
    from mlflow import MlflowClient

    uri = f"sqlite:///{mlflow_file}"
    target = f"{{adapter: mlflow, url: '{uri}', mode: upsert, labels: [production]}}"
    config = f"version: 1\nid: acme\nbranch: main\ntargets:\n  prod: {target}\n"
    for path, text in {**PROMPTS, "mooring.yaml": config}.items():
        (tmp_path / "clone" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "clone" / path).write_text(text, encoding="utf-8")
    subprocess.run(
        [
            "sh",
            "-ec",
            "git init -q -b main; git add -A; git -c user.name=A -c user.email=a@example.org commit -q -m Begin",
        ],
        cwd=tmp_path / "clone",
        check=True,
    )
    assert run(["-C", str(tmp_path / "clone"), "sync"]) == 0
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def test_the_marks_on_mlflow_go_and_what_apps_read_stays(registry: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def served() -> dict[str, Any]:
        found = {name: registry.get_prompt_version_by_alias(name, "production") for name in ("greet", "agent")}
        return {name: (one.template, one.version, one.tags.get("mooring.config")) for name, one in found.items()}

    before = served()
    assert before["agent"][2]
    [script] = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    uri = registry._registry_uri
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    exec(script.replace("MlflowClient()", f"MlflowClient(tracking_uri={uri!r}, registry_uri={uri!r})"), {})  # noqa: S102
    assert served() == before
    for name in ("greet", "agent"):
        marks = {*registry.get_prompt(name).tags, *registry.get_prompt_version_by_alias(name, "production").tags}
        assert {mark for mark in marks if mark.startswith("mooring.")} <= {"mooring.config"}
