"""`mooring resolve`: what counts where both sides differ?"""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from mooring.cli import options
from mooring.cli.output import finish

if TYPE_CHECKING:
    from mooring.core.address import Side
    from mooring.core.report import Report

_NOTHING = "Nothing was recorded, as nothing waits for a decision."


@click.command("resolve")
@options.some_addresses
@options.targets
@click.option("--take", required=True, type=click.Choice(["git", "platform"]), help="Whose content counts.")
@click.option("--expect", metavar="HASH", help="What you saw live; void if somebody moved again.")
@options.reason
@options.outputs
@click.pass_context
def command(context: click.Context, take: str, expect: str | None, reason: str) -> None:
    """Decide what counts where both sides differ.

    The decision names the content that is live now and holds for that alone: if somebody moves again, it is void.
    For git it is recorded in the ledger with your name and reason; the next sync acts on it. Nothing is lost: what
    was live stays on the platform as a version. For platform it is proposed to Git, as mooring adopt does.

    \b
    Examples:
      mooring resolve support_agent@production --take git --reason "Edit was a test"
      mooring resolve local:support_agent@production --take git --expect 1f0c5e5f1d42 --reason "Agreed with Ann"
      mooring resolve support_agent@production --take platform --reason "The edit is right"
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    expected = None if expect is None else checked(expect)
    finish(context, _taken(context, reason, expected) if take == "platform" else _resolved(context, reason, expected))


def _taken(context: click.Context, reason: str, expected: str | None) -> "Report":
    from mooring.cli.adopt import adopted
    from mooring.core.adoption import Scope

    return replace(adopted(context, Scope.NAMED, "auto", reason, expected), command="resolve")


def _resolved(context: click.Context, reason: str, expected: str | None) -> "Report":
    from mooring import cycle
    from mooring.cli.named import require_named
    from mooring.cli.session import open_session

    run = open_session(options.request(context)).run
    before = require_named(run, cycle.status(run))
    report = cycle.resolve(run, reason, None if expected is None else whole(before, expected))
    if any(target.error is not None for target in report.targets):
        return report
    after = replace(cycle.plan(run), command="resolve", reasons=())
    decided = any(one.row.seen.decision is not None for one in after.rows)
    done = "Recorded. This is what the next mooring sync does:" if decided else _NOTHING
    return replace(after, notices=(done,))


def checked(text: str) -> str:
    """Give a live side as reports write it, whole or cut; raises BadParameter."""
    if not re.fullmatch(r"absent|(opaque:)?(sha256:)?[0-9a-f]{12,64}", text):
        hint = "Copy it from what drift or diff shows, or write absent."
        raise click.BadParameter(f"{text!r} is no content hash. {hint}", param_hint="--expect")
    return text


def whole(report: "Report", text: str) -> "Side":
    """Give the live side that a cut hash means now; one that nobody serves is given as it is, and will not match."""
    from mooring.core.address import ABSENT, ContentHash, Gap

    if text == "absent":
        return ABSENT
    prefix = (
        text if "sha256:" in text else f"{text.removesuffix(text.rpartition(':')[2])}sha256:{text.rpartition(':')[2]}"
    )
    served = (one.row.seen.live for one in report.rows)
    return next((live for live in served if not isinstance(live, Gap) and live.startswith(prefix)), ContentHash(prefix))
