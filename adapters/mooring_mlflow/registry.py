"""What is asked of an MLflow model registry, whether it is served or embedded, and what are its answers?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from mooring.ports import AdapterError, Rejected, Unreachable

PROMPTS_ONLY = "tags.`mlflow.prompt.is_prompt` = 'true'"
"""Without this filter both searches hide every prompt."""

SOURCE = "dummy-source"
"""Versions need a source; MLflow's servers refuse any other one for a prompt."""


class Missing(Exception):
    """MLflow answered, as itself, that the prompt or version that was named does not exist."""


class Taken(Exception):
    """A registered model or prompt of that name exists already."""


@dataclass(frozen=True, slots=True)
class Row:
    """A model version that holds a prompt version. `created` is in milliseconds since 1970."""

    name: str
    version: int
    created: int
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Container:
    """A registered model that holds a prompt, with its aliases and the latest version of each stage."""

    name: str
    created: int
    updated: int
    description: str
    tags: Mapping[str, str]
    aliases: Mapping[str, int]
    latest: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Some containers or rows in order, and where the next ones start (None: these were the last)."""

    containers: tuple[Container, ...]
    rows: tuple[Row, ...]
    next: str | None


class Registry(Protocol):
    """The calls of MLflow's REST API that prompts need; one method is one request.

    Raises Missing and Taken where that is the answer, else the errors of an adapter.
    """

    def find_prompts(self, size: int, page: str | None) -> Page:
        """List the prompts by name."""
        ...

    def get_container(self, name: str) -> Container:
        """Give a registered model, be it a prompt or not."""
        ...

    def find_rows(self, name: str, after: int, size: int, page: str | None) -> Page:
        """List the versions of a prompt that come after one, oldest first."""
        ...

    def get_row(self, name: str, version: int) -> Row:
        """Give one version."""
        ...

    def create_container(self, name: str, description: str, tags: Mapping[str, str]) -> None:
        """Make an empty prompt."""
        ...

    def create_row(self, name: str, description: str, tags: Mapping[str, str]) -> Row:
        """Make a version and give what was stored."""
        ...

    def describe(self, name: str, description: str) -> None:
        """Set a prompt's description."""
        ...

    def set_tag(self, name: str, key: str, value: str) -> None:
        """Set a tag of a prompt."""
        ...

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Point an alias at a version."""
        ...

    def delete_alias(self, name: str, alias: str) -> None:
        """Take an alias off; nothing happens where it is not there."""
        ...

    def delete_container(self, name: str) -> None:
        """Delete a registered model with its versions and aliases."""
        ...

    def born(self) -> int:
        """Give the creation time of the default experiment, which no two registries share."""
        ...


def later_than(name: str, after: int) -> str:
    """Write the filter for a prompt's versions; it knows no escapes, so a name with both kinds of quotes is refused."""
    if "'" in name and '"' in name:
        reason = f"The prompt {name!r} has both kinds of quotes in its name, and MLflow cannot search for those."
        raise Unreachable(f"{reason} Rename it on the platform.")
    quoted = f'"{name}"' if "'" in name else f"'{name}'"
    return f"{PROMPTS_ONLY} AND name = {quoted} AND version_number > {after}"


def refusal(code: str, message: str, asked: str, name: str) -> Missing | Taken | AdapterError:
    """Say what an error of MLflow's own means; `name` is the prompt that the request `asked` was about.

    Only the start of the message is repeated: those of databases go on with the values that they were given.
    """
    said = f"MLflow refused {asked} ({code}: {message.partition(chr(10))[0][:200]})."
    match code:
        case "RESOURCE_DOES_NOT_EXIST" if name and name in message and not message.startswith("Workspace"):
            return Missing(said)
        case "RESOURCE_DOES_NOT_EXIST":
            return Unreachable(f"{said} Check the target's url and workspace.")
        case "RESOURCE_ALREADY_EXISTS":
            return Taken(said)
        case "BAD_REQUEST" if "UNIQUE constraint" in message or "duplicate key" in message:
            return Unreachable(f"{said} Somebody wrote the same at the same moment; try again.")
        case "BAD_REQUEST" if "too long" not in message:
            return Unreachable(f"{said} The database behind MLflow did not do it; look at its log.")
        case "INVALID_PARAMETER_VALUE" | "BAD_REQUEST" | "INVALID_STATE":
            return Rejected(said)
        case _:
            return Unreachable(f"{said} Nothing is known of the prompt; try again.")


# --- reading answers: dictionaries of the REST API's shape --------------------------------------------------------


def read_page(answer: Mapping[str, Any]) -> Page:
    """Read the answer to a search; raises Unreachable for another shape."""
    try:
        return Page(
            tuple(_container(entry) for entry in answer.get("registered_models", ())),
            tuple(_row(entry) for entry in answer.get("model_versions", ())),
            answer.get("next_page_token") or None,
        )
    except _WRONG as error:
        raise _shape(error) from error


def read_container(answer: Mapping[str, Any]) -> Container:
    """Read the answer to registered-models/get; raises Unreachable for another shape."""
    try:
        return _container(answer["registered_model"])
    except _WRONG as error:
        raise _shape(error) from error


def read_row(answer: Mapping[str, Any]) -> Row:
    """Read the answer to model-versions/get or create; raises Unreachable for another shape."""
    try:
        return _row(answer["model_version"])
    except _WRONG as error:
        raise _shape(error) from error


def read_born(answer: Mapping[str, Any]) -> int:
    """Read the answer to experiments/get; raises Unreachable for another shape."""
    try:
        return int(answer["experiment"]["creation_time"])
    except _WRONG as error:
        raise _shape(error) from error


_WRONG = (KeyError, TypeError, ValueError, AttributeError)


def _container(entry: Mapping[str, Any]) -> Container:
    return Container(
        _text(entry["name"]),
        int(entry["creation_timestamp"]),
        int(entry["last_updated_timestamp"]),
        _text(entry.get("description", "")),
        _tags(entry),
        {_text(each["alias"]): int(each["version"]) for each in entry.get("aliases", ())},
        tuple(_row(each) for each in entry.get("latest_versions", ())),
    )


def _row(entry: Mapping[str, Any]) -> Row:
    return Row(_text(entry["name"]), int(entry["version"]), int(entry["creation_timestamp"]), _tags(entry))


def _tags(entry: Mapping[str, Any]) -> dict[str, str]:
    return {_text(tag["key"]): _text(tag.get("value", "")) for tag in entry.get("tags", ())}


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise TypeError(type(value).__name__)


def _shape(error: Exception) -> Unreachable:
    reason = f"MLflow's answer has another shape than its REST API documents ({type(error).__name__}: {error})."
    return Unreachable(f"{reason} Check that the target's url is that of an MLflow server, not of a proxy's page.")
