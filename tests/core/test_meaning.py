"""What a difference means is said in words, by name, and with the grade that its paths have."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mooring.core.artifact import Artifact, Content, Json, Message, Opaque, Placeholder, Turn
from mooring.core.contract import Place, place, tool_name
from mooring.core.difference import Impact, differences, gravest
from mooring.core.meaning import Gauge, Size, meaning, size
from mooring.core.remark import Remark, value

TOOL: dict[str, Any] = {
    "name": "search",
    "description": "Search the knowledge base",
    "parameters": {
        "type": "object",
        "properties": {"query": {"type": "string"}, "near": {"properties": {"city": {"type": "string"}}}},
        "required": ["query"],
    },
}
OTHER: dict[str, Any] = {"name": "order", "parameters": {"properties": {"id": {"type": "string"}}}}
SCHEMA: dict[str, Any] = {
    "properties": {
        "answer": {"type": "string", "enum": ["yes", "no"]},
        "hits": {"type": "array", "items": {"properties": {"id": {"type": "integer"}}}},
    },
    "required": ["answer"],
}


def changed(whole: Any, *path: Any, to: Any = None) -> Any:
    """Copy a JSON value with one place set, or taken out where nothing is given."""
    copy = json.loads(json.dumps(whole))
    here = copy
    for part in path[:-1]:
        here = here[part]
    if to is None:
        del here[path[-1]]
    elif isinstance(here, list):
        here.insert(path[-1], to)
    else:
        here[path[-1]] = to
    return copy


def text(body: str = "Hello {{name}}", **config: Json) -> Artifact:
    return Artifact(body, config)


def chat(*turns: Turn, **config: Json) -> Artifact:
    return Artifact(turns, config)


def told(old: Content | None, new: Content | None) -> list[str]:
    changes = () if old is None or new is None else differences(old, new)
    return [f"{one.impact}: {one.text}" for one in meaning(old, new, changes)]


def tools(*new: Any) -> tuple[Artifact, Artifact]:
    return text(tools=[TOOL]), text(tools=list(new))


def answer(new: Any) -> tuple[Artifact, Artifact]:
    return text(output_schema=SCHEMA), text(output_schema=new)


SYSTEM, USER = Message("system", "Be kind"), Message("user", "{{question}}")
OF_SEARCH = "of tool search"

SAID: dict[str, tuple[tuple[Artifact, Artifact], list[str]]] = {
    # What callers fill in.
    "variables": (
        (text(), text("Hello {{who}} at {{shop}}")),
        [
            "breaking: variable {{name}} is gone",
            "breaking: callers must now fill in {{shop}}",
            "breaking: callers must now fill in {{who}}",
            "behaviour: the text changed",
        ],
    ),
    "variables of an f-string": (
        (text("{a}", template_format="f-string"), text("{b}", template_format="f-string")),
        [
            "breaking: variable {a} is gone",
            "breaking: callers must now fill in {b}",
            "behaviour: the text changed",
        ],
    ),
    "placeholders": (
        (chat(SYSTEM, Placeholder("past")), chat(SYSTEM, Placeholder("history"))),
        [
            "breaking: placeholder past is gone",
            "breaking: callers must now fill in the placeholder history",
            "behaviour: message 2 is another one",
        ],
    ),
    "the template language": (
        (text("{{a}}"), text("{{a}}", template_format="f-string")),
        ["breaking: variable {{a}} is gone", "breaking: template_format is f-string now"],
    ),
    # Text and messages.
    "a text that becomes a chat": ((text("Hi"), chat(SYSTEM)), ["breaking: a text became a chat"]),
    "white space": ((text("Hi"), text("Hi ")), ["cosmetic: white space at the end of the text"]),
    "white space of a message": (
        (chat(SYSTEM), chat(Message("system", "Be kind\n"))),
        ["cosmetic: white space at the end of message 1 (system)"],
    ),
    "the text of a message": (
        (chat(SYSTEM, USER), chat(Message("system", "Be short"), USER)),
        ["behaviour: the text of message 1 (system) changed"],
    ),
    "a role": (
        (chat(SYSTEM), chat(Message("developer", "Be kind"))),
        ["behaviour: message 1 speaks as developer now, not as system"],
    ),
    "a message more": (
        (chat(SYSTEM), chat(SYSTEM, Message("assistant", "Hello"))),
        ["behaviour: message 2 (assistant) is new"],
    ),
    "a message less": (
        (chat(SYSTEM, USER), chat(SYSTEM)),
        ["breaking: variable {{question}} is gone", "behaviour: message 2 (user) is gone"],
    ),
    "a message for a placeholder": (
        (chat(SYSTEM, Message("user", "x")), chat(SYSTEM, Placeholder("past"))),
        ["breaking: callers must now fill in the placeholder past", "behaviour: message 2 is another one"],
    ),
    "a placeholder that moves": (
        (chat(Placeholder("past"), SYSTEM), chat(SYSTEM, Placeholder("past"))),
        ["behaviour: message 1 is another one", "behaviour: message 2 is another one"],
    ),
    # Tools.
    "a tool more": (tools(TOOL, OTHER), ["behaviour: tool order is new"]),
    "a tool less": ((text(tools=[TOOL, OTHER]), text(tools=[TOOL])), ["breaking: tool order is gone"]),
    "all tools": ((text(tools=["a", OTHER, 7]), text()), [
        "breaking: tool a is gone", "breaking: tool order is gone", "breaking: tool number 3 is gone",
    ]),
    "first tools": ((text(), text(tools=[OTHER])), ["behaviour: tool order is new"]),
    "an empty list of tools": ((text(), text(tools=[])), ["behaviour: the list of tools is new as a whole"]),
    "tools of another shape": ((text(tools=[TOOL]), text(tools={"a": 1})), [
        "breaking: the list of tools is changed as a whole",
    ]),
    "tools in another order": (
        (text(tools=[TOOL, OTHER]), text(tools=[OTHER, TOOL])),
        ["behaviour: the tools stand in another order"],
    ),
    "a tool renamed": (tools({**TOOL, "name": "find"}), ["breaking: tool search is now called find"]),
    "a tool's words": (
        tools({**TOOL, "description": "Find"}),
        ["behaviour: tool search: description is changed"],
    ),
    "a tool without name": ((text(tools=[{"a": 1}]), text(tools=[{"a": 2}])), [
        "behaviour: tool number 1: a is changed",
    ]),
    "tools that can only be counted": ((text(tools=[1]), text(tools=[2])), ["behaviour: tool number 1 is changed"]),
    "tools in an object": ((text(tools={"a": 1}), text(tools={"a": 2})), ["behaviour: tool a is changed"]),
    "deep in an object of tools": (
        (text(tools={"a": {"name": 1}}), text(tools={"a": {"name": 2}})),
        ["breaking: tool a: name is changed"],
    ),
    "a parameter more": (
        tools(changed(TOOL, "parameters", "properties", "page", to={})),
        [f"behaviour: parameter page {OF_SEARCH} is new"],
    ),
    "a parameter less, which was required": (
        tools({**TOOL, "parameters": {**TOOL["parameters"], "properties": {}, "required": []}}),
        [f"breaking: parameter near {OF_SEARCH} is gone", f"breaking: parameter query {OF_SEARCH} is gone"],
    ),
    "a parameter must be given": (
        tools(changed(TOOL, "parameters", "required", 1, to="near")),
        [f"breaking: parameter near {OF_SEARCH} must be given now"],
    ),
    "a parameter may be left out": (
        tools(changed(TOOL, "parameters", "required", 0)),
        [f"breaking: parameter query {OF_SEARCH} may be left out now"],
    ),
    "no parameter is required any more": (
        tools(changed(TOOL, "parameters", "required")),
        [f"breaking: parameter query {OF_SEARCH} may be left out now"],
    ),
    "a parameter within a parameter": (
        tools(changed(TOOL, "parameters", "properties", "near", "properties", "city", "type", to="integer")),
        [f"breaking: parameter near.city {OF_SEARCH} is of type integer now, was string"],
    ),
    "first parameters": (
        (text(tools=[{"name": "x", "parameters": {}}]), text(tools=[{**OTHER, "name": "x"}])),
        ["behaviour: parameter id of tool x is new"],
    ),
    "parameters required in another order": (
        (text(tools=[changed(TOOL, "parameters", "required", 1, to="near")]),
         text(tools=[changed(TOOL, "parameters", "required", 0, to="near")])),
        ["behaviour: tool search: required is changed"],
    ),
    "what is required makes no sense": (
        tools({**TOOL, "parameters": {**TOOL["parameters"], "required": ["query", 5]}}),
        ["breaking: tool search: required is new"],
    ),
    "nothing is required, in so many words": (
        (text(tools=[OTHER]), text(tools=[changed(OTHER, "parameters", "required", to=[])])),
        ["behaviour: tool order: required is new"],
    ),
    "no parameters, in so many words": (
        (text(tools=[{"name": "x"}]), text(tools=[{"name": "x", "properties": {}}])),
        ["behaviour: tool x: properties is new"],
    ),
    # Output.
    "an output field less": (
        answer(changed(SCHEMA, "properties", "hits")),
        ["breaking: output field hits is gone"],
    ),
    "an output field more": (
        answer(changed(SCHEMA, "properties", "why", to={"type": "string"})),
        ["behaviour: output field why is new"],
    ),
    "an output field within a list": (
        answer(changed(SCHEMA, "properties", "hits", "items", "properties", "id", "type", to="string")),
        ["breaking: output field hits[].id is of type string now, was integer"],
    ),
    "an output field may be missing": (
        answer(changed(SCHEMA, "required", 0)),
        ["breaking: output field answer may be missing now"],
    ),
    "an output field is promised": (
        answer(changed(SCHEMA, "required", 1, to="hits")),
        ["behaviour: output field hits is always given now"],
    ),
    "other output values": (
        answer(changed(SCHEMA, "properties", "answer", "enum", to=["yes", "never"])),
        ["breaking: output field answer takes other values"],
    ),
    "a type that is a list": (
        answer(changed(SCHEMA, "properties", "answer", "type", to=["string", "null"])),
        ["breaking: output field answer: type is changed"],
    ),
    "words on the output": (answer({**SCHEMA, "title": "Answer"}), ["behaviour: the output schema: title is new"]),
    "a first output schema": ((text(), text(output_schema=SCHEMA)), ["behaviour: the output schema is new"]),
    "no output schema": ((text(output_schema=SCHEMA), text()), ["breaking: the output schema is gone"]),
    "white space in an output schema": (
        (text(output_schema={"title": "a"}), text(output_schema={"title": "a "})),
        ["cosmetic: white space at the end of output_schema.title"],
    ),
    # Config.
    "model and params": (
        (text(model="gpt-4o", temperature=0.3), text(model="gpt-4o-mini", temperature=0.7)),
        ["behaviour: model gpt-4o → gpt-4o-mini", "behaviour: temperature 0.3 → 0.7"],
    ),
    "a first parameter": ((text(), text(max_tokens=800)), ["behaviour: max_tokens is 800 now"]),
    "a parameter gone": ((text(seed=7), text()), ["breaking: seed is gone, was 7"]),
    "deep in the config": (
        (text(thinking={"on": True}), text(thinking={"on": False})),
        ["behaviour: thinking.on true → false"],
    ),
    "texts of the config are not told": (
        (text(note="a secret", gone="x"), text(note="another", come="y")),
        ["breaking: gone is gone", "behaviour: come is new", "behaviour: note changed"],
    ),
    "the whole config": (
        (Artifact("Hi", {}), Artifact("Hi", [])),
        ["behaviour: the whole config is another one"],
    ),
    "examples more": ((text(examples=[1, 2]), text(examples=[1, 2, 3])), ["behaviour: examples 2 → 3"]),
    "first examples": ((text(), text(examples={"a": 1})), ["behaviour: examples 0 → 1"]),
    "other examples": ((text(examples=["a"]), text(examples=["b"])), ["behaviour: the examples changed"]),
    "examples where there is no object": ((Artifact("a", [1]), Artifact("a", [2])), ["behaviour: 0 1 → 2"]),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_a_difference_is_said_in_words(name: str) -> None:
    (old, new), expected = SAID[name]
    assert told(old, new) == expected


def test_nothing_is_said_of_no_difference() -> None:
    assert told(text(), text()) == []
    assert told(None, None) == []


def test_a_side_without_content_is_one_remark() -> None:
    assert told(text(), None) == ["breaking: the prompt is gone"]
    assert told(None, text()) == ["behaviour: the prompt is new"]


def test_a_form_of_the_platforms_own_is_one_remark() -> None:
    said = "behaviour: one side holds a form of the platform's own, which can only be compared as a whole"
    assert told(text(), Opaque({"type": "image"}, "an image")) == [said]
    assert told(Opaque({"type": "image"}, "an image"), text()) == [said]
    assert told(Opaque(1, ""), Opaque(1, "")) == []


def test_what_a_side_says_nothing_about_is_not_told() -> None:
    old, new = text("{{a}}", template_format="f-string"), text("{{a}}")
    assert meaning(old, new, differences(old, new, ["template_format"])) == ()


def test_a_name_with_braces_stays_a_name() -> None:
    remark = Remark(Impact.BREAKING, "tool {} is now called {}", ("{}", "{x}"))
    assert remark.text == "tool {} is now called {x}"
    assert remark.pieces == (("tool ", "{}"), (" is now called ", "{x}"), ("", ""))


@pytest.mark.parametrize(
    ("json_value", "shown"),
    [
        ("", None),
        ("x" * 60, "x" * 60),
        ("x" * 61, None),
        ({}, None),
        ([], "[]"),
        ([1], None),
        (0.5, "0.5"),
        (None, "null"),
    ],
)
def test_a_value_is_told_where_it_is_a_name_or_a_number(json_value: Json, shown: str | None) -> None:
    assert value(json_value) == shown


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", Place("")),
        ("properties", Place("", "properties", whole=True)),
        ("properties/a", Place("a")),
        ("properties/a/properties/b/type", Place("a.b", "type", whole=True)),
        ("items/properties/b", Place("[].b")),
        ("items", Place("", "items", whole=True)),
        ("function/parameters/properties/type/type", Place("type", "type", whole=True)),
        ("parameters", Place("", "parameters", whole=True)),
        ("json_schema/schema/required/0", Place("", "required")),
    ],
)
def test_a_path_speaks_of_a_field_and_a_keyword(path: str, expected: Place) -> None:
    assert place(path.split("/") if path else []) == expected


@pytest.mark.parametrize(
    ("tool", "name"),
    [
        ("search", "search"),
        ({"name": "a"}, "a"),
        ({"type": "function", "function": {"name": "b"}}, "b"),
        ({"function": "x"}, None),
        ({"name": 1}, None),
        (7, None),
    ],
)
def test_a_tool_has_a_name_in_every_form(tool: Json, name: str | None) -> None:
    assert tool_name(tool) == name


def test_sizes_are_those_of_the_texts() -> None:
    old, new = chat(SYSTEM, Placeholder("past"), USER, note="not counted"), text("Be kind to me")
    letters = Gauge("letters", lambda one: sum(map(str.isalpha, one)))
    assert size(old, new, letters) == (Size("tokens (letters)", 14, 10),)
    assert size(old, new, None) == (Size("characters", 19, 13), Size("words", 3, 4))
    assert size(None, new, None) == (Size("characters", 0, 13), Size("words", 0, 4))
    assert size(old, Opaque(1, ""), letters) == size(Opaque(1, ""), new, None) == ()


# --- Laws -------------------------------------------------------------------------------------------------------------

keys = st.sampled_from([
    *("tools", "output_schema", "examples", "model", "template_format", "name", "properties", "required"),
    *("type", "items", "a", "placeholder", "enum"),
])  # fmt: skip
leaves = st.sampled_from([None, True, 1, 0.5, "a", "a ", "f-string", "{{x}}", ""])
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=8
)
words = st.sampled_from(["", "a", "a ", "{{x}}", "b\n{{x}} {{y}} {z}"])
turns = st.builds(Message, st.sampled_from(["user", "system"]), words) | st.builds(Placeholder, words)
prompts = st.builds(
    Artifact, words | st.lists(turns, max_size=3).map(tuple), st.dictionaries(keys, anything, max_size=3) | anything
)


@settings(deadline=None, max_examples=150)
@given(prompts, prompts, st.sets(keys, max_size=2))
def test_words_and_paths_agree_on_the_grade(old: Artifact, new: Artifact, silent: set[str]) -> None:
    changes = differences(old, new, silent)
    remarks = meaning(old, new, changes)
    assert bool(remarks) is bool(changes)
    worst = min((list(Impact).index(one.impact) for one in remarks), default=None)
    assert (None if worst is None else list(Impact)[worst]) is gravest(changes)
