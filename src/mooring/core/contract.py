"""What do apps rely on in tools and output schemas: which tool, which field, and how grave is a change to it?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mooring.core.artifact import Json


class Side(StrEnum):
    """Who is bound by a contract."""

    TOOL = "tools"
    """The app runs tools with what the model gives."""
    OUTPUT = "output_schema"
    """The app reads what the model answers."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a JSON Schema a difference lies: in which field ('' for the whole), and at which of its keywords.

    Fields within fields are joined by dots, those of a list's items by `[]`: `filter.city`, `items[].id`.
    """

    field: str
    keyword: str = ""
    whole: bool = False
    """The keyword itself came, went or changed, not something within it."""


_WRAPPERS = frozenset({"function", "parameters", "input_schema", "inputSchema", "json_schema", "schema", "json"})
_FIELDS = frozenset({"properties", "patternProperties"})
_TYPES = frozenset({
    *("type", "required", "properties", "name", "items", "enum", "const", "format"),
    *("$ref", "anyOf", "oneOf", "allOf"),
})  # fmt: skip
_WORDS = frozenset({"description", "title", "examples", "default", "$comment", "deprecated"})


def tool_name(tool: Json) -> str | None:
    """Give the name of a tool: a text, an object with a name, or OpenAI's `{type: function, function: {name}}`."""
    if isinstance(tool, str):
        return tool
    if not isinstance(tool, Mapping):
        return None
    function = tool.get("function")
    name = tool.get("name", function.get("name") if isinstance(function, Mapping) else None)
    return name if isinstance(name, str) else None


def place(steps: Sequence[str]) -> Place:
    """Tell what a path below a tool or an output schema speaks of."""
    names, at = "", 0
    while at < len(steps):
        step = steps[at]
        if step in _FIELDS and at + 1 < len(steps):
            names += ("." if names else "") + steps[at + 1]
            at += 2
        elif step == "items" and at + 1 < len(steps):
            names += "[]"
            at += 1
        elif step in _WRAPPERS and at + 1 < len(steps):
            at += 1
        else:
            return Place(names, step, at + 1 == len(steps))
    return Place(names)


def breaks_by_going(steps: Sequence[str]) -> bool:
    """Whether apps break when this goes: all but words to the model."""
    return place(steps).keyword not in _WORDS


def breaks_by_coming(side: Side, steps: Sequence[str], new: Json) -> bool:
    """Whether apps break when this comes: a tool must be given more. An answer that promises more breaks nobody."""
    return side is Side.TOOL and place(steps).keyword == "required" and new != []


def breaks_by_changing(steps: Sequence[str], old: Json, new: Json) -> bool:
    """Whether apps break when this changes: its type, its name or its values. An order is nothing to rely on."""
    here = place(steps)
    if here.keyword == "required" and here.whole and isinstance(old, list) and isinstance(new, list):
        return False
    return here.keyword in _TYPES or bool(here.field and not here.keyword)
