"""Which comments stand under an issue or a pull request on GitHub, and whose is the token that would edit them?"""

from collections.abc import Sequence
from typing import Any

from mooring.github.api import Api
from mooring.github.discovery import Place
from mooring.github.refusals import Busy, Refused, Right, judge
from mooring.http import Request, Server, bearer
from mooring.ports import Comment, ForgeError, Unreachable

_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_TIMEOUT = 10.0
_PAGES = 25
"""All that there can be: GitHub takes 2,500 comments below an issue. One that is not seen is written anew."""


def listed(api: Api, number: int) -> Sequence[Comment]:
    """Give the comments, oldest first; raises ForgeError."""
    found = api.pages(f"/issues/{number}/comments", f"the comments under {number}", Right.PULLS, most=_PAGES)
    return [_comment(entry) for entry in found]


def edited(api: Api, id_: int, body: str) -> None:
    """Give a comment another body; raises ForgeError."""
    api.send("PATCH", f"/issues/comments/{id_}", f"the comment {id_} with another text", Right.PULLS, {"body": body})


def login(place: Place) -> str | None:
    """Give whose token this is, None for that of an app: GitHub tells an app no person (403); raises ForgeError."""
    server = Server("GitHub API", place.api, bearer(place.token), _TIMEOUT, _HEADERS)
    try:
        answer = server.ask(Request("GET", f"{place.api}/user", "whose the token is"))
        judge(answer, place, Right.PULLS)
        return str(server.document(answer).get("login") or "")
    except Unreachable as error:
        raise Busy(str(error), 0.0) from None
    except Refused as error:
        if error.status != 403:
            raise
        return None


def _comment(found: dict[str, Any]) -> Comment:
    number, user = found.get("id"), found.get("user")
    if not isinstance(number, int):
        raise ForgeError("GitHub's answer names no id of a comment. Check GITHUB_API_URL.")
    author = user if isinstance(user, dict) else {}
    return Comment(
        id=number,
        body=str(found.get("body") or ""),
        author=str(author.get("login") or ""),
        by_bot=author.get("type") == "Bot",
        url=str(found.get("html_url") or ""),
    )
