"""Is a proposal that is written into the work tree kept inside of it, and away from what steers Git?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mooring.git.desk import WorktreeDesk
from mooring.git.repository import find_repository
from mooring.git.worktree import WorktreeHistory
from mooring.ports import Fate, HistoryError, Proposal

if TYPE_CHECKING:
    from tests.git.conftest import Repo


@pytest.fixture
def desk(repo: Repo) -> WorktreeDesk:
    found = find_repository(repo.root)
    inputs = found.inputs("mooring.yaml", "prompts/")
    return WorktreeDesk(found, inputs, WorktreeHistory(found, inputs, repo.history()))


@pytest.mark.parametrize(
    "path",
    [
        "../outside.txt",
        "prompts/../../outside.txt",
        ".git/hooks/post-commit",
        "prompts/.GIT/config",
        ".github/workflows/steal.yml",
        "prompts//empty.yaml",
        "prompts/a\nb.yaml",
    ],
)
def test_nothing_is_written_outside_or_into_what_steers_git(repo: Repo, desk: WorktreeDesk, path: str) -> None:
    tip = desk.tip()
    before = sorted(str(one) for one in repo.root.parent.rglob("*"))
    with pytest.raises(HistoryError, match="cannot be proposed"):
        desk.propose(tip, Proposal("mooring/x", "message", {"prompts/fine.yaml": b"prompt: x\n", path: b"x"}))
    assert sorted(str(one) for one in repo.root.parent.rglob("*")) == before, "not even the file before it"


def test_a_link_in_the_way_is_not_followed(repo: Repo, desk: WorktreeDesk) -> None:
    outside = repo.root.parent / "outside"
    outside.mkdir()
    (repo.root / "prompts" / "linked").symlink_to(outside)
    with pytest.raises(HistoryError, match="symbolic link"):
        desk.propose(desk.tip(), Proposal("mooring/x", "message", {"prompts/linked/x.yaml": b"prompt: x\n"}))
    assert list(outside.iterdir()) == []


def test_files_are_written_and_taken_away_where_they_belong(repo: Repo, desk: WorktreeDesk) -> None:
    files = {"prompts/support/v3.yaml": b"prompt: three\n", "prompts/support/v1.yaml": None}
    made = desk.propose(desk.tip(), Proposal("mooring/x", "a message", files))
    assert made.fate is Fate.WRITTEN
    assert (repo.root / "prompts/support/v3.yaml").read_bytes() == b"prompt: three\n"
    assert not (repo.root / "prompts/support/v1.yaml").exists()
