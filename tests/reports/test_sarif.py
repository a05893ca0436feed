"""Code scanning gets results that stay the same from run to run, each at a file in Git."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mooring.core.finding import Finding, FindingKind
from mooring.core.memory import Suspension
from mooring.core.report import AddressReport, Exit, Report, TargetReport, drift_reasons
from mooring.core.state import State
from mooring.reports import sarif

# What SARIF 2.1.0 requires of the parts that are written here; a key that is not named is one that nobody checked.
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
URI = {"type": "string", "pattern": "^[!#-;=?-Z_a-z~%]+$"}


def closed(required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


LOCATION = closed(
    "physicalLocation",
    physicalLocation=closed(
        "artifactLocation region",
        artifactLocation=closed("uri", uri=URI),
        region=closed("startLine", startLine={"type": "integer", "minimum": 1}),
    ),
)
RESULT = closed(
    "message ruleId ruleIndex level locations partialFingerprints",
    ruleId={"type": "string"},
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=TEXT,
    locations={"type": "array", "minItems": 1, "items": LOCATION},
    partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1},
    suppressions={
        "type": "array",
        "items": closed(
            "kind",
            kind={"enum": ["inSource", "external"]},
            status={"enum": ["accepted", "underReview", "rejected"]},
            justification={"type": "string"},
        ),
    },
)
NOTIFICATION = closed(
    "message",
    message=TEXT,
    level=LEVEL,
    associatedRule=closed("id index", id={"type": "string"}, index={"type": "integer"}),
    locations={"type": "array", "items": LOCATION},
)
RULE = closed("id", id={"type": "string"}, name={"type": "string"}, shortDescription=TEXT, fullDescription=TEXT)
RUN = closed(
    "tool",
    tool=closed(
        "driver",
        driver=closed(
            "name",
            name={"type": "string"},
            version={"type": "string"},
            semanticVersion={"type": "string"},
            rules={"type": "array", "uniqueItems": True, "items": RULE},
        ),
    ),
    automationDetails=closed("id", id={"type": "string"}),
    invocations={
        "type": "array",
        "items": closed(
            "executionSuccessful",
            executionSuccessful={"type": "boolean"},
            exitCode={"type": "integer"},
            exitCodeDescription={"type": "string"},
            toolExecutionNotifications={"type": "array", "items": NOTIFICATION},
        ),
    },
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    properties={"type": "object"},
    results={"type": "array", "items": RESULT},
)
SHAPE = closed(
    "version runs",
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"const": "2.1.0"},
    runs={"type": "array", "items": RUN},
)


def run_of(report: Report, config: str = "mooring.yaml") -> dict[str, Any]:
    shown = sarif.text(report, config)
    assert shown.isascii()
    document = json.loads(shown)
    Draft202012Validator(SHAPE).validate(document)
    [run] = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for one in run["results"]:
        assert rules[one["ruleIndex"]] == one["ruleId"]
    prints = [one["partialFingerprints"]["mooring/v1"] for one in run["results"]]
    assert len(set(prints)) == len(prints)
    return dict(run)


def results(report: Report) -> dict[str, dict[str, Any]]:
    """Give the results by what they are about."""
    return {one["message"]["text"].partition(" ")[0]: one for one in run_of(report)["results"]}


def place(one: dict[str, Any]) -> tuple[str, int]:
    found = one["locations"][0]["physicalLocation"]
    return found["artifactLocation"]["uri"], found["region"]["startLine"]


@pytest.fixture
def drifted(row: Callable[..., AddressReport]) -> Callable[..., Report]:
    """Makes a drift check of one address."""

    def make(*args: str, run: str = "run-1", **kwargs: Any) -> Report:
        targets = (TargetReport("local", "memory", (row(*args, **kwargs),)),)
        return Report("drift", run, "c" * 40, targets, reasons=drift_reasons(targets, None))

    return make


def test_each_state_and_each_kind_of_finding_is_a_rule(everything: Report) -> None:
    rules = {rule["id"] for rule in run_of(everything)["tool"]["driver"]["rules"]}
    assert {f"state/{state}" for state in State} | {f"finding/{kind}" for kind in FindingKind} <= rules


def test_what_differs_is_a_result_at_its_file(everything: Report) -> None:
    found = results(everything)
    ahead = found["local:ahead@production"]
    assert (ahead["ruleId"], ahead["level"]) == ("state/platform_ahead", "error")
    assert place(ahead) == ("prompts/ahead/v1.yaml", 1)
    assert "by Bob" in ahead["message"]["text"]
    assert "mooring adopt local:ahead@production" in ahead["message"]["text"]
    assert place(found["local:pruned@production"]) == ("mooring.yaml", 1)
    assert found["local:fix@production"]["level"] == "warning"
    assert found["local:pruned@production"]["level"] == "note"
    assert not {"local:calm@production", "local:strange@production"} & set(found)
    assert "Secret body" not in sarif.text(everything, "mooring.yaml")


def test_what_nobody_could_read_is_neither_a_result_nor_the_end_of_one(everything: Report) -> None:
    [invocation] = run_of(everything)["invocations"]
    told = {one["associatedRule"]["id"] for one in invocation["toolExecutionNotifications"]}
    assert told == {"state/unknown", "target/error", "run/notice"}
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 65
    assert not [one for one in run_of(everything)["results"] if one["ruleId"] in told]


def test_a_usage_error_is_a_run_that_did_not_succeed() -> None:
    run = run_of(Report("", "run", None, error="No such option: --frob", reasons=(Exit.USAGE,)))
    assert run["results"] == []
    assert run["invocations"][0]["executionSuccessful"] is False
    assert "--frob" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_a_mistake_in_a_file_is_at_its_line_and_keeps_its_print_when_it_moves() -> None:
    def at(line: int) -> dict[str, Any]:
        mistake = Finding(FindingKind.FILE, None, f"prompts/a b.yaml:{line}: a key: is given twice", "Leave one out.")
        report = Report("validate", f"run-{line}", None, findings=(mistake,), reasons=(Exit.INVALID,))
        [one] = run_of(report)["results"]
        return dict(one)

    assert place(at(3)) == ("prompts/a%20b.yaml", 3)
    assert at(3)["level"] == "error"
    assert at(3)["partialFingerprints"] == at(9)["partialFingerprints"]


def test_a_print_depends_on_what_is_wrong_and_on_nothing_else(drifted: Callable[..., Report]) -> None:
    def print_of(*args: str, **kwargs: Any) -> dict[str, str]:
        [one] = run_of(drifted(*args, **kwargs))["results"]
        return dict(one["partialFingerprints"])

    first = print_of(live="x")
    assert first["primaryLocationLineHash"] == first["mooring/v1"]
    assert print_of(live="x", run="run-2", author="Bob", git="v2", base="v2") == first
    assert print_of(live="x", label="staging") != first
    assert print_of(live="x", git="v2") != first, "a conflict is another thing"


def test_findings_that_are_told_with_the_same_words_are_two() -> None:
    mistake = Finding(FindingKind.FILE, None, "prompts/a.yaml:3: twice", "")
    again = Finding(FindingKind.FILE, None, "prompts/a.yaml:9: twice", "")
    report = Report("validate", "run", None, findings=(mistake, again), reasons=(Exit.INVALID,) * 2)
    assert len(run_of(report)["results"]) == 2


def test_a_finding_is_at_the_file_of_its_prompt_and_stays_when_its_numbers_change(
    row: Callable[..., AddressReport],
) -> None:
    def of(message: str) -> dict[str, Any]:
        findings = (Finding(FindingKind.TAMPERED, "support_agent", message),)
        [one] = run_of(Report("drift", "run", None, (TargetReport("local", "m", (row(),), findings),)))["results"]
        return dict(one)

    assert place(of("Version 9 was rewritten")) == ("prompts/support_agent/v1.yaml", 1)
    assert of("Version 9 was rewritten")["level"] == "warning"
    prints = {of(text)["partialFingerprints"]["mooring/v1"] for text in ("Version 9 was x", "Version 10 was x")}
    assert len(prints) == 1


def test_a_suspended_address_says_so(drifted: Callable[..., Report]) -> None:
    report = drifted(live="x", suspension=Suspension("2099-01-01", "2026-01-01", "Ann", "Release freeze"))
    [one] = run_of(report)["results"]
    assert "Ann: Release freeze" in one["suppressions"][0]["justification"]


def test_results_of_one_command_replace_each_other_and_none_of_another(everything: Report) -> None:
    ids = {
        run_of(dataclasses.replace(everything, command=command, run=run))["automationDetails"]["id"].rpartition("/")[0]
        for command, run in (("drift", "1"), ("drift", "2"), ("plan", "3"))
    }
    assert ids == {"mooring/drift", "mooring/plan"}


def test_what_no_file_holds_is_at_the_config(drifted: Callable[..., Report]) -> None:
    report = drifted(git=None, live="x")
    [one] = json.loads(sarif.text(report, "services/my shop/mooring.yaml"))["runs"][0]["results"]
    assert place(one) == ("services/my%20shop/mooring.yaml", 1)


@pytest.mark.parametrize("name", ["[x](http://evil.example)", "\x1b[31m", "a\nb", "../../etc/passwd", "é\u202e", "a b"])
def test_no_name_leaves_its_place(drifted: Callable[..., Report], name: str) -> None:
    [one] = run_of(drifted(name, live="x"))["results"]
    assert "](" not in one["message"]["text"].replace("\\](", "")
    assert one["message"]["text"].isprintable()
