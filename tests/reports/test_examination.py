"""What an examination looks like: every health told by sign and word, the same with and without a terminal."""

import io
import json
import re

import pytest
from jsonschema import Draft202012Validator
from rich.console import Console

from mooring.core.check import Check, Health
from mooring.core.report import Exit, Report, TargetReport
from mooring.reports import json as json_report
from mooring.reports import markdown, text
from mooring.reports.examination import MARKS
from mooring.reports.schema import report_schema

HOSTILE = "evil\x1b[31m\u202e|`<b>@all\n::error::x"
LONG = "It says so in many words, and then goes on to say it once more for those who did not hear it the first time"


@pytest.fixture
def examined() -> Report:
    every = tuple(Check(health.value, health, f"This is {health}", "mooring validate") for health in Health)
    targets = (
        TargetReport("local", "memory", checks=every),
        TargetReport("prod", "langfuse", checks=(Check("a longer name", Health.OK, LONG, "Do this."),)),
    )
    checks = (Check("git", Health.OK, "git version 2.39.5"),)
    return Report("doctor", "run-1", None, targets, reasons=(Exit.DENIED, Exit.UNKNOWN), checks=checks)


def painted(report: Report, width: int) -> list[str]:
    out = io.StringIO()
    text.paint(text.page(report), Console(file=out, force_terminal=True, width=width, legacy_windows=False))
    return [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue()).splitlines()]


def test_each_health_has_a_sign_and_a_word(examined: Report) -> None:
    shown = text.text(examined)
    assert MARKS.keys() == set(Health)
    assert len({mark.word for mark in MARKS.values()}) == len(Health)
    for mark in MARKS.values():
        assert re.search(rf"^  {re.escape(mark.sign)} {mark.word} ", shown, re.MULTILINE)


def test_checks_stand_below_each_other_in_all_blocks(examined: Report) -> None:
    lines = [line for line in text.text(examined).splitlines() if re.match(r"  \S", line)]
    starts = {re.split(r"(?=This is|It says|git version)", line, maxsplit=1)[0] for line in lines}
    assert len({len(start) for start in starts}) == 1


def test_the_last_line_sums_up_gravest_first(examined: Report) -> None:
    last = text.text(examined).splitlines()[-1]
    assert last == (
        "1 failed · 1 denied · 1 silent · 1 warning · 1 note · 3 ok; exit 77: access was denied, 1 could not be read"
    )


def test_a_terminal_shows_the_same_lines(examined: Report) -> None:
    assert painted(examined, 250) == text.text(examined).splitlines()


def test_a_narrow_terminal_goes_on_below_the_message(examined: Report) -> None:
    lines = painted(examined, 70)
    [at] = [number for number, line in enumerate(lines) if "It says so" in line]
    column = lines[at].index("It says")
    assert lines[at + 1][:column].strip() == ""
    assert lines[at + 1][column] != " "
    assert all(len(line) <= 70 for line in lines)


def test_markdown_has_a_row_for_each_check(examined: Report) -> None:
    shown = markdown.text(examined)
    assert "#### repository" in shown
    assert "#### `local` (`memory`)" in shown
    assert "| ✗ denied | denied | This is denied | `mooring validate` |" in shown
    assert "**1** warning · **1** note · **3** ok" in shown
    assert shown.rstrip().endswith("<sub>exit 77: access was denied, 1 could not be read</sub>")


def test_json_is_valid_and_holds_every_check(examined: Report) -> None:
    document = json.loads(json_report.text(examined))
    Draft202012Validator(report_schema()).validate(document)
    assert [check["health"] for check in document["targets"][0]["checks"]] == [health.value for health in Health]
    assert document["checks"] == [{"name": "git", "health": "ok", "message": "git version 2.39.5", "fix": None}]


def test_what_a_platform_says_does_nothing_in_a_terminal_or_a_review() -> None:
    hostile = Report("doctor", "run", None, checks=(Check(HOSTILE, Health.FAIL, HOSTILE, HOSTILE),))
    shown = text.text(hostile)
    assert not set(shown) & {"\x1b", "\u202e"}
    assert not re.search(r"^\s*::", shown, re.MULTILINE)
    [row] = [line for line in markdown.text(hostile).splitlines() if line.startswith("| ✗")]
    assert len(re.findall(r"(?<!\\)\|", row)) == 5
    assert "<b>" not in row
