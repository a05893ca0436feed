"""What must be remembered of one prompt file, whatever its path, so that it is parsed once per Git blob?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mooring.core.address import ContentHash
from mooring.core.artifact import Json
from mooring.core.desired import Problem, PromptFacts

PARSER_VERSION = 2
"""Raised whenever the same bytes may give another ParsedFile: part of the key of every cache of them."""


class Role(StrEnum):
    """What a file is to its prompt; its path alone decides."""

    VERSION_YAML = "version-yaml"
    """`NAME/v2.yaml`: one version."""
    VERSION_TEXT = "version-text"
    """`NAME/v1.0.0.txt`: one version of a text prompt."""
    PROMPT_YAML = "prompt-yaml"
    """`NAME/prompt.yaml`: name, labels and facts, no content."""
    ONE_FILE = "one-file"
    """`NAME.yaml`: a prompt with its only version, labels and facts."""
    REGISTRY = "registry"
    """`registry.yaml`: prompt to label to key."""
    STRAY = "stray"
    """A YAML file where none may be: an error, and its prompt, if it was meant as one, is not absent."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """A mistake inside a file whose path is not known yet; see Problem."""

    line: int | None
    message: str
    fix: str

    def at(self, path: str) -> Problem:
        """Give the problem that this is in the file at `path`."""
        return Problem(path, self.line, self.message, self.fix)


@dataclass(frozen=True, slots=True)
class Stated:
    """A text as a file states it, and its line."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One prompt of registry.yaml: its line, and its labels with the key that each points at."""

    line: int
    labels: Mapping[str, Stated]


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file's part in the whole, without its body. A file with flaws is invalid; the rest is what could be read.

    `hash` stands for the content of a version or one-file prompt that is valid, `composed` tells of its body what
    Version.composed does. `name_known` is False where the file could not be read so far that a declared name can be
    ruled out. `labels` are those of the file's own prompt, `registry` those of registry.yaml.
    """

    role: Role
    flaws: tuple[Flaw, ...] = ()
    hash: ContentHash | None = None
    composed: bool = False
    name: Stated | None = None
    name_known: bool = True
    version: Stated | None = None
    labels: Mapping[str, Stated] = field(default_factory=dict[str, Stated])
    registry: Mapping[str, Entry] = field(default_factory=dict[str, Entry])
    facts: PromptFacts = PromptFacts()

    def to_json(self) -> Json:
        """Give a plain JSON object that `from_json` reads back; defaults are left out."""
        doc: dict[str, Json] = {"role": self.role.value}
        if self.flaws:
            doc["flaws"] = [[flaw.line, flaw.message, flaw.fix] for flaw in self.flaws]
        if self.hash is not None:
            doc["hash"] = self.hash
        if self.composed:
            doc["composed"] = True
        if self.name is not None:
            doc["name"] = [self.name.text, self.name.line]
        if not self.name_known:
            doc["name_known"] = False
        if self.version is not None:
            doc["version"] = [self.version.text, self.version.line]
        if self.labels:
            doc["labels"] = _labels_json(self.labels)
        if self.registry:
            doc["registry"] = {
                prompt: [entry.line, _labels_json(entry.labels)] for prompt, entry in self.registry.items()
            }
        if self.facts != PromptFacts():
            facts = self.facts
            doc["facts"] = [facts.description, _listed(facts.tags), list(facts.owners), _listed(facts.variables)]
        return doc

    @staticmethod
    def from_json(doc: Json) -> "ParsedFile":
        """Read what `to_json` gave; raises ValueError for anything else."""
        try:
            return _read(doc)
        except (AttributeError, KeyError, TypeError, IndexError) as error:
            raise ValueError(f"not a parsed prompt file: {error}") from error


def _labels_json(labels: Mapping[str, Stated]) -> dict[str, Json]:
    return {label: [key.text, key.line] for label, key in labels.items()}


def _listed(texts: tuple[str, ...] | None) -> Json:
    return None if texts is None else list(texts)


def _read(doc: Json) -> ParsedFile:
    fields = _mapping(doc)
    return ParsedFile(
        role=Role(_text(fields["role"])),
        flaws=tuple(_flaw(flaw) for flaw in _items(fields["flaws"])) if "flaws" in fields else (),
        hash=ContentHash(_text(fields["hash"])) if "hash" in fields else None,
        composed="composed" in fields,
        name=_stated(fields["name"]) if "name" in fields else None,
        name_known="name_known" not in fields,
        version=_stated(fields["version"]) if "version" in fields else None,
        labels=_labels(fields["labels"]) if "labels" in fields else {},
        registry={prompt: _entry(entry) for prompt, entry in _mapping(fields.get("registry", {})).items()},
        facts=_facts(fields["facts"]) if "facts" in fields else PromptFacts(),
    )


def _facts(value: Json) -> PromptFacts:
    description, tags, owners, variables = _items(value, 4)
    return PromptFacts(
        description=None if description is None else _text(description),
        tags=None if tags is None else _texts(tags),
        owners=_texts(owners),
        variables=None if variables is None else _texts(variables),
    )


def _flaw(value: Json) -> Flaw:
    line, message, fix = _items(value, 3)
    return Flaw(None if line is None else _line(line), _text(message), _text(fix))


def _stated(value: Json) -> Stated:
    text, line = _items(value, 2)
    return Stated(_text(text), _line(line))


def _entry(value: Json) -> Entry:
    line, labels = _items(value, 2)
    return Entry(_line(line), _labels(labels))


def _labels(value: Json) -> dict[str, Stated]:
    return {label: _stated(key) for label, key in _mapping(value).items()}


def _mapping(value: Json) -> Mapping[str, Json]:
    if not isinstance(value, Mapping):
        raise TypeError("an object is missing")
    return value


def _items(value: Json, count: int | None = None) -> list[Json]:
    if not isinstance(value, list) or (count is not None and len(value) != count):
        raise TypeError("a list is missing or has another length")
    return value


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(_text(item) for item in _items(value))


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is missing")
    return value


def _line(value: Json) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("a line is missing")
    return value
