"""A repository with a week behind it: a pull request, a robot that syncs, and a rollback in the afternoon."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mooring.cli import run
from mooring.core.address import ABSENT, Address, ContentHash, Gap, Ref, Side
from mooring.core.artifact import Artifact
from mooring.core.canonical import content_hash
from mooring.core.memory import Base, Changes, Indexed
from mooring.core.record import Moved, Record, RecordKind, message
from mooring.ledger.codec import Owner
from mooring.ledger.opening import InRefs, open_ledger
from mooring.testing.clock import ManualClock

CONFIG = """\
version: 1
id: shop
branch: main
prompts: prompts/
targets:
  local: {adapter: memory, url: "memory:///platform.json", mode: upsert, labels: [production]}
"""
ADA, GRACE, OLGA, ROBOT = (f"{name} <{name.lower()}@example.com>" for name in ("Ada", "Grace", "Olga", "Robot"))
SUPPORT = Address("local", "support", "production")
SALES = Address("local", "sales", "production")
FIRST, SECOND = (content_hash(Artifact(text)) for text in ("Be kind.", "Be kind, and brief."))
OFFER = content_hash(Artifact("Sell."))


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Past:
    """A repository of prompts with a ledger, and what happened to it."""

    folder: Path

    def git(self, *words: str, who: str = ADA, time: str = "2026-11-16T09:00:00+00:00") -> str:
        name, mail = who.rstrip(">").split(" <")
        settings = [f"user.name={name}", f"user.email={mail}", "commit.gpgsign=false", "merge.log=false"]
        options = [part for setting in settings for part in ("-c", setting)]
        done = subprocess.run(
            ["git", *options, *words],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "GIT_AUTHOR_DATE": time, "GIT_COMMITTER_DATE": time},
        )
        return done.stdout.strip()

    def commit(self, files: dict[str, str], text: str, *, who: str = ADA, time: str = "2026-11-16T09:00:00Z") -> str:
        for path, content in files.items():
            place = self.folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", text, who=who, time=time)
        return self.git("rev-parse", "HEAD")

    def record(
        self,
        time: str,
        kind: RecordKind,
        moved: Sequence[tuple[Address, Side, Side]],
        *,
        by: str = ROBOT,
        reason: str = "",
        keys: Sequence[tuple[ContentHash, str]] = (),
        allowed: tuple[str, ...] = (),
    ) -> None:
        """Put a record on the ledger at a time, with what the memory learns from it."""
        commit = self.git("rev-parse", "HEAD")
        text = message(
            Record(
                kind,
                "local",
                f"{len(moved)} moved",
                by,
                f"run-{time[8:13]}",
                commit,
                reason,
                tuple(Moved(*one) for one in moved),
                allowed,
            )
        )
        known = dict(keys)
        served = [(address, new) for address, _, new in moved if not isinstance(new, Gap)]
        index = {
            (address.prompt, new): Indexed(Ref("1"), "", known[new], commit) for address, new in served if new in known
        }
        bases: dict[tuple[str, str], Base | None] = {
            (address.prompt, address.label): Base(new, Ref("1"), known.get(new, "head"), commit, time)
            for address, new in served
        }
        clock = ManualClock(time)
        open_ledger(self.folder, Owner("shop", "local"), InRefs(), clock).note(Changes(bases=bases, index=index), text)


@dataclass(frozen=True, slots=True)
class Shop(Past):
    """The same with somebody who types."""

    capture: pytest.CaptureFixture[str]

    def type(self, *words: str) -> Ended:
        self.capture.readouterr()
        code = run(["-C", str(self.folder), *words])
        heard = self.capture.readouterr()
        return Ended(code, heard.out, heard.err)


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make both shops once: a copy costs a tenth of the programs that make one."""
    made = tmp_path_factory.mktemp("shops")
    (made / "new").mkdir()
    _begin(Past(made / "new"))
    shutil.copytree(made / "new", made / "week")
    _live_through(Past(made / "week"))
    return made


@pytest.fixture
def _quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("GITHUB_TOKEN", "GH_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def shop(_made: Path, _quiet: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shop:
    """A repository with two prompts in Git, and nothing on record."""
    return Shop(Path(shutil.copytree(_made / "new", tmp_path / "shop")), capsys)


@pytest.fixture
def week(_made: Path, _quiet: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shop:
    """Monday: the first sync. Tuesday: a pull request at noon, its sync at one, a rollback at three."""
    return Shop(Path(shutil.copytree(_made / "week", tmp_path / "shop")), capsys)


def _begin(past: Past) -> None:
    past.git("init", "--quiet", "--initial-branch=main")
    files = {
        "mooring.yaml": CONFIG,
        ".gitignore": "platform.json*\n",
        "prompts/support/v1.yaml": 'prompt: "Be kind."\n',
        "prompts/support/prompt.yaml": "labels: {production: v1}\n",
        "prompts/sales.yaml": 'labels: [production]\nprompt: "Sell."\n',
    }
    past.commit(files, "The first prompts")


def _live_through(past: Past) -> None:
    keys = [(FIRST, "v1"), (SECOND, "v2"), (OFFER, "head")]
    begun = [(SUPPORT, ABSENT, FIRST), (SALES, ABSENT, OFFER)]
    past.record("2026-11-16T10:00:00+00:00", RecordKind.SYNC, begun, keys=keys, allowed=("updates=2",))
    past.git("checkout", "--quiet", "-b", "brief")
    files = {
        "prompts/support/v2.yaml": 'prompt: "Be kind, and brief."\n',
        "prompts/support/prompt.yaml": "labels: {production: v2}\n",
    }
    trailers = "Reviewed-by: Lin <lin@example.com>\nCo-authored-by: Kim <kim@example.com>"
    past.commit(files, f"Shorter answers\n\nFor phones.\n\n{trailers}", who=GRACE, time="2026-11-17T11:00:00Z")
    past.git("checkout", "--quiet", "main")
    text = "Merge pull request #12 from acme/brief\n\nShorter answers"
    past.git("merge", "--quiet", "--no-ff", "brief", "-m", text, time="2026-11-17T12:00:00Z")
    past.record("2026-11-17T13:00:00+00:00", RecordKind.SYNC, [(SUPPORT, FIRST, SECOND)], keys=keys)
    past.record(
        "2026-11-17T15:00:00+00:00",
        RecordKind.ROLLBACK,
        [(SUPPORT, SECOND, FIRST)],
        by=OLGA,
        reason="Customers complain",
        keys=keys,
    )
