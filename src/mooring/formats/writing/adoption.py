"""Which prompt files serve what the platform serves, written the way that the files beside them are?

Nothing is given back that was not read again by the project's own reader and found to ask for exactly what is wanted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from mooring.core.address import ContentHash
from mooring.core.artifact import Artifact
from mooring.core.canonical import NotCanonical, content_hash
from mooring.core.desired import HEAD_KEY, Desired, PromptFacts
from mooring.formats.layout import folded
from mooring.formats.located import Scalar
from mooring.formats.prompt_shapes import LABEL, NAME
from mooring.formats.scalars import text_flaw
from mooring.formats.shape import Text, check
from mooring.formats.writing import founding
from mooring.formats.writing.declaring import Change, Scene
from mooring.formats.writing.following import as_versions, in_folder, in_one_file
from mooring.formats.writing.places import Ground
from mooring.formats.writing.proof import disproved
from mooring.formats.writing.rewriting import Unwritable, fields_of, with_fields

_REGISTRIES = ("registry.yaml", "registry.yml")


class Layout(StrEnum):
    """How prompts are laid out that Git does not have yet."""

    AUTO = "auto"
    """One file where all labels serve the same, version files where not."""
    ONE_FILE = "one-file"
    VERSIONS = "versions"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the Git labels of one prompt shall serve; labels that are not named stay as they are.

    `facts` are used only for a prompt that Git does not have yet.
    """

    prompt: str
    contents: Mapping[str, Artifact]
    facts: PromptFacts = PromptFacts()


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The files that change, what the wanted labels serve then, and the prompts that cannot be written.

    `files` maps paths below the prompts folder to their new bytes, None takes one away; `keys` prompt and label to a
    key; `refused` a prompt to a sentence that says why, and the way out.
    """

    files: Mapping[str, bytes | None]
    keys: Mapping[tuple[str, str], str]
    refused: Mapping[str, str]


def rewritten(
    files: Mapping[str, bytes], desired: Desired, prefix: str, wanted: Sequence[Wanted], layout: Layout = Layout.AUTO
) -> Rewritten:
    """Give the files that make Git serve what is wanted; what cannot be had is refused prompt by prompt.

    `files` are all files below the prompts folder by their path below it, `desired` what they ask for, and `prefix`
    is the folder with its `/`. A second call on the result changes nothing.
    """
    refused: dict[str, str] = {}
    due = _due(wanted)
    while True:
        scene = _scene(files, desired, prefix)
        changes = _changes(scene, due, layout, refused)
        made = _files(scene, changes)
        wrong = disproved(scene, changes, made, {name: due[name].contents for name in changes})
        if not wrong:
            keys = {(name, label): key for name, change in changes.items() for label, key in change.keys.items()}
            return Rewritten(made, keys, dict(sorted(refused.items())))
        refused |= wrong
        due = {name: want for name, want in due.items() if name not in refused}


def _due(wanted: Sequence[Wanted]) -> dict[str, Wanted]:
    """Give what is wanted by prompt, in an order that does not depend on whoever asks."""
    due: dict[str, Wanted] = {}
    for want in sorted(wanted, key=lambda want: want.prompt):
        known = due.get(want.prompt, want)
        due[want.prompt] = replace(known, contents={**known.contents, **want.contents})
    return {name: want for name, want in due.items() if want.contents}


def _scene(files: Mapping[str, bytes], desired: Desired, prefix: str) -> Scene:
    path = next((path for path in _REGISTRIES if path in files), None)
    registry = {} if path is None else fields_of(files[path])
    return Scene(files, desired, prefix, Ground(files), path, registry)


def _changes(scene: Scene, due: Mapping[str, Wanted], layout: Layout, refused: dict[str, str]) -> dict[str, Change]:
    names = {folded(name): name for name in scene.desired.prompts}
    changes: dict[str, Change] = {}
    for name, want in due.items():
        try:
            _check_names(scene, want, names.get(folded(name)))
            changes[name] = change = _change(scene, want, layout)
        except Unwritable as reason:
            refused[name] = str(reason)
            continue
        names[folded(name)] = name
        for path, data in change.files.items():
            if data is None:
                scene.ground.remove(path)
            elif path not in scene.files:
                scene.ground.add(path)
    return changes


def _check_names(scene: Scene, want: Wanted, like: str | None) -> None:
    if like is not None and like != want.prompt:
        raise Unwritable(
            f"its name differs from that of the prompt `{like}` only in case or in the form of its letters. "
            "Rename one of them on the platform."
        )
    for text, rules, what in [(want.prompt, NAME, "its name"), *((label, LABEL, "a label") for label in want.contents)]:
        _check_text(text, rules, what)
    prompt = scene.desired.prompts.get(want.prompt)
    if prompt is None and not scene.desired.names_known:
        raise Unwritable(
            "a file in Git that cannot be read may be this prompt. Run `mooring validate`, and correct that file first."
        )
    if prompt is not None and not prompt.labels_known:
        raise Unwritable("its files in Git are not valid. Run `mooring validate`, and correct them first.")


def _check_text(text: str, rules: Text, what: str) -> None:
    flaw = text_flaw(text, 1) or next(check(Scalar(1, text, text), rules, what), None)
    if flaw is not None:
        raise Unwritable(f"{flaw.message.encode('utf-8', 'replace').decode()}. Rename it on the platform.")


def _change(scene: Scene, want: Wanted, layout: Layout) -> Change:
    contents = {label: (_hash(want.contents[label]), want.contents[label]) for label in sorted(want.contents)}
    hashes = {content_hash for content_hash, _ in contents.values()}
    prompt = scene.desired.prompts.get(want.prompt)
    if prompt is None or not prompt.versions:
        if layout is Layout.VERSIONS or (layout is Layout.AUTO and len(hashes) > 1):
            return founding.version_files(scene, want.prompt, contents, want.facts)
        if len(hashes) > 1:
            raise Unwritable(_ONE_FILE_CANNOT)
        _, content = next(iter(contents.values()))
        return founding.one_file(scene, want.prompt, list(contents), content, want.facts)
    if HEAD_KEY not in prompt.versions:
        return in_folder(scene, prompt, contents)
    if not hashes - {prompt.versions[HEAD_KEY].hash} or (len(hashes) == 1 and prompt.labels.keys() <= contents.keys()):
        return in_one_file(scene, prompt, contents)
    if layout is Layout.ONE_FILE:
        raise Unwritable(_ONE_FILE_CANNOT)
    return as_versions(scene, prompt, contents)


_ONE_FILE_CANNOT = (
    "its labels serve different contents, and one file serves the same to all. Ask for the layout `auto` or `versions`."
)


def _hash(content: Artifact) -> ContentHash:
    try:
        return content_hash(content)
    except NotCanonical as refused:
        # Not where: the path holds keys that are the platform's own text.
        reasons = "; ".join(sorted({refusal.reason for refusal in refused.refusals})[:3])
        raise Unwritable(f"no file can hold its content: {reasons}. Change it on the platform.") from refused


def _files(scene: Scene, changes: Mapping[str, Change]) -> dict[str, bytes | None]:
    made: dict[str, bytes | None] = {}
    for change in changes.values():
        made |= change.files
    entries = {name: change.registry for name, change in changes.items() if change.registry}
    path = scene.registry_path
    if path is not None and entries:
        wanted = dict(scene.registry or {}) | {name: {**scene.entry(name), **entry} for name, entry in entries.items()}
        made[path] = with_fields(scene.files[path], wanted, ())
    return {path: data for path, data in sorted(made.items()) if data is None or data != scene.files.get(path)}
