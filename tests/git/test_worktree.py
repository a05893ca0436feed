"""What do uncommitted files ask for, and which of them are not in a plan?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mooring.core.address import ABSENT, INVALID
from mooring.core.artifact import Artifact
from mooring.core.canonical import content_hash
from mooring.git.repository import Inputs, find_repository, uncommitted
from mooring.git.worktree import WorktreeHistory
from mooring.ports import HistoryError

if TYPE_CHECKING:
    from tests.git.conftest import Repo

INPUTS = Inputs("prompts", "mooring.yaml")


def worktree(repo: Repo, inputs: Inputs = INPUTS) -> WorktreeHistory:
    return WorktreeHistory(find_repository(repo.root), inputs, repo.history())


def test_reads_the_files_as_they_are(repo: Repo) -> None:
    repo.write("prompts/support/v3.yaml", "prompt: three\n")
    repo.write("prompts/registry.yaml", "support: {production: v3, staging: v1}\n")
    (repo.root / "prompts/support/v2.yaml").unlink()
    history = worktree(repo)
    desired = history.desired()
    assert desired.commit is None
    assert desired.side("support", "production") == content_hash(Artifact("three"))
    assert "v2" not in desired.prompts["support"].versions
    version = desired.version("support", "production")
    assert version is not None
    assert history.artifact(version) == Artifact("three")
    assert history.provenance(version) == ("", "Ada <ada@example.org>")
    staging = desired.version("support", "staging")
    assert staging is not None
    assert history.provenance(staging)[0] == repo.git("rev-parse", "HEAD")
    assert set(history.reviewed("support")) == {content_hash(Artifact("one")), content_hash(Artifact("two"))}


def test_a_clean_work_tree_asks_for_what_its_commit_asks_for(repo: Repo) -> None:
    committed, here = repo.history().desired(), worktree(repo).desired()
    assert here.prompts == committed.prompts
    assert worktree(repo).memory.parses == 0


def test_what_git_ignores_does_not_count(repo: Repo) -> None:
    repo.commit({".gitignore": "*.draft.yaml\n"})
    repo.write("prompts/note.draft.yaml", "prompt: x\n")
    assert set(worktree(repo).desired().prompts) == {"support"}


def test_equal_files_have_an_equal_tree(repo: Repo) -> None:
    first = worktree(repo).desired().tree
    assert worktree(repo).desired().tree == first
    repo.write("mooring.yaml", "version: 1\n")
    second = worktree(repo).desired().tree
    repo.write("prompts/x.yaml", "prompt: x\n")
    assert len({first, second, worktree(repo).desired().tree, repo.history().desired().tree}) == 4


def test_links_and_repositories_inside_are_problems(repo: Repo, new_repo: Callable[[str], Repo]) -> None:
    (repo.root / "prompts/support/v2.yaml").unlink()
    (repo.root / "prompts/support/v2.yaml").symlink_to("v1.yaml")
    inner = new_repo("repo/prompts/inner")
    inner.commit({"v1.yaml": "prompt: theirs\n"})
    desired = worktree(repo).desired()
    assert [problem.path for problem in desired.problems] == ["prompts/inner", "prompts/support/v2.yaml"]
    assert desired.side("support", "production") == INVALID


def test_a_folder_that_became_a_link_is_not_followed(repo: Repo, tmp_path: Path) -> None:
    (repo.root / "prompts/support").rename(tmp_path / "elsewhere")
    (repo.root / "prompts/support").symlink_to(tmp_path / "elsewhere")
    desired = worktree(repo).desired()
    assert "prompts/support" in [problem.path for problem in desired.problems]
    assert desired.prompts["support"].versions.get("v2") is None


def test_a_prompts_folder_that_is_a_link_is_a_problem(repo: Repo, tmp_path: Path) -> None:
    (repo.root / "prompts").rename(tmp_path / "elsewhere")
    (repo.root / "prompts").symlink_to(tmp_path / "elsewhere")
    desired = worktree(repo).desired()
    assert [problem.path for problem in desired.problems] == ["prompts"]
    assert desired.side("support", "production") == INVALID


def test_no_prompts_folder_and_no_config(repo: Repo) -> None:
    for place in ("mooring.yaml", "prompts/support/v1.yaml", "prompts/support/v2.yaml", "prompts/registry.yaml"):
        (repo.root / place).unlink()
    history = worktree(repo)
    desired = history.desired()
    assert desired.prompts == {}
    assert desired.side("support", "production") == ABSENT
    assert [problem.path for problem in desired.problems] == ["mooring.yaml"]
    with pytest.raises(HistoryError, match="mooring init"):
        history.config_text()


def test_before_the_first_commit(new_repo: Callable[[str], Repo]) -> None:
    fresh = new_repo("fresh")
    fresh.write("mooring.yaml", "version: 1\n")
    fresh.write("prompts/x.yaml", "prompt: x\nlabels: [a]\n")
    history = WorktreeHistory(find_repository(fresh.root), INPUTS, None)
    assert history.desired().side("x", "a") == content_hash(Artifact("x"))
    assert history.reviewed("x") == {}
    assert history.edited_versions("HEAD") == []
    assert history.config_text() == "version: 1\n"


def test_an_edited_version_is_a_problem_before_it_is_committed(repo: Repo) -> None:
    repo.write("prompts/support/v1.yaml", "prompt: changed\n")
    (problem,) = worktree(repo).edited_versions(repo.git("rev-parse", "HEAD"))
    assert problem.path == "prompts/support/v1.yaml"


def test_a_file_that_changes_while_it_is_read_is_an_error(repo: Repo) -> None:
    history = worktree(repo)
    version = history.desired().version("support", "production")
    assert version is not None
    repo.write("prompts/support/v2.yaml", "prompt: changed\n")
    with pytest.raises(HistoryError, match="was changed while it was read"):
        history.artifact(version)


def test_uncommitted_files_are_listed_and_nothing_is_touched(repo: Repo) -> None:
    here = find_repository(repo.root)
    assert uncommitted(here, "prompts", "mooring.yaml") == ()
    repo.write("prompts/support/v2.yaml", "prompt: changed\n")
    repo.write("prompts/new prompt/v1.yaml", "prompt: new\n")
    repo.write("prompts/ünï.yaml", "prompt: new\n")
    repo.write("other.txt", "x")
    repo.git("mv", "prompts/support/v1.yaml", "prompts/support/v9.yaml")
    before = repo.state()
    assert uncommitted(here, "prompts", "mooring.yaml") == (
        "prompts/new prompt/v1.yaml",
        "prompts/support/v1.yaml",
        "prompts/support/v2.yaml",
        "prompts/support/v9.yaml",
        "prompts/ünï.yaml",
    )
    assert "other.txt" in uncommitted(here, "")
    assert repo.state() == before
