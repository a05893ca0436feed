"""When a server gives no answer, is it known whether it was asked?"""

import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any, cast

import pytest
import requests
import responses
import urllib3.exceptions

from mooring.http import Login, Request, Server
from mooring.ports import Unreachable


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def ask(url: str) -> Unreachable:
    with pytest.raises(Unreachable) as caught:
        Server("test server", url, Login(), 1.0, {}).ask(Request("POST", url, "POST it", {}, b"{}"))
    assert "127.0.0.1" in str(caught.value) or "invalid" in str(caught.value)
    return caught.value


def test_where_nobody_listens_nothing_was_sent(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    listener.close()
    assert not ask(f"http://127.0.0.1:{port}").sent


def test_where_no_such_host_is_nothing_was_sent() -> None:
    assert not ask("http://nowhere.invalid").sent


@pytest.mark.parametrize(("why", "sent"), [(ssl.SSLCertVerificationError("x"), False), (ssl.SSLEOFError("x"), True)])
@responses.activate
def test_without_trust_nothing_was_sent(why: Exception, sent: bool) -> None:
    reason = urllib3.exceptions.MaxRetryError(cast("Any", None), "/", urllib3.exceptions.SSLError(why))
    responses.post("https://127.0.0.1/", body=requests.exceptions.SSLError(reason))
    assert ask("https://127.0.0.1/").sent is sent


@pytest.mark.parametrize("reply", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"])
def test_where_somebody_hung_up_it_may_have_been_carried_out(listener: socket.socket, reply: bytes) -> None:
    def hang_up() -> None:
        client, _ = listener.accept()
        with client:
            client.recv(65536)
            client.sendall(reply)

    thread = threading.Thread(target=hang_up)
    thread.start()
    assert ask(f"http://127.0.0.1:{listener.getsockname()[1]}").sent
    thread.join()


def test_where_nobody_answers_in_time_it_may_be_carried_out_later(listener: socket.socket) -> None:
    assert ask(f"http://127.0.0.1:{listener.getsockname()[1]}").sent
