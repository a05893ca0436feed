"""A repository with a Git host and a platform: what was synced, a branch that changes it, a pull request about it."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mooring.cli import run
from mooring.core.artifact import Artifact
from mooring.testing.github.serve import Served, serve
from mooring_memory import Platform, platform

CONFIG = """\
version: 1
id: acme-support
branch: main
prompts: prompts/
targets:
  prod: {adapter: memory, url: "memory:///platform.json", mode: upsert, labels: [production]}
limits: {updates: 100%, deletes: 100%}
"""
FILES = {
    ".gitignore": "platform.json*\n",
    "mooring.yaml": CONFIG,
    "prompts/greet.yaml": "labels: [production]\nprompt: |\n  Hello {{name}}, how can I help?\nmodel: gpt-4o\n",
    "prompts/leave.yaml": "labels: [production]\nprompt: |\n  Goodbye {{name}}\n",
    "prompts/care/v1.yaml": "prompt: |\n  Take care\n",
    "prompts/care/prompt.yaml": "labels: {production: v1}\n",
}
ANOTHER = FILES["prompts/greet.yaml"].replace("{{name}}", "{{customer}}").replace("gpt-4o", "gpt-4.1")


@dataclass(frozen=True, slots=True)
class Desk:
    """A clone, and somebody who types."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    code: list[int] = field(default_factory=list[int])

    def type(self, *words: str) -> str:
        self.capture.readouterr()
        self.code.append(run(["-C", str(self.folder), *words]))
        heard = self.capture.readouterr()
        return heard.out + heard.err

    def review(self, *words: str) -> str:
        return self.type("plan", "--offline", "-o", "review", *words)

    def git(self, *words: str) -> str:
        return _git(self.folder, *words)

    def commit(self, files: Mapping[str, str | None], message: str = "Change") -> None:
        for path, text in files.items():
            place = self.folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                place.unlink()
            else:
                place.write_text(text, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", message)

    def land(self, files: Mapping[str, str | None]) -> None:
        """Commit on main, push and sync."""
        self.commit(files)
        self.git("push", "--quiet", "origin", "main")
        assert run(["-C", str(self.folder), "sync"]) == 0

    def propose(self, files: Mapping[str, str | None]) -> None:
        """Commit on a branch and push it."""
        self.git("switch", "--quiet", "--create", "feature")
        self.commit(files)
        self.git("push", "--quiet", "origin", "feature")

    @property
    def platform(self) -> Platform:
        return platform("memory:///platform.json", str(self.folder))

    def edit(self, name: str, text: str) -> None:
        self.platform.save(name, Artifact(text), ["production"], author="Bob")


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make it once: a copy costs a tenth of the programs that make one."""
    made = tmp_path_factory.mktemp("made")
    _git(made, "init", "--quiet", "--bare", "--initial-branch=main", "remote.git")
    _git(made, "init", "--quiet", "--initial-branch=main", "clone")
    for name, value in {"user.name": "Ada", "user.email": "ada@example.com"}.items():
        _git(made / "clone", "config", name, value)
    _git(made / "clone", "remote", "add", "origin", "../remote.git")
    desk = Desk(made / "clone", capture=None)  # type: ignore[arg-type]  # nobody types
    desk.land(FILES)
    return made


@pytest.fixture(autouse=True)
def _no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("GITHUB_", "GH_"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def desk(_made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Three prompts in sync."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    shutil.copytree(_made, tmp_path / "here")
    return Desk(tmp_path / "here" / "clone", capsys)


@pytest.fixture
def github(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """The Git host of the clone, and a job's environment that leads to it."""
    with serve(desk.folder.parent / "remote.git") as served:
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        yield served


@pytest.fixture
def pull(desk: Desk, github: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> int:
    """A pull request that changes one prompt, and a job about it."""
    desk.propose({"prompts/greet.yaml": ANOTHER})
    number = github.person.open_pull("feature", "Another greeting").number
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"number": number, "pull_request": {"number": number}}), encoding="utf-8")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))
    return number
