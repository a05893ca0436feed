"""How does GitHub play the Git host? Pull requests, issues, statuses and approvals of one repository."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from mooring.github import comments
from mooring.github.api import Api
from mooring.github.discovery import Place
from mooring.github.refusals import Busy, Refused, Right
from mooring.ports import Approval, Clock, Comment, ForgeError, Issue, Pull, PullState, StatusState

LONGEST_BODY = 65_536
"""Characters of the body of a pull request, an issue or a comment; GitHub refuses more with 422."""

LONGEST_TITLE = 256
LONGEST_DESCRIPTION = 140
_CUT = "\n\nThe rest is left out: GitHub takes no longer text here."
_NEWEST_FIRST = {"state": "all", "sort": "created", "direction": "desc"}
_COLOUR = "1f6feb"
_VERDICTS = {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}
"""Reviews that say yes or no, or take that back; a later comment leaves an approval as it is."""


class GitHub:
    """The Forge port over GitHub's REST API. What is given is sent as it is: escaping is the caller's."""

    def __init__(self, place: Place, clock: Clock) -> None:
        self._api = Api(place, clock)
        self._place = place
        self._repository = place.repository

    def pulls(self, prefix: str) -> Sequence[Pull]:
        """Give the pull requests from this repository's branches below a prefix, among its newest 1,000."""
        listed = self._api.pages("/pulls", "the pull requests", Right.PULLS, _NEWEST_FIRST)
        return [_pull(entry) for entry in listed if self._is_ours(entry) and _branch(entry).startswith(prefix)]

    def open_pull(self, branch: str, base: str, title: str, body: str) -> Pull:
        """Open a pull request; where one is open from this branch, it is given instead, as it is."""
        draft = {"title": _title(title), "body": _body(body), "head": branch, "base": base}
        try:
            return _pull(self._api.send("POST", "/pulls", "a new pull request", Right.PULLS, draft))
        except Busy as error:
            # The answer may be lost, and the write not.
            problem: ForgeError = error
        except Refused as error:
            if error.status != 422 or "already exists" not in error.said:
                raise
            problem = error
        found = self._open_from(branch)
        if found is None:
            raise problem
        return found

    def update_pull(self, number: int, title: str, body: str) -> Pull:
        """Give a pull request another title and body."""
        draft = {"title": _title(title), "body": _body(body)}
        return _pull(self._api.send("PATCH", f"/pulls/{number}", f"pull request {number}", Right.PULLS, draft))

    def issues(self, label: str) -> Sequence[Issue]:
        """Give the issues under a label, among the newest 1,000 entries that carry it."""
        query = {**_NEWEST_FIRST, "labels": _label(label)}
        listed = self._api.pages("/issues", f"the issues under {label!r}", Right.ISSUES, query)
        return [_issue(entry) for entry in listed if "pull_request" not in entry]

    def open_issue(self, title: str, body: str, label: str) -> Issue:
        """Open an issue under a label."""
        self._make_label(_label(label))
        draft = {"title": _title(title), "body": _body(body), "labels": [label]}
        made = self._api.send("POST", "/issues", "a new issue", Right.ISSUES, draft)
        if label.casefold() not in _label_names(made):
            # GitHub drops labels silently where the token may open issues and may not label them.
            raise ForgeError(
                f"GitHub opened issue {made.get('number')} of {self._repository} without the label {label!r}, by which "
                f"it would be found again. The token needs `{Right.ISSUES}`: allow it, and close that issue.",
                denied=True,
            )
        return _issue(made)

    def comment(self, number: int, body: str) -> None:
        """Add a comment to an issue or a pull request."""
        asked = f"a comment on issue {number}"
        self._api.send("POST", f"/issues/{number}/comments", asked, Right.ISSUES, {"body": _body(body)})

    def comments(self, number: int) -> Sequence[Comment]:
        """Give the oldest 1,000 comments under an issue or a pull request, oldest first."""
        return comments.listed(self._api, number)

    def edit_comment(self, id: int, body: str) -> None:  # noqa: A002  # GitHub's own word
        """Give a comment another body."""
        comments.edited(self._api, id, _body(body))

    def login(self) -> str | None:
        """Give whose token this is; None for that of an app, as a job's own is."""
        return comments.login(self._place)

    def close_issue(self, number: int) -> None:
        """Close an issue; closing it twice is no error."""
        draft = {"state": "closed", "state_reason": "completed"}
        self._api.send("PATCH", f"/issues/{number}", f"issue {number} to be closed", Right.ISSUES, draft)

    def set_status(self, commit: str, context: str, state: StatusState, description: str, url: str = "") -> None:
        """Set a commit's status; a description is cut to 140 characters."""
        said = " ".join(description.split())
        said = said if len(said) <= LONGEST_DESCRIPTION else said[: LONGEST_DESCRIPTION - 1] + "…"
        draft = {"state": state.value, "context": context, "description": said, **({"target_url": url} if url else {})}
        self._api.send("POST", f"/statuses/{commit}", f"a status of {commit[:12]}", Right.STATUSES, draft)

    def approval(self, commit: str) -> Approval | None:
        """Give the merged pull request that brought a commit, with those whose last verdict is an approval."""
        try:
            listed = list(self._api.pages(f"/commits/{commit}/pulls", f"who brought {commit[:12]}", Right.PULLS))
        except Refused as error:
            if error.status == 422:  # GitHub does not know the commit.
                return None
            raise
        merged = [entry for entry in listed if entry.get("merged_at") and self._is_into_ours(entry)]
        if not merged:
            return None
        # The one that made this very commit, else the first that had it in its branch.
        found = min(merged, key=lambda entry: (entry.get("merge_commit_sha") != commit, str(entry["merged_at"])))
        number = _number(found)
        asked = f"the reviews of pull request {number}"
        reviews = self._api.pages(f"/pulls/{number}/reviews", asked, Right.PULLS)
        return Approval(number, str(found.get("html_url", "")), _approvers(reviews))

    def _open_from(self, branch: str) -> Pull | None:
        owner = self._repository.partition("/")[0]
        query = {"state": "open", "head": f"{owner}:{branch}"}
        listed = self._api.pages("/pulls", f"the pull request from {branch}", Right.PULLS, query)
        return next((_pull(entry) for entry in listed if self._is_ours(entry) and _branch(entry) == branch), None)

    def _make_label(self, label: str) -> None:
        try:
            self._api.get(f"/labels/{quote(label, safe='')}", f"the label {label!r}", Right.ISSUES)
        except Refused as error:
            if error.status != 404:
                raise
        else:
            return
        try:
            draft = {"name": label, "color": _COLOUR, "description": "Opened and closed by Mooring"}
            self._api.send("POST", "/labels", f"the label {label!r}", Right.ISSUES, draft)
        except Refused as error:
            if error.status != 422 or "already_exists" not in error.said:
                raise  # Two runs may make it at once.

    def _is_ours(self, pull: dict[str, Any]) -> bool:
        """A fork may have a branch of the same name; the fork of a pull request may be gone."""
        return _repository(pull.get("head")) == self._repository.lower()

    def _is_into_ours(self, pull: dict[str, Any]) -> bool:
        return _repository(pull.get("base")) == self._repository.lower()


def _repository(end: Any) -> str:  # noqa: ANN401  # JSON
    match end:
        case {"repo": {"full_name": str(name)}}:
            return name.lower()
        case _:
            return ""


def _branch(pull: dict[str, Any]) -> str:
    match pull.get("head"):
        case {"ref": str(ref)}:
            return ref
        case _:
            return ""


def _pull(found: dict[str, Any]) -> Pull:
    open_ = found.get("state") == "open"
    state = PullState.OPEN if open_ else PullState.MERGED if found.get("merged_at") else PullState.CLOSED
    title, body, url = _texts(found)
    return Pull(_number(found), state, _branch(found), title, body, url)


def _issue(found: dict[str, Any]) -> Issue:
    title, body, url = _texts(found)
    return Issue(_number(found), found.get("state") == "open", title, body, url)


def _number(found: dict[str, Any]) -> int:
    number = found.get("number")
    if not isinstance(number, int):
        raise ForgeError("GitHub's answer names no number of an issue or pull request. Check GITHUB_API_URL.")
    return number


def _label_names(issue: dict[str, Any]) -> set[str]:
    """Give the labels of an issue; GitHub tells them apart without regard to case."""
    labels = issue.get("labels")
    known = labels if isinstance(labels, list) else ()
    return {str(label.get("name")).casefold() for label in known if isinstance(label, dict)}


def _texts(found: dict[str, Any]) -> tuple[str, str, str]:
    return str(found.get("title") or ""), str(found.get("body") or ""), str(found.get("html_url") or "")


def _approvers(reviews: Any) -> tuple[str, ...]:  # noqa: ANN401  # JSON
    """Give who approves, by each one's last verdict; reviews come oldest first."""
    last: dict[str, str] = {}
    for review in reviews:
        user = review.get("user")
        login = str(user.get("login")) if isinstance(user, dict) else "ghost"
        if review.get("state") in _VERDICTS:
            last[login] = str(review["state"])
    return tuple(sorted(login for login, state in last.items() if state == "APPROVED"))


def _label(label: str) -> str:
    """GitHub takes a comma for the end of a label's name where it filters by one."""
    if "," in label or not label.strip() or len(label) > 50:
        raise ForgeError(f"{label!r} cannot be a label on GitHub here. Choose 1 to 50 characters without a comma.")
    return label


def _title(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"


def _body(body: str) -> str:
    return body if len(body) <= LONGEST_BODY else body[: LONGEST_BODY - len(_CUT)] + _CUT
