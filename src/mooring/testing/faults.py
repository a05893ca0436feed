"""What if the call fails, half happens, happens late, or somebody acts in between? Faults around any adapter."""

import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias, TypeVar, assert_never

from mooring.core.address import Gap, Ref
from mooring.core.artifact import Artifact
from mooring.core.desired import PromptFacts
from mooring.ports import (
    Adapter,
    AdapterError,
    Check,
    Listing,
    Objection,
    Provenance,
    Reference,
    Stored,
    Survey,
    Unreachable,
)

T = TypeVar("T")

Method = Literal[
    "identity",
    "examine",
    "survey",
    "names",
    "delta",
    "look",
    "read",
    "versions",
    "publish",
    "move_label",
    "remove_label",
    "delete_prompt",
]
Calls: TypeAlias = Method | Literal["any", "write"]
"""Which calls a fault counts: those of one method, every call, or the four that write."""

WRITES = frozenset({"publish", "move_label", "remove_label", "delete_prompt"})


class Crash(BaseException):
    """The process died here. It is no Exception, so only the test itself catches it."""


class When(StrEnum):
    """On which side of the real call something happens."""

    BEFORE = "before"
    """The call does not reach the platform."""
    AFTER = "after"
    """The call was done; its answer is lost."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Unreachable instead of an answer; with AFTER, the platform did what was asked."""

    when: When
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """An error of the test's choice, before anything reaches the platform."""

    error: AdapterError


@dataclass(frozen=True, slots=True)
class Crashed:
    """Crash, before or after the call was done."""

    when: When


@dataclass(frozen=True, slots=True)
class Acted:
    """Somebody does something on the platform right before or after the call, which itself succeeds."""

    when: When
    act: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Late:
    """Unreachable now; the platform does it right before the call that comes `calls` calls later (see also land)."""

    calls: int


Event: TypeAlias = Unanswered | Refused | Crashed | Acted | Late


@dataclass(frozen=True, slots=True)
class Fault:
    """An event at the n-th of some calls, counted from 1."""

    calls: Calls
    number: int
    event: Event


class Faulty:
    """An adapter that behaves as another one does, but for a schedule of faults. `calls` lists the methods called."""

    def __init__(self, adapter: Adapter, schedule: Sequence[Fault] = ()) -> None:
        self.capabilities = adapter.capabilities
        self.tally = adapter.tally
        self.calls: list[Method] = []
        self._adapter = adapter
        self._schedule = list(schedule)
        self._counts: dict[Calls, int] = {}
        self._late: list[tuple[int, Callable[[], object]]] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Schedule another fault; calls made so far count."""
        with self._lock:
            self._schedule.append(fault)

    def land(self) -> None:
        """Let every late call reach the platform now; what it answers is lost."""
        with self._lock:
            waiting, self._late = self._late, []
        _perform([call for _, call in waiting])

    # --- the adapter --------------------------------------------------------------------------------------------

    def objections(self, prompt: str, label: str, artifact: Artifact | None) -> Sequence[Objection]:
        """Ask the real adapter; nothing is sent, so nothing can fail."""
        return self._adapter.objections(prompt, label, artifact)

    def references(self, artifact: Artifact) -> Sequence[Reference]:
        """Ask the real adapter; nothing is sent, so nothing can fail."""
        return self._adapter.references(artifact)

    def connection(self) -> str:
        """Ask the real adapter; nothing is sent, so nothing can fail."""
        return self._adapter.connection()

    def url(self, prompt: str, ref: Ref | None) -> str | None:
        """Ask the real adapter; nothing is sent, so nothing can fail."""
        return self._adapter.url(prompt, ref)

    def identity(self) -> str:
        """See Adapter."""
        return self._call("identity", self._adapter.identity)

    def examine(self, prompts: Sequence[str]) -> Sequence[Check]:
        """See Adapter."""
        return self._call("examine", lambda: self._adapter.examine(prompts))

    def survey(self, labels: Sequence[str], expected: Collection[str]) -> Survey:
        """See Adapter."""
        return self._call("survey", lambda: self._adapter.survey(labels, expected))

    def delta(self, labels: Sequence[str], expected: Collection[str], since: Survey) -> Survey | None:
        """See Adapter."""
        return self._call("delta", lambda: self._adapter.delta(labels, expected, since))

    def names(self) -> Sequence[str]:
        """See Adapter."""
        return self._call("names", self._adapter.names)

    def look(self, prompt: str, labels: Sequence[str]) -> Listing | Literal[Gap.ABSENT]:
        """See Adapter."""
        return self._call("look", lambda: self._adapter.look(prompt, labels))

    def read(self, prompt: str, ref: Ref) -> Stored | Literal[Gap.ABSENT]:
        """See Adapter."""
        return self._call("read", lambda: self._adapter.read(prompt, ref))

    def versions(self, prompt: str, after: Ref | None) -> Sequence[Stored]:
        """See Adapter."""
        return self._call("versions", lambda: self._adapter.versions(prompt, after))

    def publish(
        self, prompt: str, artifact: Artifact, provenance: Provenance, facts: PromptFacts, labels: Sequence[str]
    ) -> Stored:
        """See Adapter."""
        return self._call("publish", lambda: self._adapter.publish(prompt, artifact, provenance, facts, labels))

    def move_label(self, prompt: str, label: str, to: Ref, expected: Ref | None) -> None:
        """See Adapter."""
        self._call("move_label", lambda: self._adapter.move_label(prompt, label, to, expected))

    def remove_label(self, prompt: str, label: str, expected: Ref) -> None:
        """See Adapter."""
        self._call("remove_label", lambda: self._adapter.remove_label(prompt, label, expected))

    def delete_prompt(self, prompt: str) -> None:
        """See Adapter."""
        self._call("delete_prompt", lambda: self._adapter.delete_prompt(prompt))

    # --- the faults ---------------------------------------------------------------------------------------------

    def _call(self, method: Method, do: Callable[[], T]) -> T:
        events, due = self._count(method, do)
        _perform(due)
        for event in events:
            _before(event)
        answer = do()
        for event in events:
            _after(event)
        return answer

    def _count(self, method: Method, do: Callable[[], object]) -> tuple[list[Event], list[Callable[[], object]]]:
        with self._lock:
            self.calls.append(method)
            kinds: tuple[Calls, ...] = (method, "any", "write") if method in WRITES else (method, "any")
            for kind in kinds:
                self._counts[kind] = self._counts.get(kind, 0) + 1
            hit = [f for f in self._schedule if f.calls in kinds and f.number == self._counts[f.calls]]
            now = len(self.calls)
            due = [call for at, call in self._late if at <= now]
            self._late = [(at, call) for at, call in self._late if at > now]
            self._late += [(now + f.event.calls, do) for f in hit if isinstance(f.event, Late)]
            return [f.event for f in hit], due


def _perform(calls: Sequence[Callable[[], object]]) -> None:
    for call in calls:
        with suppress(AdapterError):  # nobody is there any more to hear the answer
            call()


def _before(event: Event) -> None:
    match event:
        case Unanswered(When.BEFORE, retry_after):
            raise Unreachable("No answer; the request was not received (injected).", retry_after=retry_after)
        case Refused(error):
            raise error
        case Crashed(When.BEFORE):
            raise Crash
        case Acted(When.BEFORE, act):
            act()
        case Late():
            raise Unreachable("No answer yet; the request is on its way (injected).")
        case Unanswered() | Crashed() | Acted():
            pass
        case _:
            assert_never(event)


def _after(event: Event) -> None:
    match event:
        case Unanswered(When.AFTER, retry_after):
            raise Unreachable("No answer; the request was carried out (injected).", retry_after=retry_after)
        case Crashed(When.AFTER):
            raise Crash
        case Acted(When.AFTER, act):
            act()
        case _:
            pass
