"""Do all places keep refs and commits alike, and does only one of several writers win?"""

import subprocess
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mooring.ledger.codec import Owner
from mooring.ledger.opening import InBranch, InRefs, open_store
from mooring.ledger.ref_names import decode, encode, namespace
from mooring.ledger.store import Draft, Name, RefStore, Swapped
from mooring.ports import Clock, LedgerRefused, LedgerUnreadable

Stores = Callable[[str], RefStore]
Git = Callable[..., str]
Clones = tuple[Path, Path, Path]

FILES: Mapping[str, bytes | None] = {"mooring.json": b"{}\n", "prompts/ab.json": "ü\n\n".encode(), "empty": b""}


@pytest.mark.parametrize("at", ["remote", "branch", "alone", "file"], indirect=True)
def test_what_one_writes_the_other_reads(store_of: Stores) -> None:
    mine, theirs = store_of("a"), store_of("b")
    assert theirs.fetch() == {}
    first = mine.swap(Name.LEDGER, None, Draft(FILES, "first\n\nRun: 1\n"))
    assert theirs.fetch() == {Name.LEDGER: first}
    assert theirs.files(first) == FILES
    second = theirs.swap(Name.LEDGER, first, Draft({"empty": None, "new": b"x"}, "second", (first,)))
    assert mine.fetch() == {Name.LEDGER: second}
    assert mine.files(second) == {"mooring.json": b"{}\n", "prompts/ab.json": "ü\n\n".encode(), "new": b"x"}
    assert mine.files(second, ["new", "absent"]) == {"new": b"x"}
    assert list(mine.history(second)) == [second, first]


def test_bytes_that_are_no_text_are_kept(store_of: Stores) -> None:
    content = {"mooring.json": bytes(range(256))}
    commit = store_of("a").swap(Name.LEDGER, None, Draft(content, "bytes"))
    store = store_of("b")
    store.fetch()
    assert store.files(commit) == content


@pytest.mark.parametrize("at", ["remote", "branch", "alone", "file"], indirect=True)
def test_a_ref_moves_only_from_where_it_was_expected(store_of: Stores) -> None:
    mine, theirs = store_of("a"), store_of("b")
    first = mine.swap(Name.LEASE, None, Draft(FILES, "first"))
    with pytest.raises(Swapped):
        theirs.swap(Name.LEASE, None, Draft(FILES, "also first"))
    theirs.fetch()
    second = theirs.swap(Name.LEASE, first, Draft({"new": b"x"}, "second", (first,)))
    with pytest.raises(Swapped):
        mine.swap(Name.LEASE, first, Draft({"new": b"y"}, "late", (first,)))
    with pytest.raises(Swapped):
        mine.delete(Name.LEASE, first)
    assert mine.fetch() == {Name.LEASE: second}
    mine.delete(Name.LEASE, second)
    assert theirs.fetch() == {}
    theirs.delete(Name.LEASE, second)
    with pytest.raises(Swapped):
        theirs.swap(Name.LEASE, second, Draft({"new": b"z"}, "onto nothing", (second,)))


def test_a_ref_may_start_anew_over_another(store_of: Stores) -> None:
    store = store_of("a")
    first = store.swap(Name.LEASE, None, Draft(FILES, "first"))
    second = store.swap(Name.LEASE, first, Draft({"only": b"this"}, "second"))
    assert store.files(second) == {"only": b"this"}
    assert list(store.history(second)) == [second]


def test_of_several_writers_exactly_one_wins(store_of: Stores) -> None:
    start = store_of("a").swap(Name.LEDGER, None, Draft(FILES, "start"))

    def attempt(number: int) -> str | None:
        store = store_of("ab"[number % 2])
        store.fetch()
        try:
            return store.swap(Name.LEDGER, start, Draft({"winner": b"%d" % number}, f"writer {number}", (start,)))
        except Swapped:
            return None

    with ThreadPoolExecutor(6) as pool:
        won = [commit for commit in pool.map(attempt, range(6)) if commit is not None]
    assert len(won) == 1
    assert store_of("b").fetch() == {Name.LEDGER: won[0]}


def test_targets_are_kept_apart(at: Callable[[str], tuple[Path, InRefs]], clock: Clock) -> None:
    folder, place = at("a")
    stores = [
        open_store(folder, Owner(id_, target), place, clock) for id_ in ("x", "y/z") for target in ("t", "t..u ü")
    ]
    for number, store in enumerate(stores):
        store.swap(Name.LEDGER, None, Draft({"number": b"%d" % number}, "made"))
    for number, store in enumerate(stores):
        (commit,) = store.fetch().values()
        assert store.files(commit) == {"number": b"%d" % number}


@given(st.text(max_size=12))
@example("")
@example("..a.lock")
@example("@{x}~^: ?*[\\/\x00\x7f")
@example("-x.")
def test_any_name_becomes_one_part_of_a_ref_and_comes_back(text: str) -> None:
    part = encode(text)
    assert decode(part) == text
    assert "/" not in part
    assert part.isascii()


@pytest.mark.parametrize(
    "name", ["plain", "", ".", "..", "a..b", ".a", "a.", "a.lock", "@{u}", "@", "~^:?*[\\", "ü ", "-x"]
)
def test_git_takes_the_names(name: str) -> None:
    ref = f"{namespace('refs/mooring', Owner(name, name))}/ledger"
    subprocess.run(["git", "check-ref-format", ref], check=True)


def test_refs_have_the_promised_names(clones: Clones, git: Git, clock: Clock) -> None:
    remote, a, _ = clones
    for place in (InRefs(), InBranch("mooring-ledger")):
        open_store(a, Owner("acme", "lf prod"), place, clock).swap(Name.LEDGER, None, Draft(FILES, "made"))
    assert git(remote, "for-each-ref", "--format=%(refname)").splitlines() == [
        "refs/heads/mooring-ledger/acme/lf%20prod/ledger",
        "refs/mooring/acme/lf%20prod/ledger",
    ]


def test_commits_name_who_wrote_them_and_keep_the_message(clones: Clones, git: Git, clock: Clock) -> None:
    remote, a, _ = clones
    git(a, "config", "user.name", "Grace <Hopper>")
    store = open_store(a, Owner("acme", "t"), InRefs(), clock)
    store.swap(Name.LEDGER, None, Draft(FILES, "sync t: 2 moved\n\nMooring-Run: r1\n"))
    shown = git(
        remote,
        "log",
        "-1",
        "--format=%an|%ae|%aI|%s|%(trailers:key=Mooring-Run,valueonly)",
        "refs/mooring/acme/t/ledger",
    )
    assert shown == "Grace Hopper|ada@example.com|2026-01-01T00:00:00+00:00|sync t: 2 moved|r1"


def test_without_any_remote_the_repository_itself_holds_the_refs(
    alone: tuple[Path, Path], git: Git, clock: Clock
) -> None:
    folder, linked = alone
    commit = open_store(linked, Owner("acme", "t"), InRefs(), clock).swap(Name.LEDGER, None, Draft(FILES, "made"))
    assert git(folder, "rev-parse", "refs/mooring/acme/t/ledger") == commit
    assert (folder / ".git" / "mooring" / "ledger.git" / "HEAD").is_file()
    assert git(folder, "status", "--porcelain") == ""


def test_a_remote_that_refuses_changes_nothing(clones: Clones, git: Git, clock: Clock) -> None:
    remote, a, _ = clones
    store = open_store(a, Owner("acme", "t"), InRefs(), clock)
    first = store.swap(Name.LEDGER, None, Draft(FILES, "first"))
    refuse(remote, "echo 'only bots may write here' >&2; exit 1")
    with pytest.raises(LedgerRefused, match=r"(?s)pre-receive hook declined.*only bots may write here.*mooring-ledger"):
        store.swap(Name.LEDGER, first, Draft({"new": b"x"}, "second", (first,)))
    with pytest.raises(LedgerRefused, match="pre-receive hook declined"):
        store.delete(Name.LEDGER, first)
    assert git(remote, "rev-parse", "refs/mooring/acme/t/ledger") == first


def test_a_write_whose_answer_is_lost_counts(clones: Clones, git: Git, clock: Clock, tmp_path: Path) -> None:
    remote, a, _ = clones
    script = tmp_path / "half-deaf"
    script.write_text('#!/bin/sh\ngit-receive-pack "$@"\nexit 1\n')
    script.chmod(0o755)
    git(a, "config", "remote.origin.receivepack", str(script))
    commit = open_store(a, Owner("acme", "t"), InRefs(), clock).swap(Name.LEDGER, None, Draft(FILES, "made"))
    assert git(remote, "rev-parse", "refs/mooring/acme/t/ledger") == commit


def test_a_remote_that_is_gone_is_neither_empty_nor_written(clones: Clones, clock: Clock) -> None:
    remote, a, _ = clones
    store = open_store(a, Owner("acme", "t"), InRefs(), clock)
    first = store.swap(Name.LEDGER, None, Draft(FILES, "first"))
    remote.rename(remote.with_name("elsewhere.git"))
    with pytest.raises(LedgerUnreadable, match=r"the remote origin .*remote\.git.* cannot be reached"):
        store.fetch()
    with pytest.raises(LedgerRefused, match="took no write"):
        store.swap(Name.LEDGER, first, Draft({"new": b"x"}, "second", (first,)))


def test_another_remote_is_not_guessed(clones: Clones, git: Git, clock: Clock) -> None:
    _, a, _ = clones
    git(a, "remote", "rename", "origin", "upstream")
    with pytest.raises(LedgerUnreadable, match=r"ledger: \{remote: upstream\}"):
        open_store(a, Owner("acme", "t"), InRefs(), clock).fetch()
    assert open_store(a, Owner("acme", "t"), InRefs(remote="upstream"), clock).fetch() == {}


def test_outside_of_a_repository_it_says_so(tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(LedgerUnreadable, match="not a git repository"):
        open_store(tmp_path, Owner("acme", "t"), InRefs(), clock).fetch()


def test_a_relative_url_starts_where_git_says(clones: Clones, git: Git, clock: Clock) -> None:
    remote, a, _ = clones
    git(a, "remote", "set-url", "origin", "../remote.git")
    (a / "prompts").mkdir()
    open_store(a / "prompts", Owner("acme", "t"), InRefs(), clock).swap(Name.LEDGER, None, Draft(FILES, "made"))
    assert git(remote, "for-each-ref", "--count=1", "refs/mooring") != ""


def test_settings_and_hooks_of_the_user_do_not_get_in_the_way(
    clones: Clones, git: Git, clock: Clock, tmp_path: Path
) -> None:
    remote, a, _ = clones
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-push", "reference-transaction", "post-checkout"):
        (hooks / name).write_text("#!/bin/sh\nexit 1\n")
        (hooks / name).chmod(0o755)
    for key, value in {
        "core.hooksPath": str(hooks),
        "push.followTags": "true",
        "push.gpgSign": "true",
        "push.useForceIfIncludes": "true",
        "fetch.prune": "true",
        "commit.gpgSign": "true",
    }.items():
        git(a, "config", "--global", key, value)
    git(remote, "config", "core.hooksPath", str(tmp_path / "none"))
    store = open_store(a, Owner("acme", "t"), InRefs(), clock)
    commit = store.swap(Name.LEDGER, None, Draft(FILES, "made"))
    assert store.fetch() == {Name.LEDGER: commit}


def test_a_sha256_repository_has_a_sha256_ledger(tmp_path: Path, git: Git, clock: Clock) -> None:
    folder = tmp_path / "new"
    git(tmp_path, "init", "--quiet", "--object-format=sha256", str(folder))
    commit = open_store(folder, Owner("acme", "t"), InRefs(), clock).swap(Name.LEDGER, None, Draft(FILES, "made"))
    assert len(commit) == 64
    assert open_store(folder, Owner("acme", "t"), InRefs(), clock).files(commit) == FILES


def test_a_damaged_cache_is_fetched_anew(clones: Clones, clock: Clock) -> None:
    _, a, _ = clones
    commit = open_store(a, Owner("acme", "t"), InRefs(), clock).swap(Name.LEDGER, None, Draft(FILES, "made"))
    for path in (a / ".git" / "mooring" / "ledger.git" / "objects").glob("??/*"):
        path.chmod(0o644)
        path.write_bytes(b"")
    store = open_store(a, Owner("acme", "t"), InRefs(), clock)
    assert store.fetch() == {Name.LEDGER: commit}
    assert store.files(commit) == FILES


def test_a_ref_file_torn_by_a_power_cut_is_not_an_empty_ledger(alone: tuple[Path, Path], clock: Clock) -> None:
    folder, _ = alone
    open_store(folder, Owner("acme", "t"), InRefs(), clock).swap(Name.LEDGER, None, Draft(FILES, "made"))
    for torn in ("", "1" * 40 + "\n"):
        (folder / ".git/refs/mooring/acme/t/ledger").write_text(torn)
        with pytest.raises(LedgerUnreadable):
            open_store(folder, Owner("acme", "t"), InRefs(), clock).fetch()


def test_from_before_there_was_a_remote(alone: tuple[Path, Path], git: Git, clock: Clock, tmp_path: Path) -> None:
    folder, _ = alone
    owner = Owner("acme", "t")
    first = open_store(folder, owner, InRefs(), clock).swap(Name.LEDGER, None, Draft(FILES, "first"))
    git(tmp_path, "init", "--quiet", "--bare", "late.git")
    git(folder, "remote", "add", "origin", str(tmp_path / "late.git"))
    store = open_store(folder, owner, InRefs(), clock)
    assert store.fetch() == {}
    assert store.seed(Name.LEDGER) == first
    second = store.swap(Name.LEDGER, None, Draft({"new": b"x"}, "second", (first,)))
    assert git(tmp_path / "late.git", "rev-list", "refs/mooring/acme/t/ledger").split() == [second, first]


def test_nothing_is_fetched_again(clones: Clones, clock: Clock, argv: Callable[[], list[list[str]]]) -> None:
    _, a, b = clones
    open_store(a, Owner("acme", "t"), InRefs(), clock).swap(Name.LEDGER, None, Draft(FILES, "made"))
    store = open_store(b, Owner("acme", "t"), InRefs(), clock)
    store.fetch()
    before = len(argv())
    store.fetch()
    store.fetch()
    assert [words[2] for words in argv()[before:]] == ["ls-remote", "ls-remote"]


def test_the_number_of_files_is_not_the_number_of_processes(
    clones: Clones, clock: Clock, argv: Callable[[], list[list[str]]]
) -> None:
    _, a, _ = clones
    store = open_store(a, Owner("acme", "t"), InRefs(), clock)
    store.fetch()
    before = len(argv())
    commit = store.swap(Name.LEDGER, None, Draft({f"prompts/{n:02x}.json": b"{}" for n in range(256)}, "many"))
    assert len(store.files(commit)) == 256
    assert [words[2] for words in argv()[before:]] == ["fast-import", "push", "update-ref", "ls-tree", "cat-file"]


def refuse(remote: Path, script: str) -> None:
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{script}\n")
    hook.chmod(0o755)
