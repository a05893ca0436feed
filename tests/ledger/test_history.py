"""Does the ledger's history tell all records from the clone alone, and is it found out who changes it?"""

import hashlib
import json
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from mooring.core.address import ABSENT, Address, ContentHash
from mooring.core.record import Moved, Record, RecordKind, message
from mooring.core.trail import Verdict
from mooring.ledger.codec import Owner
from mooring.ledger.history import records, verify
from mooring.ledger.opening import InBranch, InFile, InRefs, open_store
from mooring.ledger.store import Draft, Name, RefStore, Torn
from mooring.ports import Clock, LedgerUnreadable

Stores = Callable[[str], RefStore]
Git = Callable[..., str]
Clones = tuple[Path, Path, Path]

REF = "refs/mooring/acme/t/ledger"
EVERYWHERE = pytest.mark.parametrize("at", ["remote", "branch", "alone", "file"], indirect=True)


def record(number: int) -> Record:
    new = ContentHash(f"sha256:{number:064x}")
    moved = (Moved(Address("t", f"prompt {number % 7}", "production"), ABSENT, new),)
    return Record(RecordKind.SYNC, "t", "1 applied", "Ada <ada@example.com>", f"run{number}", "c" * 40, moved=moved)


def write(store: RefStore, number: int, files: dict[str, bytes | None] | None = None) -> str:
    tip = store.fetch().get(Name.LEDGER)
    draft = Draft(files or {"mooring.json": b"%d" % number}, message(record(number)), () if tip is None else (tip,))
    return store.swap(Name.LEDGER, tip, draft)


def runs(store: RefStore) -> list[str]:
    return [one.run for one in records(store)]


@EVERYWHERE
def test_records_are_told_newest_first_with_id_time_and_all_that_was_written(store_of: Stores) -> None:
    mine, theirs = store_of("a"), store_of("b")
    ids = [write(mine, 1), write(mine, 2)]
    theirs.fetch()
    newest, oldest = records(theirs)
    assert [newest.id, oldest.id] == ids[::-1]
    assert newest.time == "2026-01-01T00:00:00+00:00"
    assert newest.moved == record(2).moved
    assert newest.by == "Ada <ada@example.com>"
    logged = mine.log(ids[1], 1)
    assert [(one.id, one.parents, one.author) for one in logged] == [
        (ids[1], (ids[0],), "Ada <ada@example.com>"),
    ]


@pytest.mark.parametrize("spelling", ["prompt 2", "prompt 2@production", "t:prompt 2", "t:prompt 2@production"])
def test_what_is_asked_about_one_address_is_all_that_names_it(spelling: str, clones: Clones, clock: Clock) -> None:
    store = open_store(clones[0], Owner("acme", "t"), InRefs(), clock)
    for number in range(1, 10):
        write(store, number)
    pause = message(Record(RecordKind.SUSPEND, "t", "t:* until 2030", "Ada", "run10"))
    tip = store.fetch()[Name.LEDGER]
    store.swap(Name.LEDGER, tip, Draft({"mooring.json": b"10"}, pause, (tip,)))
    assert [one.run for one in records(store, [spelling])] == ["run10", "run9", "run2"]
    assert len(records(store)) == 10


@EVERYWHERE
def test_what_is_no_record_is_passed_over(store_of: Stores) -> None:
    store = store_of("a")
    first = write(store, 1)
    tip = store.swap(Name.LEDGER, first, Draft({"x": b"y"}, "tidied by hand", (first,)))
    assert runs(store) == ["run1"]
    assert next(iter(store.log(tip))).message.strip() == "tidied by hand"


@EVERYWHERE
def test_our_own_writes_are_seen_without_a_fetch(store_of: Stores) -> None:
    store = store_of("a")
    assert store.last_seen(Name.LEDGER) is None
    tip = write(store, 1)
    again = store_of("a")
    assert again.last_seen(Name.LEDGER) == tip
    assert runs(again) == ["run1"]


def test_a_clone_tells_what_it_last_saw_and_says_when_that_was(
    clones: Clones, clock: Clock, argv: Callable[[], list[list[str]]]
) -> None:
    remote, a, b = clones
    mine, theirs = (open_store(folder, Owner("acme", "t"), InRefs(), clock) for folder in (a, b))
    assert theirs.asked() is None
    write(mine, 1)
    theirs.fetch()
    clock.sleep(60)
    write(mine, 2)
    remote.rename(remote.with_name("gone.git"))
    before = len(argv())
    assert runs(theirs) == ["run1"]
    assert theirs.asked() == "2026-01-01T00:00:00+00:00"
    assert [words[2] for words in argv()[before:]] == ["rev-parse", "log"]


def test_a_file_keeps_all_records_and_the_files_of_the_newest(tmp_path: Path, clock: Clock) -> None:
    store = open_store(tmp_path, Owner("acme", "t"), InFile(Path("ledger.json")), clock)
    first, *_ = [write(store, number) for number in range(60)]
    assert runs(store) == [f"run{number}" for number in reversed(range(60))]
    with pytest.raises(Torn, match="too old"):
        store.files(first)
    assert verify(store, "t").flaws == ()
    assert verify(store, "t").entries == 60


def test_a_commit_that_is_not_there_is_torn(tmp_path: Path, clones: Clones, clock: Clock) -> None:
    _, a, _ = clones
    for place in (InRefs(), InFile(tmp_path / "ledger.json")):
        store = open_store(a, Owner("acme", "t"), place, clock)
        write(store, 1)
        with pytest.raises(Torn, match="1111"):
            store.log("1" * 40)


def test_ten_thousand_records_cost_two_processes(
    clones: Clones, git: Git, clock: Clock, argv: Callable[[], list[list[str]]]
) -> None:
    remote, a, _ = clones
    _import(git, remote, 10_000)
    store = open_store(a, Owner("acme", "t"), InRefs(), clock)
    store.fetch()
    before = len(argv())
    told = records(store)
    assert [words[2] for words in argv()[before:]] == ["rev-parse", "log"]
    assert len(told) == 10_000
    assert (told[0].run, told[-1].run) == ("run9999", "run0")
    before = len(argv())
    assert verify(store, "t").entries == 10_000
    assert [words[2] for words in argv()[before:]] == ["ls-remote", "rev-parse", "cat-file"]


def _import(git: Git, remote: Path, number: int) -> None:
    stream: list[bytes] = []
    pattern = message(record(0))
    for at in range(number):
        text = pattern.replace("run0", f"run{at}").encode()
        who = b"Ada <ada@example.com> %d +0000" % (1_780_000_000 + at)
        stream += [b"commit %s" % REF.encode(), b"mark :%d" % (at + 1), b"author " + who, b"committer " + who]
        stream += [b"data %d\n%s" % (len(text), text), *([b"from :%d" % at] if at else [])]
        stream += [b"M 100644 inline f\ndata 4\n%04d" % (at % 100), b""]
    (remote.parent / "stream").write_bytes(b"\n".join([*stream, b"done", b""]))
    git(remote, "-c", f"alias.import=!git fast-import --quiet --done < '{remote.parent}/stream'", "import")


# --- verify ---------------------------------------------------------------------------------------------------------


@EVERYWHERE
def test_an_untouched_ledger_is_verified_to_its_first_entry(store_of: Stores) -> None:
    store = store_of("a")
    ids = [write(store, number) for number in range(3)]
    assert verify(store, "t", [ids[0], ids[1][:7]]) == Verdict("t", ids[2], 3)


@EVERYWHERE
def test_a_ledger_without_entries_has_no_flaw(store_of: Stores) -> None:
    assert verify(store_of("a"), "t") == Verdict("t", None, 0)


@EVERYWHERE
def test_an_entry_that_somebody_noted_and_is_not_there_is_missing(store_of: Stores) -> None:
    store = store_of("a")
    write(store, 1)
    assert verify(store, "t", ["1234567"]).missing == ("1234567",)


def _rewritten(git: Git, remote: Path, depth: int, change: Callable[[str], str]) -> None:
    """Change one entry's message and put those that stood on it on top of the changed one, as a forger would."""
    ids = git(remote, "rev-list", "--reverse", f"--max-count={depth + 1}", REF).splitlines()
    parent = git(remote, "rev-list", "--parents", "-1", ids[0]).split()[1:]
    settings = ["-c", "user.name=Mallory", "-c", "user.email=m@example.com"]
    for at, oid in enumerate(ids):
        text = git(remote, "log", "-1", "--format=%B", oid)
        options = [word for one in parent for word in ("-p", one)]
        tree = f"{oid}^{{tree}}"
        parent = [git(remote, *settings, "commit-tree", tree, *options, "-m", change(text) if at == 0 else text)]
    git(remote, "update-ref", REF, parent[0])


def test_an_entry_that_is_rewritten_at_the_remote_is_found_and_named(clones: Clones, git: Git, clock: Clock) -> None:
    remote, a, b = clones
    mine, theirs = (open_store(folder, Owner("acme", "t"), InRefs(), clock) for folder in (a, b))
    ids = [write(mine, number) for number in range(4)]
    theirs.fetch()
    _rewritten(git, remote, 1, lambda text: text.replace("Ada", "Bob"))
    for store in (mine, theirs):
        (flaw,) = verify(store, "t").flaws
        assert "was rewritten" in flaw
        assert f"the newest entry that both hold is {ids[1][:12]}" in flaw
        assert f"Gone: {ids[3][:12]} of 2026-01-01T00:00:00+00:00, sync t: 1 applied; {ids[2][:12]}" in flaw
    write(mine, 5)
    assert verify(mine, "t").flaws != (), "a write on top of the forgery does not wash it"
    assert verify(theirs, "t").flaws != ()


def test_entries_that_are_cut_off_at_the_remote_are_found(clones: Clones, git: Git, clock: Clock) -> None:
    remote, a, _ = clones
    store = open_store(a, Owner("acme", "t"), InRefs(), clock)
    ids = [write(store, number) for number in range(6)]
    git(remote, "update-ref", REF, ids[1])
    (flaw,) = verify(store, "t").flaws
    assert f"both hold is {ids[1][:12]}" in flaw
    assert "and 1 more" in flaw
    git(remote, "update-ref", "-d", REF)
    (flaw,) = verify(store, "t").flaws
    assert "nothing is left" in flaw


def test_a_fresh_clone_needs_an_id_that_somebody_noted(clones: Clones, git: Git, clock: Clock) -> None:
    remote, a, b = clones
    mine = open_store(a, Owner("acme", "t"), InRefs(), clock)
    ids = [write(mine, number) for number in range(3)]
    _rewritten(git, remote, 0, lambda text: text.replace("Ada", "Bob"))
    fresh = open_store(b, Owner("acme", "t"), InRefs(), clock)
    assert verify(fresh, "t").flaws == ()
    assert verify(fresh, "t", [ids[2]]).missing == (ids[2],)
    assert verify(fresh, "t", [ids[1]]).missing == ()


def test_entries_that_only_came_on_top_are_no_rewriting(clones: Clones, clock: Clock) -> None:
    _, a, b = clones
    mine, theirs = (open_store(folder, Owner("acme", "t"), InBranch("x"), clock) for folder in (a, b))
    write(mine, 1)
    write(theirs, 2)
    write(mine, 3)
    for store in (mine, theirs):
        assert verify(store, "t").flaws == ()
        assert store.anchor() == store.last_seen(Name.LEDGER)


def test_a_remote_that_does_not_answer_is_said_and_the_clone_checked(clones: Clones, clock: Clock) -> None:
    remote, a, _ = clones
    store = open_store(a, Owner("acme", "t"), InRefs(), clock)
    tip = write(store, 1)
    remote.rename(remote.with_name("gone.git"))
    found = verify(store, "t")
    assert (found.tip, found.entries, found.flaws) == (tip, 1, ())
    assert "cannot be reached" in found.unasked


def _object(cache: Path, oid: str) -> Path:
    path = cache / "objects" / oid[:2] / oid[2:]
    path.chmod(0o644)
    return path


def _replaced(cache: Path, oid: str, change: Callable[[bytes], bytes]) -> None:
    path = _object(cache, oid)
    kind, _, content = zlib.decompress(path.read_bytes()).partition(b"\0")
    content = change(content)
    path.write_bytes(zlib.compress(kind.split()[0] + b" %d\0" % len(content) + content))


def test_an_object_that_is_changed_in_place_is_found_at_any_depth(clones: Clones, clock: Clock) -> None:
    _, a, _ = clones
    store = open_store(a, Owner("acme", "t"), InRefs(), clock)
    ids = [write(store, number) for number in range(3)]
    _replaced(a / ".git/mooring/ledger.git", ids[0], lambda text: text.replace(b"Mooring-By: Ada", b"Mooring-By: Bob"))
    found = verify(store, "t")
    assert found.entries == 3
    assert found.flaws == (
        f"Entry {ids[0][:12]}, which commit {ids[1][:12]} names, holds something else than its id says",
    )


def test_an_entry_that_is_lost_is_found(clones: Clones, clock: Clock) -> None:
    _, a, _ = clones
    store = open_store(a, Owner("acme", "t"), InRefs(), clock)
    ids = [write(store, number) for number in range(3)]
    _object(a / ".git/mooring/ledger.git", ids[1]).unlink()
    assert verify(store, "t").flaws == (
        f"Entry {ids[1][:12]}, which commit {ids[2][:12]} names, is missing or cannot be read",
    )


@pytest.mark.parametrize("path", ["mooring.json", "prompts/aa.json", "prompts"])
def test_the_files_of_the_newest_entry_are_checked_too(clones: Clones, git: Git, clock: Clock, path: str) -> None:
    _, a, _ = clones
    store = open_store(a, Owner("acme", "t"), InRefs(), clock)
    tip = write(store, 1, {"mooring.json": b"{}", "prompts/aa.json": b"[1]"})
    cache = a / ".git/mooring/ledger.git"
    oid = git(cache, "rev-parse", f"{tip}:{path}")
    _replaced(cache, oid, lambda content: content.replace(b"aa", b"bb") + b" ")
    (flaw,) = verify(store, "t").flaws
    assert oid[:12] in flaw
    assert tip[:12] in flaw


def test_a_repository_of_sha256_is_verified(tmp_path: Path, git: Git, clock: Clock) -> None:
    git(tmp_path, "init", "--quiet", "--object-format=sha256", str(tmp_path / "new"))
    store = open_store(tmp_path / "new", Owner("acme", "t"), InRefs(), clock)
    write(store, 1, {"prompts/aa.json": b"[1]"})
    tip = write(store, 2)
    assert verify(store, "t") == Verdict("t", tip, 2)


def test_a_file_that_is_edited_is_found_and_the_place_named(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "ledger.json"
    store = open_store(tmp_path, Owner("acme", "t"), InFile(path), clock)
    ids = [write(store, number) for number in range(3)]
    whole = json.loads(path.read_text())

    def with_change(change: Callable[[dict[str, dict[str, dict[str, str]]]], object]) -> Verdict:
        book = json.loads(json.dumps(whole))
        change(book)
        path.write_text(json.dumps(book))
        return verify(open_store(tmp_path, Owner("acme", "t"), InFile(path), clock), "t")

    changed = with_change(lambda book: book["commits"][ids[0]].update(message="sync t: nothing at all\n"))
    assert changed.flaws == (
        f"Entry {ids[0][:12]}, which entry {ids[1][:12]} names, holds something else than its id says",
    )
    lost = with_change(lambda book: book["commits"].pop(ids[0]))
    assert lost.flaws == (f"Entry {ids[0][:12]}, which entry {ids[1][:12]} names, is missing",)
    blob = hashlib.sha256(b"=2").hexdigest()
    edited = with_change(lambda book: book["blobs"].update({blob: "=9"}))  # type: ignore[dict-item]
    assert edited.flaws == (f"The file mooring.json of entry {ids[2][:12]} holds something else than its id says",)
    tree = whole["commits"][ids[2]]["tree"]
    moved = with_change(lambda book: book["trees"][tree].update(other=blob))
    assert moved.flaws == (f"The files of entry {ids[2][:12]} are others than its id says",)
    gone = with_change(lambda book: book["trees"].pop(tree))
    assert gone.flaws == (f"The files of entry {ids[2][:12]} are others than its id says",)


def test_a_history_that_cannot_be_read_says_how_to_find_the_place(clones: Clones, clock: Clock) -> None:
    _, a, _ = clones
    store = open_store(a, Owner("acme", "t"), InRefs(), clock)
    first = write(store, 1)
    write(store, 2)
    _object(a / ".git/mooring/ledger.git", first).unlink()
    with pytest.raises(LedgerUnreadable, match="mooring log --verify"):
        records(store)
