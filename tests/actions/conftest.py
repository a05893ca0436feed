"""A repository on the fake GitHub, whose workflows run on this machine."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from mooring.git.command import Git
from mooring.testing.actions.events import Event, push
from mooring.testing.actions.processes import Cancellation
from mooring.testing.actions.results import RunReport
from mooring.testing.actions.run import run_workflow
from mooring.testing.actions.site import Site, StandIn
from mooring.testing.actions.standard import standard_actions
from mooring.testing.github.bare import Bare
from mooring.testing.github.hub import Hub
from mooring.testing.github.person import GitHubPerson
from mooring.testing.github.serve import Served, serve

EVENTS = ("push", "pull_request", "merge_group", "workflow_dispatch", "repository_dispatch")


@dataclass(slots=True)
class Stage:
    """The repository, its settings, and the newest push to it."""

    site: Site
    github: Served

    @property
    def hub(self) -> Hub:
        return self.github.hub

    @property
    def person(self) -> GitHubPerson:
        return self.github.person

    @property
    def bare(self) -> Bare:
        return self.hub.bare

    def tip(self, branch: str = "main") -> str:
        found = self.bare.tip(branch)
        assert found is not None
        return found

    def branch(self, name: str, files: dict[str, bytes | None], message: str = "Edit") -> str:
        """Give a new branch of main with a commit."""
        self.bare.move(name, self.tip())
        return self.person.write(name, files, message)

    def pushed(self, files: dict[str, bytes | None], message: str = "Edit") -> Event:
        """Give the push of a commit to main."""
        before = self.tip()
        return push(self.hub, before, self.person.write("main", files, message))

    def event(self) -> Event:
        """Give the push of what main has."""
        before = self.bare.commit("main~1")
        assert before is not None
        return push(self.hub, before, self.tip())

    def run(
        self, source: str | Path, event: Event | None = None, cancellation: Cancellation | None = None
    ) -> RunReport:
        return run_workflow(source, event or self.event(), self.site, cancellation)

    def steps(self, steps: str, event: Event | None = None, cancellation: Cancellation | None = None) -> RunReport:
        """Run a workflow of one job, `it`, with these steps."""
        head = f"on: {{{', '.join(f'{name}: ' for name in EVENTS)}, schedule: [{{cron: 5 * * * *}}]}}\njobs:\n  it:\n"
        lines = "".join(f"      {line}\n" for line in steps.strip("\n").splitlines())
        return self.run(f"{head}    runs-on: ubuntu-latest\n    steps:\n{lines}", event, cancellation)

    def with_secrets(self, **secrets: str) -> None:
        self.site = replace(self.site, secrets=secrets)

    def with_action(self, name: str, action: Path | StandIn) -> None:
        self.site = replace(self.site, actions={**self.site.actions, name: action})


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_AUTHOR", "GIT_COMMITTER"):
        monkeypatch.setenv(f"{name}_NAME", "Ada")
        monkeypatch.setenv(f"{name}_EMAIL", "ada@example.org")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("MOORING_PARENT", "of the test alone")


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a bare repository with two commits on main, which nobody changes."""
    folder = tmp_path_factory.mktemp("repository") / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", folder], check=True)
    git = Git(folder, {f"GIT_{who}_{what}": "a" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")})
    git.run("update-ref", "refs/heads/main", git.text("commit-tree", "-m", "first", git.text("mktree")))
    files = {"README.md": b"# Prompts\n", "prompts/a.yaml": b"prompt: a\n"}
    Bare(folder).write("main", files, "Add a", "Ada <ada@example.org>")
    return folder


@pytest.fixture
def stage(repository: Path, tmp_path: Path) -> Iterator[Stage]:
    """Give a repository with two commits on main."""
    folder = shutil.copytree(repository, tmp_path / "remote.git")
    with serve(folder) as github:
        site = Site(github, tmp_path / "runner", standard_actions(Path(sys.executable)))
        yield Stage(site, github)
