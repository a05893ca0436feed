"""An event starts a workflow or does not, as `on` says."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from mooring.testing.actions.events import Event
from mooring.testing.actions.globs import chosen
from mooring.testing.actions.invalid import Invalid
from mooring.testing.actions.reading import read
from mooring.testing.actions.triggers import Facts, inputs_of, why_not
from mooring.testing.actions.values import Value

PUSH = Event("push", {}, "refs/heads/main", "1" * 40)
TAG = replace(PUSH, ref="refs/tags/v1.2")
PULL = Event("pull_request", {"action": "opened"}, "refs/pull/1/merge", "1" * 40, head_ref="topic", base_ref="main")
QUEUE = Event(
    "merge_group",
    {"action": "checks_requested", "merge_group": {"base_ref": "refs/heads/main"}},
    "refs/heads/gh-readonly-queue/main/pr-1",
    "1" * 40,
)
CRON = Event("schedule", {"schedule": "17 * * * *"}, "refs/heads/main", "1" * 40)
TOLD = Event("repository_dispatch", {"action": "langfuse-prompt-update"}, "refs/heads/main", "1" * 40)
BY_HAND = Event("workflow_dispatch", {"inputs": {}}, "refs/heads/main", "1" * 40)


def started(on: str, event: Event, changed: Sequence[str] = ("prompts/a.yaml",), message: str = "Edit") -> bool:
    return why_not(read(f"on: {on}\n")["on"], event, Facts(lambda: changed, lambda: message)) is None


@pytest.mark.parametrize(
    ("on", "event", "starts"),
    [
        ("push", PUSH, True),
        ("push", PULL, False),
        ("[push, pull_request]", PULL, True),
        ("{push: }", PUSH, True),
        ("{push: {branches: [main]}}", PUSH, True),
        ("{push: {branches: [release/**]}}", PUSH, False),
        ("{push: {branches: ['**', '!main']}}", PUSH, False),
        ("{push: {branches: ['!main', '**']}}", PUSH, True),
        ("{push: {branches-ignore: [main]}}", PUSH, False),
        ("{push: {branches-ignore: [other]}}", PUSH, True),
        ("{push: {branches: main}}", PUSH, True),
        # a filter of branches alone shuts tags out, and the other way round
        ("{push: {branches: ['**']}}", TAG, False),
        ("{push: {tags: ['v*']}}", PUSH, False),
        ("{push: {tags: ['v*']}}", TAG, True),
        ("{push: {tags-ignore: ['v*']}}", TAG, False),
        ("{push: {branches: [main], tags: ['v[0-9].[0-9]']}}", TAG, True),
        ("push", TAG, True),
        ("push", replace(PUSH, payload={"deleted": True}), False),
        # paths
        ("{push: {paths: ['prompts/**']}}", PUSH, True),
        ("{push: {paths: [docs/**]}}", PUSH, False),
        ("{push: {paths: ['**', '!prompts/**']}}", PUSH, False),
        ("{push: {paths-ignore: ['prompts/**']}}", PUSH, False),
        ("{push: {paths-ignore: ['**.md']}}", PUSH, True),
        ("{push: {branches: [main], paths: [docs/**]}}", PUSH, False),
        ("{push: {paths: [docs/**]}}", TAG, True),
        ("{pull_request: {paths: ['prompts/*.yaml']}}", PULL, True),
        ("{pull_request: {paths: ['*.yaml']}}", PULL, False),
        # activities
        ("pull_request", replace(PULL, payload={"action": "synchronize"}), True),
        ("pull_request", replace(PULL, payload={"action": "closed"}), False),
        ("{pull_request: {types: [closed]}}", replace(PULL, payload={"action": "closed"}), True),
        ("{pull_request: {types: [labeled, opened]}}", PULL, True),
        ("{pull_request: {types: closed}}", PULL, False),
        # the base branch is what counts, not the head
        ("{pull_request: {branches: [main]}}", PULL, True),
        ("{pull_request: {branches: [topic]}}", PULL, False),
        ("pull_request_target", replace(PULL, name="pull_request_target"), True),
        ("merge_group", QUEUE, True),
        ("{merge_group: {types: [checks_requested], branches: [main]}}", QUEUE, True),
        ("{merge_group: {branches: [release]}}", QUEUE, False),
        ("pull_request", QUEUE, False),
        ("{schedule: [{cron: '17 * * * *'}, {cron: '0 5 * * *'}]}", CRON, True),
        ("{schedule: [{cron: '0 5 * * *'}]}", CRON, False),
        ("workflow_dispatch", BY_HAND, True),
        ("repository_dispatch", TOLD, True),
        ("{repository_dispatch: {types: [langfuse-prompt-update]}}", TOLD, True),
        ("{repository_dispatch: {types: [other]}}", TOLD, False),
        # what a job's own token does
        ("pull_request", replace(PULL, actor="github-actions[bot]"), False),
        ("push", replace(PUSH, actor="github-actions[bot]"), False),
        ("workflow_dispatch", replace(BY_HAND, actor="github-actions[bot]"), True),
        ("repository_dispatch", replace(TOLD, actor="github-actions[bot]"), True),
    ],
)
def test_an_event_starts(on: str, event: Event, starts: bool) -> None:
    assert started(on, event) is starts


@pytest.mark.parametrize(
    ("event", "message", "starts"),
    [
        (PUSH, "Edit [skip ci]", False),
        (PULL, "[no ci] x", False),
        (TOLD, "Edit [skip ci]", True),
        (PUSH, "skip ci", True),
    ],
)
def test_a_message_may_skip_ci(event: Event, message: str, starts: bool) -> None:
    assert started("[push, pull_request, repository_dispatch]", event, message=message) is starts


@pytest.mark.parametrize(
    ("on", "event"),
    [
        ("{push: {branches: [a], branches-ignore: [b]}}", PUSH),
        ("{push: {paths: [a], paths-ignore: [b]}}", PUSH),
        ("{push: {branch: [a]}}", PUSH),
        ("{schedule: }", CRON),
        ("3", PUSH),
    ],
)
def test_what_github_would_not_take_is_refused(on: str, event: Event) -> None:
    with pytest.raises(Invalid):
        started(on, event)


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("feature/*", "feature/my-branch", True),
        ("feature/*", "feature/a/b", False),
        ("feature/**", "feature/a/b", True),
        ("main", "main2", False),
        ("*", "a/b", False),
        ("**", "a/b", True),
        ("*feature", "mona-feature", True),
        ("v[12].[0-9]+.[0-9]+", "v1.10.1", True),
        ("v[12].[0-9]+.[0-9]+", "v3.1.1", False),
        ("*.jsx?", "page.js", True),
        ("*.jsx?", "page.jsx", True),
        ("*.js", "app/index.js", False),
        ("**.js", "src/js/app.js", True),
        ("docs/**/*.md", "docs/README.md", True),
        ("docs/**/*.md", "docs/a/markdown/file.md", True),
        ("**/docs/**", "docs/hello.md", True),
        ("**/docs/**", "dir/docs/my-file.txt", True),
        ("**/README.md", "js/README.md", True),
        ("**/*src/**", "a/src/app.js", True),
        ("**/*-post.md", "path/their-post.md", True),
        (r"a\*b", "a*b", True),
        (r"a\*b", "axb", False),
        ("a.b", "axb", False),
    ],
)
def test_the_patterns_of_githubs_own_page(pattern: str, name: str, matches: bool) -> None:
    assert chosen([name], [pattern]) is matches


INPUTS = """
on:
  workflow_dispatch:
    inputs:
      command: {type: choice, options: [status, sync], default: status}
      kind: {type: choice, options: [a, b]}
      comment: {type: boolean, default: true}
      dry: {type: boolean}
      count: {type: number, default: 3}
      address: {description: Which}
"""
REQUIRED = "on: {workflow_dispatch: {inputs: {address: {required: true}}}}"


@pytest.mark.parametrize(
    ("source", "given", "inputs"),
    [
        (
            INPUTS,
            {},
            {"command": "status", "kind": "a", "comment": True, "dry": False, "count": 3.0, "address": ""},
        ),
        (
            INPUTS,
            {"command": "sync", "kind": "b", "comment": "false", "dry": "true", "count": "5", "address": "p@x"},
            {"command": "sync", "kind": "b", "comment": False, "dry": True, "count": 5.0, "address": "p@x"},
        ),
        (REQUIRED, {"address": "x"}, {"address": "x"}),
    ],
)
def test_inputs_have_their_types(source: str, given: dict[str, Value], inputs: dict[str, Value]) -> None:
    assert inputs_of(read(source)["on"], replace(BY_HAND, payload={"inputs": given})) == inputs


@pytest.mark.parametrize(
    ("source", "given"),
    [(INPUTS, {"command": "burn"}), (INPUTS, {"other": "x"}), (REQUIRED, {}), (REQUIRED, {"address": ""})],
)
def test_the_form_refuses(source: str, given: dict[str, Value]) -> None:
    with pytest.raises(Invalid):
        inputs_of(read(source)["on"], replace(BY_HAND, payload={"inputs": given}))


def test_other_events_have_no_inputs() -> None:
    assert inputs_of(read(INPUTS)["on"], PUSH) == {}
