"""What is the content that Git and a platform must agree on?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

Json: TypeAlias = "None | bool | int | float | str | Sequence[Json] | Mapping[str, Json]"
"""Any JSON value. Values inside an artifact are never changed after it was made."""


class Kind(StrEnum):
    """The two forms that prompt platforms know."""

    TEXT = "text"
    CHAT = "chat"


@dataclass(frozen=True, slots=True)
class Message:
    """A chat message with its role and its text."""

    role: str
    content: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "content", lf(self.content))


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A place in a chat where the app puts messages of its own."""

    name: str


Turn: TypeAlias = Message | Placeholder


@dataclass(frozen=True, slots=True)
class Artifact:
    """Kind, text or messages, and config; no name, label, author or time.

    `body` is the text of a text prompt or the messages of a chat; its line ends are LF.
    `config` is any JSON value; the empty object when a version states none.
    """

    body: str | tuple[Turn, ...]
    config: Json = field(default_factory=dict[str, Json])

    def __post_init__(self) -> None:
        if isinstance(self.body, str):
            object.__setattr__(self, "body", lf(self.body))

    @property
    def kind(self) -> Kind:
        """Text or chat, as the body tells."""
        return Kind.TEXT if isinstance(self.body, str) else Kind.CHAT


@dataclass(frozen=True, slots=True)
class Opaque:
    """Live content that an artifact cannot be, with the reason; `raw` is the platform's own form."""

    raw: Json
    reason: str


Content: TypeAlias = Artifact | Opaque


def lf(text: str) -> str:
    """Give every line end as LF: a checkout with CRLF is the same prompt."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def in_integers(value: Json) -> Json:
    """Write whole numbers as integers, in key order: 800.0 as 800, equal for the hash (RFC 8785 writes both alike).

    JavaScript does so, and apps hand them to APIs that want an integer. From 2^53 on a float is no integer for sure.
    """
    match value:
        case float() if value.is_integer() and abs(value) < 2**53:
            return int(value)
        case Mapping():
            return {key: in_integers(item) for key, item in value.items()}
        case list() | tuple():
            return [in_integers(item) for item in value]
        case _:
            return value
