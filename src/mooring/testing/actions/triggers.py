"""Does an event start a workflow, and with which inputs?

The rules are those of "Workflow syntax for GitHub Actions", section `on`, "Events that trigger workflows", and
"Skipping workflow runs".
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mooring.testing.actions.events import Event
from mooring.testing.actions.globs import any_outside, chosen
from mooring.testing.actions.invalid import Invalid
from mooring.testing.actions.reading import mapping, only, texts
from mooring.testing.actions.values import Value, is_list, text, truthy
from mooring.testing.github.rows import ACTIONS

_DEFAULT_TYPES = {
    "pull_request": ("opened", "synchronize", "reopened"),
    "pull_request_target": ("opened", "synchronize", "reopened"),
    "merge_group": ("checks_requested",),
}
_DISPATCHES = frozenset({"workflow_dispatch", "repository_dispatch"})
_SKIP = re.compile(r"\[(skip ci|ci skip|no ci|skip actions|actions skip)\]")
_FILTERS = frozenset({"branches", "branches-ignore", "paths", "paths-ignore", "tags", "tags-ignore", "types"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What only the repository knows of an event; each is asked where a rule needs it."""

    changed: Callable[[], Sequence[str]]
    """The paths that a push or a pull request changed."""
    head_message: Callable[[], str]
    """The message of the newest commit of a push, or of a pull request's branch."""


def why_not(on: Value, event: Event, facts: Facts) -> str | None:
    """Say why an event does not start a workflow, None where it does; raises Invalid."""
    events = _events(on)
    if event.name not in events:
        return f"the workflow is not started by {event.name}"
    if event.actor == ACTIONS and event.name not in _DISPATCHES:
        return "what a job's own token does starts no workflow"
    if event.name in {"push", "pull_request"} and _SKIP.search(facts.head_message()):
        return "the newest commit's message says that CI is skipped"
    if event.name == "schedule":
        return _why_not_scheduled(events["schedule"], event)
    filters = mapping(events[event.name], f"on.{event.name}")
    if event.name == "workflow_dispatch":
        return None
    only(filters, _FILTERS, f"on.{event.name}")
    return _why_not_type(filters, event) or _why_not_ref(filters, event) or _why_not_paths(filters, event, facts)


def inputs_of(on: Value, event: Event) -> dict[str, Value]:
    """Give the inputs of a dispatch, with their types and defaults; raises Invalid for what the form refuses."""
    events = _events(on)
    if event.name != "workflow_dispatch":
        return {}
    declared = mapping(mapping(events.get("workflow_dispatch"), "on.workflow_dispatch").get("inputs"), "inputs")
    given = mapping(event.payload.get("inputs"), "the event's inputs")
    strange = sorted(set(given) - set(declared))
    if strange:
        raise Invalid(f"Unexpected inputs provided: {strange}")
    return {name: _input(name, mapping(one, name), given.get(name)) for name, one in declared.items()}


def _input(name: str, declared: Mapping[str, Value], given: Value) -> Value:
    kind = text(declared.get("type", "string"))
    value = given if given is not None else declared.get("default")
    if value is None or value == "":
        if truthy(declared.get("required")):
            raise Invalid(f"Required input '{name}' not provided")
        value = False if kind == "boolean" else ""
    match kind:
        case "boolean":
            return value is True or text(value) == "true"
        case "number":
            return float(text(value) or 0)
        case "choice":
            options = texts(declared.get("options"), f"{name}.options")
            if given is None and "default" not in declared and options:
                return options[0]
            if text(value) not in options:
                raise Invalid(f"Provided value '{text(value)}' for input '{name}' not in the list of allowed values")
            return text(value)
        case "string" | "environment":
            return text(value)
        case _:
            raise Invalid(f"Unexpected type '{kind}' of the input '{name}'")


def _events(on: Value) -> Mapping[str, Value]:
    if isinstance(on, Mapping):
        return on
    if isinstance(on, str) or is_list(on):
        return dict.fromkeys(texts(on, "on"), None)
    raise Invalid("The workflow has no `on`, so that nothing starts it")


def _why_not_scheduled(schedules: Value, event: Event) -> str | None:
    listed = schedules if isinstance(schedules, Sequence) and not isinstance(schedules, str) else ()
    crons = [text(mapping(one, "on.schedule").get("cron")) for one in listed]
    if not crons:
        raise Invalid("on.schedule needs a list of crons")
    wanted = event.payload.get("schedule")
    return None if wanted in crons else f"no schedule of the workflow is {wanted}"


def _why_not_type(filters: Mapping[str, Value], event: Event) -> str | None:
    action = event.payload.get("action")
    types = texts(filters.get("types"), "types") or _DEFAULT_TYPES.get(event.name, ())
    if types and action not in types:
        return f"the activity {action} is none of {', '.join(types)}"
    return None


def _why_not_ref(filters: Mapping[str, Value], event: Event) -> str | None:
    if event.name == "push":
        if truthy(event.payload.get("deleted")):
            return "a ref was taken away"
        return _why_not_pushed(filters, event.ref)
    branch = {
        "pull_request": event.base_ref,
        "pull_request_target": event.base_ref,
        "merge_group": event.merge_group_base,
    }.get(event.name)
    if branch is None:
        return None
    return None if _passes(filters, "branches", [branch]) else f"the base branch {branch} is filtered out"


def _why_not_pushed(filters: Mapping[str, Value], ref: str) -> str | None:
    is_tag = ref.startswith("refs/tags/")
    mine, other = ("tags", "branches") if is_tag else ("branches", "tags")
    name = ref.removeprefix("refs/tags/").removeprefix("refs/heads/")
    if _has(filters, other) and not _has(filters, mine):
        return f"only {other} are asked for, and {ref} is none"
    return None if _passes(filters, mine, [name]) else f"{ref} is filtered out"


def _why_not_paths(filters: Mapping[str, Value], event: Event, facts: Facts) -> str | None:
    paths_count = event.name in {"push", "pull_request", "pull_request_target"} and not event.ref.startswith(
        "refs/tags/"
    )
    if not paths_count or not _has(filters, "paths"):
        return None
    return None if _passes(filters, "paths", facts.changed()) else "no path that changed is asked for"


def _has(filters: Mapping[str, Value], kind: str) -> bool:
    return kind in filters or f"{kind}-ignore" in filters


def _passes(filters: Mapping[str, Value], kind: str, names: Sequence[str]) -> bool:
    ignore = f"{kind}-ignore"
    if kind in filters and ignore in filters:
        raise Invalid(f"you may only define one of `{kind}` and `{ignore}` for a single event")
    if kind in filters:
        return chosen(names, texts(filters[kind], kind))
    return any_outside(names, texts(filters[ignore], ignore)) if ignore in filters else True
