"""What stands in the way of deleting the prompts that Git stopped declaring?"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from mooring.calls import Calls
from mooring.core.address import ABSENT, Address, Gap, Ref
from mooring.core.composition import Included, Pinned, Place, References
from mooring.core.desired import Desired
from mooring.core.memory import Memory, PromptMemory
from mooring.core.observation import Holder
from mooring.core.policy import Mode, Prune
from mooring.gathering.contents import READERS
from mooring.ports import Listing, Unreachable
from mooring.run import Run, Target

LATEST = "latest"
"""What platforms point at the newest version by themselves."""

UNKNOWN_HERE = "the ledger does not know that it was published from here"
_UNMARKED = "what it serves carries no mark of this repository"


@dataclass(frozen=True, slots=True)
class Pruning:
    """Why prompts are kept as a whole ('': nothing stands in the way), and what of Git's includes a place.

    Prompts that Git declares wholly are not among `kept`. `unmarked` are those whose live versions nobody proves to be
    ours: a decision about what is live speaks for them.
    """

    kept: Mapping[str, str] = field(default_factory=dict[str, str])
    unmarked: frozenset[str] = frozenset()
    including: Mapping[Included, tuple[str, ...]] = field(default_factory=dict[Included, tuple[str, ...]])

    def reason(self, prompt: str, *, decided: bool) -> str:
        """Say why a prompt is not to be deleted, '' where nothing stands in the way."""
        kept = self.kept.get(prompt, UNKNOWN_HERE)
        return kept or (_UNMARKED if prompt in self.unmarked and not decided else "")


@dataclass(frozen=True, slots=True)
class Looking:
    """What is looked at. `calls` is None where the platform is not asked, as when planning from the ledger."""

    run: Run
    target: Target
    calls: Calls | None
    desired: Desired
    memory: Memory
    survey: Mapping[str, Listing]
    held: Mapping[tuple[str, Ref], Holder]
    marks: Mapping[tuple[str, Ref], str]
    references: References

    def pruning(self) -> Pruning:
        """Look at every prompt of which Git stopped declaring a label that it once published."""
        candidates = [prompt for prompt, known in self.memory.prompts.items() if self._undeclared(prompt, known)]
        including: dict[Included, list[str]] = {}
        for parent, children in self.references.items() if candidates else ():
            for child in children:
                including.setdefault(child, []).append(str(parent))
        kept = {prompt: next(self._reasons(prompt, including), "") for prompt in candidates}
        unmarked = frozenset(prompt for prompt, reason in kept.items() if not reason and not self._marked(prompt))
        kept |= self._asked([prompt for prompt, reason in kept.items() if not reason and self._may_go(prompt)])
        return Pruning(
            kept,
            frozenset(prompt for prompt in unmarked if not kept[prompt]),
            {child: tuple(sorted(set(parents))) for child, parents in including.items()},
        )

    def _undeclared(self, prompt: str, known: PromptMemory) -> bool:
        labels = self.target.labels
        return any(label in labels and self.desired.side(prompt, labels[label]) is ABSENT for label in known.bases)

    def _reasons(self, prompt: str, including: Mapping[Included, list[str]]) -> Iterator[str]:
        """Give what stands in the way by what was read already."""
        listing = self.survey.get(prompt)
        if listing is not None and self.calls is not None and not self.calls.adapter.capabilities.deletes_prompts:
            yield "the platform cannot delete prompts"
        for label, git_label in self.target.labels.items():
            if self.desired.side(prompt, git_label) is not ABSENT:
                yield f"Git declares its label {label}"
        held = set() if listing is None else {label for label, refs in listing.labels.items() if refs}
        based = self.memory.prompts[prompt].bases.keys()
        yield from self._others(prompt, held | based)
        for child, parents in including.items():
            if child.prompt == prompt and isinstance(child, Pinned):
                yield f"{parents[0]} includes its version {child.ref}"
            elif child.prompt == prompt:
                yield f"{parents[0]} includes it"

    def _others(self, prompt: str, labels: set[str]) -> Iterator[str]:
        for label in sorted(labels - {LATEST}):
            if label not in self.target.labels:
                yield f"its label {label} is not managed here"
            elif not self.run.selection.takes(Address(self.target.name, prompt, label)):
                yield f"its label {label} is not part of this run"

    def _may_go(self, prompt: str) -> bool:
        """Tell whether nothing read so far keeps a listed prompt; only then its other labels matter.

        A label that serves what is neither agreed nor decided on stays, and keeps the prompt for the others.
        """
        listing, settings = self.survey.get(prompt), self.target.settings(prompt)
        if listing is None or settings.policy.prune is not Prune.DELETE or settings.mode is not Mode.UPSERT:
            return False
        decided = {label for label in self.target.labels if self._is_decided(prompt, label, listing)}
        open_ones = self.target.labels.keys() - decided
        return (bool(decided) or self._marked(prompt)) and all(
            self._is_agreed(prompt, one, listing) for one in open_ones
        )

    def _is_agreed(self, prompt: str, label: str, listing: Listing) -> bool:
        """Tell whether a label serves nothing, or what the last sync left there or a dead one was about to leave."""
        base, intent = self.memory.base(prompt, label), self.memory.intent
        agreed = {None if base is None else base.hash, None if intent is None else intent.wanted.get((prompt, label))}
        refs = listing.labels.get(label, ())
        held = [self.held.get((prompt, ref)) for ref in refs]
        return not held or (len(held) == 1 and held[0] is not None and held[0].hash in agreed)

    def _is_decided(self, prompt: str, label: str, listing: Listing) -> bool:
        """Tell whether a person may have decided about what a label serves: which content was meant is judged later."""
        if (prompt, label) in self.memory.decisions:
            return True
        if self._is_agreed(prompt, label, listing):
            return False
        base = self.memory.base(prompt, label)
        return (self.target.name, prompt, label) in self.run.resolutions(None if base is None else base.commit)

    def _asked(self, prompts: Sequence[str]) -> Mapping[str, str]:
        """Look at all labels of prompts that are about to go: a survey need not show those that nobody manages."""
        calls = self.calls
        if calls is None or not prompts:
            return {}

        def reason(prompt: str) -> str:
            try:
                now = calls.look(self.target.naming.on_platform(prompt), [])
            except Unreachable:
                return "its other labels could not be read"
            labels = set() if isinstance(now, Gap) else {label for label, refs in now.labels.items() if refs}
            return next(self._others(prompt, labels), "")

        with ThreadPoolExecutor(READERS) as pool:
            return dict(zip(prompts, pool.map(reason, prompts), strict=True))

    def _marked(self, prompt: str) -> bool:
        """Tell whether a mark on the platform says what the ledger says: that it is ours."""
        listing = self.survey.get(prompt)
        if listing is None or self.calls is None:
            return True
        ours = {self.run.repository, *self.run.allowed.takeover}
        if listing.owner is not None:
            return listing.owner in ours
        refs = {ref for label in self.target.labels for ref in listing.labels.get(label, ())}
        return any(self.marks.get((prompt, ref)) in ours for ref in refs)


def dependents(pruning: Pruning, address: Address) -> tuple[str, ...]:
    """Give what of Git's includes just what an address serves."""
    return pruning.including.get(Place(address.prompt, address.label), ())
