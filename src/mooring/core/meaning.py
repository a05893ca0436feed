"""What does a difference mean, in words, for whoever calls a prompt?"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from mooring.core.artifact import Artifact, Content, Json, Message, Opaque
from mooring.core.canonical import document
from mooring.core.difference import Callers, Change, ChangeKind, Impact, gravest
from mooring.core.lowering import PARAMS
from mooring.core.paths import steps
from mooring.core.promises import output_remarks, settled, tool_remarks
from mooring.core.remark import Remark, value
from mooring.core.template import texts, written

_SPOKEN = frozenset({"model", "template_format", *PARAMS})
"""Config keys whose texts are names, not words of a prompt."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """A tokenizer: its name, and how many tokens a text has."""

    name: str
    count: Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Size:
    """How long the texts of a prompt are as they are written, before a variable is filled in; before and after."""

    unit: str
    old: int
    new: int


def meaning(old: Content | None, new: Content | None, changes: Sequence[Change]) -> tuple[Remark, ...]:
    """Say what `changes`, as core/difference.py gives them, mean; the gravest first. None is a side without content."""
    if new is None or old is None:
        gone = Remark(Impact.BREAKING, "the prompt is gone", noun="the prompt is gone")
        come = Remark(Impact.BEHAVIOUR, "the prompt is new", noun="the prompt is new")
        return () if new is old else (gone if new is None else come,)
    if not isinstance(old, Artifact) or not isinstance(new, Artifact):
        said = "one side holds a form of the platform's own, which can only be compared as a whole"
        return tuple(Remark(change.impact, said, noun="another form of content") for change in changes)
    callers = Callers.of(old, new)
    found = list(_callers(callers)) if any(callers.broken_by(change) for change in changes) else []
    found += _examples(old, new, [change for change in changes if _of(change, "examples")])
    for change in changes:
        found += _remarks(change, old, new)
    order = list(Impact)
    return tuple(sorted(settled(found), key=lambda remark: order.index(remark.impact)))


def size(old: Content | None, new: Content | None, gauge: Gauge | None) -> tuple[Size, ...]:
    """Measure both sides in tokens; without a tokenizer in characters and words, for a guess would be no measure.

    A form of the platform's own has no size.
    """
    if isinstance(old, Opaque) or isinstance(new, Opaque):
        return ()
    before, after = _texts(old), _texts(new)
    if gauge is not None:
        return (_measured(f"tokens ({gauge.name})", gauge.count, before, after),)
    return (
        _measured("characters", len, before, after),
        _measured("words", lambda text: len(text.split()), before, after),
    )


def _measured(unit: str, count: Callable[[str], int], before: Iterable[str], after: Iterable[str]) -> Size:
    return Size(unit, sum(map(count, before)), sum(map(count, after)))


def _texts(content: Artifact | None) -> list[str]:
    return [] if content is None else list(texts(content))


def _callers(callers: Callers) -> Iterator[Remark]:
    for name in sorted(callers.gone):
        shown = (written(name, callers.before),)
        yield Remark(Impact.BREAKING, "variable {} is gone", shown, "variable", "gone")
    for name in sorted(callers.come):
        shown = (written(name, callers.after),)
        yield Remark(Impact.BREAKING, "callers must now fill in {}", shown, "variable", "new")
    for name in sorted(callers.places_gone):
        yield Remark(Impact.BREAKING, "placeholder {} is gone", (name,), "placeholder", "gone")
    for name in sorted(callers.places_come):
        said = "callers must now fill in the placeholder {}"
        yield Remark(Impact.BREAKING, said, (name,), "placeholder", "new")


def _remarks(change: Change, old: Artifact, new: Artifact) -> Iterator[Remark]:
    if change.path == "/kind":
        said = f"a {old.kind} became a {new.kind}"
        yield Remark(change.impact, said, noun=said)
    elif change.path == "/config":
        yield Remark(change.impact, "the whole config is another one", noun="the whole config")
    elif _of(change, "tools") and change.impact is not Impact.COSMETIC:
        yield from tool_remarks(change, _config(old, "tools"), _config(new, "tools"))
    elif _of(change, "output_schema") and change.impact is not Impact.COSMETIC:
        yield from output_remarks(change)
    elif change.path.startswith("/config"):
        yield from () if _of(change, "examples") else (_setting(change),)
    elif old.kind is new.kind:
        yield _wording(change, old, new)


def _of(change: Change, key: str) -> bool:
    return change.path == f"/config/{key}" or change.path.startswith(f"/config/{key}/")


def _config(artifact: Artifact, key: str) -> Json:
    config = document(artifact)["config"]
    return config.get(key) if isinstance(config, Mapping) else None


# --- text and messages ------------------------------------------------------------------------------------------------


def _wording(change: Change, old: Artifact, new: Artifact) -> Remark:
    if change.path == "/text":
        if change.impact is Impact.COSMETIC:
            return Remark(change.impact, "white space at the end of the text", noun="white space at the end")
        return Remark(Impact.BEHAVIOUR, "the text changed", noun="text")
    _, at, *below = steps(change.path)
    which = _which(new if change.kind is ChangeKind.ADDED else old, int(at))
    match below:
        case ["content"] if change.impact is Impact.COSMETIC:
            said = "white space at the end of message {}"
            return Remark(change.impact, said, (which,), "white space at the end")
        case ["content"] if change.kind is ChangeKind.CHANGED:
            return Remark(Impact.BEHAVIOUR, "the text of message {} changed", (which,), "text")
        case ["role"] if change.kind is ChangeKind.CHANGED:
            names = (str(int(at) + 1), str(change.new), str(change.old))
            return Remark(change.impact, "message {} speaks as {} now, not as {}", names, "role", "changed")
        case [] if change.kind is not ChangeKind.CHANGED:
            happened = "new" if change.kind is ChangeKind.ADDED else "gone"
            return Remark(Impact.BEHAVIOUR, f"message {{}} is {happened}", (which,), "message", happened)
        case _:
            return Remark(Impact.BEHAVIOUR, "message {} is another one", (str(int(at) + 1),), "message", "replaced")


def _which(artifact: Artifact, at: int) -> str:
    """Give a message as people count them, with its role."""
    turn = artifact.body[at]
    return f"{at + 1} ({turn.role if isinstance(turn, Message) else 'placeholder'})"


# --- config -----------------------------------------------------------------------------------------------------------


def _setting(change: Change) -> Remark:
    key = ".".join(steps(change.path)[1:])
    spoken = key in _SPOKEN
    before, after = _told(change.old, spoken=spoken), _told(change.new, spoken=spoken)
    if change.impact is Impact.COSMETIC:
        return Remark(change.impact, "white space at the end of {}", (key,), "white space at the end")
    match change.kind:
        case ChangeKind.ADDED:
            return Remark(change.impact, "{} is new" if after is None else "{} is {} now", _named(key, after))
        case ChangeKind.REMOVED:
            return Remark(change.impact, "{} is gone" if before is None else "{} is gone, was {}", _named(key, before))
        case ChangeKind.CHANGED:
            if before is None or after is None:
                return Remark(change.impact, "{} changed", (key,))
            return Remark(change.impact, "{} {} → {}", (key, before, after))
        case _:
            assert_never(change.kind)


def _told(of: Json, *, spoken: bool) -> str | None:
    return value(of) if spoken or not isinstance(of, str) else None


def _named(key: str, told: str | None) -> tuple[str, ...]:
    return (key,) if told is None else (key, told)


def _examples(old: Artifact, new: Artifact, changes: Sequence[Change]) -> Iterator[Remark]:
    impact = gravest(changes)
    if impact is None:
        return
    before, after = _count(_config(old, "examples")), _count(_config(new, "examples"))
    if before == after:
        yield Remark(impact, "the examples changed", noun="examples")
    else:
        yield Remark(impact, "examples {} → {}", (str(before), str(after)))


def _count(examples: Json) -> int:
    return len(examples) if isinstance(examples, list | tuple) else int(examples is not None)
