"""What does code scanning read of a report? SARIF 2.1.0 whose results stay the same thing from run to run.

The format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from urllib.parse import quote

from mooring import __version__
from mooring.core.artifact import Json
from mooring.core.check import Health
from mooring.core.finding import FindingKind
from mooring.core.guard import GuardKind
from mooring.core.report import Report
from mooring.core.state import State
from mooring.reports.remarks import Gravity, Remark, remarks
from mooring.reports.words import EXIT_MEANINGS

VERSION = "2.1.0"
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT = "mooring/v1"
GITHUB_FINGERPRINT = "primaryLocationLineHash"
"""The one that GitHub compares; without it GitHub hashes the line, and an edited prompt would be a new alert."""

_LEVELS = {Gravity.ERROR: "error", Gravity.WARNING: "warning", Gravity.NOTE: "note"}
_STATES = {
    State.INVALID: "A file in Git cannot be read as a prompt",
    State.UNKNOWN: "Not all sides could be read",
    State.SPLIT_LABEL: "Two versions hold one label",
    State.UNSUPPORTED: "The platform cannot carry what Git asks for",
    State.FOREIGN: "The prompt belongs to another repository",
    State.IN_SYNC: "Git and the platform agree",
    State.UNMANAGED: "Only the platform has it",
    State.PENDING_CREATE: "Git declares it, and no sync has put it there yet",
    State.UNADOPTED: "Both sides have it, differ, and never agreed",
    State.GIT_AHEAD: "Git moved on since the last sync",
    State.PRUNE_PENDING: "Git no longer declares what it once published",
    State.MISSING: "Somebody removed it from the platform",
    State.RELABELLED: "Somebody pointed the label at other reviewed content",
    State.PLATFORM_AHEAD: "The platform serves content that Git never reviewed",
    State.CONFLICT: "Both sides moved",
}
_RULES: tuple[tuple[str, str], ...] = (
    *((f"state/{state}", told) for state, told in _STATES.items()),
    *((f"finding/{kind}", f"To know beside the states: {kind.replace('_', ' ')}") for kind in FindingKind),
    *((f"guard/{kind}", f"A guard that a plan met: {kind.replace('_', ' ')}") for kind in GuardKind),
    *((f"check/{health}", f"A check of mooring doctor: {health}") for health in Health),
    ("target/error", "A target was not read"),
    ("target/observed", "A target is only observed: a sync writes nothing there"),
    ("run/error", "The run ended before its end"),
    ("run/notice", "A word about the run"),
)
_AT = {rule: at for at, (rule, _) in enumerate(_RULES)}


def text(report: Report, config: str) -> str:
    """Give a report as SARIF text, in ASCII. `config` is the path of mooring.yaml from the root of the repository."""
    return json.dumps(document(report, config), indent=2) + "\n"


def document(report: Report, config: str) -> dict[str, Json]:
    """Give a report as plain values: what differs as results, what nobody could read as notifications."""
    found = remarks(report, config)
    results = [one for one in found if not one.silent]
    run: dict[str, Json] = {
        "tool": {
            "driver": {
                "name": "Mooring",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(name, told) for name, told in _RULES],
            }
        },
        # GitHub takes what stands before the last slash for the category, whose alerts an upload replaces.
        "automationDetails": {"id": f"mooring/{report.command or 'run'}/{report.run}"},
        "invocations": [_invocation(report, [one for one in found if one.silent])],
        "columnKind": "unicodeCodePoints",
        "properties": {"commit": report.commit, "run": report.run, "digest": report.digest},
        "results": _results(results),
    }
    return {"$schema": SCHEMA, "version": VERSION, "runs": [run]}


def _rule(name: str, told: str) -> Json:
    title = "".join(word.title() for word in name.replace("/", "_").split("_"))
    return {"id": name, "name": title, "shortDescription": {"text": told}, "fullDescription": {"text": f"{told}."}}


def _invocation(report: Report, silent: Sequence[Remark]) -> Json:
    whole = not any(one.gravity is Gravity.ERROR for one in silent)
    return {
        "executionSuccessful": whole,
        "exitCode": int(report.exit),
        "exitCodeDescription": EXIT_MEANINGS[report.exit],
        "toolExecutionNotifications": [
            {
                "level": _LEVELS[one.gravity],
                "message": {"text": _literal(f"{one.title}: {one.message}")},
                "associatedRule": {"id": one.rule, "index": _AT[one.rule]},
                "locations": [_location(one)],
            }
            for one in silent
        ],
    }


def _results(found: Sequence[Remark]) -> list[Json]:
    """Two remarks that are told with the same words are told apart by their number."""
    met: Counter[str] = Counter()
    made: list[Json] = []
    for one in found:
        digest = _fingerprint(one)
        met[digest] += 1
        made.append(_result(one, f"{digest}:{met[digest]}"))
    return made


def _result(one: Remark, fingerprint: str) -> Json:
    result: dict[str, Json] = {
        "ruleId": one.rule,
        "ruleIndex": _AT[one.rule],
        "level": _LEVELS[one.gravity],
        "message": {"text": _literal(f"{one.title}: {one.message}")},
        "locations": [_location(one)],
        "partialFingerprints": {FINGERPRINT: fingerprint, GITHUB_FINGERPRINT: fingerprint},
    }
    if one.suspension is not None:
        said = f"Suspended until {one.suspension.until} by {one.suspension.by}: {one.suspension.reason}"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": said}]
    return result


def _location(one: Remark) -> Json:
    region: Json = {"startLine": max(1, one.place.line)}
    return {"physicalLocation": {"artifactLocation": {"uri": quote(one.place.path)}, "region": region}}


def _fingerprint(one: Remark) -> str:
    """Neither line nor time is in it: an alert stays the one that it was."""
    return hashlib.sha256(json.dumps(one.identity).encode()).hexdigest()[:32]


def _literal(text: str) -> str:
    """Give a text whose brackets are no link (3.11.6 of the format)."""
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]") if "](" in text else text
