"""What did a step write into its environment files?

The forms are those of "Workflow commands for GitHub Actions", section Environment files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mooring.testing.actions.invalid import StepFailed

NAMES = ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY", "GITHUB_STATE")
SUMMARY_CAP = 1024 * 1024
"""The bytes that one step's summary may have; a longer one is not shown at all."""


@dataclass(frozen=True, slots=True)
class CommandFiles:
    """The files of one step."""

    folder: Path

    def prepare(self) -> dict[str, str]:
        """Make them, empty, and give the variables that lead to them."""
        self.folder.mkdir(parents=True)
        for name in NAMES:
            self._path(name).touch()
        return {name: str(self._path(name)) for name in NAMES}

    def pairs(self, name: str) -> Mapping[str, str]:
        """Give what GITHUB_ENV, GITHUB_OUTPUT or GITHUB_STATE holds; raises StepFailed."""
        return parse_pairs(self.text(name), name)

    def paths(self) -> list[str]:
        """Give the lines of GITHUB_PATH, in order."""
        return [line for line in self.text("GITHUB_PATH").splitlines() if line]

    def text(self, name: str) -> str:
        """Give all of a file; one that the step took away is empty."""
        path = self._path(name)
        return path.read_bytes().decode("utf-8", "replace") if path.exists() else ""

    def _path(self, name: str) -> Path:
        return self.folder / name.lower()


def parse_pairs(written: str, name: str) -> dict[str, str]:
    """Read `name=value` and `name<<DELIMITER` with the lines up to the delimiter; raises StepFailed."""
    found: dict[str, str] = {}
    lines = iter(written.removesuffix("\n").split("\n") if written else ())
    for line in lines:
        if not line:
            continue
        before, mark, after = _cut(line)
        if mark == "":
            raise StepFailed(f"Unable to process file command '{name}' successfully. Invalid format '{line}'")
        if mark == "=":
            if not before:
                raise StepFailed(f"Invalid format '{line}'. Name must not be empty")
            found[before] = after
            continue
        if not before or not after:
            raise StepFailed(f"Invalid format '{line}'. Name must not be empty and delimiter must not be empty")
        value: list[str] = []
        for inner in lines:
            if inner == after:
                break
            value.append(inner)
        else:
            raise StepFailed(f"Invalid value. Matching delimiter not found '{after}'")
        found[before] = "\n".join(value)
    return found


def _cut(line: str) -> tuple[str, str, str]:
    """Cut at the first `=` or `<<`, whichever comes first."""
    equals, heredoc = line.find("="), line.find("<<")
    mark = "=" if equals >= 0 and (heredoc < 0 or equals < heredoc) else "<<"
    return line.partition(mark)
