"""Which files of the workspace does a pattern of `hashFiles` name, and what is their hash?"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from mooring.testing.actions.globs import chosen


def hash_files(workspace: str, patterns: Sequence[str]) -> str:
    """Give the hash of the hashes of all files that match, '' where none does."""
    root = Path(workspace)
    wanted = [line.strip() for pattern in patterns for line in pattern.split("\n") if line.strip()]
    rooted = [f"!{line[1:].lstrip('/')}" if line.startswith("!") else line.lstrip("/") for line in wanted]
    whole = hashlib.sha256()
    found = [path for path in _files(root) if chosen([path.relative_to(root).as_posix()], rooted)]
    for path in found:
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest() if found else ""


def _files(root: Path) -> Iterator[Path]:
    return (path for path in sorted(root.rglob("*")) if path.is_file() and ".git" not in path.relative_to(root).parts)
