"""Prompts that Git does not have get files that a person would have written."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mooring.core.artifact import Artifact, Message, Placeholder
from mooring.core.desired import PromptFacts
from mooring.formats.writing.adoption import Layout
from mooring.testing.samples import CHAT, ODD, TEXTS

if TYPE_CHECKING:
    from tests.formats.writing.conftest import Adopt

PROMPTS = Path(__file__).parents[2] / "data" / "real-prompts.csv"
FACTS = PromptFacts("It's for: us", ("a", "b: c", " "), (), None)


def test_one_file_reads_like_a_person_wrote_it(adopt: "Adopt") -> None:
    text = adopt({}, {"team/agent": {"production": CHAT, "staging": CHAT}}, facts=FACTS).text("team/agent.yaml")

    assert (
        text
        == """\
description: "It's for: us"
labels: [production, staging]
tags: [a, 'b: c']
messages:
  - role: system
    content: Be kind to {{name}}.
  - role: user
    content: '{{question}}'
model: gpt-4o
params: {temperature: 0.3, max_tokens: 800, stop_sequences: [END], seed: 7}
tools:
  - name: search
    parameters: {type: object, properties: {q: {type: string}}}
output_schema: {type: object, properties: {answer: {type: string}}, required: [answer]}
examples:
  - {input: {query: Where is it?}, output: Could you share the number?}
template_format: jinja2
"""
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("One.", "prompt: One.\n"),
        ("One.\n", "prompt: |\n  One.\n"),
        ("One.\n\nTwo.", "prompt: |-\n  One.\n\n  Two.\n"),
        ("One.\n\n\n", "prompt: |+\n  One.\n\n\n"),
        ("  One.\nTwo.", "prompt: |2-\n    One.\n  Two.\n"),
        ("no", "prompt: 'no'\n"),
        ("a\u2028b\n c", 'prompt: "a\\u2028b\\n\\\n  \\ c"\n'),
        ("# not a comment", "prompt: '# not a comment'\n"),
        ("don't: say so", "prompt: |-\n  don't: say so\n"),
        ("x" * 100, f"prompt: |-\n  {'x' * 100}\n"),
    ],
)
def test_a_text_is_written_the_way_that_reads_best(adopt: "Adopt", text: str, written: str) -> None:
    assert adopt({}, {"p": {"l": Artifact(text)}}).text("p.yaml") == f"labels: [l]\n{written}"


def test_labels_that_serve_different_contents_get_versions(adopt: "Adopt") -> None:
    contents = {"production": Artifact("x"), "staging": CHAT, "canary": Artifact("x")}

    alone = adopt({}, {"a/b": contents}, facts=FACTS)
    beside = adopt({"registry.yaml": "z:\n  production: head\n", "z.yaml": "prompt: z\n"}, {"a/b": contents})

    assert alone.changed == {"a/b/v1.yaml", "a/b/v2.yaml", "a/b/prompt.yaml"}
    assert alone.text("a/b/prompt.yaml") == (
        "description: \"It's for: us\"\nlabels: {canary: v1, production: v1, staging: v2}\ntags: [a, 'b: c']\n"
    )
    assert beside.changed == {"a/b/v1.yaml", "a/b/v2.yaml", "registry.yaml"}
    assert beside.text("registry.yaml") == (
        "z:\n  production: head\na/b:\n  canary: v1\n  production: v1\n  staging: v2\n"
    )
    refused = adopt({}, {"a/b": contents}, Layout.ONE_FILE)
    assert refused.changed == set()
    assert "layout" in refused.result.refused["a/b"]


def test_the_folder_can_be_asked_for(adopt: "Adopt") -> None:
    assert adopt({}, {"p": {"l": Artifact("x")}}, Layout.VERSIONS).changed == {"p/v1.yaml", "p/prompt.yaml"}


def test_a_registry_of_comments_gets_its_first_entry_below_them(adopt: "Adopt") -> None:
    adopted = adopt({"registry.yaml": "# labels\n# of all\n"}, {"p": {"l": Artifact("x")}}, Layout.VERSIONS)

    assert adopted.text("registry.yaml") == "# labels\n# of all\np: {l: v1}\n"


@pytest.mark.parametrize("content", [*ODD, *map(Artifact, TEXTS), *(Artifact("x", {"a": text}) for text in TEXTS)])
@pytest.mark.parametrize("layout", [Layout.ONE_FILE, Layout.VERSIONS])
def test_odd_content_comes_back_or_is_refused_with_a_reason(adopt: "Adopt", layout: Layout, content: Artifact) -> None:
    adopted = adopt({}, {"p": {"l": content}}, layout)

    is_sayable = bool(content.body) and not (isinstance(content.body, tuple) and Message("", "") in content.body)
    assert ("p" not in adopted.result.refused) is is_sayable


@pytest.mark.parametrize(
    "content",
    [
        Artifact("a\0b"),
        Artifact("\ud800"),
        Artifact("x", {"n": 2**53}),
        Artifact("x", {"n": float("inf")}),
        Artifact((Placeholder("a\0"),)),
        Artifact("x" * (1024 * 1024)),
    ],
)
def test_content_that_no_file_can_hold_is_refused(adopt: "Adopt", content: Artifact) -> None:
    adopted = adopt({}, {"p": {"l": content}, "q": {"l": Artifact("x")}})

    assert adopted.changed == {"q.yaml"}
    assert adopted.result.refused["p"].endswith(".")


def test_real_prompts_come_back(adopt: "Adopt") -> None:
    with PROMPTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    kept = {row["name"].strip().lower(): row for row in rows}
    wanted = {
        row["name"].strip(): {"production": Artifact(row["prompt"], {"type": row["type"]})} for row in kept.values()
    }

    adopted = adopt({}, wanted)

    assert not adopted.result.refused
    assert len(adopted.files) == len(wanted) > 320
    assert adopted.desired.problems == ()
