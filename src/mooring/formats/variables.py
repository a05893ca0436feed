"""Which variables does a prompt's text use, and are they those that the prompt declares?"""

import re
from collections.abc import Iterator, Mapping

from mooring.core.artifact import Artifact, Message
from mooring.core.desired import PromptFacts
from mooring.core.lowering import DEFAULT_TEMPLATE_FORMAT
from mooring.formats.spelling import did_you_mean

_MUSTACHE = re.compile(r"\{\{\{?\s*[#^&]?\s*([^\W\d][\w.-]*)\s*\}?\}\}")
_SINGLE = re.compile(r"(?<!\{)\{([^\W\d]\w*)(?:[.\[][^{}]*|![rsa])?(?::[^{}]*)?\}(?!\})")
_F_STRING = "f-string"


def variables_in(artifact: Artifact) -> frozenset[str]:
    """Give the variables of the text: `{{x}}`, or `{x}` where the template format is `f-string`."""
    pattern = _SINGLE if _template_format(artifact) == _F_STRING else _MUSTACHE
    return frozenset(_found(pattern, artifact))


def check_variables(facts: PromptFacts, artifact: Artifact) -> tuple[str, ...]:
    """Say which variables the text uses and the prompt does not declare; nothing where it declares none at all.

    A text without `{{x}}` that uses one of the declared variables as `{x}` is read as an f-string throughout. Other
    template languages have variables of their own making, so nothing is said of them. A declared variable that a
    text does not use is no mistake: earlier versions may lack it.
    """
    if facts.variables is None or _template_format(artifact) not in {DEFAULT_TEMPLATE_FORMAT, _F_STRING}:
        return ()
    declared = frozenset(facts.variables)
    used = variables_in(artifact)
    if not used:
        single = frozenset(_found(_SINGLE, artifact))
        used = single if single & declared else frozenset()
    return tuple(
        f"the text uses the variable `{name}`, which the prompt does not declare. "
        f"{did_you_mean(name, declared)}Declare it under `variables`, or change the text."
        for name in sorted(used - declared)
    )


def _template_format(artifact: Artifact) -> str:
    config = artifact.config
    stated = config.get("template_format") if isinstance(config, Mapping) else None
    return DEFAULT_TEMPLATE_FORMAT if stated is None else str(stated)


def _found(pattern: re.Pattern[str], artifact: Artifact) -> Iterator[str]:
    for text in _texts(artifact):
        yield from pattern.findall(text)


def _texts(artifact: Artifact) -> Iterator[str]:
    if isinstance(artifact.body, str):
        yield artifact.body
    else:
        yield from (turn.content for turn in artifact.body if isinstance(turn, Message))
