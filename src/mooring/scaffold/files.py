"""Which files are written, and never over others?"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mooring.formats.next_version import quoted, starter
from mooring.scaffold.answers import Answers, Place
from mooring.scaffold.ci import Ci
from mooring.scaffold.config import config_text
from mooring.scaffold.github import workflow_path, workflow_text
from mooring.scaffold.gitlab import gitlab_path, gitlab_text

_EXAMPLE = "hello"


@dataclass(frozen=True, slots=True)
class Written:
    """Paths from the root: what was written, and what was there already and is as it was."""

    new: tuple[str, ...]
    kept: tuple[str, ...]


def scaffold(answers: Answers, place: Place) -> Mapping[str, str]:
    """Give the files of a beginning by their path from the root."""
    files = {f"{place.prefix}mooring.yaml": config_text(answers, place.ci)}
    if not place.has_prompts and not place.serves:
        files |= {
            f"{place.prefix}prompts/{_EXAMPLE}/v1.yaml": starter(_EXAMPLE),
            f"{place.prefix}prompts/registry.yaml": _registry(answers),
        }
    return {**files, **_jobs(answers, place)}


def write_missing(root: Path, files: Mapping[str, str]) -> Written:
    """Write the files that are not there yet; raises OSError."""
    new: list[str] = []
    for path, text in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            with place.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
        except FileExistsError:
            continue
        new.append(path)
    return Written(tuple(new), tuple(path for path in files if path not in new))


def _registry(answers: Answers) -> str:
    lines = "".join(f"  {quoted(label)}: v1\n" for label in answers.labels)
    return f"# Which version does each label serve?\n{_EXAMPLE}:\n{lines}"


def _jobs(answers: Answers, place: Place) -> Mapping[str, str]:
    match place.ci:
        case Ci.GITHUB:
            return {workflow_path(answers, place): workflow_text(answers, place)}
        case Ci.GITLAB:
            return {gitlab_path(answers, place): gitlab_text(answers, place)}
        case Ci.OTHER:
            return {}
