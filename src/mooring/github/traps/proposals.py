"""What becomes of the pull requests that jobs open?"""

from collections.abc import Iterator

from mooring.core.check import Check, Health
from mooring.github.traps.ground import Ground, by_file, listed, place
from mooring.github.traps.settings import Defaults, Rules
from mooring.github.traps.usage import WRITES, Bearer, Verb

_SETTING = '"Allow GitHub Actions to create and approve pull requests" (Settings -> Actions -> General)'
_OTHER = "hand the step the token of a GitHub App in `token:`"


def proposals(ground: Ground) -> Iterator[Check]:
    """Say whether jobs may open pull requests, and whether checks start on them."""
    proposing = [use for use in ground.uses if use.verb in WRITES | {Verb.CHOSEN}]
    for _, uses in by_file(use for use in proposing if use.bearer is Bearer.JOB):
        yield _allowed(place(uses), ground)
        yield _checked(place(uses), ground)
    for _, uses in by_file(use for use in proposing if use.bearer is Bearer.OTHER):
        message = f"{place(uses)}: pull requests are opened with a token of their own, so checks start on them"
        yield Check("proposals", Health.OK, message)
    rules = ground.settings.rules
    if proposing and isinstance(rules, Rules) and rules.asks_signatures:
        message = "The branch asks for signed commits, and those of proposals are not signed"
        yield Check("proposals", Health.NOTE, message, "Squash them on GitHub, which signs what it makes.")


def _allowed(where: str, ground: Ground) -> Check:
    defaults = ground.settings.defaults
    if not isinstance(defaults, Defaults):
        message = f"{where}: whether GitHub lets a job's own token open pull requests cannot be seen from here"
        return Check("proposals", Health.NOTE, message, f"Switch it on: {_SETTING}")
    if defaults.may_propose:
        return Check("proposals", Health.OK, f"{where}: the repository lets a job's own token open pull requests")
    message = f"{where}: the repository does not let a job's own token open pull requests, so branches alone are pushed"
    return Check("proposals", Health.WARN, message, f"Switch on {_SETTING}; or {_OTHER}.")


def _checked(where: str, ground: Ground) -> Check:
    required = ground.settings.required
    fix = f"Close and reopen each, or {_OTHER}."
    if required:
        message = (
            f"{where}: on a pull request that a job's own token opened GitHub starts no checks, and "
            f"{listed(sorted(required))} must pass before it is merged"
        )
        return Check("checks of proposals", Health.WARN, message, fix)
    message = f"{where}: on a pull request that a job's own token opened GitHub starts no checks"
    return Check("checks of proposals", Health.NOTE, message, fix)
