"""Is all that a plan takes away archived, before the first of its steps takes it?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby

from mooring.applying import archive
from mooring.applying.gate import Gate, Halted
from mooring.applying.result import Result, failed
from mooring.calls import Calls
from mooring.core.address import Address, Gap, Ref
from mooring.core.judge import Action
from mooring.core.plan import Outcome, Step
from mooring.gathering.contents import READERS
from mooring.ports import AdapterError, LeaseLost, LedgerRefused, Moved, Rejected, Stored
from mooring.run import Run, Target
from mooring.scan import secrets_in


@dataclass(frozen=True, slots=True)
class Secured:
    """The results of steps that must not be done, and all versions of each prompt (Git's name) that is deleted."""

    held: Mapping[Address, Result] = field(default_factory=dict[Address, Result])
    doomed: Mapping[str, Sequence[Stored]] = field(default_factory=dict[str, Sequence[Stored]])


@dataclass(frozen=True, slots=True)
class _Read:
    """The versions that one prompt's steps take away; or why nothing may be taken."""

    steps: tuple[Step, ...]
    versions: tuple[Stored, ...] = ()
    instead: Result | None = None


@dataclass(frozen=True, slots=True)
class Taking:
    """Archives for one target, under its lease."""

    run: Run
    target: Target
    calls: Calls
    gate: Gate

    def secure(self, steps: Iterable[Step]) -> Secured:
        """Read what the steps take away and archive it in one commit; what cannot be archived is not taken."""
        taking = [step for step in steps if step.archive or step.action is Action.DELETE]
        if not taking:
            return Secured()
        try:
            self.gate.enter()
        except Halted as halt:
            return Secured({step.address: Result(halt.outcome, str(halt)) for step in taking})
        except LeaseLost as error:
            self.gate.halt(error)
            return Secured({step.address: Result(Outcome.SKIPPED, str(error)) for step in taking})
        by_prompt = [tuple(group) for _, group in groupby(taking, key=lambda step: step.address.prompt)]
        with ThreadPoolExecutor(READERS) as pool:
            read = list(pool.map(self._read, by_prompt))
        held = {step.address: one.instead for one in read if one.instead is not None for step in one.steps}
        good = [one for one in read if one.instead is None]
        refused = self._archive(good)
        if refused is not None:
            return Secured(held | {step.address: refused for one in good for step in one.steps})
        doomed = {one.steps[0].address.prompt: one.versions for one in good if _deletes(one.steps)}
        return Secured(held, doomed)

    def _read(self, steps: tuple[Step, ...]) -> _Read:
        try:
            versions = self._versions(steps)
        except AdapterError as error:
            return _Read(steps, instead=failed(error, self.gate))
        leaks = [leak for one in versions for leak in secrets_in(one.content, self.run.secrets_allowed)]
        if leaks:
            note = f"It was left alone: the archive is in Git, and what would go there looks like a secret, {leaks[0]}"
            return _Read(steps, instead=Result(Outcome.FAILED, note))
        return _Read(steps, versions)

    def _versions(self, steps: Sequence[Step]) -> tuple[Stored, ...]:
        prompt = steps[0].address.prompt
        name = self.target.naming.on_platform(prompt)
        if not _deletes(steps):
            refs = dict.fromkeys(ref for step in steps for ref in step.archive)
            return tuple(self._version(name, ref) for ref in refs)
        versions = tuple(self.calls.versions(name, None))
        self._require_ours(prompt, versions)
        hashes = {one.ref: one.hash for one in versions}
        if any(hashes.get(ref) != step.expect for step in steps for ref in step.holders):
            raise Moved("The live side is not what the plan saw: somebody moved it meanwhile, so it was left alone")
        return versions

    def _version(self, name: str, ref: Ref) -> Stored:
        stored = self.calls.read(name, ref)
        if isinstance(stored, Gap):
            raise Moved(f"Version {ref} was deleted while it was looked at")
        return stored

    def _require_ours(self, prompt: str, versions: Sequence[Stored]) -> None:
        """Raise Rejected unless this repository made a version, and no other repository did."""
        marks = {one.provenance.id for one in versions if one.provenance is not None}
        others = sorted(marks - {self.run.repository} - self.run.allowed.takeover)
        if others:
            reason = f"The prompt {prompt} was not deleted: the repository {others[0]} made some of its versions."
            raise Rejected(f"{reason} Delete it by hand, or let that repository do it.")
        if self.run.repository not in marks:
            reason = f"The prompt {prompt} was not deleted: none of its versions carries this repository's mark."
            raise Rejected(f"{reason} Delete it by hand.")

    def _archive(self, read: Sequence[_Read]) -> Result | None:
        """Archive all versions at once; give the result of all steps where that could not be done."""
        taken = [pair for one in read for pair in self._taken(one)]
        prompts = len({one.prompt for _, one in taken})
        what = f"{prompts} prompt{'' if prompts == 1 else 's'}, {len(taken)} version{'' if len(taken) == 1 else 's'}"
        try:
            archive.keep(self.target, taken, f"archive {self.target.name}: {what}\n\nMooring-Run: {self.run.id}\n")
        except LedgerRefused as error:
            note = f"It was left alone, for what would be taken away could not be archived first: {error}"
            return Result(Outcome.FAILED, note)
        return None

    def _taken(self, read: _Read) -> Iterator[tuple[Stored, archive.Taken]]:
        now = self.run.clock.now()
        for stored in read.versions:
            labels = tuple(step.address.label for step in read.steps if stored.ref in step.holders)
            yield (
                stored,
                archive.Taken(
                    target=self.target.name,
                    prompt=read.steps[0].address.prompt,
                    labels=labels,
                    ref=stored.ref,
                    created=stored.created,
                    author=stored.author,
                    provenance=stored.provenance,
                    archived_at=now,
                    run=self.run.id,
                ),
            )


def _deletes(steps: Sequence[Step]) -> bool:
    return steps[0].action is Action.DELETE
