"""A small world for the cycle: a real Git repository, a real ledger in Git, and a platform in memory with a person."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from mooring import cycle
from mooring.core.address import Ref
from mooring.core.report import AddressReport, Report
from mooring.core.state import State
from mooring.run import Run, Selection
from mooring_memory.state import Prompt
from tests.support import worlds
from tests.support.clones import copy, git


class World(worlds.World):
    """A world where the whole cycle runs."""

    def prompt(self, name: str, text: str, labels: str = "production") -> None:
        """Write a one-file text prompt."""
        body = "".join(f"  {line}\n" for line in text.splitlines())
        self.write(f"prompts/{name}.yaml", f"labels: [{labels}]\nprompt: |\n{body}")

    def commit_prompt(self, name: str, text: str, labels: str = "production") -> str:
        self.prompt(name, text, labels)
        return self.commit(f"write {name}")

    def run(self, revision: str = "HEAD") -> Run:
        return self.run_at(revision)

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

    def served(self, prompt: str = "greet", label: str = "production") -> str | None:
        """What an app gets that asks by label."""
        return self.serving(prompt, label)

    def edit(self, text: str, prompt: str = "greet", label: str = "production") -> Ref:
        """A person saves a new version in the UI and points the label at it."""
        return self.save(prompt, text, label)

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


@pytest.fixture
def build_in(empty_clone: Path, lone_clone: Path) -> Build:
    """Make many worlds, each in a folder that is given; `remote` gives the clone a bare remote."""

    def made(folder: Path, *, remote: bool = False, **capabilities: bool) -> World:
        clone = copy(empty_clone if remote else lone_clone, folder)
        return World(worlds.configured(clone), *worlds.empty(capabilities))

    return made


@pytest.fixture
def build(build_in: Build, tmp_path: Path) -> Build:
    """Make one world in the test's own folder."""
    return partial(build_in, tmp_path)


@pytest.fixture(scope="session")
def _made(lone_clone: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Prompt]]:
    """Make the usual world once: its clone as it was `committed` and `synced`, and what is on its platform then.

    A copy costs a tenth of the programs that make one.
    """
    folder = tmp_path_factory.mktemp("worlds")
    made = World(worlds.configured(copy(lone_clone, folder)), *worlds.empty({}))
    made.commit_prompt("greet", "Hello {{name}}")
    shutil.copytree(made.folder, folder / "committed")
    made.sync()
    shutil.copytree(made.folder, folder / "synced")
    return folder, worlds.held(made)


@pytest.fixture
def world(_made: tuple[Path, dict[str, Prompt]], tmp_path: Path) -> World:
    """A world whose Git holds one prompt that nobody synced yet."""
    shutil.copytree(_made[0] / "committed", tmp_path / "clone")
    return World(tmp_path / "clone", *worlds.empty({}))


@pytest.fixture
def synced(_made: tuple[Path, dict[str, Prompt]], tmp_path: Path) -> World:
    """The same world in sync."""
    folder, prompts = _made
    shutil.copytree(folder / "synced", tmp_path / "clone", dirs_exist_ok=True)
    made = World(tmp_path / "clone", *worlds.empty({}))
    made.holding(prompts)
    return made
