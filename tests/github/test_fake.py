"""Does the fake GitHub do what the real one does, where other tests lean on it?"""

from typing import TYPE_CHECKING, Any

import pytest
import requests

from mooring.git.full import FullHistory
from mooring.git.proposals import is_ours, proposals, propose, withdraw
from mooring.git.repository import find_repository
from mooring.github.client import GitHub
from mooring.ports import Fate, Proposal, PullState
from mooring.testing.github.bare import Method, Unmergeable
from mooring.testing.github.serve import Served

if TYPE_CHECKING:
    from pathlib import Path

    from tests.github.conftest import Remote

BRANCH = "mooring/adopt/prod/all"


def ask(github: Served, path: str, token: str | None = None, **query: str) -> Any:
    headers = {"Authorization": f"Bearer {token or github.token}"}
    answer = requests.get(f"{github.url}/repos/acme/prompts{path}", headers=headers, params=query, timeout=10)
    return answer.json()


def test_a_merge_makes_a_real_commit_of_two_parents(forge: GitHub, github: Served, remote: "Remote") -> None:
    forge.open_pull(BRANCH, "main", "Adopt", "")
    before, head = remote.tip("main"), remote.tip(BRANCH)
    made = github.person.merge(1)
    assert remote.git("rev-parse", "main", "main^1", "main^2").split() == [made, before, head]
    assert remote.git("log", "-1", "--format=%s|%cn", "main") == f"Merge pull request #1 from acme/{BRANCH}|GitHub"
    found = ask(github, "/pulls/1")
    assert (found["state"], found["merged"], found["merge_commit_sha"]) == ("closed", True, made)
    assert (found["head"]["sha"], found["merged_by"]["login"]) == (head, "grace")


def test_a_squash_of_one_commit_keeps_its_message(forge: GitHub, github: Served, remote: "Remote") -> None:
    forge.open_pull(BRANCH, "main", "Title", "")
    github.person.merge(1, Method.SQUASH)
    assert remote.git("log", "-1", "--format=%B|%P", "main").replace("\n", "~") == (
        f"Adopt a (#1)~~Mooring-Resolves: x~|{remote.git('rev-parse', 'main^')}"
    )
    assert remote.git("show", "main:prompts/a.yaml") == "prompt: a"


def test_a_squash_of_several_lists_them(forge: GitHub, github: Served, remote: "Remote") -> None:
    github.person.write(BRANCH, {"prompts/b.yaml": b"b\n"}, "Add b")
    forge.open_pull(BRANCH, "main", "Title", "")
    github.person.merge(1, Method.SQUASH)
    assert remote.git("log", "-1", "--format=%B", "main").split("\n") == [
        "Title (#1)",
        "",
        "* Adopt a",
        "",
        "Mooring-Resolves: x",
        "",
        "* Add b",
    ]


def test_what_does_not_fit_together_is_not_merged(forge: GitHub, github: Served, remote: "Remote") -> None:
    forge.open_pull(BRANCH, "main", "Title", "")
    theirs = github.person.write("main", {"prompts/a.yaml": b"prompt: other\n"})
    with pytest.raises(Unmergeable):
        github.person.merge(1)
    assert (remote.tip("main"), forge.pulls("")[0].state) == (theirs, PullState.OPEN)


def test_a_head_moves_with_its_branch_and_closes_without_it(forge: GitHub, github: Served) -> None:
    forge.open_pull(BRANCH, "main", "Title", "")
    moved = github.person.write(BRANCH, {"prompts/b.yaml": b"b\n"})
    assert ask(github, "/pulls/1")["head"]["sha"] == moved
    github.person.delete_branch(BRANCH)
    assert (ask(github, "/pulls/1")["state"], ask(github, "/pulls/1")["merged_at"]) == ("closed", None)


def test_what_is_pushed_to_the_base_counts_as_merged(forge: GitHub, github: Served, remote: "Remote") -> None:
    forge.open_pull(BRANCH, "main", "Title", "")
    tip = remote.tip(BRANCH)
    remote.git("update-ref", "refs/heads/main", tip)
    assert forge.pulls("")[0].state is PullState.MERGED
    found = forge.approval(tip)
    assert found is not None
    assert found.number == 1


def test_tokens_that_nobody_issued_are_refused(github: Served) -> None:
    assert ask(github, "", "ghs_unknown")["message"] == "Bad credentials"
    assert ask(github, "")["full_name"] == "acme/prompts"
    anonymous = requests.get(f"{github.url}/repos/acme/prompts", timeout=10)
    assert (anonymous.status_code, anonymous.json()["message"]) == (404, "Not Found")


def test_lists_hold_what_was_made(forge: GitHub, github: Served, remote: "Remote") -> None:
    forge.open_pull(BRANCH, "main", "Title", "")
    github.person.open_issue("Drift", "", "drift")
    github.person.comment(2, "seen")
    assert [(one["number"], "pull_request" in one) for one in ask(github, "/issues")] == [(2, False), (1, True)]
    assert [one["title"] for one in ask(github, "/issues", labels="drift")] == ["Drift"]
    assert [one["body"] for one in ask(github, "/issues/2/comments")] == ["seen"]
    assert [one["name"] for one in ask(github, "/labels")] == ["bug", "enhancement", "drift"]
    assert ask(github, f"/commits/{remote.tip('main')}/statuses") == []
    assert [one["number"] for one in ask(github, "/pulls", head=f"acme:{BRANCH}", base="main")] == [1]
    assert ask(github, "/pulls", base="other") == []


@pytest.mark.parametrize("method", list(Method))
def test_a_proposal_goes_all_the_way(
    forge: GitHub, github: Served, remote: "Remote", tmp_path: "Path", method: Method
) -> None:
    """Proposed, opened, merged, and then nothing is left to propose and the branch may go."""
    remote.git("clone", "--quiet", str(remote.folder), str(tmp_path / "clone"))
    repo = find_repository(tmp_path / "clone")
    draft = Proposal("mooring/adopt/x", "Adopt x\n\nMooring-Resolves: prod:x@production sha256:1", {"x.yaml": b"x\n"})

    def act() -> Fate:
        full = FullHistory(repo, "origin", "main")
        return propose(repo, full, "origin", remote.tip("main"), draft, "Ada <ada@example.org>").fate

    assert (act(), act()) == (Fate.MADE, Fate.UNCHANGED)
    number = forge.open_pull(draft.branch, "main", "Adopt x", "").number
    github.person.merge(number, method)
    assert ("Mooring-Resolves" in remote.git("log", "-1", "--format=%B", "main")) == (method is not Method.MERGE)
    assert act() is Fate.UNCHANGED
    (left,) = proposals(repo, "origin", "mooring/adopt/x").values()
    assert is_ours(FullHistory(repo, "origin", "main"), remote.tip("main"), draft.branch, left)
    withdraw(repo, "origin", draft.branch, left)
    assert proposals(repo, "origin", "mooring/adopt/x") == {}
    assert forge.pulls("mooring/adopt/x")[0].state is PullState.MERGED
