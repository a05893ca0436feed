"""A file of one prompt is edited where it differs, and nowhere else."""

from typing import TYPE_CHECKING

import pytest

from mooring.core.artifact import Artifact, Json, Message, Placeholder
from mooring.formats import Role, read_artifact

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.formats.writing.conftest import Adopt

    Lines = Callable[[str, str], list[str]]

AGENT = """\
# Owned by the support team.
name: agent   # what apps ask for
description: 'Answers customers'
labels: [production, staging]

# Reviewed every quarter.
system_prompt: |  # the text
  You are kind.

  Be brief.

model: "gpt-4o"   # fast
params: {temperature: 0.3, max_tokens: 800}
tools:
  # the first one
  - name: search   # kb
    description: Search the base
    parameters: {type: object, required: [query]}
  - name: order
config:
    store: 'EU'
    limits:
        - 1   # low
        # above
        - 20
"""
NOW = read_artifact(Role.ONE_FILE, AGENT.encode())
CONFIG = dict(NOW.config) if isinstance(NOW.config, dict) else {}


def both(content: Artifact) -> dict[str, Artifact]:
    return {"production": content, "staging": content}


def configured(**changes: Json) -> Artifact:
    return Artifact(NOW.body, CONFIG | changes)


def system(text: str) -> Artifact:
    return Artifact((Message("system", text),), NOW.config)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (configured(), []),
        (configured(temperature=0.5), ["-params: {temperature: 0.3, max_tokens: 800}",
                                       "+params: {temperature: 0.5, max_tokens: 800}"]),
        (configured(model="gpt-5"), ['-model: "gpt-4o"   # fast', '+model: "gpt-5"   # fast']),
        (configured(model=None), ['-model: "gpt-4o"   # fast', "+model: null   # fast"]),
        (configured(store="it's"), ["-    store: 'EU'", "+    store: 'it''s'"]),
        (configured(limits=[1, 30]), ["-        - 20", "+        - 30"]),
        (configured(limits=[1, 7, 20]), ["+        - 7"]),
        (configured(limits=[20]), ["-        - 1   # low"]),
        (configured(top_p=1), ["-params: {temperature: 0.3, max_tokens: 800}",
                               "+params: {temperature: 0.3, max_tokens: 800, top_p: 1}"]),
        (configured(output_schema={"type": "object"}), ["+output_schema: {type: object}"]),
        (configured(region="EU\nUS\n"), ["+    region: |", "+      EU", "+      US"]),
        (system("You are kind.\n\nBe very brief.\n"), ["-  Be brief.", "+  Be very brief."]),
        (system("You are kind."), ["-system_prompt: |  # the text", "+system_prompt: |-  # the text",
                                   "-", "-  Be brief."]),
        (system("You are kind.\n\nBe brief.\n\n"), ["-system_prompt: |  # the text", "+system_prompt: |+  # the text"]),
        (system("\x07\n b"), ["-system_prompt: |  # the text", "-  You are kind.", "-", "-  Be brief.",
                             '+system_prompt: "\\u0007\\n\\', '+  \\ b"  # the text']),
        (Artifact("Plain.", NOW.config), ["-system_prompt: |  # the text", "+prompt: |-  # the text",
                                          "-  You are kind.", "-", "-  Be brief.", "+  Plain."]),
    ],
)  # fmt: skip
def test_only_what_differs_changes(
    adopt: "Adopt", changed_lines: "Lines", content: Artifact, expected: list[str]
) -> None:
    adopted = adopt({"agent.yaml": AGENT}, {"agent": both(content)})

    assert sorted(changed_lines(AGENT, adopted.text("agent.yaml"))) == sorted(expected)
    assert adopted.changed == ({"agent.yaml"} if expected else set())
    assert set(adopted.result.keys.values()) == {"head"}


def test_a_further_message_turns_the_one_system_message_into_messages(adopt: "Adopt") -> None:
    content = Artifact((Message("system", "Hi.\n"), Placeholder("history"), Message("user", "{{q}}")), NOW.config)

    text = adopt({"agent.yaml": AGENT}, {"agent": both(content)}).text("agent.yaml")

    assert (
        "messages:  # the text\n  - role: system\n    content: |\n      Hi.\n  - placeholder: history\n"
        "  - role: user\n    content: '{{q}}'\n\nmodel:"
    ) in text


def test_a_tool_that_comes_between_two_leaves_the_comments_of_both(adopt: "Adopt", changed_lines: "Lines") -> None:
    tools = CONFIG["tools"]
    assert isinstance(tools, list)
    new: Json = {"name": "refund", "parameters": {"type": "object"}}

    text = adopt({"agent.yaml": AGENT}, {"agent": both(configured(tools=[tools[0], new, tools[1]]))}).text("agent.yaml")

    assert changed_lines(AGENT, text) == ["+  - name: refund", "+    parameters: {type: object}"]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_the_byte_order_mark_stay(adopt: "Adopt", mark: str) -> None:
    data = (mark + AGENT.replace("\n", "\r\n")).encode()

    changed = adopt({"agent.yaml": data}, {"agent": both(system("One.\n\nTwo.\nThree.\n"))}).files["agent.yaml"]

    assert changed.count(b"\n") == changed.count(b"\r\n")
    assert changed.startswith(mark.encode() + b"# Owned")
    assert b"  One.\r\n\r\n  Two.\r\n  Three.\r\n\r\nmodel" in changed


def test_a_file_written_as_json_stays_json(adopt: "Adopt") -> None:
    import json

    data = """\
{
  "labels": ["production"],
  "messages": [
    {"role": "user", "content": "a\\nb"}
  ],
  "config": {"x": 1}
}
"""
    content = Artifact((Message("user", "a\nc: {{d}}"), Message("assistant", "ok")), {"x": 2, "y": ["z"]})

    text = adopt({"p.yaml": data}, {"p": {"production": content}}).text("p.yaml")

    assert json.loads(text) == {
        "labels": ["production"],
        "messages": [{"role": "user", "content": "a\nc: {{d}}"}, {"role": "assistant", "content": "ok"}],
        "config": {"x": 2, "y": ["z"]},
    }


@pytest.mark.parametrize(
    ("before", "config", "after"),
    [
        ("temperature: 1\n", {"temperature": 1, "top_p": 2}, "temperature: 1\ntop_p: 2\n"),
        ("config: {temperature: 1}\n", {"temperature": 1, "top_p": 2}, "config: {temperature: 1, top_p: 2}\n"),
        ("config: {a: 1}\n", {"model": "m"}, "model: m\n"),
        ("", {"temperature": 1}, "params: {temperature: 1}\n"),
        ("", {"a": 1}, "config: {a: 1}\n"),
        ("params: {temperature: 1}\n", {"params": {"temperature": 1}}, "config: {params: {temperature: 1}}\n"),
        ("template_format: mustache\n", {"a": 1}, "template_format: mustache\nconfig: {a: 1}\n"),
        ("template_format: mustache\n", {"template_format": "jinja2"}, "template_format: jinja2\n"),
        ("template_format: jinja2\n", {"template_format": 7}, "config: {template_format: 7}\n"),
        ("model: a\nconfig: {b: 1}\n", None, "config: null\n"),
        ("config: [1]\n", {"model": "a"}, "model: a\n"),
        ("config: {}\n", {}, "config: {}\n"),
        ("config: {a: 1}\n", [1, {"b": None}], "config: [1, {b: null}]\n"),
        ("model: 800\n", {"model": 800.0}, "model: 800\n"),
        ("model: 1\n", {"model": True}, "model: true\n"),
    ],
)
def test_a_value_goes_where_the_file_has_it_and_a_new_one_where_a_person_would_put_it(
    adopt: "Adopt", before: str, config: Json, after: str
) -> None:
    head = "labels: [production]\nprompt: x\n"

    text = adopt({"p.yaml": head + before}, {"p": {"production": Artifact("x", config)}}).text("p.yaml")

    assert sorted(text.splitlines()) == sorted((head + after).splitlines())


def test_placeholders_stay_spelled_as_the_file_spells_them(adopt: "Adopt") -> None:
    data = "labels: [production]\nmessages:\n- {type: placeholder, name: a}\n- {role: user, content: hi}\n"
    content = Artifact((Placeholder("b"), Message("user", "hi")))

    assert "- {type: placeholder, name: b}\n" in adopt({"p.yaml": data}, {"p": {"production": content}}).text("p.yaml")


@pytest.mark.parametrize("shared", ["model: &m gpt\nconfig: {backup: *m}\n", "config: &c\n  a: &x {b: 1}\n  d: *x\n"])
def test_a_file_that_cannot_be_edited_in_place_is_written_anew_under_its_first_comment(
    adopt: "Adopt", shared: str
) -> None:
    data = f"# ours\nlabels: [production]\nprompt: x\n{shared}"

    text = adopt({"p.yaml": data}, {"p": {"production": Artifact("x", {"d": {"b": 2}, "backup": "gpt"})}}).text(
        "p.yaml"
    )

    assert text.startswith("# ours\nlabels: [production]\n")


def test_a_new_label_is_declared_beside_the_others(adopt: "Adopt") -> None:
    content = {"production": Artifact("x"), "staging": Artifact("x"), "canary": Artifact("x")}
    registry = "# ours\np:\n  production: head   # live\n"

    assert adopt({"p.yaml": "prompt: x\nlabels: [production]\n"}, {"p": content}).text("p.yaml") == (
        "prompt: x\nlabels: [production, canary, staging]\n"
    )
    adopted = adopt({"p.yaml": "prompt: x\n", "registry.yaml": registry}, {"p": content})
    assert adopted.text("registry.yaml") == registry + "  canary: head\n  staging: head\n"
    assert adopted.changed == {"registry.yaml"}


@pytest.mark.parametrize(
    ("before", "after", "written"),
    [
        ("[a, b, c]", ["a", "c"], "[a, c]"),
        ("[a, b]", ["a"], "[a]"),
        ("[a, b]", ["b"], "[b]"),
        ("[a, b]", ["x", "a", "b"], "[x, a, b]"),
        ("[a,  b]", ["a", "x", "b", "z"], "[a, x,  b, z]"),
        ("['a']", ["a", "b"], "['a', 'b']"),
        ("[a]", [], "[]"),
        ("[]", ["a"], "[a]"),
        ("{a: 1,  b: 2}", {"b": 2}, "{b: 2}"),
        ("{a: 1,  b: 2}", {"a": 1}, "{a: 1}"),
        ("{a: }", {"a": "x"}, "{a: x }"),
        ("{\n  a: 1\n  }", {"a": 1, "b": 2}, "{\n  a: 1,\n  b: 2\n  }"),
        ("\n  - a\n  # of b\n  - b", ["x", "a", "b"], "\n  - x\n  - a\n  # of b\n  - b"),
        ("\n  - a\n  # of b\n  - b", ["b"], "\n  # of b\n  - b"),
        ("\n  - a\n  -\n    b: 1", ["a", {"b": 2}], "\n  - a\n  -\n    b: 2"),
        ("\n  - - a\n    - b", [["b"]], "\n  - - b"),
        ("\n  - a: 1\n    b: 2", [{"b": 2}], "\n  - b: 2"),
        ("\n  - a: 1\n    b: 2", 7, " 7"),
        ("  # why\n  a: 1", "x", " x  # why"),
        (" 7  # why", {"a": "b\nc"}, "  # why\n    a: |-\n      b\n      c"),
        (" |+\n    a\n\n", "b\n", " |\n      b"),
        (" a  # why\n\n", "b\n\n", " |+  # why\n    b\n"),
        ("", "x", " x"),
    ],
)
def test_collections_change_item_by_item(adopt: "Adopt", before: str, after: Json, written: str) -> None:
    head, tail = "labels: [production]\nconfig:\n  x:", "\nprompt: x\n"
    before, written = (text if text[:1] in ("", " ", "\n") else f" {text}" for text in (before, written))
    data = head + before.replace("\n  ", "\n    ") + tail

    text = adopt({"p.yaml": data}, {"p": {"production": Artifact("x", {"x": after})}}).text("p.yaml")

    indented = written if "|" in written else written.replace("\n  ", "\n    ")
    assert text == head + indented + tail


def test_a_file_with_crlf_that_is_written_anew_keeps_it(adopt: "Adopt") -> None:
    data = b"# ours\r\nlabels: [production]\r\nprompt: x\r\nmodel: &m gpt\r\nconfig: {backup: *m}\r\n"

    changed = adopt({"p.yaml": data}, {"p": {"production": Artifact("x\ny", {"backup": "gpt"})}}).files["p.yaml"]

    assert changed.startswith(b"# ours\r\n")
    assert changed.count(b"\n") == changed.count(b"\r\n")


def test_a_text_version_with_crlf_is_followed_by_one(adopt: "Adopt") -> None:
    files = {"p/v1.txt": b"a\r\nb\r\n", "p/prompt.yaml": b"active_version: v1\r\n"}

    adopted = adopt(files, {"p": {"production": Artifact("a\nc\n")}})

    assert adopted.files["p/v2.txt"] == b"a\r\nc\r\n"
    assert adopted.files["p/prompt.yaml"] == b"active_version: v2\r\n"
