"""Does what `mooring init` writes hold: rights of the workflow's jobs, and what mooring.yaml offers as comments?"""

import re

import pytest
import yaml

from mooring.config import load_config
from mooring.scaffold import Answers, Place, config_text, workflow_text

HERE = Place("", "main", has_prompts=True)
ADAPTERS = ["langfuse", "mlflow", "other"]
WRITES = {"contents": "write", "pull-requests": "write"}


def answers(adapter: str) -> Answers:
    return Answers("acme", "prod", adapter, "https://platform.example.com", ("production", "staging"))


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_each_job_has_the_rights_that_it_needs_and_no_more(adapter: str) -> None:
    workflow = yaml.safe_load(workflow_text(answers(adapter), HERE))
    assert workflow["permissions"] == {"contents": "read"}
    rights = {name: job.get("permissions") for name, job in workflow["jobs"].items()}
    assert rights == {"plan": None, "sync": WRITES, "drift": WRITES}


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_pull_request_sees_no_secret_and_the_others_may_open_one(adapter: str) -> None:
    jobs = yaml.safe_load(workflow_text(answers(adapter), HERE))["jobs"]
    assert jobs["plan"]["if"] == "github.event_name == 'pull_request'"
    assert not re.search(r"secrets\.|github\.token", str(jobs["plan"]))
    assert {jobs[name]["env"]["GITHUB_TOKEN"] for name in ("sync", "drift")} == {"${{ github.token }}"}


def test_what_the_policy_asks_for_is_proposed_whatever_the_look_for_drift_says() -> None:
    *_, look, propose = yaml.safe_load(workflow_text(answers("mlflow"), HERE))["jobs"]["drift"]["steps"]
    assert look["run"].startswith("mooring drift ")
    assert propose["run"].startswith("mooring adopt --by-policy ")
    assert propose["if"] == "success() || failure()"


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_the_alerts_that_are_offered_as_comments_are_valid_once_they_are_none(adapter: str) -> None:
    text = config_text(answers(adapter))
    assert load_config(text.encode(), "mooring.yaml").alerts == ()
    offered, count = re.subn(r"^# (?=alerts:|  )", "", text, flags=re.MULTILINE)
    slack, issues = load_config(offered.encode(), "mooring.yaml").alerts
    assert count == 4
    assert (slack.notify is not None, slack.labels) == (True, ("production", "staging"))
    assert issues.notify is None
