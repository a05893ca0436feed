"""What does a workflow file of GitHub Actions say, as far as Mooring's jobs meet it?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

FOLDER = ".github/workflows"
"""Where GitHub looks for workflows: at the root of the repository alone."""

Patterns: TypeAlias = tuple[str, ...] | None
"""A filter of a trigger, None where it is not there."""

Permissions: TypeAlias = Mapping[str, str]
"""Levels (`read`, `write`, `none`) by scope, EVERY for all. A scope that is not named has none."""

EVERY = "*"


@dataclass(frozen=True, slots=True)
class Trigger:
    """What narrows an event of `on:`."""

    branches: Patterns = None
    branches_ignore: Patterns = None
    tags: Patterns = None
    paths: Patterns = None
    paths_ignore: Patterns = None


@dataclass(frozen=True, slots=True)
class Concurrency:
    """The queue of a workflow or a job; `cancels` is the text of `cancel-in-progress`, empty where it is not there."""

    group: str
    cancels: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `inputs` are those of `with:`; texts are as the file has them, expressions included."""

    uses: str = ""
    run: str = ""
    condition: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict[str, str])
    env: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `permissions` and `concurrency` are None where the job states none of its own."""

    id: str
    name: str = ""
    condition: str = ""
    permissions: Permissions | None = None
    concurrency: Concurrency | None = None
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Workflow:
    """One file; `path` is from the root of the repository."""

    path: str
    triggers: Mapping[str, Trigger]
    jobs: tuple[Job, ...]
    permissions: Permissions | None = None
    concurrency: Concurrency | None = None
    env: Mapping[str, str] = field(default_factory=dict[str, str])

    def permissions_of(self, job: Job) -> Permissions | None:
        """Give what counts for a job, None where neither states any: then the repository's default does."""
        return self.permissions if job.permissions is None else job.permissions

    def queues_of(self, job: Job) -> tuple[Concurrency, ...]:
        """Give the queues that a job stands in."""
        return tuple(queue for queue in (self.concurrency, job.concurrency) if queue is not None)
