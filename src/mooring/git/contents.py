"""What does a version's file hold? One running git answers, and what was read lately is not read again."""

import re
import subprocess
import weakref
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from threading import Lock

from mooring.core.artifact import Artifact
from mooring.formats import Role, UnreadableFile, read_artifact
from mooring.git.command import Git, GitFailed
from mooring.git.repository import history_errors, lost_blob
from mooring.ports import HistoryError

_OBJECT_ID = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_BOUND = 16 * 1024 * 1024


class Blobs:
    """Gives blobs by id from one running `git cat-file --batch`. May be asked from several threads.

    git starts with the first question, and again where it died. It ends with this object and with the program.
    `repository` is asked, and may raise HistoryError, whenever git starts.
    """

    def __init__(self, repository: Callable[[], Git]) -> None:
        self._repository = repository
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ending: weakref.finalize[[subprocess.Popen[bytes]], Blobs] | None = None

    def read(self, oid: str) -> bytes:
        """Give a blob's bytes; raises HistoryError for one that is not there."""
        if not _OBJECT_ID.fullmatch(oid):
            raise HistoryError(lost_blob(oid))
        with self._lock, history_errors("Files cannot be read from Git"):
            # A git that was killed, or whose view of the repository is too old, is worth a second one.
            for _ in range(2):
                content = self._asked(oid)
                if content is not None:
                    return content
                self._end()
        raise HistoryError(lost_blob(oid))

    def close(self) -> None:
        """End git; the next question starts another."""
        with self._lock:
            self._end()

    def _asked(self, oid: str) -> bytes | None:
        process = self._process or self._started()
        questions, answers = process.stdin, process.stdout
        if questions is None or answers is None:
            raise GitFailed("cat-file", 128, "it has no input or no output")
        try:
            questions.write(f"{oid}\n".encode())
            questions.flush()
            match answers.readline().split():
                case [_, b"blob", size]:
                    content = answers.read(int(size) + 1)
                    return content[:-1] if len(content) == int(size) + 1 else None
                case _:
                    return None
        except OSError:
            return None
        except BaseException:
            # The rest of an answer that was read in part would be taken for the next one.
            self._end()
            raise

    def _started(self) -> subprocess.Popen[bytes]:
        self._process = process = self._repository().conversing("cat-file", "--batch")
        self._ending = weakref.finalize(self, _end, process)
        return process

    def _end(self) -> None:
        if self._ending is not None:
            self._ending()
        self._process = self._ending = None


class Artifacts:
    """Reads artifacts by blob id and role, and keeps the latest ones: planning and publishing ask for the same.

    `bound` limits the files' bytes that are kept.
    """

    def __init__(self, blobs: Blobs, bound: int = _BOUND) -> None:
        self._blobs = blobs
        self._bound = bound
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, Role], tuple[Artifact, int]] = OrderedDict()
        self._size = 0

    def read(self, blob: str, role: Role, path: str) -> Artifact:
        """Give a file's artifact; raises HistoryError where it is none. `path` is for the message alone."""
        with self._lock:
            kept = self._kept.get((blob, role))
            if kept is not None:
                self._kept.move_to_end((blob, role))
                return kept[0]
        data = self._blobs.read(blob)
        artifact = artifact_of(role, data, path)
        with self._lock:
            self._keep((blob, role), artifact, len(data))
        return artifact

    def _keep(self, key: tuple[str, Role], artifact: Artifact, size: int) -> None:
        if key in self._kept or size > self._bound:
            return
        self._kept[key] = artifact, size
        self._size += size
        while self._size > self._bound:
            _, (_, freed) = self._kept.popitem(last=False)
            self._size -= freed


def artifact_of(role: Role, data: bytes, path: str) -> Artifact:
    """Read the artifact of a file's bytes; raises HistoryError."""
    try:
        return read_artifact(role, data)
    except UnreadableFile as error:
        raise HistoryError(f"{path} is not a valid prompt: {error}. `mooring validate` lists every mistake.") from error


def _end(process: subprocess.Popen[bytes]) -> None:
    """It only reads, so there is nothing that it could leave half done."""
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    process.wait()
