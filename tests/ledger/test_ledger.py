"""Is what was recorded read back by everybody, and what cannot be read never taken for nothing?"""

import os
import stat
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import pytest

from mooring.core.address import ContentHash, Ref
from mooring.core.memory import Base, Changes, Decision, Indexed, Intent, Memory, PromptMemory, Suspension
from mooring.ledger.codec import HEAD, Owner
from mooring.ledger.ledger import TargetLedger
from mooring.ledger.opening import InFile, InRefs, open_ledger, open_store
from mooring.ledger.store import OFTEN, Draft, Examined, Logged, Name, RefStore
from mooring.memory_file import MemoryFile
from mooring.ports import Clock, LedgerRefused, LedgerUnreadable

Ledgers = Callable[[str], TargetLedger]
Stores = Callable[[str], RefStore]
Git = Callable[..., str]
Clones = tuple[Path, Path, Path]

REF = "refs/mooring/acme/t/ledger"
OWNER = Owner("acme", "t")


def moved(prompt: str, number: int) -> Changes:
    content_hash = ContentHash(f"sha256:{number:064x}")
    base = Base(content_hash, Ref(str(number)), f"v{number}", f"commit{number}", "2026-01-01T00:00:00+00:00")
    indexed = Indexed(base.ref, base.time, base.key, base.commit)
    return Changes(
        commit=base.commit,
        tree=f"tree{number}",
        identity="project-1",
        bases={(prompt, "production"): base},
        index={(prompt, content_hash): indexed},
    )


def test_a_new_ledger_answers_that_it_has_nothing(ledger_of: Ledgers) -> None:
    assert ledger_of("a").read() == Memory()


def test_what_one_records_the_other_reads(ledger_of: Ledgers) -> None:
    mine, theirs = ledger_of("a"), ledger_of("b")
    assert theirs.read() == Memory()
    change = moved("support/agent", 1)
    mine.note(change, "sync: 1 moved\n")
    memory = theirs.read()
    assert memory.head is not None
    assert memory == Memory(
        head=memory.head,
        commit="commit1",
        tree="tree1",
        identity="project-1",
        prompts={
            "support/agent": PromptMemory(
                {"production": change.bases["support/agent", "production"]},  # type: ignore[dict-item]
                {content_hash: indexed for (_, content_hash), indexed in change.index.items()},
            )
        },
    )
    assert mine.read() == memory


def test_decisions_and_suspensions_need_no_lease(ledger_of: Ledgers) -> None:
    lease = ledger_of("a").acquire(Intent("r1", "c", {}), wait=0)
    decision = Decision(ContentHash("sha256:1"), "hotfix is right", "Ada", "2026-01-01T00:00:00+00:00")
    suspension = Suspension("support*", "2026-02-01T00:00:00+00:00", "Ada", "incident 7")
    ledger_of("b").note(Changes(decisions={("p", "production"): decision}, suspensions=(suspension,)), "resolve")
    memory = ledger_of("a").read()
    assert memory.decisions == {("p", "production"): decision}
    assert memory.suspensions == (suspension,)
    ledger_of("a").note(Changes(decisions={("p", "production"): None}, suspensions=()), "resume")
    assert ledger_of("b").read().decisions == {}
    assert ledger_of("b").read().suspensions == ()
    lease.release()


def test_a_change_that_changes_nothing_writes_nothing(ledger_of: Ledgers) -> None:
    ledger = ledger_of("a")
    ledger.note(Changes(), "nothing")
    ledger.note(Changes(suspensions=(), bases={("p", "production"): None}), "nothing either")
    assert ledger.read().head is None
    ledger.note(moved("p", 1), "sync")
    head = ledger.read().head
    ledger_of("b").note(moved("p", 1), "sync again")
    assert ledger.read().head == head


def test_an_unchanged_ledger_is_not_parsed_again(ledger_of: Ledgers) -> None:
    ledger = ledger_of("a")
    ledger.note(moved("p", 1), "sync")
    first = ledger.read()
    assert ledger.read().prompts is first.prompts
    ledger_of("b").note(moved("p", 2), "sync")
    assert ledger.read().prompts is not first.prompts


def test_notes_of_two_people_at_once_are_both_kept(at: Callable[[str], tuple[Path, InRefs]], clock: Clock) -> None:
    (folder, place), (other_folder, other_place) = at("a"), at("b")
    theirs = open_ledger(other_folder, OWNER, other_place, clock)
    store = Interrupted(open_store(folder, OWNER, place, clock), lambda: theirs.note(moved("theirs", 2), "meanwhile"))
    TargetLedger(store, OWNER, clock).note(moved("mine", 1), "mine")
    assert theirs.read().prompts.keys() == {"mine", "theirs"}
    assert theirs.read().commit == "commit1"


@pytest.mark.parametrize("at", ["remote", "file"], indirect=True)
def test_a_ledger_that_never_comes_to_rest_is_refused(at: Callable[[str], tuple[Path, InRefs]], clock: Clock) -> None:
    folder, place = at("a")
    theirs, count = open_ledger(folder, OWNER, place, clock), iter(range(1, 1_000))
    store = Interrupted(
        open_store(folder, OWNER, place, clock), lambda: theirs.note(moved("theirs", next(count)), "again"), times=99
    )
    with pytest.raises(LedgerRefused, match="changed by others"):
        TargetLedger(store, OWNER, clock).note(moved("mine", 1), "mine")
    assert theirs.read().prompts.keys() == {"theirs"}


class Interrupted:
    """A store where somebody else comes in between, right before each of the first swaps."""

    def __init__(self, inner: RefStore, interrupt: Callable[[], None], times: int = 1) -> None:
        self._inner = inner
        self._interrupt = interrupt
        self._left = times

    @property
    def place(self) -> str:
        return self._inner.place

    @property
    def memory(self) -> MemoryFile | None:
        return self._inner.memory

    def fetch(self, names: Collection[Name] = OFTEN) -> Mapping[Name, str]:
        return self._inner.fetch(names)

    def seed(self, name: Name) -> str | None:
        return self._inner.seed(name)

    def files(self, commit: str, paths: Collection[str] | None = None) -> Mapping[str, bytes]:
        return self._inner.files(commit, paths)

    def history(self, commit: str) -> Sequence[str]:
        return self._inner.history(commit)

    def log(self, commit: str, limit: int | None = None) -> Sequence[Logged]:
        return self._inner.log(commit, limit)

    def last_seen(self, name: Name) -> str | None:
        return self._inner.last_seen(name)

    def asked(self) -> str | None:
        return self._inner.asked()

    def anchor(self) -> str | None:
        return self._inner.anchor()

    def examine(self, commit: str) -> Examined:
        return self._inner.examine(commit)

    def swap(self, name: Name, expected: str | None, draft: Draft) -> str:
        if self._left:
            self._left -= 1
            self._interrupt()
        return self._inner.swap(name, expected, draft)

    def delete(self, name: Name, expected: str) -> None:
        self._inner.delete(name, expected)


SHARD = "prompts/14.json"  # where `p` is kept
DAMAGE: dict[str, dict[str, bytes | None]] = {
    "head cut": {HEAD: b'{\n "commit": "comm'},
    "head empty": {HEAD: b""},
    "head gone": {HEAD: None},
    "head of another shape": {HEAD: b'{"schema": 1, "decisions": []}'},
    "shard cut": {SHARD: b'{\n "p": {\n  "bases": {'},
    "shard empty": {SHARD: b""},
    "shard binary": {SHARD: b"\x00\xff"},
    "shard of another shape": {SHARD: b'{"p": []}'},
    "another file": {"prompts/00.json": b"<<<<<<< HEAD"},
}


# What damage is, the files alone decide; who keeps them, only how they come. So each place need not see every damage.
TORN = [("file", damage, 1) for damage in DAMAGE.values()]
TORN += [("remote", DAMAGE[name], 1) for name in ("head cut", "head gone", "shard binary", "another file")]
TORN += [(place, {HEAD: b""}, 3) for place in ("file", "remote")]


@pytest.mark.parametrize(("at", "damage", "times"), TORN, indirect=["at"])
def test_a_torn_commit_is_stepped_over(
    ledger_of: Ledgers, store_of: Stores, damage: dict[str, bytes | None], times: int
) -> None:
    ledger_of("a").note(moved("p", 1), "good")
    good = ledger_of("a").read()
    store = store_of("a")
    for number in range(times):
        head = store.fetch()[Name.LEDGER]
        store.swap(Name.LEDGER, head, Draft({**damage, "note": b"%d" % number}, "torn", (head,)))
    torn = ledger_of("b").read()
    assert torn.trouble is not None
    assert store.fetch()[Name.LEDGER][:12] in torn.trouble
    assert (torn.head, torn.prompts, torn.commit) == (good.head, good.prompts, good.commit)


def test_a_record_on_top_of_a_torn_commit_heals_it(ledger_of: Ledgers, store_of: Stores) -> None:
    ledger_of("a").note(moved("p", 1), "good")
    store = store_of("a")
    head = store.fetch()[Name.LEDGER]
    store.swap(Name.LEDGER, head, Draft({SHARD: b"", "prompts/00.json": b"torn"}, "torn", (head,)))
    ledger_of("b").note(moved("q", 2), "on top")
    healed = ledger_of("a").read()
    assert healed.trouble is None
    assert healed.prompts.keys() == {"p", "q"}


def test_a_ledger_of_which_nothing_can_be_read_is_not_empty(ledger_of: Ledgers, store_of: Stores) -> None:
    store_of("a").swap(Name.LEDGER, None, Draft({HEAD: b"garbage"}, "torn"))
    with pytest.raises(LedgerUnreadable, match=r"nor at any commit before it: mooring\.json.*--accept-lost-ledger"):
        ledger_of("b").read()
    with pytest.raises(LedgerRefused, match="Nothing was recorded"):
        ledger_of("b").note(moved("p", 1), "on top")


def test_a_newer_schema_is_neither_read_nor_stepped_over_nor_written(ledger_of: Ledgers, store_of: Stores) -> None:
    ledger_of("a").note(moved("p", 1), "good")
    store = store_of("a")
    head = store.fetch()[Name.LEDGER]
    newer = store.swap(Name.LEDGER, head, Draft({HEAD: b'{"schema": 2}'}, "newer", (head,)))
    with pytest.raises(LedgerUnreadable, match="upgrade Mooring"):
        ledger_of("b").read()
    with pytest.raises(LedgerRefused, match="upgrade Mooring"):
        ledger_of("b").note(moved("p", 2), "older tool")
    assert store.fetch() == {Name.LEDGER: newer}


def test_a_remote_that_refuses_records_nothing(clones: Clones, git: Git, clock: Clock) -> None:
    remote, a, _ = clones
    ledger = open_ledger(a, OWNER, InRefs(), clock)
    ledger.note(moved("p", 1), "good")
    before = ledger.read()
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(LedgerRefused, match="pre-receive hook declined"):
        ledger.note(moved("p", 2), "refused")
    with pytest.raises(LedgerRefused, match="pre-receive hook declined"):
        ledger.acquire(Intent("r1", "c", {}), wait=0)
    assert ledger.read() == before
    assert git(remote, "for-each-ref", "--format=%(refname)") == REF


def test_a_remote_that_is_gone_is_unknown_to_readers_and_refuses_writers(clones: Clones, clock: Clock) -> None:
    remote, a, _ = clones
    ledger = open_ledger(a, OWNER, InRefs(), clock)
    ledger.note(moved("p", 1), "good")
    remote.rename(remote.with_name("elsewhere.git"))
    with pytest.raises(LedgerUnreadable, match="cannot be reached"):
        ledger.read()
    with pytest.raises(LedgerRefused, match="cannot be reached"):
        ledger.note(moved("p", 2), "lost")
    with pytest.raises(LedgerRefused, match="Nothing was written to the platform"):
        ledger.acquire(Intent("r1", "c", {}), wait=0)


def test_a_ledger_from_before_there_was_a_remote_is_carried_on(
    alone: tuple[Path, Path], git: Git, clock: Clock, tmp_path: Path
) -> None:
    folder, _ = alone
    open_ledger(folder, OWNER, InRefs(), clock).note(moved("p", 1), "alone")
    git(tmp_path, "init", "--quiet", "--bare", "late.git")
    git(folder, "remote", "add", "origin", str(tmp_path / "late.git"))
    ledger = open_ledger(folder, OWNER, InRefs(), clock)
    assert ledger.read().base("p", "production") is not None
    ledger.note(moved("q", 2), "together")
    git(tmp_path, "clone", "--quiet", str(tmp_path / "late.git"), "c")
    assert open_ledger(tmp_path / "c", OWNER, InRefs(), clock).read().prompts.keys() == {"p", "q"}
    assert git(tmp_path / "late.git", "log", "--format=%s", REF).splitlines() == ["together", "alone"]
    # What stands at the remote counts from now on.
    assert open_ledger(folder, OWNER, InRefs(), clock).read().prompts.keys() == {"p", "q"}


def catalogue(count: int) -> Changes:
    changes = [moved(f"team/prompt-{number}", number) for number in range(count)]
    return Changes(
        commit="c0ffee",
        bases={address: base for change in changes for address, base in change.bases.items()},
        index={address: indexed for change in changes for address, indexed in change.index.items()},
    )


def test_cost_follows_change_not_size(clones: Clones, git: Git, clock: Clock) -> None:
    remote, a, _ = clones
    ledger = open_ledger(a, OWNER, InRefs(), clock)
    ledger.note(catalogue(5_000), "first sync")
    first = git(remote, "rev-parse", REF)
    ledger.note(moved("team/prompt-4711", 9_999), "sync: 1 moved")
    made = git(remote, "rev-list", "--objects", f"{first}..{REF}").splitlines()
    assert len(made) == 5, "a commit, two trees, mooring.json and one shard"
    ledger.note(moved("team/prompt-4711", 9_999), "sync: nothing moved")
    assert git(remote, "rev-list", "--count", REF) == "2"


def test_a_file_ledger_is_replaced_whole_and_keeps_a_bounded_history(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "deep" / "ledger.json"
    ledger = open_ledger(tmp_path, OWNER, InFile(Path("deep/ledger.json")), clock)
    for number in range(60):
        ledger.note(moved("p", number % 3), f"sync {number}")
    assert sorted(entry.name for entry in path.parent.iterdir() if entry.suffix != ".lock") == ["ledger.json"]
    store = open_store(tmp_path, OWNER, InFile(path), clock)
    head = store.fetch()[Name.LEDGER]
    assert 5 <= len(store.history(head)) <= 30
    assert path.stat().st_size < 60_000
    base = ledger.read().base("p", "production")
    assert base is not None
    assert base.key == "v2"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema": 1, "refs": 7}', b'{"schema": 2}'])
def test_a_damaged_file_is_unreadable_and_stays_as_it_is(tmp_path: Path, clock: Clock, content: bytes) -> None:
    path = tmp_path / "ledger.json"
    path.write_bytes(content)
    ledger = open_ledger(tmp_path, OWNER, InFile(path), clock)
    with pytest.raises(LedgerUnreadable, match="ledger.json"):
        ledger.read()
    with pytest.raises(LedgerRefused, match="Nothing was recorded"):
        ledger.note(moved("p", 1), "sync")
    assert path.read_bytes() == content


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path, clock: Clock) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(LedgerRefused, match="cannot be written"):
        open_ledger(tmp_path, OWNER, InFile(Path("ledger.json")), clock).note(moved("p", 1), "sync")


def test_a_folder_in_the_place_of_the_file_is_said(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "ledger.json").mkdir()
    ledger = open_ledger(tmp_path, OWNER, InFile(Path("ledger.json")), clock)
    with pytest.raises(LedgerUnreadable, match="cannot be read"):
        ledger.read()
