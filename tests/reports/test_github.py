"""A job on GitHub Actions shows the gravest first, and no name is a command to its runner."""

import dataclasses
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from mooring.core.address import INVALID
from mooring.core.desired import Version
from mooring.core.finding import Finding, FindingKind
from mooring.core.judge import judge
from mooring.core.plan import Row
from mooring.core.report import AddressReport, Exit, Report, TargetReport, drift_reasons
from mooring.reports import github

# As the runner reads a line: https://github.com/actions/runner, ActionCommand.TryParseV2
LINE = re.compile(r"::(?P<name>\w+) (?P<properties>[^\n]*?)::(?P<data>[^\n]*)")


def unescaped(text: str) -> str:
    for written, meant in {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}.items():
        text = text.replace(written, meant)
    return text


def annotations(report: Report) -> list[dict[str, str]]:
    shown = github.commands(report, "mooring.yaml")
    found = []
    for line in shown.splitlines():
        command = LINE.fullmatch(line)
        assert command is not None, line
        properties = dict(one.split("=", 1) for one in command["properties"].split(","))
        found.append(
            {
                "": command["name"],
                **{key: unescaped(value) for key, value in properties.items()},
                "says": unescaped(command["data"]),
            }
        )
    return found


@pytest.fixture
def of(row: Callable[..., AddressReport]) -> Callable[..., Report]:
    """Makes a drift check of addresses that share what is said of them."""

    def make(*names: str, **kwargs: Any) -> Report:
        targets = (TargetReport("local", "memory", tuple(row(name, **kwargs) for name in names)),)
        return Report("drift", "run-1", "c" * 40, targets, reasons=drift_reasons(targets, None))

    return make


def test_an_annotation_is_at_the_prompts_file(of: Callable[..., Report]) -> None:
    [one] = annotations(of("support/agent", live="x", author="Bob"))
    assert (one[""], one["file"], one["line"]) == ("error", "prompts/support/agent/v1.yaml", "1")
    assert one["title"] == "local:support/agent@production platform ahead"
    assert "by Bob" in one["says"]
    assert "→ mooring adopt local:support/agent@production" in one["says"]


def test_the_gravest_come_first_and_no_more_than_are_shown(everything: Report, of: Callable[..., Report]) -> None:
    kinds = [one[""] for one in annotations(everything)]
    assert kinds == sorted(kinds, key=["error", "warning", "notice"].index)
    many = of(*(f"p{number}" for number in range(25)), live="x")
    found = annotations(many)
    assert [one[""] for one in found] == ["error"] * 10 + ["notice"]
    assert found[-1]["says"].startswith("and 15 more remarks")


def test_each_kind_stays_within_what_is_shown(of: Callable[..., Report]) -> None:
    words = tuple(Finding(FindingKind.PROPOSAL, None, f"Proposal {number}") for number in range(25))
    report = dataclasses.replace(of(*(f"p{number}" for number in range(25)), git="v2"), findings=words)
    kinds = [one[""] for one in annotations(report)]
    assert (kinds.count("warning"), kinds.count("notice")) == (10, 10)
    assert annotations(report)[-1]["says"].startswith("and 31 more remarks")


def test_what_is_said_of_the_run_is_no_remark_on_a_file(of: Callable[..., Report]) -> None:
    assert annotations(dataclasses.replace(of("a"), notices=("The platforms were not asked.",))) == []


def test_a_target_that_did_not_answer_is_said_once(everything: Report) -> None:
    said = [one for one in annotations(everything) if "down" in one["title"]]
    assert [one["says"] for one in said] == ["No answer from x"]


def test_a_mistake_in_a_file_is_at_its_line() -> None:
    mistake = Finding(FindingKind.FILE, None, "prompts/a.yaml:3: a key is given twice", "Leave one out.")
    report = Report("validate", "run", None, findings=(mistake,), reasons=(Exit.INVALID,))
    [one] = annotations(report)
    assert (one[""], one["file"], one["line"]) == ("error", "prompts/a.yaml", "3")
    assert one["says"] == "a key is given twice. → Leave one out."


@pytest.fixture
def broken(row: Callable[..., AddressReport]) -> Callable[..., Report]:
    """Makes a check of an invalid prompt's labels, with findings; its file is known where a label says which."""

    def make(*findings: Finding, file: str | None, of_target: tuple[Finding, ...] = ()) -> Report:
        def invalid(label: str) -> AddressReport:
            seen = row("a", label=label).row.seen
            version = None if file is None else Version("head", file, "b" * 40, INVALID)
            seen = dataclasses.replace(seen, git=INVALID, version=version)
            return AddressReport(Row(seen, judge(seen)), None)

        targets = (TargetReport("local", "memory", (invalid("production"), invalid("staging")), of_target),)
        return Report("drift", "run", None, targets, findings, reasons=(Exit.INVALID,))

    return make


MISTAKE = Finding(FindingKind.FILE, None, "prompts/a.yaml:3: a key is given twice", "Leave one out.")
PUBLISHED = Finding(FindingKind.FILE, None, "prompts/a.yaml: it changed after it was published", "")


@pytest.mark.parametrize("file", ["prompts/a.yaml", None])
def test_a_broken_file_is_said_once_and_not_of_each_label(broken: Callable[..., Report], file: str | None) -> None:
    [one] = annotations(broken(MISTAKE, file=file))
    assert (one[""], one["file"], one["line"]) == ("error", "prompts/a.yaml", "3")
    [of_target] = annotations(broken(file=file, of_target=(PUBLISHED,)))
    assert of_target["file"] == "prompts/a.yaml"


def test_what_is_invalid_for_no_mistake_that_is_told_is_at_its_file(broken: Callable[..., Report]) -> None:
    elsewhere = dataclasses.replace(MISTAKE, message="prompts/b.yaml:1: a key is given twice")
    files = [one["file"] for one in annotations(broken(elsewhere, file="prompts/a.yaml"))]
    assert sorted(files) == ["prompts/a.yaml", "prompts/a.yaml", "prompts/b.yaml"]
    assert [one["file"] for one in annotations(broken(file=None))] == ["mooring.yaml"] * 2


def test_a_usage_error_is_an_annotation() -> None:
    [one] = annotations(Report("", "run", None, error="No such option: --frob", reasons=(Exit.USAGE,)))
    assert (one[""], one["says"]) == ("error", "No such option: --frob")


@pytest.mark.parametrize(
    "name",
    [
        "::set-env name=PATH::/evil",
        "a\n::error::forged",
        "a\r\n::add-mask::x",
        "x,file=/etc/passwd,line=1",
        "x::y",
        "100%25",
        "##[command]rm",
        "\x1b]0;title\x07",
    ],
)
def test_no_name_is_a_command(of: Callable[..., Report], name: str) -> None:
    report = of(name, live="x", author=name)
    report = dataclasses.replace(report, findings=(Finding(FindingKind.PROPOSAL, None, name),), error=name)
    found = annotations(report)
    assert [one[""] for one in found] == ["error", "error", "notice"]
    assert {frozenset(one) for one in found} == {frozenset({"", "file", "line", "title", "says"})}
    shown = github.commands(report, "mooring.yaml")
    assert "##[" not in shown
    assert "\x1b" not in shown


def test_outputs_for_later_steps(everything: Report) -> None:
    told = dict(line.split("=") for line in github.outputs(everything).splitlines())
    counts = json.loads(told.pop("counts"))
    assert (counts["in_sync"], counts["platform_ahead"]) == (2, 1)
    assert sum(counts.values()) == len(everything.rows)
    assert all(counts.values())
    assert told == {
        "exit": "65",
        "name": "invalid",
        "in_sync": "3",
        "pending": "4",
        "diverged": "3",
        "blocked": "4",
        "unknown": "2",
    }


# --- the summary ------------------------------------------------------------------------------------------------------

FENCED = "# One\n\n````\n```\n" + "x\n" * 50 + "````\n\ntwo\n"


def test_a_summary_that_fits_is_whole() -> None:
    assert github.within(FENCED, len(FENCED)) == FENCED


@pytest.mark.parametrize("room", [-5, 0, 10, 80, 100, 150, 190])
def test_a_summary_that_does_not_fit_ends_between_two_lines_and_says_so(room: int) -> None:
    text = FENCED + "é\n" * 40
    cut = github.within(text, room)
    assert len(cut.encode()) <= max(0, room)
    assert cut == "" or cut.endswith("`-o json` has all of it.\n")
    assert len(re.findall("^````$", cut, re.MULTILINE)) in {0, 2}


def test_a_cut_summary_keeps_what_fits() -> None:
    text = FENCED + "é\n" * 400
    cut = github.within(text, 400)
    assert cut.startswith(FENCED)
    assert 350 < len(cut.encode()) <= 400
