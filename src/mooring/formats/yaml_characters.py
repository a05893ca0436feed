"""Which characters of a YAML file are refused, and which does a YAML 1.1 parser read otherwise than YAML 1.2?"""

import re
from collections.abc import Iterator

from mooring.formats.parsed import Flaw

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_ODD = "\x85\u2028\u2029\ufeff"
"""Line ends to YAML 1.1 and plain characters to YAML 1.2; and a byte order mark that is not at the start."""
_PRIVATE_USE = range(0xE000, 0xF900)
_MANY = 20
"""No file lists more unprintable characters than this."""


def unprintable(text: str) -> Iterator[Flaw]:
    """Name the characters that no YAML may hold."""
    for count, found in enumerate(_UNPRINTABLE.finditer(text)):
        if count == _MANY:
            return
        line = text.count("\n", 0, found.start()) + 1
        shown = f"U+{ord(found.group()):04X}"
        yield Flaw(line, f"the control character {shown} may not stand in YAML", "Take it out.")


def stand_ins(text: str) -> tuple[dict[int, int], dict[int, int]]:
    """Give characters that are not in the text for those that YAML 1.1 would read otherwise, and the way back."""
    odd = [char for char in _ODD if char in text]
    if not odd:
        return {}, {}
    free = (code for code in _PRIVATE_USE if chr(code) not in text)
    there = {ord(char): code for char, code in zip(odd, free, strict=False)}
    return there, {code: char for char, code in there.items()}
