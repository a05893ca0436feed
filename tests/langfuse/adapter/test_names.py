"""Are exactly those names and labels refused that a real Langfuse refuses, changes or cannot reach?"""

import json
from pathlib import Path
from typing import Any

import pytest

from mooring_langfuse.names import MAX_NAME, label_objections, name_objections

RECORDINGS = Path(__file__).parents[1] / "recordings"


def creations(file: str) -> list[Any]:
    exchanges = [json.loads(line) for line in (RECORDINGS / file).read_text("utf-8").strip().split("\n")]
    return [each for each in exchanges if each["method"] == "POST" and each["path"].endswith("/v2/prompts")]


def names() -> dict[str, bool]:
    """Every recorded name, and whether it was stored as it was given and can be asked for."""
    found = {}
    for exchange in creations("07-names.jsonl") + creations("21-extras.jsonl"):
        if len(exchange["request_body"]) < exchange["request_bytes"] // 2:
            continue  # the recording keeps the beginning of long ones
        name, answer = json.loads(exchange["request_body"])["name"], exchange["response_body"]
        found[name] = exchange["status"] == 201 and answer["name"] == name and name not in {".", ".."}
    return found


@pytest.mark.parametrize(("name", "works"), names().items(), ids=lambda value: str(value)[:40])
def test_recorded_names(name: str, works: bool) -> None:
    reasons = list(name_objections(name))
    if works and len(name) <= MAX_NAME:
        assert not reasons
    else:
        assert len(reasons) == 1
        assert reasons[0].fix


@pytest.mark.parametrize("name", ["a\u2028b", "a\rb", "\u3000a", "a\ud800", "x" * 256, "🧑" * 128, "<>", "<a\nb>"])
def test_names_by_the_same_rules(name: str) -> None:
    assert list(name_objections(name))


@pytest.mark.parametrize("name", ["a\tb", "\x1ca", "a\x85", "x" * 255, "🧑" * 127, "a < b", "NEW", "..a", "a/.."])
def test_names_that_only_look_wrong(name: str) -> None:
    assert not list(name_objections(name))


def labels() -> dict[str, bool]:
    found: dict[str, bool] = {}
    for exchange in creations("04-labels.jsonl"):
        for label in json.loads(exchange["request_body"]).get("labels", []):
            found[label] = exchange["status"] == 201
    return found


@pytest.mark.parametrize(("label", "works"), labels().items(), ids=lambda value: str(value)[:40])
def test_recorded_labels(label: str, works: bool) -> None:
    assert bool(list(label_objections(label))) is (not works or label == "latest")
