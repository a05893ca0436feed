"""How many tokens does a model see in a text? Counted on this machine by a vocabulary that a package brings along."""

import importlib
from typing import Protocol, cast

from mooring.core.meaning import Gauge

NAME = "o200k_base"
"""The vocabulary of the GPT-4o family and its successors; other models count a little otherwise."""


class _Tokenizer(Protocol):
    def count(self, text: str) -> int: ...


def gauge() -> Gauge | None:
    """Give the tokenizer of `mooring[tokens]`; None where it is not installed or does not run here."""
    try:
        openai = importlib.import_module("rs_bpe.bpe").openai
        tokenizer = cast("_Tokenizer", getattr(openai, NAME)())
    except (ImportError, AttributeError):
        return None
    # A lone surrogate is no text, and the tokenizer refuses it.
    return Gauge(NAME, lambda text: tokenizer.count(text.encode("utf-8", "replace").decode()))
