"""How is somebody told through Apprise: Slack, Teams, PagerDuty, mail, a webhook?

The URL is a secret: it stands in no message, no log and no repr of ours. Apprise says only that it did not work.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread

from mooring.alerts.sinks import Letter, SinkDown
from mooring.alerts.wording import PLAIN, Text, written
from mooring.core.incident import Grave, Listener

_TAKES = 20.0
"""Seconds after which a service has not answered, however slowly it drips."""
# A filter hears its own logger alone, none below it.
_LOGGERS = ("apprise", "urllib3.connectionpool", "urllib3.util.retry", "requests", "charset_normalizer")
_TYPES = {Grave.FAILURE: "failure", Grave.WARNING: "warning", Grave.INFO: "info", None: "success"}


@dataclass(frozen=True, slots=True)
class AppriseSink:
    """Implements Sink over one Apprise URL."""

    listener: Listener
    url: str = field(repr=False)
    takes: float = _TAKES
    trouble: str = ""
    fix: str = ""

    def send(self, letter: Letter) -> None:
        """Tell it in plain text; raises SinkDown."""
        text = written(letter.target, letter.items, PLAIN)
        answer: SimpleQueue[str] = SimpleQueue()
        # A thread of its own that nobody waits for at the end: plugins bound each read, and not all of them together.
        Thread(target=lambda: answer.put(_sent(self.url, text)), name="alert", daemon=True).start()
        try:
            trouble = answer.get(timeout=self.takes)
        except Empty:
            raise SinkDown(f"it did not answer in {self.takes:.0f} s") from None
        if trouble:
            raise SinkDown(trouble)


def _sent(url: str, text: Text) -> str:
    """Send, and give what went wrong, '' where nothing did. Whatever a plugin raises may hold the URL."""
    with _silenced():
        try:
            return _notified(url, text)
        except Exception as error:  # noqa: BLE001  # plugins of strangers
            return f"Apprise failed ({type(error).__name__})"


def _notified(url: str, text: Text) -> str:
    with warnings.catch_warnings():
        # Apprise loads every plugin it has at first use, and some stand on modules that Python gives up.
        warnings.simplefilter("ignore")
        from apprise import Apprise, NotifyFormat, NotifyType

        service = Apprise.instantiate(url)
    if service is None:
        return "its variable holds no URL that Apprise knows: see the list of services in Apprise's documentation"
    # The plugin itself: Apprise.notify would use threads that the process waits for at its end.
    kind = NotifyType(_TYPES[text.grave])
    told = service.notify(body=text.body, title=text.title, notify_type=kind, body_format=NotifyFormat.TEXT)
    return "" if told else "the service did not take it, or was not reached"


class _Nothing(logging.Filter):
    """Lets no record through."""

    def filter(self, record: logging.LogRecord) -> bool:
        return False


@contextmanager
def _silenced() -> Iterator[None]:
    """Drop what the libraries below log meanwhile, in threads of theirs too: it holds URLs, and so tokens."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    silence = _Nothing()
    for logger in loggers:
        logger.addFilter(silence)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(silence)
