"""Processes that die and processes that race: the next sync finds its work, and nothing is done twice."""

import signal
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Clone, Place

# One row for each gap between two calls: death after a call and before the next one leave the same behind. Between the
# survey and the first look the lease is taken, so that gap has two.
# In one process all of them are tried, in tests/cycle; real deaths are slow, so most are for `make soak`.
KILLS = [
    pytest.param("survey", 1, "after", marks=pytest.mark.soak),
    pytest.param("look", 1, "before", marks=pytest.mark.soak),
    pytest.param("publish", 1, "before", marks=pytest.mark.soak),
    ("move_label", 1, "before"),
    pytest.param("look", 2, "before", marks=pytest.mark.soak),
    ("look", 2, "after"),
]


@pytest.mark.parametrize(("method", "number", "when"), KILLS)
def test_kill_9_between_any_two_calls_then_sync(
    clone: "Clone", place: "Place", method: str, number: int, when: str
) -> None:
    assert clone.synced() == 0
    clone.prompt("greet", "two")
    clone.commit()

    assert clone.sabotaged_sync(method, number, when) == -signal.SIGKILL
    assert place.served("greet") in {"one", "two"}
    done = clone.mooring("sync")

    assert (done.code, done.err) == (0, "")
    assert place.texts("greet") == ["one", "two"]
    assert place.served("greet") == "two"
    assert "lease" not in clone.ledger()


def test_two_syncs_at_once_in_one_clone(clone: "Clone", place: "Place") -> None:
    for number in range(8):
        clone.prompt(f"p{number}", "text")
    clone.commit()

    runs = [clone.start("sync", "--lock-timeout", "60") for _ in range(2)]
    ends = [run.communicate(timeout=100) for run in runs]

    assert [run.returncode for run in runs] == [0, 0], ends
    assert all(place.texts(f"p{number}") == ["text"] for number in range(8))


def test_two_syncs_at_once_in_two_clones_of_one_remote(first: "Clone", shared: "Place") -> None:
    for number in range(8):
        first.prompt(f"p{number}", "text")
    first.commit()
    second = shared.clone("second")

    runs = [clone.start("sync", "--lock-timeout", "0") for clone in (first, second)]
    ends = [run.communicate(timeout=100) for run in runs]

    assert {run.returncode for run in runs} <= {0, 7}, ends
    assert 0 in {run.returncode for run in runs}
    assert all(shared.texts(f"p{number}") == ["text"] for number in range(8))


def test_a_clone_on_another_machine_knows_the_same_base(first: "Clone", shared: "Place") -> None:
    assert first.mooring("sync").code == 0
    second = shared.clone("second")
    before = second.ledger()

    assert second.mooring("sync").code == 0
    assert second.ledger() == before
    second.prompt("greet", "two")
    second.commit()
    assert second.mooring("sync").code == 0
    assert shared.served("greet") == "two"


def test_sigterm_finishes_the_write_in_hand_and_gives_up_the_lease(clone: "Clone", place: "Place") -> None:
    for number in range(40):
        clone.prompt(f"p{number:02}", "text")
    clone.commit()
    process = clone.start("sync")
    deadline = time.monotonic() + 60
    while not place.texts("p00") and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=100)

    assert process.returncode in {143, 0}, (out, err)
    assert "lease" not in clone.ledger()
    assert clone.mooring("sync").code == 0
    assert all(place.texts(f"p{number:02}") == ["text"] for number in range(40))


def test_an_older_commit_after_a_newer_one_says_superseded(first: "Clone", shared: "Place") -> None:
    first.mooring("sync")
    first.prompt("greet", "two")
    older = first.commit()
    first.prompt("greet", "three")
    first.commit()
    first.mooring("sync")

    done = first.mooring("sync", "--commit", older)

    assert done.code == 0
    assert "uperseded" in done.out
    assert shared.served("greet") == "three"


def test_plan_offline_needs_neither_platform_nor_credentials(clone: "Clone", place: "Place") -> None:
    clone.mooring("sync")
    clone.write(
        "mooring.yaml",
        (clone.folder / "mooring.yaml")
        .read_text()
        .replace(f"memory:///{place.folder}/platform.json", "memory:///nowhere/at/all.json")
        .replace("    mode:", "    credentials: {password: env:NOT_SET}\n    mode:"),
    )
    clone.prompt("greet", "two")
    clone.commit()

    done = clone.mooring("plan", "--offline", "--detailed-exitcode")

    assert done.code == 2, done
    assert "greet@production" in done.out
    assert "last sync" in done.out + done.err
