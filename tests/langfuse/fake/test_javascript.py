"""Are numbers, lengths and JSON those of JavaScript?"""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.core.artifact import Json
from mooring.testing.langfuse import javascript
from mooring.testing.langfuse.answers import etag

# What node prints for `String(x)`.
NUMBERS = [
    (0.0, "0"),
    (-0.0, "0"),
    (1.0, "1"),
    (-1.5, "-1.5"),
    (100.0, "100"),
    (0.1 + 0.2, "0.30000000000000004"),
    (1e-6, "0.000001"),
    (1.5e-6, "0.0000015"),
    (1e-7, "1e-7"),
    (1.5e-7, "1.5e-7"),
    (2.0**60, "1152921504606847000"),
    (123456789012345680000.0, "123456789012345680000"),
    (1e21, "1e+21"),
    (1.5e300, "1.5e+300"),
    (5e-324, "5e-324"),
    (1.7976931348623157e308, "1.7976931348623157e+308"),
    (math.inf, "Infinity"),
    (-math.inf, "-Infinity"),
    (math.nan, "NaN"),
]


@pytest.mark.parametrize(("value", "text"), NUMBERS)
def test_numbers_are_written_as_javascript_writes_them(value: float, text: str) -> None:
    assert javascript.number_text(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_that_was_written_is_read_again(value: float) -> None:
    assert float(javascript.number_text(value)) == value
    assert javascript.number(javascript.number_text(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", 0),
        (" \ufeff7\n", 7),
        ("0x1F", 31),
        ("1e3", 1000),
        (".5", 0.5),
        ("5.", 5),
        ("+1", 1),
        ("-Infinity", -math.inf),
    ],
)
def test_texts_are_numbers_where_javascript_says_so(text: str, value: float) -> None:
    assert javascript.number(text) == value


@pytest.mark.parametrize("text", ["abc", "1_000", "1,5", "١", "0b", "inf", "nan", "1e", ".", "--1"])
def test_other_texts_are_no_numbers(text: str) -> None:
    assert math.isnan(javascript.number(text))


@pytest.mark.parametrize("text", ["", "{", "NaN", "[1,]", "{'a':1}", '"\n"', "01", "1 2", "Infinity", "undefined"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(javascript.InvalidJson):
        javascript.parse(text)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_json_comes_back(value: Json) -> None:
    written = javascript.stringify(value)
    read = javascript.parse(written)

    assert javascript.stringify(javascript.parse(javascript.stringify(read))) == javascript.stringify(read)
    if "__proto__" not in written:
        assert read == value


@pytest.mark.parametrize("form", ["[{}]", '{{"a":{}}}'])
def test_what_is_nested_too_deep_is_told_apart_from_what_is_no_json(form: str) -> None:
    begin, end = form.split("{}") if form == "[{}]" else ('{"a":', "}")

    def nested(depth: int) -> str:
        return begin * depth + "1" + end * depth

    assert javascript.stringify(javascript.parse(nested(javascript.DEEPEST // 2))) == nested(javascript.DEEPEST // 2)
    with pytest.raises(javascript.TooDeep):
        javascript.parse(nested(3000))


def test_brackets_in_a_text_nest_nothing() -> None:
    text = "[" * 2000

    assert javascript.parse(javascript.stringify([text, '"' + text])) == [text, '"' + text]


def test_lengths_count_utf16_units() -> None:
    assert [javascript.length(text) for text in ("", "é", "😀", "a😀b")] == [0, 1, 2, 4]


def test_lone_surrogates_are_escaped_where_they_must_be_sent() -> None:
    assert javascript.escape_surrogates('"\ud800 é 😀"') == '"\\ud800 é 😀"'


def test_an_etag_is_the_servers_own() -> None:
    assert etag('{"message":"No authorization header","error":"UnauthorizedError"}') == '"kjqe95741z1t"'
