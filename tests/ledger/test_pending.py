"""What was done and is not on record yet is kept on this machine, and is on record once in the end."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mooring.core.address import ABSENT, Address, ContentHash, Ref
from mooring.core.memory import Base, Changes, Intent, Move, Phase, Waiting
from mooring.core.record import Moved, Record, RecordKind, message
from mooring.ledger.codec import Owner
from mooring.ledger.ledger import TargetLedger
from mooring.ledger.opening import Place
from mooring.ledger.pending import WaitingMoves, happened
from mooring.ledger.store import RefStore
from mooring.ports import Clock, LedgerRefused, LedgerUnreadable

Ledgers = Callable[[str], TargetLedger]

H1 = ContentHash("sha256:" + "1" * 64)
OWNER = Owner("acme-support", "langfuse prod")


def move(reason: str = "why", time: str = "2026-01-01T00:00:00+00:00") -> Move:
    return Move(H1, ABSENT, RecordKind.ROLLBACK, reason, "Ada", time)


def text(reason: str = "why", label: str = "production") -> str:
    moved = (Moved(Address("langfuse prod", "greet", label), ABSENT, H1),)
    return message(Record(RecordKind.ROLLBACK, "prod", "back", "Ada", reason=reason, moved=moved))


def begin(ledger: TargetLedger, reason: str = "why", label: str = "production") -> Waiting:
    return ledger.begin("greet", label, move(reason), text(reason, label))


def reasons(ledger: TargetLedger) -> list[str]:
    """What is on record, newest first."""
    ledger.read()
    return [one.reason for one in ledger.records() if one.id and one.kind is RecordKind.ROLLBACK]


def test_what_was_begun_is_told_on_this_machine_and_not_on_record(ledger_of: Ledgers) -> None:
    begun = begin(ledger_of("a"))

    assert begun.phase is Phase.BEGUN
    assert ledger_of("a").waiting() == [begun]
    assert ledger_of("a").read().moves == {("greet", "production"): move()}
    assert ledger_of("a").flush() == 0
    assert reasons(ledger_of("b")) == []


def test_what_happened_is_recorded_once(ledger_of: Ledgers) -> None:
    ledger = ledger_of("a")
    ledger.done(begin(ledger))

    assert [ledger_of("a").flush(), ledger_of("a").flush()] == [1, 0]

    assert ledger_of("b").read().moves == {("greet", "production"): move()}
    assert reasons(ledger_of("b")) == ["why"]
    assert ledger.waiting() == []


def test_what_did_not_happen_is_forgotten(ledger_of: Ledgers) -> None:
    ledger = ledger_of("a")
    begun = begin(ledger)
    ledger.withdraw(begun)
    ledger.withdraw(begun)

    assert (ledger.waiting(), ledger.flush(), ledger.read().moves) == ([], 0, {})


def test_what_happened_although_somebody_withdrew_it_is_recorded(ledger_of: Ledgers) -> None:
    ledger = ledger_of("a")
    begun = begin(ledger)
    ledger_of("a").withdraw(begun)
    ledger.done(begun)

    assert ledger.flush() == 1
    assert reasons(ledger) == ["why"]


def test_several_are_recorded_in_the_order_in_which_they_were_made(ledger_of: Ledgers) -> None:
    ledger = ledger_of("a")
    for reason in ("first", "second", "third"):
        ledger.done(begin(ledger, reason))

    assert [one.reason for one in ledger.records()] == ["third", "second", "first"]
    assert ledger.flush() == 3
    assert reasons(ledger) == ["third", "second", "first"]


def test_one_that_is_on_record_already_is_forgotten_whatever_came_after_it(ledger_of: Ledgers) -> None:
    ledger = ledger_of("a")
    waiting = begin(ledger)
    ledger.done(waiting)
    ledger.flush()
    base = Base(H1, Ref("1"), "v1", "c" * 40, "2026-02-01T00:00:00+00:00")
    ledger.note(Changes(bases={("greet", "production"): base}), "sync prod: 1 applied")
    ledger.done(waiting)  # as a run leaves it that dies before it forgets

    ledger.flush()

    assert reasons(ledger) == ["why"]
    assert (ledger.waiting(), ledger.read().moves) == ([], {})


@pytest.mark.parametrize("how", ["note", "acquire"])
def test_whoever_writes_next_records_what_waits_first(ledger_of: Ledgers, how: str) -> None:
    ledger = ledger_of("a")
    ledger.done(begin(ledger))

    if how == "note":
        ledger.note(Changes(identity="p1"), "resume prod: greet")
    else:
        ledger.acquire(Intent("run", "c" * 40, {}), wait=0).release()

    assert ledger.waiting() == []
    assert reasons(ledger)[-1] == "why"


@pytest.mark.parametrize("at", ["remote"], indirect=True)
def test_while_the_remote_is_gone_it_waits(ledger_of: Ledgers, clones: tuple[Path, Path, Path]) -> None:
    ledger_of("a").note(Changes(identity="p1"), "sync prod: 1 applied")
    ledger = ledger_of("a")
    ledger.read()
    clones[0].rename(clones[0].with_name("away.git"))
    ledger.done(begin(ledger))

    with pytest.raises(LedgerRefused):
        ledger.flush()
    with pytest.raises(LedgerUnreadable):
        ledger.read()
    known = ledger_of("a").remembered()
    assert (known.identity, known.intent) == ("p1", None)
    assert known.moves == {("greet", "production"): move()}
    assert [(one.id, one.reason) for one in ledger_of("a").records()[:1]] == [("", "why")]

    clones[0].with_name("away.git").rename(clones[0])
    assert ledger.flush() == 1
    assert reasons(ledger_of("b"))[0] == "why"


@pytest.mark.parametrize("at", ["remote", "alone", "file"], indirect=True)
def test_what_this_clone_wrote_last_is_remembered(ledger_of: Ledgers) -> None:
    ledger_of("a").note(Changes(identity="p1"), "sync prod: 1 applied")
    ledger_of("a").note(Changes(identity="p2"), "sync prod: 1 applied")
    assert ledger_of("a").remembered().identity == "p2"


@pytest.mark.parametrize("at", ["remote"], indirect=True)
def test_a_clone_that_never_read_a_ledger_remembers_nothing(ledger_of: Ledgers) -> None:
    ledger_of("b").note(Changes(identity="p1"), "sync prod: 1 applied")
    with pytest.raises(LedgerUnreadable, match="never read"):
        ledger_of("a").remembered()


@pytest.mark.parametrize("at", ["remote"], indirect=True)
def test_a_ledger_that_was_empty_when_it_was_read_is_remembered_as_empty(ledger_of: Ledgers) -> None:
    ledger_of("a").read()
    assert ledger_of("a").remembered().head is None


@pytest.mark.parametrize("at", ["alone"], indirect=True)
def test_all_work_trees_of_a_repository_share_what_waits(ledger_of: Ledgers) -> None:
    begun = begin(ledger_of("a"))
    assert ledger_of("b").waiting() == [begun]


@pytest.mark.parametrize("at", ["remote"], indirect=True)
def test_each_target_has_its_own(at: Callable[[str], tuple[Path, Place]]) -> None:
    folder, _ = at("a")
    WaitingMoves(folder, OWNER).keep("greet", "production", move(), text())
    assert WaitingMoves(folder, Owner("acme-support", "other")).read() == ([], None)
    assert len(WaitingMoves(folder, OWNER).read()[0]) == 1


def _files(folder: Path) -> list[Path]:
    return sorted((folder / ".git" / "mooring" / "pending").rglob("*.json"))


@pytest.mark.parametrize("at", ["remote"], indirect=True)
def test_a_file_is_private_and_replaced_whole(at: Callable[[str], tuple[Path, Place]], ledger_of: Ledgers) -> None:
    folder, _ = at("a")
    begun = begin(ledger_of("a"))
    (file,) = _files(folder)
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.stat().st_ino

    ledger_of("a").done(begun)

    assert file.stat().st_ino != before
    assert [one.name for one in file.parent.iterdir()] == [file.name]
    assert WaitingMoves(folder, OWNER).read()[0] == [happened(begun)]


@pytest.mark.parametrize("at", ["remote"], indirect=True)
@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"moves": {}, "message": "", "phase": "1/done"}', "[" * 100_000, "\udcff"]
)
def test_a_damaged_file_is_said_and_hides_no_other(
    at: Callable[[str], tuple[Path, Place]], ledger_of: Ledgers, content: str
) -> None:
    folder, _ = at("a")
    begin(ledger_of("a"), "first")
    good = begin(ledger_of("a"), "second", "staging")
    _files(folder)[0].write_bytes(content.encode("utf-8", "surrogateescape"))

    memory = ledger_of("a").read()

    assert ledger_of("a").waiting() == [good]
    assert memory.moves.keys() == {("greet", "staging")}
    assert "cannot be read" in str(memory.trouble)
    assert str(_files(folder)[0]) in str(memory.trouble)


@pytest.mark.parametrize("at", ["remote"], indirect=True)
def test_what_a_newer_tool_keeps_is_not_recorded_by_this_one(
    at: Callable[[str], tuple[Path, Place]], ledger_of: Ledgers
) -> None:
    folder, _ = at("a")
    ledger = ledger_of("a")
    ledger.done(begin(ledger))
    (file,) = _files(folder)
    file.write_text(json.dumps({**json.loads(file.read_text()), "phase": "2/done"}))

    assert ledger.flush() == 0
    assert file.exists()


@pytest.mark.parametrize("at", ["remote"], indirect=True)
def test_where_nothing_can_be_kept_nothing_is_begun(
    at: Callable[[str], tuple[Path, Place]], ledger_of: Ledgers
) -> None:
    folder, _ = at("a")
    (folder / ".git" / "mooring").mkdir(exist_ok=True)
    (folder / ".git" / "mooring" / "pending").write_text("in the way")

    with pytest.raises(LedgerRefused, match="cannot be written"):
        begin(ledger_of("a"))
    assert ledger_of("a").waiting() == []
    assert ledger_of("a").read().trouble is None


def test_a_folder_that_is_no_repository_keeps_nothing(tmp_path: Path) -> None:
    nowhere = WaitingMoves(tmp_path, OWNER)
    with pytest.raises(LedgerRefused):
        nowhere.keep("greet", "production", move(), text())
    assert nowhere.read() == ((), None)
    nowhere.drop(Waiting("id", "greet", "production", move(), text()))


@pytest.mark.parametrize("at", ["file"], indirect=True)
def test_a_ledger_without_a_place_for_it_begins_nothing(store_of: Callable[[str], RefStore], clock: Clock) -> None:
    ledger = TargetLedger(store_of("a"), OWNER, clock)
    with pytest.raises(LedgerRefused, match="without a place"):
        begin(ledger)
    assert (ledger.waiting(), ledger.flush(), ledger.read().moves) == ((), 0, {})
