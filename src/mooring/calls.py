"""How is a platform asked again when it gave no usable answer? The one place that retries reads."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from mooring.core.address import Gap, Ref
from mooring.ports import Adapter, Clock, Listing, Stored, Survey, Unreachable

T = TypeVar("T")

ATTEMPTS = 4
_FULL_JITTER = wait_random_exponential(multiplier=0.5, max=8)
_LONGEST_WAIT = 60.0
"""Seconds: a platform that names a longer wait is treated as down for this run."""


@dataclass(frozen=True, slots=True)
class Calls:
    """An adapter's reads, asked up to ATTEMPTS times. Writes are not here: asking twice may do twice."""

    adapter: Adapter
    clock: Clock

    def identity(self) -> str:
        """Give what tells the project from any other; raises Unreachable or Denied."""
        return self.patiently(self.adapter.identity)

    def survey(self, labels: Sequence[str], expected: Collection[str]) -> Survey:
        """Read who holds the labels of every prompt; raises Unreachable or Denied."""
        return self.patiently(lambda: self.adapter.survey(labels, expected))

    def delta(self, labels: Sequence[str], expected: Collection[str], since: Survey) -> Survey | None:
        """Read what changed since a survey; raises Unreachable or Denied."""
        return self.patiently(lambda: self.adapter.delta(labels, expected, since))

    def names(self) -> Sequence[str]:
        """Give the names of all prompts; raises Unreachable or Denied."""
        return self.patiently(self.adapter.names)

    def look(self, prompt: str, labels: Sequence[str]) -> Listing | Literal[Gap.ABSENT]:
        """Read one prompt's labels now; raises Unreachable or Denied."""
        return self.patiently(lambda: self.adapter.look(prompt, labels))

    def read(self, prompt: str, ref: Ref) -> Stored | Literal[Gap.ABSENT]:
        """Read one version; raises Unreachable or Denied."""
        return self.patiently(lambda: self.adapter.read(prompt, ref))

    def versions(self, prompt: str, after: Ref | None) -> Sequence[Stored]:
        """Read the versions after a ref; raises Unreachable or Denied."""
        return self.patiently(lambda: self.adapter.versions(prompt, after))

    def patiently(self, ask: Callable[[], T]) -> T:
        """Ask until there is an answer, with full jitter or as long as the platform says; then let the error out."""
        return Retrying(
            retry=retry_if_exception_type(Unreachable),
            stop=lambda state: stop_after_attempt(ATTEMPTS)(state) or _named_wait(state) > _LONGEST_WAIT,
            wait=lambda state: _named_wait(state) or _FULL_JITTER(state),
            sleep=self.clock.sleep,
            reraise=True,
        )(ask)


def _named_wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    return (error.retry_after or 0.0) if isinstance(error, Unreachable) else 0.0
