"""How is a write sent so that a lost answer neither doubles nor loses it? Look for one's own work, then ask again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar

from mooring.applying.gate import Gate, Halted
from mooring.calls import Calls
from mooring.core.address import ContentHash, Gap, Ref
from mooring.core.artifact import Artifact
from mooring.core.desired import PromptFacts
from mooring.pace import checking
from mooring.ports import Moved, Provenance, Stored, Unreachable

T = TypeVar("T")


class Doubtful(Unreachable):
    """A write was sent, and whether it was carried out, or will be, nobody can tell."""


class Again(Enum):
    """When a write that got no answer may be sent once more."""

    ALWAYS = auto()
    """Doing it twice is doing it once: a label that is where it should be stays there."""
    IF_NOT_SENT = auto()
    """Only if the platform is known not to have done it."""


@dataclass(frozen=True, slots=True)
class Writes:
    """An adapter's writes. Each passes the gate first.

    Raises Doubtful where something was sent and nobody could tell whether it was carried out.
    """

    calls: Calls
    gate: Gate

    def publish(
        self,
        name: str,
        artifact: Artifact,
        mark: Provenance,
        facts: PromptFacts,
        labels: Sequence[str],
        newest: Ref | None,
    ) -> Stored:
        """Create a version; `newest` is the last that existed before, so own work can only be after it.

        A create that may have been carried out is never sent again, it is only looked for: a request whose client
        gave up may run all the same, minutes later, and would make the version twice.
        """
        return self._send(
            write=lambda: self.calls.adapter.publish(name, artifact, mark, facts, labels),
            already=lambda: holding(self.calls.adapter.versions(name, newest), mark.hash),
            again=Again.IF_NOT_SENT,
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

        self._send(write, already, Again.ALWAYS)

    def remove_label(self, name: str, label: str, seen: tuple[Ref, ...]) -> None:
        """Take a label off the versions `seen`."""

        def write() -> bool:
            for ref in seen:
                self.calls.adapter.remove_label(name, label, ref)
            return True

        self._send(write, lambda: None if self._holders(name, label) else True, Again.ALWAYS)

    def delete_prompt(self, name: str, unchanged: Callable[[], bool]) -> None:
        """Delete a prompt. `unchanged` is asked before it is sent again: one made anew meanwhile is another prompt."""

        def already() -> bool | None:
            if isinstance(self.calls.adapter.look(name, []), Gap):
                return True
            if not unchanged():
                raise Moved("The prompt was made anew, or got another version, while it was being deleted")
            return None

        def write() -> bool:
            self.calls.adapter.delete_prompt(name)
            return True

        self._send(write, already, Again.ALWAYS)

    def _holders(self, name: str, label: str) -> tuple[Ref, ...]:
        now = self.calls.adapter.look(name, [label])
        return () if isinstance(now, Gap) else tuple(now.labels.get(label, ()))

    def _send(self, write: Callable[[], T], already: Callable[[], T | None], again: Again) -> T:
        silences: list[Unreachable] = []

        def attempt() -> T:
            if silences:
                done = already()
                if done is not None:
                    return done
                if again is Again.IF_NOT_SENT and any(one.sent for one in silences):
                    raise silences[-1]
            try:
                self.gate.enter()
                # The rate budget may let a write wait for minutes: the gate is asked again while it does.
                with checking(self.gate.enter):
                    return write()
            except Halted:
                doubt = _doubted(silences)
                if doubt is not None:
                    raise doubt from None
                raise
            except Unreachable as error:
                silences.append(error)
                raise

        try:
            return self.calls.patiently(attempt)
        except Unreachable as error:
            done = self._look_once_more(already) if silences else None
            if done is not None:
                return done
            doubt = _doubted(silences)
            if doubt is not None:
                raise doubt from error
            raise

    def _look_once_more(self, already: Callable[[], T | None]) -> T | None:
        try:
            return already()
        except Unreachable:
            return None


def _doubted(silences: Sequence[Unreachable]) -> Doubtful | None:
    """Give the doubt that is left of attempts without an answer, None where nothing can have been carried out."""
    sent = [one for one in silences if one.sent]
    return Doubtful(str(sent[-1])) if sent else None


def holding(versions: Sequence[Stored], want: ContentHash) -> Stored | None:
    """Give the newest version that holds some content."""
    return next((stored for stored in reversed(versions) if stored.hash == want), None)
