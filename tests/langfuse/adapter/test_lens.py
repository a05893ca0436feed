"""Does every content that a real Langfuse stored come back as it was, and does every artifact?"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.core.artifact import Artifact, Json, Message, Opaque, Placeholder, lf
from mooring.core.canonical import NotCanonical, content_hash
from mooring.testing.configs import CONFIGS
from mooring.testing.samples import CHAT, ODD, TEXTS
from mooring_langfuse import lens

RECORDINGS = Path(__file__).parents[1] / "recordings"


def stored() -> list[Any]:
    """Every version that was answered in the recordings about contents."""
    found = []
    for file in ("01-create.jsonl", "10-fidelity-text.jsonl", "11-fidelity-config.jsonl"):
        for line in (RECORDINGS / file).read_text("utf-8").strip().split("\n"):
            exchange = json.loads(line)
            body = exchange["response_body"]
            if exchange["status"] in {200, 201} and isinstance(body, dict) and "prompt" in body:
                found.append(pytest.param(exchange, id=f"{file[:2]} {exchange['note']} {body['name']}"))
    return found


def sent() -> list[Any]:
    """Every creation in the recordings about contents, whatever became of it."""
    found = []
    for file in ("01-create.jsonl", "10-fidelity-text.jsonl", "11-fidelity-config.jsonl"):
        for line in (RECORDINGS / file).read_text("utf-8").strip().split("\n"):
            exchange = json.loads(line)
            if exchange["method"] == "POST" and exchange["path"].endswith("/v2/prompts"):
                found.append(pytest.param(exchange, id=f"{file[:2]} {exchange['note']}"))
    return found


ROUNDED = {"g/big", "g/big2"}
"""Integers beyond 2^53: what comes back is another number."""

BESIDE = {
    *("commitMessage 501", "commitMessage 251 emoji (502 utf16 units)", "labels null", "name missing"),
    *("NUL in tag", "NUL in commitMessage", "wrong content type"),
}
"""Refused for what stands beside the content, which the adapter never sends."""


@pytest.mark.parametrize("exchange", stored())
def test_what_was_stored_is_written_back_as_it_was(exchange: dict[str, Any]) -> None:
    version = exchange["response_body"]
    content, digest = lens.decode(version)
    assert digest == content_hash(content)
    if version["name"] in ROUNDED | {"f/cfgnul"}:
        assert isinstance(content, Opaque)
        assert content.raw == {key: version[key] for key in ("type", "prompt", "config")}
        return
    assert isinstance(content, Artifact)
    native = {"type": version["type"], "prompt": version["prompt"], "config": version["config"]}
    if isinstance(native["prompt"], str):
        native["prompt"] = lf(native["prompt"])
    assert lens.encode(content) == native
    assert json.dumps(lens.encode(content)["config"]) == json.dumps(native["config"]), "in the order of its keys"


@pytest.mark.parametrize("exchange", sent())
def test_what_is_not_objected_to_is_stored_as_sent(exchange: dict[str, Any]) -> None:
    """Every recorded creation that an artifact can ask for: objected to, or answered with the same content."""
    try:
        body = json.loads(exchange["request_body"])
    except (ValueError, RecursionError):
        return
    if not isinstance(body, dict) or exchange["note"] in BESIDE or exchange["note"].startswith("type change"):
        return
    asked = {"type": "text", "config": {}, **body}
    content, wanted = lens.decode(asked)
    if isinstance(content, Opaque) or list(lens.objections("x", content)):
        return
    assert exchange["status"] == 201, exchange["response_body"]
    assert lens.decode(exchange["response_body"])[1] == wanted


@given(st.sampled_from([Artifact(text) for text in TEXTS] + [CHAT, *ODD]))
def test_every_artifact_comes_back(artifact: Artifact) -> None:
    assert lens.decode(json.loads(lens.dump(lens.encode(artifact)))) == (artifact, content_hash(artifact))


@given(config=CONFIGS)
def test_every_config_is_refused_or_comes_back(config: Json) -> None:
    artifact = Artifact("x", config)
    if list(lens.objections("x", artifact)):
        return
    assert lens.decode(json.loads(lens.dump(lens.encode(artifact))))[1] == content_hash(artifact)


def test_numbers_are_written_as_javascript_writes_them() -> None:
    config: Json = {"a": 1.0, "b": [1e3, -0.0], "c": 0.5, "z": 1, "d": 1e21}
    assert lens.dump(lens.encode(Artifact("é", config))) == (
        '{"type":"text","prompt":"é","config":{"a":1,"b":[1000,0],"c":0.5,"z":1,"d":1e+21}}'.encode()
    )


OBJECTED: list[tuple[Artifact, str, str]] = [
    (Artifact("x", None), "config", "stores {}"),
    (Artifact("x", {"a": {"b": [2.0**53]}}), "config/a/b/0", "integer beyond"),
    (Artifact("x", {"a": -1e20}), "config/a", "integer beyond"),
    (Artifact("x", {"a": 0.1234567890123456789}), "config/a", "16"),
    (Artifact("x", {"a": 1.2345678901234567e29}), "config/a", "16"),
    (Artifact("x", {"__proto__": 1}), "config/__proto__", "drops"),
    (Artifact("x", [{"a": {"__proto__": 1}}]), "config/0/a/__proto__", "drops"),
    (Artifact("a\0b"), "/text", "NUL"),
    (Artifact("x", {"a": 2**53}), "/config/a", "2^53"),
    (Artifact("x", {"a": "\ud800"}), "/config/a", "surrogate"),
    (Artifact((Placeholder("chat history"),)), "messages/0/placeholder", "not a name"),
    (Artifact((Placeholder("ünï"),)), "messages/0/placeholder", "not a name"),
    (Artifact((Message("user", "{{ history }}"), Placeholder("history"))), "messages/1/placeholder", "variable"),
    (Artifact("é" * 530_000), "text", "bytes"),
    (Artifact((Message("user", "\n" * 530_000),)), "messages", "bytes"),
]


@pytest.mark.parametrize(("artifact", "field", "reason"), OBJECTED, ids=lambda value: str(value)[:40])
def test_what_langfuse_cannot_carry_is_said(artifact: Artifact, field: str, reason: str) -> None:
    [objection] = lens.objections("x", artifact)
    assert (objection.field, reason in objection.reason) == (field, True), objection
    assert objection.fix


def test_what_is_just_below_is_no_objection() -> None:
    for artifact in (
        Artifact("x", {"a": 1e21, "b": 2**53 - 1, "c": 0.1234567890123457, "constructor": 1}),
        Artifact("é" * 510_000),
    ):
        assert not list(lens.objections("x", artifact))


OPAQUE: list[dict[str, Any]] = [
    {"type": "text", "prompt": ["x"], "config": {}},
    {"type": "chat", "prompt": "x", "config": {}},
    {"type": "other", "prompt": "x", "config": {}},
    {"type": "chat", "prompt": [{"role": "user", "content": "x", "name": "bob"}], "config": {}},
    {"type": "chat", "prompt": [{"role": "user", "content": [{"type": "text", "text": "x"}]}], "config": {}},
    {"type": "chat", "prompt": [{"type": "placeholder", "name": "x", "more": 1}], "config": {}},
    {"type": "chat", "prompt": ["x"], "config": {}},
    {"type": "text", "prompt": "x", "config": {"a": 10**25}},
    {},
]


@pytest.mark.parametrize("version", OPAQUE, ids=str)
def test_what_no_artifact_can_be_is_opaque(version: dict[str, Any]) -> None:
    content, digest = lens.decode({**version, "name": "n", "version": 1})
    assert isinstance(content, Opaque)
    assert (content.raw, bool(content.reason)) == (version, True)
    assert digest.startswith("opaque:sha256:")


def test_keys_in_any_order_are_the_same_message() -> None:
    turns = [{"content": "a", "role": "user"}, {"name": "p", "type": "placeholder"}]
    older = [{"role": "user", "type": "chatmessage", "content": "a"}, {"type": "placeholder", "name": "p"}]
    want = Artifact((Message("user", "a"), Placeholder("p")))
    for prompt in (turns, older):
        assert lens.decode({"type": "chat", "prompt": prompt, "config": {}})[0] == want


def test_a_config_that_is_too_deep_has_no_hash() -> None:
    deep: Json = 1
    for _ in range(300):
        deep = [deep]
    with pytest.raises(NotCanonical):
        content_hash(Artifact("x", deep))
    assert list(lens.objections("x", Artifact("x", deep)))
