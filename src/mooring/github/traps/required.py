"""Who reports the checks that a branch requires before a merge?"""

import re
from collections.abc import Iterable, Iterator

from mooring.core.check import Check, Health
from mooring.github.traps.documents import Job, Workflow
from mooring.github.traps.ground import Ground, listed, named

_EXPRESSION = re.compile(r"\$\{\{[^{}]{0,1000}\}\}")
_STATUS = "mooring/"
"""What the names of the statuses begin with that `--commit-status` sets."""
_ON_PULLS = frozenset({"pull_request", "pull_request_target"})


def required(ground: Ground) -> Iterator[Check]:
    """Name required checks that never come; those of other apps are somebody else's."""
    unknown: list[str] = []
    for context in sorted(ground.settings.required):
        jobs = [(flow, job) for flow in ground.workflows for job in flow.jobs if _reports(job, context)]
        if jobs:
            yield from _of_jobs(context, jobs, ground)
        elif context.startswith(_STATUS):
            message = f"{context} is required before a merge, and set after one alone: pull requests wait for ever"
            fix = "Settings -> Rules: require the job that plans in its place."
            yield Check("required checks", Health.WARN, message, fix)
        else:
            unknown.append(context)
    if unknown:
        message = (
            f"{listed(unknown)} must pass before a merge, and no job here is called so. If no app reports it, pull "
            "requests wait for ever"
        )
        fix = "Settings -> Rules -> Rulesets, or Branches: require the names that jobs have now."
        yield Check("required checks", Health.NOTE, message, fix)


def names_of(workflow: Workflow, contexts: Iterable[str]) -> frozenset[str]:
    """Give those required checks that jobs of a workflow report."""
    return frozenset(context for context in contexts if any(_reports(job, context) for job in workflow.jobs))


def _of_jobs(context: str, jobs: list[tuple[Workflow, Job]], ground: Ground) -> Iterator[Check]:
    in_time = [flow for flow, _ in jobs if _ON_PULLS & flow.triggers.keys()]
    if not in_time:
        flow, job = jobs[0]
        events = listed(sorted(flow.triggers))
        message = (
            f"{named(flow.path, [job.id])}: {context} is required before a merge, and runs on {events} alone: pull "
            "requests wait for ever"
        )
        yield Check("required checks", Health.WARN, message, "Require the job that plans in its place.")
    elif any(use.workflow in in_time for use in ground.uses):
        yield Check("required checks", Health.OK, f"{context} is required, and reported by {in_time[0].path}")


def _reports(job: Job, context: str) -> bool:
    """A matrix adds its values in brackets, a called workflow the names of its jobs after a slash."""
    first, *others = _EXPRESSION.split(job.name or job.id)
    # A name that is nothing but an expression fits everything, and so says nothing.
    if not context.startswith(first) or not any(part.strip() for part in (first, *others)):
        return False
    end = len(first)
    for part in others[:-1]:
        found = context.find(part, end)
        if found < 0:
            return False
        end = found + len(part)
    if not others:
        return _is_all(context[end:])
    last = others[-1]
    ends = (at + len(last) for at in range(end, len(context) + 1) if context.startswith(last, at))
    return any(_is_all(context[at:]) for at in ends)


def _is_all(rest: str) -> bool:
    return not rest or rest.startswith(" / ") or (rest.startswith(" (") and rest.endswith(")"))
