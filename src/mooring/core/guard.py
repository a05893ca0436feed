"""Which plans are stopped before their first write, because something larger than a change has happened?"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mooring.core.address import ABSENT, Gap
from mooring.core.judge import MOVES_SERVED, REMOVES, Action
from mooring.core.observation import Observation
from mooring.core.policy import Limits
from mooring.core.row import Row


class GuardKind(StrEnum):
    """What a guard watches."""

    UPDATES = "updates"
    DELETES = "deletes"
    EMPTY_SOURCE = "empty_source"
    EMPTIED_TARGET = "emptied_target"
    LOST_LEDGER = "lost_ledger"
    HASHES = "hashes"
    SECRETS = "secrets"


@dataclass(frozen=True, slots=True)
class Guard:
    """A guard that stands in the way: what it saw, and the flag that opens it for one run; `open` once it was given."""

    kind: GuardKind
    message: str
    fix: str
    open: bool


_YES = frozenset({"", "yes", "true", "True"})


@dataclass(frozen=True, slots=True)
class Allowances:
    """The flags of one run (or trailers of the merged commit). Numbers must match what the plan counts."""

    updates: int | None = None
    deletes: int | None = None
    empty_source: bool = False
    history: tuple[str, str] | None = None
    lost_ledger: bool = False
    takeover: frozenset[str] = frozenset()

    def words(self) -> tuple[str, ...]:
        """Give what was allowed, as it goes on record."""
        said = {
            "updates": self.updates,
            "deletes": self.deletes,
            "empty-source": self.empty_source or None,
            "history": None if self.history is None else "..".join(self.history),
            "lost-ledger": self.lost_ledger or None,
            "takeover": " ".join(sorted(self.takeover)) or None,
        }
        return tuple(f"{what}={value}" for what, value in said.items() if value is not None)

    def with_words(self, words: Iterable[str]) -> "Allowances":
        """Add what trailers `Mooring-Allow: WHAT=VALUE` allow, as `words` writes it; flags outrank them."""
        said = {what: value for what, _, value in (word.partition("=") for word in words)}
        old, dots, new = said.get("history", "").partition("..")
        return Allowances(
            updates=self.updates if self.updates is not None else _number(said.get("updates")),
            deletes=self.deletes if self.deletes is not None else _number(said.get("deletes")),
            empty_source=self.empty_source or said.get("empty-source") in _YES,
            history=self.history or ((old, new) if dots else None),
            lost_ledger=self.lost_ledger or said.get("lost-ledger") in _YES,
            takeover=self.takeover | frozenset(said.get("takeover", "").split()),
        )


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"[0-9]{1,9}", text) else None


@dataclass(frozen=True, slots=True)
class Whole:
    """What guards look at beside the addresses.

    `source_prompts` counts prompts in Git, `live_prompts` those on the platform; `ours_live` counts live prompts that
    carry this repository's mark; `ledger_empty` says that the ledger answered that it has nothing; `tree_unchanged`
    that Git asks for just what it asked for at the last sync.
    """

    source_prompts: int
    live_prompts: int
    ours_live: int
    ledger_empty: bool
    tree_unchanged: bool


def guards(rows: Sequence[Row], whole: Whole, limits: Limits, allowed: Allowances) -> tuple[Guard, ...]:
    """Give every guard that the plan meets, open ones included, so that what was allowed can be recorded."""
    seen = [row.seen for row in rows]
    based = sum(1 for one in seen if one.base is not None)
    found = (
        _counted(rows, GuardKind.UPDATES, limits, allowed),
        _counted(rows, GuardKind.DELETES, limits, allowed),
        _empty_source(based, whole, allowed),
        _emptied_target(seen, based, whole),
        _lost_ledger(whole, allowed),
        _hashes(seen, whole, limits),
    )
    return tuple(guard for guard in found if guard is not None)


def secrets_guard(leaking: Sequence[str], limit: int = 5) -> Guard | None:
    """Give the guard that contents meet which look as if they held secrets; each is told by file, rule and place."""
    if not leaking:
        return None
    more = f"; and {len(leaking) - limit} more" if len(leaking) > limit else ""
    message = f"What would be published looks as if it held a secret: {'; '.join(leaking[:limit])}{more}"
    fix = "Take it out and replace it; if it is no secret, allow its fingerprint under `secrets:` in mooring.yaml"
    return Guard(GuardKind.SECRETS, message, fix, open=False)


def _counted(rows: Sequence[Row], kind: GuardKind, limits: Limits, allowed: Allowances) -> Guard | None:
    actions = MOVES_SERVED if kind is GuardKind.UPDATES else REMOVES
    limit, given = (limits.updates, allowed.updates) if kind is GuardKind.UPDATES else (limits.deletes, allowed.deletes)
    existing = sum(1 for row in rows if not isinstance(row.seen.live, Gap))
    counted = [row.verdict.action for row in rows if row.verdict.action in actions]
    count = len(counted)
    if limit.share is not None and existing < limits.min_existing:
        return None
    most = limit.allowed(existing)
    if count <= most:
        return None
    verb = "change what is served for" if kind is GuardKind.UPDATES else _removal(counted)
    message = f"The plan would {verb} {count} of {existing} addresses; at most {most} are allowed in one run"
    return Guard(kind, message, f"--allow-{kind} {count}", given == count)


def _removal(counted: Iterable[Action]) -> str:
    verbs = {Action.DELETE: "delete the prompts of", Action.RETIRE: "take the label off"}
    return " or ".join(verb for action, verb in verbs.items() if action in set(counted))


def _empty_source(based: int, whole: Whole, allowed: Allowances) -> Guard | None:
    if whole.source_prompts or not based:
        return None
    message = f"Git holds no prompt at all, while {based} addresses were synced before: a wrong folder or branch?"
    return Guard(GuardKind.EMPTY_SOURCE, message, "--allow-empty-source", allowed.empty_source)


def _emptied_target(seen: Sequence[Observation], based: int, whole: Whole) -> Guard | None:
    """Mutagen's rule: a side that held several things and now holds none is more likely wrong than empty."""
    if based < 2 or whole.live_prompts or not all(one.live is ABSENT for one in seen):
        return None
    message = f"The platform holds no prompt at all, while {based} addresses were synced before: another project?"
    fix = "Check url, project and credentials; if it was emptied on purpose: mooring resolve ADDRESS… --take git"
    decided = all(one.decision is not None for one in seen if one.base is not None)
    return Guard(GuardKind.EMPTIED_TARGET, message, fix, decided)


def _lost_ledger(whole: Whole, allowed: Allowances) -> Guard | None:
    if not whole.ledger_empty or not whole.ours_live:
        return None
    message = f"The ledger is empty, while {whole.ours_live} live prompts carry this repository's mark: it was lost"
    return Guard(GuardKind.LOST_LEDGER, message, "--accept-lost-ledger", allowed.lost_ledger)


def _hashes(seen: Sequence[Observation], whole: Whole, limits: Limits) -> Guard | None:
    """A mass change with no change in Git and no label moved means that the hashing itself changed."""
    if not whole.tree_unchanged:
        return None
    rehashed = [one for one in seen if _rehashed(one)]
    existing = sum(1 for one in seen if one.base is not None)
    if existing < limits.min_existing or len(rehashed) <= limits.updates.allowed(existing):
        return None
    message = (
        f"The hashes of {len(rehashed)} of {existing} addresses changed with no change in Git and no label moved: "
        "the tool or its adapter reads them differently"
    )
    return Guard(
        GuardKind.HASHES, message, "Use the version of mooring that wrote the ledger, and report this", open=False
    )


def _rehashed(one: Observation) -> bool:
    if one.base is None or not one.holders or len(one.holders) != 1:
        return False
    same_version = one.holders[0].ref == one.base.ref
    return same_version and one.git != one.base.hash and one.live != one.base.hash and one.version is not None
