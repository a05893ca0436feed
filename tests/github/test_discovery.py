"""Is GitHub asked about the repository that is pushed to, and is a token only ever meant for its own server?"""

import subprocess
from pathlib import Path

import pytest

from mooring.cli.forge import forge_of
from mooring.git.repository import find_repository
from mooring.github.client import GitHub
from mooring.github.discovery import Place, find, token_of
from mooring.testing.github.serve import Served

TOKEN = "ghp_abcdefghij"
PUBLIC = Place("https://api.github.com", "acme/prompts", TOKEN)
ENTERPRISE = {"GITHUB_SERVER_URL": "https://git.acme.example"}


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/acme/prompts",
        "https://github.com/acme/prompts.git",
        "https://x-access-token:secret@github.com/acme/prompts.git/",
        "https://GitHub.com:443/acme/prompts",
        "git@github.com:acme/prompts.git",
        "github.com:acme/prompts",
        "ssh://git@github.com/acme/prompts.git",
        "ssh://git@ssh.github.com:443/acme/prompts.git",
        "git://github.com/acme/prompts.git",
    ],
)
def test_a_remote_on_github_names_its_repository(url: str) -> None:
    assert find({"GITHUB_TOKEN": TOKEN}, url) == PUBLIC


@pytest.mark.parametrize(
    "url",
    [
        "https://gitlab.com/acme/prompts",
        "https://github.com.evil.example/acme/prompts",
        "https://github.com@evil.example/acme/prompts",
        "git@evil.example:github.com/acme/prompts",
        "https://github.com/acme",
        "https://github.com/acme/prompts/tree",
        "https://github.com/../prompts",
        "https://github.com/acme/..",
        "https://github.com/acme/pro%2fmpts",
        "https://[github.com/acme/prompts",
        "/srv/git/acme/prompts.git",
        "file:///srv/git/acme/prompts.git",
        "",
        None,
    ],
)
def test_any_other_remote_names_none(url: str | None) -> None:
    assert find({"GITHUB_TOKEN": TOKEN}, url) is None


def test_the_pushed_repository_counts_more_than_the_jobs_own() -> None:
    job = {"GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "acme/workflows"}
    assert find(job, "https://github.com/acme/prompts") == PUBLIC
    assert find(job, "https://gitlab.com/acme/prompts") is None


@pytest.mark.parametrize("url", [None, "/srv/prompts.git", "file:///srv/prompts.git", "github-work:acme/prompts.git"])
def test_the_job_names_the_repository_where_the_remote_names_no_host(url: str | None) -> None:
    assert find({"GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "acme/prompts"}, url) == PUBLIC
    assert find({"GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "acme/prompts/../x"}, url) is None


@pytest.mark.parametrize(
    ("environment", "api"),
    [
        (ENTERPRISE, "https://git.acme.example/api/v3"),
        ({**ENTERPRISE, "GITHUB_API_URL": "https://git.acme.example/api/v4/"}, "https://git.acme.example/api/v4"),
        ({"GITHUB_SERVER_URL": "https://git.acme.example:8443/"}, "https://git.acme.example:8443/api/v3"),
    ],
)
def test_an_enterprise_server_has_its_own_api(environment: dict[str, str], api: str) -> None:
    found = find({"GITHUB_TOKEN": TOKEN, **environment}, "git@git.acme.example:acme/prompts.git")
    assert found == Place(api, "acme/prompts", TOKEN)


def test_a_server_with_data_residency_has_its_api_beside_it() -> None:
    found = find({"GH_TOKEN": TOKEN, "GITHUB_SERVER_URL": "https://acme.ghe.com"}, "https://acme.ghe.com/acme/prompts")
    assert found == Place("https://api.acme.ghe.com", "acme/prompts", TOKEN)


def test_a_token_of_one_server_never_goes_to_another() -> None:
    assert find({"GITHUB_TOKEN": TOKEN, **ENTERPRISE}, "https://github.com/acme/prompts") is None
    assert find({"GITHUB_TOKEN": TOKEN}, "https://git.acme.example/acme/prompts") is None


@pytest.mark.parametrize(
    ("environment", "token"),
    [
        ({}, None),
        ({"GITHUB_TOKEN": " "}, None),
        ({"GITHUB_TOKEN": " a\n"}, "a"),
        ({"GITHUB_TOKEN": "a\nX-Evil: b"}, None),
        ({"GITHUB_TOKEN": "ä"}, None),
        ({"GITHUB_TOKEN": "a", "GH_TOKEN": "b"}, "b"),
        ({"GITHUB_TOKEN": "a", "GH_TOKEN": ""}, "a"),
    ],
)
def test_the_token_is_the_one_that_was_given_on_purpose(environment: dict[str, str], token: str | None) -> None:
    assert token_of(environment) == token
    assert (find(environment, "https://github.com/acme/prompts") is None) == (token is None)


def test_a_token_is_never_shown() -> None:
    assert TOKEN not in repr(PUBLIC)


def test_a_session_gets_its_forge_where_there_is_a_token(tmp_path: Path, github: Served) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "clone")], check=True)
    repo = find_repository(tmp_path / "clone")
    repo.git.run("remote", "add", "origin", "https://github.com/acme/prompts.git")
    repo.git.run("remote", "add", "folder", str(github.hub.bare.folder))
    assert forge_of(repo, "origin", {}) is None
    assert forge_of(repo, None, {"GITHUB_TOKEN": TOKEN}) is None
    assert forge_of(repo, "gone", {"GITHUB_TOKEN": TOKEN}) is None
    assert isinstance(forge_of(repo, "origin", {"GITHUB_TOKEN": TOKEN}), GitHub)
    forge = forge_of(repo, "folder", github.environment)
    assert forge is not None
    assert forge.open_issue("t", "", "drift").number == 1
