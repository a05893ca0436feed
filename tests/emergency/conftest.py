"""A clone whose remote can go away, a ledger in it, and a platform in memory that somebody else moves labels on."""

import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest

from mooring.ahead_of_git.emergency import promote_now, roll_back
from mooring.core.address import Address, ContentHash, Ref
from mooring.core.artifact import Artifact
from mooring.core.desired import Desired
from mooring.core.freeze import Freeze
from mooring.core.policy import Mode, PolicyPart, Settings, settings_for
from mooring.core.record import Record
from mooring.core.report import AddressReport, Exit, TargetReport, first, sync_reasons
from mooring.core.state import State
from mooring.git.branch import chosen_remote
from mooring.git.full import FullHistory
from mooring.git.history import GitHistory
from mooring.git.order import BranchOrder
from mooring.git.repository import find_repository, resolve
from mooring.ledger.codec import Owner
from mooring.ledger.ledger import TargetLedger
from mooring.ledger.opening import InRefs, open_ledger
from mooring.ports import Adapter, Capabilities
from mooring.progress import Silence
from mooring.run import Run, Selection, Target
from mooring.sight import describe, look
from mooring.sync import sync_target
from mooring.testing.clock import ManualClock
from mooring_memory import MemoryAdapter, Platform
from mooring_memory.state import Prompt

CONFIG = "version: 1\nid: acme\nbranch: main\n"
OWNER = Owner("acme", "local")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def code_of(report: TargetReport) -> Exit:
    """The exit code that a sync of one target ends with."""
    return first(sync_reasons((report,)))


@dataclass
class World:
    """One clone with a remote, and one target. `adapter` may be wrapped with faults."""

    folder: Path
    platform: Platform
    adapter: Adapter
    clock: ManualClock = field(default_factory=ManualClock)
    mode: Mode = Mode.UPSERT
    policy: PolicyPart = PolicyPart()
    labels: Mapping[str, str] = field(default_factory=lambda: {"production": "production", "staging": "staging"})
    project: str | None = None
    stop: Event = field(default_factory=Event)
    freezes: tuple[Freeze, ...] = ()

    @property
    def remote(self) -> Path:
        return self.folder.parent / "remote.git"

    def git(self, *arguments: str) -> str:
        return git(self.folder, *arguments)

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def declare(self, labels: Mapping[str, str], texts: Mapping[str, str] | None = None, prompt: str = "greet") -> str:
        """Commit and push which key each label serves, with the texts of new keys; give the commit."""
        for key, text in (texts or {}).items():
            self.write(f"prompts/{prompt}/{key}.yaml", f"prompt: {text}\n")
        served = "".join(f"  {label}: {key}\n" for label, key in labels.items())
        self.write(f"prompts/{prompt}/prompt.yaml", f"labels:\n{served}")
        return self.commit()

    def commit(self) -> str:
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-q", "--allow-empty", "-m", "change")
        git(self.folder, "push", "-q", "origin", "HEAD:refs/heads/main")
        return git(self.folder, "rev-parse", "HEAD")

    def ship(self, labels: Mapping[str, str], texts: Mapping[str, str] | None = None, prompt: str = "greet") -> str:
        """Declare and sync, a minute later than what came before."""
        commit = self.declare(labels, texts, prompt)
        self.clock.advance(60)
        assert code_of(self.sync()) is Exit.OK
        return commit

    def ledger(self) -> TargetLedger:
        return open_ledger(self.folder, OWNER, InRefs(), self.clock)

    def run(self, *addresses: str, id: str = "run") -> Run:  # noqa: A002
        repo = find_repository(self.folder)
        full = FullHistory(repo, chosen_remote(repo, None), "main")
        commit = resolve(repo, "HEAD")
        history = GitHistory(full, repo.inputs("mooring.yaml", "prompts"), commit)
        order = BranchOrder(full, history.inputs, commit)
        target = Target(
            name="local",
            adapter="memory",
            labels=self.labels,
            settings=self.settings,
            connect=lambda: self.adapter,
            ledger=self.ledger(),
            project=self.project,
            freezes=self.freezes,
        )
        return Run(
            id=id,
            repository="acme",
            author="Ann <ann@example.org>",
            history=history,
            order=order,
            targets=(target,),
            clock=self.clock,
            progress=Silence(),
            selection=Selection(addresses),
            resolutions=order.resolutions,
            lock_timeout=0.0,
            stop=self.stop,
        )

    def settings(self, prompt: str) -> Settings:
        return settings_for(prompt, mode=self.mode, top=PolicyPart(), target=self.policy, rules=())

    def rollback(
        self, address: str = "greet@production", to: str | None = None, reason: str = "Refunds are wrong"
    ) -> TargetReport:
        """Ann rolls back at once; nothing is proposed to Git."""
        return self._acted(address, lambda *on: roll_back(*on, to=to, reason=reason))

    def promote(
        self, source: str = "staging", label: str = "production", prompt: str = "greet", reason: str = "Cannot wait"
    ) -> TargetReport:
        return self._acted(prompt, lambda *on: promote_now(*on, source=source, label=label, reason=reason))

    def _acted(self, address: str, act: Callable[[Run, Target, Adapter, Desired], TargetReport]) -> TargetReport:
        run = self.run(address, id=f"run{len(self.clock.sleeps)}-{self.clock.monotonic():.0f}")
        return act(run, run.targets[0], self.adapter, run.history.desired())

    def sync(self) -> TargetReport:
        """Sync the target, with nothing proposed to Git."""
        run = self.run()
        return sync_target(run, run.targets[0], self.adapter, run.history.desired())

    def drift(self) -> TargetReport:
        run = self.run()
        return describe(run.targets[0], look(run, run.targets[0], self.adapter, run.history.desired()), self.adapter)

    def one(self, report: TargetReport, label: str = "production", prompt: str = "greet") -> AddressReport:
        found = (one for one in report.addresses if one.row.address == Address("local", prompt, label))
        return next(found)

    def code(self, report: TargetReport) -> Exit:
        return code_of(report)

    def state(self, label: str = "production") -> State:
        return self.one(self.drift(), label).row.verdict.state

    def why(self, label: str = "production") -> str:
        return self.one(self.drift(), label).row.verdict.reason

    def served(self, label: str = "production", prompt: str = "greet") -> str | None:
        """What an app gets that asks by label."""
        holders = self.platform.holders(prompt, label)
        found = [one for one in self.platform.versions(prompt) if one.ref in holders]
        return str(found[0].content.body) if found and isinstance(found[0].content, Artifact) else None

    def ref(self, text: str, prompt: str = "greet") -> Ref:
        """The version that holds a text."""
        versions = self.platform.versions(prompt)
        return next(one.ref for one in versions if isinstance(one.content, Artifact) and one.content.body == text)

    def hash(self, text: str) -> ContentHash:
        return next(one.hash for one in self.platform.versions("greet") if one.ref == self.ref(text))

    def point(self, text: str, label: str = "production") -> None:
        """A person points a label at the version with a text, in the UI."""
        self.platform.point("greet", label, self.ref(text))

    def edit(self, text: str, label: str = "production") -> Ref:
        """A person saves a new version in the UI and points the label at it."""
        return self.platform.save("greet", Artifact(text), [label])

    def host_down(self) -> None:
        """The Git host stops answering."""
        self.git("remote", "set-url", "origin", str(self.folder.parent / "gone.git"))

    def host_back(self) -> None:
        self.git("remote", "set-url", "origin", str(self.remote))

    def records(self) -> Sequence[Record]:
        """The ledger's records of rollbacks and promotions, newest first, as a fresh reader has them."""
        ledger = self.ledger()
        ledger.read()
        return [one for one in ledger.records() if one.kind in {"rollback", "promote"} and one.id]

    def pending(self) -> list[Path]:
        return sorted((self.folder / ".git" / "mooring" / "pending").rglob("*.json"))


def world_at(folder: Path) -> World:
    """Give the clone below a folder its remote, and an empty platform."""
    git(folder / "clone", "remote", "set-url", "origin", str(folder / "remote.git"))
    platform = Platform("memory-project")
    capabilities = Capabilities(
        immutable_versions=False, labels_on_create=True, removes_labels=True, names_authors=True
    )
    return World(folder / "clone", platform, MemoryAdapter(platform, capabilities))


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Prompt], float]:
    """Make two worlds once, a new one and one with a history: a copy costs a tenth of the programs that make one."""
    folder = tmp_path_factory.mktemp("emergency")
    made = folder / "made"
    made.mkdir()
    git(made, "init", "-q", "--bare", "-b", "main", "remote.git")
    git(made, "init", "-q", "-b", "main", "clone")
    git(made / "clone", "config", "user.name", "Ann")
    git(made / "clone", "config", "user.email", "ann@example.org")
    git(made / "clone", "remote", "add", "origin", str(made / "remote.git"))
    (made / "clone" / "mooring.yaml").write_text(CONFIG)
    shutil.copytree(made, folder / "empty")
    world = world_at(made)
    world.ship({"production": "v1", "staging": "v1"}, {"v1": "Hello"})
    world.ship({"production": "v2", "staging": "v2"}, {"v2": "Bad"})
    shutil.copytree(made, folder / "world")
    with world.platform.reading() as prompts:
        return folder, dict(prompts), world.clock.monotonic()


@pytest.fixture
def empty(_made: tuple[Path, dict[str, Prompt], float], tmp_path: Path) -> World:
    """A world whose Git holds nothing yet."""
    shutil.copytree(_made[0] / "empty", tmp_path, dirs_exist_ok=True)
    return world_at(tmp_path)


@pytest.fixture
def world(_made: tuple[Path, dict[str, Prompt], float], tmp_path: Path) -> World:
    """A world where production went from v1 (Hello) to v2, and v2 is Bad."""
    folder, prompts, passed = _made
    shutil.copytree(folder / "world", tmp_path, dirs_exist_ok=True)
    made = world_at(tmp_path)
    made.clock.advance(passed)
    with made.platform.writing() as here:
        here.update(deepcopy(prompts))
        while here["greet"].changed < prompts["greet"].changed:
            made.platform.touch(here, "greet")
    return made
