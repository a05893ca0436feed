"""`mooring plan`: what would a sync do?"""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from mooring.cli import options
from mooring.cli.output import finish, folder, write_file

if TYPE_CHECKING:
    from mooring.core.report import Report


@click.command("plan")
@options.addresses
@options.targets
@options.commit
@options.worktree
@click.option("--offline", is_flag=True, help="Compare with the ledger, not the platform: needs no credentials.")
@click.option("--out", metavar="FILE", help="Keep the plan for `mooring sync FILE`.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 where a sync would change something.")
@options.allowances
@options.outputs
@click.pass_context
def command(context: click.Context, *, offline: bool, out: str | None, detailed_exitcode: bool) -> None:
    """Say what sync would do, and why.

    Reads Git at one commit, the ledger and the platforms, and writes nothing. What needs a person stands first, with
    the command that is the way out. With --offline it needs neither network nor secrets, as on a pull request.

    \b
    Examples:
      mooring plan
      mooring plan --offline --commit HEAD -o md=plan.md
      mooring plan --worktree support_agent
      mooring plan --out plan.json && mooring sync plan.json
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    report = _planned(context, offline=offline)
    if out is not None:
        _keep(context, report, out, offline=offline)
    finish(context, report if detailed_exitcode else _forgiving(report))


def _planned(context: click.Context, *, offline: bool) -> "Report":
    from mooring import cycle
    from mooring.cli.named import require_named
    from mooring.cli.progress import shown
    from mooring.cli.session import open_session
    from mooring.cli.uncommitted import with_uncommitted

    request = options.request(context)
    with shown() as progress:
        session = open_session(request, progress)
        report = cycle.plan_offline(session.run) if offline else cycle.plan(session.run)
    require_named(session.run, report)
    return with_uncommitted(report, session, request)


def _keep(context: click.Context, report: "Report", out: str, *, offline: bool) -> None:
    from mooring.reports import json

    if offline or report.commit is None:
        raise click.UsageError("A plan made --offline or from the --worktree can never be applied, so --out is no use.")
    write_file(folder(context) / out, json.text(report))


def _forgiving(report: "Report") -> "Report":
    """A plan with changes is a plan that worked."""
    from mooring.core.report import Exit

    return replace(report, reasons=tuple(reason for reason in report.reasons if reason is not Exit.CHANGES))
