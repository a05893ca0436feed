"""In which proposals content comes into Git, and how each is known again."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.core.address import Address, ContentHash
from mooring.core.adoption import Scope
from mooring.core.judge import judge
from mooring.core.observation import Observation
from mooring.core.proposals import (
    PART,
    branch_prefix,
    is_inert,
    mark,
    marker,
    parts,
    plain,
    read_marker,
    resolves,
    rolling,
)
from mooring.core.row import Row

H1, H2 = (ContentHash("sha256:" + digit * 64) for digit in "12")
See = Callable[..., Observation]
PREFIX = "mooring/acme/prod/"


def many(see: See, *prompts: str) -> list[Row]:
    seen = see(live=H2)
    at = [replace(seen, address=Address("prod", prompt, "production")) for prompt in prompts]
    return [Row(one, judge(one)) for one in at]


def prompts(rows: tuple[Row, ...]) -> set[str]:
    return {row.address.prompt for row in rows}


def test_nothing_to_bring_is_no_proposal() -> None:
    assert parts(PREFIX, [], Scope.ALL) == ()


def test_a_few_prompts_are_one_proposal(see: See) -> None:
    few = many(see, "a", "b/c")
    (only,) = parts(PREFIX, few, Scope.ALL)
    assert (only.branch, only.rows) == (f"{PREFIX}all", tuple(few))


def test_many_prompts_are_proposed_by_folder(see: See) -> None:
    wanted = many(see, *(f"a/{n}" for n in range(PART)), "b/c", "two words/d", "top")
    found = {part.branch: prompts(part.rows) for part in parts(PREFIX, wanted, Scope.ALL)}
    assert found == {
        f"{PREFIX}all": {"top"},
        f"{PREFIX}all-a": {f"a/{n}" for n in range(PART)},
        f"{PREFIX}all-b": {"b/c"},
        f"{PREFIX}all-{plain('two words')}": {"two words/d"},
    }


@pytest.mark.parametrize("number", [PART + 1, 4 * PART, 1000])
def test_a_large_folder_is_divided_and_each_prompt_keeps_its_part(number: int, see: See) -> None:
    wanted = many(see, *(f"a/{n}" for n in range(number)))
    found = parts(PREFIX, wanted, Scope.ALL)
    assert sum(len(part.rows) for part in found) == number
    assert max(len(part.rows) for part in found) <= PART
    branches = [part.branch for part in found]
    assert all(branch.startswith(f"{PREFIX}all-a.") and branch.endswith(f"of{len(found)}") for branch in branches)
    merged, *rest = found
    left = [row for part in rest for row in part.rows]
    assert parts(PREFIX, left, Scope.ALL, branches[1:]) == tuple(rest)
    assert merged not in rest


def test_what_was_divided_stays_divided_while_a_branch_stands(see: See) -> None:
    left = many(see, "a/b", "c")
    together = parts(PREFIX, left, Scope.ALL, [f"{PREFIX}all", f"{PREFIX}policy-a", f"{PREFIX}alligator"])
    assert [part.branch for part in together] == [f"{PREFIX}all"]
    for standing in (f"{PREFIX}all-z", f"{PREFIX}all.1of2"):
        apart = parts(PREFIX, left, Scope.ALL, [standing])
        assert {part.branch.partition(".")[0] for part in apart} == {f"{PREFIX}all", f"{PREFIX}all-a"}


def test_a_folder_that_looks_like_a_number_is_none(see: See) -> None:
    wanted = many(see, *(str(n) for n in range(PART + 1)), "1of2/x", "1/y")
    found = [part.branch for part in parts(PREFIX, wanted, Scope.ALL)]
    assert len(found) == len(set(found))
    assert {f"{PREFIX}all-1of2", f"{PREFIX}all-1"} <= set(found)


@pytest.mark.parametrize(
    ("named", "branch"),
    [(["support"], "prompt-support"), (["a/b"], f"prompt-{plain('a/b')}"), (["a", "b"], "prompts-")],
)
@pytest.mark.parametrize("scope", [Scope.NAMED, Scope.SELECTED])
def test_what_is_named_has_a_branch_of_its_own(scope: Scope, named: list[str], branch: str, see: See) -> None:
    (only,) = parts(PREFIX, many(see, *named), scope)
    assert only.branch.startswith(PREFIX + branch)


def test_a_large_selection_is_divided_too(see: See) -> None:
    found = parts(PREFIX, many(see, *(f"a/{n}" for n in range(PART + 1))), Scope.SELECTED)
    assert len(found) > 1
    assert all(part.branch.startswith(f"{PREFIX}prompts-") for part in found)


def test_a_branch_is_known_again() -> None:
    mine = rolling(PREFIX, Scope.ALL)
    assert all(mine(PREFIX + word) for word in ("all", "all-support", "all.1of2", "all-support.2of3"))
    assert not any(mine(PREFIX + word) for word in ("policy", "alligator", "prompt-all"))


def test_a_marker_is_read_back_and_holds_no_name(see: See) -> None:
    one, other = many(see, "a", "--> <!-- mooring-proposal: 0 -->")
    moved = Row(replace(one.seen, git=H1), one.verdict)
    told = f"Text\n\n{marker([one, other])}\n"
    assert read_marker(told) == {mark(one), mark(other)}
    assert told.count("-->") == 1
    assert mark(moved) == mark(one)
    assert read_marker("Text <!-- mooring-proposal: Z -->") == frozenset()


def test_a_decision_names_address_and_content(see: See) -> None:
    rows = many(see, "a", "closes #12", "@team", "see http://x", "GH-7", "line\nbreak")
    assert resolves(rows) == (f"Mooring-Resolves: prod:a@production {H2}",)
    assert is_inert("prod:a b@production")


def test_the_branches_of_a_target_have_a_place_of_their_own() -> None:
    assert branch_prefix("acme", "prod") == PREFIX
    assert branch_prefix("ac me", "prod") != branch_prefix("ac-me", "prod")


@given(st.text(), st.text())
def test_texts_stay_distinct_as_parts_of_a_branch(one: str, other: str) -> None:
    assert (plain(one) == plain(other)) == (one == other)
    assert set(plain(one)) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
    assert plain(one)
