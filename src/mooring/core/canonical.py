"""Which bytes stand for an artifact, and what is its content hash? Specified in docs/content-hash.md."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite

import rfc8785

from mooring.core.address import ContentHash
from mooring.core.artifact import Artifact, Content, Json, Opaque, Placeholder

SCHEMA = "mooring/artifact/1"
MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 200
"""Levels of config: platforms refuse much less than their parsers and ours could take."""
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A value that no canonical form has, and where it stands (a JSON Pointer, RFC 6901)."""

    path: str
    reason: str


class NotCanonical(ValueError):
    """An artifact holds values that have no canonical form."""

    def __init__(self, refusals: tuple[Refusal, ...]) -> None:
        super().__init__("; ".join(f"{r.path}: {r.reason}" for r in refusals))
        self.refusals = refusals


def document(artifact: Artifact) -> dict[str, Json]:
    """Give the JSON document whose RFC 8785 form is hashed."""
    if isinstance(artifact.body, str):
        return {"schema": SCHEMA, "kind": "text", "text": artifact.body, "config": artifact.config}
    messages: list[Json] = [
        {"placeholder": turn.name} if isinstance(turn, Placeholder) else {"role": turn.role, "content": turn.content}
        for turn in artifact.body
    ]
    return {"schema": SCHEMA, "kind": "chat", "messages": messages, "config": artifact.config}


def canonical_bytes(artifact: Artifact) -> bytes:
    """Give the RFC 8785 (JCS) bytes of an artifact; raises NotCanonical with every reason at once."""
    doc = document(artifact)
    refusals = tuple(_refusals(doc, "", 0))
    if refusals:
        raise NotCanonical(refusals)
    return rfc8785.dumps(doc)


def content_hash(content: Content) -> ContentHash:
    """Give `sha256:…` of an artifact, or `opaque:sha256:…` of live content that no artifact can be.

    Raises NotCanonical for an artifact with a value that has no canonical form.
    """
    if isinstance(content, Opaque):
        raw = json.dumps(content.raw, sort_keys=True, separators=(",", ":"))
        return ContentHash("opaque:sha256:" + hashlib.sha256(raw.encode()).hexdigest())
    return ContentHash("sha256:" + hashlib.sha256(canonical_bytes(content)).hexdigest())


def live_content(artifact: Artifact, raw: Json) -> Content:
    """Take what a lens decoded, or keep the raw form as opaque where the artifact has no canonical form."""
    refusals = tuple(_refusals(document(artifact), "", 0))
    return Opaque(raw, str(NotCanonical(refusals))) if refusals else artifact


def refusals(value: Json, path: str = "") -> tuple[Refusal, ...]:
    """List every place in a JSON value that has no canonical form."""
    return tuple(_refusals(value, path, 0))


def _refusals(value: Json, path: str, depth: int) -> Iterator[Refusal]:
    if depth > MAX_DEPTH:
        yield Refusal(path, f"nested more than {MAX_DEPTH} deep")
        return
    match value:
        case str():
            yield from _text_refusals(value, path)
        case None | bool():
            pass
        case int():
            if abs(value) > MAX_INTEGER:
                yield Refusal(path, f"the integer {value} is beyond 2^53-1 and would be rounded; write it as a text")
        case float():
            if not isfinite(value):
                yield Refusal(path, "NaN and infinity are not JSON")
        case Mapping():
            for key, item in value.items():
                here = f"{path}/{key.replace('~', '~0').replace('/', '~1')}"
                yield from _text_refusals(key, here)
                yield from _refusals(item, here, depth + 1)
        case _:
            for position, item in enumerate(value):
                yield from _refusals(item, f"{path}/{position}", depth + 1)


def _text_refusals(text: str, path: str) -> Iterator[Refusal]:
    if "\0" in text:
        yield Refusal(path, "a NUL character, which platforms refuse or cut")
    if _LONE_SURROGATE.search(text):
        yield Refusal(path, "a lone surrogate, which is not text")
