"""How far is a sync, and how long will it take? A bar on a terminal, for long work a line now and then on a pipe."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from threading import Lock
from typing import TYPE_CHECKING

from mooring.clean import line, name
from mooring.clock import SystemClock
from mooring.ports import Clock
from mooring.progress import Outlook, Progress, Stretch

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

LONG = 30.0
"""Seconds: work that takes less is not spoken of on a pipe, and no line follows another sooner."""


class Lines:
    """Says to a log how far each target is; `say` writes one line."""

    def __init__(self, say: Callable[[str], None], clock: Clock) -> None:
        self._say = say
        self._clock = clock
        self._outlooks: dict[str, Outlook] = {}
        self._stretches: dict[str, Stretch] = {}
        self._spoken: dict[str, float] = {}
        self._lock = Lock()

    def follow(self, target: str, outlook: Outlook) -> None:
        """Ask an outlook from now on."""
        with self._lock:
            self._outlooks[target] = outlook
            self._spoken[target] = self._clock.monotonic()

    def begin(self, target: str, total: int) -> None:
        """Say how long it will take, if that is long and known already."""
        with self._lock:
            now = self._clock.monotonic()
            stretch = self._stretches[target] = Stretch(total, now, self._outlooks.get(target))
            left = stretch.left(now)
            if left is not None and left >= LONG:
                self._speak(target, now, f"0 of {total}, {about(left)}")
            else:
                self._spoken[target] = now

    def advance(self, target: str, address: str) -> None:
        """Count a step, and say how far it is if nothing was said for long."""
        with self._lock:
            stretch, now = self._stretches[target], self._clock.monotonic()
            stretch.done += 1
            left = stretch.left(now)
            if self._is_due(target, now) and stretch.done < stretch.total and left is not None:
                self._speak(target, now, f"{stretch.done} of {stretch.total}, {about(left)}")

    def wait(self, target: str, reason: str) -> None:
        """Say what is waited for if nothing was said for long."""
        with self._lock:
            now = self._clock.monotonic()
            if self._is_due(target, now):
                self._speak(target, now, reason)

    def _is_due(self, target: str, now: float) -> bool:
        return now - self._spoken.setdefault(target, now) >= LONG

    def _speak(self, target: str, now: float, said: str) -> None:
        self._spoken[target] = now
        self._say(f"{name(target)}: {line(said)}")


class Shown:
    """One bar for each target."""

    def __init__(self, bars: "Bars", clock: Clock) -> None:
        self._bars = bars
        self._clock = clock
        self._tasks: dict[str, TaskID] = {}
        self._outlooks: dict[str, Outlook] = {}
        self._stretches: dict[str, Stretch] = {}
        self._lock = Lock()

    def follow(self, target: str, outlook: Outlook) -> None:
        """Ask an outlook from now on."""
        with self._lock:
            self._outlooks[target] = outlook

    def begin(self, target: str, total: int) -> None:
        """Show a bar of `total` steps, and how long they will take."""
        with self._lock:
            self._stretches[target] = Stretch(total, self._clock.monotonic(), self._outlooks.get(target))
            self._bars.update(self._task(target), total=total, completed=0, note="", left=self._left(target))

    def advance(self, target: str, address: str) -> None:
        """Move the bar by one step."""
        with self._lock:
            self._stretches[target].done += 1
            self._bars.update(self._task(target), advance=1, note=name(address), left=self._left(target))

    def wait(self, target: str, reason: str) -> None:
        """Say beside the bar what is waited for."""
        with self._lock:
            self._bars.update(self._task(target), note=line(reason), left=self._left(target))

    def _left(self, target: str) -> str:
        stretch = self._stretches.get(target)
        left = None if stretch is None or stretch.done == stretch.total else stretch.left(self._clock.monotonic())
        return "" if left is None else about(left)

    def _task(self, target: str) -> "TaskID":
        if target not in self._tasks:
            self._tasks[target] = self._bars.add_task(name(target), total=None, note="", left="")
        return self._tasks[target]


@contextmanager
def shown() -> Iterator[Progress]:
    """Show progress on standard error while the block runs; a terminal's bars are gone afterwards."""
    if not sys.stderr.isatty():
        yield Lines(_say, SystemClock())
        return
    from rich.console import Console

    with bars_on(Console(stderr=True)) as bars:
        yield Shown(bars, SystemClock())


def bars_on(console: "Console") -> "Bars":
    """Give the bars as a console shows them; they are not started."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[left]}", markup=False),
        TextColumn("{task.fields[note]}", markup=False),
    )
    return Bars(*columns, console=console, transient=True)


def about(seconds: float) -> str:
    """Say how long something will take, as exactly as anybody can know."""
    minutes = ceil(seconds / 60)
    if minutes <= 1:
        return "less than a minute left"
    if minutes < 120:
        return f"about {minutes} minutes left"
    return f"about {round(minutes / 60)} hours left"


def _say(said: str) -> None:
    sys.stderr.write(f"{said}\n")
    sys.stderr.flush()
