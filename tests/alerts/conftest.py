"""Two runners with one real ledger, a Git host in memory, and a web server that answers as it is told."""

import json
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import pytest

from mooring.alerts.book import PATH, decode
from mooring.alerts.sinks import Letter, Sink, SinkDown
from mooring.alerts.tell import tell
from mooring.core.address import UNKNOWN, Address, ContentHash, Gap, Ref, Side
from mooring.core.desired import Version
from mooring.core.finding import Finding
from mooring.core.incident import Book, Listener
from mooring.core.judge import judge
from mooring.core.memory import Base, Suspension
from mooring.core.observation import Holder, Observation
from mooring.core.plan import Row
from mooring.core.policy import Mode, Policy, Settings
from mooring.core.report import AddressReport, Exit, Report, TargetReport
from mooring.ledger.codec import Owner
from mooring.ledger.opening import InFile, InRefs, Place, open_ledger
from mooring.ports import Adapter, ForgeError, History, Issue, Order, Shelf, ShelfName, Standing
from mooring.progress import Silence
from mooring.run import Run, Target
from mooring.testing.clock import ManualClock

HASHES = {digit: ContentHash("sha256:" + digit * 64) for digit in "123456789"}


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _unused() -> Adapter:
    raise AssertionError("alerting asks no platform")


@dataclass
class At:
    """The Order port of a commit that stands as a test says."""

    where: Standing | Exception = Standing.CURRENT

    def standing(self) -> Standing:
        if isinstance(self.where, Exception):
            raise self.where
        return self.where

    def holds(self, commit: str) -> bool:
        return True


@dataclass
class Runner:
    """One clone whose runs tell their sinks what they saw."""

    folder: Path
    clock: ManualClock
    sinks: tuple[Sink, ...] = ()
    order: At = field(default_factory=At)
    place: Place = field(default_factory=InRefs)

    def run(self) -> Run:
        target = Target(
            name="prod",
            adapter="memory",
            labels={"production": "production"},
            settings=lambda _: Settings(Mode.UPSERT, Policy()),
            connect=_unused,
            ledger=open_ledger(self.folder, Owner("acme", "prod"), self.place, self.clock),
        )
        return Run(
            id="run",
            repository="acme",
            author="A Person <a@example.org>",
            history=cast("History", None),
            order=cast("Order", self.order),
            targets=(target,),
            clock=self.clock,
            progress=Silence(),
        )

    def tell(self, report: Report, **rest: Any) -> tuple[Finding, ...]:
        return tell(replace(self.run(), **rest), report, self.sinks)

    def shelf(self) -> Shelf:
        return self.run().targets[0].ledger.shelf(ShelfName.INCIDENTS)

    def book(self) -> Book:
        return decode(self.shelf().read([PATH]).get(PATH))

    def refs(self) -> str:
        return _git(self.folder, "ls-remote", "origin")


@dataclass
class Ear:
    """A sink that keeps what it was told, and refuses while it is `down`."""

    listener: Listener = field(default_factory=lambda: Listener("EAR"))
    down: SinkDown | Exception | None = None
    heard: list[str] = field(default_factory=list)
    before: Callable[[], object] = lambda: None
    trouble: str = ""
    fix: str = ""
    tries: int = 0

    def send(self, letter: Letter) -> None:
        self.tries += 1
        self.before()
        if self.down is not None:
            raise self.down
        for item in letter.items:
            self.heard.append(f"{item.said} {'+'.join(item.incident.facts.named) or letter.target}")


@dataclass
class MemoryForge:
    """A Git host in memory; `down` makes every call fail."""

    kept: dict[int, Issue] = field(default_factory=dict)
    comments: dict[int, list[str]] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)
    down: ForgeError | None = None

    def issues(self, label: str) -> Sequence[Issue]:
        self._answer()
        return [self.kept[number] for number in sorted(self.kept, reverse=True) if self.labels[number] == label]

    def open_issue(self, title: str, body: str, label: str) -> Issue:
        self._answer()
        number = len(self.kept) + 1
        self.kept[number] = Issue(number, True, title, body, f"https://git.example/issues/{number}")
        self.labels[number], self.comments[number] = label, []
        return self.kept[number]

    def comment(self, number: int, body: str) -> None:
        self._answer()
        self.comments[number].append(body)

    def close_issue(self, number: int) -> None:
        self._answer()
        self.kept[number] = replace(self.kept[number], is_open=False)

    def _answer(self) -> None:
        if self.down is not None:
            raise self.down


@dataclass
class Webhook:
    """A real web server: `status` is what it answers, `got` the JSON that it was sent and took."""

    url: str
    status: int = 200
    got: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0
    hold: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.asked += 1
            if hook.status == 0:
                hook.hold.wait(10)
                return
            self.send_response(hook.status)
            self.end_headers()
            if hook.status == 200:
                hook.got.append(json.loads(body))

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook = Webhook(f"json://127.0.0.1:{server.server_port}/s3cret-token")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield hook
    hook.hold.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def ear() -> Callable[..., Ear]:
    return lambda id="EAR", **rest: Ear(replace(Listener(id), **rest))  # noqa: A006


@pytest.fixture
def forge() -> MemoryForge:
    return MemoryForge()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def runners(tmp_path: Path, clock: ManualClock) -> tuple[Runner, Runner]:
    """Two clones of one remote."""
    _git(tmp_path, "init", "-q", "--bare", "-b", "main", "remote.git")
    for name in "ab":
        _git(tmp_path, "init", "-q", "-b", "main", name)
        _git(tmp_path / name, "remote", "add", "origin", str(tmp_path / "remote.git"))
        _git(tmp_path / name, "config", "user.name", "A Person")
        _git(tmp_path / name, "config", "user.email", "a@example.org")
    return Runner(tmp_path / "a", clock), Runner(tmp_path / "b", clock)


@pytest.fixture
def runner(runners: tuple[Runner, Runner]) -> Runner:
    return runners[0]


@pytest.fixture
def filed(tmp_path: Path, clock: ManualClock) -> Runner:
    """A runner whose ledger is a file: faster, where the ledger is not the question."""
    return Runner(tmp_path, clock, place=InFile(tmp_path / "ledger.json"))


@pytest.fixture(scope="session")
def look() -> Callable[..., Observation]:
    """See one prompt: Git and base hold 1, the platform holds what is said."""

    def make(prompt: str = "greet", live: str | Side = "1", *, label: str = "production", **rest: Any) -> Observation:
        side = HASHES.get(live, live)
        usual = Observation(
            address=Address("prod", prompt, label),
            git=HASHES["1"],
            version=Version("v1", "prompts/greet.yaml", "b" * 40, HASHES["1"]),
            base=Base(HASHES["1"], Ref("1"), "v1", "c" * 40, "2026-01-01T00:00:00+00:00"),
            holders=None
            if side is UNKNOWN
            else ()
            if side is Gap.ABSENT
            else (Holder(Ref("7"), cast("Side", side), "2025-12-31T23:00:00+00:00", "Ann"),),
            settings=Settings(Mode.UPSERT, Policy()),
            prompt_lives=True,
            url="https://platform.example/prompts/greet?version=7",
        )
        return replace(usual, **rest)

    return make


@pytest.fixture(scope="session")
def report() -> Callable[..., Report]:
    """Report what was seen of the target, or that it did not answer."""

    def make(*seen: Observation, error: str | None = None) -> Report:
        rows = tuple(AddressReport(Row(one, judge(one))) for one in seen)
        code = Exit.OK if error is None else Exit.UNKNOWN
        return Report("drift", "run", "c" * 40, (TargetReport("prod", "memory", rows, error=error, error_exit=code),))

    return make


@pytest.fixture(scope="session")
def suspension() -> Suspension:
    return Suspension("greet", "2030-01-01T00:00:00+00:00", "Ada", "launch week")


@pytest.fixture(scope="session")
def hashes() -> Mapping[str, ContentHash]:
    return HASHES
