"""What does a report look like on a terminal, and on a pipe?"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, assert_never

from mooring import clean
from mooring.core.address import short
from mooring.core.finding import Finding
from mooring.core.guard import Guard
from mooring.core.report import AddressReport, Report, TargetReport
from mooring.core.state import State
from mooring.reports import examination, words
from mooring.reports.outline import Count, Entry, Part, Tone, Topic, entry, explanation, outline, summary
from mooring.reports.page import Block, Flow, Grid, Item, Line, Page, Span, Style, columns

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_COUNTING = {"plan", "sync", "drift", "status"}
_STYLES = {
    Tone.GOOD: Style.GOOD,
    Tone.WRITE: Style.WRITE,
    Tone.WARN: Style.WARN,
    Tone.BAD: Style.BAD,
    Tone.UNKNOWN: Style.UNKNOWN,
    Tone.QUIET: Style.QUIET,
}


def text(report: Report) -> str:
    """Give a report as plain text, each line as long as it needs to be."""
    return plain(page(report))


def paint(shown: Page, console: "Console") -> None:
    """Print a page on a terminal; colours are the console's choice."""
    for block in shown:
        console.print(_painted(block), soft_wrap=isinstance(block, Line) and block.flow is Flow.WHOLE)


def plain(shown: Page) -> str:
    """Give a page as plain text: no colour, no box, no wrapping."""
    return "".join(f"{_plain(block)}\n" for block in shown)


def page(report: Report) -> Page:
    """Lay a report out: the summary, then target by target what needs a person first, and why the exit is not 0."""
    if examination.examined(report):
        return examination.page(report)
    told = outline(report)
    status = report.command == "status"
    blocks: list[list[Line | Grid]] = [
        [] if told.error is None else [_line(("error: ", Style.BAD), (clean.line(told.error), Style.PLAIN))],
        [_summary(told.summary)] if report.rows or (report.targets and report.command in _COUNTING) else [],
        [_line((clean.line(notice), Style.PLAIN)) for notice in told.notices],
        list(_overview(report)) if status else [],
        *(list[Line | Grid](_asides(part) if status else _part(part)) for part in told.parts),
        list(chain.from_iterable(_finding(finding, 0) for finding in told.findings)),
        [_line((told.ending, Style.QUIET))] if told.ending else [],
    ]
    return tuple(_spaced(blocks))


def headline(report: Report) -> Page:
    """Lay out the counts alone."""
    return (_summary(summary(report.rows)),)


def aside(report: Report) -> Page:
    """Lay out what there is to tell beside the addresses themselves."""
    told = outline(report)
    blocks: list[list[Line | Grid]] = [
        [_line((clean.line(notice), Style.PLAIN)) for notice in told.notices],
        *(list[Line | Grid](_asides(part)) for part in told.parts),
        list(chain.from_iterable(_finding(finding, 0) for finding in told.findings)),
        [_line((told.ending, Style.QUIET))] if told.ending else [],
    ]
    return tuple(_spaced(blocks))


# --- blocks -------------------------------------------------------------------------------------------------------


def _summary(counts: tuple[Count, ...]) -> Line:
    if not counts:
        return _line(("Git declares no label that a target manages", Style.QUIET))
    spans: list[tuple[str, Style]] = []
    for count in counts:
        spans += [(" · ", Style.QUIET)] if spans else []
        spans.append((f"{count.number} {count.word}", _STYLES[count.tone]))
    return _line(*spans)


def _part(part: Part) -> Iterator[Line]:
    yield _target(part)
    yield from _error(part)
    entries = [one for topic in part.topics for one in topic.entries]
    rows = iter(columns(tuple(_cells(one) for one in entries)))
    for topic in part.topics:
        for _ in topic.entries:
            yield Line(next(rows), 2)
        yield from _why(topic)
    for sentence in part.counted:
        yield _line((clean.line(sentence), Style.QUIET), indent=2)
    yield from _guards_and_findings(part, 2)


def _target(part: Part) -> Line:
    return _line((clean.name(part.name), Style.STRONG), (f" ({clean.name(part.adapter)})", Style.QUIET))


def _error(part: Part) -> Iterator[Line]:
    if part.error is not None:
        yield _line(("✗ ", Style.BAD), (clean.line(part.error), Style.PLAIN), indent=2)


def _cells(one: Entry) -> tuple[Span, ...]:
    style = _STYLES[one.tone]
    head = Span(f"{one.sign} {clean.name(one.address)}", style)
    state = "" if one.tone is Tone.GOOD else one.state
    return (head, Span(one.what, style), Span(clean.name(one.versions)), Span(state, Style.QUIET))


def _why(topic: Topic) -> Iterator[Line]:
    for sentence in topic.why:
        yield _line((clean.line(sentence), Style.PLAIN), indent=6)
    for fix in topic.fixes:
        yield _command(fix, 6)


def _guards_and_findings(part: Part, indent: int) -> Iterator[Line]:
    for guard in part.guards:
        yield from _guard(guard, indent)
    for finding in part.findings:
        yield from _finding(finding, indent)
    if part.unlisted_findings:
        more = f"{words.counted(part.unlisted_findings, 'more finding')}; -o json has them all"
        yield _line((more, Style.QUIET), indent=indent)


def _guard(guard: Guard, indent: int) -> Iterator[Line]:
    sign, style, word = ("✓ ", Style.QUIET, "opened") if guard.open else ("✗ ", Style.BAD, "closed")
    yield _line((f"{sign}guard {guard.kind} {word}: ", style), (clean.line(guard.message), Style.PLAIN), indent=indent)
    if not guard.open:
        yield _command(f"mooring sync {guard.fix}" if guard.fix.startswith("--") else guard.fix, indent + 4)


def _finding(finding: Finding, indent: int) -> Iterator[Line]:
    about = "" if finding.prompt is None else f" {clean.name(finding.prompt)}"
    head = (f"• {finding.kind}{about}: ", Style.WARN)
    yield _line(head, (clean.line(finding.message), Style.PLAIN), indent=indent)
    if finding.fix:
        yield _command(finding.fix, indent + 4)


# --- status -------------------------------------------------------------------------------------------------------


def _overview(report: Report) -> Iterator[Line | Grid]:
    if len(report.rows) == 1:
        yield from _sides(report.rows[0])
    elif len(report.targets) == 1:
        yield from _one_target(report.targets[0])
    elif report.rows:
        yield _matrix(report)


def _one_target(target: TargetReport) -> Iterator[Grid]:
    rows = [(entry(one), one) for one in target.addresses]
    cells = tuple(
        (
            Span(f"{told.sign} {clean.name(told.address)}", _STYLES[told.tone]),
            Span(told.state, _STYLES[told.tone]),
            Span(clean.name(told.versions)),
            Span(_made(one), Style.QUIET),
        )
        for told, one in rows
    )
    if cells:
        yield Grid(("address", "state", "live → git", "live since"), cells)


def _matrix(report: Report) -> Grid:
    """Prompts and labels down, targets across."""
    found = {
        (one.row.address.prompt, one.row.address.label, target.name): entry(one)
        for target in report.targets
        for one in target.addresses
    }
    names = sorted({(prompt, label) for prompt, label, _ in found})
    targets = tuple(target.name for target in report.targets)
    rows = tuple(
        (Span(clean.name(f"{prompt}@{label}")), *(_cell(found.get((prompt, label, target))) for target in targets))
        for prompt, label in names
    )
    return Grid(("address", *(clean.name(target) for target in targets)), rows)


def _cell(told: Entry | None) -> Span:
    if told is None:
        return Span("-", Style.QUIET)
    return Span(f"{told.sign} {told.state} {clean.name(told.versions)}".rstrip(), _STYLES[told.tone])


def _sides(one: AddressReport) -> Iterator[Line]:
    """One address: what stands on its three sides, and why it is in its state."""
    seen, told = one.row.seen, entry(one)
    style = _STYLES[told.tone]
    yield _line((f"{told.sign} {clean.name(str(one.row.address))}", style), (f"  {told.state}", style))
    live = f"version {' and '.join(holder.ref for holder in seen.holders)}" if seen.holders else ""
    base = "" if seen.base is None else f"{seen.base.key}, agreed {words.moment(seen.base.time)}"
    git = "" if seen.version is None else f"{seen.version.key}, {seen.version.path}"
    author = f"by {words.by(seen)}" if seen.holders else ""
    sides = (("git", short(seen.git), git), ("base", short(seen.agreed), base), ("live", short(seen.live), live))
    cells = tuple(
        (Span(side, Style.QUIET), Span(value, Style.STRONG), Span(clean.line(note))) for side, value, note in sides
    )
    for row in columns(cells):
        yield Line(row, 4)
    for sentence in (*explanation(one), *([clean.line(author)] if author and not words.evidence(one.row) else [])):
        yield _line((clean.line(sentence), Style.PLAIN), indent=4)
    for extra in (seen.url or "", *words.ways_out_cut(one.row)):
        if extra:
            yield _command(extra, 4)


def _made(one: AddressReport) -> str:
    made = words.since(one.row.seen)
    known = one.row.verdict.state is not State.UNKNOWN
    return clean.line(words.moment(made)) if made and known else ""


def _asides(part: Part) -> Iterator[Line]:
    told = (*_error(part), *_guards_and_findings(part, 2))
    if told:
        yield _target(part)
    yield from told


# --- from a page to characters --------------------------------------------------------------------------------------


def _line(*spans: tuple[str, Style], indent: int = 0) -> Line:
    return Line(tuple(Span(text, style) for text, style in spans), indent)


def _command(command: str, indent: int) -> Line:
    return Line((Span("→ ", Style.QUIET), Span(clean.line(command), Style.COMMAND)), indent, Flow.WHOLE)


def _spaced(blocks: Iterable[list[Line | Grid]]) -> Iterator[Line | Grid]:
    """Put an empty line between blocks that hold something."""
    first = True
    for block in blocks:
        if block and not first:
            yield Line()
        yield from block
        first = first and not block


def _plain(block: Block) -> str:
    match block:
        case Line(spans, indent):
            return (" " * indent + "".join(span.text for span in spans)).rstrip()
        case Item(head, body, indent):
            return (" " * indent + "".join(span.text for span in (*head, body))).rstrip()
        case Grid():
            rows = (tuple(Span(title.upper()) for title in block.header), *block.rows)
            return "\n".join("".join(span.text for span in row) for row in columns(rows))
        case _:
            assert_never(block)


def _painted(block: Block) -> "RenderableType":
    from rich import box  # only a terminal needs rich
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    if isinstance(block, Line):
        line = Text.assemble(*((span.text, span.style.value) for span in block.spans), overflow="fold")
        if block.flow is Flow.WHOLE or not block.spans:  # padding around nothing would print no line at all
            return Text(" " * block.indent) + line
        return Padding(line, (0, 0, 0, block.indent), expand=False)
    if isinstance(block, Item):
        head = Text.assemble(*((span.text, span.style.value) for span in block.head))
        item = Table.grid()
        item.add_column(no_wrap=True)
        item.add_column(overflow="fold")
        item.add_row(head, Text(block.body.text, block.body.style.value))
        return Padding(item, (0, 0, 0, block.indent), expand=False)
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for title in block.header:
        table.add_column(Text(title), overflow="fold")
    for row in block.rows:
        table.add_row(*(Text(span.text, span.style.value) for span in row))
    return table
