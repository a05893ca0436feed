"""Does the GitHub client do what the Forge port says, and say plainly why where it cannot?"""

from typing import TYPE_CHECKING

import pytest
import responses

from mooring.github.api import PATIENCE
from mooring.github.client import LONGEST_BODY, GitHub
from mooring.github.discovery import Place
from mooring.ports import Approval, Forge, ForgeError, Issue, Pull, PullState, StatusState
from mooring.testing.github.bare import Method
from mooring.testing.github.hub import PullDraft
from mooring.testing.github.rows import ALL_RIGHTS, Right
from mooring.testing.github.serve import Served
from mooring.testing.github.trouble import Trouble

if TYPE_CHECKING:
    from tests.github.conftest import PatientClock, Remote

BRANCH = "mooring/adopt/prod/all"
PREFIX = "mooring/adopt/"


def test_the_client_is_a_forge(forge: GitHub) -> None:
    as_port: Forge = forge
    assert as_port.pulls("") == []


# --- pull requests ----------------------------------------------------------------------------------------------------


def test_a_pull_request_is_opened_updated_and_found_again(forge: GitHub) -> None:
    made = forge.open_pull(BRANCH, "main", "Adopt", "because")
    url = "https://github.com/acme/prompts/pull/1"
    assert made == Pull(1, PullState.OPEN, BRANCH, "Adopt", "because", url)
    assert forge.update_pull(1, "Adopt more", "") == Pull(1, PullState.OPEN, BRANCH, "Adopt more", "", url)
    assert forge.pulls(PREFIX) == [Pull(1, PullState.OPEN, BRANCH, "Adopt more", "", url)]
    assert forge.pulls("mooring/roll") == []


@pytest.mark.parametrize("method", list(Method))
def test_what_became_of_a_pull_request_is_told(forge: GitHub, github: Served, method: Method) -> None:
    forge.open_pull(BRANCH, "main", "one", "")
    github.person.close(1)
    assert [pull.state for pull in forge.pulls(PREFIX)] == [PullState.CLOSED]
    forge.open_pull(BRANCH, "main", "two", "")
    github.person.merge(2, method)
    assert [(pull.number, pull.state) for pull in forge.pulls(PREFIX)] == [(2, PullState.MERGED), (1, PullState.CLOSED)]


def test_a_fork_with_a_branch_of_our_name_is_not_ours(forge: GitHub, github: Served) -> None:
    github.person.open_pull_from_fork(BRANCH, "mine")
    github.person.open_pull_from_fork(BRANCH, "gone", "gone/prompts")
    github.person.delete_fork(2)
    github.person.open_pull_from_fork(BRANCH, "namesake", "acme/other")
    assert forge.pulls(PREFIX) == []
    assert forge.open_pull(BRANCH, "main", "ours", "").number == 4
    assert [pull.number for pull in forge.pulls(PREFIX)] == [4]


def test_every_page_is_read(forge: GitHub, github: Served) -> None:
    forge.open_pull(BRANCH, "main", "the oldest", "")
    for number in range(204):
        github.hub.open_pull("eve", PullDraft(f"noise {number}", "", BRANCH, "eve/prompts", "0" * 40, "main", "0" * 40))
    assert [pull.title for pull in forge.pulls(PREFIX)] == ["the oldest"]
    assert [seen.verb for seen in github.requests] == ["POST", "GET", "GET", "GET"]


def test_endless_lists_end(forge: GitHub, github: Served) -> None:
    for number in range(1101):
        github.person.open_issue(f"{number}", "", "drift")
    found = forge.issues("drift")
    assert (len(found), found[0].title, found[-1].title) == (1000, "1100", "101")
    assert len(github.requests) == 10


def test_one_that_exists_already_is_given_as_it_is(forge: GitHub) -> None:
    first = forge.open_pull(BRANCH, "main", "one", "body")
    assert forge.open_pull(BRANCH, "main", "two", "other") == first


def test_a_pull_request_whose_answer_was_lost_is_found_and_not_doubled(forge: GitHub, github: Served) -> None:
    github.troubles.plan(Trouble.LOST, verb="POST")
    assert forge.open_pull(BRANCH, "main", "one", "").number == 1
    assert len(github.hub.pulls()) == 1


def test_a_pull_request_that_was_not_opened_is_an_error(forge: GitHub, github: Served) -> None:
    github.troubles.plan(Trouble.DROPPED, verb="POST")
    with pytest.raises(ForgeError, match="no whole answer to a new pull request"):
        forge.open_pull(BRANCH, "main", "one", "")
    assert len(github.writes) == 1


def test_nothing_to_merge_is_said_in_githubs_words(forge: GitHub, remote: "Remote") -> None:
    remote.git("update-ref", "refs/heads/mooring/empty", "main")
    with pytest.raises(ForgeError, match="No commits between main and mooring/empty") as caught:
        forge.open_pull("mooring/empty", "main", "one", "")
    assert not caught.value.denied
    with pytest.raises(ForgeError, match=r"\(head: invalid\)"):
        forge.open_pull("mooring/none", "main", "one", "")


def test_long_texts_are_cut_and_say_so(forge: GitHub) -> None:
    made = forge.open_pull(BRANCH, "main", "t" * 300, "b" * 70_000)
    assert (len(made.title), len(made.body)) == (256, LONGEST_BODY)
    assert made.body.endswith("The rest is left out: GitHub takes no longer text here.")


# --- issues -----------------------------------------------------------------------------------------------------------


def test_an_issue_has_a_life(forge: GitHub, github: Served) -> None:
    made = forge.open_issue("Drift", "of support_agent", "mooring drift/α")
    assert made == Issue(1, is_open=True, title="Drift", body="of support_agent", url=made.url)
    forge.comment(1, "still there")
    forge.close_issue(1)
    forge.close_issue(1)
    assert forge.issues("mooring drift/α") == [Issue(1, is_open=False, title="Drift", body=made.body, url=made.url)]
    assert [comment.body for comment in github.hub.issues[1].comments] == ["still there"]
    assert github.hub.issues[1].state_reason == "completed"


def test_a_label_is_made_once_and_case_does_not_matter(forge: GitHub, github: Served) -> None:
    forge.open_issue("one", "", "drift")
    forge.open_issue("two", "", "drift")
    forge.open_issue("three", "", "BUG")
    assert [seen.path for seen in github.writes].count("/repos/acme/prompts/labels") == 1
    assert [issue.title for issue in forge.issues("bug")] == ["three"]


def test_pull_requests_under_the_label_are_no_issues(forge: GitHub, github: Served) -> None:
    forge.open_pull(BRANCH, "main", "one", "")
    github.hub.issues[1].labels.append("drift")
    forge.open_issue("two", "", "drift")
    assert [issue.number for issue in forge.issues("drift")] == [2]


def test_an_issue_that_lost_its_label_is_an_error_as_it_would_be_opened_again(forge: GitHub, github: Served) -> None:
    github.hub.label("drift")
    github.allow(github.token, ALL_RIGHTS - {Right.LABELS})
    with pytest.raises(ForgeError, match="issue 1 of acme/prompts without the label 'drift'") as caught:
        forge.open_issue("one", "", "drift")
    assert caught.value.denied


@pytest.mark.parametrize("label", ["a,b", "", " ", "x" * 51])
def test_a_label_that_github_cannot_filter_by_is_refused(forge: GitHub, github: Served, label: str) -> None:
    with pytest.raises(ForgeError, match="cannot be a label"):
        forge.issues(label)
    with pytest.raises(ForgeError, match="cannot be a label"):
        forge.open_issue("t", "", label)
    assert github.requests == ()


def test_a_repository_without_issues_says_where_to_switch_them_on(forge: GitHub, github: Served) -> None:
    github.hub.has_issues = False
    with pytest.raises(ForgeError, match="Settings -> General -> Features"):
        forge.issues("drift")


# --- statuses and approvals -------------------------------------------------------------------------------------------


def test_a_status_is_set_in_one_line_that_fits(forge: GitHub, github: Served, remote: "Remote") -> None:
    tip = remote.tip("main")
    forge.set_status(tip, "mooring/drift", StatusState.FAILURE, "two\nprompts " + "x" * 200)
    (status,) = github.hub.statuses
    assert (status.sha, status.context, status.state) == (tip, "mooring/drift", "failure")
    assert status.description is not None
    assert (len(status.description), status.description[:11], status.description[-1]) == (140, "two prompts", "…")


@pytest.mark.parametrize("method", list(Method))
def test_who_approved_a_commit_is_found_for_the_commit_on_main(forge: GitHub, github: Served, method: Method) -> None:
    forge.open_pull(BRANCH, "main", "one", "")
    grace, linus, mary = github.person, github.colleague("linus"), github.colleague("mary")
    grace.approve(1)
    grace.review(1, "COMMENTED")
    linus.approve(1)
    linus.review(1, "CHANGES_REQUESTED")
    mary.review(1, "CHANGES_REQUESTED")
    mary.approve(1)
    merged = grace.merge(1, method)
    assert forge.approval(merged) == Approval(1, "https://github.com/acme/prompts/pull/1", ("grace", "mary"))


def test_a_commit_of_a_merged_branch_has_its_approval_too(forge: GitHub, github: Served, remote: "Remote") -> None:
    forge.open_pull(BRANCH, "main", "one", "")
    ours = remote.tip(BRANCH)
    assert forge.approval(ours) is None
    github.person.merge(1)
    assert forge.approval(ours) == Approval(1, "https://github.com/acme/prompts/pull/1", ())


def test_the_pull_request_that_made_a_commit_comes_before_one_that_carried_it(
    forge: GitHub, github: Served, remote: "Remote"
) -> None:
    remote.git("update-ref", "refs/heads/release", "main")
    forge.open_pull(BRANCH, "main", "one", "")
    made = github.person.merge(1, Method.SQUASH)
    github.person.open_pull("main", "to release", base="release")
    github.person.merge(2)
    found = forge.approval(made)
    assert found is not None
    assert found.number == 1


def test_a_commit_that_was_pushed_or_that_nobody_knows_has_no_approval(forge: GitHub, remote: "Remote") -> None:
    assert forge.approval(remote.tip("main")) is None
    assert forge.approval("0" * 40) is None


def test_a_deleted_account_is_a_ghost(forge: GitHub, github: Served) -> None:
    forge.open_pull(BRANCH, "main", "one", "")
    github.person.approve(1).login = None
    found = forge.approval(github.person.merge(1))
    assert found is not None
    assert found.approvers == ("ghost",)


# --- denials and troubles ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "named"),
    [
        (Right.PULLS, "pull-requests: write"),
        (Right.ISSUES, "issues: write"),
        (Right.STATUSES, "statuses: write"),
    ],
)
def test_a_missing_right_is_named(forge: GitHub, github: Served, remote: "Remote", right: Right, named: str) -> None:
    github.allow(github.token, ALL_RIGHTS - {right})
    with pytest.raises(ForgeError, match=named) as caught:
        use(forge, right, remote.tip("main"))
    assert caught.value.denied


def use(forge: GitHub, right: Right, commit: str) -> None:
    match right:
        case Right.PULLS:
            forge.open_pull(BRANCH, "main", "t", "")
        case Right.ISSUES:
            forge.open_issue("t", "", "new")
        case _:
            forge.set_status(commit, "c", StatusState.SUCCESS, "")


def test_the_setting_for_actions_is_named(forge: GitHub, github: Served) -> None:
    github.hub.actions_may_propose = False
    with pytest.raises(ForgeError, match="Allow GitHub Actions to create and approve pull requests") as caught:
        forge.open_pull(BRANCH, "main", "t", "")
    assert caught.value.denied


@pytest.mark.parametrize(
    ("trouble", "way_out"),
    [
        (Trouble.BAD_CREDENTIALS, "GH_TOKEN or GITHUB_TOKEN"),
        (Trouble.NOT_ACCESSIBLE, "permissions:"),
        (Trouble.NOT_FOUND, "may not see it"),
    ],
)
def test_a_denial_is_told_from_trouble_and_not_asked_again(
    forge: GitHub, github: Served, clock: "PatientClock", trouble: Trouble, way_out: str
) -> None:
    github.troubles.plan(trouble)
    with pytest.raises(ForgeError, match=way_out) as caught:
        forge.pulls("")
    assert caught.value.denied
    assert github.token not in str(caught.value)
    assert (len(github.requests), clock.waited) == (1, [])


@pytest.mark.parametrize("trouble", [Trouble.UNAVAILABLE, Trouble.BAD_GATEWAY, Trouble.DROPPED, Trouble.LOST])
def test_a_read_is_asked_again_and_a_write_is_not(
    forge: GitHub, github: Served, clock: "PatientClock", trouble: Trouble
) -> None:
    github.troubles.plan(trouble, times=2, verb="GET")
    assert forge.pulls("") == []
    assert (len(github.requests), len(clock.waited)) == (3, 2)
    github.hub.open_issue("grace", "t", "", [])
    github.troubles.plan(trouble, verb="POST")
    with pytest.raises(ForgeError) as caught:
        forge.comment(1, "x")
    assert not caught.value.denied
    assert (len(github.writes), len(clock.waited)) == (1, 2)


def test_a_limit_is_waited_for_as_long_as_it_says(forge: GitHub, github: Served, clock: "PatientClock") -> None:
    github.troubles.wait = 4
    github.troubles.plan(Trouble.SECONDARY_LIMIT, times=2)
    assert forge.issues("drift") == []
    assert clock.waited == [4, 4]


@pytest.mark.parametrize("times", [1, 9])
def test_a_read_gives_up_within_seconds(forge: GitHub, github: Served, clock: "PatientClock", times: int) -> None:
    github.troubles.wait = 11 if times == 1 else 4
    github.troubles.plan(Trouble.SECONDARY_LIMIT, times=times)
    with pytest.raises(ForgeError, match="secondary rate limit") as caught:
        forge.issues("drift")
    assert not caught.value.denied
    assert sum(clock.waited) <= PATIENCE


def test_a_server_that_takes_long_to_fail_is_not_asked_four_times(
    forge: GitHub, github: Served, clock: "PatientClock"
) -> None:
    clock.each_look = 6.0
    github.troubles.plan(Trouble.UNAVAILABLE, times=9)
    with pytest.raises(ForgeError, match="HTTP 503"):
        forge.pulls("")
    assert len(github.requests) == 2


def test_an_hours_limit_is_no_denial_and_not_waited_for(forge: GitHub, github: Served, clock: "PatientClock") -> None:
    github.troubles.plan(Trouble.PRIMARY_LIMIT)
    with pytest.raises(ForgeError, match=r"API rate limit exceeded.* it asks for 1[78]\d\d s") as caught:
        forge.pulls("")
    assert (caught.value.denied, clock.waited) == (False, [])


def test_a_repository_that_moved_is_named(forge: GitHub, github: Served) -> None:
    github.troubles.plan(Trouble.MOVED)
    with pytest.raises(ForgeError, match="renamed or moved"):
        forge.pulls("")


def test_a_page_that_is_not_githubs_is_said_to_be_none(forge: GitHub, github: Served) -> None:
    github.troubles.plan(Trouble.LOGIN_PAGE)
    with pytest.raises(ForgeError, match="not a proxy or a login page"):
        forge.pulls("")


def test_nobody_there_is_an_error_without_the_token(clock: "PatientClock") -> None:
    forge = GitHub(Place("http://127.0.0.1:9", "acme/prompts", "ghs_secret_token"), clock)
    with pytest.raises(ForgeError, match="no connection") as caught:
        forge.pulls("")
    assert "ghs_secret" not in str(caught.value)
    assert len(clock.waited) == 3
    assert sum(clock.waited) <= PATIENCE


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"message": "what"}, "is not GitHub's"),
        ([{"title": "no number", "head": {"ref": PREFIX, "repo": {"full_name": "acme/prompts"}}}], "names no number"),
        ([{"head": None}, {"head": {"ref": 1}}, {}, 7], ""),
    ],
)
def test_odd_answers_are_errors_and_never_a_crash(clock: "PatientClock", found: object, said: str) -> None:
    forge = GitHub(Place("https://api.github.com", "acme/prompts", "ghs_x"), clock)
    with responses.RequestsMock() as net:
        net.get("https://api.github.com/repos/acme/prompts/pulls", json=found)
        if not said:
            assert forge.pulls(PREFIX) == []
            return
        with pytest.raises(ForgeError, match=said):
            forge.pulls(PREFIX)


def test_the_token_follows_no_link_to_another_server(clock: "PatientClock") -> None:
    forge = GitHub(Place("https://api.github.com", "acme/prompts", "ghs_x"), clock)
    link = '<https://api.github.com.evil.example/repos/acme/prompts/pulls?page=2>; rel="next"'
    with responses.RequestsMock() as net:
        net.get("https://api.github.com/repos/acme/prompts/pulls", json=[], headers={"Link": link})
        with pytest.raises(ForgeError):
            forge.pulls(PREFIX)
        assert len(net.calls) == 1
        headers = net.calls[0].request.headers
    assert (headers["Authorization"], headers["X-GitHub-Api-Version"]) == ("Bearer ghs_x", "2022-11-28")


def test_what_githubs_errors_say_cannot_move_a_cursor_or_show_the_token(clock: "PatientClock") -> None:
    forge = GitHub(Place("https://api.github.com", "acme/prompts", "ghs_secret"), clock)
    with responses.RequestsMock() as net:
        said = {
            "message": "bad\x1b[2J \u202ethings\n with ghs_secret" + "x" * 1000,
            "errors": ["plain", 7, {"code": 1}],
        }
        net.get("https://api.github.com/repos/acme/prompts/pulls", json=said, status=409)
        with pytest.raises(ForgeError) as caught:
            forge.pulls(PREFIX)
    assert str(caught.value).isprintable()
    assert "bad [2J things with ***x" in str(caught.value)
    assert len(str(caught.value)) < 500
