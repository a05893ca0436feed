"""The lines for log shippers hold what the JSON report holds, one thing a line."""

import dataclasses
import json
from typing import Any

import pytest

from mooring.core.report import Exit, Report
from mooring.reports import json as json_report
from mooring.reports import ndjson


def lines(report: Report) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ndjson.text(report).splitlines()]


@pytest.fixture(params=["everything", "synced", "usage"])
def report(request: pytest.FixtureRequest, everything: Report, synced: Report) -> Report:
    usage = Report("", "run", None, error="No such option: --frob", reasons=(Exit.USAGE,))
    return {"everything": everything, "synced": synced, "usage": usage}[request.param]


def test_the_run_stands_first_and_the_summary_last(report: Report) -> None:
    found = lines(report)
    assert [one["type"] for one in (found[0], found[-1])] == ["run", "summary"]
    assert found[-1]["exit"]["code"] == int(report.exit)
    assert {one["run"] for one in found} == {report.run}


def test_together_they_hold_all_of_the_json_report(report: Report) -> None:
    whole: dict[str, Any] = json.loads(json_report.text(report))
    found = lines(report)
    addresses = [{"target": t["name"], **one} for t in whole["targets"] for one in t["addresses"]]
    told = [{k: v for k, v in one.items() if k not in {"type", "run"}} for one in found if one["type"] == "address"]
    assert told == addresses
    for kind, key in {"finding": "findings", "guard": "guards", "check": "checks"}.items():
        there = sum(len(holder.get(key, [])) for holder in (whole, *whole["targets"]))
        assert sum(one["type"] == kind for one in found) == there
    assert found[-1]["summary"] == whole["summary"]
    assert whole.items() >= {k: v for k, v in found[0].items() if k != "type"}.items()


def test_a_finding_says_whose_it_is(everything: Report) -> None:
    assert {(one["target"], one["kind"]) for one in lines(everything) if one["type"] == "finding"} == {
        (None, "uncommitted"),
        ("local", "draft"),
    }


def test_no_text_makes_a_line_of_its_own(everything: Report) -> None:
    hostile = dataclasses.replace(everything, notices=("\x1b[31m\u2028\n::error::é",))
    shown = ndjson.text(hostile)
    assert shown.isascii()
    assert "\x1b" not in shown
    assert len(shown.splitlines()) == len(ndjson.text(everything).splitlines())
    assert lines(hostile)[0]["notices"] == ["\x1b[31m\u2028\n::error::é"]
