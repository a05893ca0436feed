"""What does one job's machine hold while the job runs?"""

import json
import os
import platform
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from mooring.testing.actions.command_files import CommandFiles
from mooring.testing.actions.contexts import default_variables
from mooring.testing.actions.evaluation import CaseSensitive
from mooring.testing.actions.events import Event
from mooring.testing.actions.log import Masks
from mooring.testing.actions.processes import Cancellation
from mooring.testing.actions.results import Conclusion
from mooring.testing.actions.site import Site, StepResult
from mooring.testing.actions.values import Value, text

_ARCHITECTURES = {"x86_64": "X64", "amd64": "X64", "aarch64": "ARM64", "arm64": "ARM64"}


_BUSY: set[Path] = set()
_LOCK = threading.Lock()


@contextmanager
def emptied(site: Path) -> Iterator["Folders"]:
    """Give the folders of a job: the first machine's that no other job has just now, with nothing left in it.

    So jobs that run one after another have the same paths, as on GitHub's machines, and a virtual environment out of a
    cache works. What a job left is there until the next one starts.
    """
    with _LOCK:
        root = next(root for number in count() if (root := site / "machines" / str(number)) not in _BUSY)
        _BUSY.add(root)
    try:
        if root.exists():
            shutil.rmtree(root)
        yield Folders(root)
    finally:
        with _LOCK:
            _BUSY.remove(root)


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of one job."""

    root: Path

    @property
    def workspace(self) -> Path:
        """Give where the repository is checked out."""
        return self.root / "workspace"

    @property
    def temp(self) -> Path:
        """Give the folder that is emptied for every job."""
        return self.root / "temp"

    @property
    def home(self) -> Path:
        """Give the home of the user that runs the job."""
        return self.root / "home"

    @property
    def event(self) -> Path:
        """Give the file that holds the event's payload."""
        return self.temp / "_github_workflow" / "event.json"

    def prepare(self, event: Event) -> None:
        """Make them, and write the event."""
        for folder in (self.workspace, self.home, self.event.parent):
            folder.mkdir(parents=True)
        self.event.write_text(json.dumps(event.payload, indent=2), encoding="utf-8")


@dataclass(slots=True)
class Machine:
    """One job's machine: folders, environment, and how the job stands."""

    site: Site
    event: Event
    folders: Folders
    token: str
    artifacts: Path
    cancellation: Cancellation
    contexts: dict[str, Value]
    """`github`, `needs`, `matrix`, `vars`, `secrets`, `inputs`: what does not change from step to step."""
    defaults: Mapping[str, str] = field(default_factory=dict[str, str])
    """`shell` and `working-directory` of `defaults.run`."""
    masks: Masks = field(default_factory=Masks)
    environment: dict[str, str] = field(default_factory=dict[str, str])
    paths: list[str] = field(default_factory=list[str])
    """What was put in front of PATH, the newest first."""
    status: Conclusion = Conclusion.SUCCESS
    posts: list[tuple[str, Callable[[Conclusion], StepResult]]] = field(
        default_factory=list[tuple[str, Callable[[Conclusion], StepResult]]]
    )
    orphans: list[int] = field(default_factory=list[int])
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def new_files(self) -> CommandFiles:
        """Give the environment files of another step."""
        return CommandFiles(self.folders.temp / "_runner_file_commands" / str(next(self.numbers)))

    def variables(self, env: Mapping[str, str], action: Path | None) -> dict[str, str]:
        """Give all variables of a step: the machine's, `env`, and GitHub's own, which nobody overrides."""
        own = {
            "HOME": str(self.folders.home),
            "LANG": "C.UTF-8",
            "PATH": os.environ.get("PATH", os.defpath),
            "USER": "runner",
            **self.site.image,
        }
        told = default_variables(self.github(action))
        runner = {f"RUNNER_{name.upper()}": text(value) for name, value in self.runner().items()}
        whole = {**own, **env, **told, **runner}
        whole["PATH"] = os.pathsep.join([*self.paths, whole["PATH"]])
        return whole

    def github(self, action: Path | None) -> dict[str, Value]:
        """Give the `github` context of a step."""
        shared = self.contexts["github"]
        known: dict[str, Value] = dict(shared) if isinstance(shared, Mapping) else {}
        return known if action is None else {**known, "action_path": str(action)}

    def runner(self) -> dict[str, Value]:
        """Give the `runner` context."""
        system = {"Darwin": "macOS"}.get(platform.system(), platform.system())
        return {
            "arch": _ARCHITECTURES.get(platform.machine().lower(), "X64"),
            "environment": "github-hosted",
            "name": "Hosted Agent",
            "os": system,
            "temp": str(self.folders.temp),
            "tool_cache": str(self.folders.root / "tools"),
        }

    def step_contexts(self, env: Mapping[str, str], action: Path | None) -> dict[str, Value]:
        """Give the contexts of a step, all but `steps` and a composite action's `inputs`."""
        return {
            **self.contexts,
            "github": self.github(action),
            "runner": self.runner(),
            "job": {"status": self.status.value},
            "env": CaseSensitive(env),
        }

    def prepend(self, folder: str) -> None:
        """Put a folder in front of PATH."""
        if folder in self.paths:
            self.paths.remove(folder)
        self.paths.insert(0, folder)
