"""Every command gives its report in every form, whatever happens and whatever prompts are called."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import click
import pytest

from mooring.cli import options
from mooring.cli.output import Format, Output, Rendering, deliver, parse_outputs

if TYPE_CHECKING:
    from tests.cli.conftest import Desk

HOSTILE = {
    "set-env": "::set-env name=PATH::/evil",
    "comma": "x,file=/etc/passwd",
    "markup": "a|b<img src=x>[y](http://evil.example)",
    "runner": "##[command]rm",
}


def xml(text: str) -> Any:
    return ET.fromstring(text)  # noqa: S314  # written by ourselves just now


READ: dict[str, Callable[[str], Any]] = {
    "text": str.splitlines,
    "json": json.loads,
    "md": str.splitlines,
    "junit": xml,
    "sarif": json.loads,
    "github": str.splitlines,
    "ndjson": lambda text: [json.loads(line) for line in text.splitlines()],
}
COMMANDS = [
    ("plan",),
    ("plan", "--offline"),
    ("plan", "--worktree"),
    ("drift",),
    ("status",),
    ("diff",),
    ("sync",),
    ("validate",),
    ("doctor",),
    ("suspend", "greet", "--reason", "Freeze"),
    ("resolve", "greet@production", "--take", "git", "--reason", "Agreed"),
]


@pytest.fixture
def hostile(synced: "Desk") -> "Desk":
    """Prompts whose names mean something to some reader, edited behind our back, and a file with a mistake."""
    for stem, name in HOSTILE.items():
        body = f"name: {json.dumps(name)}\nlabels: [production]\nprompt: Hello\n"
        synced.write({f"prompts/{stem}.yaml": body})
    synced.commit({"prompts/broken.yaml": "labels: [production]\nprompt: 1\nprompt: 2\n"})
    synced.edit("greet", "Typed by somebody")
    synced.edit(HOSTILE["set-env"], "Typed by somebody")
    return synced


@pytest.fixture(autouse=True)
def _no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        monkeypatch.delenv(name, raising=False)


def code_in(form: str, text: str) -> int | None:
    """Give the exit code that a report itself tells, where its form has a place for it."""
    read: Any = READ[form](text)
    match form:
        case "json":
            return int(read["exit"]["code"])
        case "ndjson":
            return int(read[-1]["exit"]["code"])
        case "sarif":
            return int(read["runs"][0]["invocations"][0]["exitCode"])
        case _:
            return None


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_in_every_form(hostile: "Desk", words: tuple[str, ...]) -> None:
    ended = hostile.type(*words, *(word for form in READ for word in ("-o", f"{form}=out.{form}")))
    assert (ended.out, ended.code in {1, 64}) == ("", False), ended.err
    for form in READ:
        shown = (hostile.folder / f"out.{form}").read_text("utf-8")
        assert shown or (form, words[0]) == ("github", "suspend")
        assert code_in(form, shown) in {ended.code, None}
        if form != "github":
            assert not [line for line in shown.splitlines() if line.lstrip().startswith("::")]
        assert "##[command]" not in shown or form in {"json", "ndjson"}
        assert words[0] == "diff" or "Typed by somebody" not in shown


@pytest.mark.parametrize("form", ["junit", "sarif", "github", "ndjson"])
@pytest.mark.parametrize("words", [("drift", "--frob"), ("plan", "--commit", "nowhere"), ("frob",)], ids=" ".join)
def test_a_usage_error_in_a_form(empty_desk: "Desk", words: tuple[str, ...], form: str) -> None:
    ended = empty_desk.type(*words, "-o", form)
    assert ended.code == 64
    assert READ[form](ended.out) is not None
    assert code_in(form, ended.out) in {64, None}
    if form == "junit":
        assert xml(ended.out).get("errors") == "1"
    if form == "github":
        assert ended.out.startswith("::error ")


def test_a_failing_drift_check_fails_the_same_in_all_forms(hostile: "Desk") -> None:
    forms = [("-o", "json")] + [("-o", f"{form}=out.{form}") for form in ("junit", "sarif", "github", "ndjson")]
    told = hostile.type("drift", *(word for form in forms for word in form)).json
    failing = [one["prompt"] for one in told["targets"][0]["addresses"] if one["state"] == "platform_ahead"]
    assert failing == ["greet"]
    shown = {form: (hostile.folder / f"out.{form}").read_text("utf-8") for form in ("junit", "sarif", "github")}
    cases = [case for case in xml(shown["junit"]).iter("testcase") if case.get("name") == "greet@production"]
    assert [case[0].tag for case in cases] == ["failure"]
    [result] = [
        one for one in json.loads(shown["sarif"])["runs"][0]["results"] if one["ruleId"] == "state/platform_ahead"
    ]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "prompts/greet.yaml"
    assert "::error file=prompts/greet.yaml,line=1,title=local%3Agreet@production platform ahead::" in shown["github"]
    assert "::error file=prompts/broken.yaml,line=3," in shown["github"]


def test_a_config_in_a_folder_is_named_from_the_root(synced: "Desk") -> None:
    (synced.folder / "shop").mkdir()
    synced.git("mv", "mooring.yaml", "prompts", ".gitignore", "shop")
    synced.git("commit", "-q", "-m", "Move")
    (synced.folder / "shop" / "platform.json").write_text("<html>maintenance</html>")
    ended = synced.type("-C", str(synced.folder / "shop"), "drift", "-o", "sarif")
    found = json.loads(ended.out)["runs"][0]
    told = [*found["results"], *found["invocations"][0]["toolExecutionNotifications"]]
    places = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in told}
    assert places == {"shop/mooring.yaml"}


# --- a job on GitHub --------------------------------------------------------------------------------------------------


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Path]:
    files = {name: tmp_path / name for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    for name, place in files.items():
        place.write_text("before\n")
        monkeypatch.setenv(name, str(place))
    return files


def test_a_job_gets_a_summary_and_outputs_beside_what_is_there(synced: "Desk", job: dict[str, Path]) -> None:
    synced.edit("greet", "Typed")
    assert synced.type("drift", "-o", "github").code == 3
    summary = job["GITHUB_STEP_SUMMARY"].read_text("utf-8")
    assert summary.startswith("before\n### mooring drift\n")
    assert "platform ahead" in summary
    assert "exit=3\nname=attention\ncounts=" in job["GITHUB_OUTPUT"].read_text("utf-8")


def test_other_forms_leave_the_job_alone(synced: "Desk", job: dict[str, Path]) -> None:
    assert synced.type("drift", "-o", "json").code == 0
    assert {place.read_text("utf-8") for place in job.values()} == {"before\n"}


def test_a_usage_error_tells_the_job_too(synced: "Desk", job: dict[str, Path]) -> None:
    assert synced.type("drift", "--frob", "-o", "github").code == 64
    assert "exit=64\n" in job["GITHUB_OUTPUT"].read_text("utf-8")
    assert "--frob" in job["GITHUB_STEP_SUMMARY"].read_text("utf-8")


def test_a_summary_never_grows_beyond_what_is_shown(synced: "Desk", job: dict[str, Path]) -> None:
    job["GITHUB_STEP_SUMMARY"].write_bytes(b"x" * (1024 * 1024 - 100))
    assert synced.type("drift", "-o", "github").code == 0
    assert 1024 * 1024 - 100 < job["GITHUB_STEP_SUMMARY"].stat().st_size <= 1024 * 1024


def test_a_summary_that_cannot_be_written_is_said(synced: "Desk", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(synced.folder))
    ended = synced.type("drift", "-o", "github")
    assert ended.code == 64
    assert "Could not open file" in ended.err


# --- csv --------------------------------------------------------------------------------------------------------------


def test_csv_is_refused_before_any_work(synced: "Desk") -> None:
    ended = synced.type("sync", "-o", "csv")
    assert (ended.code, ended.out) == (64, "")
    assert "Only mooring log gives csv; this command gives text, json, md, junit, sarif, github, ndjson." in ended.err


def test_a_log_takes_csv_and_no_form_of_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    @click.command
    @options.log_outputs
    @click.pass_context
    def log(context: click.Context) -> None:
        rows = Rendering(str, str, str, lambda: None, {Format.CSV: lambda: "who,when\r\nAnn,today\r\n"})
        deliver(rows, context.meta["mooring.outputs"], tmp_path)

    log.main(["-o", "csv"], standalone_mode=False)
    assert list(csv.reader(capsys.readouterr().out.splitlines())) == [["who", "when"], ["Ann", "today"]]
    with pytest.raises(click.BadParameter, match="sarif is for reports; this command gives text, json, md, csv"):
        log.main(["-o", "sarif"], standalone_mode=False)


def test_a_form_that_something_does_not_have_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError, match="cannot give junit"):
        deliver(Rendering(str, str, str, lambda: None), [Output(Format.JUNIT)], tmp_path)


def test_every_word_of_a_format_is_known() -> None:
    assert parse_outputs([f"{form}=x" for form in READ]) == tuple(Output(Format(form), "x") for form in READ)
