"""How is a registry in an SQLite file asked, through the mlflow package and without a server?"""

import json
import logging
import os
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from mooring.ports import Misconfigured, Tally, Unreachable
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

T = TypeVar("T")

_SQLITE = b"SQLite format 3\0"


def open_registry(url: str, tally: Tally) -> "EmbeddedRegistry":
    """Open `sqlite:///ABSOLUTE`, made and migrated where it is new; imports mlflow, which takes seconds.

    Raises Misconfigured where mlflow is not installed or the file is not a registry that it can use.
    """
    _check(url)
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from mlflow.exceptions import MlflowException
            from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore
            from sqlalchemy.exc import SQLAlchemyError
        except ImportError as error:
            reason = f"The registry {url} is a file, and reading it needs the mlflow package ({error})."
            raise Misconfigured(f"{reason} Install it: pip install 'mooring[mlflow]'.") from error
        for name in ("mlflow", "alembic"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            return EmbeddedRegistry(SqlAlchemyStore(url), url, tally)
        except (MlflowException, SQLAlchemyError, OSError) as error:
            said = str(error).partition("\n")[0][:300]
            reason = f"The registry {url} cannot be opened ({said})."
            raise Misconfigured(f"{reason} Check the path, or upgrade an old file with `mlflow db upgrade`.") from error


def _check(url: str) -> None:
    """Refuse what SQLite cannot open before mlflow tries it again for a minute."""
    file = Path(url.removeprefix("sqlite:///"))
    if not file.parent.is_dir():
        reason = f"The registry {file} cannot be opened, because {file.parent} is not a folder."
        raise Misconfigured(f"{reason} Make the folder, or correct the path in the target's url.")
    try:
        start = file.read_bytes()[: len(_SQLITE)] if file.exists() else b""
    except OSError as error:
        reason = f"The registry {file} cannot be opened ({error.strerror})."
        raise Misconfigured(f"{reason} Correct the path in the target's url, or its rights.") from error
    if start and start != _SQLITE:
        reason = f"The registry {file} cannot be opened, because it is not an SQLite file."
        raise Misconfigured(f"{reason} Correct the path in the target's url.")


class EmbeddedRegistry:
    """A registry in a file, by MLflow's own store; its answers are brought into the shape of the REST API."""

    def __init__(self, store: Any, url: str, tally: Tally) -> None:
        self._store = store
        self._url = url
        self._tally = tally

    def find_prompts(self, size: int, page: str | None) -> Page:
        """See Registry."""
        search = self._store.search_registered_models
        found = self._ask("list", "a search for prompts", "", lambda: search(PROMPTS_ONLY, size, ["name ASC"], page))
        return read_page({"registered_models": [_json(each) for each in found], "next_page_token": found.token})

    def get_container(self, name: str) -> Container:
        """See Registry."""
        found = self._ask("read", "a prompt", name, lambda: self._store.get_registered_model(name))
        return read_container({"registered_model": _json(found)})

    def find_rows(self, name: str, after: int, size: int, page: str | None) -> Page:
        """See Registry."""
        search, which, order = self._store.search_model_versions, later_than(name, after), ["version_number ASC"]
        found = self._ask("read", "a search for versions", name, lambda: search(which, size, order, page))
        return read_page({"model_versions": [_json(each) for each in found], "next_page_token": found.token})

    def get_row(self, name: str, version: int) -> Row:
        """See Registry."""
        found = self._ask("read", "a version", name, lambda: self._store.get_model_version(name, str(version)))
        return read_row({"model_version": _json(found)})

    def create_container(self, name: str, description: str, tags: Mapping[str, str]) -> None:
        """See Registry."""
        from mlflow.entities.model_registry import RegisteredModelTag

        wanted = [RegisteredModelTag(key, value) for key, value in tags.items()]
        self._ask("write", "a new prompt", name, lambda: self._store.create_registered_model(name, wanted, description))

    def create_row(self, name: str, description: str, tags: Mapping[str, str]) -> Row:
        """See Registry."""
        from mlflow.entities.model_registry import ModelVersionTag

        wanted = [ModelVersionTag(key, value) for key, value in tags.items()]
        create = self._store.create_model_version
        found = self._ask(
            "write", "a new version", name, lambda: create(name, SOURCE, tags=wanted, description=description)
        )
        return read_row({"model_version": _json(found)})

    def describe(self, name: str, description: str) -> None:
        """See Registry."""
        self._ask("write", "a description", name, lambda: self._store.update_registered_model(name, description))

    def set_tag(self, name: str, key: str, value: str) -> None:
        """See Registry."""
        from mlflow.entities.model_registry import RegisteredModelTag

        tag = RegisteredModelTag(key, value)
        self._ask("write", "a tag", name, lambda: self._store.set_registered_model_tag(name, tag))

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """See Registry."""
        point = self._store.set_registered_model_alias
        self._ask("write", "an alias", name, lambda: point(name, alias, str(version)))

    def delete_alias(self, name: str, alias: str) -> None:
        """See Registry."""
        remove = self._store.delete_registered_model_alias
        self._ask("write", "the removal of an alias", name, lambda: remove(name, alias))

    def delete_container(self, name: str) -> None:
        """See Registry."""
        self._ask("write", "the deletion of a prompt", name, lambda: self._store.delete_registered_model(name))

    def born(self) -> int:
        """See Registry. MLflow makes the default experiment at the first use of a file, so it is there or made now."""
        from mlflow import MlflowClient

        client = MlflowClient(tracking_uri=self._url, registry_uri=self._url)
        found = self._ask("read", "the default experiment", "0", lambda: client.get_experiment("0"))
        return read_born({"experiment": {"creation_time": found.creation_time}})

    def _ask(self, kind: Literal["list", "read", "write"], asked: str, name: str, do: Callable[[], T]) -> T:
        from mlflow.exceptions import MlflowException

        self._tally.add(kind)
        try:
            return do()
        except MlflowException as error:
            raise refusal(error.error_code, str(error.message), asked, name) from None
        except OSError as error:
            raise Unreachable(f"The registry {self._url} cannot be read ({error}). Check the file.") from error


def _json(entity: Any) -> Any:
    from mlflow.utils.proto_json_utils import message_to_json

    return json.loads(message_to_json(entity.to_proto()))
