"""`mooring promote`: let a label serve what another label of the prompt serves."""

from typing import TYPE_CHECKING

import click

from mooring.cli import options
from mooring.cli.output import finish

if TYPE_CHECKING:
    from mooring.core.report import Report
    from mooring.run import Run


@click.command("promote")
@click.argument("prompt", metavar="PROMPT")
@click.option("--from", "source", required=True, metavar="LABEL", help="The label that serves it already.")
@click.option("--to", "label", required=True, metavar="LABEL", help="The label that is to serve it too.")
@click.option("--now", is_flag=True, help="Move the label on the platforms at once; needs --reason.")
@click.option("--reason", metavar="TEXT", help="Why it cannot wait for a review; it goes on record. Only with --now.")
@options.target
@options.outputs
@click.pass_context
def command(context: click.Context, prompt: str, source: str, label: str, now: bool, reason: str | None) -> None:  # noqa: FBT001  # click's own way to hand over a flag
    """Let a label serve what another label of the prompt serves.

    It is proposed to Git as a change of the label, as a branch and, where the Git host's token is set, a pull request:
    reviewed like any change, and shipped by the sync after the merge.

    With --now the label is moved at once, for emergencies: only to content that Git says the other label serves, and
    that it does serve. The policy `promote_now: forbid` forbids it.

    \b
    Examples:
      mooring promote support_agent --from staging --to production
      mooring promote support_agent --from staging --to production --now --reason "Refunds are answered wrongly"
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    if source == label:
        raise click.UsageError(f"--from and --to both name {label}. Name two labels.")
    if now is not bool(reason and reason.strip()):
        missing = "--now needs --reason: say why it cannot wait for a review." if now else "--reason goes with --now."
        raise click.UsageError(missing)
    finish(context, _promoted(context, prompt, source, label, reason))


def _promoted(context: click.Context, prompt: str, source: str, label: str, reason: str | None) -> "Report":
    from mooring import cycle
    from mooring.cli.named import require_named
    from mooring.cli.rollback import moved

    def act(run: "Run") -> "Report":
        report = cycle.promote(run, prompt, source, label, reason)
        return report if reason is None else require_named(run, report)

    context.meta["mooring.addresses"] = (prompt,)
    return moved(context, act)
