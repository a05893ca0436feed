"""What do Git, the ledger and the platform hold, address by address?"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from mooring.calls import Calls
from mooring.core.address import ABSENT, UNKNOWN, Address, ContentHash, Gap, Ref, Side, is_opaque
from mooring.core.desired import Desired, Version
from mooring.core.finding import Finding, FindingKind
from mooring.core.guard import Whole
from mooring.core.memory import Base, Decision, Memory
from mooring.core.observation import Holder, Objection, Observation, Reviewed
from mooring.findings import platform_findings, published_edits, tampered
from mooring.ports import Adapter, LedgerUnreadable, Listing, Stored, Unreachable
from mooring.run import Run, Target

READERS = 8
"""Threads that read versions of one target at once."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that the plan of one target is made from."""

    observations: tuple[Observation, ...]
    memory: Memory
    whole: Whole
    findings: tuple[Finding, ...] = ()
    contents: Mapping[tuple[str, Ref], Stored] = field(default_factory=dict[tuple[str, Ref], Stored])
    """Live versions that were read, by Git name and ref."""


def remember(target: Target) -> tuple[Memory, Finding | None]:
    """Read a target's ledger; where it did not answer, give an empty memory and the finding that says so."""
    try:
        memory = target.ledger.read()
    except LedgerUnreadable as error:
        return Memory(), Finding(FindingKind.LEDGER, None, str(error), "mooring status")
    return memory, None if memory.trouble is None else Finding(FindingKind.LEDGER, None, memory.trouble)


def gather(run: Run, target: Target, adapter: Adapter, desired: Desired) -> Gathered:
    """Read the ledger and the platform; raises Unreachable or Denied where there is no survey."""
    memory, trouble = remember(target)
    silent = _did_not_answer(trouble, memory)
    edited = tuple(published_edits(desired, memory))
    desired = desired.without(edited)
    calls = Calls(adapter, run.clock)
    survey = {target.naming.in_git(name): listing for name, listing in calls.survey(sorted(target.labels)).items()}
    addresses = [one for one in _addresses(target, desired, memory, survey) if run.selection.takes(one)]
    contents = _read_holders(calls, target, survey, addresses)
    held = {one: Holder(s.ref, s.hash, s.created, s.author) for one, s in contents.items()}
    marks = {one: s.provenance.id for one, s in contents.items() if s.provenance is not None}
    view = _View(run, target, adapter, desired, memory, survey, held, marks, base_unknown=silent)
    findings = () if trouble is None else (trouble,)
    return Gathered(
        observations=tuple(view.observe(one) for one in addresses),
        memory=memory,
        whole=_whole(run, desired, memory, survey, answered=not silent),
        findings=(
            *findings,
            *platform_findings(target, desired, memory, survey),
            *_tampered(contents),
            *(Finding(FindingKind.FILE, None, f"{one.path}: {one.message}", one.fix) for one in edited),
        ),
        contents=contents,
    )


def _tampered(contents: Mapping[tuple[str, Ref], Stored]) -> Iterator[Finding]:
    for (prompt, _), stored in sorted(contents.items()):
        finding = tampered(prompt, stored)
        if finding is not None:
            yield finding


def gather_offline(run: Run, target: Target, desired: Desired) -> Gathered:
    """Take the platform to be as the last sync left it: Git against the ledger, with no credentials."""
    memory, trouble = remember(target)
    silent = _did_not_answer(trouble, memory)
    as_synced = {
        prompt: Listing(prompt, "", {label: (base.ref,) for label, base in known.bases.items()})
        for prompt, known in memory.prompts.items()
    }
    held = {
        (prompt, base.ref): Holder(base.ref, base.hash)
        for prompt, known in memory.prompts.items()
        for base in known.bases.values()
    }
    addresses = [one for one in _addresses(target, desired, memory, as_synced) if run.selection.takes(one)]
    view = _View(run, target, None, desired, memory, as_synced, held, {}, base_unknown=silent)
    return Gathered(
        observations=tuple(view.observe(one) for one in addresses),
        memory=memory,
        whole=_whole(run, desired, memory, as_synced, answered=not silent),
        findings=() if trouble is None else (trouble,),
    )


def unanswered(run: Run, target: Target, desired: Desired) -> tuple[Observation, ...]:
    """Give every address that Git and the ledger know of a target whose platform did not answer."""
    memory, trouble = remember(target)
    silent = _did_not_answer(trouble, memory)
    view = _View(run, target, None, desired, memory, None, {}, {}, base_unknown=silent)
    addresses = (one for one in _addresses(target, desired, memory, {}) if run.selection.takes(one))
    return tuple(view.observe(one) for one in addresses)


def _did_not_answer(trouble: Finding | None, memory: Memory) -> bool:
    return trouble is not None and memory.trouble is None


def _addresses(target: Target, desired: Desired, memory: Memory, survey: Mapping[str, Listing]) -> Iterator[Address]:
    """Give every address that one side at least may hold something for."""
    for prompt in sorted({*desired.prompts, *memory.prompts, *survey}):
        listing = survey.get(prompt)
        for label, git_label in sorted(target.labels.items()):
            held = listing is not None and listing.labels.get(label)
            wanted = prompt in desired.prompts and desired.side(prompt, git_label) is not ABSENT
            if held or wanted or memory.base(prompt, label) is not None:
                yield Address(target.name, prompt, label)


def _read_holders(
    calls: Calls, target: Target, survey: Mapping[str, Listing], addresses: Iterable[Address]
) -> Mapping[tuple[str, Ref], Stored]:
    """Take the holders' contents from the survey, and read each of the others once."""
    contents: dict[tuple[str, Ref], Stored] = {}
    missing: list[tuple[str, Ref]] = []
    for address in addresses:
        listing = survey.get(address.prompt)
        for ref in () if listing is None else listing.labels.get(address.label, ()):
            if listing is not None and ref in listing.stored:
                contents[address.prompt, ref] = listing.stored[ref]
            elif (address.prompt, ref) not in missing:
                missing.append((address.prompt, ref))

    def read(one: tuple[str, Ref]) -> Stored | Gap:
        try:
            return calls.read(target.naming.on_platform(one[0]), one[1])
        except Unreachable:
            return UNKNOWN

    if missing:
        with ThreadPoolExecutor(READERS) as pool:
            for one, stored in zip(missing, pool.map(read, missing), strict=True):
                if not isinstance(stored, Gap):
                    contents[one] = stored
    return contents


def _whole(run: Run, desired: Desired, memory: Memory, survey: Mapping[str, Listing], *, answered: bool) -> Whole:
    return Whole(
        source_prompts=len(desired.prompts) if desired.names_known else max(1, len(desired.prompts)),
        live_prompts=len(survey),
        ours_live=sum(1 for one in survey.values() if one.owner == run.repository),
        ledger_empty=answered and memory.head is None,
        tree_unchanged=memory.tree == desired.tree,
    )


@dataclass(frozen=True, slots=True)
class _View:
    """What one target's observations are made from. `survey` is None where the platform did not answer."""

    run: Run
    target: Target
    adapter: Adapter | None
    desired: Desired
    memory: Memory
    survey: Mapping[str, Listing] | None
    held: Mapping[tuple[str, Ref], Holder]
    marks: Mapping[tuple[str, Ref], str]
    base_unknown: bool

    def observe(self, address: Address) -> Observation:
        prompt, git_label = address.prompt, self.target.labels[address.label]
        git = self.desired.side(prompt, git_label)
        version = self.desired.version(prompt, git_label)
        holders = self._holders(address)
        base = self.memory.base(prompt, address.label)
        listing = None if self.survey is None else self.survey.get(prompt)
        known, live_in_git = self._known(prompt, holders, git, None if base is None else base.hash)
        intent = self.memory.intent
        return Observation(
            address=address,
            git=git,
            version=version,
            base=base,
            holders=holders,
            settings=self.target.settings(prompt),
            known=known,
            base_unknown=self.base_unknown,
            intended=None if intent is None else intent.wanted.get((prompt, address.label)),
            objections=self._objections(address, version, holders),
            owner=self._owner(listing, holders, prompt),
            decision=self._decision(address, holders, git),
            suspension=self.memory.suspension(address, datetime.fromisoformat(self.run.clock.now())),
            reusable=self._reusable(prompt, git),
            prompt_lives=listing is not None,
            live_in_git=live_in_git,
            mistake=self._mistake(version),
            base_created=self._created(prompt, base),
            url=self._url(prompt, holders),
        )

    def _holders(self, address: Address) -> tuple[Holder, ...] | None:
        if self.survey is None:
            return None
        listing = self.survey.get(address.prompt)
        refs = () if listing is None else listing.labels.get(address.label, ())
        # A holder whose content could not be read is there, and unknown.
        return tuple(self.held.get((address.prompt, ref), Holder(ref, UNKNOWN)) for ref in refs)

    def _known(
        self, prompt: str, holders: tuple[Holder, ...] | None, git: Side, base: Side | None
    ) -> tuple[frozenset[ContentHash], Reviewed | None]:
        """Give the reviewed hashes so far as they matter: the walk through history is asked last, and seldom."""
        commit = self.desired.commit or ""
        known = {
            version.hash: Reviewed(version.key, commit, "", "")
            for version in self._versions(prompt)
            if not isinstance(version.hash, Gap)
        }
        memory = self.memory.prompts.get(prompt)
        index = {} if memory is None else memory.index
        known |= {digest: Reviewed(entry.key, entry.commit, "", "") for digest, entry in index.items()}
        asked = {one.hash for one in holders or () if not isinstance(one.hash, Gap) and not is_opaque(one.hash)}
        if self.adapter is not None and asked - {git, base, *known}:
            known = {**self.run.history.reviewed(prompt), **known}
        first: Side = holders[0].hash if holders else ABSENT
        moved = not isinstance(first, Gap) and first not in {git, base}
        return frozenset(known), known.get(first) if moved and not isinstance(first, Gap) else None

    def _versions(self, prompt: str) -> Iterable[Version]:
        found = self.desired.prompts.get(prompt)
        return () if found is None else found.versions.values()

    def _objections(
        self, address: Address, version: Version | None, holders: tuple[Holder, ...] | None
    ) -> tuple[Objection, ...]:
        if self.adapter is None or version is None or isinstance(version.hash, Gap):
            return ()
        name = self.target.naming.on_platform(address.prompt)
        shared = self.target.naming.collisions(self.desired.prompts).get(name)
        if shared is not None:
            reason = f"{' and '.join(shared)} would share the platform's name {name}"
            return (Objection("name", reason, "Make the `rename` map of the target injective"),)
        # Content that the platform is known to hold needs no second look, and no second parse.
        held = self._reusable(address.prompt, version.hash) is not None or any(
            holder.hash == version.hash for holder in holders or ()
        )
        artifact = None if held else self.run.history.artifact(version)
        return tuple(self.adapter.objections(name, address.label, artifact))

    def _owner(self, listing: Listing | None, holders: tuple[Holder, ...] | None, prompt: str) -> str | None:
        """Give another repository's mark on the live prompt, or on what the label serves."""
        marks = [] if listing is None or listing.owner is None else [listing.owner]
        if not marks:
            marks = [self.marks[prompt, one.ref] for one in holders or () if (prompt, one.ref) in self.marks]
        others = [mark for mark in marks if mark != self.run.repository and mark not in self.run.allowed.takeover]
        return others[0] if others else None

    def _decision(self, address: Address, holders: tuple[Holder, ...] | None, git: Side) -> Decision | None:
        """Give a decision that names what is live. One that names another value is void: somebody moved again."""
        if holders is None:
            return None
        live = {one.hash for one in holders} or {ABSENT}
        noted = self.memory.decisions.get((address.prompt, address.label))
        if noted is not None and noted.live in live:
            return noted
        base = self.memory.base(address.prompt, address.label)
        if live <= {git, None if base is None else base.hash}:
            return None
        key = (address.target, address.prompt, address.label)
        written = self.run.resolutions(None if base is None else base.commit).get(key)
        return written if written is not None and written.live in live else None

    def _reusable(self, prompt: str, git: Side) -> Ref | None:
        memory = self.memory.prompts.get(prompt)
        if memory is None or isinstance(git, Gap) or git not in memory.index:
            return None
        return memory.index[git].ref

    def _created(self, prompt: str, base: Base | None) -> str:
        memory = self.memory.prompts.get(prompt)
        if memory is None or base is None or base.hash not in memory.index:
            return ""
        return memory.index[base.hash].created

    def _mistake(self, version: Version | None) -> str:
        problems = () if version is None else self.desired.problems
        return next((str(one) for one in problems if version is not None and one.path == version.path), "")

    def _url(self, prompt: str, holders: tuple[Holder, ...] | None) -> str | None:
        if self.adapter is None:
            return None
        return self.adapter.url(self.target.naming.on_platform(prompt), holders[0].ref if holders else None)
