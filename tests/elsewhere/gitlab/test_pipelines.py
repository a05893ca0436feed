"""A project on GitLab from its first merge request on: each job is run in a shell, against a real Git over HTTP."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.elsewhere.conftest import Place
    from tests.elsewhere.gitlab.conftest import GitLab, Job, Pipeline

SAID = {"MOORING_ADDRESS": "prod:greet@production", "MOORING_REASON": 'It\'s "wrong" $(touch x) `id`'}


def kept_secret(gitlab: "GitLab", job: "Job") -> None:
    """No secret is in the log, in what was kept, or in the clone's own files."""
    config = (job.folder / ".git" / "config").read_text(encoding="utf-8")
    told = [job.log, *job.artifacts.values()]
    for name, secret in gitlab.protected.items():
        if name != "LANGFUSE_PUBLIC_KEY":
            assert not [text for text in [*told, config] if secret in text], name
    assert not [text for text in told if "glcbt-" in text]


def test_a_merge_request_needs_no_credentials(place: "Place", gitlab: "GitLab", pipeline: "type[Pipeline]") -> None:
    commit = place.prompt("Good day", branch="topic")
    event = pipeline("merge_request_event", commit, "topic")
    assert gitlab.jobs(event) == ["mooring-validate", "mooring-plan"]
    checked, planned = (gitlab.run(event, name) for name in gitlab.jobs(event))
    assert (checked.code, planned.code) == (0, 0), checked.log + planned.log
    assert "all valid" in checked.log
    assert "<testsuite" in checked.artifacts["mooring-validate.xml"]
    assert "greet" in planned.artifacts["mooring-review.md"]
    assert "greet" in planned.artifacts["mooring-plan.xml"]
    assert place.langfuse.requests == []
    for job in (checked, planned):
        kept_secret(gitlab, job)


def test_a_push_goes_live_and_a_schedule_proposes_an_edit_which_a_person_overrules(
    place: "Place", gitlab: "GitLab", pipeline: "type[Pipeline]"
) -> None:
    commit = place.prompt("Good day")
    push = pipeline("push", commit)
    (name,) = gitlab.jobs(push)
    synced = gitlab.run(push, name)
    assert synced.code == 0, synced.log
    assert place.served() == "Good day"
    place.git("fetch", "-q", "origin", "refs/mooring/acme/prod/ledger")
    assert place.git("log", "-1", "--format=%an <%ae>", "FETCH_HEAD") == "Grace <grace@example.org>"

    place.edit("Edited by hand")
    schedule = pipeline("schedule", commit)
    (name,) = gitlab.jobs(schedule)
    looked = gitlab.run(schedule, name)
    assert (looked.code, place.branches()) == (3, ["mooring/acme/prod/policy"]), looked.log
    assert 'failures="1"' in looked.artifacts["mooring-drift.xml"]
    assert place.served() == "Edited by hand"

    chosen = {**SAID, "MOORING_COMMAND": "resolve", "MOORING_TAKE": "git"}
    decided = gitlab.run(pipeline("web", commit, given=chosen), "mooring-resolve")
    assert decided.code == 0, decided.log
    assert f"Grace <grace@example.org> decided for Git: {SAID['MOORING_REASON']}" in decided.log
    for job in (synced, looked, decided):
        kept_secret(gitlab, job)


def test_a_merge_is_taken_back_by_hand(place: "Place", gitlab: "GitLab", pipeline: "type[Pipeline]") -> None:
    for text in ("Good day", "Good night"):
        commit = place.prompt(text)
        assert gitlab.run(pipeline("push", commit), "mooring-sync").code == 0
    event = pipeline("web", commit, given={**SAID, "MOORING_COMMAND": "rollback"})
    assert gitlab.jobs(event) == ["mooring-rollback"]
    back = gitlab.run(event, "mooring-rollback")
    assert (back.code, place.served()) == (0, "Good day"), back.log
    assert not (back.folder / "x").exists()
    kept_secret(gitlab, back)


def test_without_its_token_a_job_says_what_is_missing(
    place: "Place", gitlab: "GitLab", pipeline: "type[Pipeline]"
) -> None:
    commit = place.prompt("Good day")
    bare = type(gitlab)(place, gitlab.url, gitlab.home, gitlab.bare, place.credentials)
    done = bare.run(pipeline("push", commit), "mooring-sync")
    assert done.code == 77
    assert "MOORING_GIT_TOKEN is not set" in done.log
    assert place.served() is None
