"""How is what `mooring doctor` found told to people, and laid out on a page?"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mooring import clean
from mooring.core.check import Check, Health
from mooring.core.report import Report
from mooring.reports.outline import outline
from mooring.reports.page import Flow, Item, Line, Page, Span, Style


@dataclass(frozen=True, slots=True)
class Mark:
    """How a health is told, never by colour alone: a sign and a word before a check, and a noun to count."""

    sign: str
    word: str
    style: Style
    plural: str = ""

    def counted(self, number: int) -> str:
        """Give `1 warning`, `2 warnings`."""
        return f"{number} {self.word if number == 1 else self.plural or self.word}"


MARKS: Mapping[Health, Mark] = {
    Health.FAIL: Mark("✗", "failed", Style.BAD),
    Health.DENIED: Mark("✗", "denied", Style.BAD),
    Health.UNKNOWN: Mark("?", "silent", Style.UNKNOWN),
    Health.WARN: Mark("!", "warning", Style.WARN, "warnings"),
    Health.NOTE: Mark("·", "note", Style.WRITE, "notes"),
    Health.OK: Mark("✓", "ok", Style.GOOD),
}
"""Gravest first."""

_WORD = max(len(mark.word) for mark in MARKS.values()) + 4


@dataclass(frozen=True, slots=True)
class Examined:
    """What was looked at together: a target with its adapter, or the repository with none."""

    name: str
    adapter: str
    checks: tuple[Check, ...]


def examined(report: Report) -> Sequence[Examined]:
    """Give the repository and then the targets; nothing where a report is no examination."""
    targets = [Examined(target.name, target.adapter, target.checks) for target in report.targets if target.checks]
    return [Examined("repository", "", report.checks), *targets] if report.checks else targets


def counts(parts: Sequence[Examined]) -> Sequence[tuple[Mark, int]]:
    """Count all checks by how they ended, gravest first."""
    found = Counter(check.health for part in parts for check in part.checks)
    return [(mark, found[health]) for health, mark in MARKS.items() if found[health]]


def page(report: Report) -> Page:
    """Lay an examination out: a block for the repository, one for each target, and a line that sums up."""
    parts = examined(report)
    # Every name stands in a column that all blocks share, so that the eye runs down the marks.
    name = max((clean.width(clean.line(check.name)) for part in parts for check in part.checks), default=0) + 2
    blocks: list[Line | Item] = []
    for part in parts:
        adapter = Span(f" ({clean.name(part.adapter)})" if part.adapter else "", Style.QUIET)
        blocks.append(Line((Span(clean.name(part.name), Style.STRONG), adapter)))
        for check in part.checks:
            blocks += _check(check, name)
        blocks.append(Line())
    return (*blocks, _summary(report, parts))


def _check(check: Check, name: int) -> Iterator[Line | Item]:
    mark, called = MARKS[check.health], clean.line(check.name)
    shown = Span(f"{mark.sign} {mark.word}".ljust(_WORD), mark.style)
    yield Item((shown, Span(called + " " * (name - clean.width(called)))), Span(clean.line(check.message)), 2)
    if check.fix:
        way_out = (Span("→ ", Style.QUIET), Span(clean.line(check.fix), Style.COMMAND))
        is_command = check.fix.startswith(("mooring ", "git "))
        yield Line(way_out, 2 + _WORD + name, Flow.WHOLE if is_command else Flow.WRAPPED)


def _summary(report: Report, parts: Sequence[Examined]) -> Line:
    spans: list[Span] = []
    for mark, number in counts(parts):
        spans += [Span(" · ", Style.QUIET)] if spans else []
        spans.append(Span(mark.counted(number), mark.style))
    ending = outline(report).ending
    return Line((*spans, Span(f"; {ending}" if ending else "", Style.QUIET)))
