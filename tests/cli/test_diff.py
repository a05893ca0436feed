"""`mooring diff` says what a difference means, word by word, on a terminal, on a pipe, in a review and to a program."""

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from mooring.reports.schema import report_schema

if TYPE_CHECKING:
    from .conftest import Desk


def test_a_pipe_says_what_it_means_and_shows_the_words(synced: "Desk") -> None:
    synced.edit("greet", "Hello dear {{who}}")
    out = synced.type("diff", "greet").out
    assert "breaking: 1 variable gone, 1 variable new; behaviour: text" in out
    assert "breaking   callers must now fill in {{who}}" in out
    assert "| ~ Hello {+dear +}{{[-name-]{+who+}}}" in out


def test_a_review_has_a_list_first(synced: "Desk") -> None:
    synced.edit("greet", "Hello dear friend")
    out = synced.type("diff", "greet", "-o", "md").out
    assert out.index("- **breaking**: variable `{{name}}` is gone") < out.index("```diff")


def test_a_program_gets_the_meaning_and_no_text(synced: "Desk") -> None:
    synced.edit("greet", "Hello confidential {{name}}")
    report = synced.report("diff", "greet")
    jsonschema.validate(report, report_schema())
    (address,) = report["targets"][0]["addresses"]
    (told,) = address["meaning"]
    assert told["side"] == "platform"
    assert told["remarks"] == [{"impact": "behaviour", "text": "the text changed"}]
    assert {one["unit"].partition(" ")[0] for one in told["size"]} <= {"tokens", "characters", "words"}
    assert "confidential" not in str(report)


def test_a_reviewer_is_not_fooled(synced: "Desk") -> None:
    synced.edit("greet", "Hello {{name}}\u202e\u200b")
    for form in ("text", "md"):
        out = synced.type("diff", "greet", "-o", form).out
        assert "⟨U+202E⟩⟨U+200B⟩" in out
        assert "\u202e" not in out


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of Unix")
@pytest.mark.parametrize(("terminal", "marked"), [("xterm-256color", "\x1b[1;7;32mdear "), ("dumb", "{+dear +}")])
def test_a_terminal_marks_words_as_it_can(synced: "Desk", terminal: str, marked: str) -> None:
    synced.edit("greet", "Hello dear {{name}}")
    assert marked in on_a_terminal(synced.folder, terminal)


def on_a_terminal(folder: Path, terminal: str) -> str:
    """Run the command with a terminal of its own, and give what it showed there."""
    import pty  # there is none on Windows

    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLORTERM", "CI"}}
    words = [sys.executable, "-m", "mooring", "-C", str(folder), "diff", "greet"]
    with subprocess.Popen(
        words, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL, env={**environment, "TERM": terminal}
    ):
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 65536):
                shown += piece
        except OSError:
            pass  # Linux says so when nobody holds the other end any more
        finally:
            os.close(ours)
    return shown.decode()
