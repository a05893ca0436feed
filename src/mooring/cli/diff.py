"""`mooring diff`: what differs, with contents?"""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from mooring.cli import options
from mooring.cli.output import Rendering, deliver, folder, rendering, wanted

if TYPE_CHECKING:
    from mooring.compare import Compared
    from mooring.core.report import Report


@click.command("diff")
@options.addresses
@options.targets
@options.commit
@options.worktree
@options.outputs
@click.pass_context
def command(context: click.Context) -> None:
    """Show what differs, with contents.

    Says what Git changed and what the platform changed since both last agreed; without such a base, what leads from
    live to Git. Each difference has its path and its grade: breaking, behaviour or cosmetic. No other command shows
    the contents of a platform.

    \b
    Examples:
      mooring diff
      mooring diff support_agent@production
      mooring diff --worktree support_agent -o md
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    report, compared = _compared(context)
    deliver(_rendering(report, compared), wanted(context), folder(context))
    context.exit(int(report.exit))


def _compared(context: click.Context) -> "tuple[Report, tuple[Compared, ...]]":
    from mooring import cycle
    from mooring.cli.named import require_named
    from mooring.cli.session import open_session
    from mooring.cli.uncommitted import with_uncommitted
    from mooring.compare import compare

    request = options.request(context)
    session = open_session(request)
    found = require_named(session.run, replace(cycle.status(session.run), command="diff"))
    report = with_uncommitted(found, session, request)
    return report, compare(session.run, report)


def _rendering(report: "Report", compared: "tuple[Compared, ...]") -> Rendering:
    """The usual forms; in those for people the contents stand before what else there is to tell."""
    from mooring.reports import difference
    from mooring.reports.page import Line, Page

    usual = rendering(report)

    def text() -> str:
        from mooring.reports.text import plain

        return plain(page())

    def page() -> Page:
        from mooring.reports.text import aside, headline

        rest = aside(report)
        contents = difference.page(compared) or headline(report)
        return (*contents, *((Line(), *rest) if rest else ()))

    def paint() -> None:
        from rich.console import Console

        from mooring.reports.text import paint

        paint(page(), Console(highlight=False))

    return Rendering(text, usual.json, lambda: difference.markdown(compared) or usual.md(), paint)
