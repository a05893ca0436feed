"""The stand-in for actions/checkout leaves what the real one leaves, with the job's token and git's own protocol."""

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from mooring.testing.actions.events import NO_COMMIT, merge_group, pull_request, push, schedule
from mooring.testing.actions.results import Conclusion
from mooring.testing.github.smart_http import Contents

if TYPE_CHECKING:
    from mooring.testing.actions.events import Event
    from tests.actions.conftest import Stage

LOOK = """
- id: look
  run: |
    git rev-list --count HEAD; git rev-parse HEAD; git symbolic-ref -q --short HEAD || echo detached
    git for-each-ref --format='%(refname)' | tr '\\n' ' '; echo
    git config --local --get-regexp extraheader || echo none
    git ls-remote -q origin HEAD > /dev/null 2>&1 && echo "asks again" || echo refused
    ls
"""


def looked(stage: "Stage", inputs: str, event: "Event | None" = None) -> list[str]:
    found = stage.steps(f"- {{uses: actions/checkout@x, with: {{{inputs}}}}}\n{LOOK}", event)
    assert found.conclusion is Conclusion.SUCCESS, found.log
    return found.step("look").log.splitlines()[-len(found.step("look").raw.splitlines()) :]


def test_a_push_is_one_commit_on_its_branch(stage: "Stage") -> None:
    assert looked(stage, "") == [
        "1",
        stage.tip(),
        "main",
        "refs/heads/main refs/remotes/origin/main ",
        f"http.{stage.github.url}/.extraheader AUTHORIZATION: basic ***",
        "asks again",
        "README.md",
        "prompts",
    ]


def test_the_token_is_not_kept_where_it_is_not_wanted(stage: "Stage") -> None:
    stage.branch("other", {"x": b"x"})
    found = looked(stage, "fetch-depth: 0, persist-credentials: false")
    assert found[0] == "2"
    assert found[3] == "refs/heads/main refs/remotes/origin/main refs/remotes/origin/other "
    assert found[4:6] == ["none", "refused"]


def test_a_run_of_an_older_push_stands_at_its_commit(stage: "Stage") -> None:
    event = stage.event()
    stage.pushed({"new": b"x"})
    found = looked(stage, "fetch-depth: 0", event)
    assert (found[1], found[2]) == (event.sha, "main")
    assert stage.tip() != event.sha


def test_a_pull_request_is_its_merge_commit_detached(stage: "Stage") -> None:
    topic = stage.branch("topic", {"new": b"x"})
    stage.pushed({"other": b"x"})
    event = pull_request(stage.hub, stage.person.open_pull("topic", "Mine").number, "opened")
    assert stage.bare.git.text("rev-parse", f"{event.sha}^1", f"{event.sha}^2").split() == [stage.tip(), topic]
    found = looked(stage, "fetch-depth: 2", event)
    assert found[1:4] == [event.sha, "detached", "refs/remotes/pull/1/merge "]
    assert found[-4:] == ["README.md", "new", "other", "prompts"]


def test_a_ref_may_be_named(stage: "Stage") -> None:
    topic = stage.branch("topic", {"new": b"x"})
    assert looked(stage, "ref: topic")[1:3] == [topic, "topic"]
    assert looked(stage, f"ref: {topic}")[1:3] == [topic, "detached"]


def test_a_queue_and_a_new_branch_and_the_clock_have_commits_of_their_own(stage: "Stage") -> None:
    topic = stage.branch("topic", {"new": b"x"})
    number = stage.person.open_pull("topic", "Mine").number
    queued = merge_group(stage.hub, number)
    assert looked(stage, "", queued)[1:3] == [queued.sha, queued.ref.removeprefix("refs/heads/")]
    assert looked(stage, "", push(stage.hub, NO_COMMIT, topic, "refs/heads/topic"))[1:3] == [topic, "topic"]
    assert looked(stage, "", schedule(stage.hub, "5 * * * *"))[1:3] == [stage.tip(), "main"]


@pytest.mark.parametrize(
    ("contents", "reads", "writes"),
    [
        (Contents.NONE, "not found", "not found"),
        (Contents.READ, "", "Permission to acme/prompts.git denied to github-actions[bot]"),
        (Contents.WRITE, "", ""),
        (None, "Username", "Username"),
    ],
)
def test_git_is_served_by_the_tokens_rights(stage: "Stage", contents: Contents | None, reads: str, writes: str) -> None:
    stage.github.allow("t", contents=contents or Contents.WRITE)
    url = stage.github.git_url
    if contents is not None:
        url = url.replace("http://", "http://x-access-token:t@")

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(stage.bare.folder), *arguments],
            capture_output=True,
            check=False,
            env={"GIT_TERMINAL_PROMPT": "0", "PATH": os.environ["PATH"]},
        )
        return "" if done.returncode == 0 else done.stderr.decode()

    for expected, told in (
        (reads, git("ls-remote", url, "HEAD")),
        (writes, git("push", "-q", url, f"{stage.tip()}:refs/heads/new")),
    ):
        assert expected in told
        assert bool(expected) == bool(told)
    assert (stage.bare.tip("new") is not None) is (contents is Contents.WRITE)


def test_a_large_push_comes_in_chunks(stage: "Stage") -> None:
    report = stage.run("""
on: push
permissions: {contents: write}
jobs:
  it:
    runs-on: x
    steps:
      - uses: actions/checkout@x
      - run: |
          head -c 1500000 /dev/urandom > large; git add large
          git -c user.name=A -c user.email=a@b commit -qm large; git push -q origin HEAD:refs/heads/large
""")
    assert report.conclusion is Conclusion.SUCCESS, report.log
    assert stage.bare.git.text("cat-file", "-s", "large:large") == "1500000"
