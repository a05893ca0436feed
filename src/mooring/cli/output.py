"""Where does a report go, and in which form?"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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


def parse_outputs(written: Sequence[str]) -> tuple[Output, ...]:
    """Read all outputs, of which one may go to standard output; raises click.BadParameter."""
    found = tuple(parse_output(one) for one in written)
    if sum(output.file is None for output in found) > 1:
        raise click.BadParameter("Only one can go to standard output. Give the others a file: -o json=FILE.")
    return found


def parse_output(written: str) -> Output:
    """Read `FORMAT[=FILE]`; raises click.BadParameter."""
    word, equals, file = written.partition("=")
    if word not in list(Format):
        raise click.BadParameter(f"{word!r} is no format. There are {', '.join(Format)}.")
    if equals and not file:
        raise click.BadParameter(f"{written!r} names no file. Write {word}=FILE, or {word} for standard output.")
    return Output(Format(word), file or None)


def finish(context: click.Context, report: "Report") -> NoReturn:
    """Give a report in every form that was asked for, and end the command with its exit code."""
    deliver(rendering(report), wanted(context), folder(context))
    context.exit(int(report.exit))


def wanted(context: click.Context) -> Sequence[Output]:
    """Give the outputs that were asked for; text to standard output where none was."""
    asked: Sequence[Output] = context.meta.get("mooring.outputs") or (Output(Format.TEXT),)
    return asked


def folder(context: click.Context) -> Path:
    """Give the folder that a relative file starts from."""
    return Path(context.meta.get("mooring.directory", "."))


def rendering(report: "Report") -> Rendering:
    """Give the forms of a report, each made when it is asked for."""

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

    return Rendering(text, json, md, paint)


def deliver(rendered: Rendering, outputs: Sequence[Output], start: Path) -> None:
    """Write what was asked for; files first, so that a reader of the pipe finds them there."""
    for output in sorted(outputs, key=lambda one: one.file is None):
        if output.file is not None:
            write_file(start / output.file, _text_of(rendered, output.format))
        elif output.format is Format.TEXT and sys.stdout.isatty():
            rendered.paint()
        else:
            say(_text_of(rendered, output.format))


def write_file(path: Path, text: str) -> None:
    """Write a file that a person named, over what is there. Raises click.FileError."""
    try:
        path.write_text(text, encoding="utf-8")
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
        case _:
            assert_never(form)
