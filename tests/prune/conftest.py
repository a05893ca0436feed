"""A clone with a remote, and a target that prunes: what was published, and then taken out of Git."""

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from mooring import cycle
from mooring.core.address import Ref
from mooring.core.artifact import Artifact
from mooring.core.guard import Allowances
from mooring.core.policy import Limits, Mode, PolicyPart, Prune, settings_for
from mooring.core.report import AddressReport, Report
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

ARCHIVE = "refs/mooring/acme/local/archive"
USUAL = Capabilities(
    immutable_versions=False, labels_on_create=True, removes_labels=True, names_authors=True, deletes_prompts=True
)


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
    policy: PolicyPart = PolicyPart(prune=Prune.DELETE)
    labels: Mapping[str, str] = field(default_factory=lambda: {"production": "production", "staging": "staging"})
    limits: Limits = Limits()
    allowed: Allowances = Allowances()
    selection: Selection = Selection()
    stop: Event = field(default_factory=Event)
    lock_timeout: float = 0.0

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self) -> None:
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-q", "--allow-empty", "-m", "change")
        git(self.folder, "push", "-q", "origin", "HEAD:refs/heads/main")

    def declare(self, name: str, text: str, labels: str = "production") -> None:
        """Commit a one-file text prompt."""
        self.write(f"prompts/{name}.yaml", f"labels: [{labels}]\nprompt: {json.dumps(text)}\n")
        self.commit()

    def drop(self, name: str) -> None:
        """Take a prompt out of Git."""
        (self.folder / f"prompts/{name}.yaml").unlink()
        self.commit()

    def target(self) -> Target:
        return Target(
            name="local",
            adapter="memory",
            labels=self.labels,
            settings=lambda prompt: settings_for(
                prompt, mode=self.mode, top=PolicyPart(), target=self.policy, rules=()
            ),
            connect=lambda: self.adapter,
            ledger=open_ledger(self.folder, Owner("acme", "local"), InRefs(), self.clock),
            limits=self.limits,
        )

    def run(self) -> Run:
        repo = find_repository(self.folder)
        full = FullHistory(repo, chosen_remote(repo, None), "main")
        commit = resolve(repo, "HEAD")
        history = GitHistory(full, repo.inputs("mooring.yaml", "prompts"), commit)
        order = BranchOrder(full, history.inputs, commit)
        return Run(
            id="run",
            repository="acme",
            author="A Person <a@example.org>",
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

    def sync(self) -> Report:
        return cycle.sync(self.run())

    def plan(self) -> Report:
        return cycle.plan(self.run())

    def drift(self) -> Report:
        return cycle.drift(self.run())

    def resolve(self, prompt: str = "greet") -> Report:
        """A person takes Git's side of what is live now."""
        self.selection = Selection(addresses=(f"local:{prompt}@production",))
        try:
            return cycle.resolve(self.run(), "as agreed", None)
        finally:
            self.selection = Selection()

    def one(self, report: Report, prompt: str = "greet", label: str = "production") -> AddressReport:
        return next(r for r in report.rows if (r.row.address.prompt, r.row.address.label) == (prompt, label))

    def memory(self) -> Any:
        return self.target().ledger.read()

    def edit(self, text: str, prompt: str = "greet", *labels: str) -> Ref:
        """A person saves a version in the UI."""
        return self.platform.save(prompt, Artifact(text), labels)

    def texts(self, prompt: str = "greet") -> list[str]:
        """Every version's text on the platform, oldest first."""
        bodies = [one.content for one in self.platform.versions(prompt)]
        return [str(one.body) for one in bodies if isinstance(one, Artifact)]

    def served(self, prompt: str = "greet", label: str = "production") -> str | None:
        holders = self.platform.holders(prompt, label)
        found = [one.content for one in self.platform.versions(prompt) if one.ref in holders]
        return str(found[0].body) if found and isinstance(found[0], Artifact) else None

    def archived(self) -> list[Any]:
        """Every blob of the archive, as a person reads it with git."""
        remote = self.folder.parent / "remote.git"
        if not git(remote, "for-each-ref", ARCHIVE):
            return []
        paths = git(remote, "ls-tree", "-r", "--name-only", ARCHIVE).splitlines()
        return [json.loads(git(remote, "show", f"{ARCHIVE}:{path}")) for path in paths]

    def lose_lease(self) -> None:
        """Somebody takes the lease away, and it grows old."""
        git(self.folder.parent / "remote.git", "update-ref", "-d", "refs/mooring/acme/local/lease")
        self.clock.sleep(1000)

    def archive_commits(self) -> int:
        """Count the pushes to the archive."""
        return int(git(self.folder.parent / "remote.git", "rev-list", "--count", ARCHIVE))

    def archived_texts(self) -> set[str]:
        return {one["body"] for one in self.archived()}

    def refuse_archive(self) -> None:
        """Let the remote refuse what is pushed to the archive, and nothing else."""
        hook = self.folder.parent / "remote.git" / "hooks" / "update"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text('#!/bin/sh\ncase "$1" in */archive) exit 1;; esac\n')
        hook.chmod(0o755)

    def accept_archive(self) -> None:
        (self.folder.parent / "remote.git" / "hooks" / "update").unlink()


Build = Callable[..., World]


def build_world(folder: Path, **capabilities: bool) -> World:
    """Make a world with nothing in it."""
    clone = folder / "clone"
    clone.mkdir()
    git(clone, "init", "-q", "-b", "main")
    git(clone, "config", "user.name", "A Person")
    git(clone, "config", "user.email", "a@example.org")
    git(folder, "init", "-q", "--bare", "-b", "main", "remote.git")
    git(clone, "remote", "add", "origin", str(folder / "remote.git"))
    world = world_at(clone, **capabilities)
    world.write("mooring.yaml", "version: 1\nid: acme\n")
    return world


def world_at(clone: Path, **capabilities: bool) -> World:
    """Give a clone an empty platform."""
    platform = Platform("memory-project")
    return World(clone, platform, MemoryAdapter(platform, replace(USUAL, **capabilities)))


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Make a world whose platform lacks or has what is said."""

    return partial(build_world, tmp_path)


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Make the usual world once: a copy costs a tenth of the programs that make one."""
    made = build_world(tmp_path_factory.mktemp("pruning"))
    made.declare("other", "other")
    made.declare("greet", "one")
    made.sync()
    made.declare("greet", "two", "production, staging")
    made.sync()
    return made


@pytest.fixture
def world(_made: World, tmp_path: Path) -> World:
    """A world in sync with two prompts, greet and other; greet has an older version too."""
    shutil.copytree(_made.folder.parent, tmp_path, dirs_exist_ok=True)
    world = world_at(tmp_path / "clone")
    git(world.folder, "remote", "set-url", "origin", str(tmp_path / "remote.git"))
    with _made.platform.reading() as theirs, world.platform.writing() as here:
        here.update(deepcopy(theirs))
        while here["greet"].changed < theirs["greet"].changed:
            world.platform.touch(here, "greet")
    return world
