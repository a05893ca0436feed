"""Lines that were rewritten are found, and the words in them that changed."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.reports.inline import Come, Gone, Kept, LeftOut, Piece, Rewritten, pieces, rows

LONG = "Answer in a friendly tone, cite your sources, and never promise a refund."


def signed(old: str, new: str) -> str:
    parts = [
        one.old if one.old == one.new else (f"[{one.old}]" if one.old else "") + (f"({one.new})" if one.new else "")
        for one in pieces(old, new)
    ]
    return "".join(parts)


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("You help {{name}}.", "You help {{name}} a lot.", "You help {{name}}( a lot)."),
        ("one two three", "one 2 three", "one [two](2) three"),
        ("a b c d", "a x y d", "a [b c](x y) d"),
        ("use {{a}}", "use {{b}}", "use {{[a](b)}}"),
        ("same", "same", "same"),
        ("", "new", "(new)"),
        ("今日は良い天気", "今日は悪い天気", "今日は[良](悪)い天気"),
        ("cafe\u0301 one", "cafe one", "[cafe\u0301](cafe) one"),
        ("👩\u200d👧 x", "👩\u200d👦 x", "[👩\u200d👧](👩\u200d👦) x"),
    ],
)
def test_the_words_that_changed_are_told(old: str, new: str, shown: str) -> None:
    assert signed(old, new) == shown


def test_lines_are_paired_by_what_they_share() -> None:
    old = ["Intro for all of you.", LONG, "Goodbye"]
    new = ["A new line about money.", LONG.replace("never", "always"), "Something else entirely here."]
    found = list(rows(old, new))
    assert found[0] == Gone("Intro for all of you.")
    assert found[1] == Come("A new line about money.")
    assert isinstance(found[2], Rewritten)
    assert (found[2].old, found[2].new) == (old[1], new[1])
    assert found[3:] == [Gone("Goodbye"), Come("Something else entirely here.")]


def test_pairs_keep_their_order() -> None:
    old = ["alpha beta gamma", "one two three"]
    new = ["one two 3", "alpha beta delta", "one two four"]
    kinds = [type(one) for one in rows(old, new)]
    assert kinds == [Come, Rewritten, Rewritten]


def test_a_name_or_a_number_is_not_looked_into() -> None:
    assert list(rows(["claude-3-5-sonnet"], ["claude-3-7-sonnet"])) == [
        Gone("claude-3-5-sonnet"),
        Come("claude-3-7-sonnet"),
    ]


def test_what_is_far_from_a_change_is_left_out() -> None:
    lines = [f"line {number}" for number in range(100)]
    new = [*lines[:50], "another", *lines[51:90], "and another", *lines[91:]]
    found = list(rows(lines, new))
    assert found[:4] == [Kept("line 48"), Kept("line 49"), Gone("line 50"), Come("another")]
    assert found.count(LeftOut()) == 1
    assert len(found) == 13


def test_very_many_lines_or_words_are_replaced_as_a_whole() -> None:
    old, new = [f"a b c {n} x" for n in range(60)], [f"a b c {n} y" for n in range(60)]
    assert {type(one) for one in rows(old, new)} == {Gone, Come}
    left, right = " ".join(f"w{n}" for n in range(600)), " ".join(f"v{n}" for n in range(600))
    assert pieces(f"x {left} y", f"x {right} y") == (Piece("x ", "x "), Piece(left, right), Piece(" y", " y"))


texts = st.lists(st.sampled_from(["", "a b c d", "a b c e", "x y", "z", "今日は", "a  b\t"]), max_size=6)


@given(texts, texts)
def test_every_line_that_went_or_came_is_shown(old: list[str], new: list[str]) -> None:
    found = list(rows(old, new))
    kept = [row.line for row in found if isinstance(row, Kept)]
    before = [row.line if isinstance(row, Gone) else row.old for row in found if isinstance(row, Gone | Rewritten)]
    after = [row.line if isinstance(row, Come) else row.new for row in found if isinstance(row, Come | Rewritten)]
    unshown = Counter(old) - Counter(before) - Counter(kept)
    assert Counter(before) <= Counter(old)
    assert Counter(after) <= Counter(new)
    assert unshown == Counter(new) - Counter(after) - Counter(kept)
    assert bool(found) is (old != new)


@given(st.text(max_size=30), st.text(max_size=30))
def test_the_pieces_are_the_lines(old: str, new: str) -> None:
    found = pieces(old, new)
    assert ("".join(one.old for one in found), "".join(one.new for one in found)) == (old, new)
