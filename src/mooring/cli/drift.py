"""`mooring drift`: did somebody move?"""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from mooring.cli import options
from mooring.cli.output import finish

if TYPE_CHECKING:
    from mooring.core.report import Report
    from mooring.core.state import State


@click.command("drift")
@options.addresses
@options.targets
@options.commit
@click.option(
    "--full",
    "depth",
    flag_value="whole",
    help="Read every label anew, even where asking for changes would do.",
)
@click.option("--fail-on", metavar="STATE,...", help="Fail for these states only, as platform_ahead,missing.")
@options.commit_status
@options.outputs
@click.pass_context
def command(context: click.Context, depth: str | None, fail_on: str | None) -> None:
    """Compare Git and the platforms, and say who moved.

    Registry drift is a prompt on a platform that is not what Git says. For schedules and gates: exits 0 where
    nothing differs, 2 where a sync would settle it, 3 where a person must decide, 8 where something could not be read.

    \b
    Examples:
      mooring drift
      mooring drift -o json=drift.json -o text
      mooring drift --fail-on platform_ahead,conflict,missing
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    states = None if fail_on is None else states_of(fail_on)
    finish(context, _compared(context, depth, states))


def _compared(context: click.Context, depth: str | None, states: "frozenset[State] | None") -> "Report":
    from mooring import cycle
    from mooring.cli.alerting import with_alerts
    from mooring.cli.commit_status import with_status
    from mooring.cli.named import require_named
    from mooring.cli.progress import shown
    from mooring.cli.session import open_session
    from mooring.run import Depth

    with shown() as progress:
        request = options.request(context)
        session = open_session(request, progress)
        run = replace(session.run, depth=Depth(depth or Depth.CHANGES))
        report = with_alerts(session, require_named(run, cycle.drift(run, states)))
    return with_status(run, report, request.targets) if context.meta.get("mooring.commit_status") else report


def states_of(text: str) -> "frozenset[State]":
    """Read states with commas between; raises BadParameter."""
    from mooring.core.state import State

    words = [word.strip() for word in text.split(",") if word.strip()]
    unknown = [word for word in words if word not in list(State)]
    if unknown or not words:
        raise click.BadParameter(
            f"{', '.join(unknown) or text!r} is no state. There are {', '.join(State)}.", param_hint="--fail-on"
        )
    return frozenset(State(word) for word in words)
