"""Is there a Git host that can be asked beyond Git itself? GitHub is, where a token for it is in the environment."""

from collections.abc import Mapping

from mooring.clock import SystemClock
from mooring.git.repository import Repository
from mooring.ports import Forge


def forge_of(repo: Repository, remote: str | None, environment: Mapping[str, str]) -> Forge | None:
    """Give the Git host's API, None where there is no token or no repository that it could be for; asks nothing."""
    from mooring.github.discovery import find, token_of

    if token_of(environment) is None:
        return None
    place = find(environment, None if remote is None else _pushed_to(repo, remote))
    if place is None:
        return None
    from mooring.github.client import GitHub

    return GitHub(place, SystemClock())


def _pushed_to(repo: Repository, remote: str) -> str | None:
    done = repo.git.attempt("remote", "get-url", "--push", "--", remote)
    return done.stdout.decode("utf-8", "replace").split("\n")[0] or None
