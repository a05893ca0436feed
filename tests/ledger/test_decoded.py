"""Is a remembered commit of the ledger what `decode` gave, and is anything else not there?"""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.core.address import ABSENT, ContentHash, Ref
from mooring.core.memory import Base, Changes, Decision, Indexed, Memory, Move, PromptMemory, Suspension
from mooring.core.record import RecordKind
from mooring.ledger.codec import Owner
from mooring.ledger.decoded import DecodedCommits, from_json, to_json
from mooring.ledger.ledger import TargetLedger
from mooring.memory_file import MemoryFile

Ledgers = Callable[[str], TargetLedger]

_text = st.text(max_size=4)
_refs = st.integers(1, 3).map(lambda number: Ref(str(number)))
_hashes = st.sampled_from("abc").map(ContentHash)
_bases = st.builds(Base, _hashes, _refs, _text, _text, _text, st.lists(_text, max_size=2).map(tuple))
_prompts = st.builds(
    PromptMemory,
    st.dictionaries(_text, _bases, max_size=2),
    st.dictionaries(_hashes, st.builds(Indexed, _refs, _text, _text, _text, _text), max_size=2),
)
_memories = st.builds(
    Memory,
    head=st.none(),
    commit=st.none() | _text,
    tree=st.none() | _text,
    identity=st.none() | _text,
    prompts=st.dictionaries(_text, _prompts, max_size=4),
    decisions=st.dictionaries(
        st.tuples(_text, _text), st.builds(Decision, st.just(ABSENT) | _hashes, _text, _text, _text), max_size=2
    ),
    moves=st.dictionaries(
        st.tuples(_text, _text),
        st.builds(Move, _hashes, st.just(ABSENT) | _hashes, st.sampled_from(RecordKind), _text, _text, _text),
        max_size=2,
    ),
    suspensions=st.lists(st.builds(Suspension, _text, _text, _text, _text), max_size=2).map(tuple),
)

BASE = Base(ContentHash("sha256:aa"), Ref("1"), "v1", "c" * 40, "2026-01-01T00:00:00+00:00")
MEMORY = Memory(commit="c" * 40, prompts={"greet": PromptMemory({"production": BASE})})
OWNER = Owner("acme", "prod")


@given(_memories)
def test_a_memory_is_read_back_as_it_was(memory: Memory) -> None:
    back = from_json(json.loads(json.dumps(to_json(memory))))

    assert back == memory
    assert list(back.prompts) == list(memory.prompts)
    assert [type(one.kind) for one in back.moves.values()] == [RecordKind] * len(back.moves)
    assert {type(one.live) for one in back.decisions.values()} == {type(one.live) for one in memory.decisions.values()}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "own" / "cache.sqlite"


def test_only_this_commit_of_this_target_is_remembered(file: Path) -> None:
    commits = DecodedCommits(MemoryFile(file), OWNER)
    assert commits.recall("1") is None
    commits.remember("1", MEMORY)

    assert DecodedCommits(MemoryFile(file), OWNER).recall("1") == MEMORY
    assert commits.recall("2") is None
    assert DecodedCommits(MemoryFile(file), Owner("acme", "other")).recall("1") is None


def test_each_target_keeps_its_last_two_commits(file: Path) -> None:
    mine, other = (DecodedCommits(MemoryFile(file), Owner("acme", name)) for name in ("prod", "other"))
    for number in range(3):
        mine.remember(str(number), MEMORY)
        other.remember(str(number), MEMORY)

    assert [mine.recall(str(number)) is not None for number in range(3)] == [False, True, True]
    assert [other.recall(str(number)) is not None for number in range(3)] == [False, True, True]


@pytest.mark.parametrize("damage", ["", "{}", "{", "null"])
def test_a_damaged_value_is_not_there(file: Path, damage: str) -> None:
    commits = DecodedCommits(MemoryFile(file), OWNER)
    commits.remember("1", MEMORY)
    with sqlite3.connect(file) as memory:
        memory.execute("UPDATE ledgers SET value = ?", (damage,))
    memory.close()

    assert commits.recall("1") is None


@pytest.mark.parametrize("at", ["remote", "alone"], indirect=True)
def test_a_ledger_that_was_read_before_is_the_same_and_its_files_are_not_read_again(
    ledger_of: Ledgers, argv: Callable[[], list[list[str]]]
) -> None:
    ledger_of("a").note(Changes(bases={("greet", "production"): BASE}, identity="p1"), "sync")
    first = ledger_of("a").read()
    before = len(argv())

    assert ledger_of("a").read() == first
    assert first.prompts == {"greet": PromptMemory({"production": BASE})}
    assert not any("ls-tree" in arguments for arguments in argv()[before:])

    ledger_of("a").note(Changes(identity="p2"), "sync")
    assert ledger_of("a").read().identity == "p2"
