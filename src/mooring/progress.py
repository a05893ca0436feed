"""How does a run tell somebody who waits how far it is, and how long the rest will take?"""

from collections.abc import Mapping
from typing import Protocol

IN_HAND = 3
"""Steps whose requests are sent in part while others are counted as done."""
ENOUGH = 10
"""Steps, after which what they took tells what the others will take."""


class Outlook(Protocol):
    """What is known of the limits that a target's requests are under."""

    def sent(self) -> Mapping[str, int]:
        """Give how many requests were sent so far, by resource with a limit."""
        ...

    def seconds(self, requests: Mapping[str, float]) -> float:
        """Give how long that many more requests take at least, by resource with a limit."""
        ...


class Progress(Protocol):
    """Hears of the writes of a run; called from several threads."""

    def follow(self, target: str, outlook: Outlook) -> None:
        """Before anything else of a target: whom to ask how long its requests will take."""
        ...

    def begin(self, target: str, total: int) -> None:
        """A target is about to apply `total` steps."""
        ...

    def advance(self, target: str, address: str) -> None:
        """A step came to its outcome."""
        ...

    def wait(self, target: str, reason: str) -> None:
        """A target waits, for a lease, for its share of a limit or before a retry."""
        ...


class Silence:
    """Tells nobody: a command that is not waited for, a test."""

    def follow(self, target: str, outlook: Outlook) -> None:
        """Ask nobody."""

    def begin(self, target: str, total: int) -> None:
        """Say nothing."""

    def advance(self, target: str, address: str) -> None:
        """Say nothing."""

    def wait(self, target: str, reason: str) -> None:
        """Say nothing."""


class Stretch:
    """A target's steps from their beginning on; `now` are monotonic seconds, as everywhere here."""

    def __init__(self, total: int, now: float, outlook: Outlook | None) -> None:
        self.total = total
        self.done = 0
        self._began = now
        self._outlook = outlook
        self._before = {} if outlook is None else outlook.sent()

    def left(self, now: float) -> float | None:
        """Give the seconds that the rest will take, None while nobody can know."""
        rest = self.total - self.done
        paced = 0.0 if self._outlook is None else self._outlook.seconds(self._requests(self._outlook, rest))
        measured = (now - self._began) / self.done * rest if self.done else 0.0
        return max(paced, measured) if self.done or paced else None

    def _requests(self, outlook: Outlook, rest: int) -> Mapping[str, float]:
        """Expect of the rest what the steps before took; while they are few, one request each of every kind."""
        if self.done < ENOUGH:
            return dict.fromkeys(outlook.sent(), float(rest))
        sent = {one: count - self._before.get(one, 0) for one, count in outlook.sent().items()}
        return {one: rest * count / (self.done + IN_HAND) for one, count in sent.items()}
