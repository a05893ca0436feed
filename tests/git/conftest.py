"""Real temporary repositories, made and changed by the git program itself."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from mooring.git.branch import Branch
from mooring.git.full import FullHistory
from mooring.git.history import GitHistory
from mooring.git.repository import find_repository, resolve

ISOLATED = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_COUNT": "3",
    "GIT_CONFIG_KEY_0": "protocol.file.allow",
    "GIT_CONFIG_VALUE_0": "always",
    "GIT_CONFIG_KEY_1": "user.name",
    "GIT_CONFIG_VALUE_1": "Ada",
    "GIT_CONFIG_KEY_2": "user.email",
    "GIT_CONFIG_VALUE_2": "ada@example.org",
}
CONFIG = "version: 1\nid: test\nprompts: prompts/\n"


@dataclass(slots=True)
class Repo:
    """A clone with a work tree, and shortcuts for what people do in one."""

    root: Path
    clock: Iterator[int] = field(default_factory=lambda: count(1_700_000_000, 60))

    def git(self, *arguments: str) -> str:
        """Run git as a person does and give what it prints."""
        when = f"{next(self.clock)} +0000"
        env = {**os.environ, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
        done = subprocess.run(["git", "-C", str(self.root), *arguments], capture_output=True, env=env, check=False)
        if done.returncode != 0:
            pytest.fail(f"git {' '.join(arguments)}: {done.stderr.decode()}")
        return done.stdout.decode().strip()

    def write(self, path: str, content: str | bytes) -> None:
        """Write a file below the root."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: dict[str, str | bytes], message: str = "change") -> str:
        """Write files, commit everything and give the commit id."""
        for path, content in files.items():
            self.write(path, content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def clone(self, place: Path, *options: str) -> "Repo":
        """Clone this repository over its file URL, so that --depth counts."""
        self.git("clone", "--quiet", *options, self.url, str(place))
        return Repo(place, self.clock)

    @property
    def url(self) -> str:
        """The URL that others clone from."""
        return f"file://{self.root}"

    def branch(self, remote: str | None = None, name: str = "main", folder: str = "") -> Branch:
        """Give the branch that is true, seen from a folder of this clone."""
        return Branch(FullHistory(find_repository(self.root / folder), remote, name), name, remote)

    def history(
        self, revision: str = "HEAD", *, remote: str | None = None, folder: str = "", prompts: str = "prompts/"
    ) -> GitHistory:
        """Give the history at a revision, with a memory as a new process has it."""
        repo = find_repository(self.root / folder)
        full = FullHistory(repo, remote, "main")
        return GitHistory(full, repo.inputs("mooring.yaml", prompts), resolve(repo, revision))

    def state(self) -> tuple[str, bytes, bytes, list[str]]:
        """Give all that Mooring must not change: refs, shallow file, index and the objects that there are."""
        private = self.root / ".git"
        shallow = private / "shallow"
        refs = self.git("for-each-ref") + self.git("symbolic-ref", "-q", "HEAD") if self.on_branch() else ""
        objects = sorted(str(place) for place in (private / "objects").rglob("*"))
        index = (private / "index").read_bytes()
        return refs, shallow.read_bytes() if shallow.exists() else b"", index, objects

    def on_branch(self) -> bool:
        """Tell whether HEAD is a branch."""
        return (self.root / ".git" / "HEAD").read_text().startswith("ref:")


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away every setting of this machine's git."""
    for name in list(os.environ):
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    for name, value in ISOLATED.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def new_repo(tmp_path: Path) -> Callable[[str], Repo]:
    """Give a maker of empty repositories by folder name."""

    def make(name: str) -> Repo:
        root = tmp_path / name
        root.mkdir()
        repo = Repo(root)
        repo.git("init", "--quiet", "--initial-branch=main")
        return repo

    return make


@pytest.fixture
def repo(new_repo: Callable[[str], Repo]) -> Repo:
    """Give a repository with one prompt of two versions and its first commit."""
    made = new_repo("repo")
    made.commit(
        {
            "mooring.yaml": CONFIG,
            "prompts/support/v1.yaml": "prompt: one\n",
            "prompts/support/v2.yaml": "prompt: two\n",
            "prompts/registry.yaml": "support: {production: v2}\n",
        },
        "first",
    )
    return made


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Count the git programs that were started since the last time it was called."""
    trace = tmp_path / "trace"
    trace.touch()
    monkeypatch.setenv("GIT_TRACE2_EVENT", str(trace))

    def started() -> int:
        number = trace.read_text().count('"event":"start"')
        trace.write_text("")
        return number

    return started
