"""Real repositories in temporary folders, and a clock that only moves when somebody waits."""

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mooring.ledger.codec import Owner
from mooring.ledger.lease import Pace
from mooring.ledger.ledger import TargetLedger
from mooring.ledger.opening import InBranch, InFile, InRefs, Place, open_ledger, open_store
from mooring.ledger.store import RefStore
from mooring.ports import Clock

OWNER = Owner("acme-support", "langfuse prod")
# The thread never comes to renew by itself: tests say when.
STILL = Pace(interval=100_000.0)


class SteppingClock:
    """A clock that stands still until somebody sleeps."""

    def __init__(self) -> None:
        self._passed = 0.0
        self._lock = threading.Lock()

    def now(self) -> str:
        return (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self._passed)).isoformat()

    def monotonic(self) -> float:
        return self._passed

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._passed += seconds


@pytest.fixture
def clock() -> Clock:
    return SteppingClock()


@pytest.fixture
def git() -> Callable[..., str]:
    """Run the user's git in a folder and give what it prints."""

    def run(folder: Path, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        return done.stdout.strip()

    return run


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.com\n[init]\ndefaultBranch = main\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    yield
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("lease-")]


@pytest.fixture
def clones(tmp_path: Path, git: Callable[..., str]) -> tuple[Path, Path, Path]:
    """A bare remote and two clones of it, each with a remote called origin."""
    remote = tmp_path / "remote.git"
    git(tmp_path, "init", "--quiet", "--bare", str(remote))
    for name in ("a", "b"):
        git(tmp_path, "clone", "--quiet", str(remote), str(tmp_path / name))
    return remote, tmp_path / "a", tmp_path / "b"


@pytest.fixture
def alone(tmp_path: Path, git: Callable[..., str]) -> tuple[Path, Path]:
    """A repository without any remote, and a linked worktree of it."""
    folder = tmp_path / "alone"
    git(tmp_path, "init", "--quiet", str(folder))
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "first")
    git(folder, "worktree", "add", "--quiet", str(tmp_path / "linked"))
    return folder, tmp_path / "linked"


@pytest.fixture(params=["remote", "alone", "file"])
def at(request: pytest.FixtureRequest) -> Callable[[str], tuple[Path, Place]]:
    """Say where observer `a` or `b` stands and where both of them find the same ledger."""
    if request.param == "alone":
        folder, linked = request.getfixturevalue("alone")
        return lambda who: (folder if who == "a" else linked, InRefs())
    remote, a, b = request.getfixturevalue("clones")
    places: dict[str, Place] = {
        "remote": InRefs(),
        "branch": InBranch("mooring-ledger"),
        "file": InFile(remote.parent / "shared" / "ledger.json"),
    }
    place = places[request.param]
    return lambda who: (a if who == "a" else b, place)


@pytest.fixture
def ledger_of(at: Callable[[str], tuple[Path, Place]], clock: Clock) -> Callable[[str], TargetLedger]:
    def opened(who: str) -> TargetLedger:
        folder, place = at(who)
        return open_ledger(folder, OWNER, place, clock, STILL)

    return opened


@pytest.fixture
def store_of(at: Callable[[str], tuple[Path, Place]], clock: Clock) -> Callable[[str], RefStore]:
    def opened(who: str) -> RefStore:
        folder, place = at(who)
        return open_store(folder, OWNER, place, clock)

    return opened


@pytest.fixture
def argv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[list[str]]]:
    """Note the arguments of every git that Mooring starts from now on (not those that git itself starts)."""
    real, noted = shutil.which("git"), tmp_path / "argv"
    shim = tmp_path / "bin" / "git"
    shim.parent.mkdir()
    shim.write_text(f"#!/bin/sh\n{{ printf '%s\\037' \"$@\"; echo; }} >> '{noted}'\nexec '{real}' \"$@\"\n")
    shim.chmod(0o755)
    noted.touch()
    monkeypatch.setenv("PATH", f"{shim.parent}{os.pathsep}{os.environ['PATH']}")
    return lambda: [line.split("\x1f")[:-1] for line in noted.read_text().splitlines()]
