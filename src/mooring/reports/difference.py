"""What do the contents of two sides look like beside each other? Only `mooring diff` shows contents."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from mooring.compare import Compared
from mooring.core.address import ABSENT, UNKNOWN, short
from mooring.core.artifact import Artifact, Content, Json, Opaque
from mooring.core.canonical import document
from mooring.core.difference import Change, ChangeKind, Impact, differences
from mooring.core.row import Row
from mooring.reports import clean, words
from mooring.reports.page import Flow, Line, Page, Span, Style

CONTEXT = 2
WHOLE = "the whole content"
_GRADES = {Impact.BREAKING: Style.BAD, Impact.BEHAVIOUR: Style.WARN, Impact.COSMETIC: Style.QUIET}


@dataclass(frozen=True, slots=True)
class Section:
    """One comparison: a title, and what changed from `old` to `new`, of which at most one is None (nothing there)."""

    title: str
    old: Content | None
    new: Content | None
    changes: tuple[Change, ...]


def sections(compared: Compared) -> tuple[Section, ...]:
    """Say who moved where the base is known; else compare what is live with what Git wants."""
    git, base, live = compared.git, compared.base, compared.live
    answered = compared.row.seen.live is not UNKNOWN
    found: list[Section | None] = []
    if base is not None:
        found.append(_section("Git changed it since both sides last agreed", base, git, frozenset()))
        title = "The platform changed it since both sides last agreed"
        found.append(_section(title, base, live, compared.silent) if answered else None)
    elif answered:
        found.append(_section("From what is live to what Git wants", live, git, compared.silent))
    return tuple(section for section in found if section is not None)


def page(compared: Sequence[Compared]) -> Page:
    """Lay the differences of several addresses out; those without any are one line each."""
    blocks: list[Line] = []
    for one in compared:
        blocks += [Line()] if blocks else []
        blocks += _address(one)
    return tuple(blocks)


def markdown(compared: Sequence[Compared]) -> str:
    """Give the differences of several addresses as GitHub-flavoured Markdown that no content can leave."""
    lines: list[str] = []
    for one in compared:
        lines += [f"### {clean.code_span(str(one.row.address))} {one.row.verdict.state.replace('_', ' ')}", ""]
        lines += ["| side | content | version |", "|-|-|-|"]
        lines += [f"| {side} | `{value}` | {clean.prose(note)} |" for side, value, note in _sides(one.row)]
        lines += [""]
        for section in sections(one):
            lines += [f"**{section.title}**", ""]
            for change in section.changes:
                shown = [f"{mark} {body}" for mark, body in hunk(change)]
                lines += [f"{_what(change)}: {_where(change)}", ""]
                lines += [*clean.fenced(shown, "diff"), ""]
        if not sections(one) or one.row.seen.live is UNKNOWN:
            lines += [_nothing(one), ""]
    return "\n".join(lines)


def hunk(change: Change) -> Iterator[tuple[str, str]]:
    """Give the lines of one difference, each with `-`, `+`, ` ` or `…` before it."""
    old = [] if change.kind is ChangeKind.ADDED else _lines(change.old, change.new)
    new = [] if change.kind is ChangeKind.REMOVED else _lines(change.new, change.old)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(CONTEXT)):
        if number:
            yield "…", ""
        for tag, start, end, new_start, new_end in group:
            if tag == "equal":
                yield from ((" ", one) for one in old[start:end])
            else:
                yield from (("-", one) for one in old[start:end])
                yield from (("+", one) for one in new[new_start:new_end])


# --- text -----------------------------------------------------------------------------------------------------------


def _address(one: Compared) -> Iterator[Line]:
    address, state = one.row.address, one.row.verdict.state
    yield Line((Span(clean.name(str(address)), Style.STRONG), Span(f"  {state}", Style.QUIET)))
    for side, value, note in _sides(one.row):
        shown = Span(f"{side:<6}", Style.QUIET), Span(f"{value:<14}"), Span(f"  {clean.line(note)}", Style.QUIET)
        yield Line(shown, 2)
    found = sections(one)
    if not found or one.row.seen.live is UNKNOWN:
        yield Line((Span(_nothing(one)),), 2)
    for section in found:
        yield Line()
        yield Line((Span(section.title, Style.STRONG),), 2)
        for change in section.changes:
            yield Line((Span(_what(change), _GRADES[change.impact]), Span(f"  {clean.name(change.path) or WHOLE}")), 2)
            yield from _painted(list(hunk(change)))


def _painted(lines: list[tuple[str, str]]) -> Iterator[Line]:
    """Where one line took the place of another, the words that differ stand out."""
    at = 0
    while at < len(lines):
        mark, body = lines[at]
        following = lines[at + 1] if at + 1 < len(lines) else ("", "")
        alone = (at == 0 or lines[at - 1][0] != "-") and (at + 2 >= len(lines) or lines[at + 2][0] != "+")
        if mark == "-" and following[0] == "+" and alone:
            old, new = _words(body, following[1])
            yield from (_gutter("-", old), _gutter("+", new))
            at += 2
            continue
        style = {"-": Style.BAD, "+": Style.GOOD}.get(mark, Style.QUIET)
        yield _gutter(mark, [Span(body, style)])
        at += 1


def _gutter(mark: str, spans: list[Span]) -> Line:
    style = {"-": Style.BAD, "+": Style.GOOD}.get(mark, Style.QUIET)
    # The bar keeps a content that starts with `::` from being a command to a CI runner.
    return Line((Span("| ", Style.QUIET), Span(f"{mark} ", style), *spans), 4, Flow.WRAPPED)


def _words(old: str, new: str) -> tuple[list[Span], list[Span]]:
    before, after = _split(old), _split(new)
    left: list[Span] = []
    right: list[Span] = []
    for tag, start, end, new_start, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        removed, added = "".join(before[start:end]), "".join(after[new_start:new_end])
        left.append(Span(removed, Style.BAD if tag == "equal" else Style.REMOVED))
        right.append(Span(added, Style.GOOD if tag == "equal" else Style.ADDED))
    return [span for span in left if span.text], [span for span in right if span.text]


def _split(text: str) -> list[str]:
    return re.findall(r"\w+|\s+|[^\w\s]", text)


# --- what there is to show --------------------------------------------------------------------------------------------


def _section(title: str, old: Content | None, new: Content | None, silent: frozenset[str]) -> Section | None:
    changes: tuple[Change, ...] = ()
    if old is not None and new is not None:
        changes = differences(old, new, silent)
    elif old is not None:
        changes = (Change("", ChangeKind.REMOVED, Impact.BREAKING, _whole(old), None),)
    elif new is not None:
        changes = (Change("", ChangeKind.ADDED, Impact.BEHAVIOUR, None, _whole(new)),)
    return Section(title, old, new, changes) if changes else None


def _whole(content: Content) -> Json:
    match content:
        case Artifact():
            shown = {key: value for key, value in document(content).items() if key != "schema"}
            return shown.get("text") if shown.get("config") == {} and "text" in shown else shown
        case Opaque(raw, _):
            return raw


def _sides(row: Row) -> tuple[tuple[str, str, str], ...]:
    seen = row.seen
    git = "" if seen.version is None else f"{seen.version.key}, {seen.version.path}"
    base = "" if seen.base is None else f"{seen.base.key}, agreed {words.moment(seen.base.time)}"
    live = ""
    if seen.holders:
        made = words.since(seen)
        live = f"version {' and '.join(holder.ref for holder in seen.holders)}"
        live += (f", made {words.moment(made)}" if made else "") + f", by {words.by(seen)}"
    sides = (("git", seen.git, git), ("base", seen.agreed, base), ("live", seen.live, live))
    return tuple((name, short(value), note) for name, value, note in sides)


def _nothing(one: Compared) -> str:
    seen = one.row.seen
    if seen.live is UNKNOWN:
        return "The platform did not answer, so nobody knows what is live."
    if seen.git is ABSENT and seen.live is ABSENT:
        return "Neither side has it."
    return "No difference in content."


def _where(change: Change) -> str:
    return clean.code_span(change.path) if change.path else WHOLE


def _what(change: Change) -> str:
    return f"{change.kind} ({change.impact})"


def _lines(value: Json, other: Json) -> list[str]:
    """Give a value as lines: a text as it is, with its spaces at line ends in sight, anything else as JSON.

    Where only one of two texts ends with a line end, the one that does not says so.
    """
    if not isinstance(value, str):
        return clean.body(json.dumps(value, indent=2, ensure_ascii=False))
    lines = [_ends_seen(one) for one in clean.body(value.removesuffix("\n"))]
    bare = isinstance(other, str) and other.endswith("\n") and not value.endswith("\n")
    return [*lines, "\\ no line end here"] if bare else lines


def _ends_seen(line: str) -> str:
    bare = line.rstrip(" \t")
    return bare + line[len(bare) :].replace(" ", "·").replace("\t", "⇥")
