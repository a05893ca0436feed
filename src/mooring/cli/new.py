"""`mooring new`: begin the next version of a prompt."""

from typing import TYPE_CHECKING

import click

from mooring.cli import options
from mooring.cli.output import say

if TYPE_CHECKING:
    from pathlib import Path

    from mooring.formats.next_version import NextVersion


@click.command("new")
@click.argument("prompt")
@click.pass_context
def command(context: click.Context, prompt: str) -> None:
    """Begin the next version of a prompt.

    Copies the newest version file to the next key: v2 to v3, v1.1.0 to v1.2.0. A version that the branch holds never
    changes, so this is how a change begins. A prompt that is not there yet gets a first version to fill in.

    \b
    Examples:
      mooring new support_agent
      mooring new marketing/welcome
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    from mooring.clean import name

    made, after = _made(context, prompt)
    copied = "" if after is None else f", a copy of {after}"
    say(f"Wrote {name(made)}{name(copied)}\n\nEdit it, point a label at it, and run: mooring plan --worktree\n")


def _made(context: click.Context, prompt: str) -> tuple[str, str | None]:
    from mooring.cli.failure import Refused
    from mooring.cli.session import open_session
    from mooring.core.report import Exit
    from mooring.formats.next_version import NoNextVersion, next_version
    from mooring.git.history import folder_prefix

    context.meta["mooring.worktree"] = True
    session = open_session(options.request(context))
    prompts = session.run.history.desired().prompts
    prefix = folder_prefix(session.repo.inputs(session.config_path.rpartition("/")[2], session.config.prompts))
    try:
        following = next_version(prompt, prompts, prefix)
    except NoNextVersion as error:
        raise Refused(Exit.USAGE, str(error)) from error
    _write(session.repo.root, following, prompt)
    return following.path, None if following.after is None else following.after.path


def _write(root: "Path", following: "NextVersion", prompt: str) -> None:
    from mooring.formats.next_version import copied, starter

    last = following.after
    data = starter(prompt).encode() if last is None else copied((root / last.path).read_bytes(), following)
    place = root / following.path
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as file:
            file.write(data)
    except OSError as error:
        raise click.FileError(str(place), error.strerror or str(error)) from error
