"""A small world for the cycle: a real Git repository, a real ledger in Git, and a platform in memory with a person."""

import shutil
import subprocess
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Event

import pytest

from mooring import cycle
from mooring.core.address import Ref
from mooring.core.artifact import Artifact
from mooring.core.guard import Allowances
from mooring.core.naming import Naming
from mooring.core.policy import Limits, Mode, PolicyPart, Settings, settings_for
from mooring.core.report import AddressReport, Report
from mooring.core.state import State
from mooring.git.branch import chosen_remote
from mooring.git.full import FullHistory
from mooring.git.history import GitHistory
from mooring.git.order import BranchOrder
from mooring.git.repository import find_repository, resolve
from mooring.ledger.codec import Owner
from mooring.ledger.opening import InRefs, open_ledger
from mooring.ports import Adapter, Capabilities
from mooring.progress import Silence
from mooring.run import Run, Selection, Target
from mooring.testing.clock import ManualClock
from mooring_memory import MemoryAdapter, Platform
from mooring_memory.state import Prompt

CONFIG = "version: 1\nid: acme\n"


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@dataclass
class World:
    """One clone with one target. `adapter` may be wrapped with faults; settings are plain attributes."""

    folder: Path
    platform: Platform
    adapter: Adapter
    clock: ManualClock = field(default_factory=ManualClock)
    mode: Mode = Mode.UPSERT
    policy: PolicyPart = PolicyPart()
    labels: Mapping[str, str] = field(default_factory=lambda: {"production": "production", "staging": "staging"})
    limits: Limits = Limits()
    naming: Naming = Naming()
    allowed: Allowances = Allowances()
    selection: Selection = Selection()
    project: str | None = None
    lock_timeout: float = 0.0
    stop: Event = field(default_factory=Event)

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def prompt(self, name: str, text: str, labels: str = "production") -> None:
        """Write a one-file text prompt."""
        body = "".join(f"  {line}\n" for line in text.splitlines())
        self.write(f"prompts/{name}.yaml", f"labels: [{labels}]\nprompt: |\n{body}")

    def commit(self, message: str = "change") -> str:
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-q", "--allow-empty", "-m", message)
        if git(self.folder, "remote"):
            git(self.folder, "push", "-q", "origin", "HEAD:refs/heads/main")
        return git(self.folder, "rev-parse", "HEAD")

    def commit_prompt(self, name: str, text: str, labels: str = "production") -> str:
        self.prompt(name, text, labels)
        return self.commit(f"write {name}")

    def run(self, revision: str = "HEAD") -> Run:
        repo = find_repository(self.folder)
        full = FullHistory(repo, chosen_remote(repo, None), "main")
        commit = resolve(repo, revision)
        history = GitHistory(full, repo.inputs("mooring.yaml", "prompts"), commit)
        order = BranchOrder(full, history.inputs, commit)
        target = Target(
            name="local",
            adapter="memory",
            labels=self.labels,
            settings=self.settings,
            connect=lambda: self.adapter,
            ledger=open_ledger(self.folder, Owner("acme", "local"), InRefs(), self.clock),
            naming=self.naming,
            limits=self.limits,
            project=self.project,
        )
        return Run(
            id="run",
            repository="acme",
            author="A Person <a@example.org>",
            history=history,
            order=order,
            targets=(target,),
            clock=self.clock,
            progress=Silence(),
            selection=self.selection,
            allowed=self.allowed,
            resolutions=order.resolutions,
            lock_timeout=self.lock_timeout,
            stop=self.stop,
        )

    def settings(self, prompt: str) -> Settings:
        return settings_for(prompt, mode=self.mode, top=PolicyPart(), target=self.policy, rules=())

    def sync(self, revision: str = "HEAD") -> Report:
        return cycle.sync(self.run(revision))

    def drift(self, revision: str = "HEAD") -> Report:
        return cycle.drift(self.run(revision))

    def plan(self, revision: str = "HEAD") -> Report:
        return cycle.plan(self.run(revision))

    def one(self, report: Report, prompt: str = "greet", label: str = "production") -> AddressReport:
        return next(r for r in report.rows if (r.row.address.prompt, r.row.address.label) == (prompt, label))

    def state(self, prompt: str = "greet", label: str = "production") -> State:
        return self.one(self.drift(), prompt, label).row.verdict.state

    def texts(self, prompt: str = "greet") -> list[str]:
        """Every version's text on the platform, oldest first."""
        bodies = [one.content for one in self.platform.versions(prompt)]
        return [str(one.body) for one in bodies if isinstance(one, Artifact)]

    def served(self, prompt: str = "greet", label: str = "production") -> str | None:
        """What an app gets that asks by label."""
        holders = self.platform.holders(prompt, label)
        found = [one for one in self.platform.versions(prompt) if one.ref in holders]
        return str(found[0].content.body) if found and isinstance(found[0].content, Artifact) else None

    def edit(self, text: str, prompt: str = "greet", label: str = "production") -> Ref:
        """A person saves a new version in the UI and points the label at it."""
        return self.platform.save(prompt, Artifact(text), [label])

    def git(self, *arguments: str) -> str:
        return git(self.folder, *arguments)

    def ledger(self) -> str:
        """Every ref of the ledger with its object: equal before and after means that nothing was written."""
        return git(self.folder, "for-each-ref", "refs/mooring")

    def resolve(self, reason: str = "as agreed", prompt: str = "greet") -> Report:
        """A person takes Git's side of what is live now."""
        self.selection = Selection(addresses=(f"local:{prompt}@production",))
        try:
            return cycle.resolve(self.run(), reason, None)
        finally:
            self.selection = Selection()


Build = Callable[..., World]


def build_world(folder: Path, *, remote: bool = False, **capabilities: bool) -> World:
    """Make a world below a folder; `remote` gives the clone a bare remote."""
    clone = folder / "clone"
    clone.mkdir()
    git(clone, "init", "-q", "-b", "main")
    git(clone, "config", "user.name", "A Person")
    git(clone, "config", "user.email", "a@example.org")
    if remote:
        git(folder, "init", "-q", "--bare", "-b", "main", "remote.git")
        git(clone, "remote", "add", "origin", str(folder / "remote.git"))
    world = world_at(clone, **capabilities)
    world.write("mooring.yaml", CONFIG)
    return world


def world_at(clone: Path, **capabilities: bool) -> World:
    """Give a clone an empty platform."""
    usual = Capabilities(immutable_versions=False, labels_on_create=True, removes_labels=True, names_authors=True)
    platform = Platform("memory-project")
    return World(clone, platform, MemoryAdapter(platform, replace(usual, **capabilities)))


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Make one world in the test's own folder."""
    return partial(build_world, tmp_path)


@pytest.fixture
def build_in() -> Build:
    """Make many worlds, each in a folder that is given."""
    return build_world


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Prompt]]:
    """Make the usual world once: its clone as it was `committed` and `synced`, and what is on its platform then.

    A copy costs a tenth of the programs that make one.
    """
    folder = tmp_path_factory.mktemp("worlds")
    made = build_world(folder)
    made.commit_prompt("greet", "Hello {{name}}")
    shutil.copytree(made.folder, folder / "committed")
    made.sync()
    shutil.copytree(made.folder, folder / "synced")
    with made.platform.reading() as prompts:
        return folder, dict(prompts)


@pytest.fixture
def world(_made: tuple[Path, dict[str, Prompt]], tmp_path: Path) -> World:
    """A world whose Git holds one prompt that nobody synced yet."""
    shutil.copytree(_made[0] / "committed", tmp_path / "clone")
    return world_at(tmp_path / "clone")


@pytest.fixture
def synced(world: World, _made: tuple[Path, dict[str, Prompt]]) -> World:
    """The same world in sync."""
    folder, prompts = _made
    shutil.rmtree(world.folder)
    shutil.copytree(folder / "synced", world.folder)
    with world.platform.writing() as here:
        here.update(deepcopy(prompts))
        while here["greet"].changed < prompts["greet"].changed:
            world.platform.touch(here, "greet")
    return world
