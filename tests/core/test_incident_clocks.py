"""A runner whose clock is wrong, by years, silences nobody: neither by what it claimed nor by a pause it noted."""

from datetime import UTC, datetime, timedelta

import pytest

from mooring.core.address import Address
from mooring.core.incident import Book, Facts, Grave, Kind, Listener, fingerprint, mark
from mooring.core.state import State
from mooring.core.symptoms import Observed, Symptom
from mooring.core.telling import CLAIM_LASTS, Fate, Result, decide, settle

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EAR = (Listener("EAR"),)
AT = Address("main", "p", "production")
FACTS = Facts(State.CONFLICT, ("production",), usual=True, grave=Grave.FAILURE, named=("p",), live="3")
SYMPTOM = Symptom(AT, mark(AT), Kind.DRIFT, FACTS, fingerprint("p", "3", State.CONFLICT))
ILL = Observed(
    "acme", "main", symptoms=(SYMPTOM,), listed=frozenset({mark(AT)}), answered=frozenset({mark(AT)}), whole=True
)
YEARS = [timedelta(days=365), timedelta(days=-365)]


@pytest.mark.parametrize("off", YEARS, ids=["ahead", "behind"])
def test_a_claim_of_a_clock_that_is_years_off_is_nobody_s(off: timedelta) -> None:
    claimed = decide(Book(), ILL, NOW + off, EAR, "skewed")
    assert claimed.messages
    assert decide(claimed.book, ILL, NOW, EAR, "good").messages


@pytest.mark.parametrize("off", [timedelta(), CLAIM_LASTS / 2, -CLAIM_LASTS / 2], ids=["same", "ahead", "behind"])
def test_a_claim_of_a_clock_that_is_minutes_off_counts(off: timedelta) -> None:
    claimed = decide(Book(), ILL, NOW + off, EAR, "other")
    assert decide(claimed.book, ILL, NOW, EAR, "good").messages == ()


def test_a_pause_that_ends_years_from_now_is_no_pause() -> None:
    claimed = decide(Book(), ILL, NOW + YEARS[0], EAR, "skewed")
    refused = settle(claimed.book, [Result(claimed.messages[0], Fate.REFUSED)], NOW + YEARS[0], "skewed", 0.5)
    assert decide(refused, ILL, NOW, EAR, "good").messages


def test_a_pause_that_just_began_is_one() -> None:
    claimed = decide(Book(), ILL, NOW, EAR, "run")
    refused = settle(claimed.book, [Result(claimed.messages[0], Fate.REFUSED)], NOW, "run", 1.0)
    assert decide(refused, ILL, NOW + timedelta(seconds=30), EAR, "good").messages == ()
    assert decide(refused, ILL, NOW + timedelta(seconds=61), EAR, "good").messages
