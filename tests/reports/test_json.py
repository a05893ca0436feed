"""The JSON report keeps what its schema promises, and holds no content."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mooring.core.difference import ChangeKind, Impact
from mooring.core.finding import FindingKind
from mooring.core.guard import GuardKind
from mooring.core.judge import Action
from mooring.core.plan import Outcome
from mooring.core.report import Exit, Report
from mooring.core.state import State
from mooring.reports import json as json_report
from mooring.reports.schema import report_schema

PUBLISHED = Path(__file__).parents[2] / "config" / "schemas" / "report.schema.json"
DESIGNED = {
    "prompt", "label", "state", "group", "git", "base", "live", "git_version", "live_version", "action", "outcome",
    "reason", "since", "by", "url", "fix", "suspended", "changes",
}  # fmt: skip


def closed(schema: Any) -> Any:
    """Forbid every key that the schema does not name, so that a test finds what it forgot."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    return {**inner, "additionalProperties": False} if "properties" in inner and "required" in inner else inner


@pytest.fixture(params=["everything", "synced", "usage"])
def report(request: pytest.FixtureRequest, everything: Report, synced: Report) -> Report:
    usage = Report("", "run", None, error="No such option: --frob", reasons=(Exit.USAGE,))
    return {"everything": everything, "synced": synced, "usage": usage}[request.param]


def test_a_report_is_valid(report: Report) -> None:
    document = json.loads(json_report.text(report))
    Draft202012Validator(closed(report_schema())).validate(document)


def test_the_schema_is_published_as_generated() -> None:
    Draft202012Validator.check_schema(report_schema())
    assert json.loads(PUBLISHED.read_text("utf-8")) == report_schema()


@pytest.mark.parametrize("words", [State, Action, Outcome, GuardKind, FindingKind, ChangeKind, Impact])
def test_the_schema_knows_every_word_of_the_core(words: type[State]) -> None:
    assert json.dumps([word.value for word in words]) in json.dumps(report_schema())


def test_the_keys_are_those_of_the_design(everything: Report) -> None:
    document: dict[str, Any] = json.loads(json_report.text(everything))
    target = document["targets"][0]
    assert document["schema"] == "mooring/report/1"
    assert set(document) >= {"schema", "command", "run", "tool", "commit", "targets", "summary", "exit"}
    assert set(target) >= {
        "name",
        "adapter",
        "complete",
        "verified",
        "total",
        "error",
        "requests",
        "addresses",
        "findings",
    }
    assert set(target["addresses"][0]) >= DESIGNED
    assert target["requests"] == {"list": 2, "read": 3, "write": 0}
    assert (target["verified"], target["total"], target["complete"]) == (14, 15, False)


def test_an_address_says_who_moved(everything: Report) -> None:
    address = json.loads(json_report.text(everything))["targets"][0]["addresses"][0]
    expected = {
        "prompt": "ahead",
        "state": "platform_ahead",
        "group": "diverged",
        "git_version": "v1",
        "live_version": "7",
        "since": "2026-01-02T03:04:05+00:00",
        "by": "Bob",
        "url": "https://platform.example/ahead/7",
        "changes": [{"path": "/messages/0/content", "kind": "changed", "impact": "behaviour"}],
    }
    assert expected.items() <= address.items()


def test_an_unknown_author_is_said_to_be_unknown(everything: Report) -> None:
    by = {one["prompt"]: one["by"] for one in json.loads(json_report.text(everything))["targets"][0]["addresses"]}
    assert by["calm"] == "unknown: the platform keeps none"
    assert by["created"] is None


def test_the_exit_counts_its_reasons(everything: Report) -> None:
    told = json.loads(json_report.text(everything))["exit"]
    assert (told["code"], told["name"]) == (65, "invalid")
    assert {"code": 8, "name": "unknown", "count": 2} in told["reasons"]


def test_the_summary_counts_states(everything: Report) -> None:
    summary = json.loads(json_report.text(everything))["summary"]
    assert summary["in_sync"] == 2
    assert sum(summary.values()) == len(everything.rows)


def test_no_content_is_in_it(everything: Report) -> None:
    assert "Secret body" not in json_report.text(everything)


def test_it_is_ascii_and_free_of_control_characters(everything: Report) -> None:
    hostile = dataclasses.replace(everything, notices=("\x1b[31m\u202e\n::error::é",))
    shown = json_report.text(hostile)
    assert shown.isascii()
    assert "\x1b" not in shown
    assert json.loads(shown)["notices"] == ["\x1b[31m\u202e\n::error::é"]
