"""`mooring plan`: what would a sync do?"""

import os
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import click

from mooring.cli import options
from mooring.cli.output import Format, Rendering, finish, folder, write_file

if TYPE_CHECKING:
    from mooring.cli.session import Session
    from mooring.core.report import Report
    from mooring.reports.review import Review, Sheet


@click.command("plan")
@options.addresses
@options.targets
@options.commit
@options.worktree
@click.option("--offline", is_flag=True, help="Compare with the ledger, not the platform: needs no credentials.")
@click.option("--out", metavar="FILE", help="Keep the plan for `mooring sync FILE`.")
@click.option("--comment", is_flag=True, help="Keep one comment on the pull request of this CI job up to date.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 where a sync would change something.")
@options.allowances
@options.plan_outputs
@click.pass_context
def command(context: click.Context, *, offline: bool, out: str | None, comment: bool, detailed_exitcode: bool) -> None:
    """Say what sync would do, and why.

    Reads Git at one commit, the ledger and the platforms, and writes nothing. What needs a person stands first, with
    the command that is the way out. With --offline it needs neither network nor secrets, as on a pull request, which
    -o review and --comment are for: each prompt word by word against what is served now.

    \b
    Examples:
      mooring plan
      mooring plan --offline --commit HEAD -o md=plan.md
      mooring plan --offline --comment -o github
      mooring plan --worktree support_agent
      mooring plan --out plan.json && mooring sync plan.json
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    session, report = _planned(context, offline=offline)
    if out is not None:
        _keep(context, report, out, offline=offline)
    gathered = cache(lambda: _gathered(session, report, offline=offline))
    told = _commented(session, report, gathered) if comment else report
    finish(context, told if detailed_exitcode else _forgiving(told), lambda usual: _with_review(usual, gathered))


def _planned(context: click.Context, *, offline: bool) -> "tuple[Session, Report]":
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
    return session, with_uncommitted(report, session, request)


def _keep(context: click.Context, report: "Report", out: str, *, offline: bool) -> None:
    from mooring.reports import json

    if offline or report.commit is None:
        raise click.UsageError("A plan made --offline or from the --worktree can never be applied, so --out is no use.")
    write_file(folder(context) / out, json.text(report))


def _gathered(session: "Session", report: "Report", *, offline: bool) -> "Review":
    """Read what a review shows beyond the plan itself; only where a form or the pull request asks for it."""
    from functools import partial

    from mooring.git.full import FullHistory
    from mooring.review.destination import Source, destination
    from mooring.review.earlier import Earlier
    from mooring.review.gather import Around, Basis, review
    from mooring.review.host import file_url, pull_number

    repo, config, remote = session.repo, session.config, _remote(session)
    inputs = repo.inputs(session.config_path.removeprefix(repo.prefix), config.prompts)
    full = FullHistory(repo, remote, config.branch)
    there = destination(Source(full, remote, config.branch, session.config_path, report.commit), os.environ)
    around = Around(
        basis=Basis.LEDGER if offline else Basis.PLATFORMS,
        earlier=Earlier(full, inputs),
        pull=pull_number(os.environ),
        file_url=partial(file_url, os.environ, report.commit),
        settings=there.settings,
        onto=there.onto,
        unsure=there.unsure,
        base=there.base,
    )
    return review(session.run, report, around)


def _remote(session: "Session") -> str | None:
    from mooring.config import DEFAULT_REMOTE
    from mooring.git.branch import chosen_remote

    named = session.config.ledger.remote
    return chosen_remote(session.repo, None if named == DEFAULT_REMOTE else named)


def _commented(session: "Session", report: "Report", gathered: "Callable[[], Review]") -> "Report":
    from mooring.review.comment import commented, outdated
    from mooring.review.destination import is_outdated
    from mooring.review.host import pull_number
    from mooring.review.post import Draft

    if is_outdated(session.repo, _remote(session), os.environ):
        return outdated(report)

    def draft() -> Draft:
        found = gathered()
        return Draft(found.id, _text(found), found.quiet)

    return commented(session.run, report, pull_number(os.environ), draft)


def _with_review(usual: Rendering, gathered: "Callable[[], Review]") -> Rendering:
    """Add the form of a review, which is a job's summary too."""
    from mooring.reports.review import summary

    return replace(
        usual,
        others={**usual.others, Format.REVIEW: lambda: _text(gathered())},
        summary=lambda room: _text(gathered(), summary(room)),
    )


def _text(found: "Review", sheet: "Sheet | None" = None) -> str:
    from mooring.reports.review import COMMENT, text
    from mooring.tokens import gauge

    return text(found, gauge() if found.changes else None, sheet or COMMENT)


def _forgiving(report: "Report") -> "Report":
    """A plan with changes is a plan that worked."""
    from mooring.core.report import Exit

    return replace(report, reasons=tuple(reason for reason in report.reasons if reason is not Exit.CHANGES))
