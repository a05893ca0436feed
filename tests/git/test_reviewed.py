"""What was ever reviewed on the branch, who brought it, and which version files may not change any more?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mooring.core.artifact import Artifact
from mooring.core.canonical import content_hash
from mooring.ports import History, HistoryError, Standing

if TYPE_CHECKING:
    from tests.git.conftest import Repo


def hashes(*texts: str) -> set[str]:
    return {content_hash(Artifact(text)) for text in texts}


def known(history: History, prompt: str) -> set[str]:
    return set(history.reviewed(prompt))


def one_file(text: str, name: str | None = None) -> str:
    return (f"name: {name}\n" if name else "") + f"prompt: {text}\nlabels: [production]\n"


def test_every_content_that_stood_on_the_branch_is_known(repo: Repo) -> None:
    first = repo.commit({"prompts/greet.yaml": one_file("hello")})
    second = repo.commit({"prompts/greet.yaml": one_file("hi")})
    repo.commit({"prompts/greet.yaml": one_file("hello")})
    repo.git("rm", "--quiet", "prompts/greet.yaml")
    repo.commit({})
    reviewed = repo.history().reviewed("greet")
    assert set(reviewed) == hashes("hello", "hi")
    (hi,) = (entry for content, entry in reviewed.items() if content in hashes("hi"))
    assert (hi.commit, hi.key, hi.author) == (second, "head", "Ada <ada@example.org>")
    assert hi.time.startswith("2023-11-1")
    assert known(repo.history(first), "greet") == hashes("hello")
    assert known(repo.history(), "support") == hashes("one", "two")
    assert known(repo.history(), "nobody") == set()


def test_a_commit_of_a_reviewed_content_is_the_last_that_brought_it(repo: Repo) -> None:
    repo.commit({"prompts/greet.yaml": one_file("hello")})
    repo.commit({"prompts/greet.yaml": one_file("hi")})
    again = repo.commit({"prompts/greet.yaml": one_file("hello")})
    (commit,) = {e.commit for content, e in repo.history().reviewed("greet").items() if content in hashes("hello")}
    assert commit == again


def test_versions_keep_their_keys(repo: Repo) -> None:
    assert {entry.key for entry in repo.history().reviewed("support").values()} == {"v1", "v2"}


def test_the_root_commit_counts_whatever_the_settings(repo: Repo) -> None:
    for key, value in {
        "log.showRoot": "false",
        "log.showSignature": "true",
        "log.diffMerges": "off",
        "diff.renames": "copies",
        "diff.relative": "true",
        "core.quotePath": "true",
        "log.abbrevCommit": "true",
        "color.ui": "always",
        "format.pretty": "oneline",
    }.items():
        repo.git("config", key, value)
    assert known(repo.history(), "support") == hashes("one", "two")


def test_content_of_a_side_branch_counts_only_as_it_was_merged(repo: Repo) -> None:
    repo.git("switch", "--quiet", "--create", "side")
    repo.commit({"prompts/greet.yaml": one_file("draft")})
    repo.commit({"prompts/greet.yaml": one_file("final")})
    repo.git("switch", "--quiet", "main")
    repo.commit({"src/app.py": "1"})
    repo.git("merge", "--quiet", "--no-ff", "--message", "merge", "side")
    merge = repo.git("rev-parse", "HEAD")
    history = repo.history()
    assert known(history, "greet") == hashes("final")
    assert {entry.commit for entry in history.reviewed("greet").values()} == {merge}


def test_a_squashed_branch_brings_only_its_result(repo: Repo) -> None:
    repo.git("switch", "--quiet", "--create", "side")
    repo.commit({"prompts/greet.yaml": one_file("draft")})
    head = repo.commit({"prompts/greet.yaml": one_file("final")})
    repo.git("switch", "--quiet", "main")
    repo.git("merge", "--quiet", "--squash", "side")
    squashed = repo.commit({})
    assert known(repo.history(), "greet") == hashes("final")
    # The pull request's own commit is not on the branch; what it asks for is.
    branch = repo.branch()
    inputs = repo.history().inputs
    assert not branch.is_ancestor(head, squashed)
    assert branch.standing(head, squashed, inputs) is Standing.CURRENT


def test_a_renamed_file_with_a_declared_name_is_the_same_prompt(repo: Repo) -> None:
    repo.commit({"prompts/a.yaml": one_file("hello", "greet")})
    before = repo.history().desired()
    repo.git("mv", "prompts/a.yaml", "prompts/b.yaml")
    repo.commit({"prompts/b.yaml": one_file("hi", "greet")})
    history = repo.history()
    assert set(history.desired().prompts) == set(before.prompts)
    assert known(history, "greet") == hashes("hello", "hi")
    assert known(history, "a") == set()


def test_a_renamed_folder_keeps_what_was_reviewed_under_the_name_of_prompt_yaml(repo: Repo) -> None:
    repo.commit(
        {
            "prompts/old/prompt.yaml": "name: greet\nlabels: {production: v1}\n",
            "prompts/old/v1.txt": "hello",
            "prompts/old/v2.txt": "gone later",
        }
    )
    repo.git("rm", "--quiet", "prompts/old/v2.txt")
    repo.git("mv", "prompts/old", "prompts/new")
    repo.commit({})
    assert known(repo.history(), "greet") == hashes("hello", "gone later")


def test_a_prompt_that_moved_from_one_file_into_a_folder_keeps_its_past(repo: Repo) -> None:
    repo.commit({"prompts/greet.yaml": one_file("hello")})
    repo.git("rm", "--quiet", "prompts/greet.yaml")
    repo.commit({"prompts/greet/v1.yaml": "prompt: hi\n"})
    assert known(repo.history(), "greet") == hashes("hello", "hi")


def test_a_file_that_would_be_a_stray_today_was_a_prompt(repo: Repo) -> None:
    repo.commit({"prompts/team/greet.yaml": one_file("hello")})
    repo.git("rm", "--quiet", "prompts/team/greet.yaml")
    repo.commit({"prompts/team/v1.yaml": "prompt: team\n"})
    assert known(repo.history(), "team/greet") == hashes("hello")
    assert known(repo.history(), "team") == hashes("team")


def test_broken_content_was_never_reviewed(repo: Repo) -> None:
    repo.commit({"prompts/greet.yaml": "prompt: hello\nnonsense: [\n"})
    repo.commit({"prompts/greet.yaml": one_file("hi")})
    assert known(repo.history(), "greet") == hashes("hi")


@pytest.mark.parametrize("count", [1, 12])
def test_provenance_names_the_last_change_of_the_file(repo: Repo, count: int) -> None:
    first = repo.git("rev-parse", "HEAD")
    commit = repo.commit({f"prompts/p{number}.yaml": one_file(f"text {number}") for number in range(count)})
    repo.commit({"src/app.py": "1"})
    history = repo.history()
    desired = history.desired()
    for number in range(count):
        version = desired.version(f"p{number}", "production")
        assert version is not None
        assert history.provenance(version) == (commit, "Ada <ada@example.org>")
    support = desired.version("support", "production")
    assert support is not None
    assert history.provenance(support)[0] == first


def test_provenance_of_many_costs_few_processes(repo: Repo, processes: Callable[[], int]) -> None:
    repo.commit({f"prompts/p{number}.yaml": one_file(f"text {number}") for number in range(100)})
    history = repo.history()
    versions = [prompt.versions["head"] for name, prompt in history.desired().prompts.items() if name != "support"]
    processes()
    assert len({history.provenance(version) for version in versions}) == 1
    assert processes() < 20


def test_an_edited_version_is_a_problem_and_a_new_one_is_not(repo: Repo) -> None:
    reference = repo.git("rev-parse", "HEAD")
    repo.commit({"prompts/support/v2.yaml": "prompt: changed\n", "prompts/support/v3.yaml": "prompt: three\n"})
    (problem,) = repo.history().edited_versions(reference)
    assert problem.path == "prompts/support/v2.yaml"
    assert "mooring new support" in problem.fix
    assert reference[:12] in problem.message
    assert repo.history().edited_versions(repo.git("rev-parse", "HEAD")) == []


def test_an_edit_that_was_taken_back_is_no_problem(repo: Repo) -> None:
    edited = repo.commit({"prompts/support/v2.yaml": "prompt: changed\n"})
    repo.commit({"prompts/support/v2.yaml": "prompt: third\n"})
    assert [problem.path for problem in repo.history().edited_versions(edited)] == ["prompts/support/v2.yaml"]
    repo.git("checkout", "--quiet", f"{edited}^", "--", "prompts/support/v2.yaml")
    repo.git("commit", "--quiet", "-m", "Take it back")
    assert repo.history().edited_versions(edited) == []
    again = repo.git("rev-parse", "HEAD")
    repo.commit({"prompts/support/v2.yaml": "prompt: changed\n"})
    assert len(repo.history().edited_versions(again)) == 1


def test_a_comment_in_a_version_may_change(repo: Repo) -> None:
    reference = repo.git("rev-parse", "HEAD")
    repo.commit({"prompts/support/v2.yaml": "# why\nprompt:   two\n"})
    assert repo.history().edited_versions(reference) == []


def test_one_file_prompts_and_labels_may_change(repo: Repo) -> None:
    reference = repo.commit({"prompts/greet.yaml": one_file("hello")})
    repo.commit({"prompts/greet.yaml": one_file("hi"), "prompts/registry.yaml": "support: {production: v1}\n"})
    assert repo.history().edited_versions(reference) == []


def test_a_broken_version_may_be_repaired_and_a_reference_may_lack_prompts(repo: Repo) -> None:
    empty = repo.commit({})
    repo.git("rm", "-r", "--quiet", "prompts")
    without = repo.commit({})
    broken = repo.commit({"prompts/support/v1.yaml": "prompt: [\n"})
    repo.commit({"prompts/support/v1.yaml": "prompt: repaired\n"})
    history = repo.history()
    assert history.edited_versions(broken) == []
    assert history.edited_versions(without) == []
    assert [problem.path for problem in history.edited_versions(empty)] == ["prompts/support/v1.yaml"]


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_shallow_clone_knows_all_history_and_stays_as_it_is(repo: Repo, tmp_path: Path, depth: int) -> None:
    repo.commit({"prompts/greet.yaml": one_file("hello")})
    old = repo.commit({"prompts/greet.yaml": one_file("hi")})
    repo.commit({"prompts/greet.yaml": one_file("hey")})
    shallow = repo.clone(tmp_path / "shallow", "--depth", str(depth))
    before = shallow.state()
    history = shallow.history(remote="origin")
    assert known(history, "greet") == hashes("hello", "hi", "hey")
    branch = shallow.branch("origin")
    tip = branch.tip()
    assert branch.is_ancestor(old, tip)
    assert branch.standing(old, tip, history.inputs) is Standing.SUPERSEDED
    support = history.desired().version("support", "production")
    assert support is not None
    assert history.provenance(support)[0] == repo.git("rev-list", "--max-parents=0", "HEAD")
    assert shallow.state() == before


def test_a_shallow_clone_with_a_commit_of_its_own(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"prompts/greet.yaml": one_file("hello")})
    repo.commit({"prompts/greet.yaml": one_file("hi")})
    shallow = repo.clone(tmp_path / "shallow", "--depth", "1")
    shallow.commit({"prompts/greet.yaml": one_file("hey")})
    before = shallow.state()
    assert known(shallow.history(remote="origin"), "greet") == hashes("hello", "hi", "hey")
    assert shallow.state() == before


def test_a_shallow_clone_without_its_remote_says_what_to_do(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"prompts/greet.yaml": one_file("hello")})
    shallow = repo.clone(tmp_path / "shallow", "--depth", "1")
    repo.root.rename(tmp_path / "moved")
    for remote in ("origin", None):
        history = shallow.history(remote=remote)
        assert history.desired().side("greet", "production") in hashes("hello")
        with pytest.raises(HistoryError, match="fetch-depth: 0"):
            history.reviewed("greet")
        version = history.desired().version("greet", "production")
        assert version is not None
        assert history.provenance(version)[0] == history.commit


def test_a_partial_clone_fetches_history_beside_itself(repo: Repo, tmp_path: Path) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.commit({"prompts/greet.yaml": one_file("hello")})
    repo.commit({"prompts/greet.yaml": one_file("hi")})
    partial = repo.clone(tmp_path / "partial", "--filter=blob:none")
    before = partial.state()
    history = partial.history(remote="origin")
    assert known(history, "greet") == hashes("hello", "hi")
    assert partial.state() == before
    assert not (tmp_path / "partial/.git/mooring/source.git/objects/info/alternates").exists()
