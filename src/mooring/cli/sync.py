"""`mooring sync`: bring the platforms to what Git asks for."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mooring.cli import options
from mooring.cli.output import finish, folder

if TYPE_CHECKING:
    from mooring.cli.session import Request
    from mooring.core.report import Report
    from mooring.run import Run


@click.command("sync")
@click.argument("planfile", required=False, metavar="[PLANFILE]")
@options.targets
@options.commit
@options.allowances
@options.lock_timeout
@options.commit_status
@options.outputs
@click.pass_context
def command(context: click.Context, planfile: str | None) -> None:
    """Bring the platforms to what Git asks for.

    For each address: publish the version without its label, check what was stored, move the label, check again,
    record it. A version that is there already is used again, so a second run writes nothing. Only the tip of the
    branch is applied. What a person must decide is left alone and said; everything else goes on.

    With PLANFILE, only if that plan still holds. Ctrl-C finishes the write in hand.

    \b
    Examples:
      mooring sync
      mooring sync --target langfuse-prod --select 'support/*'
      mooring sync plan.json
      mooring sync --allow-updates 112
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    planned = None if planfile is None else digest_of(folder(context) / planfile)
    finish(context, _synced(context, planned))


def _synced(context: click.Context, planned: str | None) -> "Report":
    request = options.request(context)
    if not context.meta.get("mooring.commit_status"):
        return _done(request, planned).report
    from mooring.cli.commit_status import with_status
    from mooring.cli.early_status import stated

    with stated(request, "sync"):
        done = _done(request, planned)
    return with_status(done.run, done.report, request.targets)


@dataclass(frozen=True, slots=True)
class Done:
    """A run and what came of it."""

    run: "Run"
    report: "Report"


def _done(request: "Request", planned: str | None) -> Done:
    from threading import Event

    from mooring import cycle
    from mooring.cli.alerting import with_alerts
    from mooring.cli.progress import shown
    from mooring.cli.session import open_session
    from mooring.cli.signals import graceful
    from mooring.cli.uncommitted import with_uncommitted

    stop = Event()
    with shown() as progress, graceful(stop) as caught:
        session = open_session(request, progress, stop)
        report = _checked(session.run, cycle.sync(session.run, planned))
        report = with_uncommitted(with_alerts(session, report), session, request)
    if stop.is_set():
        report = replace(report, reasons=(caught.code, *report.reasons))
    return Done(session.run, report)


def _checked(run: "Run", report: "Report") -> "Report":
    """Add what the selection names and nobody has; what else it names is done."""
    from mooring.cli.named import unnamed
    from mooring.core.report import Exit

    said = unnamed(run, report) if report.targets else None
    return report if said is None else replace(report, error=said, reasons=(Exit.USAGE, *report.reasons))


def digest_of(file: Path) -> str:
    """Give the digest of a plan that `mooring plan --out` kept; raises UsageError."""
    import json

    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        if kept["schema"] == "mooring/report/1" and kept["command"] == "plan":
            return str(kept["digest"])
    except OSError as error:
        hint = "To sync some prompts only, use --select."
        raise click.UsageError(f"The plan {file} cannot be read: {error.strerror}. {hint}") from error
    except (ValueError, KeyError, TypeError):
        pass
    raise click.UsageError(f"{file} is no plan. Make one with `mooring plan --out {file}`.")
