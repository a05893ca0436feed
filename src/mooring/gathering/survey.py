"""Who holds the managed labels of a target, at the least cost that proves it?"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mooring.calls import Calls
from mooring.core.address import Gap
from mooring.ports import SURVEY_TAKES, Snapshot, Survey
from mooring.run import Depth, Run, Target

_FEW = 50
"""Prompts that are looked at one by one; for more, everything is read again."""

_QUIET = timedelta(minutes=10)
"""What was touched this long before a survey was begun is in it, whatever a platform's margin is."""

_OLDEST = timedelta(days=1)
"""A snapshot that was last whole before this is surveyed wholly again, whatever a delta would prove."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """A survey; where only the changes were asked for, with when the target was last read wholly (ISO 8601, UTC)."""

    survey: Survey
    whole: str = ""


def survey(
    run: Run, target: Target, calls: Calls, expected: Collection[str], based: Mapping[str, Collection[str]]
) -> Surveyed:
    """Ask for what changed where that proves enough, else for everything; raises Unreachable or Denied.

    `based` gives the labels that each prompt is known to have had: that one is gone is asked twice.
    """
    labels = sorted(target.labels)
    if not calls.adapter.capabilities.tells_changes:
        return Surveyed(calls.survey(labels, expected))
    place, began, now = calls.adapter.connection(), run.clock.monotonic(), run.clock.now()
    before = target.recall.snapshot(place, labels)
    if before is not None and run.depth is Depth.CHANGES and _young(before, now):
        found = calls.delta(labels, [name for name in expected if name not in before.absent], before.survey)
        if found is not None:
            after = Snapshot(found, frozenset(expected) - found.keys(), before.taken)
            if (after != before or not _is_settled(before.survey)) and _quick(run, began):
                target.recall.keep_snapshot(place, labels, after)
            return Surveyed(found, before.taken)
    found = _confirmed(calls, labels, calls.survey(labels, expected), expected, based)
    if _quick(run, began):
        target.recall.keep_snapshot(place, labels, Snapshot(found, frozenset(expected) - found.keys(), now))
    return Surveyed(found)


def _confirmed(
    calls: Calls, labels: Sequence[str], found: Survey, expected: Collection[str], based: Mapping[str, Collection[str]]
) -> Survey:
    """Ask again for prompts that lost a label: pages that shift under a reader hide a row, and no row twice."""
    lost = [
        name
        for name, had in based.items()
        if name in found and not all(found[name].labels.get(label) for label in had if label in labels)
    ]
    if len(lost) > _FEW:
        again = calls.survey(labels, expected)
        return Survey({**found.listings, **{name: again[name] for name in lost if name in again}}, found.begun)
    looks = {name: calls.look(name, labels) for name in lost}
    seen = {name: listing for name, listing in looks.items() if not isinstance(listing, Gap)}
    return Survey(
        {name: seen.get(name, one) for name, one in found.items() if name in seen or name not in lost}, found.begun
    )


def _young(snapshot: Snapshot, now: str) -> bool:
    # A snapshot from the future was taken by another clock: nobody knows its age.
    return timedelta() <= datetime.fromisoformat(now) - datetime.fromisoformat(snapshot.taken) < _OLDEST


def _is_settled(survey: Survey) -> bool:
    """Tell whether all was quiet when the survey was begun: a later one of the same would prove nothing more."""
    newest = max((stamp for listing in survey.values() for stamp in listing.stamps.values()), default="")
    try:
        return datetime.fromisoformat(survey.begun) - datetime.fromisoformat(newest) > _QUIET
    except ValueError:
        return False


def _quick(run: Run, began: float) -> bool:
    return run.clock.monotonic() - began < SURVEY_TAKES
