"""Is each trap named where it is, and nowhere else?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mooring.core.check import Check, Health
from mooring.github.traps.danger import danger
from mooring.github.traps.ground import Ground, Yaml, listed
from mooring.github.traps.queues import queues
from mooring.github.traps.rights import rights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mooring.github.traps.ground import Judge
    from mooring.github.traps.settings import Settings

JOB = "on: {on}\n{top}\njobs:\n  a:\n{job}    steps:\n{steps}"
ACTION = "uses: o/mooring@v1"
CHECKOUT = "uses: actions/checkout@v5"
TOKEN = "env: {GITHUB_TOKEN: '${{ github.token }}'}"
QUEUE = "concurrency: {group: g, cancel-in-progress: false}"
ALL = "permissions: {contents: write, pull-requests: write, statuses: write}"


def workflow(*steps: str, on: str = "push", top: str = "", job: str = "") -> str:
    lines = "".join(f"      - {{{step}}}\n" for step in steps)
    return JOB.format(on=on, top=top, job="".join(f"    {line}\n" for line in job.split("\n") if line), steps=lines)


def run(script: str) -> str:
    return f"run: '{script}', {TOKEN}"


def named(checks: Iterable[Check]) -> list[tuple[str, str]]:
    return [(check.name, check.health.value) for check in checks]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (workflow(ACTION), []),
        (workflow(ACTION, on="pull_request_target"), [("pull_request_target", "warn")]),
        (workflow("run: mooring plan", on="[pull_request_target, push]"), [("pull_request_target", "warn")]),
        (workflow(ACTION, on="[pull_request_target, push]", job="if: github.event_name == 'push'"), []),
        (
            workflow(f"{CHECKOUT}, with: {{ref: '${{{{ github.head_ref }}}}'}}", on="pull_request_target"),
            [("pull_request_target", "warn")],
        ),
        (workflow(CHECKOUT, "run: make label", on="pull_request_target"), []),
        (workflow(ACTION, job="env: {A: '${{ secrets.A }}'}"), [("secrets", "note")]),
        (workflow(ACTION, top="env: {A: 'x${{ secrets[github.ref] }}'}"), [("secrets", "note")]),
        (workflow(ACTION, job="env: {A: '${{ secrets.GITHUB_TOKEN }}'}"), []),
        (workflow(f"{ACTION}, env: {{A: '${{{{ secrets.A }}}}'}}"), []),
        (workflow(CHECKOUT, job="env: {A: '${{ secrets.A }}'}"), []),
        (workflow("run: 'A=${{ secrets.A }} mooring plan'"), [("secrets", "warn")]),
        (workflow("uses: o/mooring@main"), [("action", "note")]),
        (workflow("uses: o/mooring@0123456789012345678901234567890123456789", "uses: o/mooring@v1.2.3"), []),
        (
            workflow(f"{CHECKOUT}, with: {{persist-credentials: false}}", "run: mooring sync"),
            [("git login", "warn")],
        ),
        (workflow(f"{CHECKOUT}, with: {{persist-credentials: false}}", "run: mooring plan"), []),
        (workflow(f"{CHECKOUT}, with: {{persist-credentials: false}}", ACTION), []),
        (workflow(CHECKOUT, "run: mooring sync"), []),
    ],
)
def test_what_is_handed_out(make_ground: Callable[..., Ground], text: str, found: list[tuple[str, str]]) -> None:
    assert named(danger(make_ground(text))) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (workflow(ACTION, job=QUEUE), ["re-runs ok"]),
        (workflow(ACTION, top=QUEUE), ["re-runs ok"]),
        (workflow(ACTION), ["concurrency note", "re-runs ok"]),
        (workflow(ACTION, on="pull_request"), []),
        (workflow(run("mooring drift"), on="schedule"), []),
        (
            workflow(ACTION, top="concurrency: {group: g, cancel-in-progress: true}"),
            ["cancelled writes warn", "re-runs ok"],
        ),
        (workflow(ACTION, on="pull_request", top="concurrency: {group: g, cancel-in-progress: true}"), []),
        (
            workflow(
                ACTION,
                on="[push, pull_request]",
                top="concurrency: {group: g, cancel-in-progress: \"${{ github.event_name == 'pull_request' }}\"}",
            ),
            ["re-runs ok"],
        ),
        (
            workflow(ACTION, top="concurrency: {group: g, cancel-in-progress: \"${{ github.event_name == 'push' }}\"}"),
            ["cancelled writes warn", "re-runs ok"],
        ),
        (
            workflow(
                ACTION, top="concurrency: {group: g, cancel-in-progress: \"${{ github.ref != 'refs/heads/main' }}\"}"
            ),
            ["re-runs ok"],
        ),
        (workflow(ACTION, on="[schedule, workflow_dispatch]", top="concurrency: g"), []),
        (workflow(ACTION, on="[push, workflow_dispatch]", top="concurrency: g"), ["dropped runs note", "re-runs ok"]),
        (
            workflow(
                f"{ACTION}, with: {{command: '${{{{ inputs.x }}}}'}}",
                on="[push, workflow_dispatch]",
                top="concurrency: g",
            ),
            ["dropped runs note"],
        ),
        (workflow(ACTION, on="workflow_dispatch", top="concurrency: g"), []),
        (workflow(run("mooring rollback a@b"), on="workflow_dispatch"), ["concurrency note"]),
    ],
)
def test_what_becomes_of_a_write(make_ground: Callable[..., Ground], text: str, found: list[str]) -> None:
    assert [f"{check.name} {check.health}" for check in queues(make_ground(text))] == found


ISSUES = Yaml("main", (), opens_issues=True)
IN_A_FILE = Yaml("main", (), pushes_ledger=False)


@pytest.mark.parametrize(
    ("text", "yaml", "missing"),
    [
        (workflow(ACTION, job=ALL), None, ""),
        (workflow(ACTION, top=ALL), None, ""),
        (workflow(ACTION, top=ALL, job="permissions: {}"), None, "contents pull-requests statuses"),
        (workflow(ACTION, top="permissions: read-all"), None, "contents pull-requests statuses"),
        (workflow(ACTION, top=ALL), ISSUES, "issues"),
        (workflow(ACTION, on="pull_request", top="permissions: {contents: read}"), None, "pull-requests"),
        (workflow(ACTION, on="pull_request", top="permissions: {pull-requests: write}"), None, "contents"),
        (
            workflow(f"{ACTION}, with: {{comment: false}}", on="pull_request", top="permissions: {contents: read}"),
            None,
            "",
        ),
        (workflow(ACTION, on="merge_group", top="permissions: {contents: read}"), ISSUES, ""),
        (workflow(ACTION, on="schedule", top="permissions: {contents: write, pull-requests: write}"), None, "statuses"),
        (workflow(f"{ACTION}, with: {{token: x}}", top="permissions: {contents: read}"), ISSUES, ""),
        (workflow("run: mooring sync --commit-status", top="permissions: {contents: write}"), ISSUES, ""),
        (workflow(run("mooring sync"), top="permissions: {contents: write}"), None, "pull-requests"),
        (workflow(run("mooring drift"), top="permissions: {contents: read}"), None, "contents"),
        (workflow(run("mooring drift"), top="permissions: {contents: read}"), IN_A_FILE, ""),
        (
            workflow(f"{CHECKOUT}, with: {{ssh-key: x}}", "run: mooring sync", top="permissions: {contents: read}"),
            None,
            "",
        ),
    ],
)
def test_what_a_token_lacks(make_ground: Callable[..., Ground], text: str, yaml: Yaml | None, missing: str) -> None:
    checks = list(rights(make_ground(text, yaml)))
    assert [check.health for check in checks] == ([Health.WARN] if missing else [])
    said = [part.split(":")[0].removeprefix("without ") for part in _after(checks).split("; ")] if checks else []
    assert said == missing.split()


def test_the_way_out_is_all_that_the_job_needs(make_ground: Callable[..., Ground]) -> None:
    [check] = rights(make_ground(workflow(ACTION, top="permissions: {}"), ISSUES))
    assert check.fix == (
        "Write into the job: permissions: {contents: write, pull-requests: write, statuses: write, issues: write}"
    )
    assert check.message.startswith(".github/workflows/w.yml, job a: without contents: write the ledger")


def test_more_than_is_needed_is_a_note(make_ground: Callable[..., Ground]) -> None:
    [check] = rights(make_ground(workflow(ACTION, top="permissions: write-all")))
    assert (check.health, "write-all" in check.message) == (Health.NOTE, True)


@pytest.mark.parametrize(
    ("defaults", "health", "said"),
    [
        ("writes", Health.NOTE, "may write everything"),
        ("reads", Health.WARN, "states no permissions, and without contents: write"),
        ("unseen", Health.NOTE, "cannot be seen from here"),
    ],
)
def test_without_permissions_the_repository_decides(
    make_ground: Callable[..., Ground],
    settings_by_default: dict[str, Settings],
    defaults: str,
    health: Health,
    said: str,
) -> None:
    [check] = rights(make_ground(workflow(ACTION), None, settings_by_default[defaults]))
    assert check.health is health
    assert said in check.message


def test_a_plan_needs_no_more_than_a_job_may_by_default(make_ground: Callable[..., Ground]) -> None:
    assert not list(rights(make_ground(workflow("run: mooring plan", on="pull_request"))))


def test_each_job_is_named_once(make_ground: Callable[..., Ground]) -> None:
    judges: tuple[Judge, ...] = (danger, queues, rights)
    ground = make_ground(workflow("uses: o/mooring@x", "run: mooring sync", "run: mooring sync", top="permissions: {}"))
    assert all(check.message.count("job a") == 1 for judge in judges for check in judge(ground))


def test_of_many_only_some_are_named() -> None:
    assert listed("abc") == "a, b and c"
    assert listed("abcdefgh") == "a, b, c, d, e and 3 more"


def _after(checks: list[Check]) -> str:
    return checks[0].message.partition(": ")[2]
