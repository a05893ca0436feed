"""Apprise against a real web server, issues on a Git host, and sinks that cannot be used."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mooring.alerts import sinks as sinks_module
from mooring.alerts.apprise_sink import AppriseSink
from mooring.alerts.issues import IssueSink
from mooring.alerts.sinks import Letter, SinkDown, Unready, sinks_of
from mooring.config import AlertConfig
from mooring.config.types import FromEnvironment
from mooring.core.address import UNKNOWN
from mooring.core.finding import Finding
from mooring.core.incident import Listener
from mooring.core.observation import Observation
from mooring.core.report import Report
from mooring.core.state import State
from mooring.ports import Forge, ForgeError
from mooring.testing.clock import ManualClock

if TYPE_CHECKING:
    from tests.alerts.conftest import MemoryForge, Runner, Webhook

See = Callable[..., Observation]
Reported = Callable[..., Report]
SLACK = FromEnvironment("SLACK_URL", "mooring.yaml", 30)
SECRET = "s3cret-token"


def host(forge: "MemoryForge") -> Forge:
    return forge  # type: ignore[return-value]  # alerting needs a part of the port


@pytest.fixture
def hooked(filed: "Runner", webhook: "Webhook") -> "Runner":
    filed.sinks = sinks_of((AlertConfig(SLACK),), {"SLACK_URL": webhook.url}, None)
    return filed


# --- Apprise ----------------------------------------------------------------------------------------------------------


def test_apprise_is_told_what_who_since_when_how_grave_a_link_and_one_command(
    hooked: "Runner", webhook: "Webhook", look: See, report: Reported
) -> None:
    hooked.tell(report(look(live="2")))
    hooked.tell(report(look()))
    opened, resolved = webhook.got
    assert opened["title"] == "greet (production) on prod: platform ahead"
    assert opened["type"] == "failure"
    assert opened["message"].splitlines() == [
        "What: The platform serves content that Git never reviewed",
        "Where: prompt greet; label production; target prod",
        "Seen since: 2026-01-01 00:00 UTC",
        "Who: Ann (the live version was made 2025-12-31 23:00 UTC)",
        "How grave: failure: gates fail",
        "Hashes: Git 111111111111, live 222222222222",
        "Link: https://platform.example/prompts/greet?version=7",
        'Type: mooring adopt prod:greet@"production"',
    ]
    assert resolved["title"] == "Resolved: greet (production) on prod: platform ahead"
    assert resolved["type"] == "success"
    assert resolved["message"].splitlines() == [
        "What: The platform serves content that Git never reviewed. It is over",
        "Open: 2026-01-01 00:00 UTC to 2026-01-01 00:00 UTC",
    ]


@pytest.mark.parametrize("status", [429, 500])
def test_a_service_that_refuses_for_an_hour_is_told_everything_once_when_it_is_back(
    hooked: "Runner", webhook: "Webhook", clock: ManualClock, look: See, report: Reported, status: int
) -> None:
    webhook.status = status
    for _ in range(10):
        findings = hooked.tell(report(look(live="2")))
        clock.advance(360)
    assert "SLACK_URL could not be told of prod" in findings[0].message
    assert webhook.asked < 9
    webhook.status = 200
    clock.advance(3600)
    assert hooked.tell(report(look(live="2"))) == ()
    assert hooked.tell(report(look(live="2"))) == ()
    assert [one["title"] for one in webhook.got] == ["greet (production) on prod: platform ahead"]


def test_a_service_that_does_not_answer_holds_nobody_up(
    hooked: "Runner", webhook: "Webhook", look: See, report: Reported
) -> None:
    webhook.status = 0
    sink = hooked.sinks[0]
    assert isinstance(sink, AppriseSink)
    hooked.sinks = (replace(sink, takes=0.05),)
    findings = hooked.tell(report(look(live="2"), look("other", "2")))
    assert "it did not answer in 0 s" in findings[0].message


@pytest.mark.parametrize("status", [200, 500])
def test_no_log_no_finding_and_no_repr_holds_the_url(
    hooked: "Runner",
    webhook: "Webhook",
    look: See,
    report: Reported,
    status: int,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    webhook.status = status
    with caplog.at_level(logging.NOTSET):
        findings = hooked.tell(report(look(live="2")))
    assert webhook.asked == 1
    said = f"{caplog.text}{capfd.readouterr()}{findings}{hooked.sinks!r}{hooked.book()!r}"
    assert SECRET not in said
    assert "127.0.0.1" not in said


def test_a_service_that_cannot_be_reached_and_an_url_that_is_none_are_said_without_the_url(
    hooked: "Runner", look: See, report: Reported, caplog: pytest.LogCaptureFixture
) -> None:
    def told(url: str) -> Finding:
        with pytest.raises(SinkDown) as caught, caplog.at_level(logging.NOTSET):
            AppriseSink(Listener("X"), url).send(Letter("prod", ()))
        return Finding(kind=None, prompt=None, message=str(caught.value))  # type: ignore[arg-type]

    assert told("json://127.0.0.1:1/s3cret-token").message == "the service did not take it, or was not reached"
    for url in ("s3cret-token", "gopher://s3cret-token", "slack://s3cret-token"):
        assert told(url).message.startswith("its variable holds no URL that Apprise knows")
    assert SECRET not in caplog.text


# --- Issues -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def issued(filed: "Runner", forge: "MemoryForge") -> "Runner":
    filed.sinks = sinks_of((AlertConfig(None),), {}, host(forge))
    return filed


def test_an_incident_is_one_issue_that_is_commented_and_closed(
    issued: "Runner", forge: "MemoryForge", clock: ManualClock, look: See, report: Reported
) -> None:
    for live, hours in (("2", 0), ("3", 0), ("3", 1), ("1", 0)):
        clock.advance(hours * 3600)
        assert issued.tell(report(look(live=live))) == ()
    (issue,) = forge.kept.values()
    assert issue.title == "greet (production) on prod: platform ahead"
    assert issue.body.startswith("<!-- mooring-incident: ")
    assert "* What: The platform serves content that Git never reviewed" in issue.body
    assert "* Link: <https://platform.example/prompts/greet?version=7>" in issue.body
    assert "* Type: `mooring adopt prod:greet@production" in issue.body
    assert not issue.is_open
    assert [comment.splitlines()[0] for comment in forge.comments[1]] == [
        "**Changed: `greet` (`production`) on prod: platform ahead**",
        "**Still open: `greet` (`production`) on prod: platform ahead**",
        "**Resolved: `greet` (`production`) on prod: platform ahead**",
    ]


def test_a_cause_that_comes_back_is_a_new_issue(
    issued: "Runner", forge: "MemoryForge", look: See, report: Reported
) -> None:
    for live in "212":
        issued.tell(report(look(live=live)))
    assert [one.is_open for one in forge.kept.values()] == [False, True]


def test_who_lost_the_ledger_finds_the_issue_again(
    runners: "tuple[Runner, Runner]", forge: "MemoryForge", look: See, report: Reported
) -> None:
    for runner in runners:
        runner.sinks = sinks_of((AlertConfig(None),), {}, host(forge))
        runner.tell(report(look(live="2")))
        shelf = runner.shelf()
        shelf.change(["incidents.json"], lambda _: {"incidents.json": None}, "lost")
    assert len(forge.kept) == 1


def test_an_issue_that_a_person_closed_is_left_alone(
    issued: "Runner", forge: "MemoryForge", look: See, report: Reported
) -> None:
    issued.tell(report(look(live="2")))
    forge.close_issue(1)
    issued.tell(report(look(live="3")))
    issued.tell(report(look()))
    assert len(forge.kept) == 1
    assert forge.comments[1] == []


def test_a_git_host_that_is_down_is_told_later_in_one(
    issued: "Runner", forge: "MemoryForge", clock: ManualClock, look: See, report: Reported
) -> None:
    forge.down = ForgeError("GitHub answered 403 to /issues")
    findings = issued.tell(report(look(live="2")))
    assert "github could not be told of prod: GitHub answered 403 to /issues" in findings[0].message
    clock.advance(3600)
    issued.tell(report(look()))
    forge.down = None
    clock.advance(3600)
    issued.tell(report(look()))
    (issue,) = forge.kept.values()
    assert not issue.is_open
    assert issue.title == "Came and went: greet (production) on prod: platform ahead"
    issued.tell(report(look()))
    assert len(forge.comments[1]) == 1


def test_what_passed_closes_the_issue_that_a_dead_runner_left(
    issued: "Runner", forge: "MemoryForge", clock: ManualClock, look: See, report: Reported
) -> None:
    issued.tell(report(look(live="2")))
    issued.shelf().change(["incidents.json"], lambda _: {"incidents.json": None}, "lost")
    forge.down = ForgeError("down")
    issued.tell(report(look(live="2")))
    forge.down = None
    clock.advance(3600)
    issued.tell(report(look()))
    assert [one.is_open for one in forge.kept.values()] == [False]


def test_an_outage_is_an_issue_of_its_own(
    issued: "Runner", forge: "MemoryForge", clock: ManualClock, look: See, report: Reported
) -> None:
    for _ in range(2):
        issued.tell(report(look(live=UNKNOWN), error="connect to 10.0.0.1 failed"))
        clock.advance(60)
    assert [one.title for one in forge.kept.values()] == ["prod cannot be read (unknown)"]
    assert "`mooring doctor --target prod`" in forge.kept[1].body
    assert "10.0.0.1" not in forge.kept[1].body


# --- Sinks that cannot be used ----------------------------------------------------------------------------------------


def test_sinks_are_named_by_their_variables_never_by_what_these_hold(forge: "MemoryForge") -> None:
    alerts = (AlertConfig(SLACK), AlertConfig(None), AlertConfig(SLACK, labels=("a",)), AlertConfig(None))
    made = sinks_of(alerts, {"SLACK_URL": "json://host/s3cret-token"}, host(forge))
    assert [one.listener.id for one in made] == ["SLACK_URL", "github", "SLACK_URL#2", "github#2"]
    assert [type(one) for one in made] == [AppriseSink, IssueSink, AppriseSink, IssueSink]
    assert SECRET not in repr(made)
    assert not [one for one in made if one.trouble or one.fix]


def test_a_listener_is_what_the_config_says() -> None:
    alert = AlertConfig(None, ("production",), (State.CONFLICT,), after=60, digest=3600)
    assert sinks_of((alert,), {}, None)[0].listener == Listener(
        "github",
        frozenset({"production"}),
        frozenset({State.CONFLICT}),
        after=timedelta(seconds=60),
        digest=timedelta(seconds=3600),
        ready=False,
    )


def test_what_is_missing_is_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    unset, no_host = sinks_of((AlertConfig(SLACK), AlertConfig(None)), {"CI": "true"}, None)
    assert "SLACK_URL, which an alert needs, is not set" in unset.trouble
    assert unset.fix.startswith("Set SLACK_URL")
    assert (no_host.trouble, no_host.fix) == (
        "nobody is logged in to the Git host",
        "Give this step a token: GITHUB_TOKEN",
    )
    (laptop,) = sinks_of((AlertConfig(None),), {}, None)
    assert (laptop.trouble, laptop.fix) == (no_host.trouble, "")
    monkeypatch.setattr(sinks_module, "find_spec", lambda _: None)
    (bare,) = sinks_of((AlertConfig(SLACK),), {"SLACK_URL": "json://host"}, None)
    assert (bare.trouble, bare.fix) == ("Apprise is not installed", "pip install 'mooring[alerts]'")
    assert isinstance(bare, Unready)
    with pytest.raises(SinkDown, match="Apprise is not installed"):
        bare.send(Letter("prod", ()))
