"""`mooring drift`: did somebody move?"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from mooring.cli import options
from mooring.cli.output import finish

if TYPE_CHECKING:
    from mooring.cli.session import Request
    from mooring.core.report import Report
    from mooring.core.state import State
    from mooring.run import Run


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
@click.option(
    "--unknown-after",
    "limit",
    type=click.IntRange(min=1),
    default=1,
    metavar="N",
    help="Fail for what could not be read from the Nth run in a row on only.",
)
@options.commit_status
@options.outputs
@click.pass_context
def command(context: click.Context, depth: str | None, fail_on: str | None, limit: int) -> None:
    """Compare Git and the platforms, and say who moved.

    Registry drift is a prompt on a platform that is not what Git says. For schedules and gates: exits 0 where
    nothing differs, 2 where a sync would settle it, 3 where a person must decide, 8 where something could not be read.

    \b
    Examples:
      mooring drift
      mooring drift -o json=drift.json -o text
      mooring drift --fail-on platform_ahead,conflict,missing
      mooring drift --unknown-after 3
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    states = None if fail_on is None else states_of(fail_on)
    finish(context, _compared(context, Asked(depth, states, limit)))


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options of this command say."""

    depth: str | None
    fail_on: "frozenset[State] | None"
    unknown_after: int


def _compared(context: click.Context, asked: Asked) -> "Report":
    request = options.request(context)
    if not context.meta.get("mooring.commit_status"):
        return _checked(request, asked).report
    from mooring.cli.commit_status import with_status
    from mooring.cli.early_status import stated

    with stated(request, "drift", asked.fail_on):
        checked = _checked(request, asked)
    return with_status(checked.run, checked.report, request.targets)


@dataclass(frozen=True, slots=True)
class Checked:
    """A run and what came of it."""

    run: "Run"
    report: "Report"


def _checked(request: "Request", asked: Asked) -> Checked:
    from mooring import cycle
    from mooring.cli.alerting import with_alerts
    from mooring.cli.named import require_named
    from mooring.cli.progress import shown
    from mooring.cli.session import open_session
    from mooring.run import Depth

    with shown() as progress:
        session = open_session(request, progress)
        run = replace(session.run, depth=Depth(asked.depth or Depth.CHANGES))
        report = require_named(run, cycle.drift(run, asked.fail_on))
        if asked.unknown_after > 1:
            from mooring.alerts.patience import patient

            # Before anybody is told: telling takes its time, and a job may be cancelled meanwhile.
            report = patient(run, report, asked.unknown_after)
        return Checked(run, with_alerts(session, report))


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
