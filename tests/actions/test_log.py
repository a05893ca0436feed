"""What a step prints is a command, a line, or a secret."""

from pathlib import Path

import pytest

from mooring.testing.actions.command_files import CommandFiles, parse_pairs
from mooring.testing.actions.invalid import StepFailed
from mooring.testing.actions.log import Annotation, Command, Level, Masks, StepLog, parse_command


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("::error::broken", Command("error", {}, "broken")),
        ("  ::warning file=a.yaml,line=3::x", Command("warning", {"file": "a.yaml", "line": "3"}, "x")),
        ("::notice title=A%3A b%2C c::one%0Atwo %25", Command("notice", {"title": "A: b, c"}, "one\ntwo %")),
        ("::error file=,line=::x", Command("error", {}, "x")),
        ("::add-mask::s::t", Command("add-mask", {}, "s::t")),
        ("see ##[error]old%0Aform", Command("error", {}, "old\nform")),
        ("##[warning file=a;line=2]x", Command("warning", {"file": "a", "line": "2"}, "x")),
        ("::unknown::x", None),
        ("text ::error::x", None),
        ("::error", None),
        ("##[nonsense]x", None),
        ("a line", None),
        ("%3A%3Aerror::x", None),
    ],
)
def test_a_line_is_a_command(line: str, command: Command | None) -> None:
    assert parse_command(line) == command


def shown(*lines: str) -> StepLog:
    log = StepLog(Masks({"s3cret"}))
    for line in lines:
        log.printed(line)
    return log


def test_secrets_are_hidden_and_kept_raw() -> None:
    log = shown("my s3cret", "::add-mask::other", "other s3cret", "::error::an s3cret")
    assert log.shown == ["my ***", "::add-mask::***", "*** ***", "##[error]an ***"]
    assert log.raw[0] == "my s3cret"
    assert log.annotations == [Annotation(Level.ERROR, "an ***")]


def test_every_line_of_a_secret_is_hidden() -> None:
    masks = Masks()
    masks.add("first\nsecond\n\n")
    assert masks.hide("a second first") == "a *** ***"
    assert masks.hold("first")
    assert not masks.hold("third")


def test_stopped_commands_are_lines_until_their_token() -> None:
    log = shown("::stop-commands::t0ken", "::error::not one", "##[error]nor this", "::t0ken::", "::error::one")
    assert [note.message for note in log.annotations] == ["one"]
    assert log.shown[1:3] == ["::error::not one", "##[error]nor this"]


def test_a_level_has_ten_annotations_of_a_step() -> None:
    log = shown(*(f"::error::{n}" for n in range(12)), "::warning::x")
    assert [note.message for note in log.annotations] == [*(str(n) for n in range(10)), "x"]
    assert "##[error]11" in log.shown


def test_commands_that_github_took_away_break_the_step() -> None:
    assert len(shown("::set-env name=A::b", "::add-path::/x").broken) == 2
    assert shown("::set-output name=a::b").outputs == {"a": "b"}


@pytest.mark.parametrize(
    ("written", "pairs"),
    [
        ("", {}),
        ("a=1\nb=x=y\n\nc=\n", {"a": "1", "b": "x=y", "c": ""}),
        ("a<<EOF\none\ntwo\nEOF\nb=2\n", {"a": "one\ntwo", "b": "2"}),
        ("a<<EOF\nEOF\n", {"a": ""}),
        ("a<<EOF\n\nEOF", {"a": ""}),
        ("a=<<EOF\n", {"a": "<<EOF"}),
        ("a<<=\nx\n=\n", {"a": "x"}),
        ("a=1\na=2\n", {"a": "2"}),
        ("a=tail without end", {"a": "tail without end"}),
    ],
)
def test_pairs(written: str, pairs: dict[str, str]) -> None:
    assert parse_pairs(written, "GITHUB_OUTPUT") == pairs


@pytest.mark.parametrize("written", ["nothing\n", "=x\n", "<<EOF\nx\nEOF\n", "a<<\nx\n", "a<<EOF\nx\n"])
def test_pairs_that_fail_the_step(written: str) -> None:
    with pytest.raises(StepFailed):
        parse_pairs(written, "GITHUB_OUTPUT")


def test_a_file_that_was_taken_away_is_empty(tmp_path: Path) -> None:
    files = CommandFiles(tmp_path / "files")
    for place in files.prepare().values():
        Path(place).unlink()
    assert (files.pairs("GITHUB_ENV"), files.paths(), files.text("GITHUB_STEP_SUMMARY")) == ({}, [], "")
