"""What is to be seen of one address, in what was read of Git, the ledger and the platform?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from mooring.core.address import ABSENT, UNKNOWN, Address, ContentHash, Gap, Ref, Side, is_meant, is_opaque
from mooring.core.artifact import Kind
from mooring.core.composition import Included, Place
from mooring.core.desired import Desired, Version
from mooring.core.freeze import frozen
from mooring.core.memory import Base, Decision, Memory, Move, PromptMemory
from mooring.core.observation import Holder, Objection, Observation, Reviewed
from mooring.gathering.pruning import Pruning, dependents
from mooring.ports import Adapter, Listing
from mooring.run import Run, Target

_NOTHING = PromptMemory()


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
    pruning: Pruning = field(default_factory=Pruning)
    collisions: Mapping[str, tuple[str, ...]] = field(init=False)
    now: datetime = field(init=False)
    removable: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "removable", self.adapter is None or self.adapter.capabilities.removes_labels)
        object.__setattr__(self, "collisions", self.target.naming.collisions(self.desired.prompts))
        object.__setattr__(self, "now", datetime.fromisoformat(self.run.clock.now()))

    def observe(self, address: Address) -> Observation:
        """Bring together all that is known of an address."""
        prompt, git_label = address.prompt, self.target.labels[address.label]
        name = self.target.naming.on_platform(prompt)
        git = self.desired.side(prompt, git_label)
        version = self.desired.version(prompt, git_label)
        memory = self.memory.prompts.get(prompt, _NOTHING)
        base = memory.bases.get(address.label)
        listing = None if self.survey is None else self.survey.get(prompt)
        holders = self._holders(address, listing)
        served = frozenset([one.hash for one in holders or ()])
        known, live_in_git = self._known(prompt, holders, served, git, None if base is None else base.hash)
        created = None if base is None else memory.index.get(base.hash)
        reusable = None if isinstance(git, Gap) else memory.index.get(git)
        intent = self.memory.intent
        decision = self._decision(address, git, base, None if holders is None else served)
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
            objections=self._objections(address, name, version, listing, held=git in served or reusable is not None),
            owner=self._owner(prompt, listing, holders),
            decision=decision,
            suspension=self.memory.suspension(address, self.now),
            frozen=frozen(self.target.freezes, address, self.now) if self.target.freezes else None,
            reusable=None if reusable is None else reusable.ref,
            prompt_lives=listing is not None,
            live_in_git=live_in_git,
            mistake=self._mistake(version),
            base_created="" if created is None else created.created,
            url=None if self.adapter is None else self.adapter.url(name, holders[0].ref if holders else None),
            removable=self.removable,
            move=self._move(address, served) if self.memory.moves else None,
            kept=self.pruning.reason(prompt, decided=decision is not None),
            dependents=dependents(self.pruning, address) if self.pruning.including else (),
        )

    def _holders(self, address: Address, listing: Listing | None) -> tuple[Holder, ...] | None:
        if self.survey is None:
            return None
        refs = () if listing is None else listing.labels.get(address.label, ())
        # A holder whose content could not be read is there, and unknown.
        return tuple([self.held.get((address.prompt, ref)) or Holder(ref, UNKNOWN) for ref in refs])

    def _known(
        self,
        prompt: str,
        holders: tuple[Holder, ...] | None,
        served: frozenset[Side],
        git: Side,
        base: Side | None,
    ) -> tuple[frozenset[ContentHash], Reviewed | None]:
        """Give the reviewed hashes so far as they matter: the walk through history is asked last, and seldom."""
        if served <= {git}:
            return frozenset(), None
        commit = self.desired.commit or ""
        known = {
            version.hash: Reviewed(version.key, commit, "", "")
            for version in self._versions(prompt)
            if not isinstance(version.hash, Gap)
        }
        index = self.memory.prompts.get(prompt, _NOTHING).index
        known |= {digest: Reviewed(entry.key, entry.commit, "", "") for digest, entry in index.items()}
        asked = {one for one in served if not isinstance(one, Gap) and not is_opaque(one)}
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
        self, address: Address, name: str, version: Version | None, listing: Listing | None, *, held: bool
    ) -> tuple[Objection, ...]:
        if self.adapter is None or version is None or isinstance(version.hash, Gap):
            return ()
        shared = self.collisions.get(name)
        if shared is not None:
            reason = f"{' and '.join(shared)} would share the platform's name {name}"
            return (Objection("name", reason, "Make the `rename` map of the target injective"),)
        # Content that the platform is known to hold needs no second look, and no second parse.
        artifact = None if held else self.run.history.artifact(version)
        found = list(self.adapter.objections(name, address.label, artifact))
        if self.mistakes:
            mistake = self.mistakes.get(Place(address.prompt, address.label))
            found += [] if mistake is None else [mistake]
        fixed = None if listing is None else listing.kind
        if artifact is not None and fixed is not None and fixed is not artifact.kind:
            found.append(_other_kind(artifact.kind, fixed))
        return tuple(found)

    def _owner(self, prompt: str, listing: Listing | None, holders: tuple[Holder, ...] | None) -> str | None:
        """Give another repository's mark on the live prompt, or on what the label serves."""
        if listing is not None and listing.owner is not None:
            return listing.owner if self._is_foreign(listing.owner) else None
        for one in holders or ():
            mark = self.marks.get((prompt, one.ref))
            if mark is not None and self._is_foreign(mark):
                return mark
        return None

    def _is_foreign(self, mark: str) -> bool:
        return mark != self.run.repository and mark not in self.run.allowed.takeover

    def _decision(
        self, address: Address, git: Side, base: Base | None, served: frozenset[Side] | None
    ) -> Decision | None:
        """Give a decision that names what is live. One that names another value is void: somebody moved again."""
        if served is None:
            return None
        live = served or {ABSENT}
        noted = self.memory.decisions.get((address.prompt, address.label))
        if noted is not None and noted.live in live:
            return noted
        unmanaged = git is ABSENT and base is None
        if unmanaged or live <= {git, None if base is None else base.hash}:
            return None
        key = (address.target, address.prompt, address.label)
        written = self.run.resolutions(None if base is None else base.commit).get(key)
        named = next((one for one in live if written is not None and is_meant(one, written.live)), None)
        return None if written is None or named is None else replace(written, live=named)

    def _move(self, address: Address, served: frozenset[Side]) -> Move | None:
        noted = self.memory.moves.get((address.prompt, address.label))
        return noted if noted is not None and served == {noted.live} else None

    def _mistake(self, version: Version | None) -> str:
        if version is None or not self.desired.problems:
            return ""
        return next((str(one) for one in self.desired.problems if one.path == version.path), "")


def _other_kind(wanted: Kind, fixed: Kind) -> Objection:
    reason = f"the prompt is a {fixed} prompt on the platform, which fixes that for all its versions; Git has {wanted}"
    return Objection("kind", reason, "Publish it under another name, or delete the prompt with all its versions there")
