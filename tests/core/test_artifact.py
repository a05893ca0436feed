"""An artifact says what it is, keeps its line ends in order, and never changes."""

import json
from dataclasses import FrozenInstanceError

import pytest

from mooring.core.artifact import Artifact, Json, Kind, Message, Placeholder, in_integers, lf


def test_a_text_is_a_text_and_messages_are_a_chat() -> None:
    assert Artifact("Hello").kind is Kind.TEXT
    assert Artifact("").kind is Kind.TEXT
    assert Artifact((Message("user", "Hello"),)).kind is Kind.CHAT
    assert Artifact(()).kind is Kind.CHAT


def test_a_version_that_states_no_config_has_an_empty_one_of_its_own() -> None:
    assert Artifact("Hello").config == {}
    assert Artifact("Hello").config is not Artifact("Hello").config


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("a\nb\n", "a\nb\n"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("a\rb", "a\nb"),
        ("a\r\r\nb", "a\n\nb"),
        ("a\n\rb", "a\n\nb"),
        ("  a \t\n\n", "  a \t\n\n"),
        ("\ufeffa\u2028b\x85c", "\ufeffa\u2028b\x85c"),
    ],
)
def test_line_ends_are_lf_and_nothing_else_is_touched(written: str, kept: str) -> None:
    assert lf(written) == kept
    assert Artifact(written).body == kept
    assert Message("user", written).content == kept
    assert Artifact((Message("user", written),)) == Artifact((Message("user", kept),))


def test_a_placeholder_is_no_message() -> None:
    assert Artifact((Placeholder("history"),)) != Artifact((Message("placeholder", "history"),))


def test_nothing_can_be_set_afterwards() -> None:
    artifact = Artifact("Hello")
    with pytest.raises(FrozenInstanceError):
        artifact.body = "Goodbye"  # type: ignore[misc]


def test_whole_numbers_are_written_as_integers_in_key_order() -> None:
    value: Json = {"z": 800.0, "a": [1.5, -0.0, 2.0**53, True, None, "1.0"], "m": ({"n": 7.0},)}
    found = in_integers(value)
    assert json.dumps(found) == '{"z": 800, "a": [1.5, 0, 9007199254740992.0, true, null, "1.0"], "m": [{"n": 7}]}'
