"""What stands on MLflow beside the content: where a version came from, and what is known of a prompt as a whole?"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from mooring.core.address import ContentHash
from mooring.core.desired import PromptFacts
from mooring.ports import Provenance
from mooring_mlflow.lens import IS_PROMPT
from mooring_mlflow.registry import Container

ID = "mooring.id"
COMMIT = "mooring.commit"
PATH = "mooring.path"
AUTHOR = "mooring.author"
HASH = "mooring.hash"
TAGS = "mooring.tags"
MAX_SUBJECT = 5000


@dataclass(frozen=True, slots=True)
class Facts:
    """What a container holds of a prompt: the owning repository, description, tags; None where it says none."""

    owner: str | None
    description: str | None
    tags: tuple[str, ...] | None


def write(provenance: Provenance) -> dict[str, str]:
    """Give a version's tags for where it came from."""
    return {
        ID: provenance.id,
        COMMIT: provenance.commit,
        PATH: provenance.path,
        AUTHOR: provenance.author,
        HASH: provenance.hash,
    }


def read(tags: Mapping[str, str]) -> Provenance | None:
    """Read where a version came from; None where it does not say, as one made by hand."""
    if ID not in tags or HASH not in tags:
        return None
    commit, path, author = (tags.get(key, "") for key in (COMMIT, PATH, AUTHOR))
    return Provenance(tags[ID], commit, path, author, ContentHash(tags[HASH]))


def subject(provenance: Provenance) -> str:
    """Give the commit message that MLflow shows beside a version."""
    return f"{provenance.path} at {provenance.commit[:12]} by {provenance.author} (Mooring)"[:MAX_SUBJECT]


def wanted(provenance: Provenance, declared: PromptFacts) -> Facts:
    """Give what a publish says of the prompt as a whole."""
    return Facts(provenance.id, declared.description, declared.tags)


def merge(held: Facts, wanted: Facts) -> Facts:
    """Take what is wanted where it says something, else what is held."""
    description = held.description if wanted.description is None else wanted.description
    return Facts(wanted.owner, description, held.tags if wanted.tags is None else wanted.tags)


def is_prompt(container: Container) -> bool:
    """Tell a prompt from a registered model that holds models, as MLflow's own searches do."""
    return container.tags.get(IS_PROMPT) == "true"


def facts(container: Container) -> Facts:
    """Read what a container holds."""
    return Facts(container.tags.get(ID), container.description or None, _tags(container.tags.get(TAGS)))


def container_tags(facts: Facts) -> dict[str, str]:
    """Give a container's tags; a list of tags has no place on MLflow, whose own are pairs, so it is one of ours."""
    owner = {} if facts.owner is None else {ID: facts.owner}
    tags = {} if facts.tags is None else {TAGS: json.dumps(facts.tags, ensure_ascii=False)}
    return {IS_PROMPT: "true", **owner, **tags}


def _tags(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return tuple(found) if isinstance(found, list) and all(isinstance(tag, str) for tag in found) else None
