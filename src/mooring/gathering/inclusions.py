"""Which prompts does the platform put into those of Git, and can it?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mooring.calls import Calls
from mooring.core.address import ABSENT, INVALID, UNKNOWN, Gap
from mooring.core.artifact import Artifact, Kind
from mooring.core.composition import Included, Pinned, Place, References, mistakes
from mooring.core.desired import Desired, Version
from mooring.core.observation import Objection
from mooring.gathering.contents import Contents
from mooring.ports import Listing, Reference, Unreachable
from mooring.run import Run, Target


@dataclass(frozen=True, slots=True)
class Inclusions:
    """What Git's contents include on one target, and why some of them cannot be published."""

    references: References = field(default_factory=dict[Included, tuple[Included, ...]])
    mistakes: Mapping[Included, Objection] = field(default_factory=dict[Included, Objection])


NONE = Inclusions()


@dataclass(frozen=True, slots=True)
class Looking:
    """What the children of a reference are looked for in: Git, what a survey showed, and the platform itself."""

    run: Run
    target: Target
    calls: Calls
    desired: Desired
    survey: Mapping[str, Listing]
    contents: Contents

    def inclusions(self) -> Inclusions:
        """Read the references of Git's composed versions; ask for the children of those that are not served yet."""
        references: dict[Included, tuple[Included, ...]] = {}
        for place, version in self._composed():
            read = self.calls.adapter.references(self.run.history.artifact(version))
            if read:
                references[place] = tuple(self._included(one) for one in read)
        if not references:
            return NONE
        waiting = [one for one in references if not self._is_served(one)]
        pending = _reached(waiting, references)
        children = {child for parent in pending.values() for child in parent}
        kinds = {child: kind for child in sorted(children, key=str) if (kind := self._kind(child)) is not ABSENT}
        found = mistakes(pending, kinds)
        return Inclusions(references, {one: found[one] for one in waiting if one in found})

    def _composed(self) -> Iterator[tuple[Place, Version]]:
        for prompt in self.desired.prompts:
            for label, git_label in self.target.labels.items():
                version = self.desired.version(prompt, git_label)
                if version is not None and version.composed and not isinstance(version.hash, Gap):
                    yield Place(prompt, label), version

    def _included(self, reference: Reference) -> Included:
        name = self.target.naming.in_git(reference.prompt)
        if reference.version is not None:
            return Pinned(name, reference.version)
        return Place(name, reference.label or "")

    def _is_served(self, place: Included) -> bool:
        """Tell whether the platform serves Git's content: then it accepted what that includes."""
        if isinstance(place, Pinned):
            return True
        listing = self.survey.get(place.prompt)
        version = self.desired.version(place.prompt, self.target.labels[place.label])
        refs = () if listing is None else listing.labels.get(place.label, ())
        held = [self.contents.sightings.get((place.prompt, ref)) for ref in refs]
        return version is not None and any(one is not None and one.hash == version.hash for one in held)

    def _kind(self, child: Included) -> Kind | Gap:
        """Give what kind of prompt stands at a child: what Git wants there, else what the platform has."""
        git_label = None if isinstance(child, Pinned) else self.target.labels.get(child.label)
        version = None if git_label is None else self.desired.version(child.prompt, git_label)
        side = ABSENT if git_label is None else self.desired.side(child.prompt, git_label)
        if side is INVALID:
            return INVALID
        try:
            if version is None:
                return self._live_kind(child)
            return self.run.history.artifact(version).kind
        except Unreachable:
            return UNKNOWN

    def _live_kind(self, child: Included) -> Kind | Gap:
        name = self.target.naming.on_platform(child.prompt)
        if isinstance(child, Pinned):
            stored = self.calls.read(name, child.ref)
            if isinstance(stored, Gap):
                return ABSENT
            return stored.content.kind if isinstance(stored.content, Artifact) else Kind.TEXT
        if child.label == "latest":
            listing = self.calls.look(name, [])
            return ABSENT if isinstance(listing, Gap) or listing.newest is None else listing.kind or Kind.TEXT
        known = self.survey.get(child.prompt) if child.label in self.target.labels else None
        listing = known or self.calls.look(name, [child.label])
        if isinstance(listing, Gap) or not listing.labels.get(child.label):
            return ABSENT
        return listing.kind or Kind.TEXT


def _reached(starts: list[Included], references: References) -> dict[Included, tuple[Included, ...]]:
    """Give the part of the references that some places lead to."""
    found: dict[Included, tuple[Included, ...]] = {}
    waiting = list(starts)
    while waiting:
        node = waiting.pop()
        if node in references and node not in found:
            found[node] = tuple(references[node])
            waiting += found[node]
    return found
