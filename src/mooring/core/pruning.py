"""How much of what Git no longer declares is taken away: the prompt, its label, or nothing?"""

from mooring.core.observation import Observation
from mooring.core.policy import Prune

_GONE = "Git no longer declares what it once published"


def extent(seen: Observation) -> tuple[Prune, str]:
    """Give how far the policy may go for an address that Git stopped declaring, and why, in a sentence.

    What stands in the way of deleting leaves the label to be taken off; what includes the prompt lets it be.
    """
    policy = seen.settings.policy.prune
    if policy is Prune.REPORT:
        return Prune.REPORT, _GONE
    if seen.dependents:
        return Prune.REPORT, f"{_GONE}; it stays as it is, for {' and '.join(seen.dependents)} include it"
    kept = seen.kept or ("" if seen.base is not None else "the ledger does not know that it was published from here")
    if policy is Prune.DELETE and not kept:
        return Prune.DELETE, f"{_GONE}: the prompt is archived, then deleted with all its versions"
    reason = _GONE if policy is Prune.RETIRE else f"{_GONE}; the prompt is not deleted, for {kept}"
    if not seen.removable:
        return Prune.REPORT, f"{reason}; the platform cannot take a label off through its API; take it off in its UI"
    return Prune.RETIRE, reason if policy is Prune.RETIRE else f"{reason}; only the label is taken off"
