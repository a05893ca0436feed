"""A run keeps to its share of a platform's limit, whoever asks, and waits for nothing where no limit is known."""

import threading
from bisect import bisect_left
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.calls import Calls
from mooring.pace import ANY, LONGEST, Budget, Paced, Rate, checking
from mooring.ports import Allowance, Unreachable
from mooring.testing.clock import ManualClock

HOBBY = Rate(30, 60.0)
EPSILON = 1e-6


class SharedClock:
    """A clock for a known number of threads: once all that are at work sleep, time jumps to the first awakening.

    So whatever a thread does between two sleeps happens in one moment, as fast as if requests took no time.
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._working = 0
        self._sleeping: list[float] = []
        self._moved = threading.Condition()

    def now(self) -> str:
        return "2026-01-01T00:00:00+00:00"

    def monotonic(self) -> float:
        with self._moved:
            return self._now

    def sleep(self, seconds: float) -> None:
        with self._moved:
            until = self._now + seconds
            self._sleeping.append(until)
            self._jump()
            self._moved.wait_for(lambda: self._now >= until)

    def run(self, works: Sequence[Callable[[], None]]) -> None:
        """Let each work run in a thread of its own, to their ends."""

        def to_its_end(work: Callable[[], None]) -> None:
            try:
                work()
            finally:
                with self._moved:
                    self._working -= 1
                    self._jump()

        self._working = len(works)
        with ThreadPoolExecutor(len(works)) as pool:
            for done in [pool.submit(to_its_end, work) for work in works]:
                done.result(timeout=60)

    def _jump(self) -> None:
        if self._sleeping and len(self._sleeping) == self._working:
            self._now = min(self._sleeping)
            self._sleeping = [until for until in self._sleeping if until > self._now]
            self._moved.notify_all()


class Ears:
    """Hears what is told of waits."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def __call__(self, reason: str) -> None:
        self.heard.append(reason)


def paced(budget: Budget) -> Paced:
    return Paced(budget, Ears())


def send(budget: Budget, count: int, resource: str = "moves") -> None:
    for _ in range(count):
        paced(budget).begin(resource)


def most_in_any(times: list[float], seconds: float) -> int:
    """Count the most requests in any window; it is half open, and may as well begin with a request."""
    times = sorted(times)
    return max(bisect_left(times, begin + seconds - EPSILON) - at for at, begin in enumerate(times))


# --- No limit -------------------------------------------------------------------------------------------------------


def test_without_a_limit_nothing_waits_and_nothing_is_counted() -> None:
    clock = ManualClock()
    budget = Budget("h", clock)
    send(budget, 1000)
    assert clock.sleeps == []
    assert budget.sent() == {}
    assert budget.seconds({"moves": 1000.0}) == 0.0


def test_a_limit_on_one_thing_does_not_hold_up_another() -> None:
    clock = ManualClock()
    budget = Budget("h", clock)
    budget.limit("moves", HOBBY)
    send(budget, 15)
    send(budget, 1000, "lists")
    assert clock.sleeps == []


# --- A configured limit ---------------------------------------------------------------------------------------------


def test_half_of_a_limit_is_sent_at_once_and_then_it_waits_for_the_first_to_come_back() -> None:
    clock = ManualClock()
    budget = Budget("h", clock)
    budget.limit("moves", HOBBY)
    send(budget, 15)
    assert clock.monotonic() == 0.0
    send(budget, 1)
    assert clock.monotonic() == pytest.approx(60.0)


@pytest.mark.parametrize(
    ("share", "at_once"), [(0.5, 15), (1.0, 30), (0.29, 8), (0.001, 1)], ids=["half", "all", "some", "one_at_least"]
)
def test_the_share_says_how_many(share: float, at_once: int) -> None:
    clock = ManualClock()
    budget = Budget("h", clock, share)
    budget.limit("moves", HOBBY)
    send(budget, at_once)
    assert clock.sleeps == []
    send(budget, 1)
    assert clock.monotonic() == pytest.approx(60.0)


def test_a_share_is_counted_without_the_errors_of_floating_point() -> None:
    clock = ManualClock()
    budget = Budget("h", clock, 0.29)
    budget.limit("moves", Rate(100, 60.0))
    send(budget, 29)
    assert clock.sleeps == []


def test_a_limit_on_everything_counts_everything() -> None:
    clock = ManualClock()
    budget = Budget("h", clock)
    budget.limit(ANY, Rate(20, 1.0))
    send(budget, 6, "lists")
    send(budget, 4, "moves")
    assert clock.sleeps == []
    assert budget.sent() == {ANY: 10}
    send(budget, 1, "lists")
    assert clock.monotonic() == pytest.approx(1.0)


def test_the_stricter_of_two_limits_holds() -> None:
    clock = ManualClock()
    budget = Budget("h", clock, 1.0)
    budget.limit(ANY, Rate(10, 10.0))
    budget.limit("moves", Rate(2, 1.0))
    budget.limit("moves", Rate(2, 1.0))
    send(budget, 3)
    assert clock.monotonic() == pytest.approx(1.0)
    send(budget, 7, "lists")
    send(budget, 1)
    assert clock.monotonic() == pytest.approx(10.0)


# --- A learnt limit -------------------------------------------------------------------------------------------------


def test_what_an_answer_says_holds_from_then_on() -> None:
    clock = ManualClock()
    budget = Budget("h", clock)
    send(budget, 1)
    budget.learn("moves", Allowance(limit=30, remaining=29, reset=60.0))
    send(budget, 14)
    assert clock.sleeps == []
    send(budget, 1)
    assert clock.monotonic() == pytest.approx(60.0)


def test_where_others_used_it_up_it_waits_for_the_reset() -> None:
    clock = ManualClock()
    budget = Budget("h", clock)
    budget.learn("moves", Allowance(limit=30, remaining=15, reset=42.0))
    send(budget, 1)
    assert clock.monotonic() == pytest.approx(42.0)
    send(budget, 1)
    assert clock.monotonic() == pytest.approx(42.0)


def test_of_answers_that_overtake_each_other_the_lowest_counts() -> None:
    clock = ManualClock()
    budget = Budget("h", clock)
    budget.learn("moves", Allowance(limit=30, remaining=16, reset=42.0))
    budget.learn("moves", Allowance(limit=30, remaining=25, reset=42.9))
    send(budget, 1)
    assert clock.sleeps == []
    send(budget, 1)
    assert clock.monotonic() == pytest.approx(42.0)


def test_a_new_window_brings_what_it_says() -> None:
    clock = ManualClock()
    budget = Budget("h", clock)
    budget.learn("moves", Allowance(limit=30, remaining=3, reset=10.0))
    clock.advance(11.0)
    budget.learn("moves", Allowance(limit=30, remaining=29, reset=60.0))
    send(budget, 14)
    assert clock.sleeps == []


def test_the_window_is_as_long_as_the_longest_reset_that_was_seen() -> None:
    clock = ManualClock()
    budget = Budget("h", clock)
    budget.learn("moves", Allowance(limit=4, remaining=4, reset=60.0))
    clock.advance(59.0)
    send(budget, 2)
    clock.advance(2.0)
    budget.learn("moves", Allowance(limit=4, remaining=4, reset=20.0))
    send(budget, 1)
    assert clock.monotonic() == pytest.approx(119.0)


def test_a_limit_that_is_lowered_holds_at_once() -> None:
    clock = ManualClock()
    budget = Budget("h", clock, 1.0)
    budget.learn("moves", Allowance(limit=10, remaining=10, reset=60.0))
    send(budget, 5)
    budget.learn("moves", Allowance(limit=2, remaining=2, reset=60.0))
    send(budget, 1)
    assert clock.monotonic() == pytest.approx(60.0)


def test_the_stricter_of_a_configured_and_a_learnt_limit_holds() -> None:
    clock = ManualClock()
    budget = Budget("h", clock, 1.0)
    budget.limit("moves", Rate(5, 60.0))
    budget.learn("moves", Allowance(limit=1000, remaining=999, reset=60.0))
    send(budget, 6)
    assert clock.monotonic() == pytest.approx(60.0)


@pytest.mark.parametrize("reset", [-5.0, float("nan"), 0.0], ids=["past", "none", "now"])
def test_a_reset_that_cannot_be_waited_for_is_not(reset: float) -> None:
    clock = ManualClock()
    budget = Budget("h", clock)
    budget.learn("moves", Allowance(limit=30, remaining=0, reset=reset))
    send(budget, 1)
    assert clock.monotonic() == 0.0


def test_an_answer_without_a_limit_only_stops_until_its_reset() -> None:
    clock = ManualClock()
    budget = Budget("h", clock)
    budget.learn("moves", Allowance(limit=0, remaining=0, reset=12.0))
    send(budget, 1)
    assert clock.monotonic() == pytest.approx(12.0)
    send(budget, 100)
    assert clock.monotonic() == pytest.approx(12.0)


# --- Waiting --------------------------------------------------------------------------------------------------------


def test_a_long_wait_is_told_once_and_a_short_one_is_not() -> None:
    clock, ears = ManualClock(), Ears()
    budget = Budget("cloud.example.com", clock, 1.0)
    budget.limit("slow", Rate(1, 60.0))
    budget.limit("fast", Rate(1, 1.0))
    pace = Paced(budget, ears)
    for resource in ("fast", "fast", "slow", "slow"):
        pace.begin(resource)
    assert ears.heard == ["waits 60 s: its share of the rate limit of cloud.example.com is used up"]


def test_who_would_wait_too_long_is_told_to_come_again() -> None:
    clock = ManualClock()
    budget = Budget("h", clock)
    budget.learn("moves", Allowance(limit=30, remaining=0, reset=LONGEST + 1))
    with pytest.raises(Unreachable, match="used up for the next 16 minutes") as refused:
        send(budget, 1)
    assert (refused.value.sent, refused.value.retry_after) == (False, LONGEST + 1)
    assert clock.sleeps == []
    clock.advance(LONGEST + 1)
    send(budget, 1)


def test_a_wait_ends_when_it_lost_its_purpose_and_leaves_its_place_to_others() -> None:
    clock = ManualClock()
    budget = Budget("h", clock, 1.0)
    budget.limit("moves", Rate(1, 60.0))
    send(budget, 1)

    def check() -> None:
        if clock.monotonic() > 20:
            raise InterruptedError

    with pytest.raises(InterruptedError), checking(check):
        send(budget, 1)
    assert 20 < clock.monotonic() < 30
    send(budget, 1)
    assert clock.monotonic() == pytest.approx(60.0)


def test_a_check_is_over_with_its_block_and_does_not_concern_who_need_not_wait() -> None:
    clock = ManualClock()
    budget = Budget("h", clock, 1.0)
    budget.limit("moves", Rate(1, 60.0))
    checks: list[float] = []
    with checking(lambda: checks.append(clock.monotonic())):
        send(budget, 1)
    assert checks == []
    send(budget, 1)
    assert checks == []


def test_a_refusal_composes_with_the_retries() -> None:
    """A 429 is waited for once, by who got it and by everybody else."""
    clock = SharedClock()
    budget = Budget("h", clock)
    calls = Calls(adapter=None, clock=clock)  # type: ignore[arg-type]  # patiently asks no adapter
    times: list[float] = []
    refusals = [Unreachable("HTTP 429", retry_after=12.0, sent=False)]
    lock = threading.Lock()

    def ask() -> None:
        paced(budget).begin("moves")
        with lock:
            if refusals:
                budget.learn("moves", Allowance(limit=30, remaining=0, reset=12.0))
                raise refusals.pop()
            times.append(clock.monotonic())

    def other() -> None:
        clock.sleep(1.0)
        ask()

    clock.run([lambda: calls.patiently(ask), other, other])
    assert times == [pytest.approx(12.0, abs=0.01)] * 3


# --- Many threads ---------------------------------------------------------------------------------------------------


@given(
    count=st.integers(1, 12),
    seconds=st.sampled_from([0.7, 1.0, 60.0]),
    share=st.sampled_from([0.1, 0.5, 1.0]),
    resources=st.lists(st.sampled_from(["lists", "moves"]), min_size=1, max_size=5),
    pauses=st.lists(st.floats(0.0, 2.0, allow_subnormal=False), min_size=1, max_size=4),
    of=st.sampled_from([ANY, "moves"]),
)
def test_all_threads_of_all_targets_stay_within_the_share_over_any_window(
    count: int,
    seconds: float,
    share: float,
    resources: list[str],
    pauses: list[float],
    of: str,
) -> None:
    clock = SharedClock()
    budget = Budget("h", clock, share)
    budget.limit(of, Rate(count, seconds))
    targets = [Paced(budget, Ears()), Paced(budget, Ears())]
    sent: list[tuple[str, float]] = []

    def work(pace: Paced, resource: str) -> Callable[[], None]:
        def run() -> None:
            for pause in pauses:
                clock.sleep(pause * seconds)
                pace.begin(resource)
                sent.append((resource, clock.monotonic()))

        return run

    clock.run([work(pace, resource) for pace in targets for resource in resources])
    assert len(sent) == len(targets) * len(resources) * len(pauses)
    counted = [at for resource, at in sent if of in {ANY, resource}]
    if counted:
        assert most_in_any(counted, seconds) <= max(1, int(count * share + EPSILON))


class Platform:
    """A platform that counts in fixed windows, as Langfuse Cloud does, and other clients that use it too."""

    def __init__(self, clock: SharedClock, limit: int, others: int) -> None:
        self._clock = clock
        self._limit = limit
        self._others = others
        self._ends = -1.0
        self._used = 0
        self._lock = threading.Lock()
        self.times: list[float] = []
        self.refused = 0

    def ask(self) -> Allowance:
        with self._lock:
            now = self._clock.monotonic()
            if now >= self._ends - EPSILON:
                self._ends, self._used = now + 60.0, self._others
            self.times.append(now)
            self._used += 1
            self.refused += self._used > self._limit
            return Allowance(self._limit, max(0, self._limit - self._used), self._ends - now)


@given(limit=st.integers(10, 40), others=st.integers(0, 20), threads=st.integers(1, 4), each=st.integers(1, 15))
def test_a_learnt_limit_is_kept_and_leaves_others_their_part(limit: int, others: int, threads: int, each: int) -> None:
    clock = SharedClock()
    budget = Budget("h", clock)
    platform = Platform(clock, limit, min(others, limit // 2))

    def work() -> None:
        for _ in range(each):
            budget.take("moves", Ears())
            budget.learn("moves", platform.ask())

    clock.run([work] * threads)
    assert len(platform.times) == threads * each
    assert platform.refused == 0
    # Before the first answers nobody knows of a limit: so many may be on their way.
    assert most_in_any(platform.times, 60.0) <= limit // 2 + threads


def test_the_turns_come_in_the_order_of_the_asking() -> None:
    clock = SharedClock()
    budget = Budget("h", clock, 1.0)
    budget.limit("moves", Rate(1, 10.0))
    turns: list[int] = []

    def work(number: int) -> Callable[[], None]:
        def run() -> None:
            clock.sleep(number * 0.01)
            budget.take("moves", Ears())
            turns.append(number)

        return run

    clock.run([work(number) for number in (3, 0, 5, 1, 4, 2)])
    assert turns == [0, 1, 2, 3, 4, 5]


# --- How long will it take? -----------------------------------------------------------------------------------------


def test_a_first_import_is_known_to_take_long_before_it_begins() -> None:
    budget = Budget("h", ManualClock())
    budget.limit("moves", HOBBY)
    assert budget.seconds({"moves": 641.0}) == pytest.approx(42 * 60.0)
    assert budget.seconds({"moves": 15.0}) == 0.0
    assert budget.seconds({"moves": 0.0}) == 0.0
    assert budget.seconds({"lists": 641.0}) == 0.0


@given(before=st.integers(0, 12), more=st.integers(1, 40), passed=st.floats(0.0, 20.0))
def test_what_is_forecast_is_what_it_takes(before: int, more: int, passed: float) -> None:
    clock = ManualClock()
    budget = Budget("h", clock, 1.0)
    budget.limit("moves", Rate(5, 7.0))
    send(budget, before)
    clock.advance(passed)
    begun, forecast = clock.monotonic(), budget.seconds({"moves": float(more)})
    send(budget, more)
    assert clock.monotonic() - begun == pytest.approx(forecast, abs=0.1)
