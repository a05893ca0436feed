"""What does a commit's status say of a run that ended before it had a report?"""

import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress

import click

from mooring.cli.commit_status import context_of, url_of
from mooring.cli.forge import forge_of
from mooring.cli.session import Request, UsageProblem
from mooring.config import ConfigInvalid
from mooring.core.state import State
from mooring.git.branch import chosen_remote
from mooring.git.command import GitFailed
from mooring.git.repository import Inputs, Repository, config_text, find_repository, resolve
from mooring.ports import ForgeError, HistoryError, Misconfigured, StatusState

_ID = re.compile(r"""^id:[ \t]*["']?([A-Za-z0-9][A-Za-z0-9._-]*)["']?[ \t]*(?:#.*)?$""", re.MULTILINE)
_NAMELESS = "unreadable"
_ASKED_WRONGLY = (click.ClickException, UsageProblem, HistoryError, Misconfigured)


@contextmanager
def stated(request: Request, command: str, fail_on: Collection[State] | None = None) -> Iterator[None]:
    """Let no failure leave the commit without the status that was asked for; the failure itself goes on.

    Where not even the commit or the Git host can be found, there is nothing to set.
    """
    try:
        yield
    except Exception as error:
        with suppress(ForgeError, HistoryError, GitFailed, OSError):
            _set(request, command, fail_on, error)
        raise


def _set(request: Request, command: str, fail_on: Collection[State] | None, error: Exception) -> None:
    if request.revision is None:
        return
    repo = find_repository(request.folder)
    commit = resolve(repo, request.revision)
    forge = forge_of(repo, chosen_remote(repo, None), os.environ)
    if forge is None:
        return
    name = context_of(_id(repo, request, commit), command, request.selection, request.targets, fail_on)
    state, said = _told(error)
    forge.set_status(commit, name, state, said, url_of(os.environ))


def _id(repo: Repository, request: Request, commit: str) -> str:
    """Give the id in a mooring.yaml that may be anything but valid: the status belongs under its usual name."""
    try:
        found = _ID.search(config_text(repo.git, Inputs("", repo.place(request.config)), commit))
    except HistoryError:
        found = None
    return _NAMELESS if found is None else found[1]


def _told(error: Exception) -> tuple[StatusState, str]:
    """Say it in words of our own: what an error says may hold more than everybody may read."""
    if isinstance(error, ConfigInvalid):
        return StatusState.FAILURE, "invalid: mooring.yaml cannot be used as it stands"
    if isinstance(error, _ASKED_WRONGLY):
        return StatusState.FAILURE, "usage: it cannot be done as it was asked for; the log says why"
    return StatusState.ERROR, "it ended without a report; the log says why"
