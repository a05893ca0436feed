"""A shape checks a located value, tells every mistake with its line, and is a JSON Schema that agrees."""

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.core.artifact import Json
from mooring.formats.json_schema import schema_document
from mooring.formats.located import plain
from mooring.formats.shape import AnyJson, Either, Field, ListOf, MapOf, Record, Rule, Shape, Text, Whole, check
from mooring.formats.strict_yaml import read_yaml

WORD = Text(rules=(Rule(r"^\S+$", "is {}, which is no word", "Write a word."),))
SHAPE = Record(
    "A thing.",
    {
        "name": Field(WORD, "Its name.", required=True),
        "kind": Field(Text(one_of=("big", "small"), refused={"huge": "Say big."}), "Its kind."),
        "count": Field(Whole(least=1, most=9), "How many."),
        "parts": Field(ListOf(Text(), least=1), "Its parts."),
        "labels": Field(Either((ListOf(WORD), MapOf(WORD, WORD, least=1)), "a list or a mapping"), "Its labels."),
        "turn": Field(
            Either(
                (
                    Record("Said.", {"role": Field(Text(), "Who.", required=True)}),
                    Record("Left open.", {"place": Field(Text(), "Where.", required=True)}),
                ),
                "a turn",
            ),
            "A turn.",
        ),
        "more": Field(AnyJson(), "Whatever."),
        "token": Field(Text(rules=(Rule("^env:", "is written out", "Write env:NAME."),), secret=True), "A secret."),
        "left": Field(AnyJson(), "One side."),
        "right": Field(AnyJson(), "The other side."),
    },
    one_of=("count", "more"),
    not_both=("left", "right"),
    elsewhere={"size": "Sizes belong in size.yaml."},
)


def told(text: str, shape: Shape = SHAPE) -> list[str]:
    root = read_yaml(text.encode()).root
    assert root is not None
    return [f"{flaw.line}: {flaw.message}. {flaw.fix}" for flaw in check(root, shape, "the file")]


@pytest.mark.parametrize(
    "text",
    [
        "name: a\ncount: 3\n",
        "name: a\nmore: {x: [1]}\nkind: big\nparts: [x]\nlabels: [a]\nturn: {role: x}\ntoken: env:A\nleft: 1\n",
        "name: a\ncount: 1\nlabels: {a: b}\nturn: {place: x}\n",
    ],
)
def test_what_fits_has_no_flaw(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("line", "flaw"),
    [
        ("kind: bigg", "`kind` may not be `bigg`. Did you mean `big`? Write one of `big`, `small`."),
        ("kind: huge", "`kind` may not be `huge`. Say big."),
        ("kind: 3", '`kind` is the number 3, not a text. Quote it: "3".'),
        ("kind: true", '`kind` is the truth value true, not a text. Quote it: "true".'),
        ("kind: [x]", "`kind` is a list, not a text. Write a text."),
        ("kind:", "`kind` is nothing, not a text. Write a text."),
        ("kidn: big", "the file has an unknown field `kidn`. Did you mean `kind`?"),
        ("size: 3", "the file has an unknown field `size`. Sizes belong in size.yaml."),
        ("parts: []", "`parts` is empty. Give at least one item."),
        ("parts: {}", "`parts` is a mapping, not a list. Write a list."),
        ("parts: [a, 1.10]", 'item 2 of `parts` is the number 1.10, not a text. Quote it: "1.10".'),
        ("labels: a", "`labels` is a text, not a list or a mapping. Write a list or a mapping."),
        ("labels: {}", "`labels` is empty. Give at least one field."),
        ("labels: {a: x y}", "`a` in `labels` is `x y`, which is no word. Write a word."),
        ("labels: {a b: x}", "the name in `labels` is `a b`, which is no word. Write a word."),
        ("turn: {rol: x, role: y}", "`turn` has an unknown field `rol`. Did you mean `role`?"),
        ("turn: {}", "`turn` lacks `role`. Add `role:` — Who."),
        ("token: hunter2", "`token` is written out. Write env:NAME."),
        ("token: 12345678", "`token` is written out. Write env:NAME."),
        ("left: 1\nright: 2", "the file has `left` and `right`. Keep one of them."),
        ("more: 1", "the file has `count` and `more`. Keep one of them."),
    ],
)
def test_what_does_not_fit_is_told_with_the_way_out(line: str, flaw: str) -> None:
    where = 4 if "right" in line else 3
    assert told(f"name: a\ncount: 1\n{line}\n") == [f"{where}: {flaw}"]


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("count: 0", "`count` is 0. Write a whole number, 1 to 9."),
        ("count: 10", "`count` is 10. Write a whole number, 1 to 9."),
        ("count: 1.5", "`count` is the number 1.5, not a whole number. Write a whole number."),
        ("count: true", "`count` is the truth value true, not a whole number. Write a whole number."),
    ],
)
def test_whole_numbers_have_bounds(text: str, flaw: str) -> None:
    assert told(f"name: a\n{text}\n") == [f"2: {flaw}"]


def test_what_is_missing_is_told() -> None:
    assert told("{}") == [
        "1: the file lacks `name`. Add `name:` — Its name.",
        "1: the file lacks `count` or `more`. Add one of them.",
    ]
    assert told("[]") == ["1: the file is a list, not a mapping. Write a mapping."]


def test_the_end_of_a_rule_is_the_very_end() -> None:
    assert told('"a\\n"', WORD) == ["1: the file is `a\n`, which is no word. Write a word."]


SOME: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from(["a", "b c", "big", "env:X", "", 0, 1, 10, True, None, 1.5]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "x y", "role", "place"]), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys((*SHAPE.fields, "other"), SOME)))
def test_the_schema_agrees_with_the_check(wanted: dict[str, Json]) -> None:
    import json

    root = read_yaml(json.dumps(wanted).encode()).root
    assert root is not None
    schema: Any = schema_document(SHAPE, "A thing")
    valid = jsonschema.Draft202012Validator(schema).is_valid(plain(root))
    assert valid == (not list(check(root, SHAPE, "the file")))
