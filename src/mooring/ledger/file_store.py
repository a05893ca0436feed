"""How is a ledger kept in one file? The same refs and commits as in Git, as JSON that is replaced whole."""

import base64
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from filelock import FileLock, Timeout

from mooring.ledger.codec import SCHEMA, NewerSchema
from mooring.ledger.store import OFTEN, Draft, Examined, Logged, Name, Swapped, Torn
from mooring.ports import Clock, LedgerRefused, LedgerUnreadable

_KEPT = 20
_PATIENCE = 30.0


@dataclass(slots=True)
class _Book:
    """What the file holds: refs by full name; commits, the folders that they name and contents, each by its hash.

    Old commits are kept without their folder, so that what was done is told for ever and the file stays small.
    """

    refs: dict[str, str] = field(default_factory=dict)
    commits: dict[str, object] = field(default_factory=dict)
    trees: dict[str, object] = field(default_factory=dict)
    blobs: dict[str, str] = field(default_factory=dict)


class FileStore:
    """The refs of one target in a file that several targets, and runs on one machine, may share."""

    def __init__(self, path: Path, namespace: str, author: Callable[[], str], clock: Clock) -> None:
        self._path = path
        self._refs = {name: f"{namespace}/{name}" for name in Name}
        self._author = author
        self._clock = clock
        self._read: tuple[tuple[int, int, int], _Book] | None = None

    @property
    def place(self) -> str:
        """Say for people where this is."""
        return f"the file {self._path}"

    @property
    def memory(self) -> None:
        """Give none: the file that holds the ledger is read whole each time."""

    def fetch(self, names: Collection[Name] = OFTEN) -> Mapping[Name, str]:
        """Give the commits that these refs point at now; none for a file that does not exist yet."""
        refs = self._load().refs
        return {name: refs[self._refs[name]] for name in names if self._refs[name] in refs}

    def seed(self, name: Name) -> str | None:
        """Give nothing: a file has no earlier home."""
        del name
        return None

    def files(self, commit: str, paths: Collection[str] | None = None) -> Mapping[str, bytes]:
        """Read a commit's files."""
        book = self._load()
        try:
            tree = _tree(book, book.commits[commit])
            wanted = tree.keys() if paths is None else tree.keys() & set(paths)
            return {path: _unpack(book.blobs[tree[path]]) for path in sorted(wanted)}
        except (KeyError, TypeError, ValueError) as error:
            raise Torn(f"the files of {commit} cannot be read from {self._path}: {error!r}") from error

    def history(self, commit: str) -> Sequence[str]:
        """Give a commit and its ancestors by first parent, newest first."""
        return list(islice(_ancestry(self._load(), commit), _KEPT))

    def log(self, commit: str, limit: int | None = None) -> Sequence[Logged]:
        """Tell a history from the file."""
        book = self._load()
        if commit not in book.commits:
            raise Torn(f"{self._path} holds no commit {commit}")
        return [_logged(oid, book.commits[oid]) for oid in islice(_ancestry(book, commit), limit)]

    def last_seen(self, name: Name) -> str | None:
        """Give the ref as it stands: the file is here."""
        return self.fetch((name,)).get(name)

    def asked(self) -> str | None:
        """Give the time of now: the file is read each time."""
        return self._clock.now()

    def anchor(self) -> None:
        """Give none: this machine remembers nothing but the file itself."""

    def examine(self, commit: str) -> Examined:
        """Hash every commit in the file, and the newest one's files."""
        return _examined(self._load(), commit)

    def swap(self, name: Name, expected: str | None, draft: Draft) -> str:
        """Write a commit and its ref on condition."""
        with self._writing() as book:
            self._demand(book, name, expected)
            tree = _tree(book, book.commits.get(draft.parents[0])) if draft.parents else {}
            for path, content in draft.files.items():
                tree.pop(path, None)
                if content is not None:
                    packed = _pack(content)
                    tree[path] = _id(packed)
                    book.blobs[tree[path]] = packed
            book.trees[tree_id := _id_of(tree)] = tree
            commit: dict[str, object] = {"parents": list(draft.parents), "tree": tree_id, "message": draft.message}
            commit |= {"author": self._author(), "time": self._clock.now()}
            oid = _id_of(commit)
            book.commits[oid] = commit
            book.refs[self._refs[name]] = oid
        return oid

    def delete(self, name: Name, expected: str) -> None:
        """Take a ref away on condition."""
        with self._writing() as book:
            if self._refs[name] in book.refs:
                self._demand(book, name, expected)
                del book.refs[self._refs[name]]

    def _demand(self, book: _Book, name: Name, expected: str | None) -> None:
        if book.refs.get(self._refs[name]) != expected:
            raise Swapped(self._refs[name])

    @contextmanager
    def _writing(self) -> Iterator[_Book]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self._path}.lock", timeout=_PATIENCE):
                self._read = None
                book = self._load()
                # What was read stays as it was for others: the copy is what gets written.
                book = _Book(dict(book.refs), dict(book.commits), dict(book.trees), dict(book.blobs))
                yield book
                self._save(_pruned(book))
        except (LedgerUnreadable, Torn) as error:
            raise LedgerRefused(f"{error} Nothing was recorded.") from error
        except Timeout as error:
            raise LedgerRefused(f"{self._path} stayed locked for {_PATIENCE:.0f} s by another process.") from error
        except OSError as error:
            raise LedgerRefused(f"The ledger's file {self._path} cannot be written: {error}") from error

    def _load(self) -> _Book:
        try:
            with self._path.open("rb") as file:
                status = os.fstat(file.fileno())
                # Replaced whole each time, so another content is another inode.
                stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
                if self._read is not None and self._read[0] == stamp:
                    return self._read[1]
                book = _parse(file.read(), self._path)
        except FileNotFoundError:
            return _Book()
        except OSError as error:
            raise LedgerUnreadable(f"The ledger's file {self._path} cannot be read: {error}") from error
        self._read = (stamp, book)
        return book

    def _save(self, book: _Book) -> None:
        document = {"schema": SCHEMA, "refs": book.refs, "commits": book.commits}
        document |= {"trees": book.trees, "blobs": book.blobs}
        descriptor, draft = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                # The encoder in C serves one string only; with indent or a stream it is ten times slower.
                file.write(json.dumps(document, sort_keys=True))
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(self._path)
        except OSError:
            Path(draft).unlink(missing_ok=True)
            raise
        _flush_folder(self._path.parent)


def _parse(content: bytes, path: Path) -> _Book:
    way_out = "Restore it from a backup; or move it away and run with --accept-lost-ledger."
    try:
        document = json.loads(content)
        schema = document["schema"]
        if isinstance(schema, int) and schema > SCHEMA:
            raise LedgerUnreadable(f"The ledger's file {path} cannot be read: {NewerSchema(schema)}.")
        book = _Book(*(dict(document[part]) for part in ("refs", "commits", "trees", "blobs")))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise LedgerUnreadable(f"The ledger's file {path} is damaged ({error}). {way_out}") from error
    return book


def _pruned(book: _Book) -> _Book:
    """Keep the newest commits of each ref and what they need; of ledgers all commits, the old ones without files."""
    kept: dict[str, None] = {}
    whole: set[str] = set()
    for ref, tip in book.refs.items():
        line = list(_ancestry(book, tip))
        kept |= dict.fromkeys(line if ref.endswith(f"/{Name.LEDGER}") else line[:_KEPT])
        whole |= {_tree_id(book.commits[oid]) for oid in line[:_KEPT]}
    trees = {oid: tree for oid, tree in book.trees.items() if oid in whole}
    blobs: set[str] = set()
    for tree in trees.values():
        with suppress(Torn):
            blobs.update(_paths(tree).values())
    commits = {oid: commit for oid, commit in book.commits.items() if oid in kept}
    return _Book(book.refs, commits, trees, {blob: text for blob, text in book.blobs.items() if blob in blobs})


def _ancestry(book: _Book, tip: str) -> Iterator[str]:
    here: object = tip
    seen: set[str] = set()
    while isinstance(here, str) and here in book.commits and here not in seen:
        yield here
        seen.add(here)
        here = next(iter(_parents(book.commits[here])), None)


def _parents(commit: object) -> list[str]:
    parents = commit.get("parents") if isinstance(commit, dict) else None
    return [one for one in parents if isinstance(one, str)] if isinstance(parents, list) else []


def _tree_id(commit: object) -> str:
    return _text(commit, "tree")


def _tree(book: _Book, commit: object) -> dict[str, str]:
    return _paths(book.trees.get(_tree_id(commit)))


def _paths(tree: object) -> dict[str, str]:
    if not isinstance(tree, dict) or not all(isinstance(blob, str) for blob in tree.values()):
        raise Torn("a commit is not as Mooring writes it, or too old to be kept with its files")
    return dict(tree)


def _logged(oid: str, commit: object) -> Logged:
    time, author, message = (_text(commit, key) for key in ("time", "author", "message"))
    return Logged(oid, tuple(_parents(commit)), time, author, message)


def _text(commit: object, key: str) -> str:
    found = commit.get(key) if isinstance(commit, dict) else None
    return found if isinstance(found, str) else ""


def _examined(book: _Book, tip: str) -> Examined:
    read: dict[str, None] = {}
    flaws: list[str] = []
    waiting = [(tip, "the ref")]
    while waiting:
        oid, named_by = waiting.pop()
        if oid in read:
            continue
        if oid not in book.commits:
            flaws.append(f"Entry {oid[:12]}, which {named_by} names, is missing")
            continue
        read[oid] = None
        commit = book.commits[oid]
        if _id_of(commit) != oid:
            flaws.append(f"Entry {oid[:12]}, which {named_by} names, holds something else than its id says")
        waiting += [(parent, f"entry {oid[:12]}") for parent in reversed(_parents(commit))]
    if tip in book.commits:
        flaws += _flaws_of_files(book, tip)
    return Examined(tuple(read), tuple(flaws))


def _flaws_of_files(book: _Book, tip: str) -> Iterator[str]:
    tree = book.trees.get(_tree_id(book.commits[tip]))
    if _id_of(tree) != _tree_id(book.commits[tip]):
        yield f"The files of entry {tip[:12]} are others than its id says"
    with suppress(Torn):
        for path, blob in _paths(tree).items():
            if _id(book.blobs.get(blob, "")) != blob:
                yield f"The file {path} of entry {tip[:12]} holds something else than its id says"


def _pack(content: bytes) -> str:
    try:
        return "=" + content.decode()
    except UnicodeDecodeError:
        return "base64=" + base64.b64encode(content).decode()


def _unpack(text: str) -> bytes:
    kind, _, body = text.partition("=")
    return base64.b64decode(body) if kind == "base64" else body.encode()


def _id_of(value: object) -> str:
    return _id(json.dumps(value, sort_keys=True))


def _id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _flush_folder(folder: Path) -> None:
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
