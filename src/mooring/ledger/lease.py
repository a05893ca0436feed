"""How does a run keep its right to write, and how does it notice that it lost it?"""

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from mooring.core.memory import Changes, Intent
from mooring.ledger.codec import NewerSchema
from mooring.ledger.journal import Journal
from mooring.ledger.lease_record import LeaseRecord, decode_lease, encode_release, encode_renewal
from mooring.ledger.store import Draft, Name, RefStore, Swapped, Torn
from mooring.ports import Clock, LeaseLost, LedgerRefused, LedgerUnreadable


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a lease lives, in seconds.

    A holder renews every `interval` and stops writing at `margin` after its last accepted renewal; others take the
    lease when they have seen it unchanged for `ttl`. What lies between margin and ttl is for a write in flight.
    """

    interval: float = 20.0
    margin: float = 40.0
    ttl: float = 60.0


@dataclass(frozen=True, slots=True)
class Taken:
    """A lease as it was pushed, `asked` being the monotonic time before the push."""

    record: LeaseRecord
    commit: str
    asked: float
    predecessor: Intent | None


class HeldLease:
    """A lease that was taken. `predecessor` is what a dead lease in its place had wanted, None if there was none."""

    def __init__(self, store: RefStore, journal: Journal, clock: Clock, pace: Pace, taken: Taken) -> None:
        self.predecessor = taken.predecessor
        self._store = store
        self._journal = journal
        self._clock = clock
        self._pace = pace
        self._record = taken.record
        self._commit = taken.commit
        self._renewed = taken.asked
        self._lost: str | None = None
        self._renewing = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease-{taken.record.id[:8]}", daemon=True)
        self._thread.start()

    @property
    def given_up(self) -> str | None:
        """The id of this lease once nothing will be written under it any more."""
        return self._record.id if self._over.is_set() else None

    def check(self) -> None:
        """Raise LeaseLost unless the last accepted renewal is younger than the margin."""
        if self._lost is not None:
            raise LeaseLost(self._lost)
        age = self._clock.monotonic() - self._renewed
        if age > self._pace.margin or self._over.is_set():
            raise LeaseLost(
                f"The lease in {self._store.place} was last renewed {age:.0f} s ago: it may belong to another run by "
                "now, so no more is written. Run again; what was written is found and kept."
            )

    def renew(self) -> None:
        """Renew once; raises LeaseLost where it was taken, LedgerRefused where the ledger does not answer."""
        with self._renewing:
            if self._over.is_set():
                return
            # The age counts from before the push: nobody can have seen the new object earlier than that.
            asked = self._clock.monotonic()
            record = self._record.renewed()
            draft = Draft(encode_renewal(record), f"renew {record.intent.run}", (self._commit,))
            try:
                commit = self._store.swap(Name.LEASE, self._commit, draft)
            except Swapped:
                commit = self._found_again()
            self._record, self._commit, self._renewed = record, commit, asked

    def record(self, changes: Changes, message: str) -> None:
        """Write what happened as one commit on top of the ledger."""
        self.check()
        self._journal.write(changes, message, self._demand)

    def release(self) -> None:
        """Stop renewing and take the lease away. If the ledger does not let us, it dies by itself."""
        self._over.set()
        self._thread.join()
        with suppress(Swapped, LedgerRefused, LedgerUnreadable, LeaseLost):
            try:
                self._store.delete(Name.LEASE, self._commit)
            except Swapped:
                self._store.delete(Name.LEASE, self._found_again())
            except LedgerRefused:
                # Some hosts let no ref be deleted; a lease that says so is as good.
                released = Draft(encode_release(), f"release {self._record.intent.run}", (self._commit,))
                self._store.swap(Name.LEASE, self._commit, released)

    def abandon(self) -> None:
        """Stop renewing and leave the record where the next run finds it."""
        self._over.set()
        self._thread.join(timeout=5)

    def _keep(self) -> None:
        pause = self._pace.interval
        while not self._over.wait(pause):
            try:
                self.renew()
            except LeaseLost:
                return
            except (LedgerRefused, LedgerUnreadable):
                pause = self._pace.interval / 10
            else:
                pause = self._pace.interval

    def _demand(self, refs: Mapping[Name, str]) -> None:
        self.check()
        self._owned(refs)

    def _found_again(self) -> str:
        """Give the commit of our own lease where a push arrived whose answer did not."""
        return self._owned(self._store.fetch())

    def _owned(self, refs: Mapping[Name, str]) -> str:
        commit = refs.get(Name.LEASE)
        if commit is not None and (commit == self._commit or self._is_ours(commit)):
            return commit
        self._lost = (
            f"The lease in {self._store.place} was taken by another run: no more is written. Run again; what was "
            "written is found and kept."
        )
        raise LeaseLost(self._lost)

    def _is_ours(self, commit: str) -> bool:
        try:
            found = decode_lease(self._store.files(commit))
        except (Torn, NewerSchema):
            return False
        return found is not None and found.id == self._record.id
