"""Which requests does the server take? Its schemas of bodies and parameters, and its words for what it refuses."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mooring.core.artifact import Json
from mooring.testing.langfuse import javascript, zod
from mooring.testing.langfuse.zod import UNDEFINED, Issues, Value

LATEST = "latest"
PRODUCTION = "production"

_DATETIME = (
    r"^(?:(?:\d\d[2468][048]|\d\d[13579][26]|\d\d0[48]|[02468][048]00|[13579][26]00)-02-29|\d{4}-(?:(?:0[13578]|1[02])"
    r"-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|(?:02)-(?:0[1-9]|1\d|2[0-8])))T(?:(?:[01]\d|2[0-3])"
    r":[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|([+-](?:[01]\d|2[0-3]):[0-5]\d)))$"
)
_DOT = "[^\n\r\u2028\u2029]"
"""What JavaScript's `.` finds; its `$` is Python's `\\Z`."""

_LABEL = (
    zod.at_least(1),
    zod.at_most(36),
    zod.matches(
        re.compile(r"^[a-z0-9_\-.]+\Z"),
        "Label must be lowercase alphanumeric with optional underscores, hyphens, or periods",
        r"^[a-z0-9_\-.]+$",
    ),
)
_NAME: tuple[zod.Check, ...] = (
    zod.at_least(1, "Text cannot be empty"),
    lambda name: (zod.custom("Text cannot contain HTML tags"),) if re.search("<[^>]*>", name) else zod.VALID,
    zod.matches(re.compile("^[^/]"), "Name cannot start with a slash"),
    zod.matches(re.compile(f"^(?!{_DOT}*//)"), "Name cannot contain consecutive slashes", r"^(?!.*\/\/)"),
    zod.matches(re.compile(rf"^{_DOT}*[^/]\Z"), "Name cannot end with a slash", "^.*[^/]$"),
    zod.matches(re.compile(r"^[^|]*\Z"), "Prompt name cannot contain '|' character", "^[^|]*$"),
)
_PLACEHOLDER = zod.matches(
    re.compile(r"^[a-zA-Z][a-zA-Z0-9_]*\Z"),
    "Placeholder name must start with a letter and contain only alphanumeric characters and underscores",
    "^[a-zA-Z][a-zA-Z0-9_]*$",
)
_COMMIT_MESSAGE = zod.at_most(500)
_MOMENT = zod.matches(re.compile(_DATETIME[:-1] + r"\Z", re.ASCII), "Invalid ISO datetime", _DATETIME, "datetime")
_RESERVED = ("new", "metrics", "prompt-detail")
_VARIABLE = re.compile(r"\{\{\s*([a-zA-Z][a-zA-Z0-9_]*)\s*\}\}")


class Refused(Exception):
    """The server answers with a status and words of its own; `error` is the name of its error class."""

    def __init__(self, status: int, message: str, error: Json) -> None:
        super().__init__(message)
        self.status, self.message, self.error = status, message, error


def invalid(issues: Issues) -> Refused:
    """Give the 400 that lists issues."""
    return Refused(400, "Invalid request data", [issue.render() for issue in issues])


def bad_request(message: str) -> Refused:
    """Give the 400 of a request that is well formed and cannot be carried out."""
    return Refused(400, message, "InvalidRequestError")


def not_found(message: str) -> Refused:
    """Give the 404."""
    return Refused(404, message, "LangfuseNotFoundError")


def broken(error: str = "An unknown error occurred") -> Refused:
    """Give the 500; its words differ between installations."""
    return Refused(500, "Internal Server Error", error)


@dataclass(frozen=True, slots=True)
class Draft:
    """A version to be created. `tags` is None where the previous version's are kept."""

    name: str
    type: str
    prompt: Json
    labels: tuple[str, ...] = ()
    config: Json = None
    tags: tuple[str, ...] | None = None
    commit_message: str | None = None
    is_active: bool | None = None


@dataclass(frozen=True, slots=True)
class Which:
    """Which version a GET or DELETE means: one, or that of a label, or neither was said."""

    version: int | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What a listing asks for; None and '' filter nothing."""

    page: int
    limit: int
    name: str | None = None
    label: str | None = None
    tag: str | None = None
    version: int | None = None
    since: str | None = None
    until: str | None = None


Query = Mapping[str, Sequence[str]]


def draft(body: Json) -> Draft:
    """Read the body of a create (01, 04, 06, 07, 11); raise Refused."""
    issues = zod.union([_create_issues(body, "text"), _create_issues(body, "chat")])
    if issues:
        raise invalid(issues)
    members = body if javascript.is_object(body) else {}
    name = str(members["name"]).strip(javascript.SPACE)
    issues = _trimmed_issues(name)
    if issues:
        raise invalid(zod.at("name", issues))
    tags, config, message = members.get("tags"), members.get("config"), members.get("commitMessage")
    kind = "text" if isinstance(members["prompt"], str) else "chat"
    return Draft(
        name=name,
        type=kind,
        prompt=_stripped(members["prompt"]),
        labels=_strings(members.get("labels", [])),
        config={} if config is None else config,
        tags=None if tags is None else _strings(tags),
        commit_message=None if message is None else str(message),
    )


def new_labels(body: Json) -> tuple[str, ...]:
    """Read the body of a PATCH, which checks nothing but `latest` (04); raise Refused."""
    if not javascript.is_object(body):
        raise invalid(zod.wrong_type("object", body))
    labels = body.get("newLabels", UNDEFINED)
    issues = zod.array(labels, zod.string)
    if not issues and javascript.is_array(labels) and LATEST in labels:
        issues = (zod.custom("Label 'latest' is always assigned to the latest prompt version"),)
    if issues:
        raise invalid(zod.at("newLabels", issues))
    return _strings(labels)


def which(query: Query) -> Which:
    """Read what a GET or DELETE of one prompt means: 0 and '' are as good as nothing (02, 09); raise Refused."""
    issues = [*_integer_issues(query, "version"), *_string_issues(query, "label")]
    if "resolve" in query:
        issues += zod.at("resolve", zod.one_of(_single(query, "resolve"), ("true", "false")))
    if issues:
        raise invalid(tuple(issues))
    chosen = Which(_integer(query, "version"), _text(query, "label"))
    if chosen.version is not None and chosen.label is not None:
        raise bad_request("Cannot specify both version and label")
    return chosen


def listing(query: Query) -> Listing:
    """Read what a listing asks for (03); raise Refused."""
    issues = [
        *(issue for name in ("name", "label", "tag") for issue in _string_issues(query, name)),
        *_page_issues(query, "page", None),
        *_page_issues(query, "limit", 100),
        *_integer_issues(query, "version"),
        *(issue for name in ("fromUpdatedAt", "toUpdatedAt") for issue in _moment_issues(query, name)),
    ]
    if issues:
        raise invalid(tuple(issues))
    page, limit = (int(_number(query, name)) if _given(query, name) else default for name, default in _PAGING)
    return Listing(
        page,
        limit,
        name=_text(query, "name"),
        label=_text(query, "label"),
        tag=_text(query, "tag"),
        version=_integer(query, "version"),
        since=_text(query, "fromUpdatedAt"),
        until=_text(query, "toUpdatedAt"),
    )


_PAGING = (("page", 1), ("limit", 10))


def legacy_name(query: Query) -> str:
    """Read the name of a GET of the first API, still encoded once; raise Refused."""
    name = _single(query, "name")
    issues = zod.string(name)
    if issues:
        raise invalid(zod.at("name", issues))
    return str(name)


def check_placeholders(prompt: Json) -> None:
    """Refuse a chat with a variable and a placeholder of one name (01)."""
    if isinstance(prompt, str) or not javascript.is_array(prompt):
        return
    messages = [message for message in prompt if javascript.is_object(message)]
    variables = {name for each in messages for name in _VARIABLE.findall(str(each.get("content", "")))}
    doubles = [str(each["name"]) for each in messages if "role" not in each and each["name"] in variables]
    if doubles:
        names = ", ".join(dict.fromkeys(doubles))
        raise bad_request(
            f"Cannot create prompt, variables and placeholders must be unique, the following are not: {names}"
        )


def _create_issues(body: Json, kind: str) -> Issues:
    if not javascript.is_object(body):
        return zod.wrong_type("object", body)
    prompt = body.get("prompt", UNDEFINED)
    type_ = body.get("type", UNDEFINED)
    text = kind == "text"
    members: list[tuple[str, Issues]] = [
        ("name", zod.string(body.get("name", UNDEFINED), *_NAME)),
        ("labels", _unless(body, "labels", lambda value: zod.array(value, lambda each: zod.string(each, *_LABEL)))),
        ("type", zod.VALID if text and type_ is UNDEFINED else zod.literal(type_, kind)),
        ("prompt", zod.string(prompt) if text else zod.array(prompt, _message_issues)),
        ("config", _unless(body, "config", lambda value: zod.VALID if value is None else _json_issues(value))),
        ("tags", _unless(body, "tags", _nullish(lambda value: zod.array(value, zod.string)))),
        ("commitMessage", _unless(body, "commitMessage", _nullish(lambda value: zod.string(value, _COMMIT_MESSAGE)))),
    ]
    return tuple(issue for name, issues in members for issue in zod.at(name, issues))


def _unless(body: Mapping[str, Json], name: str, check: Callable[[Json], Issues]) -> Issues:
    return check(body[name]) if name in body else zod.VALID


def _nullish(check: Callable[[Json], Issues]) -> Callable[[Json], Issues]:
    return lambda value: zod.VALID if value is None else check(value)


def _message_issues(message: Json) -> Issues:
    if not javascript.is_object(message):
        return zod.union([zod.wrong_type("object", message)] * 2)
    role, content, type_, name = (message.get(key, UNDEFINED) for key in ("role", "content", "type", "name"))
    return zod.union(
        [
            (*zod.at("role", zod.string(role)), *zod.at("content", zod.string(content))),
            (*zod.at("type", zod.literal(type_, "placeholder")), *zod.at("name", zod.string(name, _PLACEHOLDER))),
        ]
    )


def _trimmed_issues(name: str) -> Issues:
    if not name:
        return (zod.custom("Name cannot be empty"),)
    return (zod.custom(f"Prompt name cannot be '{name}'"),) if name in _RESERVED else zod.VALID


def _json_issues(value: Json, scalars: Sequence[str] = ("string", "number", "boolean")) -> Issues:
    """Any JSON is valid but a number beyond a double, which JavaScript reads as Infinity; null only inside (11)."""
    infinite = isinstance(value, float) and abs(value) == float("inf")
    if not infinite and not javascript.is_array(value) and not javascript.is_object(value):
        return zod.VALID
    elements = zod.array(value, _inner_issues)
    if javascript.is_object(value):
        members = tuple(issue for key, each in value.items() for issue in zod.at(key, _inner_issues(each)))
    else:
        members = zod.wrong_type("record", value)
    plain = [zod.wrong_type(name, value, "Infinity" if infinite and name == "number" else None) for name in scalars]
    return zod.union([elements, members, zod.union(plain)])


def _inner_issues(value: Json) -> Issues:
    return _json_issues(value, ("string", "number", "boolean", "null"))


def _stripped(prompt: Json) -> Json:
    """Keep of a message what its schema names, in the order of a jsonb column: short keys first (01)."""
    if isinstance(prompt, str) or not javascript.is_array(prompt):
        return prompt
    messages = [message for message in prompt if javascript.is_object(message)]
    return [
        {"role": each["role"], "content": each["content"]}
        if isinstance(each.get("role"), str) and isinstance(each.get("content"), str)
        else {"name": each["name"], "type": each["type"]}
        for each in messages
    ]


def _strings(values: Value) -> tuple[str, ...]:
    return tuple(str(each) for each in values) if javascript.is_array(values) else ()


def _single(query: Query, name: str) -> Value:
    """Give a parameter as Next.js does: an array, where it was sent twice."""
    values = query.get(name, [])
    return UNDEFINED if not values else values[0] if len(values) == 1 else list(values)


def _given(query: Query, name: str) -> bool:
    return _single(query, name) not in (UNDEFINED, "")


def _number(query: Query, name: str) -> float:
    value = _single(query, name)
    return javascript.number(value) if isinstance(value, str) else float("nan")


def _text(query: Query, name: str) -> str | None:
    value = _single(query, name)
    return value if isinstance(value, str) and value else None


def _integer(query: Query, name: str) -> int | None:
    return (int(_number(query, name)) or None) if _given(query, name) else None


def _string_issues(query: Query, name: str) -> Issues:
    return zod.at(name, zod.string(_single(query, name))) if name in query else zod.VALID


def _numeric_issues(query: Query, name: str) -> Issues:
    value = _number(query, name)
    if value != value:  # noqa: PLR0124  # NaN is the value that differs from itself
        return zod.at(name, zod.wrong_type("number", value, "NaN"))
    if abs(value) == float("inf"):
        return zod.at(name, zod.wrong_type("number", value, "Infinity"))
    return zod.VALID


def _integer_issues(query: Query, name: str) -> Issues:
    if name not in query:
        return zod.VALID
    return _numeric_issues(query, name) or zod.at(name, zod.integer(_number(query, name)))


def _page_issues(query: Query, name: str, most: int | None) -> Issues:
    if not _given(query, name):
        return zod.VALID
    return _numeric_issues(query, name) or zod.at(name, zod.bounded(_number(query, name), 1, most))


def _moment_issues(query: Query, name: str) -> Issues:
    if name not in query:
        return zod.VALID
    return zod.at(name, zod.string(_single(query, name), _MOMENT))
