"""Does the fake answer as the real server did? `python -m mooring.testing.langfuse.replay FOLDER [FILE…]`."""

import http.client
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from mooring.testing.langfuse import stage
from mooring.testing.langfuse.recordings import FILES, Exchange, authorization, load, request_body
from mooring.testing.langfuse.serve import serve
from mooring.testing.langfuse.stage import Stage

_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
_USER = r"\bcm[a-z0-9]{23}\b"
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
_VOLATILE = re.compile(f"{_ID}|{_USER}|{_TIME}")
_LONG_FLOAT = re.compile(r"\d\.\d{12,}(?:e[+-]\d+)?")
_PASSING = ("etag", "x-ratelimit-reset", "retry-after")
"""Headers with an id, a time or a remainder of seconds in them."""


class Verdict(StrEnum):
    """How an exchange compares."""

    TRUE = "true"
    EXCUSED = "excused"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Replayed:
    """An exchange with its verdict, and why it is not true."""

    exchange: Exchange
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the fake answered."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(slots=True)
class _Names:
    """Which of our ids and times stands for which of theirs; one that was seen twice must stand for the same."""

    ours: dict[str, str] = field(default_factory=dict[str, str])

    def differ(self, theirs: str, ours: str) -> str | None:
        pairs = zip(_VOLATILE.findall(theirs), _VOLATILE.findall(ours), strict=False)
        for their, our in pairs:
            if self.ours.setdefault(their, our) != our:
                return f"{their} was {self.ours[their]} before and is {our}"
        return None


def replay(folder: Path, files: Sequence[str] = FILES) -> Sequence[Replayed]:
    """Replay files of a folder, in order, on one server, whose state is what the files made."""
    set_up = Stage()
    with serve(set_up.langfuse) as url:
        client = _Client(url, set_up)
        try:
            names = _Names()
            return [done for file in files for done in _replay_file(client, set_up, names, list(load(folder, file)))]
        finally:
            client.close()


def report(replayed: Sequence[Replayed]) -> str:
    """Tell how many exchanges replay true, by file, and everything about those that do not."""
    counts = Counter((each.exchange.file, each.verdict) for each in replayed)
    head = f"{'file':<28}{'exchanges':>10}{'true':>8}{'excused':>9}{'different':>11}"
    files = list(dict.fromkeys(each.exchange.file for each in replayed))
    lines = [head, *(_counted(file, counts, [file]) for file in files), _counted("all", counts, files), ""]
    odd = [each for each in replayed if each.verdict is not Verdict.TRUE]
    lines += [f"{each.verdict} {each.exchange.id} [{each.exchange.note}] {each.why}" for each in odd]
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Replay the files of a folder, or those that are named, and print the report; 1 if anything differs."""
    folder, *files = arguments
    replayed = replay(Path(folder), files or FILES)
    sys.stdout.write(report(replayed) + "\n")
    return int(any(each.verdict is Verdict.DIFFERENT for each in replayed))


class _Client:
    """Sends recorded requests as they were sent: no library escapes or normalises a path."""

    def __init__(self, url: str, set_up: Stage) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc)
        self._stage = set_up
        self._etag = ""

    def send(self, exchange: Exchange) -> Reply:
        body = request_body(exchange)
        headers = {} if body is None else {"content-type": _content_type(exchange)}
        credentials = authorization(exchange, self._stage.keys)
        if credentials is not None:
            headers["authorization"] = credentials
        if "If-None-Match" in exchange.note:
            headers["if-none-match"] = self._etag
        self._connection.request(exchange.method, exchange.path, body, headers)
        response = self._connection.getresponse()
        text = response.read().decode()
        answered = {name.lower(): value for name, value in response.getheaders()}
        self._etag = answered.get("etag", "")
        return Reply(response.status, answered, text)

    def close(self) -> None:
        self._connection.close()


def _replay_file(client: _Client, set_up: Stage, names: _Names, exchanges: Sequence[Exchange]) -> Iterator[Replayed]:
    stage.before_file(set_up, exchanges[0].file)
    for exchange in stage.ordered(exchanges):
        excuse = stage.excuse(exchange)
        if excuse is not None:
            stage.instead(set_up, exchange)
            yield Replayed(exchange, Verdict.EXCUSED, excuse)
            continue
        stage.before(set_up, exchange)
        told = stage.by_hand(set_up, exchange)
        why = _difference(
            exchange, client.send(exchange) if told is None else Reply(200, exchange.headers, told), names
        )
        yield Replayed(exchange, Verdict.TRUE if why is None else Verdict.DIFFERENT, why or "")


def _content_type(exchange: Exchange) -> str:
    return "text/plain" if exchange.note == "wrong content type" else "application/json"


def _difference(exchange: Exchange, reply: Reply, names: _Names) -> str | None:
    """Tell the first thing that differs."""
    if reply.status != exchange.status:
        return f"status {reply.status} instead of {exchange.status}: {reply.text[:200]}"
    for name, value in exchange.headers.items():
        ours = reply.headers.get(name)
        if ours is None or (name not in _PASSING and ours != value):
            return f"header {name}: {ours!r} instead of {value!r}"
    if exchange.text.startswith("<!DOCTYPE html>"):
        return None if reply.text.startswith("<!DOCTYPE html>") else f"no page: {reply.text[:200]}"
    ours = reply.text[: len(exchange.text)] if exchange.is_cut else reply.text
    if _constant(exchange.text) != _constant(ours):
        return f"{_first_difference(_constant(ours), _constant(exchange.text))}"
    if exchange.status == 429:
        return None
    return names.differ(exchange.text, ours) or _etag_difference(exchange, reply)


def _etag_difference(exchange: Exchange, reply: Reply) -> str | None:
    """An ETag is a hash of the body: the same body must have the same one."""
    theirs, ours = exchange.headers.get("etag"), reply.headers.get("etag")
    if theirs == ours or exchange.text != reply.text or not exchange.text:
        return None
    return f"ETag {ours} instead of {theirs}"


def _constant(text: str) -> str:
    """Give a text without what differs from run to run, and floats with the digits that all installations agree on."""
    text = _VOLATILE.sub("*", text)
    text = re.sub(r'"retryAfterSeconds":\d+', '"retryAfterSeconds":*', text)
    return _LONG_FLOAT.sub(lambda digits: f"{float(digits[0]):.15g}", text)


def _first_difference(ours: str, theirs: str) -> str:
    place = next((at for at, (one, other) in enumerate(zip(ours, theirs, strict=False)) if one != other), 0)
    start = max(0, place - 40)
    return f"…{ours[start : place + 160]!r} instead of …{theirs[start : place + 160]!r}"


def _counted(file: str, counts: Counter[tuple[str, Verdict]], files: Sequence[str]) -> str:
    true, excused, different = (sum(counts[each, verdict] for each in files) for verdict in Verdict)
    return f"{file:<28}{true + excused + different:>10}{true:>8}{excused:>9}{different:>11}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
