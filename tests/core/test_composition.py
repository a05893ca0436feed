"""Prompts that include others: children first, rings and gaps named, and who reads another text through a child."""

from collections.abc import Iterable, Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.core.address import INVALID, UNKNOWN, Gap, Ref
from mooring.core.artifact import Kind
from mooring.core.composition import DEEPEST, Included, Pinned, Place, affected, mistakes, waves
from mooring.core.observation import Objection

Graph = Mapping[Included, tuple[Included, ...]]


def node(text: str) -> Included:
    """Read `prompt@label`, `prompt#version` or `prompt` (at production)."""
    prompt, at, ref = text.partition("#")
    if at:
        return Pinned(prompt, Ref(ref))
    prompt, _, label = text.partition("@")
    return Place(prompt, label or "production")


def place(text: str) -> Place:
    found = node(text)
    assert isinstance(found, Place)
    return found


def graph(*lines: str) -> Graph:
    """Read lines of a parent and its children: `a > b c@staging d#1`."""
    return {node(line.split()[0]): tuple(map(node, line.split()[2:])) for line in lines}


def texts(references: Graph, **other: Kind | Gap) -> dict[Included, Kind | Gap]:
    """Let every child be a text, but for those that are named."""
    every: dict[Included, Kind | Gap] = {child: Kind.TEXT for children in references.values() for child in children}
    return every | {node(name): what for name, what in other.items()}


def reasons(found: Mapping[Included, Objection]) -> dict[str, str]:
    return {str(one): objection.reason for one, objection in found.items()}


# --- Mistakes -----------------------------------------------------------------------------------------------------

RING = "leads back to the same prompt"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["a > a"], {"a@production": f"a@production -> a@production {RING}"}),
        (
            ["a > b", "b > a"],
            {
                "a@production": f"a@production -> b@production -> a@production {RING}",
                "b@production": f"a@production -> b@production -> a@production {RING}",
            },
        ),
        # Another label or version of the same name is a ring for who starts there, and for nobody on the way.
        (
            ["a > b", "b > a@staging"],
            {"a@production": f"a@production -> b@production -> a@staging {RING}"},
        ),
        (["a > a@staging"], {"a@production": f"a@production -> a@staging {RING}"}),
        (["a > b", "b > a#3"], {"a@production": f"a@production -> b@production -> a version 3 {RING}"}),
        # The shortest way is the one that is named.
        (
            ["a > b c", "b > c", "c > a"],
            {
                "a@production": f"a@production -> c@production -> a@production {RING}",
                "b@production": f"b@production -> c@production -> a@production -> b@production {RING}",
                "c@production": f"a@production -> c@production -> a@production {RING}",
            },
        ),
        # What only leads there is held, and no ring.
        (
            ["x > y", "y > a", "a > b", "b > a"],
            {
                "a@production": f"a@production -> b@production -> a@production {RING}",
                "b@production": f"a@production -> b@production -> a@production {RING}",
                "y@production": "it depends on a@production, which is held",
                "x@production": "it depends on a@production, which is held",
            },
        ),
        # Prompts that include each other under different labels go round in names alone.
        (["a > b", "b@staging > a@staging"], {}),
        # A diamond is no ring, and twice the same child is one child.
        (["a > b c", "b > d d", "c > d"], {}),
        (["a >"], {}),
    ],
)
def test_rings_are_named_whole(lines: list[str], expected: dict[str, str]) -> None:
    references = graph(*lines)
    assert reasons(mistakes(references, texts(references))) == expected


@pytest.mark.parametrize(
    ("children", "found", "reason", "fix"),
    [
        (
            "b c",
            {"b": Kind.TEXT},
            "c@production is neither declared in Git for this target nor live on the platform",
            "Declare it in Git, or correct the reference",
        ),
        ("b#7", {}, "b version 7 is not on the platform", "Refer to a version that is, or to a label"),
        (
            "b",
            {"b": Kind.CHAT},
            "b@production is a chat, and only a text can be included",
            "Refer to a text prompt",
        ),
        ("b", {"b": INVALID}, "it depends on b@production, which is held", "Put b@production right first"),
    ],
)
def test_a_child_that_cannot_be_included_holds_its_parent(
    children: str, found: dict[str, Kind | Gap], reason: str, fix: str
) -> None:
    held = mistakes(graph(f"a > {children}"), {node(name): what for name, what in found.items()})
    assert held == {node("a"): Objection("references", reason, fix)}


@pytest.mark.parametrize("what", [Kind.TEXT, UNKNOWN])
def test_a_child_that_is_live_or_was_not_told_is_no_mistake(what: Kind | Gap) -> None:
    assert mistakes(graph("a > b#7 c@latest"), {node("b#7"): what, node("c@latest"): what}) == {}


def test_what_includes_something_held_is_held_and_says_what_is_to_be_put_right() -> None:
    references = graph("top > mid", "mid > low other", "other > bad", "low > gone", "free > fine")
    found = texts(references, bad=INVALID)
    del found[node("gone")]
    assert reasons(mistakes(references, found)) == {
        "low@production": "gone@production is neither declared in Git for this target nor live on the platform",
        "other@production": "it depends on bad@production, which is held",
        "mid@production": "it depends on low@production, which is held",
        "top@production": "it depends on low@production, which is held",
    }


def test_held_for_another_reason_and_including_something_held_are_said_both() -> None:
    references = graph("a > b", "b > c")
    assert reasons(mistakes(references, texts(references, b=INVALID, c=INVALID))) == {
        "a@production": "it depends on b@production, which is held",
        "b@production": "it depends on c@production, which is held",
    }


def test_five_prompts_in_a_chain_are_carried_and_a_sixth_is_not() -> None:
    """Recorded: d0 to d4 were created, d5 answered 400 `Maximum nesting depth exceeded (5)`."""
    five = graph(*(f"d{n} > d{n - 1} leaf" for n in range(1, 5)))
    assert mistakes(five, texts(five)) == {}
    seven = graph(*(f"d{n} > d{n - 1} leaf" for n in range(1, 7)))
    tail = " -> ".join(f"d{n}@production" for n in range(5, 0, -1))
    assert mistakes(seven, texts(seven)) == {
        node("d5"): Objection(
            "references",
            f"{tail} -> d0@production is nested deeper than 5 prompts",
            "Write one of them out in place",
        ),
        node("d6"): Objection(
            "references", f"d6@production -> {tail} is nested deeper than 5 prompts", "Write one of them out in place"
        ),
    }


def test_a_reference_that_caught_a_whole_paragraph_is_cut() -> None:
    held = mistakes(graph("a > " + "x" * 5000), {})
    assert len(held[node("a")].reason) < 300
    assert "x…" in held[node("a")].reason


# --- Order --------------------------------------------------------------------------------------------------------


def test_children_come_first_and_what_includes_nothing_is_in_the_first_wave() -> None:
    references = graph("a > b e", "b > c d#1", "e >", "x > y", "elsewhere > z")
    wanted = [place(name) for name in ("x", "a", "b", "c", "plain", "c@staging", "a", "e")]
    assert waves(wanted, references) == (
        (place("c"), place("c@staging"), place("e"), place("plain")),
        (place("b"), place("x")),
        (place("a"),),
    )


def test_what_is_not_written_still_keeps_its_parents_behind_its_children() -> None:
    assert waves([place("a"), place("c")], graph("a > b", "b > c")) == ((place("c"),), (place("a"),))


def test_prompts_that_include_each_other_under_different_labels_are_written_in_turn() -> None:
    references = graph("a > b", "b@staging > a@staging")
    wanted = [place(name) for name in ("a", "a@staging", "b", "b@staging")]
    assert waves(wanted, references) == (
        (place("a@staging"), place("b")),
        (place("a"), place("b@staging")),
    )


def test_nothing_to_write_is_no_wave() -> None:
    assert waves([], graph("a > b")) == ()


# --- Readers ------------------------------------------------------------------------------------------------------


def test_readers_of_a_parent_get_another_text_when_a_child_changes_at_any_depth() -> None:
    references = graph("top > mid", "mid > low side", "other > low#2", "low@staging > side")
    assert affected(references, [place("side"), place("low"), place("nobody")]) == {
        node("low@staging"): (place("side"),),
        node("mid"): (place("low"), place("side")),
        node("top"): (place("low"), place("side")),
    }


# --- Laws ---------------------------------------------------------------------------------------------------------

NODES = tuple(
    [node(f"{prompt}@{label}") for prompt in "abcdef" for label in ("production", "staging")]
    + [node(f"{prompt}#1") for prompt in "abc"]
)
PLACES = tuple(one for one in NODES if isinstance(one, Place))
GRAPHS = st.dictionaries(st.sampled_from(NODES), st.lists(st.sampled_from(NODES), max_size=3).map(tuple), max_size=15)
STANDING = st.dictionaries(st.sampled_from(NODES), st.sampled_from([Kind.TEXT, Kind.CHAT, INVALID, UNKNOWN]))


def reach(references: Graph) -> dict[Included, set[Included]]:
    """Give what each node includes at any depth, by joining until nothing is new."""
    found = {one: set(references.get(one, ())) for one in NODES}
    for _ in NODES:
        found = {one: below.union(*(found[child] for child in below)) for one, below in found.items()}
    return found


def on_ring(references: Graph) -> set[Included]:
    return {one for one, below in reach(references).items() if any(child.prompt == one.prompt for child in below)}


def nested(start: Included, references: Graph, most: int) -> bool:
    """Tell whether a chain of more than `most` prompts begins at a node."""
    layer: set[Included] = {start}
    for _ in range(most):
        layer = {child for one in layer for child in references.get(one, ())}
    return bool(layer)


@given(GRAPHS)
def test_every_ring_is_named_truly_and_nothing_else_is_one(references: Graph) -> None:
    held = mistakes(references, texts(references))
    rings = {one: said.reason for one, said in held.items() if said.reason.endswith(RING)}
    assert rings.keys() == on_ring(references)
    by_text = {str(one): one for one in NODES}
    for one, reason in rings.items():
        way = [by_text[name] for name in reason.removesuffix(f" {RING}").split(" -> ")]
        assert one in way
        assert way[0].prompt == way[-1].prompt
        assert one == way[0] or way[0] == way[-1]
        assert all(child in references[parent] for parent, child in pairwise(way))


@given(GRAPHS, STANDING)
def test_exactly_what_is_wrong_or_includes_what_is_wrong_is_held(
    references: Graph, found: Mapping[Included, Kind | Gap]
) -> None:
    wrong = {one for one, what in found.items() if what is INVALID} | on_ring(references)
    for one, children in references.items():
        gone_or_chat = any(child not in found or found[child] is Kind.CHAT for child in children)
        into_ring = not on_ring(references).isdisjoint(reach(references)[one])
        if gone_or_chat or (not into_ring and nested(one, references, DEEPEST)):
            wrong.add(one)
    own = wrong - {one for one, what in found.items() if what is INVALID}
    below = reach(references)
    blamed = {one for one in references if one in own or not below[one].isdisjoint(wrong)}
    held = mistakes(references, found)
    assert {one for one in held if one not in wrong} == blamed - wrong
    assert own <= held.keys()
    assert all(said.field == "references" and said.reason and said.fix for said in held.values())


@given(GRAPHS, st.lists(st.sampled_from(PLACES)))
def test_waves_hold_each_place_once_and_respect_every_edge(references: Graph, wanted: list[Place]) -> None:
    order = waves(wanted, references)
    placed = [one for wave in order for one in wave]
    assert sorted(placed) == sorted(set(wanted))
    assert all(wave and list(wave) == sorted(wave) for wave in order)
    assert order == waves(wanted[::-1], dict(list(references.items())[::-1]))
    at = {one: number for number, wave in enumerate(order) for one in wave}
    below = reach(references)
    looping = {one for one in NODES if one in below[one]}
    for parent, wave in at.items():
        if parent in looping or not looping.isdisjoint(below[parent]):
            assert wave == len(order) - 1
        else:
            assert all(at[child] < wave for child in below[parent] if child in at)
        if not references.get(parent):
            assert wave == 0


@given(GRAPHS, st.lists(st.sampled_from(PLACES)))
def test_affected_is_exactly_who_reaches_what_changed(references: Graph, changed: Iterable[Place]) -> None:
    touched = set(changed)
    expected = {one: tuple(sorted(p for p in touched if p in below)) for one, below in reach(references).items()}
    assert affected(references, touched) == {one: through for one, through in expected.items() if through}


# --- Size ---------------------------------------------------------------------------------------------------------


def test_a_long_chain_and_a_long_ring_hit_no_limit_of_the_stack() -> None:
    names = [f"p{number:05}" for number in range(3_000)]
    chain = graph(*(f"{parent} > {child}" for parent, child in pairwise(names)))
    held = mistakes(chain, texts(chain))
    assert len(held) == len(names) - DEEPEST
    assert [len(wave) for wave in waves(map(place, names), chain)] == [1] * len(names)
    assert len(affected(chain, [place(names[-1])])) == len(names) - 1
    ring = {**chain, node(names[-1]): (node(names[0]),)}
    held = mistakes(ring, texts(ring))
    assert len(held) == len(names)
    assert len(set(map(id, held.values()))) == 1
    assert len(waves(map(place, names), ring)) == 1


def test_ten_thousand_prompts_around_one_snippet_are_ordered_and_found() -> None:
    names = [f"p{number:05}" for number in range(10_000)]
    references = graph(*(f"{name} > snippet" for name in names))
    assert mistakes(references, texts(references)) == {}
    assert [len(wave) for wave in waves(map(place, ["snippet", *names]), references)] == [1, 10_000]
    assert len(affected(references, [place("snippet")])) == 10_000
