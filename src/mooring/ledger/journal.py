"""How is the newest readable memory found, and how does a change get on top of it whoever else writes?"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from mooring.core.memory import Changes, Memory
from mooring.ledger.codec import NewerSchema, Owner, apply, decode, touched
from mooring.ledger.decoded import DecodedCommits
from mooring.ledger.store import Draft, Name, RefStore, Swapped, Torn
from mooring.ports import Clock, LedgerRefused, LedgerUnreadable

_ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class Found:
    """The memory that a ref leads to: `start` is the commit it names, `memory.head` the newest readable one."""

    start: str | None
    memory: Memory


class Journal:
    """The ledger ref of one target."""

    def __init__(self, store: RefStore, owner: Owner, clock: Clock) -> None:
        self._store = store
        self._owner = owner
        self._clock = clock
        self._found = Found(None, Memory())

    def find(self, refs: Mapping[Name, str]) -> Found:
        """Read the newest readable memory, one that was read before at no cost; raises LedgerUnreadable."""
        start = refs.get(Name.LEDGER) or self._store.seed(Name.LEDGER)
        if start is None:
            return Found(None, Memory())
        if self._found.start != start:
            self._found = Found(start, self._newest_readable(start))
        return self._found

    def write(self, changes: Changes, message: str, guard: Callable[[Mapping[Name, str]], None]) -> None:
        """Put a change on top of whatever stands there, as one commit; no commit where it changes nothing.

        `guard` sees the refs before each attempt and raises to stop. Raises LedgerRefused.
        """
        for attempt in range(_ATTEMPTS):
            try:
                refs = self._store.fetch()
                guard(refs)
                draft = self._draft(self.find(refs), changes, message)
            except LedgerUnreadable as error:
                raise LedgerRefused(f"{error} Nothing was recorded.") from error
            if draft is None:
                return
            try:
                self._store.swap(Name.LEDGER, refs.get(Name.LEDGER), draft)
            except Swapped:
                self._clock.sleep(random.uniform(0, 0.1 * 2**attempt))  # noqa: S311  # jitter needs no secrecy
            else:
                return
        raise LedgerRefused(
            f"The ledger in {self._store.place} was changed by others {_ATTEMPTS} times while a record was written to "
            "it. Nothing was recorded. Run again when it is quieter."
        )

    def _newest_readable(self, start: str) -> Memory:
        why = ""
        for commit in self._candidates(start):
            try:
                memory = self._decoded(commit)
            except NewerSchema as error:
                raise LedgerUnreadable(f"The ledger in {self._store.place} cannot be read: {error}.") from error
            except Torn as error:
                why = why or str(error)
                continue
            if not why:
                return replace(memory, head=commit)
            trouble = (
                f"The ledger's newest commit {start[:12]} cannot be read ({why}); used is {commit[:12]} before it."
            )
            return replace(memory, head=commit, trouble=trouble)
        raise LedgerUnreadable(
            f"The ledger in {self._store.place} cannot be read at {start[:12]} nor at any commit before it: {why}. "
            "Point its ref at a commit that can be read, or delete the ref and run with --accept-lost-ledger."
        )

    def _decoded(self, commit: str) -> Memory:
        """Read a commit, one that any run of this clone read before from memory; raises Torn or NewerSchema."""
        file = self._store.memory
        if file is None:
            return decode(self._store.files(commit))
        remembered = DecodedCommits(file, self._owner)
        memory = remembered.recall(commit)
        if memory is None:
            memory = decode(self._store.files(commit))
            remembered.remember(commit, memory)
        return memory

    def _candidates(self, start: str) -> Iterator[str]:
        yield start
        yield from (commit for commit in self._store.history(start) if commit != start)

    def _draft(self, found: Found, changes: Changes, message: str) -> Draft | None:
        readable = found.memory.head
        try:
            files = {} if readable is None else self._store.files(readable, touched(changes))
            written = apply(files, changes, self._owner)
        except (Torn, NewerSchema) as error:
            raise LedgerUnreadable(f"The ledger in {self._store.place} cannot be read: {error}.") from error
        if not written:
            return None
        # A torn commit becomes a further parent: nothing is lost, and its files count no more.
        parents = dict.fromkeys(commit for commit in (readable, found.start) if commit is not None)
        return Draft(written, message, tuple(parents))
