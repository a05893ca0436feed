"""How does one job run, from its condition to its outputs?"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mooring.testing.actions.contexts import Place, github_context, scope
from mooring.testing.actions.evaluation import filled, filled_text
from mooring.testing.actions.events import Event
from mooring.testing.actions.machine import Folders, Machine, emptied
from mooring.testing.actions.processes import Cancellation, end_orphans
from mooring.testing.actions.reading import mapping
from mooring.testing.actions.results import Conclusion, Group, JobReport, StepReport
from mooring.testing.actions.site import Site, contents, effective, is_restricted, rights
from mooring.testing.actions.steps import Frame, run_posts, run_steps
from mooring.testing.actions.values import Value, text, truthy
from mooring.testing.actions.workflow import Job, Workflow


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a workflow, and what all its jobs share."""

    site: Site
    event: Event
    workflow: Workflow
    inputs: Mapping[str, Value]
    folder: Path
    cancellation: Cancellation

    def contexts(self) -> dict[str, Value]:
        """Give the contexts that need no job. An event without secrets is without variables too."""
        restricted = is_restricted(self.event)
        return {
            "github": github_context(self.event, self.site, self.workflow.name),
            "inputs": self.inputs,
            "vars": {} if restricted else self.site.variables,
            "secrets": {} if restricted else self.site.secrets,
            "strategy": {},
            "matrix": {},
        }


def group_of(stated: Value, place: Place, contexts: Mapping[str, Value]) -> Group | None:
    """Evaluate `concurrency`, a name or a mapping."""
    if stated is None:
        return None
    found = filled(stated, scope(place, contexts))
    if not isinstance(found, Mapping):
        return Group(text(found), cancels=False)
    return Group(text(found.get("group")), truthy(found.get("cancel-in-progress")))


def run_job(run: Run, job: Job, needs: Mapping[str, Value], row: Mapping[str, Value]) -> JobReport:
    """Run one row of a job that is to run; raises Invalid for what GitHub would not take."""
    name = f"{job.id} ({', '.join(text(value) for value in row.values())})" if row else job.id
    permissions = effective(_permissions(run, job), run.event)
    token = _token(run, name)
    contexts: dict[str, Value] = {**run.contexts(), "needs": needs, "matrix": row}
    contexts["secrets"] = {**_secrets(run, job, contexts), "GITHUB_TOKEN": token}
    group = group_of(job.concurrency, Place.JOB, contexts)
    github = run.site.github
    with emptied(run.site.folder) as folders:
        machine = _machine(run, job, folders, contexts)
        _set_up(machine, run.workflow, job)
        github.allow(token, rights(permissions), contents=contents(permissions))
        try:
            frame = Frame()
            steps = run_steps(machine, frame, job.steps)
            outputs = _outputs(machine, frame, job)
            steps += run_posts(machine)
        finally:
            github.revoke(token)
            for orphan in machine.orphans:
                end_orphans(orphan)
    forgiven = machine.status is Conclusion.FAILURE and truthy(filled(job.may_fail, scope(Place.JOB, contexts)))
    conclusion = Conclusion.SUCCESS if forgiven else machine.status
    return JobReport(
        name, conclusion, steps, outputs, permissions, token, group, dict(machine.environment), tuple(machine.paths)
    )


def _permissions(run: Run, job: Job) -> Mapping[str, str]:
    if job.permissions is not None:
        return job.permissions
    return run.site.default_permissions if run.workflow.permissions is None else run.workflow.permissions


def _secrets(run: Run, job: Job, contexts: Mapping[str, Value]) -> Mapping[str, Value]:
    shared = mapping(contexts["secrets"], "secrets")
    if job.environment is None or is_restricted(run.event):
        return shared
    found = filled(job.environment, scope(Place.JOB, contexts))
    name = text(found.get("name")) if isinstance(found, Mapping) else text(found)
    return {**shared, **run.site.environments.get(name, {})}


def _token(run: Run, name: str) -> str:
    told = f"{run.event.run_id}/{run.event.run_attempt}/{run.folder.name}/{name}"
    return "ghs_" + hashlib.sha256(told.encode()).hexdigest()[:36]


def _machine(run: Run, job: Job, folders: Folders, contexts: Mapping[str, Value]) -> Machine:
    folders.prepare(run.event)
    token = text(mapping(contexts["secrets"], "secrets")["GITHUB_TOKEN"])
    github: dict[str, Value] = {
        **mapping(contexts["github"], "github"),
        "event_path": str(folders.event),
        "job": job.id,
        "token": token,
        "workspace": str(folders.workspace),
    }
    artifacts = run.folder / "artifacts"
    return Machine(run.site, run.event, folders, token, artifacts, run.cancellation, {**contexts, "github": github})


def _set_up(machine: Machine, workflow: Workflow, job: Job) -> None:
    for secret in mapping(machine.contexts["secrets"], "secrets").values():
        machine.masks.add(text(secret))
    in_workflow, in_job = scope(Place.ENV, machine.contexts), scope(Place.JOB_ENV, machine.contexts)
    machine.environment = {name: filled_text(value, in_workflow) for name, value in workflow.env.items()}
    machine.environment |= {name: filled_text(value, in_job) for name, value in job.env.items()}
    in_defaults = scope(Place.JOB_DEFAULTS, {**machine.contexts, "env": machine.environment})
    defaults = {**workflow.defaults, **job.defaults}
    machine.defaults = {name: filled_text(value, in_defaults) for name, value in defaults.items()}


def _outputs(machine: Machine, frame: Frame, job: Job) -> dict[str, str]:
    """Evaluate the job's outputs; one that holds a secret is left out, as GitHub does."""
    contexts = {**machine.step_contexts(machine.environment, None), "steps": frame.steps}
    seen = scope(Place.STEP, contexts)
    found = {name: filled_text(value, seen) for name, value in job.outputs.items()}
    return {name: value for name, value in found.items() if not machine.masks.hold(value)}


def skipped(job: Job, conclusion: Conclusion) -> JobReport:
    """Give the report of a job that did not run."""
    nothing: tuple[StepReport, ...] = ()
    return JobReport(job.id, conclusion, nothing)
