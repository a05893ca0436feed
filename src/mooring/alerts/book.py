"""How do incidents stand in the ledger? As one JSON document for each target."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mooring.core.incident import Book, Claim, Facts, Grave, Health, Incident, Kind, Stage, Subject, Telling
from mooring.core.state import State

PATH = "incidents.json"
SCHEMA = "mooring/incidents/1"


class BookUnreadable(Exception):
    """What stands in the ledger is no book that this version can read; the message says why and the way out."""


def encode(book: Book) -> bytes:
    """Give a book as JSON, the same for the same book; what an incident lacks is left out."""
    document = {
        "schema": SCHEMA,
        "incidents": [_incident(one) for one in book.incidents],
        "silent": {name: {"failures": one.failures, "next": _time(one.next_try)} for name, one in book.silent.items()},
    }
    return (json.dumps(document, sort_keys=True, indent=0) + "\n").encode()


def decode(data: bytes | None) -> Book:
    """Read a book, an empty one where there is none yet; raises BookUnreadable."""
    if data is None:
        return Book()
    try:
        document: dict[str, Any] = json.loads(data)
        schema = document["schema"]
        if schema != SCHEMA:
            raise BookUnreadable(f"it is written as {schema!r}, which this version does not know: upgrade mooring")
        silent = {
            str(name): Health(int(one["failures"]), _read_time(one["next"])) for name, one in document["silent"].items()
        }
        return Book(tuple(_read_incident(one) for one in document["incidents"]), silent)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BookUnreadable(
            f"{PATH} is damaged ({type(error).__name__}): take its ref away, and what is open is told once more"
        ) from error


def _incident(one: Incident) -> dict[str, Any]:
    return {
        "id": one.id,
        "subject": [one.subject.kind.value, one.subject.key],
        "facts": _facts(one.facts),
        "fingerprint": one.fingerprint,
        "opened": _time(one.opened),
        "counts": _time(one.counts),
        "resolved": None if one.resolved is None else _time(one.resolved),
        "revision": one.revision,
        # One word for each address: there may be thousands.
        "members": " ".join(f"{mark}:{sides}" for mark, sides in sorted(one.members.items())),
        "tellings": {name: _telling(telling) for name, telling in one.tellings.items()},
    }


def _facts(facts: Facts) -> dict[str, Any]:
    texts = {
        name: value
        for name in ("git", "live", "by", "since", "url", "fix", "stop")
        if (value := str(getattr(facts, name)))
    }
    return {
        "state": facts.state.value,
        "labels": list(facts.labels),
        "usual": facts.usual,
        "grave": facts.grave.value,
        "count": facts.count,
        "named": list(facts.named),
        **texts,
    }


def _telling(one: Telling) -> dict[str, Any]:
    return {
        "stage": one.stage.value,
        "revision": one.revision,
        "told": None if one.told is None else _time(one.told),
        "updates": one.updates,
        "reminders": one.reminders,
        "queued": None if one.queued is None else _time(one.queued),
        "claim": None if one.claim is None else {"by": one.claim.by, "at": _time(one.claim.at)},
    }


def _time(time: datetime) -> str:
    return time.astimezone(UTC).isoformat()


def _read_incident(one: Mapping[str, Any]) -> Incident:
    kind, key = one["subject"]
    members = (word.partition(":") for word in str(one["members"]).split())
    return Incident(
        id=str(one["id"]),
        subject=Subject(Kind(kind), str(key)),
        facts=_read_facts(one["facts"]),
        fingerprint=str(one["fingerprint"]),
        opened=_read_time(one["opened"]),
        counts=_read_time(one["counts"]),
        resolved=_read_maybe(one["resolved"]),
        revision=int(one["revision"]),
        members={mark: sides for mark, _, sides in members},
        tellings={str(name): _read_telling(telling) for name, telling in one["tellings"].items()},
    )


def _read_facts(one: Mapping[str, Any]) -> Facts:
    texts = {name: str(one.get(name, "")) for name in ("git", "live", "by", "since", "url", "fix", "stop")}
    return Facts(
        state=State(one["state"]),
        labels=tuple(str(label) for label in one["labels"]),
        usual=bool(one["usual"]),
        grave=Grave(one["grave"]),
        count=int(one["count"]),
        named=tuple(str(name) for name in one["named"]),
        **texts,
    )


def _read_telling(one: Mapping[str, Any]) -> Telling:
    claim = one["claim"]
    return Telling(
        stage=Stage(one["stage"]),
        revision=int(one["revision"]),
        told=_read_maybe(one["told"]),
        updates=int(one["updates"]),
        reminders=int(one["reminders"]),
        queued=_read_maybe(one["queued"]),
        claim=None if claim is None else Claim(str(claim["by"]), _read_time(claim["at"])),
    )


def _read_maybe(text: str | None) -> datetime | None:
    return None if text is None else _read_time(text)


def _read_time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("a time without a zone")
    return time
