"""Is every answer of the fake one that the server's OpenAPI document announces, or one that was recorded otherwise?"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from mooring.core.artifact import Artifact, Message, Placeholder
from mooring.testing.langfuse import Key, Langfuse

RECORDINGS = Path(__file__).parents[1] / "recordings"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@dataclass(frozen=True, slots=True)
class Known:
    """An answer that the document does not have and the real server gave: the recording outranks the document.

    `asked` is searched in the request's path and body, `answered` in the answer's body.
    """

    methods: str
    status: int
    asked: str
    answered: str
    recording: str

    def covers(self, method: str, asked: str, status: int, answered: str) -> bool:
        return (
            method in self.methods.split()
            and status == self.status
            and re.search(self.asked, asked) is not None
            and re.search(self.answered, answered) is not None
        )


PAGE, UNKNOWN = "^<!DOCTYPE html>", "An unknown error occurred"
KNOWN = {
    "a body that is no JSON": Known("POST", 400, "", "^Invalid JSON$", "01-create"),
    "a path that is no route": Known("GET PATCH", 404, r"/\.\.?/|prompts/[^ ?/]+/.", PAGE, "07-names"),
    "the names . and ..": Known("GET", 308, r"/\.\.?", "^/api/public/v2", "07-names"),
    "a percent sign that escapes nothing": Known("GET", 400, "%", PAGE, "07-names"),
    "a version beyond int4": Known("GET", 500, r"[?&]version=-?\d{10}", UNKNOWN, "02-get"),
    "a version that is no int4": Known("PATCH", 500, r"/versions/(?!-?\d{1,9} )", UNKNOWN, "04-labels"),
    "NUL in a name or a tag": Known("POST", 500, r"\\u0000|%00", "invalid byte sequence", "07-names"),
    "NUL in a text": Known("POST", 500, r"\\u0000", "unsupported Unicode escape sequence", "10-fidelity-text"),
}
ALIKE = {
    "a body that is no JSON": "PATCH",
    "a path that is no route": "DELETE",
    "the names . and ..": "DELETE",
    "a version beyond int4": "DELETE",
    "NUL in a name or a tag": "GET PATCH DELETE",
}
"""Methods that were not recorded with what another one was recorded with, and which the fake treats alike."""


def document() -> dict[str, Any]:
    """The document, but for one error: a create is answered 201 (01-create), with the body that it has for 200."""
    found: dict[str, Any] = yaml.safe_load((RECORDINGS / "openapi-prompts.yml").read_text(encoding="utf-8"))
    responses = found["paths"]["/api/public/v2/prompts"]["post"]["responses"]
    responses["201"] = responses.pop("200")
    return found


SCHEMA = schemathesis.openapi.from_dict(document())
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)}
MET = {
    "GET /api/public/v2/prompts": {200, 400},
    "POST /api/public/v2/prompts": {201, 400},
    "GET /api/public/v2/prompts/{promptName}": {200, 404},
    "DELETE /api/public/v2/prompts/{promptName}": {204, 404},
    "PATCH /api/public/v2/prompts/{name}/versions/{version}": {200, 404},
}
"""What well-formed requests must have met at least, so that they prove something."""

HELD = ("greet", "a/b", "chat ü", "parent")


@dataclass(frozen=True, slots=True)
class Twist:
    """How a request differs from what the document alone suggests: it is about a prompt that is there, say."""

    name: str | None
    version: int | None
    query: Mapping[str, str] | None
    authorized: bool


TWISTS = st.builds(
    Twist,
    name=st.sampled_from([None, *HELD]),
    version=st.sampled_from([None, 1, 2]),
    query=st.sampled_from([None, None, {}, {"label": "production"}, {"version": "1"}, {"resolve": "false"}]),
    authorized=st.sampled_from([True] * 9 + [False]),
)


def twisted(case: Any, twist: Twist) -> Any:
    path = dict(case.path_parameters or {})
    for name in {"name", "promptName"} & set(path):
        path[name] = path[name] if twist.name is None else twist.name
    if "version" in path and twist.version is not None:
        path["version"] = twist.version
    case.path_parameters, case.headers = path, {}
    case.query = case.query if twist.query is None else dict(twist.query)
    return case


def fill(langfuse: Langfuse, project: str) -> Key:
    """Make a project with prompts of each kind."""
    key = langfuse.project(project)
    person = langfuse.person(project)
    for name in ("greet", "a/b"):
        person.save(name, Artifact("Hi {{name}}"), ["production"])
        person.save(name, Artifact("Hello {{name}}", config={"model": "m", "nested": [1, {"a": None}]}))
    person.save("chat ü", Artifact((Message("system", "Be kind."), Placeholder("history"))), ["production"])
    person.save("parent", Artifact("@@@langfusePrompt:name=greet|label=production@@@"), ["production"])
    return key


@pytest.mark.parametrize(("mode", "examples"), [(GenerationMode.POSITIVE, 30), (GenerationMode.NEGATIVE, 15)])
@pytest.mark.parametrize("label", MET)
def test_every_answer_is_documented_or_was_recorded(
    langfuse: Langfuse, url: str, label: str, mode: Any, examples: int
) -> None:
    session, projects, met = requests.Session(), count(), Counter[int]()

    @settings(max_examples=examples, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=OPERATIONS[label].as_strategy(generation_mode=mode), twist=TWISTS)
    def check(case: Any, twist: Twist) -> None:
        key = fill(langfuse, f"p{next(projects)}")
        auth = (key.public, key.secret if twist.authorized else "sk-lf-none")
        response = twisted(case, twist).call(base_url=url, session=session, auth=auth, allow_redirects=False)
        met[response.status_code] += 1
        if not was_recorded(response):
            case.validate_response(response, checks=CHECKS)

    with session:
        check()
    if mode is GenerationMode.POSITIVE:
        assert MET[label] <= set(met), met


def test_every_operation_of_the_document_is_tried() -> None:
    assert set(MET) == set(OPERATIONS)


def was_recorded(response: Any) -> bool:
    sent = response.request
    body = sent.body.decode(errors="replace") if isinstance(sent.body, bytes) else sent.body or ""
    said = sent.method, f"{sent.path_url} {body}", response.status_code, response.text
    alike = [replace(KNOWN[name], methods=methods) for name, methods in ALIKE.items()]
    return any(known.covers(*said) for known in (*KNOWN.values(), *alike))


@pytest.mark.parametrize("name", KNOWN)
def test_each_exception_was_recorded(name: str) -> None:
    known = KNOWN[name]
    with (RECORDINGS / f"{known.recording}.jsonl").open(encoding="utf-8") as lines:
        exchanges = [json.loads(line) for line in lines]
    for method in known.methods.split():
        assert any(proves(known, method, exchange) for exchange in exchanges), method


def proves(known: Known, method: str, exchange: Mapping[str, Any]) -> bool:
    asked = f"{exchange['path']} {exchange['request_body'] or ''}"
    answered = exchange["response_raw"] or exchange["response_body"]
    return exchange["method"] == method and known.covers(method, asked, exchange["status"], str(answered))
