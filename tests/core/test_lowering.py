"""Spelled fields lower into one flat config and back; every key of it comes from one place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.core.artifact import Json
from mooring.core.lowering import PARAMS, SPELLINGS, Clash, Lowered, lower, spell


@pytest.mark.parametrize(
    ("spelled", "config"),
    [
        ({}, {}),
        ({"model": "gpt-4o"}, {"model": "gpt-4o"}),
        ({"model": None}, {"model": None}),
        ({"params": {"temperature": 0.3, "own": 1}}, {"temperature": 0.3, "own": 1}),
        ({"params": {}}, {}),
        ({"params": [1]}, {"params": [1]}),
        ({"params": "low"}, {"params": "low"}),
        ({"params": None}, {"params": None}),
        ({"temperature": 0.3, "params": {"top_p": 1}}, {"temperature": 0.3, "top_p": 1}),
        ({"tools": ["search_kb"]}, {"tools": ["search_kb"]}),
        ({"output_schema": {}, "examples": []}, {"output_schema": {}, "examples": []}),
        ({"template_format": "mustache"}, {}),
        ({"template_format": "jinja2"}, {"template_format": "jinja2"}),
        ({"config": {"a": 1}, "model": "m"}, {"a": 1, "model": "m"}),
        ({"config": {"template_format": "mustache"}}, {"template_format": "mustache"}),
        ({"config": {"params": {"a": 1}}}, {"params": {"a": 1}}),
        ({"config": [1]}, [1]),
        ({"config": None}, None),
        ({"config": "x", "template_format": "mustache"}, "x"),
        ({"config": "x", "params": {}}, "x"),
    ],
)
def test_fields_lower_flat(spelled: dict[str, Json], config: Json) -> None:
    assert lower(spelled) == Lowered(config)


@pytest.mark.parametrize(
    ("spelled", "clashes"),
    [
        ({"model": "a", "config": {"model": "a"}}, [Clash("config", "model", "model")]),
        ({"temperature": 1, "params": {"temperature": 1}}, [Clash("temperature", "params", "temperature")]),
        ({"tools": [], "params": {"tools": []}}, [Clash("tools", "params", "tools")]),
        ({"model": "a", "params": {"model": "b"}}, [Clash("params", "model", "model")]),
        (
            {"config": [], "model": "a", "params": {"b": 1}},
            [Clash("config", "model", None), Clash("config", "params", None)],
        ),
    ],
)
def test_a_key_given_twice_is_told(spelled: dict[str, Json], clashes: list[Clash]) -> None:
    assert list(lower(spelled).clashes) == clashes


VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["mustache", "x", ""]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from([*SPELLINGS, "own"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(SPELLINGS), VALUES))
def test_lowering_is_total_and_loses_nothing(spelled: dict[str, Json]) -> None:
    lowered = lower(spelled)
    if not lowered.clashes and isinstance(lowered.config, dict):
        for name in ("model", "tools", *PARAMS):
            if name in spelled:
                assert lowered.config[name] == spelled[name]


@given(VALUES | st.dictionaries(st.sampled_from([*SPELLINGS, "own"]), VALUES))
def test_spelling_is_the_inverse(config: Json) -> None:
    fields = spell(config)
    assert set(fields) <= set(SPELLINGS)
    assert lower(fields) == Lowered(config)


def test_spelling_reads_well() -> None:
    config: Json = {"own": 1, "tools": [], "temperature": 0.3, "model": "m"}
    assert list(spell(config).items()) == [
        ("model", "m"),
        ("params", {"temperature": 0.3}),
        ("tools", []),
        ("config", {"own": 1}),
    ]


@pytest.mark.parametrize(
    ("config", "fields"),
    [
        ([1], {"config": [1]}),
        ({}, {}),
        ({"model": "m"}, {"model": "m"}),
        ({"temperature": 0.3}, {"params": {"temperature": 0.3}}),
        ({"template_format": "mustache"}, {"config": {"template_format": "mustache"}}),
    ],
)
def test_only_what_is_there_is_spelled(config: Json, fields: dict[str, Json]) -> None:
    assert spell(config) == fields
