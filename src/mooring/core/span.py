"""How long is a span of time that people write: 90s, 15m, 4h, 7d, 2w?"""

import re

SPAN = r"^[0-9]{1,5}[smhdw]$"
"""The form of a span, as a pattern for schemas."""

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def seconds(text: str) -> float:
    """Give a span in seconds; raises ValueError for what is none."""
    if not re.fullmatch(SPAN, text):
        raise ValueError(f"{text!r} is no span of time")
    return int(text[:-1]) * _SECONDS[text[-1]]
