"""What does Langfuse tell others when a prompt changes? Automations, their signed payloads, and their delivery."""

import hashlib
import hmac
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeAlias, assert_never
from urllib.parse import urlsplit
from uuid import uuid4

from mooring.core.artifact import Json
from mooring.testing.langfuse.javascript import stringify

ATTEMPTS = 4
FIRST_WAIT = 0.1
"""Seconds between the first two attempts; each further wait is twice as long (exponential-backoff's defaults)."""
TIMEOUT = 10.0
FAILURES = 5
"""So many failing executions in a row set an automation inactive."""
GITHUB_LIMIT = 64 * 1024
TRUNCATED = "[TRUNCATED: GitHub repository_dispatch payload exceeded size limit]"
PROMPT_FIELDS = (
    *("id", "name", "version", "projectId", "createdBy", "labels"),
    *("prompt", "type", "config", "commitMessage", "tags", "createdAt", "updatedAt"),
)
"""The fields of `prompt` in a payload, in their order (16-webhook-deliveries)."""


class Change(StrEnum):
    """What happened to a version."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class User:
    """Who did it, at the web interface; an API key is nobody."""

    name: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class PromptEvent:
    """A change of one version: its row as the API gives it, but with the prompt resolved (composition expanded)."""

    change: Change
    row: Mapping[str, Json]
    user: User | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """A POST to a URL, signed with a secret (`lf-whsec_…`)."""

    url: str
    secret: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class GitHubDispatch:
    """A `repository_dispatch` event, signed with the token."""

    url: str
    token: str = field(repr=False)
    event_type: str = "langfuse-prompt-update"


Action: TypeAlias = Webhook | GitHubDispatch


class Operator(StrEnum):
    """How a filter compares."""

    EQUALS = "="
    CONTAINS = "contains"
    CONTAINS_NOT = "does not contain"
    STARTS_WITH = "starts with"
    ENDS_WITH = "ends with"
    ANY_OF = "any of"
    NONE_OF = "none of"


@dataclass(frozen=True, slots=True)
class NameFilter:
    """A condition on a prompt's name; ANY_OF and NONE_OF may have several values, the others have one."""

    operator: Operator
    values: Sequence[str]

    def admits(self, name: str) -> bool:
        """Tell whether a name meets the condition."""
        value = self.values[0] if self.values else ""
        match self.operator:
            case Operator.EQUALS:
                return name == value
            case Operator.CONTAINS:
                return value in name
            case Operator.CONTAINS_NOT:
                return value not in name
            case Operator.STARTS_WITH:
                return name.startswith(value)
            case Operator.ENDS_WITH:
                return name.endswith(value)
            case Operator.ANY_OF:
                return name in self.values
            case Operator.NONE_OF:
                return name not in self.values
            case _:
                assert_never(self.operator)


@dataclass(frozen=True, slots=True)
class Automation:
    """What one project wants to be told, and how; without `changes`, every change; a name must pass all `names`."""

    name: str
    project: str
    action: Action
    changes: frozenset[Change] = frozenset()
    names: Sequence[NameFilter] = ()

    def wants(self, event: PromptEvent) -> bool:
        """Tell whether it fires for an event."""
        if event.row["projectId"] != self.project or (self.changes and event.change not in self.changes):
            return False
        return all(each.admits(str(event.row["name"])) for each in self.names)


class Status(StrEnum):
    """Whether an automation fires."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class Outcome(StrEnum):
    """How an execution stands."""

    PENDING = "PENDING"
    """Not tried yet; or never will be, because its payload is not valid (a config that is no object)."""
    COMPLETED = "COMPLETED"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class Execution:
    """One automation, carried out for one event; `statuses` holds each attempt's answer (None: there was none)."""

    id: str
    automation: str
    event: PromptEvent
    outcome: Outcome = Outcome.PENDING
    statuses: Sequence[int | None] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request as it is sent: the headers that the server sets itself, and the signed body."""

    url: str
    headers: Mapping[str, str]
    body: bytes


Send: TypeAlias = Callable[[Delivery], "int | None"]
"""Sends a request and gives the answer's status, or None if there was none."""


# --- what is sent -----------------------------------------------------------------------------------------------------


def sign(body: bytes, secret: str, at: int) -> str:
    """Write the `x-langfuse-signature` of a raw body, for a moment in Unix seconds."""
    mark = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={mark}"


def delivery(action: Action, event: PromptEvent, execution: str, at: datetime) -> Delivery | None:
    """Write the request for an event; None where the payload is not valid, because the config is no object."""
    if not isinstance(event.row["config"], Mapping):
        return None
    match action:
        case Webhook(url, secret, headers):
            body = _bytes(_payload(event, execution, at, ()))
            return Delivery(url, {**headers, **_DEFAULTS, _SIGNATURE: sign(body, secret, int(at.timestamp()))}, body)
        case GitHubDispatch(url, token, _):
            body = _dispatch(action, event, execution, at)
            bearer = {"Authorization": f"Bearer {token}"}
            return Delivery(url, {**_DEFAULTS, **bearer, _SIGNATURE: sign(body, token, int(at.timestamp()))}, body)
        case _:
            assert_never(action)


_DEFAULTS = {"content-type": "application/json", "user-agent": "Langfuse/1.0"}
_SIGNATURE = "x-langfuse-signature"
_CUT = ("prompt.prompt", "prompt.config")


def _dispatch(action: GitHubDispatch, event: PromptEvent, execution: str, at: datetime) -> bytes:
    whole = _bytes({"event_type": action.event_type, "client_payload": _payload(event, execution, at, ())})
    if len(whole) < GITHUB_LIMIT:
        return whole
    cut = replace(event, row={**event.row, "prompt": TRUNCATED, "config": {}})
    return _bytes({"event_type": action.event_type, "client_payload": _payload(cut, execution, at, _CUT)})


def _payload(event: PromptEvent, execution: str, at: datetime, cut: Sequence[str]) -> Json:
    payload: dict[str, Json] = {
        "id": execution,
        "timestamp": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "type": "prompt-version",
        "apiVersion": "v1",
        "action": event.change.value,
    }
    if event.user is not None:
        payload["user"] = {"name": event.user.name, "email": event.user.email}
    if cut:
        payload["truncation"] = {"payloadTruncated": True, "truncatedFields": cut}
    return {**payload, "prompt": {name: event.row[name] for name in PROMPT_FIELDS}}


def _bytes(value: Json) -> bytes:
    return stringify(value).encode()


# --- how it is delivered ----------------------------------------------------------------------------------------------


def utc_now() -> datetime:
    """Tell the time, in UTC."""
    return datetime.now(UTC)  # noqa: TID251  # the fake stands in the world; a test gives it another clock


def post(request: Delivery) -> int | None:
    """Send a request, with the headers in the order that the server has (16-webhook-deliveries); never redirected."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection

    at = urlsplit(request.url)
    kind = HTTPSConnection if at.scheme == "https" else HTTPConnection
    connection = kind(at.hostname or "", at.port, timeout=TIMEOUT)
    try:
        path = f"{at.path or '/'}?{at.query}" if at.query else at.path or "/"
        connection.putrequest("POST", path, skip_host=True, skip_accept_encoding=True)
        around = {"accept": "*/*", "accept-language": "*", "sec-fetch-mode": "cors", "accept-encoding": "gzip, deflate"}
        headers = {"host": at.netloc, "connection": "keep-alive", **request.headers, **around}
        for name, value in {**headers, "content-length": str(len(request.body))}.items():
            connection.putheader(name, value)
        connection.endheaders(request.body)
        answer = connection.getresponse()
        answer.read()
    except (OSError, HTTPException):
        return None
    else:
        return answer.status
    finally:
        connection.close()


class Webhooks:
    """The automations of one server, and a background thread that carries them out one after the other.

    Which automations an event fires is decided when it fires; afterwards a test may `drain`. The server promises no
    order: `choose` picks, of so many that wait, which one is next, and `held` collects some to choose from.
    """

    def __init__(
        self,
        now: Callable[[], datetime] = utc_now,
        wait: Callable[[float], object] = time.sleep,
        choose: Callable[[int], int] = lambda _: 0,
        send: Send = post,
    ) -> None:
        self._now, self._wait, self._choose, self._send = now, wait, choose, send
        self._automations: dict[str, Automation] = {}
        self._failures: dict[str, int] = {}
        self._executions: dict[str, Execution] = {}
        self._waiting: list[Execution] = []
        self._holds = 0
        self._thread: threading.Thread | None = None
        self._broken: Exception | None = None
        self._changed = threading.Condition()

    def add(self, automation: Automation) -> None:
        """Set an automation up, or change the one of that name; it is active, and has not failed."""
        with self._changed:
            self._automations[automation.name] = automation
            self._failures[automation.name] = 0

    def remove(self, name: str) -> None:
        """Take an automation away; what it has not delivered is never delivered."""
        with self._changed:
            del self._automations[name]

    def status(self, name: str) -> Status:
        """Tell whether an automation still fires; once INACTIVE, it must be added again."""
        with self._changed:
            return self._status(name)

    @property
    def executions(self) -> Sequence[Execution]:
        """Every execution so far, in the order in which they were fired."""
        with self._changed:
            return list(self._executions.values())

    def fire(self, event: PromptEvent) -> None:
        """Have every active automation that wants an event carried out, soon."""
        with self._changed:
            for automation in self._automations.values():
                if self._status(automation.name) is Status.ACTIVE and automation.wants(event):
                    execution = Execution(str(uuid4()), automation.name, event)
                    self._executions[execution.id] = execution
                    self._waiting.append(execution)
            if self._waiting and self._thread is None:
                self._thread = threading.Thread(target=self._work, name="langfuse-webhooks", daemon=True)
                self._thread.start()

    def drain(self) -> None:
        """Return when everything that was fired so far is delivered, or given up."""
        with self._changed:
            if self._holds:
                raise RuntimeError("Deliveries are held, so draining would never end: leave held() first.")
            self._changed.wait_for(lambda: self._thread is None)
            if self._broken is not None:
                raise RuntimeError("Delivering failed in the fake itself; see the cause.") from self._broken

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold every delivery back until the end of the block."""
        with self._changed:
            self._holds += 1
        try:
            yield
        finally:
            with self._changed:
                self._holds -= 1
                self._changed.notify_all()

    def _status(self, name: str) -> Status:
        return Status.ACTIVE if self._failures[name] < FAILURES else Status.INACTIVE

    def _work(self) -> None:
        """Deliver until nothing waits; the next event starts another thread."""
        try:
            while (execution := self._next()) is not None:
                automation = self._automations.get(execution.automation)
                if automation is not None:
                    self._note(self._execute(automation, execution))
        except Exception as failure:  # noqa: BLE001  # whoever drains is told
            with self._changed:
                self._broken, self._thread = failure, None
                self._changed.notify_all()

    def _next(self) -> Execution | None:
        with self._changed:
            self._changed.wait_for(lambda: not self._holds)
            if self._waiting:
                return self._waiting.pop(self._choose(len(self._waiting)))
            self._thread = None
            self._changed.notify_all()
            return None

    def _note(self, done: Execution) -> None:
        with self._changed:
            self._executions[done.id] = done
            if self._status(done.automation) is Status.ACTIVE and done.outcome is not Outcome.PENDING:
                failed = done.outcome is Outcome.ERROR
                self._failures[done.automation] = self._failures[done.automation] + 1 if failed else 0

    def _execute(self, automation: Automation, execution: Execution) -> Execution:
        request = delivery(automation.action, execution.event, execution.id, self._now())
        if request is None:
            return execution
        statuses: list[int | None] = []
        for attempt in range(ATTEMPTS):
            if attempt:
                self._wait(FIRST_WAIT * 2 ** (attempt - 1))
            status = self._send(request)
            statuses.append(status)
            if status is not None and 200 <= status < 300:
                return replace(execution, outcome=Outcome.COMPLETED, statuses=tuple(statuses))
        return replace(execution, outcome=Outcome.ERROR, statuses=tuple(statuses))
