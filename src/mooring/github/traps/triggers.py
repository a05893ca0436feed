"""Do workflows run when they must: for each pull request, for each change to prompts, on the branch that is true?"""

from collections.abc import Iterator, Sequence

from mooring.core.check import Check, Health
from mooring.github.traps.documents import Trigger, Workflow
from mooring.github.traps.events import ON_REVIEW
from mooring.github.traps.filters import passes
from mooring.github.traps.ground import Ground, by_file, listed, place
from mooring.github.traps.required import names_of
from mooring.github.traps.settings import About, Rules
from mooring.github.traps.usage import Use, Verb

_SKIPPED = "skips pull requests that touch nothing else, and a required check that is skipped so never ends"


def triggers(ground: Ground) -> Iterator[Check]:
    """Name what keeps a workflow of Mooring's from running."""
    for workflow, uses in by_file(ground.uses):
        yield from _narrow_review(workflow, uses, ground)
        yield from _queue(workflow, uses, ground)
        yield from _push(workflow, uses, ground)
        yield from _schedule(workflow, uses, ground)


def _narrow_review(workflow: Workflow, uses: Sequence[Use], ground: Ground) -> Iterator[Check]:
    """A workflow that a filter of paths skips reports nothing at all, unlike a job that `if` skips."""
    trigger = workflow.triggers.get("pull_request")
    reviewing = [use for use in uses if "pull_request" in use.events]
    if trigger is None or not reviewing or (trigger.paths is None and trigger.paths_ignore is None):
        return
    known = sorted(names_of(workflow, ground.settings.required))
    if ground.settings.knows_required and not known:
        return
    which = "paths" if trigger.paths is not None else "paths-ignore"
    is_required = f" {listed(known)} is required here" if known else " Whether one is required cannot be seen from here"
    message = f"{place(reviewing)}: `{which}` on pull_request {_SKIPPED}.{is_required}"
    fix = f"Leave `{which}` out: where no prompt changed, the plan ends in seconds and says so."
    yield Check("path filters", Health.WARN, message, fix)


def _queue(workflow: Workflow, uses: Sequence[Use], ground: Ground) -> Iterator[Check]:
    rules = ground.settings.rules
    reviewing = [use for use in uses if use.events & ON_REVIEW]
    if not isinstance(rules, Rules) or not rules.has_merge_queue or not reviewing:
        return
    if "merge_group" in workflow.triggers:
        yield Check("merge queue", Health.OK, f"{place(reviewing)}: answers the merge queue")
        return
    known = sorted(names_of(workflow, ground.settings.required))
    waits = f"waits for {listed(known)}" if known else "waits for it, if it is a required check,"
    message = (
        f"{place(reviewing)}: the branch has a merge queue, for which this does not run: the queue {waits} until it "
        "gives up"
    )
    yield Check("merge queue", Health.WARN, message, "Write `merge_group:` below `on:`, beside pull_request.")


def _push(workflow: Workflow, uses: Sequence[Use], ground: Ground) -> Iterator[Check]:
    trigger = workflow.triggers.get("push")
    syncing = [use for use in uses if use.verb is Verb.SYNC and "push" in use.events]
    if trigger is None or not syncing:
        return
    branch = ground.yaml.branch
    if branch is not None and not _runs_for(trigger, branch):
        message = f"{place(syncing)}: does not run for pushes to {branch}, the branch that counts, so merges wait"
        yield Check("push filters", Health.WARN, message, f"Write below `on: push:` branches: [{branch}]")
    left_out = next((path for path in ground.yaml.files if not passes(path, trigger.paths, trigger.paths_ignore)), None)
    if left_out is not None:
        message = f"{place(syncing)}: a push that changes {left_out} alone starts no sync"
        fix = "Leave the filter of paths out, or name mooring.yaml and the whole folder of prompts in it."
        yield Check("push filters", Health.WARN, message, fix)


def _runs_for(trigger: Trigger, branch: str) -> bool:
    """A filter of tags alone leaves out all branches."""
    if trigger.branches is None and trigger.branches_ignore is None:
        return trigger.tags is None
    return passes(branch, trigger.branches, trigger.branches_ignore)


def _schedule(workflow: Workflow, uses: Sequence[Use], ground: Ground) -> Iterator[Check]:
    timed = [use for use in uses if "schedule" in use.events]
    if not timed:
        return
    about, branch = ground.settings.about, ground.yaml.branch
    where = place(timed)
    if isinstance(about, About) and branch not in {None, about.default_branch} and not _checks_out(timed, branch or ""):
        message = (
            f"{where}: a schedule runs the default branch, {about.default_branch}, and the branch that counts is "
            f"{branch}: it compares with the wrong one"
        )
        fix = f"Give its checkout `ref: {branch}`, or make {branch} the default: Settings -> General -> Default branch."
        yield Check("schedule", Health.WARN, message, fix)
    if isinstance(about, About) and about.is_fork:
        message = f"{where}: this is a fork, in which GitHub leaves schedules off"
        yield Check("schedule", Health.NOTE, message, f"Actions -> {workflow.path} -> Enable workflow.")
    elif not (isinstance(about, About) and about.is_private):
        of = "this public repository" if isinstance(about, About) else "a public repository"
        message = f"{where}: in {of} GitHub turns a schedule off after 60 days without activity"
        fix = "Actions -> the workflow -> Enable workflow. Where nothing happens for so long, start it from elsewhere."
        yield Check("schedule", Health.NOTE, message, fix)


def _checks_out(uses: Sequence[Use], branch: str) -> bool:
    return all(
        any(step.uses.startswith("actions/checkout@") and step.inputs.get("ref") == branch for step in use.job.steps)
        for use in uses
    )
