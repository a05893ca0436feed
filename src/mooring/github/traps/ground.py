"""What is known before anything is judged: workflows, what they have Mooring do, mooring.yaml, and settings."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from mooring.core.check import Check
from mooring.github.traps.documents import Workflow
from mooring.github.traps.settings import Settings
from mooring.github.traps.usage import Use

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Yaml:
    """What mooring.yaml says that GitHub must fit to. Paths are from the root of the repository.

    `branch` is the one that is true, None where it is not known. `files` are paths that a change to prompts touches,
    mooring.yaml first. `pushes_ledger`: the ledger is not a file. `opens_issues`: alerts become issues.
    """

    branch: str | None
    files: tuple[str, ...]
    pushes_ledger: bool = True
    opens_issues: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """All that is known; `uses` are those of all workflows."""

    workflows: tuple[Workflow, ...]
    uses: tuple[Use, ...]
    yaml: Yaml
    settings: Settings


Judge: TypeAlias = Callable[[Ground], Iterator[Check]]


def by_file(uses: Iterable[Use]) -> Iterator[tuple[Workflow, Sequence[Use]]]:
    """Give what is to be said once of each file; uses come file by file."""
    for _, found in groupby(uses, key=lambda use: use.workflow.path):
        several = tuple(found)
        yield several[0].workflow, several


def place(uses: Iterable[Use]) -> str:
    """Name the jobs of one file: `.github/workflows/x.yml, jobs sync and drift`."""
    several = tuple(uses)
    return named(several[0].workflow.path, (use.job.id for use in several))


def named(path: str, jobs: Iterable[str]) -> str:
    """Name jobs of a file."""
    once = tuple(dict.fromkeys(jobs))
    return f"{path}, {'job' if len(once) == 1 else 'jobs'} {listed(once)}"


def listed(words: Iterable[str]) -> str:
    """Write `a, b and c`; of many only the first ones are named."""
    several = list(words)
    if len(several) > _NAMED + 1:
        several = [*several[:_NAMED], f"{len(several) - _NAMED} more"]
    return " and ".join([", ".join(several[:-1]), several[-1]] if len(several) > 1 else several)
