"""What does the memory platform hold of a prompt, and how does it stand in a file?"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from mooring.core.address import Ref
from mooring.core.artifact import Artifact, Content, Message, Opaque, Placeholder, Turn
from mooring.core.canonical import content_hash
from mooring.ports import Provenance, Stored


@dataclass(slots=True)
class Prompt:
    """A prompt on the platform. `made` counts every version ever made, `changed` tells when it last changed."""

    versions: dict[Ref, Stored] = field(default_factory=dict[Ref, Stored])
    labels: dict[str, tuple[Ref, ...]] = field(default_factory=dict[str, tuple[Ref, ...]])
    made: int = 0
    changed: int = 0
    owner: str | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None

    @property
    def newest(self) -> Ref | None:
        """The platform's own `latest`: it follows the newest version, and nobody can point it elsewhere."""
        return max(self.versions, key=int, default=None)


def dump(prompt: Prompt) -> dict[str, Any]:
    """Give a prompt as JSON."""
    return {
        "versions": [_dump_version(stored) for stored in prompt.versions.values()],
        "labels": prompt.labels,
        "made": prompt.made,
        "changed": prompt.changed,
        "owner": prompt.owner,
        "description": prompt.description,
        "tags": prompt.tags,
    }


def load(entry: Mapping[str, Any]) -> Prompt:
    """Read a prompt back; raises KeyError, TypeError or ValueError for anything that dump does not write."""
    versions = [_load_version(version) for version in entry["versions"]]
    return Prompt(
        {stored.ref: stored for stored in versions},
        {label: tuple(Ref(ref) for ref in refs) for label, refs in entry["labels"].items()},
        entry["made"],
        entry["changed"],
        entry["owner"],
        entry["description"],
        None if entry["tags"] is None else tuple(entry["tags"]),
    )


def _dump_version(stored: Stored) -> dict[str, Any]:
    return {
        "ref": stored.ref,
        "content": _dump_content(stored.content),
        "created": stored.created,
        "author": stored.author,
        "provenance": None if stored.provenance is None else asdict(stored.provenance),
        "silent": sorted(stored.silent),
    }


def _load_version(entry: Mapping[str, Any]) -> Stored:
    content = _load_content(entry["content"])
    provenance = None if entry["provenance"] is None else Provenance(**entry["provenance"])
    silent = frozenset(entry["silent"])
    author, created = entry["author"], entry["created"]
    return Stored(Ref(entry["ref"]), content, content_hash(content), created, author, provenance, silent)


def _dump_content(content: Content) -> dict[str, Any]:
    match content:
        case Opaque(raw, reason):
            return {"raw": raw, "reason": reason}
        case Artifact(str() as text, config):
            return {"text": text, "config": config}
        case Artifact(body, config):
            return {"messages": [asdict(turn) for turn in body if not isinstance(turn, str)], "config": config}


def _load_content(entry: Mapping[str, Any]) -> Content:
    if "raw" in entry:
        return Opaque(entry["raw"], entry["reason"])
    if "text" in entry:
        return Artifact(entry["text"], entry["config"])
    return Artifact(_load_turns(entry["messages"]), entry["config"])


def _load_turns(entries: Sequence[Mapping[str, str]]) -> tuple[Turn, ...]:
    return tuple(Placeholder(**entry) if "name" in entry else Message(**entry) for entry in entries)
