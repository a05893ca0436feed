"""What does one record of the ledger say: who did what to which addresses, when, and why? Written and read here alone.

A record is the message of one commit of the ledger: a subject, a line for each address with what it served before and
after, and trailers. People read it with `git log`, Mooring with `mooring log`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mooring.core.address import Address, ContentHash, Gap, Side


class RecordKind(StrEnum):
    """What was done."""

    SYNC = "sync"
    RESOLVE = "resolve"
    """A person decided for Git; `new` of each address is what Git wants, `old` what was live."""
    ROLLBACK = "rollback"
    """A person put earlier content back, ahead of Git."""
    PROMOTE = "promote"
    """A person gave a label another label's content, ahead of Git."""
    SUSPEND = "suspend"
    RESUME = "resume"


MOVES = frozenset({RecordKind.SYNC, RecordKind.ROLLBACK, RecordKind.PROMOTE})
"""The kinds whose addresses serve `new` from then on."""


@dataclass(frozen=True, slots=True)
class Moved:
    """An address, what it served before and what it serves from then on."""

    address: Address
    old: Side
    new: Side


@dataclass(frozen=True, slots=True)
class Record:
    """One record. `what` says it in words, `commit` is the source commit, `allowed` the guards that were opened.

    `id` and `time` (ISO 8601, UTC) are those of its commit in the ledger: '' in a record that is yet to be written.
    """

    kind: RecordKind
    target: str
    what: str
    by: str
    run: str = ""
    commit: str | None = None
    reason: str = ""
    moved: tuple[Moved, ...] = ()
    allowed: tuple[str, ...] = ()
    id: str = ""
    time: str = ""


_SUBJECT = re.compile(r"(\w+) ([^\s:]+): (.*)")
_MOVED = re.compile(r"(\S.*) (\S+) -> (\S+)")
_TRAILER = re.compile(r"Mooring-(Run|Commit|By|Reason|Allowed): (.*)")


def message(record: Record) -> str:
    """Write a record as a commit message."""
    lines = [f"{record.kind} {record.target}: {_line(record.what)}", ""]
    lines += [f"{one.address} {one.old} -> {one.new}" for one in record.moved]
    lines += [""] if record.moved else []
    trailers = [("Run", record.run), ("Commit", record.commit or ""), ("By", record.by), ("Reason", record.reason)]
    trailers += [("Allowed", word) for word in record.allowed]
    lines += [f"Mooring-{key}: {_line(value)}" for key, value in trailers if value]
    return "\n".join(lines) + "\n"


def read_message(text: str, *, id: str = "", time: str = "") -> Record | None:  # noqa: A002  # the field's own name
    """Read a commit message; None where it is no record (a lease, a file of another tool)."""
    subject, _, rest = text.partition("\n")
    found = _SUBJECT.fullmatch(subject)
    if found is None or found[1] not in list(RecordKind):
        return None
    trailers: dict[str, list[str]] = {}
    moved: list[Moved] = []
    for line in rest.split("\n"):
        if trailer := _TRAILER.fullmatch(line):
            trailers.setdefault(trailer[1], []).append(trailer[2])
        elif (move := _MOVED.fullmatch(line)) and (address := _address(move[1])):
            moved.append(Moved(address, _side(move[2]), _side(move[3])))
    return Record(
        kind=RecordKind(found[1]),
        target=found[2],
        what=found[3],
        by=_first(trailers, "By"),
        run=_first(trailers, "Run"),
        commit=_first(trailers, "Commit") or None,
        reason=_first(trailers, "Reason"),
        moved=tuple(moved),
        allowed=tuple(trailers.get("Allowed", ())),
        id=id,
        time=time,
    )


def _line(text: str) -> str:
    return " ".join(text.split())


def _first(trailers: Mapping[str, Sequence[str]], key: str) -> str:
    return next(iter(trailers.get(key, ())), "")


def _address(text: str) -> Address | None:
    """Read an address: a target's name has no `:`, and no label has an `@`."""
    target, colon, named = text.partition(":")
    prompt, at, label = named.rpartition("@")
    return Address(target, prompt, label) if colon and at else None


def _side(text: str) -> Side:
    return Gap(text) if text in set(Gap) else ContentHash(text)
