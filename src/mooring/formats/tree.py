"""What do all prompt files of one tree ask for together?"""

from collections.abc import Mapping

from mooring.core.desired import Desired
from mooring.formats.parsed import ParsedFile


def assemble(*, commit: str | None, tree: str, prefix: str, files: Mapping[str, tuple[str, ParsedFile]]) -> Desired:
    """Put the files of a tree together: path below the prompts folder to blob id and parse result.

    `prefix` (`prompts/`, or '' for the root) is put before every path that the result holds.
    """
    raise NotImplementedError(commit, tree, prefix, files)
