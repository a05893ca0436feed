"""`mooring resolve`: what counts where both sides differ?"""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from mooring.cli import options
from mooring.cli.output import finish

if TYPE_CHECKING:
    from mooring.core.address import Side
    from mooring.core.report import Report

_BY_HAND = (
    "Taking the platform's content into Git is done by hand: copy what `mooring diff {}` shows as live into a new "
    "version file (mooring new PROMPT), point the label at it, and commit. Then both sides agree."
)


@click.command("resolve")
@options.some_addresses
@options.targets
@click.option("--take", required=True, type=click.Choice(["git", "platform"]), help="Whose content counts.")
@click.option("--expect", metavar="HASH", help="What you saw live; void if somebody moved again.")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it goes on record.")
@options.outputs
@click.pass_context
def command(context: click.Context, take: str, expect: str | None, reason: str) -> None:
    """Decide what counts where both sides differ.

    The decision names the content that is live now and holds for that alone: if somebody moves again, it is void.
    It is recorded in the ledger with your name and reason; the next sync acts on it. Nothing is lost: what was live
    stays on the platform as a version.

    \b
    Examples:
      mooring resolve support_agent@production --take git --reason "Edit was a test"
      mooring resolve local:support_agent@production --take git --expect sha256:1f0c... --reason "Agreed with Ann"
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    if take == "platform":
        raise click.UsageError(_BY_HAND.format(" ".join(context.meta["mooring.addresses"])))
    finish(context, _resolved(context, reason, None if expect is None else side_of(expect)))


def _resolved(context: click.Context, reason: str, expected: "Side | None") -> "Report":
    from mooring import cycle
    from mooring.cli.session import open_session

    report = cycle.resolve(open_session(options.request(context)).run, reason, expected)
    if report.reasons or report.error:
        return report
    return replace(report, notices=(*report.notices, "Recorded. The next mooring sync acts on it."))


def side_of(text: str) -> "Side":
    """Read a live side as reports write it; raises BadParameter."""
    import re

    from mooring.core.address import ABSENT, ContentHash

    if text == "absent":
        return ABSENT
    if re.fullmatch(r"(opaque:)?sha256:[0-9a-f]{64}", text):
        return ContentHash(text)
    hint = "Copy the whole hash from what drift or diff shows, or write absent."
    raise click.BadParameter(f"{text!r} is no content hash. {hint}", param_hint="--expect")
