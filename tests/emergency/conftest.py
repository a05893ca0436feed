"""A clone whose remote can go away, a ledger in it, and a platform in memory that somebody else moves labels on."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from mooring.ahead_of_git.emergency import promote_now, roll_back
from mooring.core.address import Address, ContentHash, Ref
from mooring.core.artifact import Artifact
from mooring.core.desired import Desired
from mooring.core.record import Record
from mooring.core.report import AddressReport, Exit, TargetReport, first, sync_reasons
from mooring.core.state import State
from mooring.ledger.ledger import TargetLedger
from mooring.ports import Adapter
from mooring.run import Run, Selection, Target
from mooring.sight import describe, look
from mooring.sync import sync_target
from mooring_memory.state import Prompt
from tests.support import worlds
from tests.support.clones import copy, sign

ANN = ("Ann", "ann@example.org")


def code_of(report: TargetReport) -> Exit:
    """The exit code that a sync of one target ends with."""
    return first(sync_reasons((report,)))


@dataclass
class World(worlds.World):
    """A world where somebody cannot wait for Git, and the remote can go away."""

    author: tuple[str, str] = ANN

    def declare(self, labels: Mapping[str, str], texts: Mapping[str, str] | None = None, prompt: str = "greet") -> str:
        """Commit and push which key each label serves, with the texts of new keys; give the commit."""
        for key, text in (texts or {}).items():
            self.write(f"prompts/{prompt}/{key}.yaml", f"prompt: {text}\n")
        served = "".join(f"  {label}: {key}\n" for label, key in labels.items())
        self.write(f"prompts/{prompt}/prompt.yaml", f"labels:\n{served}")
        return self.commit()

    def ship(self, labels: Mapping[str, str], texts: Mapping[str, str] | None = None, prompt: str = "greet") -> str:
        """Declare and sync, a minute later than what came before."""
        commit = self.declare(labels, texts, prompt)
        self.clock.advance(60)
        assert code_of(self.sync()) is Exit.OK
        return commit

    def ledger(self) -> TargetLedger:
        return self.opened_ledger()

    def run(self, *addresses: str, id: str = "run") -> Run:  # noqa: A002
        return replace(self.run_at(), id=id, selection=Selection(addresses))

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
        return self.serving(prompt, label)

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
        return self.save("greet", text, label)

    def host_down(self) -> None:
        """The Git host stops answering."""
        self.git("remote", "set-url", "origin", "../gone.git")

    def host_back(self) -> None:
        self.git("remote", "set-url", "origin", "../remote.git")

    def records(self) -> Sequence[Record]:
        """The ledger's records of rollbacks and promotions, newest first, as a fresh reader has them."""
        ledger = self.ledger()
        ledger.read()
        return [one for one in ledger.records() if one.kind in {"rollback", "promote"} and one.id]

    def pending(self) -> list[Path]:
        return sorted((self.folder / ".git" / "mooring" / "pending").rglob("*.json"))


def world_at(clone: Path) -> World:
    """Give a clone an empty platform."""
    return World(clone, *worlds.empty({}))


@pytest.fixture(scope="session")
def _made(empty_clone: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Prompt], float]:
    """Make two worlds once, a new one and one with a history: a copy costs a tenth of the programs that make one."""
    folder = tmp_path_factory.mktemp("emergency")
    clone = worlds.configured(copy(empty_clone, folder / "made"), f"{worlds.CONFIG}branch: main\n")
    sign(clone, ANN)
    shutil.copytree(folder / "made", folder / "empty")
    world = world_at(clone)
    world.ship({"production": "v1", "staging": "v1"}, {"v1": "Hello"})
    world.ship({"production": "v2", "staging": "v2"}, {"v2": "Bad"})
    shutil.copytree(folder / "made", folder / "world")
    return folder, worlds.held(world), world.clock.monotonic()


@pytest.fixture
def empty(_made: tuple[Path, dict[str, Prompt], float], tmp_path: Path) -> World:
    """A world whose Git holds nothing yet."""
    return world_at(copy(_made[0] / "empty", tmp_path))


@pytest.fixture
def world(_made: tuple[Path, dict[str, Prompt], float], tmp_path: Path) -> World:
    """A world where production went from v1 (Hello) to v2, and v2 is Bad."""
    folder, prompts, passed = _made
    made = world_at(copy(folder / "world", tmp_path))
    made.clock.advance(passed)
    made.holding(prompts)
    return made
