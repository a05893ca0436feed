"""What does one prompt file say?"""

from mooring.core.artifact import Artifact
from mooring.formats.parsed import Flaw, ParsedFile, Role


class UnreadableFile(ValueError):
    """The bytes are no valid prompt file; `flaws` says why."""

    def __init__(self, flaws: tuple[Flaw, ...]) -> None:
        super().__init__("; ".join(flaw.message for flaw in flaws))
        self.flaws = flaws


def parse_blob(role: Role, data: bytes) -> ParsedFile:
    """Read one file's part in the whole; never raises: mistakes are the result's `flaws`. Depends on nothing else."""
    raise NotImplementedError(role, data)


def read_artifact(role: Role, data: bytes) -> Artifact:
    """Read the content of a version or one-file prompt; raises UnreadableFile."""
    raise NotImplementedError(role, data)
