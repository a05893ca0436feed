"""What does a program, or an auditor's spreadsheet, read of `mooring log` and `mooring blame`?"""

import csv as rows_of_text
import io
import json as encoder
from collections.abc import Iterable, Mapping, Sequence

from mooring.clean import name
from mooring.core.artifact import Json
from mooring.core.trail import Blame, Entry, LiveAt, Log, Origin, Verdict

LOG = "mooring/log/1"
BLAME = "mooring/blame/1"

COLUMNS = (
    "id",
    "time",
    "kind",
    "target",
    "prompt",
    "label",
    "from",
    "to",
    "from_key",
    "to_key",
    "by",
    "reason",
    "run",
    "commit",
    "author",
    "subject",
    "allowed",
    "what",
)
"""The keys of an entry, in JSON and as the header of CSV."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Keys = Mapping[tuple[str, str, str], str]


def log_json(log: Log) -> str:
    """Give a log as JSON in ASCII, one entry a line."""
    head: dict[str, Json] = {
        "schema": LOG,
        "ledgers": [{"target": one.target, "tip": one.tip, "asked": one.asked or None} for one in log.ledgers],
        "notes": list(log.notes),
        "at": log.moment or None,
        "earlier": log.earlier,
        "live": [_live(one, log.keys) for one in log.live],
        "verified": [_verdict(one) for one in log.verdicts],
    }
    return _document(head, "entries", [entry_document(one, log.keys, log.origins) for one in log.entries])


def blame_json(blamed: Sequence[Blame]) -> str:
    """Give blames as JSON in ASCII, one address a line."""
    return _document({"schema": BLAME}, "addresses", [_blame(one) for one in blamed])


def log_csv(log: Log) -> str:
    """Give a log's entries as RFC 4180 has it, under a header."""
    return _csv(entry_document(one, log.keys, log.origins) for one in log.entries)


def blame_csv(blamed: Sequence[Blame]) -> str:
    """Give the entries that led to what addresses serve, newest first, as `log_csv` does."""
    return _csv(entry_document(entry, one.keys, one.origins) for one in blamed for entry in _line(one))


def entry_document(entry: Entry, keys: Keys, origins: Mapping[str, Origin]) -> dict[str, Json]:
    """Give an entry as plain values; null where a record is about no single address."""
    record, moved = entry.record, entry.moved
    source = origins.get(record.commit or "")
    at = None if moved is None else moved.address
    return {
        "id": record.id or None,
        "time": record.time,
        "kind": record.kind.value,
        "target": record.target,
        "prompt": None if at is None else at.prompt,
        "label": None if at is None else at.label,
        "from": None if moved is None else str(moved.old),
        "to": None if moved is None else str(moved.new),
        "from_key": None if moved is None else keys.get((moved.address.target, moved.address.prompt, moved.old)),
        "to_key": None if moved is None else keys.get((moved.address.target, moved.address.prompt, moved.new)),
        "by": record.by,
        "reason": record.reason or None,
        "run": record.run or None,
        "commit": record.commit,
        "author": None if source is None else source.author,
        "subject": None if source is None else source.subject,
        "allowed": list(record.allowed),
        "what": record.what,
    }


def _live(one: LiveAt, keys: Keys) -> dict[str, Json]:
    at, side = one.address, one.serves
    return {
        "target": at.target,
        "prompt": at.prompt,
        "label": at.label,
        "serves": None if side is None else str(side),
        "key": None if side is None else keys.get((at.target, at.prompt, side)),
        "since": None if one.entry is None else one.entry.record.time,
        "entry": None if one.entry is None else one.entry.record.id or None,
        "found_later": None if one.doubt is None else str(one.doubt),
        "found_at": None if one.doubt is None or one.after is None else one.after.record.time,
    }


def _verdict(one: Verdict) -> dict[str, Json]:
    return {
        "target": one.target,
        "tip": one.tip,
        "entries": one.entries,
        "intact": not one.flaws,
        "flaws": list(one.flaws),
        "missing": list(one.missing),
        "unasked": one.unasked or None,
    }


def _blame(one: Blame) -> dict[str, Json]:
    entry = one.live.entry
    return {
        **_live(one.live, one.keys),
        "record": None if entry is None else entry_document(entry, one.keys, one.origins),
        "content": None if one.content is None else _origin(one.content),
        "source": None if one.source is None else _origin(one.source),
        "descent": [entry_document(earlier, one.keys, one.origins) for earlier in one.descent],
        "notes": list(one.notes),
    }


def _origin(origin: Origin) -> dict[str, Json]:
    return {
        "commit": origin.commit,
        "time": origin.time,
        "author": origin.author,
        "subject": origin.subject,
        "pull_request": origin.pull or None,
        "url": origin.url or None,
        "merged_by": origin.merged_by or None,
        "co_authors": list(origin.co_authors),
        "approvers": list(origin.approvers),
    }


def _line(one: Blame) -> list[Entry]:
    return [entry for entry in (one.live.entry, *one.descent) if entry is not None]


def _document(head: Mapping[str, Json], name_: str, values: Iterable[Json]) -> str:
    """Write one value a line: with `indent` throughout, ten thousand of them take a second."""
    first = "".join(f"  {encoder.dumps(key)}: {encoder.dumps(value)},\n" for key, value in head.items())
    listed = ",\n".join(f"    {encoder.dumps(value)}" for value in values)
    return f"{{\n{first}  {encoder.dumps(name_)}: [" + (f"\n{listed}\n  ]\n}}\n" if listed else "]\n}\n")


def _csv(documents: Iterable[Mapping[str, Json]]) -> str:
    written = io.StringIO()
    writer = rows_of_text.writer(written)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(document[column]) for column in COLUMNS] for document in documents)
    return written.getvalue()


def _cell(value: Json) -> str:
    """Give a cell in which nothing is hidden and which no spreadsheet takes for a formula."""
    text = " ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return name(f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else text)
