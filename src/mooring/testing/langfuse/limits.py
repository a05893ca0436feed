"""How many requests does Langfuse Cloud let through? Fixed windows by organisation and resource, as recorded."""

import json
import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from mooring.testing.langfuse.wire import Answer, Request


class Resource(StrEnum):
    """What the server counts requests under."""

    PROMPTS = "prompts"
    """GET, POST and DELETE of prompts; Langfuse Cloud sets no limit on them."""
    PUBLIC_API = "public-api"
    """PATCH, which moves labels."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many points in a window of seconds. The request that takes the last point is refused: 30 let 29 through."""

    points: int
    seconds: float


Plan: TypeAlias = Mapping[Resource, Limit]
"""The limits of an organisation; a resource that is not named has none."""

SELF_HOSTED: Plan = MappingProxyType({})
HOBBY: Plan = MappingProxyType({Resource.PUBLIC_API: Limit(30, 60)})
PRO: Plan = MappingProxyType({Resource.PUBLIC_API: Limit(1000, 60)})
"""Core, Pro, Team and Enterprise alike."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many requests were let through and how many were refused."""

    passed: int = 0
    refused: int = 0


@dataclass(slots=True)
class _Window:
    end: datetime
    taken: int = 0


@dataclass(slots=True)
class _Account:
    plan: dict[Resource, Limit]
    windows: dict[Resource, _Window] = field(default_factory=dict["Resource", "_Window"])
    shares: dict[Resource, Share] = field(default_factory=dict["Resource", "Share"])


def utc_now() -> datetime:
    """Tell the time, in UTC."""
    return datetime.now(UTC)  # noqa: TID251  # the fake stands in the world; a test gives it another clock


class Limits:
    """The rate limits of one server; self-hosted by default, where there are none.

    `plan` is what an organisation has until `set` says otherwise. A window begins with the first request after the
    last one ended (rate-limiter-flexible, which the server uses); refused requests count, and do not move its end.
    """

    def __init__(self, plan: Plan = SELF_HOSTED, now: Callable[[], datetime] = utc_now) -> None:
        self._plan = plan
        self._now = now
        self._accounts: dict[str, _Account] = {}
        self._lock = threading.Lock()

    def set(self, organization: str, resource: Resource, limit: Limit) -> None:
        """Give an organisation a limit of its own, and begin a new window."""
        with self._lock:
            account = self._account(organization)
            account.windows.pop(resource, None)
            account.plan[resource] = limit

    def lift(self, organization: str, resource: Resource) -> None:
        """Take an organisation's limit on a resource away."""
        with self._lock:
            account = self._account(organization)
            account.windows.pop(resource, None)
            account.plan.pop(resource, None)

    def share(self, organization: str, resource: Resource) -> Share:
        """Tell what an organisation got of a resource so far."""
        with self._lock:
            return self._account(organization).shares.get(resource, Share())

    def check(self, organization: str, request: Request) -> Answer | None:
        """Count a request, and give the 429 if it is refused."""
        resource = resource_of(request)
        if resource is None:
            return None
        with self._lock:
            account, now = self._account(organization), self._now()
            share = account.shares.get(resource, Share())
            limit = account.plan.get(resource)
            window = None if limit is None else _take(account.windows, resource, limit, now)
            if limit is None or window is None or window.taken < limit.points:
                account.shares[resource] = Share(share.passed + 1, share.refused)
                return None
            account.shares[resource] = Share(share.passed, share.refused + 1)
            return refusal(limit.points, window.end, now)

    def _account(self, organization: str) -> _Account:
        return self._accounts.setdefault(organization, _Account(dict(self._plan)))


def resource_of(request: Request) -> Resource | None:
    """Tell what a request counts under: of the prompt routes, only PATCH is no `prompts` (19-ratelimit-cloudmode).

    None is what has no limits on any plan: asking for the key's project, which is how SDKs check their keys
    (web/src/pages/api/public/projects/index.ts).
    """
    if not request.path.startswith(("/api/public/v2/prompts", "/api/public/prompts")):
        return None
    return Resource.PUBLIC_API if request.method == "PATCH" else Resource.PROMPTS


def refusal(points: int, end: datetime, now: datetime) -> Answer:
    """Write the 429 for a window of so many points that ends at `end` (19-ratelimit-cloudmode)."""
    seconds = math.ceil((end - now) / timedelta(seconds=1))
    details = {"retryAfterSeconds": seconds, "limit": points, "remaining": 0, "resetAt": _iso(end)}
    body = {"message": "Rate limit exceeded", "code": "rate_limited", "details": details}
    headers = (
        ("retry-after", str(seconds)),
        ("x-ratelimit-limit", str(points)),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", _javascript_date(end)),
        ("content-type", "application/json; charset=utf-8"),
    )
    return Answer(429, headers, json.dumps(body, separators=(",", ":")).encode())


def _take(windows: dict[Resource, _Window], resource: Resource, limit: Limit, now: datetime) -> _Window:
    window = windows.get(resource)
    if window is None or now >= window.end:
        window = windows[resource] = _Window(now + timedelta(seconds=limit.seconds))
    window.taken += 1
    return window


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _javascript_date(moment: datetime) -> str:
    """Write what `String(new Date())` gives on a server in UTC."""
    day, number, month, year, clock, _ = format_datetime(moment.astimezone(UTC), usegmt=True).replace(",", "").split()
    return f"{day} {month} {number} {year} {clock} GMT+0000 (Coordinated Universal Time)"
