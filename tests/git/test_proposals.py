"""Does a proposal become one commit on a branch of its own, with nothing of anybody else's moved?"""

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mooring.git.full import FullHistory
from mooring.git.proposals import is_ours, proposals, propose, withdraw
from mooring.git.repository import find_repository
from mooring.ports import Fate, HistoryError, Proposal, Proposed, PushDenied, RemoteUnreachable

if TYPE_CHECKING:
    from tests.git.conftest import Repo

BRANCH = "mooring/adopt/prod/all"
REF = f"refs/heads/{BRANCH}"
AUTHOR = "Ada Lovelace <ada@example.org>"
MESSAGE = (
    "Adopt support_agent\n\nSaved by grace on Langfuse.\n\nMooring-Resolves: prod:support_agent@production sha256:1"
)
NEW = {"prompts/support/v3.yaml": b"prompt: three\n", "prompts/registry.yaml": b"support: {production: v3}\n"}
NO_COMMIT = "0" * 40


@dataclass(slots=True)
class Desk:
    """A person's clone, the bare remote that it shares with others, and proposing from it."""

    clone: "Repo"
    remote: "Repo"

    def tip(self, ref: str = "refs/heads/main") -> str:
        return self.remote.git("rev-parse", ref)

    def propose(
        self, files: Mapping[str, bytes | None] | None = None, message: str = MESSAGE, base: str | None = None
    ) -> Proposed:
        repo = find_repository(self.clone.root)
        full = FullHistory(repo, "origin", "main")
        draft = Proposal(BRANCH, message, NEW if files is None else files)
        return propose(repo, full, "origin", base or self.tip(), draft, AUTHOR)

    def withdraw(self, expected: str) -> None:
        withdraw(find_repository(self.clone.root), "origin", BRANCH, expected)

    def colleague(self, place: Path, *options: str) -> "Repo":
        return self.remote.clone(place, *options)

    def hook(self, name: str, script: str) -> None:
        place = self.remote.root / "hooks" / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(f"#!/bin/sh\n{script}\n")
        place.chmod(0o755)

    def show(self, path: str, ref: str = REF) -> str:
        return self.remote.git("show", f"{ref}:{path}")


@pytest.fixture
def desk(repo: "Repo", tmp_path: Path) -> Desk:
    root = tmp_path / "remote.git"
    repo.git("init", "--quiet", "--bare", "--initial-branch=main", str(root))
    repo.git("push", "--quiet", f"file://{root}", "main")
    remote = type(repo)(root, repo.clock)
    return Desk(remote.clone(tmp_path / "clone"), remote)


def refs(repo: "Repo") -> list[str]:
    return repo.git("for-each-ref", "--format=%(refname) %(objectname)").split("\n")


def log(repo: "Repo", ref: str = REF) -> list[str]:
    return repo.git("log", "--format=%s", ref).split("\n")


def test_a_proposal_is_one_commit_on_the_tip_of_the_true_branch(desk: Desk) -> None:
    done = desk.propose()
    assert done == Proposed(BRANCH, desk.tip(REF), desk.tip(), Fate.MADE)
    assert desk.remote.git("rev-parse", f"{REF}^") == desk.tip()
    assert desk.remote.git("diff-tree", "-r", "--name-status", f"{REF}^", REF).split("\n") == [
        "M\tprompts/registry.yaml",
        "A\tprompts/support/v3.yaml",
    ]
    assert desk.show("prompts/support/v3.yaml") == "prompt: three"


def test_the_commit_says_who_and_what_with_all_trailers_in_one_paragraph(desk: Desk) -> None:
    desk.propose()
    said = desk.remote.git("log", "-1", "--format=%an <%ae>|%cn <%ce>|%(trailers:keyonly,separator=%x20)|%s", REF)
    assert said == f"{AUTHOR}|{AUTHOR}|Mooring-Resolves Mooring-Proposal Mooring-Changes|Adopt support_agent"


def test_a_subject_that_looks_like_a_trailer_stays_the_subject(desk: Desk) -> None:
    desk.propose(message="fix: the tone")
    said = desk.remote.git("log", "-1", "--format=%s|%(trailers:key=Mooring-Proposal,valueonly)", REF)
    assert said.strip() == f"fix: the tone|{BRANCH}"


def test_a_second_run_writes_nothing_anywhere(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = desk.propose()
    before = refs(desk.remote), desk.clone.state()
    trace = tmp_path / "trace"
    monkeypatch.setenv("GIT_TRACE", str(trace))
    again = desk.propose()
    assert again == Proposed(BRANCH, first.commit, first.base, Fate.UNCHANGED)
    assert "push" not in trace.read_text()
    assert (refs(desk.remote), desk.clone.state()) == before


def test_other_work_on_the_true_branch_does_not_move_a_proposal(desk: Desk, tmp_path: Path) -> None:
    first = desk.propose()
    colleague = desk.colleague(tmp_path / "colleague")
    colleague.commit({"README.md": "hello\n", "prompts/other.yaml": "prompt: x\n"})
    colleague.git("push", "--quiet", "origin", "main")
    again = desk.propose()
    assert (again.fate, again.commit, again.base) == (Fate.UNCHANGED, first.commit, desk.tip())


def test_a_proposal_is_rebuilt_when_its_files_moved_on_the_true_branch(desk: Desk, tmp_path: Path) -> None:
    first = desk.propose()
    colleague = desk.colleague(tmp_path / "colleague")
    colleague.commit({"prompts/registry.yaml": "support: {production: v1}\n"}, "back to one")
    colleague.git("push", "--quiet", "origin", "main")
    again = desk.propose()
    assert (again.fate, again.base) == (Fate.UPDATED, desk.tip())
    assert again.commit != first.commit
    assert log(desk.remote) == ["Adopt support_agent", "back to one", "first"]


@pytest.mark.parametrize("message", [MESSAGE, "Adopt support_agent and more"])
def test_new_content_or_another_message_replaces_the_commit(desk: Desk, message: str) -> None:
    desk.propose()
    done = desk.propose({"prompts/support/v3.yaml": b"prompt: four\n"}, message)
    assert done.fate is Fate.UPDATED
    assert log(desk.remote) == [message.partition("\n")[0], "first"]
    assert desk.show("prompts/registry.yaml") == "support: {production: v2}"


def test_what_the_true_branch_holds_already_is_not_proposed(desk: Desk) -> None:
    done = desk.propose({"prompts/support/v1.yaml": b"prompt: one\n", "prompts/gone.yaml": None})
    assert done == Proposed(BRANCH, desk.tip(), desk.tip(), Fate.UNCHANGED)
    assert proposals(find_repository(desk.clone.root), "origin", "mooring/") == {}


def test_a_persons_commit_on_our_branch_is_left_alone(desk: Desk, tmp_path: Path) -> None:
    desk.propose()
    colleague = desk.colleague(tmp_path / "colleague", "--branch", BRANCH)
    theirs = colleague.commit({"prompts/support/v3.yaml": "prompt: three, but friendlier\n"}, "friendlier")
    colleague.git("push", "--quiet", "origin", BRANCH)
    done = desk.propose({"prompts/support/v3.yaml": b"prompt: four\n"})
    assert (done.fate, done.commit, desk.tip(REF)) == (Fate.FOREIGN, theirs, theirs)


@pytest.mark.parametrize(
    "theirs",
    [
        ("commit", "--quiet", "--amend", "--no-edit", "--all"),
        ("commit", "--quiet", "--amend", "--all", "--message", "mine now"),
    ],
)
def test_a_commit_of_ours_that_a_person_amended_is_theirs(desk: Desk, tmp_path: Path, theirs: tuple[str, ...]) -> None:
    desk.propose()
    colleague = desk.colleague(tmp_path / "colleague", "--branch", BRANCH)
    colleague.write("prompts/support/v3.yaml", "prompt: three, but friendlier\n")
    colleague.git(*theirs)
    colleague.git("push", "--quiet", "--force", "origin", BRANCH)
    tip = desk.tip(REF)
    assert (desk.propose().fate, desk.tip(REF)) == (Fate.FOREIGN, tip)


def test_our_commit_on_top_of_a_persons_own_is_theirs(desk: Desk, tmp_path: Path) -> None:
    desk.propose()
    colleague = desk.colleague(tmp_path / "colleague")
    colleague.commit({"prompts/other.yaml": "prompt: x\n"}, "mine")
    colleague.git("cherry-pick", f"origin/{BRANCH}")
    colleague.git("push", "--quiet", "--force", "origin", f"HEAD:{BRANCH}")
    assert desk.propose().fate is Fate.FOREIGN


def test_a_branch_that_a_person_made_under_our_name_is_left_alone(desk: Desk, tmp_path: Path) -> None:
    colleague = desk.colleague(tmp_path / "colleague")
    theirs = colleague.commit({"x": "y"})
    colleague.git("push", "--quiet", "origin", f"HEAD:{BRANCH}")
    assert (desk.propose().fate, desk.tip(REF)) == (Fate.FOREIGN, theirs)


@pytest.mark.parametrize("merge", [("merge", "--quiet", "--ff-only"), ("merge", "--quiet", "--no-ff", "--no-edit")])
def test_a_proposal_that_was_merged_and_reverted_is_made_again(
    desk: Desk, tmp_path: Path, merge: tuple[str, ...]
) -> None:
    first = desk.propose()
    colleague = desk.colleague(tmp_path / "colleague")
    colleague.git(*merge, f"origin/{BRANCH}")
    mainline = ("--mainline", "1") if "--no-ff" in merge else ()
    colleague.git("revert", "--no-edit", *mainline, "HEAD")
    colleague.git("push", "--quiet", "origin", "main")
    again = desk.propose()
    assert (again.fate, desk.remote.git("rev-parse", f"{REF}^")) == (Fate.UPDATED, desk.tip())
    assert again.commit != first.commit


def test_what_may_go_is_told_from_what_a_person_would_miss(desk: Desk, tmp_path: Path) -> None:
    ours = desk.propose().commit
    full = FullHistory(find_repository(desk.clone.root), "origin", "main")
    colleague = desk.colleague(tmp_path / "colleague", "--branch", BRANCH)
    theirs = colleague.commit({"x": "y"})
    colleague.git("push", "--quiet", "origin", BRANCH)
    tip = desk.tip()
    assert [is_ours(full, tip, BRANCH, commit) for commit in (ours, theirs, tip)] == [True, False, True]
    assert not is_ours(full, tip, "mooring/adopt/other", ours)


def test_a_branch_whose_commits_are_all_merged_is_used_again(desk: Desk, tmp_path: Path) -> None:
    desk.propose()
    colleague = desk.colleague(tmp_path / "colleague", "--branch", BRANCH)
    colleague.commit({"prompts/support/v3.yaml": "prompt: friendlier\n"}, "friendlier")
    colleague.git("push", "--quiet", "origin", BRANCH, f"{BRANCH}:main")
    done = desk.propose({"prompts/support/v3.yaml": b"prompt: four\n"})
    assert (done.fate, desk.remote.git("rev-parse", f"{REF}^")) == (Fate.UPDATED, desk.tip())


@pytest.mark.parametrize("options", [("--depth=1",), ("--filter=blob:none", "--no-checkout")])
def test_a_partial_clone_proposes_and_recognises_its_proposal(
    desk: Desk, tmp_path: Path, options: tuple[str, ...]
) -> None:
    desk.remote.git("config", "uploadpack.allowFilter", "true")
    first = desk.colleague(tmp_path / "first")
    first.commit({"prompts/support/v9.yaml": "prompt: nine\n"}, "second")
    first.git("push", "--quiet", "origin", "main")
    partial = Desk(desk.colleague(tmp_path / "partial", *options), desk.remote)
    assert partial.propose().fate is Fate.MADE
    desk.remote.git("fsck", "--strict", "--connectivity-only")
    another = Desk(desk.colleague(tmp_path / "another", *options), desk.remote)
    assert another.propose().fate is Fate.UNCHANGED
    assert another.propose({"prompts/support/v3.yaml": b"prompt: four\n"}).fate is Fate.UPDATED
    first.commit({"prompts/registry.yaml": "support: {production: v1}\n"}, "third")
    first.git("push", "--quiet", "origin", "main")
    assert another.propose().fate is Fate.UPDATED
    assert log(desk.remote) == ["Adopt support_agent", "third", "second", "first"]


def test_a_shallow_clone_proposes_though_the_true_branch_goes_on(desk: Desk, tmp_path: Path) -> None:
    colleague = desk.colleague(tmp_path / "colleague")
    base = colleague.commit({"prompts/support/v9.yaml": "prompt: nine\n"}, "second")
    colleague.git("push", "--quiet", "origin", "main")
    shallow = Desk(desk.colleague(tmp_path / "shallow", "--depth=1"), desk.remote)
    colleague.commit({"README.md": "hello\n"}, "third")
    colleague.git("push", "--quiet", "origin", "main")
    assert shallow.propose(base=base).fate is Fate.MADE
    assert log(desk.remote) == ["Adopt support_agent", "second", "first"]
    assert not (shallow.clone.root / ".git/mooring/source.git").exists()


def test_a_clone_that_is_behind_proposes_on_the_remotes_tip(desk: Desk, tmp_path: Path) -> None:
    colleague = desk.colleague(tmp_path / "colleague")
    colleague.commit({"prompts/support/v9.yaml": "prompt: nine\n"}, "second")
    colleague.git("push", "--quiet", "origin", "main")
    before = desk.clone.state()
    assert desk.propose().fate is Fate.MADE
    assert (log(desk.remote), desk.clone.state()) == (["Adopt support_agent", "second", "first"], before)


def test_nothing_that_a_person_has_in_hand_changes(desk: Desk) -> None:
    clone = desk.clone
    clone.write("prompts/stashed.yaml", "prompt: stashed\n")
    clone.git("stash", "--include-untracked")
    clone.write("prompts/registry.yaml", "support: {production: v1}\n")
    clone.git("add", "prompts/registry.yaml")
    clone.write("prompts/registry.yaml", "support: {}\n")
    clone.write("prompts/support/v3.yaml", "prompt: not yet in Git\n")
    clone.git("config", "core.splitIndex", "true")
    clone.git("config", "user.signingKey", "nobody")
    for hook in ("post-index-change", "reference-transaction", "pre-push", "post-commit"):
        place = clone.root / ".git" / "hooks" / hook
        place.parent.mkdir(exist_ok=True)
        place.write_text(f"#!/bin/sh\ntouch {clone.root}/ran-{hook}\nexit 1\n")
        place.chmod(0o755)
    before = in_hand(clone)
    assert desk.propose().fate is Fate.MADE
    assert desk.propose({"prompts/support/v1.yaml": None}).fate is Fate.UPDATED
    assert in_hand(clone) == before


def in_hand(clone: "Repo") -> tuple[object, ...]:
    private = clone.root / ".git"
    status = subprocess.run(
        ["git", "-C", str(clone.root), "status", "--porcelain=v2", "--untracked-files=all"],
        capture_output=True,
        check=True,
        env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
    ).stdout
    top = sorted(place.name for place in private.iterdir() if place.name != "mooring")
    files = {
        place: place.read_bytes() for place in clone.root.rglob("*") if place.is_file() and ".git" not in place.parts
    }
    return status, refs(clone), (private / "HEAD").read_text(), (private / "index").read_bytes(), top, files


def test_files_are_taken_away_and_keep_their_mode(desk: Desk, tmp_path: Path) -> None:
    colleague = desk.colleague(tmp_path / "colleague")
    colleague.write("prompts/run.yaml", "prompt: run\n")
    (colleague.root / "prompts/run.yaml").chmod(0o755)
    colleague.commit({})
    colleague.git("push", "--quiet", "origin", "main")
    desk.propose({"prompts/run.yaml": b"prompt: \xff\r\n", "prompts/support/v1.yaml": None, "prompts/a b/ü*.yaml": b""})
    assert desk.remote.git("-c", "core.quotePath=false", "ls-tree", "-r", "--format=%(objectmode) %(path)", REF).split(
        "\n"
    ) == [
        "100644 mooring.yaml",
        "100644 prompts/a b/ü*.yaml",
        "100644 prompts/registry.yaml",
        "100755 prompts/run.yaml",
        "100644 prompts/support/v2.yaml",
    ]
    assert desk.remote.git("cat-file", "-s", f"{REF}:prompts/run.yaml") == "11"


HOSTILE = [
    "../x", "/etc/passwd", "prompts/../../x", "prompts//x", "", "prompts/", ".", "./x", "prompts/./x",
    ".git/config", "prompts/.GIT/config", ".Git", "prompts/.git/x", ".github/workflows/x.yml", ".gitmodules",
    "prompts/.gitattributes", "GIT~1/config", ".g\u200cit/config", "prompts/.git\u200d/x",
    "a\\..\\x", "a\nb", "a\0b", "a\tb", "\ud800", "x" * 256,
    "prompts/link.yaml", "prompts/linked/x.yaml", "prompts/module/x.yaml", "prompts/module", "prompts",
    "mooring.yaml/x.yaml", "prompts/fine.yaml/x",
]  # fmt: skip


@pytest.mark.parametrize("content", [b"prompt: evil\n", None])
def test_no_path_leads_out_of_the_prompts(desk: Desk, tmp_path: Path, content: bytes | None) -> None:
    colleague = desk.colleague(tmp_path / "colleague")
    (colleague.root / "prompts/link.yaml").symlink_to("../mooring.yaml")
    (colleague.root / "prompts/linked").symlink_to("..")
    colleague.git("add", "prompts")
    colleague.git("update-index", "--add", "--cacheinfo", f"160000,{desk.tip()},prompts/module")
    colleague.git("commit", "--quiet", "--message", "odd things")
    colleague.git("push", "--quiet", "origin", "main")
    before = refs(desk.remote)
    for path in HOSTILE:
        with pytest.raises(HistoryError, match="propos"):
            pytest.fail(f"{path!r}: {desk.propose({path: content, 'prompts/fine.yaml': b'prompt: fine'})}")
    assert refs(desk.remote) == before


@pytest.mark.parametrize("branch", ["main", "a b", "a..b", "/x", "x.lock", "-x", "a/.b", "x~1", ""])
def test_a_branch_is_a_name_that_git_takes_and_never_the_true_one(desk: Desk, branch: str) -> None:
    repo = find_repository(desk.clone.root)
    full = FullHistory(repo, "origin", "main")
    if branch == "-x":  # a valid ref that no command takes for an option
        assert propose(repo, full, "origin", desk.tip(), Proposal(branch, "m", NEW), AUTHOR).fate is Fate.MADE
        return
    with pytest.raises(HistoryError, match="cannot be the branch of a proposal"):
        propose(repo, full, "origin", desk.tip(), Proposal(branch, "m", NEW), AUTHOR)


@pytest.mark.parametrize(
    ("author", "written"),
    [
        ("Ada <ada@example.org>\nevil <x@y>", "Ada ada@example.org evil <x@y>"),
        ("<>", "mooring <mooring@localhost>"),
        ("", "mooring <mooring@localhost>"),
    ],
)
def test_any_author_makes_a_commit(desk: Desk, author: str, written: str) -> None:
    repo = find_repository(desk.clone.root)
    full = FullHistory(repo, "origin", "main")
    propose(repo, full, "origin", desk.tip(), Proposal(BRANCH, "m", NEW), author)
    assert desk.remote.git("log", "-1", "--format=%an <%ae>", REF) == written


# --- other people, and a host that says no ----------------------------------------------------------------------------


def test_who_pushes_to_our_branch_while_we_look_is_not_overwritten(desk: Desk, tmp_path: Path) -> None:
    desk.propose()
    colleague = desk.colleague(tmp_path / "colleague", "--branch", BRANCH)
    theirs = colleague.commit({"x": "y"}, "theirs")
    colleague.git("push", "--quiet", "origin", "HEAD:refs/heads/parked")
    # As our push arrives, theirs has just been through.
    desk.hook(
        "pre-receive",
        f'read old new ref; case "$ref" in {REF}) env -u GIT_QUARANTINE_PATH git update-ref {REF} {theirs};; esac',
    )
    done = desk.propose({"prompts/support/v3.yaml": b"prompt: four\n"})
    assert (done.fate, done.commit, desk.tip(REF)) == (Fate.FOREIGN, theirs, theirs)


def test_a_branch_that_never_rests_is_left_with_a_clear_error(desk: Desk) -> None:
    desk.propose()
    old = desk.tip(REF)
    # Whatever is pushed, somebody else's push of the old commit gets in between: here, by taking the branch away.
    desk.hook(
        "pre-receive",
        "unset GIT_QUARANTINE_PATH; "
        f"if git rev-parse -q --verify {REF} >&2; then git update-ref -d {REF}; else git update-ref {REF} {old}; fi",
    )
    with pytest.raises(HistoryError, match="Somebody else keeps moving the branch"):
        desk.propose({"prompts/support/v3.yaml": b"prompt: four\n"})


def test_an_answer_that_was_lost_is_no_lost_write(desk: Desk) -> None:
    desk.hook("post-receive", "kill -9 $PPID")
    done = desk.propose()
    assert (done.fate, done.commit) == (Fate.MADE, desk.tip(REF))


def test_a_protected_branch_is_a_denial_that_names_the_way_out(desk: Desk) -> None:
    desk.clone.git("config", "http.extraHeader", "Authorization: Bearer hunter2secret")
    desk.hook("pre-receive", "echo 'GH013: Repository rule violations by hunter2secret' >&2; exit 1")
    with pytest.raises(PushDenied, match=r"GH013: Repository rule violations by \*\*\*") as caught:
        desk.propose()
    assert "contents: write" in str(caught.value)
    assert "pre-receive hook declined" in str(caught.value)
    assert len(refs(desk.remote)) == 1


def test_a_branch_in_the_way_is_a_denial_and_no_race(desk: Desk) -> None:
    desk.remote.git("update-ref", "refs/heads/mooring/adopt", "main")
    with pytest.raises(PushDenied, match="cannot create"):
        desk.propose()


def test_a_remote_that_is_away_is_named_without_its_password(desk: Desk) -> None:
    base = desk.tip()
    desk.clone.git("remote", "set-url", "origin", "http://user:hunter2secret@127.0.0.1:9/x.git")
    with pytest.raises(RemoteUnreachable, match="cannot be read") as caught:
        desk.propose(base=base)
    assert "hunter2secret" not in str(caught.value)


# --- withdrawing and listing ------------------------------------------------------------------------------------------


def test_branches_are_listed_by_prefix(desk: Desk) -> None:
    done = desk.propose()
    repo = find_repository(desk.clone.root)
    assert proposals(repo, "origin", "mooring/adopt/") == {BRANCH: done.commit}
    assert proposals(repo, "origin", "mooring/roll") == {}
    assert set(proposals(repo, "origin", "")) == {BRANCH, "main"}


def test_a_proposal_is_withdrawn_only_as_it_was_seen(desk: Desk, tmp_path: Path) -> None:
    old = desk.propose().commit
    new = desk.propose({"prompts/support/v3.yaml": b"prompt: four\n"}).commit
    with pytest.raises(HistoryError, match="has moved meanwhile"):
        desk.withdraw(old)
    assert desk.tip(REF) == new
    desk.withdraw(new)
    desk.withdraw(new)
    assert len(refs(desk.remote)) == 1


# --- without a remote -------------------------------------------------------------------------------------------------


def alone(repo: "Repo", files: Mapping[str, bytes | None] = NEW) -> Proposed:
    found = find_repository(repo.root)
    full = FullHistory(found, None, "main")
    return propose(found, full, None, repo.git("rev-parse", "main"), Proposal(BRANCH, MESSAGE, files), AUTHOR)


def test_without_a_remote_the_branch_is_a_local_one(repo: "Repo") -> None:
    first = alone(repo)
    assert (first.fate, first.commit) == (Fate.MADE, repo.git("rev-parse", REF))
    assert alone(repo) == Proposed(BRANCH, first.commit, first.base, Fate.UNCHANGED)
    second = alone(repo, {"prompts/support/v3.yaml": b"prompt: four\n"})
    assert (second.fate, second.commit) == (Fate.UPDATED, repo.git("rev-parse", REF))
    found = find_repository(repo.root)
    assert proposals(found, None, "mooring/") == {BRANCH: second.commit}
    with pytest.raises(HistoryError, match="has moved meanwhile"):
        withdraw(found, None, BRANCH, first.commit)
    withdraw(found, None, BRANCH, second.commit)
    withdraw(found, None, BRANCH, second.commit)
    assert len(refs(repo)) == 1


def test_a_branch_that_somebody_stands_on_is_not_moved_under_them(repo: "Repo") -> None:
    alone(repo)
    repo.git("checkout", "--quiet", BRANCH)
    before = repo.git("rev-parse", "HEAD"), repo.git("status", "--porcelain")
    with pytest.raises(HistoryError, match="git switch -"):
        alone(repo, {"prompts/support/v3.yaml": b"prompt: four\n"})
    assert (repo.git("rev-parse", "HEAD"), repo.git("status", "--porcelain")) == before


def test_a_local_branch_in_the_way_is_named(repo: "Repo") -> None:
    repo.git("branch", "mooring/adopt")
    with pytest.raises(HistoryError, match="cannot create"):
        alone(repo)


def test_three_hundred_files_take_few_processes(repo: "Repo", processes: Callable[[], int]) -> None:
    processes()
    alone(repo, {f"prompts/p{number}/v1.yaml": b"prompt: %d\n" % number for number in range(300)})
    assert processes() < 20
