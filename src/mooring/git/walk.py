"""What did the first-parent history of a commit bring to a folder, and who brought it?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mooring.git.command import Git
from mooring.git.repository import history_errors

_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_SAME_EVERYWHERE = (
    "--first-parent",
    "--diff-merges=first-parent",
    "--root",
    "--raw",
    "--no-abbrev",
    "--no-renames",
    "--no-relative",
    "--no-ext-diff",
    "--no-show-signature",
    "--no-mailmap",
    "--no-color",
    "--no-notes",
    "--encoding=UTF-8",
    "-z",
    "--format=%H%x00%an <%ae>%x00%cI",
)


@dataclass(frozen=True, slots=True)
class Brought:
    """A file's new content (a blob id) on the branch: by which commit, whose author, at which commit time."""

    path: str
    blob: str
    commit: str
    author: str
    time: str


def brought(git: Git, commit: str, folder: str, *limits: str) -> Iterator[Brought]:
    """Give every content of every file that the branch up to a commit ever had below a folder, newest first.

    Paths are from the root. What existed in a merged branch only, and not after its merge, is left out.
    """
    with history_errors("The history of the prompts cannot be read"):
        log = git.run("log", *_SAME_EVERYWHERE, *limits, "--end-of-options", commit, "--", folder or ".")
    fields = iter(log.decode("utf-8", "surrogateescape").split("\0"))
    head = author = time = ""
    for item in fields:
        field = item.lstrip("\n")
        if field.startswith(":"):
            _, mode, _, blob, _ = field.split(" ")
            path = next(fields)
            if mode in {"100644", "100755"}:
                yield Brought(path, blob, head, author, time)
        elif _COMMIT.fullmatch(field):
            head, author, time = field, next(fields), next(fields)
