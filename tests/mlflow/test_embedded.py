"""Does the adapter keep its promises over a registry in a file, and does MLflow's own client read what it wrote?"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mooring.core.artifact import Artifact, Json, Message, Opaque, Placeholder
from mooring.ports import Adapter, Misconfigured, Options
from mooring.testing.bench import Bench, answered, fresh, publish
from mooring.testing.conformance import AdapterConformance
from mooring.testing.samples import CHAT, SCHEMA
from mooring_mlflow import connect, lens

values: st.SearchStrategy[Json] = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(-3, 3)
    | st.text("ab1.", max_size=3)
    | st.lists(st.text("ab", max_size=2), max_size=2)
    | st.just({"a": [1.0, None]})
)

pytestmark = pytest.mark.timeout(400)  # the first one waits until mlflow is imported


class TestEmbedded(AdapterConformance):
    @pytest.fixture
    def bench(self, mlflow_file: Path, mlflow_bench: Callable[[str], Bench]) -> Bench:
        return mlflow_bench(f"sqlite:///{mlflow_file}")

    @pytest.fixture
    def unreachable(self, mlflow_template: Path, tmp_path: Path) -> Adapter:
        damaged = tmp_path / "damaged.db"
        damaged.write_bytes(mlflow_template.read_bytes())
        adapter = connect(Options("test", f"sqlite:///{damaged}", {}, "/"))
        damaged.write_bytes(b"This is not a database any more. " * 4096)
        return adapter


@pytest.fixture
def bench(mlflow_file: Path, mlflow_bench: Callable[[str], Bench]) -> Bench:
    return mlflow_bench(f"sqlite:///{mlflow_file}")


@pytest.fixture
def client(mlflow_file: Path) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=f"sqlite:///{mlflow_file}", registry_uri=f"sqlite:///{mlflow_file}")


def test_load_prompt_gives_an_app_what_it_expects(bench: Bench, client: Any) -> None:
    adapter, name = bench.connect(), fresh()
    stored = publish(adapter, name, CHAT)
    adapter.move_label(name, "production", stored.ref, None)
    loaded = client.load_prompt(f"prompts:/{name}@production")
    assert loaded.template == [
        {"role": "system", "content": "Be kind to {{name}}."},
        {"role": "user", "content": "{{question}}"},
    ]
    assert loaded.variables == {"name", "question"}
    assert loaded.response_format == SCHEMA
    assert loaded.model_config == {
        "model_name": "gpt-4o",
        "temperature": 0.3,
        "max_tokens": 800,
        "stop_sequences": ["END"],
        "seed": 7,
    }
    assert loaded.tags["mooring.path"] == "prompts/ä b.yaml"
    assert loaded.commit_message == "prompts/ä b.yaml at 4b825dc6 by Zoë <zoe@example.org> (Mooring)"
    text = publish(adapter, name, Artifact("Hello {{name}}\n"))
    assert client.load_prompt(name, version=int(text.ref)).format(name="Ada") == "Hello Ada\n"


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    config=st.fixed_dictionaries(
        {},
        optional={
            "model": values,
            "provider": values,
            "temperature": values,
            "max_tokens": values,
            "top_p": values,
            "top_k": values,
            "frequency_penalty": values,
            "stop_sequences": values,
            "seed": values,
        },
    )
)
def test_mlflow_takes_every_model_config_that_is_native(config: dict[str, Json]) -> None:
    from mlflow.entities.model_registry import PromptModelConfig

    native = json.loads(lens.encode(Artifact("x", config)).get(lens.MODEL_CONFIG, "{}"))
    assert PromptModelConfig.from_dict(native).to_dict() == native


def test_a_placeholder_is_a_message_that_mlflow_takes(bench: Bench, client: Any) -> None:
    adapter, name = bench.connect(), fresh()
    publish(adapter, name, Artifact((Message("system", "s"), Placeholder("history"))))
    loaded = client.load_prompt(name, version=1)
    assert loaded.template[1] == {"role": "placeholder", "content": "{{history}}"}
    assert "history" in loaded.variables
    assert loaded.to_single_brace_format()[1] == {"role": "placeholder", "content": "{history}"}, "LangChain's form"


def test_tags_that_a_person_added_do_not_change_the_content(bench: Bench, client: Any) -> None:
    adapter, name = bench.connect(), fresh()
    stored = publish(adapter, name, CHAT)
    client.set_prompt_version_tag(name, stored.ref, "reviewed-by", "somebody")
    assert adapter.read(name, stored.ref) == stored


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        (lens.CARRIER, "{", "not JSON"),
        (lens.CARRIER, '{"temperature": 1}', "other tags"),
        (lens.RESPONSE_FORMAT, "[]", "not a JSON object"),
        (lens.MODEL_CONFIG, '{"model": "gpt"}', "model_name"),
        (lens.TYPE, "image", "neither"),
        (lens.TEXT, "[]", "Mooring"),
        (lens.TEXT, '[{"role": "user", "content": "x", "name": "n"}]', "other fields"),
        (lens.TEXT, '[{"role": "user", "content": "\\u0000"}]', "NUL"),
    ],
)
def test_a_version_that_a_person_broke_is_opaque(bench: Bench, client: Any, key: str, value: str, reason: str) -> None:
    adapter, name = bench.connect(), fresh()
    stored = publish(adapter, name, CHAT)
    client.set_prompt_version_tag(name, stored.ref, key, value)
    found = answered(adapter.read(name, stored.ref))
    assert isinstance(found.content, Opaque)
    assert reason in found.content.reason or reason == "Mooring"
    assert found.provenance == stored.provenance


def test_nothing_is_said_while_a_registry_is_made(mlflow_template: Path) -> None:
    assert mlflow_template.with_name("said.txt").read_text() == ""
    assert {path.name for path in mlflow_template.parent.iterdir()} == {"said.txt", "template.db"}


def test_a_file_that_is_no_registry(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("These are notes. " * 1000)
    with pytest.raises(Misconfigured, match="cannot be opened, because"):
        connect(Options("t", "sqlite:///notes.db", {}, str(tmp_path)))
    with pytest.raises(Misconfigured, match="cannot be opened, because"):
        connect(Options("t", "sqlite:///no/such/folder.db", {}, str(tmp_path)))
