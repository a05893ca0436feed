"""`mooring rollback`: put what a label served before back at once."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from mooring.cli import options
from mooring.cli.output import finish

if TYPE_CHECKING:
    from mooring.core.report import Report
    from mooring.run import Run


@click.command("rollback")
@options.some_addresses
@options.target
@click.option("--to", metavar="KEY|COMMIT|HASH", help="What to serve instead, where it is not what was served before.")
@options.reason
@options.outputs
@click.pass_context
def command(context: click.Context, to: str | None, reason: str) -> None:
    """Put what a label served before back at once.

    One label move, in seconds, even while the Git host is down: no merge, no pipeline. It serves the verified content
    that it served before what it serves now; rolled back twice, what came before that. Only content that was reviewed
    is ever put back. The label is checked before and after, your name and reason go on record, and the same move is
    proposed to Git. Mooring does not fight it: the next change in Git ships over it.

    \b
    Examples:
      mooring rollback support_agent@production --reason "Refunds are answered wrongly"
      mooring rollback support_agent@production --to v1 --reason "As of last week"
      mooring rollback local:support_agent@production --to 1f0c5e5f1d42 --reason "Agreed with Ann"
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    finish(context, _rolled_back(context, to, reason))


def _rolled_back(context: click.Context, to: str | None, reason: str) -> "Report":
    from mooring import cycle
    from mooring.cli.named import require_named

    def act(run: "Run") -> "Report":
        for text in run.selection.addresses:
            _require_label(run, text)
        return require_named(run, cycle.rollback(run, to, reason))

    return moved(context, act)


def moved(context: click.Context, act: "Callable[[Run], Report]") -> "Report":
    """Do what moves labels at once; a signal lets the write in hand be finished."""
    from threading import Event

    from mooring.cli.progress import shown
    from mooring.cli.session import open_session
    from mooring.cli.signals import graceful

    stop = Event()
    with shown() as progress, graceful(stop) as caught:
        report = act(open_session(options.request(context), progress, stop).run)
    return replace(report, reasons=(caught.code, *report.reasons)) if stop.is_set() else report


def _require_label(run: "Run", text: str) -> None:
    """Raise UsageError where a text names a whole prompt: nobody moves labels that were not named."""
    prompts = {spelling for prompt in run.history.desired().prompts for spelling in _spellings(run, prompt)}
    if text in prompts or "@" not in text:
        labels = sorted({label for target in run.targets for label in target.labels})
        meant = " or ".join(f"{text}@{label}" for label in labels)
        raise click.UsageError(f"{text} names a prompt and none of its labels. Name one: {meant}.")


def _spellings(run: "Run", prompt: str) -> tuple[str, ...]:
    return prompt, *(f"{target.name}:{prompt}" for target in run.targets)
