"""A fake GitHub over a real bare repository, and the client that talks to it."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mooring.github.client import GitHub
from mooring.github.discovery import Place
from mooring.testing.github.serve import Served, serve

BRANCH = "mooring/adopt/prod/all"


@dataclass(slots=True)
class PatientClock:
    """A clock whose waits take no time and are remembered."""

    waited: list[float] = field(default_factory=list[float])
    each_look: float = 0.0
    _looks: int = field(default=0, init=False)

    def now(self) -> str:
        return "2026-01-01T00:00:00+00:00"

    def monotonic(self) -> float:
        self._looks += 1
        return sum(self.waited) + self.each_look * self._looks

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)


@dataclass(slots=True)
class Remote:
    """The bare repository that is served."""

    folder: Path

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(self.folder), *arguments], capture_output=True, check=False)
        if done.returncode != 0:
            pytest.fail(f"git {' '.join(arguments)}: {done.stderr.decode()}")
        return done.stdout.decode().strip()

    def tip(self, branch: str) -> str:
        return self.git("rev-parse", f"refs/heads/{branch}")


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("GIT_", "GITHUB_", "GH_")):
            monkeypatch.delenv(name)
    who = {"NAME": "Ada", "EMAIL": "ada@example.org"}
    for name, value in who.items():
        monkeypatch.setenv(f"GIT_AUTHOR_{name}", value)
        monkeypatch.setenv(f"GIT_COMMITTER_{name}", value)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    """Give a bare repository with a commit on main."""
    folder = tmp_path / "remote.git"
    folder.mkdir()
    remote = Remote(folder)
    remote.git("init", "--quiet", "--bare", "--initial-branch=main")
    commit = remote.git("commit-tree", "-m", "first", remote.git("hash-object", "-w", "-t", "tree", "/dev/null"))
    remote.git("update-ref", "refs/heads/main", commit)
    return remote


@pytest.fixture
def github(remote: Remote) -> Iterator[Served]:
    """Give a fake GitHub whose repository has a branch of ours with one commit."""
    with serve(remote.folder) as served:
        remote.git("update-ref", f"refs/heads/{BRANCH}", "main")
        served.person.write(BRANCH, {"prompts/a.yaml": b"prompt: a\n"}, "Adopt a\n\nMooring-Resolves: x")
        yield served


@pytest.fixture
def clock() -> PatientClock:
    """Give a clock that nobody waits for."""
    return PatientClock()


@pytest.fixture
def forge(github: Served, clock: PatientClock) -> GitHub:
    """Give the client."""
    return GitHub(Place(github.url, github.repository, github.token), clock)
