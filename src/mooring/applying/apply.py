"""How is a plan carried out? What is included comes first, one prompt's writes in sequence, prompts in parallel."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import groupby

from mooring.applying.deletion import in_order
from mooring.applying.gate import Gate
from mooring.applying.prompt_writer import PromptWriter, Result
from mooring.applying.taking import Taking
from mooring.applying.writes import Writes
from mooring.calls import Calls
from mooring.core.address import ABSENT, Address, ContentHash, Gap
from mooring.core.composition import Included, Place, References, affected, waves
from mooring.core.desired import Desired
from mooring.core.judge import Action
from mooring.core.memory import FIGHT, Base, Changes, Indexed, Memory
from mooring.core.plan import Outcome, Step
from mooring.ports import Adapter
from mooring.run import Run, Target

WRITERS = 4
"""Prompts of one target that are written at once."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of all steps of a target, what the ledger has to learn of it, and what stopped the work."""

    results: Mapping[Address, Result]
    changes: Changes
    stopped: Exception | None = None

    @property
    def doubtful(self) -> bool:
        """Tell whether a write may still be carried out later: then the lease must outlive this run."""
        return any(result.doubtful for result in self.results.values())


@dataclass(frozen=True, slots=True)
class Work:
    """The steps of one target, and what the contents include that they bring."""

    steps: Sequence[Step]
    references: References = field(default_factory=dict[Included, tuple[Included, ...]])

    def waves(self) -> Iterator[Sequence[Step]]:
        """Give the steps but deletions in the order in which they can be done: what one includes comes before it."""
        by_place = {_place(step): step for step in self.steps if step.action is not Action.DELETE}
        for places in waves(by_place, self.references):
            yield [by_place[place] for place in places]

    def held_back(self, wave: Sequence[Step], done: Mapping[Address, Result]) -> dict[Address, Result]:
        """Give the results of steps that include what should have been applied and was not."""
        lacking = [_place(step) for step in self.steps if step.address in done and _is_lacking(done[step.address])]
        above = affected(self.references, lacking)
        reasons = {step.address: above[_place(step)] for step in wave if _place(step) in above}
        return {
            address: Result(Outcome.SKIPPED, f"It includes {', '.join(map(str, children))}, which was not applied")
            for address, children in reasons.items()
        }


def _place(step: Step) -> Place:
    return Place(step.address.prompt, step.address.label)


def _is_lacking(result: Result) -> bool:
    return result.outcome not in {Outcome.APPLIED, Outcome.UNCHANGED}


def _by_prompt(steps: Iterable[Step]) -> list[tuple[Step, ...]]:
    """Group steps by their prompt: writes to one prompt go in sequence."""
    return [tuple(group) for _, group in groupby(steps, key=lambda step: step.address.prompt)]


def apply(
    run: Run, target: Target, adapter: Adapter, work: Work, memory: Memory, desired: Desired, gate: Gate
) -> Applied:
    """Carry out the steps of one target. Failures are outcomes; only what stops the target is in `stopped`."""
    run.progress.begin(target.name, len(work.steps))
    calls = Calls(adapter, run.clock)
    secured = Taking(run, target, calls, gate).secure(work.steps)
    writes = Writes(calls, gate)
    worker = PromptWriter(run, target, adapter, calls, memory, desired, gate, writes, doomed=secured.doomed)
    results = dict(secured.held)
    with ThreadPoolExecutor(WRITERS) as pool:
        for wave in work.waves():
            results |= work.held_back(wave, results)
            for done in pool.map(worker.prompt, _by_prompt(one for one in wave if one.address not in results)):
                results |= done
        # Last, so that nothing that Git still declares includes what goes.
        deleting = [step for step in work.steps if step.action is Action.DELETE and step.address not in results]
        for prompts in in_order(deleting, secured.doomed, adapter, target):
            for done in pool.map(worker.prompt, prompts):
                results |= done
    changes = _changes(run, memory, work.steps, results, worker.created, desired)
    return Applied(results, replace(changes, index={**worker.learned, **changes.index}), gate.stopped)


def _healed(step: Step, base: Base | None) -> tuple[str, ...]:
    if step.action not in {Action.REVERT, Action.HEAL}:
        return ()
    before = base.healed if base is not None and base.hash == step.want else ()
    return (*before, str(step.expect))[-FIGHT:]


def _changes(
    run: Run,
    memory: Memory,
    steps: Sequence[Step],
    results: Mapping[Address, Result],
    created: Mapping[tuple[str, ContentHash], str],
    desired: Desired,
) -> Changes:
    """Say what the ledger has to learn: bases only where the platform was seen to serve what was wanted."""
    bases: dict[tuple[str, str], Base | None] = {}
    index: dict[tuple[str, ContentHash], Indexed] = {}
    commit, now = desired.commit or "", run.clock.now()
    for step in steps:
        result, at = results[step.address], (step.address.prompt, step.address.label)
        if step.version is not None and not isinstance(step.want, Gap) and result.ref is not None:
            made = created.get((step.address.prompt, step.want), "")
            index[step.address.prompt, step.want] = Indexed(result.ref, made, step.version.key, commit, result.instead)
            if result.outcome in {Outcome.APPLIED, Outcome.UNCHANGED} and step.action is not Action.PUBLISH:
                bases[at] = Base(step.want, result.ref, step.version.key, commit, now, _healed(step, memory.base(*at)))
        elif step.want is ABSENT and result.outcome in {Outcome.APPLIED, Outcome.UNCHANGED}:
            bases[at] = None
    gone = {at[0] for at in bases} & {step.address.prompt for step in steps if step.action is Action.DELETE}
    return Changes(bases=bases, index=index, decisions=dict.fromkeys(bases), forgotten=tuple(sorted(gone)))
