"""What goes over the wire, as bytes: a request, its answer, and the two ways in which an answer is lost?"""

from dataclasses import dataclass

Headers = tuple[tuple[str, str], ...]
"""Names in lower case, in order."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request; `path` is raw, with its query: no escape is decoded."""

    method: str
    path: str
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Give a header's value, or None where it was not sent."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; content-length and the connection's own headers are added when it is sent."""

    status: int
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Dropped:
    """The connection is closed without an answer."""


@dataclass(frozen=True, slots=True)
class Truncated:
    """The headers announce the whole answer, and the connection is closed after so many bytes of its body."""

    answer: Answer
    bytes: int


Outcome = Answer | Dropped | Truncated
