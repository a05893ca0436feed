"""What does a job on GitHub Actions show of a report? Annotations, a summary within its limit, and outputs for steps.

The commands: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from mooring import clean
from mooring.core.report import Report
from mooring.core.state import Group, State, group_of
from mooring.reports.remarks import NOTICE, Gravity, Remark, remarks
from mooring.reports.words import counted

SHOWN = 10
"""Annotations of each kind that GitHub shows of one step; what comes after them it drops unseen."""

SUMMARY_BYTES = 1024 * 1024
"""What the summary of one step may hold; a byte more, and GitHub shows none of it."""

_COMMANDS = {Gravity.ERROR: "error", Gravity.WARNING: "warning", Gravity.NOTE: "notice"}
_CUT = "\nThe report is longer than a summary may be; `-o json` has all of it.\n"


def commands(report: Report, config: str) -> str:
    """Give the workflow commands that annotate files, gravest first, no more than are shown."""
    # A notice speaks of the run and of no line of a file: the log and the summary have it.
    found = [one for one in remarks(report, config) if one.rule != NOTICE]
    shown: list[Remark] = []
    for gravity in Gravity:
        most = SHOWN - 1 if gravity is Gravity.NOTE else SHOWN  # one notice may have to say how many are left out
        shown += [one for one in found if one.gravity is gravity][:most]
    lines = [_annotation(one) for one in shown]
    if len(found) > len(shown):
        more = f"and {counted(len(found) - len(shown), 'more remark')}; the summary and -o json have them all"
        lines.append(_command("notice", {"title": "mooring"}, more))
    return "".join(f"{line}\n" for line in lines)


def outputs(report: Report) -> str:
    """Give what later steps may ask for, as NAME=VALUE lines.

    The exit, its name, how many are in each group, and `counts`: a JSON object of the states that occur, with numbers.
    """
    there = Counter(one.row.verdict.state for one in report.rows)
    counts = {state.value: there[state] for state in State if there[state]}
    groups = Counter(group_of(state) for state in there.elements())
    told = {"exit": str(int(report.exit)), "name": report.exit.name.lower(), "counts": json.dumps(counts)}
    told |= {group.name.lower(): str(groups[group]) for group in Group}
    return "".join(f"{name}={value}\n" for name, value in told.items())


def within(markdown: str, room: int) -> str:
    """Give a summary that needs `room` bytes at most: whole, or cut between two lines outside of a fence."""
    if len(markdown.encode()) <= room:
        return markdown
    left = room - len(_CUT.encode())
    kept = list(_fitting(markdown.splitlines(keepends=True), left))
    return "".join(kept) + _CUT if left >= 0 else ""


def _fitting(lines: Sequence[str], room: int) -> Iterator[str]:
    held: list[str] = []
    fence = ""
    for line in lines:
        room -= len(line.encode())
        if room < 0:
            return
        held.append(line)
        ticks = line.strip()[: len(line.strip()) - len(line.strip().lstrip("`"))]
        if not fence and len(ticks) >= 3:
            fence = ticks
        elif fence and line.strip() == fence:
            fence = ""
        if not fence:
            yield from held
            held = []


def _annotation(remark: Remark) -> str:
    # A file whose name is no harmless line is not found by it, and nothing is done by it either.
    place = {"file": clean.name(remark.place.path), "line": str(remark.place.line), "title": remark.title}
    return _command(_COMMANDS[remark.gravity], place, remark.message)


def _command(name: str, properties: dict[str, str], message: str) -> str:
    written = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {written}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
