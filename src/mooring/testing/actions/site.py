"""Where does a workflow run: on which host, with which settings, and with what standing in for foreign actions?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from mooring.testing.actions.events import Event
from mooring.testing.actions.results import Conclusion
from mooring.testing.github.rows import Right
from mooring.testing.github.serve import Served
from mooring.testing.github.smart_http import Contents

RESTRICTED: Mapping[str, str] = {"contents": "read", "packages": "read"}
"""What a job may do without `permissions`, in repositories made since February 2023."""
PERMISSIVE: Mapping[str, str] = dict.fromkeys(
    ("actions", "checks", "contents", "deployments", "issues", "packages", "pull-requests", "statuses"), "write"
)
"""The same, in older repositories and where the setting says "read and write"."""

_RIGHTS: Mapping[str, tuple[Right, ...]] = {
    "issues": (Right.ISSUES, Right.LABELS),
    "pull-requests": (Right.PULLS,),
    "statuses": (Right.STATUSES,),
}


@dataclass(frozen=True, slots=True)
class StepContext:
    """What a stand-in for an action is told."""

    inputs: Mapping[str, str]
    environment: Mapping[str, str]
    workspace: Path
    home: Path
    temp: Path
    token: str
    event: Event
    site: "Site"
    artifacts: Path
    """Where the run's artifacts are kept, a folder for each."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a stand-in for an action did. `error` None says that it went well."""

    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    paths: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    masks: tuple[str, ...] = ()
    error: str | None = None
    post: "Callable[[Conclusion], StepResult] | None" = None
    """What is done at the end of the job, told how the job stands."""


StandIn: TypeAlias = Callable[[StepContext], StepResult]


@dataclass(frozen=True, slots=True)
class Site:
    """A repository on the fake GitHub with its settings, and the machines that run its jobs.

    `actions` says what `uses: name@version` is, by the name alone: a folder with an action.yml, or a stand-in.
    """

    github: Served
    folder: Path
    """Where runs keep their files. Caches and artifacts stay; a job's own folders are emptied for the next job."""
    actions: Mapping[str, Path | StandIn] = field(default_factory=dict[str, Path | StandIn])
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    environments: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """The secrets of the repository's environments, such as `production`."""
    default_permissions: Mapping[str, str] = field(default_factory=lambda: RESTRICTED)
    image: Mapping[str, str] = field(default_factory=dict[str, str])
    """Variables that the machine itself has."""
    workflow_path: str = ".github/workflows/test.yml"
    """Where in the repository a workflow stands that is given as a text."""

    @property
    def cache(self) -> Path:
        """Give where caches are kept."""
        return self.folder / "cache"


def effective(permissions: Mapping[str, str], event: Event) -> dict[str, str]:
    """Give what a job's token may do: reading alone, where the event comes from a fork or from Dependabot."""
    if not is_restricted(event):
        return dict(permissions)
    return {name: "read" if level == "write" else level for name, level in permissions.items()}


def is_restricted(event: Event) -> bool:
    """Tell whether an event gets no secrets ("Events that trigger workflows", on workflows in forked repositories)."""
    by_dependabot = event.actor == "dependabot[bot]" and event.name in {"push", "pull_request"}
    return (event.from_fork and event.name != "pull_request_target") or by_dependabot


def rights(permissions: Mapping[str, str]) -> frozenset[Right]:
    """Give the rights on the fake GitHub that a job's permissions come to."""
    return frozenset(right for name, found in _RIGHTS.items() if permissions.get(name) == "write" for right in found)


def contents(permissions: Mapping[str, str]) -> Contents:
    """Give what git may do with a job's token."""
    return Contents(permissions.get("contents", "none"))
