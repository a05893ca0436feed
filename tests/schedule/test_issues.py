"""The scheduled check opens an issue, and closes it when what it is about is over."""

from typing import TYPE_CHECKING

import pytest

from mooring.testing.github.trouble import Trouble

if TYPE_CHECKING:
    from mooring.testing.github.serve import Served
    from tests.schedule.conftest import Job

HEARS = "alerts: [{notify: github}]\n"
WAITS = "github is not told from here, as nobody is logged in to the Git host: 1 message waits for a run that can"


def issues(github: "Served") -> list[tuple[str, str, int]]:
    return [(one.title, one.state, len(one.comments)) for one in github.hub.issues.values()]


def alerts(report: object) -> list[str]:
    return [one["message"] for one in report["findings"] if one["kind"] == "alert"]  # type: ignore[index]


def test_an_issue_opens_at_an_edit_is_commented_and_closes_after_the_adoption_was_merged(
    job: "Job", github: "Served"
) -> None:
    job.begun(HEARS)
    job.edit("greet", "by hand\n")
    assert job.mooring("drift")[0] == 3
    title = "greet (production) on prod: platform ahead"
    assert issues(github) == [(title, "open", 0)]
    assert job.mooring("drift")[0] == 3
    assert issues(github) == [(title, "open", 0)], "said once"
    job.edit("greet", "by hand, again\n")
    assert job.mooring("drift")[0] == 3
    assert issues(github) == [(title, "open", 1)]
    assert job.mooring("adopt", "greet@production")[0] == 0
    (pull,) = github.hub.pulls()
    github.person.merge(pull.number)
    job.pull()
    assert job.mooring("sync")[0] == 0
    assert job.mooring("drift")[0] == 0
    assert [one for one in issues(github) if one[0] == title] == [(title, "closed", 2)]


def test_issues_are_listed_once_for_all_that_a_run_says(job: "Job", github: "Served") -> None:
    job.begun(HEARS)
    for name in ("greet", "bye", "mail"):
        job.edit(name, "by hand\n")
    before = len(github.requests)
    assert job.mooring("drift")[0] == 3
    assert len(issues(github)) == 3
    assert sum(one.verb == "GET" and one.path.endswith("/issues") for one in github.requests[before:]) == 1


def test_a_pause_that_github_asks_for_is_kept(job: "Job", github: "Served") -> None:
    job.begun(HEARS)
    job.edit("greet", "by hand\n")
    github.troubles.wait = 1800
    github.troubles.plan(Trouble.SECONDARY_LIMIT, path="/issues")
    code, report = job.mooring("drift")
    assert code == 3
    (said,) = alerts(report)
    assert "tried again by runs after 2026-01-05T12:30" in said
    job.clock.advance(1500)
    job.mooring("drift")
    assert issues(github) == []
    job.clock.advance(600)
    assert alerts(job.mooring("drift")[1]) == []
    assert len(issues(github)) == 1


def test_a_laptop_without_a_token_hears_one_line_where_something_waits_and_a_job_tells_it(
    job: "Job", github: "Served", monkeypatch: pytest.MonkeyPatch
) -> None:
    job.begun(HEARS)
    with monkeypatch.context() as laptop:
        for name in ("CI", *github.environment):
            laptop.delenv(name, raising=False)
        assert alerts(job.mooring("drift")[1]) == []
        job.edit("greet", "by hand\n")
        for _ in range(2):
            code, report = job.mooring("drift")
            assert code == 3
            assert alerts(report) == [WAITS]
            assert len([line for line in job.text.splitlines() if "github" in line.lower()]) == 1
        refs = job.ledger()
        job.git("commit", "-q", "--allow-empty", "-m", "not pushed")
        assert alerts(job.mooring("drift")[1]) == [WAITS]
        assert job.ledger() == refs
        job.git("reset", "-q", "--hard", "HEAD~1")
    assert alerts(job.mooring("drift")[1]) == []
    assert len(issues(github)) == 1


def test_a_job_without_a_token_is_told_what_it_lacks_before_anything_is_amiss(
    job: "Job", github: "Served", monkeypatch: pytest.MonkeyPatch
) -> None:
    job.begun(HEARS)
    monkeypatch.delenv("GITHUB_TOKEN")
    (finding,) = job.mooring("drift")[1]["findings"]
    assert (finding["message"], finding["fix"]) == (
        "github is told nothing: nobody is logged in to the Git host",
        "Give this step a token: GITHUB_TOKEN",
    )


def test_a_laptop_that_may_not_write_the_ledger_is_not_told_of_it(
    job: "Job", github: "Served", monkeypatch: pytest.MonkeyPatch
) -> None:
    job.begun(HEARS)
    for name in ("CI", *github.environment):
        monkeypatch.delenv(name, raising=False)
    hook = job.folder.parent / "remote.git" / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    job.edit("greet", "by hand\n")
    code, report = job.mooring("drift")
    assert (code, alerts(report)) == (3, [])
