"""Is each blob parsed once ever, and does nothing depend on the memory of it?"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mooring.git.files import parsed_blobs
from mooring.git.repository import find_repository, read_blobs
from mooring.ports import HistoryError

if TYPE_CHECKING:
    from tests.git.conftest import Repo


def memory_file(repo: Repo) -> Path:
    return repo.root / ".git/mooring/cache.sqlite"


def forget_trees(repo: Repo) -> None:
    """Take away what was assembled, so that what was parsed is asked."""
    with closing(sqlite3.connect(memory_file(repo))) as memory, memory:
        memory.execute("DELETE FROM assembled")


def test_a_second_run_parses_nothing_and_sees_the_same(repo: Repo) -> None:
    first, second = repo.history(), repo.history()
    assert first.desired() == second.desired()
    assert first.memory.parses == 3
    assert second.memory.parses == 0
    again = repo.history()
    again.desired()
    again.reviewed("support")
    assert again.memory.parses == 0
    forget_trees(repo)
    third = repo.history()
    assert third.desired() == first.desired()
    assert third.memory.parses == 0


def test_a_changed_file_is_parsed_alone(repo: Repo) -> None:
    repo.history().desired()
    repo.commit({"prompts/support/v3.yaml": "prompt: three\n"})
    history = repo.history()
    history.desired()
    assert history.memory.parses == 1


def test_flaws_are_remembered_too(repo: Repo) -> None:
    repo.commit({"prompts/support/v3.yaml": "prompt: [\n", "prompts/support/v4.yaml": b"\xff"})
    first, second = repo.history(), repo.history()
    first.desired()
    forget_trees(repo)
    assert first.desired() == second.desired()
    assert len(second.desired().problems) == 2
    assert second.memory.parses == 0


def test_the_same_bytes_in_another_role_are_another_thing(repo: Repo) -> None:
    same = "prompt: hello\n"
    repo.commit({"prompts/a/v1.yaml": same, "prompts/a/v1.txt": same, "prompts/b.yaml": same, "prompts/c/v1.txt": same})
    for _ in range(2):
        prompts = repo.history().desired().prompts
        assert prompts["b"].versions["head"].hash != prompts["c"].versions["v1"].hash


def test_linked_work_trees_share_the_memory(repo: Repo, tmp_path: Path) -> None:
    repo.history().desired()
    repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    linked = type(repo)(tmp_path / "linked").history()
    linked.desired()
    assert linked.memory.parses == 0


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_broken_memory_is_replaced(repo: Repo, content: bytes) -> None:
    expected = repo.history().desired()
    memory_file(repo).write_bytes(content)
    history = repo.history()
    assert history.desired() == expected
    assert history.memory.parses == 3
    repo.history().desired()
    last = repo.history()
    last.desired()
    assert last.memory.parses == 0


@pytest.mark.parametrize(
    "value", ["", "{}", "[]", "null", '{"role": "registry"}', '{"role": "version-yaml", "hash": 1}']
)
def test_a_damaged_entry_is_parsed_again(repo: Repo, value: str) -> None:
    expected = repo.history().desired()
    with closing(sqlite3.connect(memory_file(repo))) as memory, memory:
        memory.execute("UPDATE parsed SET value = ? WHERE role = 'version-yaml'", (value,))
    forget_trees(repo)
    history = repo.history()
    assert history.desired() == expected
    assert history.memory.parses == 2


def test_entries_of_another_version_do_not_count(repo: Repo) -> None:
    repo.history().desired()
    with closing(sqlite3.connect(memory_file(repo))) as memory, memory:
        memory.execute("UPDATE parsed SET version = '0.0.1/0', value = '{}'")
    forget_trees(repo)
    history = repo.history()
    history.desired()
    assert history.memory.parses == 3
    with closing(sqlite3.connect(memory_file(repo))) as memory:
        assert memory.execute("SELECT COUNT(*) FROM parsed").fetchone() == (3,)


def test_a_locked_memory_is_done_without(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mooring.memory_file._WAIT", 0.01)
    expected = repo.history().desired()
    with closing(sqlite3.connect(memory_file(repo))) as memory:
        memory.execute("BEGIN EXCLUSIVE")
        history = repo.history()
        assert history.desired() == expected
        assert history.memory.parses == 3
    assert memory_file(repo).exists()


def test_a_place_that_cannot_be_written_is_done_without(repo: Repo) -> None:
    (repo.root / ".git/mooring").write_text("a file where the folder should be")
    assert repo.history().desired().problems == ()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_clone_is_done_without(repo: Repo) -> None:
    (repo.root / ".git").chmod(0o555)
    try:
        assert repo.history().desired().problems == ()
    finally:
        (repo.root / ".git").chmod(0o755)


def test_a_lost_blob_is_an_error_with_its_id(repo: Repo) -> None:
    blob = repo.git("rev-parse", "HEAD:prompts/support/v1.yaml")
    (repo.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(HistoryError, match=blob):
        repo.history().desired()


def test_two_thousand_files_cost_as_many_processes_as_one(repo: Repo, processes: Callable[[], int]) -> None:
    repo.commit({f"prompts/p{number}.yaml": f"prompt: text {number}\nlabels: [production]\n" for number in range(2000)})
    processes()
    history = repo.history()
    opening = processes()
    assert len(history.desired().prompts) == 2001
    assert history.memory.parses == 2003
    # Is the commit here, which tree is it, what is in it, what do the files say?
    assert processes() == 4
    history = repo.history()
    assert processes() == opening == 2
    history.desired()
    assert processes() == 2
    assert history.memory.parses == 0


def test_contents_come_in_the_order_asked_and_once(repo: Repo) -> None:
    git = find_repository(repo.root).git
    ids = [repo.git("rev-parse", f"HEAD:prompts/support/{key}.yaml") for key in ("v2", "v1", "v2")]
    assert list(read_blobs(git, ids)) == [(ids[0], b"prompt: two\n"), (ids[1], b"prompt: one\n")]
    assert list(read_blobs(git, [])) == []


def test_the_memory_can_be_shared_between_histories(repo: Repo) -> None:
    memory = parsed_blobs(find_repository(repo.root))
    assert memory.parsed([], lambda _: iter(())) == {}
    assert memory.parses == 0
