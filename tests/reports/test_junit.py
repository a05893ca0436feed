"""The test page of a CI fails for what fails the command, and for nothing else."""

import dataclasses
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from mooring.core.check import Check, Health
from mooring.core.finding import Finding, FindingKind
from mooring.core.memory import Suspension
from mooring.core.report import AddressReport, Exit, Report, TargetReport, drift_reasons, plan_reasons
from mooring.core.state import State
from mooring.reports import junit

if TYPE_CHECKING:
    from collections.abc import Iterator

HELD = Suspension("2099-01-01", "2026-01-01", "Ann", "Release freeze")

ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "disabled", "errors"},
    "testsuite": {
        *{"name", "tests", "failures", "errors", "time", "disabled", "skipped", "timestamp", "hostname", "id"},
        "package",
    },
    "property": {"name", "value"},
    "testcase": {"name", "assertions", "time", "classname", "status"},
    "skipped": {"message"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
}
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase", "system-out", "system-err"},
    "properties": {"property"},
    "testcase": {"skipped", "error", "failure", "system-out", "system-err"},
}
REQUIRED = {"testsuite": {"name", "tests"}, "testcase": {"name", "classname"}, "property": {"name", "value"}}


def schema_faults(element: ET.Element) -> "Iterator[str]":
    """Hold an element against the schema that Jenkins publishes (jenkins-junit.xsd)."""
    name = element.tag
    if set(element.attrib) - ATTRIBUTES.get(name, set()) or REQUIRED.get(name, set()) - set(element.attrib):
        yield f"attributes of {name}: {sorted(element.attrib)}"
    if {child.tag for child in element} - CHILDREN.get(name, set()):
        yield f"children of {name}"
    order = [child.tag for child in element]
    if name == "testsuite" and order != sorted(order, key=["properties", "testcase", "system-out"].index):
        yield f"order in {name}: {order}"
    for child in element:
        yield from schema_faults(child)


def parsed(report: Report) -> ET.Element:
    root = ET.fromstring(junit.text(report))  # noqa: S314  # written by ourselves just now
    assert list(schema_faults(root)) == []
    for suite in root:
        cases = suite.findall("testcase")
        assert suite.get("tests") == str(len(cases)) != "0"
        counts = {"failures": "failure", "errors": "error", "skipped": "skipped"}
        for attribute, tag in counts.items():
            assert suite.get(attribute) == str(sum(case.find(tag) is not None for case in cases))
        names = [(case.get("classname"), case.get("name")) for case in cases]
        assert len(set(names)) == len(names)
    return root


def verdicts(report: Report) -> dict[str, str]:
    return {
        f"{case.get('classname')}:{case.get('name')}": next((child.tag for child in case), "passed")
        for case in parsed(report).iter("testcase")
    }


@pytest.fixture
def drifted(row: Callable[..., AddressReport]) -> Callable[..., Report]:
    """Makes a drift check of one address."""

    def make(*args: str, fail_on: frozenset[State] | None = None, **kwargs: Any) -> Report:
        targets = (TargetReport("local", "memory", (row(*args, **kwargs),)),)
        return Report("drift", "run-1", "c" * 40, targets, reasons=drift_reasons(targets, fail_on))

    return make


def test_a_case_for_each_address_and_for_what_else_fails(everything: Report) -> None:
    found = verdicts(everything)
    assert {name: verdict for name, verdict in found.items() if verdict == "passed"} == {
        "mooring:drift": "passed",
        "local:calm@production": "passed",
        "local:calm2@production": "passed",
        "local:pruned@production": "passed",
        "local:strange@production": "passed",
        "local:guard lost_ledger": "passed",
    }
    assert {name for name, verdict in found.items() if verdict == "error"} == {
        "local:silent@production",
        "down:target",
        "down:calm@production",
    }
    assert found["local:guard updates"] == "failure"
    assert len(found) == len(everything.rows) + 4


def test_a_failure_says_what_why_and_the_way_out(everything: Report) -> None:
    [case] = [one for one in parsed(everything).iter("testcase") if one.get("name") == "ahead@production"]
    failure = case[0]
    assert failure.get("type") == "platform_ahead"
    assert "never reviewed" in str(failure.get("message"))
    assert "by Bob" in str(failure.text)
    assert "mooring adopt local:ahead@production" in str(failure.text)
    assert "https://platform.example/ahead/7" in str(failure.text)
    assert "Secret body" not in junit.text(everything)


def test_each_suite_says_which_commit_and_run(everything: Report) -> None:
    for suite in parsed(everything):
        properties = {one.get("name"): one.get("value") for one in suite.iter("property")}
        assert properties.items() >= {"commit": "c" * 40, "run": "run-1"}.items()


@pytest.mark.parametrize(
    ("sides", "verdict"),
    [
        ({"live": "x"}, "failure"),
        ({"git": "v2"}, "failure"),
        ({"answered": False}, "error"),
        ({}, "passed"),
        ({"suspension": HELD}, "skipped"),
        ({"live": "x", "suspension": HELD}, "failure"),
    ],
)
def test_a_drift_check(drifted: Callable[..., Report], sides: dict[str, Any], verdict: str) -> None:
    assert verdicts(drifted(**sides))["local:support_agent@production"] == verdict


def test_a_state_that_the_check_does_not_fail_for_passes(drifted: Callable[..., Report]) -> None:
    report = drifted(live="x", fail_on=frozenset({State.MISSING}))
    assert set(verdicts(report).values()) == {"passed"}


def test_a_plan_fails_for_changes_only_where_it_was_asked_to(row: Callable[..., AddressReport]) -> None:
    targets = (TargetReport("local", "memory", (row(git="v2"),)),)
    report = Report("plan", "run", None, targets, reasons=plan_reasons(targets))
    assert verdicts(report)["local:support_agent@production"] == "failure"
    forgiving = dataclasses.replace(report, reasons=())
    assert verdicts(forgiving)["local:support_agent@production"] == "passed"


def test_a_sync_fails_for_what_was_not_done(synced: Report) -> None:
    failed = {name for name, verdict in verdicts(synced).items() if verdict != "passed"}
    assert failed == {"local:moved@production", "local:failed@production", "local:skipped@production"}


def test_files_are_cases_that_fail_where_they_fail_the_command() -> None:
    mistakes = (
        Finding(FindingKind.FILE, None, "prompts/a.yaml:3: a key is given twice", "Leave one out."),
        Finding(FindingKind.FILE, None, "prompts/a.yaml:3: and another one", ""),
        Finding(FindingKind.UNCOMMITTED, None, "1 changed file is not looked at", ""),
    )
    report = Report("validate", "run", None, findings=mistakes, reasons=(Exit.INVALID,) * 2)
    assert verdicts(report) == {
        "mooring:validate": "passed",
        "files:prompts/a.yaml:3": "failure",
        "files:prompts/a.yaml:3 (2)": "failure",
    }
    assert "not looked at" in str(parsed(report).findtext("testsuite/system-out"))
    assert set(verdicts(dataclasses.replace(report, reasons=())).values()) == {"passed"}


def test_an_examination() -> None:
    checks = tuple(Check(health.value, health, "It is so", "Do this") for health in Health)
    report = Report("doctor", "run", None, (TargetReport("local", "memory", checks=checks),), reasons=(Exit.USAGE,))
    found = {name: verdict for name, verdict in verdicts(report).items() if verdict != "passed"}
    assert found == {"local:fail": "failure", "local:denied": "failure", "local:unknown": "error"}


@pytest.mark.parametrize(
    ("report", "verdict"),
    [
        (Report("", "run", None, error="No such option: --frob", reasons=(Exit.USAGE,)), "error"),
        (Report("sync", "run", None, reasons=(Exit.INTERRUPTED,)), "failure"),
        (Report("sync", "run", None), "passed"),
    ],
)
def test_what_no_address_is_to_blame_for_is_the_runs(report: Report, verdict: str) -> None:
    assert list(verdicts(report).values()) == [verdict]


@pytest.mark.parametrize(
    "name", ["\x1b[31mred", "a\x00b", "\ufffe", "\ud800", "]]>&<x/>\"'", "::set-env\nx", "é\u202e"]
)
def test_no_name_leaves_its_place(drifted: Callable[..., Report], name: str) -> None:
    report = drifted(name, live="x")
    [case] = [one for one in parsed(report).iter("testcase") if one.get("classname") == "local"]
    assert str(case.get("name")).endswith("@production")
    shown = junit.text(report)
    assert shown.isascii()
    assert not re.search(r"[\x00-\x08\x0b-\x1f]|&#(?:0*(?:[0-8]|1[0-9]|2[0-9]|3[01])|65534|55296);", shown)
    assert not re.search(r"^::", shown, re.MULTILINE)
