"""Real processes: a repository, the installed command, and a platform kept in a file."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mooring import cycle
from mooring.cli.session import Request, open_session
from mooring.core.artifact import Artifact
from mooring_memory import Platform, platform

CONFIG = """\
version: 1
id: acme
branch: main
targets:
  local:
    adapter: memory
    url: memory:///{platform}
    mode: upsert
    labels: [production]
"""

SABOTAGE = """\
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from mooring import cycle
from mooring.cli.session import Request, open_session
from mooring.testing.faults import Acted, Fault, Faulty, When

folder, method, number, when = sys.argv[1:]
die = Acted(When(when), lambda: os.kill(os.getpid(), signal.SIGKILL))
run = open_session(Request(Path(folder))).run
target = run.targets[0]
connect = lambda: Faulty(target.connect(), [Fault(method, int(number), die)])
sys.exit(cycle.sync(replace(run, targets=(replace(target, connect=connect),))).exit)
"""


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@dataclass(frozen=True)
class Clone:
    """A clone in which the real command is run."""

    folder: Path

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def prompt(self, name: str, text: str) -> None:
        self.write(f"prompts/{name}.yaml", f"labels: [production]\nprompt: {json.dumps(text, ensure_ascii=False)}\n")

    def commit(self) -> str:
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-q", "--allow-empty", "-m", "change")
        if git(self.folder, "remote"):
            git(self.folder, "push", "-q", "origin", "HEAD:refs/heads/main")
        return git(self.folder, "rev-parse", "HEAD")

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        command = [str(Path(sys.executable).parent / "mooring"), *arguments]
        return subprocess.Popen(
            command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
        )

    def mooring(self, *arguments: str) -> "Done":
        process = self.start(*arguments)
        out, err = process.communicate(timeout=100)
        return Done(process.returncode, out, err)

    def synced(self) -> int:
        """Sync in this process, which costs no start of another, and give the exit code."""
        return int(cycle.sync(open_session(Request(self.folder)).run).exit)

    def sabotaged_sync(self, method: str, number: int, when: str) -> int:
        """Sync in a process that dies by SIGKILL before or after the n-th call of an adapter's method."""
        script = [sys.executable, "-c", SABOTAGE, str(self.folder), method, str(number), when]
        return subprocess.run(script, capture_output=True, timeout=100, check=False).returncode

    def report(self, *arguments: str) -> Any:
        return json.loads(self.mooring(*arguments, "-o", "json").out)

    def ledger(self) -> str:
        where = "origin" if git(self.folder, "remote") else "."
        return git(self.folder, "ls-remote", where, "refs/mooring/*")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Place:
    """Everything a test works with: the platform, and clones of one remote."""

    platform: Platform
    folder: Path

    def clone(self, name: str) -> Clone:
        folder = self.folder / name
        if (self.folder / "remote.git").exists():
            git(self.folder, "clone", "-q", str(self.folder / "remote.git"), name)
        else:
            folder.mkdir()
            git(folder, "init", "-q", "-b", "main")
        git(folder, "config", "user.name", "A Person")
        git(folder, "config", "user.email", "a@example.org")
        return Clone(folder)

    def texts(self, prompt: str) -> list[str]:
        bodies = [one.content for one in self.platform.versions(prompt)]
        return [str(one.body) for one in bodies if isinstance(one, Artifact)]

    def served(self, prompt: str) -> str | None:
        holders = self.platform.holders(prompt, "production")
        found = [one.content for one in self.platform.versions(prompt) if one.ref in holders]
        return str(found[0].body) if found and isinstance(found[0], Artifact) else None


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A folder with a platform in a file and no remote."""
    return Place(platform(f"memory:///{tmp_path}/platform.json", str(tmp_path)), tmp_path)


@pytest.fixture
def shared(place: Place) -> Place:
    """The same, with a bare remote."""
    git(place.folder, "init", "-q", "--bare", "-b", "main", "remote.git")
    return place


@pytest.fixture
def clone(place: Place) -> Clone:
    """A clone without a remote, with one prompt that was never synced."""
    made = place.clone("clone")
    made.write("mooring.yaml", CONFIG.format(platform=place.folder / "platform.json"))
    made.prompt("greet", "one")
    made.commit()
    return made


@pytest.fixture
def first(shared: Place) -> Clone:
    """The first clone of a remote that holds one prompt which was never synced."""
    made = shared.clone("first")
    made.write("mooring.yaml", CONFIG.format(platform=shared.folder / "platform.json"))
    made.prompt("greet", "one")
    made.commit()
    return made
