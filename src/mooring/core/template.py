"""Which variables and placeholders does a prompt ask its callers to fill in, by its template language?"""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from mooring.core.artifact import Artifact, Json, Message, Placeholder
from mooring.core.lowering import DEFAULT_TEMPLATE_FORMAT


class Dialect(StrEnum):
    """How a variable is written."""

    MUSTACHE = "mustache"
    """`{{x}}`, `{{a.b}}`, `{{{raw}}}`, `{{#each}}`."""
    F_STRING = "f-string"
    """`{x}`, `{x.name}`, `{n:>3}`; `{{x}}` is a text in braces."""
    JINJA = "jinja"
    """`{{ x }}`: simple names alone, as expressions have no names that callers could fill in."""


_PATTERNS = {
    Dialect.MUSTACHE: re.compile(r"\{\{\{?\s*[#^&]?\s*([^\W\d][\w.-]*)\s*\}?\}\}"),
    Dialect.F_STRING: re.compile(r"(?<!\{)\{([^\W\d]\w*)(?:[.\[][^{}]*|![rsa])?(?::[^{}]*)?\}(?!\})"),
    Dialect.JINJA: re.compile(r"\{\{-?\s*([^\W\d]\w*)\s*-?\}\}"),
}


def template_format(artifact: Artifact) -> str:
    """Give the template language that a config states, or the usual one."""
    stated = artifact.config.get("template_format") if isinstance(artifact.config, Mapping) else None
    return DEFAULT_TEMPLATE_FORMAT if stated is None else str(stated)


def dialect(artifact: Artifact) -> Dialect:
    """Give the dialect of a prompt; a language that nobody here knows is read as mustache."""
    stated = template_format(artifact).casefold()
    if stated == Dialect.F_STRING:
        return Dialect.F_STRING
    return Dialect.JINJA if stated.startswith(Dialect.JINJA) else Dialect.MUSTACHE


def variables(artifact: Artifact) -> frozenset[str]:
    """Give the variables of the text or of the messages."""
    return variables_as(artifact, dialect(artifact))


def variables_as(artifact: Artifact, spoken: Dialect) -> frozenset[str]:
    """Give the variables that a prompt has when it is read in a dialect."""
    return frozenset(name for text in texts(artifact) for name in _PATTERNS[spoken].findall(text))


def variables_within(value: Json, spoken: Dialect) -> frozenset[str]:
    """Give the variables of every text in a JSON value."""
    match value:
        case str():
            return frozenset(_PATTERNS[spoken].findall(value))
        case Mapping():
            return frozenset(name for item in value.values() for name in variables_within(item, spoken))
        case Sequence():
            return frozenset(name for item in value for name in variables_within(item, spoken))
        case _:
            return frozenset()


def placeholders(artifact: Artifact) -> frozenset[str]:
    """Give the names of the places where an app puts messages of its own."""
    turns = () if isinstance(artifact.body, str) else artifact.body
    return frozenset(turn.name for turn in turns if isinstance(turn, Placeholder))


def written(name: str, spoken: Dialect) -> str:
    """Give a variable as the prompt writes it: `{{x}}` or `{x}`."""
    return f"{{{name}}}" if spoken is Dialect.F_STRING else f"{{{{{name}}}}}"


def texts(artifact: Artifact) -> Iterator[str]:
    """Give the text of a prompt, or the texts of its messages in order."""
    if isinstance(artifact.body, str):
        yield artifact.body
    else:
        yield from (turn.content for turn in artifact.body if isinstance(turn, Message))
