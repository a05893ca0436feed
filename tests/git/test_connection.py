"""Does a repository of our own get the user's settings, once, and only through the environment?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mooring.git.command import Git, GitFailed
from mooring.git.connection import connection_settings

if TYPE_CHECKING:
    from tests.git.conftest import Repo


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """A bare repository of our own."""
    Git(tmp_path).run("init", "--quiet", "--bare", "ours.git")
    return tmp_path / "ours.git"


def setting(ours: Path, repo: Repo, key: str) -> list[str]:
    done = Git(ours, connection_settings(Git(repo.root))).attempt("config", "--get-all", "-z", key)
    return [value.decode() for value in done.stdout.split(b"\0") if value]


def test_settings_of_the_clone_reach_our_repository(repo: Repo, ours: Path) -> None:
    repo.git("remote", "add", "origin", "https://example.org/x.git")
    repo.git("config", "http.https://example.org/.extraheader", "AUTHORIZATION: basic s3cret\nline")
    repo.git("config", "core.sshCommand", "ssh -i key")
    repo.git("config", "--add", "credential.helper", "one")
    repo.git("config", "--add", "credential.helper", "two")
    assert setting(ours, repo, "remote.origin.url") == ["https://example.org/x.git"]
    assert setting(ours, repo, "http.https://example.org/.extraheader") == ["AUTHORIZATION: basic s3cret\nline"]
    assert setting(ours, repo, "core.sshcommand") == ["ssh -i key"]
    assert setting(ours, repo, "credential.helper") == ["one", "two"]


@pytest.mark.parametrize(
    "key",
    [
        "remote.origin.fetch",
        "remote.origin.promisor",
        "remote.origin.mirror",
        "core.editor",
        "core.hooksPath",
        "alias.x",
    ],
)
def test_what_is_no_connection_stays_where_it_is(repo: Repo, ours: Path, key: str) -> None:
    repo.git("config", key, "true")
    assert setting(ours, repo, key) == []


def test_a_global_header_is_sent_once(repo: Repo, ours: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "global").write_text('[http]\n\textraheader = "X: 1"\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "global"))
    assert setting(ours, repo, "http.extraheader") == ["X: 1"]


def test_an_include_for_the_clone_only_is_kept(
    repo: Repo, ours: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work").write_text('[http]\n\textraheader = "X: 1"\n')
    condition = f'[includeIf "gitdir:{repo.root}/.git"]\n\tpath = {tmp_path}/work\n'
    (tmp_path / "global").write_text(f'{condition}[http]\n\textraheader = "Y: 2"\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "global"))
    assert setting(ours, repo, "http.extraheader") == ["X: 1", "Y: 2"]


def test_settings_of_the_environment_are_kept_once(repo: Repo, ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "http.extraheader")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "X: 1")
    assert setting(ours, repo, "http.extraheader") == ["X: 1"]


def test_a_relative_url_is_made_absolute_unless_it_is_an_alias(repo: Repo, ours: Path) -> None:
    repo.git("remote", "add", "near", "../near.git")
    repo.git("remote", "add", "far", "host:far.git")
    repo.git("remote", "add", "short", "work/x.git")
    repo.git("config", "url.https://example.org/.insteadOf", "work/")
    assert setting(ours, repo, "remote.near.url") == [str(repo.root.parent / "near.git")]
    assert setting(ours, repo, "remote.far.url") == ["host:far.git"]
    assert setting(ours, repo, "remote.short.url") == ["work/x.git"]


def test_a_password_in_a_url_is_not_repeated() -> None:
    failed = GitFailed("fetch", 128, "fatal: unable to access 'https://user:s3cret@example.org/': gone")
    assert "s3cret" not in f"{failed} {failed.stderr}"
    assert "https://***@example.org/" in str(failed)


def test_a_folder_that_is_not_there_and_output_that_is_left_unread(tmp_path: Path, repo: Repo) -> None:
    with pytest.raises(GitFailed, match="No such file"):
        Git(tmp_path / "nope").run("status")
    blob = repo.git("rev-parse", "HEAD:mooring.yaml")
    with Git(repo.root).reading("cat-file", "--batch", stdin=f"{blob}\n".encode() * 10_000) as answers:
        assert answers.readline().split()[:2] == [blob.encode(), b"blob"]


def test_git_that_is_not_installed_says_so(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repo.root))
    with pytest.raises(GitFailed, match="not installed"):
        Git(repo.root).run("status")
