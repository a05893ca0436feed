"""Does a history say what the commit says, whatever the work tree and the settings of the clone are?"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mooring.core.address import ABSENT, INVALID
from mooring.core.artifact import Artifact
from mooring.core.canonical import content_hash
from mooring.core.desired import Version
from mooring.ports import History, HistoryError

if TYPE_CHECKING:
    from tests.git.conftest import Repo

ONE, TWO = (content_hash(Artifact(text)) for text in ("one", "two"))


def known(history: History, prompt: str) -> set[str]:
    return set(history.reviewed(prompt))


def test_reads_what_the_pinned_commit_says(repo: Repo) -> None:
    pinned = repo.git("rev-parse", "HEAD")
    repo.commit({"prompts/registry.yaml": "support: {production: v1}\n"})
    desired = repo.history(pinned).desired()
    assert desired.commit == pinned
    assert desired.side("support", "production") == TWO
    assert desired.problems == ()
    assert repo.history().desired().side("support", "production") == ONE


def test_the_work_tree_and_the_index_do_not_count(repo: Repo) -> None:
    repo.write("prompts/support/v2.yaml", "prompt: edited\n")
    repo.git("add", "--all")
    repo.write("prompts/support/v3.yaml", "prompt: new\n")
    assert repo.history().desired().side("support", "production") == TWO


def test_nothing_of_the_users_is_changed_by_looking(repo: Repo) -> None:
    repo.write("prompts/support/v2.yaml", "prompt: edited\n")
    before = repo.state()
    history = repo.history()
    history.desired()
    history.reviewed("support")
    assert repo.state() == before


def test_equal_inputs_and_only_these_have_an_equal_tree(repo: Repo) -> None:
    first = repo.history().desired().tree
    repo.commit({"src/app.py": "x = 1\n"})
    assert repo.history().desired().tree == first
    repo.commit({"mooring.yaml": "version: 1\nid: other\n"})
    other = repo.history().desired().tree
    assert other != first
    repo.commit({"prompts/support/v1.yaml": "prompt: one # said\n"})
    assert repo.history().desired().tree not in {first, other}


def test_reads_the_content_again_for_publishing(repo: Repo) -> None:
    history = repo.history()
    version = history.desired().version("support", "production")
    assert version is not None
    assert history.artifact(version) == Artifact("two")
    assert version.path == "prompts/support/v2.yaml"


def test_content_that_is_no_prompt_cannot_be_read_as_one(repo: Repo) -> None:
    repo.commit({"prompts/support/v3.yaml": "prompt: [\n"})
    blob = repo.git("rev-parse", "HEAD:prompts/support/v3.yaml")
    with pytest.raises(HistoryError, match=r"prompts/support/v3\.yaml is not a valid prompt"):
        repo.history().artifact(Version("v3", "prompts/support/v3.yaml", blob, INVALID))


def test_no_prompts_folder_asks_for_nothing_and_says_so_in_the_tree(repo: Repo) -> None:
    full = repo.history().desired()
    repo.git("rm", "-r", "--quiet", "prompts")
    repo.commit({})
    desired = repo.history().desired()
    assert desired.prompts == {}
    assert desired.problems == ()
    assert desired.names_known
    assert desired.tree.startswith("none+")
    assert desired.tree != full.tree


def test_a_commit_without_mooring_yaml_is_a_problem(repo: Repo) -> None:
    repo.git("rm", "--quiet", "mooring.yaml")
    repo.commit({})
    history = repo.history()
    assert [problem.path for problem in history.desired().problems] == ["mooring.yaml"]
    with pytest.raises(HistoryError, match="mooring.yaml at commit .* does not exist"):
        history.config_text()


def test_config_is_that_of_the_commit(repo: Repo) -> None:
    repo.write("mooring.yaml", "edited")
    assert repo.history().config_text().startswith("version: 1\n")


def test_config_with_a_byte_order_mark_reads_and_without_utf8_does_not(repo: Repo) -> None:
    repo.commit({"mooring.yaml": b"\xef\xbb\xbfversion: 1\n"})
    assert repo.history().config_text() == "version: 1\n"
    repo.commit({"mooring.yaml": b"version: \xff\n"})
    with pytest.raises(HistoryError, match="not UTF-8"):
        repo.history().config_text()


def test_autocrlf_changes_nothing(repo: Repo) -> None:
    plain = repo.history().desired()
    repo.git("config", "core.autocrlf", "true")
    repo.commit({"prompts/support/v3.yaml": "prompt: |\r\n  a\r\n  b\r\n"})
    (repo.root / "prompts/support/v2.yaml").unlink()
    repo.git("checkout", "--", "prompts/support/v2.yaml")
    assert b"\r\n" in (repo.root / "prompts/support/v2.yaml").read_bytes()
    desired = repo.history().desired()
    assert desired.prompts["support"].versions["v2"] == plain.prompts["support"].versions["v2"]
    assert desired.prompts["support"].versions["v3"].hash == content_hash(Artifact("a\nb\n"))


def test_crlf_in_the_blob_is_the_same_prompt(repo: Repo) -> None:
    repo.commit({"prompts/support/v1.yaml": b"prompt: |\r\n  a\r\n  b\r\n"})
    assert repo.history().desired().prompts["support"].versions["v1"].hash == content_hash(Artifact("a\nb\n"))


def test_invalid_utf8_is_invalid_and_hides_nothing(repo: Repo) -> None:
    repo.commit({"prompts/support/v1.yaml": b"prompt: caf\xe9\n", "prompts/other.yaml": "prompt: x\nlabels: [a]\n"})
    desired = repo.history().desired()
    assert desired.prompts["support"].versions["v1"].hash == INVALID
    assert desired.side("other", "a") == content_hash(Artifact("x"))
    assert [problem.path for problem in desired.problems] == ["prompts/support/v1.yaml"]


def test_a_symbolic_link_is_never_followed(repo: Repo) -> None:
    (repo.root / "prompts/support/v2.yaml").unlink()
    (repo.root / "prompts/support/v2.yaml").symlink_to("v1.yaml")
    (repo.root / "prompts/elsewhere").symlink_to("/etc")
    (repo.root / "prompts/support/README.md").symlink_to("v1.yaml")
    repo.commit({})
    desired = repo.history().desired()
    assert desired.side("support", "production") == INVALID
    assert sorted(problem.path for problem in desired.problems) == ["prompts/elsewhere", "prompts/support/v2.yaml"]
    assert all("symbolic link" in problem.message for problem in desired.problems)
    assert desired.side("nobody", "production") == INVALID


def test_a_submodule_is_never_read(repo: Repo, new_repo: Callable[[str], Repo]) -> None:
    other = new_repo("other")
    other.commit({"v1.yaml": "prompt: theirs\n"})
    repo.git("submodule", "--quiet", "add", other.url, "prompts/vendor")
    repo.commit({})
    desired = repo.history().desired()
    assert [problem.path for problem in desired.problems] == ["prompts/vendor"]
    assert desired.side("vendor", "production") == INVALID
    assert desired.side("support", "production") == TWO


@pytest.mark.parametrize("kind", ["link", "submodule"])
def test_a_prompts_folder_that_is_elsewhere_is_a_problem(
    repo: Repo, new_repo: Callable[[str], Repo], kind: str
) -> None:
    repo.git("mv", "prompts", "real")
    if kind == "link":
        (repo.root / "prompts").symlink_to("real")
    else:
        other = new_repo("other")
        other.commit({"v1.yaml": "prompt: theirs\n"})
        repo.git("submodule", "--quiet", "add", other.url, "prompts")
    repo.commit({})
    for prompts in ("prompts/", "prompts/below"):
        desired = repo.history(prompts=prompts).desired()
        assert [problem.path for problem in desired.problems] == ["prompts"]
        assert desired.side("support", "production") == INVALID


def test_a_pointer_of_lfs_is_not_the_text(repo: Repo) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 3\n"
    repo.commit({"prompts/support/v2.yaml": pointer, "prompts/plain/v1.txt": pointer})
    desired = repo.history().desired()
    assert desired.side("support", "production") == INVALID
    assert desired.prompts["plain"].versions["v1"].hash == INVALID
    assert all("LFS" in problem.message for problem in desired.problems)


def test_a_path_that_is_not_utf8_is_a_problem_that_can_be_printed(repo: Repo) -> None:
    (repo.root / "prompts").joinpath("caf\udce9.yaml").write_text("prompt: x\n")
    repo.commit({})
    desired = repo.history().desired()
    assert [problem.path for problem in desired.problems] == ["prompts/caf\\xe9.yaml"]
    assert desired.side("support", "production") == TWO
    str(desired.problems[0]).encode()


def test_odd_names_are_only_names(repo: Repo) -> None:
    names = ["-dash", "--help", "a b", "tab\there", "q'uote", "[x]", "star*", ":(top)", "ünï", 'dou"ble', "$(x)"]
    repo.commit({f"prompts/{name}/v1.yaml": f"prompt: text {index}\n" for index, name in enumerate(names)})
    history = repo.history()
    desired = history.desired()
    for index, name in enumerate(names):
        expected = content_hash(Artifact(f"text {index}"))
        for prompt in desired.prompts.values():
            if prompt.versions.get("v1") and prompt.versions["v1"].path == f"prompts/{name}/v1.yaml":
                assert history.provenance(prompt.versions["v1"])[0] == desired.commit
                break
        else:
            pytest.fail(f"{name}: {desired.problems}")
        assert any(version.hash == expected for p in desired.prompts.values() for version in p.versions.values())


def test_config_in_a_subfolder_of_the_repository(new_repo: Callable[[str], Repo]) -> None:
    mono = new_repo("mono")
    mono.commit(
        {
            "prompts/x.yaml": "prompt: not mine\nlabels: [production]\n",
            "teams/a/mooring.yaml": "version: 1\n",
            "teams/a/prompts/x.yaml": "prompt: mine\nlabels: [production]\n",
        }
    )
    history = mono.history(folder="teams/a")
    desired = history.desired()
    version = desired.version("x", "production")
    assert version is not None
    assert version.path == "teams/a/prompts/x.yaml"
    assert history.artifact(version) == Artifact("mine")
    assert history.config_text() == "version: 1\n"
    assert known(history, "x") == {content_hash(Artifact("mine"))}
    shared = mono.history(folder="teams/a", prompts="../../prompts")
    assert shared.desired().side("x", "production") == content_hash(Artifact("not mine"))


@pytest.mark.parametrize("prompts", ["../outside", "/etc", "a\nb"])
def test_prompts_outside_of_the_repository_are_refused(repo: Repo, prompts: str) -> None:
    with pytest.raises(HistoryError, match="not inside of the repository"):
        repo.history(prompts=prompts)


def test_prompts_at_the_root(new_repo: Callable[[str], Repo]) -> None:
    flat = new_repo("flat")
    flat.commit({"support/v1.yaml": "prompt: one\n", "registry.yaml": "support: {production: v1}\n"})
    history = flat.history(prompts=".")
    assert history.desired().side("support", "production") == ONE
    assert known(history, "support") == {ONE}


def test_linked_worktree_and_detached_head(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    linked = type(repo)(tmp_path / "linked", repo.clock)
    linked.commit({"prompts/registry.yaml": "support: {production: v1}\n"})
    assert linked.history().desired().side("support", "production") == ONE
    assert repo.history().desired().side("support", "production") == TWO
    assert linked.branch().full.repo.own == repo.root / ".git" / "mooring"


def test_git_variables_of_a_hook_point_nowhere(
    repo: Repo, new_repo: Callable[[str], Repo], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = new_repo("other")
    other.commit({"prompts/support/v1.yaml": "prompt: theirs\nlabels: [production]\n"})
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.root))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.root / ".git/index"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other.root / ".git/objects"))
    assert repo.history().desired().side("support", "production") == TWO


def test_a_replaced_object_is_what_its_id_says(repo: Repo) -> None:
    new = subprocess.run(
        ["git", "-C", str(repo.root), "hash-object", "-w", "--stdin"],
        input=b"prompt: swapped\n",
        capture_output=True,
        check=True,
    )
    repo.git("replace", repo.git("rev-parse", "HEAD:prompts/support/v2.yaml"), new.stdout.decode().strip())
    assert repo.history().desired().side("support", "production") == TWO


def test_missing_things_are_absent(repo: Repo) -> None:
    desired = repo.history().desired()
    assert desired.side("support", "staging") == ABSENT
    assert desired.side("nobody", "production") == ABSENT
