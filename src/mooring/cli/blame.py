"""`mooring blame`: where does what is live come from?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import click

from mooring.cli import options
from mooring.cli.output import Format, Rendering, deliver, folder, wanted

if TYPE_CHECKING:
    from mooring.core.trail import Blame


@click.command("blame")
@options.some_addresses
@options.target
@click.option("--fetch", is_flag=True, help="Ask the remote for what is newer first.")
@click.option("--offline", is_flag=True, help="Do not ask the Git host who approved, even where there is a token.")
@options.log_outputs
@click.pass_context
def command(context: click.Context, fetch: bool, offline: bool) -> None:  # noqa: FBT001  # click's flags
    """Say where what is live comes from.

    What an address serves, as the ledger last verified it: since when and by which run, the commit that brought it,
    its author, pull request and approvers, the reason, and what it served before. Needs no platform and no network;
    the Git host is asked only where there is a token for it.

    \b
    Examples:
      mooring blame support_agent@production
      mooring blame langfuse-prod:support_agent -o json
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    deliver(_rendering(_blamed(context, fetch=fetch, offline=offline)), wanted(context), folder(context))


def _blamed(context: click.Context, *, fetch: bool, offline: bool) -> "list[Blame]":
    from mooring import audit
    from mooring.cli.books import books_of, read_about, require_on_record, source_of
    from mooring.cli.session import open_session

    session = open_session(options.request(context))
    freshness = audit.Freshness.REMOTE if fetch and not offline else audit.Freshness.CLONE
    trail = read_about(books_of(session), freshness, context.meta["mooring.addresses"])
    source = source_of(session)
    source = replace(source, forge=None) if offline else source
    now = datetime.fromisoformat(session.run.clock.now())
    named = require_on_record(trail, context.meta["mooring.addresses"])
    return [audit.blame(trail, source, address, now) for address in named]


def _rendering(blamed: "Sequence[Blame]") -> Rendering:
    def csv() -> str:
        from mooring.reports.trail_data import blame_csv

        return blame_csv(blamed)

    def json() -> str:
        from mooring.reports.trail_data import blame_json

        return blame_json(blamed)

    def text() -> str:
        from mooring.reports.text import plain
        from mooring.reports.trail import blame_page

        return plain(blame_page(blamed))

    def md() -> str:
        from mooring.reports.trail import blame_markdown

        return blame_markdown(blamed)

    def paint() -> None:
        from rich.console import Console

        from mooring.reports.text import paint as painted
        from mooring.reports.trail import blame_page

        painted(blame_page(blamed), Console(highlight=False))

    return Rendering(text, json, md, paint, {Format.CSV: csv})
