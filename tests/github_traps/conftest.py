"""Grounds to judge, made of the text of workflows; and a work tree before a fake GitHub."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from mooring.clock import SystemClock
from mooring.core.check import Check
from mooring.git.host import Subject
from mooring.git.repository import find_repository
from mooring.github.traps.examine import Scene, examine
from mooring.github.traps.ground import Ground, Yaml
from mooring.github.traps.reading import read_workflow
from mooring.github.traps.settings import About, Defaults, Rules, Settings, Unseen
from mooring.github.traps.usage import uses_of
from mooring.testing.github.serve import Served, serve

CONFIG = "version: 1\nid: shop\nprompts: prompts/\n"


def ground_of(text: str, yaml: Yaml | None = None, settings: Settings | None = None) -> Ground:
    """Make a ground of one workflow; without settings GitHub was asked and has nothing special to say."""
    workflow = read_workflow(".github/workflows/w.yml", text.encode())
    return Ground((workflow,), tuple(uses_of(workflow)), yaml or Yaml("main", ()), settings or plain())


def plain(
    about: About | None = None, rules: Rules | None = None, defaults: Defaults | None = None, protection: str = ""
) -> Settings:
    """Give settings of a private repository in which nothing is required."""
    return Settings(
        about or About("acme/prompts", "main", is_private=True, is_fork=False, has_issues=True),
        rules or Rules(),
        frozenset(protection.split()),
        defaults or Defaults(writes=False, may_propose=True),
    )


@pytest.fixture
def make_ground() -> Callable[..., Ground]:
    """Give the maker of grounds."""
    return ground_of


@pytest.fixture
def make_settings() -> Callable[..., Settings]:
    """Give the maker of settings."""
    return plain


@pytest.fixture
def settings_by_default() -> dict[str, Settings]:
    """Give settings by what they say of jobs that state no permissions."""
    seen = {"writes": Defaults(writes=True, may_propose=True), "reads": Defaults(writes=False, may_propose=True)}
    by_word = {word: plain(defaults=found) for word, found in seen.items()}
    return by_word | {"unseen": replace(plain(), defaults=Unseen("It is for administrators."))}


@dataclass(frozen=True, slots=True)
class Tree:
    """A clone whose remote is served by a fake GitHub."""

    root: Path
    github: Served

    def git(self, *arguments: str) -> None:
        done = subprocess.run(["git", "-C", str(self.root), *arguments], capture_output=True, check=False)
        if done.returncode != 0:
            pytest.fail(f"git {' '.join(arguments)}: {done.stderr.decode()}")

    def write(self, path: str, text: str | bytes) -> Path:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
        return place

    def workflow(self, text: str, name: str = "mooring.yml") -> None:
        self.write(f".github/workflows/{name}", text)

    def look(
        self,
        environment: dict[str, str] | None = None,
        branch: str | None = None,
        ledger: str | None = "refs/mooring",
        *,
        opens_issues: bool = False,
    ) -> tuple[Check, ...]:
        """Examine it as a job of the fake does, or with another environment."""
        repo = find_repository(self.root)
        inputs = repo.inputs("mooring.yaml", "prompts/")
        subject = Subject(repo, inputs, branch, "origin", ledger, "ledger.json")
        given = self.github.environment if environment is None else environment
        return examine(Scene(subject, given, opens_issues=opens_issues, clock=SystemClock()))


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tree]:
    """Give a clone with one commit on main, pushed."""
    for name in list(os.environ):
        if name.startswith(("GIT_", "GITHUB_", "GH_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    remote, root = tmp_path / "remote.git", tmp_path / "shop"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(remote)], check=True)
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(root)], check=True)
    with serve(remote) as github:
        made = Tree(root, github)
        made.write("mooring.yaml", CONFIG)
        made.write("prompts/greet/v1.yaml", "prompt: Hi\n")
        made.git("add", "--all")
        made.git("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "-m", "first")
        made.git("remote", "add", "origin", f"file://{remote}")
        made.git("push", "--quiet", "origin", "main")
        yield made
