"""Which endpoint does a raw path name? Next.js' own rules: escapes, dots and slashes before any route (07)."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs, unquote_to_bytes

from mooring.testing.langfuse.validation import Query


class Endpoint(StrEnum):
    """The routes of the public API that the fake knows."""

    PROMPTS = "prompts"
    PROMPT = "prompt"
    VERSION = "version"
    LEGACY = "legacy"
    PROJECTS = "projects"
    HEALTH = "health"


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint with the decoded parts of its path."""

    endpoint: Endpoint
    query: Query
    name: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The path has another, canonical form, to which the client is sent."""

    location: str


class Malformed(Exception):
    """A percent escape is none, or is no UTF-8."""


def route(path: str) -> Route | Elsewhere | None:
    """Find the endpoint of a raw path with its query; None for no such page; raise Malformed."""
    place, mark, query = path.partition("#")[0].partition("?")
    segments = _without_dots(place)
    canonical = "/" + "/".join(segment for segment in segments if segment)
    if canonical != "/" + "/".join(segments):
        return Elsewhere(canonical + mark + query)
    return _endpoint([decoded(segment) for segment in segments if segment], _parameters(query))


def _endpoint(parts: list[str], query: Query) -> Route | None:
    match parts:
        case ["api", "public", "v2", "prompts"]:
            return Route(Endpoint.PROMPTS, query)
        case ["api", "public", "v2", "prompts", name]:
            return Route(Endpoint.PROMPT, query, name)
        case ["api", "public", "v2", "prompts", name, "versions", version]:
            return Route(Endpoint.VERSION, query, name, version)
        case ["api", "public", "prompts"]:
            return Route(Endpoint.LEGACY, query)
        case ["api", "public", "projects"]:
            return Route(Endpoint.PROJECTS, query)
        case ["api", "public", "health" | "ready"]:
            return Route(Endpoint.HEALTH, query)
        case _:
            return None


def _without_dots(place: str) -> list[str]:
    """Take `.` and `..` out as every URL parser does, escaped ones too; a last one leaves an empty segment."""
    kept: list[str] = []
    segments = place.split("/")[1:]
    for index, segment in enumerate(segments):
        dots = segment.lower().replace("%2e", ".")
        if dots == "..":
            kept = kept[:-1]
        if dots not in (".", ".."):
            kept.append(segment)
        elif index == len(segments) - 1:
            kept.append("")
    return kept


def decoded(segment: str) -> str:
    """Do what `decodeURIComponent` does; raise Malformed."""
    raw = unquote_to_bytes(segment)
    if segment.count("%") != _escapes(segment):
        raise Malformed(segment)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise Malformed(segment) from error


def _escapes(segment: str) -> int:
    return sum(_is_hex(part[:2]) for part in segment.split("%")[1:])


def _is_hex(digits: str) -> bool:
    return len(digits) == 2 and all(digit in "0123456789abcdefABCDEF" for digit in digits)


def _parameters(query: str) -> Query:
    return parse_qs(query, keep_blank_values=True, errors="replace")
