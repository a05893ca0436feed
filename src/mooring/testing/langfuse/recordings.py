"""What did the recorder send, and what got it back? Recorded exchanges, with what a recording leaves out."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from mooring.core.artifact import Json
from mooring.testing.langfuse import javascript
from mooring.testing.langfuse.installation import Key

FILES = (
    "01-create",
    "02-get",
    "03-list",
    "04-labels",
    "05-protected-labels",
    "06-tags",
    "07-names",
    "08-composability",
    "09-delete",
    "10-fidelity-text",
    "11-fidelity-config",
    "12-sizes",
    "13-auth",
    "14-concurrency",
    "16b-webhook-requests",
    "17-ui-trpc",
    "18-stale-cache",
    "19-ratelimit-cloudmode",
    "20-two-clients",
    "21-extras",
    "22-outage",
    "23-timeout-then-executes",
)
"""The files of exchanges, in the order in which they were recorded; each builds on those before it."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A recorded request and its answer. A long `body` is cut (`size` tells), a long `text` where `is_cut` says so."""

    file: str
    number: int
    note: str
    method: str
    path: str
    auth: str
    body: str | None
    size: int
    status: int
    headers: Mapping[str, str]
    text: str
    is_cut: bool = False

    @property
    def id(self) -> str:
        """Give its file's number and its line, as in `07#29`."""
        return f"{self.file.partition('-')[0]}#{self.number}"


def load(folder: Path, file: str) -> Iterator[Exchange]:
    """Read a file of exchanges."""
    lines = (folder / f"{file}.jsonl").read_text(encoding="utf-8").rstrip("\n").split("\n")
    for number, line in enumerate(lines):
        yield _exchange(file, number, json.loads(line))


def authorization(exchange: Exchange, keys: Mapping[str, Key]) -> str | None:
    """Give the header that an exchange was sent with; the recorder wrote only its kind down."""
    main = keys["main"]
    match exchange.auth:
        case "none":
            return None
        case "custom":
            return _odd_authorization(exchange.note, main)
        case name:
            key = keys[name]
            return _basic(f"{key.public}:{key.secret}")


def request_body(exchange: Exchange) -> bytes | None:
    """Give the body that was sent, built anew where the recording cuts it; ValueError if that cannot be done."""
    if exchange.body is None:
        return None
    sent = exchange.body.encode("utf-8", "surrogatepass")
    if len(sent) == exchange.size:
        return sent
    if exchange.note == "badutf8" and "\ufffd" in exchange.body:
        return exchange.body.replace("\ufffd\ufffd", "\udcff\udcfe").encode("utf-8", "surrogateescape")
    built = _long_body(exchange).encode()
    if len(built) != exchange.size:
        raise ValueError(f"{exchange.id}: {len(built)} bytes were built of {exchange.size}.")
    return built


def _exchange(file: str, number: int, line: dict[str, Any]) -> Exchange:
    body, raw = line.get("response_body"), line.get("response_raw")
    text = javascript.stringify(javascript.parse(json.dumps(body))) if isinstance(body, dict | list) else body or ""
    is_cut = isinstance(body, str) and len(body) in (400, 600, 6000) and body.startswith("{")
    sent = line.get("request_body")
    return Exchange(
        file=file,
        number=number,
        note=line.get("note") or "",
        method=line.get("method") or "",
        path=re.sub("^http://[^/]+", "", line.get("path") or ""),
        auth=line.get("auth") or "main",
        body=json.dumps(sent) if isinstance(sent, dict) else sent,
        size=line.get("request_bytes", 0),
        status=line.get("status") or 0,
        headers=cast("dict[str, str]", line.get("headers") or {}),
        text=text if is_cut or raw is None else raw,
        is_cut=is_cut,
    )


def _long_body(exchange: Exchange) -> str:
    form, _, rest = exchange.note.partition(" ")
    count = int(found[0]) if (found := re.findall(r"\d+", rest)) else 0
    body: Json
    match form:
        case "prompt":
            body = {"name": f"s/prompt{count}", "prompt": "x" * count}
        case "cfg":
            body = {"name": f"s/cfg{count}", "prompt": "x", "config": {"a": "x" * count}}
        case "uni":
            body = {"name": f"s/uni{count}", "prompt": "é" * count}
        case "chat":
            body = {"name": "s/chat5000", "type": "chat", "prompt": [{"role": "user", "content": "m"}] * count}
        case "2000":
            body = {"name": "s/tags2000", "prompt": "x", "tags": [f"t{index}" for index in range(2000)]}
        case "big:":
            return _repeated(exchange, "z", '"}')
        case "config":
            head, _, _ = str(exchange.body).partition("[[")
            return head + "[" * 3000 + "]" * 3000 + "}"
        case _:
            return _random_name(exchange)
    return json.dumps(body)


def _repeated(exchange: Exchange, character: str, end: str) -> str:
    begin = str(exchange.body).rstrip(character)
    return begin + character * (exchange.size - len(begin) - len(end)) + end


def _random_name(exchange: Exchange) -> str:
    """Any digits do: what matters is that they do not repeat, so that Postgres cannot compress them."""
    begin, end = str(exchange.body), '", "prompt": "x"}'
    missing = exchange.size - len(begin) - len(end)
    digits = "".join(hashlib.sha256(bytes([index])).hexdigest() for index in range(missing // 64 + 1))
    return begin + digits[:missing] + end


def _odd_authorization(note: str, key: Key) -> str:
    odd: Mapping[str, str] = {
        "wrong secret": _basic(f"{key.public}:sk-lf-wrong"),
        "unknown pk": _basic("pk-lf-unknown:sk-lf-unknown"),
        "Bearer pk": f"Bearer {key.public}",
        "Bearer sk": f"Bearer {key.secret}",
        "unknown scheme": "Token abc",
        "bad base64": "Basic !!!",
        "no colon": _basic("abc"),
        "lowercase scheme": _basic(f"{key.public}:{key.secret}").replace("Basic", "basic"),
        "WRONG public key + right secret key": _basic(f"pk-lf-wrong:{key.secret}"),
    }
    return odd[note]


def _basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"
