"""The scheduled check as a job runs it: a repository on a fake GitHub, a Langfuse, and the command line.

Time passes only when a test says so.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mooring.cli import run as command
from mooring.core.artifact import Artifact
from mooring.testing.clock import ManualClock
from mooring.testing.github.rows import Status
from mooring.testing.github.serve import Served
from mooring.testing.github.serve import serve as serve_github
from mooring.testing.langfuse import Langfuse, serve
from mooring.testing.langfuse.person import LangfusePerson
from mooring.testing.langfuse.trouble import Fault, Replied, unavailable

CONFIG = """\
version: 1
id: acme
branch: main
targets:
  prod:
    adapter: langfuse
    url: {url}
    credentials: {{public_key: env:LF_PUBLIC, secret_key: env:LF_SECRET}}
    mode: upsert
    labels: [production]
limits: {{updates: 100%, deletes: 100%}}
"""
JOB = ("GITHUB_TOKEN", "GH_TOKEN", "GITHUB_REPOSITORY", "GITHUB_ACTIONS", "GITHUB_RUN_ID", "GITHUB_SERVER_URL")
FILES = ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")
EVER = 10**9


@dataclass
class Job:
    """A clone of the repository; `langfuse` is where its prompts are served, `text` what the last command printed."""

    folder: Path
    langfuse: Langfuse
    person: LangfusePerson
    clock: ManualClock
    url: str
    text: str = ""

    def mooring(self, *arguments: str) -> tuple[int, Any]:
        """Run a command line; give its exit code and its JSON report."""
        files = {form: self.folder.parent / f"report.{form}" for form in ("json", "text")}
        outputs = [word for form, file in files.items() for word in ("-o", f"{form}={file}")]
        code = command(["-C", str(self.folder), *arguments, *outputs])
        self.text = files["text"].read_text(encoding="utf-8") if files["text"].exists() else ""
        return code, json.loads(files["json"].read_text(encoding="utf-8"))

    def configure(self, *more: str) -> None:
        self.write("mooring.yaml", CONFIG.format(url=self.url) + "".join(more))

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def prompt(self, name: str, text: str) -> None:
        self.write(f"prompts/{name}.yaml", f"labels: [production]\nprompt: {json.dumps(text)}\n")

    def commit(self) -> str:
        """Commit and push all there is, and give the commit."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")
        self.git("push", "-q", "origin", "HEAD:refs/heads/main")
        return self.git("rev-parse", "HEAD")

    def pull(self) -> None:
        self.git("pull", "-q", "--ff-only", "origin", "main")

    def git(self, *arguments: str) -> str:
        return _git(self.folder, *arguments)

    def begun(self, *more: str, names: Sequence[str] = ("greet", "bye", "mail")) -> None:
        """Commit a config and prompts, and sync them."""
        self.configure(*more)
        for name in names:
            self.prompt(name, "one\n")
        self.commit()
        assert self.mooring("sync")[0] == 0

    def edit(self, prompt: str, text: str) -> None:
        """Save a version for production by hand, on the platform."""
        self.person.save(prompt, Artifact(text), ["production"])

    def fails(self) -> None:
        """Let the platform answer nothing but 503."""
        self.langfuse.hooks.trouble.add(Fault("any", ".", 1, Replied(unavailable()), times=EVER))

    def answers(self) -> None:
        self.langfuse.hooks.trouble.clear()

    def ledger(self) -> str:
        """Give all refs of the remote's ledger."""
        return self.git("ls-remote", "origin", "refs/mooring/*")


@dataclass(frozen=True)
class Statuses:
    """What GitHub shows at commits."""

    github: Served

    def last(self) -> Status:
        return self.github.hub.statuses[-1]

    def said(self) -> tuple[str, str]:
        """Give the last one's state and description."""
        return self.last().state, str(self.last().description)


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    """The one clock of all commands."""
    made = ManualClock("2026-01-05T12:00:00+00:00")
    monkeypatch.setattr("mooring.cli.session.SystemClock", lambda: made)
    monkeypatch.setattr("mooring.cli.forge.SystemClock", lambda: made)
    return made


@pytest.fixture(scope="session")
def _clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a clone with a bare remote, once: a copy costs less."""
    folder = tmp_path_factory.mktemp("made")
    _git(folder, "init", "-q", "--bare", "-b", "main", "remote.git")
    _git(folder, "init", "-q", "-b", "main", "clone")
    _git(folder / "clone", "config", "user.name", "A Person")
    _git(folder / "clone", "config", "user.email", "a@example.org")
    _git(folder / "clone", "remote", "add", "origin", "../remote.git")
    return folder


@pytest.fixture
def job(tmp_path: Path, _clone: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Job]:
    for name in (*JOB, *FILES):
        monkeypatch.delenv(name, raising=False)
    langfuse = Langfuse(lambda: datetime.fromisoformat(clock.now()))
    key = langfuse.project("acme")
    monkeypatch.setenv("LF_PUBLIC", key.public)
    monkeypatch.setenv("LF_SECRET", key.secret)
    shutil.copytree(_clone, tmp_path, dirs_exist_ok=True)
    with serve(langfuse) as url:
        yield Job(tmp_path / "clone", langfuse, langfuse.person("acme"), clock, url)


@pytest.fixture
def github(job: Job, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """The Git host of the clone's remote, and a job's environment that leads to it."""
    with serve_github(job.folder.parent / "remote.git") as served:
        for name, value in {**served.environment, "GITHUB_RUN_ID": "42"}.items():
            monkeypatch.setenv(name, value)
        yield served


@pytest.fixture
def statuses(github: Served) -> Statuses:
    return Statuses(github)
