"""`mooring resume`: end a suspension."""

from typing import TYPE_CHECKING

import click

from mooring.cli import options
from mooring.cli.output import finish

if TYPE_CHECKING:
    from mooring.core.report import Report


@click.command("resume")
@options.some_addresses
@options.target
@options.outputs
@click.pass_context
def command(context: click.Context) -> None:
    """End a suspension.

    ADDRESS is written as it was for suspend. The next sync writes to it again.

    \b
    Examples:
      mooring resume support_agent
      mooring resume 'langfuse-prod:*'
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    finish(context, _resumed(context))


def _resumed(context: click.Context) -> "Report":
    from mooring import cycle
    from mooring.cli.combined import combined
    from mooring.cli.session import open_session

    run = open_session(options.request(context)).run
    patterns = context.meta["mooring.addresses"]
    return combined([cycle.resume(run, pattern) for pattern in patterns], f"Resumed: {', '.join(patterns)}")
