"""Who started a job, and for which pull request?"""

from typing import Any

import pytest

from mooring.action.event import BOT, event_of

JOB = {"GITHUB_REPOSITORY": "acme/prompts", "GITHUB_ACTOR": "ada", "GITHUB_ACTOR_ID": "7"}


def pull(repository: str | None) -> dict[str, Any]:
    head = None if repository is None else {"full_name": repository}
    return {"pull_request": {"number": 12, "head": {"repo": head}}}


@pytest.mark.parametrize(
    ("payload", "number", "fork"),
    [
        (pull("acme/prompts"), 12, False),
        (pull("Acme/Prompts"), 12, False),
        (pull("eve/prompts"), 12, True),
        (pull(None), 12, True),
        ({}, None, False),
        ({"pull_request": {"number": "12"}}, None, False),
    ],
)
def test_a_pull_request_of_a_fork_is_told_from_our_own(payload: dict[str, Any], number: int | None, fork: bool) -> None:
    found = event_of({**JOB, "GITHUB_EVENT_NAME": "pull_request"}, payload)
    assert (found.pull, found.from_fork) == (number, fork)


@pytest.mark.parametrize(
    ("event", "more", "name", "mail"),
    [
        ("push", {}, "ada", "7+ada@users.noreply.github.com"),
        ("workflow_dispatch", {"GITHUB_TRIGGERING_ACTOR": "bob"}, "bob", "bob@users.noreply.github.com"),
        ("push", {"GITHUB_ACTOR": "my[bot]"}, "my[bot]", "7+my[bot]@users.noreply.github.com"),
        ("push", {"GITHUB_ACTOR": "a\nb <x>"}, BOT, "41898282+github-actions[bot]@users.noreply.github.com"),
        ("schedule", {}, BOT, "41898282+github-actions[bot]@users.noreply.github.com"),
        ("repository_dispatch", {}, BOT, "41898282+github-actions[bot]@users.noreply.github.com"),
    ],
)  # fmt: skip
def test_whoever_did_it_signs_and_nobody_else(event: str, more: dict[str, str], name: str, mail: str) -> None:
    assert event_of({**JOB, "GITHUB_EVENT_NAME": event, **more}, {}).author == (name, mail)
