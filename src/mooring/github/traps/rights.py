"""Does each job's own token have the permissions that its commands need, and no more?"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from mooring.core.check import Check, Health
from mooring.github.traps.documents import EVERY, Permissions
from mooring.github.traps.ground import Ground, named
from mooring.github.traps.settings import Defaults
from mooring.github.traps.usage import RECORDS, WRITES, Bearer, Use, Verb, is_of_job

_RANK = {"none": 0, "read": 1, "write": 2}
_READ_BY_DEFAULT: Permissions = {"contents": "read", "packages": "read"}
"""What a job that states nothing has under "Read repository contents and packages permissions"."""

_WITHOUT: Mapping[str, str] = {
    "contents": "the ledger and the branches of proposals cannot be pushed",
    "pull-requests": "no pull request is opened or commented on",
    "statuses": "no commit status is set",
    "issues": "no alert becomes an issue",
}
_UNREAD = "a private repository cannot be checked out"
_PLACE = "Settings -> Actions -> General -> Workflow permissions"
_ALERTING = frozenset({Verb.SYNC, Verb.DRIFT})


def rights(ground: Ground) -> Iterator[Check]:
    """Compare what each job that runs Mooring needs with what its token may do."""
    for _, found in groupby(ground.uses, key=lambda use: (use.workflow.path, use.job.id)):
        yield from _job(tuple(found), ground)


def _job(uses: Sequence[Use], ground: Ground) -> Iterator[Check]:
    workflow, job = uses[0].workflow, uses[0].job
    needed = needs(uses, ground)
    fix = f"Write into the job: permissions: {{{', '.join(f'{scope}: {level}' for scope, level in needed.items())}}}"
    where = named(workflow.path, [job.id])
    stated = workflow.permissions_of(job)
    if stated is None:
        yield from _unstated(where, needed, fix, ground)
        return
    missing = _missing(needed, stated)
    if missing:
        yield Check("permissions", Health.WARN, f"{where}: {_lacks(missing)}", fix)
    if stated.get(EVERY) == "write":
        message = f"{where}: write-all lets every step write everything, code and releases too"
        yield Check("permissions", Health.NOTE, message, fix)


def _unstated(where: str, needed: Mapping[str, str], fix: str, ground: Ground) -> Iterator[Check]:
    defaults = ground.settings.defaults
    if not isinstance(defaults, Defaults):
        message = f"{where}: states no permissions, and what the repository gives instead cannot be seen from here"
        yield Check("permissions", Health.NOTE, message, f"{fix} ({_PLACE} has the default.)")
    elif defaults.writes:
        message = f"{where}: states no permissions, so its token may write everything, as the repository's default says"
        yield Check("permissions", Health.NOTE, message, fix)
    elif missing := _missing(needed, _READ_BY_DEFAULT):
        yield Check("permissions", Health.WARN, f"{where}: states no permissions, and {_lacks(missing)}", fix)


def needs(uses: Sequence[Use], ground: Ground) -> Mapping[str, str]:
    """Give the level that one job needs by scope; what a person chooses at the start is not guessed."""
    pushes = any(_pushes(use, ground) for use in uses)
    own = [use for use in uses if use.bearer is Bearer.JOB]
    wanted = {
        "pull-requests": any(use.comments or use.verb in WRITES for use in own),
        "statuses": any(use.sets_status for use in own),
        "issues": ground.yaml.opens_issues and any(use.verb in _ALERTING for use in own),
    }
    return {"contents": "write" if pushes else "read", **{scope: "write" for scope, is_so in wanted.items() if is_so}}


def _pushes(use: Use, ground: Ground) -> bool:
    """Tell whether git pushes with the job's own token; a checkout may have left another login behind."""
    if use.verb not in (RECORDS if ground.yaml.pushes_ledger else WRITES):
        return False
    if use.version is not None:
        return use.bearer is Bearer.JOB
    checkouts = [step.inputs for step in use.job.steps if step.uses.startswith("actions/checkout@")]
    return not any("ssh-key" in one or ("token" in one and not is_of_job(one["token"])) for one in checkouts)


def _missing(needed: Mapping[str, str], stated: Permissions) -> Mapping[str, str]:
    return {
        scope: level
        for scope, level in needed.items()
        if _RANK.get(stated.get(scope, stated.get(EVERY, "none")), 0) < _RANK[level]
    }


def _lacks(missing: Mapping[str, str]) -> str:
    without = {scope: _UNREAD if level == "read" else _WITHOUT[scope] for scope, level in missing.items()}
    return "; ".join(f"without {scope}: {missing[scope]} {what}" for scope, what in without.items())
