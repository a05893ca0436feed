"""What does the adapter make of a server or a proxy that answers oddly?"""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import responses

from mooring.core.address import Gap, Ref
from mooring.core.artifact import Artifact
from mooring.core.desired import PromptFacts
from mooring.ports import Adapter, Allowance, Denied, Moved, Options, Rejected, Unreachable
from mooring.testing.bench import provenance, publish
from mooring_langfuse import connect

BASE = "https://langfuse.example.org/prefix"
LIST = f"{BASE}/api/public/v2/prompts"
ONE = f"{LIST}/greet"
HTML = "<!DOCTYPE html><html><body>Bad Gateway</body></html>"
RESET = "Sat Nov 21 2026 11:51:16 GMT+0000 (Coordinated Universal Time)"


class Paces:
    """Notes what was asked before each request, and what was learnt from answers."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.learnt: list[tuple[str, Allowance]] = []

    def begin(self, resource: str) -> None:
        self.begun.append(resource)

    def learn(self, resource: str, allowance: Allowance) -> None:
        self.learnt.append((resource, allowance))


@pytest.fixture
def server() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def pace() -> Paces:
    return Paces()


@pytest.fixture
def adapter(pace: Paces) -> Adapter:
    keys = {"public_key": "pk-lf-1", "secret_key": "sk-lf-s3cr3t"}
    return connect(Options("test", BASE, keys, "/", timeout=2, pace=pace))


def version(number: int = 1, **fields: Any) -> dict[str, Any]:
    stored = {
        "id": "x",
        "createdAt": "2026-11-21T11:34:55.247Z",
        "updatedAt": "2026-11-21T11:34:55.247Z",
        "createdBy": "API",
        "name": "greet",
        "version": number,
        "type": "text",
        "prompt": "Hello",
        "config": {},
        "tags": [],
        "labels": ["latest"],
        "commitMessage": None,
    }
    return {**stored, **fields}


def row(name: str, *versions: int, labels: tuple[str, ...] = ("production", "latest"), **more: Any) -> dict[str, Any]:
    found = {"name": name, "versions": list(versions), "labels": list(labels), "tags": [], "type": "text"}
    return {**found, "lastUpdatedAt": "2026-11-21T11:34:55.247Z", "lastConfig": {}, **more}


def page(*rows: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    return {"data": list(rows), "meta": {"page": 1, "totalItems": len(rows) if total is None else total}}


def answer(server: responses.RequestsMock, verb: str, url: str, status: int, body: object, **headers: str) -> None:
    """Let the server answer, as JSON unless the body is text."""
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/html; charset=utf-8" if isinstance(body, str) else "application/json; charset=utf-8"
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    server.add(verb, url, status=status, body=text, content_type=kind, headers=headers)


# --- answers that are none ----------------------------------------------------------------------------------------

ODD_VERSIONS = {
    "a login page": (200, HTML),
    "a proxy's 404": (404, HTML),
    "another 404": (404, {"detail": "Not Found"}),
    "a 404 about another prompt": (404, {"message": "Prompt not found: 'gr' with version 1", "error": "x"}),
    "a list": (200, []),
    "another prompt": (200, version(name="gree")),
    "another version": (200, version(2)),
    "no version": (200, version(0)),
    "a 500": (500, {"message": "Internal Server Error", "error": "An unknown error occurred"}),
    "a 502 of a proxy": (502, HTML),
    "a 204": (204, ""),
    "a redirect": (302, ""),
}


@pytest.mark.parametrize("odd", ODD_VERSIONS)
def test_an_odd_answer_says_nothing_about_a_version(server: responses.RequestsMock, adapter: Adapter, odd: str) -> None:
    answer(server, "GET", ONE, *ODD_VERSIONS[odd])
    with pytest.raises(Unreachable):
        adapter.read("greet", Ref("1"))


@pytest.mark.parametrize("message", ["Prompt not found: 'greet' with version 1", "Prompt not found"])
def test_a_404_of_langfuses_own_is_proof(server: responses.RequestsMock, adapter: Adapter, message: str) -> None:
    answer(server, "GET", ONE, 404, {"message": message, "error": "LangfuseNotFoundError"})
    assert adapter.read("greet", Ref("1")) is Gap.ABSENT


@pytest.mark.parametrize("ref", ["", "0", "00", "01", "-1", "1.5", "abc", " 1", "²", "2147483648", "99999999999"])
def test_what_is_no_version_is_never_sent(server: responses.RequestsMock, adapter: Adapter, ref: str) -> None:
    assert adapter.read("greet", Ref(ref)) is Gap.ABSENT
    with pytest.raises(Rejected):
        adapter.move_label("greet", "production", Ref(ref), None)
    assert len(server.calls) == 0


ODD_LISTS: dict[str, tuple[int, object]] = {
    "a login page": (200, HTML),
    "a 502 of a proxy": (502, HTML),
    "no meta": (200, {"data": []}),
    "no data": (200, {"meta": {"totalItems": 0}}),
    "fewer than it says": (200, page(row("greet", 1), total=2)),
    "more than it says": (200, page(row("greet", 1), total=0)),
    "one twice": (200, page(row("greet", 1), row("greet", 1))),
    "no versions": (200, page(row("greet"))),
    "a version that is none": (200, page({**row("greet", 1), "versions": ["1"]})),
    "a version 0": (200, page(row("greet", 0))),
    "labels that are none": (200, page({**row("greet", 1), "labels": [1]})),
    "no time": (200, page({**row("greet", 1), "lastUpdatedAt": None})),
    "a 404 of its own": (404, {"message": "Prompt not found", "error": "LangfuseNotFoundError"}),
    "a 400": (400, {"message": "Invalid request data", "error": []}),
}


@pytest.mark.parametrize("odd", ODD_LISTS)
def test_an_odd_list_is_no_survey(server: responses.RequestsMock, adapter: Adapter, odd: str) -> None:
    answer(server, "GET", LIST, *ODD_LISTS[odd])
    with pytest.raises((Unreachable, Rejected)):
        adapter.survey(["production"], ["greet"])
    with pytest.raises((Unreachable, Rejected)):
        adapter.look("greet", ["production"])


def test_a_row_about_another_prompt_says_nothing(server: responses.RequestsMock, adapter: Adapter) -> None:
    answer(server, "GET", LIST, 200, page(row("other", 1)))
    with pytest.raises(Unreachable, match="another prompt"):
        adapter.look("greet", ["production"])


@pytest.mark.parametrize("body", ['{"data": [{"name": "x"', "", "[" * 100_000, "\x00"])
def test_a_torn_answer_says_nothing(server: responses.RequestsMock, adapter: Adapter, body: str) -> None:
    server.add("GET", LIST, body=body, content_type="application/json")
    with pytest.raises(Unreachable, match="not the JSON"):
        adapter.survey(["production"], [])


def test_an_answer_without_an_end_is_cut(
    server: responses.RequestsMock, adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mooring.http.MAX_ANSWER", 2**20)
    server.add("GET", LIST, body=b" " * (2**20 + 1), content_type="application/json")
    with pytest.raises(Unreachable, match="longer than 1 MiB"):
        adapter.survey(["production"], [])


def test_a_redirect_is_not_followed(server: responses.RequestsMock, adapter: Adapter) -> None:
    server.add("GET", LIST, status=302, headers={"Location": "https://elsewhere.example.org/"})
    elsewhere = server.add("GET", re.compile("https://elsewhere.*"), body="{}")
    with pytest.raises(Unreachable, match="redirect"):
        adapter.look("greet", ["production"])
    assert elsewhere.call_count == 0, "or the key would go there too"


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    "body", [{"message": "Invalid credentials", "error": "UnauthorizedError"}, {"message": "No authorization"}, HTML]
)
def test_who_may_not_is_denied(server: responses.RequestsMock, adapter: Adapter, status: int, body: object) -> None:
    answer(server, "GET", LIST, status, body)
    answer(server, "PATCH", f"{ONE}/versions/1", status, body)
    with pytest.raises(Denied):
        adapter.survey(["production"], [])
    with pytest.raises(Denied):
        adapter.move_label("greet", "production", Ref("1"), None)


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectionError("to sk-lf-s3cr3t@host"),
        requests.Timeout("sk-lf-s3cr3t"),
        requests.exceptions.ChunkedEncodingError(),
    ],
)
def test_no_answer_is_unreachable_and_keeps_the_secret(
    server: responses.RequestsMock, adapter: Adapter, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.add("POST", LIST, body=error)
    with pytest.raises(Unreachable) as caught:
        publish(adapter, "greet", Artifact("a confidential prompt"))
    assert caught.value.sent, "it may have been carried out, or be later"
    assert caught.value.__cause__ is None
    assert "s3cr3t" not in f"{caught.value}{caplog.text}{adapter!r}{vars(adapter)}"
    assert "confidential" not in str(caught.value)


# --- refusals of a write ------------------------------------------------------------------------------------------

RACE = "Failed to create prompt 'greet' due to unique constraint failure. This is likely due to too many concurrent"
KIND = "Previous versions have different prompt type. Create a new prompt with a different name."
CHILD = "Prompt dependency not found: c/none - label production"
BAD = {"message": "Invalid request data", "error": [{"path": ["name"], "message": "Name cannot start with a slash"}]}


def refused(message: str) -> dict[str, str]:
    return {"message": message, "error": "InvalidRequestError"}


REFUSALS: list[tuple[int, object, type[Exception], str]] = [
    (400, refused(RACE), Unreachable, "at that moment"),
    (400, refused(KIND), Rejected, "Use another name"),
    (400, refused(CHILD), Rejected, "c/none - label production"),
    (400, BAD, Rejected, "name .Name cannot start with a slash"),
    (400, "Invalid JSON", Unreachable, "not the JSON"),
    (413, "Body exceeded 1mb limit", Rejected, "too long"),
    (404, HTML, Unreachable, "not the JSON"),
    (200, version(), Unreachable, "none of Langfuse's own"),
    (201, version(name="other"), Unreachable, "another prompt"),
    (201, HTML, Unreachable, "not the JSON"),
    (500, {"message": "Internal Server Error"}, Unreachable, "HTTP 500"),
]


@pytest.mark.parametrize(("status", "body", "error", "reason"), REFUSALS)
def test_refusals_of_a_version(
    server: responses.RequestsMock, adapter: Adapter, status: int, body: object, error: type[Exception], reason: str
) -> None:
    answer(server, "POST", LIST, status, body)
    with pytest.raises(error, match=reason) as caught:
        publish(adapter, "greet", Artifact("a confidential prompt"))
    assert "confidential" not in str(caught.value)
    if isinstance(caught.value, Unreachable):
        assert caught.value.sent is (RACE not in str(body)), "only a race that was lost is known not to be carried out"


def test_a_prompt_that_was_not_new_after_all_stops(server: responses.RequestsMock, adapter: Adapter) -> None:
    answer(server, "POST", LIST, 201, version(2, labels=["production", "latest"]))
    with pytest.raises(Moved, match="version 2, which is ours, holds production now"):
        adapter.publish("greet", Artifact("Hello"), provenance(Artifact("Hello")), PromptFacts(), ["production"])
    assert publish(adapter, "greet", Artifact("Hello")).ref == "2", "without labels it is a version like any other"


def test_a_label_that_the_answer_does_not_show_is_not_known_to_have_moved(
    server: responses.RequestsMock, adapter: Adapter
) -> None:
    answer(server, "PATCH", f"{ONE}/versions/1", 200, version())
    with pytest.raises(Unreachable):
        adapter.move_label("greet", "production", Ref("1"), None)


def test_what_is_sent_is_small_and_plain(server: responses.RequestsMock, adapter: Adapter) -> None:
    answer(server, "POST", LIST, 201, version())
    artifact = Artifact("日本語", {"z": 1.0, "a": "é"})
    adapter.publish("greet", artifact, provenance(artifact), PromptFacts(), ["production"])
    body = server.calls[0].request.body
    assert isinstance(body, bytes)
    assert (
        '"prompt":"日本語","config":{"z":1,"a":"é"},"labels":["production"],"commitMessage":"prompts/ä b'
        in body.decode()
    )
    assert json.loads(body).keys() == {"name", "type", "prompt", "config", "labels", "commitMessage"}, "no tags"
    adapter.publish("greet", artifact, provenance(artifact), PromptFacts(tags=("b", "a")), [])
    assert json.loads(server.calls[1].request.body or b"")["tags"] == ["b", "a"]


def test_tags_that_are_too_many_are_refused_before(server: responses.RequestsMock, adapter: Adapter) -> None:
    tags = tuple(f"tag {number}" * 100 for number in range(2000))
    with pytest.raises(Rejected, match="with its tags"):
        adapter.publish("greet", Artifact("x"), provenance(Artifact("x")), PromptFacts(tags=tags), [])
    assert len(server.calls) == 0


# --- limits -------------------------------------------------------------------------------------------------------

LIMITED = {"message": "Rate limit exceeded", "code": "rate_limited", "details": {"retryAfterSeconds": 20}}
LIMITS = {"X_RateLimit_Limit": "30", "X_RateLimit_Remaining": "0", "X_RateLimit_Reset": RESET}
DATE = "Sat, 21 Nov 2026 11:50:56 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "20"}, 20.0),
        ({"Retry_After": "Sat, 21 Nov 2026 11:51:16 GMT", "Date": DATE}, 20.0),
        ({"Retry_After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({}, None),
        ({"Retry_After": "soon"}, None),
    ],
)
def test_a_429_names_the_wait(
    server: responses.RequestsMock, adapter: Adapter, headers: dict[str, str], seconds: float | None
) -> None:
    answer(server, "PATCH", f"{ONE}/versions/1", 429, LIMITED, **headers)
    with pytest.raises(Unreachable) as caught:
        adapter.move_label("greet", "production", Ref("1"), None)
    assert (caught.value.retry_after, caught.value.sent) == (seconds, False)


@pytest.mark.parametrize("headers", [{"Retry_After": "20"}, {"Date": DATE}])
def test_a_limit_is_learnt(
    server: responses.RequestsMock, adapter: Adapter, pace: Paces, headers: dict[str, str]
) -> None:
    answer(server, "PATCH", f"{ONE}/versions/1", 429, LIMITED, **LIMITS, **headers)
    with pytest.raises(Unreachable):
        adapter.move_label("greet", "production", Ref("1"), None)
    assert pace.begun == ["public-api"]
    assert pace.learnt == [("public-api", Allowance(30, 0, 20.0))]


@pytest.mark.parametrize("odd", [{"X_RateLimit_Reset": "soon"}, {"X_RateLimit_Limit": "many"}])
def test_a_limit_that_nobody_can_read_is_none(
    server: responses.RequestsMock, adapter: Adapter, pace: Paces, odd: dict[str, str]
) -> None:
    answer(server, "GET", LIST, 200, page(), **{**LIMITS, **odd})
    assert not adapter.survey(["production"], [])
    assert (pace.begun, pace.learnt) == (["prompts"], [])


@pytest.mark.parametrize(
    ("status", "body", "error", "said"),
    [
        (204, None, None, ""),
        (404, {"message": "Prompt not found"}, None, ""),
        (404, {"message": "Not here"}, Unreachable, "a 404 about something else"),
        (200, {}, Unreachable, "none of Langfuse's own"),
        (
            400,
            {
                "message": "Other prompts are depending on prompt versions you are trying to delete:\n\n"
                "a v1 depends on greet v1\n\nPlease delete the dependent prompts first."
            },
            Rejected,
            "others refer to it: a v1 depends on greet v1. Delete",
        ),
        (403, {"message": "no"}, Denied, "secret key"),
    ],
)
def test_answers_to_a_deletion(
    server: responses.RequestsMock,
    adapter: Adapter,
    status: int,
    body: dict[str, str] | None,
    error: type[Exception] | None,
    said: str,
) -> None:
    if body is None:
        server.delete(ONE, status=status)
    else:
        server.delete(ONE, status=status, json=body)
    if error is None:
        adapter.delete_prompt("greet")
    else:
        with pytest.raises(error, match=said):
            adapter.delete_prompt("greet")
    (call,) = server.calls
    assert (call.request.url, call.request.body) == (ONE, None), "neither a version nor a label, not even an empty one"


@pytest.mark.parametrize("name", ["", " ", "..", ".", "a//b", "/"])
def test_a_name_that_could_mean_more_than_one_prompt_is_never_deleted(
    server: responses.RequestsMock, adapter: Adapter, name: str
) -> None:
    with pytest.raises(Rejected):
        adapter.delete_prompt(name)
    assert len(server.calls) == 0
