"""Is every step found that runs Mooring, and what it does on which event?"""

import pytest

from mooring.github.traps.reading import read_workflow
from mooring.github.traps.usage import Bearer, Use, uses_of

STEP = "on: {on}\nenv: {{{env}}}\njobs:\n  a:\n    steps:\n      - {step}\n"


def found(step: str, on: str = "push", env: str = "") -> list[Use]:
    text = STEP.format(step=step, on=on, env=env)
    return list(uses_of(read_workflow("w.yml", text.encode())))


def script(text: str) -> str:
    lines = "".join(f"          {line}\n" for line in text.split("\n"))
    return f"run: |\n{lines}"


@pytest.mark.parametrize(
    ("text", "verbs"),
    [
        ("mooring sync", ["sync"]),
        ("mooring -C sub sync -o text", ["sync"]),
        ("uvx mooring@1.2 drift", ["drift"]),
        ("uvx --from 'mooring[langfuse]' mooring adopt --by-policy", ["adopt"]),
        ("python3.12 -I -m mooring sync", ["sync"]),
        (".venv/bin/mooring plan --offline", ["plan"]),
        ("pip install mooring && mooring validate && mooring plan", ["validate", "plan"]),
        ("A=1 mooring sync", ["sync"]),
        ("mooring ${{ inputs.command }} x@y", ["chosen when the job starts"]),
        ("mooring \\\n  rollback x@y", ["rollback"]),
        ("(mooring drift; true)", ["drift"]),
        ("pip install mooring", []),
        ("# mooring sync", []),
        ("echo mooring sync", []),
        ("mooring init", []),
        ("./mooring-tool sync", []),
    ],
)
def test_commands_are_found_in_scripts(text: str, verbs: list[str]) -> None:
    assert [use.verb.value for use in found(script(text))] == verbs


@pytest.mark.parametrize(
    ("step", "verbs"),
    [
        ("uses: mooring-dev/mooring@v1", {"plan": {"pull_request"}, "sync": {"push"}}),
        ("{uses: mooring-dev/mooring@v1, if: github.event_name == 'push'}", {"sync": {"push"}}),
        ("{uses: mooring-dev/mooring@v1, with: {command: drift}}", {"drift": {"pull_request", "push"}}),
        (
            "{uses: o/mooring@v1, with: {command: '${{ inputs.x }}'}}",
            {"chosen when the job starts": {"pull_request", "push"}},
        ),
        ("uses: o/moorings@v1", {}),
        ("uses: ./", {}),
    ],
)
def test_the_action_does_what_the_event_asks_for(step: str, verbs: dict[str, set[str]]) -> None:
    assert {use.verb.value: set(use.events) for use in found(step, "[push, pull_request]")} == verbs


@pytest.mark.parametrize(
    ("event", "verbs"),
    [
        ("merge_group", ["plan"]),
        ("schedule", ["drift", "adopt"]),
        ("repository_dispatch", ["drift", "adopt"]),
        ("workflow_dispatch", ["drift", "adopt"]),
        ("workflow_call", ["chosen when the job starts"]),
        ("release", []),
    ],
)
def test_other_events_have_commands_of_their_own(event: str, verbs: list[str]) -> None:
    assert [use.verb.value for use in found("uses: o/mooring@v1", f"[{event}]")] == verbs


@pytest.mark.parametrize(
    ("step", "env", "bearer"),
    [
        ("uses: o/mooring@v1", "", Bearer.JOB),
        ("{uses: o/mooring@v1, with: {token: '${{ secrets.GITHUB_TOKEN }}'}}", "", Bearer.JOB),
        ("{uses: o/mooring@v1, with: {token: '${{ steps.app.outputs.token }}'}}", "", Bearer.OTHER),
        ("run: mooring sync", "", Bearer.NOBODY),
        ("run: mooring sync", "GITHUB_TOKEN: '${{github.token}}'", Bearer.JOB),
        (
            "{run: mooring sync, env: {GH_TOKEN: '${{ secrets.BOT }}'}}",
            "GITHUB_TOKEN: '${{github.token}}'",
            Bearer.OTHER,
        ),
    ],
)
def test_whose_token_it_is(step: str, env: str, bearer: Bearer) -> None:
    assert [use.bearer for use in found(step, env=env)] == [bearer]


@pytest.mark.parametrize(
    ("step", "on", "comments", "status"),
    [
        ("uses: o/mooring@v1", "pull_request", True, False),
        ("{uses: o/mooring@v1, with: {comment: false}}", "pull_request", False, False),
        ("uses: o/mooring@v1", "merge_group", False, False),
        ("uses: o/mooring@v1", "push", False, True),
        ("{uses: o/mooring@v1, with: {commit-status: 'false'}}", "push", False, False),
        ("run: mooring plan --offline --comment", "pull_request", True, False),
        ("run: mooring sync --commit-status", "push", False, True),
    ],
)
def test_what_is_told_to_github(step: str, on: str, *, comments: bool, status: bool) -> None:
    [use] = found(step, on)
    assert (use.comments, use.sets_status) == (comments, status)
