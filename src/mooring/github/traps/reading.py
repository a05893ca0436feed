"""What does a workflow file hold? Read strictly and leniently at once: no tag, no bomb, and no opinion on its keys.

`on` is a text here. A reader of YAML 1.1 takes it for a truth value; neither GitHub nor Mooring's reader does.
"""

from collections.abc import Mapping

from mooring.formats.located import Fields, Items, Node, Pair, Scalar
from mooring.formats.strict_yaml import read_yaml
from mooring.github.traps.documents import EVERY, Concurrency, Job, Patterns, Permissions, Step, Trigger, Workflow

CAP = 512 * 1024
"""Bytes of one file; GitHub refuses far smaller ones."""


class NotAWorkflow(Exception):
    """The file cannot be read as a workflow; the message says why."""


def read_workflow(path: str, data: bytes) -> Workflow:
    """Read one file; raises NotAWorkflow."""
    reading = read_yaml(data, CAP)
    if not reading.complete or not isinstance(reading.root, Fields):
        flaw = next(iter(reading.flaws), None)
        where = "" if flaw is None or flaw.line is None else f"line {flaw.line}: "
        raise NotAWorkflow(where + (flaw.message if flaw is not None else "it is no mapping"))
    top = reading.root.pairs
    jobs = _fields(_at(top, "jobs"))
    return Workflow(
        path,
        _triggers(_at(top, "on")),
        tuple(_job(name, pair.node) for name, pair in jobs.items()),
        _permissions(_at(top, "permissions")),
        _concurrency(_at(top, "concurrency")),
        _texts_by_name(_at(top, "env")),
    )


def _triggers(node: Node | None) -> Mapping[str, Trigger]:
    if isinstance(node, Fields):
        return {event: _trigger(pair.node) for event, pair in node.pairs.items()}
    return {event: Trigger() for event in _list(node) or ()}


def _trigger(node: Node) -> Trigger:
    filters = _fields(node)
    return Trigger(
        branches=_list(_at(filters, "branches")),
        branches_ignore=_list(_at(filters, "branches-ignore")),
        tags=_list(_at(filters, "tags")) or _list(_at(filters, "tags-ignore")),
        paths=_list(_at(filters, "paths")),
        paths_ignore=_list(_at(filters, "paths-ignore")),
    )


def _job(name: str, node: Node) -> Job:
    fields = _fields(node)
    steps = _at(fields, "steps")
    return Job(
        name,
        _text(_at(fields, "name")),
        _text(_at(fields, "if")),
        _permissions(_at(fields, "permissions")),
        _concurrency(_at(fields, "concurrency")),
        _texts_by_name(_at(fields, "env")),
        tuple(_step(step) for step in steps.items) if isinstance(steps, Items) else (),
    )


def _step(node: Node) -> Step:
    fields = _fields(node)
    return Step(
        _text(_at(fields, "uses")),
        _text(_at(fields, "run")),
        _text(_at(fields, "if")),
        _texts_by_name(_at(fields, "with")),
        _texts_by_name(_at(fields, "env")),
    )


def _permissions(node: Node | None) -> Permissions | None:
    match node:
        case Scalar(value=str(stated)):
            return {EVERY: stated.removesuffix("-all")}
        case Fields():
            return _texts_by_name(node)
        case _:
            return None


def _concurrency(node: Node | None) -> Concurrency | None:
    match node:
        case Scalar(value=str(group)):
            return Concurrency(group)
        case Fields():
            return Concurrency(_text(_at(node.pairs, "group")), _text(_at(node.pairs, "cancel-in-progress")))
        case _:
            return None


def _at(pairs: Mapping[str, Pair], name: str) -> Node | None:
    found = pairs.get(name)
    return None if found is None else found.node


def _fields(node: Node | None) -> Mapping[str, Pair]:
    return node.pairs if isinstance(node, Fields) else {}


def _text(node: Node | None) -> str:
    return node.written if isinstance(node, Scalar) and node.value is not None else ""


def _texts_by_name(node: Node | None) -> Mapping[str, str]:
    return {name: _text(pair.node) for name, pair in _fields(node).items()}


def _list(node: Node | None) -> Patterns:
    match node:
        case Scalar(value=None) | Fields() | None:
            return None
        case Scalar():
            return (node.written,)
        case Items():
            return tuple(_text(item) for item in node.items)
