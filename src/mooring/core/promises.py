"""What changed, in words, for the apps that run tools and read structured output?"""

from collections.abc import Iterator, Mapping

from mooring.core.artifact import Json
from mooring.core.contract import Place, Side, place, tool_name
from mooring.core.difference import Change, ChangeKind
from mooring.core.paths import steps
from mooring.core.remark import Remark, value

_HAPPENED = {ChangeKind.ADDED: "new", ChangeKind.REMOVED: "gone", ChangeKind.CHANGED: "changed"}


def tool_remarks(change: Change, old: Json, new: Json) -> Iterator[Remark]:
    """Say what a change below `/config/tools` means; `old` and `new` are the tools before and after."""
    below = steps(change.path)[2:]
    happened = _HAPPENED[change.kind]
    if not below:
        yield from _all_tools(change)
        return
    tool = _tool(change.old if len(below) == 1 and change.kind is not ChangeKind.ADDED else change.new, below[0])
    if len(below) > 1:
        tools = new if change.kind is ChangeKind.ADDED else old
        tool = _tool(tools[int(below[0])] if isinstance(tools, list | tuple) else None, below[0])
    here = place(below[1:])
    if len(below) == 1:
        yield Remark(change.impact, f"tool {{}} is {happened}", (tool,), "tool", happened)
    elif here == Place("", "name", whole=True) and isinstance(change.old, str) and isinstance(change.new, str):
        names = (change.old, change.new)
        yield Remark(change.impact, "tool {} is now called {}", names, "tool", "renamed")
    else:
        yield from _schema(change, here, Side.TOOL, (tool,))


def output_remarks(change: Change) -> Iterator[Remark]:
    """Say what a change at or below `/config/output_schema` means."""
    below = steps(change.path)[2:]
    if below:
        yield from _schema(change, place(below), Side.OUTPUT, ())
    else:
        noun = f"output schema {_HAPPENED[change.kind]}"
        yield Remark(change.impact, f"the output schema is {_HAPPENED[change.kind]}", noun=noun)


def _all_tools(change: Change) -> Iterator[Remark]:
    before, after = change.old, change.new
    if change.kind is ChangeKind.CHANGED and isinstance(before, list) and isinstance(after, list):
        said = "the tools stand in another order"
        yield Remark(change.impact, said, noun="tools in another order")
        return
    tools = before if change.kind is ChangeKind.REMOVED else after
    if change.kind is ChangeKind.CHANGED or not isinstance(tools, list) or not tools:
        yield Remark(change.impact, f"the list of tools is {_HAPPENED[change.kind]} as a whole", noun="all tools")
        return
    happened = _HAPPENED[change.kind]
    for at, tool in enumerate(tools):
        yield Remark(change.impact, f"tool {{}} is {happened}", (_tool(tool, str(at)),), "tool", happened)


def _tool(tool: Json, at: str) -> str:
    if at.isdecimal() and at.isascii():
        return tool_name(tool) or f"number {int(at) + 1}"
    return at  # of an object that names its tools


def _schema(change: Change, here: Place, side: Side, owner: tuple[str, ...]) -> Iterator[Remark]:
    told = change.old if change.kind is ChangeKind.REMOVED else change.new
    fields = list(told) if here.keyword == "properties" and isinstance(told, Mapping) else []
    required = _texts(told) if here.keyword == "required" and change.kind is not ChangeKind.CHANGED else []
    happened = _HAPPENED[change.kind]
    for name in fields:
        names = (_joined(here.field, name), *owner)
        yield Remark(change.impact, f"{_label(side)} is {happened}", names, _noun(side), happened)
    for name in required:
        yield _required(change, side, (_joined(here.field, name), *owner))
    if not fields and not required:
        yield _keyword(change, here, side, owner)


def _texts(value: Json) -> list[str]:
    """Give the names that are required: one, or all of a list."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


def _required(change: Change, side: Side, names: tuple[str, ...]) -> Remark:
    if change.kind is ChangeKind.REMOVED:
        said = "may be left out now" if side is Side.TOOL else "may be missing now"
        return Remark(change.impact, f"{_label(side)} {said}", names, _noun(side), "newly optional")
    said = "must be given now" if side is Side.TOOL else "is always given now"
    return Remark(change.impact, f"{_label(side)} {said}", names, _noun(side), "now required")


def _keyword(change: Change, here: Place, side: Side, owner: tuple[str, ...]) -> Remark:
    happened = _HAPPENED[change.kind]
    label, noun = (_label(side), _noun(side)) if here.field else (_whole(side), _whole_noun(side))
    names = (here.field, *owner) if here.field else owner
    if not here.keyword:
        return Remark(change.impact, f"{label} is {happened}", names, noun, happened)
    before, after = value(change.old), value(change.new)
    if here.keyword == "type" and change.kind is ChangeKind.CHANGED and before and after:
        said = f"{label} is of type {{}} now, was {{}}"
        return Remark(change.impact, said, (*names, after, before), noun, "of another type")
    if here.keyword == "enum":
        return Remark(change.impact, f"{label} takes other values", names, noun, "with other values")
    return Remark(change.impact, f"{label}: {{}} is {happened}", (*names, here.keyword), noun, "changed")


def _joined(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name


def _label(side: Side) -> str:
    return "parameter {} of tool {}" if side is Side.TOOL else "output field {}"


def _noun(side: Side) -> str:
    return "tool parameter" if side is Side.TOOL else "output field"


def _whole(side: Side) -> str:
    return "tool {}" if side is Side.TOOL else "the output schema"


def _whole_noun(side: Side) -> str:
    return "tool" if side is Side.TOOL else "output schema"


def settled(remarks: list[Remark]) -> Iterator[Remark]:
    """Leave out what was said already, and that a field may be left out where it is gone."""
    gone = {(one.noun, one.names) for one in remarks if one.event == "gone"}
    for one in dict.fromkeys(remarks):
        if one.event != "newly optional" or (one.noun, one.names) not in gone:
            yield one
