"""What may a program rely on in the JSON report? Its JSON Schema, with the words of the core itself."""

from collections.abc import Iterable
from enum import Enum

from mooring.core.address import Gap
from mooring.core.artifact import Json
from mooring.core.check import Health
from mooring.core.difference import ChangeKind, Impact
from mooring.core.finding import FindingKind
from mooring.core.guard import GuardKind
from mooring.core.judge import Action
from mooring.core.plan import Outcome
from mooring.core.report import Exit
from mooring.core.state import Group, State
from mooring.reports.json import SCHEMA

ID = "urn:mooring:report:1"


def report_schema() -> dict[str, Json]:
    """Give the JSON Schema (draft 2020-12) of the JSON report; a reader must allow keys that it does not know."""
    top: dict[str, Json] = {
        "schema": {"const": SCHEMA},
        "command": _text("The command that ran; empty where the command line was not understood so far."),
        "run": _text("An id of this run; ledger entries carry it too."),
        "tool": _text("The version of mooring."),
        "commit": _maybe(_text("The commit that the run was pinned to; null for a working tree or none.")),
        "digest": _maybe(_text("Equal digests write the same to the same live values.")),
        "error": _maybe(_text("Why the run as a whole ended; null if it came to its end.")),
        "notices": _list(_text("A sentence about the run, such as that a newer one does its work.")),
        "checks": _list({"$ref": "#/$defs/check"}),
        "targets": _list({"$ref": "#/$defs/target"}),
        "findings": _list({"$ref": "#/$defs/finding"}),
        "summary": {
            "type": "object",
            "description": "How many addresses are in each state; states without any are left out.",
            "propertyNames": _words(state.value for state in State),
            "additionalProperties": {"type": "integer", "minimum": 1},
        },
        "exit": _object(
            "The exit code of the process and what it was made of, gravest first.",
            _code() | {"reasons": _list(_object("", _code() | {"count": _count("How many reasons of this kind.")}))},
        ),
    }
    head: dict[str, Json] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "Mooring report",
    }
    definitions: dict[str, Json] = {
        "target": _target(),
        "check": _check(),
        "address": _address(),
        "finding": _finding(),
        "side": _side(),
    }
    return head | _object("What one run of mooring says of itself.", top) | {"$defs": definitions}


def _target() -> dict[str, Json]:
    requests: dict[str, Json] = {
        kind: _count(f"Requests sent to the platform that {what}.")
        for kind, what in {"list": "list", "read": "read one thing", "write": "write"}.items()
    }
    return _object(
        "One target of mooring.yaml.",
        {
            "name": _text("Its name."),
            "adapter": _text("Its adapter."),
            "complete": {"type": "boolean", "description": "Whether all of it was read."},
            "verified": _count("Addresses of which all three sides are known."),
            "total": _count("Addresses in the report."),
            "error": _maybe(_text("What stopped the target; its addresses are then unknown, not absent.")),
            "requests": {"type": "object", "properties": requests, "additionalProperties": {"type": "integer"}},
            "checks": _list({"$ref": "#/$defs/check"}),
            "addresses": _list({"$ref": "#/$defs/address"}),
            "guards": _list(
                _object(
                    "A guard that the plan met.",
                    {
                        "kind": _enum(GuardKind),
                        "message": _text("What it saw."),
                        "fix": _maybe(_text("The flag that opens it for one run, or what to do.")),
                        "open": {"type": "boolean", "description": "Whether this run may pass it."},
                    },
                )
            ),
            "findings": _list({"$ref": "#/$defs/finding"}),
        },
    )


def _check() -> dict[str, Json]:
    return _object(
        "One thing that `mooring doctor` looked at: in a target, or in the repository and its Git host.",
        {
            "name": _text("What was looked at, in a word or two; several may share it."),
            "health": _enum(Health),
            "message": _text("What was found."),
            "fix": _maybe(_text("The way out, where one is needed.")),
        },
    )


def _address() -> dict[str, Json]:
    side: Json = {"$ref": "#/$defs/side"}
    return _object(
        "One label of one prompt on one target.",
        {
            "prompt": _text("The prompt's name."),
            "label": _text("The platform's label."),
            "state": _enum(State),
            "group": _words(group.name.lower() for group in Group),
            "git": side,
            "base": side,
            "live": side,
            "git_version": _maybe(_text("The key of Git's version.")),
            "live_version": _maybe(_text("The platform's own name of the version that the label serves.")),
            "holders": _list(_text("Every version that holds the label; more than one is a split label.")),
            "action": _enum(Action),
            "outcome": _maybe(_enum(Outcome)),
            "note": _maybe(_text("What there is to say about the outcome.")),
            "reason": _text("Why the state and the action are what they are."),
            "since": _maybe(_text("When the live version was made, ISO 8601; null where nobody knows.")),
            "by": _maybe(_text("Who made the live version, or that the platform does not keep it.")),
            "url": _maybe(_text("Where to look at it.")),
            "fix": _maybe(_text("The way out, as a command where one is; quoted for a shell.")),
            "otherwise": _maybe(_text("The command that takes the other side, where both may be right.")),
            "suspended": _maybe(
                _object(
                    "Until when nothing is written to it.",
                    {
                        "until": _text("ISO 8601."),
                        "by": _text("Who suspended it."),
                        "reason": _text("And why."),
                    },
                )
            ),
            "owners": _list(_text("Who is responsible for the prompt, by mooring.yaml.")),
            "changes": _list(
                _object(
                    "One difference between Git and live.",
                    {
                        "path": _text("A JSON Pointer into the canonical document; empty for the whole."),
                        "kind": _enum(ChangeKind),
                        "impact": _enum(Impact),
                    },
                )
            ),
        },
    )


def _finding() -> dict[str, Json]:
    return _object(
        "Something to know beside the states.",
        {
            "kind": _enum(FindingKind),
            "prompt": _maybe(_text("The prompt concerned, if it is one.")),
            "message": _text("What was found."),
            "fix": _maybe(_text("The way out, where one is needed.")),
        },
    )


def _side() -> dict[str, Json]:
    return {
        "description": "What stands on one side: a content hash, or why there is none.",
        "type": "string",
        "anyOf": [
            {"pattern": "^(opaque:)?sha256:[0-9a-f]{64}$"},
            {"enum": [gap.value for gap in Gap]},
        ],
    }


def _code() -> dict[str, Json]:
    return {
        "code": {"enum": [int(code) for code in Exit]},
        "name": {"enum": [code.name.lower() for code in Exit]},
    }


def _object(description: str, properties: dict[str, Json]) -> dict[str, Json]:
    described: dict[str, Json] = {"description": description} if description else {}
    return {"type": "object", **described, "required": list(properties), "properties": properties}


def _list(items: Json) -> dict[str, Json]:
    return {"type": "array", "items": items}


def _text(description: str) -> dict[str, Json]:
    return {"type": "string", "description": description}


def _count(description: str) -> dict[str, Json]:
    return {"type": "integer", "minimum": 0, "description": description}


def _enum(members: type[Enum]) -> dict[str, Json]:
    return _words(str(member.value) for member in members)


def _words(values: Iterable[str]) -> dict[str, Json]:
    return {"type": "string", "enum": list(values)}


def _maybe(schema: Json) -> dict[str, Json]:
    return {"anyOf": [schema, {"type": "null"}]}
