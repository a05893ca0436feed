"""Do the user's credentials reach the remote, and nobody else?"""

import threading
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from mooring.core.memory import Changes, Intent
from mooring.ledger.codec import Owner
from mooring.ledger.opening import InRefs, open_ledger
from mooring.ports import Clock, LedgerRefused, LedgerUnreadable

Git = Callable[..., str]
OWNER = Owner("acme", "t")
TOKEN = "tok-5ecr3t-0123456789"


@pytest.fixture
def host() -> Iterator[tuple[int, list[list[str]]]]:
    """A Git host that notes every Authorization header and lets nobody in."""
    seen: list[list[str]] = []

    class Closed(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get_all("Authorization", []))
            self.send_response(403 if seen[-1] else 401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = HTTPServer(("127.0.0.1", 0), Closed)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, seen
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def folder(tmp_path: Path, git: Git) -> Path:
    made = tmp_path / "repository"
    git(tmp_path, "init", "--quiet", str(made))
    return made


def failures(folder: Path, clock: Clock) -> str:
    """Let everything fail and give all that it says, tracebacks included."""
    ledger = open_ledger(folder, OWNER, InRefs(), clock)
    said: list[str] = []
    for attempt in (
        ledger.read,
        lambda: ledger.note(Changes(commit="c"), "note"),
        lambda: ledger.acquire(Intent("r", "c", {}), wait=0),
    ):
        with pytest.raises((LedgerUnreadable, LedgerRefused)) as caught:
            attempt()
        said += traceback.format_exception(caught.value)
    return "".join(said)


def test_a_token_in_the_url_is_used_and_never_shown(
    folder: Path, git: Git, clock: Clock, host: tuple[int, list[list[str]]], argv: Callable[[], list[list[str]]]
) -> None:
    port, _ = host
    git(folder, "remote", "add", "origin", f"http://x-access-token:{TOKEN}@127.0.0.1:{port}/acme/prompts.git")
    before = len(argv())
    said = failures(folder, clock)
    assert TOKEN not in said
    assert f"127.0.0.1:{port}/acme/prompts.git" in said
    assert "403" in said
    assert TOKEN not in str(argv()[before:])


def test_a_header_reaches_the_host_once_and_is_never_shown(
    folder: Path, git: Git, clock: Clock, host: tuple[int, list[list[str]]], argv: Callable[[], list[list[str]]]
) -> None:
    port, seen = host
    basic = b64encode(f"x-access-token:{TOKEN}".encode()).decode()
    header = f"AUTHORIZATION: basic {basic}"
    git(folder, "remote", "add", "origin", f"http://127.0.0.1:{port}/acme/prompts.git")
    git(folder, "config", f"http.http://127.0.0.1:{port}/.extraheader", header)
    before = len(argv())
    said = failures(folder, clock)
    assert seen
    assert all(headers == [f"basic {basic}"] for headers in seen)
    assert basic not in said
    assert basic not in str(argv()[before:])


def test_a_header_of_the_whole_machine_is_not_sent_twice(
    folder: Path, git: Git, clock: Clock, host: tuple[int, list[list[str]]]
) -> None:
    port, seen = host
    git(folder, "remote", "add", "origin", f"http://127.0.0.1:{port}/acme/prompts.git")
    git(folder, "config", "--global", "http.extraheader", f"Authorization: Bearer {TOKEN}")
    failures(folder, clock)
    assert seen
    assert all(headers == [f"Bearer {TOKEN}"] for headers in seen)


def test_a_header_of_the_environment_is_sent_once(
    folder: Path, git: Git, clock: Clock, monkeypatch: pytest.MonkeyPatch, host: tuple[int, list[list[str]]]
) -> None:
    port, seen = host
    git(folder, "remote", "add", "origin", f"http://127.0.0.1:{port}/acme/prompts.git")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"http.http://127.0.0.1:{port}/.extraheader")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", f"Authorization: Bearer {TOKEN}")
    assert TOKEN not in failures(folder, clock)
    assert seen
    assert all(headers == [f"Bearer {TOKEN}"] for headers in seen)


def test_a_rewritten_url_is_followed(
    folder: Path, git: Git, clock: Clock, host: tuple[int, list[list[str]]], argv: Callable[[], list[list[str]]]
) -> None:
    port, seen = host
    git(folder, "remote", "add", "origin", "https://git.example/acme/prompts.git")
    git(folder, "config", f"url.http://x:{TOKEN}@127.0.0.1:{port}/.insteadOf", "https://git.example/")
    before = len(argv())
    said = failures(folder, clock)
    assert seen
    assert TOKEN not in said
    assert TOKEN not in str(argv()[before:])


def test_a_helper_of_the_repository_is_asked(
    folder: Path, git: Git, clock: Clock, tmp_path: Path, host: tuple[int, list[list[str]]]
) -> None:
    port, _ = host
    helper = tmp_path / "helper"
    helper.write_text(f"#!/bin/sh\ncat > '{tmp_path}/asked'\necho username=x\necho password={TOKEN}\n")
    helper.chmod(0o755)
    git(folder, "remote", "add", "origin", f"http://127.0.0.1:{port}/acme/prompts.git")
    git(folder, "config", "credential.helper", str(helper))
    assert TOKEN not in failures(folder, clock)
    assert "host=127.0.0.1" in (tmp_path / "asked").read_text()


@pytest.mark.parametrize("shown", [TOKEN, "https://ada:pw@git.example/x", f"Authorization: Bearer {TOKEN}"])
def test_what_the_remote_says_is_cleared_of_secrets(
    folder: Path, git: Git, clock: Clock, tmp_path: Path, shown: str
) -> None:
    remote = tmp_path / "remote.git"
    git(tmp_path, "init", "--quiet", "--bare", str(remote))
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\necho 'no entry with {shown}' >&2\nexit 1\n")
    hook.chmod(0o755)
    git(folder, "remote", "add", "origin", str(remote))
    git(folder, "config", "http.extraheader", f"Authorization: Bearer {TOKEN}")
    with pytest.raises(LedgerRefused, match=r"no entry with .*\*\*\*") as caught:
        open_ledger(folder, OWNER, InRefs(), clock).note(Changes(commit="c"), "note")
    said = "".join(traceback.format_exception(caught.value))
    assert TOKEN not in said
    assert "ada:pw" not in said
