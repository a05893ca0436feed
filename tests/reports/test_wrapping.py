"""A long line breaks at spaces, and nothing but those is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.clean import width
from mooring.reports.page import Span, Style
from mooring.reports.wrapping import wrapped


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("one two three", 20, ["one two three"]),
        ("one two three", 8, ["one two ", "three"]),
        ("one two three", 7, ["one two", "three"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("字字字字", 5, ["字字", "字字"]),
        ("", 5, [""]),
        ("a" * 4 + " b", 4, ["aaaa", "b"]),
    ],
)
def test_lines_break_at_spaces(text: str, columns: int, lines: list[str]) -> None:
    assert ["".join(one.text for one in line) for line in wrapped([Span(text)], columns)] == lines


def test_styles_go_on_below() -> None:
    spans = [Span("one ", Style.BAD), Span("two three", Style.REMOVED)]
    assert list(wrapped(spans, 8)) == [
        (Span("one ", Style.BAD), Span("two ", Style.REMOVED)),
        (Span("three", Style.REMOVED),),
    ]


@given(st.lists(st.text("ab字 \t").map(Span), max_size=4), st.integers(2, 12))
def test_no_word_is_lost_and_no_line_is_too_long(spans: list[Span], columns: int) -> None:
    lines = ["".join(one.text for one in line) for line in wrapped(spans, columns)]
    assert all(width(line) <= columns for line in lines)
    assert "".join("".join(lines).split()) == "".join("".join(span.text for span in spans).split())
