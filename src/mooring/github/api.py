"""How is GitHub's REST API asked? One attempt for a write; a few, within seconds, for a read."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from mooring.github.discovery import Place
from mooring.github.refusals import Busy, Right, judge
from mooring.http import Answer, Request, Server, Verb, bearer
from mooring.ports import Clock, ForgeError, Unreachable

PAGES = 10
"""How many pages of a list are read at most."""

PAGE_SIZE = 100
"""The most that GitHub gives on a page."""

PATIENCE = 10.0
"""Seconds within which a read is tried again; whoever is asked to wait longer gives up at once."""

_ATTEMPTS = 4
_TIMEOUT = 10.0
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_FULL_JITTER = wait_random_exponential(multiplier=0.5, max=4)


class Api:
    """One repository's part of the API. Paths are those below `/repos/OWNER/NAME`."""

    def __init__(self, place: Place, clock: Clock) -> None:
        self.place = place
        self._clock = clock
        self._base = f"{place.api}/repos/{place.repository}"
        self._server = Server("GitHub API", place.api, bearer(place.token), _TIMEOUT, _HEADERS)

    def get(self, path: str, asked: str, right: Right, query: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401  # JSON
        """Read one document; raises ForgeError."""
        return self._parsed(self._read(Request("GET", self._base + path, asked, query or {}), right))

    def pages(
        self, path: str, asked: str, right: Right, query: Mapping[str, str] | None = None, most: int = PAGES
    ) -> Iterator[dict[str, Any]]:
        """Read a list page by page, no further than `most` of them; raises ForgeError."""
        request = Request("GET", self._base + path, asked, {**(query or {}), "per_page": str(PAGE_SIZE)})
        for _ in range(most):
            answer = self._read(request, right)
            found = self._parsed(answer)
            if not isinstance(found, list):
                raise self._odd(answer)
            yield from (entry for entry in found if isinstance(entry, dict))
            following = self._next(answer)
            if following is None:
                return
            request = Request("GET", following, asked)

    def send(
        self, verb: Literal["POST", "PATCH"], path: str, asked: str, right: Right, body: Mapping[str, object]
    ) -> dict[str, Any]:
        """Write once and give what GitHub answers; raises ForgeError."""
        answer = self._ask(_writing(verb, self._base + path, asked, body))
        judge(answer, self.place, right)
        found = self._parsed(answer)
        if not isinstance(found, dict):
            raise self._odd(answer)
        return found

    def _read(self, request: Request, right: Right) -> Answer:
        def once() -> Answer:
            answer = self._ask(request)
            judge(answer, self.place, right)
            return answer

        return _patiently(once, self._clock)

    def _ask(self, request: Request) -> Answer:
        try:
            return self._server.ask(request)
        except Unreachable as error:
            raise Busy(str(error), 0.0) from None

    def _next(self, answer: Answer) -> str | None:
        """Give the address of the next page, which is only asked where it is the same API's: the token goes along."""
        for link in answer.headers.get("Link", "").split(","):
            address, _, relation = link.strip().partition(";")
            if relation.strip() == 'rel="next"':
                found = address.strip("<> ")
                if not found.startswith(f"{self.place.api}/"):
                    raise self._odd(answer)
                return found
        return None

    def _parsed(self, answer: Answer) -> Any:  # noqa: ANN401  # JSON
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError):
            raise self._odd(answer) from None

    def _odd(self, answer: Answer) -> ForgeError:
        return ForgeError(
            f"The answer to {answer.asked} is not GitHub's (HTTP {answer.status}, {answer.kind or 'no type'}). "
            f"Check that {self.place.api} is GitHub's API (GITHUB_API_URL), not a proxy or a login page."
        )


def _writing(verb: Verb, url: str, asked: str, body: Mapping[str, object]) -> Request:
    return Request(verb, url, asked, body=json.dumps(body).encode())


def _patiently(ask: Callable[[], Answer], clock: Clock) -> Answer:
    """Ask again with full jitter, or as long as GitHub says, while it stays within PATIENCE."""
    until = clock.monotonic() + PATIENCE
    return Retrying(
        retry=retry_if_exception_type(Busy),
        stop=lambda state: state.attempt_number >= _ATTEMPTS or clock.monotonic() + state.upcoming_sleep > until,
        wait=lambda state: _named_wait(state) or _FULL_JITTER(state),
        sleep=clock.sleep,
        reraise=True,
    )(ask)


def _named_wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    return error.wait if isinstance(error, Busy) else 0.0
