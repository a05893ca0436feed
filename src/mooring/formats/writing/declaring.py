"""Where are a prompt's labels declared, and which files say so once they are moved?"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mooring.core.artifact import Json
from mooring.core.desired import Desired, PromptFacts
from mooring.formats.scalars import text_flaw
from mooring.formats.writing.places import Ground
from mooring.formats.writing.rewriting import Unwritable, document, fields_of, with_fields
from mooring.formats.writing.spelled import ORDER

PRODUCTION = "production"
"""The label that `active_version` means."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What stands in Git: the files below the prompts folder, what they ask for, and which paths are taken."""

    files: Mapping[str, bytes]
    desired: Desired
    prefix: str
    ground: Ground
    registry_path: str | None
    registry: Mapping[str, Json] | None
    """What registry.yaml holds; None where that is not valid."""

    def entry(self, prompt: str) -> Mapping[str, Json]:
        """Give a prompt's labels in registry.yaml."""
        entry = (self.registry or {}).get(prompt)
        return entry if isinstance(entry, Mapping) else {}

    def about(self, folder: str) -> str:
        """Give the path of a folder's prompt.yaml, there or not."""
        other = f"{folder}/prompt.yml"
        return other if other in self.files else f"{folder}/prompt.yaml"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one prompt: its own files, its labels in registry.yaml, and what each wanted label serves."""

    keys: Mapping[str, str]
    files: Mapping[str, bytes | None] = field(default_factory=dict[str, "bytes | None"])
    registry: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Moves:
    """Labels and the keys that they are to serve, in the prompt whose versions stand in `folder`."""

    prompt: str
    folder: str
    labels: Mapping[str, str]


def declared(scene: Scene, moves: Moves, facts: Mapping[str, Json]) -> tuple[dict[str, bytes | None], dict[str, str]]:
    """Give the prompt.yaml that changes, if it does, and the labels that registry.yaml gives the prompt then.

    A label is changed wherever it is declared. A new one goes beside the prompt's others, else to registry.yaml if
    there is one, else to prompt.yaml. `facts` are fields of prompt.yaml where it lacks them.
    """
    path = scene.about(moves.folder)
    data = scene.files.get(path)
    now = {} if data is None else fields_of(data)
    if now is None:
        raise Unwritable(f"{scene.prefix}{path} is not valid. Run `mooring validate`, and correct it first.")
    about = dict(facts) | now
    registry = _moved(scene, moves, about)
    if registry and scene.registry is None:
        raise Unwritable(
            f"{scene.prefix}{scene.registry_path} is not valid. Run `mooring validate`, and correct it first."
        )
    if about == now:
        return {}, registry
    ordered = {name: about[name] for name in ORDER if name in about}
    return {path: document(ordered) if data is None else with_fields(data, about, ORDER)}, registry


def facts_fields(facts: PromptFacts) -> dict[str, Json]:
    """Give the fields of a prompt's facts, without what no file may state."""
    texts = {"tags": facts.tags, "owners": facts.owners, "variables": facts.variables}
    fields: dict[str, Json] = {}
    if facts.description and text_flaw(facts.description, 1) is None:
        fields["description"] = facts.description
    for name, listed in texts.items():
        kept = [text for text in listed or () if text.strip() and text_flaw(text, 1) is None]
        if kept:
            fields[name] = kept
    return fields


def _moved(scene: Scene, moves: Moves, about: dict[str, Json]) -> dict[str, str]:
    entry, stated = scene.entry(moves.prompt), about.get("labels")
    labels = dict(stated) if isinstance(stated, Mapping) else {}
    has_active = "active_version" in about
    at_home = bool(labels or has_active) and not entry
    registry: dict[str, str] = {}
    for label, key in moves.labels.items():
        active = label == PRODUCTION and has_active
        if active:
            about["active_version"] = key
        if label in entry or not (active or label in labels or at_home or scene.registry_path is None):
            registry[label] = key
        if label in labels or not (active or label in entry or label in registry):
            labels[label] = key
    if labels:
        about["labels"] = labels
    return registry
