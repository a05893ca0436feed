"""What does each request do on the fake? One function for each route, as the REST reference lists them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias
from urllib.parse import unquote

from mooring.testing.github import settings_api, shapes
from mooring.testing.github.answers import Answer, Query, error, invalid, not_found, paged, said
from mooring.testing.github.hub import Hub, PullDraft
from mooring.testing.github.rows import ACTIONS, Comment, Issue, Pull, Right, Status

Route: TypeAlias = Callable[[Hub, Query], Answer]

_LONGEST_BODY = 65_536
_LONGEST_TITLE = 256
_LONGEST_DESCRIPTION = 140
_MOST_STATUSES = 1000
_STATES = {"error", "failure", "pending", "success"}


def answer(hub: Hub, query: Query) -> Answer:
    """Do what is asked; raises Problem where GitHub would not."""
    if (query.verb, query.path) == ("GET", "/user"):
        return _whose(query)
    prefix = f"/repos/{hub.repository}"
    if query.path.lower()[: len(prefix)] != prefix.lower() or query.path[len(prefix) : len(prefix) + 1] not in {
        "",
        "/",
    }:
        raise not_found()
    rest = query.path[len(prefix) :]
    for verb, pattern, right, route in _ROUTES:
        match = pattern.fullmatch(rest)
        if match is not None and verb == query.verb:
            if right is not None and right not in query.token.rights:
                message = "Resource not accessible by integration"
                raise error(403, message, **{"x-accepted-github-permissions": right.value})
            return route(hub, replace(query, parts={name: unquote(part) for name, part in match.groupdict().items()}))
    raise not_found()


def _whose(query: Query) -> Answer:
    """Give the person behind a token; an app has none."""
    if query.token.login.endswith("[bot]"):
        raise error(403, "Resource not accessible by integration", **{"x-accepted-github-permissions": ""})
    return said(200, shapes.user(query.token.login))


# --- pull requests ----------------------------------------------------------------------------------------------------


def _list_pulls(hub: Hub, query: Query) -> Answer:
    wanted = query.parameters.get("state", "open")
    head = query.parameters.get("head")
    base = query.parameters.get("base")
    found = [
        pull
        for pull in hub.pulls()
        if wanted in {"all", pull.state}
        and (base is None or pull.base == base)
        and (head is None or head == _label(pull))
    ]
    return paged([shapes.pull(hub, pull) for pull in _sorted(found, query)], query, hub.url)


def _open_pull(hub: Hub, query: Query) -> Answer:
    title, head, base = (str(query.body.get(name) or "") for name in ("title", "head", "base"))
    _check_texts("PullRequest", query.body)
    if query.token.login == ACTIONS and not hub.actions_may_propose:
        raise error(403, "GitHub Actions is not permitted to create or approve pull requests.")
    owner, _, branch = head.rpartition(":")
    tip, base_tip = hub.bare.tip(branch), hub.bare.tip(base)
    missing = [{"field": name, "code": "invalid"} for name, oid in (("head", tip), ("base", base_tip)) if oid is None]
    if owner not in {"", hub.owner}:
        missing = [{"field": "head", "code": "invalid"}]
    if tip is None or base_tip is None or missing:
        raise invalid("PullRequest", *missing)
    label = f"{hub.owner}:{branch}"
    here = (hub.repository, branch, base)
    if any(pull.state == "open" and (pull.head_repository, pull.head, pull.base) == here for pull in hub.pulls()):
        raise invalid("PullRequest", {"code": "custom", "message": f"A pull request already exists for {label}."})
    if hub.bare.is_ancestor(tip, base_tip):
        raise invalid("PullRequest", {"code": "custom", "message": f"No commits between {base} and {branch}"})
    draft = PullDraft(title, query.body.get("body"), branch, hub.repository, tip, base, base_tip)
    return said(201, shapes.whole_pull(hub, hub.open_pull(query.token.login, draft)))


def _one_pull(hub: Hub, query: Query) -> Answer:
    return said(200, shapes.whole_pull(hub, _pull(hub, query)))


def _update_pull(hub: Hub, query: Query) -> Answer:
    pull = _pull(hub, query)
    _check_texts("PullRequest", {"title": pull.title, **query.body})
    if query.body.get("state") == "open" and pull.merged_at is not None:
        raise invalid("PullRequest", {"field": "state", "code": "invalid"})
    _update(hub, pull, query.body)
    pull.base = str(query.body.get("base", pull.base))
    return said(200, shapes.whole_pull(hub, pull))


def _list_reviews(hub: Hub, query: Query) -> Answer:
    return paged([shapes.review(review) for review in _pull(hub, query).reviews], query, hub.url)


def _pulls_of_commit(hub: Hub, query: Query) -> Answer:
    """Give the merged pull request that brought a commit, or the open ones that hold it."""
    sha = hub.bare.commit(query.parts["sha"])
    if sha is None:
        raise error(422, f"No commit found for SHA: {query.parts['sha']}")
    pulls = hub.pulls()
    found = [pull for pull in pulls if pull.merged_at is not None and sha in pull.brought]
    if not hub.bare.is_ancestor(sha, hub.bare.default_branch()):
        found += [pull for pull in pulls if pull.state == "open" and sha in hub.bare.between(pull.base, pull.head_sha)]
    return paged([shapes.pull(hub, pull) for pull in found], query, hub.url)


# --- issues -----------------------------------------------------------------------------------------------------------


def _list_issues(hub: Hub, query: Query) -> Answer:
    _refuse_without_issues(hub)
    hub.pulls()
    wanted = query.parameters.get("state", "open")
    labels = {name.casefold() for name in query.parameters.get("labels", "").split(",") if name}
    found = [
        issue
        for issue in hub.issues.values()
        if wanted in {"all", issue.state} and labels <= {name.casefold() for name in issue.labels}
    ]
    return paged([shapes.issue(hub, issue) for issue in _sorted(found, query)], query, hub.url)


def _open_issue(hub: Hub, query: Query) -> Answer:
    _refuse_without_issues(hub)
    _check_texts("Issue", query.body)
    may_label = Right.LABELS in query.token.rights
    labels = [str(name) for name in query.body.get("labels") or ()] if may_label else []
    made = hub.open_issue(query.token.login, str(query.body["title"]), query.body.get("body"), labels)
    return said(201, shapes.issue(hub, made))


def _one_issue(hub: Hub, query: Query) -> Answer:
    return said(200, shapes.issue(hub, _issue(hub, query)))


def _update_issue(hub: Hub, query: Query) -> Answer:
    issue = _issue(hub, query)
    _check_texts("Issue", {"title": issue.title, **query.body})
    _update(hub, issue, query.body)
    if "labels" in query.body:
        issue.labels = [hub.label(str(name)) for name in query.body["labels"]]
    return said(200, shapes.issue(hub, issue))


def _list_comments(hub: Hub, query: Query) -> Answer:
    issue = _issue(hub, query)
    return paged([shapes.comment(hub, one, issue.number) for one in issue.comments], query, hub.url)


def _comment(hub: Hub, query: Query) -> Answer:
    _refuse_without_comments(query)
    issue = _issue(hub, query)
    made = hub.comment(issue, query.token.login, _comment_body(query))
    return said(201, shapes.comment(hub, made, issue.number))


def _edit_comment(hub: Hub, query: Query) -> Answer:
    _refuse_without_comments(query)
    issue, found = _found_comment(hub, query)
    hub.edit_comment(found, _comment_body(query))
    return said(200, shapes.comment(hub, found, issue.number))


def _delete_comment(hub: Hub, query: Query) -> Answer:
    _refuse_without_comments(query)
    issue, found = _found_comment(hub, query)
    issue.comments.remove(found)
    return Answer(204, b"")


def _one_comment(hub: Hub, query: Query) -> Answer:
    issue, found = _found_comment(hub, query)
    return said(200, shapes.comment(hub, found, issue.number))


def _found_comment(hub: Hub, query: Query) -> tuple[Issue, Comment]:
    found = hub.found_comment(int(query.parts["id"]))
    if found is None:
        raise not_found()
    return found


def _comment_body(query: Query) -> str:
    _check_texts("IssueComment", {"title": "none", **query.body})
    if not query.body.get("body"):
        raise invalid("IssueComment", {"code": "missing_field", "field": "body"})
    return str(query.body["body"])


def _refuse_without_comments(query: Query) -> None:
    """Either right will do, under an issue and under a pull request."""
    either = {Right.ISSUES, Right.PULLS}
    if not either & query.token.rights:
        permissions = "; ".join(sorted(either))
        message = "Resource not accessible by integration"
        raise error(403, message, **{"x-accepted-github-permissions": permissions})


def _list_labels(hub: Hub, query: Query) -> Answer:
    return paged([shapes.label(hub, name) for name in hub.labels], query, hub.url)


def _one_label(hub: Hub, query: Query) -> Answer:
    for name in hub.labels:
        if name.casefold() == query.parts["name"].casefold():
            return said(200, shapes.label(hub, name))
    raise not_found()


def _make_label(hub: Hub, query: Query) -> Answer:
    name = str(query.body.get("name") or "")
    if not name or len(name) > 50:
        raise invalid("Label", {"code": "invalid", "field": "name"})
    if any(known.casefold() == name.casefold() for known in hub.labels):
        raise invalid("Label", {"code": "already_exists", "field": "name"})
    hub.labels[name] = str(query.body.get("color", "ededed"))
    return said(201, shapes.label(hub, name))


# --- commits ----------------------------------------------------------------------------------------------------------


def _set_status(hub: Hub, query: Query) -> Answer:
    sha = hub.bare.commit(query.parts["sha"])
    if sha is None or sha != query.parts["sha"]:
        raise error(422, f"No commit found for SHA: {query.parts['sha']}")
    state, context = str(query.body.get("state")), str(query.body.get("context") or "default")
    description = query.body.get("description")
    if state not in _STATES:
        raise invalid("Status", {"code": "custom", "field": "state", "message": "state is not included in the list"})
    if description is not None and len(description) > _LONGEST_DESCRIPTION:
        message = f"description is too long (maximum is {_LONGEST_DESCRIPTION} characters)"
        raise invalid("Status", {"code": "custom", "field": "description", "message": message})
    if sum(one.sha == sha and one.context == context for one in hub.statuses) >= _MOST_STATUSES:
        message = "This SHA and context has reached the maximum number of statuses."
        raise invalid("Status", {"code": "custom", "message": message})
    url = query.body.get("target_url")
    made = Status(hub.id(), sha, state, context, description, url, query.token.login, hub.now())
    hub.statuses.append(made)
    return said(201, shapes.status(made))


def _list_statuses(hub: Hub, query: Query) -> Answer:
    sha = hub.bare.commit(query.parts["sha"])
    found = [shapes.status(one) for one in reversed(hub.statuses) if one.sha == sha]
    return paged(found, query, hub.url)


# --- what several routes do -------------------------------------------------------------------------------------------


def _label(pull: Pull) -> str:
    return f"{(pull.head_repository or 'unknown/x').partition('/')[0]}:{pull.head}"


def _sorted(found: list[Any], query: Query) -> list[Any]:
    key = "updated_at" if query.parameters.get("sort") == "updated" else "created_at"
    oldest_first = query.parameters.get("direction", "desc") == "asc"
    return sorted(found, key=lambda one: (getattr(one, key), one.number), reverse=not oldest_first)


def _issue(hub: Hub, query: Query) -> Issue:
    hub.pulls()
    found = hub.issues.get(int(query.parts["number"]))
    if found is None:
        raise not_found()
    return found


def _pull(hub: Hub, query: Query) -> Pull:
    found = _issue(hub, query)
    if not isinstance(found, Pull):
        raise not_found()
    return found


def _update(hub: Hub, issue: Issue, body: Mapping[str, Any]) -> None:
    issue.title = str(body.get("title", issue.title))
    issue.body = body.get("body", issue.body)
    issue.updated_at = hub.now()
    if "state" in body:
        hub.set_state(issue, str(body["state"]), body.get("state_reason"))


def _check_texts(resource: str, body: Mapping[str, Any]) -> None:
    title, text = str(body.get("title") or ""), body.get("body") or ""
    if not title.strip():
        raise invalid(resource, {"code": "missing_field", "field": "title"})
    for name, told, longest in (("title", title, _LONGEST_TITLE), ("body", text, _LONGEST_BODY)):
        if len(told) > longest:
            message = f"{name} is too long (maximum is {longest} characters)"
            raise invalid(resource, {"code": "custom", "field": name, "message": message})


def _refuse_without_issues(hub: Hub) -> None:
    if not hub.has_issues:
        raise error(410, "Issues has been disabled in this repository.")


_ROUTES: tuple[tuple[str, re.Pattern[str], Right | None, Route], ...] = tuple(
    (verb, re.compile(pattern), right, route)
    for verb, pattern, right, route in (
        *settings_api.ROUTES,
        ("GET", r"/pulls", None, _list_pulls),
        ("POST", r"/pulls", Right.PULLS, _open_pull),
        ("GET", r"/pulls/(?P<number>\d+)", None, _one_pull),
        ("PATCH", r"/pulls/(?P<number>\d+)", Right.PULLS, _update_pull),
        ("GET", r"/pulls/(?P<number>\d+)/reviews", None, _list_reviews),
        ("GET", r"/commits/(?P<sha>[^/]+)/pulls", None, _pulls_of_commit),
        ("GET", r"/commits/(?P<sha>[^/]+)/statuses", None, _list_statuses),
        ("POST", r"/statuses/(?P<sha>[^/]+)", Right.STATUSES, _set_status),
        ("GET", r"/issues", None, _list_issues),
        ("POST", r"/issues", Right.ISSUES, _open_issue),
        ("GET", r"/issues/(?P<number>\d+)", None, _one_issue),
        ("PATCH", r"/issues/(?P<number>\d+)", Right.ISSUES, _update_issue),
        ("GET", r"/issues/(?P<number>\d+)/comments", None, _list_comments),
        ("POST", r"/issues/(?P<number>\d+)/comments", None, _comment),
        ("GET", r"/issues/comments/(?P<id>\d+)", None, _one_comment),
        ("PATCH", r"/issues/comments/(?P<id>\d+)", None, _edit_comment),
        ("DELETE", r"/issues/comments/(?P<id>\d+)", None, _delete_comment),
        ("GET", r"/labels", None, _list_labels),
        ("POST", r"/labels", Right.ISSUES, _make_label),
        ("GET", r"/labels/(?P<name>.+)", None, _one_label),
    )
)
