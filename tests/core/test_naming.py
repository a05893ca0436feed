"""A platform's name leads back to the prompt it was made from, unless two prompts share it, which is said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mooring.core.naming import Naming

MLFLOW = Naming({"acme/*": "acme.*"})


@pytest.mark.parametrize(
    ("rules", "prompt", "name"),
    [
        ({}, "acme/support", "acme/support"),
        ({"acme/*": "acme.*"}, "acme/support", "acme.support"),
        ({"acme/*": "acme.*"}, "acme/", "acme."),
        ({"acme/*": "acme.*"}, "acme/a/b", "acme.a/b"),
        ({"acme/*": "acme.*"}, "other/support", "other/support"),
        ({"acme/*": "acme.*"}, "acme", "acme"),
        ({"old": "new"}, "old", "new"),
        ({"old": "new"}, "older", "older"),
        ({"*": "x-*"}, "support", "x-support"),
        ({"*": "x-*"}, "", "x-"),
        ({"*-mail": "*"}, "autumn-mail", "autumn"),
        ({"a*a": "b*b"}, "aa", "bb"),
        ({"a*a": "b*b"}, "a", "a"),
        ({"ab*ba": "x*"}, "aba", "aba"),
        ({"a/*": "one.*", "*": "two.*"}, "a/x", "one.x"),
        ({"*": "two.*", "a/*": "one.*"}, "a/x", "two.a/x"),
        ({"a/*": "a.*"}, "a/x*y", "a.x*y"),
    ],
)
def test_the_first_rule_that_fits_names_a_prompt_and_its_name_leads_back(
    rules: dict[str, str], prompt: str, name: str
) -> None:
    naming = Naming(rules)
    assert naming.on_platform(prompt) == name
    assert naming.in_git(name) == prompt


def test_a_platform_s_name_that_no_rule_makes_stays_as_it_is() -> None:
    assert MLFLOW.in_git("handmade") == "handmade"
    assert Naming().in_git("acme.support") == "acme.support"


def test_a_rule_does_not_lead_back_to_a_prompt_that_an_earlier_rule_names_otherwise() -> None:
    naming = Naming({"a/b": "special", "a/*": "a.*"})
    assert naming.on_platform("a/b") == "special"
    assert naming.in_git("special") == "a/b"
    assert naming.in_git("a.b") == "a.b"
    assert naming.in_git("a.c") == "a/c"


def test_names_that_prompts_would_share_are_told_with_those_prompts_in_order() -> None:
    naming = Naming({"b/*": "x.*", "a/*": "x.*"})
    assert naming.collisions(["b/1", "a/1", "a/2", "c"]) == {"x.1": ("a/1", "b/1")}
    assert naming.collisions(["a/1", "b/2", "c"]) == {}
    assert naming.collisions([]) == {}


def test_a_renamed_prompt_may_collide_with_one_that_no_rule_names() -> None:
    assert MLFLOW.collisions(["acme/x", "acme.x"]) == {"acme.x": ("acme.x", "acme/x")}


def test_a_rule_that_drops_the_middle_makes_prompts_share_a_name() -> None:
    assert Naming({"a/*": "b"}).collisions(["a/1", "a/2"]) == {"b": ("a/1", "a/2")}


law = settings(deadline=None, max_examples=80)
names = st.text("ab./", max_size=4)
patterns = st.builds(lambda start, star, end: start + star + end, names, st.sampled_from(["*", "*", ""]), names)
namings = st.dictionaries(patterns, patterns, max_size=3).map(Naming)


@law
@given(namings, names)
def test_a_name_leads_back_to_its_prompt_or_to_one_that_shares_it(naming: Naming, prompt: str) -> None:
    name = naming.on_platform(prompt)
    back = naming.in_git(name)
    assert back == prompt or naming.collisions([prompt, back]) == {name: tuple(sorted([prompt, back]))}


@law
@given(st.permutations(["acme/", "sales/", "ops/"]), st.lists(names, max_size=5, unique=True))
def test_folders_written_as_prefixes_are_injective_both_ways(folders: list[str], tails: list[str]) -> None:
    naming = Naming({f"{folder}*": f"{folder[:-1]}:*" for folder in folders})
    prompts = [folder + tail for folder in folders for tail in tails] + tails
    assert naming.collisions(prompts) == {}
    platform = [naming.on_platform(prompt) for prompt in prompts]
    assert len(set(platform)) == len(prompts)
    assert [naming.in_git(name) for name in platform] == prompts


@law
@given(namings, st.lists(names, max_size=6, unique=True))
def test_collisions_are_just_the_names_that_several_prompts_have(naming: Naming, prompts: list[str]) -> None:
    shared = naming.collisions(prompts)
    assert (shared == {}) is (len({naming.on_platform(prompt) for prompt in prompts}) == len(prompts))
    for name, several in shared.items():
        assert len(several) > 1
        assert list(several) == sorted(prompt for prompt in prompts if naming.on_platform(prompt) == name)
