"""A repository with a remote, tied to a platform by the installed command line, with people at every side of it."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mooring.cli import run as command
from mooring.core.artifact import Artifact
from mooring.testing.github.serve import Served
from mooring.testing.github.serve import serve as serve_github
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
    labels: {labels}
policy: {policy}
limits: {{updates: 100%, deletes: 100%}}
"""
LABELS = "[production, staging]"


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

    def adopt(self, *arguments: str) -> Any:
        """Adopt what can be, and give the report."""
        code, report = self.mooring("adopt", *arguments)
        assert code == 0, {one[1] for one in outcomes(report).values()} or report
        return report

    def begin(self, policy: str = "{}", labels: str = LABELS) -> None:
        """Write mooring.yaml, commit what there is, and sync it."""
        self.configure(policy, labels)
        self.commit()
        assert self.mooring("sync")[0] == 0

    def configure(self, policy: str = "{}", labels: str = LABELS) -> None:
        keys = ", ".join(f"{name}: env:{variable}" for name, variable in self.environment.items())
        credentials = f"credentials: {{{keys}}}" if keys else "timeout: 60"
        filled = {"adapter": self.adapter, "url": self.url, "credentials": credentials}
        self.write("mooring.yaml", CONFIG.format(**filled, policy=policy, labels=labels))

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

    def proposed(self) -> dict[str, str]:
        """Give the branches of proposals on the remote, without what they all begin with, and their commits."""
        listed = self.git("ls-remote", "origin", "refs/heads/mooring/acme/*").splitlines()
        pairs = (line.split("\t") for line in listed)
        return {ref.removeprefix("refs/heads/mooring/acme/"): commit for commit, ref in pairs}

    def message(self, branch: str) -> str:
        """Give the message of a proposal's commit."""
        self.git("fetch", "-q", "origin", f"mooring/acme/{branch}")
        return self.git("log", "-1", "--format=%B", "FETCH_HEAD")

    def shown(self, branch: str, path: str) -> str:
        """Give a file as a proposal has it."""
        self.git("fetch", "-q", "origin", f"mooring/acme/{branch}")
        return self.git("show", f"FETCH_HEAD:{path}")

    def merge(self, *branches: str) -> None:
        """Merge proposals as their reviewers do, all of them where none is named, and delete their branches."""
        for branch in branches or self.proposed():
            name = f"mooring/acme/{branch}"
            self.git("fetch", "-q", "origin", name)
            self.git("merge", "-q", "--no-ff", "--no-edit", "FETCH_HEAD")
            self.git("push", "-q", "origin", "HEAD:refs/heads/main", f":refs/heads/{name}")

    def settle(self) -> int:
        """Sync twice: the second writes nothing anywhere, and nothing differs. Give the first one's writes."""
        code, report = self.mooring("sync")
        assert code == 0, {one[1] for one in outcomes(report).values()} or report
        before = self.git("ls-remote", "origin")
        code, again = self.mooring("sync")
        assert (code, again["targets"][0]["requests"]["write"]) == (0, 0)
        assert self.git("ls-remote", "origin") == before
        code, drift = self.mooring("drift")
        assert code == 0, drift
        writes: int = report["targets"][0]["requests"]["write"]
        return writes

    def stored(self, prompt: str, label: str = "production") -> Any:
        """Give what an app gets, with all that the platform tells of it."""
        adapter = self.adapter_itself()
        (ref,) = adapter.look(prompt, [label]).labels[label]
        return adapter.read(prompt, ref)

    def served(self, prompt: str, label: str = "production") -> Any:
        """Give the text or the messages that an app gets."""
        return self.stored(prompt, label).content.body

    def adapter_itself(self) -> Any:
        from mooring.cli.session import Request, open_session

        return open_session(Request(self.folder)).run.targets[0].connect()

    def text(self, prompt: str, text: str, labels: str = "[production]") -> None:
        """Write a prompt of one file."""
        body = "".join(f"  {line}\n" for line in text.splitlines())
        self.write(f"prompts/{prompt}.yaml", f"# {prompt}, as its owners like it\nprompt: |\n{body}labels: {labels}\n")

    def edit(self, prompt: str, text: str, *labels: str) -> str:
        return str(self.person.save(prompt, Artifact(text), labels or ["production"]))


def outcomes(report: Any) -> dict[str, tuple[str | None, str]]:
    """Give what became of each address, and what is told of it."""
    found = [one for target in report["targets"] for one in target["addresses"]]
    return {f"{one['prompt']}@{one['label']}": (one["outcome"], one["note"] or "") for one in found}


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


@pytest.fixture(name="outcomes")
def outcomes_of() -> Callable[[Any], dict[str, tuple[str | None, str]]]:
    """Give what became of each address of a report, and why."""
    return outcomes


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


@pytest.fixture
def github(on_langfuse: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """Host the remote of `on_langfuse` on a fake GitHub."""
    with serve_github(on_langfuse.folder.parent / "remote.git") as served:
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        yield served
