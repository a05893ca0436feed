"""`mooring diff`: what differs, with contents?"""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from mooring.cli import options
from mooring.cli.output import Rendering, deliver, folder, rendering, wanted

if TYPE_CHECKING:
    from mooring.compare import Compared
    from mooring.core.report import Report
    from mooring.reports.page import Page


@click.command("diff")
@options.addresses
@options.targets
@options.commit
@options.worktree
@options.outputs
@click.pass_context
def command(context: click.Context) -> None:
    """Show what differs, with contents and what it means for callers.

    Says what Git changed and what the platform changed since both last agreed; without such a base, what leads from
    live to Git. What changed for a caller comes first, in words; then each difference with its path and its grade:
    breaking, behaviour or cosmetic, word by word. No other command shows the contents of a platform.

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
    from mooring.tokens import gauge

    usual, tokens = rendering(report), gauge() if compared else None

    def json() -> str:
        import json as writer

        from mooring.reports.json import document

        return writer.dumps(difference.with_meaning(document(report), compared, tokens), indent=2) + "\n"

    def text() -> str:
        from mooring.reports.text import plain

        return plain(_page(report, difference.page(compared, tokens, difference.Contrast.SIGNS)))

    def paint() -> None:
        from rich.console import Console

        from mooring.reports.text import paint

        console = Console(highlight=False)
        contrast = difference.Contrast.COLOURS if console.color_system else difference.Contrast.SIGNS
        paint(_page(report, difference.page(compared, tokens, contrast, console.width)), console)

    return replace(
        usual, text=text, json=json, md=lambda: difference.markdown(compared, tokens) or usual.md(), paint=paint
    )


def _page(report: "Report", contents: "Page") -> "Page":
    from mooring.reports.page import Line
    from mooring.reports.text import aside, headline

    rest = aside(report)
    return (*(contents or headline(report)), *((Line(), *rest) if rest else ()))
