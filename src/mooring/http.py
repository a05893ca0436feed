"""How does an adapter ask a server over HTTP: one attempt, no surprises, and no secret in any error?"""

import base64
import json
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, TypeAlias

import requests
import urllib3.exceptions
from requests.auth import AuthBase

from mooring.ports import Unreachable

MAX_ANSWER = 64 * 2**20
"""Bytes of one answer; a page of a thousand usual prompts has less than one of these mebibytes."""

_PATIENCE = 10
"""How many times the time-out a whole answer may take: a server that drips is one that does not answer."""

_CHUNK = 64 * 1024

Verb: TypeAlias = Literal["GET", "POST", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Login(AuthBase):
    """The Authorization header, or none. Without it requests would look into ~/.netrc. It is never shown."""

    header: str = field(default="", repr=False)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Log a request in."""
        if self.header:
            request.headers["Authorization"] = self.header
        return request


def basic(username: str, password: str) -> Login:
    """Log in with a name and a password."""
    return Login("Basic " + base64.b64encode(f"{username}:{password}".encode()).decode())


def bearer(token: str) -> Login:
    """Log in with a token."""
    return Login(f"Bearer {token}")


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `asked` names it in errors, where neither a query nor a prompt's name belongs."""

    verb: Verb
    url: str
    asked: str
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole. The names of `headers` are in any case."""

    asked: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def kind(self) -> str:
        """Give its media type, '' where it names none."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip()

    @property
    def sent(self) -> datetime | None:
        """Give when the server sent it by its own clock, to the second; None where it does not say."""
        return _moment(self.headers.get("Date", ""))

    @property
    def moment(self) -> datetime:
        """Give when the server sent it by its own clock; by ours where it does not say."""
        return self.sent or datetime.now(UTC)  # noqa: TID251 - an adapter's own time


class Server:
    """A server behind one address. One call is one request: no retries, no redirects, one session a thread.

    `what` names its kind in errors, as "Langfuse server".
    """

    def __init__(self, what: str, base: str, login: Login, timeout: float, headers: Mapping[str, str]) -> None:
        self._what = what
        self._base = base
        self._login = login
        self._timeout = timeout
        self._headers = {"Accept": "application/json", "User-Agent": "mooring", **headers}
        self._threads = threading.local()

    def ask(self, request: Request) -> Answer:
        """Send a request and receive its answer, whatever it says; raises Unreachable where none came whole."""
        more = {} if request.body is None else {"Content-Type": "application/json"}
        try:
            with self._session().request(
                request.verb,
                request.url,
                params=request.query,
                data=request.body,
                headers={**self._headers, **more},
                auth=self._login,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as answer:
                body = _receive(answer, request.asked, self._timeout)
                return Answer(request.asked, answer.status_code, answer.headers, body)
        except (requests.RequestException, OSError) as error:
            reason = f"The {self._what} at {self._base} gave no whole answer to {request.asked} ({_kind(error)})."
            raise Unreachable(
                f"{reason} Check that it is up and that the url is right.", sent=not _never_sent(error)
            ) from None

    def expect(self, answer: Answer) -> None:
        """Raise Unreachable where an answer is none: a redirect, a limit that was reached, an error of the server."""
        status = answer.status
        if 300 <= status < 400:
            reason = f"The {self._what} answered {answer.asked} with a redirect, which is not followed (HTTP {status})."
            raise Unreachable(f"{reason} Put the address that it leads to into the target's url.")
        if status == 429 or status >= 500:
            reason = f"The {self._what} could not answer {answer.asked} (HTTP {status}). Try again later."
            raise Unreachable(reason, retry_after=retry_after(answer.headers, answer.moment), sent=status != 429)

    def document(self, answer: Answer) -> dict[str, Any]:
        """Give the JSON object in an answer; raises Unreachable where there is none."""
        if answer.kind == "application/json":
            try:
                found = json.loads(answer.body)
            except (ValueError, RecursionError):
                found = None
            if isinstance(found, dict):
                return found
        kind = answer.kind or "no type"
        reason = f"The answer to {answer.asked} is not the JSON that was due (HTTP {answer.status}, {kind})."
        raise Unreachable(f"{reason} Check that the url is that of a {self._what}, not of a proxy or a login page.")

    def _session(self) -> requests.Session:
        found: requests.Session | None = getattr(self._threads, "session", None)
        if found is None:
            found = self._threads.session = requests.Session()
        return found


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read Retry-After in seconds, be it a number or a date; None where there is none or nobody can read it."""
    said = headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return float(said)
    until = _moment(said)
    return None if until is None else max(0.0, (until - now).total_seconds())


def _moment(said: str) -> datetime | None:
    """Read an HTTP date; one without a zone is in UTC (RFC 9110, 5.6.7)."""
    try:
        found = parsedate_to_datetime(said)
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _receive(answer: requests.Response, asked: str, timeout: float) -> bytes:
    until = time.monotonic() + timeout * _PATIENCE
    parts: list[bytes] = []
    size = 0
    for part in answer.iter_content(_CHUNK):
        size += len(part)
        if size > MAX_ANSWER:
            reason = f"The answer to {asked} is longer than {MAX_ANSWER // 2**20} MiB."
            raise Unreachable(f"{reason} Set a smaller page_size in the target, or check the url.")
        if time.monotonic() > until:
            raise Unreachable(f"The answer to {asked} takes too long. Check the server and the way to it.")
        parts.append(part)
    return b"".join(parts)


def _kind(error: Exception) -> str:
    """Name an error without its text, which repeats the address and what was sent."""
    match error:
        case requests.Timeout():
            return "it timed out"
        case requests.exceptions.SSLError():
            return "its certificate is not trusted"
        case requests.ConnectionError():
            return "no connection"
        case _:
            return type(error).__name__


def _never_sent(error: Exception) -> bool:
    """Tell whether a request surely never left: no address, nobody listens, no connection in time, no trust."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError):
        return True
    cause = reason.args[0] if isinstance(reason, urllib3.exceptions.SSLError) and reason.args else None
    return isinstance(cause, ssl.SSLCertVerificationError)
