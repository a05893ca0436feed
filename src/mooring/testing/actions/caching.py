"""What do actions/cache, actions/cache/restore and actions/cache/save do?

"Dependency caching reference": a key is written once; a run sees the caches of its own ref, of the base branch and of
the default branch, and of no other; what matches best is the key itself, then the newest of which the key, or one of
`restore-keys`, is the beginning.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mooring.testing.actions.results import Conclusion
from mooring.testing.actions.site import StepContext, StepResult


def cache(context: StepContext) -> StepResult:
    """Restore now, and save at the end of a job that went well, unless the key itself was found."""
    store, lines = _Store.of(context), _lines(context, "path")
    found = _restored(store, context)
    key = context.inputs.get("key", "")
    outputs = {"cache-hit": _hit(found, key)}

    def save(status: Conclusion) -> StepResult:
        if status is not Conclusion.SUCCESS or (found is not None and found.key == key):
            return StepResult()
        return StepResult(lines=(store.save(key, lines),))

    if found is None and context.inputs.get("fail-on-cache-miss") == "true":
        return StepResult(outputs, error=f"Failed to restore cache entry. Input key: {key}")
    return StepResult(outputs, lines=(_told(found, key),), post=save)


def restore(context: StepContext) -> StepResult:
    """Restore, and save nothing."""
    found = _restored(_Store.of(context), context)
    key = context.inputs.get("key", "")
    matched = {} if found is None else {"cache-matched-key": found.key}
    outputs = {"cache-hit": _hit(found, key), "cache-primary-key": key, **matched}
    if found is None and context.inputs.get("fail-on-cache-miss") == "true":
        return StepResult(outputs, error=f"Failed to restore cache entry. Input key: {key}")
    return StepResult(outputs, lines=(_told(found, key),))


def save(context: StepContext) -> StepResult:
    """Save at once."""
    return StepResult(lines=(_Store.of(context).save(context.inputs.get("key", ""), _lines(context, "path")),))


@dataclass(frozen=True, slots=True)
class _Entry:
    """What was saved once. `version` is made of the paths: other paths are another cache."""

    folder: Path
    key: str
    ref: str
    version: str
    number: int


@dataclass(frozen=True, slots=True)
class _Store:
    """The caches of a repository, as a run sees them."""

    folder: Path
    ref: str
    refs: tuple[str, ...]
    workspace: Path
    home: Path

    @staticmethod
    def of(context: StepContext) -> "_Store":
        event, default = context.event, context.site.github.hub.bare.default_branch()
        base = (f"refs/heads/{event.base_ref}",) if event.base_ref else ()
        refs = dict.fromkeys((event.ref, *base, f"refs/heads/{default}"))
        return _Store(context.site.cache, event.ref, tuple(refs), context.workspace, context.home)

    def entries(self) -> list[_Entry]:
        """Give all entries, the newest first."""
        found = []
        for meta in self.folder.glob("*/meta.json"):
            told = json.loads(meta.read_text(encoding="utf-8"))
            found.append(_Entry(meta.parent, told["key"], told["ref"], told["version"], told["number"]))
        return sorted(found, key=lambda entry: entry.number, reverse=True)

    def find(self, key: str, others: Sequence[str], version: str) -> _Entry | None:
        """Give the entry that fits best."""
        for ref in self.refs:
            mine = [entry for entry in self.entries() if entry.ref == ref and entry.version == version]
            exact = [entry for entry in mine if entry.key == key]
            begun = [entry for prefix in (key, *others) for entry in mine if entry.key.startswith(prefix)]
            if exact or begun:
                return (exact or begun)[0]
        return None

    def path(self, written: str) -> Path:
        """Give the place that a path of the input names."""
        return self.home / written[2:] if written.startswith("~/") else self.workspace / written

    def save(self, key: str, paths: Sequence[str]) -> str:
        """Save, unless the key is taken; gives what is said of it."""
        version = _version(paths)
        if any((entry.key, entry.ref, entry.version) == (key, self.ref, version) for entry in self.entries()):
            return f"::warning::Failed to save: Unable to reserve cache with key {key}, another job may be creating it."
        there = [path for path in paths if self.path(path).exists()]
        if not there:
            return "::warning::Path Validation Error: Path(s) specified in the action for caching do(es) not exist."
        number = max((entry.number for entry in self.entries()), default=0) + 1
        folder = self.folder / str(number)
        for at, written in enumerate(paths):
            if written in there:
                _copy(self.path(written), folder / str(at))
        told = {"key": key, "ref": self.ref, "version": version, "number": number}
        (folder / "meta.json").write_text(json.dumps(told), encoding="utf-8")
        return f"Cache saved with key: {key}"


def _restored(store: _Store, context: StepContext) -> _Entry | None:
    paths = _lines(context, "path")
    found = store.find(context.inputs.get("key", ""), _lines(context, "restore-keys"), _version(paths))
    if found is not None and context.inputs.get("lookup-only") != "true":
        for at, written in enumerate(paths):
            if (found.folder / str(at)).exists():
                _copy(found.folder / str(at), store.path(written))
    return found


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copy2(source, target)


def _hit(found: _Entry | None, key: str) -> str:
    """Give `cache-hit`: true for the key itself, false for a part of it, nothing where there is none."""
    return "" if found is None else str(found.key == key).lower()


def _told(found: _Entry | None, key: str) -> str:
    return f"Cache not found for input keys: {key}" if found is None else f"Cache restored from key: {found.key}"


def _version(paths: Sequence[str]) -> str:
    return hashlib.sha256("|".join(paths).encode()).hexdigest()


def _lines(context: StepContext, name: str) -> list[str]:
    return _cut(context.inputs, name)


def _cut(inputs: Mapping[str, str], name: str) -> list[str]:
    return [line.strip() for line in inputs.get(name, "").splitlines() if line.strip()]
