"""How do surveys and versions stand in the local memory? As JSON that is read back whole or not at all."""

import json
from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any

from mooring.columns import pack, same, unpack
from mooring.core.address import Ref
from mooring.core.artifact import Artifact, Content, Json, Kind, Message, Opaque, Placeholder, Turn
from mooring.memory_file import opened, sealed
from mooring.ports import Listing, Provenance, Sighting, Snapshot, Stored, Survey

FORMAT = 2
"""Raised whenever what is written below changes: what an older tool wrote is then not there."""

KNOWN = ("hash", "created", "author", "mark_id", "mark_commit", "mark_path", "mark_author", "mark_hash")
"""The columns of what is known of a version beside its content; those of its mark are all NULL for none."""


class Unreadable(ValueError):
    """A remembered value is damaged."""


def snapshot_text(snapshot: Snapshot) -> str:
    """Write a survey; contents that came along with it are not kept."""
    listings = snapshot.survey.values()
    columns = {
        "taken": snapshot.taken,
        "begun": snapshot.survey.begun,
        "absent": sorted(snapshot.absent),
        "name": [one.name for one in listings],
        "token": [one.token for one in listings],
        "newest": pack(one.newest for one in listings),
        "kind": pack(one.kind for one in listings),
        "owner": pack(one.owner for one in listings),
        "description": pack(one.description for one in listings),
        # Most prompts have the same labels on the same versions, and the same tags.
        "labels": pack({label: list(refs) for label, refs in one.labels.items()} for one in listings),
        "tags": pack(None if one.tags is None else list(one.tags) for one in listings),
        "stamped": pack(list(one.stamps) for one in listings),
        "stamps": pack(stamp for one in listings for stamp in one.stamps.values()),
    }
    return sealed(_dump(columns))


def read_snapshot(text: str) -> Snapshot:
    """Read a survey; raises Unreadable."""
    try:
        read = json.loads(opened(text))
        stamps = iter(unpack(read["stamps"], same))
        listings = map(
            Listing,
            read["name"],
            read["token"],
            unpack(read["labels"], _labels),
            unpack(read["newest"], same),
            repeat(_NOT_KEPT),
            unpack(read["owner"], same),
            unpack(read["description"], same),
            unpack(read["tags"], _tags),
            # Labels come first: zip ends with them, before it takes the next prompt's stamp.
            [dict(zip(labels, stamps, strict=False)) for labels in unpack(read["stamped"], same)],
            unpack(read["kind"], _kind),
        )
        survey = Survey({one.name: one for one in listings}, read["begun"])
        return Snapshot(survey, frozenset(read["absent"]), read["taken"])
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise Unreadable from error


_NOT_KEPT: Mapping[Ref, Stored] = {}


def _labels(labels: Mapping[str, Sequence[Ref]]) -> Mapping[str, tuple[Ref, ...]]:
    return {label: tuple(refs) for label, refs in labels.items()}


def _tags(tags: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if tags is None else tuple(tags)


def _kind(text: str | None) -> Kind | None:
    return None if text is None else Kind(text)


def known_columns(sighting: Sighting) -> tuple[str | None, ...]:
    """Give what is known of a version beside its content, by KNOWN."""
    mark = sighting.provenance
    origin = (None,) * 5 if mark is None else (mark.id, mark.commit, mark.path, mark.author, mark.hash)
    return (sighting.hash, sighting.created, sighting.author, *origin)


def read_sightings(rows: Sequence[Sequence[Any]]) -> Sequence[Sighting]:
    """Read what is known of versions, each given by its ref and the columns of KNOWN; raises Unreadable."""
    if not {type(value) for row in rows for value in row[:3]} <= {str}:
        raise Unreadable
    return [
        Sighting(ref, digest, created, author, None if mark[0] is None else Provenance(*mark))
        for ref, digest, created, author, *mark in rows
    ]


def content_text(stored: Stored) -> str:
    """Write a version's content."""
    return _dump([_content(stored.content), sorted(stored.silent)])


def read_stored(row: Sequence[Any], content: str) -> Stored:
    """Read a version with its content; `row` is its ref and the columns of KNOWN. Raises Unreadable."""
    (known,) = read_sightings([row])
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
