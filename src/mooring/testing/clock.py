"""How does a test wait without waiting? A clock that moves only when it is told to, or slept on."""

import threading
from datetime import UTC, datetime, timedelta


class ManualClock:
    """A `ports.Clock` for tests; safe to use from several threads. `sleeps` lists every wait, in seconds."""

    def __init__(self, start: str = "2026-01-01T00:00:00+00:00") -> None:
        self._start = datetime.fromisoformat(start).astimezone(UTC)
        self._elapsed = 0.0
        self._lock = threading.Lock()
        self.sleeps: list[float] = []

    def now(self) -> str:
        """Give the start plus what has passed, as ISO 8601 in UTC."""
        return (self._start + timedelta(seconds=self.monotonic())).isoformat(timespec="milliseconds")

    def monotonic(self) -> float:
        """Give the seconds that have passed."""
        with self._lock:
            return self._elapsed

    def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        with self._lock:
            self.sleeps.append(seconds)
            self._elapsed += seconds

    def advance(self, seconds: float) -> None:
        """Let time pass that nobody slept."""
        with self._lock:
            self._elapsed += seconds
