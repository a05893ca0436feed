"""config/gitlab/mooring.gitlab-ci.yml as GitLab would read it: keywords, rules, and what keeps writes apart."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from mooring import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).parents[3]
FILE = ROOT / "config" / "gitlab" / "mooring.gitlab-ci.yml"

KEYWORDS = {
    "after_script", "allow_failure", "artifacts", "before_script", "cache", "coverage", "dependencies", "environment",
    "extends", "hooks", "id_tokens", "identity", "image", "inherit", "interruptible", "needs", "pages", "parallel",
    "release", "resource_group", "retry", "rules", "script", "secrets", "services", "stage", "tags", "timeout",
    "trigger", "variables", "when",
}  # fmt: skip
"""What a job may have: docs.gitlab.com, CI/CD YAML syntax reference."""

MAIN = {"CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main", "CI_PROJECT_ID": "7"}
SIDE = {**MAIN, "CI_COMMIT_BRANCH": "topic"}
MERGE = {"CI_DEFAULT_BRANCH": "main", "CI_PROJECT_ID": "7", "CI_MERGE_REQUEST_PROJECT_ID": "7"}


@pytest.fixture(scope="module")
def jobs(request: pytest.FixtureRequest) -> "Mapping[str, Any]":
    """The file's jobs, whole."""
    module: Any = request.config.pluginmanager.get_plugin(str(Path(__file__).parent / "conftest.py"))
    found: Mapping[str, Any] = module.read_jobs(FILE)[1]
    return found


@pytest.fixture(scope="module")
def holds(request: pytest.FixtureRequest) -> "Callable[[str, Mapping[str, str]], bool]":
    """The evaluator of rules."""
    module: Any = request.config.pluginmanager.get_plugin(str(Path(__file__).parent / "conftest.py"))
    found: Callable[[str, Mapping[str, str]], bool] = module.holds
    return found


@pytest.mark.parametrize(
    ("source", "more", "expected"),
    [
        ("merge_request_event", MERGE, {"mooring-validate", "mooring-plan"}),
        ("merge_request_event", {**MERGE, "CI_PROJECT_ID": "8"}, {"mooring-validate"}),
        ("push", MAIN, {"mooring-sync"}),
        ("push", SIDE, set()),
        ("push", {"CI_COMMIT_TAG": "v1", "CI_DEFAULT_BRANCH": "main"}, set()),
        ("schedule", MAIN, {"mooring-drift"}),
        ("schedule", SIDE, set()),
        ("trigger", MAIN, {"mooring-drift"}),
        ("web", MAIN, set()),
        ("web", {**MAIN, "MOORING_COMMAND": "drift"}, {"mooring-drift"}),
        ("web", {**MAIN, "MOORING_COMMAND": "sync"}, {"mooring-sync"}),
        ("web", {**MAIN, "MOORING_COMMAND": "resolve"}, {"mooring-resolve"}),
        ("web", {**MAIN, "MOORING_COMMAND": "rollback"}, {"mooring-rollback"}),
        ("web", {**SIDE, "MOORING_COMMAND": "rollback"}, set()),
        ("merge_request_event", {**MERGE, "MOORING_COMMAND": "rollback"}, {"mooring-validate", "mooring-plan"}),
    ],
)
def test_each_event_has_its_jobs(
    jobs: "Mapping[str, Any]",
    holds: "Callable[[str, Mapping[str, str]], bool]",
    source: str,
    more: dict[str, str],
    expected: set[str],
) -> None:
    known = {"MOORING_COMMAND": "none", "CI_PIPELINE_SOURCE": source, **more}
    assert {name for name, job in jobs.items() if any(holds(rule["if"], known) for rule in job["rules"])} == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("$A", True), ("$NONE", False), ("$EMPTY", False), ("$NONE == null", True), ("$EMPTY == null", False),
        ('$A == "a"', True), ("$A != 'a'", False), ("$A == $B", False), ("$A =~ /^[ab]$/", True), ("$A !~ /b/", True),
        ('$NONE && $A || $B == "b"', True), ('$NONE && ($A || $B == "b")', False),
    ],
)  # fmt: skip
def test_rules_mean_what_gitlab_says(
    holds: "Callable[[str, Mapping[str, str]], bool]", rule: str, expected: bool
) -> None:
    assert holds(rule, {"A": "a", "B": "b", "EMPTY": ""}) is expected


def test_jobs_have_known_keywords_alone_and_one_version(jobs: "Mapping[str, Any]") -> None:
    assert {key for job in jobs.values() for key in job} <= KEYWORDS
    assert {job["variables"]["MOORING_PACKAGE"] for job in jobs.values()} == {f"mooring=={__version__}"}
    assert {job["stage"] for job in jobs.values()} <= {"build", "test", "deploy"}  # there without `stages:`


def test_what_writes_is_never_cut_off_and_syncs_wait_for_each_other(jobs: "Mapping[str, Any]") -> None:
    for name, job in jobs.items():
        reads = name in {"mooring-validate", "mooring-plan"}
        assert job["interruptible"] is reads
        assert ("MOORING_GIT_TOKEN" in str(job["before_script"])) is not reads
    assert jobs["mooring-sync"]["resource_group"] == "mooring"
    assert "resource_group" not in jobs["mooring-rollback"]  # nobody waits at night


def test_whatever_a_person_gives_is_quoted(jobs: "Mapping[str, Any]") -> None:
    shellcheck = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}:/usr/bin:/usr/local/bin")
    for job in jobs.values():
        script = "\n".join(["#!/bin/sh", *job["before_script"], *job["script"]])
        for word in ("MOORING_ADDRESS", "MOORING_REASON", "MOORING_EXPECT", "MOORING_TO", "MOORING_FOLDER"):
            assert script.count(f"${word}") == script.count(f'"${word}"')
        if shellcheck is not None:
            done = subprocess.run([shellcheck, "-"], input=script, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout


def test_the_schema_that_gitlab_publishes_takes_it() -> None:
    checker = Path(sys.executable).parent / "check-jsonschema"
    if not checker.exists():
        pytest.skip("check-jsonschema is not installed")
    options = ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"]
    done = subprocess.run([checker, *options, FILE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_form_for_people_offers_what_the_rules_know() -> None:
    text = FILE.read_text(encoding="utf-8").replace("!reference ", "")
    form = yaml.safe_load(text)["variables"]
    assert all(one["description"] for one in form.values())
    assert set(form["MOORING_COMMAND"]["options"]) == {"none", "drift", "sync", "resolve", "rollback"}
