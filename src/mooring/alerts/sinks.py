"""Who is told, and over which way? The sinks of mooring.yaml, made once for a run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from typing import Protocol

from mooring.config import AlertConfig, ConfigInvalid, resolve_notify
from mooring.core.incident import Listener
from mooring.core.telling import Item
from mooring.ports import Forge

_IN_A_JOB = ("CI", "GITHUB_ACTIONS")


class SinkDown(Exception):
    """The sink took nothing; the message says why, and holds no URL. `retry_after` is in seconds, where it said so."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Letter:
    """What one sink is told at once of one target.

    `claim` is the same for all that one run says of one target, after it claimed that; '' where nothing was claimed.
    """

    target: str
    items: tuple[Item, ...]
    claim: str = ""


class Sink(Protocol):
    """Somebody to tell. `trouble` says why nobody can be told there now, '' where all is well; `fix` the way out.

    A trouble without a `fix` is as it should be where this runs, as on a laptop: a run elsewhere tells.
    """

    @property
    def listener(self) -> Listener:
        """Who listens to what; its id comes from the config, never from the URL."""
        ...

    @property
    def trouble(self) -> str:
        """Why nothing can be sent at all."""
        ...

    @property
    def fix(self) -> str:
        """The way out of that trouble."""
        ...

    def send(self, letter: Letter) -> None:
        """Tell it; raises SinkDown."""
        ...


@dataclass(frozen=True, slots=True)
class Unready:
    """A sink that cannot be used as things stand; what it is to be told waits for it."""

    listener: Listener
    trouble: str
    fix: str

    def send(self, letter: Letter) -> None:
        """Refuse."""
        raise SinkDown(self.trouble)


def sinks_of(alerts: Sequence[AlertConfig], environment: Mapping[str, str], forge: Forge | None) -> tuple[Sink, ...]:
    """Give the sinks of a config; nothing is sent, and Apprise is not yet imported."""
    met: Counter[str] = Counter()
    sinks: list[Sink] = []
    for alert in alerts:
        name = "github" if alert.notify is None else alert.notify.variable
        met[name] += 1
        id_ = name if met[name] == 1 else f"{name}#{met[name]}"
        sinks.append(_sink(alert, id_, environment, forge))
    return tuple(sinks)


def _sink(alert: AlertConfig, id_: str, environment: Mapping[str, str], forge: Forge | None) -> Sink:
    if alert.notify is None:
        if forge is None:
            trouble = "nobody is logged in to the Git host"
            fix = "Give this step a token: GITHUB_TOKEN" if any(environment.get(name) for name in _IN_A_JOB) else ""
            return Unready(_listener(alert, id_, is_ready=False), trouble, fix)
        from mooring.alerts.issues import IssueSink

        return IssueSink(_listener(alert, id_, is_ready=True), forge)
    try:
        url = resolve_notify(alert, environment)
    except ConfigInvalid as error:
        problem = error.problems[0]
        return Unready(_listener(alert, id_, is_ready=False), problem.message, problem.fix)
    if find_spec("apprise") is None:
        unready = _listener(alert, id_, is_ready=False)
        return Unready(unready, "Apprise is not installed", "pip install 'mooring[alerts]'")
    from mooring.alerts.apprise_sink import AppriseSink

    return AppriseSink(_listener(alert, id_, is_ready=True), url)


def _listener(alert: AlertConfig, id_: str, *, is_ready: bool) -> Listener:
    return Listener(
        id=id_,
        labels=None if alert.labels is None else frozenset(alert.labels),
        states=None if alert.states is None else frozenset(alert.states),
        after=timedelta(seconds=alert.after),
        digest=timedelta(seconds=alert.digest),
        ready=is_ready,
    )
