"""Two teams in one repository: a folder each, with a mooring.yaml, prompts and a platform of its own."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mooring.cli import run
from mooring.core.artifact import Artifact
from mooring_memory import Platform, platform

CONFIG = """\
version: 1
id: {id}
branch: main
targets:
  prod: {{adapter: memory, url: "memory:///platform.json", mode: upsert, labels: [production]}}
"""


@dataclass(frozen=True)
class Team:
    """One folder of the repository, and its platform, which Git ignores."""

    folder: Path
    reports: Path

    @property
    def platform(self) -> Platform:
        return platform("memory:///platform.json", str(self.folder))

    def type(self, *words: str) -> tuple[int, Any]:
        """Type a command; give its exit code and its report."""
        report = self.reports / f"{self.folder.name}.json"
        code = run(["-C", str(self.folder), *words, "-o", f"json={report}"])
        return code, json.loads(report.read_text(encoding="utf-8"))

    def edit(self, prompt: str, text: str) -> None:
        """Save a prompt on the platform, behind Git's back."""
        self.platform.save(prompt, Artifact(text), ["production"], author="Bob")

    def prompt(self, name: str, text: str) -> None:
        file = self.folder / "prompts" / f"{name}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"labels: [production]\nprompt: {json.dumps(text)}\n", encoding="utf-8")


@dataclass(frozen=True)
class Monorepo:
    """The clone of a repository with several teams."""

    folder: Path

    def git(self, *words: str) -> str:
        done = subprocess.run(["git", "-C", str(self.folder), *words], capture_output=True, text=True, check=True)
        return done.stdout

    def team(self, name: str, identity: str) -> Team:
        folder = self.folder / "services" / name
        folder.mkdir(parents=True)
        (folder / "mooring.yaml").write_text(CONFIG.format(id=identity), encoding="utf-8")
        return Team(folder, self.folder.parent)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", "Change")

    def refs(self, pattern: str) -> set[str]:
        """List the remote's refs below a pattern."""
        return {line.partition("\t")[2] for line in self.git("ls-remote", "origin", pattern).splitlines()}


@pytest.fixture
def monorepo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Monorepo:
    """An empty clone of an empty bare repository."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    found = Monorepo(tmp_path / "clone")
    for words in (("init", "-q", "--bare", "-b", "main", "remote.git"), ("clone", "-q", "remote.git", "clone")):
        subprocess.run(["git", *words], cwd=tmp_path, capture_output=True, check=True)
    for setting in (("user.name", "Ada"), ("user.email", "ada@example.org"), ("commit.gpgsign", "false")):
        found.git("config", *setting)
    (found.folder / ".gitignore").write_text("platform.json*\n", encoding="utf-8")
    return found


@pytest.fixture
def two_teams(monorepo: Monorepo) -> Callable[[str, str], tuple[Team, Team]]:
    """Make two teams that have a prompt of one name, and push them."""

    def make(first: str, second: str) -> tuple[Team, Team]:
        teams = monorepo.team("shop", first), monorepo.team("billing", second)
        for team in teams:
            team.prompt("greet", f"Hello from {team.folder.name}")
        monorepo.commit()
        monorepo.git("push", "--quiet", "origin", "HEAD:refs/heads/main")
        return teams

    return make
