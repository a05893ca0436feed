"""The difference shows who moved, and what, with contents that can do nothing."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from mooring.compare import Compared
from mooring.core.artifact import Artifact, Message, Opaque, Placeholder
from mooring.core.meaning import Gauge
from mooring.core.report import AddressReport, Report, TargetReport
from mooring.reports import difference, json, text
from mooring.reports.difference import Contrast

Make = Callable[..., AddressReport]
OLD = Artifact((Message("system", "You help {{name}}.\nBe kind.\n"),), {"temperature": 0.3})
NEW = Artifact((Message("system", "You help {{name}} a lot.\nBe kind.\n"),), {"temperature": 0.7})
EVIL = Artifact("fine\n::error::x\n\x1b[31m````\n</td>@all")


def shown(*compared: Compared) -> str:
    return text.plain(difference.page(compared, None, Contrast.SIGNS))


def painted(*compared: Compared) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100, legacy_windows=False)
    text.paint(difference.page(compared, None, Contrast.COLOURS, console.width), console)
    return out.getvalue()


def test_an_edit_on_the_platform_is_told_as_such(row: Make) -> None:
    page = shown(Compared(row(live="x").row, OLD, OLD, NEW))
    assert "The platform changed it since both sides last agreed" in page
    assert "Git changed it" not in page
    assert "changed (behaviour)  /messages/0/content" in page
    assert "| ~ You help {{name}}{+ a lot+}.\n    |   Be kind." in page
    assert "| - 0.3\n    | + 0.7" in page


def test_a_change_in_git_is_told_as_such(row: Make) -> None:
    page = shown(Compared(row(git="v2").row, NEW, OLD, OLD))
    assert "Git changed it since both sides last agreed" in page
    assert "The platform changed" not in page
    assert "| ~ You help {{name}}{+ a lot+}." in page


def test_a_conflict_shows_both(row: Make) -> None:
    page = shown(Compared(row(git="v2", live="x").row, NEW, OLD, Artifact("other")))
    assert page.index("Git changed it") < page.index("The platform changed it")


def test_without_a_base_live_is_compared_with_git(row: Make) -> None:
    page = shown(Compared(row(base=None, live="x").row, NEW, None, OLD))
    assert "From what is live to what Git wants" in page
    assert "| ~ You help {{name}}{+ a lot+}." in page


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


def test_what_it_means_comes_first_in_one_sentence_and_then_in_many(row: Make) -> None:
    new = Artifact((Message("system", "You help.\nBe kind.\n"),), {"temperature": 0.7})
    page = shown(Compared(row(live="x").row, OLD, OLD, new))
    assert page.index("breaking: 1 variable gone; behaviour: text, temperature 0.3 → 0.7; -9 characters\n") > 0
    assert "    breaking   variable {{name}} is gone\n    behaviour  the text of message 1 (system) changed\n" in page
    assert "    size       28 → 19 characters, 5 → 4 words\n" in page


def test_sizes_are_told_in_tokens_where_there_is_a_tokenizer(row: Make) -> None:
    gauge = Gauge("letters", lambda one: sum(map(str.isalpha, one)))
    compared = [Compared(row(live="x").row, OLD, OLD, NEW)]
    assert "; +4 tokens\n    size       17 → 21 tokens (letters)\n" in text.plain(
        difference.page(compared, gauge, Contrast.SIGNS)
    )
    assert "- size: 17 → 21 tokens (letters)" in difference.markdown(compared, gauge)


def test_a_pipe_shows_words_by_signs_and_a_line_that_holds_such_signs_whole(row: Make) -> None:
    old = Artifact("Keep it short, please.\nUse [-x-] for what was struck out.")
    new = Artifact("Keep it very short.\nUse [-y-] for what was struck out.")
    page = shown(Compared(row(live="x").row, old, old, new))
    assert "| ~ Keep it {+very +}short[-, please-].\n" in page
    assert "| - Use [-x-] for what was struck out.\n    | + Use [-y-] for what was struck out.\n" in page


def test_a_terminal_marks_the_words_that_differ(row: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    page = painted(Compared(row(live="x").row, OLD, OLD, NEW))
    assert re.search(r"\x1b\[1;7;32m a lot\x1b\[0m", page)
    assert "{+" not in page


def test_a_line_that_is_too_long_goes_on_behind_the_bar(row: Make) -> None:
    old = Artifact("Start. " + "So it goes on and on. " * 20 + "::error::x")
    page = re.sub(r"\x1b\[[\d;]*m", "", painted(Compared(row(live="x").row, old, old, Artifact(f"Else. {old.body}"))))
    told = page[page.index("| - Start.") :].splitlines()
    assert len(told) > 8
    assert all(line.lstrip().startswith("|") and len(line.rstrip()) < 100 for line in told)


def test_a_review_lists_the_meaning_and_shows_words_in_fences(row: Make) -> None:
    page = difference.markdown([Compared(row(live="x").row, OLD, OLD, NEW)], None)
    assert (
        "- **behaviour**: the text of message `1 (system)` changed\n- **behaviour**: `temperature` `0.3` → `0.7`\n"
        in page
    )
    assert "```diff\n- You help {{name}}.\n+ You help {{name}}{+ a lot+}.\n  Be kind.\n```" in page


def test_what_nobody_sees_shows_in_every_form(row: Make) -> None:
    new = Artifact("You may\u202e not\u202c refund\U000e0041.")
    compared = Compared(row(live="x").row, Artifact("You may refund."), Artifact("You may refund."), new)
    for page in (
        shown(compared),
        difference.markdown([compared], None),
        re.sub(r"\x1b\[[\d;]*m", "", painted(compared)),
    ):
        assert "⟨U+202E⟩ not⟨U+202C⟩" in page
        assert "⟨U+E0041⟩" in page
        assert not re.search("[\u202e\u202c\U000e0041]", page)


def test_messages_are_shown_as_people_write_them(row: Make) -> None:
    chat = Artifact((Message("system", "Be kind.\n\nBe short."), Placeholder("past")), {"model": "a"})
    page = shown(Compared(row(base=None, live=None).row, chat, None, None))
    assert "| + system:\n    | +   Be kind.\n    | +\n    | +   Be short.\n    | + placeholder: past\n" in page
    assert '| + config: {\n    | +   "model": "a"\n    | + }\n' in page
    longer = Artifact((*chat.body, Message("user", "Hi\nyou")), chat.config)
    assert "added (behaviour)  /messages/2\n    | + user:\n    | +   Hi\n" in shown(
        Compared(row(live="x").row, chat, chat, longer)
    )


def test_a_form_of_the_platforms_own_is_shown_as_it_is(row: Make) -> None:
    page = shown(Compared(row(live="x").row, OLD, OLD, Opaque({"type": "image"}, "an image")))
    assert '| +   "type": "image"' in page
    assert "behaviour: another form of content" in page
    assert '"type": "image"' in shown(Compared(row(base=None, live="x").row, None, None, Opaque({"type": "image"}, "")))


def test_a_program_gets_the_meaning_without_a_text_of_a_prompt(row: Make) -> None:
    told = row(live="x")
    report = Report("diff", "run", "c" * 40, (TargetReport("local", "memory", (told, row("calm"))),))
    added: Any = difference.with_meaning(json.document(report), [Compared(told.row, OLD, OLD, NEW)], None)
    first, second = added["targets"][0]["addresses"]
    assert first["meaning"] == [
        {
            "side": "platform",
            "remarks": [
                {"impact": "behaviour", "text": "the text of message 1 (system) changed"},
                {"impact": "behaviour", "text": "temperature 0.3 → 0.7"},
            ],
            "size": [{"unit": "characters", "old": 28, "new": 34}, {"unit": "words", "old": 5, "new": 7}],
        }
    ]
    assert second["meaning"] == []


def test_hostile_contents_do_nothing(row: Make) -> None:
    compared = Compared(row(live="x", author="@all\x1b").row, OLD, Artifact("fine\n"), EVIL)
    for page in (shown(compared), difference.markdown([compared], None)):
        assert "\x1b" not in page
        assert not any(line.strip().startswith("::") for line in page.splitlines())


def test_markdown_fences_outlast_the_content(row: Make) -> None:
    page = difference.markdown([Compared(row(live="x").row, EVIL, None, None)], None)
    assert "`````diff\n+ fine" in page
    assert page.rstrip().endswith("`````")
