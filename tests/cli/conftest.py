"""What do the command-line tests type into, and behind whose back?"""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mooring.cli import run
from mooring.core.artifact import Artifact
from mooring_memory import Platform, platform

CONFIG = """\
version: 1
id: shop
branch: main
prompts: prompts/
targets:
  local: {adapter: memory, url: "memory:///platform.json", mode: upsert, labels: [production]}
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The report on standard output."""
        found: dict[str, Any] = json.loads(self.out)
        return found


@dataclass(frozen=True, slots=True)
class Desk:
    """A repository of prompts with a platform in a file, and somebody who types."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def type(self, *words: str) -> Ended:
        self.capture.readouterr()
        code = run(["-C", str(self.folder), *words])
        heard = self.capture.readouterr()
        return Ended(code, heard.out, heard.err)

    def report(self, *words: str) -> dict[str, Any]:
        return self.type(*words, "-o", "json").json

    def git(self, *words: str) -> str:
        settings = ["user.name=Ada", "user.email=ada@example.com", "commit.gpgsign=false"]
        options = [part for setting in settings for part in ("-c", setting)]
        done = subprocess.run(["git", *options, *words], cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout

    def write(self, files: Mapping[str, str]) -> None:
        for path, text in files.items():
            place = self.folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")

    def commit(self, files: Mapping[str, str]) -> None:
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", "Change")

    def prompt(self, name: str, text: str) -> None:
        self.commit({f"prompts/{name}.yaml": f"labels: [production]\nprompt: |\n  {text}\n"})

    @property
    def platform(self) -> Platform:
        return platform("memory:///platform.json", str(self.folder))

    def edit(self, name: str, text: str) -> None:
        self.platform.save(name, Artifact(text), ["production"], author="Bob")

    def served(self, name: str) -> str:
        (ref,) = self.platform.holders(name, "production")
        (content,) = [one.content for one in self.platform.versions(name) if one.ref == ref]
        assert isinstance(content, Artifact)
        return str(content.body)


@pytest.fixture
def empty_desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A repository without a commit."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "shop"
    folder.mkdir()
    desk = Desk(folder, capsys)
    desk.git("init", "--quiet", "--initial-branch=main")
    for name, value in {"user.name": "Ada", "user.email": "ada@example.com"}.items():
        desk.git("config", name, value)
    return desk


@pytest.fixture
def desk(empty_desk: Desk) -> Desk:
    """Two prompts, committed, and nothing on the platform."""
    empty_desk.write({".gitignore": "platform.json*\n", "mooring.yaml": CONFIG})
    empty_desk.prompt("greet", "Hello {{name}}")
    empty_desk.prompt("leave", "Goodbye {{name}}")
    return empty_desk


@pytest.fixture
def synced(desk: Desk) -> Desk:
    """The same after a sync."""
    assert desk.type("sync").code == 0
    return desk
