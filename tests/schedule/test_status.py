"""What a commit's status says of the job that looked at it, and where it leads."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mooring.testing.github.serve import Served
    from tests.schedule.conftest import Job, Statuses

RUN = "https://github.com/acme/prompts/actions/runs/42"


def test_a_sync_says_what_it_did_and_whether_it_did_anything(job: "Job", statuses: "Statuses") -> None:
    job.begun()
    assert job.mooring("sync", "--commit-status")[0] == 0
    assert statuses.said() == ("success", "no prompt changed: 3 in sync")
    assert statuses.last().target_url == RUN
    job.prompt("greet", "two\n")
    job.commit()
    assert job.mooring("sync", "--commit-status")[0] == 0
    assert statuses.said() == ("success", "ok: 2 in sync, 1 done")
    job.edit("mail", "by hand\n")
    assert job.mooring("sync", "--commit-status")[0] == 0
    assert statuses.said() == ("success", "no prompt changed: 1 diverged, 2 in sync")


def test_a_sync_that_a_newer_commit_overtook_is_green_and_says_so(job: "Job", statuses: "Statuses") -> None:
    job.begun()
    older = job.git("rev-parse", "HEAD")
    job.prompt("greet", "two\n")
    newer = job.commit()
    assert job.mooring("sync", "--commit", newer)[0] == 0
    assert job.mooring("sync", "--commit", older, "--commit-status")[0] == 0
    assert statuses.last().sha == older
    assert statuses.said() == ("success", "superseded: the branch's tip asks for something newer")


def test_a_check_names_what_needs_a_person_first_and_asks_for_itself(job: "Job", statuses: "Statuses") -> None:
    job.begun()
    assert job.mooring("drift", "--commit-status")[0] == 0
    assert statuses.said() == ("success", "ok: 3 in sync")
    job.edit("mail", "by hand\n")
    assert job.mooring("drift", "--commit-status")[0] == 3
    assert statuses.said() == ("failure", "attention: 1 diverged (prod:mail@production), 2 in sync")
    assert statuses.last().context == "mooring/acme/drift"
    assert job.mooring("drift", "--commit-status", "--fail-on", "missing,conflict")[0] == 0
    assert statuses.last().context == "mooring/acme/drift --fail-on conflict,missing"
    assert statuses.last().state == "success"
    job.edit("bye", "by hand\n")
    assert job.mooring("drift", "--commit-status")[0] == 3
    assert statuses.said() == ("failure", "attention: 2 diverged (prod:bye@production, …), 1 in sync")


@pytest.mark.parametrize(
    ("config", "context"),
    [
        ("version: 1\nid: acme\nbranch: main\ntargest: {}\n", "mooring/acme/drift"),
        ("version: 1\nid: 'acme'  # we\ntargets: [\n", "mooring/acme/drift"),
        ("version: 1\nid: [\n", "mooring/unreadable/drift"),
    ],
)
def test_a_config_that_nobody_can_read_fails_where_it_is_looked_at(
    job: "Job", statuses: "Statuses", config: str, context: str
) -> None:
    job.begun()
    job.write("mooring.yaml", config)
    tip = job.commit()
    assert job.mooring("drift", "--commit-status")[0] == 65
    last = statuses.last()
    assert (last.sha, last.context, last.target_url) == (tip, context, RUN)
    assert statuses.said() == ("failure", "invalid: mooring.yaml cannot be used as it stands")


def test_what_was_asked_wrongly_fails_under_its_own_name(job: "Job", statuses: "Statuses") -> None:
    job.begun()
    assert job.mooring("drift", "--commit-status", "--target", "elsewhere", "--fail-on", "missing")[0] == 64
    assert statuses.last().context == "mooring/acme/drift --target elsewhere --fail-on missing"
    assert statuses.said() == ("failure", "usage: it cannot be done as it was asked for; the log says why")


def test_an_end_without_a_report_that_nobody_asked_a_status_of_sets_none(job: "Job", github: "Served") -> None:
    job.begun()
    job.write("mooring.yaml", "version: 1\nid: acme\n")
    job.commit()
    assert job.mooring("drift")[0] == 65
    assert github.hub.statuses == []


def test_a_status_that_cannot_be_set_hides_no_failure(
    job: "Job", github: "Served", monkeypatch: pytest.MonkeyPatch
) -> None:
    job.begun()
    job.write("mooring.yaml", "version: 1\nid: acme\n")
    job.commit()
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_wrong")
    assert job.mooring("drift", "--commit-status")[0] == 65
    monkeypatch.delenv("GITHUB_TOKEN")
    assert job.mooring("drift", "--commit-status")[0] == 65
    assert job.mooring("drift", "--commit-status", "--commit", "nowhere")[0] == 64
    assert github.hub.statuses == []
