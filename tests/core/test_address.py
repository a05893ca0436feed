"""An address can be pasted from an alert, globbed, sorted; a side is shortened for people."""

import pytest

from mooring.core.address import ABSENT, INVALID, UNKNOWN, Address, ContentHash, Side, is_meant, is_opaque, short

DIGITS = "0123456789abcdef" * 4
PLAIN = ContentHash("sha256:" + DIGITS)
OPAQUE = ContentHash("opaque:sha256:" + DIGITS)
ADDRESS = Address("prod", "acme/support", "production")


def test_an_address_is_written_target_prompt_label() -> None:
    assert str(ADDRESS) == "prod:acme/support@production"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("acme/support", True),
        ("acme/support@production", True),
        ("prod:acme/support", True),
        ("prod:acme/support@production", True),
        ("support", False),
        ("acme/support@staging", False),
        ("dev:acme/support", False),
        ("dev:acme/support@production", False),
        ("prod", False),
        ("@production", False),
        ("acme/*", False),
        ("", False),
    ],
)
def test_four_spellings_name_an_address(text: str, named: bool) -> None:
    assert ADDRESS.is_named_by(text) is named


def test_a_prompt_may_hold_what_separates() -> None:
    odd = Address("prod", "a:b@c", "production")
    assert odd.is_named_by("a:b@c")
    assert odd.is_named_by("prod:a:b@c@production")
    assert not odd.is_named_by("b")
    assert not odd.is_named_by("a:b")


@pytest.mark.parametrize(
    ("glob", "selected"),
    [
        ("acme/*", True),
        ("*@production", True),
        ("prod:*", True),
        ("acme/suppor?", True),
        ("acme/[st]upport", True),
        ("*", True),
        ("ACME/*", False),
        ("acme", False),
        ("*@staging", False),
        ("dev:*", False),
    ],
)
def test_a_glob_selects_by_any_of_the_four_spellings(glob: str, selected: bool) -> None:
    assert ADDRESS.is_selected_by(glob) is selected


def test_addresses_sort_by_target_then_prompt_then_label() -> None:
    ordered = [Address("a", "x", "q"), Address("a", "y", "p"), Address("a", "y", "q"), Address("b", "a", "a")]
    assert sorted([*ordered[2:], *ordered[:2]]) == ordered


@pytest.mark.parametrize(
    ("side", "shown"),
    [
        (PLAIN, "0123456789ab"),
        (OPAQUE, "opaque:0123456789ab"),
        (ABSENT, "absent"),
        (UNKNOWN, "unknown"),
        (INVALID, "invalid"),
    ],
)
def test_a_side_is_shortened_for_people(side: Side, shown: str) -> None:
    assert short(side) == shown


@pytest.mark.parametrize(("side", "opaque"), [(OPAQUE, True), (PLAIN, False), (ABSENT, False), (UNKNOWN, False)])
def test_opaque_content_is_told_by_its_hash(side: Side, opaque: bool) -> None:
    assert is_opaque(side) is opaque


@pytest.mark.parametrize(
    ("side", "text", "meant"),
    [
        (ContentHash("sha256:" + "ab" * 32), "sha256:" + "ab" * 32, True),
        (ContentHash("sha256:" + "ab" * 32), "abababababab", True),
        (ContentHash("sha256:" + "ab" * 32), "sha256:abababababab", True),
        (ContentHash("sha256:" + "ab" * 32), "ababababab", False),
        (ContentHash("sha256:" + "ab" * 32), "bababababababa", False),
        (ContentHash("opaque:sha256:" + "ab" * 32), "abababababab", True),
        (ABSENT, "absent", True),
        (ABSENT, "abababababab", False),
    ],
)
def test_a_person_may_cut_a_hash(side: Side, text: str, meant: bool) -> None:
    assert is_meant(side, text) is meant
