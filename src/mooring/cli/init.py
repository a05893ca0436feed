"""`mooring init`: tie a repository to a platform."""

import os
import sys
from dataclasses import dataclass, replace
from shlex import quote
from typing import TYPE_CHECKING

import click

from mooring.cli.output import folder, say

if TYPE_CHECKING:
    from mooring.git.repository import Repository
    from mooring.git.siblings import Siblings
    from mooring.scaffold import Answers, Written

_PATIENCE = 5.0
"""Seconds for the one question that may go unanswered: which project is this?"""


@click.command("init")
@click.option(
    "--adapter", metavar="NAME", help="The kind of platform: langfuse, mlflow, memory, or one that is installed."
)
@click.option("--url", help="Where the platform is: https://mlflow.example.com, or sqlite:///mlflow.db.")
@click.option("--target", metavar="NAME", help="What to call it here, as mlflow-prod.")
@click.option("--label", "labels", multiple=True, metavar="NAME", help="A label to manage; repeatable.  [production]")
@click.option(
    "--id",
    "identity",
    metavar="ID",
    help="Who this repository is; each mooring.yaml in it has its own.  [its name]",
)
@click.pass_context
def command(
    context: click.Context,
    *,
    adapter: str | None,
    url: str | None,
    target: str | None,
    labels: tuple[str, ...],
    identity: str | None,
) -> None:
    """Write mooring.yaml, a first prompt and the jobs of the CI.

    The config starts in mode observe, which writes nothing to the platform. A file that is there already stays as it
    is; an example prompt is written only where there are no prompts. Where the environment holds credentials, the
    platform is asked which project they open, and the config pins it. Asks for what is missing on a terminal.

    Jobs are written for GitHub and GitLab: a plan on each pull request and, where they can reach the platform, a sync
    after each merge and a look for drift every hour. The secrets that they need are said, as commands to copy. In a
    monorepo each folder with a mooring.yaml gets jobs of its own.

    \b
    Examples:
      mooring init --adapter langfuse --url https://cloud.langfuse.com --target langfuse-prod
      mooring init --adapter mlflow --url https://mlflow.example.com --target mlflow-prod
      mooring init --adapter mlflow --url sqlite:///mlflow.db --target local
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    from mooring.git.repository import find_repository
    from mooring.scaffold import Answers

    repo = find_repository(folder(context))
    answers = Answers(
        id=_identity(repo, identity),
        adapter=_asked("--adapter", "Which adapter", adapter),
        url=_asked("--url", "Where is the platform (URL)", url),
        target=_asked("--target", "What is it called here", target),
        labels=labels or ("production",),
    )
    _check(answers)
    found = _found(answers)
    _begin(repo, replace(answers, project=found.project), found.serves)


def _asked(flag: str, question: str, given: str | None) -> str:
    """Take what was given, ask a person, or refuse: nobody answers on a pipe."""
    if given is not None:
        return given
    if sys.stdin.isatty() and sys.stdout.isatty():
        return str(click.prompt(question))
    raise click.UsageError(f"{flag} is missing, and there is nobody to ask. Pass {flag} VALUE.")


def _check(answers: "Answers") -> None:
    """Refuse answers that would make a config which no other command takes."""
    from mooring.cli.failure import Refused
    from mooring.config import ConfigInvalid, load_config
    from mooring.connect import adapter_names
    from mooring.core.report import Exit
    from mooring.scaffold import Ci, config_text

    installed = adapter_names()
    if answers.adapter not in installed:
        known = ", ".join(installed)
        raise click.UsageError(f"The adapter {answers.adapter!r} is not installed. Installed are: {known}.")
    try:
        load_config(config_text(answers, Ci.GITHUB).encode(), "mooring.yaml")
    except ConfigInvalid as error:
        raise Refused(Exit.USAGE, "These answers make no valid config.", error.problems) from error


@dataclass(frozen=True, slots=True)
class Found:
    """What the platform said: which project the credentials open, and how many prompts it serves under the labels."""

    project: str | None = None
    serves: int = 0


def _found(answers: "Answers") -> Found:
    """Ask a platform that is not local, with the environment's credentials; nothing is known where nobody answers."""
    from mooring.config import ConfigInvalid, load_config, resolve_credentials
    from mooring.connect import connect
    from mooring.ports import AdapterError, Misconfigured, Options
    from mooring.scaffold import Ci, config_text, is_local

    if is_local(answers.url):
        return Found()
    target = load_config(config_text(answers, Ci.GITHUB).encode(), "mooring.yaml").targets[answers.target]
    project: str | None = None
    try:
        credentials = resolve_credentials(target, os.environ)
        environment = {} if credentials else os.environ
        options = Options(answers.target, answers.url, credentials, "", timeout=_PATIENCE, environment=environment)
        adapter = connect(answers.adapter, options)
        project = adapter.identity()
        return Found(project, len(adapter.survey(answers.labels, ())))
    except (AdapterError, ConfigInvalid, Misconfigured):
        return Found(project)


def _identity(repo: "Repository", given: str | None) -> str:
    """Take the id that mooring.yaml has here already, or was given, or one that no other mooring.yaml has."""
    from mooring.cli.failure import Refused
    from mooring.core.report import Exit
    from mooring.git.siblings import clashes, free_id
    from mooring.scaffold import name_of

    own, here, others = _named(repo)
    if here is not None:
        return here
    if given is None:
        inside = repo.prefix.rstrip("/").rpartition("/")[2]
        return free_id(name_of(repo), inside, [one.id for one in others.named.values()])
    problems = clashes(others, own, given)
    if problems:
        raise Refused(Exit.USAGE, "Another mooring.yaml of this repository has this id.", problems)
    return given


def _named(repo: "Repository") -> tuple[str, str | None, "Siblings"]:
    """Give the path of mooring.yaml here, the id that it states if it is there, and the others."""
    from mooring.git.siblings import NAME, Siblings, siblings

    own = f"{repo.prefix}{NAME}"
    found = siblings(repo, "")
    here = found.named.get(own)
    others = {path: one for path, one in found.named.items() if path != own}
    return own, None if here is None else here.id, Siblings(others, found.unread)


def _begin(repo: "Repository", answers: "Answers", serves: int) -> None:
    """Write what is missing, and say what comes next. Where prompts are served already, an example would be shipped."""
    from mooring.scaffold import next_steps, place_of, scaffold, write_missing

    _, _, others = _named(repo)
    place = place_of(repo, answers.id, others.named, os.environ.get("GITHUB_SERVER_URL", ""))
    place = replace(place, serves=serves)
    written = write_missing(repo.root, scaffold(answers, place))
    lines = [f"Wrote {path}" for path in written.new]
    lines += [f"Kept  {path}, which was there already" for path in written.kept]
    here = os.path.relpath(repo.root / repo.prefix)
    command = "mooring" if here == "." else f"mooring -C {quote(here)}"
    say("\n".join(lines) + "\n\n" + next_steps(answers, place, _typed(repo, written), command))


def _typed(repo: "Repository", written: "Written") -> list[str]:
    """Give what is to be committed as paths from where the person stands; folders of prompts as a whole."""
    folder_ = f"{repo.prefix}prompts/"
    whole = dict.fromkeys(folder_ if path.startswith(folder_) else path for path in (*written.new, *written.kept))
    return [os.path.relpath(repo.root / path) for path in whole]
