"""How does the runner start a process, read it, and stop it when the run is cancelled?

"Workflow cancellation reference": SIGINT to the step's entry process, and to it alone; 7.5 seconds later SIGTERM; 2.5
seconds later the end. What the entry process started hears nothing, unless it was put in its place (`exec`).
"""

import contextlib
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO


@dataclass(slots=True)
class Cancellation:
    """A way to cancel the run: `request` from any thread, or when a step prints a line that `at` is part of."""

    at: str | None = None
    until_terminate: float = 7.5
    """Seconds between SIGINT and SIGTERM."""
    until_kill: float = 2.5
    """Seconds between SIGTERM and the end."""
    _requested: threading.Event = field(default_factory=threading.Event)
    _wakes: list[int] = field(default_factory=list[int])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def requested(self) -> bool:
        """Tell whether the run is cancelled."""
        return self._requested.is_set()

    def request(self) -> None:
        """Cancel the run."""
        with self._lock:
            self._requested.set()
            for wake in self._wakes:
                os.write(wake, b"c")

    def saw(self, line: str) -> None:
        """Take a line that a step printed."""
        if self.at is not None and self.at in line and not self.requested:
            self.request()

    @contextlib.contextmanager
    def waking(self, wake: int) -> Iterator[None]:
        """Write to a pipe when the run is cancelled, so long as the block lasts."""
        with self._lock:
            self._wakes.append(wake)
            if self.requested:
                os.write(wake, b"c")
        try:
            yield
        finally:
            with self._lock:
                self._wakes.remove(wake)


@dataclass(frozen=True, slots=True)
class Launch:
    """A process to start."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: Path


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: its exit code, negative for a signal, and the group that it led."""

    code: int
    group: int


def run(launch: Launch, take: Callable[[str], None], cancellation: Cancellation) -> Ended:
    """Run until it ends, and hand each line that it prints to `take`; raises OSError where it cannot start."""
    process = subprocess.Popen(
        launch.arguments,
        cwd=launch.folder,
        env=dict(launch.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    wakes, wake = os.pipe()
    end = threading.Thread(target=_tell_end, args=(process, wake), name="step", daemon=True)
    end.start()
    try:
        with cancellation.waking(wake):
            _attend(process, wakes, take, cancellation)
    finally:
        end.join()
        os.close(wakes)
        os.close(wake)
        if process.stdout is not None:
            process.stdout.close()
    return Ended(process.returncode, process.pid)


def end_orphans(group: int) -> None:
    """End what a step left running, as the runner does at the end of a job."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _tell_end(process: "subprocess.Popen[bytes]", wake: int) -> None:
    process.wait()
    os.write(wake, b"e")


def _attend(
    process: "subprocess.Popen[bytes]", wakes: int, take: Callable[[str], None], cancellation: Cancellation
) -> None:
    """Read until the process has ended, not until its pipe is closed: what it left behind may hold that open."""
    lines = _Lines(process.stdout, take, cancellation)
    signals = [
        (signal.SIGINT, cancellation.until_terminate),
        (signal.SIGTERM, cancellation.until_kill),
        (signal.SIGKILL, 60.0),
    ]
    deadline: float | None = None
    ended = False
    while not ended:
        wait = None if deadline is None else max(0.0, deadline - time.monotonic())
        watched: list[IO[bytes] | int] = [wakes, *lines.open()]
        ready = select.select(watched, [], [], wait)[0]
        if lines.stream in ready:
            lines.read()
        told = os.read(wakes, 64) if wakes in ready else b""
        ended = b"e" in told
        is_due = deadline is not None and time.monotonic() >= deadline
        if not ended and (is_due or (b"c" in told and deadline is None)) and signals:
            number, seconds = signals.pop(0)
            process.send_signal(number)
            deadline = time.monotonic() + seconds
    while lines.open() and select.select(lines.open(), [], [], 0)[0]:
        lines.read()
    lines.finish()


@dataclass(slots=True)
class _Lines:
    """Cuts what a process prints into lines."""

    stream: IO[bytes] | None
    take: Callable[[str], None]
    cancellation: Cancellation
    rest: bytes = b""
    closed: bool = False

    def open(self) -> list[IO[bytes]]:
        return [] if self.closed or self.stream is None else [self.stream]

    def read(self) -> None:
        data = os.read(self.stream.fileno(), 65536) if self.stream is not None else b""
        self.closed = not data
        *whole, self.rest = (self.rest + data).split(b"\n")
        for line in whole:
            self._give(line)

    def finish(self) -> None:
        if self.rest:
            self._give(self.rest)

    def _give(self, line: bytes) -> None:
        written = line.decode("utf-8", "replace").rstrip("\r")
        self.take(written)
        self.cancellation.saw(written)
