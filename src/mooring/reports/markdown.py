"""What does a report look like in a review or a job summary?"""

from collections.abc import Iterable, Iterator, Sequence

from mooring.clean import code_span, fenced, line, linked, prose
from mooring.core.check import Check
from mooring.core.finding import Finding, FindingKind
from mooring.core.guard import Guard
from mooring.core.report import Report
from mooring.core.state import State
from mooring.reports import examination, words
from mooring.reports.examination import MARKS, Examined, counts
from mooring.reports.outline import Entry, Outline, Part, Tone, Topic, entry, outline

ROWS_SHOWN = 200
"""Of each target: a comment on a pull request ends at 65,536 characters."""


def text(report: Report) -> str:
    """Give a report as GitHub-flavoured Markdown in which no name, reason or author can be markup."""
    told = outline(report)
    parts = examination.examined(report)
    if parts:
        return _joined([[f"### mooring {prose(report.command)}"], *_examination(parts), _last(told.ending)])
    blocks = [
        [f"### mooring {prose(report.command)}"],
        [_summary(told)] if report.targets else [],
        [] if told.error is None else [f"**Error:** {prose(told.error)}"],
        [prose(notice) for notice in told.notices],
        *([_status(report)] if report.command == "status" else (list(_part(part)) for part in told.parts)),
        list(_findings(told.findings, 0)),
        _last(told.ending),
    ]
    return _joined(blocks)


def _joined(blocks: Iterable[list[str]]) -> str:
    return "\n".join("\n".join(block).rstrip("\n") + "\n" for block in blocks if block)


def _last(ending: str) -> list[str]:
    return [f"<sub>{prose(ending)}</sub>"] if ending else []


def _examination(parts: Sequence[Examined]) -> Iterator[list[str]]:
    yield [" · ".join(f"**{number}** {mark.counted(number).partition(' ')[2]}" for mark, number in counts(parts))]
    for part in parts:
        title = f"{code_span(part.name)} ({code_span(part.adapter)})" if part.adapter else prose(part.name)
        head = [f"#### {title}", "", "| | check | what was found | the way out |", "|-|-|-|-|"]
        yield [*head, *(_check(check) for check in part.checks)]


def _check(check: Check) -> str:
    mark = MARKS[check.health]
    fix = _way_out(check.fix) if check.fix else ""
    return f"| {mark.sign} {mark.word} | {prose(check.name)} | {prose(check.message)} | {fix} |"


def _summary(told: Outline) -> str:
    counts = [f"**{count.number}** {count.word}" for count in told.summary]
    return " · ".join(counts) or "Git declares no label that a target manages."


def _part(part: Part) -> Iterator[str]:
    yield f"#### {code_span(part.name)} ({code_span(part.adapter)})"
    yield ""
    if part.error is not None:
        yield from (f"**Error:** {prose(part.error)}", "")
    yield from _table(part.topics)
    for sentence in part.counted:
        yield from (prose(sentence), "")
    yield from _guards(part.guards)
    yield from _findings(part.findings, part.unlisted_findings)


def _table(topics: tuple[Topic, ...]) -> Iterator[str]:
    shown = [(one, topic) for topic in topics for one in topic.entries][:ROWS_SHOWN]
    left_out = sum(len(topic.entries) for topic in topics) - len(shown)
    if not shown:
        return
    yield "| | address | state | what happens | versions | why, and the way out |"
    yield "|-|-|-|-|-|-|"
    for one, topic in shown:
        yield f"| {_cells(one)} | {_why(topic)} |"
    yield ""
    if left_out:
        yield from (f"{words.counted(left_out, 'more row')}; `-o json` has them all.", "")


def _cells(one: Entry) -> str:
    versions = code_span(one.versions) if one.versions else ""
    state = "" if one.tone is Tone.GOOD else one.state.replace("_", " ")
    return " | ".join((one.sign, code_span(one.address), state, one.what, versions))


def _why(topic: Topic) -> str:
    return "<br>".join([*(prose(sentence) for sentence in topic.why), *(_way_out(fix) for fix in topic.fixes)])


def _way_out(fix: str) -> str:
    return code_span(line(fix)) if fix.startswith(("mooring ", "git ")) else prose(fix)


def _status(report: Report) -> list[str]:
    lines: list[str] = []
    for target in report.targets:
        lines += [f"#### {code_span(target.name)} ({code_span(target.adapter)})", ""]
        if target.error is not None:
            lines += [f"**Error:** {prose(target.error)}", ""]
        if target.addresses:
            lines += ["| | address | state | versions | live since | by |", "|-|-|-|-|-|-|"]
        for one in target.addresses[:ROWS_SHOWN]:
            told, unknown = entry(one), one.row.verdict.state is State.UNKNOWN
            made = "" if unknown else prose(words.moment(words.since(one.row.seen) or ""))
            author = "" if unknown else prose(words.by(one.row.seen) or "")
            state, versions = told.state.replace("_", " "), code_span(told.versions) if told.versions else ""
            lines.append(f"| {told.sign} | {code_span(told.address)} | {state} | {versions} | {made} | {author} |")
        if target.addresses:
            lines.append("")
        if len(target.addresses) > ROWS_SHOWN:
            lines += [f"{words.counted(len(target.addresses) - ROWS_SHOWN, 'more row')}; `-o json` has them all.", ""]
    return lines


def _guards(guards: Iterable[Guard]) -> Iterator[str]:
    for guard in guards:
        state = "opened" if guard.open else "**closed**"
        command = f"mooring sync {guard.fix}" if guard.fix.startswith("--") else guard.fix
        yield f"* Guard `{guard.kind}` {state}: {prose(guard.message)}"
        if not guard.open:
            yield from ("", *(f"  {one}" for one in fenced([line(command)])), "")


def _findings(findings: Iterable[Finding], unlisted: int) -> Iterator[str]:
    for finding in findings:
        about = "" if finding.prompt is None else f" {code_span(finding.prompt)}"
        fix = f". {_way_out(finding.fix)}" if finding.fix else ""
        told = linked if finding.kind is FindingKind.PROPOSAL else prose
        yield f"* **{finding.kind.replace('_', ' ')}**{about}: {told(finding.message.rstrip('.'))}{fix}"
    if unlisted:
        yield f"* {words.counted(unlisted, 'more finding')}; `-o json` has them all."
