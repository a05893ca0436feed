"""What time is it, outside of tests?"""

import time
from datetime import UTC, datetime

_BOOT_TIME: int | None = getattr(time, "CLOCK_BOOTTIME", None)


class SystemClock:
    """The machine's clocks, as the port asks for them."""

    def now(self) -> str:
        """Give the wall clock as ISO 8601 in UTC, to the second."""
        return datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="seconds")

    def monotonic(self) -> float:
        """Give seconds that never jump, and that go on while the machine sleeps: a lease ages all the same."""
        return time.clock_gettime(_BOOT_TIME) if _BOOT_TIME is not None else time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
