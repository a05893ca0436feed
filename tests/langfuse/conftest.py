"""A clone tied to the faithful Langfuse: real HTTP, a real ledger in Git, time that a test turns."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from mooring import cycle
from mooring.cli.session import Request, open_session
from mooring.core.report import AddressReport, Report
from mooring.ledger.codec import Owner
from mooring.ledger.opening import InRefs, open_ledger
from mooring.ports import Adapter, Clock, Ledger
from mooring.run import Depth, Run, Selection, Target
from mooring.testing.clock import ManualClock
from mooring.testing.langfuse import Key, Langfuse, serve
from tests.support.clones import Clone, copy

CONFIG = """\
version: 1
id: acme
branch: main
targets:
  prod:
    adapter: langfuse
    url: {url}
    credentials: {{public_key: env:LF_PROD_PUBLIC_KEY, secret_key: env:LF_PROD_SECRET_KEY}}
    mode: upsert
    labels: [production, staging]
limits: {{updates: 100%, deletes: 100%}}
"""


class ServerTime:
    """The server's clock: every look is a millisecond later, and a test may let time pass."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 21, 8, tzinfo=UTC)
        self.beside: Callable[[], datetime] | None = None

    def __call__(self) -> datetime:
        self.at = max(self.at + timedelta(milliseconds=1), self.at if self.beside is None else self.beside())
        return self.at

    def follow(self, clock: ManualClock) -> None:
        """Go with the clock of a run from now on, so that both wait together."""
        start, began = self.at, clock.monotonic()
        self.beside = lambda: start + timedelta(seconds=clock.monotonic() - began)

    def pass_by(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Scene(Clone):
    """One clone with one target `prod` on one Langfuse project."""

    langfuse: Langfuse
    key: Key
    url: str
    time: ServerTime
    clock: ManualClock = field(default_factory=ManualClock)
    lock_timeout: float = 0.0
    ledger_clock: Clock | None = None
    """Time for the lease, where that of the run leaps: a lease is renewed by a thread, in its own time."""
    wrap: Any = None
    """Puts something around each adapter that a run connects to."""

    @property
    def person(self) -> Any:
        return self.langfuse.person(self.key.project)

    def prompt(self, name: str, text: str, labels: str = "production") -> None:
        body = "".join(f"  {line}\n" for line in text.splitlines())
        self.write(f"prompts/{name}.yaml", f"labels: [{labels}]\nprompt: |-\n{body}")

    def commit_prompt(self, name: str, text: str, labels: str = "production") -> None:
        self.prompt(name, text, labels)
        self.commit()

    def run(self, depth: Depth = Depth.CHANGES, *globs: str) -> Run:
        run = open_session(Request(self.folder), clock=self.clock).run
        targets = tuple(
            replace(one, connect=self._connect(one.connect), ledger=self._ledger(one)) for one in run.targets
        )
        return replace(
            run,
            targets=targets,
            depth=depth,
            lock_timeout=self.lock_timeout,
            selection=Selection(globs=globs),
        )

    def _ledger(self, target: Target) -> Ledger:
        if self.ledger_clock is None:
            return target.ledger
        return open_ledger(self.folder, Owner("acme", target.name), InRefs(), self.ledger_clock)

    def _connect(self, connect: Any) -> Any:
        return connect if self.wrap is None else lambda: self.wrap(connect())

    def adapter(self) -> Adapter:
        return self.run().targets[0].connect()

    def sync(self) -> Report:
        return cycle.sync(self.run())

    def drift(self, depth: Depth = Depth.CHANGES) -> Report:
        return cycle.drift(self.run(depth))

    def plan(self) -> Report:
        return cycle.plan(self.run())

    def one(self, report: Report, prompt: str = "greet", label: str = "production") -> AddressReport:
        return next(r for r in report.rows if (r.row.address.prompt, r.row.address.label) == (prompt, label))

    def state(self, prompt: str = "greet", label: str = "production") -> str:
        return str(self.one(self.drift(), prompt, label).row.verdict.state)

    def versions(self, prompt: str = "greet") -> list[Any]:
        """Every stored version as the API shows it raw, oldest first."""
        found = self.adapter().versions(prompt, None)
        return [getattr(one.content, "body", one.content) for one in found]

    def served(self, prompt: str = "greet", label: str = "production") -> list[str]:
        """The versions that hold a label."""
        found = self.adapter().look(prompt, [label])
        return list(getattr(found, "labels", {}).get(label, ()))

    def other_client(self) -> int:
        """Somebody else's request, with the same key; give its status."""
        asked, keys = f"{self.url}/api/public/v2/prompts?limit=1", (self.key.public, self.key.secret)
        return requests.get(asked, auth=keys, timeout=10).status_code

    def sent(self) -> Counter[str]:
        """Count by method what the server received since it was asked last."""
        found = Counter(one.method for one in self.langfuse.requests)
        self.langfuse.requests.clear()
        return found


@pytest.fixture
def server_time() -> ServerTime:
    return ServerTime()


@pytest.fixture
def langfuse(server_time: ServerTime) -> Langfuse:
    return Langfuse(now=server_time)


@pytest.fixture
def url(langfuse: Langfuse) -> Iterator[str]:
    with serve(langfuse) as address:
        yield address


@pytest.fixture
def scene(
    lone_clone: Path,
    tmp_path: Path,
    langfuse: Langfuse,
    url: str,
    server_time: ServerTime,
    monkeypatch: pytest.MonkeyPatch,
) -> Scene:
    """A clone whose Git holds nothing yet."""
    key = langfuse.project("acme")
    monkeypatch.setenv("LF_PROD_PUBLIC_KEY", key.public)
    monkeypatch.setenv("LF_PROD_SECRET_KEY", key.secret)
    made = Scene(copy(lone_clone, tmp_path), langfuse, key, url, server_time)
    made.write("mooring.yaml", CONFIG.format(url=url))
    return made


@pytest.fixture
def synced(scene: Scene) -> Scene:
    """A clone in sync with one prompt, greet."""
    scene.commit_prompt("greet", "Hello {{name}}")
    scene.sync()
    scene.sent()
    return scene
