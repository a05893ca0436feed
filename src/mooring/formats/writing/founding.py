"""Which files does a prompt get that Git does not have yet?"""

from collections.abc import Mapping, Sequence

from mooring.core.address import ContentHash
from mooring.core.artifact import Artifact, Json
from mooring.core.desired import HEAD_KEY, PromptFacts
from mooring.formats.layout import path_name
from mooring.formats.parsed import Role
from mooring.formats.writing.declaring import Change, Moves, Scene, declared, facts_fields
from mooring.formats.writing.places import file_paths, folder_paths
from mooring.formats.writing.rewriting import Unwritable, new_file


def one_file(scene: Scene, name: str, labels: Sequence[str], content: Artifact, facts: PromptFacts) -> Change:
    """Make a prompt of one file that serves the same to all labels. Raises Unwritable."""
    for path in file_paths(name):
        if scene.ground.fits(path, Role.ONE_FILE):
            break
    else:
        raise Unwritable(_no_place(scene))
    fields: dict[str, Json] = {} if path_name(path, Role.ONE_FILE) == name else {"name": name}
    told = facts_fields(facts)
    if "description" in told:
        fields["description"] = told.pop("description")
    data = new_file(content, {**fields, "labels": list(labels), **told})
    entry = scene.entry(name)
    return Change(
        dict.fromkeys(labels, HEAD_KEY), {path: data}, {label: HEAD_KEY for label in labels if label in entry}
    )


def version_files(
    scene: Scene, name: str, contents: Mapping[str, tuple[ContentHash, Artifact]], facts: PromptFacts
) -> Change:
    """Make a folder with a version for each content that some label serves: v1, v2 … in the labels' order."""
    folder = free_folder(scene, name)
    keys: dict[ContentHash, str] = {}
    files: dict[str, bytes | None] = {}
    labels: dict[str, str] = {}
    for label, (content_hash, content) in contents.items():
        if content_hash not in keys:
            keys[content_hash] = f"v{len(keys) + 1}"
            files[f"{folder}/{keys[content_hash]}.yaml"] = new_file(content, {})
        labels[label] = keys[content_hash]
    about: dict[str, Json] = {} if folder == name else {"name": name}
    about_files, registry = declared(scene, Moves(name, folder, labels), about | facts_fields(facts))
    return Change(labels, files | about_files, registry)


def free_folder(scene: Scene, name: str) -> str:
    """Give the folder that a prompt's versions go into. Raises Unwritable."""
    for folder in folder_paths(name):
        if scene.ground.free_folder(folder):
            return folder
    raise Unwritable(_no_place(scene))


def _no_place(scene: Scene) -> str:
    return (
        f"every place for it below {scene.prefix or 'the prompts folder'} is taken by other files. "
        "Move them, or write its file by hand with `name:` in it."
    )
