"""Does the adapter see what stands between it and a registry, and say what MLflow itself does not tell?"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from mooring.ports import Adapter, Check, Health, Options, Unreachable
from mooring_mlflow import connect
from mooring_mlflow.examination import STRANGE

BASE = "https://mlflow.example.org/prefix"
API = "/api/2.0/mlflow"
ODD = "Grüße an alle"

pytestmark = pytest.mark.timeout(400)  # the first one waits until mlflow is imported


def checks(adapter: Adapter, *prompts: str) -> Mapping[str, Check]:
    return {check.name: check for check in adapter.examine(prompts)}


class Server:
    """An MLflow server behind a proxy: `bend` is what the proxy makes of a name, `hidden` are paths that it denies."""

    def __init__(self) -> None:
        self.prompts = {ODD, "greet"}
        self.hidden: set[str] = set()
        self.bent: dict[str, str] = {}
        self.down = False

    def __call__(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        parts = urlsplit(request.url or "")
        path = str(parts.path).partition(API)[2]
        asked = {str(key): str(value[0]) for key, value in parse_qs(str(parts.query)).items()}
        if self.down:
            return 502, {"Content-Type": "text/html"}, "<html>"
        if path in self.hidden:
            return 403, {"Content-Type": "text/plain"}, "Permission denied"
        if path == "/experiments/get":
            return self._json(200, {"experiment": {"creation_time": 7}})
        name = self.bent.get(asked["name"], asked["name"])
        if name not in self.prompts:
            said = f"Registered Model with name={name} not found"
            return self._json(404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": said})
        found = {"name": name, "creation_timestamp": 1, "last_updated_timestamp": 1}
        return self._json(200, {"registered_model": found})

    @staticmethod
    def _json(status: int, body: object) -> tuple[int, dict[str, str], str]:
        return status, {"Content-Type": "application/json"}, json.dumps(body)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for scheme in ("https", "http"):
            for path in ("experiments/get", "registered-models/get"):
                url = f"{scheme}://mlflow.example.org/prefix{API}/{path}"
                mock.add_callback("GET", url, made, content_type=None)
        yield made


@pytest.fixture
def adapter() -> Adapter:
    return connect(Options("test", BASE, {"token": "s3cr3t"}, "/", timeout=2))


def test_a_served_registry_that_is_well(server: Server, adapter: Adapter) -> None:
    found = checks(adapter, ODD, "greet")
    assert {name for name, check in found.items() if check.health is Health.OK} == {
        *("connection", "identity", "names on the way")
    }
    assert "READ is enough" in found["rights"].fix
    assert "protects no alias" in found["protection"].message
    assert "s3cr3t" not in repr(found)


def test_it_asks_little_and_writes_nothing(server: Server, adapter: Adapter) -> None:
    checks(adapter, *(f"{ODD} {number}" for number in range(20)), "greet")
    assert adapter.tally.counts() == {"list": 0, "read": 5, "write": 0}


@pytest.mark.parametrize("name", [ODD, STRANGE])
def test_a_proxy_that_changes_names_is_a_warning_that_names_them(server: Server, adapter: Adapter, name: str) -> None:
    server.bent[name] = "Gr%C3%BC%C3%9Fe"
    found = checks(adapter, ODD)["names on the way"]
    assert found.health is Health.WARN
    assert repr(name) in found.message
    assert found.fix


def test_a_proxy_that_makes_any_name_one_that_is_there(server: Server, adapter: Adapter) -> None:
    server.bent[STRANGE] = "greet"
    assert checks(adapter)["names on the way"].health is Health.WARN


def test_names_that_nobody_may_ask_for_are_no_warning(server: Server, adapter: Adapter) -> None:
    server.hidden.add("/registered-models/get")
    assert checks(adapter, ODD)["names on the way"].health is Health.NOTE


def test_a_hidden_default_experiment_leaves_the_address_alone_as_identity(server: Server, adapter: Adapter) -> None:
    server.hidden.add("/experiments/get")
    found = checks(adapter)["identity"]
    assert found.health is Health.WARN
    assert "its id is 0" in found.fix
    assert adapter.identity() == f"mlflow:{BASE}"


def test_an_open_line_is_a_warning_unless_it_stays_on_this_machine(server: Server) -> None:
    far = connect(Options("test", BASE.replace("https", "http"), {}, "/"))
    assert checks(far)["encryption"].health is Health.WARN


def test_a_workspace_is_named(server: Server) -> None:
    adapter = connect(Options("test", BASE, {}, "/", extra={"workspace": "team-a"}))
    assert "workspace team-a" in checks(adapter)["connection"].message


def test_a_server_that_is_down_says_nothing(server: Server, adapter: Adapter) -> None:
    server.down = True
    with pytest.raises(Unreachable):
        adapter.examine(())


def test_a_real_file(mlflow_file: Path) -> None:
    found = checks(connect(Options("test", f"sqlite:///{mlflow_file}", {}, "/")), "greet")
    assert found["connection"].health is found["identity"].health is Health.OK
    assert found["rights"].health is Health.NOTE
    assert str(mlflow_file) in found["connection"].message


def test_a_real_server(mlflow_server: str) -> None:
    adapter = connect(Options("test", mlflow_server, {}, "/"))
    body = {"name": ODD, "tags": [{"key": "mlflow.prompt.is_prompt", "value": "true"}]}
    requests.post(f"{mlflow_server}{API}/registered-models/create", json=body, timeout=30)
    try:
        found = checks(adapter, ODD)
    finally:
        requests.delete(f"{mlflow_server}{API}/registered-models/delete", json={"name": ODD}, timeout=30)
    assert found["names on the way"].health is Health.OK
    assert found["identity"].health is Health.OK
    assert "encryption" not in found
