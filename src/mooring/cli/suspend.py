"""`mooring suspend`: stop writing to addresses for a while."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from mooring.cli import options
from mooring.cli.output import finish
from mooring.core.span import seconds

if TYPE_CHECKING:
    from mooring.core.report import Report
    from mooring.run import Run

DEFAULT = "7d"
_GLOB = re.compile(r"[*?[]")


@click.command("suspend")
@options.some_addresses
@options.target
@click.option("--for", "span", metavar="SPAN", help=f"For how long: 30m, 4h, 7d, 2w.  [default: {DEFAULT}]")
@click.option("--until", metavar="DATE", help="Until when: 2026-03-01, or 2026-03-01T18:00Z.")
@options.reason
@options.outputs
@click.pass_context
def command(context: click.Context, span: str | None, until: str | None, reason: str) -> None:
    """Stop writing to addresses for a while.

    While it lasts, sync leaves them alone, on every machine. It hides nothing: plan, drift and status still tell
    their states. It always ends by itself. An ADDRESS may be a glob.

    \b
    Examples:
      mooring suspend support_agent --for 4h --reason "Incident 712, we edit by hand"
      mooring suspend 'langfuse-prod:*' --until 2026-03-01 --reason "Release freeze"
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    finish(context, _suspended(context, span, until, reason))


def _suspended(context: click.Context, span: str | None, until: str | None, reason: str) -> "Report":
    from mooring import cycle
    from mooring.cli.combined import combined
    from mooring.cli.session import open_session
    from mooring.core.memory import Suspension
    from mooring.core.report import Exit

    run = open_session(options.request(context)).run
    end = end_of(datetime.fromisoformat(run.clock.now()), span, until).isoformat(timespec="seconds")
    patterns = context.meta["mooring.addresses"]
    idle = _idle(run, patterns)
    reports = [cycle.suspend(run, Suspension(pattern, end, run.author, reason)) for pattern in patterns]
    report = combined(reports, f"Suspended until {end}: {', '.join(patterns)}")
    return report if report.exit is not Exit.OK else replace(report, notices=(*report.notices, *idle))


def _idle(run: "Run", patterns: Sequence[str]) -> list[str]:
    """Say which globs are about nothing yet; raises UsageError for an address that neither Git nor the ledger has."""
    from mooring import cycle
    from mooring.cli.named import is_pattern_of, no_address
    from mooring.run import Selection

    whole = replace(run, selection=Selection())
    there = [one.row.address for one in cycle.plan_offline(whole).rows]
    none = [pattern for pattern in patterns if not is_pattern_of(pattern, there)]
    globs = [pattern for pattern in none if _GLOB.search(pattern)]
    if len(none) > len(globs):
        raise click.UsageError(" ".join(no_address(run, pattern) for pattern in none if pattern not in globs))
    return [f"Nothing matches {pattern} yet; what comes will be suspended." for pattern in globs]


def end_of(now: datetime, span: str | None, until: str | None) -> datetime:
    """Give when a suspension ends, in UTC; raises UsageError."""
    if span is not None and until is not None:
        raise click.UsageError("--for and --until exclude each other. Leave one of them out.")
    if until is None:
        return now + _length(span or DEFAULT)
    try:
        end = datetime.fromisoformat(until)
        end = end.replace(tzinfo=UTC) if end.tzinfo is None else end.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        hint = "Write 2026-03-01, or 2026-03-01T18:00Z."
        raise click.BadParameter(f"{until!r} is no date. {hint}", param_hint="--until") from error
    if end <= now:
        raise click.BadParameter(f"{until} has passed already.", param_hint="--until")
    return end


def _length(span: str) -> timedelta:
    try:
        length = seconds(span)
    except ValueError:
        length = 0.0
    if not length:
        raise click.BadParameter(f"{span!r} is no span of time. Write 30m, 4h, 7d or 2w.", param_hint="--for")
    return timedelta(seconds=length)
