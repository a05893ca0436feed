"""How is the git program run? Everything else in this package builds on `Git.run`."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

# What a person or a CI sets on purpose. All else (GIT_DIR, GIT_INDEX_FILE, …) is what a hook or another git left.
_KEPT = re.compile(
    r"GIT_(ASKPASS|ALLOW_PROTOCOL|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM|EXEC_PATH|PROXY_.*|PROTOCOL_.*"
    r"|CONFIG_(COUNT|KEY_\d+|VALUE_\d+|GLOBAL|SYSTEM|NOSYSTEM)|(AUTHOR|COMMITTER)_(NAME|EMAIL)"
    r"|(HTTP|SSH|SSL|TRACE|TRACE2)(_.*)?)"
)
_FIXED = {
    # No prompt on a terminal: a missing credential is an error to report, not a question to hang on.
    "GIT_TERMINAL_PROMPT": "0",
    # No refresh of the user's index as a side effect of looking.
    "GIT_OPTIONAL_LOCKS": "0",
    # A replaced object has another content than its id says, and what was parsed is remembered by id.
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}
_USERINFO = re.compile(r"(?<=://)[^/\s@']+@")
_TIMEOUT = 300.0
_NO_GIT = "git is not installed or not on the PATH; install it from https://git-scm.com"


class GitFailed(Exception):
    """git ended with an error: `command` without options, exit code and what it said, without passwords in URLs."""

    def __init__(self, command: str, code: int, stderr: str) -> None:
        said = _USERINFO.sub("***@", stderr)
        super().__init__(f"git {command} failed with exit code {code}: {said.strip()}")
        self.command = command
        self.code = code
        self.stderr = said


@dataclass(frozen=True, slots=True)
class Git:
    """A repository to run git in. `directory` is a folder inside of it, or a bare repository itself.

    `environment` is set on top of the inherited one, from which every GIT_* variable that a hook or another git may
    have left is taken out (they would point git at another repository). Values that hold secrets go through it and
    never through the argument list.
    """

    directory: Path
    environment: dict[str, str] = field(default_factory=dict[str, str])

    def run(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        """Give what git prints; raises GitFailed."""
        done = self.attempt(*arguments, stdin=stdin)
        if done.returncode != 0:
            raise GitFailed(arguments[0], done.returncode, done.stderr.decode("utf-8", "replace"))
        return done.stdout

    def text(self, *arguments: str) -> str:
        """Give what git prints as text without the last line end; raises GitFailed."""
        return self.run(*arguments).decode("utf-8", "surrogateescape").removesuffix("\n")

    def attempt(self, *arguments: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        """Run git and give its exit code and output, whatever they are; raises GitFailed only on a time-out."""
        try:
            return subprocess.run(
                ["git", "-C", str(self.directory), *arguments],
                input=stdin if stdin is not None else b"",
                capture_output=True,
                env=self._environment(),
                timeout=_TIMEOUT,
                check=False,
                # A Ctrl-C on the terminal is for us to answer: a push in flight is not to be cut off by it.
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise GitFailed(arguments[0], 127, _NO_GIT) from error
        except subprocess.TimeoutExpired as error:
            raise GitFailed(arguments[0], 124, f"no answer within {_TIMEOUT:.0f} s") from error

    @contextmanager
    def reading(self, *arguments: str, stdin: bytes) -> Iterator[IO[bytes]]:
        """Run git and give its output while it comes, for answers too large to hold; the process ends with it."""
        # A file as input, unlike a pipe, can never be full while git waits for us to read.
        with TemporaryFile() as questions:
            questions.write(stdin)
            questions.seek(0)
            try:
                process = subprocess.Popen(
                    ["git", "-C", str(self.directory), *arguments],
                    stdin=questions,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=self._environment(),
                )
            except FileNotFoundError as error:
                raise GitFailed(arguments[0], 127, _NO_GIT) from error
        with process:
            try:
                if process.stdout is None:
                    raise GitFailed(arguments[0], 128, "it has no output")
                yield process.stdout
            finally:
                process.kill()

    def conversing(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start git and leave it running, to be asked and to answer; whoever starts it ends it."""
        try:
            return subprocess.Popen(
                ["git", "-C", str(self.directory), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self._environment(),
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise GitFailed(arguments[0], 127, _NO_GIT) from error

    def _environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or _KEPT.fullmatch(k)}
        return {**inherited, **_FIXED, **self.environment}
