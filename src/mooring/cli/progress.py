"""How far is a sync? A bar on a terminal, nothing on a pipe."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from mooring.progress import Progress, Silence
from mooring.reports.clean import line, name

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


class Shown:
    """One bar for each target."""

    def __init__(self, bars: "Bars") -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._lock = Lock()

    def begin(self, target: str, total: int) -> None:
        """Show a bar of `total` steps."""
        self._bars.update(self._task(target), total=total, note="")

    def advance(self, target: str, address: str) -> None:
        """Move the bar by one step."""
        self._bars.update(self._task(target), advance=1, note=name(address))

    def wait(self, target: str, reason: str) -> None:
        """Say beside the bar what is waited for."""
        self._bars.update(self._task(target), note=line(reason))

    def _task(self, target: str) -> "TaskID":
        with self._lock:
            if target not in self._tasks:
                self._tasks[target] = self._bars.add_task(name(target), total=None, note="")
            return self._tasks[target]


@contextmanager
def shown() -> Iterator[Progress]:
    """Show progress on standard error while the block runs, if that is a terminal; it is gone afterwards."""
    if not sys.stderr.isatty():
        yield Silence()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        yield Shown(bars)
