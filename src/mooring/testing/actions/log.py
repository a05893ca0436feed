"""What did a job print, what of it were commands to the runner, and what may nobody read?

The commands are those of "Workflow commands for GitHub Actions", and their older form `##[name]` that the runner still
takes, anywhere in a line.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

MASK = "***"
MOST_OF_A_LEVEL = 10
"""How many errors, warnings and notices of one step become annotations; GitHub keeps no more."""


class Level(StrEnum):
    """How grave an annotation is."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark that GitHub shows on a file, or on the run."""

    level: Level
    message: str
    properties: Mapping[str, str] = field(default_factory=dict[str, str])
    """`file`, `line`, `endLine`, `col`, `endColumn`, `title`, as they were given."""


@dataclass(frozen=True, slots=True)
class Command:
    """A line that speaks to the runner."""

    name: str
    properties: Mapping[str, str]
    data: str


_KNOWN = frozenset(
    {"add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice"}
    | {"remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning"}
)
_NEW = re.compile(r"\s*::(?P<name>[^ :]+)(?: (?P<properties>.*?))?::(?P<data>.*)", re.DOTALL)
_OLD = re.compile(r".*?##\[(?P<name>[^ \]]+)(?: (?P<properties>[^\]]*))?\](?P<data>.*)", re.DOTALL)
_DATA = {"%0D": "\r", "%0A": "\n"}
_PROPERTY = {**_DATA, "%3A": ":", "%2C": ","}
_OLDER = {"%3B": ";", **_DATA, "%5D": "]"}


def parse_command(line: str) -> Command | None:
    """Give the command that a line is, None where it is a line like any other."""
    for pattern, separator, unescaped in ((_NEW, ",", _PROPERTY), (_OLD, ";", _OLDER)):
        found = pattern.fullmatch(line)
        if found is None or found["name"] not in _KNOWN:
            continue
        pairs = (piece.partition("=") for piece in (found["properties"] or "").strip().split(separator))
        properties = {name: _plain(value, unescaped) for name, _, value in pairs if name and value}
        return Command(found["name"], properties, _plain(found["data"], _DATA if pattern is _NEW else _OLDER))
    return None


def _plain(written: str, escapes: Mapping[str, str]) -> str:
    for escape, character in escapes.items():
        written = written.replace(escape, character)
    return written.replace("%25", "%")


@dataclass(slots=True)
class Masks:
    """What nobody may read in the log of a job."""

    secrets: set[str] = field(default_factory=set[str])

    def add(self, secret: str) -> None:
        """Hide a text, and each line of it."""
        self.secrets.update(piece for piece in (secret, *secret.splitlines()) if piece.strip())

    def hide(self, written: str) -> str:
        """Give a text as it may be read."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            written = written.replace(secret, MASK)
        return written

    def hold(self, written: str) -> bool:
        """Tell whether a text holds one of the secrets."""
        return any(secret in written for secret in self.secrets)


@dataclass(slots=True)
class StepLog:
    """What one step printed: `raw` as it did, `shown` as the page of the run has it."""

    masks: Masks
    raw: list[str] = field(default_factory=list[str])
    shown: list[str] = field(default_factory=list[str])
    annotations: list[Annotation] = field(default_factory=list[Annotation])
    outputs: dict[str, str] = field(default_factory=dict[str, str])
    broken: list[str] = field(default_factory=list[str])
    """Commands that fail a step: those that GitHub took away because whoever prints could use them."""
    _stopped: str | None = None

    def printed(self, line: str) -> None:
        """Take a line of the step's own."""
        self.raw.append(line)
        if self._stopped is not None:
            command = parse_command(line)
            if (command is not None and command.name == self._stopped) or line.strip() == f"::{self._stopped}::":
                self._stopped = None
            self.say(line)
            return
        command = parse_command(line)
        if command is None:
            self.say(line)
        else:
            self._obey(command)

    def say(self, line: str) -> None:
        """Add a line of the runner's."""
        self.shown.append(self.masks.hide(line))

    def remark(self, level: Level, message: str, properties: Mapping[str, str] | None = None) -> None:
        """Add an annotation and its line."""
        self.say(f"##[{level}]{message}")
        if sum(one.level is level for one in self.annotations) < MOST_OF_A_LEVEL:
            self.annotations.append(Annotation(level, self.masks.hide(message), dict(properties or {})))

    def say_all(self, lines: Iterable[str]) -> None:
        """Add lines of the runner's."""
        for line in lines:
            self.say(line)

    def _obey(self, command: Command) -> None:
        match command.name:
            case "error" | "warning" | "notice":
                self.remark(Level(command.name), command.data, command.properties)
            case "add-mask":
                self.masks.add(command.data)
                self.say("::add-mask::***")
            case "stop-commands":
                self._stopped = command.data
                self.say(f"::stop-commands::{command.data}")
            case "set-output":
                self.outputs[command.properties.get("name", "")] = command.data
            case "set-env" | "add-path":
                self.broken.append(f"The `{command.name}` command is disabled. Please upgrade to Environment Files")
            case "group":
                self.say(f"##[group]{command.data}")
            case "endgroup":
                self.say("##[endgroup]")
            case _:
                pass
