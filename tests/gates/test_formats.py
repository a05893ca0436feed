"""Each form of a report, for every group of states and for hostile names: it can be read, and all say the same."""

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

if TYPE_CHECKING:
    from tests.gates.conftest import Place

HOSTILE = {
    "xml": "a]]><b>&amp;\\u0007",
    "markdown": "![x](https://evil.example/a.png) `code` | **b**",
    "command": "x%0A::error::pwned ::set-output name=exit::0",
    "terminal": "red\\u001b[31m\\u202egnp",
    "mention": "@everyone #1",
}
GROUPS = {"in_sync", "pending", "diverged", "blocked", "unknown"}


@pytest.fixture
def mixed(in_all_forms: "Place", monkeypatch: pytest.MonkeyPatch) -> "Place":
    """One prompt of every group of states, and hostile names among those that differ."""
    place = in_all_forms
    for name in ("summary", "outputs"):
        variable = {"summary": "GITHUB_STEP_SUMMARY", "outputs": "GITHUB_OUTPUT"}[name]
        monkeypatch.setenv(variable, str(place.folder.parent / name))
    place.begun(fine="one\n", edited="one\n", gone="one\n", silent="one\n", behind="one\n")
    place.prompt("behind", "two\n")
    place.prompt("later", "one\n")
    place.write("prompts/broken.yaml", "labels: [production]\nprompt: [\n")
    for number, (_, name) in enumerate(sorted(HOSTILE.items())):
        place.write(f"prompts/h{number}.yaml", f'name: "{name}"\nlabels: [production]\nprompt: one\n')
    place.commit()
    place.edit("edited", "by hand\n")
    place.person.delete_prompt("gone")
    place.edit("silent", "by hand\n")
    place.fails("/prompts/silent")
    (place.folder.parent / "outputs").unlink(missing_ok=True)
    (place.folder.parent / "summary").unlink(missing_ok=True)
    return place


def outputs(place: "Place") -> Mapping[str, str]:
    text = (place.folder.parent / "outputs").read_text(encoding="utf-8")
    return dict(line.split("=", 1) for line in text.splitlines())


def test_every_form_can_be_read_and_tells_the_same_exit(mixed: "Place", capfd: pytest.CaptureFixture[str]) -> None:
    code, report = mixed.mooring("drift")
    assert code == report["exit"]["code"] == 65
    said = outputs(mixed)
    assert int(said["exit"]) == code
    assert all(int(said[group]) > 0 for group in GROUPS), said
    addresses = [a for t in report["targets"] for a in t["addresses"]]
    assert sum(int(said[group]) for group in GROUPS) == len(addresses)

    lines = [json.loads(line) for line in mixed.form("ndjson").splitlines()]
    assert lines[0]["type"] == "run"
    assert (lines[-1]["type"], lines[-1]["exit"]["code"]) == ("summary", code)
    assert len([one for one in lines if one["type"] == "address"]) == len(addresses)
    assert len({one["run"] for one in lines}) == 1

    suites = ET.fromstring(mixed.form("junit"))  # noqa: S314  # of our own
    cases = {(case.get("classname"), case.get("name")): case for case in suites.iter("testcase")}
    assert len(cases) == len(list(suites.iter("testcase"))), "no case hides another one"
    assert verdict(cases["prod", "fine@production"]) == set()
    assert verdict(cases["prod", "edited@production"]) == {"failure"}
    assert verdict(cases["prod", "silent@production"]) == {"error"}
    assert int(suites.get("failures", 0)) == len([one for one in cases.values() if "failure" in verdict(one)])
    assert int(suites.get("errors", 0)) == len([one for one in cases.values() if "error" in verdict(one)])

    sarif = json.loads(mixed.form("sarif"))
    (run,) = sarif["runs"]
    assert sarif["version"] == "2.1.0"
    assert [one["executionSuccessful"] for one in run["invocations"]] == [False]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {one["ruleId"] for one in run["results"]} <= rules
    places = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]]
    assert "prompts/edited.yaml" in places
    assert "prompts/broken.yaml" in places
    assert all((mixed.folder / place).exists() for place in places)
    prints = [one["partialFingerprints"]["primaryLocationLineHash"] for one in run["results"]]
    assert len(prints) == len(set(prints))

    assert mixed.form("md").lstrip().startswith(("#", "*"))
    assert f"exit {code}" in mixed.form("text").lower()
    assert all(
        re.fullmatch(r"::(error|warning|notice)( [^\n]*)?::[^\n]*", line) for line in mixed.form("github").splitlines()
    )
    assert (mixed.folder.parent / "summary").read_text(encoding="utf-8").strip() == mixed.form("md").strip()
    assert capfd.readouterr().out == "", "all went to files"


def verdict(case: ET.Element) -> set[str]:
    return {one.tag for one in case} & {"failure", "error", "skipped"}


def test_hostile_names_do_nothing_in_any_form(mixed: "Place") -> None:
    mixed.mooring("drift")
    everything = {form: mixed.form(form) for form in mixed.forms}
    for form, text in everything.items():
        assert "\x1b" not in text, form
        assert "\x07" not in text, form
        assert "\u202e" not in text, form
    commands = everything["github"].splitlines()
    for line in commands:
        _, properties, _ = line.split("::", 2)
        named = [one.partition("=")[0] for one in properties.partition(" ")[2].split(",")]
        assert set(named) <= {"file", "line", "title"}, line
    assert len(commands) <= 31
    markdown = re.sub(r"(`+)[^`](?:.*?[^`])?\1(?!`)", "", everything["md"])
    assert "](https://evil" not in markdown
    assert "@everyone" not in markdown
    ET.fromstring(everything["junit"])  # noqa: S314  # of our own
    assert outputs(mixed)["exit"] == "65"


def test_forms_agree_on_what_fails_where_only_some_states_are_to(mixed: "Place") -> None:
    mixed.answers()
    (mixed.folder / "prompts/broken.yaml").unlink()
    for number in range(len(HOSTILE)):
        (mixed.folder / f"prompts/h{number}.yaml").unlink()
    mixed.commit()
    code, _ = mixed.mooring("drift", "--fail-on", "missing")
    assert code == 3
    suites = ET.fromstring(mixed.form("junit"))  # noqa: S314  # of our own
    assert {case.get("name") for case in suites.iter("testcase") if verdict(case)} == {"gone@production"}
    (run,) = json.loads(mixed.form("sarif"))["runs"]
    assert [one["executionSuccessful"] for one in run["invocations"]] == [True]
    assert mixed.mooring("drift", "--fail-on", "conflict")[0] == 0
    suites = ET.fromstring(mixed.form("junit"))  # noqa: S314  # of our own
    assert [case.get("name") for case in suites.iter("testcase") if verdict(case)] == []


def test_a_sarif_alert_stays_the_same_until_its_state_is_over(mixed: "Place") -> None:
    def prints() -> dict[str, str]:
        mixed.mooring("drift")
        (run,) = json.loads(mixed.form("sarif"))["runs"]
        return {
            one["message"]["text"].split()[0]: one["partialFingerprints"]["primaryLocationLineHash"]
            for one in run["results"]
            if one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "prompts/edited.yaml"
        }

    mixed.answers()
    first = prints()
    mixed.clock.advance(86400)
    mixed.write("prompts/edited.yaml", "# a comment on top\n" + (mixed.folder / "prompts/edited.yaml").read_text())
    mixed.commit()
    mixed.edit("edited", "by another hand\n")
    assert prints() == first != {}


def test_a_broken_file_is_one_annotation_at_its_line(in_all_forms: "Place") -> None:
    in_all_forms.begun(fine="one\n", later="one\n")
    in_all_forms.write("prompts/later.yaml", "labels: [production]\nprompt: [\n")
    in_all_forms.commit()
    assert in_all_forms.mooring("drift")[0] == 65
    (line,) = in_all_forms.form("github").splitlines()
    assert line.startswith("::error file=prompts/later.yaml,line=")
    (run,) = json.loads(in_all_forms.form("sarif"))["runs"]
    assert [one["ruleId"] for one in run["results"]] == ["finding/file"]


def test_every_command_of_every_day_gives_every_form(mixed: "Place") -> None:
    for command in ("plan", "status", "validate", "doctor", "sync"):
        code, report = mixed.mooring(command)
        assert report["exit"]["code"] == code
        assert json.loads(mixed.form("ndjson").splitlines()[-1])["exit"]["code"] == code
        suites = ET.fromstring(mixed.form("junit"))  # noqa: S314  # of our own
        failed = [case for case in suites.iter("testcase") if verdict(case)]
        assert bool(failed) == (code not in {0, 2}), "a page of tests is green just where the exit code is"
        json.loads(mixed.form("sarif"))
        assert mixed.form("md").strip()
        assert mixed.form("text").strip()


def test_a_report_is_written_for_a_wrong_command_line_too(in_all_forms: "Place") -> None:
    assert in_all_forms.mooring("drift", "--fail-on", "nonsense")[0] == 64
    for form in in_all_forms.forms:
        assert "nonsense" in in_all_forms.form(form), form
