"""Which commit brought a content into Git: who wrote it, why, by which pull request, and who approved it?"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from mooring.core.trail import Origin
from mooring.git.command import Git
from mooring.git.repository import history_errors

_FORMAT = (
    "--no-show-signature",
    "--no-color",
    "--no-notes",
    "--no-decorate",
    "--encoding=UTF-8",
    "-z",
    "--format=%H%x00%P%x00%ct%x00%aN <%aE>%x00%B",
)
_PULLS = (
    # In the words of GitHub, of GitLab and of Bitbucket; the last is what GitHub and Gitea append to a squashed one.
    (re.compile(r"^Merge pull request (#\d+)\b"), "{}"),
    (re.compile(r"^See merge request \S*?(!\d+)$", re.MULTILINE), "{}"),
    (re.compile(r"^Merged in .+ \(pull request (#\d+)\)"), "{}"),
    (re.compile(r"^Merged PR (\d+):"), "#{}"),
    (re.compile(r"\A[^\n]*\((#\d+)\)$", re.MULTILINE), "{}"),
)
_TRAILER = re.compile(r"^(Reviewed-by|Approved-by|Acked-by|Co-authored-by):[ \t]*(\S.*)$", re.IGNORECASE | re.MULTILINE)
_OBJECT_ID = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_NAMED = 500


@dataclass(frozen=True, slots=True)
class _Commit:
    id: str
    parents: tuple[str, ...]
    time: str
    author: str
    message: str

    @property
    def subject(self) -> str:
        return self.message.partition("\n")[0]


def origins(git: Git, commits: Iterable[str]) -> Mapping[str, Origin]:
    """Tell commits by their ids, in one go and from their own messages alone; what is not here is left out."""
    return {found.id: _origin(found, ()) for found in _commits(git, sorted(set(commits)))}


def origin(git: Git, commit: str, paths: Sequence[str]) -> Origin | None:
    """Tell the commit of a branch that brought something below paths (from the root); None where it is not here.

    A merge was made by whoever pressed the button: who wrote what it brought, and why, say the commits behind it.
    Raises HistoryError.
    """
    found = next(iter(_commits(git, [commit])), None)
    if found is None:
        return None
    behind = _behind(git, found, paths)
    told = _origin(found, behind)
    if not behind:
        return told
    return replace(told, author=behind[0].author, subject=behind[0].subject, merged_by=found.author)


def last_change(git: Git, commit: str, paths: Sequence[str]) -> str | None:
    """Give the commit of a branch, up to one of it, that last changed something at or below paths; None where none."""
    if not _OBJECT_ID.fullmatch(commit):
        return None
    line = ("--first-parent", "--no-patch", "--max-count=1", "--format=%H", "--end-of-options", commit)
    done = git.attempt("log", *line, "--", *paths)
    return done.stdout.decode().strip() or None if done.returncode == 0 else None


def _commits(git: Git, ids: Sequence[str]) -> list[_Commit]:
    # Ids come from messages that anyone may have written, and git reads options from its input too.
    asked = "".join(f"{one}\n" for one in ids if _OBJECT_ID.fullmatch(one)).encode()
    if not asked:
        return []
    with history_errors("Commits cannot be looked up"):
        return _read(git.run("log", "--no-walk=unsorted", "--ignore-missing", "--stdin", *_FORMAT, stdin=asked))


def _behind(git: Git, merge: _Commit, paths: Sequence[str]) -> list[_Commit]:
    """Give the commits that a merge brought, newest first: those that touched the paths, or all where none did."""
    if len(merge.parents) < 2:
        return []
    line = (f"--max-count={_NAMED}", "--no-merges", *_FORMAT, "--end-of-options", f"{merge.parents[0]}..{merge.id}")
    with history_errors("The commits behind a merge cannot be read"):
        touching = _read(git.run("log", *line, "--", *paths)) if paths else []
        return touching or _read(git.run("log", *line))


def _read(output: bytes) -> list[_Commit]:
    fields = output.decode("utf-8", "replace").split("\0")
    rows = zip(*(fields[at::5] for at in range(5)), strict=False)
    return [_Commit(oid, tuple(parents.split()), _utc(time), author, text) for oid, parents, time, author, text in rows]


def _origin(found: _Commit, behind: Sequence[_Commit]) -> Origin:
    texts = [found.message, *(one.message for one in behind)]
    trailers = [trailer for text in texts for trailer in _TRAILER.findall(text)]
    helped = [who.strip() for key, who in trailers if key.lower() == "co-authored-by"]
    others = [one.author for one in behind[1:] if one.author != behind[0].author]
    return Origin(
        commit=found.id,
        time=found.time,
        author=found.author,
        subject=found.subject,
        pull=_pull(found.message),
        co_authors=tuple(dict.fromkeys([*others, *helped])),
        approvers=tuple(dict.fromkeys(who.strip() for key, who in trailers if key.lower() != "co-authored-by")),
    )


def _pull(message: str) -> str:
    for pattern, written in _PULLS:
        if found := pattern.search(message):
            return written.format(found[1])
    return ""


def _utc(seconds: str) -> str:
    try:
        return datetime.fromtimestamp(int(seconds), UTC).isoformat()
    except (ValueError, OverflowError, OSError):  # a commit that no git made
        return ""
