"""How does an artifact stand in a Langfuse prompt version, and how is it read back without loss?

Everything is native: `type`, `prompt` (a text, or messages and placeholders) and `config`, which takes any JSON, so
that an app finds `config["model"]` where it looks for it. Nothing is carried.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from mooring.core.address import ContentHash
from mooring.core.artifact import Artifact, Content, Json, Message, Opaque, Placeholder, Turn, in_integers
from mooring.core.canonical import NotCanonical, content_hash
from mooring.ports import Objection

MAX_BODY = 1_048_561
"""Bytes of a whole POST that were seen to be taken; 56 more were refused."""

_BESIDE = 8 * 1024
"""Bytes that are kept free for what stands beside the content: a commit message (3 KiB at most), labels, tags."""

_EXACT = 2.0**53
_EXPONENT = 1e21
"""From here on JavaScript prints a number with an exponent; below it a whole one looks like an integer."""

_DIGITS = 16
"""Significant digits that its database client keeps: 0.12345678901234568 comes back as 0.1234567890123457."""

_PLACEHOLDER = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*")
_VARIABLE = re.compile(r"\{\{\s*([a-zA-Z][a-zA-Z0-9_]*)\s*\}\}")


class _NotPlain(Exception):
    """A version's content is not what an artifact encodes to; the message says why."""


def encode(artifact: Artifact) -> dict[str, Json]:
    """Give the fields that hold an artifact; it must have no objections."""
    body: Json = artifact.body if isinstance(artifact.body, str) else [_message(turn) for turn in artifact.body]
    return {"type": artifact.kind.value, "prompt": body, "config": in_integers(artifact.config)}


def decode(version: Mapping[str, Any]) -> tuple[Content, ContentHash]:
    """Read an artifact and its hash from a version's fields; they are opaque where no artifact can be that."""
    try:
        artifact = Artifact(_body(version), version.get("config"))
        return artifact, content_hash(artifact)
    except (_NotPlain, NotCanonical) as error:
        raw = {key: version[key] for key in ("type", "prompt", "config") if key in version}
        opaque = Opaque(raw, str(error))
        return opaque, content_hash(opaque)


def dump(body: Mapping[str, Json]) -> bytes:
    """Give the bytes of a request: as UTF-8, since Langfuse counts bytes and an escape has six."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def objections(prompt: str, artifact: Artifact) -> Iterator[Objection]:
    """Say what Langfuse cannot carry of an artifact."""
    try:
        content_hash(artifact)
    except NotCanonical as error:
        for refusal in error.refusals:
            yield Objection(refusal.path, refusal.reason, "Take it out.")
        return
    if not isinstance(artifact.body, str):
        yield from _chat_objections(artifact.body)
    if artifact.config is None:
        yield Objection("config", "Langfuse stores {} in place of null", "Leave the config out, or write {}.")
    yield from _config_objections(artifact.config, "config")
    size = len(dump({"name": prompt, **encode(artifact)}))
    if size > MAX_BODY - _BESIDE:
        field = "text" if isinstance(artifact.body, str) else "messages"
        reason = f"text or messages and config take {size} bytes, and Langfuse takes at most {MAX_BODY - _BESIDE}"
        yield Objection(field, reason, "Shorten it, or split the prompt.")


def _chat_objections(turns: tuple[Turn, ...]) -> Iterator[Objection]:
    variables: set[str] = set()
    for turn in turns:
        if isinstance(turn, Message):
            variables.update(_VARIABLE.findall(turn.content))
    for number, turn in enumerate(turns):
        if not isinstance(turn, Placeholder):
            continue
        where = f"messages/{number}/placeholder"
        if not _PLACEHOLDER.fullmatch(turn.name):
            reason = f"{turn.name!r} is not a name that Langfuse takes for a placeholder"
            yield Objection(where, reason, "Use letters, digits and underscores, a letter first.")
        elif turn.name in variables:
            reason = f"{turn.name} is a variable of the same prompt too, which Langfuse refuses"
            yield Objection(where, reason, "Give one of them another name.")


def _config_objections(value: Json, path: str) -> Iterator[Objection]:
    match value:
        case float() if value.is_integer() and _EXACT <= abs(value) < _EXPONENT:
            reason = f"Langfuse gives the number {value!r} back as an integer beyond 2^53, which no file can state"
            yield Objection(path, reason, "Write it as a text.")
        case float() if float(f"{value:.{_DIGITS}g}") != value:
            reason = f"the number {value!r} has more than the {_DIGITS} digits that Langfuse keeps"
            yield Objection(path, reason, "Round it, or write it as a text.")
        case Mapping():
            for key, item in value.items():
                if key == "__proto__":
                    yield Objection(f"{path}/{key}", "Langfuse drops this key without a word", "Rename it.")
                yield from _config_objections(item, f"{path}/{key}")
        case list() | tuple():
            for number, item in enumerate(value):
                yield from _config_objections(item, f"{path}/{number}")
        case _:
            pass


# --- body ---------------------------------------------------------------------------------------------------------


def _message(turn: Turn) -> dict[str, str]:
    match turn:
        case Message(role, content):
            return {"role": role, "content": content}
        case Placeholder(name):
            return {"type": "placeholder", "name": name}


def _body(version: Mapping[str, Any]) -> str | tuple[Turn, ...]:
    match version:
        case {"type": "text", "prompt": str() as text}:
            return text
        case {"type": "chat", "prompt": list() as turns}:
            return tuple(_turn(turn) for turn in turns)
        case _:
            raise _NotPlain("its type is neither a text nor a chat, or not what its content is")


def _turn(turn: object) -> Turn:
    """Read a message. The server strips `type: chatmessage` today; one that was stored with it says nothing more."""
    match turn:
        case {"type": "placeholder", "name": str() as name, **more} if not more:
            return Placeholder(name)
        case {"role": str() as role, "content": str() as content, **more} if more in ({}, {"type": "chatmessage"}):
            return Message(role, content)
        case _:
            raise _NotPlain("a message has other fields than a role and a text")
