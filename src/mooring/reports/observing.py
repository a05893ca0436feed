"""How is it shown what a merge brings into Git of a target to which a sync writes nothing?"""

from collections.abc import Sequence
from dataclasses import dataclass

from mooring.clean import code_span, name
from mooring.reports.words import counted

_LISTED = 40
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Observing:
    """The targets that are only observed, and the prompts on them that a merge brings into Git, by name."""

    targets: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()


NOTHING_COMES = Observing()


def told(observing: Observing) -> list[str]:
    """Give a line of Markdown for each target, and one for the prompts; nothing where no prompt comes."""
    if not observing.prompts:
        return []
    targets = [f"{_shown(target)} {ONLY}. {way_out(target)}." for target in observing.targets]
    return [*targets, f"**Comes into Git:** {_names(observing.prompts)}."]


ONLY = "is only observed: a sync writes nothing there"
"""What `mode: observe` means for a target."""


def way_out(target: str) -> str:
    """Say what lets a sync write to a target."""
    return f"Set `mode: upsert` for {_shown(target)} in mooring.yaml once a plan looks right"


def _names(prompts: Sequence[str]) -> str:
    more = len(prompts) - _LISTED
    said = ", ".join(_shown(one) for one in prompts[:_LISTED])
    return f"{said} and {counted(more, 'more prompt')}" if more > 0 else said


def _shown(text: str) -> str:
    seen = name(text)
    return code_span(seen if len(seen) <= _LONGEST else f"{seen[: _LONGEST - 1]}…")
