"""What can the judgement of an address be? Its actions, and which of them write."""

from dataclasses import dataclass
from enum import StrEnum

from mooring.core.state import State


class Action(StrEnum):
    """What the plan holds for an address. The first seven write to the platform."""

    CREATE = "create"
    """Publish and give the label, which nobody holds."""
    UPDATE = "update"
    """Publish or reuse a version that holds the content, then move the label to it."""
    REVERT = "revert"
    """As update, over content that Git never reviewed or for a label that is gone: a policy says so."""
    HEAL = "heal"
    """Move a label that two versions hold to the one that Git wants."""
    RETIRE = "retire"
    """Take the label off; the versions stay."""
    DELETE = "delete"
    """Archive the whole prompt, then delete it with all its versions; one deletion for all its addresses."""
    PUBLISH = "publish"
    """Publish a version without its label (mode create-only)."""
    NOTHING = "nothing"
    REPORT = "report"
    """Counted and shown."""
    ALERT = "alert"
    """Held; gates warn."""
    ADOPT = "adopt"
    """Held; to be proposed to Git."""
    BLOCK = "block"
    """Held; gates fail."""
    HOLD = "hold"
    """Held until a person decides; no policy does."""


REMOVES = frozenset({Action.RETIRE, Action.DELETE})
WRITES = frozenset({Action.CREATE, Action.UPDATE, Action.REVERT, Action.HEAL, Action.PUBLISH}) | REMOVES
MOVES_SERVED = frozenset({Action.UPDATE, Action.REVERT, Action.HEAL})


@dataclass(frozen=True, slots=True)
class Verdict:
    """State, action, the reason in a sentence, and the command that is the way out ('' where none is needed).

    `otherwise` is the command for whoever decides the other way, where both sides may be right.
    """

    state: State
    action: Action
    reason: str
    fix: str = ""
    otherwise: str = ""
