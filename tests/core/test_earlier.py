"""What did a label serve before, and which content does a person mean?"""

from collections.abc import Sequence

import pytest

from mooring.core.address import ABSENT, INVALID, Address, ContentHash, Ref, Side
from mooring.core.desired import DesiredPrompt, Version
from mooring.core.earlier import Past, Unclear, commit_of, key_of, named, previous
from mooring.core.memory import Indexed
from mooring.core.observation import Reviewed
from mooring.core.record import Moved, Record, RecordKind

AT = Address("local", "greet", "production")
A, B, C, D = (ContentHash(f"sha256:{digit * 64}") for digit in "abcd")
X = ContentHash("sha256:" + "9" * 64)
OPAQUE = ContentHash("opaque:sha256:" + "e" * 64)
SYNC, ROLLBACK, PROMOTE = RecordKind.SYNC, RecordKind.ROLLBACK, RecordKind.PROMOTE


def record(old: Side, new: Side, kind: RecordKind = SYNC, commit: str | None = None, at: Address = AT) -> Record:
    return Record(kind, "local", "1 applied", "Ann", commit=commit, moved=(Moved(at, old, new),))


def past(*oldest_first: Record, base: ContentHash | None = None, known: Sequence[ContentHash] = (A, B, C)) -> Past:
    index = {one: Indexed(Ref(str(n)), "", f"v{n}", f"{n}" * 40) for n, one in enumerate(known, 1)}
    return Past(AT, tuple(reversed(oldest_first)), base, DesiredPrompt("greet"), index)


THREE = (record(ABSENT, A), record(A, B), record(B, C))


@pytest.mark.parametrize(
    ("records", "served", "base", "found"),
    [
        (THREE, {C}, C, B),
        (THREE[:2], {B}, B, A),
        (THREE[:1], {A}, A, None),
        ((), {A}, A, None),
        ((), set(), None, None),
        # By hand: back to B goes on to A; to what was never reviewed, or off, comes back to C.
        (THREE, {B}, C, A),
        (THREE, {A}, C, None),
        (THREE, {X}, C, C),
        (THREE, set(), C, C),
        # A rollback is a step back.
        ((*THREE, record(C, B, ROLLBACK)), {B}, C, A),
        ((*THREE, record(C, B, ROLLBACK), record(B, A, ROLLBACK)), {A}, C, None),
        ((*THREE, record(C, B, ROLLBACK), record(B, D)), {D}, D, B),
        ((*THREE, record(X, B, ROLLBACK)), {B}, C, A),
        # To content that it never served, it is a step like any other.
        ((*THREE, record(C, D, ROLLBACK)), {D}, C, C),
        ((*THREE, record(C, D, PROMOTE)), {D}, C, C),
        # The same content comes twice: its last time counts.
        ((*THREE[:2], record(B, A)), {A}, A, B),
        # A hand move that a sync ended was a step too, one to content that was never reviewed was none.
        ((*THREE, record(A, D)), {D}, D, A),
        ((*THREE, record(X, D)), {D}, D, C),
        # What a record took off, or what no record tells.
        ((*THREE, record(C, ABSENT)), set(), None, C),
        ((record(A, B),), {B}, B, A),
        ((), {B}, A, A),
        # Two versions at once: below both.
        (THREE, {C, B}, C, A),
        (THREE, {C, X}, C, B),
        # Other addresses and other kinds tell nothing of this one.
        ((*THREE, record(C, A, at=Address("local", "greet", "staging"))), {C}, C, B),
        ((*THREE, record(C, A, RecordKind.RESOLVE)), {C}, C, B),
    ],
)
def test_the_previous_content(
    records: tuple[Record, ...], served: set[Side], base: ContentHash | None, found: ContentHash | None
) -> None:
    given = previous(past(*records, base=base, known=(A, B, C, D)), served)
    assert (None if isinstance(given, Unclear) else given) == found


def test_content_that_nobody_knows_as_reviewed_is_no_step() -> None:
    assert previous(past(*THREE, base=C, known=(A, C)), {C}) == A
    assert isinstance(previous(past(record(ABSENT, OPAQUE), record(OPAQUE, C), base=C, known=(C,)), {C}), Unclear)


def test_what_the_platform_stored_in_its_place_is_no_place_to_go() -> None:
    spoilt = Past(AT, (), None, DesiredPrompt("greet"), {A: Indexed(Ref("1"), "", "v1", "c", instead=str(B))})
    assert spoilt.known == []
    assert isinstance(named(spoilt, "v1"), Unclear)


def git(**versions: ContentHash | str) -> DesiredPrompt:
    made = {
        key: Version(key, f"prompts/{key}.yaml", "0", INVALID if found == "bad" else ContentHash(found))
        for key, found in versions.items()
    }
    return DesiredPrompt("greet", made)


def asked(text: str) -> ContentHash | Unclear:
    """What a text means where much is known."""
    index = {
        A: Indexed(Ref("1"), "", "head", "1" * 40),
        B: Indexed(Ref("2"), "", "head", "2" * 40),
        C: Indexed(Ref("3"), "", "old", "3333333" + "0" * 33),
    }
    reviewed = {D: Reviewed("gone", "4444444" + "0" * 33, "", ""), C: Reviewed("old", "3333333" + "0" * 33, "", "")}
    made = (
        record(ABSENT, A, commit="1" * 40),
        record(A, B, commit="2" * 40, at=Address("local", "greet", "staging")),
        record(A, C, commit="5" * 40),
        record(C, ABSENT, commit="6" * 40),
        record(ABSENT, A, RecordKind.ROLLBACK, commit="7" * 40),
    )
    return named(Past(AT, tuple(reversed(made)), None, git(v1=A, v2="bad"), index, reviewed), text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("v1", A),
        ("old", C),
        ("b" * 12, B),
        (str(D), D),
        ("1" * 7, A),
        ("2" * 40, A),
        ("5" * 9, C),
        ("3333333", C),
        ("4444444", D),
    ],
)
def test_what_a_text_means(text: str, found: ContentHash) -> None:
    assert asked(text) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("v2", "prompts/v2.yaml cannot be read"),
        ("head", "head means several contents of greet: aaaaaaaaaaaa and bbbbbbbbbbbb"),
        ("v9", "v9 names nothing"),
        ("b" * 11, "names nothing"),
        ("6666666", "6666666 names nothing"),
        ("7777777", "7777777 names nothing"),
        ("555555", "names nothing"),
        ("9" * 40, "names nothing"),
    ],
)
def test_what_is_unclear_is_said(text: str, said: str) -> None:
    found = asked(text)
    assert isinstance(found, Unclear)
    assert said in found.reason
    assert found.fix


def test_the_keys_that_there_are_are_named() -> None:
    assert "(v1, v2)" in str(asked("v9"))
    assert "(none)" in str(named(past(), "v9"))


def test_the_key_and_the_commit_of_a_content() -> None:
    known = Past(
        AT,
        (),
        None,
        git(v1=A),
        {A: Indexed(Ref("1"), "", "older", "c1"), B: Indexed(Ref("2"), "", "v2", "")},
        {B: Reviewed("v2", "c2", "", ""), C: Reviewed("v3", "c3", "", "")},
    )
    assert [key_of(known, one) for one in (A, B, C)] == ["v1", "v2", ""]
    assert [commit_of(known, one) for one in (A, B, C, D)] == ["c1", "c2", "c3", None]
