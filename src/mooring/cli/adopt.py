"""`mooring adopt`: bring what a platform serves into Git, for people to review."""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from mooring.cli import options
from mooring.cli.output import finish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mooring.core.adoption import Scope
    from mooring.core.report import Report

_NOTHING = "Nothing was proposed: the platform serves nothing that Git does not say."
_WAITING = "Nothing was proposed: what differs is not to be adopted, or waits for a person's decision."
_LAYOUTS = ("auto", "one-file", "versions")


@click.command("adopt")
@options.addresses
@options.targets
@click.option("--by-policy", is_flag=True, help="Only what the policy says: platform_ahead: adopt, and moves by hand.")
@click.option(
    "--layout",
    type=click.Choice(_LAYOUTS),
    default="auto",
    show_default=True,
    help="How prompts that Git does not have yet are written.",
)
@click.option("--to-files", is_flag=True, help="Write files into the work tree instead of a branch.")
@click.option("--reason", default="", metavar="TEXT", help="Why; it goes into the proposal.")
@options.outputs
@click.pass_context
def command(context: click.Context, by_policy: bool, layout: str, to_files: bool, reason: str) -> None:  # noqa: FBT001
    """Bring what a platform serves into Git, for people to review.

    Each ADDRESS becomes a change of its prompt's file, in the style that the file has; without any, all that the
    platform serves and Git does not say. The change is proposed as a branch with one commit, and as a pull request
    where the Git host's token is set (GITHUB_TOKEN). The platform is only read, and nothing is merged. Once it is
    merged, both sides agree. A pull request that a person closed is not opened again for the same content.

    \b
    Examples:
      mooring adopt support_agent@production
      mooring adopt --target langfuse-prod
      mooring adopt --by-policy
      mooring adopt --to-files && git diff
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    context.meta["mooring.to_files"] = to_files
    finish(context, adopted(context, _scope(context, by_policy=by_policy), layout, reason, None))


def _scope(context: click.Context, *, by_policy: bool) -> "Scope":
    from mooring.core.adoption import Scope

    named, selected = context.meta.get("mooring.addresses"), context.meta.get("mooring.globs")
    if by_policy and (named or selected):
        raise click.UsageError("--by-policy is about all that the policy says. Name addresses, or leave them out.")
    if by_policy:
        return Scope.POLICY
    if named:
        return Scope.NAMED
    return Scope.SELECTED if selected else Scope.ALL


def adopted(context: click.Context, scope: "Scope", layout: str, reason: str, expected: str | None) -> "Report":
    """Propose what a scope is about, and report it; `expected` is what a person saw live, whole or cut."""
    from mooring import cycle
    from mooring.cli.named import require_named
    from mooring.cli.progress import shown
    from mooring.cli.resolve import whole
    from mooring.cli.session import open_session
    from mooring.formats.writing.adoption import Layout
    from mooring.proposing.adopt import Asked

    with shown() as progress:
        run = open_session(options.request(context), progress).run
        saw = None if expected is None else whole(cycle.status(run), expected)
        report = cycle.adopt(run, Asked(scope, reason, Layout(layout)), saw)
    require_named(run, report)
    return replace(report, notices=(*report.notices, *_notices(report)))


def _notices(report: "Report") -> "Iterator[str]":
    """Say that there was nothing to bring, where the list of addresses does not."""
    from mooring.core.plan import Outcome
    from mooring.core.report import Exit
    from mooring.core.state import State

    if report.exit is Exit.OK and not any(one.outcome is Outcome.PROPOSED for one in report.rows):
        agreed = all(one.row.verdict.state is State.IN_SYNC for one in report.rows)
        yield _NOTHING if agreed else _WAITING
