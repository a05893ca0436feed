"""Is what mooring.yaml begins with valid, and what it offers as comments too?"""

import re

import pytest

from mooring.config import load_config
from mooring.scaffold import Answers, Ci, config_text

ADAPTERS = ["langfuse", "mlflow", "other"]


def answers(adapter: str, url: str = "https://platform.example.com") -> Answers:
    return Answers("acme", "prod", adapter, url, ("production", "staging"))


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_incidents_are_issues_where_the_jobs_may_open_them(adapter: str) -> None:
    text = config_text(answers(adapter), Ci.GITHUB)
    assert [one.notify for one in load_config(text.encode(), "mooring.yaml").alerts] == [None]
    offered, count = re.subn(r"^# (?=  )", "", text, flags=re.MULTILINE)
    issues, slack = load_config(offered.encode(), "mooring.yaml").alerts
    assert count == 2
    assert (issues.notify, issues.labels) == (None, None)
    assert (slack.notify is not None, slack.labels) == (True, ("production", "staging"))


@pytest.mark.parametrize(
    ("ci", "url"), [(Ci.GITLAB, "https://a.example"), (Ci.OTHER, "https://a.example"), (Ci.GITHUB, "sqlite:///a.db")]
)
def test_elsewhere_alerts_are_offered_as_comments(ci: Ci, url: str) -> None:
    text = config_text(answers("mlflow", url), ci)
    assert load_config(text.encode(), "mooring.yaml").alerts == ()
    offered, count = re.subn(r"^# ?(?=alerts:|  )", "", text, flags=re.MULTILINE)
    slack, issues = load_config(offered.encode(), "mooring.yaml").alerts
    assert count == 4
    assert (slack.notify is not None, slack.labels) == (True, ("production", "staging"))
    assert issues.notify is None
