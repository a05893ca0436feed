"""What does a CI job's environment say of the Git host: which pull request is this, and where does it show a file?"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

_PULL_REF = re.compile(r"refs/pull/([1-9][0-9]{0,9})/(?:merge|head)")
_SERVER = re.compile(r"https?://[A-Za-z0-9.:-]+(?:/[A-Za-z0-9._~/-]*)?")
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
