"""Does at most one run write to a target, and does the next one learn what a dead one was about to write?"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mooring.core.address import ContentHash
from mooring.core.memory import Changes, Intent
from mooring.ledger.codec import Owner
from mooring.ledger.holder import Holder, is_gone, this_process
from mooring.ledger.lease import Pace
from mooring.ledger.lease_record import INTENT, LEASE, LeaseRecord, decode_lease, encode_lease, encode_renewal
from mooring.ledger.ledger import TargetLedger
from mooring.ledger.opening import InRefs, Place, open_ledger, open_store
from mooring.ledger.store import Draft, Name, RefStore
from mooring.ports import Clock, LeaseLost, LedgerRefused, LedgerUnreadable, Locked

Ledgers = Callable[[str], TargetLedger]
Stores = Callable[[str], RefStore]
At = Callable[[str], tuple[Path, Place]]
Git = Callable[..., str]
Clones = tuple[Path, Path, Path]

OWNER = Owner("acme-support", "langfuse prod")
ONE, TWO = ContentHash("sha256:1"), ContentHash("sha256:2")
MINE = Intent("run-1", "commit1", {("p", "production"): ONE})
THEIRS = Intent("run-2", "commit2", {("q", "production"): TWO})
ELSEWHERE = Holder("another-host", "another-boot", "pid:[1]", 4711, "99")

needs_proc = pytest.mark.skipif(not this_process().started, reason="processes are told apart through /proc")


def leave(store: RefStore, intent: Intent = THEIRS, holder: Holder = ELSEWHERE) -> str:
    """Leave the lease of another run, as that run would."""
    record = LeaseRecord("their-lease", 0, "2026-01-01T00:00:00+00:00", holder, intent)
    return store.swap(Name.LEASE, None, Draft(encode_lease(record), "lease"))


def test_only_one_holds_it_and_the_other_is_told_who(ledger_of: Ledgers) -> None:
    lease = ledger_of("a").acquire(MINE, wait=0)
    with pytest.raises(Locked, match=r"langfuse prod .*run run-1 \(process \d+ on .*since 2026-01-01T.*--lock-timeout"):
        ledger_of("b").acquire(THEIRS, wait=20)
    lease.check()
    lease.release()
    after = ledger_of("b").acquire(THEIRS, wait=0)
    assert after.predecessor is None
    after.release()


def test_it_says_what_is_about_to_be_written_until_it_is_given_up(ledger_of: Ledgers) -> None:
    reader = ledger_of("b")
    assert reader.read().intent is None
    lease = ledger_of("a").acquire(MINE, wait=0)
    assert reader.read().intent == MINE
    lease.renew()
    assert reader.read().intent == MINE
    lease.release()
    assert reader.read().intent is None


def test_what_is_recorded_under_it_is_read_by_others(ledger_of: Ledgers) -> None:
    lease = ledger_of("a").acquire(MINE, wait=0)
    lease.record(Changes(commit="commit1"), "sync: 1 moved\n\nMooring-Run: run-1\n")
    lease.renew()
    lease.record(Changes(tree="tree1"), "sync: more\n")
    lease.release()
    memory = ledger_of("b").read()
    assert (memory.commit, memory.tree) == ("commit1", "tree1")


def test_a_run_waits_until_the_other_is_done(at: At, clock: Clock) -> None:
    (folder, place), (other_folder, other_place) = at("a"), at("b")
    lease = open_ledger(folder, OWNER, place, clock, Pace(interval=100_000.0)).acquire(MINE, wait=0)
    waiting = Waking(clock, lease.release)
    after = open_ledger(other_folder, OWNER, other_place, waiting, Pace(interval=100_000.0)).acquire(THEIRS, wait=30)
    assert clock.monotonic() < 30
    assert after.predecessor is None
    after.release()


class Waking:
    """A clock that does something each time somebody waits."""

    def __init__(self, inner: Clock, wake: Callable[[], None]) -> None:
        self._inner = inner
        self._wake = wake

    def now(self) -> str:
        return self._inner.now()

    def monotonic(self) -> float:
        return self._inner.monotonic()

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)
        self._wake()


def test_a_lease_seen_unchanged_for_its_whole_life_is_dead(ledger_of: Ledgers, store_of: Stores) -> None:
    leave(store_of("b"))
    ledger = ledger_of("a")
    with pytest.raises(Locked, match=r"run run-2 \(process 4711 on another-host\)"):
        ledger.acquire(MINE, wait=59)
    lease = ledger_of("b").acquire(MINE, wait=70)
    assert lease.predecessor == THEIRS
    lease.release()


def test_what_was_seen_earlier_counts(ledger_of: Ledgers, store_of: Stores, clock: Clock) -> None:
    leave(store_of("b"))
    ledger = ledger_of("a")
    with pytest.raises(Locked):
        ledger.acquire(MINE, wait=0)
    clock.sleep(60)
    lease = ledger.acquire(MINE, wait=0)
    assert lease.predecessor == THEIRS
    lease.release()


@pytest.mark.parametrize("at", ["remote", "file"], indirect=True)
def test_a_lease_that_is_renewed_lives(at: At, clock: Clock, store_of: Stores) -> None:
    theirs = store_of("b")
    held = [LeaseRecord("their-lease", 0, "2026-01-01T00:00:00+00:00", ELSEWHERE, THEIRS), leave(theirs)]

    def renew() -> None:
        record, commit = held
        assert isinstance(record, LeaseRecord)
        assert isinstance(commit, str)
        held[:] = (
            record.renewed(),
            theirs.swap(Name.LEASE, commit, Draft(encode_renewal(record.renewed()), "renew", (commit,))),
        )

    folder, place = at("a")
    ledger = open_ledger(folder, OWNER, place, Waking(clock, renew), Pace(interval=100_000.0))
    with pytest.raises(Locked):
        ledger.acquire(MINE, wait=70)
    assert clock.monotonic() >= 70


def test_what_the_dead_wanted_is_not_lost_when_the_next_one_dies_too(ledger_of: Ledgers, store_of: Stores) -> None:
    leave(store_of("b"), Intent("run-2", "commit2", {("q", "production"): TWO, ("p", "production"): TWO}))
    lease = ledger_of("a").acquire(MINE, wait=70)
    lease.abandon()
    intent = ledger_of("b").read().intent
    assert intent == Intent("run-1", "commit1", {("p", "production"): ONE, ("q", "production"): TWO})


def test_an_abandoned_lease_is_taken_at_once_by_its_own_process(ledger_of: Ledgers) -> None:
    ledger = ledger_of("a")
    lease = ledger.acquire(MINE, wait=0)
    lease.abandon()
    with pytest.raises(LeaseLost):
        lease.check()
    with pytest.raises(Locked):
        ledger_of("b").acquire(THEIRS, wait=0)
    after = ledger.acquire(THEIRS, wait=0)
    assert after.predecessor == MINE
    after.release()


HOLDER = """
import sys, time
from pathlib import *
from mooring.core.memory import Intent
from mooring.ledger.codec import Owner
from mooring.ledger.opening import *
from mooring.ports import Locked

class RealClock:
    def now(self): return "2026-01-01T00:00:00+00:00"
    def monotonic(self): return time.monotonic()
    def sleep(self, seconds): time.sleep(seconds)

ledger = open_ledger({folder!r}, {owner!r}, {place!r}, RealClock())
print("ready", flush=True)
sys.stdin.readline()
try:
    ledger.acquire(Intent("killed", "c", {{("k", "production"): "sha256:3"}}), wait=0)
    print("held", flush=True)
except Locked:
    print("locked", flush=True)
sys.stdin.readline()
"""


Program = subprocess.Popen[str]


@pytest.fixture
def program(at: At) -> Iterator[Callable[[str], Program]]:
    """Start another Mooring that takes the lease when it is told to go."""
    made: list[Program] = []

    def start(who: str) -> Program:
        folder, place = at(who)
        code = HOLDER.format(folder=folder, owner=OWNER, place=place)
        made.append(
            subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        assert line(made[-1]) == "ready"
        return made[-1]

    yield start
    for each in made:
        each.kill()
        each.communicate()


def line(made: Program) -> str:
    assert made.stdout is not None
    return made.stdout.readline().strip()


def go(made: Program) -> None:
    assert made.stdin is not None
    made.stdin.write("\n")
    made.stdin.flush()


@needs_proc
def test_a_killed_holder_on_this_machine_is_dead_at_once(program: Callable[[str], Program], ledger_of: Ledgers) -> None:
    holder = program("a")
    go(holder)
    assert line(holder) == "held"
    with pytest.raises(Locked, match="run killed"):
        ledger_of("b").acquire(THEIRS, wait=0)
    holder.kill()
    holder.wait()
    lease = ledger_of("b").acquire(THEIRS, wait=0)
    assert lease.predecessor == Intent("killed", "c", {("k", "production"): ContentHash("sha256:3")})
    lease.release()


@needs_proc
def test_a_killed_process_that_nobody_waits_for_is_gone_too() -> None:
    here = this_process()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        stat = Path(f"/proc/{child.pid}/stat")
        holder = Holder(
            here.host, here.boot, here.namespace, child.pid, stat.read_text().rpartition(")")[2].split()[19]
        )
        assert not is_gone(holder, here)
        child.kill()
        while ") Z" not in stat.read_text():
            time.sleep(0.01)
        assert is_gone(holder, here)
    assert is_gone(holder, here)


def test_of_two_processes_at_once_exactly_one_holds_it(program: Callable[[str], Program]) -> None:
    both = [program(who) for who in "ab"]
    for made in both:
        go(made)
    assert sorted(line(made) for made in both) == ["held", "locked"]


def test_a_holder_is_gone_only_where_that_can_be_known() -> None:
    here = this_process()
    assert not is_gone(here, here)
    assert not is_gone(ELSEWHERE, here)
    if not here.started:
        return
    dead = Holder(here.host, here.boot, here.namespace, here.pid, "1")
    assert is_gone(dead, here), "the pid was given to another process"
    for other in (
        Holder("x", here.boot, here.namespace, here.pid, "1"),
        Holder(here.host, "x", here.namespace, here.pid, "1"),
        Holder(here.host, here.boot, "pid:[1]", here.pid, "1"),
        Holder(here.host, here.boot, here.namespace, here.pid, ""),
    ):
        assert not is_gone(other, here)
    blind = Holder(here.host, "", "", here.pid, "")
    assert not is_gone(Holder(here.host, "", "", here.pid, "1"), blind)


def test_a_paused_holder_stops_before_others_may_take_over(ledger_of: Ledgers, clock: Clock) -> None:
    lease = ledger_of("a").acquire(MINE, wait=0)
    clock.sleep(39)
    lease.check()
    lease.renew()
    clock.sleep(39)
    lease.check()
    clock.sleep(2)
    with pytest.raises(LeaseLost, match="renewed 41 s ago"):
        lease.check()
    with pytest.raises(LeaseLost):
        lease.record(Changes(commit="late"), "late")
    assert ledger_of("b").read().commit is None
    lease.renew()
    lease.check()
    lease.release()


def test_a_holder_notices_that_it_was_taken_over(ledger_of: Ledgers, clock: Clock, store_of: Stores) -> None:
    lease = ledger_of("a").acquire(MINE, wait=0)
    taker = store_of("b")
    stolen = LeaseRecord("their-lease", 0, clock.now(), ELSEWHERE, THEIRS)
    theirs = taker.swap(Name.LEASE, taker.fetch()[Name.LEASE], Draft(encode_lease(stolen), "lease"))
    lease.check()
    with pytest.raises(LeaseLost, match="taken by another run"):
        lease.record(Changes(commit="mine"), "mine")
    with pytest.raises(LeaseLost, match="taken by another run"):
        lease.renew()
    with pytest.raises(LeaseLost, match="taken by another run"):
        lease.check()
    lease.release()
    assert taker.fetch() == {Name.LEASE: theirs}, "the lease of the other is left alone, and nothing was recorded"


def test_a_renewal_whose_answer_was_lost_is_found_again(ledger_of: Ledgers, store_of: Stores) -> None:
    lease = ledger_of("a").acquire(MINE, wait=0)
    store = store_of("a")
    commit = store.fetch()[Name.LEASE]
    record = decode_lease(store.files(commit))
    assert record is not None
    store.swap(Name.LEASE, commit, Draft(encode_renewal(record.renewed()), "renew", (commit,)))
    lease.renew()
    lease.check()
    lease.record(Changes(commit="mine"), "mine")
    lease.release()
    assert ledger_of("b").read().intent is None


def test_it_renews_itself_until_it_is_given_up(at: At, store_of: Stores) -> None:
    folder, place = at("a")
    lease = open_ledger(folder, OWNER, place, RealClock(), Pace(interval=0.05)).acquire(MINE, wait=0)
    store = store_of("b")
    while True:
        record = decode_lease(store.files(store.fetch()[Name.LEASE]))
        assert record is not None
        if record.sequence >= 2:
            break
        time.sleep(0.02)
    lease.check()
    lease.release()
    assert store.fetch() == {}


class RealClock:
    def now(self) -> str:
        return "2026-01-01T00:00:00+00:00"

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def test_while_the_remote_is_away_the_lease_ages_and_comes_back(clones: Clones, clock: Clock) -> None:
    remote, a, _ = clones
    lease = open_ledger(a, OWNER, InRefs(), clock, Pace(interval=100_000.0)).acquire(MINE, wait=0)
    away = remote.with_name("away.git")
    remote.rename(away)
    clock.sleep(30)
    with pytest.raises(LedgerRefused):
        lease.renew()
    lease.check()
    clock.sleep(11)
    with pytest.raises(LeaseLost):
        lease.check()
    away.rename(remote)
    lease.renew()
    lease.check()
    lease.release()


def test_the_thread_outlives_a_remote_that_is_away_and_ends_when_told(clones: Clones) -> None:
    remote, a, _ = clones
    lease = open_ledger(a, OWNER, InRefs(), RealClock(), Pace(interval=0.05)).acquire(MINE, wait=0)
    away = remote.with_name("away.git")
    remote.rename(away)
    with pytest.raises(LedgerRefused):
        lease.renew()
    away.rename(remote)
    assert [thread for thread in threading.enumerate() if thread.name.startswith("lease-")]
    lease.release()
    store = open_store(a, OWNER, InRefs(), RealClock())
    assert store.fetch() == {}


def test_where_no_ref_may_be_deleted_the_lease_says_that_it_is_over(clones: Clones, git: Git, clock: Clock) -> None:
    remote, a, b = clones
    hook = remote / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\ncase "$3" in *[!0]*) exit 0;; esac\nexit 1\n')
    hook.chmod(0o755)
    still = Pace(interval=100_000.0)
    open_ledger(a, OWNER, InRefs(), clock, still).acquire(MINE, wait=0).release()
    assert git(remote, "for-each-ref", "--format=%(refname)").endswith("/lease")
    theirs = open_ledger(b, OWNER, InRefs(), clock, still)
    assert theirs.read().intent is None
    lease = theirs.acquire(THEIRS, wait=0)
    assert lease.predecessor is None
    assert theirs.read().intent == THEIRS
    lease.release()


@pytest.mark.parametrize("damage", [{LEASE: b""}, {LEASE: None}, {INTENT: None}, {INTENT: b'{"schema": 1}'}])
@pytest.mark.parametrize("at", ["remote", "file"], indirect=True)
def test_a_torn_lease_is_no_free_lease(ledger_of: Ledgers, store_of: Stores, damage: dict[str, bytes | None]) -> None:
    store = store_of("b")
    commit = leave(store)
    store.swap(Name.LEASE, commit, Draft(damage, "torn", (commit,)))
    memory = ledger_of("a").read()
    assert memory.intent is None
    assert memory.trouble is not None
    with pytest.raises(Locked, match="cannot be read"):
        ledger_of("a").acquire(MINE, wait=30)
    lease = ledger_of("a").acquire(MINE, wait=70)
    assert ledger_of("b").read().intent == MINE
    lease.release()


def test_a_lease_of_a_newer_schema_is_never_taken(ledger_of: Ledgers, store_of: Stores) -> None:
    store_of("b").swap(Name.LEASE, None, Draft({LEASE: b'{"schema": 2}'}, "newer"))
    with pytest.raises(LedgerUnreadable, match="upgrade Mooring"):
        ledger_of("a").read()
    with pytest.raises(LedgerRefused, match="upgrade Mooring"):
        ledger_of("a").acquire(MINE, wait=100)
