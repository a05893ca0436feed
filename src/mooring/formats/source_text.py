"""Which text do a file's bytes stand for?"""

from mooring.core.artifact import lf
from mooring.formats.parsed import Flaw

_LFS = b"version https://git-lfs.github.com/spec/"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def source_text(data: bytes, cap: int) -> str | Flaw:
    """Give a file's text with LF line ends and without a byte order mark, or why it has none. `cap` is in bytes."""
    if len(data) > cap:
        return Flaw(
            None,
            f"the file has {len(data):,} bytes, more than the {cap:,} that a file of its kind may have",
            "Split it, or keep data that is not a prompt elsewhere.",
        )
    if data.startswith(_LFS):
        return Flaw(
            1,
            "Git LFS keeps this file elsewhere, and only its pointer is in Git",
            "Take prompt files out of LFS: `git lfs untrack` its pattern, then add the file again.",
        )
    if data.startswith(_UTF16):
        return Flaw(1, "the file is UTF-16, not UTF-8", "Save it as UTF-8.")
    try:
        return lf(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Flaw(line, f"the byte 0x{data[error.start]:02x} is not UTF-8", "Save the file as UTF-8.")
