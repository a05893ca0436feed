"""A repository with a bare remote, the installed command line, a platform, and the person who works at it."""

import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mooring import cycle
from mooring.cli import run as command
from mooring.cli.session import Request, open_session
from mooring.core.address import Gap, Ref
from mooring.core.artifact import Artifact, Message
from mooring.testing.clock import ManualClock
from mooring.testing.langfuse import Langfuse, serve
from mooring.testing.langfuse.validation import Listing

if TYPE_CHECKING:
    from mooring.core.report import Report
    from mooring.testing.bench import Bench

CONFIG = """\
version: 1
id: acme
branch: main
targets:
  prod:
    adapter: {adapter}
    url: {url}
    {credentials}
    mode: upsert
    labels: [production, staging]
"""
ALL = "limits: {updates: 100%, deletes: 100%}\n"
"""Lets a run change everything: most stories are not about limits."""


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@dataclass
class Place:
    """One clone with its remote; `person` works at the platform, `names` lists all that it holds."""

    folder: Path
    adapter: str
    url: str
    person: Any
    names: Callable[[], set[str]]
    environment: Mapping[str, str] = field(default_factory=dict)
    langfuse: Langfuse = field(default_factory=Langfuse)
    runs: int = 0

    # --- what users type ----------------------------------------------------------------------------------------------

    def mooring(self, *arguments: str) -> tuple[int, Any]:
        """Run a command line; give its exit code and its JSON report."""
        self.runs += 1
        report = self.folder.parent / f"{self.folder.name}-{self.runs}.json"
        code = command(["-C", str(self.folder), *arguments, "-o", f"json={report}"])
        return code, json.loads(report.read_text(encoding="utf-8"))

    def synced(self) -> None:
        """Sync what Git holds, which is expected to go well."""
        code, report = self.mooring("sync")
        assert code == 0, report

    def drift(self) -> dict[str, str]:
        """Give the state of each address, as a drift check tells."""
        return states(self.mooring("drift")[1])

    def settled(self) -> None:
        """Both sides agree: a sync writes nothing to the platform, and nothing into any ref."""
        before = self.git("ls-remote", "origin")
        code, report = self.mooring("sync")
        assert (code, report["targets"][0]["requests"]["write"]) == (0, 0), report
        assert self.git("ls-remote", "origin") == before

    def timeless(self, act: "Callable[[Any], Report]" = cycle.sync) -> "Report":
        """Do what a command does, with a clock that waits for nothing."""
        return act(open_session(Request(self.folder), clock=ManualClock()).run)

    def fresh(self) -> "Place":
        """Check out anew, as each CI run does: what the last one left on its disk is gone."""
        found = self.folder.with_name(f"{self.folder.name}-fresh")
        shutil.rmtree(found, ignore_errors=True)
        git(self.folder.parent, "clone", "-q", "-b", "main", "remote.git", found.name)
        signed(found)
        return replace(self, folder=found, runs=self.runs + 100)

    # --- Git ----------------------------------------------------------------------------------------------------------

    def configure(self, *, more: str = ALL, target: str = "") -> None:
        """Write mooring.yaml; `target` is further lines of the target, `more` of the file."""
        keys = ", ".join(f"{name}: env:{variable}" for name, variable in self.environment.items())
        credentials = f"credentials: {{{keys}}}" if keys else "timeout: 60"
        text = CONFIG.format(adapter=self.adapter, url=self.url, credentials=credentials)
        self.write("mooring.yaml", text + (f"    {target}\n" if target else "") + more)

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def prompt(self, name: str, content: str | Artifact, labels: str = "production") -> None:
        """Write a prompt in one file."""
        artifact = Artifact(content) if isinstance(content, str) else content
        body: Any = artifact.body
        if not isinstance(body, str):
            body = [asdict(turn) if isinstance(turn, Message) else {"placeholder": turn.name} for turn in body]
        fields = {"prompt" if isinstance(body, str) else "messages": body, "config": artifact.config}
        lines = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in fields.items())
        self.write(f"prompts/{name}.yaml", f"labels: [{labels}]\n{lines}")

    def drop(self, *names: str) -> None:
        for name in names:
            (self.folder / f"prompts/{name}.yaml").unlink()

    def commit(self, message: str = "change") -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        self.git("push", "-q", "origin", "HEAD:refs/heads/main")

    def commit_prompt(self, name: str, content: str | Artifact, labels: str = "production") -> None:
        self.prompt(name, content, labels)
        self.commit()

    def git(self, *arguments: str) -> str:
        return git(self.folder, *arguments)

    def merge_proposal(self) -> None:
        """Merge the one proposal that there is, as its reviewer does, and delete its branch."""
        (line,) = self.git("ls-remote", "origin", "refs/heads/mooring/*").splitlines()
        branch = line.split("\t")[1]
        self.git("fetch", "-q", "origin", branch)
        self.git("merge", "-q", "--no-ff", "--no-edit", "FETCH_HEAD")
        self.git("push", "-q", "origin", "HEAD:refs/heads/main", f":{branch}")

    def archived(self) -> list[Any]:
        """Give every content of the archive, as a person reads it with git."""
        bare, ref = self.folder.parent / "remote.git", "refs/mooring/acme/prod/archive"
        if not git(bare, "for-each-ref", ref):
            return []
        paths = git(bare, "ls-tree", "-r", "--name-only", ref).splitlines()
        return [json.loads(git(bare, "show", f"{ref}:{path}"))["body"] for path in paths]

    # --- the platform -------------------------------------------------------------------------------------------------

    def save(self, prompt: str, content: str | Artifact, *labels: str) -> Ref:
        """Save a version by hand."""
        artifact = Artifact(content) if isinstance(content, str) else content
        found: Ref = self.person.save(prompt, artifact, list(labels))
        return found

    def held(self, prompt: str, label: str = "production") -> Any:
        """Give the one version that a label serves; None where it serves none."""
        adapter = self.platform()
        listing = adapter.look(prompt, [label])
        refs = () if listing is Gap.ABSENT else listing.labels.get(label, ())
        if not refs:
            return None
        (ref,) = refs
        return adapter.read(prompt, ref)

    def served(self, prompt: str, label: str = "production") -> Any:
        """Give the text or the messages that an app gets; None where it gets nothing."""
        found = self.held(prompt, label)
        return None if found is None else found.content.body

    def versions(self, prompt: str) -> list[Any]:
        return [one.content.body for one in self.platform().versions(prompt, None)]

    def platform(self) -> Any:
        return open_session(Request(self.folder)).run.targets[0].connect()

    def sent(self, *methods: str) -> int:
        """Count what Langfuse received by these methods so far."""
        return sum(1 for one in self.langfuse.requests if one.method in methods)


def states(report: Any) -> dict[str, str]:
    return {f"{a['prompt']}@{a['label']}": a["state"] for t in report["targets"] for a in t["addresses"]}


def signed(folder: Path) -> None:
    with (folder / ".git/config").open("a", encoding="utf-8") as config:
        config.write("[user]\n\tname = A Person\n\temail = a@example.org\n")


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a clone with a bare remote, once: a copy costs less than the programs that make one."""
    folder = tmp_path_factory.mktemp("made")
    git(folder, "init", "-q", "--bare", "-b", "main", "remote.git")
    git(folder, "init", "-q", "-b", "main", "clone")
    signed(folder / "clone")
    git(folder / "clone", "remote", "add", "origin", "../remote.git")
    return folder


@pytest.fixture
def home(tmp_path: Path, _made: Path) -> Path:
    """A folder with a clone of a bare remote, both empty."""
    shutil.copytree(_made, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture(autouse=True)
def _no_forge(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_TOKEN", "GH_TOKEN", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def on_langfuse(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    langfuse = Langfuse()
    key = langfuse.project("acme")
    monkeypatch.setenv("LF_PUBLIC", key.public)
    monkeypatch.setenv("LF_SECRET", key.secret)

    def names() -> set[str]:
        with langfuse.opened("acme") as project:
            return {rows[0].name for rows in project.entries(Listing(page=1, limit=0))}

    with serve(langfuse) as url:
        secrets = {"public_key": "LF_PUBLIC", "secret_key": "LF_SECRET"}
        made = Place(home / "clone", "langfuse", url, langfuse.person("acme"), names, secrets, langfuse)
        made.configure()
        yield made


@pytest.fixture
def on_mlflow(home: Path, mlflow_template: Path, mlflow_bench: "Callable[[str], Bench]") -> Place:
    url = f"sqlite:///{shutil.copy(mlflow_template, home / 'mlflow.db')}"
    person: Any = mlflow_bench(url).person

    def names() -> set[str]:
        return {prompt.name for prompt in person.client.search_prompts(max_results=1000)}

    made = Place(home / "clone", "mlflow", url, person, names)
    made.configure()
    return made


@pytest.fixture(params=["langfuse", pytest.param("mlflow", marks=pytest.mark.xdist_group("mlflow"))])
def place(request: pytest.FixtureRequest) -> Place:
    """The same on each platform."""
    found: Place = request.getfixturevalue(f"on_{request.param}")
    return found


@dataclass
class Channel:
    """Where alerts arrive: a real web server, and what it got."""

    url: str
    got: list[dict[str, Any]] = field(default_factory=list)

    def titles(self) -> Sequence[str]:
        return [one["title"] for one in self.got]


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Channel]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            made.got.append(json.loads(body))

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Channel(f"json://127.0.0.1:{server.server_port}/alerts")
    monkeypatch.setenv("CHANNEL_URL", made.url)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()
