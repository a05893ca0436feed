"""What does Mooring remember of a target, and who may write to it now?"""

import random
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from mooring.core.memory import Changes, Intent, Memory, Move, Phase, Waiting
from mooring.core.record import Record, read_message
from mooring.ledger import history
from mooring.ledger.codec import NewerSchema, Owner
from mooring.ledger.holder import Holder, is_gone, this_process
from mooring.ledger.journal import Journal
from mooring.ledger.lease import HeldLease, Pace, Taken
from mooring.ledger.lease_record import LeaseRecord, decode_lease, encode_lease
from mooring.ledger.pending import WaitingMoves, happened
from mooring.ledger.shelf import LedgerShelf
from mooring.ledger.store import Draft, Name, RefStore, Swapped, Torn
from mooring.ports import Clock, LedgerRefused, LedgerUnreadable, Locked, ShelfName

_LATELY = 200
"""Records among which one that waited is looked for before it is written."""


@dataclass(frozen=True, slots=True)
class Rival:
    """A lease as an observer sees it. `record` is None where it was released or cannot be read (`trouble`)."""

    commit: str | None
    record: LeaseRecord | None = None
    trouble: str | None = None
    unchanged: float = 0.0
    """For how many seconds this observer has seen the very same object."""

    @property
    def intent(self) -> Intent | None:
        """What its run was about to write."""
        return None if self.record is None else self.record.intent


def may_be_taken(rival: Rival, ttl: float, gone: Callable[[Holder], bool]) -> bool:
    """Tell whether nobody holds the lease: there is none, it was released, or it is dead."""
    if rival.record is None and rival.trouble is None:
        return True
    return rival.unchanged >= ttl or (rival.record is not None and gone(rival.record.holder))


class TargetLedger:
    """The memory of one target; implements the Ledger port."""

    def __init__(
        self, store: RefStore, owner: Owner, clock: Clock, pace: Pace | None = None, moves: WaitingMoves | None = None
    ) -> None:
        self._store = store
        self._owner = owner
        self._clock = clock
        self._pace = pace or Pace()
        self._journal = Journal(store, owner, clock)
        self._moves = moves
        self._watched: tuple[str, float] | None = None
        self._held: HeldLease | None = None

    def read(self) -> Memory:
        """Read everything that can be read; raises LedgerUnreadable."""
        refs = self._store.fetch()
        rival = self._look(refs.get(Name.LEASE))
        memory = self._journal.find(refs).memory
        return self._with_waiting(memory, rival.intent, rival.trouble)

    def remembered(self) -> Memory:
        """Give what this clone last saw, asking no remote; raises LedgerUnreadable where it never saw any."""
        start = self._store.last_seen(Name.LEDGER)
        if start is None and self._store.asked() is None:
            raise LedgerUnreadable(f"This clone never read the ledger in {self._store.place}, so it remembers nothing.")
        memory = Memory() if start is None else self._journal.find({Name.LEDGER: start}).memory
        return self._with_waiting(memory, None, None)

    def acquire(self, intent: Intent, *, wait: float) -> HeldLease:
        """Take the lease, waiting up to `wait` seconds; raises Locked or LedgerRefused."""
        deadline = self._clock.monotonic() + wait
        with suppress(LedgerRefused):  # Whether the lease can be had tells better what is wrong.
            self.flush()
        here, pause, raced = this_process(), 0.5, 0
        record = LeaseRecord(uuid.uuid4().hex, 0, self._clock.now(), here, intent)
        while True:
            rival = self._observe()
            if self._gave_up(rival) or may_be_taken(rival, self._pace.ttl, lambda holder: is_gone(holder, here)):
                lease = self._take(rival, record)
                if lease is not None:
                    return lease
                raced += 1
                if raced <= 3:
                    continue
            left = deadline - self._clock.monotonic()
            if left <= 0:
                raise Locked(self._locked(rival, wait))
            self._clock.sleep(min(left, random.uniform(pause / 2, pause)))  # noqa: S311  # jitter needs no secrecy
            pause = min(pause * 2, 5.0)

    def note(self, changes: Changes, message: str) -> None:
        """Record what needs no lease, after what waits to be recorded; raises LedgerRefused."""
        self.flush()
        self._journal.write(changes, message, lambda _: None)

    def records(self, about: Sequence[str] = ()) -> Sequence[Record]:
        """Give all records that this clone knows of, newest first, led by those that wait; raises LedgerUnreadable."""
        waiting = [one for one in self.waiting() if one.phase is Phase.DONE]
        read = [read_message(one.message, time=one.move.time) for one in reversed(waiting)]
        return [*(one for one in read if one is not None), *history.records(self._store, about)]

    def begin(self, prompt: str, label: str, move: Move, message: str) -> Waiting:
        """Keep on this machine what is about to be done; raises LedgerRefused."""
        return self._kept().keep(prompt, label, move, message)

    def waiting(self) -> Sequence[Waiting]:
        """Give the moves that this machine keeps until they are on record, oldest first."""
        return () if self._moves is None else self._moves.read()[0]

    def done(self, waiting: Waiting) -> None:
        """Note that a move happened; raises LedgerRefused."""
        self._kept().write(happened(waiting))

    def withdraw(self, waiting: Waiting) -> None:
        """Forget a move that did not happen, or is on record."""
        self._kept().drop(waiting)

    def flush(self) -> int:
        """Record the moves that happened, each once, and give how many they were; raises LedgerRefused."""
        waiting = [one for one in self.waiting() if one.phase is Phase.DONE]
        for one in waiting:
            # A run that died between recording a move and forgetting it leaves it to the next one.
            if not self._is_on_record(one.message):
                changes = Changes(moves={(one.prompt, one.label): one.move})
                self._journal.write(changes, one.message, lambda _: None)
            self.withdraw(one)
        return len(waiting)

    def shelf(self, name: ShelfName) -> LedgerShelf:
        """Give a shelf for documents beside the memory."""
        return LedgerShelf(self._store, Name(name.value), self._clock)

    def _kept(self) -> WaitingMoves:
        if self._moves is None:
            raise LedgerRefused(f"The ledger in {self._store.place} was opened without a place for moves that wait.")
        return self._moves

    def _with_waiting(self, memory: Memory, intent: Intent | None, trouble: str | None) -> Memory:
        waiting, unread = ((), None) if self._moves is None else self._moves.read()
        troubles = " ".join(part for part in (memory.trouble, trouble, unread) if part is not None)
        return replace(memory.with_moves(waiting), intent=intent, trouble=troubles or None)

    def _is_on_record(self, message: str) -> bool:
        try:
            tip = self._store.fetch().get(Name.LEDGER)
            logged = [] if tip is None else self._store.log(tip, _LATELY)
        except (LedgerUnreadable, Torn):
            return False  # Whoever writes next says why.
        return any(one.message.strip() == message.strip() for one in logged)

    def _observe(self) -> Rival:
        try:
            asked = self._clock.monotonic()
            commit = self._store.fetch().get(Name.LEASE)
            rival = self._look(commit)
        except LedgerUnreadable as error:
            raise LedgerRefused(f"{error} Nothing was written to the platform.") from error
        if commit is None or self._watched is None or self._watched[0] != commit:
            # Both ends are taken to our disadvantage: first seen after the answer, seen again before the question.
            self._watched = None if commit is None else (commit, self._clock.monotonic())
            return rival
        return replace(rival, unchanged=asked - self._watched[1])

    def _look(self, commit: str | None) -> Rival:
        if commit is None:
            return Rival(None)
        try:
            return Rival(commit, decode_lease(self._store.files(commit)))
        except Torn as error:
            return Rival(commit, trouble=f"The lease at {commit[:12]} cannot be read ({error}).")
        except NewerSchema as error:
            raise LedgerUnreadable(f"The lease in {self._store.place} cannot be read: {error}.") from error

    def _take(self, rival: Rival, record: LeaseRecord) -> HeldLease | None:
        """Put our lease in the place of one that nobody holds; None where somebody was faster."""
        carried = record.over(rival.intent)
        asked = self._clock.monotonic()
        # On top of the old one, as a fast-forward: some hosts allow nothing else on a branch.
        parents = () if rival.commit is None or rival.trouble is not None else (rival.commit,)
        draft = Draft(encode_lease(carried), f"lease {record.intent.run}", parents)
        try:
            commit = self._store.swap(Name.LEASE, rival.commit, draft)
        except Swapped:
            return None
        taken = Taken(carried, commit, asked, rival.intent)
        self._held = HeldLease(self._store, self._journal, self._clock, self._pace, taken)
        return self._held

    def _gave_up(self, rival: Rival) -> bool:
        """Tell whether the lease is our own that we abandoned: its process lives, and writes no more under it."""
        return rival.record is not None and self._held is not None and self._held.given_up == rival.record.id

    def _locked(self, rival: Rival, wait: float) -> str:
        if rival.record is None:
            who = "another run" if rival.trouble is None else f"a run unknown to us. {rival.trouble} It is held"
        else:
            who = f"run {rival.record.intent.run} ({rival.record.holder}) since {rival.record.since}"
        return (
            f"The lease of target {self._owner.target} in {self._store.place} is held by {who}, still after "
            f"{wait:.0f} s of waiting. Run again when it is done, or wait longer with --lock-timeout; a lease whose "
            f"run died is free after {self._pace.ttl:.0f} s without a renewal."
        )
