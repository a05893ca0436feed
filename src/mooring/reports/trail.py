"""What do `mooring log` and `mooring blame` look like on a terminal, on a pipe and in a review?"""

from collections.abc import Iterator, Mapping, Sequence

from mooring import clean
from mooring.clean import code_span, prose
from mooring.core.address import ABSENT, Gap, Side, short
from mooring.core.desired import HEAD_KEY
from mooring.core.record import Record, RecordKind
from mooring.core.trail import Blame, Entry, LiveAt, Log, Origin, Verdict
from mooring.reports import words
from mooring.reports.page import Block, Flow, Line, Page, Span, Style, columns

Keys = Mapping[tuple[str, str, str], str]

_STYLES = {
    RecordKind.SYNC: Style.WRITE,
    RecordKind.RESOLVE: Style.GOOD,
    RecordKind.ROLLBACK: Style.WARN,
    RecordKind.PROMOTE: Style.GOOD,
    RecordKind.SUSPEND: Style.UNKNOWN,
    RecordKind.RESUME: Style.UNKNOWN,
}
_SMALL = 2


def log_page(log: Log) -> Page:
    """Lay a log out by days, newest first; a moment's answer address by address; a check target by target."""
    if log.verdicts:
        return tuple(_verdicts(log.verdicts))
    told = list(_moment(log)) if log.moment else list(_days(log))
    return (*told, *_ending(log))


def blame_page(blamed: Sequence[Blame]) -> Page:
    """Lay out where what addresses serve comes from."""
    blocks: list[Block] = []
    for one in blamed:
        blocks += [*([Line()] if blocks else []), *_blame(one)]
    return tuple(blocks)


def log_markdown(log: Log) -> str:
    """Give a log as Markdown."""
    if log.verdicts:
        return "".join(_verdict_markdown(one) for one in log.verdicts)
    lines = [f"What was live at {words.moment(log.moment)}", ""] if log.moment else []
    if log.moment:
        lines += ["| address | serves | since | by | why |", "|---|---|---|---|---|"]
        lines += [_live_row(one, log) for one in log.live]
    else:
        lines += ["| time | what | address | from → to | by | why | commit |", "|---|---|---|---|---|---|---|"]
        lines += [_row(entry, log) for entry in log.entries]
    notes = [prose(note) for note in (*log.notes, _earlier(log)) if note]
    return "\n".join([*lines, *(f"\n{note}" for note in notes)]) + "\n"


def blame_markdown(blamed: Sequence[Blame]) -> str:
    """Give blames as Markdown, each a list of facts."""
    lines: list[str] = []
    for one in blamed:
        lines += [f"**{code_span(str(one.live.address))}** {prose(_headline(one))}", ""]
        lines += [f"* {label}: {prose(value)}" for label, value in _facts(one)]
        lines += [f"* {prose(note)}" for note in _doubts(one)]
        lines += [f"* before: {prose(', '.join(filter(None, _earlier_cells(entry, one))))}" for entry in one.descent]
        lines.append("")
    return "\n".join(lines)


# --- log ------------------------------------------------------------------------------------------------------------


def _days(log: Log) -> Iterator[Block]:
    if not log.entries:
        yield _line(("Nothing is on record", Style.QUIET))
    rows = columns(tuple(_cells(entry, log.keys) for entry in log.entries))
    day = ""
    for number, (entry, row) in enumerate(zip(log.entries, rows, strict=True)):
        record = entry.record
        if _day(record) != day:
            if day:
                yield Line()
            day = _day(record)
            yield _line((day, Style.STRONG))
        yield Line(row, _SMALL)
        following = log.entries[number + 1] if number + 1 < len(log.entries) else None
        # What a record says of itself stands once, below the last of its addresses.
        if following is None or following.record is not record:
            yield from _said(record, log.origins)


def _cells(entry: Entry, keys: Keys) -> tuple[Span, ...]:
    record, moved = entry.record, entry.moved
    style = _STYLES[record.kind]
    change = "" if moved is None else _change(entry, keys)
    return (
        Span(clean.line(record.time[11:16]), Style.QUIET),
        Span(record.kind.value, style),
        Span(clean.name(record.target if moved is None else str(moved.address))),
        Span(clean.name(change), style),
        Span(clean.line(_name(record.by)), Style.QUIET),
    )


def _said(record: Record, origins: Mapping[str, Origin]) -> Iterator[Line]:
    said = _why(record, origins) if record.moved else ": ".join(part for part in (record.what, record.reason) if part)
    if said:
        yield _line((clean.line(said), Style.PLAIN), indent=_SMALL + 7)
    facts = [f"entry {record.id[:12]}" if record.id else "not on record yet"]
    facts += [f"run {record.run}"] if record.run else []
    facts += [f"commit {record.commit[:12]}"] if record.commit else []
    facts += [f"opened {' '.join(record.allowed)}"] if record.allowed else []
    yield _line((clean.line(" · ".join(facts)), Style.QUIET), indent=_SMALL + 7)


def _moment(log: Log) -> Iterator[Block]:
    yield _line((f"Live at {words.moment(log.moment)}", Style.STRONG))
    rows = columns(tuple(_live_cells(one, log.keys) for one in log.live))
    for one, row in zip(log.live, rows, strict=True):
        yield Line(row, _SMALL)
        if one.entry is not None:
            why = _why(one.entry.record, log.origins)
            said = f"{one.entry.record.kind} by {_name(one.entry.record.by)}" + (f": {why}" if why else "")
            yield _line((clean.line(said), Style.PLAIN), indent=_SMALL + 4)
        for doubt in _doubt(one, log.keys):
            yield _line((clean.line(doubt), Style.WARN), indent=_SMALL + 4)


def _live_cells(one: LiveAt, keys: Keys) -> tuple[Span, ...]:
    served = "nothing on record" if one.serves is None else _served(one, keys)
    since = "" if one.entry is None else f"since {words.moment(one.entry.record.time)}"
    return (Span(clean.name(str(one.address))), Span(clean.name(served), Style.STRONG), Span(since, Style.QUIET))


def _ending(log: Log) -> Iterator[Block]:
    lines = [(note, Style.WARN) for note in log.notes]
    lines += [(text, Style.QUIET) for text in (_earlier(log), _as_of(log)) if text]
    if lines:
        yield Line()
    yield from (_line((clean.line(text), style)) for text, style in lines)


def _earlier(log: Log) -> str:
    return f"{words.counted(log.earlier, 'earlier entry', 'earlier entries')}; -n 0 tells all" if log.earlier else ""


def _as_of(log: Log) -> str:
    asked = sorted(one.asked for one in log.ledgers if one.asked)
    never = any(not one.asked for one in log.ledgers)
    if never or not asked:
        return "As this clone last saw the ledger; --fetch asks for what is newer"
    return f"As of {words.moment(asked[0])}, when the ledger last answered this clone; --fetch asks again"


def _row(entry: Entry, log: Log) -> str:
    record, moved = entry.record, entry.moved
    about = prose(f"{record.target}: {record.what}") if moved is None else code_span(str(moved.address))
    change = "" if moved is None else prose(_change(entry, log.keys))
    commit = "" if record.commit is None else code_span(record.commit[:12])
    who, why = prose(_name(record.by)), prose(_why(record, log.origins))
    return f"| {prose(words.moment(record.time))} | {record.kind} | {about} | {change} | {who} | {why} | {commit} |"


def _live_row(one: LiveAt, log: Log) -> str:
    served = "nothing on record" if one.serves is None else prose(_served(one, log.keys))
    doubt = "".join(f" {prose(text)}" for text in _doubt(one, log.keys))
    record = None if one.entry is None else one.entry.record
    since = "" if record is None else prose(words.moment(record.time))
    who, why = ("", "") if record is None else (prose(_name(record.by)), prose(_why(record, log.origins)))
    return f"| {code_span(str(one.address))} | {served} | {since} | {who} | {why}{doubt} |"


# --- verify ---------------------------------------------------------------------------------------------------------


def _verdicts(verdicts: Sequence[Verdict]) -> Iterator[Block]:
    for one in verdicts:
        sign, style = ("✗ ", Style.BAD) if one.flaws else ("? ", Style.UNKNOWN) if one.unasked else ("✓ ", Style.GOOD)
        yield _line((f"{sign}{clean.name(one.target)}: ", style), (_conclusion(one), Style.PLAIN))
        for flaw in one.flaws:
            yield _line((clean.line(f"{flaw}."), Style.PLAIN), indent=4)
        if one.unasked:
            yield _line(
                (clean.line(f"Whether the remote still holds it is not known. {one.unasked}"), Style.WARN), indent=4
            )
        if one.tip is not None and not one.flaws:
            yield _line(
                ("Note this id: whoever has it can prove later that nothing up to here was changed.", Style.QUIET),
                indent=4,
            )
            command = (Span("→ ", Style.QUIET), Span(f"mooring log --verify --expect {one.tip}", Style.COMMAND))
            yield Line(command, 4, Flow.WHOLE)


def _conclusion(one: Verdict) -> str:
    if one.flaws:
        return "the ledger is not what it was"
    if one.tip is None:
        return "the ledger has no entry yet"
    counted = words.counted(one.entries, "entry", "entries")
    return f"{counted}; each holds what its id says, and names the one before it"


def _verdict_markdown(one: Verdict) -> str:
    sign = "❌" if one.flaws else "❔" if one.unasked else "✅"
    lines = [f"{sign} {code_span(one.target)}: {_conclusion(one)}", ""]
    lines += [f"* {prose(flaw)}" for flaw in (*one.flaws, *([one.unasked] if one.unasked else []))]
    lines += [] if one.tip is None else [f"* tip: {code_span(one.tip)}"]
    return "\n".join([*lines, "", ""])


# --- blame ----------------------------------------------------------------------------------------------------------


def _blame(one: Blame) -> Iterator[Block]:
    yield _line((clean.name(str(one.live.address)), Style.STRONG), (f" {clean.line(_headline(one))}", Style.PLAIN))
    facts = tuple((Span(label, Style.QUIET), Span(clean.line(value))) for label, value in _facts(one))
    yield from (Line(row, 4) for row in columns(facts))
    for note in _doubts(one):
        yield _line((clean.line(note), Style.WARN), indent=4)
    if one.descent:
        yield _line(("before:", Style.QUIET), indent=_SMALL)
    rows = tuple(tuple(Span(clean.line(cell)) for cell in _earlier_cells(entry, one)) for entry in one.descent)
    yield from (Line(row, 4) for row in columns(rows))


def _headline(one: Blame) -> str:
    if one.live.serves is None:
        return "has nothing on record"
    return "serves nothing" if one.live.serves == ABSENT else f"serves {_served(one.live, one.keys)}"


def _facts(one: Blame) -> Iterator[tuple[str, str]]:
    if one.live.entry is None:
        return
    record = one.live.entry.record
    yield "hash", str(one.live.serves)
    yield "since", words.moment(record.time)
    yield "by", f"{record.by} ({record.kind})"
    for label, value in (("run", record.run), ("entry", record.id), ("reason", record.reason)):
        if value:
            yield label, value
    if one.content is not None:
        yield from _origin_facts(one.content)
    if one.source is not None:
        yield "source", f"{one.source.commit[:12]} {one.source.subject}, by {one.source.author}"
    if record.allowed:
        yield "opened", " ".join(record.allowed)


def _origin_facts(origin: Origin) -> Iterator[tuple[str, str]]:
    yield "commit", f"{origin.commit[:12]}, {words.moment(origin.time)}"
    yield "author", ", with ".join((origin.author, *origin.co_authors))
    yield "subject", origin.subject
    if origin.pull:
        yield "request", f"{origin.pull} {origin.url}".rstrip()
    if origin.merged_by:
        yield "merged", f"by {origin.merged_by}"
    yield "approved", f"by {', '.join(origin.approvers)}" if origin.approvers else "nobody is on record as approving it"


def _doubts(one: Blame) -> Iterator[str]:
    yield from one.notes
    entry = one.live.entry
    if entry is not None and entry.moved is not None and entry.record.kind is RecordKind.RESOLVE:
        yield "This is what a person decided about; how it got there is not on record: somebody moved it past Mooring."


def _earlier_cells(entry: Entry, one: Blame) -> tuple[str, ...]:
    record = entry.record
    return words.moment(record.time), record.kind, _change(entry, one.keys), _name(record.by), _why(record, one.origins)


# --- words ----------------------------------------------------------------------------------------------------------


def _change(entry: Entry, keys: Keys) -> str:
    """Say from what to what by keys; by hashes where keys do not tell contents apart."""
    if entry.moved is None:
        return ""
    at, sides = entry.moved.address, (entry.moved.old, entry.moved.new)
    names = [_key(at.target, at.prompt, side, keys) or short(side) for side in sides]
    if names[0] == names[1] and sides[0] != sides[1]:
        names = [short(side) for side in sides]
    return " → ".join(names)


def _served(one: LiveAt, keys: Keys) -> str:
    side = one.serves or ABSENT
    key = _key(one.address.target, one.address.prompt, side, keys)
    return f"{key} ({short(side)})" if key else short(side)


def _key(target: str, prompt: str, side: Side, keys: Keys) -> str:
    """Give a content's key; none for a one-file prompt, whose contents all have the same."""
    key = "" if isinstance(side, Gap) else keys.get((target, prompt, side), "")
    return "" if key == HEAD_KEY else key


def _why(record: Record, origins: Mapping[str, Origin]) -> str:
    source = origins.get(record.commit or "")
    if record.reason or source is None:
        return record.reason
    return f"{source.subject} ({_name(source.author)})" if source.author != record.by else source.subject


def _doubt(one: LiveAt, keys: Keys) -> Iterator[str]:
    if one.doubt is not None and one.after is not None:
        found = _key(one.address.target, one.address.prompt, one.doubt, keys) or short(one.doubt)
        yield (
            f"Somebody moved it past Mooring some time before {words.moment(one.after.record.time)}: "
            f"the next entry found {found}."
        )


def _name(who: str) -> str:
    """Give a name without its mail."""
    return who.partition(" <")[0] or who


def _day(record: Record) -> str:
    return clean.line(record.time[:10]) or "(no date)"


def _line(*spans: tuple[str, Style], indent: int = 0) -> Line:
    return Line(tuple(Span(text, style) for text, style in spans), indent)
