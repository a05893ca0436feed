"""How are documents kept beside the memory of a target? In a ref of their own, changed by compare-and-swap."""

import random
from collections.abc import Collection
from dataclasses import dataclass

from mooring.ledger.store import Draft, Name, RefStore, Swapped, Torn
from mooring.ports import Clock, Edit, Files, LedgerRefused, LedgerUnreadable

_ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class LedgerShelf:
    """Implements the Shelf port over one ref."""

    store: RefStore
    name: Name
    clock: Clock

    def read(self, paths: Collection[str]) -> Files:
        """Give those of the files that exist; raises LedgerUnreadable."""
        return self._files(self._tip(), paths)

    def change(self, paths: Collection[str], edit: Edit, message: str) -> None:
        """Edit files on top of whatever stands there; raises LedgerRefused."""
        for attempt in range(_ATTEMPTS):
            try:
                there = self.store.fetch((self.name,)).get(self.name)
                base = there or self.store.seed(self.name)
                before = self._files(base, paths)
            except LedgerUnreadable as error:
                raise LedgerRefused(f"{error} Nothing was recorded.") from error
            written = {path: data for path, data in edit(before).items() if before.get(path) != data}
            if not written:
                return
            try:
                self.store.swap(self.name, there, Draft(written, message, () if base is None else (base,)))
            except Swapped:
                self.clock.sleep(random.uniform(0, 0.1 * 2**attempt))  # noqa: S311  # jitter needs no secrecy
            else:
                return
        raise LedgerRefused(
            f"{self.name} in {self.store.place} was changed by others {_ATTEMPTS} times while it was written to. "
            "Nothing was recorded. Run again when it is quieter."
        )

    def _tip(self) -> str | None:
        return self.store.fetch((self.name,)).get(self.name) or self.store.seed(self.name)

    def _files(self, commit: str | None, paths: Collection[str]) -> Files:
        if commit is None or not paths:
            return {}
        try:
            return self.store.files(commit, paths)
        except Torn as error:
            raise LedgerUnreadable(f"{self.name} in {self.store.place} cannot be read: {error}.") from error
