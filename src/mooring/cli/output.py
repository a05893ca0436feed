"""Where does a report go, and in which form?"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, assert_never

import click

if TYPE_CHECKING:
    from mooring.core.report import Report


class Format(StrEnum):
    """The forms of a report."""

    TEXT = "text"
    JSON = "json"
    MD = "md"
    JUNIT = "junit"
    SARIF = "sarif"
    GITHUB = "github"
    NDJSON = "ndjson"
    CSV = "csv"
    REVIEW = "review"


REPORTS = frozenset(Format) - {Format.CSV, Format.REVIEW}
"""The forms that every report has."""

PLANS = REPORTS | {Format.REVIEW}
"""The forms of a plan, which a pull request may show."""

ENTRIES = frozenset({Format.TEXT, Format.JSON, Format.MD, Format.CSV})
"""The forms of what `mooring log` lists, which is no report."""

CONFIG_NAME = "mooring.yaml"


@dataclass(frozen=True, slots=True)
class Output:
    """A form, and the file that it goes to; None is standard output."""

    format: Format
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Rendering:
    """The forms that something can be given in."""

    text: Callable[[], str]
    json: Callable[[], str]
    md: Callable[[], str]
    paint: Callable[[], None]
    """Prints to a terminal."""
    others: Mapping[Format, Callable[[], str]] = field(default_factory=dict[Format, Callable[[], str]])
    """The forms beside text, json and md."""
    step_outputs: Callable[[], str] | None = None
    """Gives NAME=VALUE lines for later steps of a GitHub job, where `github` is among the forms."""
    summary: Callable[[int], str] | None = None
    """Gives a GitHub job's summary in so many bytes; None where it is the Markdown, cut to that."""


def parse_outputs(written: Sequence[str], allowed: AbstractSet[Format] = REPORTS) -> tuple[Output, ...]:
    """Read all outputs, of which one may go to standard output; raises click.BadParameter."""
    found = tuple(parse_output(one) for one in written)
    for output in found:
        if output.format not in allowed:
            there = ", ".join(form for form in Format if form in allowed)
            alone = _ALONE.get(output.format, f"{output.format} is for reports")
            raise click.BadParameter(f"{alone}; this command gives {there}.")
    if sum(output.file is None for output in found) > 1:
        raise click.BadParameter("Only one can go to standard output. Give the others a file: -o json=FILE.")
    return found


_ALONE = {Format.CSV: "Only mooring log gives csv", Format.REVIEW: "Only mooring plan gives review"}


def parse_output(written: str) -> Output:
    """Read `FORMAT[=FILE]`; raises click.BadParameter."""
    word, equals, file = written.partition("=")
    if word not in list(Format):
        raise click.BadParameter(f"{word!r} is no format. There are {', '.join(Format)}.")
    if equals and not file:
        raise click.BadParameter(f"{written!r} names no file. Write {word}=FILE, or {word} for standard output.")
    return Output(Format(word), file or None)


def finish(
    context: click.Context, report: "Report", more: "Callable[[Rendering], Rendering]" = lambda usual: usual
) -> NoReturn:
    """Give a report in every form that was asked for, and end the command with its exit code.

    `more` adds forms of this command's own to the usual ones.
    """
    deliver(more(rendering(report, lambda: config_path(context))), wanted(context), folder(context))
    context.exit(int(report.exit))


def wanted(context: click.Context) -> Sequence[Output]:
    """Give the outputs that were asked for; text to standard output where none was."""
    asked: Sequence[Output] = context.meta.get("mooring.outputs") or (Output(Format.TEXT),)
    return asked


def folder(context: click.Context) -> Path:
    """Give the folder that a relative file starts from."""
    return Path(context.meta.get("mooring.directory", "."))


def config_path(context: click.Context) -> str:
    """Give the path of the config file from the root of the repository; as it was named, where there is none."""
    from mooring.git.command import GitFailed
    from mooring.git.repository import find_repository
    from mooring.ports import HistoryError

    name = str(context.meta.get("mooring.config") or CONFIG_NAME)
    try:
        return find_repository(folder(context)).place(name)
    except (HistoryError, GitFailed):
        return name


def rendering(report: "Report", config: Callable[[], str] = lambda: CONFIG_NAME) -> Rendering:
    """Give the forms of a report, each made when it is asked for. `config` gives the path of the config file."""

    def text() -> str:
        from mooring.reports import text as renderer

        return renderer.text(report)

    def json() -> str:
        from mooring.reports import json as renderer

        return renderer.text(report)

    def md() -> str:
        from mooring.reports import markdown as renderer

        return renderer.text(report)

    def paint() -> None:
        from rich.console import Console

        from mooring.reports import text as renderer

        renderer.paint(renderer.page(report), Console(highlight=False))

    def step_outputs() -> str:
        from mooring.reports import github as renderer

        return renderer.outputs(report)

    return Rendering(text, json, md, paint, _for_machines(report, config), step_outputs)


def _for_machines(report: "Report", config: Callable[[], str]) -> Mapping[Format, Callable[[], str]]:
    def junit() -> str:
        from mooring.reports import junit as renderer

        return renderer.text(report)

    def sarif() -> str:
        from mooring.reports import sarif as renderer

        return renderer.text(report, config())

    def github() -> str:
        from mooring.reports import github as renderer

        return renderer.commands(report, config())

    def ndjson() -> str:
        from mooring.reports import ndjson as renderer

        return renderer.text(report)

    return {Format.JUNIT: junit, Format.SARIF: sarif, Format.GITHUB: github, Format.NDJSON: ndjson}


def deliver(rendered: Rendering, outputs: Sequence[Output], start: Path) -> None:
    """Write what was asked for; files first, so that a reader of the pipe finds them there."""
    for output in sorted(outputs, key=lambda one: one.file is None):
        if output.file is not None:
            write_file(start / output.file, _text_of(rendered, output.format))
        elif output.format is Format.TEXT and sys.stdout.isatty():
            rendered.paint()
        else:
            say(_text_of(rendered, output.format))
    if any(output.format is Format.GITHUB for output in outputs):
        _tell_the_job(rendered, os.environ)


def _tell_the_job(rendered: Rendering, environment: Mapping[str, str]) -> None:
    """Add the summary and the outputs of this step to the files that a GitHub job gives for them, where it does."""
    summary, outputs = environment.get("GITHUB_STEP_SUMMARY"), environment.get("GITHUB_OUTPUT")
    if summary:
        from mooring.reports.github import SUMMARY_BYTES, within

        there = Path(summary).stat().st_size if Path(summary).is_file() else 0
        room = SUMMARY_BYTES - there
        whole = rendered.md() if rendered.summary is None else rendered.summary(room)
        _append(Path(summary), within(whole, room))
    if outputs and rendered.step_outputs is not None:
        _append(Path(outputs), rendered.step_outputs())


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise click.FileError(str(path), error.strerror or str(error)) from error


def write_file(path: Path, text: str) -> None:
    """Write a file that a person named, over what is there. Raises click.FileError."""
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise click.FileError(str(path), error.strerror or str(error)) from error


def say(text: str) -> None:
    """Print to standard output, in signs that its encoding has."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        plain = text.translate({ord(sign): instead for sign, instead in _PLAIN.items()})
        text = plain.encode(encoding, "backslashreplace").decode(encoding)
    try:
        click.echo(text, nl=False)
    except BrokenPipeError:
        raise  # whoever reads has enough, and click ends quietly
    except OSError as error:
        raise click.FileError("standard output", error.strerror or str(error)) from error


_PLAIN = {"·": "-", "→": "->", "✓": "=", "✗": "x", "•": "*", "…": "..."}


def _text_of(rendered: Rendering, form: Format) -> str:
    match form:
        case Format.TEXT:
            return rendered.text()
        case Format.JSON:
            return rendered.json()
        case Format.MD:
            return rendered.md()
        case Format.JUNIT | Format.SARIF | Format.GITHUB | Format.NDJSON | Format.CSV | Format.REVIEW:
            made = rendered.others.get(form)
            if made is None:
                raise click.UsageError(f"This command cannot give {form}. Leave out -o {form}.")
            return made()
        case _:
            assert_never(form)
