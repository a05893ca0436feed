"""What does a signal do to a command?"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, current_thread, main_thread
from types import FrameType

from mooring.core.report import Exit


class Terminated(Exception):
    """SIGTERM came."""


@dataclass(slots=True)
class Caught:
    """The exit code of the signal that came, OK if none did."""

    code: Exit = Exit.OK


@contextmanager
def graceful(stop: Event) -> Iterator[Caught]:
    """Let the first SIGINT or SIGTERM set `stop`, so that the write in hand is finished; the second ends at once."""
    caught = Caught()

    def on(number: int, _: FrameType | None) -> None:
        if stop.is_set():
            raise Terminated if number == signal.SIGTERM else KeyboardInterrupt
        caught.code = Exit.TERMINATED if number == signal.SIGTERM else Exit.INTERRUPTED
        stop.set()

    with _handling(signal.SIGINT, on), _handling(signal.SIGTERM, on):
        yield caught


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM raise Terminated, so that a command ends with a sentence and its exit code."""

    def on(_: int, __: FrameType | None) -> None:
        raise Terminated

    with _handling(signal.SIGTERM, on):
        yield


@contextmanager
def _handling(number: signal.Signals, handler: object) -> Iterator[None]:
    # Python lets the main thread alone handle signals; a test or a daemon may run a command in another one.
    if current_thread() is not main_thread() or not callable(handler):
        yield
        return
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)
