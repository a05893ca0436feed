"""What does the demo play on? A Git repository of prompts, commands that are shown and run, and expectations."""

import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree
from typing import Any

from mooring.demo.people import Lines, Session

Mooring = Callable[[Sequence[str]], int]
"""Runs a command line of mooring in this process and gives its exit code."""
Tell = Callable[[str, str], None]
"""Shows a line in a role: `title`, `said`, `command`, `typed`, `output`, `good` or `bad`."""


class Unexpected(Exception):
    """The demo did not go as it must; the message says what was expected and what came."""


@dataclass(slots=True)
class Scene:
    """A scratch folder and what is needed to act in it. `checked` counts the expectations that held."""

    folder: Path
    person: Lines
    session: Session
    mooring: Mooring
    tell: Tell
    checked: int = field(default=0)

    def run(self, *words: str, expect: int) -> Mapping[str, Any]:
        """Show and run a command of mooring, expect its exit code, and give its JSON report."""
        self.tell("command", "mooring " + " ".join(_quoted(word) for word in words))
        report = self.folder / ".git" / "demo-report.json"
        report.unlink(missing_ok=True)
        code = self.mooring(["-C", str(self.folder), *words, "-o", "text", "-o", f"json={report}"])
        self.expect(code == expect, f"exit code {expect}", f"{code}")
        found: Mapping[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        return found

    def expect(self, held: object, what: str, came: str = "something else") -> None:
        """Go on only if something is so; raises Unexpected."""
        if not held:
            raise Unexpected(f"Expected {what}, got {came}.")
        self.checked += 1

    def git(self, *words: str) -> str:
        """Run git in the folder, whatever the user's own settings are, and give what it prints."""
        settings = ["commit.gpgsign=false", "core.hooksPath=/dev/null", "user.name=Ada", "user.email=ada@example.com"]
        options = [part for setting in settings for part in ("-c", setting)]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        done = subprocess.run(
            ["git", *options, *words], cwd=self.folder, env=clean, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise Unexpected(f"git {words[0]} failed: {done.stderr.strip()}")
        return done.stdout

    def commit(self, message: str) -> None:
        """Show and make a commit of everything."""
        self.tell("command", f"git commit -am {_quoted(message)}")
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", message)
        self.tell("output", self.git("show", "--stat=72", "--format=%h %s", "HEAD").strip())

    def merge(self, branch: str) -> None:
        """Show what a branch proposes, and merge it."""
        self.tell("command", f"git merge {branch}")
        self.git("merge", "--quiet", "--no-ff", "--no-edit", branch)
        self.tell("output", self.git("diff", "--stat=72", "HEAD^1", "HEAD").strip())

    def by_hand(self, lines: str, **values: str) -> None:
        """Show and run what a person types at the platform's own client."""
        for name, value in values.items():
            lines = lines.replace(f"<{name}>", value)
        for line in lines.strip().splitlines():
            self.tell("typed", line)
        self.session.type(lines)

    def served(self) -> str:
        """Give what an app is served, read through the platform's own client."""
        return self.session.type(self.person.look)

    def ledger(self) -> str:
        """Give every ref of the ledger with its object: equal texts mean that nothing was recorded."""
        return self.git("for-each-ref", "refs/mooring")


def prepare(scene: Scene, source: Path, config: str) -> None:
    """Make the repository: the demo's prompts and a mooring.yaml, committed on the branch main."""
    copytree(source / "prompts", scene.folder / "prompts")
    (scene.folder / "mooring.yaml").write_text(config, encoding="utf-8")
    (scene.folder / ".gitignore").write_text("mlflow.db*\nmlruns/\nplatform.json*\n", encoding="utf-8")
    scene.git("init", "--quiet", "--initial-branch=main")
    for name, value in {"user.name": "Ada", "user.email": "ada@example.com"}.items():
        scene.git("config", name, value)
    scene.git("add", "--all")
    scene.git("commit", "--quiet", "-m", "Prompts of the store")


def _quoted(word: str) -> str:
    return f"'{word}'" if " " in word else word
