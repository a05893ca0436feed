"""Which commit may be applied, and what do commits say about decisions?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mooring.git.branch import Trailer, chosen_remote, default_branch, true_branch
from mooring.git.repository import Inputs, find_repository, resolve, user_identity
from mooring.ports import HistoryError, Standing

if TYPE_CHECKING:
    from tests.git.conftest import Repo

INPUTS = Inputs("prompts", "mooring.yaml")


@pytest.fixture
def clone(repo: Repo, tmp_path: Path) -> Repo:
    """A full clone of `repo`, which plays the remote."""
    return repo.clone(tmp_path / "clone")


def test_the_true_branch_is_configured_or_the_remotes_head_or_the_current_one(repo: Repo, clone: Repo) -> None:
    repo.git("switch", "--quiet", "--create", "trunk")
    here = find_repository(clone.root)
    assert default_branch(here, "release", "origin") == "release"
    assert default_branch(here, "refs/heads/release", "origin") == "release"
    assert default_branch(here, None, "origin") == "trunk"
    assert default_branch(here, None, None) == "main"


def test_a_detached_head_without_a_remote_names_no_branch(repo: Repo) -> None:
    repo.git("switch", "--quiet", "--detach")
    with pytest.raises(HistoryError, match="branch:"):
        default_branch(find_repository(repo.root), None, None)


def test_an_empty_remote_has_no_branch_yet(new_repo: Callable[[str], Repo], repo: Repo) -> None:
    empty = new_repo("empty")
    repo.git("remote", "add", "origin", empty.url)
    branch = true_branch(find_repository(repo.root), None, None)
    assert (branch.name, branch.remote) == ("main", "origin")
    with pytest.raises(HistoryError, match="has no branch main. Push it"):
        branch.tip()


def test_the_remote_is_configured_or_origin_or_the_only_one(repo: Repo) -> None:
    here = find_repository(repo.root)
    assert chosen_remote(here, None) is None
    repo.git("remote", "add", "upstream", "../x")
    assert chosen_remote(here, None) == "upstream"
    repo.git("remote", "add", "fork", "../y")
    with pytest.raises(HistoryError, match="several remotes"):
        chosen_remote(here, None)
    assert chosen_remote(here, "fork") == "fork"
    repo.git("remote", "add", "origin", "../z")
    assert chosen_remote(here, None) == "origin"
    with pytest.raises(HistoryError, match="no remote nope"):
        chosen_remote(here, "nope")


def test_the_tip_is_the_branch_and_neither_a_tag_nor_a_longer_name(repo: Repo, clone: Repo) -> None:
    first = repo.git("rev-parse", "HEAD")
    repo.git("tag", "main")
    repo.git("update-ref", "refs/remotes/x/refs/heads/main", first)
    repo.git("branch", "refs/heads/main", first)
    tip = repo.commit({"a": "1"})
    assert clone.branch("origin").tip() == tip
    assert repo.branch().tip() == tip


def test_a_revision_that_is_a_branch_and_a_tag_is_refused(repo: Repo) -> None:
    first = repo.git("rev-parse", "HEAD")
    repo.git("tag", "main")
    tip = repo.commit({"a": "1"})
    here = find_repository(repo.root)
    with pytest.raises(HistoryError, match="a branch and a tag"):
        resolve(here, "main")
    assert resolve(here, "refs/heads/main") == tip
    assert resolve(here, "refs/tags/main") == first
    assert resolve(here) == tip


@pytest.mark.parametrize("revision", ["nope", "-x", "--all", "", "HEAD:mooring.yaml", "main..HEAD", "^HEAD"])
def test_what_is_no_commit_is_refused(repo: Repo, revision: str) -> None:
    with pytest.raises(HistoryError, match="is no commit"):
        resolve(find_repository(repo.root), revision)


def test_an_annotated_tag_and_an_abbreviation_mean_their_commit(repo: Repo) -> None:
    head = repo.git("rev-parse", "HEAD")
    repo.git("tag", "--annotate", "--message", "x", "v1")
    here = find_repository(repo.root)
    assert resolve(here, "v1") == resolve(here, head[:10]) == resolve(here, head) == head


def test_no_repository_and_no_commit_say_what_to_do(tmp_path: Path, new_repo: Callable[[str], Repo]) -> None:
    with pytest.raises(HistoryError, match="git init"):
        find_repository(tmp_path)
    with pytest.raises(HistoryError, match="is not a folder"):
        find_repository(tmp_path / "nope")
    empty = new_repo("empty")
    with pytest.raises(HistoryError, match="no commit yet"):
        resolve(find_repository(empty.root))
    with pytest.raises(HistoryError, match="work tree"):
        find_repository(empty.root / ".git")


def test_standing(repo: Repo, clone: Repo) -> None:
    old = repo.git("rev-parse", "HEAD")
    unrelated = repo.commit({"src/app.py": "1"})
    branch = clone.branch("origin")
    assert branch.standing(old, branch.tip(), INPUTS) is Standing.CURRENT
    assert branch.tip() == unrelated
    newer = repo.commit({"prompts/support/v3.yaml": "prompt: three\n"})
    assert branch.standing(old, newer, INPUTS) is Standing.SUPERSEDED
    local = clone.commit({"prompts/support/v4.yaml": "prompt: four\n"})
    assert branch.standing(local, newer, INPUTS) is Standing.ASTRAY
    assert branch.standing(newer, newer, INPUTS) is Standing.CURRENT


def test_a_changed_mooring_yaml_alone_supersedes(repo: Repo) -> None:
    old = repo.git("rev-parse", "HEAD")
    new = repo.commit({"mooring.yaml": "version: 1\nid: other\n"})
    assert repo.branch().standing(old, new, INPUTS) is Standing.SUPERSEDED


def test_a_replaced_tip_leaves_the_old_one_astray(repo: Repo, clone: Repo) -> None:
    old = repo.commit({"prompts/support/v3.yaml": "prompt: three\n"})
    clone.git("pull", "--quiet")
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    new = repo.commit({"prompts/support/v3.yaml": "prompt: other\n"})
    before = clone.state()
    branch = clone.branch("origin")
    assert branch.tip() == new
    assert branch.standing(old, new, INPUTS) is Standing.ASTRAY
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    again = repo.commit({"prompts/support/v3.yaml": "prompt: three\n"}, "rewritten, with the same files")
    assert again != old
    assert clone.branch("origin").standing(old, again, INPUTS) is Standing.CURRENT
    assert clone.state() == before


def test_looking_at_the_remote_fetches_nothing_into_the_clone(repo: Repo, clone: Repo) -> None:
    old = clone.git("rev-parse", "HEAD")
    new = repo.commit({"prompts/support/v3.yaml": "prompt: three\n"})
    before = clone.state()
    assert clone.branch("origin").standing(old, new, INPUTS) is Standing.SUPERSEDED
    assert clone.state() == before
    cache = clone.root / ".git/mooring/source.git"
    assert (cache / "objects/info/alternates").read_text() == f"{clone.root}/.git/objects\n"


def test_a_second_look_fetches_only_what_is_new(repo: Repo, clone: Repo, processes: Callable[[], int]) -> None:
    old = clone.git("rev-parse", "HEAD")
    new = repo.commit({"prompts/support/v3.yaml": "prompt: three\n"})
    assert clone.branch("origin").is_ancestor(old, new)
    repo.root.rename(repo.root.with_name("gone"))
    assert clone.branch("origin").is_ancestor(old, new)


def test_a_commit_that_nobody_has_is_no_ancestor_and_has_no_inputs(repo: Repo, clone: Repo) -> None:
    nobody = "0123456789" * 4
    branch = clone.branch("origin")
    assert not branch.is_ancestor(nobody, branch.tip())
    with pytest.raises(HistoryError, match="does not have it"):
        branch.inputs_tree(nobody, INPUTS)


def test_a_cache_that_lost_what_it_borrowed_is_made_anew(repo: Repo, clone: Repo) -> None:
    old = clone.git("rev-parse", "HEAD")
    tip = repo.commit({"prompts/support/v3.yaml": "prompt: three\n"})
    assert clone.branch("origin").is_ancestor(old, tip)
    for place in (clone.root / ".git/mooring/source.git/objects").rglob("*"):
        if place.is_file() and place.name != "alternates":
            place.unlink()
    newer = repo.commit({"prompts/support/v4.yaml": "prompt: four\n"})
    assert clone.branch("origin").is_ancestor(tip, newer)


def test_a_clone_that_became_shallow_lends_nothing(repo: Repo, clone: Repo) -> None:
    first = clone.git("rev-parse", "HEAD")
    repo.commit({"a": "1"})
    tip = repo.commit({"a": "2"})
    assert clone.branch("origin").is_ancestor(first, tip)
    clone.git("fetch", "--quiet", "--depth", "1", "origin", "main")
    assert clone.branch("origin").is_ancestor(first, tip)
    assert not (clone.root / ".git/mooring/source.git/objects/info/alternates").exists()


def test_an_unreachable_remote_is_an_error_and_not_an_absence(repo: Repo, clone: Repo) -> None:
    old = repo.git("rev-parse", "HEAD")
    new = repo.commit({"prompts/support/v3.yaml": "prompt: three\n"})
    repo.root.rename(repo.root.with_name("gone"))
    branch = clone.branch("origin")
    with pytest.raises(HistoryError, match="cannot be read from the remote origin"):
        branch.tip()
    with pytest.raises(HistoryError, match="default branch"):
        default_branch(find_repository(clone.root), None, "origin")
    with pytest.raises(HistoryError, match="fetching from origin failed"):
        branch.standing(old, new, INPUTS)


def test_an_unreachable_remote_does_not_cost_the_cache(repo: Repo, clone: Repo) -> None:
    old = clone.git("rev-parse", "HEAD")
    tip = repo.commit({"a": "1"})
    assert clone.branch("origin").is_ancestor(old, tip)
    repo.root.rename(repo.root.with_name("gone"))
    with pytest.raises(HistoryError, match="failed"):
        clone.branch("origin").inputs_tree("0123456789" * 4, INPUTS)
    assert clone.branch("origin").is_ancestor(old, tip)


def test_a_relative_remote_is_reached_from_the_cache(repo: Repo, clone: Repo) -> None:
    clone.git("remote", "set-url", "origin", "../repo")
    old = clone.git("rev-parse", "HEAD")
    tip = repo.commit({"a": "1"})
    branch = clone.branch("origin")
    assert branch.tip() == tip
    assert branch.is_ancestor(old, tip)


def test_a_branch_whose_name_starts_with_a_dash(repo: Repo, clone: Repo) -> None:
    repo.git("update-ref", "refs/heads/-odd", "HEAD")
    old = clone.git("rev-parse", "HEAD")
    repo.git("symbolic-ref", "HEAD", "refs/heads/-odd")
    tip = repo.commit({"prompts/support/v3.yaml": "prompt: three\n"})
    branch = clone.branch("origin", "-odd")
    assert branch.tip() == tip
    assert branch.standing(old, tip, INPUTS) is Standing.SUPERSEDED


def test_trailers_between_the_base_and_the_commit(repo: Repo) -> None:
    base = repo.commit({}, "old\n\nMooring-Allow: updates=1")
    repo.git("switch", "--quiet", "--create", "side")
    merged = repo.commit({}, "side\n\nMooring-Resolves: local:support@production sha256:aa\n")
    repo.git("switch", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--message", "merge", "side")
    squash = repo.commit({}, "all\n\n* one\n\nmooring-allow: updates=112  \n\n* two\n\nCo-authored-by: B <b@c>")
    branch = repo.branch()
    assert branch.trailers(base, squash) == [
        Trailer(squash, "Mooring-Allow", "updates=112"),
        Trailer(merged, "Mooring-Resolves", "local:support@production sha256:aa"),
    ]
    assert branch.trailers(None, base) == [Trailer(base, "Mooring-Allow", "updates=1")]
    assert branch.trailers("0123456789" * 4, base) == [Trailer(base, "Mooring-Allow", "updates=1")]
    assert branch.trailers(squash, squash) == []


def test_a_trailer_in_running_text_is_none(repo: Repo) -> None:
    commit = repo.commit({}, "about\n\nUse Mooring-Allow: a=1 for it\n    Mooring-Allow: a=2\nMooring-Allow:")
    assert repo.branch().trailers(None, commit) == []


def test_who_made_a_commit_and_who_runs_this(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = repo.commit({}, "A subject\n\nand a body")
    identity = repo.branch().commit_identity(commit)
    assert (identity.author, identity.subject) == ("Ada <ada@example.org>", "A subject")
    assert identity.time.startswith("2023-")
    assert user_identity(find_repository(repo.root)) == "Ada <ada@example.org>"
    repo.git("config", "user.useConfigOnly", "true")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    assert user_identity(find_repository(repo.root)) == "unknown <unknown@localhost>"
