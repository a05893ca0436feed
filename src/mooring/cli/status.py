"""`mooring status`: where does every prompt stand?"""

import click

from mooring.cli import options
from mooring.cli.output import finish


@click.command("status")
@options.addresses
@options.targets
@options.commit
@options.outputs
@click.pass_context
def command(context: click.Context) -> None:
    """Show where every prompt stands.

    Prompts and labels down, targets across. With the address of one label: its three sides (Git, the base that both
    last agreed on, and live), why it is in its state, and the way out. Fails only for what could not be read.

    \b
    Examples:
      mooring status
      mooring status support_agent@production
      mooring status --select 'support/*' -o md
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    from mooring import cycle
    from mooring.cli.named import require_named
    from mooring.cli.progress import shown
    from mooring.cli.session import open_session

    with shown() as progress:
        run = open_session(options.request(context), progress).run
        report = cycle.status(run)
    finish(context, require_named(run, report))
