"""A clone, a ledger in Git and a platform in memory: what does a run do there, without a command line?"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event

from mooring.core.address import Ref
from mooring.core.artifact import Artifact
from mooring.core.freeze import Freeze
from mooring.core.guard import Allowances
from mooring.core.naming import Naming
from mooring.core.policy import Limits, Mode, PolicyPart, Settings, settings_for
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
from mooring.testing.clock import ManualClock
from mooring_memory import MemoryAdapter, Platform
from mooring_memory.state import Prompt
from tests.support.clones import PERSON, Clone

CONFIG = "version: 1\nid: acme\n"
OWNER = Owner("acme", "local")
USUAL = Capabilities(immutable_versions=False, labels_on_create=True, removes_labels=True, names_authors=True)


@dataclass
class World(Clone):
    """One clone with one target. `adapter` may be wrapped with faults; settings are plain attributes."""

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
    freezes: tuple[Freeze, ...] = ()
    project: str | None = None
    lock_timeout: float = 0.0
    author: tuple[str, str] = PERSON
    stop: Event = field(default_factory=Event)

    def settings(self, prompt: str) -> Settings:
        return settings_for(prompt, mode=self.mode, top=PolicyPart(), target=self.policy, rules=())

    def opened_ledger(self) -> TargetLedger:
        """Give the ledger as a fresh reader has it."""
        return open_ledger(self.folder, OWNER, InRefs(), self.clock)

    def target(self) -> Target:
        return Target(
            name="local",
            adapter="memory",
            labels=self.labels,
            settings=self.settings,
            connect=lambda: self.adapter,
            ledger=self.opened_ledger(),
            naming=self.naming,
            limits=self.limits,
            project=self.project,
            freezes=self.freezes,
        )

    def run_at(self, revision: str = "HEAD") -> Run:
        repo = find_repository(self.folder)
        full = FullHistory(repo, chosen_remote(repo, None), "main")
        commit = resolve(repo, revision)
        history = GitHistory(full, repo.inputs("mooring.yaml", "prompts"), commit)
        order = BranchOrder(full, history.inputs, commit)
        return Run(
            id="run",
            repository="acme",
            author=f"{self.author[0]} <{self.author[1]}>",
            history=history,
            order=order,
            targets=(self.target(),),
            clock=self.clock,
            progress=Silence(),
            selection=self.selection,
            allowed=self.allowed,
            resolutions=order.resolutions,
            lock_timeout=self.lock_timeout,
            stop=self.stop,
        )

    def texts(self, prompt: str = "greet") -> list[str]:
        """Every version's text on the platform, oldest first."""
        bodies = [one.content for one in self.platform.versions(prompt)]
        return [str(one.body) for one in bodies if isinstance(one, Artifact)]

    def serving(self, prompt: str, label: str) -> str | None:
        """What an app gets that asks by label."""
        holders = self.platform.holders(prompt, label)
        found = [one.content for one in self.platform.versions(prompt) if one.ref in holders]
        return str(found[0].body) if found and isinstance(found[0], Artifact) else None

    def save(self, prompt: str, text: str, *labels: str) -> Ref:
        """A person saves a version in the UI and points labels at it."""
        return self.platform.save(prompt, Artifact(text), labels)

    def holding(self, prompts: Mapping[str, Prompt]) -> None:
        """Put on the platform what another one held."""
        with self.platform.writing() as here:
            here.update(deepcopy(dict(prompts)))
            while here["greet"].changed < prompts["greet"].changed:
                self.platform.touch(here, "greet")


def empty(capabilities: Mapping[str, bool]) -> tuple[Platform, MemoryAdapter]:
    """Give an empty platform whose adapter is as usual but for what is said."""
    platform = Platform("memory-project")
    return platform, MemoryAdapter(platform, replace(USUAL, **capabilities))


def held(world: World) -> dict[str, Prompt]:
    with world.platform.reading() as prompts:
        return dict(prompts)


def configured(clone: Path, config: str = CONFIG) -> Path:
    (clone / "mooring.yaml").write_text(config, encoding="utf-8")
    return clone
