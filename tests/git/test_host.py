"""Does an examination of the repository say what is so, write nothing, and show no secret?"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mooring.core.check import Check, Health
from mooring.git.branch import chosen_remote
from mooring.git.host import Subject, examine, host_of, shown_url
from mooring.git.repository import find_repository

if TYPE_CHECKING:
    from tests.git.conftest import Repo

SECRET = "s3cr3t-t0ken"


def look(
    repo: Repo,
    *,
    ledger: str | None = "refs/mooring",
    branch: str | None = None,
) -> dict[str, Check]:
    """Examine a clone and give the checks by name."""
    found = find_repository(repo.root)
    inputs = found.inputs("mooring.yaml", "prompts/")
    remote = chosen_remote(found, None)
    checks = examine(Subject(found, inputs, branch, remote, ledger, "ledger.json"))
    assert len({check.name for check in checks}) == len(checks)
    return {check.name: check for check in checks}


def healths(checks: Mapping[str, Check]) -> dict[str, Health]:
    return {name: check.health for name, check in checks.items()}


@pytest.fixture
def bare(repo: Repo, tmp_path: Path) -> Path:
    """A bare remote of the repository that has its branch."""
    place = tmp_path / "acme" / "prompts.git"
    repo.git("init", "--quiet", "--bare", "--initial-branch=main", str(place))
    repo.git("remote", "add", "origin", str(place))
    repo.git("push", "--quiet", "origin", "main")
    return place


def hook(bare: Path, body: str) -> None:
    place = bare / "hooks" / "pre-receive"
    place.parent.mkdir(exist_ok=True)
    place.write_text(f"#!/bin/sh\n{body}\n")
    place.chmod(0o755)


# --- a remote that is well ----------------------------------------------------------------------------------


def test_a_repository_with_all_in_place(repo: Repo, bare: Path) -> None:
    found = look(repo)
    assert set(healths(found).values()) == {Health.OK}
    assert {"git", "clone", "author", "remote", "branch", "commit", "ledger"} == set(found)
    assert "Ada <ada@example.org>" in found["author"].message
    assert str(bare) in found["remote"].message
    assert "default branch of origin" in found["branch"].message


def test_nothing_is_written_neither_here_nor_there(repo: Repo, bare: Path) -> None:
    before, there = repo.state(), sorted(bare.rglob("*"))
    look(repo)
    assert repo.state() == before
    assert sorted(bare.rglob("*")) == there
    assert repo.git("ls-remote", "origin", "refs/mooring/*") == ""


@pytest.mark.parametrize("ledger", ["refs/mooring", "refs/heads/mooring-ledger"])
def test_a_rehearsal_asks_no_hook_and_says_so(repo: Repo, bare: Path, tmp_path: Path, ledger: str) -> None:
    hook(bare, f"touch '{tmp_path}/asked'; echo no; exit 1")
    found = look(repo, ledger=ledger)["ledger"]
    assert found.health is Health.OK
    assert "Hooks and rules of the host are asked by a real push only" in found.message
    assert not (tmp_path / "asked").exists()


def test_a_hook_of_the_clone_is_not_run(repo: Repo, bare: Path) -> None:
    place = repo.root / ".git" / "hooks" / "pre-push"
    place.parent.mkdir(exist_ok=True)
    place.write_text("#!/bin/sh\nexit 1\n")
    place.chmod(0o755)
    assert look(repo)["ledger"].health is Health.OK


def test_a_repository_of_the_newer_hashes(tmp_path: Path, repo: Repo) -> None:
    other = type(repo)(tmp_path / "newer")
    other.root.mkdir()
    other.git("init", "--quiet", "--initial-branch=main", "--object-format=sha256")
    other.commit({"mooring.yaml": "version: 1\n"})
    other.git("init", "--quiet", "--bare", "--initial-branch=main", "--object-format=sha256", str(tmp_path / "n.git"))
    other.git("remote", "add", "origin", str(tmp_path / "n.git"))
    other.git("push", "--quiet", "origin", "main")
    assert look(other)["ledger"].health is Health.OK


# --- no remote, or one that does not answer ----------------------------------------------------------------------


def test_without_a_remote_all_stays_here(repo: Repo) -> None:
    found = look(repo)
    assert found["remote"].health is Health.NOTE
    assert "checked out" in found["branch"].message
    assert found["commit"].health is Health.OK
    assert "in this clone" in found["ledger"].message


def test_before_the_first_commit_one_thing_is_missing(new_repo: Callable[[str], Repo]) -> None:
    empty = new_repo("empty")
    failed = [name for name, health in healths(look(empty)).items() if health is Health.FAIL]
    assert failed == ["commit"]


def test_a_remote_that_is_gone_is_silent(repo: Repo, bare: Path) -> None:
    bare.rename(bare.with_name("elsewhere.git"))
    found = look(repo)
    assert found["remote"].health is found["ledger"].health is Health.UNKNOWN
    assert "branch" not in found
    assert found["remote"].fix


def test_a_remote_that_cannot_be_opened_by_its_name(repo: Repo) -> None:
    repo.git("remote", "add", "origin", "nowhere-at-all/permission-denied.git")
    assert look(repo)["remote"].health is Health.UNKNOWN


def test_a_branch_that_the_remote_lacks_is_a_wrong_setting(repo: Repo, bare: Path) -> None:
    found = look(repo, branch="release")["branch"]
    assert found.health is Health.FAIL
    assert "`branch:` in mooring.yaml" in found.message


# --- a remote that refuses ----------------------------------------------------------------------------------


@pytest.fixture
def ssh(repo: Repo, bare: Path, tmp_path: Path) -> Callable[[str], None]:
    """Make the remote git@github.com:acme/prompts.git; what is given runs first, with the command as $last."""

    def make(before: str = "") -> None:
        script = tmp_path / "ssh"
        script.write_text(f"#!/bin/sh\nfor last; do :; done\n{before}\ncd '{tmp_path}' && exec sh -c \"$last\"\n")
        script.chmod(0o755)
        repo.git("config", "core.sshCommand", str(script))
        repo.git("config", "ssh.variant", "simple")
        repo.git("remote", "set-url", "origin", "git@github.com:acme/prompts.git")

    return make


def test_a_key_that_may_only_read_is_denied(repo: Repo, ssh: Callable[[str], None]) -> None:
    said = "ERROR: Permission to acme/prompts.git denied to bot."
    ssh(f'case "$last" in git-receive-pack*) echo "{said}" >&2; exit 1;; esac')
    found = look(repo)
    assert found["remote"].health is Health.OK
    assert found["login"].health is Health.NOTE
    assert found["ledger"].health is Health.DENIED
    assert said in found["ledger"].message
    assert "may push" in found["ledger"].fix


def test_a_key_that_nobody_knows_is_denied(repo: Repo, ssh: Callable[[str], None]) -> None:
    ssh('echo "git@github.com: Permission denied (publickey)." >&2; exit 255')
    assert look(repo)["remote"].health is Health.DENIED


class ReadOnly(BaseHTTPRequestHandler):
    """A Git host over HTTP: whoever has the password may read, nobody may push."""

    repository = ""

    def do_GET(self) -> None:
        if "Authorization" not in self.headers:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="host"')
        elif "git-upload-pack" not in self.path:
            self.send_response(403)
        else:
            command = ["git", "upload-pack", "--stateless-rpc", "--advertise-refs", self.repository]
            refs = subprocess.run(command, capture_output=True, check=True).stdout
            self.send_response(200)
            self.send_header("Content-Type", "application/x-git-upload-pack-advertisement")
            self.end_headers()
            self.wfile.write(b"001e# service=git-upload-pack\n0000" + refs)
            return
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is http.server's
        """Say nothing."""


@pytest.fixture
def host(bare: Path) -> Iterator[str]:
    """The host's address without its scheme."""
    handler = type("Handler", (ReadOnly,), {"repository": str(bare)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}/prompts.git"
        server.shutdown()
        thread.join()


def test_a_token_that_may_only_read_is_denied_and_never_shown(repo: Repo, host: str) -> None:
    repo.git("remote", "set-url", "origin", f"http://bot:{SECRET}@{host}")
    found = look(repo)
    assert found["remote"].health is Health.OK
    assert found["ledger"].health is Health.DENIED
    assert "403" in found["ledger"].message
    assert host in found["remote"].message
    assert SECRET not in repr(found)


def test_a_token_in_a_rewritten_address_is_never_shown(repo: Repo, host: str) -> None:
    repo.git("config", f"url.http://bot:{SECRET}@{host}.insteadOf", "work:prompts")
    repo.git("remote", "set-url", "origin", "work:prompts")
    found = look(repo)
    assert found["ledger"].health is Health.DENIED
    assert host in found["remote"].message
    assert SECRET not in repr(found)


def test_a_token_that_the_host_itself_repeats_is_never_shown(repo: Repo, ssh: Callable[[str], None]) -> None:
    repo.git("config", "http.extraHeader", f"Authorization: Bearer {SECRET}")
    ssh(f'echo "remote: access denied to {SECRET}" >&2; exit 1')
    found = look(repo)
    assert found["remote"].health is found["ledger"].health is Health.DENIED
    assert SECRET not in repr(found)


def test_a_missing_login_is_denied_and_asked_of_nobody(repo: Repo, host: str) -> None:
    repo.git("remote", "set-url", "origin", f"http://{host}")
    found = look(repo)
    assert found["remote"].health is Health.DENIED
    assert found["login"].health is Health.OK


# --- the clone ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("option", "kind"), [("--depth=1", "shallow"), ("--filter=blob:none", "partial")])
def test_a_clone_that_holds_a_part_is_left_as_it_is(repo: Repo, tmp_path: Path, option: str, kind: str) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.commit({"prompts/x.yaml": "prompt: x\n"})
    part = repo.clone(tmp_path / "part", option)
    before = part.state()
    found = look(part)
    assert found["clone"].health is Health.NOTE
    assert f"is {kind}." in found["clone"].message
    assert "fetch-depth: 0" in found["clone"].fix
    assert found["commit"].health is Health.OK
    assert part.state() == before


def test_a_commit_that_is_not_on_the_branch(repo: Repo, bare: Path) -> None:
    repo.commit({"prompts/support/v3.yaml": "prompt: three\n"})
    found = look(repo)["commit"]
    assert found.health is Health.WARN
    assert "exit 6" in found.message


def test_a_commit_that_the_branch_went_on_from(repo: Repo, bare: Path) -> None:
    repo.commit({"prompts/support/v3.yaml": "prompt: three\n"})
    repo.git("push", "--quiet", "origin", "main")
    repo.git("reset", "--quiet", "--hard", "HEAD^")
    assert look(repo)["commit"].health is Health.NOTE


def test_changes_that_no_commit_holds_are_named(repo: Repo) -> None:
    repo.write("prompts/support/v3.yaml", "prompt: three\n")
    repo.write("unrelated.txt", "")
    found = look(repo)["work tree"]
    assert found.health is Health.NOTE
    assert "prompts/support/v3.yaml" in found.message
    assert "unrelated" not in found.message


def test_somebody_without_a_name(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    found = look(repo)["author"]
    assert found.health is Health.NOTE
    assert found.fix.startswith("git config user.name")


@pytest.mark.parametrize(("said", "health"), [("2.20.1", Health.WARN), ("2.31.0 (Apple Git-1)", Health.OK)])
def test_a_git_that_is_too_old(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, health: Health
) -> None:
    real = shutil.which("git")
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\n[ "$3" = version ] && {{ echo "git version {said}"; exit; }}\nexec {real} "$@"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    assert look(repo)["git"].health is health


# --- the ledger, and addresses ----------------------------------------------------------------------------------


def test_a_ledger_in_a_file_needs_no_push(repo: Repo, bare: Path) -> None:
    bare.rename(bare.with_name("elsewhere.git"))
    found = look(repo, ledger=None)["ledger"]
    assert found.health is Health.NOTE
    assert "ledger.json" in found.message


@pytest.mark.parametrize(
    ("url", "shown", "host"),
    [
        ("https://example.org/a/b.git", "https://example.org/a/b.git", "example.org"),
        ("https://me:p@ss@Example.org:8443/a", "https://Example.org:8443/a", "example.org"),
        ("https://example.org/a?token=x#y", "https://example.org/a", "example.org"),
        ("ssh://git@github.com:22/a/b", "ssh://github.com:22/a/b", "github.com"),
        ("git@github.com:a/b.git", "git@github.com:a/b.git", "github.com"),
        ("[::1]:a/b.git", "[::1]:a/b.git", "::1"),
        ("../near.git", "../near.git", None),
        ("/srv/git/x.git", "/srv/git/x.git", None),
        ("file:///srv/x.git", "file:///srv/x.git", None),
        ("https://[broken/a", "https://[broken/a", None),
    ],
)
def test_addresses_are_shown_without_secrets(url: str, shown: str, host: str | None) -> None:
    assert shown_url(url) == shown
    assert host_of(url) == host
