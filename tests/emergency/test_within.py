"""Who does not answer in time is not waited for."""

import threading

import pytest

from mooring.within import TooLate, within


def test_an_answer_in_time_is_given() -> None:
    assert within(60, lambda: "answer") == "answer"


def test_an_error_is_raised_where_it_was_asked_for() -> None:
    def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        within(60, fail)


def test_what_comes_too_late_is_given_back_and_ends_nothing() -> None:
    asked, given_back = threading.Event(), threading.Event()
    late: list[str] = []

    def answer() -> str:
        asked.wait(60)
        return "lease"

    def give_back(lease: str) -> None:
        late.append(lease)
        given_back.set()

    with pytest.raises(TooLate):
        within(0, answer, late=give_back)
    assert late == []
    asked.set()
    assert given_back.wait(60)
    assert late == ["lease"]


def test_an_error_that_comes_too_late_is_nobody_s() -> None:
    asked, failed = threading.Event(), threading.Event()

    def answer() -> str:
        asked.wait(60)
        failed.set()
        raise KeyError("x")

    with pytest.raises(TooLate):
        within(0, answer)
    asked.set()
    assert failed.wait(60)
