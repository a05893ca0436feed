"""`mooring validate`: is everything in the work tree right, as far as no platform is needed?"""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from mooring.cli import options
from mooring.cli.output import finish

if TYPE_CHECKING:
    from mooring.cli.session import Request
    from mooring.core.desired import Desired, Problem
    from mooring.core.report import Report


@click.command("validate")
@options.outputs
@click.pass_context
def command(context: click.Context) -> None:
    """Check mooring.yaml and all prompt files.

    Reads the work tree, committed or not, and names every mistake at once with its file, its line and the way out,
    also an id that another mooring.yaml of the repository has. Needs no network, no credentials and no platform.
    Exits 65 where something is wrong.

    \b
    Examples:
      mooring validate
      mooring validate -o json
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    context.meta["mooring.worktree"] = True
    finish(context, _checked(options.request(context)))


def _checked(request: "Request") -> "Report":
    from mooring.cli.session import open_session
    from mooring.config import ConfigInvalid
    from mooring.core.finding import FindingKind
    from mooring.core.report import Exit
    from mooring.gathering.inspection import inspect_files
    from mooring.git.siblings import clashes, siblings
    from mooring.reports.words import counted

    try:
        session = open_session(request)
    except ConfigInvalid as error:
        desired = _prompts_alone(request)
        return _report(desired, (*error.problems, *(() if desired is None else desired.problems)))
    desired = session.run.history.desired()
    others = siblings(session.repo, session.config_path)
    report = _report(desired, (*clashes(others, session.config_path, session.config.id), *desired.problems))
    looked = tuple(inspect_files(session.run, desired))
    secrets = sum(1 for one in looked if one.kind is FindingKind.SECRET)
    said = [f"{counted(secrets, 'text looks', 'texts look')} as if it held a secret"] if secrets else []
    if others.unread:
        said.append(f"{others.unread} more mooring.yaml in the repository were not compared by their ids")
    return replace(
        report,
        findings=(*report.findings, *looked),
        reasons=(*report.reasons, *(Exit.INVALID,) * secrets),
        notices=(*report.notices, *said),
    )


def _prompts_alone(request: "Request") -> "Desired | None":
    """Read the prompts where the config cannot tell where they are: in the usual folder, if there is one."""
    from mooring.config import DEFAULT_PROMPTS
    from mooring.git.repository import find_repository
    from mooring.git.worktree import WorktreeHistory

    repo = find_repository(request.folder)
    inputs = repo.inputs(request.config, DEFAULT_PROMPTS)
    is_there = (repo.root / inputs.prompts).is_dir()
    return WorktreeHistory(repo, inputs, None).desired() if is_there else None


def _report(desired: "Desired | None", problems: "tuple[Problem, ...]") -> "Report":
    from mooring.core.finding import Finding, FindingKind
    from mooring.core.report import Exit, Report
    from mooring.reports.words import counted

    # A config that is not there is one mistake, though both its reader and the reader of the prompts meet it.
    unique = {(one.path, one.line, one.message): one for one in problems}
    findings = tuple(
        Finding(
            FindingKind.FILE, None, f"{one.path}{'' if one.line is None else f':{one.line}'}: {one.message}", one.fix
        )
        for one in unique.values()
    )
    prompts = () if desired is None else tuple(desired.prompts.values())
    read = f"{counted(len(prompts), 'prompt')}, {counted(sum(len(one.versions) for one in prompts), 'version')}"
    said = f"{read}: {counted(len(findings), 'mistake')}" if findings else f"{read}: all valid"
    return Report("validate", "", None, (), findings, (said,), None, (Exit.INVALID,) * len(findings))
