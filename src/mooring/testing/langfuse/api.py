"""What does the server answer to a request?"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias, assert_never
from urllib.parse import parse_qs

from mooring.core.artifact import Json
from mooring.testing.langfuse import answers, auth, javascript, rows, storable, validation
from mooring.testing.langfuse.composition import Resolved
from mooring.testing.langfuse.installation import Key, Langfuse
from mooring.testing.langfuse.routing import Elsewhere, Endpoint, Malformed, Route, decoded, route
from mooring.testing.langfuse.store import Change, Project
from mooring.testing.langfuse.validation import PRODUCTION, Refused, Which
from mooring.testing.langfuse.wire import Answer, Dropped, Outcome, Request, Truncated

VERSION = "4.16.0"
LARGEST = 1024 * 1024
"""Bytes of a body."""

_METHODS: Mapping[Endpoint, tuple[str, ...]] = {
    Endpoint.PROMPTS: ("GET", "POST"),
    Endpoint.PROMPT: ("GET", "DELETE"),
    Endpoint.VERSION: ("PATCH",),
    Endpoint.LEGACY: ("GET", "POST"),
    Endpoint.PROJECTS: ("GET",),
    Endpoint.HEALTH: ("GET",),
}


class TooDeep:
    """A body that JSON.parse can read and the schemas cannot."""


Body: TypeAlias = "Json | TooDeep"
Done: TypeAlias = tuple[Answer, Change]

_NOTHING = Change()
_COLUMNS = ("name", "label", "tag")
"""Parameters that are compared with a text column, which takes no NUL."""


def receive(langfuse: Langfuse, request: Request) -> Outcome:
    """Take a request in: note it, let trouble have its way, and answer."""
    place = langfuse.received(request.method, request.path)
    outcome = langfuse.hooks.trouble.around(request, lambda: answer(langfuse, request))
    match outcome:
        case Answer():
            langfuse.answered(place, outcome.status)
        case Truncated():
            langfuse.answered(place, outcome.answer.status)
        case Dropped():
            pass
        case _:
            assert_never(outcome)
    return outcome


def answer(langfuse: Langfuse, request: Request) -> Answer:
    """Answer a request. Its body is read before anybody asks who sent it (13)."""
    try:
        found = route(request.path)
    except Malformed:
        return answers.page(400, "400: Bad Request")
    if found is None:
        return answers.page(404, "404: This page could not be found.")
    if isinstance(found, Elsewhere):
        return answers.redirect(found.location)
    if len(request.body) > LARGEST:
        return answers.TOO_LARGE
    try:
        body = _body(request)
    except javascript.InvalidJson:
        return answers.INVALID_JSON
    if request.method == "OPTIONS":
        return answers.PREFLIGHT
    if request.method not in _METHODS[found.endpoint]:
        return answers.refusal(405, {"message": "Method not allowed", "error": "MethodNotAllowedError"})
    if found.endpoint is Endpoint.HEALTH:
        return answers.ok({"status": "OK", "version": VERSION})
    return answers.fresh(request, _authorized(langfuse, request, found, body))


def _authorized(langfuse: Langfuse, request: Request, found: Route, body: Body) -> Answer:
    """Answer who may ask. The PATCH endpoint has another wrapper than the rest, which names no error (13)."""
    plain = found.endpoint is Endpoint.VERSION
    try:
        key = auth.authenticate(langfuse, request.header("authorization"))
    except auth.Unauthorized as error:
        told: Mapping[str, Json] = {"message": str(error)}
        return answers.refusal(401, told if plain else {**told, "error": "UnauthorizedError"})
    except auth.Forbidden:
        if plain:
            return answers.refusal(403, {"message": "Access denied - insufficient permissions for this endpoint"})
        message = f"Access denied - need to use basic auth with secret key to {request.method} prompts"
        return answers.refusal(403, {"message": message, "error": "ForbiddenError"})
    return _limited(langfuse, request, key, lambda project: _carry_out(project, request.method, found, body))


def _limited(langfuse: Langfuse, request: Request, key: Key, carry_out: Callable[[Project], Done]) -> Answer:
    """Carry out what the limits let through, as one transaction, and then tell the webhooks."""
    with langfuse.opened(key.project) as project:
        organization = project.organization
    limited = langfuse.hooks.limits.check(organization, request)
    if limited is not None:
        return answers.limited(limited)
    try:
        with langfuse.opened(key.project) as project:
            done, change = carry_out(project)
            events = langfuse.events(project, change)
    except Refused as refused:
        return answers.refusal(refused.status, {"message": refused.message, "error": refused.error})
    langfuse.fire(events)
    return done


def _carry_out(project: Project, method: str, found: Route, body: Body) -> Done:
    storable.check_texts([found.name, *(text for name in _COLUMNS for text in found.query.get(name, []))])
    match found.endpoint:
        case Endpoint.PROMPTS:
            return _create(project, body) if method == "POST" else (_list(project, found), _NOTHING)
        case Endpoint.PROMPT:
            return _delete(project, found) if method == "DELETE" else (_get(project, found), _NOTHING)
        case Endpoint.VERSION:
            return _label(project, found, body)
        case Endpoint.LEGACY:
            return _create_legacy(project, body) if method == "POST" else (_get_legacy(project, found), _NOTHING)
        case Endpoint.PROJECTS | Endpoint.HEALTH:
            return _project(project), _NOTHING
        case _:
            assert_never(found.endpoint)


def _create(project: Project, body: Body) -> Done:
    change = project.create(validation.draft(_shallow(body)), "API")
    return answers.encoded(201, rows.stored(project.id, change.created[0])), change


def _create_legacy(project: Project, body: Body) -> Done:
    """The first API has `isActive` for the label production, and drops the commit message (02)."""
    draft = validation.draft(_shallow(body))
    active = body.get("isActive") if javascript.is_object(body) else None
    labels = (*draft.labels, *((PRODUCTION,) if active is True else ()))
    legacy = replace(draft, labels=labels, commit_message=None, is_active=active if isinstance(active, bool) else None)
    change = project.create(legacy, "API")
    return answers.encoded(201, rows.stored(project.id, change.created[0])), change


def _list(project: Project, found: Route) -> Answer:
    listing = validation.listing(found.query)
    return answers.encoded(200, rows.page(listing, project.entries(listing)))


def _get(project: Project, found: Route) -> Answer:
    which = validation.which(found.query)
    sought = which if which.version is not None else Which(label=which.label or PRODUCTION)
    row = project.find(found.name, sought)
    if row is None:
        told = f"version {sought.version}" if sought.label is None else f"label '{sought.label}'"
        raise validation.not_found(f"Prompt not found: '{found.name}' with {told}")
    raw = found.query.get("resolve") == ["false"]
    content = Resolved(row.prompt_json, None) if raw else project.resolve(row)
    return answers.encoded(200, rows.served(project.id, row, content))


def _get_legacy(project: Project, found: Route) -> Answer:
    """The first API decodes the name once more (07)."""
    which = validation.which(found.query)
    try:
        name = decoded(validation.legacy_name(found.query))
    except Malformed as error:
        raise validation.broken("URI malformed") from error
    row = project.find(name, which if which.version is not None else Which(label=which.label or PRODUCTION))
    if row is None:
        return answers.refusal(404, {"error": "LangfuseNotFoundError", "message": "Prompt not found"})
    return answers.encoded(200, rows.served(project.id, row, project.resolve(row)))


def _label(project: Project, found: Route, body: Body) -> Done:
    labels = validation.new_labels(_shallow(body))
    number = javascript.number(found.version)
    if not number.is_integer():
        raise validation.broken()
    change = project.add_labels(found.name, int(number), labels)
    return answers.encoded(200, rows.stored(project.id, change.updated[-1])), change


def _delete(project: Project, found: Route) -> Done:
    change = project.delete(found.name, validation.which(found.query))
    return answers.NO_CONTENT, change


def _project(project: Project) -> Answer:
    organization: Mapping[str, Json] = {"id": project.organization.lower(), "name": project.organization}
    told: Mapping[str, Json] = {"id": project.id, "name": project.name, "organization": organization, "metadata": {}}
    return answers.ok({"data": [told]})


def _shallow(body: Body) -> Json:
    if isinstance(body, TooDeep):
        raise validation.broken("Maximum call stack size exceeded")
    return body


def _body(request: Request) -> Body:
    """Read a body as Next.js does: JSON or a form by its content type, else a string."""
    kind = (request.header("content-type") or "text/plain").partition(";")[0].strip().lower()
    text = request.body.decode(errors="replace")
    match kind:
        case "application/json" | "application/ld+json":
            try:
                return javascript.parse(text) if text else {}
            except javascript.TooDeep:
                return TooDeep()
        case "application/x-www-form-urlencoded":
            return {name: values[-1] for name, values in parse_qs(text, keep_blank_values=True).items()}
        case "text/plain":
            return text
        case _:
            return {}
