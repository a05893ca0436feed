"""The Markdown report renders to what was meant, whatever names and reasons hold."""

import dataclasses
import re
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mooring.core.finding import Finding, FindingKind
from mooring.core.report import AddressReport, Report, TargetReport
from mooring.reports import markdown
from mooring.reports.markdown import ROWS_SHOWN

Make = Callable[..., AddressReport]
ALLOWED = {"p", "h3", "h4", "strong", "code", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "pre"}


def rendered(report: Report) -> str:
    # Raw HTML is off, so that the <br> and <sub> of ours are text and any other tag is one that a string smuggled in.
    return str(
        MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).render(markdown.text(report))
    )


def test_it_tells_what_the_text_tells(everything: Report) -> None:
    shown = markdown.text(everything)
    assert shown.startswith("### mooring drift\n\n**2** in sync · **4** pending")
    assert "`ahead@production`" in shown
    assert "mooring resolve local:ahead@production" in shown
    assert "mooring sync --allow-updates 112" in shown
    assert "exit 65" in shown
    assert "Secret body" not in shown


def test_every_target_has_one_table_with_all_its_rows(everything: Report) -> None:
    html = rendered(everything)
    assert html.count("<table>") == 1
    assert html.count("<tr>") == 1 + 11
    assert set(re.findall(r"<(\w+)", html)) <= ALLOWED


def test_status_lists_all_rows(everything: Report) -> None:
    html = rendered(dataclasses.replace(everything, command="status"))
    assert html.count("<table>") == 2
    assert html.count("<tr>") == 2 + len(everything.rows)


def test_a_large_run_stays_a_comment(row: Make) -> None:
    rows = tuple(row(f"p{number}", git="v2") for number in range(ROWS_SHOWN + 7))
    shown = markdown.text(Report("plan", "run", None, (TargetReport("local", "memory", rows),)))
    assert "7 more rows; `-o json` has them all." in shown
    assert len(shown) < 65536


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(st.text(st.sampled_from("ab`|<>@#:[]()*_~$\\\n\r\x1b\u202e -+=!&;/"), min_size=1))
def test_no_string_is_markup(row: Make, hostile: str) -> None:
    address = row("p" + hostile, live="x", author=hostile, note=hostile, label="l" + hostile)
    findings = (Finding(FindingKind.DRAFT, hostile, hostile, hostile),)
    target = TargetReport("t" + hostile, "memory", (address,), findings)
    html = rendered(Report("plan", "run", None, (target,), findings, (hostile,)))
    assert set(re.findall(r"<(\w+)", html)) <= ALLOWED
    assert html.count("<tr>") == 2
    assert html.count("<td>") == 6
    assert html.count("<li>") == 2
