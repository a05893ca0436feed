"""Which artifact do the checked fields of a prompt file stand for?"""

from collections.abc import Mapping

from mooring.core.artifact import Artifact, Message, Placeholder, Turn
from mooring.core.lowering import SPELLINGS, Clash, lower
from mooring.formats.located import Fields, Items, Node, Scalar, plain
from mooring.formats.parsed import Flaw


def artifact_of(fields: Fields) -> Artifact | tuple[Flaw, ...]:
    """Give the artifact of fields that have the shape of a version, or the clashes between them."""
    spelled = {name: plain(pair.node) for name, pair in fields.pairs.items() if name in SPELLINGS}
    lowered = lower(spelled)
    if lowered.clashes:
        return tuple(_clash(clash, fields) for clash in lowered.clashes)
    return Artifact(_body(fields), lowered.config)


def text_of(fields: Mapping[str, Node], name: str) -> str:
    """Give a field that is a text by its shape."""
    node = fields[name]
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else ""


def _body(fields: Fields) -> str | tuple[Turn, ...]:
    nodes = {name: pair.node for name, pair in fields.pairs.items()}
    if "prompt" in nodes:
        return text_of(nodes, "prompt")
    if "system_prompt" in nodes:
        return (Message("system", text_of(nodes, "system_prompt")),)
    messages = nodes["messages"]
    return tuple(_turn(item) for item in messages.items) if isinstance(messages, Items) else ()


def _turn(item: Node) -> Turn:
    nodes = {name: pair.node for name, pair in item.pairs.items()} if isinstance(item, Fields) else {}
    if "placeholder" in nodes:
        return Placeholder(text_of(nodes, "placeholder"))
    if "type" in nodes:
        return Placeholder(text_of(nodes, "name"))
    return Message(text_of(nodes, "role"), text_of(nodes, "content"))


def _clash(clash: Clash, fields: Fields) -> Flaw:
    line = fields.pairs[clash.field].line
    if clash.key is None:
        return Flaw(
            line,
            f"`config` is no mapping, so it cannot stand beside `{clash.other}`",
            f"Make it a mapping, or move `{clash.other}` into it.",
        )
    other = fields.pairs[clash.other].line
    return Flaw(
        line,
        f"`{clash.key[:80]}` is given twice: by `{clash.field}`, and by `{clash.other}` on line {other}",
        "Keep one of them.",
    )
