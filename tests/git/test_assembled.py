"""Does a tree that was looked at before ask for the same, whatever becomes of the memory of it?"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.core.address import ContentHash, Gap
from mooring.core.desired import Desired, DesiredPrompt, Problem, PromptFacts, Version
from mooring.git.assembled import AssembledTrees, from_json, to_json
from mooring.git.repository import find_repository
from mooring.memory_file import MemoryFile

if TYPE_CHECKING:
    from tests.git.conftest import Repo

texts = st.text(max_size=8)
lists = st.none() | st.lists(texts, max_size=3).map(tuple)
hashes: st.SearchStrategy[ContentHash | Gap] = texts.map(ContentHash) | st.sampled_from(Gap)
# Built from the fields' types: a field that is added later is drawn, and must come back, too.
versions = st.builds(Version, hash=hashes)
facts = st.builds(PromptFacts, tags=lists, owners=st.lists(texts, max_size=2).map(tuple), variables=lists)


@st.composite
def desired(draw: st.DrawFn) -> Desired:
    prompts = draw(
        st.lists(
            st.builds(
                DesiredPrompt,
                versions=st.lists(versions, max_size=3).map(lambda made: {one.key: one for one in made}),
                labels=st.dictionaries(texts | st.sampled_from(["gap", "of"]), texts, max_size=3),
                facts=facts | st.just(PromptFacts()),
            ),
            max_size=4,
        )
    )
    problems = draw(st.lists(st.builds(Problem), max_size=2))
    return Desired(None, "", {one.name: one for one in prompts}, tuple(problems), draw(st.booleans()))


@given(desired())
def test_nothing_is_lost_on_the_way(asked: Desired) -> None:
    again = from_json(json.loads(json.dumps(to_json(asked))))
    assert again == asked
    assert list(again.prompts) == list(asked.prompts)
    for name, prompt in asked.prompts.items():
        assert list(again.prompts[name].versions) == list(prompt.versions)
        assert list(again.prompts[name].labels) == list(prompt.labels)


def test_every_field_is_carried_and_no_other_kind_of_value() -> None:
    doc = to_json(Desired(None, "", {"a": DesiredPrompt("a")}))
    assert isinstance(doc, dict)
    for kind, table in (
        (Version, "versions"),
        (PromptFacts, "facts"),
        (Problem, "problems"),
        (DesiredPrompt, "prompts"),
    ):
        columns = doc[table]
        assert isinstance(columns, dict)
        assert {one.name for one in fields(kind)} == set(columns)
    with pytest.raises(TypeError, match="set cannot be remembered"):
        to_json(Desired(None, "", {"a": DesiredPrompt("a", labels={"x": {"y"}})}))  # type: ignore[dict-item]


def test_the_same_tree_is_not_even_listed_again(repo: Repo, processes: Callable[[], int]) -> None:
    first = repo.history().desired()
    head = repo.commit({"src/app.py": "x = 1\n", "mooring.yaml": "version: 1\nid: other\n"})
    history = repo.history()
    processes()
    second = history.desired()
    assert processes() == 2
    assert second.prompts == first.prompts
    assert second.commit == head
    assert second.tree != first.tree


def test_what_is_said_of_the_commit_is_not_remembered_of_the_tree(repo: Repo) -> None:
    repo.history().desired()
    repo.git("rm", "--quiet", "mooring.yaml")
    without = repo.commit({})
    (problem,) = repo.history().desired().problems
    assert without[:12] in problem.message
    repo.commit({"mooring.yaml": "version: 1\n"})
    assert repo.history().desired().problems == ()


def test_one_tree_in_two_places_has_two_paths(repo: Repo) -> None:
    repo.git("mv", "prompts", "other")
    repo.git("commit", "--quiet", "-m", "move")
    here = repo.history("HEAD^").desired().prompts["support"]
    there = repo.history(prompts="other").desired().prompts["support"]
    assert here.versions["v1"].path == "prompts/support/v1.yaml"
    assert there.versions["v1"].path == "other/support/v1.yaml"


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE assembled SET value = replace(value, 'v2', 'v1')",
        "UPDATE assembled SET value = ''",
        "UPDATE assembled SET value = NULL",
        "UPDATE assembled SET value = x'ff'",
        "UPDATE assembled SET digest = ''",
        "DROP TABLE assembled",
    ],
)
def test_a_damaged_tree_is_assembled_again(repo: Repo, damage: str) -> None:
    expected = repo.history().desired()
    with closing(sqlite3.connect(repo.root / ".git/mooring/cache.sqlite")) as memory, memory:
        memory.execute(damage)
    assert repo.history().desired() == expected
    assert repo.history().desired() == expected


def test_a_tree_of_another_name_or_version_is_not_taken(repo: Repo) -> None:
    expected = repo.history().desired()
    for column, value in (("tree", "0" * 40), ("prefix", '"other/"'), ("version", "0.0.1/0/0")):
        with closing(sqlite3.connect(repo.root / ".git/mooring/cache.sqlite")) as memory, memory:
            memory.execute(f"UPDATE OR REPLACE assembled SET {column} = ?", (value,))  # noqa: S608
        memory_of = AssembledTrees(MemoryFile(repo.root / ".git/mooring/cache.sqlite"))
        assert memory_of.recall("0" * 40, "prompts/") is None
        assert repo.history().desired() == expected


def test_a_handful_of_trees_is_kept(repo: Repo) -> None:
    for number in range(6):
        repo.commit({"prompts/other.yaml": f"prompt: text {number}\n"})
        repo.history().desired()
    with closing(sqlite3.connect(repo.root / ".git/mooring/cache.sqlite")) as memory:
        assert memory.execute("SELECT COUNT(*) FROM assembled").fetchone() == (4,)
    trees = AssembledTrees(MemoryFile(repo.root / ".git/mooring/cache.sqlite"))
    for back, known in ((0, True), (3, True), (4, False)):
        tree = repo.git("rev-parse", f"HEAD~{back}:prompts")
        assert (trees.recall(tree, "prompts/") is not None) is known


def test_a_memory_that_is_locked_is_waited_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mooring.memory_file._WAIT", 0.01)
    place = tmp_path / "memory.sqlite"
    asked: list[int] = []
    first, second = MemoryFile(place), MemoryFile(place)
    first.remember("CREATE TABLE t (x INTEGER)", write=lambda memory: memory.execute("INSERT INTO t VALUES (1)"))
    with closing(sqlite3.connect(place)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        assert first.recall(lambda memory: memory.execute("SELECT x FROM t").fetchone()) is None
    assert first.recall(lambda _: asked.append(1)) is None
    assert asked == []
    assert second.recall(lambda memory: memory.execute("SELECT x FROM t").fetchone()) == (1,)


def test_what_was_remembered_is_the_memorys_of_the_clone(repo: Repo, tmp_path: Path) -> None:
    repo.history().desired()
    repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    linked = find_repository(tmp_path / "linked")
    trees = AssembledTrees(MemoryFile(linked.own / "cache.sqlite"))
    assert trees.recall(repo.git("rev-parse", "HEAD:prompts"), "prompts/") is not None
