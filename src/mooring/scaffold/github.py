"""What is the text of a workflow: the one that `mooring init` writes, and each job as a file to copy?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mooring.formats.next_version import quoted
from mooring.scaffold import jobs
from mooring.scaffold.answers import SECRETS, Answers, Place, is_local, signature
from mooring.scaffold.jobs import Job

_ACTION = "mooring-dev/mooring@v1"
_CHECKOUT = "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0"
_FOLDER = ".github/workflows/"
PLAIN = f"{_FOLDER}mooring.yml"
"""The workflow's path from the root, of the first mooring.yaml in a repository."""
_MONOREPO = (
    "# In a monorepo copy it for each mooring.yaml: another name, another group, `with: {working-directory: FOLDER}`.\n"
)


@dataclass(frozen=True, slots=True)
class _Setting:
    """What the jobs of one mooring.yaml have in common. Both are empty in the files to copy."""

    id: str = ""
    folder: str = ""


def workflow_path(answers: Answers, place: Place) -> str:
    """Give the workflow's path from the root: named after the id where another mooring.yaml has the plain name."""
    return f"{_FOLDER}mooring-{answers.id}.yml" if PLAIN in place.taken else PLAIN


def workflow_text(answers: Answers, place: Place) -> str:
    """Give one workflow with all jobs; where only this machine reaches the platform, the one without credentials."""
    name = workflow_path(answers, place).removeprefix(_FOLDER).removesuffix(".yml")
    setting = _Setting(answers.id, place.prefix.rstrip("/"))
    if is_local(answers.url):
        head = f"# A plan on each pull request, as a comment. {signature(answers.id)}\n# It wants no secrets.\n"
        return head + _workflow(name, jobs.ON_REVIEW, [_job(jobs.PLAN, setting)])
    hinted = answers.adapter == "langfuse"
    drift = replace(jobs.DRIFT, events=(*jobs.DRIFT.events, "repository_dispatch")) if hinted else jobs.DRIFT
    secrets = SECRETS.get(answers.adapter, ())
    asking = [_job(job, setting, _credentials(secrets)) for job in (jobs.SYNC, drift, jobs.BY_HAND)]
    head = (
        "# A plan on each pull request, a sync after each merge, a look for drift every hour, and the rest by hand.\n"
        f"# {signature(answers.id)} {_wanted(secrets)} The plan wants none.\n"
    )
    hint = jobs.ON_LANGFUSE if hinted else ""
    events = jobs.ON_REVIEW + jobs.on_push(place.branch) + jobs.ON_SCHEDULE + hint + jobs.on_request()
    return head + _workflow(name, events, [_job(jobs.PLAN, setting), *asking])


def copies() -> Mapping[str, str]:
    """Give each job as a workflow of its own, by its file's name in config/github/."""
    either = f"{_wanted(SECRETS['langfuse'])} For MLflow: {' and '.join(SECRETS['mlflow'])}."
    review = "Says in a comment on each pull request what merging it changes."
    anyone = "It wants no secrets, so pull requests from forks have it too."
    hint = "Looks for drift when somebody saves a prompt in Langfuse. Of what Langfuse sends nothing is used."
    hourly = "Looks for drift every hour, tells of it, and proposes to Git what the policy says."
    by_hand = "Does what a person asks for, with that person's name on record."
    merge = "Brings what Git says to the platform after each merge."
    copied = (
        ("pull-request", review, anyone, jobs.ON_REVIEW, jobs.PLAN),
        ("merge", merge, either, jobs.on_push("main"), jobs.SYNC),
        ("schedule", hourly, either, jobs.ON_SCHEDULE + jobs.ON_DEMAND, jobs.DRIFT),
        ("dispatch", by_hand, either, jobs.on_request(), jobs.BY_HAND),
        ("langfuse", hint, _wanted(SECRETS["langfuse"]), jobs.ON_LANGFUSE, jobs.DRIFT),
    )
    return {
        f"{name}.yml": f"# {does}\n# {wants}\n{_MONOREPO}{_workflow(f'mooring {name}', events, [_alone(job)])}"
        for name, does, wants, events, job in copied
    }


def _alone(job: Job) -> str:
    """Give a job for a workflow that has no other: every event that starts the one starts the other."""
    credentials = "" if job is jobs.PLAN else _credentials(SECRETS["langfuse"])
    return _job(replace(job, events=()), _Setting(), credentials)


def _wanted(secrets: Sequence[str]) -> str:
    if not secrets:
        return "It wants the platform's credentials, as `env` of the steps below."
    return f"It wants the secrets {' and '.join(secrets)}."


def _workflow(name: str, events: str, bodies: Iterable[str]) -> str:
    return f"name: {quoted(name)}\non:\n{events}\npermissions: {{}}\n\njobs:\n" + "\n".join(bodies)


def _job(job: Job, setting: _Setting, credentials: str = "") -> str:
    suffix = f"-{setting.id}" if setting.id else ""
    condition = " || ".join(f"github.event_name == '{event}'" for event in job.events)
    lines = [
        f"name: mooring {job.key}" + (f" ({setting.id})" if setting.folder else ""),
        *([f"if: {condition}"] if condition else []),
        "runs-on: ubuntu-latest",
        f"timeout-minutes: {job.minutes}",
        "permissions:",
        *(f"  {right}: {grade}   # {why}" for right, (grade, why) in job.rights.items()),
        "concurrency:",
        f"  group: mooring-{job.key}{suffix}{job.queue}   # {job.waiting}",
        "  cancel-in-progress: false",
        "steps:",
        f"  - uses: {_CHECKOUT}",
        "    with:",
        "      fetch-depth: 0   # who moved is read from the history",
        "      persist-credentials: false",
        f"  - uses: {_ACTION}",
        *_inputs(job, setting),
    ]
    return f"  {job.key}:\n" + "".join(f"    {line}\n" for line in lines) + credentials


def _inputs(job: Job, setting: _Setting) -> Iterable[str]:
    asked = [f"{name}: ${{{{ inputs.{name} }}}}" for name in job.inputs]
    given = [f"working-directory: {quoted(setting.folder)}", *asked] if setting.folder else asked
    return ["    with:", *(f"      {line}" for line in given)] if given else []


def _credentials(names: Sequence[str]) -> str:
    """Give the `env` of a step, and of that step alone: nothing else in the job sees a secret."""
    if not names:
        return "        # env:\n        #   NAME: ${{ secrets.NAME }}   # what mooring.yaml asks for as `env:NAME`\n"
    return "        env:\n" + "".join(f"          {name}: ${{{{ secrets.{name} }}}}\n" for name in names)
