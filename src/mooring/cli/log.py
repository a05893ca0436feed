"""`mooring log`: who moved what, when and why?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mooring.cli import options
from mooring.cli.output import Format, Output, Rendering, deliver, folder, wanted

if TYPE_CHECKING:
    from mooring.cli.session import Session
    from mooring.core.report import Exit
    from mooring.core.trail import Edge, Log

F = TypeVar("F", bound=Callable[..., Any])
_SHOWN = 50
_KINDS = ("sync", "resolve", "rollback", "promote", "suspend", "resume")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the options say, as they were written; `most` None: as many as suit the form."""

    since: str | None
    until: str | None
    at: str | None
    by: str
    kinds: tuple[str, ...]
    most: int | None
    fetch: bool
    verify: bool
    expect: tuple[str, ...]

    @property
    def narrows(self) -> bool:
        """Tell whether only a part is asked for."""
        return bool(self.since or self.until or self.at or self.by or self.kinds)


def _kept(context: click.Context, parameter: click.Parameter, value: Any) -> Any:  # noqa: ANN401  # click's own type
    context.meta.setdefault("mooring.log", {})[parameter.name] = value
    return value


def _option(*names: str, **settings: Any) -> Callable[[F], F]:  # noqa: ANN401
    return click.option(*names, callback=_kept, expose_value=False, **settings)


@click.command("log")
@options.addresses
@options.targets
@_option("--since", metavar="TIME", help="From then on: 2026-11-17, 2026-11-17T14:00 (UTC, or with its zone), 3d.")
@_option("--until", metavar="TIME", help="Up to then; of a date, the whole day.")
@_option("--at", metavar="TIME", help="What was live then, instead of entries.")
@_option("--by", default="", metavar="TEXT", help="Only what somebody did whose name or mail has that in it.")
@_option("--kind", "kinds", multiple=True, type=click.Choice(_KINDS), help="Only such entries; repeatable.")
@_option(
    "-n", "most", type=click.IntRange(min=0), metavar="N", help=f"The newest N; 0 is all.  [default: text, md {_SHOWN}]"
)
@_option("--fetch", is_flag=True, help="Ask the remote for what is newer first.")
@_option("--verify", is_flag=True, help="Check that no entry was changed or taken out, here and at the remote.")
@_option("--expect", multiple=True, metavar="ID", help="With --verify: an entry that must be in it; repeatable.")
@options.log_outputs
@click.pass_context
def command(context: click.Context) -> None:
    """Say who moved what, when and why.

    Told from the ledger as this clone last saw it, and from Git; no platform and no network is asked. Times are UTC.
    Each entry names the one before it by a hash, so that nobody can change one unseen: --verify checks that, and
    fails with 3 where an entry is not what it was.

    \b
    Examples:
      mooring log support_agent
      mooring log support_agent@production --at 2026-11-17T14:00
      mooring log --since 2026-07-01 --until 2026-09-30 -o csv=q3.csv
      mooring log --verify --expect 1a2b3c4d5e6f
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    from mooring.cli.session import open_session

    asked = _Asked(**context.meta["mooring.log"])
    request = options.request(context)
    _require_sense(context, asked)
    log = _told(context, open_session(request), asked)
    deliver(_rendering(log), wanted(context), folder(context))
    context.exit(int(_exit(log)))


def _require_sense(context: click.Context, asked: _Asked) -> None:
    outputs = {output.format for output in wanted(context)}
    if asked.verify or asked.expect:
        if (
            asked.narrows
            or asked.most is not None
            or context.meta["mooring.addresses"]
            or context.meta["mooring.globs"]
        ):
            raise click.UsageError("--verify checks whole ledgers. Leave out what asks for a part of one.", context)
        if Format.CSV in outputs:
            raise click.UsageError("--verify gives text, json or md. Leave out -o csv.", context)
    if asked.at and (asked.since or asked.until or asked.kinds or asked.by or asked.most is not None):
        raise click.UsageError("--at tells one moment. Leave out --since, --until, --kind, --by and -n.", context)
    for one in asked.expect:
        if len(one) < 7 or set(one) - set("0123456789abcdef"):
            hint = "Copy it from what mooring log --verify says."
            raise click.BadParameter(f"{one!r} is no id of an entry. {hint}", param_hint="--expect")


def _told(context: click.Context, session: "Session", asked: _Asked) -> "Log":
    from mooring import audit
    from mooring.cli.books import books_of, read_about, require_on_record, source_of
    from mooring.core.record import RecordKind
    from mooring.core.trail import Edge, Query, addresses

    books = books_of(session)
    if asked.verify or asked.expect:
        return audit.verified(books, asked.expect)
    selection, now = session.run.selection, datetime.fromisoformat(session.run.clock.now())
    since = _moment("--since", asked.since, now, Edge.START)
    until = _moment("--until", asked.until, now, Edge.END)
    at = _moment("--at", asked.at, now, Edge.START)
    freshness = audit.Freshness.REMOTE if asked.fetch else audit.Freshness.CLONE
    trail = read_about(books, freshness, () if selection.globs else selection.addresses)
    require_on_record(trail, selection.addresses)
    if at is not None:
        wanted_ = [one for one in addresses(trail.entries) if selection.takes(one)]
        return audit.log_at(trail, source_of(session), wanted_, at)
    query = Query(selection.takes, since, until, frozenset(map(RecordKind, asked.kinds)), asked.by)
    return audit.log(trail, source_of(session), query, _limit(wanted(context), asked.most))


def _moment(option: str, text: str | None, now: datetime, edge: "Edge") -> datetime | None:
    from mooring.core.trail import moment

    try:
        return None if text is None else moment(text, now, edge)
    except ValueError as error:
        hint = "Write 2026-11-17, 2026-11-17T14:00 (UTC), 2026-11-17T14:00+01:00, or a span as 3d."
        raise click.BadParameter(f"{text!r} is no time. {hint}", param_hint=option) from error


def _limit(outputs: Sequence[Output], most: int | None) -> int | None:
    """What is evidence is told whole, unless somebody wants less."""
    if most is not None:
        return most or None
    return _SHOWN if all(output.format in {Format.TEXT, Format.MD} for output in outputs) else None


def _rendering(log: "Log") -> Rendering:
    def csv() -> str:
        from mooring.reports.trail_data import log_csv

        return log_csv(log)

    def json() -> str:
        from mooring.reports.trail_data import log_json

        return log_json(log)

    def text() -> str:
        from mooring.reports.text import plain
        from mooring.reports.trail import log_page

        return plain(log_page(log))

    def md() -> str:
        from mooring.reports.trail import log_markdown

        return log_markdown(log)

    def paint() -> None:
        from rich.console import Console

        from mooring.reports.text import paint as painted
        from mooring.reports.trail import log_page

        painted(log_page(log), Console(highlight=False))

    return Rendering(text, json, md, paint, {Format.CSV: csv})


def _exit(log: "Log") -> "Exit":
    from mooring.core.report import Exit

    if any(one.flaws for one in log.verdicts):
        return Exit.ATTENTION
    return Exit.UNKNOWN if any(one.unasked for one in log.verdicts) else Exit.OK
