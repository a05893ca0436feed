"""A clone with a remote, and a target that prunes: what was published, and then taken out of Git."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mooring import cycle
from mooring.core.address import Ref
from mooring.core.policy import PolicyPart, Prune
from mooring.core.report import AddressReport, Report
from mooring.run import Run, Selection
from tests.support import worlds
from tests.support.clones import copy, git

ARCHIVE = "refs/mooring/acme/local/archive"


@dataclass
class World(worlds.World):
    """A world whose target prunes."""

    policy: PolicyPart = PolicyPart(prune=Prune.DELETE)

    def declare(self, name: str, text: str, labels: str = "production") -> None:
        """Commit a one-file text prompt."""
        self.write(f"prompts/{name}.yaml", f"labels: [{labels}]\nprompt: {json.dumps(text)}\n")
        self.commit()

    def drop(self, name: str) -> None:
        """Take a prompt out of Git."""
        (self.folder / f"prompts/{name}.yaml").unlink()
        self.commit()

    def run(self) -> Run:
        return self.run_at()

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
        return self.save(prompt, text, *labels)

    def served(self, prompt: str = "greet", label: str = "production") -> str | None:
        return self.serving(prompt, label)

    def archived(self) -> list[Any]:
        """Every blob of the archive, as a person reads it with git."""
        if not git(self.remote, "for-each-ref", ARCHIVE):
            return []
        paths = git(self.remote, "ls-tree", "-r", "--name-only", ARCHIVE).splitlines()
        return [json.loads(git(self.remote, "show", f"{ARCHIVE}:{path}")) for path in paths]

    def lose_lease(self) -> None:
        """Somebody takes the lease away, and it grows old."""
        git(self.remote, "update-ref", "-d", "refs/mooring/acme/local/lease")
        self.clock.sleep(1000)

    def archive_commits(self) -> int:
        """Count the pushes to the archive."""
        return int(git(self.remote, "rev-list", "--count", ARCHIVE))

    def archived_texts(self) -> set[str]:
        return {one["body"] for one in self.archived()}

    def refuse_archive(self) -> None:
        """Let the remote refuse what is pushed to the archive, and nothing else."""
        hook = self.remote / "hooks" / "update"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text('#!/bin/sh\ncase "$1" in */archive) exit 1;; esac\n')
        hook.chmod(0o755)

    def accept_archive(self) -> None:
        (self.remote / "hooks" / "update").unlink()


Build = Callable[..., World]


def build_world(template: Path, folder: Path, **capabilities: bool) -> World:
    """Make a world with nothing in it."""
    return World(worlds.configured(copy(template, folder)), *worlds.empty({"deletes_prompts": True, **capabilities}))


@pytest.fixture
def build(empty_clone: Path, tmp_path: Path) -> Build:
    """Make a world whose platform lacks or has what is said."""
    return partial(build_world, empty_clone, tmp_path)


@pytest.fixture(scope="session")
def _made(empty_clone: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Make the usual world once: a copy costs a tenth of the programs that make one."""
    made = build_world(empty_clone, tmp_path_factory.mktemp("pruning"))
    made.declare("other", "other")
    made.declare("greet", "one")
    made.sync()
    made.declare("greet", "two", "production, staging")
    made.sync()
    return made


@pytest.fixture
def world(_made: World, tmp_path: Path) -> World:
    """A world in sync with two prompts, greet and other; greet has an older version too."""
    world = build_world(_made.folder.parent, tmp_path)
    world.holding(worlds.held(_made))
    return world
