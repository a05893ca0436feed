"""Is what GitHub requires and allows read as it answers, and held against what the workflows do?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mooring.core.check import Check, Health
from mooring.github.traps import settings
from mooring.github.traps.ground import Yaml
from mooring.github.traps.hosting import hosting
from mooring.github.traps.ledger import ledger_rules
from mooring.github.traps.proposals import proposals
from mooring.github.traps.required import required
from mooring.github.traps.settings import About, Defaults, Rules, Settings, Unseen
from mooring.github.traps.triggers import triggers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mooring.github.traps.ground import Ground

JOB = "on: {on}\njobs:\n  plan:\n    name: {name}\n    steps:\n      - {{uses: o/mooring@v1{more}}}\n"
PULLS = "{pull_request: , push: }"
PUBLIC = About("acme/prompts", "main", is_private=False, is_fork=False, has_issues=True)
HIDDEN = Unseen("Nobody says.")


def workflow(on: str = PULLS, name: str = "plan", more: str = "") -> str:
    return JOB.format(on=on, name=name, more=more)


def told(checks: Iterable[Check]) -> list[str]:
    return [f"{check.name} {check.health}" for check in checks]


# --- when workflows run -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "rules", "found"),
    [
        (PULLS, Rules(), []),
        ("{pull_request: {paths: [prompts/**]}}", Rules(), []),
        ("{pull_request: {paths: [prompts/**]}}", Rules(frozenset({"other"})), []),
        ("{pull_request: {paths: [prompts/**]}}", Rules(frozenset({"plan"})), ["path filters warn"]),
        ("{pull_request: {paths-ignore: [docs/**]}}", Rules(frozenset({"plan"})), ["path filters warn"]),
        ("{pull_request: {paths: [prompts/**]}}", None, ["path filters warn"]),
        (PULLS, Rules(has_merge_queue=True), ["merge queue warn"]),
        ("[pull_request, merge_group]", Rules(has_merge_queue=True), ["merge queue ok"]),
        ("push", Rules(has_merge_queue=True), []),
        (PULLS, None, []),
        ("{push: {branches: [main]}}", Rules(), []),
        ("{push: {branches: ['m*']}}", Rules(), []),
        ("{push: {branches: [master]}}", Rules(), ["push filters warn"]),
        ("{push: {branches-ignore: [main]}}", Rules(), ["push filters warn"]),
        ("{push: {tags: ['v*']}}", Rules(), ["push filters warn"]),
        ("{push: {paths: [mooring.yaml, prompts/**]}}", Rules(), []),
        ("{push: {paths: [prompts/**]}}", Rules(), ["push filters warn"]),
        ("{push: {paths: [mooring.yaml, 'prompts/*.yaml']}}", Rules(), ["push filters warn"]),
        ("{push: {paths-ignore: ['**.md']}}", Rules(), []),
        ("{schedule: [{cron: '1 * * * *'}]}", Rules(), []),
    ],
)
def test_what_keeps_a_workflow_from_running(
    make_ground: Callable[..., Ground],
    make_settings: Callable[..., Settings],
    on: str,
    rules: Rules | None,
    found: list[str],
) -> None:
    known = make_settings(rules=rules) if rules is not None else replace(make_settings(), rules=HIDDEN)
    yaml = Yaml("main", ("mooring.yaml", "prompts/greet/v1.yaml"))
    assert told(triggers(make_ground(workflow(on), yaml, known))) == found


def test_a_filter_of_paths_is_held_against_required_checks_by_name(
    make_ground: Callable[..., Ground], make_settings: Callable[..., Settings]
) -> None:
    on = "{pull_request: {paths: [x]}}"
    [known] = triggers(make_ground(workflow(on), None, make_settings(protection="plan")))
    assert known.message.endswith("plan is required here")
    [hidden] = triggers(make_ground(workflow(on), None, settings.unseen(HIDDEN)))
    assert hidden.message.endswith("Whether one is required cannot be seen from here")


def test_a_queue_that_waits_is_named_with_the_check_it_waits_for(
    make_ground: Callable[..., Ground], make_settings: Callable[..., Settings]
) -> None:
    rules = Rules(frozenset({"plan"}), has_merge_queue=True)
    [check] = triggers(make_ground(workflow(), None, make_settings(rules=rules)))
    assert "the queue waits for plan until it gives up" in check.message


def test_a_branch_that_nobody_knows_is_held_against_no_filter(make_ground: Callable[..., Ground]) -> None:
    assert not list(triggers(make_ground(workflow("{push: {branches: [x]}}"), Yaml(None, ()))))


@pytest.mark.parametrize(
    ("about", "branch", "more", "found"),
    [
        (replace(PUBLIC, is_private=True), "main", "", []),
        (replace(PUBLIC, is_private=True), None, "", []),
        (PUBLIC, "main", "", ["schedule note"]),
        (replace(PUBLIC, is_fork=True), "main", "", ["schedule note"]),
        (replace(PUBLIC, is_private=True), "release", "", ["schedule warn"]),
        (
            replace(PUBLIC, is_private=True),
            "release",
            "}\n      - {uses: actions/checkout@v5, with: {ref: release}",
            [],
        ),
        (HIDDEN, "release", "", ["schedule note"]),
    ],
)
def test_a_schedule_is_the_default_branchs_alone(
    make_ground: Callable[..., Ground], about: About | Unseen, branch: str | None, more: str, found: list[str]
) -> None:
    text = workflow("{schedule: [{cron: '1 * * * *'}]}", more=more)
    known = replace(settings.unseen(HIDDEN), about=about)
    assert told(triggers(make_ground(text, Yaml(branch, ()), known))) == found


# --- required checks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "name", "context", "found"),
    [
        (PULLS, "plan", "plan", ["required checks ok"]),
        (PULLS, "plan", "plan (3.12, linux)", ["required checks ok"]),
        (PULLS, "plan", "plan / inner", ["required checks ok"]),
        (PULLS, "'plan ${{ matrix.a }} of ${{ matrix.b }}!'", "plan 1 of 2!", ["required checks ok"]),
        (PULLS, "'plan ${{ matrix.a }} of ${{ matrix.b }}!'", "plan 1 of 2", ["required checks note"]),
        (PULLS, "'plan ${{ matrix.a }} of ${{ matrix.b }}!'", "plan 1", ["required checks note"]),
        (PULLS, "'${{ matrix.a }}'", "anything", ["required checks note"]),
        (PULLS, "plan", "planning", ["required checks note"]),
        (PULLS, "plan", "mooring/shop/sync", ["required checks warn"]),
        ("push", "plan", "plan", ["required checks warn"]),
        (PULLS, "plan", "", []),
    ],
)
def test_who_reports_what_is_required(
    make_ground: Callable[..., Ground],
    make_settings: Callable[..., Settings],
    on: str,
    name: str,
    context: str,
    found: list[str],
) -> None:
    rules = Rules(frozenset({context} - {""}))
    assert told(required(make_ground(workflow(on, name), None, make_settings(rules=rules)))) == found


def test_checks_of_others_are_named_together(
    make_ground: Callable[..., Ground], make_settings: Callable[..., Settings]
) -> None:
    [check] = required(make_ground(workflow(), None, make_settings(protection="b a")))
    assert check.message.startswith("a and b must pass")


# --- pull requests of jobs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("defaults", "rules", "more", "found"),
    [
        (True, Rules(), "", ["proposals ok", "checks of proposals note"]),
        (False, Rules(), "", ["proposals warn", "checks of proposals note"]),
        (None, Rules(), "", ["proposals note", "checks of proposals note"]),
        (True, Rules(frozenset({"plan"})), "", ["proposals ok", "checks of proposals warn"]),
        (False, Rules(frozenset({"plan"})), ", with: {token: x}", ["proposals ok"]),
        (
            True,
            Rules(asks_signatures=True),
            "",
            ["proposals ok", "checks of proposals note", "proposals note"],
        ),
    ],
)
def test_what_becomes_of_a_proposal(
    make_ground: Callable[..., Ground],
    make_settings: Callable[..., Settings],
    *,
    defaults: bool | None,
    rules: Rules,
    more: str,
    found: list[str],
) -> None:
    known = HIDDEN if defaults is None else Defaults(writes=False, may_propose=defaults)
    ground = make_ground(workflow(more=more), None, replace(make_settings(rules=rules), defaults=known))
    assert told(proposals(ground)) == found


def test_who_proposes_nothing_hears_nothing(make_ground: Callable[..., Ground]) -> None:
    assert not list(proposals(make_ground(workflow("pull_request"))))


def test_the_setting_is_named_as_github_names_it(
    make_ground: Callable[..., Ground], make_settings: Callable[..., Settings]
) -> None:
    known = make_settings(defaults=Defaults(writes=False, may_propose=False))
    refused, _ = proposals(make_ground(workflow(), None, known))
    assert '"Allow GitHub Actions to create and approve pull requests"' in refused.fix


# --- the repository -------------------------------------------------------------------------------------------


def test_alerts_as_issues_need_issues(
    make_ground: Callable[..., Ground], make_settings: Callable[..., Settings]
) -> None:
    without = make_settings(about=replace(PUBLIC, has_issues=False))
    yaml = Yaml("main", (), opens_issues=True)
    assert told(hosting(make_ground(workflow(), yaml, without))) == ["GitHub settings ok", "issues warn"]
    assert told(hosting(make_ground(workflow(), yaml, make_settings()))) == ["GitHub settings ok"]
    assert told(hosting(make_ground(workflow(), None, without))) == ["GitHub settings ok"]


def test_what_is_hidden_is_said_to_be(
    make_ground: Callable[..., Ground], make_settings: Callable[..., Settings]
) -> None:
    [nothing] = hosting(make_ground(workflow(), None, settings.unseen(HIDDEN)))
    assert (nothing.health, nothing.message) == (Health.NOTE, "They cannot be seen from here. Nobody says.")
    part = replace(make_settings(), rules=HIDDEN)
    assert told(hosting(make_ground(workflow(), None, part))) == ["GitHub settings note"]


@pytest.mark.parametrize(
    ("prefix", "said"),
    [
        ("refs/mooring", "do not cover refs/mooring"),
        ("refs/heads/mooring-ledger", "covers refs/heads/mooring-ledger stops the ledger"),
    ],
)
def test_rules_that_reach_the_ledger(prefix: str, said: str) -> None:
    check = ledger_rules(prefix)
    assert check.health is Health.NOTE
    assert said in check.message


# --- GitHub's answers -----------------------------------------------------------------------------------------


def test_an_answer_about_the_repository() -> None:
    whole: dict[str, Any] = {"full_name": "a/b", "default_branch": "main", "private": True, "has_issues": False}
    assert settings.about(whole) == About("a/b", "main", is_private=True, is_fork=False, has_issues=False)
    odd: list[object] = [{}, [], None, {"full_name": "a/b"}, {"full_name": "a/b", "default_branch": 1}]
    assert {type(settings.about(one)) for one in odd} == {Unseen}


def test_answers_about_rules() -> None:
    checks = {"required_status_checks": [{"context": "a"}, {"context": 1}, "b", {"context": "c", "integration_id": 1}]}
    found = [
        {"type": "required_status_checks", "parameters": checks},
        {"type": "required_status_checks", "parameters": {"required_status_checks": [{"context": "d"}]}},
        {"type": "merge_queue", "parameters": {}},
        {"type": "required_signatures"},
        {"type": "required_status_checks"},
        {"type": 1},
        "odd",
    ]
    assert settings.rules(found) == Rules(frozenset("acd"), has_merge_queue=True, asks_signatures=True)
    assert settings.rules([]) == Rules()


@pytest.mark.parametrize(
    ("answer", "contexts"),
    [
        ({"protection": {"required_status_checks": {"contexts": ["a", 1]}}}, {"a"}),
        ({"protection": {"enabled": False}}, set()),
        ({"protected": False}, set()),
        ([], set()),
    ],
)
def test_answers_about_a_branch(answer: object, contexts: set[str]) -> None:
    assert settings.protection(answer) == contexts


def test_answers_about_the_token_of_jobs() -> None:
    whole = {"default_workflow_permissions": "write", "can_approve_pull_request_reviews": False}
    assert settings.defaults(whole) == Defaults(writes=True, may_propose=False)
    assert isinstance(settings.defaults({"default_workflow_permissions": "write"}), Unseen)


def test_required_checks_of_both_kinds_count_together() -> None:
    known = Settings(HIDDEN, Rules(frozenset("a")), frozenset("b"), HIDDEN)
    assert known.required == {"a", "b"}
    assert known.knows_required
    assert settings.unseen(HIDDEN).required == set()
    assert not replace(known, protection=HIDDEN).knows_required
