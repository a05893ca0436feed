"""What do runs outside of GitHub work with? A bare repository, a Langfuse, and real shells with nothing inherited."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from mooring.core.artifact import Artifact
from mooring.testing.langfuse import Key, Langfuse, serve
from mooring.testing.langfuse.validation import Which

CONFIG = """\
version: 1
id: acme
branch: main
targets:
  prod:
    adapter: langfuse
    url: {url}
    mode: upsert
    labels: [production]
    policy: {{platform_ahead: adopt}}
"""
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Ran:
    """How a shell ended, and all that it printed."""

    code: int
    out: str


@dataclass(frozen=True)
class Place:
    """A repository `remote.git` below a folder, the clone of whoever writes prompts, and their Langfuse."""

    folder: Path
    langfuse: Langfuse
    key: Key

    @property
    def remote(self) -> Path:
        return self.folder / "acme" / "prompts.git"

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(self.folder / "author"), *words], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def prompt(self, text: str, branch: str = "main") -> str:
        """Commit and push what the prompt `greet` is to say; give the commit."""
        file = self.folder / "author" / "prompts" / "greet.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"labels: [production]\nprompt: {json.dumps(text)}\n", encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", "Change")
        self.git("push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        return self.git("rev-parse", "HEAD")

    def edit(self, text: str) -> None:
        """Save the prompt in Langfuse's interface, behind Git's back."""
        self.langfuse.person(self.key.project).save("greet", Artifact(text), ["production"])

    def served(self) -> object:
        with self.langfuse.opened(self.key.project) as project:
            row = project.find("greet", Which(label="production"))
        return None if row is None else json.loads(row.prompt_json)

    def branches(self) -> list[str]:
        """List the branches of proposals."""
        listed = self.git("ls-remote", "origin", "refs/heads/mooring/*").splitlines()
        return [line.partition("\trefs/heads/")[2] for line in listed]

    @property
    def credentials(self) -> dict[str, str]:
        return {"LANGFUSE_PUBLIC_KEY": self.key.public, "LANGFUSE_SECRET_KEY": self.key.secret}


def bare_environment(home: Path) -> dict[str, str]:
    """Give what a shell has where nothing of this machine's user is known."""
    kept = {name: os.environ[name] for name in ("GIT_CONFIG_SYSTEM", "LANG") if name in os.environ}
    return {"HOME": str(home), "PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin", **kept}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def bare(home: Path) -> Mapping[str, str]:
    """The environment of a machine that nobody has set up."""
    return bare_environment(home)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """One prompt on the branch, and nothing on the platform."""
    langfuse = Langfuse()
    made = Place(tmp_path, langfuse, langfuse.project("acme"))
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(made.remote)], check=True)
    subprocess.run(["git", "clone", "-q", str(made.remote), "author"], cwd=tmp_path, check=True, capture_output=True)
    for name, value in {"user.name": "Ada", "user.email": "ada@example.org", "commit.gpgsign": "false"}.items():
        made.git("config", name, value)
    made.git("checkout", "-q", "-b", "main")
    with serve(langfuse) as url:
        (tmp_path / "author" / "mooring.yaml").write_text(CONFIG.format(url=url), encoding="utf-8")
        made.prompt("Hello")
        yield made
