"""What may GitHub's rules do to the ledger that no rehearsal of a push tells?"""

from mooring.core.check import Check, Health


def ledger_rules(prefix: str) -> Check:
    """Say which rules cover the refs below a prefix; nothing here is a guess about this repository."""
    if prefix.startswith("refs/heads/"):
        message = f"A ruleset or a protected branch that covers {prefix} stops the ledger, and cannot be seen from here"
        fix = "Settings -> Rules -> Rulesets: let who syncs create, update and delete these branches."
    else:
        message = (
            f"Rulesets for branches and tags do not cover {prefix}; push rulesets cover every push, and cannot be seen "
            "from here"
        )
        fix = "Settings -> Rules -> Rulesets: let push rulesets pass files that end in .json, or who syncs."
    return Check("GitHub rules", Health.NOTE, message, fix)
