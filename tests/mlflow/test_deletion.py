"""Is a prompt deleted whole on a real MLflow, and never a model that is none, nor anything under an empty name?"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mooring.core.address import Gap, Ref
from mooring.core.artifact import Artifact
from mooring.ports import Adapter, Options, Rejected
from mooring.testing.bench import Bench, fresh, present, publish
from mooring.testing.samples import CHAT
from mooring_mlflow import connect

pytestmark = pytest.mark.timeout(400)  # the first one waits until mlflow is imported


@pytest.fixture(params=["embedded", "served"])
def adapter(request: pytest.FixtureRequest, mlflow_file: Path, mlflow_server: str) -> Adapter:
    url = f"sqlite:///{mlflow_file}" if request.param == "embedded" else mlflow_server
    return connect(Options("test", url, {}, "/"))


@pytest.fixture
def client(request: pytest.FixtureRequest, adapter: Adapter, mlflow_file: Path, mlflow_server: str) -> Any:
    from mlflow import MlflowClient

    embedded = adapter.connection().startswith("sqlite")
    url = f"sqlite:///{mlflow_file}" if embedded else mlflow_server
    return MlflowClient(tracking_uri=url, registry_uri=url)


def test_versions_and_aliases_go_with_the_prompt_in_one_request(adapter: Adapter, client: Any) -> None:
    name = fresh()
    first, second = publish(adapter, name, CHAT), publish(adapter, name, Artifact("two"))
    adapter.move_label(name, "production", first.ref, None)
    adapter.move_label(name, "staging", second.ref, None)
    before = adapter.tally.counts()["write"]
    adapter.delete_prompt(name)
    assert adapter.tally.counts()["write"] == before + 1
    assert adapter.look(name, []) is Gap.ABSENT
    assert client.load_prompt(f"prompts:/{name}@production", allow_missing=True) is None
    assert client.load_prompt(f"prompts:/{name}/2", allow_missing=True) is None


def test_a_name_that_comes_back_has_nothing_of_the_old_one(adapter: Adapter) -> None:
    name = fresh()
    stored = publish(adapter, name, Artifact("old"))
    adapter.move_label(name, "production", stored.ref, None)
    adapter.delete_prompt(name)
    new = publish(adapter, name, Artifact("new"))
    assert (new.ref, present(adapter.look(name, [])).labels) == (Ref("1"), {})
    assert present(adapter.look(name, [])).owner == "ours", "the mark is written anew"


def test_a_registered_model_that_is_no_prompt_is_never_deleted(adapter: Adapter, client: Any) -> None:
    name = fresh()
    client.create_registered_model(name)
    with pytest.raises(Rejected, match="is a registered model on MLflow and not a prompt"):
        adapter.delete_prompt(name)
    assert client.get_registered_model(name).name == name


@pytest.mark.parametrize("name", ["", ".", "..", "a/b"])
def test_a_name_that_mlflow_does_not_know_is_refused_before_anything_is_sent(
    mlflow_file: Path, mlflow_bench: Callable[[str], Bench], name: str
) -> None:
    adapter = mlflow_bench(f"sqlite:///{mlflow_file}").connect()
    with pytest.raises(Rejected):
        adapter.delete_prompt(name)
    assert sum(adapter.tally.counts().values()) == 0
