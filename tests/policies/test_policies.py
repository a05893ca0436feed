"""Each thing that somebody does by hand, under each policy, on each platform: from finding to resolved.

`edited` was edited, `rolled` was rolled back by hand, `promoted` got staging's content by hand, `gone` was deleted, and
`both` was edited on both sides.
"""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.policies.conftest import Place

ALL = ("edited", "rolled", "promoted", "gone", "both")
POLICIES = {
    "block": "{platform_ahead: block, relabelled: block, missing: block}",
    "alert": "{platform_ahead: alert, relabelled: alert, missing: alert}",
    "adopt": "{platform_ahead: adopt, relabelled: alert, missing: alert}",
    "revert": "{platform_ahead: revert, relabelled: alert, missing: revert}",
}
FOUND = {
    "edited@production": "platform_ahead",
    "rolled@production": "relabelled",
    "promoted@production": "relabelled",
    "gone@production": "missing",
    "both@production": "conflict",
}


def begun(place: "Place", policy: str) -> None:
    """Five prompts, two versions each: v2 is served to production, and of `promoted` v2 to staging alone."""
    place.configure(policy)
    for prompt in ALL:
        place.text(prompt, "v1", f"{prompt} one")
    place.write("prompts/registry.yaml", "".join(f"{prompt}: {{production: v1}}\n" for prompt in ALL))
    place.commit()
    assert place.mooring("sync")[0] == 0
    for prompt in ALL:
        place.text(prompt, "v2", f"{prompt} two")
    registry = "# which label serves what\n" + "".join(f"{p}: {{production: v2}}\n" for p in ALL if p != "promoted")
    place.write("prompts/registry.yaml", registry + "promoted: {production: v1, staging: v2}\n")
    place.commit()
    assert place.mooring("sync")[0] == 0


def moved_by_hand(place: "Place") -> None:
    place.edit("edited", "edited by hand\n")
    first = next(one.ref for one in place.platform().versions("rolled", None))
    place.person.point("rolled", "production", first)
    place.person.point("promoted", "production", place.holder("promoted", "staging"))
    place.person.delete_prompt("gone")
    place.edit("both", "both by hand\n")
    place.text("both", "v3", "both three")
    place.write(
        "prompts/registry.yaml",
        place.read("prompts/registry.yaml").replace("both: {production: v2", "both: {production: v3"),
    )
    place.commit()


def settled(place: "Place") -> None:
    """Both sides agree, and a further sync writes nothing anywhere."""
    code, report = place.mooring("sync")
    assert (code, report["targets"][0]["requests"]["write"]) == (0, 0)
    place.settled()
    code, _ = place.mooring("drift")
    assert code == 0


def from_finding_to_resolved(policy: str, place: "Place") -> None:
    begun(place, POLICIES[policy])
    moved_by_hand(place)
    assert FOUND.items() <= place.states().items()

    code, report = place.mooring("sync")
    outcomes = {a["prompt"]: a["outcome"] for a in report["targets"][0]["addresses"] if a["label"] == "production"}
    assert code == 3  # `both` waits for a person, whatever the policy
    assert outcomes["both"] is None
    assert place.served("both") == "both by hand\n"
    assert place.served("rolled") == "rolled one\n"
    assert outcomes["rolled"] == outcomes["promoted"] == "proposed"
    reverts = policy == "revert"
    assert outcomes["edited"] == {"adopt": "proposed", "revert": "applied"}.get(policy)
    assert outcomes["gone"] == ("applied" if reverts else None)
    assert place.served("edited") == ("edited two\n" if reverts else "edited by hand\n")

    gate, _ = place.mooring("drift", "--select", "rolled", "--select", "promoted")
    assert gate == (3 if policy == "block" else 2)
    gate, _ = place.mooring("drift", "--select", "edited")
    assert gate == {"block": 3, "alert": 2, "adopt": 3, "revert": 0}[policy]
    gate, _ = place.mooring("drift", "--select", "gone")
    assert gate == {"block": 3, "alert": 2, "adopt": 2, "revert": 0}[policy]

    for branch in place.proposals():
        place.merge_branch(branch)
    if policy in {"block", "alert"}:
        assert place.mooring("adopt", "edited@production")[0] == 0
        (branch,) = place.proposals()
        place.merge_branch(branch)
    if not reverts:
        assert place.mooring("resolve", "gone@production", "--take", "git", "--reason", "it is needed")[0] == 0
    assert place.mooring("resolve", "both@production", "--take", "git", "--reason", "the fix counts")[0] == 0
    code, _ = place.mooring("sync")
    assert code == 0
    settled(place)
    assert place.served("both") == "both three\n"
    assert place.served("gone") == "gone two\n"
    assert place.served("rolled") == "rolled one\n"
    assert place.served("promoted") == "promoted two\n"
    assert place.read("prompts/registry.yaml").startswith("# which label serves what\n")
    assert "both by hand\n" in place.versions("both")


def each_policy_but(*soaked: str) -> list[Any]:
    """Each policy is proven on one platform, and on the other one in `make soak`."""
    return [pytest.param(policy, marks=[pytest.mark.soak] * (policy in soaked)) for policy in POLICIES]


@pytest.mark.parametrize("policy", each_policy_but("alert", "revert"))
def test_from_finding_to_resolved(policy: str, on_langfuse: "Place") -> None:
    from_finding_to_resolved(policy, on_langfuse)


@pytest.mark.xdist_group("mlflow")
@pytest.mark.parametrize("policy", each_policy_but("block", "adopt"))
def test_from_finding_to_resolved_on_mlflow(policy: str, on_mlflow: "Place") -> None:
    from_finding_to_resolved(policy, on_mlflow)


def test_a_conflict_can_end_with_the_platforms_side(place: "Place") -> None:
    begun(place, POLICIES["block"])
    moved_by_hand(place)
    taken = ("resolve", "both@production", "--take", "platform", "--reason", "theirs is better")
    assert place.mooring(*taken)[0] == 0
    (branch,) = place.proposals()
    place.merge_branch(branch)
    assert place.mooring("sync")[0] == 0
    assert place.states()["both@production"] == "in_sync"
    assert place.served("both") == "both by hand\n"
    assert "theirs is better" in place.git("log", "-1", "--format=%B", "--grep", "Adopt both")
