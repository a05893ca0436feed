"""What do the command-line tests type into, and behind whose back?"""

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
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
TWO_PROMPTS = {"greet": "Hello {{name}}", "leave": "Goodbye {{name}}"}


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
        return _git_at(self.folder, *words)

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
        self.commit({f"prompts/{name}.yaml": _one_file(text)})

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


def _one_file(text: str) -> str:
    return f"labels: [production]\nprompt: |\n  {text}\n"


def _git_at(folder: Path, *words: str) -> str:
    settings = ["user.name=Ada", "user.email=ada@example.com", "commit.gpgsign=false"]
    options = [part for setting in settings for part in ("-c", setting)]
    done = subprocess.run(["git", *options, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make three desks once: `empty`, `written` and `synced`. A copy costs a tenth of the programs that make one."""
    made = tmp_path_factory.mktemp("desks")
    (made / "empty").mkdir()
    _git_at(made / "empty", "init", "--quiet", "--initial-branch=main")
    for name, value in {"user.name": "Ada", "user.email": "ada@example.com"}.items():
        _git_at(made / "empty", "config", name, value)
    shutil.copytree(made / "empty", made / "written")
    files = {".gitignore": "platform.json*\n", "mooring.yaml": CONFIG}
    files |= {f"prompts/{name}.yaml": _one_file(text) for name, text in TWO_PROMPTS.items()}
    for path, text in files.items():
        place = made / "written" / path
        place.parent.mkdir(exist_ok=True)
        place.write_text(text, encoding="utf-8")
    _git_at(made / "written", "add", "--all")
    _git_at(made / "written", "commit", "--quiet", "-m", "Two prompts")
    shutil.copytree(made / "written", made / "synced")
    assert run(["-C", str(made / "synced"), "sync"]) == 0
    return made


@pytest.fixture
def copy_of(
    _made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Desk]:
    """Give this test's own copy of a desk that was made once."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return lambda kind: Desk(Path(shutil.copytree(_made / kind, tmp_path / "shop")), capsys)


@pytest.fixture
def empty_desk(copy_of: Callable[[str], Desk]) -> Desk:
    """A repository without a commit."""
    return copy_of("empty")


@pytest.fixture
def desk(copy_of: Callable[[str], Desk]) -> Desk:
    """Two prompts, committed, and nothing on the platform."""
    return copy_of("written")


@pytest.fixture
def synced(copy_of: Callable[[str], Desk]) -> Desk:
    """The same after a sync."""
    return copy_of("synced")
