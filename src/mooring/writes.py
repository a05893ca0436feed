"""How is a write sent so that a lost answer neither doubles nor loses it? Look for one's own work, then ask again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from mooring.calls import Calls
from mooring.core.address import ContentHash, Gap, Ref
from mooring.core.artifact import Artifact
from mooring.core.desired import PromptFacts
from mooring.gate import Gate, Halted
from mooring.ports import Moved, Provenance, Stored, Unreachable

T = TypeVar("T")


class Doubtful(Unreachable):
    """A write was sent, and whether it was carried out, or will be, nobody can tell."""


@dataclass(frozen=True, slots=True)
class Writes:
    """An adapter's writes. Each passes the gate first; `labels` are the managed ones.

    Raises Doubtful where something was sent and nobody could tell whether it was carried out.
    """

    calls: Calls
    gate: Gate
    labels: tuple[str, ...]

    def publish(
        self,
        name: str,
        artifact: Artifact,
        mark: Provenance,
        facts: PromptFacts,
        labels: Sequence[str],
        newest: Ref | None,
    ) -> Stored:
        """Create a version; `newest` is the last that existed before, so own work can only be after it."""
        return self._once(
            write=lambda: self.calls.adapter.publish(name, artifact, mark, facts, labels),
            already=lambda: holding(self.calls.adapter.versions(name, newest), mark.hash),
        )

    def move_label(self, name: str, label: str, to: Ref, seen: tuple[Ref, ...]) -> None:
        """Point a label, that the versions `seen` hold, at a version; raises Moved where somebody was faster."""

        def already() -> bool | None:
            holders = self._holders(name, label)
            if holders not in {(to,), seen}:
                message = f"The label moved to {' and '.join(holders) or 'nothing'} while it was being moved"
                raise Moved(message)
            return True if holders == (to,) else None

        def write() -> bool:
            self.calls.adapter.move_label(name, label, to, seen[0] if seen else None)
            return True

        self._once(write, already)

    def remove_label(self, name: str, label: str, seen: tuple[Ref, ...]) -> None:
        """Take a label off the versions `seen`."""

        def write() -> bool:
            for ref in seen:
                self.calls.adapter.remove_label(name, label, ref)
            return True

        self._once(write, lambda: None if self._holders(name, label) else True)

    def _holders(self, name: str, label: str) -> tuple[Ref, ...]:
        now = self.calls.adapter.look(name, self.labels)
        return () if isinstance(now, Gap) else tuple(now.labels.get(label, ()))

    def _once(self, write: Callable[[], T], already: Callable[[], T | None]) -> T:
        doubt: list[Unreachable] = []

        def attempt() -> T:
            if doubt:
                done = already()
                if done is not None:
                    return done
            try:
                self.gate.enter()
            except Halted:
                if doubt:
                    raise Doubtful(str(doubt[-1])) from None
                raise
            try:
                return write()
            except Unreachable as error:
                doubt.append(error)
                raise

        try:
            return self.calls.patiently(attempt)
        except Unreachable as error:
            done = self._look_once_more(already)
            if done is None:
                raise Doubtful(str(error)) from error
            return done

    def _look_once_more(self, already: Callable[[], T | None]) -> T | None:
        try:
            return already()
        except Unreachable:
            return None


def holding(versions: Sequence[Stored], want: ContentHash) -> Stored | None:
    """Give the newest version that holds some content."""
    return next((stored for stored in reversed(versions) if stored.hash == want), None)
