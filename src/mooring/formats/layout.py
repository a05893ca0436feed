"""Which files below the prompts folder are prompts, what is each of them, and which prompt does it belong to?

All paths are relative to the prompts folder, with `/` between folders.
"""

import unicodedata
from collections.abc import Iterable, Mapping

from mooring.formats.keys import is_key
from mooring.formats.parsed import Role

_YAML = frozenset({".yaml", ".yml"})
_VERSION = _YAML | {".txt"}
_PROMPT = frozenset({"prompt.yaml", "prompt.yml"})
_REGISTRY = frozenset({"registry.yaml", "registry.yml"})
_TESTS = "tests"


def classify_paths(paths: Iterable[str]) -> Mapping[str, Role]:
    """Give the role of every file that has one; README.md, tests/, hidden files and the like are left out."""
    by_folder: dict[str, list[str]] = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        if not name.startswith("."):
            by_folder.setdefault(folder, []).append(name)
    marked = {folder for folder, names in by_folder.items() if folder and any(map(_marks_a_prompt, names))}
    roles: dict[str, Role] = {}
    for folder, names in by_folder.items():
        if _is_hidden(folder) or _is_in_tests(folder, marked):
            continue
        for name in names:
            role = _role_in_prompt(name) if folder in marked else _role_outside(name, folder)
            if role is not None:
                roles[f"{folder}/{name}" if folder else name] = role
    return roles


def key_of(path: str) -> str:
    """Give the key that a version file's name states."""
    return split_suffix(path.rpartition("/")[2])[0]


def path_name(path: str, role: Role) -> str:
    """Give the name that a prompt has by its path, where no file declares one."""
    match role:
        case Role.VERSION_YAML | Role.VERSION_TEXT | Role.PROMPT_YAML:
            return path.rpartition("/")[0]
        case Role.ONE_FILE | Role.STRAY | Role.REGISTRY:
            return split_suffix(path)[0]


def is_foreign_format(path: str) -> bool:
    """Tell whether a file's name promises the format of another tool, which is not read."""
    return split_suffix(path)[0].lower().endswith(".prompt")


def split_suffix(name: str) -> tuple[str, str]:
    """Split a file's name or path at its last dot: `v1.0.0.txt` is `v1.0.0` and `.txt`."""
    stem, dot, suffix = name.rpartition(".")
    return (stem, dot + suffix) if dot and "/" not in suffix else (name, "")


def _marks_a_prompt(name: str) -> bool:
    stem, suffix = split_suffix(name)
    return name in _PROMPT or (suffix.lower() in _VERSION and is_key(stem))


def _role_in_prompt(name: str) -> Role | None:
    stem, suffix = split_suffix(name)
    is_yaml = suffix.lower() in _YAML
    if name in _PROMPT:
        return Role.PROMPT_YAML
    if suffix.lower() in _VERSION and is_key(stem):
        return Role.VERSION_YAML if is_yaml else Role.VERSION_TEXT
    return Role.STRAY if is_yaml else None


def _role_outside(name: str, folder: str) -> Role | None:
    if split_suffix(name)[1].lower() not in _YAML:
        return None
    if name in _REGISTRY and not folder:
        return Role.REGISTRY
    return Role.STRAY if is_foreign_format(name) else Role.ONE_FILE


def _is_hidden(folder: str) -> bool:
    return folder.startswith(".") or "/." in folder


def _is_in_tests(folder: str, prompt_folders: set[str]) -> bool:
    parts = folder.split("/")
    return _TESTS in parts and any(
        part == _TESTS and "/".join(parts[:depth]) in prompt_folders for depth, part in enumerate(parts)
    )


def folded(name: str) -> str:
    """Fold names that people and file systems take for the same: case, and composed or decomposed letters."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
