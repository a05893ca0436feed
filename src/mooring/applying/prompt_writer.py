"""How is one prompt brought to what is wanted? Publish, verify, flip, verify; its writes go in sequence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mooring.applying.deletion import delete
from mooring.applying.gate import Gate, Halted
from mooring.applying.result import Result as Result
from mooring.applying.result import failed
from mooring.applying.writes import Writes, holding
from mooring.calls import Calls
from mooring.core.address import ABSENT, Address, ContentHash, Gap, Ref
from mooring.core.desired import Desired, PromptFacts, Version
from mooring.core.judge import Action
from mooring.core.memory import Indexed, Memory
from mooring.core.plan import Outcome, Step
from mooring.gathering.contents import keep, seen_as
from mooring.ports import (
    Adapter,
    AdapterError,
    HistoryError,
    LeaseLost,
    Listing,
    Moved,
    Provenance,
    Seen,
    Sighting,
    Stored,
)
from mooring.run import Run, Target
from mooring.within import TooLate, within

PATIENCE = 30.0
"""Seconds that the branch's history is waited for in the middle of a write."""


@dataclass(frozen=True, slots=True)
class PromptWriter:
    """Carries out the steps of one prompt at a time; shared by the threads of one target."""

    run: Run
    target: Target
    adapter: Adapter
    calls: Calls
    memory: Memory
    desired: Desired
    gate: Gate
    writes: Writes
    created: dict[tuple[str, ContentHash], str] = field(default_factory=dict[tuple[str, ContentHash], str])
    learned: dict[tuple[str, ContentHash], Indexed] = field(default_factory=dict[tuple[str, ContentHash], Indexed])
    doomed: Mapping[str, Sequence[Stored]] = field(default_factory=dict[str, Sequence[Stored]])
    """All versions of each prompt that is deleted, by Git's name, as they were archived."""

    def prompt(self, steps: Sequence[Step]) -> Mapping[Address, Result]:
        """Carry out one prompt's steps; every error becomes the outcome of what was not finished."""
        results: dict[Address, Result] = {}
        try:
            self.gate.enter()
            self._prompt(steps, results)
        except Halted as halt:
            self._rest(steps, results, Result(halt.outcome, str(halt)))
        except LeaseLost as error:
            self.gate.halt(error)
            self._rest(steps, results, Result(Outcome.SKIPPED, str(error)))
        except AdapterError as error:
            self._rest(steps, results, failed(error, self.gate))
        else:
            self.gate.count_answer()
        for step in steps:
            self.run.progress.advance(self.target.name, str(step.address))
        return results

    def _rest(self, steps: Sequence[Step], results: dict[Address, Result], result: Result) -> None:
        for step in steps:
            results.setdefault(step.address, result)

    def _prompt(self, steps: Sequence[Step], results: dict[Address, Result]) -> None:
        name = self.target.naming.on_platform(steps[0].address.prompt)
        if steps[0].action is Action.DELETE:
            deleted = delete(self.calls, self.writes, name, steps, self.doomed[steps[0].address.prompt])
            self._rest(steps, results, deleted)
            return
        before = self._look(name, steps)
        expected: list[Step] = []
        for step in steps:
            if self._as_expected(step, before):
                expected.append(step)
            else:
                note = "The live side is not what the plan saw: somebody moved it meanwhile, so it was left alone"
                results[step.address] = Result(Outcome.MOVED, note)
        versions = self._versions(name, before, expected, results)
        moving = [step for step in expected if step.address not in results]
        for step in moving:
            if step.address not in versions.labelled:
                self._flip(name, step, versions)
        if moving:
            self._verify(name, moving, versions, results)

    def _look(self, name: str, steps: Sequence[Step]) -> Listing | Gap:
        """Read who holds the labels now. Whether a prompt is there at all is one question where it seems to be new."""
        seems_new = steps[0].address.prompt not in self.memory.prompts and not any(step.holders for step in steps)
        if seems_new and self.calls.look(name, []) is Gap.ABSENT:
            return Gap.ABSENT
        return self.calls.look(name, sorted(step.address.label for step in steps))

    def _as_expected(self, step: Step, before: Listing | Gap) -> bool:
        """Tell whether a label is where the plan saw it, with the content that it saw."""
        if isinstance(before, Gap):
            return not step.holders
        holders = tuple(before.labels.get(step.address.label, ()))
        if holders != step.holders:
            return False
        if len(holders) != 1:
            return True
        held = self._content_of(before, step.address.label, holders[0])
        return held is None or held.hash == step.expect

    def _content_of(self, listing: Listing, label: str, ref: Ref) -> Sighting | None:
        """Give what a holder is known to hold now: its number alone proves nothing where numbers come back."""
        if ref in listing.stored:
            return listing.stored[ref].sighting
        seen = seen_as(self.calls, listing, label, ref)
        if seen is None:
            return None
        place = self.adapter.connection()
        known = self.target.recall.sightings(place, [seen]).get(seen)
        if known is None:
            stored = self.calls.read(listing.name, ref)
            if isinstance(stored, Gap):
                raise Moved(f"Version {ref} was deleted while it was looked at")
            keep(self.target, place, {seen: stored})
            return stored.sighting
        return known

    def _versions(
        self, name: str, before: Listing | Gap, steps: Sequence[Step], results: dict[Address, Result]
    ) -> "_Versions":
        """Find or publish a version for what each step wants; a result for those that end here."""
        found = _Versions()
        made: dict[ContentHash, Stored] = {}
        # Nobody is served a prompt that is new, so its first content may come with its labels in one call.
        at_once = isinstance(before, Gap) and self.adapter.capabilities.labels_on_create
        for step in steps:
            if isinstance(step.want, Gap) or step.version is None:
                continue
            if step.want not in made:
                together = [s for s in steps if s.action is Action.CREATE and s.want == step.want and at_once]
                at_once = False
                labels = [s.address.label for s in together]
                made[step.want] = self._version(name, before, step, step.want, step.version, labels)
                found.labelled.update(s.address for s in together)
            stored = made[step.want]
            self.created[step.address.prompt, step.want] = stored.created
            if stored.hash != step.want:
                note = f"The platform keeps other content than was sent: version {stored.ref}, which is not served"
                results[step.address] = Result(Outcome.FAILED, note, stored.ref, stored.hash)
            elif step.action is Action.PUBLISH:
                results[step.address] = Result(Outcome.APPLIED, f"Version {stored.ref} published", stored.ref)
            else:
                found.stored[step.address] = stored
        return found

    def _version(
        self,
        name: str,
        before: Listing | Gap,
        step: Step,
        want: ContentHash,
        version: Version,
        labels: Sequence[str],
    ) -> Stored:
        """Give a version that holds the content: the indexed one, one made since, or a new one."""
        if isinstance(before, Gap):
            return self._publish(name, step, want, version, None, labels)
        if step.reuse is not None:
            stored = self.calls.read(name, step.reuse)
            if not isinstance(stored, Gap) and stored.hash in {want, self._kept_instead(step.address.prompt, want)}:
                return stored
        newest = self._newest_indexed(step.address.prompt)
        if before.newest is not None and before.newest != newest:
            since = self.calls.versions(name, newest)
            self._learn(step.address.prompt, since)
            found = holding(since, want)
            if found is not None:
                return found
        return self._publish(name, step, want, version, before.newest, ())

    def _learn(self, prompt: str, since: Sequence[Stored]) -> None:
        """Remember reviewed content that a dead run left: what is published next hides it from later searches.

        Where Git does not answer nothing is learned: such content is published once more when it is wanted.
        """
        try:
            reviewed = within(PATIENCE, lambda: self.run.history.reviewed(prompt))
        except (HistoryError, TooLate):
            return
        for stored in since:
            if stored.hash in reviewed:
                commit = reviewed[stored.hash].commit
                self.learned[prompt, stored.hash] = Indexed(stored.ref, stored.created, "", commit)

    def _kept_instead(self, prompt: str, want: ContentHash) -> str:
        """Give what the platform is known to store in place of some content; the content itself where it keeps it."""
        known = self.memory.prompts.get(prompt)
        entry = None if known is None else known.index.get(want)
        return want if entry is None else entry.instead or want

    def _newest_indexed(self, prompt: str) -> Ref | None:
        """Give the last version that the ledger knows of: only what is newer needs to be searched."""
        known = self.memory.prompts.get(prompt)
        entries = [] if known is None else sorted(known.index.values(), key=lambda entry: (entry.created, entry.ref))
        return entries[-1].ref if entries else None

    def _publish(
        self, name: str, step: Step, want: ContentHash, version: Version, newest: Ref | None, labels: Sequence[str]
    ) -> Stored:
        artifact = self.run.history.artifact(version)
        commit, author = self.run.history.provenance(version)
        mark = Provenance(self.run.repository, commit, version.path, author, want)
        return self.writes.publish(name, artifact, mark, self._facts(step.address.prompt), labels, newest)

    def _facts(self, prompt: str) -> PromptFacts:
        found = self.desired.prompts.get(prompt)
        return PromptFacts() if found is None else found.facts

    def _flip(self, name: str, step: Step, versions: "_Versions") -> None:
        if step.want is ABSENT:
            self.writes.remove_label(name, step.address.label, step.holders)
        else:
            to = versions.stored[step.address].ref
            self.writes.move_label(name, step.address.label, to, step.holders)

    def _verify(self, name: str, steps: Sequence[Step], versions: "_Versions", results: dict[Address, Result]) -> None:
        """Read back who holds each label: only what was seen there counts."""
        after = self.calls.look(name, sorted(step.address.label for step in steps))
        read: dict[Seen, Stored] = {}
        for step in steps:
            holders = () if isinstance(after, Gap) else tuple(after.labels.get(step.address.label, ()))
            stored = versions.stored.get(step.address)
            if holders == (() if stored is None else (stored.ref,)):
                results[step.address] = Result(Outcome.APPLIED, "", None if stored is None else stored.ref)
                if stored is not None and not isinstance(after, Gap):
                    seen = seen_as(self.calls, after, step.address.label, stored.ref)
                    read |= {} if seen is None else {seen: stored}
            else:
                seen_there = " and ".join(holders) or "nothing"
                note = f"The label was moved and then pointed at {seen_there}: somebody moves it at the same time"
                results[step.address] = Result(Outcome.MOVED, note)
        if read:
            keep(self.target, self.adapter.connection(), read)


@dataclass(frozen=True, slots=True)
class _Versions:
    """The versions that hold what each step wants, and the addresses whose labels came along with a new prompt."""

    stored: dict[Address, Stored] = field(default_factory=dict[Address, Stored])
    labelled: set[Address] = field(default_factory=set[Address])
