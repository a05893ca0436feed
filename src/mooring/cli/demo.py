"""`mooring demo`: the main job, for real, in a scratch folder."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import click

from mooring.cli.output import say

_FORMS = {
    "title": "\n\n── {} ──\n",
    "said": "\n# {}",
    "command": "$ {}",
    "typed": ">>> {}",
    "output": "{}",
    "good": "✓ {}",
    "bad": "✗ {}",
}
_COLOURS = {"title": "cyan", "said": "bright_black", "command": "blue", "typed": "blue", "good": "green", "bad": "red"}


@click.command("demo")
@click.option(
    "--on",
    "platform",
    type=click.Choice(["memory", "langfuse", "mlflow"]),
    default="memory",
    show_default=True,
    help="A platform in a file; a faithful Langfuse, over HTTP; or an embedded MLflow, for real.",
)
@click.option("--keep", is_flag=True, help="Keep the scratch folder, to go on by hand.")
@click.pass_context
def command(context: click.Context, platform: str, *, keep: bool) -> None:
    """Show the main job, for real, in a scratch folder.

    Publishes prompts of a small Git repository, then lets somebody edit and roll back behind its back, and shows what
    mooring says and does. Every command is run and its result checked; nothing outside of the folder is touched.

    \b
    Examples:
      mooring demo
      mooring demo --on langfuse
      mooring demo --on mlflow
      mooring demo --keep
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    started, folder = time.monotonic(), Path(mkdtemp(prefix="mooring-demo-"))
    checked = _played(folder, platform)
    if keep or checked is None:
        _tell("said", f"The folder is {folder}")
    else:
        rmtree(folder, ignore_errors=True)
    if checked is not None:
        _tell("good", f"{checked} expectations held, in {time.monotonic() - started:.0f} s")
    context.exit(1 if checked is None else 0)


def _played(folder: Path, platform: str) -> int | None:
    """Play the whole demo and give how many expectations held; None where one did not."""
    from mooring.demo.people import PEOPLE, Stumbled, session
    from mooring.demo.scene import Scene, Unexpected, prepare
    from mooring.demo.stage import platform_at
    from mooring.demo.story import config_of, play

    source = _source()
    try:
        with platform_at(platform) as url, session(folder) as at_client:
            scene = Scene(folder, PEOPLE[platform], at_client, _mooring, _tell)
            prepare(scene, source, config_of(platform, url))
            play(scene, source)
    except (Unexpected, Stumbled) as error:
        _tell("bad", str(error))
        return None
    return scene.checked


def _mooring(arguments: Sequence[str]) -> int:
    """Run a command line as the shell would, in this process: MLflow takes seconds to import."""
    from mooring.cli import run

    return run(arguments)


def _tell(role: str, text: str) -> None:
    shown, colour = _FORMS[role].format(text), _COLOURS.get(role)
    coloured = colour is not None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    say((click.style(shown, fg=colour) if coloured else shown) + "\n")


def _source() -> Path:
    """Find the demo's prompts: in the wheel, or beside the sources of an editable install."""
    package = Path(__file__).parents[1]
    packed = package / "_config" / "demo"
    return packed if packed.is_dir() else package.parents[1] / "config" / "demo"
