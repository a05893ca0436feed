"""May the next write begin? One gate for all threads that write to a target."""

from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar

from mooring.core.plan import Outcome
from mooring.ports import HistoryError, Lease, Standing, Unreachable
from mooring.run import Run

E = TypeVar("E", bound=Exception)

RECHECK = 20.0
"""Seconds after which the branch's tip is looked at again, so that a long run does not outlive its commit."""
SILENCES = 3
"""Prompts in a row without an answer, after which a platform is taken to be down."""


class Halted(Exception):
    """No further write begins; `outcome` is what becomes of the steps that were not tried."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome


@dataclass(slots=True)
class Gate:
    """Closes for good at the first reason: a signal, a lost lease, denied credentials, a platform that went silent."""

    run: Run
    lease: Lease
    stopped: Exception | None = None
    _checked: float | None = None
    _silences: int = 0
    _lock: Lock = field(default_factory=Lock)

    def enter(self) -> None:
        """Raise Halted or LeaseLost unless a write may begin now; before every write."""
        with self._lock:
            if self.stopped is not None:
                raise Halted(_outcome(self.stopped), str(self.stopped))
            if self.run.stop.is_set():
                raise self._close(Halted(Outcome.SKIPPED, "The run was interrupted before this step"))
            now = self.run.clock.monotonic()
            if self._checked is None or now - self._checked > RECHECK:
                self._check_order()
                self._checked = now
            # Last: a Git host that is slow to say where the branch stands may outlive the lease.
            self.lease.check()

    def halt(self, error: Exception) -> None:
        """Close the gate for the reason given; the first reason stays."""
        with self._lock:
            self._close(error)

    def count_silence(self, error: Unreachable) -> None:
        """Note that a prompt came to no answer; several in a row close the gate."""
        with self._lock:
            self._silences += 1
            if self._silences >= SILENCES:
                self._close(error)

    def count_answer(self) -> None:
        """Note that the platform answers."""
        with self._lock:
            self._silences = 0

    def _check_order(self) -> None:
        try:
            standing = self.run.order.standing()
        except HistoryError as error:
            raise self._close(Halted(Outcome.SKIPPED, str(error))) from error
        if standing is not Standing.CURRENT:
            reason = "The branch moved on to other prompts: a newer run does the work"
            raise self._close(Halted(Outcome.SUPERSEDED, reason))

    def _close(self, error: E) -> E:
        if self.stopped is None:
            self.stopped = error
        return error


def _outcome(stopped: Exception) -> Outcome:
    match stopped:
        case Halted():
            return stopped.outcome
        case _:
            return Outcome.SKIPPED
