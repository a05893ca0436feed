"""What do the contents of two sides look like beside each other? Only `mooring diff` shows contents."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from mooring import clean
from mooring.compare import Compared
from mooring.core.address import ABSENT, UNKNOWN, Address, short
from mooring.core.artifact import Content, Json, Message, Opaque
from mooring.core.difference import Change, ChangeKind, Impact, differences
from mooring.core.meaning import Gauge, Size, meaning, size
from mooring.core.remark import Remark
from mooring.core.row import Row as Place
from mooring.reports import words
from mooring.reports.alignment import Effort
from mooring.reports.inline import Come, Gone, Kept, LeftOut, Piece, Rewritten, Row, rows
from mooring.reports.meaning import clauses, line, markdown_list, measured, values
from mooring.reports.page import Flow, Line, Page, Span, Style
from mooring.reports.wrapping import wrapped

WHOLE = "the whole content"
_GUTTER = 9
"""Columns: the indent, the bar, the mark and a space, and one that stays free."""
_SIGNS = ("[-", "-]", "{+", "+}")
_MARKS = {"-": Style.BAD, "+": Style.GOOD, "~": Style.WARN}
_GRADES = {Impact.BREAKING: Style.BAD, Impact.BEHAVIOUR: Style.WARN, Impact.COSMETIC: Style.QUIET}


class Contrast(StrEnum):
    """How words that changed stand out."""

    COLOURS = "colours"
    """On a terminal."""
    SIGNS = "signs"
    """As `[-what was-]{+what is+}`."""


class Mover(StrEnum):
    """Whose change a section shows; the values are those of the JSON report."""

    GIT = "git"
    PLATFORM = "platform"
    UNKNOWN = "unknown"
    """Without a base nobody knows: it leads from what is live to Git."""


_TITLES = {
    Mover.GIT: "Git changed it since both sides last agreed",
    Mover.PLATFORM: "The platform changed it since both sides last agreed",
    Mover.UNKNOWN: "From what is live to what Git wants",
}


@dataclass(frozen=True, slots=True)
class Section:
    """One comparison: what changed from `old` to `new`, of which at most one is None (nothing there), and by whom."""

    mover: Mover
    old: Content | None
    new: Content | None
    changes: tuple[Change, ...]
    remarks: tuple[Remark, ...]

    @property
    def title(self) -> str:
        """What the section shows."""
        return _TITLES[self.mover]

    def sizes(self, gauge: Gauge | None) -> tuple[Size, ...]:
        """Measure both sides."""
        return size(self.old, self.new, gauge)


def sections(compared: Compared) -> tuple[Section, ...]:
    """Say who moved where the base is known; else compare what is live with what Git wants."""
    git, base, live = compared.git, compared.base, compared.live
    answered = compared.row.seen.live is not UNKNOWN
    found: list[Section | None] = []
    if base is not None:
        found.append(_section(Mover.GIT, base, git, frozenset()))
        found.append(_section(Mover.PLATFORM, base, live, compared.silent) if answered else None)
    elif answered:
        found.append(_section(Mover.UNKNOWN, live, git, compared.silent))
    return tuple(section for section in found if section is not None)


def page(compared: Sequence[Compared], gauge: Gauge | None, contrast: Contrast, columns: int | None = None) -> Page:
    """Lay the differences of several addresses out; those without any are one line each.

    `columns` is how wide a terminal is; without it a line of a content is as long as it needs to be.
    """
    blocks: list[Line] = []
    for one in compared:
        blocks += [Line()] if blocks else []
        blocks += _address(one)
        for section in sections(one):
            blocks += _section_lines(section, gauge, contrast, columns)
    return tuple(blocks)


def markdown(compared: Sequence[Compared], gauge: Gauge | None, effort: Effort | None = None) -> str:
    """Give the differences of several addresses as GitHub-flavoured Markdown that no content can leave.

    `effort` is what all of them together may take; without it each comparison has its own.
    """
    lines: list[str] = []
    for one in compared:
        lines += [f"### {clean.code_span(str(one.row.address))} {one.row.verdict.state.replace('_', ' ')}", ""]
        lines += ["| side | content | version |", "|-|-|-|"]
        lines += [f"| {side} | `{value}` | {clean.prose(note)} |" for side, value, note in _sides(one.row)]
        lines += [""]
        for section in sections(one):
            lines += [f"**{section.title}**", "", *markdown_list(section.remarks, section.sizes(gauge)), ""]
            spent = effort or Effort()
            for change in section.changes:
                shown = [f"{mark} {body}" for row in _rows(change, spent) for mark, body in _in_diff(row)]
                lines += [f"{_what(change)}: {_where(change)}", ""]
                lines += [*clean.fenced(shown, "diff"), ""]
        if not sections(one) or one.row.seen.live is UNKNOWN:
            lines += [_nothing(one), ""]
    return "\n".join(lines)


def with_meaning(document: dict[str, Json], compared: Sequence[Compared], gauge: Gauge | None) -> dict[str, Json]:
    """Add to the addresses of a JSON report what their differences mean: names and numbers, no text of a prompt."""
    told = {
        str(one.row.address): [values(part.remarks, part.sizes(gauge), part.mover) for part in sections(one)]
        for one in compared
    }
    for target in _members(document["targets"]):
        for address in _members(target["addresses"]):
            place = Address(str(target["name"]), str(address["prompt"]), str(address["label"]))
            address["meaning"] = told.get(str(place), [])
    return document


# --- text -----------------------------------------------------------------------------------------------------------


def _address(one: Compared) -> Iterator[Line]:
    address, state = one.row.address, one.row.verdict.state
    yield Line((Span(clean.name(str(address)), Style.STRONG), Span(f"  {state}", Style.QUIET)))
    for side, value, note in _sides(one.row):
        shown = Span(f"{side:<6}", Style.QUIET), Span(f"{value:<14}"), Span(f"  {clean.line(note)}", Style.QUIET)
        yield Line(shown, 2)
    if not sections(one) or one.row.seen.live is UNKNOWN:
        yield Line((Span(_nothing(one)),), 2)


def _section_lines(section: Section, gauge: Gauge | None, contrast: Contrast, columns: int | None) -> Iterator[Line]:
    yield Line()
    yield Line((Span(section.title, Style.STRONG),), 2)
    yield from _meaning(section.remarks, section.sizes(gauge))
    effort = Effort()
    for change in section.changes:
        yield Line()
        yield Line((Span(_what(change), _GRADES[change.impact]), Span(f"  {clean.name(change.path) or WHOLE}")), 2)
        for row in _rows(change, effort):
            for mark, spans in _painted(row) if contrast is Contrast.COLOURS else _signed(row):
                yield from _gutter(mark, spans, columns)


def _meaning(remarks: Sequence[Remark], sizes: Sequence[Size]) -> Iterator[Line]:
    """Give the sentence, and below it what each remark says, where that is more than the sentence."""
    spans: list[Span] = []
    for clause in clauses(remarks, sizes):
        spans += [Span("; ", Style.QUIET)] if spans else []
        spans += [] if clause.impact is None else [Span(f"{clause.impact}: ", _GRADES[clause.impact])]
        spans.append(Span(clause.words))
    yield Line(tuple(spans), 2)
    if [one for one in remarks if one.event]:
        for one in remarks:
            yield Line((Span(f"{one.impact:<9}  ", _GRADES[one.impact]), Span(line(one))), 4)
    if measured(sizes):
        yield Line((Span(f"{'size':<9}  ", Style.QUIET), Span(measured(sizes))), 4)


def _painted(row: Row) -> Iterator[tuple[str, list[Span]]]:
    """Give the lines of a row; where a line was rewritten, the words that differ stand out by colour."""
    match row:
        case Rewritten():
            yield "-", [Span(one.old, _style(one, Style.BAD, Style.REMOVED)) for one in row.pieces if one.old]
            yield "+", [Span(one.new, _style(one, Style.GOOD, Style.ADDED)) for one in row.pieces if one.new]
        case _:
            yield from _signed(row)


def _signed(row: Row) -> Iterator[tuple[str, list[Span]]]:
    """Give the lines of a row; a line that was rewritten is one, with `[-what was-]{+what is+}` in it."""
    match row:
        case Rewritten() if not _ambiguous(row):
            yield "~", [Span(text, style) for one in row.pieces for text, style in _in_line(one)]
        case _:
            yield from ((mark, [Span(body, _MARKS.get(mark, Style.QUIET))]) for mark, body in _in_diff(row))


def _gutter(mark: str, spans: list[Span], columns: int | None) -> Iterator[Line]:
    """Put a bar and the mark before a line, and the bar before all that does not fit on it."""
    parts = [tuple(spans)] if columns is None else wrapped(spans, max(columns - _GUTTER, 20))
    for number, part in enumerate(parts):
        sign = " " if number else mark
        # The bar keeps a content that starts with `::` from being a command to a CI runner.
        bar = (Span("| ", Style.QUIET), Span(f"{sign} ", _MARKS.get(sign, Style.QUIET)))
        yield Line((*bar, *part), 4, Flow.WHOLE)


def _style(piece: Piece, same: Style, other: Style) -> Style:
    return same if piece.old == piece.new else other


def _in_line(piece: Piece) -> Iterator[tuple[str, Style]]:
    if piece.old == piece.new:
        yield piece.old, Style.PLAIN
        return
    if piece.old:
        yield f"[-{piece.old}-]", Style.BAD
    if piece.new:
        yield f"{{+{piece.new}+}}", Style.GOOD


def _in_diff(row: Row) -> Iterator[tuple[str, str]]:
    """Give the lines of a row as a diff has them, each with `-`, `+`, ` ` or `…` before it, words marked within."""
    match row:
        case Kept(body):
            yield " ", body
        case Gone(body):
            yield "-", body
        case Come(body):
            yield "+", body
        case LeftOut():
            yield "…", ""
        case Rewritten() if _ambiguous(row):
            yield from (("-", row.old), ("+", row.new))
        case Rewritten():
            same = [one.old == one.new for one in row.pieces]
            old = [one.old if kept else f"[-{one.old}-]" for one, kept in zip(row.pieces, same, strict=True) if one.old]
            new = [
                one.new if kept else f"{{+{one.new}+}}" for one, kept in zip(row.pieces, same, strict=True) if one.new
            ]
            yield from (("-", "".join(old)), ("+", "".join(new)))
        case _:
            assert_never(row)


def _ambiguous(row: Rewritten) -> bool:
    """Whether the line itself holds what would mark its changes."""
    return any(sign in text for sign in _SIGNS for text in (row.old, row.new))


# --- what there is to show --------------------------------------------------------------------------------------------


def _section(mover: Mover, old: Content | None, new: Content | None, silent: frozenset[str]) -> Section | None:
    changes: tuple[Change, ...] = ()
    if old is not None and new is not None:
        changes = differences(old, new, silent)
    elif old is not None:
        changes = (Change("", ChangeKind.REMOVED, Impact.BREAKING, _whole(old), None),)
    elif new is not None:
        changes = (Change("", ChangeKind.ADDED, Impact.BEHAVIOUR, None, _whole(new)),)
    return Section(mover, old, new, changes, meaning(old, new, changes)) if changes else None


def _whole(content: Content) -> Json:
    """Give a content as people read it: each message under its role, and the config below."""
    if isinstance(content, Opaque):
        return content.raw
    if isinstance(content.body, str):
        body = content.body
    else:
        body = "\n".join(
            _spoken(turn.role, turn.content) if isinstance(turn, Message) else f"placeholder: {turn.name}"
            for turn in content.body
        )
    return f"{body}\nconfig: {_json(content.config)}" if content.config != {} else body


def _spoken(role: str, content: str) -> str:
    return f"{role}:\n" + "\n".join(f"  {one}" if one else "" for one in content.split("\n"))


def _sides(row: Place) -> tuple[tuple[str, str, str], ...]:
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


def _rows(change: Change, effort: Effort) -> Iterator[Row]:
    """Lay both sides of a change beside each other."""
    old = [] if change.kind is ChangeKind.ADDED else _lines(change.old, change.new)
    new = [] if change.kind is ChangeKind.REMOVED else _lines(change.new, change.old)
    return rows(old, new, effort)


def _lines(value: Json, other: Json) -> list[str]:
    """Give a value as lines: a text as it is, with its spaces at line ends in sight, anything else as JSON.

    Where only one of two texts ends with a line end, the one that does not says so.
    """
    if isinstance(value, Mapping) and value.keys() == {"role", "content"}:
        return clean.body(_spoken(str(value["role"]), str(value["content"])))
    if not isinstance(value, str):
        return clean.body(_json(value))
    lines = [_ends_seen(one) for one in clean.body(value.removesuffix("\n"))]
    bare = isinstance(other, str) and other.endswith("\n") and not value.endswith("\n")
    return [*lines, "\\ no line end here"] if bare else lines


def _ends_seen(line: str) -> str:
    bare = line.rstrip(" \t")
    return bare + line[len(bare) :].replace(" ", "·").replace("\t", "⇥")


def _json(value: Json) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _members(value: Json) -> list[dict[str, Json]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
