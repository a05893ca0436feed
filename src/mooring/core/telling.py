"""Who is to be told what now, and what is remembered of it? So that every cause is told once, whoever tells it.

A run claims what it is about to say, says it, and settles what became of it; in between nobody else says the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from mooring.core.course import follow, is_muted, seen_subjects
from mooring.core.incident import Book, Claim, Health, Incident, Listener, Stage, Subject, Telling
from mooring.core.symptoms import Observed

REMINDERS = (timedelta(hours=1), timedelta(days=1), timedelta(weeks=1))
"""How long after the last word a reminder is due; the last one goes on."""
UPDATES_AT_ONCE = 3
"""So many changes of one incident are told at once, further ones an hour after the last word."""
CLAIM_LASTS = timedelta(minutes=10)
"""A claim that is older was made by a run that is dead."""
KEPT = timedelta(days=30)
"""So long a resolved incident is remembered, and what could not be told of it is tried."""
MOST_KEPT = 100
"""So many resolved incidents are remembered of which nothing is left to tell."""

_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1)


class Said(StrEnum):
    """What is said of an incident."""

    OPENED = "opened"
    UPDATED = "updated"
    REMINDED = "reminded"
    RESOLVED = "resolved"
    PASSED = "passed"
    """Opened and resolved in one: it was over before it could be told."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to say of an incident as it stood when it was claimed."""

    said: Said
    incident: Incident


@dataclass(frozen=True, slots=True)
class Message:
    """What one listener is told at once: a digest has many items."""

    listener: str
    items: tuple[Item, ...]


class Fate(StrEnum):
    """What became of a message."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    """The listener could not be reached, or took nothing."""
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a message. `pause` is how long the listener asked to be left alone, None where it did not say."""

    message: Message
    fate: Fate
    pause: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """The book as it has to stand before anything is said, and what this run then says."""

    book: Book
    messages: tuple[Message, ...]


def decide(
    book: Book, observed: Observed | None, now: datetime, listeners: Sequence[Listener], claimant: str
) -> Decided:
    """Follow the incidents and claim what is due. `observed` is None for a run that says nothing about the branch."""
    incidents = book.incidents
    seen: frozenset[Subject] = frozenset()
    if observed is not None:
        incidents = follow(incidents, observed, now, listeners)
        seen = seen_subjects(observed, incidents, listeners)
    queued = tuple(_queued(one, listeners, now, is_seen=one.subject in seen) for one in incidents)
    hushed = {one.id for one in queued if observed is not None and one.resolved is None and is_muted(one, observed)}
    messages = tuple(m for one in listeners for m in _due(replace(book, incidents=queued), one, now, hushed))
    claimed = _over_items(queued, messages, lambda telling, _: replace(telling, claim=Claim(claimant, now)))
    if claimed == book.incidents:
        return Decided(book, ())
    return Decided(replace(book, incidents=_kept(claimed, now)), messages)


def settle(book: Book, results: Sequence[Result], now: datetime, claimant: str, jitter: float) -> Book:
    """Note what became of the messages that `claimant` claimed. `jitter`, from 0 to 1, spreads the next attempts."""
    delivered = [one.message for one in results if one.fate is Fate.DELIVERED]
    others = [one.message for one in results if one.fate is not Fate.DELIVERED]
    told = _over_items(book.incidents, delivered, lambda telling, item: _told(telling, item, now), claimant)
    incidents = _over_items(told, others, lambda telling, _: replace(telling, claim=None), claimant)
    silent = dict(book.silent)
    for one in results:
        if one.fate is Fate.DELIVERED:
            silent.pop(one.message.listener, None)
        elif one.fate is Fate.REFUSED:
            silent[one.message.listener] = _pause(silent.get(one.message.listener), one.pause, now, jitter)
    return Book(incidents, silent)


def waiting(book: Book, listener: str) -> int:
    """Count what waits to be said to a listener."""
    return sum(1 for one in book.incidents if listener in one.tellings and one.tellings[listener].queued is not None)


def _queued(incident: Incident, listeners: Sequence[Listener], now: datetime, *, is_seen: bool) -> Incident:
    """Note since when something waits to be said, and that nothing does any more."""
    tellings = dict(incident.tellings)
    for listener in listeners:
        telling = tellings.get(listener.id, Telling())
        if telling.queued is None and _is_news(incident, telling, listener, now, is_seen=is_seen):
            tellings[listener.id] = replace(telling, queued=now)
    return replace(incident, tellings=tellings)


def _is_news(incident: Incident, telling: Telling, listener: Listener, now: datetime, *, is_seen: bool) -> bool:
    if telling.stage is Stage.OPEN:
        news = _is_changed(incident, telling, now) or _is_reminder_due(telling, now)
        return incident.resolved is not None or (is_seen and news)
    due = max(incident.counts, incident.opened + listener.after)
    return telling.stage is Stage.SILENT and is_seen and now >= due and listener.hears(incident.facts)


def _is_changed(incident: Incident, telling: Telling, now: datetime) -> bool:
    calm = telling.updates < UPDATES_AT_ONCE or telling.told is None or now >= telling.told + REMINDERS[0]
    return calm and telling.revision < incident.revision


def _is_reminder_due(telling: Telling, now: datetime) -> bool:
    pause = REMINDERS[min(telling.reminders, len(REMINDERS) - 1)]
    return telling.told is not None and now >= telling.told + pause


def _said(incident: Incident, telling: Telling) -> Said:
    """Say what waits: by what the listener knows and what is so now, however much happened in between."""
    if incident.resolved is not None:
        return Said.PASSED if telling.stage is Stage.SILENT else Said.RESOLVED
    if telling.stage is Stage.SILENT:
        return Said.OPENED
    return Said.UPDATED if telling.revision < incident.revision else Said.REMINDED


def _due(book: Book, listener: Listener, now: datetime, hushed: set[str]) -> tuple[Message, ...]:
    health = book.silent.get(listener.id)
    if not listener.ready or (health is not None and now < health.next_try <= now + 2 * _LONGEST_PAUSE):
        return ()
    items: list[Item] = []
    oldest = now
    for incident in book.incidents:
        telling = incident.tellings.get(listener.id)
        if telling is None or telling.queued is None or incident.id in hushed or _is_claimed(telling, now):
            continue
        items.append(Item(_said(incident, telling), incident))
        oldest = min(oldest, telling.queued)
    if not listener.digest:
        return tuple(Message(listener.id, (item,)) for item in items)
    return (Message(listener.id, tuple(items)),) if items and now >= oldest + listener.digest else ()


def _is_claimed(telling: Telling, now: datetime) -> bool:
    return telling.claim is not None and abs(now - telling.claim.at) < CLAIM_LASTS


def _over_items(
    incidents: Sequence[Incident],
    messages: Sequence[Message],
    change: Callable[[Telling, Item], Telling],
    claimant: str | None = None,
) -> tuple[Incident, ...]:
    """Change the tellings that messages are about; with a claimant only those that it claimed."""
    items = {
        (one.incident.id, one.incident.opened, message.listener): one for message in messages for one in message.items
    }

    def changed(incident: Incident, listener: str, telling: Telling) -> Telling:
        item = items.get((incident.id, incident.opened, listener))
        mine = claimant is None or (telling.claim is not None and telling.claim.by == claimant)
        return change(telling, item) if item is not None and mine else telling

    return tuple(
        replace(one, tellings={name: changed(one, name, telling) for name, telling in one.tellings.items()})
        for one in incidents
    )


_STAGES: Mapping[Said, Stage] = {
    Said.OPENED: Stage.OPEN,
    Said.UPDATED: Stage.OPEN,
    Said.REMINDED: Stage.OPEN,
    Said.RESOLVED: Stage.OVER,
    Said.PASSED: Stage.OVER,
}


def _told(telling: Telling, item: Item, now: datetime) -> Telling:
    return Telling(
        stage=_STAGES[item.said],
        revision=item.incident.revision,
        told=now,
        updates=telling.updates + (item.said is Said.UPDATED),
        reminders=telling.reminders + (item.said is Said.REMINDED),
    )


def _pause(before: Health | None, asked: timedelta | None, now: datetime, jitter: float) -> Health:
    failures = 1 if before is None else before.failures + 1
    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(failures - 1, 10)) * (1 + jitter) / 2
    return Health(failures, now + max(pause, min(asked or timedelta(), _LONGEST_PAUSE)))


def _kept(incidents: Sequence[Incident], now: datetime) -> tuple[Incident, ...]:
    """Forget what was over long ago, so that the book stays small."""
    young = [one for one in incidents if one.resolved is None or one.resolved + KEPT > now]
    done = [one for one in young if one.resolved is not None and not _is_waited_for(one)]
    newest = sorted(done, key=lambda one: one.resolved or now)[-MOST_KEPT:]
    forgotten = {(one.id, one.opened) for one in done} - {(one.id, one.opened) for one in newest}
    return tuple(one for one in young if (one.id, one.opened) not in forgotten)


def _is_waited_for(incident: Incident) -> bool:
    return any(one.queued is not None for one in incident.tellings.values())
