"""Does a pull request get one comment, kept up to date, and does nothing that goes wrong with it fail a plan?"""

from typing import TYPE_CHECKING

import pytest

from mooring.reports.review import marker
from mooring.testing.github.rows import Right
from mooring.testing.github.trouble import Trouble

if TYPE_CHECKING:
    from mooring.testing.github.serve import Served
    from tests.review.conftest import Desk

PLAN = ("plan", "--offline", "--comment")
MARK = marker("acme-support")
SENTENCE = "### Merging changes what production serves for 1 prompt on prod."


def bodies(github: "Served", number: int) -> list[str]:
    return [one.body for one in github.hub.issues[number].comments]


def test_it_is_written_once_then_updated_and_not_written_again(desk: "Desk", github: "Served", pull: int) -> None:
    assert f"The comment on pull request {pull} was written" in desk.type(*PLAN)
    (first,) = bodies(github, pull)
    assert first.startswith(f"{MARK}\n{SENTENCE}\n")

    writes = len(github.writes)
    assert "says so already" in desk.type(*PLAN)
    assert len(github.writes) == writes

    desk.commit({"prompts/leave.yaml": "labels: [production]\nprompt: |\n  Bye {{name}}\n"})
    assert "was updated" in desk.type(*PLAN)
    (second,) = bodies(github, pull)
    assert "for 2 prompts on prod" in second
    assert desk.code == [0, 0, 0]
    assert [(one.verb, one.status) for one in github.writes] == [("POST", 201), ("PATCH", 200)]


def test_where_nothing_changes_there_is_none_but_one_that_stands_is_put_right(
    desk: "Desk", github: "Served", pull: int
) -> None:
    desk.git("checkout", "--quiet", "main")
    assert "got no comment: there is nothing to show" in desk.type(*PLAN)
    assert bodies(github, pull) == []

    desk.git("checkout", "--quiet", "feature")
    desk.type(*PLAN)
    desk.git("checkout", "--quiet", "main")
    desk.type(*PLAN)
    (only,) = bodies(github, pull)
    assert only.startswith(f"{MARK}\n### Merging changes nothing that a platform serves.\n")


def test_a_strangers_comment_with_the_mark_is_left_alone(desk: "Desk", github: "Served", pull: int) -> None:
    github.colleague("mallory").comment(pull, f"{MARK}\nAll is well, merge it.")
    desk.type(*PLAN)
    assert len(bodies(github, pull)) == 2
    assert bodies(github, pull)[0] == f"{MARK}\nAll is well, merge it."


def test_a_persons_token_finds_its_own_comments_and_no_bots(
    desk: "Desk", github: "Served", pull: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.type(*PLAN)
    github.allow("ghp_of_a_person", login="ann")
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_of_a_person")
    assert "was written" in desk.type(*PLAN)
    assert "says so already" in desk.type(*PLAN)
    assert [one.login for one in github.hub.issues[pull].comments] == ["github-actions[bot]", "ann"]


def test_two_of_ours_become_one_and_a_pointer(desk: "Desk", github: "Served", pull: int) -> None:
    """Two runs at once found none, and each wrote one."""
    for text in ("first", "second"):
        github.hub.comment(github.hub.issues[pull], "github-actions[bot]", f"{MARK}\n{text}")
    desk.type(*PLAN)
    first, second = bodies(github, pull)
    assert first.startswith(f"{MARK}\n{SENTENCE}\n")
    assert second.startswith(
        f"Kept up to date in one place: https://github.com/acme/prompts/issues/{pull}#issuecomment-"
    )
    writes = len(github.writes)
    desk.type(*PLAN)
    assert len(github.writes) == writes


def test_several_mooring_yaml_keep_apart(desk: "Desk", github: "Served", pull: int) -> None:
    desk.type(*PLAN)
    desk.commit({"mooring.yaml": (desk.folder / "mooring.yaml").read_text().replace("acme-support", "acme-support-2")})
    desk.type(*PLAN)
    assert [one.partition("\n")[0] for one in bodies(github, pull)] == [MARK, marker("acme-support-2")]


def test_a_token_that_may_not_comment_fails_nothing(desk: "Desk", github: "Served", pull: int) -> None:
    github.allow(github.token, frozenset())
    said = " ".join(desk.type(*PLAN).split())
    assert desk.code == [0]
    assert f"The comment on pull request {pull} could not be written; the job's summary has it" in said
    assert "permissions: pull-requests: write" in said
    assert bodies(github, pull) == []


def test_one_right_is_enough(desk: "Desk", github: "Served", pull: int) -> None:
    github.allow(github.token, frozenset({Right.PULLS}))
    desk.type(*PLAN)
    assert len(bodies(github, pull)) == 1


@pytest.mark.parametrize(("trouble", "verb"), [(Trouble.DROPPED, "POST"), (Trouble.NOT_FOUND, "GET")])
def test_a_git_host_in_trouble_fails_nothing(
    desk: "Desk", github: "Served", pull: int, trouble: Trouble, verb: str
) -> None:
    github.troubles.plan(trouble, times=9, verb=verb)
    said = desk.type(*PLAN)
    assert desk.code == [0]
    assert "could not be written" in " ".join(said.split())
    assert github.token not in said


def test_outside_of_a_pull_request_it_is_said(desk: "Desk", github: "Served") -> None:
    assert "the environment names no pull request" in " ".join(desk.type(*PLAN).split())
    assert (desk.code, github.requests) == ([0], ())


def test_without_a_token_it_is_said(desk: "Desk", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_REF", "refs/pull/7/merge")
    assert "there is no token for the Git host's API" in " ".join(desk.type(*PLAN).split())
    assert desk.code == [0]


def test_a_jobs_summary_is_the_review(
    desk: "Desk", github: "Served", pull: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = desk.folder.parent / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    desk.type("plan", "--offline", "-o", "github")
    assert summary.read_text("utf-8") == desk.review()
    assert SENTENCE in summary.read_text("utf-8")


def test_only_a_plan_gives_a_review(desk: "Desk") -> None:
    assert "Only mooring plan gives review; this command gives text" in desk.type("drift", "-o", "review")
    assert desk.code == [64]
