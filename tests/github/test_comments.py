"""Does the client read and edit comments as GitHub has them, and know whose its token is?"""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import responses

from mooring.github.client import GitHub
from mooring.github.discovery import Place
from mooring.ports import Comment, ForgeError
from mooring.testing.github.rows import Right
from mooring.testing.github.trouble import Trouble

if TYPE_CHECKING:
    from mooring.testing.github.serve import Served
    from tests.github.conftest import PatientClock

BRANCH = "mooring/adopt/prod/all"


@pytest.fixture
def pull(forge: GitHub) -> int:
    return forge.open_pull(BRANCH, "main", "one", "").number


def test_comments_come_oldest_first_with_their_authors(forge: GitHub, github: "Served", pull: int) -> None:
    github.person.comment(pull, "first")
    forge.comment(pull, "second")
    first, second = forge.comments(pull)
    assert (first.body, first.by_bot) == ("first", False)
    url = f"https://github.com/acme/prompts/issues/{pull}#issuecomment-{second.id}"
    assert second == Comment(second.id, "second", "github-actions[bot]", by_bot=True, url=url)


def test_more_comments_than_a_page_are_all_read(forge: GitHub, github: "Served", pull: int) -> None:
    for number in range(101):
        github.person.comment(pull, str(number))
    assert [one.body for one in forge.comments(pull)] == [str(number) for number in range(101)]


def test_a_comment_is_edited_in_place(forge: GitHub, github: "Served", pull: int) -> None:
    forge.comment(pull, "one")
    (made,) = forge.comments(pull)
    forge.edit_comment(made.id, "x" * 70_000)
    (edited,) = forge.comments(pull)
    assert (edited.id, len(edited.body)) == (made.id, 65_536)
    assert github.hub.issues[pull].comments[0].updated_at > github.hub.issues[pull].comments[0].created_at


@pytest.mark.parametrize("right", [Right.PULLS, Right.ISSUES])
def test_either_right_lets_a_token_comment(forge: GitHub, github: "Served", pull: int, right: Right) -> None:
    github.allow(github.token, frozenset({right}))
    forge.comment(pull, "one")
    forge.edit_comment(forge.comments(pull)[0].id, "two")
    assert [one.body for one in forge.comments(pull)] == ["two"]


def test_without_a_right_it_is_denied_with_the_way_out(forge: GitHub, github: "Served", pull: int) -> None:
    forge.comment(pull, "one")
    (made,) = forge.comments(pull)
    github.allow(github.token, frozenset({Right.STATUSES}))
    with pytest.raises(ForgeError, match="pull-requests: write") as caught:
        forge.edit_comment(made.id, "two")
    assert caught.value.denied
    with pytest.raises(ForgeError, match="not accessible") as caught:
        forge.comment(pull, "two")
    assert caught.value.denied


def test_a_comment_that_is_gone_is_an_error(forge: GitHub, pull: int) -> None:
    with pytest.raises(ForgeError, match="the comment 4711"):
        forge.edit_comment(4711, "x")


def test_a_persons_token_is_told_whose_it_is_and_an_apps_is_not(
    forge: GitHub, github: "Served", clock: "PatientClock"
) -> None:
    assert forge.login() is None
    github.allow("ghp_person", login="ann")
    assert GitHub(Place(github.url, github.repository, "ghp_person"), clock).login() == "ann"


@pytest.mark.parametrize(
    "trouble", [Trouble.BAD_CREDENTIALS, Trouble.SECONDARY_LIMIT, Trouble.LOGIN_PAGE, Trouble.DROPPED]
)
def test_no_other_answer_makes_a_token_an_apps(forge: GitHub, github: "Served", trouble: Trouble) -> None:
    github.troubles.plan(trouble, times=9)
    with pytest.raises(ForgeError) as caught:
        forge.login()
    assert github.token not in str(caught.value)


@responses.activate
def test_an_author_whose_account_is_gone_is_nobody(clock: "PatientClock") -> None:
    place = Place("https://api.example", "a/b", "t")
    responses.get(
        "https://api.example/repos/a/b/issues/1/comments",
        json=[{"id": 5, "user": None, "body": None, "html_url": "https://x.example/5"}],
    )
    assert GitHub(place, clock).comments(1) == [Comment(5, "", "", by_bot=False, url="https://x.example/5")]
    responses.replace(responses.GET, "https://api.example/repos/a/b/issues/1/comments", json=[{"body": "x"}])
    with pytest.raises(ForgeError, match="no id of a comment"):
        GitHub(replace(place), clock).comments(1)
