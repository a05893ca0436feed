"""What if an answer is lost, late, cut or wrong, or somebody acts in between? A schedule of trouble around the API."""

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Literal, TypeAlias, assert_never

from mooring.testing.faults import When as When
from mooring.testing.langfuse.wire import Answer, Dropped, Outcome, Request, Truncated

Method: TypeAlias = Literal["GET", "POST", "PATCH", "DELETE", "any", "write"]
"""Which requests trouble counts: those with one method, every request, or the three methods that write."""

WRITES = frozenset({"POST", "PATCH", "DELETE"})

Carry: TypeAlias = Callable[[], Answer]
"""Carries a request out, and gives the server's own answer."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection closes without an answer; with AFTER, the request was carried out."""

    when: When


@dataclass(frozen=True, slots=True)
class Replied:
    """An answer of the test's choice; with AFTER, the request was carried out all the same."""

    answer: Answer
    when: When = When.BEFORE


@dataclass(frozen=True, slots=True)
class Cut:
    """The request is carried out, and the connection closes after `count` bytes of the answer's body."""

    count: int


@dataclass(frozen=True, slots=True)
class Late:
    """No answer; the request is carried out right before the one that comes `requests` requests later (or: land)."""

    requests: int


@dataclass(frozen=True, slots=True)
class Acted:
    """Somebody does something right before or after the request is carried out; its own answer is sent."""

    when: When
    act: Callable[[], object]


Event: TypeAlias = Lost | Replied | Cut | Late | Acted


@dataclass(frozen=True, slots=True)
class Fault:
    """An event at the n-th request that matches, counted from 1 since the fault was added, and `times` times in a row.

    `path` is a regular expression, searched in the path as it was sent: percent-encoded, with its query.
    """

    method: Method
    path: str
    number: int
    event: Event
    times: int = 1


class _Armed:
    """A fault, and how many requests it saw that match."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.path = re.compile(fault.path)
        self.seen = 0

    def meets(self, request: Request) -> bool:
        """Count a request that matches, and tell whether the event happens now."""
        wanted = self.fault.method
        if wanted not in ("any", request.method) and not (wanted == "write" and request.method in WRITES):
            return False
        if self.path.search(request.path) is None:
            return False
        self.seen += 1
        return self.fault.number <= self.seen < self.fault.number + self.fault.times

    @property
    def over(self) -> bool:
        return self.seen >= self.fault.number + self.fault.times - 1


class Trouble:
    """A schedule of faults for one server; without faults, every request is carried out and answered as it is.

    `landed` lists what late requests were answered when they were carried out; no client ever got that.
    """

    def __init__(self, schedule: Sequence[Fault] = ()) -> None:
        self.landed: list[Answer] = []
        self._armed = [_Armed(fault) for fault in schedule]
        self._late: list[tuple[int, Carry]] = []
        self._count = 0
        self._lock = threading.Lock()

    def add(self, *faults: Fault) -> None:
        """Schedule further faults; they count requests from now on."""
        with self._lock:
            self._armed += [_Armed(fault) for fault in faults]

    def clear(self) -> None:
        """Forget the schedule; requests that are late stay on their way."""
        with self._lock:
            self._armed = []

    @property
    def pending(self) -> Sequence[Fault]:
        """The faults that did not happen (or not often enough) yet: a test may assert that there are none."""
        with self._lock:
            return [armed.fault for armed in self._armed if not armed.over]

    def land(self) -> None:
        """Carry out every late request now, in the order in which they came."""
        with self._lock:
            waiting, self._late = self._late, []
        self._perform([carry for _, carry in waiting])

    def around(self, request: Request, carry_out: Carry) -> Outcome:
        """Carry out a request, or not, and give what the client gets."""
        events, due = self._count_in(request, carry_out)
        self._perform(due)
        outcome = _before(events)
        if outcome is not None:
            return outcome
        return _after(events, carry_out())

    def _count_in(self, request: Request, carry_out: Carry) -> tuple[list[Event], list[Carry]]:
        with self._lock:
            self._count += 1
            events = [armed.fault.event for armed in self._armed if armed.meets(request)]
            due = [carry for at, carry in self._late if at <= self._count]
            self._late = [(at, carry) for at, carry in self._late if at > self._count]
            late = [event for event in events if isinstance(event, Late)]
            if late and not any(isinstance(event, Lost | Replied) and event.when is When.BEFORE for event in events):
                self._late.append((self._count + late[0].requests, carry_out))
            return events, due

    def _perform(self, carries: Sequence[Carry]) -> None:
        answers = [carry() for carry in carries]
        with self._lock:
            self.landed += answers


def _before(events: Sequence[Event]) -> Outcome | None:
    """Let happen what comes first, and give the outcome that keeps the request from being carried out now."""
    outcome: Outcome | None = None
    for event in events:
        match event:
            case Acted(When.BEFORE, act):
                act()
            case Lost(When.BEFORE) | Late():
                outcome = outcome or Dropped()
            case Replied(answer, When.BEFORE):
                outcome = outcome or answer
            case Lost() | Replied() | Cut() | Acted():
                pass
            case _:
                assert_never(event)
    return outcome


def _after(events: Sequence[Event], answer: Answer) -> Outcome:
    outcome: Outcome = answer
    for event in events:
        match event:
            case Acted(When.AFTER, act):
                act()
            case Lost(When.AFTER):
                outcome = Dropped()
            case Replied(instead, When.AFTER):
                outcome = instead
            case Cut(count):
                outcome = Truncated(answer, count)
            case _:
                pass
    return outcome


# --- answers that stand between a client and the server ---------------------------------------------------------------


def bad_gateway() -> Answer:
    """A proxy's 502, in HTML."""
    return _html(502, "Bad Gateway")


def unavailable() -> Answer:
    """A proxy's 503, in HTML."""
    return _html(503, "Service Temporarily Unavailable")


def gateway_timeout() -> Answer:
    """A proxy's 504, in HTML: the request may still be carried out (so add it with AFTER, too)."""
    return _html(504, "Gateway Time-out")


def internal_error() -> Answer:
    """The server's own 500, as recorded with its database down (23-timeout-then-executes)."""
    return _json(500, b'{"message":"Internal Server Error","error":"An unknown error occurred"}')


def too_many(seconds: int) -> Answer:
    """A 429 that says in seconds when to come again (RFC 9110, 10.2.3)."""
    return _too_many(str(seconds))


def too_many_until(moment: datetime) -> Answer:
    """A 429 that names a date, which must have a time zone (RFC 9110, 10.2.3)."""
    return _too_many(format_datetime(moment.astimezone(UTC), usegmt=True))


def _too_many(retry_after: str) -> Answer:
    plain = _html(429, "Too Many Requests")
    return Answer(plain.status, (*plain.headers, ("retry-after", retry_after)), plain.body)


def _html(status: int, reason: str) -> Answer:
    page = (
        f"<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n<center><h1>{status} {reason}</h1>"
        "</center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return Answer(status, (("content-type", "text/html"),), page.encode())


def _json(status: int, body: bytes) -> Answer:
    return Answer(status, (("content-type", "application/json; charset=utf-8"),), body)
