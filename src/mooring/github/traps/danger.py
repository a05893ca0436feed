"""Where does a workflow hand out more than a step needs: to strangers, to other steps, or to what may change?"""

import re
from collections.abc import Iterator, Mapping, Sequence

from mooring.core.check import Check, Health
from mooring.github.traps.documents import Job, Workflow
from mooring.github.traps.events import possible
from mooring.github.traps.ground import Ground, by_file, listed, named, place
from mooring.github.traps.usage import RECORDS, Use

_HEAD = re.compile(r"github\.event\.pull_request\.head\.|github\.head_ref|refs/pull/")
_SECRET = re.compile(r"\$\{\{[^}]{0,1000}?\bsecrets(?:\.([A-Za-z_]\w*)|\[)")
_OWN = "GITHUB_TOKEN"
_RELEASE = re.compile(r"[0-9a-f]{40}|v?\d[\w.+-]*")
_CHECKOUT = re.compile(r"actions/checkout@.+")
_TARGET = "pull_request_target"


def danger(ground: Ground) -> Iterator[Check]:
    """Name what is dangerous in the files themselves."""
    yield from _strangers(ground)
    for workflow, uses in by_file(ground.uses):
        yield from _shared_secrets(workflow, uses)
        yield from _written_secrets(workflow)
        yield from _moving(uses)
        yield from _without_login(uses)


def _strangers(ground: Ground) -> Iterator[Check]:
    """`pull_request_target` runs the base's workflow with the base's secrets, for whatever a fork proposes."""
    for workflow in ground.workflows:
        if _TARGET not in workflow.triggers:
            continue
        ours = [use.job.id for use in ground.uses if use.workflow is workflow and _TARGET in use.events]
        theirs = [job.id for job in workflow.jobs if _takes_head(job, workflow)]
        jobs = [job.id for job in workflow.jobs if job.id in {*ours, *theirs}]
        if jobs:
            what = ", and reads there what a stranger wrote" if theirs else ""
            message = (
                f"{named(workflow.path, jobs)}: runs on pull_request_target, with the repository's secrets and a token "
                f"that may write{what}. Anybody who can propose a change may get at both"
            )
            refused = " The action of Mooring refuses that event." if ours else ""
            yield Check(_TARGET, Health.WARN, message, f"Write `pull_request` there: a plan needs no secrets.{refused}")


def _takes_head(job: Job, workflow: Workflow) -> bool:
    may = _TARGET in possible(job.condition, workflow.triggers)
    return may and any(
        _CHECKOUT.fullmatch(step.uses) and _HEAD.search(" ".join(step.inputs.values())) for step in job.steps
    )


def _shared_secrets(workflow: Workflow, uses: Sequence[Use]) -> Iterator[Check]:
    """The environment of a job reaches all of its steps, and foreign actions among them."""
    jobs = {use.job.id: use.job for use in uses}
    in_jobs = [job.id for job in jobs.values() if _secrets(job.env)]
    names = sorted({name for env in (workflow.env, *(job.env for job in jobs.values())) for name in _secrets(env)})
    if not names:
        return
    where = named(workflow.path, in_jobs) if in_jobs else workflow.path
    message = f"{where}: {listed(names)} in the `env` of all steps, so every action that runs there can read them"
    yield Check("secrets", Health.NOTE, message, "Move them to the `env` of the step that runs Mooring.")


def _written_secrets(workflow: Workflow) -> Iterator[Check]:
    """An expression in a script is pasted into it before the shell reads it, and into what `set -x` shows."""
    jobs = [job.id for job in workflow.jobs if any(_SECRET.search(step.run) for step in job.steps)]
    if jobs:
        message = (
            f"{named(workflow.path, jobs)}: a secret is pasted into a script by `${{{{ secrets… }}}}` in `run:`, where "
            "the shell takes it for code and the list of processes shows it"
        )
        yield Check("secrets", Health.WARN, message, "Hand it over by the `env` of that step.")


def _moving(uses: Sequence[Use]) -> Iterator[Check]:
    moving = [use for use in uses if use.version is not None and not _RELEASE.fullmatch(use.version)]
    if moving:
        versions = listed(sorted({f"@{use.version}" for use in moving}))
        message = f"{place(moving)}: runs the action at {versions}, which is another one after each push there"
        yield Check("action", Health.NOTE, message, "Name a release (@v1), or a commit with its version beside it.")


def _without_login(uses: Sequence[Use]) -> Iterator[Check]:
    """The action hands git its token; a command line has what the checkout left behind, or nothing."""
    without = [use for use in uses if use.version is None and use.verb in RECORDS and _keeps_nothing(use.job)]
    if without:
        message = (
            f"{place(without)}: the checkout leaves no login behind (persist-credentials: false), so git cannot push "
            "the ledger"
        )
        fix = "Use the action, which hands git its token for its own step, or leave `persist-credentials` out."
        yield Check("git login", Health.WARN, message, fix)


def _keeps_nothing(job: Job) -> bool:
    checkouts = [step for step in job.steps if _CHECKOUT.fullmatch(step.uses)]
    return bool(checkouts) and all(step.inputs.get("persist-credentials") == "false" for step in checkouts)


def _secrets(env: Mapping[str, str]) -> list[str]:
    """Give the variables that hold a secret other than the job's own token."""
    return [name for name, text in env.items() if any(found[1] != _OWN for found in _SECRET.finditer(text))]
