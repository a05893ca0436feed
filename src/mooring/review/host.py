"""What does a CI job's environment say of the Git host: which pull request is this, and where does it show a file?"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

_PULL_REF = re.compile(r"refs/pull/([1-9][0-9]{0,9})/(?:merge|head)")
_SERVER = re.compile(r"https?://[A-Za-z0-9.:-]+(?:/[A-Za-z0-9._~/-]*)?")
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_REPOSITORY = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")


def pull_number(environment: Mapping[str, str]) -> int | None:
    """Give the number of the pull request that a GitHub job is about, None where it is about none.

    The event's payload outranks the ref: a job on `pull_request_target` has the base branch for its ref.
    """
    named = _named(_payload(environment.get("GITHUB_EVENT_PATH", "")))
    if named is not None:
        return named
    found = _PULL_REF.fullmatch(environment.get("GITHUB_REF", ""))
    return None if found is None else int(found[1])


@dataclass(frozen=True, slots=True)
class Proposed:
    """A pull request as the job's payload has it: the branch that it goes to, that branch's tip then, its own tip.

    `default` is the repository's default branch. All are '' where the payload does not say.
    """

    number: int
    base: str
    base_commit: str
    head_commit: str
    default: str


def proposed(environment: Mapping[str, str]) -> Proposed | None:
    """Give the pull request that a GitHub job is about, None where its payload has none."""
    payload = _payload(environment.get("GITHUB_EVENT_PATH", ""))
    match payload:
        case {"pull_request": {"number": int(number), "base": {"ref": str(base), "sha": str(then)}} as pull}:
            head, home = pull.get("head"), payload.get("repository")
            tip = head.get("sha") if isinstance(head, dict) else None
            default = home.get("default_branch") if isinstance(home, dict) else None
            return Proposed(number, base, _commit(then), _commit(tip), default if isinstance(default, str) else "")
        case _:
            return None


def _commit(said: Any) -> str:  # noqa: ANN401  # JSON
    return said if isinstance(said, str) and _COMMIT.fullmatch(said) else ""


def file_url(environment: Mapping[str, str], commit: str | None, path: str) -> str:
    """Give where the Git host shows a file as a commit has it, '' where the environment does not say."""
    server, repository = environment.get("GITHUB_SERVER_URL", "").rstrip("/"), environment.get("GITHUB_REPOSITORY", "")
    if commit is None or not _SERVER.fullmatch(server) or not _REPOSITORY.fullmatch(repository):
        return ""
    return f"{server}/{repository}/blob/{commit}/{quote(path, safe='/')}"


def _payload(path: str) -> Any:  # noqa: ANN401  # JSON
    if not path:
        return None
    try:
        return json.loads(Path(path).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def _named(payload: Any) -> int | None:  # noqa: ANN401  # JSON
    match payload:
        case {"pull_request": {"number": int(number)}} | {"number": int(number)} if number > 0:
            return number
        case _:
            return None
