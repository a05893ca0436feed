"""What does the conformance suite need of a platform, and how does it talk to it?"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from mooring.core.address import Gap, Ref
from mooring.core.artifact import Artifact
from mooring.core.canonical import content_hash
from mooring.core.desired import PromptFacts
from mooring.ports import Adapter, Listing, Provenance, Stored, Unreachable
from mooring.testing.person import Person
from mooring.testing.samples import LABEL

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bench:
    """What the suite needs of a platform under test.

    `connect` opens the same project anew; `paged` does, with lists read in pages of that many prompts. `opaque` makes,
    by hand, a version that no artifact can be. `silent` are the config keys that a version made by hand says nothing
    about. The project may hold prompts of others: the suite only makes and looks at names of its own.
    """

    connect: Callable[[], Adapter]
    paged: Callable[[int], Adapter]
    person: Person
    opaque: Callable[[str], Ref] | None = None
    silent: frozenset[str] = field(default_factory=frozenset[str])


def fresh() -> str:
    """Give a name that every platform takes and nobody used."""
    return f"conformance-{uuid.uuid4().hex[:12]}"


def provenance(artifact: Artifact) -> Provenance:
    """Say that an artifact came from a repository of ours."""
    return Provenance("ours", "4b825dc6", "prompts/ä b.yaml", "Zoë <zoe@example.org>", content_hash(artifact))


def publish(adapter: Adapter, prompt: str, artifact: Artifact) -> Stored:
    """Publish without facts or labels."""
    return adapter.publish(prompt, artifact, provenance(artifact), PromptFacts(), ())


def present(listing: Listing | Literal[Gap.ABSENT]) -> Listing:
    """Give a listing that must be there."""
    if listing is Gap.ABSENT:
        raise AssertionError("the prompt is absent")
    return listing


def answered(stored: Stored | Literal[Gap.ABSENT]) -> Stored:
    """Give a version that must be there."""
    if stored is Gap.ABSENT:
        raise AssertionError("the version is absent")
    return stored


def token(adapter: Adapter, prompt: str) -> str:
    """Give a prompt's token, which a survey and a look must agree on."""
    found, surveyed = present(adapter.look(prompt, [LABEL])).token, adapter.survey([LABEL], [prompt])[prompt].token
    if found != surveyed:
        raise AssertionError(f"look has the token {found}, survey {surveyed}")
    return found


def owner(adapter: Adapter, prompt: str) -> str | None:
    """Give the repository whose mark is on a prompt, be it shown in lists or beside its newest version only."""
    listing = present(adapter.look(prompt, [LABEL]))
    if adapter.survey([LABEL], [prompt])[prompt].owner != listing.owner:
        raise AssertionError("look and survey disagree about the owner")
    if listing.owner is not None or listing.newest is None:
        return listing.owner
    mark = answered(adapter.read(prompt, listing.newest)).provenance
    return None if mark is None else mark.id


def patient(do: Callable[[], T]) -> T:
    """Ask up to five times, as the caller of an adapter does."""
    for _ in range(4):
        try:
            return do()
        except Unreachable:
            continue
    return do()
