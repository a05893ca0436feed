"""Which files change when a prompt that Git has serves other content to some of its labels?"""

from collections.abc import Mapping
from typing import TypeAlias

from mooring.core.address import INVALID, ContentHash, Gap
from mooring.core.artifact import Artifact, Json
from mooring.core.desired import HEAD_KEY, DesiredPrompt, Version
from mooring.formats.keys import newest, next_key
from mooring.formats.layout import split_suffix
from mooring.formats.parsed import Role
from mooring.formats.version_file import UnreadableFile, read_artifact
from mooring.formats.writing.declaring import Change, Moves, Scene, declared
from mooring.formats.writing.founding import free_folder
from mooring.formats.writing.rewriting import Unwritable, fields_of, new_file, new_text, with_content

Contents: TypeAlias = Mapping[str, tuple[ContentHash, Artifact]]
"""Label to the content that it shall serve."""

_ABOUT_ALL = ("tags", "owners", "variables")
"""The fields that stand in prompt.yaml once a prompt has versions."""


def in_one_file(scene: Scene, prompt: DesiredPrompt, contents: Contents) -> Change:
    """Edit a prompt of one file in place, whose labels all serve the same. Raises Unwritable."""
    path = _path(scene, prompt.versions[HEAD_KEY])
    data = scene.files[path]
    _, content = next(iter(contents.values()))
    facts, registry = _labels_of_file(scene, prompt, data, contents)
    changed = with_content(Role.ONE_FILE, data, content, facts, Role.ONE_FILE)
    return Change(dict.fromkeys(contents, HEAD_KEY), {path: changed}, registry)


def as_versions(scene: Scene, prompt: DesiredPrompt, contents: Contents) -> Change:
    """Turn a prompt of one file into a folder: what it serves now becomes v1, what some label shall serve v2 …"""
    head = prompt.versions[HEAD_KEY]
    path = _path(scene, head)
    data = scene.files[path]
    now = fields_of(data) or {}
    stem = split_suffix(path)[0]
    folder = stem if scene.ground.free_folder(stem) else free_folder(scene, prompt.name)
    name: dict[str, Json] = {"name": prompt.name} if folder != prompt.name and not now.keys() & {"name", "id"} else {}
    first = {"labels": None, **dict.fromkeys(_ABOUT_ALL), **name} | ({"version": "v1"} if "version" in now else {})
    base = with_content(Role.VERSION_YAML, data, _read(Role.ONE_FILE, data), first, Role.ONE_FILE)
    files: dict[str, bytes | None] = {path: None, f"{folder}/v1.yaml": base}
    keys = {head.hash: "v1"}
    labels = dict.fromkeys(prompt.labels, "v1")
    for label, (content_hash, content) in contents.items():
        if content_hash not in keys:
            key = keys[content_hash] = f"v{len(keys) + 1}"
            files[f"{folder}/{key}.yaml"] = _copied(base, Role.VERSION_YAML, key, content)
        labels[label] = keys[content_hash]
    about = {name: now[name] for name in _ABOUT_ALL if name in now}
    about_files, registry = declared(scene, Moves(prompt.name, folder, labels), about)
    return Change({label: labels[label] for label in contents}, files | about_files, registry)


def in_folder(scene: Scene, prompt: DesiredPrompt, contents: Contents) -> Change:
    """Move labels to versions that hold what they shall serve, and add those that are missing. Raises Unwritable."""
    some = next(iter(prompt.versions.values()))
    folder = _path(scene, some).rpartition("/")[0]
    held = _held(prompt)
    taken = set(prompt.versions)
    files: dict[str, bytes | None] = {}
    keys: dict[str, str] = {}
    for label, (content_hash, content) in contents.items():
        served = prompt.versions.get(prompt.labels.get(label, ""))
        if served is not None and served.hash == content_hash:
            keys[label] = served.key
            continue
        if content_hash not in held:
            key = next_key(newest(taken) or "", taken)
            base = served if served is not None and served.hash is not INVALID else _newest_valid(prompt)
            path, data = _next_file(scene, base, f"{folder}/{key}", content)
            files[path] = data
            taken.add(key)
            held[content_hash] = key
        keys[label] = held[content_hash]
    moved = {label: key for label, key in keys.items() if prompt.labels.get(label) != key}
    about, registry = declared(scene, Moves(prompt.name, folder, moved), {})
    return Change(keys, files | about, registry)


def _held(prompt: DesiredPrompt) -> dict[ContentHash, str]:
    """Give the newest key of each content that the prompt has."""
    keys: dict[ContentHash, list[str]] = {}
    for key, version in prompt.versions.items():
        if not isinstance(version.hash, Gap):
            keys.setdefault(version.hash, []).append(key)
    return {content: newest(listed) or "" for content, listed in keys.items()}


def _next_file(scene: Scene, base: Version | None, stem: str, content: Artifact) -> tuple[str, bytes]:
    """Give the version's path and bytes: a copy of another one, changed in place, or a new file."""
    if base is None:
        return f"{stem}.yaml", new_file(content, {})
    path = _path(scene, base)
    suffix = split_suffix(path)[1]
    if suffix.lower() != ".txt":
        return stem + suffix, _copied(scene.files[path], Role.VERSION_YAML, stem.rpartition("/")[2], content)
    text = new_text(content, scene.files[path])
    return (f"{stem}{suffix}", text) if text is not None else (f"{stem}.yaml", new_file(content, {}))


def _copied(data: bytes, role: Role, key: str, content: Artifact) -> bytes:
    stated = (fields_of(data) or {}).keys() & {"version"}
    return with_content(role, data, content, dict.fromkeys(stated, key), role)


def _labels_of_file(
    scene: Scene, prompt: DesiredPrompt, data: bytes, contents: Contents
) -> tuple[dict[str, Json], dict[str, str]]:
    """Declare new labels of a one-file prompt beside its others: in the file, or in registry.yaml."""
    new = [label for label in contents if label not in prompt.labels]
    if not new:
        return {}, {}
    stated = (fields_of(data) or {}).get("labels")
    listed = list(stated) if isinstance(stated, list) else []
    if not listed and scene.entry(prompt.name):
        return {}, dict.fromkeys(new, HEAD_KEY)
    return {"labels": [*listed, *new]}, {}


def _newest_valid(prompt: DesiredPrompt) -> Version | None:
    key = newest(key for key, version in prompt.versions.items() if version.hash is not INVALID)
    return None if key is None else prompt.versions[key]


def _path(scene: Scene, version: Version) -> str:
    path = version.path.removeprefix(scene.prefix)
    if path not in scene.files:
        raise Unwritable(f"{version.path} was not given. Read all files below the prompts folder.")
    return path


def _read(role: Role, data: bytes) -> Artifact:
    try:
        return read_artifact(role, data)
    except UnreadableFile as unreadable:
        raise Unwritable(f"its file is not valid: {unreadable.flaws[0].message}. Correct it first.") from unreadable
