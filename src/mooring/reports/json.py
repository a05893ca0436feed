"""What does a program read of a report? The keys are those of config/schemas/report.schema.json."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from mooring import __version__
from mooring.core.artifact import Json
from mooring.core.check import Check
from mooring.core.difference import Change
from mooring.core.finding import Finding
from mooring.core.guard import Guard
from mooring.core.memory import Suspension
from mooring.core.report import PRECEDENCE, AddressReport, Exit, Report, TargetReport
from mooring.core.state import State, group_of
from mooring.reports import words

SCHEMA = "mooring/report/1"


def text(report: Report) -> str:
    """Give a report as JSON text, in ASCII: nothing in it can move a cursor or end a line of a CI log."""
    return json.dumps(document(report), indent=2) + "\n"


def document(report: Report) -> dict[str, Json]:
    """Give a report as plain values. It holds hashes and paths of differences, never the content of a prompt."""
    return {
        "schema": SCHEMA,
        "command": report.command,
        "run": report.run,
        "tool": __version__,
        "commit": report.commit,
        "digest": report.digest,
        "error": report.error,
        "notices": list(report.notices),
        "checks": [_check(check) for check in report.checks],
        "targets": [_target(target) for target in report.targets],
        "findings": [_finding(finding) for finding in report.findings],
        "summary": _summary(report.rows),
        "exit": _exit(report),
    }


def _target(target: TargetReport) -> dict[str, Json]:
    return {
        "name": target.name,
        "adapter": target.adapter,
        "complete": target.complete,
        "verified": target.verified,
        "total": len(target.addresses),
        "error": target.error,
        "requests": dict(target.requests),
        "checks": [_check(check) for check in target.checks],
        "addresses": [_address(one) for one in target.addresses],
        "guards": [_guard(guard) for guard in target.guards],
        "findings": [_finding(finding) for finding in target.findings],
    }


def _check(check: Check) -> dict[str, Json]:
    name, health, message = check.name, check.health.value, check.message
    return {"name": name, "health": health, "message": message, "fix": check.fix or None}


def _address(one: AddressReport) -> dict[str, Json]:
    seen, verdict = one.row.seen, one.row.verdict
    return {
        "prompt": seen.address.prompt,
        "label": seen.address.label,
        "state": verdict.state.value,
        "group": group_of(verdict.state).name.lower(),
        "git": str(seen.git),
        "base": str(seen.agreed),
        "live": str(seen.live),
        "git_version": None if seen.version is None else seen.version.key,
        "live_version": seen.holders[0].ref if seen.holders else None,
        "holders": [holder.ref for holder in seen.holders or ()],
        "action": verdict.action.value,
        "outcome": None if one.outcome is None else one.outcome.value,
        "note": one.note or None,
        "reason": verdict.reason,
        "since": words.since(seen),
        "by": words.by(seen),
        "url": seen.url,
        "fix": one.row.verdict.fix or None,
        "otherwise": one.row.verdict.otherwise or None,
        "suspended": None if seen.suspension is None else _suspension(seen.suspension),
        "owners": list(seen.settings.owners),
        "changes": [_change(change) for change in one.changes],
    }


def _suspension(suspension: Suspension) -> dict[str, Json]:
    return {"until": suspension.until, "by": suspension.by, "reason": suspension.reason}


def _change(change: Change) -> dict[str, Json]:
    return {"path": change.path, "kind": change.kind.value, "impact": change.impact.value}


def _guard(guard: Guard) -> dict[str, Json]:
    return {"kind": guard.kind.value, "message": guard.message, "fix": guard.fix or None, "open": guard.open}


def _finding(finding: Finding) -> dict[str, Json]:
    kind, prompt, message = finding.kind.value, finding.prompt, finding.message
    return {"kind": kind, "prompt": prompt, "message": message, "fix": finding.fix or None}


def _summary(rows: Sequence[AddressReport]) -> Mapping[str, Json]:
    counts = Counter(one.row.verdict.state for one in rows)
    return {state.value: counts[state] for state in State if counts[state]}


def _exit(report: Report) -> dict[str, Json]:
    counts = Counter(report.reasons)
    reasons = [{**_code(code), "count": counts[code]} for code in PRECEDENCE if counts[code]]
    return {**_code(report.exit), "reasons": reasons}


def _code(code: Exit) -> dict[str, Json]:
    return {"code": int(code), "name": code.name.lower()}
