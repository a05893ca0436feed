"""Whatever goes wrong: a sentence for a person, a report for a machine, the right exit code, and no secret."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from mooring.cli import SECTIONS, failure, run
from mooring.cli.commit_status import context_of
from mooring.reports.schema import report_schema
from mooring.run import Selection

if TYPE_CHECKING:
    from tests.cli.conftest import Desk

COMMANDS = [name for section in SECTIONS.values() for name in section]
WRONG = [
    ("frob",),
    ("drift", "--frob"),
    ("plan", "--commit"),
    ("plan", "--allow-updates", "many"),
    ("plan", "-o", "xml"),
    ("plan", "-o", "text", "-o", "json"),
    ("plan", "--commit", "HEAD", "--worktree"),
    ("plan", "--commit", "nowhere"),
    ("sync", "--accept-history", "a..b"),
    ("sync", "--lock-timeout", "-1"),
    ("drift", "--fail-on", "elsewhere"),
    ("drift", "--target", "elsewhere"),
    ("--frob",),
]


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_a_usage_error_is_a_sentence_and_exit_64(desk: "Desk", words: tuple[str, ...]) -> None:
    ended = desk.type(*words)
    assert ended.code == 64
    assert ended.err.startswith("Error: ")
    assert "Traceback" not in ended.err
    assert len(ended.err.splitlines()) <= 3


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_a_machine_gets_its_report_for_a_usage_error_too(desk: "Desk", words: tuple[str, ...]) -> None:
    report = desk.type(*words, "-o", "json").json
    Draft202012Validator(report_schema()).validate(report)
    assert report["exit"]["code"] == 64
    assert report["error"]


@pytest.mark.parametrize("form", [("-o", "json"), ("-ojson",), ("--output", "json"), ("--output=json",)])
def test_however_the_output_is_asked_for(desk: "Desk", form: tuple[str, ...]) -> None:
    assert desk.type("drift", *form, "--frob").json["command"] == "drift"


def test_a_report_in_a_file_is_written_for_a_usage_error(desk: "Desk") -> None:
    assert desk.type("drift", "--frob", "-o", "json=report.json").out == ""
    assert json.loads((desk.folder / "report.json").read_text())["exit"]["name"] == "usage"


def test_a_file_for_people_is_written_for_a_usage_error_too(desk: "Desk") -> None:
    (desk.folder / "report.txt").write_text("All is well.\n")
    ended = desk.type("drift", "--frob", "-o", "text=report.txt", "-o", "text")
    assert ended.out == ""
    said = (desk.folder / "report.txt").read_text()
    assert "--frob" in said
    assert "All is well" not in said


CONTEXTS: list[tuple[str, Selection, tuple[str, ...]]] = [
    ("mooring/acme/drift", Selection(), ()),
    ("mooring/acme/drift a/b@production c", Selection(("c", "a/b@production", "c")), ()),
    ("mooring/acme/drift --select a/* --select b", Selection((), ("b", "a/*")), ()),
    ("mooring/acme/drift x --select y --target prod", Selection(("x",), ("y",)), ("prod",)),
]


@pytest.mark.parametrize(("context", "selection", "targets"), CONTEXTS, ids=[one[0] for one in CONTEXTS])
def test_a_status_names_what_a_run_was_about(context: str, selection: Selection, targets: tuple[str, ...]) -> None:
    assert context_of("acme", "drift", selection, targets) == context


def test_a_status_stays_short_and_plain_and_two_selections_never_share_one() -> None:
    selections = [
        *(Selection(("a" * 200 + end,)) for end in "xy"),
        *(Selection((name,)) for name in ("a b", "a\nb", "a\x1bb", "a\u202eb", "a_b", "--select a", "##[x]", "<b>&")),
        Selection(("a", "b")),
        Selection((), ("a b",)),
        Selection((), ("a",)),
        Selection(("--select", "a")),
    ]
    contexts = [context_of("acme", "drift", one, ()) for one in selections]
    assert len(set(contexts)) == len(selections)
    for context in contexts:
        assert re.fullmatch(r"mooring/acme/drift [A-Za-z0-9_.*?/\[\]:@! -]+", context)
        assert len(context) <= 100


def test_a_command_that_is_almost_one_is_suggested(desk: "Desk") -> None:
    assert "Did you mean status?" in desk.type("statsu").err


def test_a_folder_without_a_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["-C", str(tmp_path), "plan"])
    assert code == 64
    assert "git init" in capsys.readouterr().err


def test_an_invalid_config_names_every_mistake(desk: "Desk") -> None:
    desk.commit({"mooring.yaml": "version: 1\nid: shop\ntargets: {}\nbranhc: main\n"})
    ended = desk.type("plan", "-o", "json")
    assert ended.code == 65
    assert len(ended.json["findings"]) == 2
    assert "mooring.yaml:3" in ended.err
    assert "mooring.yaml:4" in ended.err


def test_a_report_that_cannot_be_written_is_a_usage_error(desk: "Desk") -> None:
    ended = desk.type("plan", "-o", "json=no/such/folder/report.json")
    assert ended.code == 64
    assert ended.err.count("report.json") == 1


NOT_THERE: list[tuple[tuple[str, ...], str]] = [
    (("gret",), "Did you mean greet?"),
    (("greet@productoin",), "Did you mean greet@production?"),
    (("LOCAL:greet",), "Did you mean local:greet?"),
    (("greet", "zzz"), "There is no address 'zzz'. mooring"),
    (("--select", "gre?"), "No address matches --select gre?."),
    (("idle",), "Git declares no label of idle that a target manages, which are production."),
]


@pytest.mark.parametrize(
    ("command", "words", "said"),
    [("plan", *each) for each in NOT_THERE] + [(name, *NOT_THERE[0]) for name in ("drift", "status", "diff")],
)
def test_what_is_named_and_is_not_there_is_a_usage_error(
    synced: "Desk", command: str, words: tuple[str, ...], said: str
) -> None:
    synced.commit({"prompts/idle.yaml": "prompt: x\n"})
    ended = synced.type(command, *words)
    assert ended.code == 64
    assert said in ended.err


def test_a_sync_does_what_is_there_and_says_what_is_not(desk: "Desk") -> None:
    report = desk.report("sync", "--select", "greet", "--select", "levae")
    assert report["exit"]["code"] == 64
    assert report["error"] == "No address matches --select levae. mooring status lists all there are."
    assert [one["outcome"] for one in report["targets"][0]["addresses"]] == ["applied"]


def test_a_platform_that_is_down_makes_no_address_a_mistake(synced: "Desk") -> None:
    (synced.folder / "platform.json").write_text("{")
    assert synced.type("drift", "gret").code == 8


def test_a_machine_without_git_is_told_so(desk: "Desk", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    ended = desk.type("plan")
    assert ended.code == 64
    assert "git is not installed" in ended.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_behind_standard_output_is_said(synced: "Desk") -> None:
    command = [sys.executable, "-c", "from mooring.cli import main; main()", "-C", str(synced.folder), "status"]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 64
    assert "standard output" in ended.stderr


def test_a_detached_head_without_a_branch_says_where_to_name_one(desk: "Desk") -> None:
    desk.commit({"mooring.yaml": (desk.folder / "mooring.yaml").read_text().replace("branch: main\n", "")})
    desk.git("checkout", "--quiet", "--detach")
    ended = desk.type("sync")
    assert ended.code != 0
    assert "`branch:` in mooring.yaml" in ended.out


# --- what nobody expected ---------------------------------------------------------------------------------------------


@pytest.fixture
def broken(desk: "Desk", monkeypatch: pytest.MonkeyPatch) -> "Desk":
    """A desk at which every plan fails for a reason that nobody thought of."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("with the token s3cr3t-t0ken at https://me:pass-word@host/")

    monkeypatch.setenv("SHOP_TOKEN", "s3cr3t-t0ken")
    monkeypatch.setattr("mooring.cycle.plan", fail)
    return desk


def test_a_bug_is_a_line_and_a_log(broken: "Desk") -> None:
    ended = broken.type("plan")
    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1
    log = Path(ended.err.split()[-1])
    trace = log.read_text()
    assert "ZeroDivisionError" in trace
    assert "Traceback" in trace


def test_a_log_holds_no_secret(broken: "Desk") -> None:
    ended = broken.type("plan", "-o", "json")
    trace = Path(ended.json["error"].split()[-1]).read_text()
    for text in (trace, ended.out, ended.err):
        assert "s3cr3t" not in text
        assert "pass-word" not in text
    assert "[SHOP_TOKEN]" in trace


def test_a_log_that_cannot_be_written_is_said(broken: "Desk", monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    monkeypatch.setattr("tempfile.tempdir", str(blocked))
    ended = broken.type("plan")
    assert ended.code == 1
    assert "could not be written" in ended.err


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Authorization: Bearer abc.def", "Authorization: Bearer [redacted]"),
        ("https://u:p@host/x", "https://[redacted]@host/x"),
        ("value of LF_PROD is top-secret", "value of LF_PROD is [LF_PROD]"),
        ("harmless", "harmless"),
    ],
)
def test_redaction(text: str, safe: str, tmp_path: Path) -> None:
    config = tmp_path / "mooring.yaml"
    config.write_text("credentials: {key: env:LF_PROD}\n")
    assert failure.redact(text, {"LF_PROD": "top-secret", "HOME": "harmless", "SHORT_KEY": "of"}, config) == safe


@pytest.mark.parametrize("named", [(), ("--config", "other/ours.yaml")], ids=["usual", "named"])
def test_the_config_that_names_secrets_is_the_one_of_the_command_line(
    desk: "Desk", monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, named: tuple[str, ...]
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("at the place top-s3cr3t")

    monkeypatch.setenv("LF_PROD", "top-s3cr3t")
    monkeypatch.setattr("mooring.cycle.plan", fail)
    text = (desk.folder / "mooring.yaml").read_text()
    asked = f"{text}alerts: [{{notify: env:LF_PROD}}]\n"
    desk.commit({named[-1]: asked, "mooring.yaml": text} if named else {"mooring.yaml": asked})
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert run(["-C", str(desk.folder), *named, "plan", "-o", "json=report.json"]) == 1
    trace = Path(json.loads((desk.folder / "report.json").read_text())["error"].split()[-1]).read_text()
    assert "top-s3cr3t" not in trace
    assert "[LF_PROD]" in trace


# --- signals ----------------------------------------------------------------------------------------------------------

SLOW = """\
import sys, time, threading
from mooring_memory import platform
from mooring.cli import main
here = platform("memory:///platform.json", ".")
append = here.append
def slowly(*args, **kwargs):
    print("writing", file=sys.stderr, flush=True)
    time.sleep(1)
    return append(*args, **kwargs)
here.append = slowly
main()
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_lets_a_sync_finish_the_write_in_hand(desk: "Desk", number: signal.Signals, code: int) -> None:
    for each in range(12):
        desk.prompt(f"p{each}", "Hello")
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-c", SLOW, "sync", "-o", "json"]
    with subprocess.Popen(
        command, cwd=desk.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "writing\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    report = json.loads(out)
    outcomes = [one["outcome"] for one in report["targets"][0]["addresses"]]
    assert "applied" in outcomes
    assert "skipped" in outcomes
    assert report["exit"]["code"] == code
    assert desk.type("sync").code == 0
    assert desk.report("drift")["summary"] == {"in_sync": 14}
    assert {len(desk.platform.versions(f"p{each}")) for each in range(12)} == {1}


WAITING = """\
import signal
import time
# A job in the background of a script starts with SIGINT ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
import mooring.cycle
def wait(run):
    print("waiting", flush=True)
    time.sleep(60)
mooring.cycle.plan = wait
from mooring.cli import main
main()
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_any_other_command(desk: "Desk", number: signal.Signals, code: int) -> None:
    command = [sys.executable, "-c", WAITING, "plan", "-o", "json=report.json"]
    started = time.monotonic()
    with subprocess.Popen(
        command, cwd=desk.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(number)
        _, err = process.communicate(timeout=50)
    assert process.returncode == code, err
    assert "Traceback" not in err
    assert time.monotonic() - started < 50
    assert json.loads((desk.folder / "report.json").read_text())["exit"]["code"] == code


# --- help -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
def test_help_teaches(desk: "Desk", name: str) -> None:
    ended = desk.type(name, "--help")
    assert ended.code == 0
    summary = next(section[name] for section in SECTIONS.values() if name in section)
    assert summary in ended.out
    assert re.search(rf"Examples:\n +mooring {name}", ended.out)


def test_mooring_alone_lists_the_commands_in_the_order_of_a_life(desk: "Desk") -> None:
    ended = desk.type()
    assert ended.code == 0
    places = [ended.out.index(f"\n  {name} ") for name in COMMANDS]
    assert places == sorted(places)


def test_the_version_is_said(desk: "Desk") -> None:
    from mooring import __version__

    assert desk.type("--version").out == f"mooring {__version__}\n"


def test_the_reference_is_what_the_commands_say() -> None:
    from mooring.cli.reference import reference

    page = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"
    assert page.read_text(encoding="utf-8") == reference(), "Run: python -m mooring.cli.reference docs/reference/cli.md"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_is_a_command_line_that_is_understood(desk: "Desk", name: str) -> None:
    import click

    from mooring.cli import cli
    from mooring.cli.reference import examples

    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    for words in examples(command):
        with click.Context(command, info_name=name) as context:
            command.parse_args(context, list(words))
