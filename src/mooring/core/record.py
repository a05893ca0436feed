"""What does one record of the ledger say: who did what to which addresses, when, and why? Written and read here alone.

A record is the message of one commit of the ledger: a subject, a line for each address with what it served before and
after, and trailers. People read it with `git log`, Mooring with `mooring log`.
"""

import re
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

    `id` is that of its commit in the ledger, '' in a record that is yet to be written. `time` (ISO 8601, UTC) is when
    it happened, where that is earlier than its commit; else read from the commit.
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
_KINDS = {kind.value: kind for kind in RecordKind}
_GAPS = {gap.value: gap for gap in Gap}
_ALLOWED = "Mooring-Allowed"


def message(record: Record) -> str:
    """Write a record as a commit message."""
    lines = [f"{record.kind} {record.target}: {_line(record.what)}", ""]
    lines += [f"{one.address} {one.old} -> {one.new}" for one in record.moved]
    lines += [""] if record.moved else []
    trailers = [("Run", record.run), ("Commit", record.commit or ""), ("By", record.by), ("Reason", record.reason)]
    trailers += [("At", record.time)]
    trailers += [("Allowed", word) for word in record.allowed]
    lines += [f"Mooring-{key}: {_line(value)}" for key, value in trailers if value]
    return "\n".join(lines) + "\n"


def read_message(text: str, *, id: str = "", time: str = "") -> Record | None:  # noqa: A002  # the field's own name
    """Read a commit message; None where it is no record (a lease, a file of another tool)."""
    subject, _, rest = text.partition("\n")
    found = _SUBJECT.fullmatch(subject)
    if found is None or found[1] not in _KINDS:
        return None
    said: dict[str, str] = {}
    allowed: list[str] = []
    moved: list[Moved] = []
    # Ten thousand of these are read at once: no pattern where a comparison does.
    for line in rest.split("\n"):
        if line.startswith("Mooring-"):
            key, _, value = line.partition(": ")
            if key == _ALLOWED:
                allowed.append(value)
            else:
                said.setdefault(key, value)
        elif " -> " in line and (move := _moved(line)):
            moved.append(move)
    return Record(
        kind=_KINDS[found[1]],
        target=found[2],
        what=found[3],
        by=said.get("Mooring-By", ""),
        run=said.get("Mooring-Run", ""),
        commit=said.get("Mooring-Commit"),
        reason=said.get("Mooring-Reason", ""),
        moved=tuple(moved),
        allowed=tuple(allowed),
        id=id,
        time=said.get("Mooring-At", time),
    )


def _line(text: str) -> str:
    return " ".join(text.split())


def _moved(line: str) -> Moved | None:
    """Read `ADDRESS OLD -> NEW` from its end: a prompt's name may hold spaces."""
    parts = line.rsplit(" ", 3)
    if len(parts) != 4 or parts[2] != "->" or not (parts[1] and parts[3]):
        return None
    address = _address(parts[0])
    return None if address is None else Moved(address, _side(parts[1]), _side(parts[3]))


def _address(text: str) -> Address | None:
    """Read an address: a target's name has no `:`, and no label has an `@`."""
    target, colon, named = text.partition(":")
    prompt, at, label = named.rpartition("@")
    return Address(target, prompt, label) if colon and at else None


def _side(text: str) -> Side:
    return _GAPS.get(text) or ContentHash(text)
