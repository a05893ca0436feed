"""What can be typed after `mooring`? The table of commands; each is imported when it is used."""

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import NoReturn

import click
from click.shell_completion import CompletionItem

from mooring import __version__

SECTIONS: Mapping[str, Mapping[str, str]] = {
    "Begin": {
        "demo": "Show the main job, for real, in a scratch folder.",
        "init": "Write mooring.yaml, a first prompt and the jobs of the CI.",
        "new": "Begin the next version of a prompt.",
        "validate": "Check mooring.yaml and all prompt files.",
        "doctor": "Check connections, rights and the Git host.",
        "completion": "Print the script that lets a shell complete.",
    },
    "Every day": {
        "plan": "Say what sync would do, and why.",
        "sync": "Bring the platforms to what Git asks for.",
        "drift": "Compare Git and the platforms, and say who moved.",
        "status": "Show where every prompt stands.",
        "diff": "Show what differs, with contents and what it means for callers.",
    },
    "Who did it": {
        "log": "Say who moved what, when and why.",
        "blame": "Say where what is live comes from.",
    },
    "When a person decides": {
        "adopt": "Bring what a platform serves into Git, for people to review.",
        "resolve": "Decide what counts where both sides differ.",
        "rollback": "Put what a label served before back at once.",
        "promote": "Let a label serve what another label of the prompt serves.",
        "suspend": "Stop writing to addresses for a while.",
        "resume": "End a suspension.",
    },
}
"""Commands by section, in the order of a user's life, with the first line of their help."""


class Commands(click.Group):
    """A group that knows its commands by name and imports them when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give all names, in the order of SECTIONS."""
        return [name for section in SECTIONS.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        found = import_module(f"mooring.cli.{cmd_name}").command
        return found if isinstance(found, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first argument names, or say which one may have been meant."""
        if not ctx.resilient_parsing and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(args[0], self.list_commands(ctx))
            meant = f"Did you mean {' or '.join(close)}?" if close else "Run mooring --help for the list."
            ctx.fail(f"There is no command {args[0]!r}. {meant}")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete a command's name, importing none of them."""
        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        named = (item for section in SECTIONS.values() for item in section.items())
        return [CompletionItem(name, help=told) for name, told in named if name.startswith(incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands section by section."""
        for title, section in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(list(section.items()), col_max=12)


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("-C", "directory", metavar="DIR", default=".", help="Run as if started in this folder.")
@click.option("--config", metavar="FILE", help="The config file, where it is not mooring.yaml.")
@click.version_option(__version__, message="mooring %(version)s")
@click.pass_context
def cli(context: click.Context, directory: str, config: str | None) -> None:
    """Keep prompts on hosted platforms tied to Git.

    Git says which version of a prompt each label serves. Mooring tells what differs on the platform and who moved,
    and brings it to what was reviewed. It overwrites nothing that was never reviewed.

    \b
    Start:   mooring demo              see it work, in seconds
             mooring init              tie this repository to a platform
    Daily:   mooring plan              what would change
             mooring sync              change it
             mooring drift             did somebody move?

    Prompts are named by ADDRESS: [TARGET:]PROMPT[@LABEL], as in local:support_agent@production.
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    context.meta.update({"mooring.directory": directory, "mooring.config": config})
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
        return
    from mooring.cli.signals import terminable

    context.with_resource(terminable())


def run(arguments: Sequence[str]) -> int:
    """Run a command line and give its exit code; whatever ends it is told."""
    try:
        code = cli.main(list(arguments), prog_name="mooring", standalone_mode=False)
    except Exception as error:  # noqa: BLE001  # whatever happens, a person gets a sentence and a machine its JSON
        from mooring.cli.failure import tell

        return tell(error, arguments)
    return code if isinstance(code, int) else 0


def main() -> NoReturn:
    """Run the command line of this process and end it with the exit code."""
    # A command ends within seconds and makes next to no cycles: looking for them is a tenth of its time.
    gc.set_threshold(100_000, 50, 50)
    if "_MOORING_COMPLETE" in os.environ:
        import_module("mooring.cli.completion")  # it brings a bash script of our own
    sys.exit(run(sys.argv[1:]))
