"""What happens to a job that writes when another run of it begins?"""

from collections.abc import Iterator, Sequence

from mooring.core.check import Check, Health
from mooring.github.traps.events import BY_HAND, certain
from mooring.github.traps.ground import Ground, by_file, place
from mooring.github.traps.usage import WRITES, Use, Verb

_MAY_WRITE = WRITES | {Verb.CHOSEN}


def queues(ground: Ground) -> Iterator[Check]:
    """Name queues that cut a write short or drop it, and jobs that stand in none."""
    writing = [use for use in ground.uses if use.verb in _MAY_WRITE]
    for _, uses in by_file(writing):
        yield from _cut_short(uses)
        yield from _in_none(uses)
    yield from _dropped(writing)
    syncing = [use for use in ground.uses if use.verb is Verb.SYNC]
    for _, uses in by_file(syncing):
        message = f"{place(uses)}: a job that is run again later syncs nothing old over newer; it says superseded"
        yield Check("re-runs", Health.OK, message)


def _cut_short(uses: Sequence[Use]) -> Iterator[Check]:
    cut = [use for use in uses if _is_cut(use)]
    if cut:
        message = (
            f"{place(cut)}: `cancel-in-progress` stops a write in the middle when another run begins. The next run "
            "settles what was begun, and until then labels may stand half way"
        )
        yield Check("cancelled writes", Health.WARN, message, "Write `cancel-in-progress: false` there.")


def _is_cut(use: Use) -> bool:
    """An expression that asks for more than the event is taken for a person's care."""
    cancels = (queue.cancels for queue in use.workflow.queues_of(use.job))
    return any(one not in {"", "false"} and certain(one, use.events) for one in cancels)


def _in_none(uses: Sequence[Use]) -> Iterator[Check]:
    free = [use for use in uses if not use.workflow.queues_of(use.job)]
    if free:
        message = (
            f"{place(free)}: no `concurrency`, so runs that meet wait for each other inside of Mooring, each in a job "
            "of its own"
        )
        fix = "Write into the job: concurrency: {group: mooring-sync, cancel-in-progress: false}"
        yield Check("concurrency", Health.NOTE, message, fix)


def _dropped(writing: Sequence[Use]) -> Iterator[Check]:
    """GitHub keeps one run waiting for each group; the next one that comes takes its place."""
    by_events = {group for use in writing if use.events - BY_HAND for group in _groups(use)}
    lost = [use for use in writing if _is_a_persons(use) and by_events & set(_groups(use))]
    for _, uses in by_file(lost):
        message = (
            f"{place(uses)}: what a person starts waits in a queue that pushes or the schedule use too, and GitHub "
            "drops a waiting run when another one comes"
        )
        fix = "Give it a `concurrency` group of its own: Mooring itself keeps two writers apart."
        yield Check("dropped runs", Health.NOTE, message, fix)


def _is_a_persons(use: Use) -> bool:
    """What the schedule does just the same is not lost with the run that it takes the place of."""
    return bool(use.events & BY_HAND) and (use.verb is Verb.CHOSEN or use.events <= BY_HAND)


def _groups(use: Use) -> list[str]:
    return [queue.group for queue in use.workflow.queues_of(use.job)]
