"""A repository with a remote, a Langfuse, a channel for alerts and a Git host, reached by the installed command line.

Time passes only when a test says so: commands take the clock of the test for the machine's.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from mooring.testing.clock import ManualClock
from mooring.testing.github.serve import Served
from mooring.testing.github.serve import serve as serve_github
from mooring.testing.langfuse import Langfuse
from mooring.testing.langfuse.trouble import Fault, Replied, unavailable
from tests.support import places
from tests.support.clones import git
from tests.support.places import Channel

FORMS = ("text", "json", "md", "junit", "sarif", "github", "ndjson")
"""Every form of a report."""
EVER = 10**9


@dataclass
class Place(places.Place):
    """A place where time passes only when a test says so."""

    clock: ManualClock = field(default_factory=ManualClock)

    # --- what users type ----------------------------------------------------------------------------------------------

    def everything(self) -> str:
        """Give all that commands wrote so far, in every form."""
        return "\n".join(one.read_text(encoding="utf-8") for one in sorted(self.reports().iterdir()))

    # --- Git ----------------------------------------------------------------------------------------------------------

    def configure(self, *more: str) -> None:
        """Write mooring.yaml with further lines."""
        self.configuration(places.ALL + "".join(more))

    def prompt(self, name: str, text: str, labels: str = "production") -> None:
        """Write a prompt in one file."""
        self.write(f"prompts/{name}.yaml", f"labels: [{labels}]\nprompt: {json.dumps(text, ensure_ascii=False)}\n")

    def begun(self, *more: str, **prompts: str) -> None:
        """Commit a config and prompts, and sync them; `__` in a keyword is a `/` of the name."""
        self.configure(*more)
        for name, text in prompts.items():
            self.prompt(name.replace("__", "/"), text)
        self.commit()
        self.synced()

    def incidents(self) -> str:
        """Give the book of incidents as it stands in the remote's ledger."""
        return git(self.remote, "show", "refs/mooring/acme/prod/incidents:incidents.json")

    # --- the platform -------------------------------------------------------------------------------------------------

    def fails(self, path: str = ".", number: int = 1, method: str = "any") -> None:
        """Let every request that matches get a 503 from now on, the first `number - 1` excepted."""
        fault = Fault(method, path, number, Replied(unavailable()), times=EVER)  # type: ignore[arg-type]  # a Method
        self.langfuse.hooks.trouble.add(fault)

    def answers(self) -> None:
        """Let the platform answer again."""
        self.langfuse.hooks.trouble.clear()

    def writes(self) -> int:
        """Count the requests so far that were to change something on the platform."""
        return sum(one.method != "GET" for one in self.langfuse.requests)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    """The one clock of all commands."""
    made = ManualClock("2026-01-05T12:00:00+00:00")
    monkeypatch.setattr("mooring.cli.session.SystemClock", lambda: made)
    return made


@pytest.fixture
def place(home: Path, clock: ManualClock, no_job: pytest.MonkeyPatch) -> Iterator[Place]:
    langfuse = Langfuse(lambda: datetime.fromisoformat(clock.now()))
    with places.on_langfuse(Place, home, langfuse, no_job) as made:
        made.clock, made.forms = clock, ("json", "text")
        yield made


@pytest.fixture
def in_all_forms(place: Place) -> Place:
    """The same, where each command gives its report in every form."""
    place.forms = FORMS
    return place


@pytest.fixture
def github(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """The Git host of the clone's remote, and a job's environment that leads to it."""
    with serve_github(place.remote) as served:
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        yield served


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Channel]:
    with Channel.opened() as made:
        monkeypatch.setenv("CHANNEL_URL", made.url)
        yield made
