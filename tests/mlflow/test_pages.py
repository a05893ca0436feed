"""What does a survey make of a list that changes while it is read, page by page?"""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from mooring.ports import Adapter, Options, Unreachable
from mooring_mlflow import connect

BASE = "https://mlflow.example.org"
LISTED = f"{BASE}/api/2.0/mlflow/registered-models/search"
RECORDINGS = Path(__file__).parent / "recordings" / "served.jsonl"


@pytest.fixture
def server() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def container(name: str, description: str = "") -> dict[str, object]:
    return {
        "name": name,
        "creation_timestamp": 1795260722252,
        "last_updated_timestamp": 1795260722252,
        "description": description,
        "tags": [{"key": "mlflow.prompt.is_prompt", "value": "true"}],
    }


def serve_pages(
    server: responses.RequestsMock, prompts: list[Any], between: Callable[[list[Any]], object] = list
) -> None:
    """List prompts as MLflow does, by offset, and let somebody act after each page."""

    def page(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        params = request.params  # type: ignore[attr-defined]  # responses adds it
        token = params.get("page_token")
        start = json.loads(base64.b64decode(token))["offset"] if token else 0
        stop = start + int(params["max_results"])
        body: dict[str, object] = {"registered_models": prompts[start:stop]} if prompts[start:stop] else {}
        if stop < len(prompts):
            body["next_page_token"] = base64.b64encode(json.dumps({"offset": stop}).encode()).decode()
        answer = json.dumps(body)
        between(prompts)
        return 200, {}, answer

    server.add_callback("GET", LISTED, callback=page, content_type="application/json")


@pytest.fixture
def paged() -> Adapter:
    return connect(Options("test", BASE, {}, "/", extra={"page_size": "3"}))


def test_a_prompt_deleted_between_two_pages_hides_no_other(server: responses.RequestsMock, paged: Adapter) -> None:
    prompts = [container(f"p{number}") for number in range(8)]
    serve_pages(server, prompts, lambda left: left.pop(0) if len(left) == 8 else None)
    with pytest.raises(Unreachable, match="changed while it was read"):
        paged.survey([], [])


def test_a_prompt_made_between_two_pages_doubles_none(server: responses.RequestsMock, paged: Adapter) -> None:
    prompts = [container(f"p{number}") for number in range(8)]
    serve_pages(server, prompts, lambda left: left.insert(0, container("new")) if len(left) == 8 else None)
    assert {f"p{number}" for number in range(8)} <= paged.survey([], []).keys()


def test_a_prompt_seen_twice_and_different_is_no_reading(server: responses.RequestsMock, paged: Adapter) -> None:
    prompts = [container(f"p{number}") for number in range(5)]
    serve_pages(server, prompts, lambda left: left.__setitem__(2, container("p2", "other")))
    with pytest.raises(Unreachable, match="p2"):
        paged.survey([], [])


def test_recorded_pages(server: responses.RequestsMock) -> None:
    """The recording's pages do not overlap, ours do: the next page starts at the last prompt of this one."""
    recorded = map(json.loads, RECORDINGS.read_text("utf-8").splitlines())
    first, second = (each["answer"] for each in recorded if each["name"] in {"page 1", "page 2"})
    names = first["registered_models"] + second["registered_models"]
    serve_pages(server, names)
    adapter = connect(Options("test", BASE, {}, "/", extra={"page_size": "5"}))
    assert adapter.survey([], []).keys() == {each["name"] for each in names}
    assert adapter.tally.counts() == {"list": 3, "read": 0, "write": 0}
