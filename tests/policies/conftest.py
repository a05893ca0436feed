"""A repository with a remote, tied to a platform by the installed command line, and a person at the platform's side."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mooring.cli import run as command
from mooring.core.address import Ref
from mooring.core.artifact import Artifact
from mooring.testing.langfuse import Langfuse, serve

if TYPE_CHECKING:
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
policy: {policy}
limits: {{updates: 100%, deletes: 100%}}
"""


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@dataclass
class Place:
    """One clone with its remote; `person` works at the platform, `mooring` is what users type."""

    folder: Path
    adapter: str
    url: str
    person: Any
    environment: Mapping[str, str] = field(default_factory=dict)
    runs: int = 0

    def mooring(self, *arguments: str) -> tuple[int, Any]:
        """Run a command line; give its exit code and its JSON report."""
        self.runs += 1
        report = self.folder.parent / f"report-{self.runs}.json"
        code = command(["-C", str(self.folder), *arguments, "-o", f"json={report}"])
        return code, json.loads(report.read_text(encoding="utf-8"))

    def states(self) -> dict[str, str]:
        """Give the state of each address, as a drift check tells."""
        _, report = self.mooring("drift")
        return {f"{a['prompt']}@{a['label']}": a["state"] for t in report["targets"] for a in t["addresses"]}

    def configure(self, policy: str) -> None:
        keys = ", ".join(f"{name}: env:{variable}" for name, variable in self.environment.items())
        credentials = f"credentials: {{{keys}}}" if keys else "timeout: 60"
        text = CONFIG.format(adapter=self.adapter, url=self.url, credentials=credentials, policy=policy)
        self.write("mooring.yaml", text)

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def read(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")

    def commit(self, message: str = "change") -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        self.git("push", "-q", "origin", "HEAD:refs/heads/main")

    def git(self, *arguments: str) -> str:
        return git(self.folder, *arguments)

    def proposed(self) -> list[str]:
        """Give the branches of proposals on the remote."""
        listed = self.git("ls-remote", "origin", "refs/heads/mooring/*").splitlines()
        return [line.split("\t")[1].removeprefix("refs/heads/") for line in listed]

    def merge(self, branch: str) -> None:
        """Merge a proposal as its reviewer does, and delete its branch."""
        self.git("fetch", "-q", "origin", branch)
        self.git("merge", "-q", "--no-ff", "--no-edit", "FETCH_HEAD")
        self.git("push", "-q", "origin", "HEAD:refs/heads/main", f":refs/heads/{branch}")

    def served(self, prompt: str, label: str = "production") -> str:
        """Give the text that an app gets."""
        return str(self.stored(prompt, label).content.body)

    def stored(self, prompt: str, label: str = "production") -> Any:
        adapter = self.adapter_itself()
        listing = adapter.look(prompt, [label])
        (ref,) = listing.labels[label]
        return adapter.read(prompt, ref)

    def versions(self, prompt: str) -> list[str]:
        return [str(one.content.body) for one in self.adapter_itself().versions(prompt, None)]

    def holder(self, prompt: str, label: str) -> Ref:
        (ref,) = self.adapter_itself().look(prompt, [label]).labels[label]
        return Ref(ref)

    def adapter_itself(self) -> Any:
        from mooring.cli.session import Request, open_session

        return open_session(Request(self.folder)).run.targets[0].connect()

    def text(self, prompt: str, key: str, text: str) -> None:
        """Write one version file."""
        body = "".join(f"  {line}\n" for line in text.splitlines())
        self.write(f"prompts/{prompt}/{key}.yaml", f"# {key} of {prompt}\nprompt: |\n{body}")

    def edit(self, prompt: str, text: str, label: str = "production") -> Ref:
        found: Ref = self.person.save(prompt, Artifact(text), [label])
        return found


def clone(folder: Path) -> Path:
    """Make a clone with a bare remote."""
    git(folder, "init", "-q", "--bare", "-b", "main", "remote.git")
    made = folder / "clone"
    made.mkdir()
    git(made, "init", "-q", "-b", "main")
    git(made, "config", "user.name", "A Person")
    git(made, "config", "user.email", "a@example.org")
    git(made, "remote", "add", "origin", str(folder / "remote.git"))
    return made


@pytest.fixture(autouse=True)
def _no_forge(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_TOKEN", "GH_TOKEN", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def on_langfuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    langfuse = Langfuse()
    key = langfuse.project("acme")
    monkeypatch.setenv("LF_PUBLIC", key.public)
    monkeypatch.setenv("LF_SECRET", key.secret)
    with serve(langfuse) as url:
        names = {"public_key": "LF_PUBLIC", "secret_key": "LF_SECRET"}
        yield Place(clone(tmp_path), "langfuse", url, langfuse.person("acme"), names)


@pytest.fixture
def on_mlflow(tmp_path: Path, mlflow_template: Path, mlflow_bench: "Callable[[str], Bench]") -> Place:
    url = f"sqlite:///{shutil.copy(mlflow_template, tmp_path / 'mlflow.db')}"
    return Place(clone(tmp_path), "mlflow", url, mlflow_bench(url).person)


@pytest.fixture(params=["langfuse", pytest.param("mlflow", marks=pytest.mark.xdist_group("mlflow"))])
def place(request: pytest.FixtureRequest) -> Place:
    """The same on each platform."""
    found: Place = request.getfixturevalue(f"on_{request.param}")
    return found
