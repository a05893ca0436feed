"""How do surveys and versions stand in the local memory? As JSON that is read back whole or not at all."""

import json
from collections.abc import Mapping
from typing import Any

from mooring.core.address import ContentHash, Ref
from mooring.core.artifact import Artifact, Content, Json, Kind, Message, Opaque, Placeholder, Turn
from mooring.ports import Listing, Provenance, Sighting, Snapshot, Stored

FORMAT = 1
"""Raised whenever what is written below changes: what an older tool wrote is then not there."""


class Unreadable(ValueError):
    """A remembered value is damaged."""


def snapshot_text(snapshot: Snapshot) -> str:
    """Write a survey; contents that came along with it are not kept."""
    rows = [
        [
            one.name,
            one.token,
            one.newest,
            {label: list(refs) for label, refs in one.labels.items()},
            dict(one.stamps),
            one.kind,
            one.owner,
            one.description,
            None if one.tags is None else list(one.tags),
        ]
        for one in snapshot.survey.values()
    ]
    return _dump([snapshot.taken, sorted(snapshot.absent), rows])


def read_snapshot(text: str) -> Snapshot:
    """Read a survey; raises Unreadable."""
    try:
        taken, absent, rows = json.loads(text)
        return Snapshot({row[0]: _listing(row) for row in rows}, frozenset(absent), taken)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Unreadable from error


def _listing(row: list[Any]) -> Listing:
    name, token, newest, labels, stamps, kind, owner, description, tags = row
    return Listing(
        name,
        token,
        {label: tuple(refs) for label, refs in labels.items()},
        newest,
        {},
        owner,
        description,
        None if tags is None else tuple(tags),
        stamps,
        None if kind is None else Kind(kind),
    )


def sighting_text(sighting: Sighting) -> str:
    """Write what is known of a version beside its content."""
    mark = sighting.provenance
    origin = None if mark is None else [mark.id, mark.commit, mark.path, mark.author, mark.hash]
    return _dump([sighting.ref, sighting.hash, sighting.created, sighting.author, origin])


def read_sighting(text: str) -> Sighting:
    """Read what is known of a version beside its content; raises Unreadable."""
    try:
        ref, digest, created, author, origin = json.loads(text)
        mark = None if origin is None else Provenance(*origin)
        return Sighting(Ref(ref), ContentHash(digest), created, author, mark)
    except (ValueError, TypeError) as error:
        raise Unreadable from error


def content_text(stored: Stored) -> str:
    """Write a version's content."""
    return _dump([_content(stored.content), sorted(stored.silent)])


def read_stored(sighting: str, content: str) -> Stored:
    """Read a version with its content; raises Unreadable."""
    known = read_sighting(sighting)
    try:
        held, silent = json.loads(content)
        read = _read_content(held)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Unreadable from error
    return Stored(known.ref, read, known.hash, known.created, known.author, known.provenance, frozenset(silent))


def _content(content: Content) -> dict[str, Any]:
    if isinstance(content, Opaque):
        return {"raw": content.raw, "reason": content.reason}
    if isinstance(content.body, str):
        return {"text": content.body, "config": content.config}
    return {"messages": [_turn(turn) for turn in content.body], "config": content.config}


def _turn(turn: Turn) -> list[str]:
    match turn:
        case Message(role, content):
            return [role, content]
        case Placeholder(name):
            return [name]


def _read_content(held: Mapping[str, Any]) -> Content:
    if "raw" in held:
        return Opaque(held["raw"], held["reason"])
    config: Json = held["config"]
    if "text" in held:
        return Artifact(held["text"], config)
    return Artifact(
        tuple(Placeholder(*turn) if len(turn) == 1 else Message(*turn) for turn in held["messages"]), config
    )


def _dump(value: Any) -> str:  # noqa: ANN401  # what JSON holds is anything
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
