"""Which other prompts does Langfuse put into a text when it serves it?

`@@@langfusePrompt:name=N|label=L@@@` and `…|version=V@@@`, exactly so: anything else it leaves as text without a word,
or takes for another name. It looks for them in texts, contents and roles, and not in config.
"""

import re
from collections.abc import Iterator

from mooring.core.address import Ref
from mooring.core.artifact import Artifact, Placeholder
from mooring.ports import Objection, Reference

_OPENING = "@@@langfusePrompt:"
_TAG = re.compile(
    r"@@@langfusePrompt:name=([^|=\"\\\x00-\x1f]+)\|(?:label=([^|=\"\\\x00-\x1f]+?)|version=([1-9][0-9]{0,8}))@@@"
)


def references(artifact: Artifact) -> tuple[Reference, ...]:
    """Give every reference once, in the order in which they stand."""
    found: dict[Reference, None] = {}
    for _, text in _texts(artifact):
        for start in _openings(text):
            tag = _TAG.match(text, start)
            if tag is not None and "@@@" not in tag[1]:
                name, label, version = tag.groups()
                found[Reference(name, label, None if version is None else Ref(version))] = None
    return tuple(found)


def reference_objections(artifact: Artifact) -> Iterator[Objection]:
    """Say which references are none to Langfuse, or lead it elsewhere."""
    for field, text in _texts(artifact):
        for start in _openings(text):
            tag = _TAG.match(text, start)
            if tag is None or "@@@" in tag[1]:
                seen = text[start : start + 80].partition("\n")[0]
                reason = f"{seen!r} is no reference that Langfuse resolves; it would serve the tag itself, or refuse it"
                fix = "Write @@@langfusePrompt:name=NAME|label=LABEL@@@ or …|version=NUMBER@@@, without spaces around."
                yield Objection(field, reason, f'{fix} A name with = or " cannot be referred to.')


def _openings(text: str) -> Iterator[int]:
    start = text.find(_OPENING)
    while start >= 0:
        yield start
        start = text.find(_OPENING, start + len(_OPENING))


def _texts(artifact: Artifact) -> Iterator[tuple[str, str]]:
    if isinstance(artifact.body, str):
        yield "text", artifact.body
        return
    for number, turn in enumerate(artifact.body):
        if not isinstance(turn, Placeholder):
            yield f"messages/{number}/role", turn.role
            yield f"messages/{number}/content", turn.content
