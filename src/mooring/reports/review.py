"""What does a pull request show of a plan? One comment that is read in half a minute, and holds within its limit."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from shlex import quote
from typing import TypeAlias

from mooring import clean
from mooring.clean import code_span, prose
from mooring.compare import Compared
from mooring.core.artifact import Content
from mooring.core.desired import HEAD_KEY
from mooring.core.difference import Impact, gravest
from mooring.core.finding import Finding
from mooring.core.guard import Guard
from mooring.core.meaning import Gauge
from mooring.core.report import Report
from mooring.core.row import Row
from mooring.core.state import State
from mooring.reports import difference, words
from mooring.reports.alignment import Effort
from mooring.reports.difference import Section
from mooring.reports.meaning import markdown_list
from mooring.reports.observing import NOTHING_COMES, Observing
from mooring.reports.observing import told as told_of_observing
from mooring.reports.resettled import Setting, told
from mooring.reports.sheet import COMMENT as COMMENT
from mooring.reports.sheet import Sheet as Sheet
from mooring.reports.sheet import summary as summary
from mooring.reports.words import counted

LISTED = 10
"""Guards, mistakes, addresses … that are listed of each kind."""

_LONGEST = 400
_OPEN = 24
"""Lines of a difference that stand open; more are folded away."""

_OPEN_CHANGES = 6
"""With more prompts than these every difference is folded away."""

_EFFORT = 400_000_000
"""Steps (see reports/alignment.py) that all differences of a review together may take."""


@dataclass(frozen=True, slots=True)
class Met:
    """What stands on the platform or is proposed where the merge changes something.

    `fix` is a command or ''; `where` is the address, '' where the section has no other.
    """

    words: str
    fix: str = ""
    url: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """One prompt's addresses that get the same content in place of the same: `old` to `new`, None is nothing there.

    `missing` says why `old` is not known, `note` what else to know of it. `parents` are places that include it. `url`
    is the prompt's file on the Git host. What is `settled` is served already: `old` is what Git said before.
    """

    rows: tuple[Row, ...]
    old: Content | None
    new: Content | None
    missing: str = ""
    note: str = ""
    parents: tuple[str, ...] = ()
    met: tuple[Met, ...] = ()
    url: str = ""
    section: Section | None = None
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """A plan as a review shows it. `id` is that of mooring.yaml, `held` are addresses that need a person."""

    id: str
    sentence: str
    report: Report
    changes: tuple[Changed, ...] = ()
    held: tuple[Row, ...] = ()
    mistakes: tuple[Finding, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    observing: Observing = NOTHING_COMES

    @property
    def quiet(self) -> bool:
        """Tell whether there is nothing that a pull request has to show."""
        unknown = any(one.row.verdict.state is State.UNKNOWN for one in self.report.rows)
        told_of = (self.changes, self.mistakes, self.stopped, self.settings, self.observing.prompts)
        return not (any(told_of) or unknown)

    @property
    def stopped(self) -> tuple[str, ...]:
        """Give what kept targets, or the whole run, from being looked at."""
        errors = [f"{one.name}: {one.error}" for one in self.report.targets if one.error is not None]
        return (*([] if self.report.error is None else [self.report.error]), *errors)


def marker(id_: str) -> str:
    """Give the line by which a comment is known again as the one of a mooring.yaml."""
    return f"<!-- mooring-plan: {id_} -->"


def text(review: Review, gauge: Gauge | None, sheet: Sheet = COMMENT) -> str:
    """Give a review as GitHub-flavoured Markdown that no name and no content can leave, within the room of a sheet."""
    head = _joined([[marker(review.id), f"### {prose(review.sentence)}"], _grades(review), *_stoppers(review)])
    tail = _joined(_tail(review))
    room = sheet.room - sheet.measure(head + tail) - 2 * _LONGEST
    shown = _fitting(review.changes, gauge, room, sheet.measure)
    left = _left_out(len(review.changes), shown, sheet.elsewhere)
    parts = [head, *(part for part, _ in shown), left, tail]
    return "\n".join(part for part in parts if part)


def section_of(row: Row, old: Content | None, new: Content | None) -> Section | None:
    """Compare what an address serves with what it is to serve; None where nothing differs."""
    found = difference.sections(Compared(row, new, None, old))
    return found[0] if found else None


def rank(changed: Changed) -> tuple[bool, int, str]:
    """Give a key that puts the gravest changes first, and what apps get already last."""
    return changed.settled, list(Impact).index(grade(changed)), changed.rows[0].address.prompt


def grade(changed: Changed) -> Impact:
    """Give how grave a change is; one that cannot be looked at is taken for one of behaviour."""
    found = None if changed.section is None else gravest(changed.section.changes)
    return found or Impact.BEHAVIOUR


Block: TypeAlias = Sequence[str]


def _joined(blocks: Iterable[Block]) -> str:
    return "\n".join("\n".join(block) + "\n" for block in blocks if block)


def _grades(review: Review) -> Block:
    """Say how grave it is, where more than one prompt has to be looked at."""
    grades = [grade(one) for one in review.changes if not one.settled]
    told = " · ".join(f"**{number}** {impact}" for impact in Impact if (number := grades.count(impact)))
    return [f"{told}, the gravest first"] if len(grades) > 1 else []


# --- what stops it ----------------------------------------------------------------------------------------------------


def _stoppers(review: Review) -> Iterator[Block]:
    yield _quoted("CAUTION", _some([*_errors(review), *_guards(review), *_wrong(review)]))
    yield _quoted("WARNING", [*told(review.settings), *_people(review.held)])
    yield _quoted("NOTE", told_of_observing(review.observing))


def _errors(review: Review) -> Iterator[str]:
    yield from (f"**Not looked at:** {_short(error)}" for error in review.stopped)


def _guards(review: Review) -> Iterator[str]:
    for target in review.report.targets:
        for guard in target.guards:
            if not guard.open:
                where = code_span(target.name)
                yield f"**A guard stops the sync of {where}:** {_short(guard.message)}. {_opening(guard)}"


def _opening(guard: Guard) -> str:
    flag, _, value = guard.fix.removeprefix("--").partition(" ")
    if not guard.fix.startswith("--"):
        return f"{_short(guard.fix)}."
    what = flag.removeprefix("allow-").removeprefix("accept-")
    trailer = code_span(f"Mooring-Allow: {what}={value or 'yes'}")
    return f"If that is meant: put {trailer} last into the merge commit's message, or run {_command(guard)}."


def _command(guard: Guard) -> str:
    return code_span(f"mooring sync {guard.fix}")


def _wrong(review: Review) -> Iterator[str]:
    for one in review.mistakes:
        yield f"**A mistake in a file:** {_short(one.message)}" + (f". {_way_out(one.fix)}" if one.fix else "")


def _people(held: Sequence[Row]) -> list[str]:
    lines: list[str] = []
    for row in held[:LISTED]:
        state = row.verdict.state.replace("_", " ")
        ways = " or ".join(code_span(clean.line(way)) for way in words.ways_out_cut(row))
        lines.append(f"**Needs a person:** {code_span(str(row.address))} ({state}). {_short(row.verdict.reason)}.")
        lines[-1] += f" {ways}" if ways else ""
    more = len(held) - LISTED
    noun = counted(more, "more address needs", "more addresses need")
    return [*lines, *([f"{noun} a person; `mooring plan` lists them."] if more > 0 else [])]


def _some(lines: Sequence[str]) -> list[str]:
    more = len(lines) - LISTED
    return [*lines[:LISTED], *([f"And {more} more; `mooring plan --offline` lists them."] if more > 0 else [])]


def _quoted(kind: str, lines: Sequence[str]) -> Block:
    """Give lines in one of GitHub's boxes; elsewhere it is a quotation."""
    return [f"> [!{kind}]", *(f"> * {line}" for line in lines)] if lines else []


# --- one prompt -------------------------------------------------------------------------------------------------------


def _fitting(
    changes: Sequence[Changed], gauge: Gauge | None, room: int, measure: Callable[[str], int]
) -> list[tuple[str, bool]]:
    """Give as many prompts as there is room for, gravest first, and then as many of their differences.

    Each comes with whether it is whole.
    """
    shown: list[tuple[str, bool]] = []
    for changed in sorted(changes, key=rank):
        short = _joined(_head(changed, gauge))
        room -= measure(short) + 1
        if room < 0:
            break
        shown.append((short, changed.section is None))
    folded, effort = len(changes) > _OPEN_CHANGES, Effort(_EFFORT)
    for at, changed in enumerate(sorted(changes, key=rank)[: len(shown)]):
        if room > 0 and changed.section is not None:
            differences = _differences(changed, changed.section, effort, always_folded=folded)
            whole = _joined([*_head(changed, gauge), *differences])
            more = measure(whole) - measure(shown[at][0])
            if more <= room:
                shown[at], room = (whole, True), room - more
    return shown


def _left_out(number: int, shown: Sequence[tuple[str, bool]], elsewhere: str) -> str:
    """Say what there was no room for."""
    prompts, texts = number - len(shown), sum(1 for _, whole in shown if not whole)
    said = [f"{counted(prompts, 'more prompt')}"] if prompts else []
    said += [f"the word difference of {counted(texts, 'prompt')}"] if texts else []
    return f"**Left out for want of room:** {' and '.join(said)}. {elsewhere}\n" if said else ""


def _head(changed: Changed, gauge: Gauge | None) -> Iterator[Block]:
    first, section = changed.rows[0], changed.section
    yield [f"#### {_title(changed)} · {'served already' if changed.settled else grade(changed)}"]
    yield list(_places(changed))
    if section is not None:
        yield markdown_list(section.remarks, section.sizes(gauge))
    yield [_SETTLED] if changed.settled else []
    said = [changed.missing] if changed.missing else []
    said += [changed.note] if changed.note else []
    if section is None and not said and changed.old is not None:
        said.append("The content is the same; only the version that holds the label changes")
    ask = code_span(f"mooring diff {quote(str(first.address))}")
    yield [f"{_short(sentence)}. {ask} shows it where the platform can be asked." for sentence in said]
    yield [f"* {_met(one)}" for one in changed.met[:LISTED]]
    yield list(_including(() if changed.settled else changed.parents))


_SETTLED = "**Apps get nothing new:** they are served this already. What differs is what Git said before."


def _title(changed: Changed) -> str:
    at = changed.rows[0].address
    if len(changed.rows) > 1:
        return f"{code_span(_cut(at.prompt))} in {len(changed.rows)} places"
    return f"{code_span(_cut(f'{at.prompt}@{at.label}'))} on {prose(at.target)}"


def _places(changed: Changed) -> Iterator[str]:
    """Say where it is served, from which version to which, and in which file it stands."""
    version = changed.rows[0].seen.version
    path = "" if version is None else code_span(_cut(version.path))
    file = f"[{path}](<{changed.url}>)" if path and _is_plain(changed.url) else path
    if len(changed.rows) == 1:
        yield " · ".join(part for part in (*_place(changed, changed.rows[0]), file) if part)
        return
    for row in changed.rows[:LISTED]:
        yield f"* {' · '.join((code_span(_cut(str(row.address))), *_place(changed, row)))}"
    more = len(changed.rows) - LISTED
    yield from [f"* {counted(more, 'more address', 'more addresses')} with the same content"] if more > 0 else []
    yield from [f"* {file}"] if file else []


def _place(changed: Changed, row: Row) -> Iterator[str]:
    versions, url = words.versions(row.seen), row.seen.url
    yield "nothing to write" if changed.settled else f"{words.planned(row)} ({row.verdict.state.replace('_', ' ')})"
    if versions and versions != HEAD_KEY and not changed.settled:
        yield code_span(versions)
    if url is not None and _is_plain(url):
        yield f"[on the platform](<{url}>)"


def _met(one: Met) -> str:
    fix = f" {code_span(clean.line(one.fix))}" if one.fix else ""
    link = f" [Look at it](<{one.url}>)." if one.url and _is_plain(one.url) else ""
    where = f" at {code_span(_cut(one.where))}" if one.where else ""
    return f"**Meets**{where}: {_short(one.words)}.{fix}{link}"


def _including(parents: Sequence[str]) -> Iterator[str]:
    if parents:
        named = ", ".join(code_span(_cut(one)) for one in parents[:LISTED])
        more = f" and {len(parents) - LISTED} more" if len(parents) > LISTED else ""
        yield f"**Included by** {named}{more}: their readers get another text too."


def _differences(changed: Changed, section: Section, effort: Effort, *, always_folded: bool) -> Iterator[Block]:
    lines = _fences(changed, section, effort)
    long = always_folded or len(lines) > _OPEN
    # After the summary an empty line must follow, or what comes is HTML to GitHub and no fence.
    told = f"{counted(len(section.changes), 'change')}, {counted(len(lines), 'line')}"
    yield [f"<details><summary>Word by word: {told}</summary>"] if long else []
    yield lines
    yield ["</details>"] if long else []


def _fences(changed: Changed, section: Section, effort: Effort) -> list[str]:
    """Give the differences as `mooring diff -o md` lays them out: what it puts after the list of their meanings."""
    compared = Compared(changed.rows[0], changed.new, None, changed.old)
    lines = difference.markdown((compared,), None, effort).split("\n")
    start = lines.index(f"**{section.title}**") + 2
    return lines[start + len(markdown_list(section.remarks, section.sizes(None))) + 1 : -1]


# --- the rest ---------------------------------------------------------------------------------------------------------


def _tail(review: Review) -> Iterator[Block]:
    kinds = groupby(sorted(review.findings, key=_kind), key=_kind)
    yield [f"* {line}" for line in _some([_told(kind, list(group)) for kind, group in kinds])]
    said = [f"{_short(note)}." for note in (*review.notes, *review.report.notices)]
    commit = "" if review.report.commit is None else f" for {review.report.commit[:12]}"
    yield [f"<sub>{' '.join([f'mooring plan of {prose(review.id)}{commit}.', *said])}</sub>"]


def _kind(finding: Finding) -> str:
    return finding.kind.value


def _told(kind: str, findings: Sequence[Finding]) -> str:
    first = findings[0]
    about = "" if first.prompt is None else f" {code_span(_cut(first.prompt))}"
    more = f" ({len(findings) - 1} more of these)" if len(findings) > 1 else ""
    return f"**{kind.replace('_', ' ')}**{about}: {_short(first.message)}{more}"


def _way_out(fix: str) -> str:
    return code_span(clean.line(fix)) if fix.startswith(("mooring ", "git ")) else _short(fix)


def _short(message: str) -> str:
    """Give a sentence without its full stop, cut before it is escaped: no entity may lose its end."""
    told = clean.line(message).rstrip(".")
    return prose(_cut(told, _LONGEST))


def _cut(name: str, most: int = 120) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _is_plain(url: str) -> bool:
    plain = url.startswith(("https://", "http://")) and url.isascii() and len(url) <= 1000
    return plain and not any(sign in url for sign in "<>()|\\` \n")
