"""Does git get its identity and its login for this process alone?"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from mooring.action.git_access import credential, identity
from mooring.git.command import Git

ADA = ("ada", "7+ada@users.noreply.github.com")
TOKEN = "ghs_made_up"
LOGIN = "basic eC1hY2Nlc3MtdG9rZW46Z2hzX21hZGVfdXA="


@contextmanager
def git_host() -> Iterator[tuple[str, list[str | None]]]:
    heard: list[str | None] = []

    class Host(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.headers.get("Authorization"))
            self.send_response(404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's own name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def point(clone: Path, url: str) -> None:
    subprocess.run(["git", "-C", str(clone), "remote", "add", "origin", url], check=True)


def test_the_token_goes_to_the_host_that_it_is_for_and_into_no_file(clone: Path) -> None:
    with git_host() as (url, heard):
        point(clone, f"{url}/acme/prompts")
        given = credential(clone, TOKEN, {"GITHUB_SERVER_URL": url})
        done = Git(clone, given).attempt("ls-remote", "origin")
    assert set(heard) == {LOGIN}
    assert TOKEN not in done.stderr.decode()
    assert not any(TOKEN in file.read_text(errors="replace") for file in clone.rglob("*") if file.is_file())


@pytest.mark.parametrize(
    "url", ["https://gitlab.example/acme/prompts", "git@github.com:acme/prompts", "/srv/prompts.git", "http://github.com/a/b"]
)  # fmt: skip
def test_no_other_host_is_sent_it(clone: Path, url: str) -> None:
    point(clone, url)
    assert credential(clone, TOKEN, {"GITHUB_SERVER_URL": "https://github.com"}) == {}


def test_a_login_that_checkout_left_is_not_given_twice(clone: Path) -> None:
    point(clone, "https://github.com/acme/prompts")
    here = {"GITHUB_SERVER_URL": "https://github.com"}
    assert credential(clone, TOKEN, here)["GIT_CONFIG_COUNT"] == "1"
    key = "http.https://github.com/.extraheader"
    subprocess.run(["git", "-C", str(clone), "config", key, "AUTHORIZATION: basic abc"], check=True)
    assert credential(clone, TOKEN, here) == {}


def test_what_a_workflow_configured_by_variables_stays(clone: Path) -> None:
    point(clone, "https://github.com/acme/prompts")
    given = credential(clone, TOKEN, {"GITHUB_SERVER_URL": "https://github.com", "GIT_CONFIG_COUNT": "2"})
    assert sorted(given) == ["GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_2", "GIT_CONFIG_VALUE_2"]
    assert given["GIT_CONFIG_COUNT"] == "3"


def test_without_a_token_or_a_repository_there_is_nothing_to_hand_over(tmp_path: Path, clone: Path) -> None:
    here = {"GITHUB_SERVER_URL": "https://github.com"}
    assert credential(tmp_path / "nowhere", TOKEN, here) == {}
    point(clone, "https://github.com/acme/prompts")
    assert credential(clone, "", here) == {}


def test_git_signs_as_whoever_started_the_job_unless_the_workflow_says_who() -> None:
    given = identity(ADA, {"GIT_COMMITTER_NAME": "Release"})
    assert given == {"GIT_AUTHOR_NAME": "ada", "GIT_AUTHOR_EMAIL": ADA[1], "GIT_COMMITTER_EMAIL": ADA[1]}
