"""What forbids a person to move a label ahead of Git?"""

from dataclasses import replace
from typing import Any

import pytest

from mooring.core.address import ABSENT, UNKNOWN, Address, ContentHash, Ref, Side
from mooring.core.ahead import promotable, refusal
from mooring.core.memory import Base, Suspension
from mooring.core.observation import Holder, Observation
from mooring.core.policy import Mode, Policy, PromoteNow, Settings
from mooring.core.record import RecordKind
from mooring.core.report import Exit

H1, H2 = (ContentHash(f"sha256:{digit * 64}") for digit in "12")
BASE = Base(H1, Ref("1"), "v1", "c", "t")
FORBID = Policy(promote_now=PromoteNow.FORBID)


def seen(*live: Side, mode: Mode = Mode.UPSERT, policy: Policy = Policy(), **rest: Any) -> Observation:
    one = Observation(
        address=Address("local", "greet", "production"),
        git=H1,
        version=None,
        base=BASE,
        holders=tuple(Holder(Ref(str(n)), side) for n, side in enumerate(live)),
        settings=Settings(mode, policy),
        prompt_lives=True,
    )
    return replace(one, **rest)


@pytest.mark.parametrize(
    "one",
    [
        seen(H1),
        seen(H2),
        seen(),
        seen(H1, H2),
        seen(H1, base=None),
        seen(base=None),
        seen(H1, suspension=Suspension("greet", "later", "Ann", "launch")),
    ],
)
@pytest.mark.parametrize("kind", [RecordKind.ROLLBACK, RecordKind.PROMOTE])
def test_a_person_may(one: Observation, kind: RecordKind) -> None:
    assert refusal(one, kind) is None


@pytest.mark.parametrize(
    ("one", "code", "said"),
    [
        (seen(H1, mode=Mode.OBSERVE), Exit.DENIED, "mode observe writes nothing. Set `mode: upsert` for local"),
        (seen(H1, mode=Mode.CREATE_ONLY), Exit.DENIED, "mode create-only moves no label"),
        (seen(H1, UNKNOWN), Exit.UNKNOWN, "could not be read"),
        (seen(prompt_lives=False), Exit.ATTENTION, "the prompt greet is not on the platform"),
        (seen(H1, owner="acme-other"), Exit.ATTENTION, "mooring sync --takeover acme-other"),
        (seen(H2, base=None), Exit.ATTENTION, f"mooring resolve local:greet@production --take git --expect {H2}"),
    ],
)
def test_a_person_may_not(one: Observation, code: Exit, said: str) -> None:
    found = refusal(one, RecordKind.ROLLBACK)
    assert found is not None
    assert found.code is code
    assert said in str(found)
    assert str(found).endswith(".")


def test_a_policy_forbids_promotions_and_no_rollback() -> None:
    found = refusal(seen(H1, policy=FORBID), RecordKind.PROMOTE)
    assert found is not None
    assert (found.code, "promote_now: forbid" in found.reason) == (Exit.DENIED, True)
    assert refusal(seen(H1, policy=FORBID), RecordKind.ROLLBACK) is None


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (seen(H1), None),
        (seen(H1, base=None), None),
        (seen(H2), "does not serve what Git says it serves (111111111111)"),
        (seen(H1, H2), "does not serve what Git says"),
        (seen(ABSENT, git=ABSENT), "serves nothing"),
        (seen(), "serves nothing"),
        (seen(UNKNOWN), "could not be read"),
        (seen(prompt_lives=False), "the prompt is not on the platform"),
        (seen(holders=None), "could not be read"),
    ],
)
def test_only_what_git_says_can_be_promoted(one: Observation, said: str | None) -> None:
    found = promotable(one)
    assert (found is None) is (said is None)
    assert said is None or said in str(found)
