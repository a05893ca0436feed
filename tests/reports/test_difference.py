"""The difference shows who moved, and what, with contents that can do nothing."""

import io
import re
from collections.abc import Callable

import pytest
from rich.console import Console

from mooring.compare import Compared
from mooring.core.artifact import Artifact, Message
from mooring.core.difference import differences
from mooring.core.report import AddressReport
from mooring.reports import difference, text

Make = Callable[..., AddressReport]
OLD = Artifact((Message("system", "You help {{name}}.\nBe kind.\n"),), {"temperature": 0.3})
NEW = Artifact((Message("system", "You help {{name}} a lot.\nBe kind.\n"),), {"temperature": 0.7})
EVIL = Artifact("fine\n::error::x\n\x1b[31m````\n</td>@all")


def shown(*compared: Compared) -> str:
    return text.plain(difference.page(compared))


def test_an_edit_on_the_platform_is_told_as_such(row: Make) -> None:
    page = shown(Compared(row(live="x").row, OLD, OLD, NEW))
    assert "The platform changed it since both sides last agreed" in page
    assert "Git changed it" not in page
    assert "changed (behaviour)  /messages/0/content" in page
    assert "| - You help {{name}}.\n    | + You help {{name}} a lot.\n    |   Be kind." in page
    assert "| - 0.3\n    | + 0.7" in page


def test_a_change_in_git_is_told_as_such(row: Make) -> None:
    page = shown(Compared(row(git="v2").row, NEW, OLD, OLD))
    assert "Git changed it since both sides last agreed" in page
    assert "The platform changed" not in page
    assert "| - You help {{name}}.\n    | + You help {{name}} a lot." in page


def test_a_conflict_shows_both(row: Make) -> None:
    page = shown(Compared(row(git="v2", live="x").row, NEW, OLD, Artifact("other")))
    assert page.index("Git changed it") < page.index("The platform changed it")


def test_without_a_base_live_is_compared_with_git(row: Make) -> None:
    page = shown(Compared(row(base=None, live="x").row, NEW, None, OLD))
    assert "From what is live to what Git wants" in page
    assert "| - You help {{name}}.\n    | + You help {{name}} a lot." in page


def test_a_new_prompt_is_shown_whole(row: Make) -> None:
    page = shown(Compared(row(base=None, live=None).row, Artifact("Hello\nyou\n"), None, None))
    assert "added (behaviour)  the whole content\n    | + Hello\n    | + you\n" in page


def test_a_prompt_that_is_gone_is_shown_whole(row: Make) -> None:
    page = shown(Compared(row(live=None).row, OLD, OLD, None))
    assert "removed (breaking)  the whole content" in page
    assert "You help" in page


def test_no_difference_is_one_sentence(row: Make) -> None:
    assert "No difference in content." in shown(Compared(row().row, OLD, OLD, OLD))


def test_silence_of_the_platform_is_no_difference(row: Make) -> None:
    page = shown(Compared(row(answered=False).row, OLD, OLD, None))
    assert "The platform did not answer" in page
    assert "removed" not in page


def test_carried_fields_that_live_says_nothing_about_are_no_difference(row: Make) -> None:
    bare = Artifact(OLD.body)
    assert "No difference" in shown(Compared(row(live="x").row, OLD, OLD, bare, frozenset({"temperature"})))


def test_spaces_at_line_ends_are_in_sight(row: Make) -> None:
    page = shown(Compared(row(live="x").row, Artifact("a\nb\n"), Artifact("a\nb\n"), Artifact("a  \nb")))
    assert "(cosmetic)" not in page
    assert "| + a··" in page
    assert "| + \\ no line end here" in page


def test_long_texts_show_the_surroundings_only() -> None:
    lines = [f"line {number}" for number in range(100)]
    changed = [*lines[:50], "another", *lines[51:90], "and another", *lines[91:]]
    (change,) = differences(Artifact("\n".join(lines)), Artifact("\n".join(changed)))
    found = list(difference.hunk(change))
    assert len(found) == 13
    assert found[2:4] == [("-", "line 50"), ("+", "another")]
    assert ("…", "") in found


def test_a_terminal_marks_the_words_that_differ(row: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100, legacy_windows=False)
    text.paint(difference.page([Compared(row(live="x").row, OLD, OLD, NEW)]), console)
    assert re.search(r"\x1b\[1;7;32m a lot\x1b\[0m", out.getvalue())


def test_hostile_contents_do_nothing(row: Make) -> None:
    compared = Compared(row(live="x", author="@all\x1b").row, OLD, Artifact("fine\n"), EVIL)
    for page in (shown(compared), difference.markdown([compared])):
        assert "\x1b" not in page
        assert not any(line.strip().startswith("::") for line in page.splitlines())


def test_markdown_fences_outlast_the_content(row: Make) -> None:
    page = difference.markdown([Compared(row(live="x").row, EVIL, None, None)])
    assert "`````diff\n+ fine" in page
    assert page.rstrip().endswith("`````")
