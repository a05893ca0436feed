"""What happens to an address beside holding it, and how much may be written? Settings and their precedence."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache


class Mode(StrEnum):
    """Bounds what may be written to a target; there is no default."""

    OBSERVE = "observe"
    """Nothing."""
    CREATE_ONLY = "create-only"
    """New prompts with their labels, and new versions without."""
    UPSERT = "upsert"
    """Everything but removal, which `prune` decides."""


class WhenAhead(StrEnum):
    """`platform_ahead`: somebody pointed the label at content that was never reviewed."""

    BLOCK = "block"
    """Held; gates fail."""
    ALERT = "alert"
    """Held; gates warn."""
    ADOPT = "adopt"
    """Held; the content is proposed to Git."""
    REVERT = "revert"
    """Git wins: the label goes back to the reviewed content."""


class WhenRelabelled(StrEnum):
    """`relabelled`: somebody pointed the label at other reviewed content. It is never fought."""

    ALERT = "alert"
    BLOCK = "block"


class WhenMissing(StrEnum):
    """`missing`: the label or the prompt is gone from the platform."""

    BLOCK = "block"
    ALERT = "alert"
    REVERT = "revert"
    """Put it back."""


class Prune(StrEnum):
    """`prune`: Git no longer declares what it once published."""

    REPORT = "report"
    """Counted only."""
    RETIRE = "retire"
    """The label is taken off; the versions stay."""
    DELETE = "delete"
    """Once Git declares no label of a prompt any more, it is archived and deleted with all its versions."""


class PromoteNow(StrEnum):
    """`promote_now`: may `mooring promote --now` move a label before Git agreed?"""

    ALLOW = "allow"
    FORBID = "forbid"


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole answer for one address."""

    platform_ahead: WhenAhead = WhenAhead.BLOCK
    relabelled: WhenRelabelled = WhenRelabelled.ALERT
    missing: WhenMissing = WhenMissing.BLOCK
    prune: Prune = Prune.REPORT
    promote_now: PromoteNow = PromoteNow.ALLOW


@dataclass(frozen=True, slots=True)
class PolicyPart:
    """What one place of the config says of the policy; None: it says nothing about it."""

    platform_ahead: WhenAhead | None = None
    relabelled: WhenRelabelled | None = None
    missing: WhenMissing | None = None
    prune: Prune | None = None
    promote_now: PromoteNow | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """Settings for the prompts whose name `match` globs. Rules outrank the target's own; later rules win."""

    match: str
    policy: PolicyPart = PolicyPart()
    mode: Mode | None = None
    owners: tuple[str, ...] = ()

    def matches(self, prompt: str) -> bool:
        """Tell whether the rule speaks of a prompt."""
        return fnmatchcase(prompt, self.match)


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of what exists one run may touch: a share of it (0 to 1) or a number; one of the two is None."""

    share: float | None
    count: int | None

    def allowed(self, existing: int) -> int:
        """Give the greatest number that is still allowed among `existing` addresses."""
        if self.count is not None:
            return self.count
        # Rounded first: 0.29 * 100 is 28.999999999999996.
        return int(round((self.share or 0.0) * existing, 6))


@dataclass(frozen=True, slots=True)
class Limits:
    """`updates` and `deletes` per run and target; shares count only from `min_existing` addresses on."""

    updates: Limit = Limit(share=0.3, count=None)
    deletes: Limit = Limit(share=0.1, count=None)
    min_existing: int = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for one prompt on one target."""

    mode: Mode
    policy: Policy
    owners: tuple[str, ...] = ()


def settings_for(prompt: str, *, mode: Mode, top: PolicyPart, target: PolicyPart, rules: Sequence[Rule]) -> Settings:
    """Give a prompt's settings: rules outrank the target, the target outranks the top, later rules win."""
    return _settled(mode, top, target, tuple([rule for rule in rules if rule.matches(prompt)]))


@lru_cache(maxsize=1024)
def _settled(mode: Mode, top: PolicyPart, target: PolicyPart, matching: tuple[Rule, ...]) -> Settings:
    """Settle what holds where these rules match: few answers for many prompts."""
    policy = _over(_over(Policy(), top), target)
    owners: tuple[str, ...] = ()
    for rule in matching:
        policy = _over(policy, rule.policy)
        mode = rule.mode or mode
        owners = rule.owners or owners
    return Settings(mode, policy, owners)


def _over(policy: Policy, part: PolicyPart) -> Policy:
    stated = {f.name: getattr(part, f.name) for f in fields(part) if getattr(part, f.name) is not None}
    return replace(policy, **stated)
