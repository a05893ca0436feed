"""Which files hold a target's memory, and which of them does a change touch?

`mooring.json` holds what is known of the whole target; prompts are sharded by the hash of their name, so that a sync
rewrites what changed and a diff of two commits reads well.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from operator import itemgetter
from typing import Any, TypeAlias

from mooring.core.address import ContentHash, Gap, Side
from mooring.core.memory import Base, Changes, Decision, Indexed, Memory, Move, PromptMemory, Suspension
from mooring.core.record import RecordKind
from mooring.ledger.store import Torn

SCHEMA = 1
HEAD = "mooring.json"

Object: TypeAlias = "dict[str, object]"

_BASE = itemgetter("hash", "ref", "key", "commit", "time")
_INDEXED = itemgetter("ref", "created", "key", "commit")
_DECISION = itemgetter("reason", "by", "time")
_MOVE = itemgetter("live", "before", "kind", "reason", "by", "time")
_SUSPENSION = itemgetter("pattern", "until", "by", "reason")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose memory it is: the id in mooring.yaml and the target's name."""

    id: str
    target: str


class NewerSchema(Exception):
    """The files were written by a Mooring that this one is too old for."""

    def __init__(self, schema: int) -> None:
        super().__init__(
            f"it is written in schema {schema} and this Mooring knows {SCHEMA}; "
            "upgrade Mooring (`pip install --upgrade mooring`)"
        )


def decode(files: Mapping[str, bytes]) -> Memory:
    """Read a memory without its head and intent; raises Torn or NewerSchema."""
    if HEAD not in files:
        raise Torn(f"{HEAD} is missing")
    head = parse(HEAD, files[HEAD])
    prompts: dict[str, PromptMemory] = {}
    for path, content in files.items():
        if path.startswith("prompts/"):
            prompts.update(_shard(path, content))
    try:
        return Memory(
            commit=_text_or_none(head["commit"]),
            tree=_text_or_none(head["tree"]),
            identity=_text_or_none(head["identity"]),
            prompts=prompts,
            decisions={
                (prompt, label): Decision(side(_text(item["live"])), *_texts(item, _DECISION))
                for prompt, labels in _objects(head["decisions"])
                for label, item in _objects(labels)
            },
            # Ledgers from before there were moves lack the key, and so do those that hold none.
            moves=read_moves(head.get("moves", {})),
            suspensions=tuple(_suspension(item) for item in _list(head["suspensions"])),
        )
    except (KeyError, TypeError) as error:
        raise Torn(f"{HEAD} is not as Mooring writes it: {error}") from error


def touched(changes: Changes) -> frozenset[str]:
    """Give the files that `apply` must see to make a change."""
    names = {*(prompt for prompt, _ in (*changes.bases, *changes.index)), *changes.forgotten}
    return frozenset({HEAD, *(shard_path(name) for name in names)})


def apply(files: Mapping[str, bytes], changes: Changes, owner: Owner) -> dict[str, bytes | None]:
    """Give the files that a change writes (None: takes away), none for a change that changes nothing.

    `files` are those that `touched` names, as far as they exist. Raises Torn or NewerSchema.
    """
    head, shards = _documents(files, changes, owner)
    try:
        _apply_to_head(head, changes)
        _apply_to_shards(shards, changes)
    except (KeyError, TypeError) as error:
        raise Torn(f"a file is not as Mooring writes it: {error}") from error
    # Read once more: comparing documents, a file that somebody formatted by hand counts as unchanged.
    old_head, old_shards = _documents(files, changes, owner)
    written: dict[str, bytes | None] = {
        path: dump(shard) if shard else None for path, shard in shards.items() if shard != old_shards[path]
    }
    if head != old_head or (written and HEAD not in files):
        written[HEAD] = dump(head)
    return written


def shard_path(prompt: str) -> str:
    """Give the file that a prompt is kept in."""
    return f"prompts/{hashlib.sha256(prompt.encode('utf-8', 'surrogatepass')).hexdigest()[:2]}.json"


def dump(document: Mapping[str, object]) -> bytes:
    """Write a document the one way that Mooring writes it: sorted, a line an item, readable letters."""
    text = json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False) + "\n"
    try:
        return text.encode()
    except UnicodeEncodeError:  # A lone surrogate, as an argument that is not UTF-8 brings along.
        return (json.dumps(document, sort_keys=True, indent=1) + "\n").encode()


def parse(path: str, content: bytes) -> Object:
    """Read a JSON object; raises Torn, and NewerSchema where it names a schema beyond ours."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Torn(f"{path} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise Torn(f"{path} is not a JSON object")
    if path.startswith("prompts/"):
        return document
    schema = document.get("schema")
    if type(schema) is not int or schema < 1:
        raise Torn(f"{path} names no schema")
    if schema > SCHEMA:
        raise NewerSchema(schema)
    return document


def _documents(files: Mapping[str, bytes], changes: Changes, owner: Owner) -> tuple[Object, dict[str, Object]]:
    gaps: Object = {"commit": None, "tree": None, "identity": None, "suspensions": [], "decisions": {}}
    head = parse(HEAD, files[HEAD]) if HEAD in files else {"schema": SCHEMA, **asdict(owner), **gaps}
    shards = touched(changes) - {HEAD}
    return head, {path: parse(path, files[path]) if path in files else {} for path in sorted(shards)}


def _apply_to_head(head: Object, changes: Changes) -> None:
    for key in ("commit", "tree", "identity"):
        value = getattr(changes, key)
        if value is not None:
            head[key] = value
    if changes.suspensions is not None:
        head["suspensions"] = [asdict(suspension) for suspension in changes.suspensions]
    if changes.decisions:
        decisions = dict(_objects(head["decisions"]))
        for (prompt, label), decision in changes.decisions.items():
            labels = decisions.setdefault(prompt, {})
            labels.pop(label, None)
            if decision is not None:
                labels[label] = {**asdict(decision), "live": str(decision.live)}
        head["decisions"] = {prompt: labels for prompt, labels in decisions.items() if labels}
    if changes.forgotten:
        kept = dict(_objects(head["decisions"]))
        head["decisions"] = {prompt: labels for prompt, labels in kept.items() if prompt not in changes.forgotten}
    moves = dict(_objects(head.pop("moves", {})))
    for prompt, label in changes.bases:
        moves.get(prompt, {}).pop(label, None)
    for (prompt, label), move in changes.moves.items():
        labels = moves.setdefault(prompt, {})
        labels.pop(label, None)
        if move is not None:
            labels[label] = write_move(move)
    left = {prompt: labels for prompt, labels in moves.items() if labels and prompt not in changes.forgotten}
    head |= {"moves": left} if left else {}


def _apply_to_shards(shards: Mapping[str, Object], changes: Changes) -> None:
    for (prompt, label), base in changes.bases.items():
        bases = _part(shards[shard_path(prompt)], prompt, "bases")
        bases.pop(label, None)
        if base is not None:
            bases[label] = {**asdict(base), "healed": list(base.healed)}
    for (prompt, content_hash), indexed in changes.index.items():
        _part(shards[shard_path(prompt)], prompt, "index")[content_hash] = asdict(indexed)
    for prompt in changes.forgotten:
        shards[shard_path(prompt)].pop(prompt, None)
    for prompt, _ in changes.bases:
        shard = shards[shard_path(prompt)]
        if not _part(shard, prompt, "bases") and not _part(shard, prompt, "index"):
            del shard[prompt]


def _part(shard: Object, prompt: str, part: str) -> Object:
    return _object(_object(shard.setdefault(prompt, {"bases": {}, "index": {}}))[part])


def _shard(path: str, content: bytes) -> Iterable[tuple[str, PromptMemory]]:
    for prompt, item in parse(path, content).items():
        if shard_path(prompt) != path:
            raise Torn(f"{path} holds {prompt!r}, which belongs into {shard_path(prompt)}")
        try:
            known = _object(item)
            bases = {label: _base(base) for label, base in _object(known["bases"]).items()}
            index = {ContentHash(hash_): _indexed(entry) for hash_, entry in _object(known["index"]).items()}
        except (KeyError, TypeError) as error:
            raise Torn(f"{path} is not as Mooring writes it at {prompt!r}: {error}") from error
        yield prompt, PromptMemory(bases, index)


def _base(item: object) -> Base:
    healed = tuple(_text(one) for one in _list(_object(item).get("healed", [])))
    return replace(Base(*_texts(item, _BASE)), healed=healed)


def _indexed(item: object) -> Indexed:
    return replace(Indexed(*_texts(item, _INDEXED)), instead=_text(_object(item).get("instead", "")))


def write_move(move: Move) -> Object:
    """Give a move as it is kept."""
    return {**asdict(move), "live": str(move.live), "before": str(move.before), "kind": str(move.kind)}


def read_moves(document: object) -> dict[tuple[str, str], Move]:
    """Read moves by prompt and label; raises TypeError or KeyError."""
    return {(prompt, label): _move(item) for prompt, labels in _objects(document) for label, item in labels.items()}


def _move(item: object) -> Move:
    live, before, kind, *rest = _texts(item, _MOVE)
    if kind not in set(RecordKind):
        raise TypeError(f"{kind!r} where a kind of record is due")
    return Move(ContentHash(live), side(before), RecordKind(kind), *rest)


def _suspension(item: object) -> Suspension:
    return Suspension(*_texts(item, _SUSPENSION))


def side(text: str) -> Side:
    """Read a side as Mooring writes it."""
    return Gap(text) if text in set(Gap) else ContentHash(text)


def _texts(item: object, pick: Callable[[Object], tuple[object, ...]]) -> tuple[Any, ...]:
    """Give fields that must all be texts. Runs for every base and index entry: one check for all of them."""
    values = pick(_object(item))
    if set(map(type, values)) != {str}:
        raise TypeError("something else where a text is due")
    return values


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} where a text is due")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"{type(value).__name__} where a list is due")
    return value


def _object(value: object) -> Object:
    if not isinstance(value, dict):
        raise TypeError(f"{type(value).__name__} where an object is due")
    return value


def _objects(value: object) -> list[tuple[str, Object]]:
    return [(key, _object(item)) for key, item in _object(value).items()]
