"""Tokens are counted exactly, without a network, and not at all where the tokenizer is missing."""

import socket
import sys
from typing import Any

import pytest

from mooring.core.meaning import Gauge
from mooring.tokens import NAME, gauge

# The counts of OpenAI's own tokenizer for o200k_base.
KNOWN = {
    "": 0,
    "hello world": 2,
    "Hello, world!": 4,
    "tiktoken is great!": 6,
    "antidisestablishmentarianism": 6,
    "2 + 2 = 4": 7,
    "お誕生日おめでとう": 8,
    "lorem ipsum": 3,
    "<|endoftext|>": 7,
    "You are a support agent for {{product_name}}.": 11,
    "don't  \n\n\tstop": 3,
    "👩‍👩‍👧 café": 9,
}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Gauge:
    pytest.importorskip("rs_bpe")

    def refused(*args: Any) -> None:
        raise AssertionError("A tokenizer asked the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    found = gauge()
    assert found is not None
    return found


@pytest.mark.parametrize("text", KNOWN)
def test_counts_are_exact(counted: Gauge, text: str) -> None:
    assert counted.name == NAME
    assert counted.count(text) == KNOWN[text]


def test_half_a_character_is_counted_as_what_stands_for_it(counted: Gauge) -> None:
    assert counted.count("a\ud83d") == counted.count("a?")


def test_without_the_tokenizer_there_is_no_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rs_bpe", None)
    monkeypatch.setitem(sys.modules, "rs_bpe.bpe", None)
    assert gauge() is None
