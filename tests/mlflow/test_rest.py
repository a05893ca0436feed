"""What does the adapter make of a server that answers oddly? Recorded answers, and worse ones."""

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from mooring.core.address import Gap, Ref
from mooring.core.artifact import Artifact, Message, Opaque
from mooring.ports import Adapter, Denied, Options, Rejected, Unreachable
from mooring.testing.bench import answered, present, publish
from mooring_mlflow import connect

BASE = "https://mlflow.example.org/prefix"
API = f"{BASE}/api/2.0/mlflow"
FOUND = "registered-models/get"
LISTED = "registered-models/search"

RECORDINGS: dict[str, dict[str, Any]] = {
    each["name"]: each
    for each in map(json.loads, (Path(__file__).parent / "recordings" / "served.jsonl").read_text("utf-8").splitlines())
}


@pytest.fixture
def server() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def adapter() -> Adapter:
    return connect(Options("test", BASE, {"username": "zoë", "password": "s3cr3t"}, "/", timeout=2))


def answer(server: responses.RequestsMock, verb: str, path: str, status: int, body: object, **headers: str) -> None:
    """Let the server answer, as JSON unless the body is text."""
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/html; charset=utf-8" if isinstance(body, str) else "application/json"
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    server.add(verb, f"{API}/{path}", status=status, body=text, content_type=kind, headers=headers)


def replay(server: responses.RequestsMock, *names: str) -> None:
    """Let the server answer as a real one did, to the same requests."""
    for name in names:
        found = RECORDINGS[name]
        answer(
            server, found["method"], found["path"].removeprefix("/api/2.0/mlflow/"), found["status"], found["answer"]
        )


def container(name: str, description: str = "") -> dict[str, object]:
    return {
        "name": name,
        "creation_timestamp": 1795260722252,
        "last_updated_timestamp": 1795260722252,
        "description": description,
        "tags": [{"key": "mlflow.prompt.is_prompt", "value": "true"}],
    }


# --- recorded answers ---------------------------------------------------------------------------------------------


def test_a_recorded_prompt_is_published_step_by_step(server: responses.RequestsMock, adapter: Adapter) -> None:
    replay(server, "prompt absent", "prompt created", "version created")
    stored = publish(adapter, "greet", Artifact("Hello {{name}}"))
    assert (stored.ref, stored.content) == ("1", Artifact("Hello {{name}}"))
    assert stored.created == "2026-11-21T11:32:02.395+00:00"
    assert [call.request.method for call in server.calls] == ["GET", "POST", "POST"]
    sent = json.loads(server.calls[2].request.body or b"")
    assert (sent["name"], sent["source"]) == ("greet", "dummy-source")
    assert adapter.tally.counts() == {"list": 0, "read": 1, "write": 2}


def test_recorded_absences_are_proof(server: responses.RequestsMock, adapter: Adapter) -> None:
    replay(server, "prompt absent", "version absent", "nothing listed")
    assert adapter.look("greet", []) is Gap.ABSENT
    assert adapter.read("greet", Ref("99")) is Gap.ABSENT
    assert not adapter.survey([], [])


def test_a_recorded_404_about_something_else_is_none(server: responses.RequestsMock, adapter: Adapter) -> None:
    replay(server, "prompt absent")
    with pytest.raises(Unreachable):
        adapter.look("another", [])


def test_a_recorded_survey(server: responses.RequestsMock, adapter: Adapter) -> None:
    replay(server, "prompts listed", "prompt found")
    survey = adapter.survey([], [])
    assert survey.keys() == {"greet"}
    greet = survey["greet"]
    assert {"production": (Ref("2"),), "123": (Ref("1"),)}.items() <= greet.labels.items()
    assert (greet.newest, greet.description, greet.owner) == ("2", "d", None)
    assert greet.stored[Ref("2")].content == Artifact("Hello {{name}}")
    assert greet.stored[Ref("2")].silent == {"tools", "examples", "template_format"}


def test_recorded_versions(server: responses.RequestsMock, adapter: Adapter) -> None:
    replay(server, "version found", "version tampered", "version without text", "chat made with the SDK")
    before, after = answered(adapter.read("greet", Ref("1"))), answered(adapter.read("greet", Ref("1")))
    assert (before.content, after.content) == (Artifact("Hello {{name}}"), Artifact("TAMPERED {{name}}"))
    assert before.created == after.created, "MLflow keeps no trace of it"
    assert isinstance(answered(adapter.read("greet", Ref("2"))).content, Opaque)
    chat = answered(adapter.read("chat1795261370", Ref("1"))).content
    assert isinstance(chat, Artifact)
    assert chat.body == (Message("system", "Be {{ style }}"), Message("user", "{{q}} é"))
    assert isinstance(chat.config, dict)
    assert chat.config["model"] == "gpt"
    assert chat.config["output_schema"]["title"] == "Ans"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("alias to absent version", Rejected),
        ("alias latest", Rejected),
        ("alias forbidden", Denied),
    ],
)
def test_recorded_refusals_of_a_label(
    server: responses.RequestsMock, adapter: Adapter, name: str, error: type[Exception]
) -> None:
    replay(server, name)
    with pytest.raises(error):
        adapter.move_label("greet", "production", Ref("77"), None)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("text too long", Rejected),
        ("description too long on Postgres", Rejected),
        ("create forbidden", Denied),
        ("NUL on Postgres", Unreachable),
    ],
)
def test_recorded_refusals_of_a_version(
    server: responses.RequestsMock, adapter: Adapter, name: str, error: type[Exception]
) -> None:
    replay(server, "prompt found", name)
    with pytest.raises(error) as caught:
        publish(adapter, "greet", Artifact("a confidential prompt"))
    assert "confidential" not in str(caught.value)
    assert "INSERT" not in str(caught.value), "a database's message goes on with the values that it was given"


@pytest.mark.parametrize(("name", "error"), [("not logged in", Denied), ("no such workspace", Unreachable)])
def test_recorded_refusals_of_a_survey(
    server: responses.RequestsMock, adapter: Adapter, name: str, error: type[Exception]
) -> None:
    replay(server, name)
    with pytest.raises(error):
        adapter.survey([], [])


def test_a_version_of_a_prompt_that_is_gone_is_403_with_a_login(
    server: responses.RequestsMock, adapter: Adapter
) -> None:
    replay(server, "version of absent prompt under auth", "absent under auth")
    assert adapter.read("zzz", Ref("1")) is Gap.ABSENT


def test_a_version_that_is_403_while_its_prompt_is_there_is_denied(
    server: responses.RequestsMock, adapter: Adapter
) -> None:
    replay(server, "version of absent prompt under auth", "prompt found")
    with pytest.raises(Denied):
        adapter.read("greet", Ref("1"))


# --- answers that are none ----------------------------------------------------------------------------------------

ODD = {
    "a login page": (200, "<html><form>Log in</form></html>"),
    "an unknown route": (404, "<!doctype html><title>404 Not Found</title>"),
    "another 404": (404, {"detail": "Not Found"}),
    "another 404 with a code": (404, {"error_code": "ENDPOINT_NOT_FOUND", "message": "No API found"}),
    "a list": (200, []),
    "nothing in it": (200, {"registered_model": None}),
    "a list for a text": (200, {"registered_model": {**container("x"), "name": ["x"]}}),
    "tags of another shape": (200, {"registered_model": {**container("x"), "tags": {"a": "b"}}}),
    "a version of another shape": (
        200,
        {"registered_model": {**container("x"), "latest_versions": [{"version": "?"}]}},
    ),
    "no times": (200, {"registered_model": {"name": "x"}}),
    "a 500": (500, {"error_code": "INTERNAL_ERROR", "message": "x"}),
    "a 502 of a proxy": (502, "Bad Gateway"),
    "temporarily unavailable": (400, {"error_code": "TEMPORARILY_UNAVAILABLE", "message": "x"}),
    "an alias race": (
        400,
        {"error_code": "BAD_REQUEST", "message": "UNIQUE constraint failed: a"},
    ),
    "a 204": (204, ""),
}


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_answer_says_nothing_about_a_prompt(server: responses.RequestsMock, adapter: Adapter, odd: str) -> None:
    status, body = ODD[odd]
    for path in (FOUND, "model-versions/get", LISTED, "model-versions/search"):
        answer(server, "GET", path, status, body)
    with pytest.raises(Unreachable):
        adapter.look("x", [])
    with pytest.raises(Unreachable):
        adapter.read("x", Ref("1"))


@pytest.mark.parametrize("body", ['{"registered_model": {"name": "x"', "", "[" * 100_000, "\x00"])
def test_a_torn_answer_says_nothing(server: responses.RequestsMock, adapter: Adapter, body: str) -> None:
    server.add("GET", f"{API}/{FOUND}", body=body, content_type="application/json")
    with pytest.raises(Unreachable, match="not the JSON"):
        adapter.look("x", [])


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({}, None),
        ({"Retry-After": "soon"}, None),
    ],
)
def test_a_429_names_the_wait(
    server: responses.RequestsMock, adapter: Adapter, headers: dict[str, str], seconds: float | None
) -> None:
    server.add("GET", f"{API}/{FOUND}", status=429, body="slow down", headers=headers)
    with pytest.raises(Unreachable) as caught:
        adapter.look("x", [])
    assert caught.value.retry_after == seconds


def test_a_redirect_is_not_followed(server: responses.RequestsMock, adapter: Adapter) -> None:
    server.add("GET", f"{API}/{FOUND}", status=302, headers={"Location": "https://elsewhere.example.org/"})
    elsewhere = server.add("GET", re.compile("https://elsewhere.*"), body="{}")
    with pytest.raises(Unreachable, match="redirect"):
        adapter.look("x", [])
    assert elsewhere.call_count == 0, "or the password would go there too"


def test_an_answer_without_an_end_is_cut(
    server: responses.RequestsMock, adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mooring.http.MAX_ANSWER", 2**20)
    server.add("GET", f"{API}/{LISTED}", body=b" " * (2**20 + 1), content_type="application/json")
    with pytest.raises(Unreachable, match="longer than 1 MiB"):
        adapter.survey([], [])


def test_an_answer_that_drips_is_given_up(
    server: responses.RequestsMock, adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mooring.http._PATIENCE", 0)
    answer(server, "GET", LISTED, 200, {})
    with pytest.raises(Unreachable, match="takes too long"):
        adapter.survey([], [])


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectionError("to zoë:s3cr3t@host"),
        requests.Timeout("s3cr3t"),
        requests.exceptions.ChunkedEncodingError(),
    ],
)
def test_no_answer_is_unreachable_and_keeps_the_secret(
    server: responses.RequestsMock, adapter: Adapter, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.add("GET", f"{API}/{FOUND}", body=error)
    with pytest.raises(Unreachable) as caught:
        adapter.look("x", [])
    assert caught.value.__cause__ is None
    assert "s3cr3t" not in f"{caught.value}{caplog.text}{adapter!r}{vars(adapter)}"


def test_pages_that_never_end_are_no_reading(server: responses.RequestsMock, adapter: Adapter) -> None:
    answer(server, "GET", LISTED, 200, {"registered_models": [container("a")], "next_page_token": "again"})
    answer(server, "GET", "model-versions/search", 200, {"next_page_token": "again"})
    with pytest.raises(Unreachable):
        adapter.survey([], [])
    with pytest.raises(Unreachable):
        adapter.versions("a", None)


def test_a_500_in_the_middle_of_a_list_is_no_reading(server: responses.RequestsMock, adapter: Adapter) -> None:
    answer(
        server, "GET", LISTED, 200, {"registered_models": [container("a")], "next_page_token": "eyJvZmZzZXQiOiAxfQ=="}
    )
    answer(server, "GET", LISTED, 500, {"error_code": "INTERNAL_ERROR", "message": "boom"})
    with pytest.raises(Unreachable, match="HTTP 500"):
        adapter.survey([], [])


# --- what is sent -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("credentials", "header"),
    [
        ({}, None),
        ({"token": "t0ken"}, "Bearer t0ken"),
        ({"username": "zoë", "password": "pä:ss"}, "Basic em/Dqzpww6Q6c3M="),
    ],
)
def test_logins(
    server: responses.RequestsMock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    credentials: dict[str, str],
    header: str | None,
) -> None:
    (tmp_path / ".netrc").write_text("machine mlflow.example.org login somebody password else\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    replay(server, "nothing listed")
    connect(Options("test", BASE, credentials, "/", extra={"workspace": "team-a"})).survey([], [])
    sent = server.calls[0].request
    assert sent.headers.get("Authorization") == header
    assert sent.headers["X-MLFLOW-WORKSPACE"] == "team-a"
    assert sent.params == {  # type: ignore[attr-defined]
        "filter": "tags.`mlflow.prompt.is_prompt` = 'true'",
        "max_results": "1000",
        "order_by": "name ASC",
    }


def test_a_chat_is_sent_without_escapes(server: responses.RequestsMock, adapter: Adapter) -> None:
    replay(server, "prompt found", "version created")
    answer(server, "POST", "registered-models/set-tag", 200, {})
    publish(adapter, "greet", Artifact((Message("user", "日本語"),)))
    tags = {tag["key"]: tag["value"] for tag in json.loads(server.calls[1].request.body or b"")["tags"]}
    assert tags["mlflow.prompt.text"] == '[{"role": "user", "content": "日本語"}]', "escapes count against the limit"


def test_identity_without_rights_is_the_address(server: responses.RequestsMock, adapter: Adapter) -> None:
    answer(server, "GET", "experiments/get", 403, "Permission denied")
    assert adapter.identity() == f"mlflow:{BASE}"


def test_identity_is_the_birth_of_the_registry(server: responses.RequestsMock) -> None:
    answer(
        server, "GET", "experiments/get", 200, {"experiment": {"experiment_id": "0", "creation_time": 1795260700000}}
    )
    adapter = connect(Options("test", BASE, {}, "/", extra={"workspace": "team-a"}))
    assert adapter.identity() == "mlflow:1795260700000:team-a"


def test_a_survey_knows_the_prompts_that_a_publish_then_need_not_ask_for(
    server: responses.RequestsMock, adapter: Adapter
) -> None:
    replay(server, "prompts listed", "version created")
    answer(server, "POST", "registered-models/set-tag", 200, {})
    assert present(adapter.survey([], [])["greet"]).owner is None
    publish(adapter, "greet", Artifact("Hello {{name}}"))
    assert adapter.tally.counts() == {"list": 1, "read": 0, "write": 2}, "a version, and whose it is now"
