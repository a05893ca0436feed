"""What may a program rely on in the JSON of `mooring log` and `mooring blame`? Their JSON Schemas."""

from mooring.core.address import Gap
from mooring.core.artifact import Json
from mooring.core.record import RecordKind
from mooring.reports.trail_data import BLAME, LOG


def log_schema() -> dict[str, Json]:
    """Give the JSON Schema (draft 2020-12) of a log; a reader must allow keys that it does not know."""
    ledger: dict[str, Json] = {
        "target": _text("Its target."),
        "tip": _maybe(_text("The id of its newest entry as it was told; null where it has none.")),
        "asked": _maybe(_text("When its remote last answered this clone; null where it never did.")),
    }
    verdict: dict[str, Json] = {
        "target": _text("Its target."),
        "tip": _maybe(_text("The id to note: with it, nothing up to here can be changed unseen.")),
        "entries": _count("How many entries were read."),
        "intact": {"type": "boolean", "description": "Whether nothing was found wrong."},
        "flaws": _list(_text("What is wrong, with the entry concerned.")),
        "missing": _list(_text("An expected id that is in no ledger.")),
        "unasked": _maybe(_text("Why the remote was not compared with what this clone once saw.")),
    }
    top: dict[str, Json] = {
        "schema": {"const": LOG},
        "ledgers": _list(_object("Up to where a ledger was told.", ledger)),
        "notes": _list(_text("A sentence for people.")),
        "at": _maybe(_text("The moment that was asked about, ISO 8601 in UTC.")),
        "earlier": _count("How many older entries were left out."),
        "live": _list(_object("What an address served at that moment.", _live())),
        "verified": _list(_object("What --verify found in one ledger.", verdict)),
        "entries": _list(_entry()),
    }
    return _document("Mooring log", "urn:mooring:log:1", "Who moved what, when and why; newest first.", top)


def blame_schema() -> dict[str, Json]:
    """Give the JSON Schema (draft 2020-12) of blames; a reader must allow keys that it does not know."""
    origin: dict[str, Json] = {
        "commit": _text("Its id in Git."),
        "time": _text("ISO 8601, UTC."),
        "author": _text("Who wrote it, `Name <mail>`; of a merge, who wrote what it brought."),
        "subject": _text("The first line of its message; of a merge, of what it brought."),
        "pull_request": _maybe(_text("As the Git host writes it: #12, or !12.")),
        "url": _maybe(_text("Where the pull request is.")),
        "merged_by": _maybe(_text("Who merged it, where it is a merge.")),
        "co_authors": _list(_text("Who else wrote it.")),
        "approvers": _list(_text("Who approved it, by trailers of Git or by the Git host.")),
    }
    address: dict[str, Json] = _live() | {
        "record": _maybe(_entry()),
        "content": _maybe(_object("The commit that brought the content.", origin)),
        "source": _maybe(_object("The commit that the run worked from, if it is another.", origin)),
        "descent": _list(_entry()),
        "notes": _list(_text("A sentence for people.")),
    }
    top: dict[str, Json] = {"schema": {"const": BLAME}, "addresses": _list(_object("One address.", address))}
    return _document("Mooring blame", "urn:mooring:blame:1", "Where what is live comes from.", top)


def _live() -> dict[str, Json]:
    return {
        "target": _text("The target."),
        "prompt": _text("The prompt's name."),
        "label": _text("The platform's label."),
        "serves": _maybe(_side()),
        "key": _maybe(_text("The key of that content in Git.")),
        "since": _maybe(_text("When it was recorded, seconds after it was live: ISO 8601, UTC.")),
        "entry": _maybe(_text("The id of the entry that says so.")),
        "found_later": _maybe(_side()),
        "found_at": _maybe(_text("When the next entry found that other content live: somebody moved it before.")),
    }


def _entry() -> dict[str, Json]:
    return _object(
        "One address in one record; what is about no single address is null there.",
        {
            "id": _maybe(_text("The id of its record in the ledger; null while that is not recorded yet.")),
            "time": _text("ISO 8601, UTC."),
            "kind": {"type": "string", "enum": [kind.value for kind in RecordKind]},
            "target": _text("The target."),
            "prompt": _maybe(_text("The prompt's name.")),
            "label": _maybe(_text("The platform's label.")),
            "from": _maybe(_side()),
            "to": _maybe(_side()),
            "from_key": _maybe(_text("The key of `from` in Git.")),
            "to_key": _maybe(_text("The key of `to` in Git.")),
            "by": _text("Who ran it, `Name <mail>`."),
            "reason": _maybe(_text("Why, in that person's words.")),
            "run": _maybe(_text("The id of the run, as in its report.")),
            "commit": _maybe(_text("The source commit in Git.")),
            "author": _maybe(_text("Who wrote the source commit.")),
            "subject": _maybe(_text("The first line of the source commit's message.")),
            "allowed": _list(_text("A guard that was opened for the run.")),
            "what": _text("What was done, in a few words."),
        },
    )


def _document(title: str, id_: str, description: str, top: dict[str, Json]) -> dict[str, Json]:
    head: dict[str, Json] = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": id_, "title": title}
    return head | _object(description, top)


def _side() -> dict[str, Json]:
    return {
        "description": "A content hash, or why there is none.",
        "type": "string",
        "anyOf": [{"pattern": "^(opaque:)?sha256:[0-9a-f]{64}$"}, {"enum": [gap.value for gap in Gap]}],
    }


def _object(description: str, properties: dict[str, Json]) -> dict[str, Json]:
    return {"type": "object", "description": description, "required": list(properties), "properties": properties}


def _list(items: Json) -> dict[str, Json]:
    return {"type": "array", "items": items}


def _text(description: str) -> dict[str, Json]:
    return {"type": "string", "description": description}


def _count(description: str) -> dict[str, Json]:
    return {"type": "integer", "minimum": 0, "description": description}


def _maybe(schema: Json) -> dict[str, Json]:
    return {"anyOf": [schema, {"type": "null"}]}
