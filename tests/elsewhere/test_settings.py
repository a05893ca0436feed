"""What a CI tells git by the environment alone reaches the pushes of the ledger too."""

import os
import subprocess
from pathlib import Path

import pytest

from mooring.ledger.connection import connect

HELPER = "!f() { echo username=mooring; echo password=$MOORING_GIT_TOKEN; }; f"
URL = "https://gitlab.example.com"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone whose job gave git a helper and a name, in no file."""
    for name in [name for name in os.environ if name.startswith(("GIT_CONFIG_COUNT", "GIT_AUTHOR_", "GIT_COMMITTER_"))]:
        monkeypatch.delenv(name)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "remote", "add", "origin", f"{URL}/a/b.git"], check=True)
    told = {f"credential.{URL}.helper": HELPER, f"http.{URL}/.extraheader": "X-Job: 7"}
    for number, (key, value) in enumerate(told.items()):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", key)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", value)
    monkeypatch.setenv("GIT_CONFIG_COUNT", str(len(told)))
    monkeypatch.setenv("MOORING_GIT_TOKEN", "glpat-fake")
    return tmp_path


def test_a_helper_and_a_header_of_the_environment_are_handed_over_once(repository: Path) -> None:
    way = connect(repository, "origin")
    filled = way.git.run("credential", "fill", stdin=f"url={URL}/a/b.git\n\n".encode()).decode()
    assert "password=glpat-fake" in filled
    assert way.git.text("config", "--get-all", f"http.{URL}/.extraheader").splitlines() == ["X-Job: 7"]


def test_the_name_of_the_environment_stands_in_the_ledger(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "-C", str(repository), "config", "user.name", "Runner"], check=True)
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Grace")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "grace@example.org")
    assert connect(repository, "origin").author == "Grace <grace@example.org>"
