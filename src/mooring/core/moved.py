"""Who pointed a label elsewhere, and in which direction?"""

from mooring.core.observation import Observation
from mooring.core.record import RecordKind


def who_moved(seen: Observation) -> str:
    """Say who moved the label to what it serves: by name, time and reason where it was done through Mooring."""
    move = seen.move
    if move is not None:
        done = "Promoted" if move.kind is RecordKind.PROMOTE else "Rolled back"
        return f"{done} by {move.by} at {move.time[:16].replace('T', ' ')} UTC: {move.reason}"
    where = "" if seen.live_in_git is None or not seen.live_in_git.key else f" ({seen.live_in_git.key})"
    return f"Somebody pointed the label at {_which_way(seen)}{where}"


def _which_way(seen: Observation) -> str:
    created = seen.holders[0].created if seen.holders else ""
    if not created or not seen.base_created or created == seen.base_created:
        return "other reviewed content"
    if created < seen.base_created:
        return "an earlier reviewed version, which is a rollback"
    return "a later reviewed version, which is a promotion"
