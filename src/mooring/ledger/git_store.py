"""How is a ledger kept in Git? As refs of the remote, moved by `push --force-with-lease`, read through a cache."""

import hashlib
import re
import shutil
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from subprocess import CompletedProcess
from threading import Lock

from mooring.git.command import GitFailed
from mooring.ledger.connection import Connection, connect
from mooring.ledger.git_chain import examine
from mooring.ledger.store import OFTEN, Draft, Examined, Logged, Name, Swapped, Torn
from mooring.memory_file import MemoryFile
from mooring.ports import Clock, LedgerRefused, LedgerUnreadable

_ATTEMPTS = 3
_EPOCH = date(1970, 1, 1)
_HISTORY = 200
_PUSH = ("push", "--porcelain", "--no-verify", "--no-signed", "--no-follow-tags", "--no-recurse-submodules")
_FETCH = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
_LOG = (
    "--first-parent",
    "--no-show-signature",
    "--no-mailmap",
    "--no-color",
    "--no-notes",
    "--no-decorate",
    "--encoding=UTF-8",
    "-z",
    "--format=%H%x00%P%x00%ct%x00%an <%ae>%x00%B",
)
# What receiving sides say when two pushes meet in the middle: to be tried again, not a refusal.
_CONTENTION = re.compile(r"stale info|cannot lock ref|failed to update ref|incorrect old value|fetch first|File exists")
# Loose objects are not flushed to disk by default; after a power cut the only copy of the ledger would be empty files.
_FLUSHED = "git -c core.fsync=committed,reference -c core.fsyncMethod=batch receive-pack"


class GitStore:
    """The refs below one namespace of one remote, or of the user's own repository where it has no remote."""

    def __init__(self, repository: Path, namespace: str, remote: str, clock: Clock) -> None:
        self._repository = repository
        self._refs = {name: f"{namespace}/{name}" for name in Name}
        self._anchor = f"refs/seen/{self._refs[Name.LEDGER]}"
        self._namespace = namespace
        self._remote = remote
        self._clock = clock
        self._lock = Lock()
        self._connected: Connection | None = None
        self._present: set[str] = set()

    @property
    def place(self) -> str:
        """Say for people where this is, without secrets."""
        return f"{self._namespace} in {self._connection().place}"

    @property
    def memory(self) -> MemoryFile | None:
        """Give the file beside the cache."""
        return MemoryFile(self._connection().cache.with_name("cache.sqlite"))

    def fetch(self, names: Collection[Name] = OFTEN) -> Mapping[Name, str]:
        """Give the commits that these refs point at now, with their objects, and no others, in the cache."""
        said = ""
        for _ in range(_ATTEMPTS):
            refs = self._ls_remote(names)
            if not self._missing(refs.values()):
                return self._answered(names, refs)
            # Judged by what is there afterwards: another run in this clone may hold the lock of a ref of the cache.
            said = self._fetch_objects(self._connection().remote, *self._refspecs(names))
            if not self._missing(refs.values()):
                return self._answered(names, refs)
            if said and self._is_whole():
                break  # the remote failed us, not the cache, which is all that is left now
            self._drop_cache()
        raise LedgerUnreadable(f"The ledger ({self.place}) names commits that cannot be fetched. {said}".rstrip())

    def seed(self, name: Name) -> str | None:
        """Give the commit of the user's own repository, from the time before it had a remote."""
        connection = self._connection()
        if connection.is_own:
            return None
        found = self._git("ls-remote", connection.own, self._refs[name])
        if found.returncode != 0:
            raise LedgerUnreadable(f"git cannot list the refs of {connection.own}: {self._said(found)}")
        oid = self._listed(found.stdout).get(name)
        if oid is not None and self._missing([oid]):
            said = self._fetch_objects(connection.own, f"+{self._refs[name]}:refs/seed/{self._refs[name]}")
            if self._missing([oid]):
                raise LedgerUnreadable(f"The ledger in {connection.own} cannot be read. {said}")
        return oid

    def files(self, commit: str, paths: Collection[str] | None = None) -> Mapping[str, bytes]:
        """Read a commit's files; a damaged cache is made anew once."""
        try:
            return self._files(commit, paths)
        except Torn:
            self._drop_cache()
            self.fetch(tuple(Name))  # whichever of them the commit belongs to
            return self._files(commit, paths)

    def history(self, commit: str) -> Sequence[str]:
        """Give a commit and its ancestors by first parent, newest first."""
        listed = self._git("rev-list", "--first-parent", f"--max-count={_HISTORY}", commit)
        return listed.stdout.decode().split()

    def log(self, commit: str, limit: int | None = None) -> Sequence[Logged]:
        """Tell a history from the cache, in one go."""
        most = [] if limit is None else [f"--max-count={limit}"]
        done = self._git("log", *_LOG, *most, "--end-of-options", commit)
        if done.returncode != 0:
            raise Torn(f"the history of {commit} cannot be read ({self._said(done)})")
        return _logged(done.stdout.decode("utf-8", "replace"))

    def last_seen(self, name: Name) -> str | None:
        """Give what the cache last saw, by a fetch or by a write of our own."""
        return self._cached(self._refs[name])

    def asked(self) -> str | None:
        """Give when the remote last answered a fetch of this clone."""
        try:
            return self._answer_file().read_text(encoding="utf-8").strip() or None
        except OSError:
            return None

    def anchor(self) -> str | None:
        """Give the ref of the cache that moves forward only."""
        return self._cached(self._anchor)

    def examine(self, commit: str) -> Examined:
        """Read every commit from the cache and hash it."""
        return examine(self._connection().git, commit)

    def swap(self, name: Name, expected: str | None, draft: Draft) -> str:
        """Make a commit in the cache and push it on condition."""
        oid = self._write(draft)
        self._push(name, expected, oid)
        if name is not Name.LEASE:  # which nobody asks for later, and which is written often
            self._note(name, expected, oid)
        return oid

    def delete(self, name: Name, expected: str) -> None:
        """Delete a ref of the remote on condition."""
        self._push(name, expected, None)

    def _connection(self) -> Connection:
        with self._lock:
            if self._connected is None:
                self._connected = connect(self._repository, self._remote)
            return self._connected

    def _git(self, *arguments: str, stdin: bytes | None = None) -> CompletedProcess[bytes]:
        try:
            return self._connection().git.attempt(*arguments, stdin=stdin)
        except GitFailed as error:
            return CompletedProcess([arguments[0]], error.code, b"", error.stderr.encode())

    def _said(self, done: CompletedProcess[bytes]) -> str:
        text = self._connection().redact(done.stderr.decode("utf-8", "replace").strip())
        return f"git says: {text}" if text else f"git ended with exit code {done.returncode}."

    def _ls_remote(self, names: Iterable[Name]) -> dict[Name, str]:
        done = self._git("ls-remote", self._connection().remote, *(self._refs[name] for name in names))
        if done.returncode != 0:
            raise LedgerUnreadable(f"The ledger ({self.place}) cannot be reached. {self._said(done)}")
        return self._listed(done.stdout)

    def _listed(self, output: bytes) -> dict[Name, str]:
        lines = (line.split("\t", 1) for line in output.decode("utf-8", "replace").splitlines() if "\t" in line)
        found = {ref: oid for oid, ref in lines}
        return {name: found[ref] for name, ref in self._refs.items() if ref in found}

    def _refspecs(self, names: Collection[Name]) -> Iterator[str]:
        # With a star, as a ref that is taken away meanwhile is no failure of those that are there.
        yield from (f"+{self._refs[name]}*:{self._refs[name]}*" for name in names)
        if Name.LEDGER in names:
            # The anchor's refspec has no plus: git itself refuses to move it anywhere but forward.
            yield f"{self._refs[Name.LEDGER]}*:{self._anchor}*"

    def _answered(self, names: Collection[Name], refs: dict[Name, str]) -> dict[Name, str]:
        if Name.LEDGER not in names:
            return refs
        with suppress(OSError):  # a cache on a read-only disk is still a cache
            self._answer_file().write_text(self._clock.now(), encoding="utf-8")
        return refs

    def _answer_file(self) -> Path:
        cache = self._connection().cache
        return cache.with_name(f"{cache.stem}-{hashlib.sha256(self._namespace.encode()).hexdigest()[:12]}.asked")

    def _cached(self, ref: str) -> str | None:
        done = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        return done.stdout.decode("utf-8", "replace").strip() or None if done.returncode == 0 else None

    def _note(self, name: Name, expected: str | None, new: str) -> None:
        """Keep in the cache what the remote has taken; a failure only makes the cache older."""
        lines = ["start", f"update {self._refs[name]} {new}", "commit"]
        if name is Name.LEDGER:
            # Only from where it stood: a ref that was moved back or aside by somebody leaves the anchor behind.
            lines += ["start", f"update {self._anchor} {new} {expected or self._connection().null}", "commit"]
        self._git("update-ref", "--stdin", stdin="".join(f"{line}\n" for line in lines).encode())

    def _missing(self, commits: Collection[str]) -> bool:
        asked = set(commits) - self._present
        if not asked:
            return False
        done = self._git("cat-file", "--batch-check", stdin="".join(f"{oid}\n" for oid in asked).encode())
        lines = [line.split() for line in done.stdout.decode("utf-8", "replace").splitlines()]
        self._present |= {line[0] for line in lines if line[1:2] == ["commit"]}
        return not asked <= self._present

    def _fetch_objects(self, source: str, *refspecs: str) -> str:
        # Nothing is pruned: what is gone at the remote is what a clone that saw it can still bear witness of.
        done = self._git(*_FETCH, source, *refspecs)
        return self._said(done) if done.returncode != 0 else ""

    def _is_whole(self) -> bool:
        """Tell whether the cache holds all that its refs need."""
        return self._git("rev-list", "--quiet", "--objects", "--all").returncode == 0

    def _drop_cache(self) -> None:
        # The remote has it all: a cache that lost objects (a power cut, a full disk) is thrown away and fetched anew.
        cache = self._connection().cache
        self._answer_file().unlink(missing_ok=True)
        aside = cache.with_name(f"{cache.name}.{uuid.uuid4().hex}")
        try:
            cache.rename(aside)
        except OSError:
            aside = cache
        shutil.rmtree(aside, ignore_errors=True)
        self._present = set()
        with self._lock:
            self._connected = None

    def _files(self, commit: str, paths: Collection[str] | None) -> dict[str, bytes]:
        # A command line has room for some thousand paths; beyond, all are listed and those are picked.
        named = sorted(paths or ()) if len(paths or ()) <= 1000 else []
        listed = self._git("ls-tree", "-r", "-z", "--full-tree", commit, "--", *named)
        if listed.returncode != 0:
            raise Torn(f"the tree of {commit} cannot be read ({self._said(listed)})")
        entries = [entry.split("\t", 1) for entry in listed.stdout.decode("utf-8", "replace").split("\0") if entry]
        wanted = None if paths is None else set(paths)
        blobs = {path: meta.split(" ")[2] for meta, path in entries if wanted is None or path in wanted}
        asked = "".join(f"{oid}\n" for oid in blobs.values()).encode()
        read = self._git("cat-file", "--batch", stdin=asked)
        contents = list(_contents(read.stdout))
        if read.returncode != 0 or len(contents) != len(blobs):
            raise Torn(f"the files of {commit} cannot be read ({self._said(read)})")
        return dict(zip(blobs, contents, strict=True))

    def _write(self, draft: Draft) -> str:
        # A draft needs a ref of its own while it is made: two runs may write in one cache at once.
        ref = f"refs/draft/{uuid.uuid4().hex}"
        now = int(datetime.fromisoformat(self._clock.now()).timestamp())
        stream = _import_stream(ref, draft, f"{self._connection().author} {now} +0000", self._connection().null)
        done = self._git("fast-import", "--quiet", "--force", "--done", stdin=stream)
        oid = done.stdout.decode("utf-8", "replace").strip()
        if done.returncode != 0 or not re.fullmatch("[0-9a-f]{40,64}", oid):
            raise LedgerRefused(
                f"The ledger's cache at {self._connection().cache} cannot be written. {self._said(done)} "
                "Nothing was recorded. Make room or fix the permissions; the folder may be deleted at any time."
            )
        self._present.add(oid)
        return oid

    def _push(self, name: Name, expected: str | None, new: str | None) -> None:
        connection, ref = self._connection(), self._refs[name]
        flushed = [f"--receive-pack={_FLUSHED}"] if connection.is_own else []
        condition = f"--force-with-lease={ref}:{expected or ''}"
        done = self._git(*_PUSH, *flushed, condition, connection.remote, f"{new or ''}:{ref}")
        if done.returncode == 0:
            return
        said = _reason(done.stdout) + self._said(done)
        try:
            actual = self._ls_remote((name,)).get(name)
        except LedgerUnreadable as error:
            raise LedgerRefused(f"The ledger ({self.place}) took no write. {said}") from error
        if actual == new:
            return  # The answer was lost, the write was not.
        if actual != expected or _CONTENTION.search(said):
            raise Swapped(ref)
        raise LedgerRefused(
            f"The ledger ({self.place}) refused the write of {ref}. {said} Nothing was changed. Let this identity push "
            "to that ref, or keep the ledger on a branch with `ledger: {branch: mooring-ledger}` in mooring.yaml."
        )


def _reason(porcelain: bytes) -> str:
    """Give what the receiving side said of our ref: the third field of the line that begins with `!`."""
    for line in porcelain.decode("utf-8", "replace").splitlines():
        if line.startswith("!"):
            return f"It says: {line.split(chr(9))[-1]}. "
    return ""


def _contents(output: bytes) -> Iterable[bytes]:
    position = 0
    while position < len(output):
        end = output.index(b"\n", position)
        header = output[position:end].split(b" ")
        if len(header) != 3 or header[1] != b"blob":
            return
        size = int(header[2])
        yield output[end + 1 : end + 1 + size]
        position = end + 1 + size + 1


def _logged(output: str) -> list[Logged]:
    fields = output.split("\0")
    rows = zip(*(fields[at::5] for at in range(5)), strict=False)
    return [Logged(oid, tuple(parents.split()), _utc(time), author, text) for oid, parents, time, author, text in rows]


def _utc(seconds: str) -> str:
    try:
        days, rest = divmod(int(seconds), 86400)
        return f"{_day(days)}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}+00:00"
    except (ValueError, OverflowError):  # a commit that no git made
        return ""


@lru_cache(maxsize=4096)
def _day(days: int) -> str:
    return (_EPOCH + timedelta(days=days)).isoformat()


def _import_stream(ref: str, draft: Draft, who: str, null: str) -> bytes:
    message = draft.message.encode("utf-8", "replace")
    lines = [b"commit %s" % ref.encode(), b"mark :1"]
    lines += [b"%s %s" % (role, who.encode("utf-8", "replace")) for role in (b"author", b"committer")]
    lines.append(b"data %d\n%s" % (len(message), message))
    words = [b"from", *[b"merge"] * len(draft.parents)]
    lines += [b"%s %s" % (word, parent.encode()) for word, parent in zip(words, draft.parents, strict=False)]
    for path, content in draft.files.items():
        if content is None:
            lines.append(b"D %s" % path.encode())
        else:
            lines.append(b"M 100644 inline %s\ndata %d\n%s" % (path.encode(), len(content), content))
    # The mark is printed before the ref is taken away again.
    lines += [b"", b"get-mark :1", b"reset %s" % ref.encode(), b"from %s" % null.encode(), b"", b"done", b""]
    return b"\n".join(lines)
