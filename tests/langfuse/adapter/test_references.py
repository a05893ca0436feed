"""Are exactly those tags references that a real Langfuse puts a prompt in place of?"""

import json
from pathlib import Path
from typing import Any

import pytest

from mooring.core.address import Ref
from mooring.core.artifact import Artifact, Message, Placeholder
from mooring.ports import Reference
from mooring_langfuse import lens
from mooring_langfuse.references import reference_objections, references

RECORDINGS = Path(__file__).parents[1] / "recordings"
TAG = "@@@langfusePrompt:name=c/base|label=production@@@"


def exchanges() -> list[Any]:
    lines = (RECORDINGS / "08-composability.jsonl").read_text("utf-8").strip().split("\n")
    return [json.loads(line) for line in lines]


def malformed() -> list[str]:
    """Every recorded tag that Langfuse left as text without a word, or refused for what stands in it."""
    bodies = [json.loads(each["request_body"]) for each in exchanges() if "malformed tag" in each["note"]]
    return [body["prompt"] for body in bodies]


def resolved() -> list[Any]:
    """Every recorded pair of a raw text and what was served of it, where that was another."""
    raw = {each["response_body"]["id"]: each["response_body"] for each in exchanges() if each["status"] == 201}
    served = [each["response_body"] for each in exchanges() if each["status"] == 200]
    return [(raw[each["id"]], each) for each in served if each["prompt"] != raw[each["id"]]["prompt"]]


@pytest.mark.parametrize("text", malformed())
def test_recorded_tags_that_are_none(text: str) -> None:
    if text == "@@@langfusePrompt:name=c/base |label=production@@@":
        assert references(Artifact(text)) == (Reference("c/base ", "production"),), "a prompt that is not there"
        return
    assert references(Artifact(text)) == ()
    [objection] = reference_objections(Artifact(text))
    assert objection.field == "text"


@pytest.mark.parametrize(("raw", "served"), resolved())
def test_recorded_tags_that_were_resolved(raw: dict[str, Any], served: dict[str, Any]) -> None:
    content, _ = lens.decode(raw)
    assert isinstance(content, Artifact)
    assert references(content)
    assert not list(reference_objections(content))
    assert "@@@" not in json.dumps(served["prompt"])


def test_every_reference_is_given_once_and_in_order() -> None:
    pinned = "@@@langfusePrompt:name=ä b/c|version=12@@@"
    chat = Artifact((Message(TAG, f"{pinned}, {TAG}{TAG}"), Placeholder("x"), Message("user", "@@@")), {"a": TAG})
    assert references(chat) == (Reference("c/base", "production"), Reference("ä b/c", None, Ref("12")))
    assert not list(reference_objections(chat))


@pytest.mark.parametrize(
    "text",
    [
        '@@@langfusePrompt:name=quo"te|label=production@@@',
        "@@@langfusePrompt:name==eq=n|label=production@@@",
        "@@@langfusePrompt:name=back\\slash|label=production@@@",
        "@@@langfusePrompt:name=a|label=b=c@@@",
        "@@@langfusePrompt:name=a\nb|label=c@@@",
        "@@@langfusePrompt:name=a|version=0@@@",
        "@@@langfusePrompt:",
        f"@@@langfusePrompt:name=a{TAG}",
        "@@@langfusePrompt:name=a@@@b|label=c@@@",
    ],
)
def test_tags_that_lead_elsewhere_are_said(text: str) -> None:
    said = list(reference_objections(Artifact((Message("user", text),))))
    assert [each.field for each in said] == ["messages/0/content"]
