"""What may go wrong on the way to the fake, as it does on the real one?"""

from dataclasses import dataclass, field
from enum import StrEnum


class Trouble(StrEnum):
    """What befalls a request."""

    BAD_CREDENTIALS = "401: the token has expired"
    NOT_ACCESSIBLE = "403: the token lacks the right"
    NOT_FOUND = "404: as for a private repository that the token may not see"
    SECONDARY_LIMIT = "403 with Retry-After: too many writes in a short time"
    PRIMARY_LIMIT = "403 with no requests left for half an hour"
    UNAVAILABLE = "503"
    BAD_GATEWAY = "502 with a page of HTML"
    LOGIN_PAGE = "200 with a page of HTML"
    MOVED = "301: the repository was renamed"
    DROPPED = "the connection is closed, and nothing was done"
    LOST = "it is done, and the connection is closed before the answer"


@dataclass(slots=True)
class _Planned:
    trouble: Trouble
    verb: str
    path: str
    times: int


@dataclass(slots=True)
class Troubles:
    """The troubles to come."""

    wait: int = 1
    """Seconds that a secondary limit asks for."""
    _planned: list[_Planned] = field(default_factory=list[_Planned])

    def plan(self, trouble: Trouble, *, times: int = 1, verb: str = "", path: str = "") -> None:
        """Let the next requests fail; `verb` and a part of the `path` choose which, empty: any."""
        self._planned.append(_Planned(trouble, verb, path, times))

    def next(self, verb: str, path: str) -> Trouble | None:
        """Give what befalls a request now."""
        for planned in self._planned:
            if planned.times > 0 and planned.verb in {"", verb} and planned.path in path:
                planned.times -= 1
                return planned.trouble
        return None
