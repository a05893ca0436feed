"""How is a whole prompt deleted? Only as it was archived, in one request, and proven gone."""

from collections.abc import Mapping, Sequence

from mooring.applying.result import Result
from mooring.applying.writes import Writes
from mooring.calls import Calls
from mooring.core.address import Gap
from mooring.core.artifact import Artifact
from mooring.core.composition import Place, waves
from mooring.core.plan import Outcome, Step
from mooring.gathering.pruning import LATEST
from mooring.ports import Adapter, Listing, Moved, Stored
from mooring.run import Target


def delete(calls: Calls, writes: Writes, name: str, steps: Sequence[Step], archived: Sequence[Stored]) -> Result:
    """Delete a prompt that still is as it was archived, its labels where the plan saw them; raises AdapterError."""
    before = calls.look(name, [])
    if isinstance(before, Gap):
        return Result(Outcome.UNCHANGED, "Somebody deleted it meanwhile")
    _require_labels(before, steps)
    if _facts(calls.versions(name, None)) != _facts(archived):
        raise Moved("Its versions are not those that were archived: somebody is working there, so it was left alone")
    writes.delete_prompt(name, lambda: _facts(calls.adapter.versions(name, None)) == _facts(archived))
    if calls.look(name, []) is Gap.ABSENT:
        return Result(Outcome.APPLIED)
    return Result(Outcome.MOVED, "It was deleted and is there again: somebody makes it anew at the same time")


def in_order(
    steps: Sequence[Step], doomed: Mapping[str, Sequence[Stored]], adapter: Adapter, target: Target
) -> list[list[tuple[Step, ...]]]:
    """Put deletions in order, by prompt: what includes another prompt goes before that."""
    by_prompt: dict[str, list[Step]] = {}
    for step in steps:
        by_prompt.setdefault(step.address.prompt, []).append(step)
    includes = {
        Place(prompt, ""): [
            Place(target.naming.in_git(one.prompt), "")
            for stored in doomed.get(prompt, ())
            if isinstance(stored.content, Artifact)
            for one in adapter.references(stored.content)
        ]
        for prompt in by_prompt
    }
    found = waves((Place(prompt, "") for prompt in by_prompt), {one: to for one, to in includes.items() if to})
    return [[tuple(by_prompt[place.prompt]) for place in wave] for wave in reversed(found)]


def _require_labels(before: Listing, steps: Sequence[Step]) -> None:
    planned = {step.address.label: step.holders for step in steps}
    held = {label: tuple(refs) for label, refs in before.labels.items() if label != LATEST and refs}
    if held != planned:
        wrong = sorted(label for label in held.keys() | planned.keys() if held.get(label) != planned.get(label))
        raise Moved(f"Its label {wrong[0]} is not where the plan saw it, so it was left alone")


def _facts(versions: Sequence[Stored]) -> list[tuple[str, str, str]]:
    """Give what tells versions from others: a number may come back with other content, a text may be rewritten."""
    return sorted((one.ref, one.hash, one.created) for one in versions)
