"""What did a tree ask for when it was last looked at? A memory of assembled trees, which may be lost at any time."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from itertools import islice
from typing import Any

from mooring import __version__
from mooring.columns import pack, unpack
from mooring.core.address import Gap
from mooring.core.artifact import Json
from mooring.core.desired import Desired, DesiredPrompt, Problem, PromptFacts, Version
from mooring.formats import PARSER_VERSION
from mooring.memory_file import MemoryFile

ASSEMBLY_VERSION = 2
"""Raised whenever the same parsed files may give another Desired."""

_KINDS = (Desired, DesiredPrompt, Version, PromptFacts, Problem)
_SHAPE = ",".join(f"{kind.__name__}.{one.name}" for kind in _KINDS for one in fields(kind))
_VERSION = f"{__version__}/{PARSER_VERSION}/{ASSEMBLY_VERSION}/{_SHAPE}"
_KEPT = 4
_TABLE = (
    "CREATE TABLE IF NOT EXISTS assembled (version TEXT, tree TEXT, prefix TEXT, digest TEXT, value TEXT, "
    "PRIMARY KEY (version, tree, prefix))"
)
_LATEST = f"SELECT rowid FROM assembled WHERE version = ? ORDER BY rowid DESC LIMIT {_KEPT}"  # noqa: S608


class AssembledTrees:
    """Remembers a few trees by their exact inputs: Git's id of the prompts folder and what stands before its paths."""

    def __init__(self, memory: MemoryFile) -> None:
        self._memory = memory

    def recall(self, tree: str, prefix: str) -> Desired | None:
        """Give what was assembled of a prompts folder, with no commit and `tree` as it is given here."""

        def ask(memory: sqlite3.Connection) -> tuple[str, str] | None:
            query = "SELECT digest, value FROM assembled WHERE version = ? AND tree = ? AND prefix = ?"
            found: tuple[str, str] | None = memory.execute(query, (_VERSION, tree, json.dumps(prefix))).fetchone()
            return found

        found = self._memory.recall(ask)
        if found is None or found[0] != _digest(tree, prefix, found[1]):
            return None
        return replace(from_json(json.loads(found[1])), tree=tree)

    def remember(self, desired: Desired, prefix: str) -> None:
        """Keep what was assembled; `desired.tree` is the id of the prompts folder."""
        value = json.dumps(to_json(desired), separators=(",", ":"))
        row = (_VERSION, desired.tree, json.dumps(prefix), _digest(desired.tree, prefix, value), value)

        def write(memory: sqlite3.Connection) -> None:
            memory.execute("INSERT OR REPLACE INTO assembled VALUES (?, ?, ?, ?, ?)", row)
            memory.execute(f"DELETE FROM assembled WHERE rowid NOT IN ({_LATEST})", (_VERSION,))  # noqa: S608

        self._memory.remember(_TABLE, write=write)


def to_json(desired: Desired) -> Json:
    """Give a Desired but for its commit and tree, field by field in columns: that reads back fastest.

    A prompt's name and a version's key are what the mappings that hold them say.
    """
    prompts = list(desired.prompts.values())
    facts = {prompt.facts: None for prompt in prompts}
    places = {fact: place for place, fact in enumerate(facts)}
    return {
        "names_known": desired.names_known,
        "problems": _columns(Problem, desired.problems),
        "facts": _columns(PromptFacts, facts),
        "versions": _columns(Version, [version for prompt in prompts for version in prompt.versions.values()]),
        "prompts": {
            **_columns(DesiredPrompt, prompts, besides=_JOINED),
            "versions": [len(prompt.versions) for prompt in prompts],
            "facts": [places[prompt.facts] for prompt in prompts],
        },
    }


def from_json(doc: Any) -> Desired:  # noqa: ANN401 - a digest vouches for it
    """Read what `to_json` gave, and only that: a text whose digest holds."""
    versions = map(Version, *_rows(Version, doc["versions"]))
    facts = tuple(map(PromptFacts, *_rows(PromptFacts, doc["facts"])))
    columns = dict(doc["prompts"])
    columns["versions"] = [{one.key: one for one in islice(versions, count)} for count in columns["versions"]]
    columns["facts"] = [facts[place] for place in columns["facts"]]
    rows = _rows(DesiredPrompt, columns, besides=_JOINED)
    problems = tuple(map(Problem, *_rows(Problem, doc["problems"])))
    return Desired(None, "", {one.name: one for one in map(DesiredPrompt, *rows)}, problems, doc["names_known"])


_JOINED = frozenset({"versions", "facts"})
"""Fields of a prompt that are kept in tables of their own."""


def _columns(kind: type[Any], rows: Iterable[object], besides: frozenset[str] = frozenset()) -> dict[str, Json]:
    names = [one.name for one in fields(kind) if one.name not in besides]
    listed = list(rows)
    return {name: pack(_plain(getattr(row, name)) for row in listed) for name in names}


def _rows(kind: type[Any], columns: Mapping[str, Any], besides: frozenset[str] = frozenset()) -> list[Sequence[Any]]:
    """Give the columns in the order in which the dataclass takes its fields; those `besides` are as they must be."""
    names = [one.name for one in fields(kind)]
    return [columns[name] if name in besides else unpack(columns[name], _back) for name in names]


def _plain(value: object) -> Json:
    """Give a field's value as JSON that `_back` tells apart: a Gap is a text too, and a list is no tuple."""
    match value:
        case Gap():
            return {"gap": value.value}
        case None | bool() | int() | str():
            return value
        case tuple():
            return [_plain(item) for item in value]
        case Mapping():
            return {"of": {key: _plain(item) for key, item in value.items()}}
        case _:
            raise TypeError(f"a {type(value).__name__} cannot be remembered")


def _back(value: Any) -> Any:  # noqa: ANN401 - whatever the field takes
    if value.__class__ is str:
        return value
    if isinstance(value, list):
        return tuple(_back(item) for item in value)
    if not isinstance(value, dict):
        return value
    return Gap(value["gap"]) if "gap" in value else {key: _back(item) for key, item in value["of"].items()}


def _digest(tree: str, prefix: str, value: str) -> str:
    told = f"{_VERSION}\0{tree}\0{prefix}\0{value}"
    return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
