"""What does GitHub send back, also where it says no? Texts and headers as on the real API."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from mooring.testing.github.rows import Token
from mooring.testing.github.trouble import Trouble

DOCS = "https://docs.github.com/rest"
_SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to "
    "GitHub Support for help, please include the request ID."
)


@dataclass(frozen=True, slots=True)
class Query:
    """A request as the routes see it."""

    verb: str
    path: str
    parameters: dict[str, str]
    body: dict[str, Any]
    token: Token
    parts: dict[str, str] = field(default_factory=dict[str, str])
    """What the route's pattern found in the path."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a body and headers beside those of every answer."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict[str, str])
    kind: str = "application/json; charset=utf-8"


class Problem(Exception):
    """An answer that is no yes."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def said(status: int, found: object, **headers: str) -> Answer:
    """Answer with a document."""
    return Answer(status, json.dumps(found).encode(), {name.replace("_", "-"): told for name, told in headers.items()})


def error(status: int, message: str, errors: Sequence[object] = (), **headers: str) -> Problem:
    """Answer with a message, and what is wrong with which field."""
    more = {"errors": list(errors)} if errors else {}
    return Problem(
        said(status, {"message": message, **more, "documentation_url": DOCS, "status": str(status)}, **headers)
    )


def invalid(resource: str, *errors: dict[str, str]) -> Problem:
    """Refuse what was sent."""
    return error(422, "Validation Failed", [{"resource": resource, **one} for one in errors])


def not_found() -> Problem:
    """Say that there is nothing, or nothing to be seen with this token."""
    return error(404, "Not Found")


def paged(found: Sequence[object], query: Query, url: str) -> Answer:
    """Answer with one page, and say where the next one is."""
    size = min(int(query.parameters.get("per_page", "30")), 100)
    page = int(query.parameters.get("page", "1"))
    last = max(1, -(-len(found) // size))
    links = {"next": page + 1, "last": last} if page < last else {"prev": page - 1, "first": 1} if page > 1 else {}
    told = ", ".join(
        f'<{url}{query.path}?{urlencode({**query.parameters, "page": number})}>; rel="{name}"'
        for name, number in links.items()
    )
    return said(200, found[(page - 1) * size : page * size], **({"Link": told} if told else {}))


def of_trouble(trouble: Trouble, wait: int) -> Answer | None:
    """Give the answer that a trouble makes instead of the right one; None where none is sent."""
    match trouble:
        case Trouble.BAD_CREDENTIALS:
            return error(401, "Bad credentials").answer
        case Trouble.NOT_ACCESSIBLE:
            return error(403, "Resource not accessible by integration").answer
        case Trouble.NOT_FOUND:
            return not_found().answer
        case Trouble.SECONDARY_LIMIT:
            return error(403, _SECONDARY, **{"Retry-After": str(wait)}).answer
        case Trouble.PRIMARY_LIMIT:
            reset = str(int(time.time()) + 1800)
            limits = {"x-ratelimit-limit": "1000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}
            return error(403, "API rate limit exceeded for installation ID 1.", **limits).answer
        case Trouble.UNAVAILABLE:
            return error(503, "No server is currently available to service your request.").answer
        case Trouble.BAD_GATEWAY | Trouble.LOGIN_PAGE:
            status = 502 if trouble is Trouble.BAD_GATEWAY else 200
            return Answer(status, b"<html><body>Unicorn!</body></html>", kind="text/html")
        case Trouble.MOVED:
            return error(301, "Moved Permanently", Location="https://api.github.com/repositories/1").answer
        case Trouble.DROPPED | Trouble.LOST:
            return None
