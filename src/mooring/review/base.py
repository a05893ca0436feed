"""Onto which commit does a pull request merge, as far as a clone tells without asking anybody?"""

import re
from collections.abc import Mapping

from mooring.git.command import Git

_MERGE_REF = re.compile(r"refs/pull/[1-9][0-9]{0,9}/merge")
_COMMIT = re.compile(rb"[0-9a-f]{40}([0-9a-f]{24})?")


def merged_onto(git: Git, commit: str | None, environment: Mapping[str, str]) -> str | None:
    """Give the first parent of the merge that the Git host made to try a pull request, None where this is none.

    A payload may name an older tip of the branch than the one that was merged with. What a shallow clone cut off is
    still named in the commit itself.
    """
    of_job = commit is not None and environment.get("GITHUB_SHA") == commit
    if not of_job or not _MERGE_REF.fullmatch(environment.get("GITHUB_REF", "")):
        return None
    shown = git.attempt("cat-file", "commit", str(commit))
    head = shown.stdout.partition(b"\n\n")[0].split(b"\n") if shown.returncode == 0 else []
    parents = [line.removeprefix(b"parent ") for line in head if line.startswith(b"parent ")]
    return parents[0].decode() if len(parents) > 1 and _COMMIT.fullmatch(parents[0]) else None


def parted_from(git: Git, tip: str, commit: str | None) -> str | None:
    """Give the commit at which a commit (None: what is checked out) left a branch, None where the clone does not tell.

    What the branch got since then is nothing that the pull request changes.
    """
    done = git.attempt("merge-base", "--end-of-options", tip, commit or "HEAD")
    return done.stdout.decode().strip() or None if done.returncode == 0 else None
