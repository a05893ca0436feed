"""What should a person know beside the states?"""

from dataclasses import dataclass
from enum import StrEnum


class FindingKind(StrEnum):
    """What a finding is about."""

    DRAFT = "draft"
    """A newer version that no label serves: somebody may be working there."""
    UNMANAGED_LABEL = "unmanaged_label"
    """A label on a managed prompt that nobody manages."""
    FACTS = "facts"
    """Prompt-level facts (description, tags) that Git declares differ."""
    EFFECTIVE = "effective"
    """What a prompt's readers get changes, or changed, through another prompt that it includes."""
    TAMPERED = "tampered"
    """A version was rewritten in place: its content is not what its own mark says."""
    VARIABLES = "variables"
    """The variables that a prompt declares are not those that its text uses."""
    LEDGER = "ledger"
    """The ledger could be read only in part."""
    UNCOMMITTED = "uncommitted"
    """Prompt files with changes that no commit holds are not in the plan."""
    FILE = "file"
    """A mistake in a file."""
    INVISIBLE = "invisible"
    """A text holds characters that nobody sees: readers of a review and a model read different texts."""
    SECRET = "secret"  # noqa: S105  # a word for it
    """A text looks as if it held a secret: it is neither pushed nor proposed."""
    PROPOSAL = "proposal"
    """A proposal to Git was made, is waiting, or could not be made."""
    ALERT = "alert"
    """Somebody could not be told."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact with its evidence in a sentence, and the way out ('' where there is nothing to do)."""

    kind: FindingKind
    prompt: str | None
    message: str
    fix: str = ""
