"""What does the fake do that no recording can show: races, people, lost connections, several clients?"""

import gzip
import http.client
import json
import socket
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import requests

from mooring.core.address import Ref
from mooring.core.artifact import Artifact, Message, Placeholder
from mooring.testing.langfuse import Key, Langfuse, Sent, serve
from mooring.testing.langfuse.trouble import Cut, Fault, Late, Lost, When
from mooring.testing.langfuse.validation import Refused
from mooring.testing.langfuse.webhooks import Change, PromptEvent, Webhooks
from mooring.testing.person import Person

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass
class Client:
    """A client of one project, with a connection that is kept alive."""

    langfuse: Langfuse
    url: str
    key: Key
    session: requests.Session

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        auth = (self.key.public, self.key.secret)
        return self.session.request(method, self.url + path, json=body, auth=auth, timeout=20, **options)

    def create(self, name: str, prompt: Any = "x", **more: Any) -> Any:
        body = {"name": name, "prompt": prompt, **({"type": "chat"} if isinstance(prompt, list) else {}), **more}
        made = self.call("POST", "/api/public/v2/prompts", body)
        assert made.status_code == 201, made.text
        return made.json()

    def get(self, name: str, query: str = "") -> requests.Response:
        return self.call("GET", f"/api/public/v2/prompts/{quote(name, safe='')}{query}")

    def move(self, name: str, version: int, *labels: str) -> requests.Response:
        path = f"/api/public/v2/prompts/{quote(name, safe='')}/versions/{version}"
        return self.call("PATCH", path, {"newLabels": labels})

    def holders(self, label: str, name: str) -> Sequence[int]:
        rows = self.call("GET", f"/api/public/v2/prompts?label={label}&name={name}").json()["data"]
        return rows[0]["versions"] if rows else []

    def labels(self, name: str, version: int) -> Sequence[str]:
        labels: Sequence[str] = self.get(name, f"?version={version}").json()["labels"]
        return labels


@pytest.fixture
def client() -> Iterator[Client]:
    langfuse = Langfuse()
    key = langfuse.project()
    with serve(langfuse) as url, requests.Session() as session:
        yield Client(langfuse, url, key, session)


def test_two_moves_that_race_leave_the_label_on_both_versions_and_a_later_one_heals_it(client: Client) -> None:
    client.create("p", labels=["production"])
    client.create("p")
    client.create("p")
    client.langfuse.race("p")

    answers = [client.move("p", 2, "production"), client.move("p", 3, "production")]

    assert [each.status_code for each in answers] == [200, 200]
    assert [each.json()["labels"] for each in answers] == [["production"], ["production", "latest"]]
    assert client.holders("production", "p") == [2, 3]
    assert client.get("p").json()["version"] == 2
    client.move("p", 3, "production")
    assert client.holders("production", "p") == [3]


def test_without_a_race_moves_are_one_after_the_other(client: Client) -> None:
    for _ in range(8):
        client.create("p")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda version: requests_of(client).move("p", version, "production"), range(1, 9)))

    assert len(client.holders("production", "p")) == 1


def test_eight_moves_that_race_leave_what_the_real_database_held(client: Client) -> None:
    client.create("p", labels=["production"])
    for _ in range(7):
        client.create("p")
    client.langfuse.race("p", writes=8)

    for version in (1, 4, 8, 6, 2, 3, 5, 7):
        assert client.move("p", version, "production").status_code == 200

    state = " ; ".join(f"{version}|{','.join(client.labels('p', version))}" for version in range(1, 9))
    assert state == "1| ; " + " ; ".join(f"{version}|production" for version in range(2, 9)) + ",latest"


def test_of_two_creates_that_race_the_second_is_refused_and_the_next_goes_through(client: Client) -> None:
    client.create("p")
    client.langfuse.race("p")

    assert client.create("p")["version"] == 2
    lost = client.call("POST", "/api/public/v2/prompts", {"name": "p", "prompt": "x"})
    assert (lost.status_code, lost.json()["error"]) == (400, "InvalidRequestError")
    assert "unique constraint" in lost.json()["message"]
    assert client.create("p")["version"] == 3


def test_parallel_creates_are_transactions(client: Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: requests_of(client).create("p")["version"], range(24)))

    assert sorted(made) == list(range(1, 25))
    assert client.holders("latest", "p") == [24]


def requests_of(client: Client) -> Client:
    """Another client of the same project: a session belongs to one thread."""
    return Client(client.langfuse, client.url, client.key, _OneShot())


class _OneShot(requests.Session):
    def request(self, *arguments: Any, **options: Any) -> requests.Response:
        try:
            return super().request(*arguments, **options)
        finally:
            self.close()


def test_every_write_has_a_time_of_its_own_though_the_clock_stands() -> None:
    langfuse = Langfuse(now=lambda: NOON)
    key = langfuse.project()
    with serve(langfuse) as url, requests.Session() as session:
        client = Client(langfuse, url, key, session)
        client.create("p", labels=["production"])
        client.create("p", labels=["production"])
        first, second = (client.get("p", f"?version={version}").json() for version in (1, 2))

    times = [first["createdAt"], second["createdAt"], first["updatedAt"]]
    assert times == [f"2026-01-01T12:00:00.00{index}Z" for index in range(3)]


def test_the_delta_filter_sees_a_version_that_lost_its_label(client: Client) -> None:
    client.create("p", labels=["production"])
    before = client.create("p")["updatedAt"]
    client.create("q", labels=["production"])
    client.move("p", 2, "production")

    rows = client.call("GET", f"/api/public/v2/prompts?fromUpdatedAt={before}&name=p").json()["data"]

    assert rows[0]["versions"] == [1, 2]


def test_requests_are_noted_in_order_with_their_raw_paths_and_their_answers(client: Client) -> None:
    client.create("a/b c")
    client.get("a/b c", "?label=latest")
    client.get("nothing")

    assert client.langfuse.requests == [
        Sent("POST", "/api/public/v2/prompts", 201),
        Sent("GET", "/api/public/v2/prompts/a%2Fb%20c?label=latest", 200),
        Sent("GET", "/api/public/v2/prompts/nothing", 404),
    ]


def test_a_lost_answer_is_noted_as_none_and_what_was_asked_is_done(client: Client) -> None:
    client.langfuse.hooks.trouble.add(Fault("POST", "", 1, Lost(When.AFTER)))

    with pytest.raises(requests.ConnectionError):
        client.create("p")

    assert client.langfuse.requests == [Sent("POST", "/api/public/v2/prompts", None)]
    assert client.holders("latest", "p") == [1]


def test_a_late_request_is_done_after_its_client_gave_up(client: Client) -> None:
    client.langfuse.hooks.trouble.add(Fault("POST", "", 1, Late(2)))
    with pytest.raises(requests.ConnectionError):
        client.create("p")

    assert client.holders("latest", "p") == []
    assert client.holders("latest", "p") == [1]


def test_a_truncated_answer_announces_all_of_it(client: Client) -> None:
    client.create("p")
    client.langfuse.hooks.trouble.add(Fault("GET", "", 1, Cut(10)))
    connection = http.client.HTTPConnection(urlsplit(client.url).netloc)
    connection.request("GET", "/api/public/v2/prompts/p?label=latest", headers={"authorization": basic(client.key)})
    response = connection.getresponse()

    with pytest.raises(http.client.IncompleteRead) as cut:
        response.read()
    connection.close()
    assert len(cut.value.partial) == 10


def basic(key: Key) -> str:
    prepared = requests.Request("GET", "http://x", auth=(key.public, key.secret)).prepare()
    return str(prepared.headers["authorization"])


def test_a_long_answer_is_compressed_for_those_who_take_it(client: Client) -> None:
    client.create("p", "long " * 1000, labels=["production"])
    packed = client.call("GET", "/api/public/v2/prompts/p", stream=True)
    raw = packed.raw.read()
    plain = client.call("GET", "/api/public/v2/prompts/p", headers={"accept-encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert "content-encoding" not in plain.headers


@pytest.mark.parametrize("held", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
def test_what_a_client_holds_is_not_sent_again(held: str, client: Client) -> None:
    client.create("p", labels=["production"])
    tag = client.get("p").headers["etag"]

    again = client.call("GET", "/api/public/v2/prompts/p", headers={"if-none-match": held.format(tag=tag)})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    client.move("p", 1, "other")
    assert client.call("GET", "/api/public/v2/prompts/p", headers={"if-none-match": tag}).status_code == 200


def test_bytes_that_are_no_utf8_become_replacement_characters(client: Client) -> None:
    body = b'{"name":"p","prompt":"\xff\xfe"}'
    headers = {"content-type": "application/json"}

    made = client.call("POST", "/api/public/v2/prompts", headers=headers, data=body)

    assert (made.status_code, made.json()["prompt"]) == (201, "\ufffd\ufffd")


@pytest.mark.parametrize("path", ["/a%00b", "/p?label=a%00b", "?name=a%00b", "?tag=a%00b"])
def test_nul_in_a_parameter_breaks_the_server(path: str, client: Client) -> None:
    assert client.call("GET", f"/api/public/v2/prompts{path}").status_code == 500


def test_a_chunked_body_is_read(client: Client) -> None:
    headers = {"content-type": "application/json"}
    chunks = iter([b'{"name":"p",', b'"prompt":"x"}'])

    assert client.call("POST", "/api/public/v2/prompts", headers=headers, data=chunks).status_code == 201


def test_a_client_that_leaves_in_the_middle_of_its_body_asked_for_nothing(client: Client) -> None:
    place = urlsplit(client.url)
    with socket.create_connection((place.hostname, place.port)) as connection:
        connection.sendall(b"POST /api/public/v2/prompts HTTP/1.1\r\ncontent-length: 100\r\n\r\n{")

    assert client.get("p").status_code == 404
    assert [sent.method for sent in client.langfuse.requests] == ["GET"]


def test_one_installation_holds_several_projects_that_do_not_see_each_other(client: Client) -> None:
    client.create("p", labels=["production"])
    other = Client(
        client.langfuse, client.url, client.langfuse.project("Other One", organization="Org"), client.session
    )

    assert other.get("p").status_code == 404
    told = other.call("GET", "/api/public/projects").json()["data"]
    assert told == [
        {"id": "other-one", "name": "Other One", "organization": {"id": "org", "name": "Org"}, "metadata": {}}
    ]


def test_two_keys_of_one_project_open_the_same_prompts(client: Client) -> None:
    client.create("p", labels=["production"])
    second = client.langfuse.project()

    assert second != client.key
    assert second.secret not in repr(second)
    assert Client(client.langfuse, client.url, second, client.session).get("p").status_code == 200


def test_what_a_person_does_is_seen_through_the_api(client: Client) -> None:
    person = client.langfuse.person("acme")
    chat = Artifact((Message("system", "a"), Placeholder("history")), {"b": 1.0, "2": [None]})

    assert person.save("p", chat, ["production"]) == Ref("1")
    row = client.get("p").json()
    assert row["prompt"] == [{"role": "system", "content": "a"}, {"name": "history", "type": "placeholder"}]
    assert list(row["config"].items()) == [("2", [None]), ("b", 1)]
    assert row["createdBy"] == person.user_id
    person.save("p", chat)
    person.point("p", "production", Ref("2"))
    assert (client.labels("p", 1), client.labels("p", 2)) == ([], ["latest", "production"])
    person.unlabel("p", "latest")
    assert client.holders("latest", "p") == []
    assert client.create("p", [])["version"] == 3
    person.delete_version("p", Ref("3"))
    assert client.labels("p", 2) == ["production", "latest"]
    person.delete_prompt("p")
    assert client.get("p").status_code == 404


def test_a_person_is_a_person() -> None:
    person: Person = Langfuse().person("acme")

    with pytest.raises(NotImplementedError):
        person.tamper("p", Ref("1"), Artifact("x"))


def test_a_person_cannot_take_off_what_nobody_holds_nor_do_what_the_server_refuses(client: Client) -> None:
    person = client.langfuse.person("acme")
    person.save("p", Artifact("x"))

    with pytest.raises(LookupError):
        person.unlabel("p", "production")
    with pytest.raises(LookupError):
        person.point("p", "production", Ref("7"))
    with pytest.raises(Refused):
        person.delete_version("p", Ref("7"))
    with pytest.raises(Refused):
        person.save("p", Artifact("x"), ["NOT A LABEL"])
    with pytest.raises(Refused):
        person.save("p", Artifact(()))


def test_a_split_label_is_taken_off_all_of_its_holders(client: Client) -> None:
    person = client.langfuse.person("acme")
    for text in "123":
        person.save("p", Artifact(text), ["staging"])
    person.split("p", "production", [Ref("1"), Ref("3")])
    person.split("p", "staging", [Ref("1"), Ref("2")])

    assert (client.holders("production", "p"), client.holders("staging", "p")) == ([1, 3], [1, 2])
    person.unlabel("p", "production")
    assert client.holders("production", "p") == []


def test_tags_are_the_prompts_and_move_every_versions_time(client: Client) -> None:
    person = client.langfuse.person("acme")
    before = [client.create("p")["updatedAt"] for _ in range(2)]
    person.retag("p", ["b", "a", "b"])

    rows = [client.get("p", f"?version={version}").json() for version in (1, 2)]

    assert [row["tags"] for row in rows] == [["b", "a"], ["b", "a"]]
    assert all(row["updatedAt"] > max(before) for row in rows)


def test_a_persons_changes_fire_events_with_their_name_and_a_deletion_fires_too(client: Client) -> None:
    seen: list[PromptEvent] = []

    class Collected(Webhooks):
        def fire(self, event: PromptEvent) -> None:
            seen.append(event)

    client.langfuse.hooks.webhooks = Collected()
    person = client.langfuse.person("acme")
    person.save("p", Artifact("x"), ["production"])
    person.delete_version("p", Ref("1"))
    client.create("p")
    client.call("DELETE", "/api/public/v2/prompts/p")

    assert [event.change for event in seen] == [Change.CREATED, Change.DELETED, Change.CREATED]
    assert [event.user and event.user.name for event in seen] == ["Ada", "Ada", None]


def test_a_reference_whose_label_is_gone_breaks_the_read_but_not_the_raw_one(client: Client) -> None:
    client.create("child", labels=["production"])
    client.create("parent", "@@@langfusePrompt:name=child|label=production@@@", labels=["production"])
    client.langfuse.person("acme").unlabel("child", "production")

    broken = client.get("parent")

    assert (broken.status_code, broken.json()["error"]) == (400, "InvalidRequestError")
    assert broken.json()["message"] == "Prompt dependency not found: child - label production"
    assert client.get("parent", "?resolve=false").status_code == 200


def test_a_name_with_an_equals_sign_is_cut_and_may_bind_another_prompt(client: Client) -> None:
    tag = "@@@langfusePrompt:name=a=b|label=production@@@"
    refused = client.call("POST", "/api/public/v2/prompts", {"name": "parent", "prompt": tag})
    client.create("a", "A", labels=["production"])
    client.create("parent", tag, labels=["production"])

    row = client.get("parent").json()

    assert refused.json()["message"] == "Prompt dependency not found: a - label production"
    assert row["prompt"] == tag
    assert [each["name"] for each in row["resolutionGraph"]["dependencies"][row["id"]]] == ["a"]


def test_a_child_may_be_deleted_once_its_parent_is_gone(client: Client) -> None:
    client.create("child", labels=["production"])
    client.create("parent", "@@@langfusePrompt:name=child|version=1@@@")

    assert client.call("DELETE", "/api/public/v2/prompts/child").status_code == 400
    assert client.call("DELETE", "/api/public/v2/prompts/parent").status_code == 204
    assert client.call("DELETE", "/api/public/v2/prompts/child").status_code == 204


def test_pages_count_from_the_whole_list_whatever_is_shown(client: Client) -> None:
    for index in range(25):
        client.create(f"p{index:02}", labels=["production"])

    page = client.call("GET", "/api/public/v2/prompts?label=production&page=3&limit=10").json()

    assert [row["name"] for row in page["data"]] == [f"p{index}" for index in range(20, 25)]
    assert page["meta"] == page["pagination"] == {"page": 3, "limit": 10, "totalPages": 3, "totalItems": 25}


@pytest.mark.parametrize("path", ["/api/public/v2/prompts/", "/api//public/v2/prompts", "/api/public/v2/prompts/%2e"])
def test_paths_have_one_form(path: str, client: Client) -> None:
    away = client_raw(client, path)

    assert (away.status, away.getheader("location")) == (308, "/api/public/v2/prompts")


def client_raw(client: Client, path: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(urlsplit(client.url).netloc)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        return response
    finally:
        connection.close()


def test_a_server_that_was_stopped_is_gone_with_its_threads() -> None:
    langfuse, before = Langfuse(), set(threading.enumerate())  # other tests may have a server that stays
    with serve(langfuse) as url, requests.Session() as session:
        assert session.get(f"{url}/api/public/health", timeout=20).json() == {"status": "OK", "version": "4.16.0"}
        assert {"langfuse", "langfuse-client"} <= {one.name for one in set(threading.enumerate()) - before}

    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/api/public/health", timeout=20)
    left = set(threading.enumerate()) - before
    assert not {"langfuse", "langfuse-client"} & {one.name for one in left}


def test_an_installation_can_be_served_again_and_twice_at_once() -> None:
    langfuse = Langfuse()
    key = langfuse.project()
    with serve(langfuse) as one, serve(langfuse) as other, requests.Session() as session:
        Client(langfuse, one, key, session).create("p", labels=["production"])
        assert Client(langfuse, other, key, session).get("p").status_code == 200


def test_the_clock_may_run_backwards_and_times_do_not() -> None:
    times = iter([NOON, NOON - timedelta(hours=1), NOON + timedelta(seconds=1)])
    person_of = Langfuse(now=lambda: next(times))
    person_of.project()
    person = person_of.person("acme")
    for text in "abc":
        person.save(text, Artifact(text))

    with person_of.opened("acme") as project:
        made = [project.rows(name)[0].created_at for name in "abc"]

    assert made == [NOON, NOON + timedelta(milliseconds=1), NOON + timedelta(seconds=1)]


def test_a_body_is_json_all_the_way(client: Client) -> None:
    config = {"z": 1, "a": {"é": [1.5, 10**30, -0.0, 1e-7]}, "10": 0, "9": 0}
    client.create("p", config=config, labels=["production"])

    text = client.get("p").text

    assert '"config":{"9":0,"10":0,"z":1,"a":{"é":[1.5,1e+30,0,1e-7]}}' in text
    assert json.loads(text)["config"]["a"] == {"é": [1.5, 1e30, 0, 1e-7]}


def test_a_backup_that_is_restored_brings_back_ids_times_and_labels(client: Client) -> None:
    client.create("child", labels=["production"])
    client.create("parent", "@@@langfusePrompt:name=child|label=production@@@", labels=["production"])
    before = [client.get("child").json(), client.get("parent").json()]
    backup = client.langfuse.backup()
    client.create("child", "y", labels=["production"])
    client.call("DELETE", "/api/public/v2/prompts/parent")
    client.langfuse.project("later")
    client.langfuse.person("later").save("p", Artifact("x"))
    client.langfuse.restore(backup)

    assert [client.get("child").json(), client.get("parent").json()] == before
    assert client.holders("latest", "child") == [1]
    assert client.create("child")["version"] == 2
    with client.langfuse.opened("later") as later:
        assert later.rows("p") == ()
