"""`mooring doctor`: is everything in place for a sync?"""

import os
from functools import partial
from typing import TYPE_CHECKING, assert_never

import click

from mooring.cli import options
from mooring.cli.output import finish

if TYPE_CHECKING:
    from mooring.cli.session import Request, Session
    from mooring.config import LedgerConfig
    from mooring.core.check import Check
    from mooring.core.report import Report
    from mooring.git.host import Subject


@click.command("doctor")
@options.target
@options.outputs
@click.pass_context
def command(context: click.Context) -> None:
    """Check connections, rights and the Git host.

    Reads the work tree, asks every target and the remote, and writes nothing: who answers, as which project, what it
    can do and what not, which names and labels it cannot carry, how the ledger stands, and whether it may be pushed.
    Exits 0 where nothing failed, 64 for a wrong setting, 77 where something was denied or leads to another project, 8
    where nobody answered.

    \b
    Examples:
      mooring doctor
      mooring doctor --target local -o json
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    context.meta["mooring.worktree"] = True
    finish(context, _examined(options.request(context)))


def _examined(request: "Request") -> "Report":
    from mooring import doctor
    from mooring.cli.session import open_session

    session = open_session(request)
    return doctor.examine(session.run, partial(_host, session))


def _host(session: "Session") -> "tuple[Check, ...]":
    from mooring.git import host
    from mooring.github.traps import examine as traps

    subject = _subject(session)
    opens_issues = any(alert.notify is None for alert in session.config.alerts)
    scene = traps.Scene(subject, os.environ, opens_issues=opens_issues, clock=session.run.clock)
    return (*host.examine(subject), *traps.examine(scene))


def _subject(session: "Session") -> "Subject":
    from mooring.config import DEFAULT_REMOTE
    from mooring.git.branch import chosen_remote
    from mooring.git.host import Subject
    from mooring.git.repository import Inputs

    repo, config = session.repo, session.config
    configured = None if config.ledger.remote == DEFAULT_REMOTE else config.ledger.remote
    return Subject(
        repo=repo,
        inputs=Inputs(repo.place(config.prompts), session.config_path),
        branch=config.branch,
        remote=chosen_remote(repo, configured),
        ledger=_pushed(config.ledger),
        ledger_file=config.ledger.where,
    )


def _pushed(ledger: "LedgerConfig") -> str | None:
    """Give the prefix of the refs that a ledger is pushed to, None for a file."""
    from mooring.config import LedgerPlace

    match ledger.place:
        case LedgerPlace.REF:
            return ledger.where
        case LedgerPlace.BRANCH:
            return f"refs/heads/{ledger.where}"
        case LedgerPlace.FILE:
            return None
        case _:
            assert_never(ledger.place)
