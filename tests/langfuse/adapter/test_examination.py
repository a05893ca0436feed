"""What does doctor say of a connection, and does it write nothing?"""

from collections.abc import Iterator

import pytest

from mooring.core.artifact import Artifact, Message, Placeholder
from mooring.core.check import Check, Health
from mooring.ports import Adapter, Options
from mooring.testing.langfuse import Key, Langfuse, serve
from mooring.testing.langfuse.trouble import Fault, Replied, bad_gateway
from mooring.testing.langfuse.wire import Answer
from mooring_langfuse import connect


@pytest.fixture
def langfuse() -> Langfuse:
    return Langfuse()


@pytest.fixture
def key(langfuse: Langfuse) -> Key:
    return langfuse.project("acme")


@pytest.fixture
def url(langfuse: Langfuse) -> Iterator[str]:
    with serve(langfuse) as address:
        yield address


@pytest.fixture
def adapter(url: str, key: Key) -> Adapter:
    return open_it(url, key)


def open_it(url: str, key: Key) -> Adapter:
    return connect(Options("test", url, {"public_key": key.public, "secret_key": key.secret}, "/", timeout=5))


def examined(adapter: Adapter, *prompts: str) -> dict[str, Check]:
    return {check.name: check for check in adapter.examine(prompts)}


def test_a_connection_that_works(adapter: Adapter, key: Key, langfuse: Langfuse, url: str) -> None:
    checks = examined(adapter)
    assert {name: check.health for name, check in checks.items()} == {
        **dict.fromkeys(("connection", "identity", "rights", "names on the way"), Health.OK),
        **dict.fromkeys(("protection", "moves"), Health.NOTE),
    }
    assert key.project in checks["identity"].message
    assert "4.16" in checks["connection"].message
    assert not adapter.survey(["production", "mooring-doctor"], []), "nothing was written"
    assert adapter.url("a b/c", None) is None
    assert adapter.identity() == key.project
    assert adapter.url("a b/c", None) == f"{url}/project/{key.project}/prompts/a%20b%2Fc"
    assert not any(one.method == "POST" or one.method == "DELETE" for one in langfuse.requests)


def test_a_wrong_key_is_denied(url: str, key: Key) -> None:
    checks = examined(open_it(url, Key(key.public, "sk-lf-wrong", "")))
    denied = {name for name, check in checks.items() if check.health is Health.DENIED}
    assert denied == {"identity", "rights", "names on the way"}
    assert "sk-lf-wrong" not in repr(checks)


def test_a_key_that_goes_in_the_clear_is_told(key: Key) -> None:
    checks = examined(open_it("http://langfuse.invalid", key))
    assert checks["encryption"].health is Health.WARN


def test_nobody_answers(url: str, key: Key) -> None:
    checks = examined(open_it("http://127.0.0.1:1", key))
    asked = ("connection", "identity", "rights", "names on the way")
    assert {checks[name].health for name in asked} == {Health.UNKNOWN}


def test_a_proxy_that_rewrites_names_is_found(langfuse: Langfuse, adapter: Adapter) -> None:
    other = b'{"message":"Prompt not found: \'mooring doctor/x\' with version 1","error":"LangfuseNotFoundError"}'
    answers = [Answer(404, (("Content-Type", "application/json"),), other), bad_gateway()]
    for answer in answers:
        langfuse.hooks.trouble.add(Fault("GET", "mooring%20doctor", 1, Replied(answer)))
        found = examined(adapter)["names on the way"]
        assert (found.health, "proxies" in found.fix) == (Health.FAIL, True)
    assert examined(adapter)["names on the way"].health is Health.OK


def test_an_old_server_is_told(langfuse: Langfuse, adapter: Adapter) -> None:
    old = Answer(200, (("Content-Type", "application/json"),), b'{"status":"OK","version":"2.95.1"}')
    langfuse.hooks.trouble.add(Fault("GET", "health", 1, Replied(old)))
    assert examined(adapter)["connection"].health is Health.WARN


def test_a_limit_that_was_reached_is_told(langfuse: Langfuse, adapter: Adapter) -> None:
    told = (("Retry-After", "20"), ("X-RateLimit-Limit", "30"), ("X-RateLimit-Remaining", "0"))
    limited = Answer(429, (("Content-Type", "application/json"), *told), b"{}")
    langfuse.hooks.trouble.add(Fault("PATCH", "", 1, Replied(limited)))
    checks = examined(adapter)
    assert checks["rights"].health is Health.UNKNOWN
    assert "public-api" in checks["rate limit"].message


CONTENTS = [
    Artifact("Hello {{name}}", {"model": "m", "temperature": 0.5}),
    Artifact((Message("system", "é"), Placeholder("history"), Message("user", "{{q}}"))),
]


@pytest.mark.parametrize("content", CONTENTS, ids=["text", "chat"])
def test_an_app_gets_what_is_stored(adapter: Adapter, langfuse: Langfuse, key: Key, content: Artifact) -> None:
    langfuse.person(key.project).save("a/b c", content, ["production"])
    found = examined(adapter, "a/b c")["app"]
    assert found.health is Health.OK, found


def test_an_app_that_gets_nothing_is_told(adapter: Adapter, langfuse: Langfuse, key: Key) -> None:
    langfuse.person(key.project).save("a", Artifact("x"), ["production"])
    langfuse.hooks.trouble.add(Fault("GET", "/a\\?version=1$", 1, Replied(bad_gateway()), times=9))
    assert examined(adapter, "a")["app"].health is Health.FAIL
    assert examined(adapter, "b")["app"].health is Health.UNKNOWN
