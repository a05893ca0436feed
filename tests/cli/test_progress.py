"""A sync shows how far it is: bars on a terminal, and on a pipe a line now and then for work that takes long."""

import io

import pytest
from rich.console import Console

from mooring.cli.progress import Lines, Shown, about, bars_on, shown
from mooring.pace import Budget, Rate
from mooring.testing.clock import ManualClock

TOTAL = 641


def hobby(clock: ManualClock) -> Budget:
    budget = Budget("cloud.example.com", clock)
    budget.limit("moves", Rate(30, 60.0))
    return budget


class Log:
    """Lines, as they came to a log."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.said: list[str] = []
        self.lines = Lines(self.said.append, self.clock)


# --- A pipe ---------------------------------------------------------------------------------------------------------


def test_short_work_is_not_spoken_of() -> None:
    log = Log()
    log.lines.follow("prod", hobby(log.clock))
    log.lines.wait("prod", "another run holds the lease")
    log.lines.begin("prod", 15)
    for _ in range(15):
        log.clock.advance(1.9)
        log.lines.advance("prod", "prod:a@production")
    assert log.said == []


def test_work_that_a_known_limit_makes_long_is_announced_at_once() -> None:
    log = Log()
    log.lines.follow("prod", hobby(log.clock))
    log.lines.begin("prod", TOTAL)
    assert log.said == ["prod: 0 of 641, about 42 minutes left"]


def test_long_work_is_spoken_of_every_half_minute_until_it_ends() -> None:
    log = Log()
    budget = hobby(log.clock)
    log.lines.follow("prod", budget)
    log.lines.begin("prod", 61)
    for _ in range(61):
        budget.take("moves", log.said.append)
        log.clock.advance(0.1)
        log.lines.advance("prod", "prod:a@production")
    assert [line for line in log.said if line.startswith("prod")] == [
        "prod: 0 of 61, about 4 minutes left",
        "prod: 16 of 61, about 3 minutes left",
        "prod: 31 of 61, about 2 minutes left",
        "prod: 46 of 61, less than a minute left",
    ]


def test_without_a_limit_the_steps_that_are_done_tell() -> None:
    log = Log()
    log.lines.begin("prod", 100)
    for _ in range(100):
        log.clock.advance(10.0)
        log.lines.advance("prod", "prod:a@production")
    assert log.said[:2] == ["prod: 3 of 100, about 17 minutes left", "prod: 6 of 100, about 16 minutes left"]
    assert log.said[-1] == "prod: 99 of 100, less than a minute left"
    assert len(log.said) == 33


def test_steps_that_need_no_limited_request_are_not_thought_to() -> None:
    log = Log()
    log.lines.follow("prod", hobby(log.clock))
    log.lines.begin("prod", TOTAL)
    for _ in range(40):
        log.clock.advance(1.0)
        log.lines.advance("prod", "prod:a@production")
    assert log.said == ["prod: 0 of 641, about 42 minutes left", "prod: 30 of 641, about 11 minutes left"]


def test_a_wait_is_spoken_of_when_nothing_was_said_for_long() -> None:
    log = Log()
    log.lines.follow("prod", hobby(log.clock))
    log.lines.wait("prod", "waits 20 s")
    log.clock.advance(31.0)
    log.lines.wait("prod", "waits\x1b[31m 60 s")
    log.lines.wait("prod", "waits 60 s")
    assert log.said == ["prod: waits\\x1b[31m 60 s"]


def test_a_pipe_gets_plain_lines_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with shown() as progress:
        progress.follow("prod", hobby(ManualClock()))
        progress.begin("prod", TOTAL)
        progress.advance("prod", "prod:a@production")
    out, err = capsys.readouterr()
    assert (out, err) == ("", "prod: 0 of 641, about 42 minutes left\n")


# --- A terminal -----------------------------------------------------------------------------------------------------


def test_a_bar_for_each_target_moves_and_says_what_it_waits_for() -> None:
    out, clock = io.StringIO(), ManualClock()
    console = Console(file=out, force_terminal=True, width=120, legacy_windows=False)
    bars = bars_on(console)
    progress = Shown(bars, clock)
    progress.begin("local", 2)
    progress.advance("local", "local:a@production")
    progress.wait("other", "Another run\x1b[31m holds the lock")
    console.print(bars.get_renderable())
    drawn = out.getvalue()
    assert "1/2" in drawn
    assert "local:a@production" in drawn
    assert "Another run\\x1b[31m holds the lock" in drawn


def test_a_bar_says_at_once_how_long_a_limit_makes_it() -> None:
    out, clock = io.StringIO(), ManualClock()
    console = Console(file=out, force_terminal=True, width=120, legacy_windows=False)
    bars = bars_on(console)
    progress = Shown(bars, clock)
    progress.follow("prod", hobby(clock))
    progress.begin("prod", TOTAL)
    console.print(bars.get_renderable())
    assert "0/641" in out.getvalue()
    assert "about 42 minutes left" in out.getvalue()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "less than a minute left"),
        (60.0, "less than a minute left"),
        (61.0, "about 2 minutes left"),
        (7140.0, "about 119 minutes left"),
        (9000.0, "about 2 hours left"),
    ],
)
def test_a_time_is_said_as_exactly_as_anybody_can_know(seconds: float, said: str) -> None:
    assert about(seconds) == said
