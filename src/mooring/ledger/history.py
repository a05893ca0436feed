"""What does the ledger's own history tell, and is it still the one that it was? Asked of the clone, not of a remote."""

from collections.abc import Sequence

from mooring.core.record import Record, RecordKind, read_message
from mooring.core.trail import Verdict
from mooring.ledger.store import Examined, Name, RefStore, Torn
from mooring.ports import LedgerUnreadable

_NAMED = 3
_BY_PATTERN = (f"{RecordKind.SUSPEND} ", f"{RecordKind.RESUME} ")


def records(store: RefStore, about: Sequence[str] = ()) -> Sequence[Record]:
    """Give all records as this clone last saw them, newest first, asking no remote; raises LedgerUnreadable.

    With `about`, those alone whose text holds one of these, as every spelling of an address is a part of the longest
    one; and those that suspend and resume, which name patterns. It saves reading ten thousand for one prompt's few.
    """
    tip = store.last_seen(Name.LEDGER)
    try:
        logged = [] if tip is None else store.log(tip)
    except Torn as error:
        message = f"The history of the ledger in {store.place} cannot be read: {error}."
        raise LedgerUnreadable(f"{message} Run mooring log --verify, which says where it is broken.") from error
    asked = (one for one in logged if not about or _may_be_about(one.message, about))
    read = (read_message(one.message, id=one.id, time=one.time) for one in asked)
    return [record for record in read if record is not None]


def _may_be_about(message: str, about: Sequence[str]) -> bool:
    return message.startswith(_BY_PATTERN) or any(text in message for text in about)


def verify(store: RefStore, target: str, expected: Sequence[str] = ()) -> Verdict:
    """Check that every entry holds what its id says, and that none that was there once is gone.

    Once there were those that this clone ever saw, and those whose ids (or their starts) are `expected` because
    somebody noted them. Raises LedgerUnreadable.
    """
    try:
        tip, unasked = store.fetch().get(Name.LEDGER) or store.seed(Name.LEDGER), ""
    except LedgerUnreadable as error:
        tip, unasked = store.last_seen(Name.LEDGER), str(error)
    anchor = store.anchor()
    examined = Examined(()) if tip is None else store.examine(tip)
    flaws = list(examined.flaws)
    if anchor is not None and anchor not in examined.commits:
        flaws.append(_rewritten(store, anchor, examined))
    missing = (one for one in expected if not any(commit.startswith(one) for commit in examined.commits))
    return Verdict(target, tip, len(examined.commits), tuple(flaws), tuple(missing), unasked)


def _rewritten(store: RefStore, anchor: str, examined: Examined) -> str:
    """Say what this clone once saw and the ledger no longer holds."""
    try:
        seen = store.log(anchor)
    except Torn:
        seen = []
    held = set(examined.commits)
    at = next((number for number, one in enumerate(seen) if one.id in held), len(seen))
    common = (
        f"the newest entry that both hold is {seen[at].id[:12]} of {seen[at].time}" if seen[at:] else "nothing is left"
    )
    named = "; ".join(f"{one.id[:12]} of {one.time}, {one.message.partition(chr(10))[0]}" for one in seen[:at][:_NAMED])
    more = f" and {at - _NAMED} more" if at > _NAMED else ""
    return (
        f"The ledger was rewritten: this clone saw entry {anchor[:12]}, which it does not hold any more; {common}. "
        f"Gone: {named or anchor[:12]}{more}"
    )
