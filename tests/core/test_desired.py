"""What Git asks for: absent only where all was read, invalid where a file is to blame."""

import pytest

from mooring.core.address import ABSENT, INVALID, ContentHash, Side
from mooring.core.desired import Desired, DesiredPrompt, Problem, Version

H1, H2 = (ContentHash("sha256:" + digit * 64) for digit in "12")
V1 = Version("v1", "prompts/support/v1.yaml", "a" * 40, H1)
V2 = Version("v2", "prompts/support/v2.yaml", "b" * 40, H2)
BROKEN = Version("v3", "prompts/support/v3.yaml", "c" * 40, INVALID)
LABELS = {"production": "v1", "staging": "v2", "canary": "v3", "lost": "v9"}
SUPPORT = DesiredPrompt("support", {"v1": V1, "v2": V2, "v3": BROKEN}, LABELS)
DESIRED = Desired("d" * 40, "tree", {"support": SUPPORT})


@pytest.mark.parametrize(
    ("prompt", "label", "side", "version"),
    [
        ("support", "production", H1, V1),
        ("support", "staging", H2, V2),
        ("support", "canary", INVALID, BROKEN),
        ("support", "lost", INVALID, None),
        ("support", "nobody", ABSENT, None),
        ("other", "production", ABSENT, None),
    ],
)
def test_a_label_asks_for_the_version_that_it_names(
    prompt: str, label: str, side: Side, version: Version | None
) -> None:
    assert DESIRED.side(prompt, label) == side
    assert DESIRED.version(prompt, label) == version


def test_what_is_missing_is_not_absent_where_not_all_names_are_known() -> None:
    torn = Desired("d" * 40, "tree", {"support": SUPPORT}, names_known=False)
    assert torn.side("other", "production") is INVALID
    assert torn.side("support", "production") == H1
    assert torn.side("support", "nobody") is ABSENT


def test_what_is_missing_is_not_absent_where_not_all_labels_are_known() -> None:
    unlabelled = DesiredPrompt("support", {"v1": V1}, {"production": "v1"}, labels_known=False)
    torn = Desired("d" * 40, "tree", {"support": unlabelled})
    assert torn.side("support", "production") == H1
    assert torn.side("support", "staging") is INVALID
    assert torn.side("other", "staging") is ABSENT


def test_a_file_with_a_mistake_makes_its_version_invalid_and_no_other() -> None:
    mistake = Problem(V1.path, None, "it was edited", "mooring new support")
    after = DESIRED.without((mistake,))
    assert after.side("support", "production") is INVALID
    assert after.side("support", "staging") == H2
    assert after.side("support", "nobody") is ABSENT
    assert after.problems == (mistake,)
    assert DESIRED.side("support", "production") == H1


def test_further_mistakes_are_added_to_the_earlier_ones() -> None:
    first, second = Problem("a.yaml", 1, "bad", "Mend it"), Problem("b.yaml", 2, "bad", "Mend it")
    assert DESIRED.without((first,)).without((second,)).problems == (first, second)
    assert DESIRED.without(()) is DESIRED


def test_a_problem_says_where_what_and_the_way_out() -> None:
    assert (
        str(Problem("a.yaml", 3, "`x` is given twice", "Take one out."))
        == "a.yaml:3: `x` is given twice. Take one out."
    )
    assert str(Problem("a.yaml", None, "It is empty", "Fill it.")) == "a.yaml: It is empty. Fill it."
