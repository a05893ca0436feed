r"""How may a stranger's string stand in a terminal, in a CI log or in a review, without doing anything there?

Names, authors, reasons and contents come from platforms and files. What cannot be seen is written out, not dropped: an
escape sequence shows as `\x1b[31m`, a change of the writing direction as `\u202e`.
"""

import re
import unicodedata
from collections.abc import Iterable

from mooring.core.invisible import code_point, places

# Joiners hold emoji and several scripts together and move nothing; core/invisible.py knows where they do not.
_HARMLESS = frozenset("\u200c\u200d")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_SPACES = re.compile(r"[\s\x1c-\x1f\x85]+")
# A CI runner obeys `##[command]` anywhere in a line and `::command` at its start.
_WORKFLOW_COMMAND = re.compile(r"##(?=\[)|^(\s*:)(?=:)", re.MULTILINE)
_ADDRESS = re.compile(r"(?<=\s)https?://[A-Za-z0-9._~/?=%:#-]+$")
_MARKDOWN = re.compile(r"([\\`*_\[\]#|~$])")
_OPENS_A_BLOCK = re.compile(r"^(\d*)([-+=.)])")
_LINKED = re.compile(r"(?<=[@#])(?=\w)|(?<=:/)(?=/)|(?<=\bGH-)(?=\d)|(?<=\bwww)(?=\.)", re.IGNORECASE)


def line(text: str) -> str:
    """Give a text as one line in which every character can be seen."""
    return _inert(_seen(_SPACES.sub(" ", text).strip()))


def name(text: str) -> str:
    """Give a name as one line; unlike in `line`, every odd space shows."""
    return _inert(_seen(text))


def body(text: str) -> list[str]:
    """Give the lines of a content, for showing them as they are; what nobody sees shows as `⟨U+202E⟩`, tabs stay.

    Joiners, selectors and marks stay where their script or emoji needs them (core/invisible.py).
    """
    return [_inert(one) for one in _marked(text).split("\n")]


def code_span(text: str) -> str:
    """Give a name as a Markdown code span that cannot be left, in a table cell too. Mentions are inert in one."""
    shown = name(text).replace("|", "\\|")
    fence = "`" * (1 + longest_run((shown,)))
    return f"{fence} {shown} {fence}" if shown.startswith("`") or shown.endswith("`") else f"{fence}{shown}{fence}"


def prose(text: str) -> str:
    """Give a text as Markdown that means nothing: no markup, no HTML, no mention, no link."""
    shown = line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # Neither a backslash nor an entity keeps GitHub from mentioning; a space of no width does.
    escaped = _OPENS_A_BLOCK.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", shown))
    return _LINKED.sub("&#8203;", escaped)


def linked(text: str) -> str:
    """Give a text of our own as `prose` does, but for a plain address at its end, which stays a link."""
    found = _ADDRESS.search(text)
    return prose(text) if found is None else f"{prose(text[: found.start()])} <{found[0]}>"


def fenced(lines: Iterable[str], language: str = "") -> list[str]:
    """Give lines inside a Markdown fence that none of them closes."""
    lines = list(lines)
    fence = "`" * max(3, 1 + longest_run(lines))
    return [fence + language, *lines, fence]


def longest_run(lines: Iterable[str]) -> int:
    """Give the length of the longest run of backticks."""
    return max((len(run) for one in lines for run in re.findall("`+", one)), default=0)


def width(text: str) -> int:
    """Give how many columns a terminal needs for a text."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or character in _HARMLESS:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _marked(text: str) -> str:
    shown: list[str] = []
    start = 0
    for at, _ in places(text):
        shown += [text[start:at], f"⟨{code_point(text[at])}⟩"]
        start = at + 1
    return "".join([*shown, text[start:]])


def _seen(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    unseen = {at for at, _ in places(text)}
    return "".join(_escaped(one) if at in unseen or _hidden(one) else one for at, one in enumerate(text))


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN and character not in _HARMLESS


def _escaped(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return {"\n": "\\n", "\t": "\\t"}.get(character, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _inert(text: str) -> str:
    return _WORKFLOW_COMMAND.sub(lambda found: (found.group(1) or "##") + "\u200b", text)
