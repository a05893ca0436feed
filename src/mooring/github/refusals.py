"""What does it mean when GitHub does not do what it was asked, and what is the way out?"""

import json
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from mooring.github.discovery import TOKENS, Place
from mooring.http import Answer, retry_after
from mooring.ports import ForgeError

ACTIONS_MAY_NOT = "not permitted to create or approve pull requests"
"""A part of what GitHub says when a job's own token opens a pull request and the repository does not allow it."""

_SECONDARY_WAIT = 60.0
"""Seconds to wait at a secondary limit that names none (docs.github.com: Rate limits for the REST API)."""

_LONGEST = 300
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


class Right(StrEnum):
    """What a token must be allowed to do, as workflows write it under `permissions`."""

    CONTENTS = "contents: read"
    PULLS = "pull-requests: write"
    ISSUES = "issues: write"
    STATUSES = "statuses: write"


class Refused(ForgeError):
    """GitHub understood and said no (400, 404, 409, 410, 422 …); `said` are its own words."""

    def __init__(self, message: str, status: int, said: str, *, denied: bool = False) -> None:
        super().__init__(message, denied=denied)
        self.status = status
        self.said = said


class Busy(ForgeError):
    """GitHub cannot answer now; `wait` is how many seconds it asks for, 0 where it names none."""

    def __init__(self, message: str, wait: float) -> None:
        super().__init__(message, retry_after=wait or None)
        self.wait = wait


def judge(answer: Answer, place: Place, right: Right) -> None:
    """Raise Busy, Refused or ForgeError where an answer is not the one that was asked for."""
    status = answer.status
    if 200 <= status < 300:
        return
    said = told(answer, place)
    where = f"GitHub did not give {answer.asked} of {place.repository} (HTTP {status})."
    if 300 <= status < 400:
        way_out = "The repository was renamed or moved: correct the URL of the remote, or GITHUB_REPOSITORY."
        raise ForgeError(f"{where} {way_out}")
    if status >= 500:
        raise Busy(f"{where} {said}Try again later.", retry_after(answer.headers, answer.moment) or 0.0)
    wait = _limit(answer, said)
    if wait is not None:
        raise Busy(f"{where} {said}A limit was reached; it asks for {wait:.0f} s. Run less often, or later.", wait)
    denied = status in {401, 403, 404}
    raise Refused(f"{where} {said}{_way_out(status, said, right)}", status, said, denied=denied)


def told(answer: Answer, place: Place) -> str:
    """Give what GitHub says in an answer, as one line that ends in a space; empty where it says nothing."""
    text = " ".join(_UNPRINTABLE.sub(" ", "; ".join(_texts(answer.body))).split()).replace(place.token, "***")
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return f"It says: {text.rstrip('.')}. " if text else ""


def _texts(body: bytes) -> Iterator[str]:
    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError):
        return
    if not isinstance(found, dict):
        return
    yield str(found.get("message", "")).rstrip(".")
    errors = found.get("errors")
    for error in errors if isinstance(errors, list) else ():
        match error:
            case {"message": str(message)}:
                yield message
            case {"field": str(field), "code": str(code)}:
                yield f"({field}: {code})"
            case str():
                yield error
            case _:
                pass


def _limit(answer: Answer, said: str) -> float | None:
    """Give the seconds that a limit asks for, None where the answer is none.

    https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
    """
    if answer.status not in {403, 429}:
        return None
    named = retry_after(answer.headers, answer.moment)
    if named is not None:
        return named
    reset = answer.headers.get("x-ratelimit-reset", "")
    if answer.headers.get("x-ratelimit-remaining") == "0" and reset.isascii() and reset.isdigit():
        return max(0.0, int(reset) - answer.moment.timestamp())
    return _SECONDARY_WAIT if answer.status == 429 or "rate limit" in said.lower() else None


def _way_out(status: int, said: str, right: Right) -> str:
    if status == 401:
        return f"Put a token that is valid into {' or '.join(TOKENS)}."
    if ACTIONS_MAY_NOT in said:
        return (
            'Switch on "Allow GitHub Actions to create and approve pull requests" (Settings -> Actions -> General -> '
            "Workflow permissions), or give the job the token of a GitHub App or a person."
        )
    if status == 403:
        return f"The token needs `{right}`: write it under `permissions:` of the job, or allow it to the token."
    if status == 404:
        return f"Either there is no such thing, or the token may not see it: it needs `{right}` for this repository."
    if status == 410:
        return "Switch issues on: Settings -> General -> Features."
    return ""
