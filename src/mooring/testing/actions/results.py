"""How did a run end, and what did it leave?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from mooring.testing.actions.log import Annotation


class Conclusion(StrEnum):
    """How a step, a job or a run ended, in GitHub's words."""

    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Group:
    """A concurrency group, as it was evaluated."""

    name: str
    cancels: bool
    """`cancel-in-progress`: a new run ends the one that runs."""


@dataclass(frozen=True, slots=True)
class StepReport:
    """One step. `outcome` is before `continue-on-error`, `conclusion` after it.

    `log` is what people can read; `raw` is what the step itself printed, with nothing hidden. `steps` are those of a
    composite action, whose logs are part of this one's.
    """

    name: str
    id: str
    outcome: Conclusion
    conclusion: Conclusion
    exit_code: int | None = None
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    log: str = ""
    raw: str = ""
    summary: str = ""
    annotations: tuple[Annotation, ...] = ()
    steps: tuple["StepReport", ...] = ()

    def all(self) -> Iterator["StepReport"]:
        """Give the step and those within it."""
        yield self
        for step in self.steps:
            yield from step.all()


@dataclass(frozen=True, slots=True)
class JobReport:
    """One job."""

    name: str
    conclusion: Conclusion
    steps: tuple[StepReport, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    permissions: Mapping[str, str] = field(default_factory=dict[str, str])
    """What its token might do."""
    token: str = field(default="", repr=False)
    concurrency: Group | None = None
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """The workflow's and the job's `env`, with what steps wrote into GITHUB_ENV."""
    paths: tuple[str, ...] = ()
    """What steps wrote into GITHUB_PATH, what is found first in front."""

    def step(self, name: str) -> StepReport:
        """Give a step by its id or its name, those of composite actions too; raises KeyError."""
        for step in (inner for one in self.steps for inner in one.all()):
            if name in (step.id, step.name):
                return step
        raise KeyError(name)

    @property
    def log(self) -> str:
        """Give the log as it may be read."""
        return "".join(step.log for step in self.steps)

    @property
    def raw(self) -> str:
        """Give all that the steps printed, with nothing hidden."""
        return "".join(step.raw for step in self.steps)

    @property
    def summary(self) -> str:
        """Give the job's summary."""
        return "\n".join(step.summary for step in self.steps if step.summary)

    @property
    def annotations(self) -> tuple[Annotation, ...]:
        """Give the annotations."""
        return tuple(one for step in self.steps for one in step.annotations)


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run of a workflow. Where it was not `started`, `why` says why."""

    started: bool
    why: str = ""
    conclusion: Conclusion = Conclusion.SKIPPED
    jobs: Mapping[str, JobReport] = field(default_factory=dict[str, JobReport])
    """By the job's id; a row of a matrix is `id (value, value)`."""
    concurrency: Group | None = None
    artifacts: Mapping[str, Path] = field(default_factory=dict[str, Path])
    """The folder of each artifact that was uploaded."""

    def step(self, name: str) -> StepReport:
        """Give a step of any job by its id or its name; raises KeyError."""
        for job in self.jobs.values():
            try:
                return job.step(name)
            except KeyError:
                continue
        raise KeyError(name)

    @property
    def log(self) -> str:
        """Give the log as it may be read."""
        return "".join(job.log for job in self.jobs.values())

    @property
    def raw(self) -> str:
        """Give all that the steps printed, with nothing hidden."""
        return "".join(job.raw for job in self.jobs.values())

    @property
    def summary(self) -> str:
        """Give the summaries of all jobs."""
        return "\n".join(job.summary for job in self.jobs.values() if job.summary)

    @property
    def annotations(self) -> tuple[Annotation, ...]:
        """Give the annotations of all jobs."""
        return tuple(one for job in self.jobs.values() for one in job.annotations)
