"""What comes from the platform survives: adopt, merge, sync, and both sides serve what the platform served."""

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mooring.core.address import is_opaque
from mooring.core.artifact import Artifact, Json, Message, Placeholder
from mooring.testing.langfuse.validation import Refused

if TYPE_CHECKING:
    from tests.adopt.conftest import Place

ONE_FILE = {"greet.yaml": "# The owners' words\nprompt: |  # spoken\n  one\nlabels: [production]  # served\n"}
REGISTRY = {
    "registry.yaml": "# who serves what\ngreet:\n  production: v1  # the store\n",
    "greet/v1.yaml": "# The owners' words\nprompt: |  # spoken\n  one\n",
}
PROMPT_YAML = {
    "greet/prompt.yaml": "# About it\nlabels:\n  production: v1  # the store\n",
    "greet/v1.yaml": "# The owners' words\nprompt: |  # spoken\n  one\n",
}
TEXT_FILES = {"greet/prompt.yaml": "# About it\nactive_version: v1.0.0  # the store\n", "greet/v1.0.0.txt": "one\n"}
LAYOUTS = {"one file": ONE_FILE, "registry": REGISTRY, "prompt.yaml": PROMPT_YAML, "text files": TEXT_FILES}


def marks_of(where: str, layout: str) -> list[pytest.MarkDecorator]:
    """Files are written the same whatever the platform: on MLflow one layout is enough."""
    if where == "on_langfuse":
        return []
    return [pytest.mark.xdist_group("mlflow"), *[pytest.mark.soak] * (layout != "registry")]


ON_BOTH = [
    pytest.param(where, layout, marks=marks_of(where, layout))
    for where in ("on_langfuse", "on_mlflow")
    for layout in LAYOUTS
]


@pytest.mark.parametrize(("where", "layout"), ON_BOTH)
def test_adopt_merge_sync_is_a_fixed_point_and_comments_stay(
    request: pytest.FixtureRequest, where: str, layout: str
) -> None:
    place: Place = request.getfixturevalue(where)
    for path, text in LAYOUTS[layout].items():
        place.write(f"prompts/{path}", text)
    place.begin()
    ref = place.edit("greet", "by hand,\n\non two lines\n")
    place.adopt()
    place.merge()
    assert place.settle() == 0
    assert place.stored("greet").ref == ref
    assert place.served("greet") == "by hand,\n\non two lines\n"
    now = place.git("ls-files", "prompts").splitlines()
    every = "".join(place.read(path) for path in now)
    for text in LAYOUTS[layout].values():
        assert all(f"# {comment}" in every for comment in comments(text))


def comments(text: str) -> list[str]:
    return [line.partition("# ")[2] for line in text.splitlines() if "# " in line]


def test_content_that_git_holds_already_becomes_a_move_of_the_label(place: "Place") -> None:
    for path, text in REGISTRY.items():
        place.write(f"prompts/{path}", text)
    place.begin()
    first = place.stored("greet").ref
    place.write("prompts/greet/v2.yaml", "prompt: two\n")
    place.write(
        "prompts/registry.yaml", place.read("prompts/registry.yaml").replace("production: v1", "production: v2")
    )
    place.commit()
    assert place.mooring("sync")[0] == 0
    place.person.point("greet", "production", first)
    place.adopt()
    place.merge()
    assert place.settle() == 0
    assert place.served("greet") == "one\n"
    assert place.read("prompts/registry.yaml") == REGISTRY["registry.yaml"]
    assert sorted(place.git("ls-files", "prompts/greet").splitlines()) == [
        "prompts/greet/v1.yaml",
        "prompts/greet/v2.yaml",
    ]


TOOLS = """\
prompt: Help with {{product}}.
model: gpt-4o
tools: [{name: search, parameters: {type: object}}]  # the shop's search
examples: [{input: {query: Where is it?}, output: "Which one?"}]
labels: [production]
"""


def test_a_hand_edit_that_knows_nothing_of_our_tags_loses_no_tool_and_no_example(on_mlflow: "Place") -> None:
    on_mlflow.write("prompts/greet.yaml", TOOLS)
    on_mlflow.begin()
    before = on_mlflow.stored("greet").content.config
    on_mlflow.person.save("greet", Artifact("Help with {{product}}, kindly.", {"model": "gpt-4o"}), ["production"])
    assert "tools" not in on_mlflow.stored("greet").content.config
    on_mlflow.adopt("greet@production")
    on_mlflow.merge()
    text = on_mlflow.read("prompts/greet.yaml")
    assert text == TOOLS.replace("{{product}}.", "{{product}}, kindly.")
    assert on_mlflow.settle() > 0
    now = on_mlflow.stored("greet").content
    assert (now.body, now.config) == ("Help with {{product}}, kindly.", before)


def characters(least: int = 0) -> st.SearchStrategy[str]:
    return st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=least, max_size=40)


SAFE = st.integers(-(2**53) + 1, 2**53 - 1)
NUMBERS = SAFE | st.floats(allow_nan=False, allow_infinity=False)
JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | NUMBERS | characters(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(characters(), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.fixed_dictionaries(
    {}, optional={"model": characters(), "temperature": NUMBERS, "tools": JSON, "params": JSON, "labels": JSON}
)
ROLES = characters(1).filter(str.strip)
TURNS = st.builds(Message, st.sampled_from(["system", "user", "assistant"]) | ROLES, characters()) | st.builds(
    Placeholder, st.from_regex("[a-z][a-z0-9_]{0,8}", fullmatch=True)
)
BODIES = characters(1) | st.lists(TURNS, min_size=1, max_size=4).map(tuple)
ON_LANGFUSE = st.builds(Artifact, BODIES, FIELDS | JSON)
ON_MLFLOW = st.builds(Artifact, characters(1))

SHARED = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    # What fails is small already, and each example is a whole story: shrinking takes minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
)
NUMBER = count(1)


def survives(place: "Place", contents: list[Artifact]) -> None:
    """Adopt new prompts, merge, and sync: nothing is written, and apps get the very same."""
    before: dict[str, Any] = {}
    for content in contents:
        name = f"prompt-{next(NUMBER)}"
        try:
            place.person.save(name, content, ["production"])
        except Refused:
            continue  # What the platform does not take, it never serves.
        before[name] = place.stored(name)
    place.adopt()
    place.merge()
    assert place.settle() == 0
    assert {name: place.stored(name) for name in before} == before
    _, report = place.mooring("status")
    sides = {one["prompt"]: one["git"] for one in report["targets"][0]["addresses"]}
    for name, stored in before.items():  # a number that lost its digits there can be in no file, and is left alone
        assert sides[name] == ("absent" if is_opaque(stored.hash) else stored.hash)


def each_survives(place: "Place", batches: st.SearchStrategy[list[Artifact]], examples: int) -> None:
    @settings(SHARED, max_examples=examples)
    @given(contents=batches)
    def check(contents: list[Artifact]) -> None:
        survives(place, contents)

    place.begin()
    check()


@pytest.mark.parametrize("examples", [3, pytest.param(40, marks=[pytest.mark.soak, pytest.mark.timeout(3600)])])
def test_what_a_person_made_on_langfuse_survives(on_langfuse: "Place", examples: int) -> None:
    each_survives(on_langfuse, st.lists(ON_LANGFUSE, min_size=6, max_size=8), examples)


@pytest.mark.parametrize("examples", [2, pytest.param(20, marks=[pytest.mark.soak, pytest.mark.timeout(3600)])])
def test_what_a_person_made_on_mlflow_survives(on_mlflow: "Place", examples: int) -> None:
    each_survives(on_mlflow, st.lists(ON_MLFLOW, min_size=3, max_size=4), examples)
