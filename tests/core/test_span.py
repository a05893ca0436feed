"""Spans of time as people write them."""

import pytest

from mooring.core.span import seconds


@pytest.mark.parametrize(
    ("text", "expected"), [("90s", 90.0), ("15m", 900.0), ("4h", 14400.0), ("7d", 604800.0), ("2w", 1209600.0)]
)
def test_a_span_is_so_many_seconds(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "15", "m", "1.5h", "15 m", "-1d", "1y", "15m\n"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="span"):
        seconds(text)
