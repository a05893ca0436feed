"""The workflows to copy and action.yml itself, run as GitHub runs them: a repository, a Langfuse, people at both."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mooring.core.artifact import Artifact
from mooring.git.command import Git
from mooring.testing.actions.caching import restore
from mooring.testing.actions.events import NO_COMMIT, Event, push
from mooring.testing.actions.processes import Cancellation
from mooring.testing.actions.results import JobReport, RunReport
from mooring.testing.actions.run import run_workflow
from mooring.testing.actions.site import Site, StandIn, StepContext, StepResult
from mooring.testing.actions.standard import standard_actions
from mooring.testing.github.bare import Bare
from mooring.testing.github.serve import Served
from mooring.testing.github.serve import serve as serve_github
from mooring.testing.langfuse import Langfuse, serve
from mooring.testing.langfuse.hooks import Hooks
from mooring.testing.langfuse.installation import Backup, Key
from mooring.testing.langfuse.person import LangfusePerson

ROOT = Path(__file__).parents[2]
CONFIG = """\
version: 1
id: {id}
branch: main
targets:
  prod:
    adapter: langfuse
    url: {url}
    credentials: {{public_key: env:LANGFUSE_PUBLIC_KEY, secret_key: env:LANGFUSE_SECRET_KEY}}
    mode: upsert
    labels: [production]
policy: {{platform_ahead: adopt}}
alerts:
  - notify: github
limits: {{updates: 100%, deletes: 100%}}
"""


@dataclass
class Scene:
    """A repository on GitHub tied to a project on Langfuse, and the files that tell a job about both."""

    github: Served
    site: Site
    langfuse: Langfuse
    editor: LangfusePerson
    url: str
    runs: list[RunReport] = field(default_factory=list[RunReport])

    def prompt(self, name: str, text: str) -> dict[str, bytes | None]:
        """Give the file of a prompt that production serves."""
        return {f"prompts/{name}.yaml": f"labels: [production]\nprompt: {json.dumps(text)}\n".encode()}

    def config(self, id_: str = "acme") -> bytes:
        """Give mooring.yaml."""
        return CONFIG.format(id=id_, url=self.url).encode()

    def pushed(self, files: Mapping[str, bytes | None], message: str = "Change prompts") -> Event:
        """Commit to main, as a merge does, and give the push."""
        before = self.tip()
        return push(self.github.hub, before, self.github.person.write("main", files, message))

    def proposed(
        self, files: Mapping[str, bytes | None], branch: str = "change", title: str = "Change a prompt"
    ) -> int:
        """Open a pull request from a branch of main's tip, and give its number."""
        self.bare.move(branch, self.tip())
        self.github.person.write(branch, files, title)
        return self.github.person.open_pull(branch, title).number

    def run(self, workflow: str, event: Event, cancellation: Cancellation | None = None) -> JobReport:
        """Run one of config/github for an event, and give its job."""
        report = run_workflow(ROOT / "config" / "github" / f"{workflow}.yml", event, self.site, cancellation)
        assert report.started, report.why
        self.runs.append(report)
        (job,) = report.jobs.values()
        return job

    def merged(self, files: Mapping[str, bytes | None], message: str = "Change prompts") -> JobReport:
        """Push to main and run the job of the push."""
        return self.run("merge", self.pushed(files, message))

    def live(self, name: str) -> object:
        """Give the text that production serves."""
        with self.langfuse.opened("acme") as project:
            (row,) = [row for row in project.rows(name) if "production" in row.labels]
            return json.loads(row.prompt_json)

    def versions(self, name: str) -> int:
        """Tell how many versions a prompt has on Langfuse."""
        with self.langfuse.opened("acme") as project:
            return len(project.rows(name))

    def edit(self, name: str, text: str) -> None:
        """Save what production serves from now on in Langfuse's interface."""
        self.editor.save(name, Artifact(text), ["production"])

    def comments(self, number: int) -> list[str]:
        """Give the comments below a pull request."""
        return [one.body for one in self.github.hub.issues[number].comments]

    def statuses(self, commit: str) -> dict[str, tuple[str, str]]:
        """Give a commit's statuses, the newest of each context: its state and what it says."""
        found = [one for one in self.github.hub.statuses if one.sha == commit]
        return {one.context: (one.state, one.description or "") for one in found}

    @property
    def bare(self) -> Bare:
        return self.github.hub.bare

    def tip(self, branch: str = "main") -> str:
        return self.bare.tip(branch) or NO_COMMIT


def installed(context: StepContext) -> StepResult:
    """Stand in for a cache that holds the installation already: that of the tests themselves."""
    place = Path(context.inputs["path"].strip())
    if place != context.temp / "mooring":
        return restore(context)
    (place / "bin").mkdir(parents=True)
    python = place / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    return StepResult({"cache-hit": "true"})


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_AUTHOR", "GIT_COMMITTER"):
        monkeypatch.setenv(f"{name}_NAME", "Ada")
        monkeypatch.setenv(f"{name}_EMAIL", "ada@example.org")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a test begins with: a folder with a bare repository that nobody changes, and what Langfuse had."""

    remote: Path
    backup: Backup


@dataclass(frozen=True, slots=True)
class Host:
    """One Langfuse for all tests of a process, so that its URL is the same in every commit."""

    langfuse: Langfuse
    key: Key
    url: str

    @contextmanager
    def scene(self, beginning: Beginning, folder: Path) -> Iterator[Scene]:
        """Put everything back to a beginning, and give it."""
        remote = shutil.copytree(beginning.remote, folder / "remote.git")
        self.langfuse.hooks = Hooks()
        self.langfuse.requests.clear()
        self.langfuse.restore(beginning.backup)
        stand_ins: dict[str, Path | StandIn] = {"actions/cache/restore": installed, "mooring-dev/mooring": ROOT}
        secrets = {"LANGFUSE_PUBLIC_KEY": self.key.public, "LANGFUSE_SECRET_KEY": self.key.secret}
        with serve_github(remote) as github:
            actions = {**standard_actions(Path(sys.executable)), **stand_ins}
            site = Site(github, folder / "runner", actions, secrets=secrets)
            yield Scene(github, site, self.langfuse, self.langfuse.person(), self.url)


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    langfuse = Langfuse()
    key = langfuse.project()
    with serve(langfuse) as url:
        yield Host(langfuse, key, url)


@pytest.fixture(scope="session")
def empty(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Beginning:
    """Give a repository with one commit that holds nothing, and an empty project."""
    folder = tmp_path_factory.mktemp("empty") / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", folder], check=True)
    git = Git(folder, {f"GIT_{who}_{what}": "a" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")})
    git.run("update-ref", "refs/heads/main", git.text("commit-tree", "-m", "first", git.text("mktree")))
    return Beginning(folder, host.langfuse.backup())


@pytest.fixture(scope="session")
def begun(host: Host, empty: Beginning, tmp_path_factory: pytest.TempPathFactory) -> Beginning:
    """Give what the job of a first merge leaves."""
    folder = tmp_path_factory.mktemp("begun")
    with host.scene(empty, folder) as scene:
        prompts = {**scene.prompt("greet", "Hello {{name}}"), **scene.prompt("bye", "Bye")}
        job = scene.merged({"mooring.yaml": scene.config(), **prompts})
        assert job.conclusion == "success", job.log
        return Beginning(folder / "remote.git", host.langfuse.backup())


@pytest.fixture
def scene(host: Host, empty: Beginning, tmp_path: Path) -> Iterator[Scene]:
    """Give a repository that nothing was synced from, and an empty Langfuse."""
    with host.scene(empty, tmp_path) as made:
        yield made


@pytest.fixture
def synced(host: Host, begun: Beginning, tmp_path: Path) -> Iterator[Scene]:
    """Give a repository whose two prompts are live."""
    with host.scene(begun, tmp_path) as made:
        yield made
