"""What people type, what stands in the way, and what they are told then."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from mooring.cli.session import Request, open_session
from mooring.core.adoption import Scope
from mooring.core.artifact import Artifact
from mooring.core.report import AddressReport, TargetReport
from mooring.core.row import judged
from mooring.core.state import State
from mooring.gathering.gather import unanswered
from mooring.proposing.adopt import Asked, propose

if TYPE_CHECKING:
    from tests.adopt.conftest import Place

Outcomes = Callable[[Any], dict[str, tuple[str | None, str]]]
KEY = "sk-ant-" + "a1B2" * 8


@pytest.fixture
def edited(on_langfuse: "Place") -> "Place":
    """Two prompts in sync, of which `greet` was edited on the platform since."""
    on_langfuse.text("greet", "one")
    on_langfuse.text("part", "one")
    on_langfuse.begin()
    on_langfuse.edit("greet", "by hand\n")
    return on_langfuse


def test_the_policy_proposes_once(on_langfuse: "Place", outcomes: Outcomes) -> None:
    on_langfuse.text("greet", "one")
    on_langfuse.begin("{platform_ahead: adopt}")
    on_langfuse.edit("greet", "by hand\n")
    code, report = on_langfuse.mooring("sync")
    assert (code, outcomes(report)["greet@production"][0]) == (0, "proposed")
    assert list(on_langfuse.proposed()) == ["prod/policy"]
    before = on_langfuse.git("ls-remote", "origin")
    code, report = on_langfuse.mooring("sync")
    assert (code, outcomes(report)["greet@production"][0]) == (0, "proposed")
    assert on_langfuse.git("ls-remote", "origin") == before
    on_langfuse.adopt("--by-policy")
    assert on_langfuse.git("ls-remote", "origin") == before
    on_langfuse.edit("greet", "one\n")
    on_langfuse.adopt("--by-policy")
    assert on_langfuse.proposed() == {}


def test_a_run_about_a_part_takes_nothing_out_of_a_proposal_that_rolls(on_langfuse: "Place") -> None:
    for prompt in ("greet", "part"):
        on_langfuse.text(prompt, "one")
    on_langfuse.begin("{platform_ahead: adopt}")
    for prompt in ("greet", "part"):
        on_langfuse.edit(prompt, "by hand\n")
    assert on_langfuse.mooring("sync")[0] == 0
    before = on_langfuse.proposed()
    assert on_langfuse.mooring("sync", "--select", "greet")[0] == 0
    assert on_langfuse.proposed() == before


def test_what_is_selected_has_a_branch_of_its_own(edited: "Place") -> None:
    edited.edit("part", "by hand\n")
    edited.adopt()
    before = edited.proposed()
    edited.adopt("--select", "gr*")
    assert edited.proposed() == {**before, "prod/prompt-greet": edited.proposed()["prod/prompt-greet"]}
    edited.adopt("greet", "part")
    assert len(edited.proposed()) == 3
    assert edited.mooring("adopt", "--by-policy", "greet")[0] == 64


def test_into_files_of_the_work_tree(edited: "Place", outcomes: Outcomes) -> None:
    report = edited.adopt("--to-files", "--reason", "it is better")
    assert edited.proposed() == {}
    assert edited.read("prompts/greet.yaml").startswith("# greet, as its owners like it\nprompt: |\n  by hand\n")
    (fix,) = (one["fix"] for one in report["targets"][0]["findings"] if one["kind"] == "proposal")
    message = fix.rpartition(" ")[2]
    assert edited.git("status", "--porcelain") == "M prompts/greet.yaml"
    again = edited.adopt("--to-files")
    assert "say so already" in outcomes(again)["greet@production"][1]
    edited.git("commit", "-q", "-a", "-F", message)
    edited.git("push", "-q", "origin", "HEAD:main")
    assert "Why: it is better" in edited.git("log", "-1", "--format=%B")
    assert edited.settle() == 0


def test_files_that_somebody_is_editing_are_not_overwritten(edited: "Place", outcomes: Outcomes) -> None:
    edited.text("greet", "being written")
    code, report = edited.mooring("adopt", "--to-files")
    assert code == 4
    assert "Commit them, or take them back" in outcomes(report)["greet@production"][1]
    assert "being written" in edited.read("prompts/greet.yaml")


def test_a_commit_behind_the_branch_does_not_undo_what_the_branch_says(edited: "Place", outcomes: Outcomes) -> None:
    edited.text("greet", "newer in Git")
    edited.commit()
    edited.git("reset", "-q", "--hard", "HEAD^")
    code, report = edited.mooring("adopt")
    assert (code, edited.proposed()) == (4, {})
    assert "Pull, and run again" in outcomes(report)["greet@production"][1]


def test_a_decision_for_the_platform_names_what_it_saw(edited: "Place") -> None:
    seen = edited.stored("greet").hash
    taken = ("resolve", "greet@production", "--take", "platform", "--reason", "better", "--expect")
    edited.edit("greet", "moved again\n")
    code, _ = edited.mooring(*taken, seen)
    assert (code, edited.proposed()) == (6, {})
    code, _ = edited.mooring(*taken, edited.stored("greet").hash)
    assert (code, list(edited.proposed())) == (0, ["prod/prompt-greet"])
    assert "Why: better" in edited.message("prod/prompt-greet")


def test_an_unreachable_remote_is_told_and_nothing_is_lost(edited: "Place") -> None:
    edited.git("remote", "set-url", "origin", str(edited.folder.parent / "gone.git"))
    code, report = edited.mooring("adopt", "greet")
    assert code == 7
    assert "mooring adopt" in report["targets"][0]["error"]
    assert ".." not in report["targets"][0]["error"]


def test_a_host_that_refuses_the_branch_is_told_with_the_way_out(edited: "Place") -> None:
    hook = edited.folder.parent / "remote.git" / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\ncase "$1" in refs/heads/mooring/*) echo "protected branch"; exit 1;; esac\n')
    hook.chmod(0o755)
    code, report = edited.mooring("adopt", "greet")
    assert (code, edited.proposed()) == (77, {})
    assert "protected branch covers this name" in report["targets"][0]["error"]


def test_a_secret_is_neither_proposed_nor_repeated(edited: "Place", capfd: pytest.CaptureFixture[str]) -> None:
    edited.edit("greet", f"The key is {KEY}\n")
    edited.edit("part", "fine\n")
    code, report = edited.mooring("adopt")
    assert code == 4
    told = str(report) + "".join(capfd.readouterr())
    assert "Anthropic API Key" in told
    assert KEY not in told
    assert list(edited.proposed()) == ["prod/all"]
    assert edited.message("prod/all").startswith("Adopt part from prod")
    assert KEY not in edited.git("diff", "main...FETCH_HEAD")


def test_what_cannot_be_adopted_is_refused_with_a_sentence(on_langfuse: "Place", outcomes: Outcomes) -> None:
    for prompt in ("gone", "split", "due"):
        on_langfuse.text(prompt, "one")
    on_langfuse.begin()
    person = on_langfuse.person
    person.delete_prompt("gone")
    person.split("split", "production", [on_langfuse.stored("split").ref, person.save("split", Artifact("b\n"))])
    person.save("huge", Artifact("a", {"seed": 2**60}), ["production"])
    on_langfuse.text("due", "two")
    on_langfuse.commit()
    named = ("adopt", "gone", "split", "due", "huge")
    code, report = on_langfuse.mooring(*named)
    assert (code, on_langfuse.proposed()) == (4, {})
    said = {address: note for address, (outcome, note) in outcomes(report).items() if outcome == "failed"}
    for address, words in {
        "gone@production": "nothing is served there",
        "split@production": "two versions hold the label",
        "due@production": "the next sync brings it",
        "huge@production": "no prompt file can state",
    }.items():
        assert words in said[address], said
    on_langfuse.write("prompts/due.yaml", "prompt: [\n")
    on_langfuse.commit()
    code, report = on_langfuse.mooring(*named)
    assert (code, on_langfuse.proposed()) == (4, {})
    assert "not valid" in outcomes(report)["due@production"][1]


def test_the_prompt_of_another_repository_is_refused(edited: "Place", outcomes: Outcomes) -> None:
    config = edited.read("mooring.yaml").replace("id: acme", "id: another")
    edited.write("mooring.yaml", config)
    edited.commit()
    code, report = edited.mooring("adopt", "part")
    assert code == 4
    assert "belongs to the repository acme" in outcomes(report)["part@production"][1]


def test_two_contents_for_one_label_of_git_are_refused_both(on_langfuse: "Place", outcomes: Outcomes) -> None:
    on_langfuse.text("greet", "one")
    on_langfuse.begin(labels="{production: production, eu: production}")
    on_langfuse.edit("greet", "here\n", "production")
    on_langfuse.edit("greet", "there\n", "eu")
    code, report = on_langfuse.mooring("adopt")
    assert (code, on_langfuse.proposed()) == (4, {})
    found = outcomes(report)
    assert "two contents at once" in found["greet@production"][1]
    assert "two contents at once" in found["greet@eu"][1]
    on_langfuse.edit("greet", "here\n", "eu", "production")
    on_langfuse.adopt()
    on_langfuse.merge()
    assert on_langfuse.settle() == 0


def test_what_could_not_be_read_withdraws_nothing(edited: "Place") -> None:
    edited.adopt()
    before = edited.proposed()
    run = open_session(Request(edited.folder)).run
    (target,) = run.targets
    rows = judged(unanswered(run, target, run.history.desired()))
    assert {row.verdict.state for row in rows} == {State.UNKNOWN}
    unread = TargetReport(target.name, target.adapter, tuple(AddressReport(row) for row in rows))
    report = propose(run, target, target.connect(), unread, Asked(Scope.ALL))
    assert report.error is None
    assert edited.proposed() == before


def test_promotion_is_a_proposal_that_moves_a_label(place: "Place") -> None:
    place.write("prompts/greet/v1.yaml", "prompt: one\n")
    place.write("prompts/greet/v2.yaml", "prompt: two\n")
    place.write("prompts/registry.yaml", "# ours\ngreet: {production: v1, staging: v2}\n")
    place.begin()
    code, _ = place.mooring("promote", "greet", "--from", "staging", "--to", "production")
    assert code == 0
    (branch,) = place.proposed()
    assert place.served("greet") == "one"
    place.merge(branch)
    assert place.read("prompts/registry.yaml") == "# ours\ngreet: {production: v2, staging: v2}\n"
    assert place.mooring("sync")[0] == 0
    assert place.served("greet") == "two"
    code, report = place.mooring("promote", "greet", "--from", "staging", "--to", "production")
    assert (code, place.proposed()) == (0, {})
    assert "already" in report["findings"][0]["message"]


def test_a_prompt_of_one_file_has_nothing_to_promote(edited: "Place") -> None:
    edited.text("greet", "one", "[production, staging]")
    edited.commit()
    code, report = edited.mooring("promote", "greet", "--from", "staging", "--to", "production")
    assert code == 64
    assert "nothing to promote" in report["error"]
