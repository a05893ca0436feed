"""Whatever a platform holds comes through Git's files unchanged, in every style of file."""

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mooring.core.artifact import Artifact, Json, Message, Placeholder
from mooring.core.canonical import MAX_INTEGER
from mooring.core.desired import PromptFacts
from mooring.formats.writing.adoption import Layout
from mooring.testing.samples import TEXTS

if TYPE_CHECKING:
    from tests.formats.writing.conftest import Adopt

ODD_TEXTS = (
    *("---", "...\n", "a: b", "- x", "# c", "a #b", "no", "Null", "1.5", "0x1F", "1e5", "2024-01-01", "=", "<<", "~"),
    *("12:30", "{{x}}\n---\n...\n", "x " * 3000, "a\n \nb", "a\n  ", "  a\n b\n", "\n a", "\n\n", "a\t\n\tb"),
    *(
        "\tx\ny",
        "a\n\n  \n",
        "a\n# b\n",
        "😀\n  😀😀\n",
        "'\"\\\n",
        "a\\\nb",
        "key:\n",
        "%TAG",
        "@x",
        "`x`",
        "&a",
        "*a",
    ),
    *("!t", "|", ">-", "? x", "[", "{a", "x" * 2000 + "\n"),
)
texts = st.one_of(
    st.sampled_from((*TEXTS, *ODD_TEXTS)),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30),
    st.text(st.sampled_from(" \n\t#:-ab'\"\\|>{}é😀\u2028\x07"), max_size=15),
)
words = texts.filter(str.strip)
json_values: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
known = st.sampled_from(
    ("model", "params", "temperature", "stop", "tools", "output_schema", "template_format", "config")
)
configs = st.dictionaries(known | texts, json_values, max_size=6) | json_values
turns = st.builds(Message, words, texts) | st.builds(Placeholder, words)
bodies: st.SearchStrategy[str | tuple[Message | Placeholder, ...]] = st.one_of(
    texts.filter(bool), st.lists(turns, min_size=1, max_size=4).map(tuple)
)
artifacts = st.builds(Artifact, bodies, configs)
facts = st.builds(PromptFacts, st.none() | texts, st.none() | st.lists(texts, max_size=3).map(tuple))

STYLES = {
    "blocks": """\
# of the whole
name: p   # of the name
labels: [production]   # of the labels
# above the text
prompt: >-
  folded text
  here

  and there
# above the model
model: 'gpt'  # of the model
temperature: 0.2
stop: ["a", 'b']   # of stop
config:
  # within config
  x: {a: 1,  b: [1,2]}  # of x
  y:
  - 1
  -   two: 2   # of two
      three: 3
  z: |+  # of z
    kept


tools: []
""",
    "json": """\
{"name": "p", "labels": ["production"],
 "messages": [
   {"role": "system", "content": "hi \\n there"},
   {"type": "placeholder", "name": "h"}
 ],
 "config": {"a": {"b": 1},
   "c": null}
}
""",
    "aliases": """\
name: "p"
labels:
- production
config: &c
  x: &t "some text"
  y: *t
  'q q': plain text   here
  n:
  m: ~
messages:
  -
    role: user
    content: "quoted"   # of the first
  # between
  - {role: assistant, content: 'single ''q'''}   # of the second
  - placeholder: history   # of the third

# at the end
""",
    "deep": """\
labels: [production]
name: p
params:
    temperature: 1   # hot
    top_p: 0.5
system_prompt: one line  # the text
template_format: mustache
output_schema:
    type: object
    properties:
        a: {type: string}   # a
        b:
            type: number  # b
examples:
    - - 1
      - 2
    - input: |2
          indented
        x
      output: "o"
description: last""",
}
quickly = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)


@quickly
@given(artifacts, artifacts, st.sampled_from(Layout), facts)
def test_new_prompts(adopt: "Adopt", one: Artifact, other: Artifact, layout: Layout, told: PromptFacts) -> None:
    contents = {"production": one} if layout is Layout.ONE_FILE else {"production": one, "staging": other}

    assert adopt({}, {"p": contents}, layout, told).result.refused == {}


@quickly
@given(artifacts, st.lists(artifacts, min_size=2, max_size=2))
def test_one_edit_after_the_other(adopt: "Adopt", first: Artifact, others: list[Artifact]) -> None:
    files = adopt({}, {"p": {"production": first}}).files
    for artifact in others:
        adopted = adopt(files, {"p": {"production": artifact}})
        files = adopted.files
        assert adopted.result.refused == {}


@quickly
@given(st.sampled_from(sorted(STYLES)), artifacts, st.sampled_from(("\n", "\r\n")), st.sampled_from(("", "\ufeff")))
def test_files_of_every_style(adopt: "Adopt", style: str, artifact: Artifact, line_end: str, mark: str) -> None:
    data = mark + STYLES[style].replace("\n", line_end)

    in_place = adopt({"p.yaml": data}, {"p": {"production": artifact}})
    apart = adopt({"p.yaml": data}, {"p": {"staging": artifact}})

    assert in_place.result.refused == apart.result.refused == {}


@quickly
@given(st.lists(artifacts, min_size=1, max_size=3), st.sampled_from(("v1.txt", "v1.yaml")))
def test_version_after_version(adopt: "Adopt", contents: list[Artifact], first: str) -> None:
    files: dict[str, str | bytes] = {
        f"p/{first}": "prompt: one\n",
        "p/prompt.yaml": "labels:\n  production: v1  # live\n  staging: v1\n",
    }

    for content in contents:
        adopted = adopt(files, {"p": {"production": content}})
        assert adopted.result.refused == {}
        files = dict(adopted.files)
    assert "# live" in adopted.text("p/prompt.yaml")


@quickly
@given(
    st.sampled_from(("blocks", "deep")),
    st.dictionaries(st.sampled_from(("model", "temperature", "new", "top_p", "n: #")), json_values, max_size=4),
    texts.filter(bool),
)
def test_comments_of_what_does_not_change_survive(
    adopt: "Adopt", style: str, config: dict[str, Json], text: str
) -> None:
    from mooring.formats import Role, read_artifact

    now = read_artifact(Role.ONE_FILE, STYLES[style].encode())
    assert isinstance(now.config, dict)
    wanted = Artifact(text if style == "blocks" else (Message("system", text),), now.config | config)

    after = adopt({"p.yaml": STYLES[style]}, {"p": {"production": wanted}}).text("p.yaml")

    comments = [line.partition("#")[2] for line in STYLES[style].splitlines() if "#" in line]
    assert [comment for comment in comments if f"#{comment}" not in after] == []


@pytest.mark.parametrize("style", sorted(STYLES))
def test_the_styles_are_valid_and_stay_as_they_are(adopt: "Adopt", style: str) -> None:
    from mooring.formats import Role, read_artifact

    content = read_artifact(Role.ONE_FILE, STYLES[style].encode())

    assert adopt({"p.yaml": STYLES[style]}, {"p": {"production": content}}).changed == set()
