"""What does Postgres refuse to store? (10, 21)"""

import zlib
from collections.abc import Iterable, Mapping, Sequence

from mooring.core.artifact import Json
from mooring.testing.langfuse import javascript
from mooring.testing.langfuse.validation import Draft, Refused, broken

INDEX_ROW = 2704
"""Bytes that fit in a row of Postgres' index on project, name and version (21)."""


def check_draft(project: str, draft: Draft) -> None:
    """Refuse a version with NUL, a lone surrogate, or a name beyond the index."""
    check_texts([draft.name, *(draft.tags or ()), draft.commit_message or ""])
    texts = list(_texts(draft.prompt))
    if any("\0" in text for text in texts):
        raise broken("unsupported Unicode escape sequence")
    if any(javascript.has_lone_surrogate(text) for text in (*texts, *_texts(draft.config))):
        raise broken()
    size = _index_row(project, draft.name)
    if size > INDEX_ROW:
        raise broken(
            f"index row size {size} exceeds btree version 4 maximum {INDEX_ROW} "
            'for index "prompts_project_id_name_version_key"'
        )


def check_texts(texts: Sequence[str]) -> None:
    """Refuse what no text column holds."""
    if any("\0" in text for text in texts):
        raise bad_bytes()
    if any(javascript.has_lone_surrogate(text) for text in texts):
        raise broken()


def bad_bytes() -> Refused:
    """Give the 500 of a NUL in a text column or a parameter."""
    return broken('invalid byte sequence for encoding "UTF8": 0x00')


def _index_row(project: str, name: str) -> int:
    """Count an index row's bytes. A long name is compressed where that saves a quarter, by repetitions alone."""
    raw = name.encode()
    squeeze = zlib.compressobj(9, strategy=zlib.Z_FIXED)
    packed = len(squeeze.compress(raw) + squeeze.flush())
    held = packed if packed <= 0.75 * len(raw) else len(raw)
    head = _aligned(8 + 1 + len(project.encode()), 4)
    return _aligned(_aligned(head + 4 + held, 4) + 4, 8)


def _aligned(size: int, step: int) -> int:
    return -(-size // step) * step


def _texts(value: Json) -> Iterable[str]:
    """Give every text in a value, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield key
            yield from _texts(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from _texts(each)
