"""What differs is found where the content hash says that something does, and graded by what callers rely on."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mooring.core.artifact import Artifact, Content, Json, Message, Opaque, Placeholder, Turn
from mooring.core.canonical import content_hash, document
from mooring.core.difference import Change, ChangeKind, Impact, differences, gravest

ADDED, REMOVED, CHANGED = ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.CHANGED
BREAKING, BEHAVIOUR, COSMETIC = Impact.BREAKING, Impact.BEHAVIOUR, Impact.COSMETIC

TOOL: dict[str, Any] = {
    "name": "search",
    "description": "Search the knowledge base",
    "parameters": {
        "type": "object",
        "properties": {"query": {"type": "string"}, "limit": {"type": "integer"}},
        "required": ["query"],
    },
}
OTHER: dict[str, Any] = {"name": "order", "input_schema": {"type": "object", "properties": {"id": {"type": "string"}}}}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"answer": {"type": "string", "enum": ["yes", "no"]}, "why": {"type": "string"}},
    "required": ["answer"],
}


def but(whole: Any, path: str, *value: Any) -> Any:
    """Copy a JSON value with one place set, or taken out where no value is given."""
    copy = json.loads(json.dumps(whole))
    *way, last = path.split("/")
    here = copy
    for part in way:
        here = here[int(part) if isinstance(here, list) else part]
    key: Any = int(last) if isinstance(here, list) else last
    if not value:
        del here[key]
    elif isinstance(here, list) and key == len(here):
        here.append(value[0])
    else:
        here[key] = value[0]
    return copy


def text(body: str = "Hello {{name}}", **config: Json) -> Artifact:
    return Artifact(body, config)


def chat(*turns: Turn, **config: Json) -> Artifact:
    return Artifact(turns, config)


def told(old: Content, new: Content, silent: Sequence[str] = ()) -> list[tuple[str, ChangeKind, Impact]]:
    return [(change.path, change.kind, change.impact) for change in differences(old, new, silent)]


def with_tool(path: str, *value: Any) -> tuple[Artifact, Artifact]:
    return text(tools=[TOOL]), text(tools=[but(TOOL, path, *value)])


def with_schema(path: str, *value: Any) -> tuple[Artifact, Artifact]:
    return text(output_schema=SCHEMA), text(output_schema=but(SCHEMA, path, *value))


SYSTEM, USER = Message("system", "Be kind"), Message("user", "{{question}}")

GRADES: dict[str, tuple[Artifact, Artifact, list[tuple[str, ChangeKind, Impact]]]] = {
    # What callers fill in.
    "a variable goes": (text(), text("Hello"), [("/text", CHANGED, BREAKING)]),
    "a variable is renamed": (text(), text("Hello {{who}}"), [("/text", CHANGED, BREAKING)]),
    "a variable with spaces goes": (text("{{ a.b }}"), text("x"), [("/text", CHANGED, BREAKING)]),
    "a variable stays, spaced otherwise": (text(), text("Hi {{ name }}"), [("/text", CHANGED, BEHAVIOUR)]),
    "a variable comes, and callers do not fill it in yet": (text("Hello"), text(), [("/text", CHANGED, BREAKING)]),
    "a variable of a section goes": (text("{{#all}}x{{/all}}"), text("x"), [("/text", CHANGED, BREAKING)]),
    "braces in a text are no variables": (text('{"a": {b}}'), text('{"a": {c}}'), [("/text", CHANGED, BEHAVIOUR)]),
    "a variable of an f-string goes": (
        text("Hello {name}", template_format="f-string"),
        text("Hello", template_format="f-string"),
        [("/text", CHANGED, BREAKING)],
    ),
    "another template language without another variable": (
        text(),
        text(template_format="jinja2"),
        [("/config/template_format", ADDED, BEHAVIOUR)],
    ),
    "another template language makes other variables": (
        text("{{a.b}} {c}"),
        text("{{a.b}} {c}", template_format="f-string"),
        [("/config/template_format", ADDED, BREAKING)],
    ),
    "a variable goes from a message": (
        chat(SYSTEM, USER),
        chat(SYSTEM, Message("user", "Hi")),
        [("/messages/1/content", CHANGED, BREAKING)],
    ),
    "a variable moves to another message": (
        chat(SYSTEM, USER),
        chat(Message("system", "Be kind to {{question}}"), Message("user", "Hi")),
        [("/messages/0/content", CHANGED, BEHAVIOUR), ("/messages/1/content", CHANGED, BEHAVIOUR)],
    ),
    "a message goes with its variable": (chat(SYSTEM, USER), chat(SYSTEM), [("/messages/1", REMOVED, BREAKING)]),
    "a message goes": (chat(SYSTEM, SYSTEM), chat(SYSTEM), [("/messages/1", REMOVED, BEHAVIOUR)]),
    "a message comes": (chat(SYSTEM), chat(SYSTEM, SYSTEM), [("/messages/1", ADDED, BEHAVIOUR)]),
    "a message comes with a variable": (chat(SYSTEM), chat(SYSTEM, USER), [("/messages/1", ADDED, BREAKING)]),
    "a placeholder comes": (chat(SYSTEM), chat(SYSTEM, Placeholder("past")), [("/messages/1", ADDED, BREAKING)]),
    "a chat with a placeholder becomes a text": (
        chat(Placeholder("past")),
        text("Hi"),
        [("/kind", CHANGED, BREAKING), ("/text", ADDED, BEHAVIOUR), ("/messages", REMOVED, BREAKING)],
    ),
    "a placeholder goes": (
        chat(SYSTEM, Placeholder("history")),
        chat(SYSTEM),
        [("/messages/1", REMOVED, BREAKING)],
    ),
    "a text becomes a chat": (
        text("Hi"),
        chat(SYSTEM),
        [("/kind", CHANGED, BREAKING), ("/text", REMOVED, BEHAVIOUR), ("/messages", ADDED, BEHAVIOUR)],
    ),
    # What tools take.
    "a tool goes": (text(tools=[TOOL]), text(tools=[]), [("/config/tools/0", REMOVED, BREAKING)]),
    "all tools go": (text(tools=[TOOL]), text(), [("/config/tools", REMOVED, BREAKING)]),
    "a tool comes": (text(tools=[]), text(tools=[TOOL]), [("/config/tools/0", ADDED, BEHAVIOUR)]),
    "a tool is renamed": (*with_tool("name", "find"), [("/config/tools/0/name", CHANGED, BREAKING)]),
    "a tool parameter goes": (
        *with_tool("parameters/properties/limit"),
        [("/config/tools/0/parameters/properties/limit", REMOVED, BREAKING)],
    ),
    "a tool parameter changes type": (
        *with_tool("parameters/properties/limit/type", "string"),
        [("/config/tools/0/parameters/properties/limit/type", CHANGED, BREAKING)],
    ),
    "a tool parameter becomes required": (
        *with_tool("parameters/required/1", "limit"),
        [("/config/tools/0/parameters/required/1", ADDED, BREAKING)],
    ),
    "a tool parameter comes": (
        *with_tool("parameters/properties/page", {"type": "integer"}),
        [("/config/tools/0/parameters/properties/page", ADDED, BEHAVIOUR)],
    ),
    "a tool parameter need not be given": (
        *with_tool("parameters/required/0"),
        [("/config/tools/0/parameters/required/0", REMOVED, BREAKING)],
    ),
    "a tool's words go": (*with_tool("description"), [("/config/tools/0/description", REMOVED, BEHAVIOUR)]),
    "tools in another order": (
        text(tools=[TOOL, OTHER]),
        text(tools=[OTHER, TOOL]),
        [("/config/tools", CHANGED, BEHAVIOUR)],
    ),
    "a tool changes and moves": (
        text(tools=[TOOL, OTHER]),
        text(tools=[OTHER, but(TOOL, "parameters/properties/limit")]),
        [
            ("/config/tools", CHANGED, BEHAVIOUR),
            ("/config/tools/0/parameters/properties/limit", REMOVED, BREAKING),
        ],
    ),
    "a tool comes before another": (
        text(tools=[TOOL]),
        text(tools=[OTHER, TOOL]),
        [("/config/tools/0", ADDED, BEHAVIOUR)],
    ),
    "a tool for another": (
        text(tools=[TOOL]),
        text(tools=[OTHER]),
        [("/config/tools/0", REMOVED, BREAKING), ("/config/tools/0", ADDED, BEHAVIOUR)],
    ),
    "a tool that is a name for another": (
        text(tools=["a", "b"]),
        text(tools=["b", "c"]),
        [("/config/tools/0", REMOVED, BREAKING), ("/config/tools/1", ADDED, BEHAVIOUR)],
    ),
    "a tool of OpenAI's form is renamed": (
        text(tools=[{"type": "function", "function": TOOL}]),
        text(tools=[{"type": "function", "function": but(TOOL, "name", "find")}]),
        [("/config/tools/0/function/name", CHANGED, BREAKING)],
    ),
    "tools of one name are told apart by place": (
        text(tools=[TOOL, TOOL]),
        text(tools=[TOOL, but(TOOL, "parameters/properties/limit/type", "string")]),
        [("/config/tools/1/parameters/properties/limit/type", CHANGED, BREAKING)],
    ),
    "tools without names": (text(tools=[1]), text(tools=[2]), [("/config/tools/0", CHANGED, BEHAVIOUR)]),
    "tools of another shape": (text(tools=[]), text(tools={}), [("/config/tools", CHANGED, BREAKING)]),
    "a parameter called `type` gets other words": (
        text(tools=[but(TOOL, "parameters/properties/type", {"type": "string", "description": "a"})]),
        text(tools=[but(TOOL, "parameters/properties/type", {"type": "string", "description": "b"})]),
        [("/config/tools/0/parameters/properties/type/description", CHANGED, BEHAVIOUR)],
    ),
    "what is required, in another order": (
        text(tools=[but(TOOL, "parameters/required/1", "limit")]),
        text(tools=[but(TOOL, "parameters/required", ["limit", "query"])]),
        [("/config/tools/0/parameters/required", CHANGED, BEHAVIOUR)],
    ),
    "what is required is no list": (
        *with_tool("parameters/required", [1]),
        [("/config/tools/0/parameters/required/0", CHANGED, BREAKING)],
    ),
    "a tool's words change": (*with_tool("description", "Find"), [("/config/tools/0/description", CHANGED, BEHAVIOUR)]),
    # What callers read.
    "an output field goes": (
        *with_schema("properties/why"),
        [("/config/output_schema/properties/why", REMOVED, BREAKING)],
    ),
    "an output field changes type": (
        *with_schema("properties/why/type", "number"),
        [("/config/output_schema/properties/why/type", CHANGED, BREAKING)],
    ),
    "an output field is no longer promised": (
        *with_schema("required/0"),
        [("/config/output_schema/required/0", REMOVED, BREAKING)],
    ),
    "an output field is promised": (
        *with_schema("required/1", "why"),
        [("/config/output_schema/required/1", ADDED, BEHAVIOUR)],
    ),
    "an output field's words go": (
        text(output_schema=but(SCHEMA, "properties/why/description", "Why so")),
        text(output_schema=SCHEMA),
        [("/config/output_schema/properties/why/description", REMOVED, BEHAVIOUR)],
    ),
    "an output field becomes something else": (
        *with_schema("properties/why", True),
        [("/config/output_schema/properties/why", CHANGED, BREAKING)],
    ),
    "an output schema of another shape": (
        text(output_schema=[1]),
        text(output_schema="answer"),
        [("/config/output_schema", CHANGED, BREAKING)],
    ),
    "an output value changes": (
        *with_schema("properties/answer/enum/1", "never"),
        [("/config/output_schema/properties/answer/enum/1", CHANGED, BREAKING)],
    ),
    "an output field comes": (
        *with_schema("properties/source", {"type": "string"}),
        [("/config/output_schema/properties/source", ADDED, BEHAVIOUR)],
    ),
    "the output schema goes": (text(output_schema=SCHEMA), text(), [("/config/output_schema", REMOVED, BREAKING)]),
    # What the platform lost.
    "a native field vanishes": (text(seed=7), text(), [("/config/seed", REMOVED, BREAKING)]),
    "examples vanish": (text(examples=[1]), text(), [("/config/examples", REMOVED, BREAKING)]),
    # What changes the answers.
    "the text": (text("Hello"), text("Good day"), [("/text", CHANGED, BEHAVIOUR)]),
    "a role": (chat(SYSTEM), chat(Message("user", "Be kind")), [("/messages/0/role", CHANGED, BEHAVIOUR)]),
    "the model": (text(model="a"), text(model="b"), [("/config/model", CHANGED, BEHAVIOUR)]),
    "a parameter": (text(temperature=0.3), text(temperature=0.4), [("/config/temperature", CHANGED, BEHAVIOUR)]),
    "a parameter comes": (text(), text(temperature=0.4), [("/config/temperature", ADDED, BEHAVIOUR)]),
    "a parameter within goes": (
        text(thinking={"budget": 1, "on": True}),
        text(thinking={"on": True}),
        [("/config/thinking/budget", REMOVED, BEHAVIOUR)],
    ),
    "an example": (text(examples=["a"]), text(examples=["b"]), [("/config/examples/0", CHANGED, BEHAVIOUR)]),
    "true is not 1": (text(stream=True), text(stream=1), [("/config/stream", CHANGED, BEHAVIOUR)]),
    "null is not nothing": (text(), text(stop=None), [("/config/stop", ADDED, BEHAVIOUR)]),
    "the whole config": (Artifact("Hi", {}), Artifact("Hi", []), [("/config", CHANGED, BEHAVIOUR)]),
    "the whole config goes": (Artifact("Hi", {"a": 1}), Artifact("Hi", None), [("/config", CHANGED, BREAKING)]),
    # What nobody notices.
    "white space at the end": (text("Hi {{a}}"), text("Hi {{a}}\n"), [("/text", CHANGED, COSMETIC)]),
    "white space at the end of a message": (
        chat(Message("system", "Hi \n\n")),
        chat(Message("system", "Hi")),
        [("/messages/0/content", CHANGED, COSMETIC)],
    ),
    "white space at the start": (text("Hi"), text(" Hi"), [("/text", CHANGED, BEHAVIOUR)]),
    "white space within": (text("a b"), text("a  b"), [("/text", CHANGED, BEHAVIOUR)]),
    # No difference at all.
    "the order of keys": (Artifact("a", {"x": 1, "y": 2}), Artifact("a", {"y": 2, "x": 1}), []),
    "one kind of number": (text(temperature=1), text(temperature=1.0), []),
    "one kind of number, deep within": (text(a=[{"b": 2.0}, -0.0]), text(a=[{"b": 2}, 0]), []),
    "a tuple is a list": (Artifact("a", {"x": (1, 2)}), Artifact("a", {"x": [1, 2]}), []),
}


@pytest.mark.parametrize("name", GRADES)
def test_grade(name: str) -> None:
    old, new, expected = GRADES[name]
    assert told(old, new) == expected


@pytest.mark.parametrize(
    "after",
    [
        pytest.param((Placeholder("past"), USER), id="renamed"),
        pytest.param((Message("user", "x"), USER), id="a message in its place"),
        pytest.param((USER,), id="removed from before a message"),
    ],
)
def test_a_placeholder_that_goes_breaks_the_callers_that_fill_it_in(after: tuple[Turn, ...]) -> None:
    assert gravest(differences(chat(Placeholder("history"), USER), Artifact(after))) is BREAKING


def test_a_placeholder_that_moves_breaks_nobody() -> None:
    old, new = chat(Placeholder("history"), SYSTEM), chat(SYSTEM, Placeholder("history"))
    assert gravest(differences(old, new)) is BEHAVIOUR


def test_only_tools_are_tools() -> None:
    assert told(text(tools_note="a"), text(tools_note="a ")) == [("/config/tools_note", CHANGED, COSMETIC)]


# --- Paths --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "pointer"),
    [
        ("a/b", "a~1b"),
        ("a~b", "a~0b"),
        ("~1", "~01"),
        ("a~/b", "a~0~1b"),
        ("", ""),
        ("0", "0"),
        ("a.b", "a.b"),
        ("it's", "it's"),
        ('say "so"', 'say "so"'),
        ("['x']", "['x']"),
        ("root", "root"),
        ("日本", "日本"),
        ("__private", "__private"),
        ("²", "²"),
    ],
)
def test_a_path_is_a_json_pointer(key: str, pointer: str) -> None:
    assert differences(Artifact("x", {key: "a"}), Artifact("x", {key: "b"})) == (
        Change(f"/config/{pointer}", CHANGED, BEHAVIOUR, "a", "b"),
    )
    assert told(Artifact("x", {"k": [{key: "a"}]}), Artifact("x", {"k": [{}]})) == [
        (f"/config/k/0/{pointer}", REMOVED, BEHAVIOUR)
    ]


def test_changes_stand_in_the_order_of_the_document_and_positions_count() -> None:
    old = chat(*(Message("user", str(n)) for n in range(12)), a=1, b={"x": 1})
    new = chat(*(Message("user", str(n + 100)) for n in range(12)), b={"x": 2}, c=1)
    assert [path for path, *_ in told(old, new)] == [
        *(f"/messages/{n}/content" for n in range(12)),
        "/config/a",
        "/config/b/x",
        "/config/c",
    ]


def test_a_change_holds_what_was_and_what_is() -> None:
    old, new = text("Hi", gone=[1], other="a"), text("Hi", other="b", come={"x": 1})
    assert differences(old, new) == (
        Change("/config/come", ADDED, BEHAVIOUR, None, {"x": 1}),
        Change("/config/gone", REMOVED, BREAKING, [1], None),
        Change("/config/other", CHANGED, BEHAVIOUR, "a", "b"),
    )


# --- What a side says nothing about -------------------------------------------------------------------------------


def test_what_one_side_says_nothing_about_is_no_difference() -> None:
    old, new = text(tools=[TOOL], examples=["a"], model="a"), text(model="b")
    assert told(old, new, ["tools", "examples"]) == [("/config/model", CHANGED, BEHAVIOUR)]
    assert told(new, old, ["tools", "examples", "model"]) == []
    assert told(text(tools=[TOOL]), text(tools=[but(TOOL, "name", "x")]), ["tools"]) == []


def test_silence_is_about_a_whole_key() -> None:
    old, new = Artifact("x", {"tool": 1, "tools": 1, "a/b": 1}), Artifact("x", {"tool": 2, "tools": 2, "a/b": 2})
    assert [path for path, *_ in told(old, new, ["tools"])] == ["/config/a~1b", "/config/tool"]
    assert [path for path, *_ in told(old, new, ["a/b"])] == ["/config/tool", "/config/tools"]
    assert len(told(old, new, ["b", "a", "text", "config"])) == 3


def test_silence_does_not_reach_the_body() -> None:
    assert told(text("a"), text("b"), ["text", "/text"]) == [("/text", CHANGED, BEHAVIOUR)]


# --- Opaque content -----------------------------------------------------------------------------------------------


def test_opaque_content_differs_as_a_whole() -> None:
    old, new = Opaque({"type": "image"}, "an image"), Opaque({"type": "sound"}, "a sound")
    assert differences(old, new) == (Change("", CHANGED, BEHAVIOUR, {"type": "image"}, {"type": "sound"}),)
    assert differences(old, Opaque({"type": "image"}, "worded otherwise")) == ()
    assert differences(Opaque({"a": 1, "b": 2}, ""), Opaque({"b": 2, "a": 1}, "")) == ()


def test_opaque_content_differs_from_an_artifact_as_a_whole() -> None:
    raw: Json = {"type": "image"}
    assert differences(text("Hi"), Opaque(raw, "")) == (Change("", CHANGED, BEHAVIOUR, document(text("Hi")), raw),)
    assert differences(Opaque(raw, ""), text("Hi")) == (Change("", CHANGED, BEHAVIOUR, raw, document(text("Hi"))),)


def test_opaque_content_that_differs_by_hash_differs() -> None:
    one, true = Opaque({"a": 1}, ""), Opaque({"a": True}, "")
    assert content_hash(one) != content_hash(true)
    assert differences(one, true) != ()


# --- Grades -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("impacts", "worst"),
    [
        ([], None),
        ([COSMETIC], COSMETIC),
        ([COSMETIC, BEHAVIOUR, COSMETIC], BEHAVIOUR),
        ([BEHAVIOUR, COSMETIC, BREAKING], BREAKING),
    ],
)
def test_the_gravest_grade_speaks_for_all(impacts: list[Impact], worst: Impact | None) -> None:
    assert gravest([Change("", CHANGED, impact) for impact in impacts]) is worst


# --- Laws ---------------------------------------------------------------------------------------------------------

law = settings(deadline=None, max_examples=60)


def artifacts(scalars: st.SearchStrategy[Json], keys: st.SearchStrategy[str]) -> st.SearchStrategy[Artifact]:
    values = st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
        max_leaves=5,
    )
    words = st.sampled_from(["", "a", "a ", "{{x}}", "b\n{{x}} {{y}}"])
    turns = st.builds(Message, st.sampled_from(["user", "system"]), words) | st.builds(Placeholder, words)
    bodies = words | st.lists(turns, max_size=3).map(tuple)
    return st.builds(Artifact, bodies, st.dictionaries(keys, values, max_size=3))


tame = artifacts(
    st.sampled_from([None, 2, 2.0, 0.5, "", "a", "a ", "2"]),
    st.sampled_from(["a", "b", "tools", "required", "a/b", "~", "", "0", "10", "it's", "[x]"]),
)
wild = artifacts(st.sampled_from([None, True, False, 0, 1, 1.0, 0.5, "", "a", "1"]), st.text("a_²/~0", max_size=3))


def agree(old: Artifact, new: Artifact) -> None:
    same = content_hash(old) == content_hash(new)
    assert (differences(old, new) == ()) is same
    assert (differences(new, old) == ()) is same


@law
@given(tame, tame)
def test_two_contents_differ_where_their_hashes_do(old: Artifact, new: Artifact) -> None:
    agree(old, new)


@law
@example(Artifact("x", {"__a": 1}), Artifact("x", {"__a": 2}))
@example(Artifact("x", {"a": [1, 2]}), Artifact("x", {"a": [True, 2]}))
@example(Artifact("x", {"²": 1}), Artifact("x", {"²": 2}))
@given(wild, wild)
def test_two_contents_differ_where_their_hashes_do_whatever_they_hold(old: Artifact, new: Artifact) -> None:
    agree(old, new)


@law
@given(tame)
def test_nothing_differs_from_itself_or_from_its_copy(one: Artifact) -> None:
    assert differences(one, one) == ()
    assert differences(one, Artifact(one.body, json.loads(json.dumps(one.config)))) == ()


@law
@given(tame, tame)
def test_each_path_leads_to_what_the_change_holds(old: Artifact, new: Artifact) -> None:
    """A list may have shifted: what came is found in the new document, all else in the old one."""
    for change in differences(old, new):
        if change.kind is ADDED:
            assert at(document(new), change.path) == change.new
        else:
            assert at(document(old), change.path) == change.old


def at(value: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, list | tuple) else value[key]
    return value
