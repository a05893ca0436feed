"""Does everything that a command line names exist?"""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

import click

from mooring.core.address import Address
from mooring.core.report import Report
from mooring.run import Run


def require_named(run: Run, report: Report) -> Report:
    """Give a report back; raises UsageError where an ADDRESS or a --select is about none of its addresses."""
    said = unnamed(run, report)
    if said is not None:
        raise click.UsageError(said)
    return report


def unnamed(run: Run, report: Report) -> str | None:
    """Say which parts of the selection are about no address; None where all are, or where a target was not read."""
    if any(target.error is not None for target in report.targets):
        return None
    there = [one.row.address for one in report.rows]
    asked = run.selection
    addresses = [text for text in asked.addresses if not any(one.is_named_by(text) for one in there)]
    globs = [glob for glob in asked.globs if not any(one.is_selected_by(glob) for one in there)]
    said = [*(no_address(run, text) for text in addresses), *(f"No address matches --select {glob}." for glob in globs)]
    return " ".join([*said, "mooring status lists all there are."]) if said else None


def no_address(run: Run, text: str) -> str:
    """Say that a text names no address, and what may have been meant."""
    if text in run.history.desired().prompts:
        labels = sorted({label for target in run.targets for label in target.labels})
        return f"Git declares no label of {text} that a target manages, which are {', '.join(labels)}."
    spellings = {one.casefold(): one for one in _spellings(run)}
    close = get_close_matches(text.casefold(), spellings, n=1)
    return f"There is no address {text!r}." + (f" Did you mean {spellings[close[0]]}?" if close else "")


def is_pattern_of(pattern: str, there: Sequence[Address]) -> bool:
    """Tell whether an address, or a glob of them, is about one that there is."""
    return any(one.is_named_by(pattern) or one.is_selected_by(pattern) for one in there)


def _spellings(run: Run) -> Iterator[str]:
    for target in run.targets:
        for prompt in run.history.desired().prompts:
            yield from (prompt, f"{target.name}:{prompt}")
            for label in target.labels:
                yield from (f"{prompt}@{label}", f"{target.name}:{prompt}@{label}")
