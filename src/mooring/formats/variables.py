"""Are the variables that a prompt's text uses those that the prompt declares?"""

from mooring.core.artifact import Artifact
from mooring.core.desired import PromptFacts
from mooring.core.lowering import DEFAULT_TEMPLATE_FORMAT
from mooring.core.template import Dialect, template_format, variables, variables_as
from mooring.formats.spelling import did_you_mean

_READ = frozenset({DEFAULT_TEMPLATE_FORMAT, Dialect.F_STRING.value})


def variables_in(artifact: Artifact) -> frozenset[str]:
    """Give the variables of the text, as core/template.py reads them."""
    return variables(artifact)


def check_variables(facts: PromptFacts, artifact: Artifact) -> tuple[str, ...]:
    """Say which variables the text uses and the prompt does not declare; nothing where it declares none at all.

    A text without `{{x}}` that uses one of the declared variables as `{x}` is read as an f-string throughout. Other
    template languages have variables of their own making, so nothing is said of them. A declared variable that a
    text does not use is no mistake: earlier versions may lack it.
    """
    if facts.variables is None or template_format(artifact) not in _READ:
        return ()
    declared = frozenset(facts.variables)
    used = variables_in(artifact)
    if not used:
        single = variables_as(artifact, Dialect.F_STRING)
        used = single if single & declared else frozenset()
    return tuple(
        f"the text uses the variable `{name}`, which the prompt does not declare. "
        f"{did_you_mean(name, declared)}Declare it under `variables`, or change the text."
        for name in sorted(used - declared)
    )
