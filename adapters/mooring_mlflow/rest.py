"""How is a served MLflow asked, over HTTP and without importing mlflow?"""

import json
from collections.abc import Mapping
from typing import Any, Literal

from mooring.http import Answer, Login, Request, Server, Verb, basic, bearer
from mooring.ports import Denied, Pace, Tally, Unreachable
from mooring_mlflow.registry import (
    PROMPTS_ONLY,
    SOURCE,
    Container,
    Page,
    Row,
    later_than,
    read_born,
    read_container,
    read_page,
    read_row,
    refusal,
)

__all__ = ["Login", "RestRegistry", "basic", "bearer"]


class RestRegistry:
    """A served registry. One method is one request."""

    def __init__(
        self, base: str, login: Login, tally: Tally, timeout: float, workspace: str | None, pace: Pace
    ) -> None:
        self._base = base
        self._tally = tally
        self._pace = pace
        self._pace = pace
        headers = {} if workspace is None else {"X-MLFLOW-WORKSPACE": workspace}
        self._server = Server("MLflow server", base, login, timeout, headers)

    def find_prompts(self, size: int, page: str | None) -> Page:
        """See Registry."""
        asked = {"filter": PROMPTS_ONLY, "max_results": size, "order_by": "name ASC", "page_token": page}
        return read_page(self._get("list", "registered-models/search", "", asked))

    def get_container(self, name: str) -> Container:
        """See Registry."""
        return read_container(self._get("read", "registered-models/get", name, {"name": name}))

    def find_rows(self, name: str, after: int, size: int, page: str | None) -> Page:
        """See Registry."""
        asked = {
            "filter": later_than(name, after),
            "max_results": size,
            "order_by": "version_number ASC",
            "page_token": page,
        }
        return read_page(self._get("read", "model-versions/search", name, asked))

    def get_row(self, name: str, version: int) -> Row:
        """See Registry."""
        return read_row(self._get("read", "model-versions/get", name, {"name": name, "version": version}))

    def create_container(self, name: str, description: str, tags: Mapping[str, str]) -> None:
        """See Registry."""
        self._write("POST", "registered-models/create", {"name": name, "description": description, "tags": _list(tags)})

    def create_row(self, name: str, description: str, tags: Mapping[str, str]) -> Row:
        """See Registry."""
        body = {"name": name, "source": SOURCE, "description": description, "tags": _list(tags)}
        return read_row(self._write("POST", "model-versions/create", body))

    def describe(self, name: str, description: str) -> None:
        """See Registry."""
        self._write("PATCH", "registered-models/update", {"name": name, "description": description})

    def set_tag(self, name: str, key: str, value: str) -> None:
        """See Registry."""
        self._write("POST", "registered-models/set-tag", {"name": name, "key": key, "value": value})

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """See Registry."""
        self._write("POST", "registered-models/alias", {"name": name, "alias": alias, "version": str(version)})

    def delete_alias(self, name: str, alias: str) -> None:
        """See Registry."""
        self._write("DELETE", "registered-models/alias", {"name": name, "alias": alias})

    def delete_container(self, name: str) -> None:
        """See Registry."""
        self._write("DELETE", "registered-models/delete", {"name": name})

    def born(self) -> int:
        """See Registry."""
        return read_born(self._get("read", "experiments/get", "0", {"experiment_id": "0"}))

    # --- one request --------------------------------------------------------------------------------------------

    def _get(self, kind: Literal["list", "read"], path: str, name: str, asked: Mapping[str, object]) -> dict[str, Any]:
        self._pace.begin("registry")
        self._tally.add(kind)
        query = {key: str(value) for key, value in asked.items() if value is not None}
        return self._ask("GET", path, name, query, None)

    def _write(self, verb: Verb, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self._pace.begin("registry")
        self._tally.add("write")
        return self._ask(verb, path, body["name"], {}, json.dumps(body, ensure_ascii=False).encode())

    def _ask(self, verb: Verb, path: str, name: str, query: Mapping[str, str], body: bytes | None) -> dict[str, Any]:
        request = Request(verb, f"{self._base}/api/2.0/mlflow/{path}", f"{verb} {path}", query, body)
        return self._understand(self._server.ask(request), name)

    def _understand(self, answer: Answer, name: str) -> dict[str, Any]:
        if answer.status in {401, 403}:
            reason = f"The MLflow server refused {answer.asked} (HTTP {answer.status}). The target's credentials are"
            raise Denied(
                f"{reason} missing, wrong or not allowed to do this: reading needs READ, writing EDIT on prompts."
            )
        self._server.expect(answer)
        document = self._server.document(answer)
        if answer.status == 200:
            return document
        code, message = document.get("error_code"), document.get("message")
        if not isinstance(code, str) or not isinstance(message, str):
            reason = f"The answer to {answer.asked} is an error that is not MLflow's own (HTTP {answer.status})."
            raise Unreachable(f"{reason} Check the url.")
        raise refusal(code, message, answer.asked, name)


def _list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]
