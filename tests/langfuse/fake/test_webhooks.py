"""Are webhooks of the fake those that were recorded, to the byte, and do they fail as the real ones do?"""

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from mooring.core.artifact import Artifact
from mooring.testing.langfuse import Langfuse
from mooring.testing.langfuse.webhooks import (
    ATTEMPTS,
    FAILURES,
    GITHUB_LIMIT,
    PROMPT_FIELDS,
    TRUNCATED,
    Action,
    Automation,
    Change,
    Delivery,
    GitHubDispatch,
    NameFilter,
    Operator,
    Outcome,
    PromptEvent,
    Status,
    User,
    Webhook,
    Webhooks,
    delivery,
    sign,
)

RECORDINGS = Path(__file__).parents[1] / "recordings"
RECORDED, REQUESTS = RECORDINGS / "16-webhook-deliveries.jsonl", RECORDINGS / "16b-webhook-requests.jsonl"
SECRET, TOKEN = "lf-whsec_testsecret", "ghp_test"
DELIVERIES = [json.loads(line) for line in RECORDED.read_text(encoding="utf-8").strip().split("\n")]
FULL = next(json.loads(each["body"])["prompt"] for each in DELIVERIES if '"name":"wh/big"' in each["body"])
"""The row of wh/big, which the GitHub form truncates."""
HOOK = Webhook("http://127.0.0.1:3050/hook", SECRET, {"x-custom": "cv"})
GITHUB = GitHubDispatch("http://127.0.0.1:3050/repos/o/r/dispatches", TOKEN)
AT = datetime(2026, 11, 21, 11, 46, 32, 311_000, UTC)


def row(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "id": "8e138424-9775-4a88-92b7-d5ead8a54cd6",
        "createdAt": "2026-11-21T11:46:32.201Z",
        "updatedAt": "2026-11-21T11:46:32.201Z",
        "projectId": "scratch",
        "createdBy": "API",
        "prompt": "Hi",
        "name": "greet",
        "version": 1,
        "type": "text",
        "isActive": None,
        "config": {},
        "tags": [],
        "labels": ["latest"],
        "commitMessage": None,
    }
    return {**given, **changes}


def created(**changes: Any) -> PromptEvent:
    return PromptEvent(Change.CREATED, row(**changes))


# --- held to the recordings -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("recorded", DELIVERIES, ids=lambda each: json.loads(each["body"]).get("id", "dispatch"))
def test_every_recorded_signature_is_what_sign_writes(recorded: Mapping[str, Any]) -> None:
    said = recorded["headers"]["x-langfuse-signature"]
    secret = TOKEN if "Authorization" in recorded["headers"] else SECRET
    at = int(re.fullmatch(r"t=(\d+),v1=[0-9a-f]{64}", said)[1])  # type: ignore[index]  # fails here if it is none
    assert sign(recorded["body"].encode(), secret, at) == said
    assert sign(recorded["body"].encode() + b" ", secret, at) != said


@pytest.mark.parametrize("recorded", DELIVERIES, ids=lambda each: each["headers"]["content-length"])
def test_every_recorded_request_is_written_again_to_the_byte(recorded: Mapping[str, Any]) -> None:
    body = json.loads(recorded["body"])
    payload = body.get("client_payload", body)
    shown = FULL if "truncation" in payload else payload["prompt"]
    event = PromptEvent(Change(payload["action"]), {**shown, "isActive": None})
    action: Action = GITHUB if "client_payload" in body else HOOK
    written = delivery(action, event, payload["id"], datetime.fromisoformat(payload["timestamp"]))
    assert written is not None
    assert written.body.decode() == recorded["body"]
    own = [(name, recorded["headers"][name]) for name in recorded["headers"] if name in written.headers]
    assert list(written.headers.items()) == own
    assert written.url.endswith(recorded["path"])


# --- what is sent ---------------------------------------------------------------------------------------------------


def test_a_person_is_named_and_the_prompt_comes_last() -> None:
    event = PromptEvent(Change.UPDATED, row(createdBy="cmwq"), User("Ada", "ada@example.org"))
    for action, inner in ((HOOK, None), (GITHUB, "client_payload")):
        written = delivery(action, event, "e1", AT)
        assert written is not None
        body = json.loads(written.body)
        payload = body if inner is None else body[inner]
        assert list(payload) == ["id", "timestamp", "type", "apiVersion", "action", "user", "prompt"]
        assert payload["user"] == {"name": "Ada", "email": "ada@example.org"}
        assert tuple(payload["prompt"]) == PROMPT_FIELDS


@pytest.mark.parametrize(("spare", "cut"), [(1, False), (0, True), (-5, True)])
def test_a_dispatch_of_64_kib_is_cut(spare: int, cut: bool) -> None:
    empty = delivery(GITHUB, created(prompt="", config={"a": 1}), "e1", AT)
    assert empty is not None
    text = "é" + "z" * (GITHUB_LIMIT - spare - len(empty.body) - 2)
    written = delivery(GITHUB, created(prompt=text, config={"a": 1}), "e1", AT)
    assert written is not None
    assert ("truncation" in json.loads(written.body)["client_payload"]) is cut
    shown = json.loads(written.body)["client_payload"]["prompt"]
    assert (shown["prompt"], shown["config"]) == ((TRUNCATED, {}) if cut else (text, {"a": 1}))


@pytest.mark.parametrize("config", ["notobject", 1, [1], [], True, None])
def test_a_config_that_is_no_object_is_never_delivered(config: Any) -> None:
    assert delivery(HOOK, created(config=config), "e1", AT) is None
    assert delivery(GITHUB, created(config=config), "e1", AT) is None


def test_secrets_are_not_shown() -> None:
    shown = repr([Automation("a", "scratch", HOOK), Automation("b", "scratch", GITHUB)])
    assert SECRET not in shown
    assert TOKEN not in shown


# --- who is told ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "values", "wanted"),
    [
        (Operator.EQUALS, ["a/b"], ["a/b"]),
        (Operator.CONTAINS, ["/"], ["a/b", "a/B"]),
        (Operator.CONTAINS_NOT, ["/"], ["ab"]),
        (Operator.STARTS_WITH, ["a/"], ["a/b", "a/B"]),
        (Operator.ENDS_WITH, ["b"], ["a/b", "ab"]),
        (Operator.ANY_OF, ["ab", "a/B", "c"], ["a/B", "ab"]),
        (Operator.NONE_OF, ["ab", "a/B", "c"], ["a/b"]),
    ],
)
def test_names_are_filtered(operator: Operator, values: list[str], wanted: list[str]) -> None:
    assert [name for name in ("a/b", "a/B", "ab") if NameFilter(operator, values).admits(name)] == wanted


def test_an_automation_hears_of_its_project_its_changes_and_its_names_only() -> None:
    names = [NameFilter(Operator.STARTS_WITH, ["a/"]), NameFilter(Operator.CONTAINS_NOT, ["draft"])]
    automation = Automation("a", "scratch", HOOK, frozenset({Change.UPDATED, Change.DELETED}), names)
    assert automation.wants(PromptEvent(Change.UPDATED, row(name="a/b")))
    assert automation.wants(PromptEvent(Change.DELETED, row(name="a/b")))
    assert not automation.wants(PromptEvent(Change.CREATED, row(name="a/b")))
    assert not automation.wants(PromptEvent(Change.UPDATED, row(name="b")))
    assert not automation.wants(PromptEvent(Change.UPDATED, row(name="a/draft")))
    assert not automation.wants(PromptEvent(Change.UPDATED, row(name="a/b", projectId="other")))


# --- how it is delivered --------------------------------------------------------------------------------------------


@dataclass
class Receiver:
    """Somebody who listens: answers with the next of `answers`, then 200."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    got: list[tuple[list[tuple[str, str]], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    known = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            known.got.append((list(self.headers.items()), body))
            self.send_response(known.answers.pop(0) if known.answers else 200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        known.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield known
        server.shutdown()
        thread.join()


def test_a_delivery_has_the_headers_of_the_server_in_its_order(receiver: Receiver) -> None:
    webhooks = Webhooks(now=lambda: AT)
    webhooks.add(Automation("hook", "scratch", Webhook(f"{receiver.url}/hook?a=b", SECRET, {"x-custom": "cv"})))
    webhooks.fire(created(prompt="Grüße 🎉"))
    webhooks.drain()
    [(headers, body)] = receiver.got
    assert [name for name, _ in headers] == list(DELIVERIES[0]["headers"])
    stamp = str(int(AT.timestamp()))
    mark = hmac.new(SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert dict(headers)["x-langfuse-signature"] == f"t={stamp},v1={mark}"
    [execution] = webhooks.executions
    assert (execution.outcome, execution.statuses) == (Outcome.COMPLETED, (200,))
    assert json.loads(body)["id"] == execution.id
    assert json.loads(body)["prompt"]["prompt"] == "Grüße 🎉"


def test_a_delivery_that_fails_is_tried_four_times_with_the_same_signature(receiver: Receiver) -> None:
    waits: list[float] = []
    webhooks = Webhooks(wait=waits.append)
    webhooks.add(Automation("hook", "scratch", Webhook(receiver.url, SECRET)))
    receiver.answers = [500, 302, 204]
    webhooks.fire(created())
    webhooks.drain()
    assert waits == [0.1, 0.2]
    assert webhooks.executions[0].statuses == (500, 302, 204)
    assert webhooks.executions[0].outcome is Outcome.COMPLETED
    assert len({str(each) for each in receiver.got}) == 1
    receiver.answers = [500] * ATTEMPTS
    webhooks.fire(created())
    webhooks.drain()
    assert waits[2:] == [0.1, 0.2, 0.4]
    assert webhooks.executions[1].outcome is Outcome.ERROR
    assert webhooks.status("hook") is Status.ACTIVE


def test_nobody_there_is_a_failure_too() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        url = f"http://127.0.0.1:{server.server_port}"
    webhooks = Webhooks(wait=lambda _: None)
    webhooks.add(Automation("hook", "scratch", Webhook(url, SECRET)))
    webhooks.fire(created())
    webhooks.drain()
    assert webhooks.executions[0].statuses == (None,) * ATTEMPTS
    assert webhooks.executions[0].outcome is Outcome.ERROR


def failing(status: list[int]) -> Webhooks:
    webhooks = Webhooks(wait=lambda _: None, send=lambda _: status[0])
    webhooks.add(Automation("hook", "scratch", HOOK))
    return webhooks


def test_five_failures_in_a_row_end_an_automation_until_it_is_set_up_again() -> None:
    status = [500]
    webhooks = failing(status)
    for _ in range(FAILURES - 1):
        webhooks.fire(created())
    webhooks.drain()
    assert webhooks.status("hook") is Status.ACTIVE
    status[0] = 200
    webhooks.fire(created())
    webhooks.drain()
    status[0] = 500
    for _ in range(FAILURES):
        webhooks.fire(created())
        webhooks.drain()
    assert webhooks.status("hook") is Status.INACTIVE
    fired = len(webhooks.executions)
    webhooks.fire(created())
    assert len(webhooks.executions) == fired
    webhooks.add(Automation("hook", "scratch", HOOK))
    webhooks.fire(created())
    webhooks.drain()
    assert webhooks.status("hook") is Status.ACTIVE
    assert len(webhooks.executions) == fired + 1


def test_what_was_fired_before_an_automation_ended_is_still_tried_and_does_not_revive_it() -> None:
    answers = iter([500] * ATTEMPTS * FAILURES + [200, 200])
    webhooks = Webhooks(wait=lambda _: None, send=lambda _: next(answers))
    webhooks.add(Automation("hook", "scratch", HOOK))
    with webhooks.held():
        for _ in range(FAILURES + 2):
            webhooks.fire(created())
    webhooks.drain()
    assert [each.outcome for each in webhooks.executions] == [Outcome.ERROR] * FAILURES + [Outcome.COMPLETED] * 2
    assert webhooks.status("hook") is Status.INACTIVE


def test_a_payload_that_is_not_valid_stays_pending_and_is_no_failure() -> None:
    webhooks = failing([200])
    for _ in range(FAILURES + 1):
        webhooks.fire(created(config="notobject"))
    webhooks.drain()
    assert {each.outcome for each in webhooks.executions} == {Outcome.PENDING}
    assert webhooks.status("hook") is Status.ACTIVE


def test_a_test_chooses_the_order_of_what_waits() -> None:
    sent: list[str] = []

    def note(request: Delivery) -> int:
        sent.append(json.loads(request.body)["prompt"]["name"])
        return 200

    webhooks = Webhooks(send=note, choose=lambda waiting: waiting - 1)
    webhooks.add(Automation("hook", "scratch", HOOK))
    with webhooks.held():
        for name in "abc":
            webhooks.fire(created(name=name))
        with pytest.raises(RuntimeError, match="held"):
            webhooks.drain()
        assert sent == []
    webhooks.drain()
    assert sent == ["c", "b", "a"]


def test_without_events_there_is_nothing_to_drain_and_no_thread() -> None:
    before = threading.active_count()
    webhooks = failing([200])
    webhooks.drain()
    webhooks.fire(created(projectId="other"))
    webhooks.drain()
    assert threading.active_count() == before


def test_what_was_removed_is_not_delivered() -> None:
    webhooks = failing([200])
    with webhooks.held():
        webhooks.fire(created())
        webhooks.remove("hook")
    webhooks.drain()
    assert webhooks.executions[0].outcome is Outcome.PENDING


def test_a_fault_of_the_fake_itself_is_told_to_who_drains() -> None:
    def broken(_: Delivery) -> int:
        raise ZeroDivisionError

    webhooks = Webhooks(send=broken)
    webhooks.add(Automation("hook", "scratch", HOOK))
    webhooks.fire(created())
    with pytest.raises(RuntimeError, match="in the fake itself") as caught:
        webhooks.drain()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


# --- fired by the server --------------------------------------------------------------------------------------------


def noting(sent: list[Delivery]) -> Webhooks:
    def note(request: Delivery) -> int:
        sent.append(request)
        return 200

    return Webhooks(send=note)


def test_the_recorded_requests_fire_the_recorded_deliveries(langfuse: Langfuse, url: str) -> None:
    key = langfuse.project("scratch")
    sent: list[Delivery] = []
    langfuse.hooks.webhooks = noting(sent)
    langfuse.hooks.webhooks.add(Automation("hook", key.project, HOOK))
    langfuse.hooks.webhooks.add(Automation("github", key.project, GITHUB))
    exchanges = [json.loads(line) for line in REQUESTS.read_text(encoding="utf-8").strip().split("\n")]
    for one in exchanges:
        answer = requests.request(
            one["method"],
            url + one["path"],
            data=whole(one),
            headers={"content-type": "application/json"},
            auth=(key.public, key.secret),
            timeout=9,
        )
        assert answer.status_code == one["status"], one["note"]
    langfuse.hooks.webhooks.drain()
    recorded = [each for each in DELIVERIES if '"name":"wh/' in each["body"]]
    expected = sorted(shape(each["body"]) for each in recorded)
    assert len(expected) == 14
    assert sorted(shape(each.body.decode()) for each in sent) == expected


def whole(one: Mapping[str, Any]) -> str | None:
    """The body of a recorded request; one text is so long that only its beginning was recorded."""
    body: str | None = one["request_body"]
    if body is None or len(body) == one["request_bytes"]:
        return body
    assert body.endswith("zzz")
    return body.ljust(one["request_bytes"] - 2, "z") + '"}'


def shape(body: str) -> str:
    """A payload without what is another one each time."""
    return re.sub(r'"(id|timestamp|createdAt|updatedAt)":"[^"]*"', r'"\1":"…"', body)


def test_a_person_is_named_in_the_event_of_an_edit(langfuse: Langfuse) -> None:
    key = langfuse.project("acme")
    sent: list[Delivery] = []
    langfuse.hooks.webhooks = noting(sent)
    langfuse.hooks.webhooks.add(Automation("hook", key.project, HOOK))
    person = langfuse.person("acme")
    person.save("greet", Artifact("Hi"), ["production"])
    person.delete_prompt("greet")
    langfuse.hooks.webhooks.drain()
    told = [json.loads(each.body) for each in sent]
    assert [(each["action"], each["user"]["name"]) for each in told] == [("created", "Ada"), ("deleted", "Ada")]
    assert told[0]["prompt"]["createdBy"] != "API"
