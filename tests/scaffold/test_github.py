"""What may each job of the workflow do that `mooring init` writes, what does it see, and when does it run?"""

import re
from typing import Any

import pytest
import yaml

from mooring.scaffold import Answers, Place, workflow_text
from mooring.scaffold.github import PLAIN, workflow_path

HERE = Place("", "main", has_prompts=True)
BELOW = Place("services/shop/", "main", has_prompts=True, taken=frozenset({PLAIN}))
ADAPTERS = ["langfuse", "mlflow", "other"]
WRITES = {"contents": "write", "pull-requests": "write", "statuses": "write", "issues": "write"}
EVENTS = {"pull_request", "merge_group", "push", "schedule", "workflow_dispatch"}


def answers(adapter: str, url: str = "https://platform.example.com") -> Answers:
    return Answers("acme", "prod", adapter, url)


def written(adapter: str, place: Place = HERE) -> Any:
    """Read it; YAML 1.1 takes the key `on` for a boolean."""
    return yaml.safe_load(re.sub("^on:", "'on':", workflow_text(answers(adapter), place), flags=re.MULTILINE))


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_each_job_has_the_rights_that_it_needs_and_no_more(adapter: str) -> None:
    workflow = written(adapter)
    assert workflow["permissions"] == {}
    assert {name: job["permissions"] for name, job in workflow["jobs"].items()} == {
        "plan": {"contents": "read", "pull-requests": "write"},
        "sync": WRITES,
        "drift": WRITES,
        "by-hand": WRITES,
    }


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_each_event_starts_one_job_and_no_paths_keep_a_required_check_from_its_answer(adapter: str) -> None:
    workflow = written(adapter)
    asked = {name: re.findall(r"github\.event_name == '(\w+)'", job["if"]) for name, job in workflow["jobs"].items()}
    hinted = {"repository_dispatch"} if adapter == "langfuse" else set()
    assert sorted(event for events in asked.values() for event in events) == sorted(EVENTS | hinted)
    assert set(workflow["on"]) == EVENTS | hinted
    assert (workflow["on"]["pull_request"], workflow["on"]["merge_group"]) == (None, None)
    assert workflow["on"]["push"] == {"branches": ["main"]}


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_pull_request_sees_no_secret(adapter: str) -> None:
    jobs = written(adapter)["jobs"]
    assert not re.search(r"secrets\.", str(jobs["plan"]))
    if adapter != "other":
        assert all(re.search(r"secrets\.", str(jobs[name])) for name in jobs if name != "plan")


def test_nothing_that_langfuse_sends_is_used() -> None:
    assert "client_payload" not in workflow_text(answers("langfuse"), HERE)


def test_where_only_this_machine_reaches_the_platform_no_job_asks_it() -> None:
    text = workflow_text(answers("mlflow", "sqlite:///mlflow.db"), HERE)
    assert set(yaml.safe_load(text)["jobs"]) == {"plan"}
    assert "{{ secrets." not in text


def test_what_two_folders_of_one_repository_have_keeps_apart() -> None:
    first, second = written("mlflow"), written("mlflow", BELOW)
    assert workflow_path(answers("mlflow"), BELOW) == ".github/workflows/mooring-acme.yml"
    assert (first["name"], second["name"]) == ("mooring", "mooring-acme")
    folders = {job["steps"][-1]["with"]["working-directory"] for job in second["jobs"].values()}
    assert folders == {"services/shop"}
    groups = [job["concurrency"]["group"] for job in second["jobs"].values()]
    assert all("acme" in group for group in groups)
    assert len(set(groups)) == len(groups)
    names = {job["name"] for job in first["jobs"].values()} & {job["name"] for job in second["jobs"].values()}
    assert names == set()


def test_what_a_person_asks_for_by_hand_is_never_dropped_for_another() -> None:
    group = written("mlflow")["jobs"]["by-hand"]["concurrency"]["group"]
    assert group.endswith("${{ github.run_id }}")


def test_what_a_person_fills_in_is_what_the_action_takes() -> None:
    from pathlib import Path

    action = yaml.safe_load((Path(__file__).parents[2] / "action.yml").read_text(encoding="utf-8"))
    workflow = written("langfuse")
    form = workflow["on"]["workflow_dispatch"]["inputs"]
    given = workflow["jobs"]["by-hand"]["steps"][-1]["with"]
    assert set(form) <= set(action["inputs"])
    assert given == {name: f"${{{{ inputs.{name} }}}}" for name in form}


def test_the_commands_to_choose_from_are_those_of_the_action() -> None:
    from mooring.action.inputs import Command

    options = written("langfuse")["on"]["workflow_dispatch"]["inputs"]["command"]["options"]
    assert set(options) == set(Command) - {"validate", "plan", "doctor"}
    assert options[0] == "auto"  # what the form has chosen already: it looks, and only proposes
