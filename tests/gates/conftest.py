"""A repository with a remote, a Langfuse, a channel for alerts and a Git host, reached by the installed command line.

Time passes only when a test says so: commands take the clock of the test for the machine's.
"""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from mooring.cli import run as command
from mooring.core.address import Ref
from mooring.core.artifact import Artifact
from mooring.testing.clock import ManualClock
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
    labels: [production, staging]
limits: {{updates: 100%, deletes: 100%}}
"""
FORMS = ("text", "json", "md", "junit", "sarif", "github", "ndjson")
"""Every form of a report."""
EVER = 10**9


@dataclass
class Channel:
    """Where alerts arrive: a real web server that answers `status`, and keeps what it took."""

    url: str
    status: int = 200
    asked: int = 0
    got: list[dict[str, Any]] = field(default_factory=list)

    def titles(self) -> Sequence[str]:
        return [one["title"] for one in self.got]


@dataclass
class Place:
    """One clone with its remote; `person` works at the platform, `mooring` is what users type."""

    folder: Path
    langfuse: Langfuse
    person: LangfusePerson
    clock: ManualClock
    url: str
    runs: int = 0
    forms: Sequence[str] = ("json", "text")

    # --- what users type ----------------------------------------------------------------------------------------------

    def mooring(self, *arguments: str) -> tuple[int, Any]:
        """Run a command line that gives its report in all `forms`; give its exit code and its JSON report."""
        self.runs += 1
        code = command(["-C", str(self.folder), *arguments, *self.outputs()])
        return code, json.loads(self.form("json"))

    def outputs(self) -> list[str]:
        self.reports().mkdir(exist_ok=True)
        named = [("-o", f"{form}={self.reports() / f'{self.runs}.{form}'}") for form in self.forms]
        return [word for pair in named for word in pair]

    def form(self, form: str) -> str:
        """Give the last command's report in one form."""
        return (self.reports() / f"{self.runs}.{form}").read_text(encoding="utf-8")

    def reports(self) -> Path:
        return self.folder.parent / "reports"

    def everything(self) -> str:
        """Give all that commands wrote so far, in every form."""
        return "\n".join(one.read_text(encoding="utf-8") for one in sorted(self.reports().iterdir()))

    # --- Git ----------------------------------------------------------------------------------------------------------

    def configure(self, *more: str) -> None:
        """Write mooring.yaml with further lines."""
        self.write("mooring.yaml", CONFIG.format(url=self.url) + "".join(more))

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def prompt(self, name: str, text: str, labels: str = "production") -> None:
        """Write a prompt in one file."""
        self.write(f"prompts/{name}.yaml", f"labels: [{labels}]\nprompt: {json.dumps(text, ensure_ascii=False)}\n")

    def commit(self, message: str = "change") -> str:
        """Commit and push all there is, and give the commit."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        self.git("push", "-q", "origin", "HEAD:refs/heads/main")
        return self.git("rev-parse", "HEAD")

    def git(self, *arguments: str) -> str:
        return _git(self.folder, *arguments)

    def begun(self, *more: str, **prompts: str) -> None:
        """Commit a config and prompts, and sync them; `__` in a keyword is a `/` of the name."""
        self.configure(*more)
        for name, text in prompts.items():
            self.prompt(name.replace("__", "/"), text)
        self.commit()
        code, report = self.mooring("sync")
        assert code == 0, report

    def merge_proposal(self) -> None:
        """Merge the one proposal that there is, as its reviewer does, and delete its branch."""
        (line,) = self.git("ls-remote", "origin", "refs/heads/mooring/*").splitlines()
        branch = line.split("\t")[1]
        self.git("fetch", "-q", "origin", branch)
        self.git("merge", "-q", "--no-ff", "--no-edit", "FETCH_HEAD")
        self.git("push", "-q", "origin", "HEAD:refs/heads/main", f":{branch}")

    def incidents(self) -> str:
        """Give the book of incidents as it stands in the remote's ledger."""
        bare, ref = self.folder.parent / "remote.git", "refs/mooring/acme/prod/incidents"
        return _git(bare, "show", f"{ref}:incidents.json")

    # --- the platform -------------------------------------------------------------------------------------------------

    def edit(self, prompt: str, text: str, *labels: str) -> Ref:
        """Save a version by hand, for production where no label is said."""
        return self.person.save(prompt, Artifact(text), labels or ["production"])

    def fails(self, path: str = ".", number: int = 1, method: str = "any") -> None:
        """Let every request that matches get a 503 from now on, the first `number - 1` excepted."""
        fault = Fault(method, path, number, Replied(unavailable()), times=EVER)  # type: ignore[arg-type]  # a Method
        self.langfuse.hooks.trouble.add(fault)

    def answers(self) -> None:
        """Let the platform answer again."""
        self.langfuse.hooks.trouble.clear()

    def writes(self) -> int:
        """Count the requests so far that were to change something on the platform."""
        return sum(one.method != "GET" for one in self.langfuse.requests)


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    """The one clock of all commands."""
    made = ManualClock("2026-01-05T12:00:00+00:00")
    monkeypatch.setattr("mooring.cli.session.SystemClock", lambda: made)
    return made


@pytest.fixture(autouse=True)
def _no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("GITHUB_TOKEN", "GH_TOKEN", "GITHUB_REPOSITORY", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")
    for name in names:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a clone with a bare remote, once: a copy costs less than the programs that make one."""
    folder = tmp_path_factory.mktemp("made")
    _git(folder, "init", "-q", "--bare", "-b", "main", "remote.git")
    _git(folder, "init", "-q", "-b", "main", "clone")
    _git(folder / "clone", "config", "user.name", "A Person")
    _git(folder / "clone", "config", "user.email", "a@example.org")
    _git(folder / "clone", "remote", "add", "origin", "../remote.git")
    return folder


@pytest.fixture
def place(tmp_path: Path, _made: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    langfuse = Langfuse(lambda: datetime.fromisoformat(clock.now()))
    key = langfuse.project("acme")
    monkeypatch.setenv("LF_PUBLIC", key.public)
    monkeypatch.setenv("LF_SECRET", key.secret)
    shutil.copytree(_made, tmp_path, dirs_exist_ok=True)
    with serve(langfuse) as url:
        yield Place(tmp_path / "clone", langfuse, langfuse.person("acme"), clock, url)


@pytest.fixture
def in_all_forms(place: Place) -> Place:
    """The same, where each command gives its report in every form."""
    place.forms = FORMS
    return place


@pytest.fixture
def github(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """The Git host of the clone's remote, and a job's environment that leads to it."""
    with serve_github(place.folder.parent / "remote.git") as served:
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        yield served


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Channel]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.asked += 1
            self.send_response(made.status)
            self.end_headers()
            if made.status == 200:
                made.got.append(json.loads(body))

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Channel(f"json://127.0.0.1:{server.server_port}/canary-of-the-channel")
    monkeypatch.setenv("CHANNEL_URL", made.url)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()
