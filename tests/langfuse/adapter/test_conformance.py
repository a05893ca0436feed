"""Does the adapter keep its promises over the faithful Langfuse?"""

import json
import socket
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest

from mooring.core.address import Ref
from mooring.ports import Adapter, Options
from mooring.testing.conformance import AdapterConformance, Bench
from mooring.testing.langfuse import Key, Langfuse, serve
from mooring_langfuse import connect


def open_it(url: str, key: Key, **extra: str) -> Adapter:
    return connect(Options("test", url, {"public_key": key.public, "secret_key": key.secret}, "/", extra=extra))


def post(url: str, key: Key, body: dict[str, Any]) -> Any:
    login = "Basic " + b64encode(f"{key.public}:{key.secret}".encode()).decode()
    headers = {"Authorization": login, "Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/api/public/v2/prompts", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


class TestLangfuse(AdapterConformance):
    @pytest.fixture
    def bench(self) -> Iterator[Bench]:
        langfuse = Langfuse()
        key = langfuse.project("acme")
        with serve(langfuse) as url:

            def round_a_number(prompt: str) -> Ref:
                made = post(url, key, {"name": prompt, "prompt": "x", "config": {"seed": 2**60}})
                return Ref(str(made["version"]))

            yield Bench(
                lambda: open_it(url, key),
                lambda size: open_it(url, key, page_size=str(min(size, 100))),
                langfuse.person(key.project),
                round_a_number,
            )

    @pytest.fixture
    def unreachable(self) -> Iterator[Adapter]:
        """An address where nobody listens, and nobody can come to listen."""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            key = Key("pk-lf-1", "sk-lf-1", "")
            yield open_it(f"http://127.0.0.1:{taken.getsockname()[1]}", key)
