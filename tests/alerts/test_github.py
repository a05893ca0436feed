"""Alerts as issues on GitHub: the real client against a fake GitHub that fails as the real one does."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mooring.alerts.sinks import sinks_of
from mooring.config import AlertConfig
from mooring.core.observation import Observation
from mooring.core.report import Report
from mooring.github.client import GitHub
from mooring.github.discovery import Place
from mooring.testing.clock import ManualClock
from mooring.testing.github.serve import Served, serve
from mooring.testing.github.trouble import Trouble

if TYPE_CHECKING:
    from tests.alerts.conftest import Runner

See = Callable[..., Observation]
Reported = Callable[..., Report]


@pytest.fixture
def hub(tmp_path: Path, filed: "Runner", clock: ManualClock) -> Iterator[Served]:
    """The fake, with a runner that opens issues there."""
    with serve(tmp_path / "hub.git") as served:
        client = GitHub(Place(served.url, served.repository, served.token), clock)
        filed.sinks = sinks_of((AlertConfig(None),), {}, client)
        yield served


def states(hub: Served) -> list[tuple[str, int]]:
    return [(one.state, len(one.comments)) for one in hub.hub.issues.values()]


def test_the_life_of_an_incident_is_one_issue(
    filed: "Runner", hub: Served, clock: ManualClock, look: See, report: Reported
) -> None:
    for live, minutes in (("2", 0), ("2", 0), ("3", 0), ("3", 60), ("1", 0), ("1", 0)):
        clock.advance(60 * minutes)
        assert filed.tell(report(look(live=live))) == ()
    (issue,) = hub.hub.issues.values()
    assert issue.title == "greet (production) on prod: platform ahead"
    assert issue.labels == ["mooring"]
    assert states(hub) == [("closed", 3)]


@pytest.mark.parametrize("trouble", [Trouble.LOST, Trouble.DROPPED, Trouble.UNAVAILABLE, Trouble.SECONDARY_LIMIT])
@pytest.mark.parametrize("path", ["/issues", "/comments"])
def test_trouble_in_the_middle_loses_and_doubles_no_issue(
    filed: "Runner", hub: Served, clock: ManualClock, look: See, report: Reported, trouble: Trouble, path: str
) -> None:
    hub.troubles.plan(trouble, times=4, verb="POST", path=path)
    hub.troubles.plan(trouble, verb="PATCH")
    for live in "2222111111":
        filed.tell(report(look(live=live)))
        clock.advance(1800)
    assert [state for state, _ in states(hub)] == ["closed"]


def test_what_passed_while_github_was_down_is_one_issue_that_is_closed(
    filed: "Runner", hub: Served, clock: ManualClock, look: See, report: Reported
) -> None:
    hub.troubles.plan(Trouble.UNAVAILABLE, times=12, path="/issues")
    filed.tell(report(look(live="2")))
    assert hub.hub.issues == {}
    hub.troubles.plan(Trouble.LOST, verb="PATCH")
    for _ in range(8):
        clock.advance(3600)
        filed.tell(report(look()))
    assert [state for state, _ in states(hub)] == ["closed"]


def test_a_token_that_may_not_is_said_and_not_shown(filed: "Runner", hub: Served, look: See, report: Reported) -> None:
    hub.troubles.plan(Trouble.NOT_ACCESSIBLE, times=50)
    (finding,) = filed.tell(report(look(live="2")))
    assert "github could not be told of prod" in finding.message
    assert hub.token not in str(finding)
