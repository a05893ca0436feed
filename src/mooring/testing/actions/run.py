"""What happens when an event meets a workflow: which jobs run, in which order, and how does it end?"""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from mooring.testing.actions.contexts import Place, scope, status_functions
from mooring.testing.actions.evaluation import Scope, holds
from mooring.testing.actions.events import NO_COMMIT, Event
from mooring.testing.actions.invalid import Invalid
from mooring.testing.actions.jobs import Run, group_of, run_job, skipped
from mooring.testing.actions.processes import Cancellation
from mooring.testing.actions.results import Conclusion, JobReport, RunReport
from mooring.testing.actions.site import Site
from mooring.testing.actions.triggers import Facts, inputs_of, why_not
from mooring.testing.actions.values import Value
from mooring.testing.actions.workflow import Job, read_workflow
from mooring.testing.github.bare import Bare

_WORST_FIRST = (Conclusion.FAILURE, Conclusion.CANCELLED, Conclusion.SUCCESS)


def run_workflow(source: str | Path, event: Event, site: Site, cancellation: Cancellation | None = None) -> RunReport:
    """Run a workflow, a file or a text, for one event, as GitHub would; jobs run one after another.

    Raises Invalid for a workflow that GitHub would not take, and for what this runner does not know: an action that
    nothing stands in for, a container, a reusable workflow, a matrix with `include`.

        with serve(tmp_path / "remote.git") as github:
            site = Site(github, tmp_path / "runner", standard_actions(python), secrets={"KEY": "made-up"})
            report = run_workflow(Path("merge.yml"), push(github.hub, before, after), site)
            assert report.conclusion is Conclusion.SUCCESS
            assert "made-up" not in report.raw
    """
    path = f".github/workflows/{source.name}" if isinstance(source, Path) else site.workflow_path
    workflow = read_workflow(source, path)
    why = why_not(workflow.on, event, _facts(site.github.hub.bare, event))
    if why is not None:
        return RunReport(started=False, why=why)
    site.folder.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"run-{event.run_id}-", dir=site.folder))
    run = Run(site, event, workflow, inputs_of(workflow.on, event), folder, cancellation or Cancellation())
    jobs: dict[str, JobReport] = {}
    stand: dict[str, JobReport] = {}
    for job in _ordered(workflow.jobs):
        reports = _reports(run, job, stand)
        jobs |= {one.name: one for one in reports}
        stand[job.id] = _together(job, reports)
    return RunReport(
        started=True,
        conclusion=_worst(one.conclusion for one in jobs.values()),
        jobs=jobs,
        concurrency=group_of(workflow.concurrency, Place.CONCURRENCY, run.contexts()),
        artifacts={path.name: path for path in sorted((folder / "artifacts").glob("*"))},
    )


def _reports(run: Run, job: Job, stand: Mapping[str, JobReport]) -> list[JobReport]:
    needs: dict[str, Value] = {
        name: {"result": stand[name].conclusion.value, "outputs": dict(stand[name].outputs)} for name in job.needs
    }
    ancestors = [stand[name].conclusion for name in _ancestors(run.workflow.jobs, job)]
    if not holds(job.condition, _condition_scope(run, needs, ancestors)):
        return [skipped(job, Conclusion.CANCELLED if run.cancellation.requested else Conclusion.SKIPPED)]
    return [run_job(run, job, needs, row) for row in job.matrix]


def _condition_scope(run: Run, needs: Mapping[str, Value], ancestors: list[Conclusion]) -> Scope:
    """For a job, success() asks all that it needs, and what those need."""
    cancelled = run.cancellation.requested

    def status(asked: Conclusion) -> bool:
        if asked is Conclusion.CANCELLED:
            return cancelled
        if asked is Conclusion.FAILURE:
            return not cancelled and Conclusion.FAILURE in ancestors
        return not cancelled and all(one is Conclusion.SUCCESS for one in ancestors)

    return scope(Place.JOB_IF, {**run.contexts(), "needs": needs}, status_functions(status))


def _together(job: Job, reports: list[JobReport]) -> JobReport:
    outputs = {name: value for one in reports for name, value in one.outputs.items()}
    return JobReport(job.id, _worst(one.conclusion for one in reports), outputs=outputs)


def _worst(conclusions: Iterable[Conclusion]) -> Conclusion:
    found = set(conclusions)
    return next((one for one in _WORST_FIRST if one in found), Conclusion.SKIPPED)


def _ordered(jobs: Mapping[str, Job]) -> list[Job]:
    """Give the jobs, each behind what it needs; raises Invalid where they wait for each other."""
    order: list[Job] = []
    left = dict(jobs)
    while left:
        known = {job.id for job in order}
        ready = [job for job in left.values() if known.issuperset(job.needs)]
        if not ready:
            raise Invalid(f"The jobs {', '.join(sorted(left))} wait for each other")
        order += ready
        for job in ready:
            del left[job.id]
    return order


def _ancestors(jobs: Mapping[str, Job], job: Job) -> set[str]:
    found = set(job.needs)
    for name in job.needs:
        found |= _ancestors(jobs, jobs[name])
    return found


def _facts(bare: Bare, event: Event) -> Facts:
    return Facts(lambda: _changed(bare, event), lambda: _head_message(bare, event))


def _changed(bare: Bare, event: Event) -> list[str]:
    """List what changed: for a pull request against where it branched off, for a push against what was there before."""
    if event.name.startswith("pull_request"):
        head = bare.commit(f"refs/pull/{event.payload['number']}/head") or event.sha
        return _diff(bare, f"{event.base_ref}...{head}")
    before = event.payload.get("before")
    if not isinstance(before, str) or before == NO_COMMIT:
        branch = bare.default_branch()
        return _diff(bare, f"{branch}...{event.sha}") if bare.tip(branch) != event.sha else _all(bare, event.sha)
    return _diff(bare, f"{before}..{event.sha}")


def _diff(bare: Bare, span: str) -> list[str]:
    return [name for name in bare.git.text("diff", "--name-only", "--no-renames", "-z", span).split("\0") if name]


def _all(bare: Bare, commit: str) -> list[str]:
    return [name for name in bare.git.text("ls-tree", "-r", "--name-only", "-z", commit).split("\0") if name]


def _head_message(bare: Bare, event: Event) -> str:
    if event.name == "pull_request":
        return bare.message(f"refs/pull/{event.payload['number']}/head")
    return "" if event.sha == NO_COMMIT else bare.message(event.sha)
