"""What do a repository's settings and rules on GitHub say, as far as this token may see them?"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Unseen:
    """Nothing is known; `why` is a sentence, `fix` the way out where that does not hold one."""

    why: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """The repository itself."""

    name: str
    default_branch: str
    is_private: bool
    is_fork: bool
    has_issues: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """What active rulesets ask of the branch that is true. `required` are the names of required checks."""

    required: frozenset[str] = frozenset()
    has_merge_queue: bool = False
    asks_signatures: bool = False


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a job's own token may do in this repository."""

    writes: bool
    """A job that states no permissions may write everything."""
    may_propose: bool
    """It may open pull requests."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it; `protection` are the required checks of the older protection of branches."""

    about: About | Unseen
    rules: Rules | Unseen
    protection: frozenset[str] | Unseen
    defaults: Defaults | Unseen

    @property
    def required(self) -> frozenset[str]:
        """Give the required checks that are known."""
        by_rules = self.rules.required if isinstance(self.rules, Rules) else frozenset[str]()
        return by_rules | (frozenset() if isinstance(self.protection, Unseen) else self.protection)

    @property
    def knows_required(self) -> bool:
        """Tell whether no required check is hidden."""
        return not isinstance(self.rules, Unseen) and not isinstance(self.protection, Unseen)


def unseen(nothing: Unseen) -> Settings:
    """Give what is known where nothing could be asked."""
    return Settings(nothing, nothing, nothing, nothing)


def about(found: Any) -> About | Unseen:  # noqa: ANN401  # JSON
    """Read `GET /repos/OWNER/NAME`."""
    match found:
        case {"full_name": str(name), "default_branch": str(branch)}:
            return About(
                name,
                branch,
                is_private=found.get("private") is True,
                is_fork=found.get("fork") is True,
                has_issues=found.get("has_issues") is not False,
            )
        case _:
            return Unseen("GitHub's answer about the repository names neither it nor its default branch.")


def rules(found: Iterable[Any]) -> Rules:
    """Read `GET /repos/OWNER/NAME/rules/branches/BRANCH`, which gives active rules alone, of all levels."""
    required: set[str] = set()
    kinds: set[str] = set()
    for rule in found:
        match rule:
            case {"type": "required_status_checks", "parameters": {"required_status_checks": list(checks)}}:
                required |= _contexts(checks)
            case {"type": str(kind)}:
                kinds.add(kind)
            case _:
                pass
    return Rules(frozenset(required), "merge_queue" in kinds, "required_signatures" in kinds)


def protection(found: Any) -> frozenset[str]:  # noqa: ANN401  # JSON
    """Read `GET /repos/OWNER/NAME/branches/BRANCH`, which names required checks to whoever may read."""
    match found:
        case {"protection": {"required_status_checks": {"contexts": list(contexts)}}}:
            return frozenset(context for context in contexts if isinstance(context, str))
        case _:
            return frozenset()


def defaults(found: Any) -> Defaults | Unseen:  # noqa: ANN401  # JSON
    """Read `GET /repos/OWNER/NAME/actions/permissions/workflow`, which GitHub shows to administrators alone."""
    match found:
        case {"default_workflow_permissions": str(level), "can_approve_pull_request_reviews": bool(may)}:
            return Defaults(writes=level == "write", may_propose=may)
        case _:
            return Unseen("GitHub's answer about the permissions of workflows says nothing of them.")


def _contexts(checks: Iterable[Any]) -> set[str]:
    return {check["context"] for check in checks if isinstance(check, dict) and isinstance(check.get("context"), str)}
