"""Prompts with version files get the next one, or move a label; a one-file prompt becomes versions where it must."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mooring.core.artifact import Artifact, Message
from mooring.core.desired import PromptFacts
from mooring.formats.writing.adoption import Layout, Wanted, rewritten

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.formats.conftest import Build
    from tests.formats.writing.conftest import Adopt

    Lines = Callable[[str, str], list[str]]

SEEDS = Path(__file__).parents[1] / "seeds"
V1 = "# first\nid: a\nversion: v1  # key\nprompt: |\n  One.\n\ntemperature: 0.3  # calm\n"
V2 = V1.replace("v1", "v2").replace("One", "Two")
REGISTRY = "# labels\na:\n  production: v2  # live\n  staging: v1\nb: {production: v1}\n"
A = {"a/v1.yaml": V1, "a/v2.yaml": V2, "registry.yaml": REGISTRY, "b/v1.txt": "text\n"}
CALM = {"temperature": 0.3}


def seeds(name: str) -> dict[str, bytes]:
    root = SEEDS / name
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_next_version_is_a_copy_of_what_the_label_serves(adopt: "Adopt", changed_lines: "Lines") -> None:
    adopted = adopt(A, {"a": {"production": Artifact("Three.\n", CALM)}})

    assert changed_lines(V2, adopted.text("a/v3.yaml")) == [
        "-version: v2  # key",
        "+version: v3  # key",
        "-  Two.",
        "+  Three.",
    ]
    assert adopted.text("registry.yaml") == REGISTRY.replace("v2  # live", "v3  # live")
    assert adopted.changed == {"a/v3.yaml", "registry.yaml"}
    assert adopted.result.keys == {("a", "production"): "v3"}


def test_content_that_git_has_already_only_moves_the_label(adopt: "Adopt") -> None:
    adopted = adopt(A, {"a": {"production": Artifact("One.\n", CALM), "canary": Artifact("Two.\n", CALM)}})

    assert adopted.text("registry.yaml") == REGISTRY.replace("v2  # live", "v1  # live").replace(
        "staging: v1\n", "staging: v1\n  canary: v2\n"
    )
    assert adopted.changed == {"registry.yaml"}


def test_two_labels_that_serve_the_same_share_a_version_and_two_that_do_not_get_one_each(adopt: "Adopt") -> None:
    same, other = Artifact("Same.", {}), Artifact((Message("user", "x"),), {})

    adopted = adopt(A, {"a": {"production": same, "staging": other, "canary": same}})

    keys = adopted.result.keys
    assert keys["a", "production"] == keys["a", "canary"] != keys["a", "staging"]
    assert adopted.changed == {"a/v3.yaml", "a/v4.yaml", "registry.yaml"}


@pytest.mark.parametrize(
    ("content", "made"),
    [
        (Artifact("New {{x}}.\r\nTwo\n"), "customer_support/v1.2.0.txt"),
        (Artifact("New", {"a": 1}), "customer_support/v1.2.0.yaml"),
        (Artifact("\ufeffNew"), "customer_support/v1.2.0.yaml"),
        (Artifact((Message("user", "New"),)), "customer_support/v1.2.0.yaml"),
    ],
)
def test_the_text_layout_gets_a_text_where_a_text_can_say_it(adopt: "Adopt", content: Artifact, made: str) -> None:
    before = seeds("file_based")

    adopted = adopt(before, {"customer_support": {"production": content}})

    assert adopted.changed == {made, "customer_support/prompt.yaml"}
    about = before["customer_support/prompt.yaml"].decode()
    assert adopted.text("customer_support/prompt.yaml") == about.replace("v1.1.0", "v1.2.0")


def test_a_label_that_two_files_declare_moves_in_both(adopt: "Adopt") -> None:
    files = {
        "a/v1.yaml": "prompt: x\n",
        "a/prompt.yaml": "active_version: v1 # now\nlabels: {production: v1, staging: v1}\n",
        "registry.yaml": "a: {production: v1}\n",
    }

    adopted = adopt(files, {"a": {"production": Artifact("y")}})

    assert adopted.text("a/prompt.yaml") == "active_version: v2 # now\nlabels: {production: v2, staging: v1}\n"
    assert adopted.text("registry.yaml") == "a: {production: v2}\n"


@pytest.mark.parametrize("registry", [True, False])
def test_a_file_whose_labels_come_apart_becomes_versions(adopt: "Adopt", registry: bool) -> None:
    data = (
        "# ours\ndescription: d\nlabels: [production, staging]\ntags: [t]\nowners:\n  - me\n"
        "prompt: x  # old\nconfig: {a: 1}  # kept\n"
    )
    files = {"team/a.yaml": data} | (
        {"registry.yaml": "# all\nz:\n  production: head\n", "z.yaml": "prompt: z\n"} if registry else {}
    )

    adopted = adopt(files, {"team/a": {"production": Artifact("new", {"a": 1})}})

    assert adopted.text("team/a/v1.yaml") == "# ours\ndescription: d\nprompt: x  # old\nconfig: {a: 1}  # kept\n"
    assert adopted.text("team/a/v2.yaml") == "# ours\ndescription: d\nprompt: new  # old\nconfig: {a: 1}  # kept\n"
    assert "team/a.yaml" not in adopted.files
    assert adopted.desired.prompts["team/a"].facts == PromptFacts("d", ("t",), ("me",), None)
    assert adopted.desired.prompts["team/a"].labels == {"production": "v2", "staging": "v1"}
    home = "registry.yaml" if registry else "team/a/prompt.yaml"
    assert "production: v2" in adopted.text(home)


def test_a_file_that_states_its_name_keeps_it_as_versions(adopt: "Adopt") -> None:
    files = {"x.yaml": "name: a/b\nversion: head\nlabels: [production]\nprompt: x\n"}

    adopted = adopt(files, {"a/b": {"staging": Artifact("new")}})

    assert adopted.text("x/v1.yaml") == "name: a/b\nversion: v1\nprompt: x\n"
    assert adopted.text("x/v2.yaml") == "name: a/b\nversion: v2\nprompt: new\n"


def test_versions_do_not_go_where_they_would_make_strays_of_other_prompts(adopt: "Adopt") -> None:
    files = {"a.yaml": "labels: [production]\nprompt: x\n", "a/b.yaml": "labels: [production]\nprompt: z\n"}

    adopted = adopt(files, {"a": {"staging": Artifact("y")}})

    assert set(adopted.desired.prompts) == {"a", "a/b"}
    assert {path.partition("/")[0] for path in adopted.changed if path != "a.yaml"}.isdisjoint({"a"})


def test_labels_of_one_file_that_come_apart_are_refused_where_one_file_is_asked_for(adopt: "Adopt") -> None:
    files = {"a.yaml": "labels: [production, staging]\nprompt: x\n"}

    adopted = adopt(files, {"a": {"production": Artifact("y")}}, Layout.ONE_FILE)

    assert adopted.changed == set()
    assert "`versions`" in adopted.result.refused["a"]


def test_a_broken_file_is_left_alone_and_does_not_stop_the_others(adopt: "Adopt") -> None:
    files = {**A, "bad.yaml": "name: bad\nprompt: [\n", "b/prompt.yaml": "labels: 7\n"}

    adopted = adopt(
        files, {"bad": {"production": Artifact("y")}, "b": {"x": Artifact("y")}, "a": {"production": Artifact("y")}}
    )

    assert set(adopted.result.refused) == {"bad", "b"}
    assert all("mooring validate" in reason for reason in adopted.result.refused.values())
    assert adopted.changed == {"a/v3.yaml", "registry.yaml"}


def test_a_prompt_that_a_file_without_a_readable_name_may_be_is_not_made_twice(adopt: "Adopt") -> None:
    adopted = adopt({"x.yaml": "prompt: [\n"}, {"new": {"production": Artifact("y")}})

    assert "cannot be read" in adopted.result.refused["new"]


@pytest.mark.parametrize("label", ["latest", "7", "a b", ""])
def test_a_label_that_no_file_can_declare_is_refused(adopt: "Adopt", label: str) -> None:
    adopted = adopt(A, {"a": {label: Artifact("y")}, "new": {label: Artifact("y")}})

    assert set(adopted.result.refused) == {"a", "new"}
    assert adopted.changed == set()


def test_a_prompt_asked_for_twice_is_written_once(build: "Build") -> None:
    files = {"a/v1.yaml": b"prompt: x\n", "a/prompt.yaml": b"labels: {production: v1}\n"}
    wants = [Wanted("a", {"production": Artifact("new")}), Wanted("a", {"staging": Artifact("new")}), Wanted("b", {})]

    result = rewritten(files, build(files), "prompts/", wants)

    assert result.files["a/prompt.yaml"] == b"labels: {production: v2, staging: v2}\n"
    assert result.keys == {("a", "production"): "v2", ("a", "staging"): "v2"}


def test_the_order_of_asking_changes_nothing(build: "Build") -> None:
    wants = [Wanted(name, {"production": Artifact(name)}) for name in ("b", "a", "A", "a/b", "c")]

    assert rewritten({}, build({}), "", wants) == rewritten({}, build({}), "", wants[::-1])
