"""What does a proposal say to those who review it: its commit, its title, its text?"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mooring.clean import code_span, line, name, prose
from mooring.core.address import Address, short
from mooring.core.proposals import marker, resolves
from mooring.core.row import Row
from mooring.core.state import State

LINES = 100
"""Addresses that a text lists at most: with names cut it stays far below what Git hosts take."""
_NAME = 80
_OBEYED = re.compile(r"(?<=#)(?=\d)|(?<=\bGH-)(?=\d)|(?<=:/)(?=/)|(?<!\w@)(?<=@)(?=\w)", re.IGNORECASE)
"""Where a space breaks what Git hosts act on: `#12`, `GH-12`, `https://`, `@team` (but not `prompt@label`)."""


@dataclass(frozen=True, slots=True)
class Brought:
    """An address whose live content is proposed: who made it and when, so far as the platform tells ('' if not)."""

    row: Row
    author: str
    created: str

    @property
    def address(self) -> Address:
        """The address."""
        return self.row.address


@dataclass(frozen=True, slots=True)
class Account:
    """What one proposal brings, why (a person's words, or ''), and on whose behalf (`Name <mail>`)."""

    target: str
    brought: tuple[Brought, ...]
    reason: str
    by: str


def title(account: Account) -> str:
    """Say in one line what a proposal brings."""
    prompts = list(dict.fromkeys(one.address.prompt for one in account.brought))
    moves = all(one.row.verdict.state is State.RELABELLED for one in account.brought)
    what = cut(inert(prompts[0])) if len(prompts) == 1 else f"{len(prompts)} prompts"
    return f"Serve {what} as {account.target} does" if moves else f"Adopt {what} from {account.target}"


def commit_message(account: Account) -> str:
    """Say it as a commit: what, who edited where and when, why, and the decisions that merging it makes."""
    lines = [title(account), "", *(f"* {_told(one)}" for one in account.brought)]
    # Never at the start of a line: there a person's words would be read as a decision.
    lines += ["", f"Why: {inert(line(account.reason))}"] if account.reason else []
    decided = resolves(one.row for one in account.brought)
    lines += ["", *decided] if decided else []
    return "\n".join(lines) + "\n"


def text(account: Account) -> str:
    """Say it as the text of a pull request, in Markdown that no name and no author can leave."""
    lines = [
        (
            f"{_served(account.brought)} on {code_span(account.target)}, and Git does not say so. "
            "Merging this makes Git agree; nothing is written to the platform before that."
        ),
        "",
        "| Prompt | Label | State | Version | Made | By |",
        "|-|-|-|-|-|-|",
        *(_table_line(one) for one in account.brought[:LINES]),
        "",
    ]
    unlisted = len(account.brought) - LINES
    lines += [f"And {unlisted} more, which the commit's message lists.", ""] if unlisted > 0 else []
    lines += [f"Why: {_prose(account.reason, 2000)}", ""] if account.reason else []
    lines += [
        (
            "Close this without merging to decline it: it is not proposed again until the content changes. To put "
            f"Git's content back: `mooring resolve ADDRESS --take git --reason TEXT`. Proposed on behalf of "
            f"{_prose(account.by, 200)}."
        ),
        "",
        marker(one.row for one in account.brought),
    ]
    return "\n".join(lines)


def inert(text: str) -> str:
    """Give a text as one line of a commit or a title, in which no Git host finds a mention, an issue or a link."""
    return _OBEYED.sub(" ", name(text))


def cut(text: str, most: int = _NAME) -> str:
    """Give a text that is not longer than people read."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _told(one: Brought) -> str:
    seen = one.row.seen
    version = f"version {inert(seen.holders[0].ref)}" if seen.holders else "no version"
    when = f", made {_moment(one)} UTC" if one.created else ""
    return f"{inert(str(one.address))}: {version}{when} by {inert(line(_author(one)))} ({short(seen.live)})"


def _author(one: Brought) -> str:
    return one.author or "somebody whom the platform does not name"


def _moment(one: Brought) -> str:
    return inert(one.created[:16].replace("T", " "))


def _served(brought: Sequence[Brought]) -> str:
    return "This is what the label serves" if len(brought) == 1 else f"This is what {len(brought)} labels serve"


def _table_line(one: Brought) -> str:
    at, seen = one.address, one.row.seen
    version = code_span(cut(name(seen.holders[0].ref))) if seen.holders else ""
    link = f"[{version}](<{seen.url}>)" if seen.url and _is_plain(seen.url) else version
    cells: Iterable[str] = (
        code_span(cut(name(at.prompt))),
        code_span(cut(name(at.label))),
        one.row.verdict.state.replace("_", " "),
        link,
        prose(_moment(one)),
        _prose(_author(one)),
    )
    return f"| {' | '.join(cells)} |"


def _prose(text: str, most: int = _NAME) -> str:
    """Give a stranger's text as inert Markdown, cut before it is escaped: no entity may lose its end."""
    return prose(cut(line(text), most))


def _is_plain(url: str) -> bool:
    plain = url.startswith(("https://", "http://")) and url.isascii() and len(url) <= 300
    return plain and not any(sign in url for sign in "<>()|\\` \n")
