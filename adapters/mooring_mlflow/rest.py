"""How is a served MLflow asked, over HTTP and without importing mlflow?"""

import base64
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import requests
from requests.auth import AuthBase

from mooring.ports import Denied, Tally, Unreachable
from mooring_mlflow.registry import (
    PROMPTS_ONLY,
    SOURCE,
    Container,
    Page,
    Row,
    later_than,
    read_born,
    read_container,
    read_page,
    read_row,
    refusal,
)

MAX_ANSWER = 64 * 2**20
"""Bytes of one answer; a page of a thousand usual prompts has less than one of these mebibytes."""

_PATIENCE = 10
"""How many times the time-out a whole answer may take: a server that drips is one that does not answer."""

_CHUNK = 64 * 1024


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


class RestRegistry:
    """A served registry. One method is one request: no retries, no redirects, one session a thread."""

    def __init__(self, base: str, login: Login, tally: Tally, timeout: float, workspace: str | None) -> None:
        self._base = base
        self._login = login
        self._tally = tally
        self._timeout = timeout
        self._headers = {"Accept": "application/json", "User-Agent": "mooring"}
        if workspace is not None:
            self._headers["X-MLFLOW-WORKSPACE"] = workspace
        self._threads = threading.local()

    def find_prompts(self, size: int, page: str | None) -> Page:
        """See Registry."""
        asked = {"filter": PROMPTS_ONLY, "max_results": size, "order_by": "name ASC", "page_token": page}
        return read_page(self._get("list", "registered-models/search", "", asked))

    def get_container(self, name: str) -> Container:
        """See Registry."""
        return read_container(self._get("read", "registered-models/get", name, {"name": name}))

    def find_rows(self, name: str, after: int, size: int, page: str | None) -> Page:
        """See Registry."""
        asked = {
            "filter": later_than(name, after),
            "max_results": size,
            "order_by": "version_number ASC",
            "page_token": page,
        }
        return read_page(self._get("read", "model-versions/search", name, asked))

    def get_row(self, name: str, version: int) -> Row:
        """See Registry."""
        return read_row(self._get("read", "model-versions/get", name, {"name": name, "version": version}))

    def create_container(self, name: str, description: str, tags: Mapping[str, str]) -> None:
        """See Registry."""
        self._write("POST", "registered-models/create", {"name": name, "description": description, "tags": _list(tags)})

    def create_row(self, name: str, description: str, tags: Mapping[str, str]) -> Row:
        """See Registry."""
        body = {"name": name, "source": SOURCE, "description": description, "tags": _list(tags)}
        return read_row(self._write("POST", "model-versions/create", body))

    def describe(self, name: str, description: str) -> None:
        """See Registry."""
        self._write("PATCH", "registered-models/update", {"name": name, "description": description})

    def set_tag(self, name: str, key: str, value: str) -> None:
        """See Registry."""
        self._write("POST", "registered-models/set-tag", {"name": name, "key": key, "value": value})

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """See Registry."""
        self._write("POST", "registered-models/alias", {"name": name, "alias": alias, "version": str(version)})

    def delete_alias(self, name: str, alias: str) -> None:
        """See Registry."""
        self._write("DELETE", "registered-models/alias", {"name": name, "alias": alias})

    def born(self) -> int:
        """See Registry."""
        return read_born(self._get("read", "experiments/get", "0", {"experiment_id": "0"}))

    # --- one request --------------------------------------------------------------------------------------------

    def _get(self, kind: Literal["list", "read"], path: str, name: str, asked: Mapping[str, object]) -> dict[str, Any]:
        self._tally.add(kind)
        query = {key: str(value) for key, value in asked.items() if value is not None}
        return self._ask("GET", path, name, query, None)

    def _write(self, verb: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self._tally.add("write")
        return self._ask(verb, path, body["name"], {}, json.dumps(body, ensure_ascii=False).encode())

    def _ask(self, verb: str, path: str, name: str, query: Mapping[str, str], body: bytes | None) -> dict[str, Any]:
        url = f"{self._base}/api/2.0/mlflow/{path}"
        asked = f"{verb} {path}"
        headers = self._headers if body is None else {**self._headers, "Content-Type": "application/json"}
        try:
            with self._session().request(
                verb,
                url,
                params=query,
                data=body,
                headers=headers,
                auth=self._login,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as answer:
                return _understand(answer, _receive(answer, asked, self._timeout), asked, name)
        except (requests.RequestException, OSError) as error:
            reason = f"The MLflow server at {self._base} gave no whole answer to {asked} ({_kind(error)})."
            raise Unreachable(f"{reason} Check that it is up and that the url is right.") from None

    def _session(self) -> requests.Session:
        found: requests.Session | None = getattr(self._threads, "session", None)
        if found is None:
            found = self._threads.session = requests.Session()
        return found


def _list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


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


def _understand(answer: requests.Response, body: bytes, asked: str, name: str) -> dict[str, Any]:
    status = answer.status_code
    if status in {401, 403}:
        reason = f"The MLflow server refused {asked} (HTTP {status}). The target's credentials are missing, wrong or"
        raise Denied(f"{reason} not allowed to do this: reading needs READ, writing EDIT on prompts.")
    if 300 <= status < 400:
        reason = f"The MLflow server answered {asked} with a redirect, which is not followed (HTTP {status})."
        raise Unreachable(f"{reason} Put the address that it leads to into the target's url.")
    if status == 429 or status >= 500:
        reason = f"The MLflow server could not answer {asked} (HTTP {status}). Try again later."
        raise Unreachable(reason, retry_after=retry_after(answer.headers, datetime.now().astimezone()))
    document = _document(answer, body, asked)
    if status == 200:
        return document
    code, message = document.get("error_code"), document.get("message")
    if not isinstance(code, str) or not isinstance(message, str):
        raise Unreachable(f"The answer to {asked} is an error that is not MLflow's own (HTTP {status}). Check the url.")
    raise refusal(code, message, asked, name)


def _document(answer: requests.Response, body: bytes, asked: str) -> dict[str, Any]:
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip()
    if kind == "application/json":
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            return found
    reason = f"The answer to {asked} is not the JSON that was due (HTTP {answer.status_code}, {kind or 'no type'})."
    raise Unreachable(f"{reason} Check that the url is that of an MLflow server, not of a proxy or a login page.")


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read Retry-After in seconds, be it a number or a date; None where there is none or nobody can read it."""
    said = headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - now).total_seconds())
    except (ValueError, TypeError):
        return None


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
