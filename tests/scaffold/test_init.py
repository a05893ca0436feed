"""What does `mooring init` write into the repositories that there are, and what does it say to set?"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from mooring.cli import run
from mooring.config import load_config

MLFLOW = ("--adapter", "mlflow", "--url", "http://127.0.0.1:9", "--target", "prod")
LANGFUSE = ("--adapter", "langfuse", "--url", "http://127.0.0.1:9", "--target", "prod")


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody with a new repository."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def git(self, *words: str) -> None:
        subprocess.run(["git", *words], cwd=self.folder, check=True, capture_output=True)

    def init(self, *words: str, folder: str = ".") -> str:
        (self.folder / folder).mkdir(parents=True, exist_ok=True)
        assert self.type("-C", folder, "init", *words) == 0
        return self.capture.readouterr().out

    def type(self, *words: str) -> int:
        self.capture.readouterr()
        return run(list(words))

    def files(self) -> set[str]:
        found = (path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())
        return {path for path in found if not path.startswith(".git/") and "prompts/" not in path}

    def id(self, folder: str) -> str:
        return load_config((self.folder / folder / "mooring.yaml").read_bytes(), "mooring.yaml").id


@pytest.fixture
def owner(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Owner:
    folder = tmp_path / "prompts-of-acme"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in [name for name in os.environ if name.startswith(("LANGFUSE_", "MLFLOW_", "GITHUB_"))]:
        monkeypatch.delenv(name)
    made = Owner(folder, capsys)
    made.git("init", "--quiet", "--initial-branch=main")
    return made


def test_on_github_it_says_which_secrets_and_which_setting(owner: Owner) -> None:
    owner.git("remote", "add", "origin", "git@github.com:acme/prompts.git")
    said = owner.init(*LANGFUSE)
    assert owner.files() == {"mooring.yaml", ".github/workflows/mooring.yml"}
    assert owner.id(".") == "prompts"
    assert "\n  gh secret set LANGFUSE_PUBLIC_KEY\n  gh secret set LANGFUSE_SECRET_KEY\n" in said
    assert "can_approve_pull_request_reviews=true" in said
    assert "git add mooring.yaml prompts .github/workflows/mooring.yml &&" in said


def test_for_a_platform_on_this_machine_there_is_nothing_to_set(owner: Owner) -> None:
    said = owner.init("--adapter", "memory", "--url", "memory:///platform.json", "--target", "local")
    assert owner.files() == {"mooring.yaml", ".github/workflows/mooring.yml"}
    assert "secret" not in said
    assert "gh " not in said


def test_on_gitlab_it_writes_jobs_for_gitlab(owner: Owner) -> None:
    owner.git("remote", "add", "origin", "https://gitlab.example.com/acme/prompts.git")
    said = owner.init(*LANGFUSE)
    assert owner.files() == {"mooring.yaml", ".gitlab-ci.yml"}
    assert "glab variable set MOORING_GIT_TOKEN" in said
    assert "glab variable set LANGFUSE_SECRET_KEY" in said
    assert "include" not in said
    assert "gh secret" not in said


def test_the_repositorys_own_jobs_stay_as_they_are(owner: Owner) -> None:
    (owner.folder / ".gitlab-ci.yml").write_text("test: {script: [make test]}\n", encoding="utf-8")
    said = owner.init(*MLFLOW)
    assert (owner.folder / ".gitlab-ci.yml").read_text(encoding="utf-8") == "test: {script: [make test]}\n"
    assert owner.files() == {"mooring.yaml", ".gitlab-ci.yml", ".gitlab/mooring.yml"}
    assert "  include:\n    - local: .gitlab/mooring.yml\n" in said


def test_on_another_host_it_writes_no_jobs_and_names_the_page(owner: Owner) -> None:
    owner.git("remote", "add", "origin", "https://bitbucket.org/acme/prompts.git")
    said = owner.init(*MLFLOW)
    assert owner.files() == {"mooring.yaml"}
    assert "neither GitHub nor GitLab" in said
    assert "docs/ci.md" in said


def test_in_a_monorepo_each_folder_has_its_own_and_the_first_is_never_touched(owner: Owner) -> None:
    owner.init(*MLFLOW)
    first = (owner.folder / ".github/workflows/mooring.yml").read_bytes()
    said = owner.init(*MLFLOW, folder="services/shop")
    assert owner.id(".") == "prompts-of-acme"
    second = owner.id("services/shop")
    assert second not in {"", "prompts-of-acme"}
    assert "shop" in second
    added = {"services/shop/mooring.yaml", f".github/workflows/mooring-{second}.yml"}
    assert owner.files() == {"mooring.yaml", ".github/workflows/mooring.yml"} | added
    assert (owner.folder / ".github/workflows/mooring.yml").read_bytes() == first
    assert "\n  mooring -C services/shop plan " in said


@pytest.mark.parametrize("folder", [".", "services/shop"])
def test_a_second_time_nothing_new_is_written(owner: Owner, folder: str) -> None:
    owner.init(*MLFLOW)
    owner.init(*MLFLOW, folder="services/shop")
    before = owner.files()
    said = owner.init(*MLFLOW, "--id", "another", folder=folder)
    assert owner.files() == before
    assert "Wrote" not in said


def test_an_id_that_a_neighbour_has_is_refused(owner: Owner) -> None:
    owner.init(*MLFLOW, "--id", "acme")
    (owner.folder / "shop").mkdir()
    assert owner.type("-C", "shop", "init", *MLFLOW, "--id", "Acme") == 64
    assert "mooring.yaml:2" in owner.capture.readouterr().err
    assert owner.files() == {"mooring.yaml", ".github/workflows/mooring.yml"}


def test_jobs_follow_the_branch_that_the_remote_holds_for_true(owner: Owner) -> None:
    owner.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    owner.init(*MLFLOW)
    assert "branches: [trunk]" in (owner.folder / ".github/workflows/mooring.yml").read_text(encoding="utf-8")
