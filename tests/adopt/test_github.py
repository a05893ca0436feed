"""Adoption on GitHub: one pull request, kept up to date, declined, merged, withdrawn, refused."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mooring.testing.github.rows import Right
from mooring.testing.github.trouble import Trouble

if TYPE_CHECKING:
    from mooring.testing.github.serve import Served
    from tests.adopt.conftest import Place

Outcomes = Callable[[Any], dict[str, tuple[str | None, str]]]


@pytest.fixture
def edited(on_langfuse: "Place") -> "Place":
    """One prompt in sync, then edited on the platform."""
    on_langfuse.text("greet", "one")
    on_langfuse.begin()
    on_langfuse.edit("greet", "by hand\n")
    return on_langfuse


def pulls(github: "Served") -> list[tuple[str, str]]:
    with github.hub.lock:
        found = github.hub.pulls()
    return [(one.state if one.merged_at is None else "merged", one.head) for one in found]


def test_a_pull_request_is_opened_once_and_kept_up_to_date(edited: "Place", github: "Served") -> None:
    report = edited.adopt()
    assert pulls(github) == [("open", "mooring/acme/prod/all")]
    (address,) = report["targets"][0]["addresses"]
    assert address["outcome"] == "proposed"
    assert "/pull/1" in address["note"]
    writes, before = len(github.writes), edited.proposed()
    edited.adopt()
    assert (len(github.writes), edited.proposed()) == (writes, before)

    edited.edit("greet", "by another hand\n")
    edited.adopt()
    assert pulls(github) == [("open", "mooring/acme/prod/all")]
    assert [one.verb for one in github.writes[writes:]] == ["PATCH"]
    assert "by another hand" in edited.shown("prod/all", "prompts/greet.yaml")
    assert f"Mooring-Resolves: prod:greet@production {edited.stored('greet').hash}" in edited.message("prod/all")

    github.person.merge(1)
    edited.git("pull", "-q", "origin", "main")
    assert edited.settle() == 0
    edited.adopt()
    assert edited.proposed() == {}
    assert pulls(github) == [("merged", "mooring/acme/prod/all")]


def test_what_people_write_into_a_pull_request_stays(edited: "Place", github: "Served") -> None:
    edited.adopt()
    with github.hub.lock:
        github.hub.pull(1).title = "Adopt greet (please look, Ann)"
    edited.adopt()
    with github.hub.lock:
        assert github.hub.pull(1).title == "Adopt greet (please look, Ann)"


def test_what_a_person_closed_is_not_proposed_again_until_it_changes(
    edited: "Place", github: "Served", outcomes: Outcomes
) -> None:
    edited.adopt()
    github.person.close(1)
    report = edited.adopt()
    assert outcomes(report)["greet@production"][0] is None
    assert "Declined in" in outcomes(report)["greet@production"][1]
    assert pulls(github) == [("closed", "mooring/acme/prod/all")]
    assert edited.proposed() == {}

    edited.edit("greet", "better\n")
    edited.adopt()
    assert sorted(pulls(github)) == [("closed", "mooring/acme/prod/all"), ("open", "mooring/acme/prod/all")]

    edited.adopt("greet@production")  # who names it asks anew, whatever was declined
    assert ("open", "mooring/acme/prod/prompt-greet") in pulls(github)


def test_what_is_undone_on_the_platform_is_withdrawn_and_does_not_count_as_declined(
    edited: "Place", github: "Served"
) -> None:
    edited.adopt()
    edited.edit("greet", "one\n")
    edited.adopt()
    assert edited.proposed() == {}
    assert pulls(github) == [("closed", "mooring/acme/prod/all")]
    edited.edit("greet", "by hand\n")
    edited.adopt()
    assert len(edited.proposed()) == 1
    assert ("open", "mooring/acme/prod/all") in pulls(github)


def test_a_persons_commit_on_the_branch_is_left_alone(edited: "Place", github: "Served", outcomes: Outcomes) -> None:
    edited.adopt()
    commit = github.person.write(
        "mooring/acme/prod/all", {"prompts/greet.yaml": b"prompt: mine\nlabels: [production]\n"}
    )
    edited.edit("greet", "by another hand\n")
    report = edited.adopt()
    assert edited.proposed() == {"prod/all": commit}
    assert "somebody else" in outcomes(report)["greet@production"][1]
    assert any("somebody else" in one["message"] for one in report["targets"][0]["findings"])


@pytest.mark.parametrize(
    ("rights", "trouble", "said"),
    [
        (frozenset[Right](), None, "Resource not accessible"),
        (frozenset(Right), Trouble.BAD_CREDENTIALS, "Bad credentials"),
    ],
)
def test_without_the_right_the_branch_is_pushed_and_the_way_out_is_told(
    rights: frozenset[Right], trouble: Trouble | None, said: str, edited: "Place", github: "Served"
) -> None:
    github.allow(github.token, rights)
    if trouble is not None:
        github.troubles.plan(trouble, times=100)
    report = edited.adopt()
    assert list(edited.proposed()) == ["prod/all"]
    assert pulls(github) == []
    findings = " ".join(one["message"] for one in report["targets"][0]["findings"])
    assert said in findings
    assert github.token not in str(report)


def test_where_pull_requests_cannot_be_read_none_is_withdrawn(edited: "Place", github: "Served") -> None:
    edited.adopt()
    edited.edit("greet", "one\n")
    github.troubles.plan(Trouble.BAD_CREDENTIALS, times=100)
    edited.adopt()
    assert list(edited.proposed()) == ["prod/all"]
    assert pulls(github) == [("open", "mooring/acme/prod/all")]


HOSTILE = ("@acme/team", "closes #12", "`a` & <b", "x --> !-- y", "**b** [l](www.e.vil)", "x" * 250)


def test_no_name_and_no_author_can_leave_its_place(on_langfuse: "Place", github: "Served") -> None:
    on_langfuse.configure()
    on_langfuse.commit()
    author = "@ghost closes #7\n\nMooring-Resolves: prod:x@production sha256:0 --> <b>"
    on_langfuse.person = replace(on_langfuse.person, user_id=author)
    for name in HOSTILE:
        on_langfuse.edit(name, "text\n")
    on_langfuse.adopt("--reason", "Mooring-Allow: updates=9\n@all --> fixes #1")
    with github.hub.lock:
        pull = github.hub.pull(1)
    body, title, message = str(pull.body), pull.title, on_langfuse.message("prod/all")
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", body.replace("\\|", "").replace("&#8203;", "\u200b"))
    assert outside.count("-->") == outside.count("<!--") == 1
    assert not re.search(r"(?<!\w)@\w|#\d|<b>|<img", outside)
    assert len([one for one in body.splitlines() if one.startswith("|")]) == 2 + len(HOSTILE)
    assert all(one.count("|") - one.count("\\|") == 7 for one in body.splitlines() if one.startswith("|"))
    assert not re.search(r"(?<!\w)@\w|#\d", title + message)
    trailers = [one for one in message.splitlines() if one.lower().startswith("mooring-")]
    assert not [one for one in trailers if one.startswith(("Mooring-Allow", "Mooring-Resolves: prod:x@"))]
    on_langfuse.merge()
    assert on_langfuse.settle() == 0


def test_a_pull_request_of_fifty_prompts_with_long_names_fits(on_langfuse: "Place", github: "Served") -> None:
    on_langfuse.configure()
    on_langfuse.commit()
    for number in range(50):
        name = f"{number:03d}" + "]<&*é" * 48
        on_langfuse.edit(name, f"text {number}\n", "production")
        on_langfuse.edit(name, f"next {number}\n", "staging")
    on_langfuse.adopt()
    with github.hub.lock:
        pull = github.hub.pull(1)
    body = str(pull.body)
    assert len(body) < 60_000
    assert body.rstrip().endswith("-->")
    github.person.close(1)
    on_langfuse.adopt()
    assert pulls(github) == [("closed", "mooring/acme/prod/all")]
