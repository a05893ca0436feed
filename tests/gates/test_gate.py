"""What a deploy pipeline asks before it goes on: are the prompts that it ships what Git says?"""

from typing import TYPE_CHECKING

import pytest

from mooring.core.address import Ref
from mooring.testing.github.rows import Right

if TYPE_CHECKING:
    from mooring.testing.github.serve import Served
    from tests.gates.conftest import Place

BAD = "platform_ahead,conflict,missing"
STATUS = "mooring/acme/drift"


@pytest.fixture
def synced(place: "Place") -> "Place":
    """Two prompts of support, one of marketing; of the first two versions were published, and nothing differs."""
    place.begun(support__agent="one\n", support__refunds="one\n", marketing__mail="one\n")
    place.prompt("support/agent", "two\n")
    place.commit()
    assert place.mooring("sync")[0] == 0
    return place


def addressed(report: object) -> set[str]:
    return {a["prompt"] for t in report["targets"] for a in t["addresses"]}  # type: ignore[index]


def test_only_the_prompts_concerned_are_blocked(synced: "Place") -> None:
    synced.edit("marketing/mail", "by hand\n")
    code, report = synced.mooring("drift", "--select", "support/*", "--fail-on", BAD)
    assert (code, addressed(report)) == (0, {"support/agent", "support/refunds"})
    assert synced.mooring("drift", "--select", "marketing/*", "--fail-on", BAD)[0] == 3
    assert synced.mooring("drift", "marketing/mail@production", "--fail-on", "missing")[0] == 0
    assert synced.mooring("drift", "--fail-on", BAD)[0] == 3
    synced.edit("support/refunds", "by hand\n")
    assert synced.mooring("drift", "--select", "support/*", "--fail-on", BAD)[0] == 3
    assert synced.mooring("drift", "support/agent", "--fail-on", BAD)[0] == 0


def test_a_glob_that_selects_nothing_does_not_open_the_gate_in_silence(synced: "Place") -> None:
    code, report = synced.mooring("drift", "--select", "suport/*", "--fail-on", BAD)
    assert code == 64
    assert "suport/*" in report["error"]


def test_a_state_that_there_is_not_does_not_open_the_gate(place: "Place") -> None:
    for said in ("", "platform_behind", "missing,,nothing"):
        code, report = place.mooring("drift", "--fail-on", said)
        assert code == 64
        assert "--fail-on" in report["error"]


@pytest.mark.parametrize("by_hand", [True, False], ids=["by hand", "by mooring"])
def test_a_rollback_fails_a_gate_only_where_the_policy_says_so(synced: "Place", *, by_hand: bool) -> None:
    if by_hand:
        synced.person.point("support/agent", "production", refs(synced, "support/agent")[0])
    else:
        assert synced.mooring("rollback", "support/agent@production", "--reason", "Wrong refunds")[0] == 0
    assert synced.mooring("drift")[0] == 2
    assert synced.mooring("drift", "--select", "support/*", "--fail-on", BAD)[0] == 0
    assert synced.mooring("drift", "--fail-on", f"{BAD},relabelled")[0] == 2
    synced.configure("policy: {relabelled: block}\n")
    synced.commit()
    assert synced.mooring("drift")[0] == 3
    assert synced.mooring("drift", "--fail-on", f"{BAD},relabelled")[0] == 3
    synced.configure("rules: [{match: 'support/*', policy: {relabelled: block}}]\n")
    synced.commit()
    assert synced.mooring("drift", "--select", "marketing/*")[0] == 0
    assert synced.mooring("drift")[0] == 3


def refs(place: "Place", prompt: str) -> list[Ref]:
    """Give the versions of a prompt, oldest first."""
    with place.langfuse.opened("acme") as project:
        return [Ref(str(version)) for version in sorted(row.version for row in project.rows(prompt))]


def test_of_several_reasons_the_gravest_is_the_exit_code(synced: "Place") -> None:
    synced.prompt("support/new", "one\n")
    synced.commit()
    assert synced.mooring("drift")[0] == 2
    synced.edit("marketing/mail", "by hand\n")
    assert synced.mooring("drift")[0] == 3
    synced.fails("/prompts/support%2Fagent")
    synced.edit("support/agent", "by hand\n")  # its content must be read now, and cannot be
    assert synced.mooring("drift")[0] == 8
    code, report = synced.mooring("drift", "--select", "marketing/*")
    assert (code, addressed(report)) == (3, {"marketing/mail"})
    assert synced.mooring("drift", "--select", "support/*", "--fail-on", "missing")[0] == 8, "nobody can vouch for it"
    synced.write("prompts/broken.yaml", "labels: [production]\nprompt: [\n")
    synced.commit()
    assert synced.mooring("drift")[0] == 65


def test_what_pipelines_ask_is_put_on_the_commit(synced: "Place", github: "Served") -> None:
    def tip() -> str:
        return synced.git("rev-parse", "HEAD")

    def said(*more: str) -> tuple[int, str, str]:
        code, _ = synced.mooring("drift", "--commit-status", *more)
        last = github.hub.statuses[-1]
        assert (last.context, last.sha) == (" ".join([STATUS, *more]), tip())
        return code, last.state, str(last.description)

    assert said() == (0, "success", "ok: 3 in sync")
    synced.prompt("support/new", "one\n")
    synced.commit()
    assert said() == (2, "success", "changes: 3 in sync, 1 pending")
    synced.edit("marketing/mail", "by hand\n")
    assert said()[:2] == (3, "failure")
    assert said("--fail-on", "missing")[:2] == (0, "success")
    assert said("--select", "support/*")[:2] == (2, "success")
    synced.fails()
    assert said()[:2] == (8, "error")
    synced.answers()
    synced.write("prompts/broken.yaml", "labels: [production]\nprompt: [\n")
    synced.commit()
    assert said()[:2] == (65, "failure")


def test_the_success_of_some_prompts_does_not_hide_the_failure_of_all(synced: "Place", github: "Served") -> None:
    synced.edit("marketing/mail", "by hand\n")
    for more in ((), ("support/agent",), ("--select", "support/*", "--target", "prod")):
        synced.mooring("drift", "--commit-status", *more)
    latest = {one.context: one.state for one in github.hub.statuses}
    assert latest == {
        STATUS: "failure",
        f"{STATUS} support/agent": "success",
        f"{STATUS} --select support/* --target prod": "success",
    }


def test_a_sync_puts_its_status_under_its_own_name(synced: "Place", github: "Served") -> None:
    synced.prompt("support/new", "one\n")
    synced.commit()
    assert synced.mooring("sync", "--commit-status")[0] == 0
    assert [(one.context, one.state) for one in github.hub.statuses] == [("mooring/acme/sync", "success")]


def test_a_status_that_cannot_be_set_is_a_finding_and_the_exit_stays(
    synced: "Place", github: "Served", monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_set(expected: int, *more: str) -> None:
        code, report = synced.mooring("drift", "--commit-status", *more)
        assert code == expected
        (finding,) = (one for one in report["findings"] if one["kind"] == "alert")
        assert finding["message"].startswith("No status was set")
        assert github.hub.statuses == []

    synced.edit("marketing/mail", "by hand\n")
    wrong = "ghs_" + "wrong" * 8
    github.allow(github.token, frozenset({Right.ISSUES}))
    not_set(3)
    monkeypatch.setenv("GITHUB_TOKEN", wrong)
    not_set(0, "--fail-on", "missing")
    monkeypatch.delenv("GITHUB_TOKEN")
    not_set(3)
    for token in (wrong, github.token):
        assert token not in synced.everything()
