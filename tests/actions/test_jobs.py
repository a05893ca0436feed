"""Jobs run in order, with the rights, secrets and groups that a workflow and its event give them."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import requests

from mooring.testing.actions.events import pull_request, pull_request_target
from mooring.testing.actions.invalid import Invalid
from mooring.testing.actions.results import Conclusion, Group
from mooring.testing.actions.site import PERMISSIVE, StepContext, StepResult
from mooring.testing.github.rows import Right

if TYPE_CHECKING:
    from mooring.testing.actions.events import Event
    from tests.actions.conftest import Stage

JOB = "{runs-on: x, steps: [{run: exit 0}]}"


def test_jobs_wait_for_what_they_need(stage: "Stage") -> None:
    report = stage.run("""
on: push
jobs:
  last:
    needs: [first, broken]
    if: ${{ !cancelled() && needs.first.result == 'success' }}
    runs-on: x
    steps: [{id: told, run: 'echo "${{ needs.first.outputs.n }} ${{ needs.broken.result }}"'}]
  broken: {needs: first, runs-on: x, steps: [{run: exit 1}]}
  passed-over: {needs: broken, runs-on: x, steps: [{run: exit 0}]}
  behind: {needs: passed-over, if: failure(), runs-on: x, steps: [{run: exit 0}]}
  forgiven: {runs-on: x, continue-on-error: true, steps: [{run: exit 1}]}
  first:
    runs-on: x
    outputs: {n: "${{ steps.a.outputs.n }}"}
    steps: [{id: a, run: 'echo n=5 >> $GITHUB_OUTPUT'}]
""")
    assert {name: job.conclusion.value for name, job in report.jobs.items()} == {
        "first": "success",
        "forgiven": "success",
        "broken": "failure",
        "passed-over": "skipped",
        "behind": "success",
        "last": "success",
    }
    assert report.step("told").raw == "5 failure\n"
    assert report.conclusion is Conclusion.FAILURE


def test_env_and_defaults_have_three_levels(stage: "Stage") -> None:
    report = stage.run("""
on: push
env: {A: workflow, B: workflow, C: workflow}
defaults: {run: {working-directory: sub}}
jobs:
  it:
    runs-on: x
    env: {B: "job of ${{ github.actor }}", C: job}
    defaults: {run: {shell: bash}}
    steps:
      - {run: mkdir sub, working-directory: .}
      - {id: told, run: 'echo "$A/$B/$C ${PWD##*/}"; [[ $SHELLOPTS == *pipefail* ]]', env: {C: step}}
""")
    assert report.conclusion is Conclusion.SUCCESS
    assert report.step("told").raw == "workflow/job of grace/step sub\n"


def test_a_matrix_of_lists_runs_each_row(stage: "Stage") -> None:
    report = stage.run("""
on: push
jobs:
  it:
    runs-on: x
    strategy: {matrix: {a: [1, 2], b: [x]}}
    steps: [{run: 'echo ${{ matrix.a }}${{ matrix.b }}'}]
""")
    assert {name: job.raw for name, job in report.jobs.items()} == {"it (1, x)": "1x\n", "it (2, x)": "2x\n"}


def test_concurrency_is_evaluated(stage: "Stage") -> None:
    report = stage.run(f"""
on: push
concurrency: {{group: "mooring-${{{{ github.ref }}}}", cancel-in-progress: "${{{{ github.event_name != 'push' }}}}"}}
jobs:
  it: {{concurrency: plain, runs-on: x, steps: [{{run: exit 0}}]}}
  other: {JOB}
""")
    assert report.concurrency == Group("mooring-refs/heads/main", cancels=False)
    assert report.jobs["it"].concurrency == Group("plain", cancels=False)
    assert report.jobs["other"].concurrency is None


@pytest.mark.parametrize(
    ("workflow", "job", "pull", "statuses", "contents"),
    [
        ("", "", "none", "none", "read"),
        ("permissions: {}\n", "", "none", "none", "none"),
        ("permissions: {pull-requests: write}\n", "", "write", "none", "none"),
        ("permissions: read-all\n", "", "read", "read", "read"),
        ("permissions: write-all\n", "permissions: {contents: read, statuses: write}, ", "none", "write", "read"),
    ],
)
def test_a_jobs_token_has_its_permissions(
    stage: "Stage", workflow: str, job: str, pull: str, statuses: str, contents: str
) -> None:
    report = stage.run(f"on: push\n{workflow}jobs:\n  it: {{{job}runs-on: x, steps: [{{run: exit 0}}]}}\n")
    granted = report.jobs["it"].permissions
    found = [granted.get(name, "none") for name in ("pull-requests", "statuses", "contents")]
    assert found == [pull, statuses, contents]


COMMENT = """
on: [push, pull_request, pull_request_target]
permissions: {contents: write, issues: write, pull-requests: write}
jobs:
  it:
    runs-on: x
    steps:
      - {uses: actions/checkout@x, with: {fetch-depth: 0}}
      - {id: open, uses: ours/open-issue@v1, with: {token: "${{ secrets.GITHUB_TOKEN }}"}}
      - id: told
        if: always()
        run: |
          echo -n '${{ steps.open.outputs.status }} '
          git push -q origin HEAD:refs/heads/pushed 2> error && echo pushed || cat error
          echo "key=${{ secrets.KEY }} place=${{ vars.PLACE }}"
"""


def open_issue(context: StepContext) -> StepResult:
    """Ask the API with the token of the job."""
    url = f"{context.environment['GITHUB_API_URL']}/repos/{context.environment['GITHUB_REPOSITORY']}/issues"
    answer = requests.post(
        url, json={"title": "x"}, headers={"authorization": f"Bearer {context.inputs['token']}"}, timeout=9
    )
    return StepResult({"status": str(answer.status_code)})


def outcome(stage: "Stage", event: "Event") -> str:
    stage.with_secrets(KEY="made-up")
    stage.with_action("ours/open-issue", open_issue)
    stage.site = replace(stage.site, variables={"PLACE": "prod"})
    return stage.run(COMMENT, event).step("told").raw


def test_a_token_does_what_it_may(stage: "Stage") -> None:
    assert outcome(stage, stage.event()) == "201 pushed\nkey=made-up place=prod\n"


def test_a_pull_request_from_a_fork_reads_and_has_no_secrets(stage: "Stage") -> None:
    stage.branch("topic", {"a.yaml": b"x"})
    number = stage.person.open_pull_from_fork("topic", "Mine").number
    told = outcome(stage, pull_request(stage.hub, number, "opened", "mallory"))
    assert told.startswith("403 remote: Permission to acme/prompts.git denied to github-actions[bot].\n")
    assert told.endswith("key= place=\n")
    assert stage.bare.tip("pushed") is None


def test_pull_request_target_has_secrets_whoever_proposes(stage: "Stage") -> None:
    stage.branch("topic", {"a.yaml": b"x"})
    number = stage.person.open_pull_from_fork("topic", "Mine").number
    event = pull_request_target(stage.hub, number, "opened", "mallory")
    assert event.sha == stage.tip()
    assert outcome(stage, event) == "201 pushed\nkey=made-up place=prod\n"


def test_a_token_ends_with_its_job(stage: "Stage") -> None:
    stage.site = replace(stage.site, default_permissions=PERMISSIVE)
    report = stage.steps("- run: exit 0")
    assert report.jobs["it"].token not in stage.hub.tokens
    headers = {"authorization": f"Bearer {report.jobs['it'].token}"}
    assert requests.get(f"{stage.github.url}/repos/acme/prompts", headers=headers, timeout=9).status_code == 401
    assert Right.PULLS in stage.hub.tokens[stage.github.token].rights


def test_an_environment_has_secrets_of_its_own(stage: "Stage") -> None:
    stage.with_secrets(KEY="of the repository")
    stage.site = replace(stage.site, environments={"production": {"KEY": "of production"}})
    steps = "runs-on: x, steps: [{run: \"echo '${{ secrets.KEY }}'\"}]"
    report = stage.run(f"on: push\njobs:\n  a: {{{steps}}}\n  b: {{environment: {{name: production}}, {steps}}}\n")
    assert [job.raw for job in report.jobs.values()] == ["of the repository\n", "of production\n"]


def test_an_event_that_starts_nothing_says_why(stage: "Stage") -> None:
    stage.branch("topic", {"docs/x.md": b"x"})
    pull = stage.person.open_pull("topic", "Mine")
    source = f"on: {{pull_request: {{paths: ['prompts/**']}}}}\njobs: {{it: {JOB}}}\n"
    report = stage.run(source, pull_request(stage.hub, pull.number, "opened"))
    assert (report.started, report.jobs) == (False, {})
    assert "path" in report.why
    stage.person.write("topic", {"prompts/b.yaml": b"x"})
    assert stage.run(source, pull_request(stage.hub, pull.number)).started


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("jobs: {}", "on"),
        ("on: push", "jobs"),
        (f"on: push\njobs: {{it: {JOB}}}\nextra: 1", "extra"),
        ("on: push\njobs: {it: {steps: [{run: x}]}}", "runs-on"),
        ("on: push\njobs: {it: {runs-on: x}}", "steps"),
        ("on: push\njobs: {it: {runs-on: x, container: y, steps: [{run: x}]}}", "container"),
        ("on: push\njobs: {it: {runs-on: x, needs: no, steps: [{run: x}]}}", "'no'"),
        (
            "on: push\njobs: {a: {needs: b, runs-on: , steps: [{run: }]}, b: {needs: a, runs-on: , steps: [{run: y}]}}",
            "a, b",
        ),
        ("on: push\npermissions: {content: write}\njobs: {}", "jobs"),
        (f"on: push\npermissions: {{content: write}}\njobs: {{it: {JOB}}}", "content"),
        (f"on: push\npermissions: {{contents: all}}\njobs: {{it: {JOB}}}", "all"),
        ("on: push\njobs: {it: {runs-on: x, strategy: {matrix: {include: [{a: 1}]}}, steps: [{run: x}]}}", "include"),
        ("on: push\njobs: {it: {runs-on: x, if: env.A, steps: [{run: x}]}}", "env"),
        ("on: push\non: pull_request\njobs: {}", "given twice"),
    ],
)
def test_what_github_would_not_take_is_named(stage: "Stage", source: str, named: str) -> None:
    with pytest.raises(Invalid) as refused:
        stage.run(source)
    assert named in str(refused.value)
