"""First contact: everything that a platform has comes into Git in proposals that people can review, in any order."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from mooring.core.artifact import Artifact
from mooring.core.proposals import PART

if TYPE_CHECKING:
    from tests.adopt.conftest import Place

Outcomes = Callable[[Any], dict[str, tuple[str | None, str]]]
HOSTILE = (
    *("../../x", ".git/config", ".github/workflows/x", "con", "aux.txt", "nul/com1", "registry", "prompt", "tests/a"),
    *("a:b", "x.yaml", "v1", "mooring.yaml", "a/../../b", "ä/ö", "~", "a\\..\\b", "x" * 250, "trailing.", "50%"),
)


def filled(place: "Place", number: int) -> None:
    """Fill a platform: two labels on each prompt, every third one serving two contents."""
    names = [f"support/p{n}" for n in range(number // 2)] + [f"sales/eu/p{n}" for n in range(number // 5)]
    names += [f"p{n}" for n in range(number - len(names) - len(HOSTILE))]
    for at, name in enumerate([*names, *HOSTILE]):
        place.person.save(name, Artifact(f"text of {at}\n", {"model": "m"}), ["production", "staging"])
        if at % 3 == 0:
            place.person.save(name, Artifact(f"next of {at}\n"), ["staging"])


@pytest.mark.parametrize(
    ("order", "number", "parts"),
    [
        ("last to first", 120, 12),
        pytest.param("last to first", 300, 18, marks=pytest.mark.soak),
        pytest.param("first to last", 300, 18, marks=pytest.mark.soak),
    ],
)
def test_hundreds_of_prompts_come_in_parts_that_merge_in_any_order(
    order: str, number: int, parts: int, on_langfuse: "Place"
) -> None:
    on_langfuse.text("known", "known", "[]")
    on_langfuse.write("prompts/kept/v1.yaml", "prompt: kept\n")
    on_langfuse.write("prompts/registry.yaml", "# ours\nkept: {production: v1}\n")
    on_langfuse.begin()
    filled(on_langfuse, number)
    report = on_langfuse.adopt()
    found = [one for one in report["targets"][0]["addresses"] if one["outcome"] == "proposed"]
    assert len({one["prompt"] for one in found}) == number
    requests = report["targets"][0]["requests"]
    assert requests["write"] == 0
    assert requests["read"] <= 4 * number  # each version once to know it
    assert requests["list"] < 40
    made = on_langfuse.proposed()
    assert number / PART < len(made) < parts
    on_langfuse.adopt()
    assert on_langfuse.proposed() == made

    files = set(on_langfuse.git("ls-files").splitlines())
    names = sorted(made, reverse=order == "last to first")
    for branch in names:
        on_langfuse.git("fetch", "-q", "origin", f"mooring/acme/{branch}")
        brought = set(on_langfuse.git("diff", "--name-only", "main...FETCH_HEAD").splitlines())
        assert len({path.split("/v")[0] for path in brought if not path.endswith("prompt.yaml")}) <= PART
        assert not brought & files
        assert all(path.startswith('"prompts/' if path.startswith('"') else "prompts/") for path in brought)
        on_langfuse.merge(branch)
    assert on_langfuse.mooring("validate")[0] == 0
    assert on_langfuse.settle() == 0
    assert on_langfuse.read("prompts/registry.yaml").startswith("# ours\n")
    for prompt in ("support/p0", "../../x", ".git/config", "x" * 250):
        assert on_langfuse.served(prompt).startswith("text of")


def test_what_is_left_stays_where_it_is_reviewed_when_a_part_is_merged(on_langfuse: "Place") -> None:
    on_langfuse.begin()
    for number in range(PART):
        on_langfuse.edit(f"support/p{number}", f"text {number}\n")
        on_langfuse.edit(f"sales/p{number}", f"text {number}\n")
    on_langfuse.adopt()
    assert list(on_langfuse.proposed()) == ["prod/all-sales", "prod/all-support"]
    sales = on_langfuse.proposed()["prod/all-sales"]
    on_langfuse.merge("prod/all-support")
    on_langfuse.adopt()
    assert on_langfuse.proposed() == {"prod/all-sales": sales}


@pytest.mark.parametrize(
    ("layout", "one", "two"),
    [
        ("auto", ["prompts/one.yaml"], ["prompts/two/prompt.yaml", "prompts/two/v1.yaml", "prompts/two/v2.yaml"]),
        (
            "versions",
            ["prompts/one/prompt.yaml", "prompts/one/v1.yaml"],
            ["prompts/two/prompt.yaml", "prompts/two/v1.yaml", "prompts/two/v2.yaml"],
        ),
        ("one-file", ["prompts/one.yaml"], []),
    ],
)
def test_the_layout_of_new_prompts(
    layout: str, one: list[str], two: list[str], on_langfuse: "Place", outcomes: Outcomes
) -> None:
    on_langfuse.begin()
    on_langfuse.edit("one", "same\n", "production", "staging")
    on_langfuse.edit("two", "old\n", "production")
    on_langfuse.edit("two", "new\n", "staging")
    code, report = on_langfuse.mooring("adopt", "--layout", layout)
    assert code == (0 if two else 4)
    if not two:
        assert "one file serves the same to all" in outcomes(report)["two@staging"][1]
    on_langfuse.merge()
    assert sorted(on_langfuse.git("ls-files", "prompts").splitlines()) == [*one, *two]


def test_names_that_fold_to_one_path_are_refused_both(on_langfuse: "Place", outcomes: Outcomes) -> None:
    on_langfuse.begin()
    for name in ("Support/a", "support/a", "other"):
        on_langfuse.edit(name, "text\n")
    code, report = on_langfuse.mooring("adopt")
    assert code == 4
    found = outcomes(report)
    assert found["other@production"][0] == "proposed"
    assert "only in case" in found["Support/a@production"][1]
    assert "only in case" in found["support/a@production"][1]


def test_a_prompt_without_a_managed_label_stays_and_the_report_says_so(place: "Place") -> None:
    place.begin()
    place.person.save("draft", Artifact("unlabelled\n"), [])
    place.person.save("other", Artifact("elsewhere\n"), ["experiment"])
    place.edit("greet", "served\n")
    report = place.adopt()
    place.merge()
    assert place.git("ls-files", "prompts") == "prompts/greet.yaml"
    said = [one["message"] for one in report["targets"][0]["findings"]]
    assert any("2 prompts stay on the platform" in message and "draft, other" in message for message in said)
    assert not any("stay on" in one["message"] for one in place.adopt("greet")["targets"][0]["findings"])


def test_what_was_proposed_before_a_refusal_is_told(on_langfuse: "Place", outcomes: Outcomes) -> None:
    on_langfuse.begin()
    for number in range(PART):
        on_langfuse.edit(f"support/p{number}", f"text {number}\n")
    on_langfuse.edit("sales/p", "text\n")
    hook = on_langfuse.folder.parent / "remote.git" / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\ncase "$1" in *all-support) echo "protected branch"; exit 1;; esac\n')
    hook.chmod(0o755)
    code, report = on_langfuse.mooring("adopt")
    assert (code, list(on_langfuse.proposed())) == (77, ["prod/all-sales"])
    found = outcomes(report)
    assert (found["sales/p@production"][0], found["support/p1@production"][0]) == ("proposed", None)


def test_a_platform_that_is_only_observed_can_be_adopted(on_langfuse: "Place") -> None:
    on_langfuse.configure()
    on_langfuse.write("mooring.yaml", on_langfuse.read("mooring.yaml").replace("mode: upsert", "mode: observe"))
    on_langfuse.commit()
    on_langfuse.edit("greet", "served\n")
    on_langfuse.adopt()
    on_langfuse.merge()
    assert on_langfuse.mooring("drift")[0] == 0
    report = on_langfuse.adopt()
    assert report["notices"] == ["Nothing was proposed: the platform serves nothing that Git does not say."]
