"""How does a pull request get exactly one comment on a plan, kept up to date in place?"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from mooring.ports import Comment, Forge, ForgeError
from mooring.reports.review import marker


class Fate(StrEnum):
    """What became of the comment."""

    WRITTEN = "written"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    """It says so already: nothing was written."""
    NEEDLESS = "needless"
    """There is nothing to say, and none stands there to be corrected."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be said under a pull request. `id` is that of mooring.yaml; `quiet`: it need not be said anew."""

    id: str
    body: str
    quiet: bool


def post(forge: Forge, number: int, draft: Draft) -> Fate:
    """Write, update or leave the one comment of a mooring.yaml under a pull request; raises ForgeError.

    Two runs at once may each write one: the next run keeps the older, and has the others point to it. A stranger's
    comment that begins as ours do is left alone.
    """
    ours = _ours(forge, forge.comments(number), marker(draft.id))
    if not ours:
        if draft.quiet:
            return Fate.NEEDLESS
        forge.comment(number, draft.body)
        return Fate.WRITTEN
    first, *others = ours
    for other in others:
        # It stays as it is where it cannot be edited; the next run tries again.
        with suppress(ForgeError):
            forge.edit_comment(other.id, f"Kept up to date in one place: {first.url}\n")
    if _same(first.body, draft.body):
        return Fate.UNCHANGED
    forge.edit_comment(first.id, draft.body)
    return Fate.UPDATED


def _ours(forge: Forge, there: Sequence[Comment], mark: str) -> list[Comment]:
    """Give the comments that begin with the mark and are this token's own, oldest first.

    The host tells a person's token whose it is. An app is not told, and its comments are a bot's: two apps that run
    the same mooring.yaml share one comment.
    """
    marked = [one for one in there if one.body.startswith(mark)]
    if not marked:
        return []
    login = forge.login()
    mine = [one for one in marked if (one.by_bot if login is None else one.author == login)]
    return sorted(mine, key=lambda one: one.id)


def _same(there: str, wanted: str) -> bool:
    """Compare as GitHub keeps a text: without the white space around it, and perhaps with CRLF."""
    return there.replace("\r\n", "\n").strip() == wanted.strip()
