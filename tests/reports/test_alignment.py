"""Is the comparison of two texts what difflib finds, and its work bounded whatever somebody typed?"""

from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.reports.alignment import Effort, cost, grouped, opcodes
from mooring.reports.inline import Come, Gone, Kept, LeftOut, Rewritten, rows

lines = st.lists(st.sampled_from("abcdefgh"), max_size=12)


@given(lines, lines)
def test_within_the_effort_it_is_what_difflib_finds(old: list[str], new: list[str]) -> None:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    assert list(opcodes(old, new, Effort())) == matcher.get_opcodes()
    assert list(grouped(opcodes(old, new, Effort()), 2)) == list(matcher.get_grouped_opcodes(2))


@given(lines, lines, st.integers(0, 60))
def test_with_any_effort_it_leads_from_one_to_the_other(old: list[str], new: list[str], effort: int) -> None:
    at = to = 0
    made: list[str] = []
    for tag, start, end, other, until in opcodes(old, new, Effort(effort)):
        assert (start, other) == (at, to)
        assert (tag == "equal") is (old[start:end] == new[other:until])
        assert {"equal": True, "replace": start < end and other < until}.get(tag, (start < end) is (tag == "delete"))
        made += new[other:until]
        at, to = end, until
    assert (at, to, made) == (len(old), len(new), new)


def test_beyond_the_effort_what_occurs_once_still_stands_beside_its_twin() -> None:
    old = [part for n in range(2000) for part in ("", f"Rule {n} of the store", "")]
    new = [line.replace("Rule 7 ", "Never mind rule 7 ") for line in old]
    assert cost(old, new) > Effort().left
    assert [one for one in rows(old, new) if not isinstance(one, Kept | LeftOut)] == [
        Rewritten(next(one.pieces for one in rows([old[22]], [new[22]]) if isinstance(one, Rewritten)))
    ]


BLANK = [""] * 30_000
ODD = [part for n in range(15_000) for part in ("", f"a{n}")]
EVEN = [part for n in range(15_000) for part in ("", f"b{n}")]


@pytest.mark.parametrize(
    ("old", "new"), [(BLANK, ODD), (ODD, EVEN), (ODD, [*EVEN[1:], ""]), (BLANK, BLANK[1:]), (ODD, ODD[::-1])]
)
def test_what_would_take_hours_is_shown_at_once(old: list[str], new: list[str]) -> None:
    effort = Effort()
    found = list(rows(old, new, effort))
    assert {type(one) for one in found} <= {Kept, Gone, Come, LeftOut}
    assert sum(isinstance(one, Come) for one in found) >= len(new) - len(old)
    assert effort.left >= 0


def test_what_is_spent_is_spent_for_the_next_text_too() -> None:
    effort = Effort(100)
    assert [type(one) for one in rows(["one two three four"], ["one two three five"], effort)] == [Gone, Come]
    assert (effort.affords(101), effort.affords(effort.left), effort.left) == (False, True, 0)
