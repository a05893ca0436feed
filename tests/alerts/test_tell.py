"""Alerts with a life, on a real ledger in Git: told once, whoever runs, whoever is down and whoever dies."""

import subprocess
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mooring.alerts.book import PATH
from mooring.alerts.sinks import SinkDown
from mooring.core.address import UNKNOWN
from mooring.core.finding import FindingKind
from mooring.core.memory import Suspension
from mooring.core.observation import Observation
from mooring.core.report import Report
from mooring.ports import HistoryError, RemoteUnreachable, Standing
from mooring.run import Selection
from mooring.testing.clock import ManualClock

if TYPE_CHECKING:
    from tests.alerts.conftest import Ear, Runner

See = Callable[..., Observation]
Reported = Callable[..., Report]


@pytest.fixture
def one(runner: "Runner", ear: "Callable[..., Ear]") -> "Ear":
    """The only sink of the first runner."""
    sink = ear()
    runner.sinks = (sink,)
    return sink


def test_opened_updated_reminded_and_resolved(
    runner: "Runner", one: "Ear", clock: ManualClock, look: See, report: Reported
) -> None:
    for live, hours in (("1", 0), ("2", 0), ("2", 0), ("3", 0), ("3", 2), ("1", 0), ("1", 0)):
        clock.advance(hours * 3600)
        assert runner.tell(report(look(live=live))) == ()
    assert one.heard == ["opened greet", "updated greet", "reminded greet", "resolved greet"]


def test_a_run_with_nothing_new_writes_nothing_and_without_sinks_nothing_is_looked_up(
    runner: "Runner", one: "Ear", look: See, report: Reported
) -> None:
    runner.tell(report(look()))
    assert runner.refs() == ""
    runner.tell(report(look(live="2")))
    before = runner.refs()
    runner.tell(report(look(live="2")))
    assert runner.refs() == before
    runner.sinks = ()
    assert runner.tell(report(look())) == ()
    assert runner.refs() == before


def test_two_runners_one_after_the_other_tell_once(
    runners: "tuple[Runner, Runner]", ear: "Callable[..., Ear]", look: See, report: Reported
) -> None:
    sink = ear()
    for live in ("2", "1"):
        for runner in runners:
            runner.sinks = (sink,)
            runner.tell(report(look(live=live)))
    assert sink.heard == ["opened greet", "resolved greet"]


def test_two_runners_at_once_tell_once(
    runners: "tuple[Runner, Runner]", ear: "Callable[..., Ear]", look: See, report: Reported
) -> None:
    sink, together = ear(), threading.Barrier(2)

    def go(runner: "Runner") -> None:
        runner.sinks = (sink,)
        together.wait(30)
        runner.tell(report(look(live="2"), *[look(f"p{n}", "2") for n in range(3)]))

    threads = [threading.Thread(target=go, args=(runner,)) for runner in runners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sink.heard) == ["opened greet", "opened p0", "opened p1", "opened p2"]


def test_a_runner_that_comes_while_another_tells_keeps_quiet(
    runners: "tuple[Runner, Runner]", ear: "Callable[..., Ear]", look: See, report: Reported
) -> None:
    a, b = runners
    first, second = ear(), ear()
    a.sinks, b.sinks = (first,), (second,)
    first.before = lambda: b.tell(report(look(live="2")))
    assert a.tell(report(look(live="2"))) == ()
    assert (first.heard, second.heard) == (["opened greet"], [])


def test_what_a_runner_claimed_that_died_is_told_after_ten_minutes(
    runners: "tuple[Runner, Runner]", ear: "Callable[..., Ear]", clock: ManualClock, look: See, report: Reported
) -> None:
    a, b = runners
    dying, living = ear(), ear()
    dying.down = KeyboardInterrupt()  # type: ignore[assignment]
    a.sinks, b.sinks = (dying,), (living,)
    with pytest.raises(KeyboardInterrupt):
        a.tell(report(look(live="2")))
    clock.advance(599)
    b.tell(report(look(live="2")))
    assert living.heard == []
    clock.advance(1)
    b.tell(report(look(live="2")))
    assert living.heard == ["opened greet"]


def test_a_target_of_thousands_that_goes_down_is_one_incident_and_one_resolve(
    runner: "Runner", one: "Ear", clock: ManualClock, look: See, report: Reported
) -> None:
    down = report(*[look(f"p{n}", UNKNOWN) for n in range(5000)], error="The platform did not answer")
    for _ in range(4):
        runner.tell(down)
        clock.advance(60)
    assert one.heard == ["opened prod"]
    size = len(runner.shelf().read([PATH])[PATH])
    assert size < 2000
    up = report(*[look(f"p{n}") for n in range(5000)])
    runner.tell(up)
    runner.tell(up)
    assert one.heard == ["opened prod", "resolved prod"]


def test_thousands_that_diverge_are_one_incident(runner: "Runner", one: "Ear", look: See, report: Reported) -> None:
    seen = [look(f"p{n}", "2") for n in range(5000)]
    runner.tell(report(*seen))
    assert one.heard == ["opened p0+p1+p2+p3+p4"]
    assert len(runner.shelf().read([PATH])[PATH]) < 150_000
    runner.tell(report(*[look(f"p{n}") for n in range(5000)]))
    assert one.heard[1:] == ["resolved p0+p1+p2+p3+p4"]


def test_a_sink_that_is_down_for_an_hour_misses_nothing_and_hears_nothing_twice(
    runner: "Runner", one: "Ear", clock: ManualClock, look: See, report: Reported
) -> None:
    one.down = SinkDown("429", retry_after=300)
    findings = runner.tell(report(look(live="2"), look("other", "2")))
    assert [found.kind for found in findings] == [FindingKind.ALERT]
    assert findings[0].message.startswith("EAR could not be told of prod: 429. 2 wait, and are tried again by runs af")
    assert one.tries == 1
    for minute in range(6, 60, 6):
        clock.advance(360)
        assert runner.tell(report(look(live="2" if minute < 30 else "1"), look("other", "2")))
    assert one.tries < 9
    one.down = None
    for _ in range(7):
        clock.advance(900)
        runner.tell(report(look(), look("other", "2")))
    assert one.heard == ["passed greet", "opened other", "reminded other"]


def test_a_sink_that_asks_for_a_pause_is_left_alone_for_it(
    runner: "Runner", one: "Ear", clock: ManualClock, look: See, report: Reported
) -> None:
    one.down = SinkDown("429", retry_after=1800)
    runner.tell(report(look(live="2")))
    clock.advance(1799)
    runner.tell(report(look(live="2")))
    assert one.tries == 1
    clock.advance(1)
    runner.tell(report(look(live="2")))
    assert one.tries == 2


def test_one_sink_that_is_down_keeps_no_other_waiting(
    runner: "Runner", ear: "Callable[..., Ear]", look: See, report: Reported
) -> None:
    bad, good = ear("BAD"), ear("GOOD")
    bad.down = RuntimeError("https://hooks.example/s3cret")
    runner.sinks = (bad, good)
    findings = runner.tell(report(look(live="2")))
    assert good.heard == ["opened greet"]
    assert "it failed (RuntimeError)" in findings[0].message
    assert "s3cret" not in str(findings)


def test_a_sink_that_cannot_be_used_is_said_and_told_when_it_can(
    runner: "Runner", one: "Ear", look: See, report: Reported
) -> None:
    one.trouble, one.fix = "the environment variable EAR is not set", "Set EAR"
    one.listener = replace(one.listener, ready=False)
    findings = runner.tell(report(look(live="2")))
    assert [(found.message, found.fix) for found in findings] == [
        ("EAR is told nothing: the environment variable EAR is not set", "Set EAR")
    ]
    assert one.tries == 0
    one.trouble, one.listener = "", replace(one.listener, ready=True)
    assert runner.tell(report(look(live="2"))) == ()
    assert one.heard == ["opened greet"]


def test_what_is_suspended_is_not_told(
    runner: "Runner", one: "Ear", clock: ManualClock, look: See, report: Reported, suspension: Suspension
) -> None:
    runner.tell(report(look(live="2", suspension=suspension)))
    runner.tell(report(look("other", "2")))
    clock.advance(7200)
    runner.tell(report(look("other", "2", suspension=suspension)))
    assert one.heard == ["opened other"]
    runner.tell(report(look("other", "2")))
    assert one.heard == ["opened other", "reminded other"]


def test_a_digest_is_one_letter(
    runner: "Runner", ear: "Callable[..., Ear]", clock: ManualClock, look: See, report: Reported
) -> None:
    sink = ear(digest=timedelta(hours=6))
    runner.sinks = (sink,)
    for live in "2", "1", "3":
        runner.tell(report(look(live=live), look("other", "2")))
        clock.advance(3600)
    assert sink.tries == 0
    clock.advance(3 * 3600)
    runner.tell(report(look(live="3"), look("other", "2")))
    assert (sink.tries, sink.heard) == (1, ["passed greet", "opened other", "opened greet"])


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (Standing.SUPERSEDED, ""),
        (Standing.ASTRAY, "Nobody is told what this run saw: it is not about the branch's tip"),
        (HistoryError("The branch main is gone."), "Nobody is told what this run saw: The branch main is gone"),
        (RemoteUnreachable("The Git host is away"), "Nobody is told what this run saw: The Git host is away"),
        (RuntimeError("out of order"), "Nobody is told what this run saw: RuntimeError"),
    ],
    ids=["superseded", "astray", "no branch", "no host", "no idea"],
)
def test_a_run_of_another_commit_opens_and_resolves_nothing_and_says_what_was_left(
    runner: "Runner",
    one: "Ear",
    clock: ManualClock,
    look: See,
    report: Reported,
    where: Standing | Exception,
    said: str,
) -> None:
    one.down = SinkDown("away")
    runner.tell(report(look(live="2")))
    one.down = None
    clock.advance(3600)
    runner.order.where = where
    findings = runner.tell(report(look(), look("other", "2")))
    assert [found.message for found in findings] == ([said] if said else [])
    assert one.heard == ["opened greet"]


def test_a_run_that_failed_resolves_nothing(runner: "Runner", one: "Ear", look: See, report: Reported) -> None:
    runner.tell(report(look(live="2")))
    runner.tell(replace(report(), error="The plan is stale"))
    assert one.heard == ["opened greet"]


def test_a_run_of_one_prompt_resolves_no_other(runner: "Runner", one: "Ear", look: See, report: Reported) -> None:
    runner.tell(report(look(live="2"), look("other", "2")))
    runner.tell(report(look("other")), selection=Selection(("other",)))
    assert one.heard == ["opened greet", "opened other", "resolved other"]


def test_a_run_that_is_to_stop_says_no_more(runner: "Runner", one: "Ear", look: See, report: Reported) -> None:
    run = runner.run()
    run.stop.set()
    runner.tell(report(look(live="2")), stop=run.stop)
    assert one.tries == 0
    runner.tell(report(look(live="2")))
    assert one.heard == ["opened greet"]


def test_telling_ends_when_it_takes_long_and_the_next_run_goes_on(
    runner: "Runner", one: "Ear", clock: ManualClock, look: See, report: Reported
) -> None:
    one.before = lambda: clock.advance(50)
    seen = report(*[look(f"p{n}", "2") for n in range(5)])
    runner.tell(seen)
    assert one.heard == ["opened p0", "opened p1"]
    runner.tell(seen)
    runner.tell(seen)
    assert one.heard == [f"opened p{n}" for n in range(5)]


def test_without_the_ledger_nothing_is_told(
    runner: "Runner", one: "Ear", look: See, report: Reported, tmp_path: Path
) -> None:
    (tmp_path / "remote.git").rename(tmp_path / "away.git")
    findings = runner.tell(report(look(live="2")))
    assert one.tries == 0
    assert findings[0].message.startswith("Nobody was told of prod: what was told before cannot be looked up. ")
    (tmp_path / "away.git").rename(tmp_path / "remote.git")
    assert runner.tell(report(look(live="2"))) == ()
    assert one.heard == ["opened greet"]


def test_a_ledger_that_refuses_writes_keeps_everybody_quiet(
    runner: "Runner", one: "Ear", look: See, report: Reported, tmp_path: Path
) -> None:
    hook = tmp_path / "remote.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert "Nobody was told of prod" in runner.tell(report(look(live="2")))[0].message
    assert one.tries == 0


def test_a_ledger_that_goes_away_while_somebody_is_told_is_said(
    runner: "Runner", one: "Ear", clock: ManualClock, look: See, report: Reported, tmp_path: Path
) -> None:
    remote = tmp_path / "remote.git"
    one.before = lambda: remote.rename(tmp_path / "away.git")
    findings = runner.tell(report(look(live="2")))
    assert "What was told of prod could not be noted, and may be told again" in findings[0].message
    (tmp_path / "away.git").rename(remote)
    clock.advance(60)
    runner.tell(report(look(live="2")))
    assert one.heard == ["opened greet"]


@pytest.mark.parametrize("text", ["nonsense", '{"schema": "mooring/incidents/9"}', "[]", "{}"])
def test_a_book_that_nobody_can_read_is_left_as_it_is(
    runner: "Runner", one: "Ear", look: See, report: Reported, text: str
) -> None:
    runner.shelf().change([PATH], lambda _: {PATH: text.encode()}, "by another tool")
    before = runner.refs()
    findings = runner.tell(report(look(live="2")))
    assert "Nobody was told of prod: what was told before cannot be looked up" in findings[0].message
    assert (one.tries, runner.refs()) == (0, before)


def test_whatever_goes_wrong_the_run_goes_on(runner: "Runner", one: "Ear", look: See, report: Reported) -> None:
    one.listener = replace(one.listener, after=None)  # type: ignore[arg-type]
    findings = runner.tell(report(look(live="2")))
    assert [found.message for found in findings] == ["Telling of prod failed: TypeError"]


def test_what_is_in_the_ledger_holds_no_names_that_git_runs_into(
    runner: "Runner", one: "Ear", look: See, report: Reported
) -> None:
    runner.tell(report(look("a\x00b\n../../x", "2"), look("\ud800", "3")))
    assert one.heard == ["opened a\x00b\n../../x", "opened \ud800"]
    assert {item.facts.named for item in runner.book().incidents} == {("a\x00b\n../../x",), ("\ud800",)}
    log = subprocess.run(
        ["git", "-C", str(runner.folder.parent / "remote.git"), "log", "--all", "--format=%s"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert log.stdout.splitlines() == ["incidents prod: note what was told", "incidents prod: follow and claim"]
