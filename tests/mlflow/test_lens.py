"""Is the lens lossless, in both directions, over anything that Git or a person can come up with?"""

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mooring.core.artifact import Artifact, Json, Message, Opaque, Placeholder, lf
from mooring.core.canonical import NotCanonical, content_hash
from mooring.testing.configs import CONFIGS
from mooring.testing.samples import CHAT, ODD, TEXTS
from mooring_mlflow import lens

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(TEXTS)
_roles = st.sampled_from(["system", "user", "assistant", "placeholder", "tool", ""])
_contents = _text | st.sampled_from(["{{history}}", "{{a.b}}", "{{ a }}"])
_turns = st.builds(Message, _roles, _contents) | st.builds(Placeholder, st.sampled_from(["history", "a.b"]) | _text)
ARTIFACTS = st.builds(Artifact, _text | st.lists(_turns, max_size=4).map(tuple), CONFIGS)

thorough = settings(max_examples=200, deadline=None, derandomize=True, database=None)


@thorough
@given(ARTIFACTS)
def test_what_git_has_is_refused_or_read_back(artifact: Artifact) -> None:
    try:
        wanted = content_hash(artifact)
    except NotCanonical:
        assume(condition=False)
    if list(lens.objections(artifact)):
        return
    tags = lens.encode(artifact)
    assert lens.decode(tags) == (artifact, wanted)
    assert lens.silent(tags) == frozenset()


def _native(value: Json) -> str:
    return json.dumps(value)


_chats = st.lists(
    st.fixed_dictionaries({"role": _roles, "content": _contents}, optional={"name": _text, "tool_call_id": _text})
)
NATIVE = st.fixed_dictionaries(
    {lens.IS_PROMPT: st.just("true")},
    optional={
        lens.TYPE: st.sampled_from(["text", "chat", "other"]),
        lens.TEXT: _text | _chats.map(_native),
        lens.MODEL_CONFIG: CONFIGS.map(_native),
        lens.RESPONSE_FORMAT: CONFIGS.map(_native),
        lens.CARRIER: CONFIGS.map(_native),
    },
)


@thorough
@given(NATIVE)
def test_what_a_person_made_is_opaque_or_written_back(tags: dict[str, str]) -> None:
    content, digest = lens.decode(tags)
    assert digest == content_hash(content)
    if isinstance(content, Opaque):
        assert content.reason
        assert content.raw == tags
        return
    again = lens.encode(content)
    for tag in (lens.MODEL_CONFIG, lens.RESPONSE_FORMAT, lens.CARRIER):
        assert json.loads(again.get(tag, "{}")) == json.loads(tags.get(tag, "{}"))
    assert again[lens.TYPE] == tags.get(lens.TYPE, "text")
    if again[lens.TYPE] == "text":
        assert again[lens.TEXT] == lf(tags[lens.TEXT])
    else:
        before = [(each["role"], lf(each["content"])) for each in json.loads(tags[lens.TEXT])]
        assert [(each["role"], each["content"]) for each in json.loads(again[lens.TEXT])] == before


def test_where_everything_stands() -> None:
    tags = lens.encode(CHAT)
    assert tags.keys() == set(lens.CONTENT_TAGS)
    assert json.loads(tags[lens.CARRIER]).keys() == lens.SILENT
    assert json.loads(tags[lens.MODEL_CONFIG])["model_name"] == "gpt-4o"
    assert json.loads(tags[lens.RESPONSE_FORMAT])["type"] == "object"


def test_numbers_and_key_order_reach_the_app_as_it_needs_them() -> None:
    config: Json = {"max_tokens": 800.0, "output_schema": {"z": 1, "a": {"y": 2, "b": 3}}}
    tags = lens.encode(Artifact("x", config))
    assert tags[lens.MODEL_CONFIG] == '{"max_tokens": 800}', "an API refuses 800.0"
    assert tags[lens.RESPONSE_FORMAT] == '{"z": 1, "a": {"y": 2, "b": 3}}', "models answer in the schema's order"


@pytest.mark.parametrize(
    ("config", "carried"),
    [
        ({"temperature": "hot"}, {"temperature": "hot"}),
        ({"temperature": True}, {"temperature": True}),
        ({"temperature": -1}, {"temperature": -1}),
        ({"temperature": None}, {"temperature": None}),
        ({"top_p": 1.5}, {"top_p": 1.5}),
        ({"max_tokens": 1.5}, {"max_tokens": 1.5}),
        ({"max_tokens": 0}, {"max_tokens": 0}),
        ({"stop_sequences": "END"}, {"stop_sequences": "END"}),
        ({"model": None}, {"model": None}),
        ({"model_name": "gpt"}, {"model_name": "gpt"}),
        ({"output_schema": {}}, {"output_schema": {}}),
        ({"output_schema": "x"}, {"output_schema": "x"}),
        ({"seed": 7, "nested": {"a": [None]}, "nothing": None}, {}),
        ([1, 2], [1, 2]),
        (None, None),
    ],
)
def test_what_mlflow_would_not_take_is_carried(config: Json, carried: Json) -> None:
    assert json.loads(lens.encode(Artifact("x", config))[lens.CARRIER]) == carried


@pytest.mark.parametrize(
    ("artifact", "field"),
    [
        (Artifact(()), "messages"),
        (Artifact("a\0b"), "text"),
        (Artifact((Message("user", "x"), Placeholder("chat history"))), "messages/1/placeholder"),
        (Artifact((Message("placeholder", "{{history}}"),)), "messages/0/role"),
        (Artifact("x" * 100_001), "text"),
        (Artifact((Message("user", "x" * 100_000),)), "messages"),
        (Artifact("x", {"tools": "x" * 100_000}), "config"),
        (Artifact("x", {"note": "x" * 100_000}), "config"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_objections_name_the_field_and_the_way_out(artifact: Artifact, field: str) -> None:
    (objection,) = lens.objections(artifact)
    assert objection.field == field
    assert objection.fix


def test_the_longest_texts_go() -> None:
    assert not list(lens.objections(Artifact("日" * 100_000)))
    assert not list(lens.objections(Artifact((Message("user", "日" * 99_950),))))


@pytest.mark.parametrize("artifact", ODD, ids=str)
def test_odd_shapes(artifact: Artifact) -> None:
    assert list(lens.objections(artifact)) or lens.decode(lens.encode(artifact))[0] == artifact


@pytest.mark.parametrize(
    "tags",
    [
        {lens.MODEL_CONFIG: '{"temperature": NaN}'},
        {lens.MODEL_CONFIG: '{"seed": 9007199254740993}'},
        {lens.MODEL_CONFIG: '{"a": 1, "a": 2}'},
        {lens.MODEL_CONFIG: '{"tools": []}'},
        {lens.MODEL_CONFIG: '{"model": "gpt"}'},
        {lens.MODEL_CONFIG: "[" * 100_000},
        {lens.CARRIER: '{"seed": 1}'},
        {lens.CARRIER: "[]", lens.MODEL_CONFIG: '{"seed": 1}'},
        {lens.IS_PROMPT: "false"},
    ],
    ids=lambda tags: str(tags)[:60],
)
def test_what_an_artifact_cannot_be_is_opaque(tags: dict[str, str]) -> None:
    found, digest = lens.decode({lens.IS_PROMPT: "true", lens.TEXT: "x", **tags})
    assert isinstance(found, Opaque)
    assert digest.startswith("opaque:")
