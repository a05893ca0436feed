"""What does a YAML file say, read strictly: every value with its line, and every mistake at once?

It works on PyYAML's events, so that no tag builds an object and no input costs more than its caps allow.
"""

from dataclasses import dataclass, field

import yaml

from mooring.formats.located import Fields, Items, Node, Pair, Scalar
from mooring.formats.parsed import Flaw
from mooring.formats.scalars import plain_value, text_flaw
from mooring.formats.source_text import source_text
from mooring.formats.yaml_characters import stand_ins, unprintable
from mooring.formats.yaml_errors import syntax_flaw

FILE_CAP = 1024 * 1024
"""The bytes that one file may have."""
REGISTRY_CAP = 64 * FILE_CAP
"""registry.yaml holds some lines for each prompt, and there may be a hundred thousand."""
MAX_DEPTH = 100
MAX_UNFOLDED = 256 * 1024
"""The characters that all aliases of a file may stand for together."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXT_TAGS = frozenset({"!", "tag:yaml.org,2002:str"})


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds, so far as it could be read. `complete` is False where reading had to stop early."""

    root: Node | None
    flaws: tuple[Flaw, ...]
    complete: bool


def read_yaml(data: bytes, cap: int = FILE_CAP) -> Reading:
    """Read the one document of a file; never raises."""
    text = source_text(data, cap)
    if isinstance(text, Flaw):
        return Reading(None, (text,), complete=False)
    refused = tuple(unprintable(text))
    if refused:
        return Reading(None, refused, complete=False)
    there, back = stand_ins(text)
    builder = _Builder(back)
    try:
        for event in yaml.parse(text.translate(there), Loader=_LOADER):
            if not builder.take(event):
                break
    except yaml.YAMLError as error:
        builder.stop(syntax_flaw(error))
    return builder.reading()


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet. `key` is the field whose value comes next."""

    line: int
    anchor: str | None
    is_mapping: bool
    items: list[Node] = field(default_factory=list[Node])
    pairs: dict[str, Pair] = field(default_factory=dict[str, Pair])
    awaits_key: bool = True
    key: tuple[str, int] | None = None
    weight: int = 1

    def closed(self) -> Node:
        return Fields(self.line, self.pairs) if self.is_mapping else Items(self.line, tuple(self.items))


class _Builder:
    """Builds located values from events, with a stack of its own: depth is a cap, not the interpreter's limit."""

    def __init__(self, back: dict[int, int]) -> None:
        self._back = back
        self._root: Node | None = None
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int] | None] = {}
        self._unfolded = 0
        self._documents = 0
        self._complete = True
        self._flaws: list[Flaw] = []

    def take(self, event: yaml.Event) -> bool:
        """Take the next event; False says that there is no use in another one."""
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    return self.stop(
                        Flaw(_line(event), "a second document starts here", "Keep one document a file; take `---` out.")
                    )
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                return self._start(event)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                done = self._open.pop()
                self._put(done.closed(), done.weight, done.anchor)
            case yaml.AliasEvent():
                return self._alias(event)
            case _:
                pass
        return True

    def stop(self, flaw: Flaw) -> bool:
        """End early because of a flaw; what stands so far is kept. Gives False."""
        self._flaws.append(flaw)
        self._complete = False
        return False

    def reading(self) -> Reading:
        """Give what was read. A field that stands right before an early end may be cut off, so it is dropped."""
        root = self._root
        if root is None and self._open and self._open[0].is_mapping:
            top = self._open[0]
            pairs = list(top.pairs.items())
            root = Fields(top.line, dict(pairs[:-1] if self._at_key else pairs))
        return Reading(root, tuple(sorted(self._flaws, key=lambda flaw: flaw.line or 0)), self._complete)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        line, written = _line(event), event.value.translate(self._back)
        self._refuse_tag(event)
        is_plain = event.implicit[0] and event.tag is None
        value = plain_value(written, line) if is_plain else (text_flaw(written, line) or written)
        if isinstance(value, Flaw):
            self._flaws.append(value)
            value = written
        if self._at_key and is_plain and written == "<<":
            self._bad_key(
                Flaw(line, "the merge key `<<` is not read", "Write the fields out, or use an alias for a whole value.")
            )
            return
        self._put(Scalar(line, value, written), 1 + len(written), event.anchor)

    def _start(self, event: yaml.SequenceStartEvent | yaml.MappingStartEvent) -> bool:
        if len(self._open) == MAX_DEPTH:
            return self.stop(Flaw(_line(event), f"values are nested deeper than {MAX_DEPTH}", "Make them flatter."))
        self._refuse_tag(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._open.append(_Open(_line(event), event.anchor, isinstance(event, yaml.MappingStartEvent)))
        return True

    def _alias(self, event: yaml.AliasEvent) -> bool:
        line, name = _line(event), event.anchor
        if name not in self._anchors:
            return self.stop(Flaw(line, f"the alias *{name} stands for nothing", "Quote a text that starts with `*`."))
        found = self._anchors[name]
        if found is None:
            return self.stop(Flaw(line, f"the alias *{name} holds itself", "Write the value out."))
        self._unfolded += found[1]
        if self._unfolded > MAX_UNFOLDED:
            return self.stop(
                Flaw(line, f"aliases stand for more than {MAX_UNFOLDED:,} characters", "Write fewer of them.")
            )
        self._put(found[0], found[1], None)
        return True

    def _put(self, node: Node, weight: int, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = (node, weight)
        if not self._open:
            self._root = node
            return
        top = self._open[-1]
        top.weight += weight
        if not top.is_mapping:
            top.items.append(node)
        elif top.awaits_key:
            self._key(top, node)
        else:
            top.awaits_key = True
            if top.key is not None:
                top.pairs[top.key[0]] = Pair(top.key[1], top.key[0], node)

    def _key(self, top: _Open, node: Node) -> None:
        if not isinstance(node, Scalar):
            self._bad_key(
                Flaw(
                    node.line,
                    "a list or mapping stands where a field's name is due",
                    "Quote a text that starts with `{` or `[`, such as '{{name}}', or write it as a block after `|`.",
                )
            )
        elif not isinstance(node.value, str):
            shown = node.written[:40] or "null"
            self._bad_key(Flaw(node.line, f"the field name {shown} is not a text to YAML", f'Quote it: "{shown}".'))
        elif node.value in top.pairs:
            first = top.pairs[node.value].line
            self._bad_key(
                Flaw(
                    node.line,
                    f"the field `{node.value[:80]}` is given twice, first on line {first}",
                    "Keep one of them.",
                )
            )
        else:
            top.awaits_key = False
            top.key = (node.value, node.line)

    def _bad_key(self, flaw: Flaw) -> None:
        self._flaws.append(flaw)
        self._open[-1].awaits_key = False
        self._open[-1].key = None

    @property
    def _at_key(self) -> bool:
        return bool(self._open) and self._open[-1].is_mapping and self._open[-1].awaits_key

    def _refuse_tag(self, event: yaml.ScalarEvent | yaml.SequenceStartEvent | yaml.MappingStartEvent) -> None:
        tag = event.tag
        if tag is None or (tag in _TEXT_TAGS and isinstance(event, yaml.ScalarEvent)):
            return
        shown = tag.removeprefix("tag:yaml.org,2002:")[:80]
        self._flaws.append(
            Flaw(_line(event), f"the tag `{shown}` is not read", "Take it out, or quote a text that starts with `!`.")
        )


def _line(event: yaml.Event) -> int:
    return 1 if event.start_mark is None else event.start_mark.line + 1
