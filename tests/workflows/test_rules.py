"""What holds for every workflow: ours, those to copy, and what `mooring init` writes?"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mooring.scaffold import Answers, Place, copies, workflow_text

ROOT = Path(__file__).parents[2]
HERE = Place("", "main", has_prompts=True)
OURS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / ".github" / "workflows").glob("*.yml")}
COPIES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "config" / "github").glob("*.yml")}
WRITTEN = {
    f"init-{adapter}": workflow_text(Answers("acme", "prod", adapter, "https://a.example"), HERE)
    for adapter in ("langfuse", "mlflow", "else")
}
ALL = OURS | COPIES | WRITTEN
USERS = COPIES | WRITTEN


def jobs(text: str) -> Iterator[dict[str, Any]]:
    yield from yaml.safe_load(text)["jobs"].values()


def steps(text: str) -> Iterator[dict[str, Any]]:
    for job in jobs(text):
        yield from job.get("steps", [])


def test_the_files_to_copy_are_made_from_what_init_writes() -> None:
    """`make docs` writes them."""
    assert dict(copies()) == COPIES


@pytest.mark.parametrize("name", COPIES)
def test_a_file_to_copy_says_first_what_it_does_and_which_secrets_it_wants(name: str) -> None:
    does, wants, *_ = COPIES[name].splitlines()
    named = set(re.findall(r"secrets\.(\w+)", COPIES[name]))
    assert does.startswith("# ")
    assert wants.startswith("# It wants ")
    assert all(secret in wants for secret in named)
    assert bool(named) is (name != "pull-request.yml")


@pytest.mark.parametrize("name", ALL)
def test_each_job_states_its_rights_and_its_end(name: str) -> None:
    assert yaml.safe_load(ALL[name])["permissions"] == {}
    for job in jobs(ALL[name]):
        assert "permissions" in job
        assert "timeout-minutes" in job or job.get("uses", "").startswith("./")


@pytest.mark.parametrize("name", ALL)
def test_everything_foreign_is_pinned_by_hash_with_its_version_beside_it(name: str) -> None:
    for action, comment in re.findall(r"\buses: (\S+)(.*)", ALL[name]):
        foreign = not action.startswith("./") and action != "mooring-dev/mooring@v1"
        assert not foreign or re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action + comment), action


@pytest.mark.parametrize("name", ALL)
def test_no_checkout_leaves_a_token_behind(name: str) -> None:
    found = [step["with"] for step in steps(ALL[name]) if step.get("uses", "").startswith("actions/checkout@")]
    assert all(each["persist-credentials"] is False for each in found)


@pytest.mark.parametrize("name", ALL)
def test_one_hash_stands_for_one_action_everywhere(name: str) -> None:
    everywhere = "\n".join(ALL.values()) + (ROOT / "action.yml").read_text(encoding="utf-8")
    for action in set(re.findall(r"\buses: ([\w-]+/[\w-]+)", ALL[name])):
        assert len(set(re.findall(rf"\buses: {action}(?:/\w+)?(@.*)", everywhere))) == 1, action


@pytest.mark.parametrize("name", USERS)
def test_secrets_are_in_the_env_of_the_step_that_uses_the_action_and_nowhere_else(name: str) -> None:
    without = yaml.safe_load(USERS[name])
    for job in without["jobs"].values():
        for step in job["steps"]:
            if step["uses"] == "mooring-dev/mooring@v1":
                step.pop("env", None)
    assert "secrets." not in yaml.safe_dump(without)


@pytest.mark.parametrize("name", USERS)
def test_no_run_is_ever_cut_off_by_a_newer_one(name: str) -> None:
    assert [job["concurrency"]["cancel-in-progress"] for job in jobs(USERS[name])] == [False] * len(
        list(jobs(USERS[name]))
    )


@pytest.mark.parametrize("name", ALL)
def test_no_workflow_runs_strangers_code_with_secrets(name: str) -> None:
    assert "pull_request_target" not in ALL[name]
    assert "workflow_run" not in ALL[name]


def test_what_langfuse_starts_waits_for_the_schedule_and_uses_nothing_that_it_was_sent() -> None:
    groups = {job["concurrency"]["group"] for name in ("langfuse.yml", "schedule.yml") for job in jobs(COPIES[name])}
    assert len(groups) == 1
    assert "github.event" not in COPIES["langfuse.yml"]


def test_only_the_job_that_publishes_can_say_who_it_is() -> None:
    release = yaml.safe_load(OURS["release.yml"])["jobs"]
    assert [name for name, job in release.items() if "id-token" in job["permissions"]] == ["publish"]
    assert release["publish"]["environment"] == "pypi"
    assert not any("run" in step or "checkout" in step["uses"] for step in release["publish"]["steps"])
    assert not any("cache" in str(step) for job in release.values() for step in job.get("steps", []))


def test_a_release_waits_for_all_that_could_stop_it() -> None:
    release = yaml.safe_load(OURS["release.yml"])["jobs"]
    assert set(release["publish"]["needs"]) == set(release) - {"publish", "show"}
    checks = yaml.safe_load(OURS["checks.yml"])["jobs"]
    assert set(checks["passed"]["needs"]) == set(checks) - {"passed"}
    assert checks["passed"]["steps"][0]["run"].count("success") == len(checks) - 1


def test_the_locks_name_no_registry() -> None:
    for name in ("package-lock.json", "package.json"):
        text = (ROOT / "tests" / "workflows" / "node" / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert "resolved" not in text
