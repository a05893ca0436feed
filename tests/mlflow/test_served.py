"""Does the adapter keep its promises over a real MLflow server, by REST and without importing mlflow?"""

import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from mooring.core.address import Gap, Ref
from mooring.core.artifact import Artifact
from mooring.core.desired import PromptFacts
from mooring.ports import Adapter, Options, Rejected
from mooring.testing.bench import Bench, fresh, present, provenance, publish
from mooring.testing.conformance import AdapterConformance
from mooring.testing.samples import CHAT, LABEL
from mooring_mlflow import connect

PROMPT = {"key": "mlflow.prompt.is_prompt", "value": "true"}

pytestmark = pytest.mark.timeout(400)  # the first one waits until mlflow is imported


@pytest.fixture(scope="module")
def server(mlflow_server: str) -> str:
    return mlflow_server


@pytest.fixture
def adapter(server: str) -> Adapter:
    return connect(Options("test", server, {}, "/"))


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address where nobody listens, and nobody can come to listen."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


class TestServed(AdapterConformance):
    @pytest.fixture
    def bench(self, server: str, mlflow_bench: Callable[[str], Bench]) -> Bench:
        return mlflow_bench(server)

    @pytest.fixture
    def unreachable(self, nobody: str) -> Adapter:
        return connect(Options("test", nobody, {}, "/", timeout=5))


def post(server: str, path: str, body: dict[str, object]) -> None:
    requests.post(f"{server}/api/2.0/mlflow/{path}", json=body, timeout=30).raise_for_status()


def test_a_shell_that_a_crash_left_is_filled(server: str, adapter: Adapter) -> None:
    name = fresh()
    post(server, "registered-models/create", {"name": name, "tags": [PROMPT, {"key": "mooring.id", "value": "ours"}]})
    shell = present(adapter.look(name, [LABEL]))
    assert (shell.newest, shell.owner) == (None, "ours")
    publish(adapter, name, CHAT)
    assert present(adapter.look(name, [LABEL])).newest == Ref("1")
    assert adapter.tally.counts()["write"] == 1, "a shell needs no second container"


def test_a_shell_made_meanwhile_is_taken(server: str, adapter: Adapter) -> None:
    name = fresh()
    assert adapter.look(name, [LABEL]) is Gap.ABSENT
    post(server, "registered-models/create", {"name": name, "tags": [PROMPT]})
    publish(adapter, name, CHAT)
    assert present(adapter.look(name, [LABEL])).owner == "ours"


def test_a_prompt_deleted_meanwhile_is_made_again(server: str, adapter: Adapter, mlflow_bench: object) -> None:
    name = fresh()
    publish(adapter, name, CHAT)
    url = f"{server}/api/2.0/mlflow/registered-models/delete"
    requests.delete(url, json={"name": name}, timeout=30).raise_for_status()
    assert publish(adapter, name, Artifact("again")).ref == "1"


@pytest.mark.parametrize("seen", ["looked at before", "never seen", "made meanwhile"])
def test_a_model_of_that_name_is_no_prompt_and_is_not_touched(server: str, adapter: Adapter, seen: str) -> None:
    name = fresh()
    if seen == "made meanwhile":
        assert adapter.look(name, [LABEL]) is Gap.ABSENT
    post(server, "registered-models/create", {"name": name, "description": "a model"})
    if seen == "looked at before":
        assert adapter.look(name, [LABEL]) is Gap.ABSENT
    with pytest.raises(Rejected, match="registered model"):
        publish(adapter, name, CHAT)
    assert name not in adapter.survey([LABEL], [])
    found = requests.get(f"{server}/api/2.0/mlflow/registered-models/get", params={"name": name}, timeout=30).json()
    assert "latest_versions" not in found["registered_model"]


def test_names_that_only_rest_takes_are_read_all_the_same(server: str, adapter: Adapter) -> None:
    for odd in ("it's 50% — ünï", 'say "so"', "a b&c=d#e?f", "`tick`"):
        name = f"{fresh()} {odd}"
        post(server, "registered-models/create", {"name": name, "tags": [PROMPT]})
        text = {"key": "mlflow.prompt.text", "value": odd}
        post(server, "model-versions/create", {"name": name, "source": "dummy-source", "tags": [PROMPT, text]})
        listing = adapter.survey([LABEL], [])[name]
        assert listing == adapter.look(name, [LABEL])
        assert [each.content for each in adapter.versions(name, None)] == [Artifact(odd)]


def test_facts_are_written_only_where_they_differ(adapter: Adapter) -> None:
    name, facts = fresh(), PromptFacts(description="d", tags=("a",))
    adapter.publish(name, CHAT, provenance(CHAT), facts, ())
    before = adapter.tally.counts()["write"]
    adapter.publish(name, CHAT, provenance(CHAT), facts, ())
    assert adapter.tally.counts()["write"] == before + 1
    adapter.publish(name, CHAT, provenance(CHAT), PromptFacts(description="e", tags=("a", "b")), ())
    assert adapter.tally.counts()["write"] == before + 4


def test_identity_is_that_of_the_database(adapter: Adapter, mlflow_server_file: Path) -> None:
    with closing(sqlite3.connect(mlflow_server_file)) as database:
        (born,) = database.execute("SELECT creation_time FROM experiments WHERE experiment_id = 0").fetchone()
    assert adapter.identity() == f"mlflow:{born}"


def test_pages_of_people(adapter: Adapter, server: str) -> None:
    assert adapter.url("support.agent", None) == f"{server}/#/prompts/support.agent"
    assert adapter.url("ünï x", Ref("2")) == f"{server}/#/prompts/%C3%BCn%C3%AF%20x"
