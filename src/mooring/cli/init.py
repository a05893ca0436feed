"""`mooring init`: tie a repository to a platform."""

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from mooring.cli.output import folder, say

if TYPE_CHECKING:
    from mooring.git.repository import Repository
    from mooring.scaffold import Answers, Place, Written

_PATIENCE = 5.0
"""Seconds for the one question that may go unanswered: which project is this?"""

_NEXT = """\

Next:
  git add mooring.yaml prompts .github && git commit -m "Tie prompts to Git with mooring"
  mooring status      what the platform has, beside what Git has
  mooring plan        what a sync would do
Then set `mode: upsert` in mooring.yaml, commit, and run mooring sync.
"""


@click.command("init")
@click.option(
    "--adapter", metavar="NAME", help="The kind of platform: langfuse, mlflow, memory, or one that is installed."
)
@click.option("--url", help="Where the platform is: https://mlflow.example.com, or sqlite:///mlflow.db.")
@click.option("--target", metavar="NAME", help="What to call it here, as mlflow-prod.")
@click.option("--label", "labels", multiple=True, metavar="NAME", help="A label to manage; repeatable.  [production]")
@click.option("--id", "identity", metavar="ID", help="Who this repository is.  [its name]")
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
    """Write mooring.yaml, a first prompt and a workflow.

    The config starts in mode observe, which writes nothing to the platform. A file that is there already stays as it
    is; an example prompt is written only where there are no prompts. Where the environment holds credentials, the
    platform is asked which project they open, and the config pins it. Asks for what is missing on a terminal.

    \b
    Examples:
      mooring init --adapter langfuse --url https://cloud.langfuse.com --target langfuse-prod
      mooring init --adapter mlflow --url https://mlflow.example.com --target mlflow-prod
      mooring init --adapter mlflow --url sqlite:///mlflow.db --target local
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    from mooring.git.repository import find_repository
    from mooring.scaffold import Answers, id_of, scaffold, write_missing

    repo = find_repository(folder(context))
    answers = Answers(
        id=identity or id_of(_name(repo)),
        adapter=_asked("--adapter", "Which adapter", adapter),
        url=_asked("--url", "Where is the platform (URL)", url),
        target=_asked("--target", "What is it called here", target),
        labels=labels or ("production",),
    )
    _check(answers)
    answers = replace(answers, project=_project(answers))
    _tell(write_missing(repo.root, scaffold(answers, _place(repo))))


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
    from mooring.scaffold import config_text

    installed = adapter_names()
    if answers.adapter not in installed:
        known = ", ".join(installed)
        raise click.UsageError(f"The adapter {answers.adapter!r} is not installed. Installed are: {known}.")
    try:
        load_config(config_text(answers).encode(), "mooring.yaml")
    except ConfigInvalid as error:
        raise Refused(Exit.USAGE, "These answers make no valid config.", error.problems) from error


def _project(answers: "Answers") -> str | None:
    """Ask a platform that is not local which project the environment's credentials open; None where nobody says."""
    from mooring.config import ConfigInvalid, load_config, resolve_credentials
    from mooring.connect import connect
    from mooring.ports import AdapterError, Misconfigured, Options
    from mooring.scaffold import config_text, is_local

    if is_local(answers.url):
        return None
    target = load_config(config_text(answers).encode(), "mooring.yaml").targets[answers.target]
    try:
        credentials = resolve_credentials(target, os.environ)
        environment = {} if credentials else os.environ
        options = Options(answers.target, answers.url, credentials, "", timeout=_PATIENCE, environment=environment)
        return connect(answers.adapter, options).identity()
    except (AdapterError, ConfigInvalid, Misconfigured):
        return None


def _name(repo: "Repository") -> str:
    done = repo.git.attempt("config", "--get", "remote.origin.url")
    url = done.stdout.decode("utf-8", "replace").strip()
    return url.rstrip("/").replace(":", "/").rpartition("/")[2] or repo.root.name


def _place(repo: "Repository") -> "Place":
    from mooring.scaffold import Place

    head = repo.git.attempt("symbolic-ref", "--quiet", "--short", "HEAD").stdout.decode("utf-8", "replace").strip()
    prompts = repo.root / repo.prefix / "prompts"
    return Place(repo.prefix, head or "main", prompts.is_dir() and any(prompts.iterdir()))


def _tell(written: "Written") -> None:
    lines = [f"Wrote {path}" for path in written.new]
    lines += [f"Kept  {path}, which was there already" for path in written.kept]
    say("\n".join(lines) + "\n" + _NEXT)
