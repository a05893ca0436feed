"""How is it shown that a merge changes mooring.yaml itself?"""

from collections.abc import Sequence
from dataclasses import dataclass

from mooring.clean import code_span, name
from mooring.reports.words import counted

_LISTED = 10
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that gets another value; '' is none. `path` is as `targets.prod.url`.

    `elsewhere` is the target, '' for none, whose prompts are then sought in another place than the last sync wrote to.
    """

    path: str
    old: str
    new: str
    elsewhere: str = ""


def told(settings: Sequence[Setting]) -> list[str]:
    """Give a line of Markdown for each setting, what sends prompts and credentials elsewhere first."""
    ordered = sorted(settings, key=lambda one: (not _keys(one), not one.elsewhere, one.path))
    lines = [_line(one) for one in ordered[:_LISTED]]
    more = len(ordered) - len(lines)
    return [*lines, *([f"And {counted(more, 'more setting')} of mooring.yaml."] if more else [])]


def _line(one: Setting) -> str:
    old, new = (_shown(side) for side in (one.old, one.new))
    what = f"{old} → {new}" if one.old and one.new else f"{new} is new" if one.new else f"{old} is gone"
    keys = f". {_keys(one)}" if _keys(one) else ""
    where = f". What is served there is not known: after the merge {_shown(one.elsewhere)} is another place"
    return f"**Changes mooring.yaml:** {_shown(one.path)}: {what}{keys}{where if one.elsewhere else ''}."


def _keys(one: Setting) -> str:
    """Say what becomes of the keys in the environment of jobs; '' where nothing does."""
    match one.path.split("."):
        case ["targets", _, "url"] if one.new and one.old:
            return "**Grave:** the keys in the jobs' environment will be sent to another address"
        case ["targets", _, "url"] if one.new:
            return "**Grave:** keys in the jobs' environment will be sent to that address"
        case ["targets", _, "credentials", *_] if one.new:
            return "**Grave:** other keys of the jobs' environment will be sent"
        case _:
            return ""


def _shown(text: str) -> str:
    seen = name(text)
    return code_span(seen if len(seen) <= _LONGEST else f"{seen[: _LONGEST - 1]}…") if seen else ""
