"""When may the next request be sent, so that a platform's limit is kept and others find enough of it left?

A budget is what a platform counts together: a host and, where the config names it, an organisation. All targets and
threads of a run that share it share one `Budget`. Nothing is limited before a limit is configured or an answer tells
one (docs/decisions/0012-rate-budget.md).
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from math import ceil, floor, inf

from mooring.ports import Allowance, Clock, Unreachable

ANY = ""
"""The resource that every request counts for, whatever the adapter calls what it asks."""
SHARE = 0.5
"""Of a limit, so much is ours unless the config says otherwise; apps and people keep the rest."""
LONGEST = 900.0
"""Seconds: who would have to wait longer is told that the budget is used up, and a later run goes on."""
TOLD = 5.0
"""Seconds: a shorter wait is not worth a word."""
_STRETCH = 5.0
"""Seconds that are slept at once: after each stretch it is asked whether the wait still has a purpose."""
_SHORTEST = 0.001
_SAME_RESET = 1.5
"""Seconds: platforms round the time of a reset, so two answers about one window may name different ones."""

_check: ContextVar[Callable[[], None] | None] = ContextVar("_check", default=None)


@contextmanager
def checking(check: Callable[[], None]) -> Iterator[None]:
    """Call `check` whenever this thread has waited for a budget inside the block; what it raises ends the wait.

    A request that waited a minute for its turn must not be sent under a right that was looked at a minute ago.
    """
    token = _check.set(check)
    try:
        yield
    finally:
        _check.reset(token)


@dataclass(frozen=True, slots=True)
class Rate:
    """A platform's limit: `count` requests in `seconds`."""

    count: int
    seconds: float


@dataclass(slots=True)
class _Window:
    """At most `count` requests in any `seconds`: each of `count` tokens comes back `seconds` after it was taken."""

    count: int
    seconds: float
    taken: deque[float] = field(default_factory=deque[float])

    def earliest(self, now: float, ahead: int) -> float:
        """Give when a request may be sent that `ahead` others come before."""
        rounds, at = divmod(len(self.taken) + ahead, self.count)
        if rounds == 0:
            return now
        before = self.taken[at] if at < len(self.taken) else now
        return max(before, now - self.seconds) + rounds * self.seconds

    def take(self, now: float) -> None:
        self.taken.append(now)
        while len(self.taken) > self.count:
            self.taken.popleft()


@dataclass(slots=True)
class _Meter:
    """What is known of one resource: the limits that were configured, and what answers said."""

    share: float
    windows: list[_Window] = field(default_factory=list[_Window])
    learned: _Window | None = None
    kept: int = 0
    """What answers may say to remain, and others need."""
    left: int | None = None
    """What remains until `reset`, by the last answers and what was sent since; None where nobody said."""
    reset: float = -inf
    sent: int = 0

    def configure(self, rate: Rate) -> None:
        count = _share_of(rate.count, self.share)
        if all((window.count, window.seconds) != (count, rate.seconds) for window in self.windows):
            self.windows.append(_Window(count, rate.seconds))

    def learn(self, now: float, allowance: Allowance) -> None:
        seconds = allowance.reset if 0 <= allowance.reset < inf else 0.0
        self._learn_window(allowance.limit, seconds)
        if self.left is not None and now < self.reset and abs(now + seconds - self.reset) <= _SAME_RESET:
            # Answers overtake each other, and ours on the way count: within one window only the lowest is news.
            self.left = min(self.left, allowance.remaining)
        else:
            self.left, self.reset = allowance.remaining, now + seconds

    def _learn_window(self, limit: int, seconds: float) -> None:
        """Take over a limit; the window is as long as the longest time to its end that was seen."""
        if limit <= 0:
            self.kept = 0
            return
        count = _share_of(limit, self.share)
        self.kept = limit - count
        if self.learned is None:
            self.learned = _Window(count, seconds)
        self.learned.count, self.learned.seconds = count, max(self.learned.seconds, seconds)
        while len(self.learned.taken) > count:
            self.learned.taken.popleft()

    def earliest(self, now: float, ahead: int) -> float:
        times = [window.earliest(now, ahead) for window in self._all()]
        if self.left is not None and now < self.reset and self.left - self.kept <= ahead:
            times.append(self.reset)
        return max(times, default=now)

    def take(self, now: float) -> None:
        self.sent += 1
        for window in self._all():
            window.take(now)
        if self.left is not None:
            self.left -= 1

    def _all(self) -> list[_Window]:
        return self.windows if self.learned is None else [*self.windows, self.learned]


class Budget:
    """The requests that all threads of a run may send to one host and organisation; `name` is for messages."""

    def __init__(self, name: str, clock: Clock, share: float = SHARE) -> None:
        self._name = name
        self._clock = clock
        self._share = share
        self._meters: dict[str, _Meter] = {}
        self._queue: list[tuple[object, str]] = []
        self._lock = threading.Lock()

    def limit(self, resource: str, rate: Rate) -> None:
        """Keep a limit that is known beforehand; ANY for one on all requests together."""
        with self._lock:
            self._meter(resource).configure(rate)

    def learn(self, resource: str, allowance: Allowance) -> None:
        """Note what an answer said. A `limit` of 0 is an unknown one: then only the wait until `reset` counts."""
        with self._lock:
            self._meter(resource).learn(self._clock.monotonic(), allowance)

    def take(self, resource: str, tell: Callable[[str], None]) -> None:
        """Wait for one's turn to send; first come, first served. A wait worth a word is told once.

        Raises Unreachable, with nothing sent, where the turn comes after LONGEST, and whatever a check raises (see
        `checking`).
        """
        if ANY not in self._meters and resource not in self._meters:
            return
        ticket = object()
        told = False
        with self._lock:
            self._queue.append((ticket, resource))
        try:
            while wait := self._try(ticket, resource):
                if wait >= TOLD and not told:
                    tell(f"waits {wait:.0f} s: its share of the rate limit of {self._name} is used up")
                    told = True
                self._clock.sleep(min(wait, _STRETCH))
                check = _check.get()
                if check is not None:
                    check()
        except BaseException:
            with self._lock:
                self._leave(ticket)
            raise

    def sent(self) -> Mapping[str, int]:
        """Give how many requests were sent so far, by resource with a limit."""
        with self._lock:
            return {resource: meter.sent for resource, meter in self._meters.items()}

    def seconds(self, requests: Mapping[str, float]) -> float:
        """Give how long that many more requests take at least, by resource with a limit."""
        with self._lock:
            now = self._clock.monotonic()
            known = ((self._meters[one], ceil(count)) for one, count in requests.items() if one in self._meters)
            return max((meter.earliest(now, count - 1) - now for meter, count in known if count > 0), default=0.0)

    def _try(self, ticket: object, resource: str) -> float:
        """Take the turn if it has come and give 0; else give the seconds until it may."""
        with self._lock:
            now = self._clock.monotonic()
            ahead = self._ahead(ticket)
            own = {one: meter for one in {ANY, resource} if (meter := self._meters.get(one)) is not None}
            wait = max(
                meter.earliest(now, len(ahead) if one == ANY else ahead.count(one)) - now for one, meter in own.items()
            )
            if wait > LONGEST:
                raise self._used_up(wait)
            if wait > 0:
                return max(wait, _SHORTEST)
            for meter in own.values():
                meter.take(now)
            self._leave(ticket)
            return 0.0

    def _ahead(self, ticket: object) -> list[str]:
        ahead: list[str] = []
        for other, resource in self._queue:
            if other is ticket:
                break
            ahead.append(resource)
        return ahead

    def _leave(self, ticket: object) -> None:
        self._queue = [waiting for waiting in self._queue if waiting[0] is not ticket]

    def _meter(self, resource: str) -> _Meter:
        return self._meters.setdefault(resource, _Meter(self._share))

    def _used_up(self, wait: float) -> Unreachable:
        return Unreachable(
            f"The share of the rate limit of {self._name} is used up for the next {ceil(wait / 60)} minutes: nothing "
            "more was sent. Run again then; what is done stays done",
            retry_after=wait,
            sent=False,
        )


@dataclass(frozen=True, slots=True)
class Paced:
    """One target's part in a budget, as a `ports.Pace`; `tell` hears of waits."""

    budget: Budget
    tell: Callable[[str], None]

    def begin(self, resource: str) -> None:
        """Wait for the target's turn; raises as Budget.take does."""
        self.budget.take(resource, self.tell)

    def learn(self, resource: str, allowance: Allowance) -> None:
        """Note what an answer said, for all who share the budget."""
        self.budget.learn(resource, allowance)


def _share_of(limit: int, share: float) -> int:
    """Give what is ours of a limit; one at least, else nothing would ever be sent."""
    # 0.29 * 100 is a little less than 29.
    return max(1, floor(limit * share + 1e-9))
