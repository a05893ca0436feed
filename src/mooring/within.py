"""What if somebody does not answer in time? Then the work goes on without the answer."""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class TooLate(Exception):
    """There was no answer in time. It may come later, to nobody."""


def within(seconds: float, ask: Callable[[], T], late: Callable[[T], object] | None = None) -> T:
    """Give what `ask` gives, or raise what it raises; raises TooLate after so many seconds of real time.

    What is answered after that is handed to `late`, to be given back.
    """
    answers: list[T] = []
    errors: list[BaseException] = []
    lock, over = threading.Lock(), threading.Event()
    given_up = threading.Event()

    def work() -> None:
        try:
            answer = ask()
        except BaseException as error:  # noqa: BLE001  # it is raised where it was asked for
            errors.append(error)
        else:
            with lock:
                answers.append(answer)
            if given_up.is_set() and late is not None:
                late(answer)
        over.set()

    # A daemon: a git that hangs must not keep the process from ending.
    threading.Thread(target=work, daemon=True, name="within").start()
    over.wait(seconds)
    with lock:
        if not answers and not errors:
            given_up.set()
    if given_up.is_set():
        raise TooLate(f"no answer in {seconds:.0f} s")
    if errors:
        raise errors[0]
    return answers[0]
