"""Which options do several commands share, and what do they say together?"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mooring.cli.output import ENTRIES, PLANS, REPORTS, Format, parse_outputs

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from mooring.cli.session import Request

F = TypeVar("F", bound=Callable[..., Any])
_COMMITS = re.compile(r"([0-9a-f]{7,64})\.\.([0-9a-f]{7,64})")


def request(context: click.Context) -> "Request":
    """Give what the shared options of this command say."""
    from mooring.cli.session import CONFIG_NAME, Request
    from mooring.core.guard import Allowances
    from mooring.run import Selection

    said = context.meta
    revision, worktree = said.get("mooring.commit"), bool(said.get("mooring.worktree"))
    if revision is not None and worktree:
        raise click.UsageError("--commit and --worktree exclude each other. Leave one of them out.", context)
    return Request(
        folder=Path(said.get("mooring.directory", ".")),
        config=said.get("mooring.config") or CONFIG_NAME,
        targets=said.get("mooring.targets", ()),
        selection=Selection(said.get("mooring.addresses", ()), said.get("mooring.globs", ())),
        revision=None if worktree else revision or "HEAD",
        allowed=Allowances(
            updates=said.get("mooring.allow_updates"),
            deletes=said.get("mooring.allow_deletes"),
            empty_source=bool(said.get("mooring.allow_empty_source")),
            history=said.get("mooring.accept_history"),
            lost_ledger=bool(said.get("mooring.accept_lost_ledger")),
            takeover=frozenset(said.get("mooring.takeover", ())),
        ),
        lock_timeout=said.get("mooring.lock_timeout", 90.0),
        to_files=bool(said.get("mooring.to_files")),
    )


def _kept(context: click.Context, parameter: click.Parameter, value: Any) -> Any:  # noqa: ANN401  # click's own type
    context.meta[f"mooring.{parameter.name}"] = value
    return value


def _outputs(context: click.Context, parameter: click.Parameter, value: Any) -> Any:  # noqa: ANN401
    return _kept(context, parameter, parse_outputs(value, REPORTS))


def _entries(context: click.Context, parameter: click.Parameter, value: Any) -> Any:  # noqa: ANN401
    return _kept(context, parameter, parse_outputs(value, ENTRIES))


def _plans(context: click.Context, parameter: click.Parameter, value: Any) -> Any:  # noqa: ANN401
    return _kept(context, parameter, parse_outputs(value, PLANS))


def _addresses(context: click.Context, _: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    from mooring.cli.completion import addresses

    return addresses(context, incomplete)


def _targets(context: click.Context, _: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    from mooring.cli.completion import targets

    return targets(context, incomplete)


def _formats(_: click.Context, parameter: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    from mooring.cli.completion import items

    there = ENTRIES if parameter.callback is _entries else PLANS if parameter.callback is _plans else REPORTS
    return items((form for form in Format if form in there), incomplete)


def _history(context: click.Context, parameter: click.Parameter, value: Any) -> Any:  # noqa: ANN401
    found = None if value is None else _COMMITS.fullmatch(value)
    if value is not None and found is None:
        raise click.BadParameter(f"{value!r} is not OLD..NEW with two commit ids; copy it from what sync said.")
    return _kept(context, parameter, None if found is None else (found[1], found[2]))


def _said(_: click.Context, __: click.Parameter, value: str) -> str:
    if not value.strip():
        raise click.BadParameter("It is empty. Say why in a few words, for those who read the record.")
    return value


def _option(*names: str, keep: Any = _kept, **settings: Any) -> Callable[[F], F]:  # noqa: ANN401  # click's own types
    return click.option(*names, callback=keep, expose_value=False, **settings)


def _all(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    def decorate(command: F) -> F:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


def addresses(command: F) -> F:
    """Take `[ADDRESS]…`."""
    named = click.argument(
        "addresses",
        nargs=-1,
        metavar="[ADDRESS]...",
        callback=_kept,
        expose_value=False,
        shell_complete=_addresses,
    )
    return named(command)


def some_addresses(command: F) -> F:
    """Take `ADDRESS…`, one at least."""
    named = click.argument(
        "addresses",
        nargs=-1,
        required=True,
        metavar="ADDRESS...",
        callback=_kept,
        expose_value=False,
        shell_complete=_addresses,
    )
    return named(command)


def target(command: F) -> F:
    """Take `--target`."""
    named = _option(
        "-t",
        "--target",
        "targets",
        multiple=True,
        metavar="NAME",
        help="Only this target; repeatable.",
        shell_complete=_targets,
    )
    return named(command)


def reason(command: F) -> F:
    """Take `--reason`."""
    return click.option("--reason", required=True, metavar="TEXT", callback=_said, help="Why; it goes on record.")(
        command
    )


def targets(command: F) -> F:
    """Take `--target` and `--select`."""
    select = _option(
        "--select",
        "globs",
        multiple=True,
        metavar="GLOB",
        help="Only addresses that match, as 'support/*'; repeatable.",
    )
    return _all(target, select)(command)


def outputs(command: F) -> F:
    """Take `-o` of a command that gives a report."""
    return _output(_outputs, "text, json, md, junit, sarif, github or ndjson", "json=report.json")(command)


def plan_outputs(command: F) -> F:
    """Take `-o` of `mooring plan`, which a pull request may show."""
    forms = "text, json, md, junit, sarif, github, ndjson or review (what a pull request shows)"
    return _output(_plans, forms, "review=review.md")(command)


def log_outputs(command: F) -> F:
    """Take `-o` of `mooring log`, which lists entries."""
    return _output(_entries, "text, json, md or csv", "csv=log.csv")(command)


def _output(keep: Any, forms: str, example: str) -> Callable[[F], F]:  # noqa: ANN401  # click's own types
    return _option(
        "-o",
        "--output",
        "outputs",
        multiple=True,
        keep=keep,
        metavar="FORMAT[=FILE]",
        help=f"{forms}, to standard output or a file; repeatable, as -o text -o {example}.",
        shell_complete=_formats,
    )


def commit(command: F) -> F:
    """Take `--commit`."""
    return _option("--commit", metavar="REV", help="The commit to work from, instead of the one checked out.")(command)


def commit_status(command: F) -> F:
    """Take `--commit-status`."""
    said = "Set the commit's status on the Git host to what comes of it."
    return _option("--commit-status", is_flag=True, help=said)(command)


def worktree(command: F) -> F:
    """Take `--worktree`."""
    return _option("--worktree", is_flag=True, help="Read files as they are, committed or not.")(command)


def allowances(command: F) -> F:
    """Take the flags that each open one guard for one run."""
    number = click.IntRange(min=1)
    return _all(
        _option("--allow-updates", type=number, metavar="N", help="Let exactly N addresses change."),
        _option("--allow-deletes", type=number, metavar="N", help="Let exactly N labels be taken off."),
        _option("--allow-empty-source", is_flag=True, help="Accept that Git holds no prompt any more."),
        _option("--accept-history", keep=_history, metavar="OLD..NEW", help="Accept a rewritten branch."),
        _option("--accept-lost-ledger", is_flag=True, help="Begin a new ledger over prompts that are ours."),
        _option("--takeover", multiple=True, metavar="ID", help="Take prompts over from that repository; repeatable."),
    )(command)


def lock_timeout(command: F) -> F:
    """Take `--lock-timeout`."""
    seconds = click.FloatRange(min=0)
    said = "How long to wait for another run to end."
    option = _option("--lock-timeout", type=seconds, default=90.0, show_default=True, metavar="SECONDS", help=said)
    return option(command)
