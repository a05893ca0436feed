"""What is to be seen of one address, in what was read of Git, the ledger and the platform?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from mooring.core.address import ABSENT, UNKNOWN, Address, ContentHash, Gap, Ref, Side, is_meant, is_opaque
from mooring.core.artifact import Kind
from mooring.core.composition import Included, Place
from mooring.core.desired import Desired, Version
from mooring.core.memory import Base, Decision, Memory
from mooring.core.observation import Holder, Objection, Observation, Reviewed
from mooring.ports import Adapter, Listing
from mooring.run import Run, Target


@dataclass(frozen=True, slots=True)
class View:
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
    mistakes: Mapping[Included, Objection] = field(default_factory=dict[Included, Objection])
    collisions: Mapping[str, tuple[str, ...]] = field(init=False)
    now: datetime = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "collisions", self.target.naming.collisions(self.desired.prompts))
        object.__setattr__(self, "now", datetime.fromisoformat(self.run.clock.now()))

    def observe(self, address: Address) -> Observation:
        """Bring together all that is known of an address."""
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
            suspension=self.memory.suspension(address, self.now),
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
        # Without a base no state asks what was reviewed, but for a split label.
        matters = base is not None or len(asked) > 1
        if self.adapter is not None and matters and asked - {git, base, *known}:
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
        shared = self.collisions.get(name)
        if shared is not None:
            reason = f"{' and '.join(shared)} would share the platform's name {name}"
            return (Objection("name", reason, "Make the `rename` map of the target injective"),)
        # Content that the platform is known to hold needs no second look, and no second parse.
        held = self._reusable(address.prompt, version.hash) is not None or any(
            holder.hash == version.hash for holder in holders or ()
        )
        artifact = None if held else self.run.history.artifact(version)
        mistake = self.mistakes.get(Place(address.prompt, address.label))
        fixed = None if self.survey is None or address.prompt not in self.survey else self.survey[address.prompt].kind
        return (
            *self.adapter.objections(name, address.label, artifact),
            *(() if mistake is None else (mistake,)),
            *(() if artifact is None or fixed in {None, artifact.kind} else (_other_kind(artifact.kind, fixed),)),
        )

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
        unmanaged = git is ABSENT and base is None
        if unmanaged or live <= {git, None if base is None else base.hash}:
            return None
        key = (address.target, address.prompt, address.label)
        written = self.run.resolutions(None if base is None else base.commit).get(key)
        named = next((one for one in live if written is not None and is_meant(one, written.live)), None)
        return None if written is None or named is None else replace(written, live=named)

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


def _other_kind(wanted: Kind, fixed: Kind) -> Objection:
    reason = f"the prompt is a {fixed} prompt on the platform, which fixes that for all its versions; Git has {wanted}"
    return Objection("kind", reason, "Publish it under another name, or delete the prompt with all its versions there")
