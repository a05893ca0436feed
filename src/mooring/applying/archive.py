"""What was taken away from a platform, and how does one get it back? Contents kept beside the ledger, by their hash."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mooring.core.address import ContentHash, Ref
from mooring.core.artifact import Artifact, Content, Json, Message, Opaque, Placeholder, Turn
from mooring.core.canonical import content_hash
from mooring.ports import Files, LedgerUnreadable, Provenance, ShelfName, Stored
from mooring.run import Target

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Taken:
    """Where archived content was when a run took it away. `labels` are those that it held and that were taken.

    `created` and `archived_at` are ISO 8601 in UTC; `author` is None where the platform names none.
    """

    target: str
    prompt: str
    labels: tuple[str, ...]
    ref: Ref
    created: str
    author: str | None
    provenance: Provenance | None
    archived_at: str
    run: str

    @property
    def version(self) -> tuple[str, str, str, str]:
        """What tells the version from all others: a number alone may come back with other content."""
        return self.target, self.prompt, self.ref, self.created


class _Newer(LedgerUnreadable):
    """The file is of a schema beyond ours."""


@dataclass(frozen=True, slots=True)
class Archived:
    """One content, and each version that held it and was taken away, the first one first."""

    hash: ContentHash
    content: Content
    taken: tuple[Taken, ...]


def keep(target: Target, taken: Sequence[tuple[Stored, Taken]], message: str) -> None:
    """Archive contents in one commit; nothing is written of what is there already. Raises LedgerRefused."""
    wanted: dict[str, list[tuple[Stored, Taken]]] = {}
    for stored, one in taken:
        wanted.setdefault(path_of(stored.hash), []).append((stored, one))

    def edit(before: Files) -> Mapping[str, bytes | None]:
        return {path: _merged(path, before.get(path), some) for path, some in wanted.items()}

    if wanted:
        target.ledger.shelf(ShelfName.ARCHIVE).change(list(wanted), edit, message)


def find(target: Target, digest: ContentHash) -> Archived | None:
    """Give an archived content by its whole hash; None where the archive has none. Raises LedgerUnreadable."""
    path = path_of(digest)
    found = target.ledger.shelf(ShelfName.ARCHIVE).read([path]).get(path)
    if found is None:
        return None
    archived = _read(path, found)
    return archived if archived.hash == digest else None


def path_of(digest: ContentHash) -> str:
    """Give the file that a content is kept in: its first two digits, then all of them."""
    digits = digest.rpartition(":")[2]
    return f"{digits[:2]}/{digits}.json"


def _merged(path: str, before: bytes | None, some: Iterable[tuple[Stored, Taken]]) -> bytes:
    """Add versions to a file. One that is there already stays as it was first written; a damaged file is made anew."""
    taken: list[Taken] = []
    try:
        taken += () if before is None else _read(path, before).taken
    except _Newer:
        return before or b""  # the content is there, and what else stands beside it is not ours to rewrite
    except LedgerUnreadable:
        pass  # damaged: what is archived now is all that there is to keep
    document: dict[str, object] = {"schema": SCHEMA}
    for stored, one in some:
        document |= {"hash": stored.hash, **_written(stored.content)}
        if one.version not in {other.version for other in taken}:
            taken.append(one)
    document["taken"] = [asdict(one) for one in taken]
    # With ASCII alone a lone surrogate, which some platform may hold, is kept as it is.
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()


def _written(content: Content) -> dict[str, Json]:
    match content:
        case Opaque(raw, reason):
            return {"kind": "opaque", "raw": raw, "reason": reason}
        case Artifact(str() as text, config):
            return {"kind": "text", "body": text, "config": config}
        case Artifact(body, config):
            return {
                "kind": "chat",
                "messages": [_turn(turn) for turn in body if not isinstance(turn, str)],
                "config": config,
            }


def _turn(turn: Turn) -> Json:
    match turn:
        case Placeholder(name):
            return {"placeholder": name}
        case Message(role, text):
            return {"role": role, "content": text}


def _read(path: str, found: bytes) -> Archived:
    try:
        document = json.loads(found)
        if document["schema"] > SCHEMA:
            raise _Newer(f"{path} of the archive was written by a newer Mooring. Upgrade Mooring.")
        content = _content(document)
        if content_hash(content) != document["hash"]:
            raise LedgerUnreadable(
                f"{path} of the archive holds other content than its hash says. Look at its history."
            )
        return Archived(ContentHash(document["hash"]), content, tuple(_taken(one) for one in document["taken"]))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise LedgerUnreadable(
            f"{path} of the archive is not as Mooring writes it ({type(error).__name__})."
        ) from error


def _content(document: Mapping[str, Any]) -> Content:
    match document["kind"]:
        case "opaque":
            return Opaque(document["raw"], document["reason"])
        case "text":
            return Artifact(document["body"], document["config"])
        case _:
            turns = (
                Placeholder(one["placeholder"]) if "placeholder" in one else Message(one["role"], one["content"])
                for one in document["messages"]
            )
            return Artifact(tuple(turns), document["config"])


def _taken(one: Mapping[str, Any]) -> Taken:
    mark = one["provenance"]
    return Taken(
        target=one["target"],
        prompt=one["prompt"],
        labels=tuple(one["labels"]),
        ref=Ref(one["ref"]),
        created=one["created"],
        author=one["author"],
        provenance=None if mark is None else Provenance(**mark),
        archived_at=one["archived_at"],
        run=one["run"],
    )
