"""Which observations do the tests of the core share? One builder, and all there could ever be."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, product
from math import prod
from typing import Any

import pytest
from hypothesis import strategies as st

from mooring.core.address import ABSENT, INVALID, UNKNOWN, Address, ContentHash, Gap, Ref, Side
from mooring.core.desired import Version
from mooring.core.memory import Base, Decision, Suspension
from mooring.core.observation import Holder, Objection, Observation
from mooring.core.policy import Mode, Policy, Prune, Settings, WhenAhead, WhenMissing, WhenRelabelled

HASHES = tuple(ContentHash("sha256:" + digit * 64) for digit in "1234")
OPAQUE = ContentHash("opaque:sha256:" + "5" * 64)
Choices = Sequence[Sequence[Any]]
_SERVED = (*HASHES, *HASHES, OPAQUE, UNKNOWN)
SUSPENSION = Suspension("support", "2030-01-01T00:00:00+00:00", "Ada", "launch week")


def _base(agreed: ContentHash, *healed: str) -> Base:
    return Base(agreed, Ref("7"), "v1", "c" * 40, "2026-01-01T00:00:00+00:00", healed)


def _version(git: Side) -> Version | None:
    return (
        Version("v2", "prompts/support/v2.yaml", "b" * 40, git) if git is INVALID or not isinstance(git, Gap) else None
    )


@pytest.fixture(scope="session")
def see() -> Callable[..., Observation]:
    """Make the observation of an address from its three sides; anything else by the name of its field."""

    def make(
        git: Side = ABSENT,
        base: Side = ABSENT,
        live: Side = ABSENT,
        *,
        at: str = "main:support@production",
        **rest: Any,
    ) -> Observation:
        target, _, path = at.partition(":")
        prompt, _, label = path.partition("@")
        holders = None if live is UNKNOWN else () if live is ABSENT else (Holder(Ref("7"), live),)
        plain = Observation(
            address=Address(target, prompt, label),
            git=git,
            version=_version(git),
            base=None if isinstance(base, Gap) else _base(base),
            holders=holders,
            settings=Settings(Mode.UPSERT, Policy()),
            base_unknown=base is UNKNOWN,
            prompt_lives=bool(holders),
        )
        return replace(plain, **rest)

    return make


@pytest.fixture(scope="session")
def decided() -> Callable[..., Decision]:
    """Make a person's decision for Git over a live side."""
    return lambda live: Decision(live, "the fix is reviewed", "Ada", "2026-01-02T00:00:00+00:00")


@pytest.fixture(scope="session")
def suspended() -> Suspension:
    return SUSPENSION


_SIDES: Choices = (
    (*HASHES, ABSENT, INVALID, UNKNOWN),
    (None, *map(_base, HASHES), _base(HASHES[0], *HASHES[:2]), _base(HASHES[0], *HASHES[:3])),
    (None, (), *product(_SERVED), *product(_SERVED, repeat=2)),
    [frozenset(some) for size in range(len(HASHES) + 1) for some in combinations(HASHES, size)],
    (None, *HASHES),
    (False, True),
)
_REST: Choices = (
    (Mode.UPSERT, Mode.UPSERT, *Mode),
    [Policy(*parts) for parts in product(WhenAhead, WhenRelabelled, WhenMissing, Prune)],
    (False,) * 7 + (True,),
    ((), (), (), (Objection("tools", "there is no place", "Leave it out"),)),
    (None, None, None, "acme-other"),
    (None, None, None, SUSPENSION),
    (None, Ref("3")),
    (False, True),
    ("a", "b"),
    ("production", "staging"),
    (True, True, False),
    ("", "", "", "Git declares its label staging"),
    ((), (), (), ("faq@production",)),
)


def _numbered(sides: int, rest: int) -> Observation:
    """Give the observation of two numbers: one draw for each is a hundred times faster than one for each field."""
    git, base, lives, known, intended, decides = _chosen(sides, _SIDES)
    mode, policy, base_unknown, objections, owner, suspension, reusable, lives_on, prompt, label, *pruning = _chosen(
        rest, _REST
    )
    removable, kept, dependents = pruning
    holders = None if lives is None else tuple(Holder(Ref(str(7 + n)), live) for n, live in enumerate(lives))
    live: Side = UNKNOWN if holders is None else holders[0].hash if holders else ABSENT
    decision = Decision(live, "the fix is reviewed", "Ada", "2026-01-02T00:00:00+00:00")
    return Observation(
        address=Address("main", prompt, label),
        git=git,
        version=_version(git),
        base=base,
        holders=holders,
        settings=Settings(mode, policy),
        known=known,
        base_unknown=base_unknown,
        intended=intended,
        objections=objections,
        owner=owner,
        decision=decision if decides and live is not UNKNOWN else None,
        suspension=suspension,
        reusable=reusable,
        prompt_lives=bool(holders) or lives_on,
        removable=removable,
        kept=kept,
        dependents=dependents,
    )


def _chosen(number: int, choices: Choices) -> Iterator[Any]:
    for some in choices:
        number, at = divmod(number, len(some))
        yield some[at]


def _numbers(choices: Choices) -> st.SearchStrategy[int]:
    return st.integers(0, prod(map(len, choices)) - 1)


@pytest.fixture(scope="session")
def observations() -> st.SearchStrategy[Observation]:
    """Any observation that a run could make; where it holds a decision, that names the live side."""
    return st.builds(_numbered, _numbers(_SIDES), _numbers(_REST))
