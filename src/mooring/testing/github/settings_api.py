"""What does the fake say of its settings? The routes that `mooring doctor` asks, as the REST reference lists them."""

from collections.abc import Iterator
from typing import Any

from mooring.testing.github import shapes
from mooring.testing.github.answers import Answer, Query, error, paged, said
from mooring.testing.github.hub import Hub
from mooring.testing.github.rows import ACTIONS


def repository(hub: Hub, _query: Query) -> Answer:
    """`GET /repos/OWNER/NAME`."""
    settings = hub.settings
    shown = shapes.repository(hub, hub.repository) or {}
    return said(200, {**shown, "private": settings.is_private, "fork": settings.is_fork})


def branch(hub: Hub, query: Query) -> Answer:
    """`GET /repos/OWNER/NAME/branches/BRANCH`: whoever may read sees which checks the older protection requires."""
    name = query.parts["branch"]
    tip = hub.bare.tip(name)
    if tip is None:
        raise error(404, "Branch not found")
    contexts = sorted(hub.settings.protected) if name == hub.bare.default_branch() else []
    checks = {
        "enforcement_level": "non_admins" if contexts else "off",
        "contexts": contexts,
        "checks": [{"context": context, "app_id": None} for context in contexts],
    }
    protection = {"enabled": bool(contexts), "required_status_checks": checks}
    shown = {"name": name, "commit": {"sha": tip}, "protected": bool(contexts), "protection": protection}
    return said(200, shown)


def rules(hub: Hub, query: Query) -> Answer:
    """`GET /repos/OWNER/NAME/rules/branches/BRANCH`: the branch need not exist."""
    found = list(_rules(hub)) if query.parts["branch"] == hub.bare.default_branch() else []
    source = {"ruleset_source_type": "Repository", "ruleset_source": hub.repository, "ruleset_id": 42}
    return paged([{**rule, **source} for rule in found], query, hub.url)


def workflow_permissions(hub: Hub, query: Query) -> Answer:
    """`GET /repos/OWNER/NAME/actions/permissions/workflow`: for administrators."""
    login = query.token.login
    if login == ACTIONS:
        raise error(403, "Resource not accessible by integration")
    if login not in hub.settings.administrators:
        raise error(403, "Must have admin rights to Repository.")
    level = "write" if hub.settings.jobs_may_write else "read"
    return said(
        200, {"default_workflow_permissions": level, "can_approve_pull_request_reviews": hub.actions_may_propose}
    )


ROUTES = (
    ("GET", r"", None, repository),
    ("GET", r"/branches/(?P<branch>.+)", None, branch),
    ("GET", r"/rules/branches/(?P<branch>.+)", None, rules),
    ("GET", r"/actions/permissions/workflow", None, workflow_permissions),
)


def _rules(hub: Hub) -> Iterator[dict[str, Any]]:
    yield {"type": "deletion"}
    settings = hub.settings
    if settings.required:
        checks = [{"context": context, "integration_id": 15368} for context in sorted(settings.required)]
        parameters = {"strict_required_status_checks_policy": False, "required_status_checks": checks}
        yield {"type": "required_status_checks", "parameters": parameters}
    if settings.has_merge_queue:
        queue = {"merge_method": "SQUASH", "grouping_strategy": "ALLGREEN", "check_response_timeout_minutes": 60}
        yield {"type": "merge_queue", "parameters": queue}
    if settings.asks_signatures:
        yield {"type": "required_signatures"}
