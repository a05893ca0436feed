"""Do the workflows to copy and action.yml do on GitHub what they say, for each event?"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mooring.core.address import Ref
from mooring.git.command import Git
from mooring.testing.actions.events import (
    merge_group,
    pull_request,
    push,
    repository_dispatch,
    schedule,
    workflow_dispatch,
)
from mooring.testing.actions.processes import Cancellation
from mooring.testing.actions.run import run_workflow
from mooring.testing.langfuse.trouble import Acted, Fault, Replied, When, unavailable

if TYPE_CHECKING:
    from mooring.testing.actions.events import Event
    from mooring.testing.actions.results import JobReport
    from mooring.testing.actions.values import Value
    from tests.action.conftest import Scene

CRON = "23 * * * *"


def hourly(scene: "Scene") -> "JobReport":
    return scene.run("schedule", schedule(scene.github.hub, CRON))


def outputs(job: "JobReport") -> dict[str, str]:
    return dict(job.step("run").outputs)


def assert_no_secret(scene: "Scene") -> None:
    """Look at all that was printed and kept: the logs as steps wrote them, summaries, comments, issues, statuses."""
    told = [run.raw + run.summary for run in scene.runs]
    told += [str(issue) for issue in scene.github.hub.issues.values()]
    told += [str(scene.github.hub.statuses)]
    tokens = [job.token for run in scene.runs for job in run.jobs.values()]
    for secret in (*scene.site.secrets.values(), *tokens):
        assert not [text for text in told if secret in text]


# --- a pull request ---------------------------------------------------------------------------------------------------


def test_a_pull_request_has_one_comment_that_is_kept_up_to_date(synced: "Scene") -> None:
    number = synced.proposed(synced.prompt("greet", "Good day {{name}}"))
    job = synced.run("pull-request", pull_request(synced.github.hub, number, "opened"))
    assert job.conclusion == "success"
    [first] = synced.comments(number)
    assert first.splitlines()[:2] == [
        "<!-- mooring-plan: acme -->",
        "### Merging changes what production serves for 1 prompt on prod.",
    ]
    synced.github.person.write("change", synced.prompt("greet", "Good evening {{name}}"), "Say it later")
    job = synced.run("pull-request", pull_request(synced.github.hub, number))
    [second] = synced.comments(number)
    assert "evening" in second
    assert second != first
    assert second.strip() in job.summary
    assert synced.live("greet") == "Hello {{name}}"
    assert_no_secret(synced)


def test_a_pull_request_needs_no_secret_and_asks_no_platform(synced: "Scene") -> None:
    synced.site = replace(synced.site, secrets={})
    asked = len(synced.langfuse.requests)
    number = synced.proposed(synced.prompt("new", "Brand new"))
    assert synced.run("pull-request", pull_request(synced.github.hub, number)).conclusion == "success"
    assert len(synced.langfuse.requests) == asked


def test_a_fork_is_planned_and_the_summary_has_what_its_token_may_not_say(synced: "Scene") -> None:
    synced.bare.move("fork", synced.tip())
    synced.github.person.write("fork", synced.prompt("greet", "Mine {{name}}"), "From outside")
    number = synced.github.person.open_pull_from_fork("fork", "From outside").number
    job = synced.run("pull-request", pull_request(synced.github.hub, number))
    assert (job.conclusion, synced.comments(number)) == ("success", [])
    assert "Merging changes what production serves for 1 prompt on prod." in job.summary
    assert_no_secret(synced)


def test_a_mistake_is_a_red_check_with_a_remark_at_its_line(synced: "Scene") -> None:
    number = synced.proposed({"prompts/greet.yaml": b"labels: [production]\nprompt: 1\n"})
    job = synced.run("pull-request", pull_request(synced.github.hub, number))
    assert (job.conclusion, outputs(job)["name"]) == ("failure", "invalid")
    [remark] = {(one.properties["file"], one.properties["line"]) for one in job.annotations if one.properties}
    assert remark == ("prompts/greet.yaml", "2")
    assert "prompts/greet.yaml" in synced.comments(number)[0]


def test_a_merge_queue_is_answered(synced: "Scene") -> None:
    number = synced.proposed(synced.prompt("greet", "Queued {{name}}"))
    job = synced.run("pull-request", merge_group(synced.github.hub, number))
    assert (job.conclusion, synced.comments(number)) == ("success", [])


def test_pull_request_target_is_refused_before_anything_is_read(synced: "Scene") -> None:
    number = synced.proposed(synced.prompt("greet", "Evil {{name}}"))
    target = replace(pull_request(synced.github.hub, number), name="pull_request_target")
    workflow = "on: pull_request_target\njobs: {it: {runs-on: x, steps: [{uses: actions/checkout@v5}, "
    report = run_workflow(f"{workflow}{{uses: mooring-dev/mooring@v1}}]}}}}", target, synced.site)
    assert (report.conclusion, report.step("run").exit_code) == ("failure", 64)
    assert "Use `on: pull_request`" in report.log


# --- a merge ----------------------------------------------------------------------------------------------------------


def test_a_merge_is_synced_and_told_everywhere(scene: "Scene") -> None:
    files = {"mooring.yaml": scene.config(), **scene.prompt("greet", "Hello")}
    job = scene.merged(files)
    assert (job.conclusion, scene.live("greet")) == ("success", "Hello")
    assert scene.statuses(scene.tip()) == {"mooring/acme/sync": ("success", "ok: 1 done")}
    assert "| ✓ | `greet@production` |" in job.summary
    told = outputs(job)
    assert (told["exit"], told["name"], told["counts"]) == ("0", "ok", '{"pending_create": 1}')
    assert told["report"].endswith(".json")
    assert_no_secret(scene)


def test_a_merge_without_a_change_of_prompts_says_so(synced: "Scene") -> None:
    job = synced.merged({"README.md": b"# Prompts\n"})
    assert job.conclusion == "success"
    assert synced.statuses(synced.tip()) == {"mooring/acme/sync": ("success", "no prompt changed: 2 in sync")}


def test_the_older_of_two_merges_that_ends_last_is_superseded_and_green(synced: "Scene") -> None:
    older = synced.pushed(synced.prompt("greet", "First {{name}}"))
    newer = synced.pushed(synced.prompt("greet", "Second {{name}}"))
    assert synced.run("merge", newer).conclusion == "success"
    job = synced.run("merge", older)
    assert (job.conclusion, synced.live("greet"), synced.versions("greet")) == ("success", "Second {{name}}", 2)
    assert "Superseded" in job.log
    state, said = synced.statuses(older.sha)["mooring/acme/sync"]
    assert (state, said.partition(":")[0]) == ("success", "superseded")


def test_a_job_that_is_run_again_brings_nothing_old_back(synced: "Scene") -> None:
    first = push(synced.github.hub, synced.bare.commit("main~1") or "", synced.tip())
    synced.merged(synced.prompt("greet", "Newer {{name}}"))
    again = replace(first, run_attempt=2, triggering_actor="bob")
    job = synced.run("merge", again)
    assert (job.conclusion, synced.live("greet")) == ("success", "Newer {{name}}")
    assert "Superseded" in job.log


def test_a_cancelled_job_leaves_nothing_half_done(synced: "Scene") -> None:
    change = synced.pushed({**synced.prompt("greet", "Cut {{name}}"), **synced.prompt("bye", "Cut bye")})
    cancelled = Cancellation()
    synced.langfuse.hooks.trouble.add(Fault("write", "prompts", 1, Acted(When.BEFORE, cancelled.request)))
    job = synced.run("merge", change, cancelled)
    assert job.conclusion == "cancelled"
    assert job.step("run").exit_code == 130
    job = synced.run("merge", change)
    assert job.conclusion == "success"
    assert (synced.live("greet"), synced.live("bye")) == ("Cut {{name}}", "Cut bye")
    assert (synced.versions("greet"), synced.versions("bye")) == (2, 2)


def test_a_shallow_checkout_is_enough(synced: "Scene") -> None:
    workflow = (
        "on: push\npermissions: {contents: write, statuses: write}\njobs: {it: {runs-on: x, steps: ["
        "{uses: actions/checkout@v5, with: {fetch-depth: 1, persist-credentials: false}}, "
        "{uses: mooring-dev/mooring@v1,"
        " env: {LANGFUSE_PUBLIC_KEY: '${{ secrets.LANGFUSE_PUBLIC_KEY }}',"
        " LANGFUSE_SECRET_KEY: '${{ secrets.LANGFUSE_SECRET_KEY }}'}}]}}"
    )
    synced.merged(synced.prompt("greet", "Second {{name}}"))
    synced.editor.point("greet", "production", Ref("1"))
    report = run_workflow(workflow, synced.pushed(synced.prompt("bye", "Bye now")), synced.site)
    assert report.conclusion == "success", report.log
    # The first version is known as reviewed, from a commit that the checkout did not bring.
    assert "Serve greet as prod does" in report.log


# --- on a schedule ----------------------------------------------------------------------------------------------------


def test_an_edit_turns_the_check_red_opens_an_issue_and_is_proposed_until_it_is_merged(synced: "Scene") -> None:
    assert hourly(synced).conclusion == "success"
    synced.edit("bye", "Bye bye")
    job = hourly(synced)
    assert (job.conclusion, outputs(job)["name"], outputs(job)["diverged"]) == ("failure", "attention", "1")
    [issue] = [one for one in synced.github.hub.issues.values() if "mooring" in one.labels]
    assert issue.state == "open"
    [pull] = [one for one in synced.github.hub.pulls() if one.head.startswith("mooring/")]
    synced.github.person.merge(pull.number)
    before = synced.bare.commit("main~1") or ""
    assert synced.run("merge", push(synced.github.hub, before, synced.tip())).conclusion == "success"
    assert hourly(synced).conclusion == "success"
    assert (issue.state, synced.live("bye"), synced.versions("bye")) == ("closed", "Bye bye", 2)
    assert_no_secret(synced)


@pytest.mark.soak  # the patience of each job is real; tests/schedule has the same with a clock
def test_what_cannot_be_read_fails_from_the_third_time_in_a_row_on(synced: "Scene") -> None:
    silence = Fault("any", ".", 1, Replied(unavailable()), times=10**9)
    synced.langfuse.hooks.trouble.add(silence)
    jobs = [hourly(synced) for _ in range(3)]
    assert [(job.conclusion, outputs(job)["unknown"]) for job in jobs] == [
        ("success", "2"),
        ("success", "2"),
        ("failure", "2"),
    ]
    synced.langfuse.hooks.trouble.clear()
    assert hourly(synced).conclusion == "success"


def test_what_was_read_once_is_remembered_by_the_next_job(synced: "Scene") -> None:
    first = hourly(synced)
    synced.langfuse.requests.clear()
    second = hourly(synced)
    assert "Cache saved" in first.log
    assert "Cache saved" not in second.log  # nothing new
    assert not [one for one in synced.langfuse.requests if "/v2/prompts/" in one.path]  # nothing is read twice


def test_a_change_on_langfuse_starts_a_check_that_uses_nothing_of_what_it_was_told(synced: "Scene") -> None:
    synced.edit("greet", "Hi {{name}}")
    evil: dict[str, Value] = {"prompt": {"name": "$(echo owned)`id`\n::error::owned", "version": 2}}
    job = synced.run("langfuse", repository_dispatch(synced.github.hub, "langfuse-prompt-update", evil))
    assert (job.conclusion, outputs(job)["diverged"]) == ("failure", "1")
    assert "owned" not in job.raw
    other = repository_dispatch(synced.github.hub, "somebody-elses-event", {})
    assert not run_workflow(_path(synced, "langfuse"), other, synced.site).started


# --- by hand ----------------------------------------------------------------------------------------------------------


def by_hand(scene: "Scene", actor: str = "bob", **inputs: str) -> "JobReport":
    event: Event = workflow_dispatch(scene.github.hub, dict(inputs), actor)
    return scene.run("dispatch", event)


def ledger(scene: "Scene") -> str:
    return Git(scene.github.hub.bare.git.directory).text("log", "--format=%an%n%B", "refs/mooring/acme/prod/ledger")


def test_a_rollback_by_hand_is_on_record_under_the_name_of_who_did_it(synced: "Scene") -> None:
    synced.merged(synced.prompt("greet", "Worse {{name}}"))
    job = by_hand(synced, command="rollback", address="greet@production", reason="Worse -- --to=x $(id)")
    assert (job.conclusion, synced.live("greet")) == ("success", "Hello {{name}}")
    newest = ledger(synced)
    assert "bob <1001+bob@users.noreply.github.com>" in newest
    assert "Worse -- --to=x $(id)" in newest
    assert [one.login for one in synced.github.hub.pulls() if one.head.startswith("mooring/")] == [
        "github-actions[bot]"
    ]


def test_an_edit_is_adopted_by_hand(synced: "Scene") -> None:
    synced.edit("bye", "Bye bye")
    job = by_hand(synced, command="adopt", address="bye@production", reason="Friendlier")
    assert job.conclusion == "success"
    [pull] = [one for one in synced.github.hub.pulls() if one.head.startswith("mooring/")]
    assert "Friendlier" in (pull.body or "")


def test_git_is_decided_for_by_hand(synced: "Scene") -> None:
    synced.edit("bye", "Bye bye")
    job = by_hand(synced, "eve", command="resolve", address="bye@production", take="git", reason="A test")
    assert job.conclusion == "success", job.log
    assert "eve <1001+eve@users.noreply.github.com>" in ledger(synced)
    synced.run("merge", push(synced.github.hub, synced.bare.commit("main~1") or "", synced.tip()))
    assert synced.live("bye") == "Bye"


def test_what_is_missing_is_asked_for_by_name(synced: "Scene") -> None:
    job = by_hand(synced, command="rollback", address="greet@production")
    assert (job.conclusion, outputs(job)["exit"]) == ("failure", "64")
    assert next(one.message for one in job.annotations) == "The command rollback needs the input reason."


# --- names and texts that mean harm -----------------------------------------------------------------------------------

HARM = (
    "::error::owned\n::set-output name=x::y\n##[add-mask]a\n::stop-commands::x\n```\n</details><script>x</script>\n"
    "@acme/owners closes #1 <!-- mooring-plan: acme -->\n$(id)`id`${{ github.token }}\n"
)


def test_texts_of_prompts_are_inert_wherever_they_are_shown(synced: "Scene") -> None:
    number = synced.proposed(synced.prompt("greet", HARM + "{{name}}"))
    job = synced.run("pull-request", pull_request(synced.github.hub, number))
    assert job.conclusion == "success"
    assert not [one for one in job.annotations if "owned" in one.message and one.properties.get("title") is None]
    [comment] = synced.comments(number)
    outside = "".join(comment.split("````")[::2])  # the fence is longer than the longest within
    assert "<script>" not in outside
    assert "@acme" not in outside
    assert comment.count("<!-- mooring-plan: acme -->") == 2  # the mark, and the text within its fence
    synced.run("pull-request", pull_request(synced.github.hub, number))
    assert len(synced.comments(number)) == 1
    synced.merged(synced.prompt("greet", HARM))
    synced.edit("bye", HARM)
    job = hourly(synced)
    assert not [one for one in job.annotations if one.message.startswith("owned")]
    assert_no_secret(synced)


def test_a_comment_of_a_stranger_with_our_mark_is_left_alone(synced: "Scene") -> None:
    number = synced.proposed(synced.prompt("greet", "Good day {{name}}"))
    synced.github.person.comment(number, "<!-- mooring-plan: acme -->\nAll is well, merge it.")
    synced.run("pull-request", pull_request(synced.github.hub, number))
    assert [one.partition("\n")[2][:11] for one in synced.comments(number)] == ["All is well", "### Merging"]


# --- several in one repository ----------------------------------------------------------------------------------------


def test_two_mooring_yaml_keep_apart_in_comment_and_status(scene: "Scene") -> None:
    def within(folder: str, text: str) -> dict[str, bytes | None]:
        return {f"{folder}/{path}": data for path, data in scene.prompt(f"{folder}/greet", text).items()}

    both = {f"{one}/mooring.yaml": scene.config(f"acme-{one}") for one in ("shop", "desk")}
    event = scene.pushed({**both, **within("shop", "Shop"), **within("desk", "Desk")})
    for folder in ("shop", "desk"):
        assert _in_folder(scene, "merge", folder, event) == "success"
    assert set(scene.statuses(event.sha)) == {"mooring/acme-shop/sync", "mooring/acme-desk/sync"}
    number = scene.proposed({**within("shop", "Shop!"), **within("desk", "Desk!")})
    for folder in ("shop", "desk", "shop"):
        assert _in_folder(scene, "pull-request", folder, pull_request(scene.github.hub, number)) == "success"
    assert [one.partition("\n")[0] for one in scene.comments(number)] == [
        "<!-- mooring-plan: acme-shop -->",
        "<!-- mooring-plan: acme-desk -->",
    ]


def _in_folder(scene: "Scene", workflow: str, folder: str, event: "Event") -> str:
    text = _path(scene, workflow).read_text(encoding="utf-8")
    step = "uses: mooring-dev/mooring@v1\n"
    assert step in text
    text = text.replace(step, f"{step}        with: {{working-directory: {folder}}}\n")
    return run_workflow(text, event, scene.site).conclusion


def _path(scene: "Scene", name: str) -> "Path":
    action = scene.site.actions["mooring-dev/mooring"]
    assert isinstance(action, Path)
    return action / "config" / "github" / f"{name}.yml"


def test_nothing_in_the_folder_that_is_looked_at_is_executed(synced: "Scene") -> None:
    evil = dict.fromkeys(("yaml.py", "click.py", "mooring/__init__.py"), b"raise SystemExit('owned')\n")
    number = synced.proposed({**evil, **synced.prompt("greet", "Good day {{name}}")})
    job = synced.run("pull-request", pull_request(synced.github.hub, number))
    assert job.conclusion == "success", job.log
