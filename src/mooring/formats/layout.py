"""Which files below the prompts folder are prompts, what is each of them, and which prompt does it belong to?

All paths are relative to the prompts folder, with `/` between folders.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from mooring.formats.parsed import Role

_KEY = re.compile(r"v?\d+(\.\d+)*([-+.][0-9A-Za-z.-]+)?", re.ASCII)
_YAML = frozenset({".yaml", ".yml"})
_TESTS = "tests"


def classify_paths(paths: Iterable[str]) -> Mapping[str, Role]:
    """Give the role of every file that has one; README.md, tests/ and the like are left out."""
    seen = [path for path in paths if not any(part.startswith(".") for part in path.split("/"))]
    folders = prompt_folders(seen)
    roles = ((path, _role(path, folders)) for path in seen)
    return {path: role for path, role in roles if role is not None}


def prompt_folders(paths: Iterable[str]) -> frozenset[str]:
    """Give the folders that hold the versions of one prompt each."""
    marked = {_folder(path) for path in paths if _is_prompt_yaml(path) or key_of(path) is not None} - {""}
    return frozenset(folder for folder in marked if not _in_tests(folder, marked))


def key_of(path: str) -> str | None:
    """Give the key that a version file's name states, or None for a file that is not named like a version."""
    name = PurePosixPath(path)
    named = name.suffix.lower() in _YAML | {".txt"} and _KEY.fullmatch(name.stem)
    return name.stem if named else None


def path_name(path: str, role: Role) -> str:
    """Give the name that a prompt has by its path, where no file declares one."""
    match role:
        case Role.VERSION_YAML | Role.VERSION_TEXT | Role.PROMPT_YAML:
            return _folder(path)
        case Role.ONE_FILE | Role.STRAY | Role.REGISTRY:
            return path.removesuffix(PurePosixPath(path).suffix)


def _role(path: str, folders: frozenset[str]) -> Role | None:
    folder = _folder(path)
    is_yaml = PurePosixPath(path).suffix.lower() in _YAML
    if _in_tests(folder, folders):
        return None
    if folder in folders:
        if _is_prompt_yaml(path):
            return Role.PROMPT_YAML
        if key_of(path) is not None:
            return Role.VERSION_YAML if is_yaml else Role.VERSION_TEXT
        return Role.STRAY if is_yaml else None
    if not is_yaml:
        return None
    if path in {"registry.yaml", "registry.yml"}:
        return Role.REGISTRY
    return Role.STRAY if is_foreign_format(path) else Role.ONE_FILE


def is_foreign_format(path: str) -> bool:
    """Tell whether a file's name promises the format of another tool, which is not read yet."""
    return PurePosixPath(path).stem.lower().endswith(".prompt")


def _is_prompt_yaml(path: str) -> bool:
    return path.rpartition("/")[2] in {"prompt.yaml", "prompt.yml"}


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _in_tests(folder: str, folders: Iterable[str]) -> bool:
    parts = folder.split("/")
    return any(part == _TESTS and "/".join(parts[:depth]) in folders for depth, part in enumerate(parts) if depth)
