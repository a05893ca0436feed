"""What stands in a version's commit message: for people in one line, and where it came from in lines below?

prompts/support_agent/v2.yaml at 4b825dc642cb (Mooring)

Mooring-Id: acme-support
Mooring-Commit: 4b825dc642cb6eb9a060e54bf8d69288fbee4904
…
"""

import re

from mooring.core.address import ContentHash
from mooring.ports import Provenance

MAX_MESSAGE = 500
"""UTF-16 units: Langfuse counts as JavaScript does."""

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SIGNED = re.compile(
    r"[^\n]*\n\nMooring-Id: ([^\n]+)\nMooring-Commit: ([^\n]*)\nMooring-Path: ([^\n]*)\nMooring-Author: ([^\n]*)"
    r"\nMooring-Hash: (sha256:[0-9a-f]{64})"
)


def write(provenance: Provenance) -> str | None:
    """Give the message; None where even the id, commit and hash alone are too long for Langfuse.

    What does not fit is cut and ends in `…`: first the line for people, then the author, then the path.
    """
    given, commit, path, author = map(_line, (provenance.id, provenance.commit, provenance.path, provenance.author))
    subject = f"{path} at {commit[:12]} (Mooring)"
    for part in ("subject", "author", "path"):
        over = _units(_whole(subject, given, commit, path, author, provenance.hash)) - MAX_MESSAGE
        if over <= 0:
            break
        match part:
            case "subject":
                subject = _cut(subject, over)
            case "author":
                author = _cut(author, over)
            case _:
                path = _cut(path, over)
    message = _whole(subject, given, commit, path, author, provenance.hash)
    return message if _units(message) <= MAX_MESSAGE else None


def read(message: object) -> Provenance | None:
    """Read where a version came from; None unless the message is whole, as one of ours is."""
    found = _SIGNED.fullmatch(message) if isinstance(message, str) else None
    if found is None:
        return None
    given, commit, path, author, digest = found.groups()
    return Provenance(given, commit, path, author, ContentHash(digest))


def _whole(subject: str, given: str, commit: str, path: str, author: str, digest: ContentHash) -> str:
    trailers = {"Id": given, "Commit": commit, "Path": path, "Author": author, "Hash": digest}
    return f"{subject}\n\n" + "\n".join(f"Mooring-{key}: {value}" for key, value in trailers.items())


def _line(text: str) -> str:
    """Make one line of a text, so that nobody's name can forge a trailer; Langfuse fails on NUL and surrogates."""
    return _CONTROLS.sub(" ", text)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str, over: int) -> str:
    """Take so many units off a text's end, and what the ellipsis needs; it may be no more than that then."""
    kept, left = [], _units(text) - over - 1
    for character in text:
        left -= _units(character)
        if left < 0:
            break
        kept.append(character)
    return "".join(kept) + "…"
