"""How many git programs does a run start? As many for ten prompts as for sixty, and few."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mooring.core.report import Exit

if TYPE_CHECKING:
    from tests.cycle.conftest import Build, World


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Count the git programs that Mooring started, not those that git did, since the last time it was called."""
    trace = tmp_path / "trace"
    trace.touch()
    monkeypatch.delenv("GIT_TRACE2_PARENT_SID", raising=False)
    monkeypatch.setenv("GIT_TRACE2_EVENT", str(trace))

    def started() -> int:
        events = [json.loads(line) for line in trace.read_text().splitlines()]
        trace.write_text("")
        # The id of a program that another one started begins with that one's.
        return sum(1 for event in events if event["event"] == "start" and "/" not in event["sid"])

    return started


def filled(build: "Build", number: int) -> "World":
    world = build()
    for each in range(number):
        world.prompt(f"p{each:02}", f"text {each}")
    world.commit()
    return world


@pytest.mark.parametrize("number", [10, 60])
def test_a_first_sync_and_a_check_cost_a_fixed_number_of_programs(
    build: "Build", programs: Callable[[], int], number: int
) -> None:
    world = filled(build, number)
    programs()
    assert world.sync().exit is Exit.OK
    first = programs()
    assert world.drift().exit is Exit.OK
    after_it = programs()
    assert world.drift().exit is Exit.OK
    unchanged = programs()
    assert world.drift().exit is Exit.OK
    assert programs() == unchanged
    assert (first, after_it, unchanged) == (33, 12, 10)
