"""What would a prompt platform be if it were a dictionary? The memory adapter's other side, with hands for a person."""

import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from mooring.core.address import Ref
from mooring.core.artifact import Content
from mooring.core.canonical import content_hash
from mooring.ports import Provenance, Stored, Unreachable
from mooring_memory import state
from mooring_memory.state import Prompt


class Platform:
    """One project. Every method is one transaction, safe from several threads and, on a file, from several processes.

    The public methods are what a person can do by hand; an absent prompt, version or label is a KeyError.
    A test may set `identity` and `now` (a function that gives ISO 8601 in UTC).
    """

    def __init__(self, identity: str, file: Path | None = None) -> None:
        self.identity = identity
        self.now: Callable[[], str] = lambda: datetime.now(UTC).isoformat(timespec="milliseconds")
        self._file = file
        self._lock = threading.RLock()
        self._prompts: dict[str, Prompt] = {}
        self._changes = 0

    def save(
        self,
        prompt: str,
        content: Content,
        labels: Sequence[str] = (),
        *,
        author: str | None = "a person",
        silent: frozenset[str] = frozenset(),
    ) -> Ref:
        """Make a new version, and the prompt where it is new, and point labels at it."""
        with self.writing() as prompts:
            ref = self.append(prompts, prompt, content, author=author, silent=silent).ref
            prompts[prompt].labels.update(dict.fromkeys(labels, (ref,)))
            return ref

    def point(self, prompt: str, label: str, ref: Ref) -> None:
        """Point a label at a version, whoever held it."""
        self.split(prompt, label, (ref,))

    def split(self, prompt: str, label: str, refs: Sequence[Ref]) -> None:
        """Let several versions hold one label, as a race on a real platform may."""
        with self.writing() as prompts:
            found = self.touch(prompts, prompt)
            found.labels[label] = tuple(found.versions[ref].ref for ref in refs)

    def unlabel(self, prompt: str, label: str) -> None:
        """Take a label off."""
        with self.writing() as prompts:
            del self.touch(prompts, prompt).labels[label]

    def tamper(self, prompt: str, ref: Ref, content: Content) -> None:
        """Rewrite a version in place; its provenance and its time stay as they are."""
        with self.writing() as prompts:
            versions = self.touch(prompts, prompt).versions
            versions[ref] = replace(versions[ref], content=content, hash=content_hash(content))

    def describe(self, prompt: str, description: str | None, tags: tuple[str, ...] | None = None) -> None:
        """Set the prompt-level facts."""
        with self.writing() as prompts:
            found = self.touch(prompts, prompt)
            found.description, found.tags = description, tags

    def give_to(self, prompt: str, owner: str | None) -> None:
        """Write another repository's id on a prompt, or none."""
        with self.writing() as prompts:
            self.touch(prompts, prompt).owner = owner

    def delete_version(self, prompt: str, ref: Ref) -> None:
        """Delete a version; the labels that it holds go with it, and its number is not given again."""
        with self.writing() as prompts:
            found = self.touch(prompts, prompt)
            del found.versions[ref]
            left = {label: tuple(held for held in refs if held != ref) for label, refs in found.labels.items()}
            found.labels = {label: refs for label, refs in left.items() if refs}

    def delete_prompt(self, prompt: str) -> None:
        """Delete a prompt with all its versions; made again, it starts from version 1."""
        with self.writing() as prompts:
            del prompts[prompt]

    def holders(self, prompt: str, label: str) -> tuple[Ref, ...]:
        """Give the versions that hold a label; none for an absent prompt."""
        with self.reading() as prompts:
            return prompts[prompt].labels.get(label, ()) if prompt in prompts else ()

    def versions(self, prompt: str) -> list[Stored]:
        """Give every version of a prompt, oldest first; none for an absent prompt."""
        with self.reading() as prompts:
            return list(prompts[prompt].versions.values()) if prompt in prompts else []

    # --- what the adapter builds on -----------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[dict[str, Prompt]]:
        """See all prompts at one moment."""
        with self._lock:
            self._load()
            yield self._prompts

    @contextmanager
    def writing(self) -> Iterator[dict[str, Prompt]]:
        """Change prompts in one transaction; a file is replaced at its end, and only if nothing was raised."""
        with self._lock:
            if self._file is None:
                yield self._prompts
                return
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self._file}.lock"):
                self._load()
                yield self._prompts
                self._save(self._file)

    def append(
        self,
        prompts: dict[str, Prompt],
        name: str,
        content: Content,
        *,
        author: str | None = None,
        provenance: Provenance | None = None,
        silent: frozenset[str] = frozenset(),
    ) -> Stored:
        """Add a version inside of a transaction."""
        digest = content_hash(content)
        prompts.setdefault(name, Prompt())
        found = self.touch(prompts, name)
        found.made += 1
        stored = Stored(Ref(str(found.made)), content, digest, self.now(), author, provenance, silent)
        found.versions[stored.ref] = stored
        return stored

    def touch(self, prompts: dict[str, Prompt], name: str) -> Prompt:
        """Give a prompt that is about to change; the count never repeats, not even for one deleted and made again."""
        found = prompts[name]
        self._changes += 1
        found.changed = self._changes
        return found

    def _load(self) -> None:
        if self._file is None or not self._file.exists():
            return
        try:
            document = json.loads(self._file.read_text("utf-8"))
            self.identity, self._changes = document["identity"], document["changes"]
            self._prompts = {name: state.load(entry) for name, entry in document["prompts"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            reason = f"{self._file} does not hold a memory platform ({type(error).__name__})."
            raise Unreachable(f"{reason} Delete the file, or put back the one that was there.") from error

    def _save(self, file: Path) -> None:
        prompts = {name: state.dump(found) for name, found in self._prompts.items()}
        document = {"identity": self.identity, "changes": self._changes, "prompts": prompts}
        scratch = file.with_name(f"{file.name}.{os.getpid()}.new")
        scratch.write_text(json.dumps(document, ensure_ascii=False, indent=1), "utf-8")
        scratch.replace(file)


_PLATFORMS: dict[str, Platform] = {}
_REGISTRY = threading.Lock()


def platform(url: str, folder: str = ".") -> Platform:
    """Give the platform behind `memory://NAME` or `memory:///FILE`; the same object for the same url in this process.

    A file is relative to `folder` unless it starts with another `/`, as SQLAlchemy has it for `sqlite:///`.
    """
    place = url.removeprefix("memory://")
    file = Path(folder, place.removeprefix("/")).resolve() if place.startswith("/") else None
    with _REGISTRY:
        key = place if file is None else str(file)
        if key not in _PLATFORMS:
            _PLATFORMS[key] = Platform(f"memory:{place if file is None else file.name}", file)
        return _PLATFORMS[key]
