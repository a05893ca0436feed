"""How does anybody reach the fake? As a server for HTTP/1.1 on a port of its own."""

import gzip
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, assert_never, cast

from mooring.testing.langfuse.api import receive
from mooring.testing.langfuse.installation import Langfuse
from mooring.testing.langfuse.wire import Answer, Dropped, Request, Truncated

_COMPRESSED = 1024
"""Bytes from which on a body is compressed."""


@contextmanager
def serve(langfuse: Langfuse, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve an installation in a thread of its own, give its URL, and stop when the block ends."""
    server = _Server(langfuse, host, port)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="langfuse", daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.hang_up()
        server.server_close()


class _Server(ThreadingHTTPServer):
    """The standard library's server: it hands over the raw path, which WSGI servers decode, and can drop a client."""

    request_queue_size = 128

    def __init__(self, langfuse: Langfuse, host: str, port: int) -> None:
        self.langfuse = langfuse
        self._clients: dict[socket.socket, threading.Thread] = {}
        self._held = threading.Lock()
        super().__init__((host, port), _Connection)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  # the library's own types
        work = (request, client_address)
        thread = threading.Thread(target=self.process_request_thread, args=work, name="langfuse-client", daemon=True)
        with self._held:
            self._clients[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401  # as above
        with self._held:
            self._clients.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  # as above
        """A client that hangs up is no error; what it asked for was done."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """End the connections that clients keep alive; their threads then end by themselves."""
        with self._held:
            clients = list(self._clients.items())
        for client, _ in clients:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        for _, thread in clients:
            thread.join(timeout=5)


class _Connection(BaseHTTPRequestHandler):
    """One client's connection, kept alive from request to request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer leaves in one piece

    def do_any(self) -> None:
        """Answer one request. A client that is gone before its body is through asked for nothing."""
        headers = tuple((name.lower(), value) for name, value in self.headers.items())
        try:
            body = self._read_body()
        except (EOFError, ValueError):
            self.close_connection = True
            return
        request = Request(self.command, self.path, headers, body)
        outcome = receive(cast("_Server", self.server).langfuse, request)
        match outcome:
            case Answer():
                self._send(_compressed(outcome, request), None)
            case Truncated():
                self._send(outcome.answer, outcome.bytes)
            case Dropped():
                self.close_connection = True
            case _:
                assert_never(outcome)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_any  # noqa: N815  # the library's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name
        """Say nothing: `Langfuse.requests` has it all."""

    def _read_body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self._read(int(self.headers.get("content-length") or 0))
        chunks: list[bytes] = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            chunks.append(self._read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _read(self, size: int) -> bytes:
        read = self.rfile.read(size)
        if len(read) < size:
            raise EOFError
        return read

    def _send(self, answer: Answer, cut: int | None) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("content-length", str(len(answer.body)))
        self.send_header("date", self.date_time_string(cast("_Server", self.server).langfuse.now().timestamp()))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body if cut is None else answer.body[:cut])
        self.close_connection = self.close_connection or cut is not None


def _compressed(answer: Answer, request: Request) -> Answer:
    """Compress a body that is worth it for a client that takes it, as the server does."""
    if "gzip" not in (request.header("accept-encoding") or "") or len(answer.body) < _COMPRESSED:
        return answer
    packed = gzip.compress(answer.body, compresslevel=1, mtime=0)
    return Answer(answer.status, (*answer.headers, ("content-encoding", "gzip")), packed)
