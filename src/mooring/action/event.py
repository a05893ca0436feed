"""What happened on GitHub that started this job, and who did it?

Events and their payloads: https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BOT = "github-actions[bot]"
_BOT_MAIL = "41898282+github-actions[bot]@users.noreply.github.com"
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\[bot\])?")
_NOBODY = frozenset({"schedule", "repository_dispatch"})
"""Events of which GitHub names somebody as actor who did nothing: who last changed the file, whose token was used."""


@dataclass(frozen=True, slots=True)
class Event:
    """What started the job. `pull` is the number of the pull request; `author` signs, as `(name, mail)`.

    `from_fork`: the pull request's commits are another repository's, whose jobs hold no secrets and may write nothing.
    """

    name: str
    author: tuple[str, str]
    pull: int | None = None
    from_fork: bool = False


def event_of(environment: Mapping[str, str], payload: Mapping[str, Any]) -> Event:
    """Read the event of a job from its variables and its payload."""
    name = environment.get("GITHUB_EVENT_NAME", "")
    number, head = _pull(payload)
    here = environment.get("GITHUB_REPOSITORY", "").lower()
    return Event(name, _author(name, environment), number, number is not None and head.lower() != here)


def _pull(payload: Mapping[str, Any]) -> tuple[int | None, str]:
    """Give the pull request's number and the repository of its commits, '' where that is gone."""
    match payload.get("pull_request"):
        case {"number": int(number), "head": {"repo": {"full_name": str(head)}}}:
            return number, head
        case {"number": int(number)}:
            return number, ""
        case _:
            return None, ""


def _author(event: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """Give whoever did it: of a job that was started again the one who started it again."""
    actor = environment.get("GITHUB_ACTOR", "")
    login = environment.get("GITHUB_TRIGGERING_ACTOR") or actor
    if event in _NOBODY or _LOGIN.fullmatch(login) is None or login == BOT:
        return BOT, _BOT_MAIL
    number = environment.get("GITHUB_ACTOR_ID", "")
    known = f"{number}+" if login == actor and number.isdigit() else ""
    return login, f"{known}{login}@users.noreply.github.com"
