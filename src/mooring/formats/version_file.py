"""What does one prompt file say?"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from mooring.core.artifact import Artifact, Message
from mooring.core.canonical import NotCanonical, content_hash
from mooring.core.desired import HEAD_KEY, REFERENCE_MARK, PromptFacts
from mooring.formats import prompt_shapes as shapes
from mooring.formats.content import artifact_of
from mooring.formats.located import Fields, Items, Node, Scalar, is_nothing
from mooring.formats.parsed import Entry, Flaw, ParsedFile, Role, Stated
from mooring.formats.shape import Shape, check
from mooring.formats.source_text import source_text
from mooring.formats.strict_yaml import FILE_CAP, REGISTRY_CAP, Reading, read_yaml

_EMPTY = Flaw(None, "the file is empty", "Write something into it, or remove it.")


class UnreadableFile(ValueError):
    """The bytes are no valid prompt file; `flaws` says why."""

    def __init__(self, flaws: tuple[Flaw, ...]) -> None:
        super().__init__("; ".join(flaw.message for flaw in flaws))
        self.flaws = flaws


def parse_blob(role: Role, data: bytes) -> ParsedFile:
    """Read one file's part in the whole; never raises: mistakes are the result's `flaws`. Depends on nothing else."""
    match role:
        case Role.VERSION_TEXT:
            return _with_content(ParsedFile(role), _read_text(data))
        case Role.VERSION_YAML:
            return _parse(role, read_yaml(data), shapes.VERSION, _version)
        case Role.ONE_FILE:
            return _parse(role, read_yaml(data), shapes.ONE_FILE, _one_file)
        case Role.PROMPT_YAML:
            return _parse(role, read_yaml(data), shapes.PROMPT, _prompt)
        case Role.REGISTRY:
            return _parse(role, read_yaml(data, REGISTRY_CAP), shapes.REGISTRY, _registry)
        case Role.STRAY:
            return _named(role, read_yaml(data))


def read_artifact(role: Role, data: bytes) -> Artifact:
    """Read the content of a version or one-file prompt; raises UnreadableFile."""
    match role:
        case Role.VERSION_TEXT:
            content = _read_text(data)
        case Role.VERSION_YAML:
            content = _read_content(read_yaml(data), shapes.VERSION)
        case Role.ONE_FILE:
            content = _read_content(read_yaml(data), shapes.ONE_FILE)
        case Role.PROMPT_YAML | Role.REGISTRY | Role.STRAY:
            content = (Flaw(None, "the file holds no prompt's text", "Name a version file."),)
    if isinstance(content, Artifact):
        return content
    raise UnreadableFile(content)


def _read_text(data: bytes) -> Artifact | tuple[Flaw, ...]:
    text = source_text(data, FILE_CAP)
    if isinstance(text, Flaw):
        return (text,)
    if not text:
        return (_EMPTY,)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        return (Flaw(line, "the text holds a NUL character, which platforms refuse or cut", "Take it out."),)
    return Artifact(text)


def _read_content(reading: Reading, shape: Shape) -> Artifact | tuple[Flaw, ...]:
    flaws = _flaws(reading, shape)
    return flaws or artifact_of(_fields(reading))


def _parse(role: Role, reading: Reading, shape: Shape, fill: Callable[[ParsedFile, Fields], ParsedFile]) -> ParsedFile:
    named = ParsedFile(role) if role is Role.REGISTRY else _named(role, reading)
    flaws = _flaws(reading, shape)
    return replace(named, flaws=flaws) if flaws else fill(named, _fields(reading))


def _flaws(reading: Reading, shape: Shape) -> tuple[Flaw, ...]:
    """Give all that is wrong with a file: with its YAML, and with its fields unless some were cut off."""
    if not reading.complete:
        return reading.flaws
    if reading.root is None or is_nothing(reading.root):
        return (*reading.flaws, _EMPTY)
    flaws = (*reading.flaws, *check(reading.root, shape, "the file"))
    return tuple(sorted(flaws, key=lambda flaw: flaw.line or 0))


def _fields(reading: Reading) -> Fields:
    return reading.root if isinstance(reading.root, Fields) else Fields(1, {})


def _named(role: Role, reading: Reading) -> ParsedFile:
    """Say which name a file declares, if that can be told at all."""
    pairs = _fields(reading).pairs
    given = [pairs[word].node for word in ("name", "id") if word in pairs]
    if not given:
        return ParsedFile(role, name_known=reading.complete)
    name = _stated(given[0])
    sure = len(given) == 1 and not any(check(given[0], shapes.NAME, "the name"))
    return ParsedFile(role, name=name if sure else None, name_known=sure)


def _version(parsed: ParsedFile, fields: Fields) -> ParsedFile:
    facts = PromptFacts(description=_text(fields, "description"))
    version = _stated(fields.pairs["version"].node) if "version" in fields.pairs else None
    return _with_content(replace(parsed, version=version, facts=facts), artifact_of(fields))


def _one_file(parsed: ParsedFile, fields: Fields) -> ParsedFile:
    labels = fields.pairs["labels"].node if "labels" in fields.pairs else None
    declared = (_stated(item) for item in labels.items) if isinstance(labels, Items) else ()
    served = {label.text: Stated(HEAD_KEY, label.line) for label in declared}
    version = _version(parsed, fields)
    return version if version.flaws else replace(version, labels=served, facts=_facts(fields))


def _prompt(parsed: ParsedFile, fields: Fields) -> ParsedFile:
    labels = dict(_labels(fields.pairs["labels"].node)) if "labels" in fields.pairs else {}
    if "active_version" in fields.pairs:
        active = _stated(fields.pairs["active_version"].node)
        served = labels.setdefault("production", active)
        if served.text != active.text:
            message = f"`active_version` is `{active.text}`, but `labels` gives production `{served.text}`"
            return replace(parsed, flaws=(Flaw(active.line, message, "Keep one of them."),))
    return replace(parsed, labels=labels, facts=_facts(fields))


def _registry(parsed: ParsedFile, fields: Fields) -> ParsedFile:
    entries = {name: Entry(pair.line, _labels(pair.node)) for name, pair in fields.pairs.items()}
    return replace(parsed, registry=entries)


def _with_content(parsed: ParsedFile, content: Artifact | tuple[Flaw, ...]) -> ParsedFile:
    if not isinstance(content, Artifact):
        return replace(parsed, flaws=content)
    try:
        return replace(parsed, hash=content_hash(content), composed=_is_composed(content))
    except NotCanonical as refused:
        flaws = (Flaw(None, f"{refusal.path}: {refusal.reason}", "Change the value.") for refusal in refused.refusals)
        return replace(parsed, flaws=tuple(flaws))


def _is_composed(content: Artifact) -> bool:
    body = content.body
    if isinstance(body, str):
        return REFERENCE_MARK in body
    return any(
        REFERENCE_MARK in turn.role or REFERENCE_MARK in turn.content for turn in body if isinstance(turn, Message)
    )


def _facts(fields: Fields) -> PromptFacts:
    return PromptFacts(
        description=_text(fields, "description"),
        tags=_texts(fields, "tags"),
        owners=_texts(fields, "owners") or (),
        variables=_texts(fields, "variables"),
    )


def _text(fields: Fields, name: str) -> str | None:
    return _stated(fields.pairs[name].node).text if name in fields.pairs else None


def _texts(fields: Fields, name: str) -> tuple[str, ...] | None:
    node = fields.pairs[name].node if name in fields.pairs else None
    return tuple(_stated(item).text for item in node.items) if isinstance(node, Items) else None


def _labels(node: Node) -> Mapping[str, Stated]:
    return {label: _stated(pair.node) for label, pair in node.pairs.items()} if isinstance(node, Fields) else {}


def _stated(node: Node) -> Stated:
    value = node.value if isinstance(node, Scalar) else None
    return Stated(value if isinstance(value, str) else "", node.line)
