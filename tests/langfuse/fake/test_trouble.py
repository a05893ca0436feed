"""Does what is scheduled happen to the requests that it is meant for, and to no others?"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
import requests

from mooring.testing.langfuse import Langfuse
from mooring.testing.langfuse.trouble import (
    Acted,
    Cut,
    Event,
    Fault,
    Late,
    Lost,
    Method,
    Replied,
    Trouble,
    When,
    bad_gateway,
    gateway_timeout,
    internal_error,
    too_many,
    too_many_until,
    unavailable,
)
from mooring.testing.langfuse.wire import Answer, Dropped, Request, Truncated

PATH = "/api/public/v2/prompts"


class Server:
    """Writes down what it did, behind a Trouble."""

    def __init__(self, *faults: Fault) -> None:
        self.did: list[str] = []
        self.trouble = Trouble(faults)

    def ask(self, name: str, method: str = "POST", path: str = PATH) -> Answer | Dropped | Truncated:
        return self.trouble.around(Request(method, path), self._carry(name))

    def _carry(self, name: str) -> Callable[[], Answer]:
        def carry() -> Answer:
            self.did.append(name)
            return done(name)

        return carry


def done(name: str) -> Answer:
    return Answer(200, (), name.encode())


def at(number: int, event: Event, times: int = 1) -> Fault:
    return Fault("any", "", number, event, times)


def test_without_faults_everything_is_carried_out_and_answered() -> None:
    server = Server()
    assert [server.ask(name) for name in "abc"] == [done(name) for name in "abc"]
    assert server.did == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("event", "answer", "did"),
    [
        (Lost(When.BEFORE), Dropped(), []),
        (Lost(When.AFTER), Dropped(), ["b"]),
        (Replied(bad_gateway()), bad_gateway(), []),
        (Replied(internal_error(), When.AFTER), internal_error(), ["b"]),
        (Cut(7), Truncated(done("b"), 7), ["b"]),
        (Late(9), Dropped(), []),
    ],
)
def test_the_second_request_meets_its_event(event: Event, answer: object, did: list[str]) -> None:
    server = Server(at(2, event))
    assert [server.ask(name) for name in "abc"] == [done("a"), answer, done("c")]
    assert server.did == ["a", *did, "c"]
    assert server.trouble.pending == []


@pytest.mark.parametrize(
    ("method", "path", "met"),
    [
        ("any", "", [0, 1, 2, 3]),
        ("write", "", [1, 2, 3]),
        ("PATCH", "", [2]),
        ("GET", r"page=2", [0]),
        ("any", r"/a%2Fb/versions/\d+$", [2]),
        ("POST", r"page=2", []),
    ],
)
def test_requests_are_told_apart_by_method_and_path_as_sent(method: Method, path: str, met: list[int]) -> None:
    server = Server(Fault(method, path, 1, Lost(When.BEFORE), times=9))
    asked = [
        ("GET", f"{PATH}?label=production&page=2"),
        ("POST", PATH),
        ("PATCH", f"{PATH}/a%2Fb/versions/1"),
        ("DELETE", f"{PATH}/a%2Fb?version=1"),
    ]
    answers = [server.ask("x", *each) for each in asked]
    assert [index for index, answer in enumerate(answers) if answer == Dropped()] == met


def test_a_fault_may_last() -> None:
    server = Server(at(2, Replied(unavailable()), times=3))
    answers = [server.ask(name) for name in "abcdef"]
    assert [index for index, answer in enumerate(answers) if answer == unavailable()] == [1, 2, 3]


def test_a_fault_counts_from_when_it_is_added() -> None:
    server = Server()
    server.ask("a")
    server.trouble.add(at(1, Lost(When.BEFORE)))
    assert len(server.trouble.pending) == 1
    assert server.ask("b") == Dropped()
    assert server.ask("c") == done("c")
    server.trouble.add(at(1, Lost(When.BEFORE)))
    server.trouble.clear()
    assert server.ask("d") == done("d")


def test_a_late_request_is_carried_out_before_a_later_one() -> None:
    server = Server(at(1, Late(2)))
    assert server.ask("a") == Dropped()
    server.ask("b")
    assert server.did == ["b"]
    server.ask("c")
    assert server.did == ["b", "a", "c"]
    assert server.trouble.landed == [done("a")]


def test_a_test_lets_late_requests_land() -> None:
    server = Server(at(1, Late(100), times=2))
    server.ask("a")
    server.ask("b")
    server.ask("c")
    server.trouble.land()
    server.trouble.land()
    assert server.did == ["c", "a", "b"]
    assert server.trouble.landed == [done("a"), done("b")]


def test_somebody_acts_before_or_after() -> None:
    server = Server()
    server.trouble.add(
        at(1, Acted(When.BEFORE, lambda: server.did.append("before"))),
        at(1, Acted(When.AFTER, lambda: server.did.append("after"))),
    )
    assert server.ask("a") == done("a")
    assert server.did == ["before", "a", "after"]


def test_who_acts_may_send_requests() -> None:
    server = Server()
    server.trouble.add(at(1, Acted(When.BEFORE, lambda: server.ask("inner"))))
    assert server.ask("outer") == done("outer")
    assert server.did == ["inner", "outer"]


def test_several_things_happen_at_one_request() -> None:
    server = Server()
    server.trouble.add(at(1, Acted(When.BEFORE, lambda: server.did.append("before"))), at(1, Lost(When.BEFORE)))
    server.trouble.add(at(1, Late(1)))
    assert server.ask("a") == Dropped()
    server.ask("b")
    assert server.did == ["before", "b"]


def test_a_path_that_is_no_pattern_is_refused_when_it_is_added() -> None:
    with pytest.raises(re.error):
        Trouble([Fault("any", "(", 1, Lost(When.BEFORE))])


def test_what_stands_in_between_answers_with_pages_and_two_forms_of_retry_after() -> None:
    for status, answer in ((502, bad_gateway()), (503, unavailable()), (504, gateway_timeout())):
        assert answer.status == status
        assert answer.body.startswith(b"<html>")
    assert dict(too_many(7).headers)["retry-after"] == "7"
    moment = datetime(2026, 11, 21, 13, 51, 16, 260_000, timezone(timedelta(hours=2)))
    assert dict(too_many_until(moment).headers)["retry-after"] == "Sat, 21 Nov 2026 11:51:16 GMT"
    assert too_many_until(moment.astimezone(UTC)) == too_many_until(moment)
    assert internal_error().status == 500


# --- around the server ------------------------------------------------------------------------------------------------


class Client:
    """Somebody with a key, who asks once and hears what there is to hear."""

    def __init__(self, langfuse: Langfuse, url: str) -> None:
        self._key = langfuse.project("acme")
        self._url = f"{url}{PATH}"

    def create(self, text: str) -> requests.Response:
        body = {"name": "greet", "prompt": text, "labels": ["production"]}
        return requests.post(self._url, json=body, auth=self._auth, timeout=9)

    def texts(self) -> list[str]:
        listed = requests.get(f"{self._url}?name=greet", auth=self._auth, timeout=9).json()["data"]
        versions = listed[0]["versions"] if listed else []
        asked = [requests.get(f"{self._url}/greet?version={each}", auth=self._auth, timeout=9) for each in versions]
        return [each.json()["prompt"] for each in asked]

    @property
    def _auth(self) -> tuple[str, str]:
        return self._key.public, self._key.secret


@pytest.fixture
def client(langfuse: Langfuse, url: str) -> Client:
    return Client(langfuse, url)


@pytest.mark.parametrize(("when", "stored"), [(When.BEFORE, []), (When.AFTER, ["one"])])
def test_a_client_that_is_dropped_does_not_know(
    client: Client, langfuse: Langfuse, when: When, stored: list[str]
) -> None:
    langfuse.hooks.trouble.add(Fault("POST", "prompts$", 1, Lost(when)))
    with pytest.raises(requests.ConnectionError):
        client.create("one")
    assert client.texts() == stored
    assert langfuse.requests[0].status is None


def test_a_body_is_cut_short_though_its_length_was_announced(client: Client, langfuse: Langfuse) -> None:
    langfuse.hooks.trouble.add(Fault("POST", "", 1, Cut(20)))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.create("one")
    assert client.texts() == ["one"]


def test_a_page_of_html_instead_of_an_answer(client: Client, langfuse: Langfuse) -> None:
    langfuse.hooks.trouble.add(Fault("POST", "", 1, Replied(bad_gateway(), When.AFTER)))
    answer = client.create("one")
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
    assert client.texts() == ["one"]


def test_a_create_that_is_late_becomes_the_next_version(client: Client, langfuse: Langfuse) -> None:
    langfuse.hooks.trouble.add(Fault("POST", "", 1, Late(99)))
    with pytest.raises(requests.ConnectionError):
        client.create("late")
    client.create("again")
    assert client.texts() == ["again"]
    langfuse.hooks.trouble.land()
    assert client.texts() == ["again", "late"]
    assert [each.status for each in langfuse.hooks.trouble.landed] == [201]


def test_somebody_else_is_faster(client: Client, langfuse: Langfuse) -> None:
    other = Client(langfuse, client._url.removesuffix(PATH))
    langfuse.hooks.trouble.add(Fault("POST", "", 1, Acted(When.BEFORE, lambda: other.create("theirs"))))
    assert client.create("ours").json()["version"] == 2
    assert client.texts() == ["theirs", "ours"]
