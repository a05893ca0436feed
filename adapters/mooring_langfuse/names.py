"""Which names and labels does Langfuse take as they are?"""

import re
from collections.abc import Iterator

from mooring.ports import Objection
from mooring_langfuse.api import LATEST

MAX_NAME = 255
"""Characters. Langfuse's own rule where it has one (in MCP); its database fails at 2,704 bytes."""

_LABEL = re.compile(r"[a-z0-9_\-.]{1,36}")
_TRIMMED = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What String.prototype.trim takes off in JavaScript."""

_RESERVED = frozenset({"new", "metrics", "prompt-detail"})
_BREAKS = re.compile("[\n\r\u2028\u2029]")
_TAG = re.compile(r"<[^>]*>", re.DOTALL)
_UNSTORED = re.compile("[\0\ud800-\udfff]")

UNREACHABLE = frozenset({".", ".."})
"""Names that can be made and that no path leads to: no app is ever served such a prompt."""


def is_impossible(prompt: str) -> bool:
    """Tell whether no prompt can have a name, because its database keeps no such text; it is not to be asked for."""
    return not prompt or _UNSTORED.search(prompt) is not None


def stored_name(prompt: str) -> str:
    """Give a name as Langfuse keeps it."""
    return prompt.strip(_TRIMMED)


def name_objections(prompt: str) -> Iterator[Objection]:
    """Say why Langfuse would refuse a name, or keep another one in its place."""
    reason = _name_reason(prompt)
    if reason is not None:
        yield Objection(
            "name", f"{prompt[:80]!r} is not a name for Langfuse: {reason}", "Map it with `rename:` in the target."
        )


def label_objections(label: str) -> Iterator[Objection]:
    """Say why a label cannot be managed. Langfuse checks labels when a version is created, and not when one moves."""
    if label == LATEST:
        reason = "Langfuse itself moves the label latest to every new version"
        yield Objection("label", reason, "Map another one in the target's `labels:`.")
    elif not _LABEL.fullmatch(label):
        reason = f"{label[:80]!r} is not a label for Langfuse, which takes 1 to 36 of the letters a to z, digits, _ . -"
        yield Objection("label", reason, "Map it to another one in the target's `labels:`.")


def _name_reason(prompt: str) -> str | None:
    reasons = (
        (not prompt, "it is empty"),
        (prompt != stored_name(prompt), "white space at its ends is taken off"),
        (prompt.startswith("/") or prompt.endswith("/") or "//" in prompt, "a folder in it has no name"),
        ("|" in prompt, "it holds a |"),
        (_BREAKS.search(prompt), "it holds a line break"),
        (_UNSTORED.search(prompt), "it holds a NUL character or half a surrogate pair"),
        (_TAG.search(prompt), "it holds what looks like an HTML tag"),
        (prompt in _RESERVED, "it is the name of a page of Langfuse"),
        (prompt in UNREACHABLE, "no request can reach a prompt of this name"),
        (len(prompt.encode("utf-16-le", "surrogatepass")) // 2 > MAX_NAME, f"it is longer than {MAX_NAME} characters"),
    )
    return next((reason for found, reason in reasons if found), None)
