"""How does GitHub write things down? The fields that a careful client reads, named and nested as the real ones."""

from typing import Any

from mooring.testing.github.hub import Hub
from mooring.testing.github.rows import Comment, Issue, Pull, Review, Status

Json = dict[str, Any]


def user(login: str | None) -> Json | None:
    """Write an account; a deleted one is null."""
    if login is None:
        return None
    kind = "Bot" if login.endswith("[bot]") else "User"
    return {"login": login, "id": sum(login.encode()), "type": kind, "site_admin": False}


def repository(hub: Hub, name: str | None) -> Json | None:
    """Write a repository; one that is gone is null."""
    if name is None:
        return None
    owner, _, short = name.partition("/")
    is_ours = name == hub.repository
    return {
        "id": sum(name.encode()),
        "name": short,
        "full_name": name,
        "private": True,
        "owner": user(owner),
        "fork": not is_ours,
        "default_branch": hub.bare.default_branch(),
        "has_issues": hub.has_issues,
        "url": f"{hub.url}/repos/{name}",
        "html_url": f"https://github.com/{name}",
    }


def issue(hub: Hub, found: Issue) -> Json:
    """Write an issue, or a pull request as an issue, which GitHub lists among them."""
    is_pull = isinstance(found, Pull)
    pull = {"pull_request": _pull_link(hub, found)} if isinstance(found, Pull) else {}
    return {**_common(hub, found, "pull" if is_pull else "issues"), "state_reason": found.state_reason, **pull}


def pull(hub: Hub, found: Pull) -> Json:
    """Write a pull request."""
    return {
        **_common(hub, found, "pull"),
        "url": f"{hub.url}/repos/{hub.repository}/pulls/{found.number}",
        "issue_url": f"{hub.url}/repos/{hub.repository}/issues/{found.number}",
        "draft": False,
        "merged_at": found.merged_at,
        "merge_commit_sha": found.merge_commit_sha,
        "head": _end(hub, found.head, found.head_sha, found.head_repository),
        "base": _end(hub, found.base, found.base_sha, hub.repository),
    }


def whole_pull(hub: Hub, found: Pull) -> Json:
    """Write a pull request as it is alone, with what lists leave out."""
    more = {"merged": found.merged_at is not None, "merged_by": user(found.merged_by), "comments": len(found.comments)}
    return {**pull(hub, found), **more}


def comment(hub: Hub, found: Comment, number: int) -> Json:
    """Write a comment."""
    return {
        "id": found.id,
        "user": user(found.login),
        "body": found.body,
        "created_at": found.created_at,
        "updated_at": found.updated_at or found.created_at,
        "html_url": f"https://github.com/{hub.repository}/issues/{number}#issuecomment-{found.id}",
    }


def review(found: Review) -> Json:
    """Write a review."""
    return {
        "id": found.id,
        "user": user(found.login),
        "body": found.body,
        "state": found.state,
        "commit_id": found.commit_id,
        "submitted_at": found.submitted_at,
    }


def status(found: Status) -> Json:
    """Write a commit status."""
    return {
        "id": found.id,
        "state": found.state,
        "context": found.context,
        "description": found.description,
        "target_url": found.target_url,
        "creator": user(found.login),
        "created_at": found.created_at,
        "updated_at": found.created_at,
    }


def label(hub: Hub, name: str) -> Json:
    """Write a label."""
    return {"id": sum(name.encode()), "name": name, "color": hub.labels[name], "default": False, "description": None}


def _common(hub: Hub, found: Issue, folder: str) -> Json:
    return {
        "id": 10_000 + found.number,
        "number": found.number,
        "state": found.state,
        "locked": False,
        "title": found.title,
        "body": found.body,
        "user": user(found.login),
        "labels": [label(hub, name) for name in found.labels],
        "comments": len(found.comments),
        "created_at": found.created_at,
        "updated_at": found.updated_at,
        "closed_at": found.closed_at,
        "html_url": f"https://github.com/{hub.repository}/{folder}/{found.number}",
    }


def _pull_link(hub: Hub, found: Pull) -> Json:
    return {"url": f"{hub.url}/repos/{hub.repository}/pulls/{found.number}", "merged_at": found.merged_at}


def _end(hub: Hub, ref: str, sha: str, name: str | None) -> Json:
    owner = "unknown" if name is None else name.partition("/")[0]
    return {"label": f"{owner}:{ref}", "ref": ref, "sha": sha, "user": user(owner), "repo": repository(hub, name)}
