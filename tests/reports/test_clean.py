"""No string of a stranger does anything where it is shown."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring import clean

HOSTILE = (
    st.text(st.sampled_from("a`|<>@#:[]*_~$\\\n\r\t \x1b\x07\x9b\u202e\u2066\u200b\ufeff\ud800" + "é字👍🏽"))
    | st.text()
)


def parsed(markdown: str) -> str:
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name", "plain name"),
        ("two\nlines\t of  it ", "two lines of it"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("right\u202eleft", "right\\u202eleft"),
        ("\x9b31m", "\\x9b31m"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("family 👩‍👧", "family 👩‍👧"),
        ("\U000e0041tag", "\\U000e0041tag"),
        ("[bold]no markup[/bold]", "[bold]no markup[/bold]"),
    ],
)
def test_a_line_shows_what_cannot_be_seen(text: str, shown: str) -> None:
    assert clean.line(text) == shown


def test_a_name_hides_no_odd_space() -> None:
    assert clean.name("a\nb\u00a0c \t") == "a\\nb\u00a0c \\t"


def test_a_body_keeps_lines_and_tabs() -> None:
    assert clean.body("a\tb\n\x1bc\n") == ["a\tb", "⟨U+001B⟩c", ""]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("admin\u202e \u2066// check\u2069", "admin⟨U+202E⟩ ⟨U+2066⟩// check⟨U+2069⟩"),
        ("a\u200bb\u200cc", "a⟨U+200B⟩b⟨U+200C⟩c"),
        ("do\U000e0068\U000e0069", "do⟨U+E0068⟩⟨U+E0069⟩"),
        ("👩\u200d👧 می\u200cخواهم ❤\ufe0f", "👩\u200d👧 می\u200cخواهم ❤\ufe0f"),
        ("x\ufe0f\ufe0f", "x⟨U+FE0F⟩⟨U+FE0F⟩"),
    ],
)
def test_a_body_shows_what_nobody_sees_and_leaves_what_scripts_need(text: str, shown: str) -> None:
    assert clean.body(text) == [shown]


def test_a_name_hides_nothing_where_no_script_needs_it() -> None:
    assert clean.name("prod\u200c\ufe0f\u3164") == "prod\\u200c\\ufe0f\\u3164"


@given(HOSTILE)
def test_a_line_is_one_line_without_control_characters(text: str) -> None:
    shown = clean.line(text)
    hidden = [one for one in shown if unicodedata.category(one) in {"Cc", "Cs", "Zl", "Zp"}]
    assert not hidden
    shown.encode("utf-8")


@pytest.mark.parametrize("text", ["::error::gone", "  ::set-output name=x::y", "see ##[error]gone", "##[group]"])
@pytest.mark.parametrize("how", [clean.line, clean.name, lambda text: "\n".join(clean.body(text))])
def test_nothing_is_a_command_to_a_ci_runner(text: str, how: object) -> None:
    assert callable(how)
    shown = how(text)
    assert not shown.strip().startswith("::")
    assert "##[" not in shown


@given(HOSTILE)
def test_a_code_span_cannot_be_left(text: str) -> None:
    html = parsed(f"before {clean.code_span('x' + text)} after")
    assert re.fullmatch(r"<p>before <code>[^<]*</code> after</p>\n", html), html


@given(HOSTILE)
def test_a_code_span_stays_in_its_table_cell(text: str) -> None:
    html = parsed(f"| a | b |\n|-|-|\n| {clean.code_span('x' + text)} | end |\n")
    assert re.search(r"<td><code>[^<]*</code></td>\n<td>end</td>", html), html


@given(HOSTILE)
def test_prose_has_no_markup(text: str) -> None:
    html = parsed(f"| a | b |\n|-|-|\n| x {clean.prose(text)} | end |\n")
    assert re.search(r"<td>x[^<]*</td>\n<td>end</td>", html), html


@pytest.mark.parametrize(
    "text", ["@everyone", "see #12", "GH-7", "https://evil.example", "www.evil.example", "a@b.example"]
)
def test_prose_mentions_and_links_nothing(text: str) -> None:
    html = parsed(clean.prose(text)).replace("\u200b", "·")
    assert re.search(r"(@|#|GH-|:/|www)·", html), html


@given(st.lists(HOSTILE.map(lambda text: "".join(clean.body(text)))))
def test_a_fence_is_closed_by_nothing_inside(lines: list[str]) -> None:
    html = parsed("\n".join([*clean.fenced(lines), "", "after"]))
    assert html.endswith("</code></pre>\n<p>after</p>\n"), html


def test_widths_are_those_of_a_terminal() -> None:
    assert [clean.width(text) for text in ("abc", "漢字", "e\u0301", "")] == [3, 4, 1, 0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Adopt it: https://github.com/a/b/pull/12", "Adopt it: <https://github.com/a/b/pull/12>"),
        ("Nothing there", "Nothing there"),
        ("See https://x.example/<b> now", clean.prose("See https://x.example/<b> now")),
        ("@ann https://x.example/ok", f"{clean.prose('@ann')} <https://x.example/ok>"),
    ],
)
def test_an_address_at_the_end_stays_a_link(text: str, expected: str) -> None:
    assert clean.linked(text) == expected
