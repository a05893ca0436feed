"""How does anybody reach the fake? As a server for HTTP/1.1 on a port of its own."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast
from urllib.parse import parse_qsl, urlsplit

from mooring.testing.github.answers import Answer, Problem, Query, error, not_found, of_trouble
from mooring.testing.github.api import answer
from mooring.testing.github.bare import Bare
from mooring.testing.github.hub import Hub, Seen
from mooring.testing.github.person import GitHubPerson
from mooring.testing.github.rows import ACTIONS, ALL_RIGHTS, Right, Token
from mooring.testing.github.smart_http import Ask, Contents, Door
from mooring.testing.github.trouble import Trouble, Troubles

TOKEN = "ghs_" + "fake0" * 8
"""What a job's own token looks like."""


@dataclass(frozen=True, slots=True)
class Served:
    """A fake GitHub that answers at `url`, and everything that a test does with it."""

    url: str
    token: str
    repository: str
    hub: Hub
    person: GitHubPerson
    door: Door

    @property
    def git_url(self) -> str:
        """Give where git itself fetches and pushes, as the host serves it: with a token, by the token's rights.

        The folder is still there for those who need no token.
        """
        return f"{self.url}/{self.repository}"

    @property
    def environment(self) -> dict[str, str]:
        """Give the variables that a job on GitHub Actions has, and that lead to this server.

        GITHUB_REPOSITORY counts where the clone's remote is a folder (`file://…`), as it is in tests.
        """
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_TOKEN": self.token,
            "GITHUB_REPOSITORY": self.repository,
            "GITHUB_API_URL": self.url,
            "GITHUB_SERVER_URL": "https://github.com",
        }

    @property
    def requests(self) -> tuple[Seen, ...]:
        """Give every request so far, in order."""
        with self.hub.lock:
            return tuple(self.hub.requests)

    @property
    def writes(self) -> tuple[Seen, ...]:
        """Give every request so far that was to change something."""
        return tuple(seen for seen in self.requests if seen.verb != "GET")

    @property
    def troubles(self) -> Troubles:
        """Give the troubles to come: `troubles.plan(Trouble.UNAVAILABLE, times=2, verb="GET")`."""
        return self.hub.troubles

    def colleague(self, login: str) -> GitHubPerson:
        """Give another person."""
        return GitHubPerson(self.hub, login)

    def allow(
        self,
        token: str,
        rights: frozenset[Right] = ALL_RIGHTS,
        login: str = ACTIONS,
        contents: Contents = Contents.WRITE,
    ) -> None:
        """Make a token, or give one other rights."""
        with self.hub.lock:
            self.hub.tokens[token] = Token(login, rights)
            self.door.tokens[token] = contents
            self.door.logins[token] = login

    def revoke(self, token: str) -> None:
        """Take a token away, as happens to a job's own when the job ends."""
        with self.hub.lock:
            self.hub.tokens.pop(token, None)
            self.door.tokens.pop(token, None)


@contextmanager
def serve(repository: Path, name: str = "acme/prompts") -> Iterator[Served]:
    """Serve a bare repository's folder as `name` on a fake GitHub, in a thread, until the block ends.

    It keeps pull requests, issues, labels, comments, reviews and statuses. Branches and commits are those of the
    folder, to which tests push with git as they would to the host: a pull request's head moves with its branch, it
    closes when its branch goes, and a person's merge (`served.person.merge(1)`) makes a real commit. Nothing waits.

        with serve(tmp_path / "remote.git") as github:
            forge = GitHub(Place(github.url, github.repository, github.token), clock)
            pull = forge.open_pull("mooring/adopt/x", "main", "Adopt", "…")
            github.person.approve(pull.number)
            github.person.merge(pull.number, Method.SQUASH)
            assert len(github.writes) == 1
    """
    hub = Hub(name, Bare(repository), {TOKEN: Token()})
    door = Door(repository, name, {TOKEN: Contents.WRITE})
    server = _Server(hub, door)
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="github", daemon=True)
    thread.start()
    try:
        yield Served(hub.url, TOKEN, name, hub, GitHubPerson(hub), door)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    """The standard library's server; a connection lives for one request, so none is left over at the end."""

    request_queue_size = 128
    daemon_threads = True
    block_on_close = True

    def __init__(self, hub: Hub, door: Door) -> None:
        self.hub = hub
        self.door = door
        super().__init__(("127.0.0.1", 0), _Connection)


class _Connection(BaseHTTPRequestHandler):
    """One request."""

    wbufsize = -1  # an answer leaves in one piece

    def do_any(self) -> None:
        """Answer, or hang up."""
        raw = self._sent()
        server = cast("_Server", self.server)
        hub = server.hub
        parts = urlsplit(self.path)
        rest = server.door.rest_of(parts.path)
        if rest is not None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = server.door.answer(Ask(self.command, rest, parts.query, headers, raw))
            self._send(Answer(reply.status, reply.body, dict(reply.headers), reply.kind))
            return
        with hub.lock:
            trouble = hub.troubles.next(self.command, parts.path)
            outcome = of_trouble(trouble, hub.troubles.wait) if trouble is not None else self._answered(hub, raw)
            if trouble is Trouble.LOST:
                self._answered(hub, raw)
            body = _json(raw)
            hub.requests.append(Seen(self.command, parts.path, body, 0 if outcome is None else outcome.status))
        if outcome is not None:
            self._send(outcome)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_any  # noqa: N815  # the library's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name
        """Say nothing: `Served.requests` has it all."""

    def _sent(self) -> bytes:
        """Read what was sent; git sends a pack that is large in chunks."""
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        whole = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return whole

    def _answered(self, hub: Hub, raw: bytes) -> Answer:
        parts = urlsplit(self.path)
        scheme, _, secret = self.headers.get("authorization", "").partition(" ")
        try:
            if not self.headers.get("user-agent"):
                raise error(403, "Request forbidden by administrative rules. Please add a User-Agent header.")
            if not secret:
                raise not_found()
            token = hub.tokens.get(secret)
            if token is None or scheme.lower() not in {"bearer", "token"}:
                raise error(401, "Bad credentials")
            body = _json(raw)
            if raw and not isinstance(body, dict):
                raise error(400, "Problems parsing JSON")
            sent = body if isinstance(body, dict) else {}
            return answer(hub, Query(self.command, parts.path, dict(parse_qsl(parts.query)), sent, token))
        except Problem as problem:
            return problem.answer

    def _send(self, outcome: Answer) -> None:
        self.send_response_only(outcome.status)
        self.send_header("content-type", outcome.kind)
        self.send_header("content-length", str(len(outcome.body)))
        self.send_header("date", self.date_time_string())
        for name, value in outcome.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(outcome.body)


def _json(raw: bytes) -> object:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None
