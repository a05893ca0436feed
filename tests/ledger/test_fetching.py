"""What does a reader download, and what does it still know after a fetch that failed half way?"""

from collections.abc import Callable
from pathlib import Path

import pytest

from mooring.core.memory import Changes, Suspension
from mooring.ledger import history
from mooring.ledger.codec import Owner
from mooring.ledger.opening import InRefs, open_ledger, open_store
from mooring.ledger.store import Draft, Name
from mooring.ports import Clock, LedgerUnreadable, ShelfName

Git = Callable[..., str]
Clones = tuple[Path, Path, Path]

OWNER = Owner("acme", "t")
CACHE = Path(".git/mooring/ledger.git")
NOTED = Changes(suspensions=(Suspension("p", "2030-01-01T00:00:00+00:00", "Ada", "launch"),))
FURTHER = Changes(suspensions=(Suspension("q", "2030-01-01T00:00:00+00:00", "Ada", "launch"),))


def fail_fetches(git: Git, clone: Path, *, after: int) -> None:
    """Let a remote answer so many questions and drop the rest of the line; each listing and each fetch is one."""
    asked, host = clone.parent / "asked", clone.parent / "upload-pack.sh"
    host.write_text(
        f'#!/bin/sh\necho x >> {asked}\n[ $(wc -l < {asked}) -gt {after} ] && exit 1\nexec git-upload-pack "$@"\n'
    )
    host.chmod(0o755)
    git(clone, "config", "remote.origin.uploadpack", str(host))


def answer_again(git: Git, clone: Path) -> None:
    git(clone, "config", "--unset", "remote.origin.uploadpack")


@pytest.mark.parametrize("shelf", ShelfName)
def test_a_reader_of_the_ledger_downloads_no_shelf(clones: Clones, git: Git, clock: Clock, shelf: ShelfName) -> None:
    remote, a, b = clones
    mine = open_ledger(a, OWNER, InRefs(), clock)
    mine.note(NOTED, "suspend p\n")
    mine.shelf(shelf).change(["large"], lambda _: {"large": b"x" * 100_000}, "kept\n")
    there = git(remote, "rev-parse", f"refs/mooring/acme/t/{shelf}")

    theirs = open_ledger(b, OWNER, InRefs(), clock)
    assert "p" in str(theirs.read())

    listed = git(b / CACHE, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
    assert there not in listed
    assert len(theirs.shelf(shelf).read(["large"])["large"]) == 100_000
    assert there in git(b / CACHE, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()


def test_only_what_is_asked_for_is_answered(clones: Clones, clock: Clock) -> None:
    _, a, b = clones
    mine, theirs = open_store(a, OWNER, InRefs(), clock), open_store(b, OWNER, InRefs(), clock)
    made = {name: mine.swap(name, None, Draft({"file": name.encode()}, "made")) for name in Name}
    assert theirs.fetch() == {name: made[name] for name in (Name.LEDGER, Name.LEASE)}
    for name, commit in made.items():
        assert theirs.fetch((name,)) == {name: commit}
        assert theirs.files(commit) == {"file": name.encode()}


def test_who_read_a_shelf_alone_does_not_remember_an_empty_ledger(clones: Clones, clock: Clock) -> None:
    _, a, b = clones
    open_ledger(a, OWNER, InRefs(), clock).note(NOTED, "suspend p\n")
    theirs = open_ledger(b, OWNER, InRefs(), clock)
    theirs.shelf(ShelfName.ARCHIVE).read(["any"])
    with pytest.raises(LedgerUnreadable, match="never read"):
        theirs.remembered()


def test_a_fetch_that_fails_half_way_leaves_what_the_clone_remembers(clones: Clones, git: Git, clock: Clock) -> None:
    _, a, b = clones
    mine, theirs = open_ledger(a, OWNER, InRefs(), clock), open_ledger(b, OWNER, InRefs(), clock)
    mine.note(NOTED, "suspend p\n")
    known = theirs.read()
    mine.note(FURTHER, "suspend q\n")
    fail_fetches(git, b, after=1)

    with pytest.raises(LedgerUnreadable, match="cannot be fetched"):
        open_ledger(b, OWNER, InRefs(), clock).read()

    assert open_ledger(b, OWNER, InRefs(), clock).remembered().suspensions == known.suspensions


def test_a_rewriting_is_found_after_a_fetch_that_failed(clones: Clones, git: Git, clock: Clock) -> None:
    remote, a, b = clones
    mine = open_ledger(a, OWNER, InRefs(), clock)
    mine.note(NOTED, "suspend p\n")
    mine.note(FURTHER, "suspend q\n")
    open_ledger(b, OWNER, InRefs(), clock).read()
    mine.note(Changes(suspensions=(Suspension("r", "2030-01-01T00:00:00+00:00", "Ada", "x"),)), "suspend r\n")
    fail_fetches(git, b, after=1)
    with pytest.raises(LedgerUnreadable):
        open_ledger(b, OWNER, InRefs(), clock).read()
    answer_again(git, b)
    git(remote, "update-ref", "refs/mooring/acme/t/ledger", "refs/mooring/acme/t/ledger~2")

    (flaw,) = history.verify(open_store(b, OWNER, InRefs(), clock), "t").flaws

    assert "rewritten" in flaw


def test_a_cache_that_is_lost_is_no_empty_memory(clones: Clones, git: Git, clock: Clock) -> None:
    _, a, b = clones
    open_ledger(a, OWNER, InRefs(), clock).note(NOTED, "suspend p\n")
    open_ledger(b, OWNER, InRefs(), clock).read()
    for path in (b / CACHE / "objects").rglob("*"):
        if path.is_file():
            path.chmod(0o644)
            path.write_bytes(b"")
    fail_fetches(git, b, after=1)

    with pytest.raises(LedgerUnreadable):
        open_ledger(b, OWNER, InRefs(), clock).read()
    with pytest.raises(LedgerUnreadable, match="never read"):
        open_ledger(b, OWNER, InRefs(), clock).remembered()


def test_more_files_may_be_asked_for_than_a_command_line_holds(clones: Clones, clock: Clock) -> None:
    _, a, _ = clones
    store = open_store(a, OWNER, InRefs(), clock)
    commit = store.swap(Name.ARCHIVE, None, Draft({"there": b"1", "beside": b"2"}, "made"))
    assert store.files(commit, ["there", *(f"{n:070}" for n in range(40_000))]) == {"there": b"1"}
