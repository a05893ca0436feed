"""Does every change survive being written, and is nothing but such writing taken for a memory?"""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.core.address import ContentHash, Gap, Ref, Side
from mooring.core.memory import Base, Changes, Decision, Indexed, Memory, Move, PromptMemory, Suspension
from mooring.core.record import RecordKind
from mooring.ledger.codec import HEAD, NewerSchema, Owner, apply, decode, dump, shard_path, touched
from mooring.ledger.store import Torn

OWNER = Owner("acme", "prod")

text = st.text(max_size=6)
names = st.sampled_from(["a", "b", "ünï/💡", "\udcff", "", "labels"])
labels = st.sampled_from(["production", "staging", "x y"])
hashes = st.sampled_from([ContentHash(f"sha256:{digit * 64}") for digit in "123"])
sides: st.SearchStrategy[Side] = st.one_of(hashes, st.sampled_from(Gap))
bases = st.builds(Base, hashes, st.builds(Ref, text), text, text, text)
changes = st.builds(
    Changes,
    commit=st.none() | text,
    tree=st.none() | text,
    identity=st.none() | text,
    bases=st.dictionaries(st.tuples(names, labels), st.none() | bases, max_size=4),
    index=st.dictionaries(
        st.tuples(names, hashes), st.builds(Indexed, st.builds(Ref, text), text, text, text), max_size=4
    ),
    decisions=st.dictionaries(
        st.tuples(names, labels), st.none() | st.builds(Decision, sides, text, text, text), max_size=3
    ),
    moves=st.dictionaries(
        st.tuples(names, labels),
        st.none() | st.builds(Move, hashes, sides, st.sampled_from(RecordKind), text, text, text),
        max_size=3,
    ),
    suspensions=st.none() | st.lists(st.builds(Suspension, text, text, text, text), max_size=2).map(tuple),
)


def written(files: dict[str, bytes], change: Changes) -> dict[str, bytes]:
    seen = {path: content for path, content in files.items() if path in touched(change)}
    merged = {**files, **apply(seen, change, OWNER)}
    return {path: content for path, content in merged.items() if content is not None}


def expected(memory: Memory, change: Changes) -> Memory:
    """The plain meaning of a change, with no regard to files."""
    prompts = {name: (dict(known.bases), dict(known.index)) for name, known in memory.prompts.items()}
    decisions = dict(memory.decisions)
    for (prompt, label), base in change.bases.items():
        known = prompts.setdefault(prompt, ({}, {}))[0]
        known.pop(label, None)
        if base is not None:
            known[label] = base
    for (prompt, content_hash), indexed in change.index.items():
        prompts.setdefault(prompt, ({}, {}))[1][content_hash] = indexed
    for address, decision in change.decisions.items():
        decisions.pop(address, None)
        if decision is not None:
            decisions[address] = decision
    moves = {address: move for address, move in memory.moves.items() if address not in change.bases}
    moves = {**moves, **{address: move for address, move in change.moves.items() if move is not None}}
    moves = {address: move for address, move in moves.items() if change.moves.get(address, move) is not None}
    return replace(
        memory,
        commit=memory.commit if change.commit is None else change.commit,
        tree=memory.tree if change.tree is None else change.tree,
        identity=memory.identity if change.identity is None else change.identity,
        prompts={name: PromptMemory(*known) for name, known in prompts.items() if any(known)},
        decisions=decisions,
        moves=moves,
        suspensions=memory.suspensions if change.suspensions is None else change.suspensions,
    )


@given(st.lists(changes, max_size=4))
def test_what_is_read_is_what_the_changes_mean(made: list[Changes]) -> None:
    files: dict[str, bytes] = {}
    memory = Memory()
    for change in made:
        files = written(files, change)
        memory = expected(memory, change)
    assert (decode(files) if files else Memory()) == memory


@given(changes, changes)
def test_a_change_made_twice_changes_nothing_the_second_time(first: Changes, second: Changes) -> None:
    files = written(written({}, first), second)
    assert apply(files, second, OWNER) == {}
    assert apply(files, Changes(), OWNER) == {}


@given(changes, changes)
def test_only_files_that_change_are_touched(first: Changes, second: Changes) -> None:
    before = written({}, first)
    after = apply({path: before[path] for path in before if path in touched(second)}, second, OWNER)
    assert after.keys() <= touched(second)
    assert all(before.get(path) != content for path, content in after.items())


@given(changes)
def test_one_memory_has_one_way_to_be_written(change: Changes) -> None:
    backwards = Changes(
        change.commit,
        change.tree,
        change.identity,
        dict(reversed(list(change.bases.items()))),
        dict(reversed(list(change.index.items()))),
        dict(reversed(list(change.decisions.items()))),
        dict(reversed(list(change.moves.items()))),
        change.suspensions,
    )
    assert written({}, change) == written({}, backwards)
    for content in written({}, change).values():
        assert content == dump(json.loads(content))
        assert content.endswith(b"}\n")


def some_files() -> dict[str, bytes]:
    base = Base(ContentHash("sha256:1"), Ref("7"), "v1", "c0ffee", "2026-01-01T00:00:00+00:00")
    return written(
        {},
        Changes(
            commit="c0ffee",
            bases={("a", "production"): base},
            index={("a", base.hash): Indexed(base.ref, base.time, "v1", "c0ffee")},
            decisions={("a", "production"): Decision(Gap.ABSENT, "why", "Ada", "now")},
            moves={("a", "staging"): Move(base.hash, Gap.ABSENT, RecordKind.ROLLBACK, "why", "Ada", "now")},
            suspensions=(Suspension("a*", "then", "Ada", "why"),),
        ),
    )


def test_the_format_on_disk_stays_as_it_is() -> None:
    files = some_files()
    assert sorted(files) == [HEAD, "prompts/ca.json"]
    assert json.loads(files[HEAD]) == {
        "schema": 1,
        "id": "acme",
        "target": "prod",
        "commit": "c0ffee",
        "tree": None,
        "identity": None,
        "decisions": {"a": {"production": {"live": "absent", "reason": "why", "by": "Ada", "time": "now"}}},
        "moves": {
            "a": {
                "staging": {
                    "live": "sha256:1",
                    "before": "absent",
                    "kind": "rollback",
                    "reason": "why",
                    "by": "Ada",
                    "time": "now",
                }
            }
        },
        "suspensions": [{"pattern": "a*", "until": "then", "by": "Ada", "reason": "why"}],
    }
    assert files["prompts/ca.json"].decode().splitlines()[:6] == [
        "{", ' "a": {', '  "bases": {', '   "production": {', '    "commit": "c0ffee",', '    "hash": "sha256:1",'
    ]  # fmt: skip


def test_readable_letters_stay_readable() -> None:
    files = written({}, Changes(commit="größer"))
    assert "größer".encode() in files[HEAD]


@pytest.mark.parametrize("path", [HEAD, "prompts/ca.json"])
def test_a_file_cut_anywhere_is_torn_or_whole(path: str) -> None:
    files = some_files()
    whole = decode(files)
    for length in range(len(files[path])):
        cut = {**files, path: files[path][:length]}
        try:
            assert decode(cut) == whole
        except Torn:
            continue
        assert length == len(files[path]) - 1, "only the last line end may be missing"


@pytest.mark.parametrize("path", [HEAD, "prompts/ca.json"])
@pytest.mark.parametrize("content", [b"", b"null", b"[]", b"\xff\xfe", b"{", b'{"schema": "1"}', b"[" * 100_000])
def test_garbage_is_torn(path: str, content: bytes) -> None:
    with pytest.raises(Torn, match=path):
        decode({**some_files(), path: content})


@given(st.data())
def test_no_value_of_another_type_is_taken_for_a_memory(data: st.DataObject) -> None:
    files = some_files()
    path = data.draw(st.sampled_from(sorted(files)))
    document = json.loads(files[path])
    spots = list(_spots(document, ()))
    *way, key = data.draw(st.sampled_from(spots))
    parent = document
    for step in way:
        parent = parent[step]
    parent[key] = data.draw(st.sampled_from([1.5, [1], True, {"x": 1}, [None]]))
    try:
        memory = decode({**files, path: json.dumps(document).encode()})
    except Torn:
        return
    # These two are there for people: the ref says whose ledger it is.
    assert (path, key) in {(HEAD, "id"), (HEAD, "target")}
    assert memory == decode(files)


def _spots(value: object, way: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield (*way, key)
            yield from _spots(item, (*way, key))


def test_a_prompt_in_a_wrong_shard_is_torn() -> None:
    files = some_files()
    with pytest.raises(Torn, match="belongs into prompts/ca.json"):
        decode({HEAD: files[HEAD], "prompts/00.json": files["prompts/ca.json"]})


def test_without_its_head_file_a_commit_is_torn() -> None:
    with pytest.raises(Torn, match="missing"):
        decode({})


def test_a_newer_schema_is_said_and_never_written() -> None:
    files = some_files()
    newer = {**files, HEAD: files[HEAD].replace(b'"schema": 1', b'"schema": 2')}
    with pytest.raises(NewerSchema, match="upgrade Mooring"):
        decode(newer)
    with pytest.raises(NewerSchema, match="upgrade Mooring"):
        apply(newer, Changes(commit="x"), OWNER)


def test_what_an_unknown_field_says_is_kept() -> None:
    files = some_files()
    files[HEAD] = files[HEAD].replace(b'"schema": 1', b'"incidents": [1], "schema": 1')
    after = written(files, Changes(commit="later"))
    assert json.loads(after[HEAD])["incidents"] == [1]


def test_other_formatting_by_hand_is_no_change() -> None:
    files = {path: json.dumps(json.loads(content)).encode() for path, content in some_files().items()}
    assert apply(files, Changes(commit="c0ffee"), OWNER) == {}


def test_shards_are_named_by_the_hash_of_the_name() -> None:
    assert shard_path("a") == "prompts/ca.json"
    assert len({shard_path(f"prompt-{number}") for number in range(5_000)}) == 256


def test_a_ledger_from_before_there_were_moves_reads_as_one_without_and_stays_one() -> None:
    files = some_files()
    head = json.loads(files[HEAD])
    del head["moves"]
    old = {**files, HEAD: dump(head)}

    assert decode(old).moves == {}
    assert "moves" not in json.loads(written(old, Changes(commit="later"))[HEAD])


def test_a_new_base_ends_the_move_of_its_address_and_of_no_other() -> None:
    files = some_files()
    base = Base(ContentHash("sha256:2"), Ref("8"), "v2", "c0ffee", "later")

    assert decode(written(files, Changes(bases={("a", "production"): base}))).moves == decode(files).moves
    after = written(files, Changes(bases={("a", "staging"): base}))
    assert decode(after).moves == {}
    assert "moves" not in json.loads(after[HEAD])


def test_a_kind_of_move_that_nobody_knows_is_torn() -> None:
    files = some_files()
    with pytest.raises(Torn, match="kind of record"):
        decode({**files, HEAD: files[HEAD].replace(b'"rollback"', b'"teleport"')})
