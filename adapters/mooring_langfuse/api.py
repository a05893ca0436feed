"""How is Langfuse's public API asked, and what do its answers say?"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from mooring.core.artifact import Kind
from mooring.http import Answer, Request, Server, Verb, retry_after
from mooring.ports import AdapterError, Allowance, Denied, Pace, Rejected, Tally, Unreachable

LATEST = "latest"
"""The label that Langfuse itself moves to every new version."""

MAX_VERSION = 2**31 - 1
"""Langfuse keeps versions in 32 bits; asked for a higher one it answers 500."""

_PROMPTS = "/api/public/v2/prompts"


class Missing(Rejected):
    """What a write is about is not there."""


@dataclass(frozen=True, slots=True)
class Row:
    """One prompt in a list, so far as its versions match the list's filter: all of this is about those alone.

    `updated` is when the last of them was touched, as the server writes it. `labels` are theirs together: which
    version has which label is known only where `versions` is one.
    """

    name: str
    versions: tuple[int, ...]
    labels: tuple[str, ...]
    tags: tuple[str, ...]
    kind: Kind | None
    updated: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, how many prompts the whole list has, and when it was sent by the server's clock."""

    rows: tuple[Row, ...]
    total: int
    sent: datetime | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """What a key opens."""

    id: str
    name: str
    organization: str


class Api:
    """Langfuse's public API. One method is one request; every one waits for its turn at `pace`."""

    def __init__(self, base: str, server: Server, tally: Tally, pace: Pace) -> None:
        self._base = base
        self._server = server
        self._tally = tally
        self._pace = pace
        self.allowances: dict[str, Allowance] = {}

    def page(self, number: int, size: int, filters: Mapping[str, str]) -> Page:
        """List prompts by name, so many a page; pages count from 1."""
        answer = self._ask("list", "GET", _PROMPTS, "prompts", {**filters, "page": str(number), "limit": str(size)})
        return replace(_read_page(self._due(answer, 200), answer.asked), sent=answer.sent)

    def version(self, name: str, version: int) -> dict[str, Any] | None:
        """Read one version as it was stored, past any cache; None where the server says that there is none."""
        query = {"version": str(version), "resolve": "false"}
        answer = self._ask("read", "GET", f"{_PROMPTS}/{quote(name, safe='')}", "prompts/NAME", query)
        if answer.status == 404:
            self._prove_absence(answer, name)
            return None
        found = self._due(answer, 200)
        _same(found, answer.asked, name=name, version=version)
        return found

    def create(self, body: bytes, name: str) -> dict[str, Any]:
        """Create a version, and give it as it was stored."""
        answer = self._ask("write", "POST", _PROMPTS, "prompts", {}, body)
        found = self._due(answer, 201)
        _same(found, answer.asked, name=name)
        return found

    def label(self, name: str, version: int, label: str) -> dict[str, Any]:
        """Point a label at a version: it is taken off all others."""
        path = f"{_PROMPTS}/{quote(name, safe='')}/versions/{version}"
        body = json.dumps({"newLabels": [label]}).encode()
        answer = self._ask("write", "PATCH", path, "prompts/NAME/versions/VERSION", {}, body)
        found = self._due(answer, 200)
        _same(found, answer.asked, name=name, version=version)
        labels = found.get("labels")
        if not isinstance(labels, list) or label not in labels:
            raise _odd(answer.asked)
        return found

    def delete(self, name: str) -> None:
        """Delete a prompt with all its versions; one that is not there stays so.

        This is the request without a version and a label. No other DELETE is ever sent: one whose version or label is
        empty or 0 does the same.
        """
        if not name:
            raise Rejected("A prompt without a name cannot be deleted. Nothing was sent.")
        answer = self._ask("write", "DELETE", f"{_PROMPTS}/{quote(name, safe='')}", "prompts/NAME")
        if answer.status == 404:
            self._prove_absence(answer, name)
        elif answer.status != 204:
            self._due(answer, 204)  # which raises what any other answer means

    def project(self) -> Project:
        """Ask which project the key opens."""
        answer = self._ask("read", "GET", "/api/public/projects", "projects")
        match self._due(answer, 200):
            case {"data": [{"id": str() as found, "name": str() as name, **more}]} if found:
                match more:
                    case {"organization": {"name": str() as organization}}:
                        return Project(found, name, organization)
                    case _:
                        return Project(found, name, "")
            case _:
                raise _odd(answer.asked)

    def echo(self, name: str) -> bool:
        """Tell whether the answer about a prompt that is not there names it as it was asked for."""
        answer = self._ask("read", "GET", f"{_PROMPTS}/{quote(name, safe='')}", "prompts/NAME", {"version": "1"})
        message = self._server.document(answer).get("message")
        return answer.status == 404 and isinstance(message, str) and f"'{name}'" in message

    def health(self) -> str:
        """Ask for the server's version."""
        answer = self._ask("read", "GET", "/api/public/health", "health")
        match self._due(answer, 200):
            case {"version": str() as version}:
                return version
            case _:
                raise _odd(answer.asked)

    # --- one request --------------------------------------------------------------------------------------------

    def _ask(
        self,
        kind: Literal["list", "read", "write"],
        verb: Verb,
        path: str,
        asked: str,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        # Langfuse Cloud counts a PATCH with the rest of its public API, and everything else about prompts apart
        resource = "public-api" if verb == "PATCH" else "prompts"
        self._pace.begin(resource)
        self._tally.add(kind)
        answer = self._server.ask(Request(verb, self._base + path, f"{verb} {asked}", query or {}, body))
        self._learn(resource, answer)
        if answer.status in {401, 403}:
            reason = f"Langfuse refused {answer.asked} (HTTP {answer.status}). The target's secret key is wrong, is no"
            raise Denied(f"{reason} project's key, or belongs to another host: check url and credentials.")
        self._server.expect(answer)
        return answer

    def _learn(self, resource: str, answer: Answer) -> None:
        allowance = read_allowance(answer.headers, answer.moment)
        if allowance is not None:
            self.allowances[resource] = allowance
        elif answer.status == 429:
            # A proxy that only says when to come again: there is a limit, and it is used up until then.
            allowance = Allowance(0, 0, retry_after(answer.headers, answer.moment) or 0.0)
        if allowance is not None:
            self._pace.learn(resource, allowance)

    def _due(self, answer: Answer, status: int) -> dict[str, Any]:
        """Give the document of an answer that is as it should be; raises what any other one means."""
        if answer.status == 413:
            reason = f"Langfuse or a proxy before it refused {answer.asked}: the prompt is too long (HTTP 413)."
            raise Rejected(f"{reason} Shorten it, or split it.")
        document = self._server.document(answer)
        if answer.status == status:
            return document
        message = document.get("message")
        if not isinstance(message, str) or not 400 <= answer.status < 500:
            reason = f"The answer to {answer.asked} is none of Langfuse's own (HTTP {answer.status})."
            raise Unreachable(f"{reason} Check the url.")
        raise _refusal(message, document.get("error"), answer)

    def _prove_absence(self, answer: Answer, name: str) -> None:
        """Raise Unreachable unless a 404 is Langfuse's own, and about the prompt that was asked for."""
        document = self._server.document(answer)
        message = document.get("message")
        known = isinstance(message, str) and message.startswith("Prompt not found")
        if not known or not isinstance(message, str) or ("'" in message and f"'{name}'" not in message):
            reason = f"The answer to {answer.asked} is a 404 about something else."
            raise Unreachable(f"{reason} Check that the url is right and that no proxy rewrites prompt names in paths.")


def read_allowance(headers: Mapping[str, str], now: datetime) -> Allowance | None:
    """Read the X-RateLimit headers, whose reset is what JavaScript prints of a date; None where there are none."""
    limit, remaining = headers.get("X-RateLimit-Limit", ""), headers.get("X-RateLimit-Remaining", "")
    if not (limit.isascii() and limit.isdigit() and remaining.isascii() and remaining.isdigit()):
        return None
    reset = retry_after(headers, now)
    if reset is None:
        said = headers.get("X-RateLimit-Reset", "").partition(" (")[0]
        try:
            reset = max(0.0, (datetime.strptime(said, "%a %b %d %Y %H:%M:%S GMT%z") - now).total_seconds())
        except ValueError:
            return None
    return Allowance(int(limit), int(remaining), reset)


def _refusal(message: str, error: object, answer: Answer) -> AdapterError:
    """Give what one of Langfuse's own refusals means. They differ by their text alone."""
    asked = answer.asked
    if "unique constraint failure" in message:
        reason = f"Langfuse did not carry out {asked}: another version of the prompt was being made at that moment."
        return Unreachable(f"{reason} Try again.", sent=False)
    if "different prompt type" in message:
        reason = "Langfuse fixes for each name whether it is a text or a chat, and this one was the other kind before."
        return Rejected(f"{reason} Use another name, or delete all its versions in Langfuse.")
    if message.startswith("Prompt dependency"):
        return Rejected(f"Langfuse refused the version: {message[:300]}. A prompt that is referred to must be there.")
    if message.startswith("Other prompts are depending"):
        named = "; ".join(line for line in message.splitlines() if " depends on " in line)
        return Rejected(f"Langfuse keeps the prompt, for others refer to it: {named[:300]}. Delete those first.")
    if answer.status == 404:
        return Missing(f"Langfuse knows nothing of what {asked} is about: {message[:300]}. Plan again.")
    where = f" at {'; '.join(_places(error))}" if isinstance(error, list) else ""
    return Rejected(f"Langfuse refused {asked} (HTTP {answer.status}): {message[:300]}{where}.")


def _places(issues: list[Any]) -> list[str]:
    """Name the fields that a request was refused for, without their values."""
    found: list[str] = []
    for issue in issues[:3]:
        match issue:
            case {"path": list() as path, "message": str() as message}:
                found.append(f"{'/'.join(str(step) for step in path) or 'the whole'} ({message[:100]})")
            case _:
                pass
    return found


# --- reading answers ----------------------------------------------------------------------------------------------


def _read_page(document: dict[str, Any], asked: str) -> Page:
    match document:
        case {"data": list() as rows, "meta": {"totalItems": int() as total}}:
            return Page(tuple(_read_row(row, asked) for row in rows), total)
        case _:
            raise _odd(asked)


def _read_row(row: object, asked: str) -> Row:
    match row:
        case {
            "name": str() as name,
            "versions": [_, *_] as versions,
            "labels": list() as labels,
            "tags": list() as tags,
            "type": str() as kind,
            "lastUpdatedAt": str() as updated,
        } if (
            all(type(version) is int and version > 0 for version in versions)
            and all(type(text) is str for text in (*labels, *tags))
            and updated
        ):
            known = Kind(kind) if kind in {"text", "chat"} else None
            return Row(name, tuple(sorted(set(versions))), tuple(labels), tuple(tags), known, updated)
        case _:
            raise _odd(asked)


def _same(document: dict[str, Any], asked: str, *, name: str, version: int | None = None) -> None:
    """Raise Unreachable where an answer is about another prompt or version than was asked for."""
    found = document.get("version")
    if type(found) is not int or found < 1 or document.get("name") != name or version not in {None, found}:
        reason = f"The answer to {asked} is about another prompt or version than was asked for."
        raise Unreachable(f"{reason} Check that no proxy rewrites prompt names in paths.")


def _odd(asked: str) -> Unreachable:
    return Unreachable(f"The answer to {asked} has not the form that Langfuse gives it. Check the url and the version.")
