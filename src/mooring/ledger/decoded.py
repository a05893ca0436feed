"""What did a commit of the ledger hold when it was last read? A memory of what was decoded, which may be lost."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import islice
from typing import Any

from mooring import __version__
from mooring.columns import pack, same, unpack
from mooring.core.address import ContentHash
from mooring.core.memory import Base, Decision, Indexed, Memory, Move, PromptMemory, Suspension
from mooring.core.record import RecordKind
from mooring.ledger.codec import SCHEMA, Owner, side
from mooring.memory_file import MemoryFile, opened, sealed

_KINDS = (Memory, PromptMemory, Base, Indexed, Decision, Move, Suspension)
_SHAPE = ",".join(f"{kind.__name__}.{one.name}" for kind in _KINDS for one in fields(kind))
_VERSION = f"{__version__}/{SCHEMA}/{_SHAPE}"
_KEPT = 2
_TABLE = (
    "CREATE TABLE IF NOT EXISTS ledgers (version TEXT, owner TEXT, commit_id TEXT, value TEXT, "
    "PRIMARY KEY (version, owner, commit_id))"
)
_LATEST = f"SELECT rowid FROM ledgers WHERE version = ? AND owner = ? ORDER BY rowid DESC LIMIT {_KEPT}"  # noqa: S608
_LABELLED = ("label", *(one.name for one in fields(Base)))
_HASHED = ("digest", *(one.name for one in fields(Indexed)))


class DecodedCommits:
    """Remembers the last few commits of one target's ledger by their ids: what a commit holds never changes."""

    def __init__(self, file: MemoryFile, owner: Owner) -> None:
        self._file = file
        self._owner = json.dumps([owner.id, owner.target])

    def recall(self, commit: str) -> Memory | None:
        """Give what a commit holds, as `decode` gave it."""

        def ask(memory: sqlite3.Connection) -> tuple[str] | None:
            query = "SELECT value FROM ledgers WHERE version = ? AND owner = ? AND commit_id = ?"
            found: tuple[str] | None = memory.execute(query, (_VERSION, self._owner, commit)).fetchone()
            return found

        found = self._file.recall(ask)
        try:
            return None if found is None else from_json(json.loads(opened(found[0])))
        except ValueError:
            return None

    def remember(self, commit: str, memory: Memory) -> None:
        """Keep what a commit holds."""
        row = (_VERSION, self._owner, commit, sealed(json.dumps(to_json(memory), separators=(",", ":"))))

        def write(file: sqlite3.Connection) -> None:
            file.execute("DELETE FROM ledgers WHERE version != ?", (_VERSION,))
            file.execute("INSERT OR REPLACE INTO ledgers VALUES (?, ?, ?, ?)", row)
            of_owner = "owner = ? AND rowid NOT IN"
            file.execute(f"DELETE FROM ledgers WHERE {of_owner} ({_LATEST})", (self._owner, _VERSION, self._owner))  # noqa: S608

        self._file.remember(_TABLE, write=write)


def to_json(memory: Memory) -> Any:  # noqa: ANN401  # JSON, which only `from_json` looks into
    """Give what `decode` gives, in columns: that reads back fastest."""
    known = memory.prompts.values()
    bases = [(label, base) for one in known for label, base in one.bases.items()]
    index = [(digest, entry) for one in known for digest, entry in one.index.items()]
    return {
        "commit": memory.commit,
        "tree": memory.tree,
        "identity": memory.identity,
        "prompts": list(memory.prompts),
        "bases": [len(one.bases) for one in known],
        "labelled": _columns(_LABELLED, bases),
        "index": [len(one.index) for one in known],
        "hashed": _columns(_HASHED, index),
        "decisions": [[*at, one.live, one.reason, one.by, one.time] for at, one in memory.decisions.items()],
        "moves": [
            [*at, one.live, one.before, one.kind, one.reason, one.by, one.time] for at, one in memory.moves.items()
        ],
        "suspensions": [[one.pattern, one.until, one.by, one.reason] for one in memory.suspensions],
    }


def from_json(doc: Any) -> Memory:  # noqa: ANN401  # what `to_json` gave, and only that: it was sealed
    """Read what `to_json` gave."""
    labels, *bases = _unpacked(_LABELLED, doc["labelled"])
    digests, *index = _unpacked(_HASHED, doc["hashed"])
    by_label = _parted(zip(labels, map(Base, *bases), strict=True), doc["bases"])
    by_hash = _parted(zip(digests, map(Indexed, *index), strict=True), doc["index"])
    return Memory(
        commit=doc["commit"],
        tree=doc["tree"],
        identity=doc["identity"],
        prompts=dict(zip(doc["prompts"], map(PromptMemory, by_label, by_hash), strict=True)),
        decisions={(prompt, label): Decision(side(live), *rest) for prompt, label, live, *rest in doc["decisions"]},
        moves={
            (prompt, label): Move(ContentHash(live), side(before), RecordKind(kind), *rest)
            for prompt, label, live, before, kind, *rest in doc["moves"]
        },
        suspensions=tuple(Suspension(*one) for one in doc["suspensions"]),
    )


def _columns(names: Sequence[str], rows: Sequence[tuple[str, object]]) -> Mapping[str, Any]:
    first, *rest = names
    columns = {name: pack(_plain(getattr(value, name)) for _, value in rows) for name in rest}
    return {first: pack(key for key, _ in rows), **columns}


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _unpacked(names: Sequence[str], columns: Mapping[str, Any]) -> list[Sequence[Any]]:
    return [unpack(columns[name], _several if name == "healed" else same) for name in names]


def _several(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _parted(rows: Iterable[tuple[Any, Any]], counts: Iterable[int]) -> Iterator[dict[Any, Any]]:
    """Give the next few rows by their keys, so many each time."""
    left = iter(rows)
    return (dict(islice(left, count)) for count in counts)
