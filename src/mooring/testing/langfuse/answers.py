"""How does an answer look on the wire? Bodies, ETags and headers as Next.js writes them (recordings' headers)."""

import hashlib
from collections.abc import Mapping

from mooring.core.artifact import Json
from mooring.testing.langfuse import javascript
from mooring.testing.langfuse.wire import Answer, Request

VARY = ("vary", "Origin, Accept-Encoding")
NO_CONTENT = Answer(204, (("vary", "Origin"),))
PREFLIGHT = Answer(204, (("vary", "Origin, Access-Control-Request-Headers"),))
TOO_LARGE = Answer(413, (), b"Body exceeded 1mb limit")
INVALID_JSON = Answer(400, (), b"Invalid JSON")

_EXACT = 4096
"""Characters up to which an ETag has the server's own hash, which is slow in Python."""


def ok(body: Mapping[str, Json]) -> Answer:
    """Give a 200 with JSON."""
    return encoded(200, javascript.stringify(body))


def refusal(status: int, body: Mapping[str, Json]) -> Answer:
    """Give an error with JSON."""
    return encoded(status, javascript.stringify(body))


def encoded(status: int, text: str) -> Answer:
    """Give an answer with a text that is JSON already."""
    headers = (VARY, ("content-type", "application/json; charset=utf-8"), ("etag", etag(text)))
    return Answer(status, headers, javascript.escape_surrogates(text).encode())


def page(status: int, title: str) -> Answer:
    """Give the HTML page that stands where no API route is."""
    body = (
        f'<!DOCTYPE html><html lang="en"><head><meta charSet="utf-8"/><title>{title}</title></head><body></body></html>'
    )
    vary = "Accept-Encoding"
    if status == 404:
        vary = f"rsc, next-router-state-tree, next-router-prefetch, next-router-segment-prefetch, {vary}"
    headers = (
        ("cache-control", "no-cache, must-revalidate"),
        ("vary", vary),
        ("content-type", "text/html; charset=utf-8"),
    )
    tag = (("etag", etag(body)),) if status == 400 else ()
    return Answer(status, (*headers, *tag), body.encode())


def limited(answer: Answer) -> Answer:
    """Give a 429 the headers that every JSON answer has (19)."""
    return Answer(answer.status, (VARY, *answer.headers, ("etag", etag(answer.body.decode()))), answer.body)


def redirect(location: str) -> Answer:
    """Give the 308 to a path's canonical form."""
    return Answer(308, (("location", location),), location.encode())


def fresh(request: Request, answer: Answer) -> Answer:
    """Give the answer, or a 304 where the client holds it already; a weak ETag is as good as a strong one (02)."""
    held = request.header("if-none-match")
    tag = next((value for name, value in answer.headers if name == "etag"), None)
    if held is None or tag is None or request.method != "GET" or answer.status != 200:
        return answer
    tags = [each.strip().removeprefix("W/") for each in held.split(",")]
    return Answer(304, answer.headers) if tag in tags or "*" in tags else answer


def etag(text: str) -> str:
    """Hash a body as Next.js does: FNV-1a folded to 52 bits and the length in UTF-16 units, both in base 36."""
    length = _base36(javascript.length(text))
    if len(text) > _EXACT:
        return f'"{_base36(int.from_bytes(hashlib.sha256(text.encode(errors="surrogatepass")).digest()[:6]))}{length}"'
    units = text.encode("utf-16-le", "surrogatepass")
    value = 0xCBF29CE484222325
    for low, high in zip(units[::2], units[1::2], strict=True):
        value = ((value ^ (low | high << 8)) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    top = value >> 48
    return f'"{_base36((top & 15) << 48 | (value & 0xFFFFFFFFFFFF) ^ top >> 4)}{length}"'


def _base36(value: int) -> str:
    digits = ""
    while value or not digits:
        value, digit = divmod(value, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits
