"""Which prompts does a prompt refer to, and what does it read with them put in? (08)"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from mooring.core.artifact import Json
from mooring.testing.langfuse import javascript
from mooring.testing.langfuse.validation import bad_request, broken

DEEPEST = 5

_TAG = re.compile("@@@langfusePrompt:([^\n\r\u2028\u2029]*?)@@@")


@dataclass(frozen=True, slots=True)
class Dependency:
    """A reference to a label or a version of a prompt; one of the two is None."""

    name: str
    label: str | None = None
    version: int | None = None

    def __str__(self) -> str:
        """Name it as the server's complaints do."""
        kind = f"label {self.label}" if self.version is None else f"version {self.version}"
        return f"{self.name} - {kind}"


class Version(Protocol):
    """What composing needs to know of a version."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def labels(self) -> Sequence[str]: ...
    @property
    def prompt_json(self) -> str:
        """The text or the messages, as JSON."""
        ...


Find: TypeAlias = Callable[[Dependency], Version | None]
DependenciesOf: TypeAlias = Callable[[Version], Sequence[Dependency]]


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a version reads with its references put in; `graph` is None where it has none."""

    prompt_json: str
    graph: Json


def dependencies(prompt_json: str) -> tuple[Dependency, ...]:
    """Read the references in a prompt's JSON, each once. Every other shape is text, silently."""
    found = (_dependency(inner) for inner in dict.fromkeys(_TAG.findall(prompt_json)))
    return tuple(each for each in found if each is not None)


def resolve(root: Version, find: Find, dependencies_of: DependenciesOf) -> Resolved:
    """Put the references in; raise Refused where one is missing, is a chat, goes in a circle or lies too deep."""
    walk = _Walk(root, find, dependencies_of)
    prompt_json = walk.resolve(root, 0)
    if not walk.graph:
        return Resolved(prompt_json, None)
    top: Mapping[str, Json] = {"name": root.name, "version": root.version, "id": root.id}
    return Resolved(prompt_json, {"root": top, "dependencies": walk.graph})


@dataclass(slots=True)
class _Walk:
    root: Version
    find: Find
    dependencies_of: DependenciesOf
    graph: dict[str, list[Json]] = field(default_factory=dict[str, list[Json]])
    above: set[str] = field(default_factory=set[str])

    def resolve(self, current: Version, level: int) -> str:
        if level >= DEEPEST:
            raise bad_request(f"Maximum nesting depth exceeded ({DEEPEST})")
        if current.id in self.above or (current.name == self.root.name and current.id != self.root.id):
            raise bad_request(
                f"Circular dependency detected involving prompt '{current.name}' version {current.version}"
            )
        self.above.add(current.id)
        prompt_json = current.prompt_json
        wanted = self.dependencies_of(current)
        if wanted:
            self.graph[current.id] = []
        for dependency in wanted:
            child = self._child(dependency)
            self.graph[current.id].append({"id": child.id, "name": child.name, "version": child.version})
            inner = self.resolve(child, level + 1)[1:-1]
            prompt_json = inner.join(_references(child).split(prompt_json))
        self.above.discard(current.id)
        return prompt_json

    def _child(self, dependency: Dependency) -> Version:
        child = self.find(dependency)
        if child is None:
            raise bad_request(f"Prompt dependency not found: {dependency}")
        if child.type != "text":
            raise bad_request(f"Prompt dependency is not a text prompt: {dependency}")
        return child


def _references(child: Version) -> re.Pattern[str]:
    """Every way to refer to a version. A name with a quote is escaped in JSON, so that none finds it."""
    ways = [f"version={child.version}", *(f"label={label}" for label in child.labels)]
    tags = (f"@@@langfusePrompt:name={child.name}|{way}@@@" for way in ways)
    return re.compile("|".join(re.escape(tag) for tag in tags))


def _dependency(inner: str) -> Dependency | None:
    parts = [part.split("=") for part in inner.split("|")]
    if len(parts) != 2 or any(len(part) < 2 for part in parts):
        return None
    (first, name, *_), (second, value, *_) = parts
    if first != "name" or not name:
        return None
    if second == "label":
        return Dependency(name, label=value)
    number = javascript.number(value)
    if second != "version" or not math.isfinite(number):
        return None
    if not number.is_integer() or abs(number) > 2**31 - 1:
        raise broken()
    return Dependency(name, version=int(number))
