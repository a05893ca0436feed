"""What was done on a platform and is not in the ledger yet? One small file a move, beside the clone.

A move is kept before the platform is written to, so that neither a crash nor a Git host that is down loses who did it.
"""

import json
import os
import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mooring.core.memory import Move, Phase, Waiting
from mooring.git.command import Git, GitFailed
from mooring.ledger.codec import Owner, read_moves, write_move
from mooring.ledger.ref_names import encode
from mooring.ports import LedgerRefused

_SCHEMA = 1


class Damaged(Exception):
    """A file that keeps a move cannot be read; the message says which one, why, and what to do."""


class WaitingMoves:
    """The moves of one target that wait to be recorded, in a folder that only its owner can read."""

    def __init__(self, repository: Path, owner: Owner) -> None:
        self._repository = repository
        self._owner = owner
        self._found: Path | None = None

    def keep(self, prompt: str, label: str, move: Move, message: str) -> Waiting:
        """Write a move down, flushed to the disk; raises LedgerRefused."""
        # Named by time and number, so that a folder's order is the order in which they were made.
        name = f"{move.time}-{len(self.read()[0]):04}-{uuid.uuid4().hex[:8]}".replace(":", "")
        waiting = Waiting(name, prompt, label, move, message)
        self.write(waiting)
        return waiting

    def write(self, waiting: Waiting) -> None:
        """Put a move in the place of what was known of it, or anew; raises LedgerRefused."""
        document = {
            "phase": f"{_SCHEMA}/{waiting.phase}",
            "moves": {waiting.prompt: {waiting.label: write_move(waiting.move)}},
            "message": waiting.message,
        }
        try:
            _replace(self._folder() / f"{waiting.id}.json", json.dumps(document, indent=1, sort_keys=True))
        except (OSError, GitFailed) as error:
            where = f"The folder for records that wait, beside the clone {self._repository}, cannot be written"
            raise LedgerRefused(f"{where}: {error}. Make room or fix the permissions") from error

    def drop(self, waiting: Waiting) -> None:
        """Forget a move; one that is gone already is fine, and one that stays is recorded once all the same."""
        try:
            (self._folder() / f"{waiting.id}.json").unlink(missing_ok=True)
        except (OSError, GitFailed):
            return

    def read(self) -> tuple[Sequence[Waiting], str | None]:
        """Give what waits, oldest first, and what cannot be read of it."""
        try:
            files = sorted(self._folder().glob("*.json"))
        except (OSError, GitFailed):
            return (), None
        found: list[Waiting] = []
        trouble: list[str] = []
        for file in files:
            try:
                found.append(_read(file))
            except FileNotFoundError:
                continue  # Somebody recorded it just now.
            except Damaged as error:
                trouble.append(str(error))
        return found, " ".join(trouble) or None

    def _folder(self) -> Path:
        if self._found is None:
            plain = self._repository / ".git"
            common = plain if plain.is_dir() else Path(_common(self._repository))
            self._found = common / "mooring" / "pending" / encode(self._owner.id) / encode(self._owner.target)
        return self._found


def happened(waiting: Waiting) -> Waiting:
    """Give the same move as one that happened."""
    return replace(waiting, phase=Phase.DONE)


def _common(repository: Path) -> str:
    """Give the folder that all work trees of a repository share."""
    return Git(repository).text("rev-parse", "--path-format=absolute", "--git-common-dir").strip()


def _read(file: Path) -> Waiting:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        (((prompt, label), move),) = read_moves(document["moves"]).items()
        # Another schema has another word here, or other keys: either way it is not ours to record.
        phase = {f"{_SCHEMA}/{one}": one for one in Phase}[document["phase"]]
        return Waiting(file.stem, prompt, label, move, str(document["message"]), phase)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        reason = f"The record {file} of a move that waits to be written to the ledger cannot be read ({error})."
        raise Damaged(f"{reason} Delete it if nobody needs to know of that move.") from error


def _replace(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Such a file is its owner's alone from the start.
    descriptor, draft = tempfile.mkstemp(dir=file.parent, prefix=".")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(draft).replace(file)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    if os.name == "posix":
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
