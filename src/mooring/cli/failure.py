"""What is said when a command ends without a report of its own, and with which exit code?"""

import os
import re
import sys
import tempfile
import traceback
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import click

from mooring import __version__
from mooring.cli import SECTIONS
from mooring.cli.output import CONFIG_NAME, REPORTS, Format, Output, deliver, parse_output, rendering
from mooring.cli.session import UsageProblem
from mooring.cli.signals import Terminated
from mooring.core.desired import Problem
from mooring.core.finding import Finding, FindingKind
from mooring.core.report import Exit, Report
from mooring.git.command import GitFailed
from mooring.ports import Denied, HistoryError, LedgerError, Misconfigured, Unreachable

_EXPECTED: Mapping[type[Exception], Exit] = {
    UsageProblem: Exit.USAGE,
    Misconfigured: Exit.USAGE,
    HistoryError: Exit.USAGE,
    GitFailed: Exit.USAGE,
    LedgerError: Exit.LOCKED,
    Denied: Exit.DENIED,
    Unreachable: Exit.UNKNOWN,
}
"""What a person can do something about: it gets a sentence and no log."""

_SECRET_NAME = re.compile(r"KEY|SECRET|TOKEN|PASSW|CREDENTIAL|AUTH|DSN|WEBHOOK", re.IGNORECASE)
_SECRET_SHAPE = re.compile(r"(?<=://)[^/\s@]+(?=@)|(?<=[Bb]earer )\S+|(?<=[Bb]asic )\S+")
_ENVIRONMENT = re.compile(r"\benv:([A-Za-z_][A-Za-z0-9_]*)")


class Refused(click.ClickException):
    """A command that cannot be done as asked; `code` is the exit code, `problems` all that is wrong."""

    def __init__(self, code: Exit, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.problems = problems


def tell(error: Exception, arguments: Sequence[str]) -> int:
    """Tell what ended a command, in every form that its arguments ask for, and give the exit code."""
    report = replace(report_of(error, arguments), command=_command(arguments))
    try:
        deliver(rendering(report, lambda: _config(arguments)), _outputs(arguments), _folder(arguments))
    except click.FileError as broken:
        if not isinstance(error, click.FileError):
            click.echo(f"Error: {broken.format_message()}", err=True)
    click.echo(_sentences(report, error), err=True)
    return int(report.exit)


def report_of(error: Exception, arguments: Sequence[str]) -> Report:
    """Turn what ended a command into its report; writes a log where nobody expected it."""
    code, message = _meaning(error, _folder(arguments) / _config(arguments))
    problems: Iterable[Problem] = getattr(error, "problems", ())
    findings = tuple(Finding(FindingKind.FILE, None, _at(one), one.fix) for one in problems)
    return Report("", uuid.uuid4().hex, None, findings=findings, reasons=(code,) * max(1, len(findings)), error=message)


def _meaning(error: Exception, config: Path) -> tuple[Exit, str]:
    from mooring.config import ConfigInvalid

    match error:
        case Refused():
            return error.code, error.format_message()
        case click.Abort() | Terminated():
            ended = Exit.TERMINATED if isinstance(error, Terminated) else Exit.INTERRUPTED
            return ended, "Interrupted. What a command had not begun was not done."
        case ConfigInvalid():
            return Exit.INVALID, "The config cannot be used as it stands."
        case click.ClickException():
            return Exit.USAGE, error.format_message()
        case _:
            known = next((code for kind, code in _EXPECTED.items() if isinstance(error, kind)), None)
            return (known, str(error)) if known is not None else (Exit.INTERNAL, _logged(error, config))


def _sentences(report: Report, error: Exception) -> str:
    from mooring.clean import line

    lines = [f"Error: {line(report.error or '')}"]
    for finding in report.findings:
        lines += [f"  {line(finding.message)}", *([f"      → {line(finding.fix)}"] if finding.fix else [])]
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        lines.append(f"See {context.command_path} --help")
    return "\n".join(lines)


def _at(problem: Problem) -> str:
    where = problem.path if problem.line is None else f"{problem.path}:{problem.line}"
    return f"{where}: {problem.message}"


# --- what nobody expected ---------------------------------------------------------------------------------------------


def _logged(error: Exception, config: Path) -> str:
    """Write the traceback to a file, without secrets, and say in one sentence what happened."""
    trace = "".join(traceback.format_exception(error))
    versions = f"mooring {__version__}, Python {sys.version}, {sys.platform}\n\n"
    kind = type(error).__name__
    said = f"Mooring itself failed ({kind}). This is a bug, and nothing that you did wrong."
    try:
        path = _log_file()
        path.write_text(redact(versions + trace, os.environ, config), encoding="utf-8")
    except OSError as unwritable:
        return f"{said} The log could not be written either: {unwritable.strerror}."
    return f"{said} Please report it with the log {path}"


def redact(text: str, environment: Mapping[str, str], config: Path) -> str:
    """Take secrets out of a text: values of variables that are named like one or that the config file asks for."""
    asked = set(_ENVIRONMENT.findall(_text_of(config)))
    for name, value in sorted(environment.items(), key=lambda item: -len(item[1])):
        if len(value) > 3 and (name in asked or _SECRET_NAME.search(name)):
            text = text.replace(value, f"[{name}]")
    return _SECRET_SHAPE.sub("[redacted]", text)


def _text_of(config: Path) -> str:
    try:
        return config.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _log_file() -> Path:
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    folder = Path(home) / "mooring"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.gettempdir())
    return folder / f"mooring-{uuid.uuid4().hex[:12]}.log"


# --- a command line that may not have been understood -----------------------------------------------------------------


def _command(arguments: Sequence[str]) -> str:
    names = {name for section in SECTIONS.values() for name in section}
    return next((word for word in arguments if word in names), "")


def _outputs(arguments: Sequence[str]) -> list[Output]:
    """Give the outputs in files and those for machines; the first that can go to standard output does."""
    found: list[Output] = []
    for value in _values(arguments, "-o", "--output"):
        try:
            output = parse_output(value)
        except click.ClickException:
            continue
        taken = output.file is None and any(one.file is None for one in found)
        # Standard output says it to people already, but a file of an earlier run must not stay.
        wanted = output.format in REPORTS and (output.format is not Format.TEXT or output.file is not None)
        if wanted and not taken:
            found.append(output)
    return found


def _folder(arguments: Sequence[str]) -> Path:
    return Path(next(iter(_values(arguments, "-C", "-C")), "."))


def _config(arguments: Sequence[str]) -> str:
    return next(iter(_values(arguments, "--config", "--config")), CONFIG_NAME)


def _values(arguments: Sequence[str], short: str, long: str) -> list[str]:
    """Give the values of an option, however it was written."""
    found: list[str] = []
    for at, word in enumerate(arguments):
        if word == "--":
            break
        if word in {short, long}:
            found += arguments[at + 1 : at + 2]
        elif word.startswith(f"{long}=") and long.startswith("--"):
            found.append(word.partition("=")[2])
        elif word.startswith(short) and not word.startswith("--"):
            found.append(word.removeprefix(short).removeprefix("="))
    return found
