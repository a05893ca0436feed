"""A clone, a platform and the person who works at it: what does the installed command line do there?"""

import json
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import pytest

from mooring.cli import run as command
from mooring.cli.session import Request, open_session
from mooring.core.address import Gap, Ref
from mooring.core.artifact import Artifact
from mooring.testing.langfuse import Langfuse, serve
from tests.support.clones import Clone, git

if TYPE_CHECKING:
    from mooring.testing.bench import Bench

CONFIG = """\
version: 1
id: acme
branch: main
targets:
  prod:
    adapter: {adapter}
    url: {url}
    {credentials}
    mode: upsert
    labels: {labels}
"""
LABELS = "[production, staging]"
ALL = "limits: {updates: 100%, deletes: 100%}\n"
"""Lets a run change everything: most tests are not about limits."""
SECRETS = {"public_key": "LF_PUBLIC", "secret_key": "LF_SECRET"}


@dataclass
class Place(Clone):
    """One clone with its remote, tied to a platform; `mooring` is what users type, `person` works at the platform."""

    adapter: str
    url: str
    person: Any
    environment: Mapping[str, str] = field(default_factory=dict)
    langfuse: Langfuse = field(default_factory=Langfuse)
    runs: int = 0
    forms: Sequence[str] = ("json",)

    # --- what users type ----------------------------------------------------------------------------------------------

    def mooring(self, *arguments: str) -> tuple[int, Any]:
        """Run a command line that gives its report in all `forms`; give its exit code and its JSON report."""
        self.runs += 1
        code = command(["-C", str(self.folder), *arguments, *self.outputs()])
        return code, json.loads(self.form("json"))

    def outputs(self) -> list[str]:
        self.reports().mkdir(exist_ok=True)
        named = [("-o", f"{form}={self.reports() / f'{self.runs}.{form}'}") for form in self.forms]
        return [word for pair in named for word in pair]

    def form(self, form: str) -> str:
        """Give the last command's report in one form."""
        return (self.reports() / f"{self.runs}.{form}").read_text(encoding="utf-8")

    def reports(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}-reports")

    def synced(self) -> None:
        """Sync what Git holds, which is expected to go well."""
        code, report = self.mooring("sync")
        assert code == 0, report

    def states(self) -> dict[str, str]:
        """Give the state of each address, as a drift check tells."""
        _, report = self.mooring("drift")
        return {f"{a['prompt']}@{a['label']}": a["state"] for t in report["targets"] for a in t["addresses"]}

    def settled(self) -> None:
        """Both sides agree: a sync writes nothing to the platform, and nothing into any ref."""
        before = self.refs()
        code, report = self.mooring("sync")
        assert (code, report["targets"][0]["requests"]["write"]) == (0, 0), report
        assert self.refs() == before

    # --- Git ----------------------------------------------------------------------------------------------------------

    def configuration(self, more: str = ALL, target: str = "", labels: str = LABELS) -> None:
        """Write mooring.yaml; `target` is further lines of the target, `more` of the file."""
        keys = ", ".join(f"{name}: env:{variable}" for name, variable in self.environment.items())
        credentials = f"credentials: {{{keys}}}" if keys else "timeout: 60"
        text = CONFIG.format(adapter=self.adapter, url=self.url, credentials=credentials, labels=labels)
        self.write("mooring.yaml", text + (f"    {target}\n" if target else "") + more)

    def proposals(self) -> dict[str, str]:
        """Give the branches of proposals on the remote, and their commits."""
        listed = git(self.remote, "for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads/mooring")
        return dict(line.rsplit(" ", 1) for line in listed.splitlines())

    def merge_branch(self, branch: str) -> None:
        """Merge a proposal as its reviewer does, and delete its branch."""
        self.git("fetch", "-q", "origin", branch)
        self.git("merge", "-q", "--no-ff", "--no-edit", "FETCH_HEAD")
        self.git("push", "-q", "origin", "HEAD:refs/heads/main", f":refs/heads/{branch}")

    def merge_proposal(self) -> None:
        """Merge the one proposal that there is."""
        (branch,) = self.proposals()
        self.merge_branch(branch)

    # --- the platform -------------------------------------------------------------------------------------------------

    def platform(self) -> Any:
        return open_session(Request(self.folder)).run.targets[0].connect()

    def held(self, prompt: str, label: str = "production") -> Any:
        """Give the one version that a label serves; None where it serves none."""
        adapter = self.platform()
        listing = adapter.look(prompt, [label])
        refs = () if listing is Gap.ABSENT else listing.labels.get(label, ())
        if not refs:
            return None
        (ref,) = refs
        return adapter.read(prompt, ref)

    def served(self, prompt: str, label: str = "production") -> Any:
        """Give the text or the messages that an app gets; None where it gets nothing."""
        found = self.held(prompt, label)
        return None if found is None else found.content.body

    def versions(self, prompt: str) -> list[Any]:
        """Give the text or the messages of every version, oldest first."""
        return [one.content.body for one in self.platform().versions(prompt, None)]

    def edit(self, prompt: str, text: str, *labels: str) -> Ref:
        """Save a version by hand, for production where no label is said."""
        found: Ref = self.person.save(prompt, Artifact(text), labels or ["production"])
        return found


P = TypeVar("P", bound=Place)


@contextmanager
def on_langfuse(kind: type[P], clone: Path, langfuse: Langfuse, monkeypatch: pytest.MonkeyPatch) -> Iterator[P]:
    """Give a place of a kind with a Langfuse of its own."""
    key = langfuse.project("acme")
    monkeypatch.setenv("LF_PUBLIC", key.public)
    monkeypatch.setenv("LF_SECRET", key.secret)
    with serve(langfuse) as url:
        yield kind(clone, "langfuse", url, langfuse.person("acme"), SECRETS, langfuse)


def on_mlflow(kind: type[P], clone: Path, template: Path, bench: "Callable[[str], Bench]") -> P:
    """Give a place of a kind with an embedded MLflow of its own."""
    url = f"sqlite:///{shutil.copy(template, clone.with_name('mlflow.db'))}"
    return kind(clone, "mlflow", url, bench(url).person)


@dataclass
class Channel:
    """Where alerts arrive: a real web server that answers `status`, and keeps what it took."""

    url: str
    status: int = 200
    asked: int = 0
    got: list[dict[str, Any]] = field(default_factory=list)

    def titles(self) -> Sequence[str]:
        return [one["title"] for one in self.got]

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator[Self]:
        """Serve a channel."""

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                made.asked += 1
                if made.status == 200:
                    made.got.append(json.loads(body))
                self.send_response(made.status)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's name
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        made = cls(f"json://127.0.0.1:{server.server_port}/canary-of-the-channel")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
