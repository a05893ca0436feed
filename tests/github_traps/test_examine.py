"""Does the doctor find GitHub's traps in a real work tree, with few requests, and without failing over them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mooring.cli import run
from mooring.core.check import Check, Health
from mooring.github.traps.reading import CAP
from mooring.scaffold import Answers, Place, copies, workflow_text
from mooring.testing.github.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.github_traps.conftest import Tree

PLAIN = "on: [pull_request, push]\njobs:\n  a:\n    steps:\n      - uses: o/mooring@v1\n"
PERSON = "ghp_" + "person" * 6


def named(checks: Iterable[Check], name: str) -> list[Check]:
    return [check for check in checks if check.name == name]


def healths(checks: Iterable[Check]) -> set[Health]:
    return {check.health for check in checks}


def paths(tree: Tree) -> list[str]:
    return [seen.path.removeprefix("/repos/acme/prompts") for seen in tree.github.requests]


def person(tree: Tree, *, is_administrator: bool = False) -> dict[str, str]:
    tree.github.allow(PERSON, login="ada")
    if is_administrator:
        tree.github.hub.settings.administrators.add("ada")
    return {**tree.github.environment, "GH_TOKEN": PERSON}


def test_four_requests_are_enough(tree: Tree) -> None:
    tree.workflow(PLAIN)
    tree.workflow(PLAIN, "second.yaml")
    tree.look(opens_issues=True)
    assert paths(tree) == ["", "/rules/branches/main", "/branches/main", "/actions/permissions/workflow"]
    assert tree.github.writes == ()


def test_a_branch_of_many_words_is_asked_for_whole(tree: Tree) -> None:
    tree.workflow(PLAIN)
    tree.look(branch="refs/heads/release/1 #2")
    assert "/rules/branches/release%2F1%20%232" in paths(tree)


def test_the_settings_of_the_repository_are_seen_by_an_administrator(tree: Tree) -> None:
    tree.workflow(PLAIN)
    hub = tree.github.hub
    hub.settings.required.add("a")
    hub.settings.has_merge_queue = hub.settings.asks_signatures = True
    hub.settings.is_private, hub.actions_may_propose, hub.has_issues = False, False, False
    found = tree.look(person(tree, is_administrator=True), opens_issues=True)
    assert [check.health for check in named(found, "GitHub settings")] == [Health.OK]
    assert healths(named(found, "permissions")) == {Health.WARN}
    for name in ("merge queue", "issues", "checks of proposals"):
        assert healths(named(found, name)) == {Health.WARN}, name
    assert [check.health for check in named(found, "proposals")] == [Health.WARN, Health.NOTE]
    assert [check.health for check in named(found, "required checks")] == [Health.OK]


def test_required_checks_of_the_older_protection_are_seen_too(tree: Tree) -> None:
    tree.workflow(PLAIN)
    tree.github.hub.settings.protected.add("a")
    assert [check.health for check in named(tree.look(), "required checks")] == [Health.OK]


@pytest.mark.parametrize("is_person", [True, False])
def test_what_administrators_alone_see_is_a_note_with_its_place(tree: Tree, *, is_person: bool) -> None:
    tree.workflow(PLAIN)
    found = tree.look(person(tree) if is_person else None)
    [allowed] = named(found, "proposals")
    assert (allowed.health, "cannot be seen from here" in allowed.message) == (Health.NOTE, True)
    assert "Settings -> Actions -> General" in allowed.fix
    assert healths(named(found, "permissions")) == {Health.NOTE}


@pytest.mark.parametrize(
    ("trouble", "said", "most"),
    [
        (Trouble.BAD_CREDENTIALS, "401", 1),
        (Trouble.NOT_FOUND, "404", 1),
        (Trouble.MOVED, "renamed", 1),
        (Trouble.LOGIN_PAGE, "not GitHub's", 1),
        (Trouble.PRIMARY_LIMIT, "limit", 4),
    ],
)
def test_a_host_that_says_no_is_a_note(tree: Tree, trouble: Trouble, said: str, most: int) -> None:
    tree.workflow(PLAIN)
    tree.github.troubles.plan(trouble, times=9)
    [check] = named(tree.look(), "GitHub settings")
    assert (check.health, said in check.message) == (Health.NOTE, True)
    assert len(tree.github.requests) <= most
    assert tree.github.token not in check.message


def test_rules_that_are_denied_are_a_note_and_the_rest_is_seen(tree: Tree) -> None:
    tree.workflow(PLAIN)
    tree.github.troubles.plan(Trouble.NOT_ACCESSIBLE, path="/rules/")
    found = tree.look(person(tree, is_administrator=True))
    [check] = named(found, "GitHub settings")
    assert (check.health, "rules for branches" in check.message) == (Health.NOTE, True)
    assert [check.health for check in named(found, "proposals")] == [Health.OK]


def test_a_limit_on_the_way_ends_the_questions(tree: Tree) -> None:
    tree.workflow(PLAIN)
    tree.github.troubles.plan(Trouble.PRIMARY_LIMIT, path="/rules/", times=9)
    found = tree.look()
    assert len(tree.github.requests) == 2
    assert healths(named(found, "GitHub settings")) == {Health.NOTE}


# --- which repositories ---------------------------------------------------------------------------------------


def test_elsewhere_without_workflows_nothing_is_said_or_asked(tree: Tree) -> None:
    tree.git("remote", "set-url", "origin", "https://gitlab.example/acme/prompts.git")
    assert tree.look() == ()
    assert tree.look({}) == ()
    assert paths(tree) == []


def test_elsewhere_workflows_are_read_and_nobody_is_asked(tree: Tree) -> None:
    tree.git("remote", "set-url", "origin", "https://gitlab.example/acme/prompts.git")
    tree.workflow(PLAIN)
    found = tree.look()
    assert named(found, "workflows")
    assert not named(found, "GitHub rules")
    assert paths(tree) == []


@pytest.mark.parametrize(
    ("url", "environment"),
    [
        ("git@github.com:acme/prompts.git", {}),
        ("ssh://git@ssh.github.com:443/acme/prompts.git", {}),
        ("https://git.example/acme/prompts.git", {"GITHUB_SERVER_URL": "https://git.example"}),
    ],
)
def test_github_is_known_by_its_address(tree: Tree, url: str, environment: dict[str, str]) -> None:
    tree.git("remote", "set-url", "origin", url)
    [workflows, rules] = tree.look(environment)
    assert (workflows.health, "mooring init" in workflows.fix) == (Health.NOTE, True)
    assert rules.name == "GitHub rules"
    assert not named(tree.look(environment, ledger=None), "GitHub rules")
    tree.workflow(PLAIN)
    [settings] = named(tree.look(environment), "GitHub settings")
    assert settings.fix == 'export GH_TOKEN="$(gh auth token)"'


# --- what is read ---------------------------------------------------------------------------------------------


def test_files_that_cannot_be_read_are_notes_beside_the_others(tree: Tree) -> None:
    tree.workflow("on: [push\n", "a-broken.yml")
    tree.workflow("#" * (CAP + 1), "b-long.yml")
    tree.workflow(PLAIN)
    tree.write("secret.yml", PLAIN)
    (tree.root / ".github" / "workflows" / "c-link.yml").symlink_to(tree.root / "secret.yml")
    (tree.root / ".github" / "workflows" / "d-folder.yml").mkdir()
    broken, long, fine = named(tree.look(), "workflows")
    assert "a-broken.yml was not looked at: line 2: this is not YAML" in broken.message
    assert "b-long.yml was not looked at" in long.message
    assert fine.message == "Mooring runs in .github/workflows/mooring.yml, job a"


def test_a_filter_of_paths_is_held_against_the_prompts_that_are_there(tree: Tree) -> None:
    tree.workflow("on: {push: {paths: [mooring.yaml, 'prompts/*.yaml']}}\n" + PLAIN.partition("\n")[2])
    [check] = named(tree.look(), "push filters")
    assert "a push that changes prompts/greet/v1.yaml alone starts no sync" in check.message


def _of_init() -> dict[str, str]:
    answers = Answers("shop", "prod", "langfuse", "https://langfuse.example")
    return {"mooring.yml": workflow_text(answers, Place("", "main", has_prompts=True))}


@pytest.mark.parametrize("ours", [_of_init(), copies()], ids=["init", "copies"])
def test_our_own_workflows_stand_in_front_of_no_trap(tree: Tree, ours: dict[str, str]) -> None:
    for name, text in ours.items():
        tree.workflow(text, name)
    tree.github.hub.settings.has_merge_queue = True
    found = tree.look(person(tree, is_administrator=True), branch="main", opens_issues=True)
    assert named(found, "workflows")[0].health is Health.OK
    assert [check for check in found if check.health not in {Health.OK, Health.NOTE}] == []
    notes = {check.name for check in found if check.health is Health.NOTE}
    assert notes == {"checks of proposals", "GitHub rules"}


def test_the_doctor_names_traps_and_ends_well(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = "{adapter: memory, url: 'memory:///platform.json', mode: upsert, labels: [production]}"
    alerts = "alerts:\n  - notify: github\n"
    tree.write("mooring.yaml", f"version: 1\nid: shop\nprompts: prompts/\n{alerts}targets:\n  local: {target}\n")
    tree.workflow("on: pull_request_target\n" + PLAIN.partition("\n")[2])
    tree.github.hub.has_issues = False
    monkeypatch.setenv("XDG_STATE_HOME", str(tree.root.parent))
    for name, value in tree.github.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("GITHUB_ACTIONS")
    assert run(["-C", str(tree.root), "doctor"]) == 0
    said = capsys.readouterr().out
    assert "! warning  pull_request_target  .github/workflows/mooring.yml, job a: runs on pull_request_target" in said
    assert "has issues switched off" in said
    assert tree.github.token not in said
