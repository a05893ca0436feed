"""Which reviewed content did a label serve before, and which one does a person mean?"""

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import dropwhile

from mooring.core.address import Address, ContentHash, Gap, Side, is_meant, short
from mooring.core.desired import DesiredPrompt
from mooring.core.memory import Indexed
from mooring.core.observation import Reviewed
from mooring.core.record import MOVES, Record, RecordKind

_COMMIT = re.compile(r"[0-9a-f]{7,64}")


@dataclass(frozen=True, slots=True)
class Past:
    """All that is known of what an address served and could serve, without asking anyone.

    `records` are the ledger's, newest first, `base` what both sides last agreed on; `declared` is the prompt in Git at
    the run's commit; `index` is what the ledger knows to be on the platform, `reviewed` what the branch ever held, so
    far as it was asked.
    """

    address: Address
    records: Sequence[Record]
    base: ContentHash | None
    declared: DesiredPrompt
    index: Mapping[ContentHash, Indexed]
    reviewed: Mapping[ContentHash, Reviewed] = field(default_factory=dict[ContentHash, Reviewed])

    @property
    def known(self) -> list[ContentHash]:
        """All content that was reviewed, so far as it is known here."""
        indexed = [one for one, entry in self.index.items() if not entry.instead]
        declared = [one.hash for one in self.declared.versions.values() if not isinstance(one.hash, Gap)]
        return list(dict.fromkeys([*indexed, *declared, *self.reviewed]))


@dataclass(frozen=True, slots=True)
class Unclear:
    """Why no one content is meant: what, and the way out."""

    reason: str
    fix: str = ""


def previous(past: Past, served: AbstractSet[Side]) -> ContentHash | Unclear:
    """Give the verified content that the address served before what it serves now.

    A rollback is a step back, not one more step forward: rolling back twice goes back two steps.
    """
    steps = _steps(past)
    below = [at for at, one in enumerate(steps) if one in served]
    candidates = steps if not below else steps[: below[-1]] if len(served) == 1 else steps[: below[0]]
    found = next((one for one in reversed(candidates) if one not in served), None)
    if found is None:
        reason = f"Nothing verified is on record that {past.address} served before"
        return Unclear(reason, "Name what it shall serve with --to: a key, a commit or a content hash")
    return found


def named(past: Past, text: str) -> ContentHash | Unclear:
    """Give the content that a person names by a key of the prompt, by its hash, or by a commit."""
    version = past.declared.versions.get(text)
    if version is not None:
        if isinstance(version.hash, Gap):
            return Unclear(f"{version.path} cannot be read as it stands", "mooring validate")
        return version.hash
    for meant in (_by_old_key(past, text), _by_hash(past, text), _by_commit(past, text)):
        if len(meant) == 1:
            return meant[0]
        if meant:
            several = " and ".join(short(one) for one in meant)
            return Unclear(f"{text} means several contents of {past.address.prompt}: {several}", "Name one by its hash")
    keys = ", ".join(past.declared.versions) or "none"
    reason = f"{text} names nothing that {past.address} served or that Git reviewed for it"
    return Unclear(reason, f"Give one of its keys ({keys}), a commit that was synced, or 12 digits of a content hash")


def key_of(past: Past, content: ContentHash) -> str:
    """Give the key that Git or the ledger knows a content by, '' where neither does."""
    declared = (key for key, version in past.declared.versions.items() if version.hash == content)
    entry = past.index.get(content)
    return next(declared, "" if entry is None else entry.key)


def commit_of(past: Past, content: ContentHash) -> str | None:
    """Give the commit that brought a content, so far as it is known."""
    entry, reviewed = past.index.get(content), past.reviewed.get(content)
    return (entry.commit if entry is not None else "") or (reviewed.commit if reviewed is not None else "") or None


def _steps(past: Past) -> list[ContentHash]:
    """Give what an address came to serve, oldest first; a rollback takes away what came after its content."""
    steps: list[ContentHash] = []
    known = set(past.known)
    for kind, old, new in _moves(past.address, past.records):
        # What somebody put there by hand is a step too, if it was ever reviewed.
        steps += [one for one in (old,) if one in known and steps[-1:] != [one] and not isinstance(one, Gap)]
        if kind is RecordKind.ROLLBACK and new in steps:
            while steps[-1] != new:
                steps.pop()
        elif new in known and not isinstance(new, Gap):
            steps.append(new)
    # Content that was in sync when Mooring first saw it was moved by no record.
    return [*steps, past.base] if past.base is not None and past.base not in steps else steps


def _moves(address: Address, records: Sequence[Record]) -> Iterable[tuple[RecordKind, Side, Side]]:
    for record in reversed(records):
        if record.kind in MOVES:
            yield from ((record.kind, one.old, one.new) for one in record.moved if one.address == address)


def _by_old_key(past: Past, text: str) -> list[ContentHash]:
    return [one for one, entry in past.index.items() if entry.key == text and not entry.instead]


def _by_hash(past: Past, text: str) -> list[ContentHash]:
    return [one for one in past.known if is_meant(one, text)]


def _by_commit(past: Past, text: str) -> list[ContentHash]:
    """Give what the label served once a commit was synced, else what that commit brought."""
    if not _COMMIT.fullmatch(text):
        return []

    def is_it(record: Record) -> bool:
        return record.kind is RecordKind.SYNC and (record.commit or "").startswith(text)

    then = list(dropwhile(lambda record: not is_it(record), past.records))
    served = [new for _, _, new in _moves(past.address, then)][-1:]
    if served:
        return [one for one in served if not isinstance(one, Gap)]
    brought = [one for one, entry in past.index.items() if entry.commit.startswith(text)]
    brought += [one for one, where in past.reviewed.items() if where.commit.startswith(text)]
    return list(dict.fromkeys(brought))
