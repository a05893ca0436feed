"""Do a thousand reads of contents cost one git, and what if that git dies?"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from mooring.core.artifact import Artifact
from mooring.formats import Role
from mooring.git.contents import Artifacts, Blobs
from mooring.git.repository import find_repository
from mooring.ports import HistoryError

if TYPE_CHECKING:
    from tests.git.conftest import Repo


def children() -> set[int]:
    """Give the processes of this program, zombies too."""
    lister = subprocess.Popen(["ps", "-A", "-o", "pid=,ppid="], stdout=subprocess.PIPE, text=True)
    pairs = [line.split() for line in lister.communicate()[0].splitlines()]
    return {int(pid) for pid, parent in pairs if int(parent) == os.getpid()} - {lister.pid}


def blob(repo: Repo, content: bytes) -> str:
    git = ["git", "-C", str(repo.root), "hash-object", "-w", "--stdin"]
    return subprocess.run(git, input=content, capture_output=True, check=True).stdout.decode().strip()


def opened(repo: Repo) -> Blobs:
    git = find_repository(repo.root).git
    return Blobs(lambda: git)


def test_publishing_many_versions_costs_one_git(repo: Repo, processes: Callable[[], int]) -> None:
    repo.commit({f"prompts/p{number}.yaml": f"prompt: text {number}\n" for number in range(200)})
    history = repo.history()
    versions = [prompt.versions["head"] for name, prompt in history.desired().prompts.items() if name != "support"]
    processes()
    for _ in range(2):
        bodies = {history.artifact(version).body for version in versions}
        assert bodies == {f"text {number}" for number in range(200)}
    assert processes() == 1


def test_an_unchanged_check_asks_git_a_fixed_few_times(repo: Repo, processes: Callable[[], int]) -> None:
    repo.commit({f"prompts/p{number}/v1.yaml": f"prompt: text {number}\n" for number in range(50)})
    then = repo.git("rev-parse", "HEAD")
    repo.history().desired()
    repo.commit({"prompts/registry.yaml": "support: {production: v1}\n"})
    repo.history().desired()
    history = repo.history()
    processes()
    history.desired()
    # Is the commit here, and which tree is it? Is the other here, which trees are both, what changed in between?
    assert processes() == 2
    assert history.edited_versions(then) == []
    assert processes() == 3
    assert history.memory.parses == 0


def test_big_small_and_empty_blobs_come_whole_from_many_threads(repo: Repo) -> None:
    contents = [b"", b"\n", b"x blob 3\n", os.urandom(3_000_000), *(b"%d" % number * number for number in range(200))]
    ids = {blob(repo, content): content for content in contents}
    blobs = opened(repo)
    with ThreadPoolExecutor(8) as pool:
        for oid, got in zip(list(ids) * 3, pool.map(blobs.read, list(ids) * 3), strict=True):
            assert got == ids[oid]
    blobs.close()


def test_a_git_that_is_killed_is_started_again(repo: Repo, processes: Callable[[], int]) -> None:
    oid = blob(repo, b"hello")
    before = children()
    blobs = opened(repo)
    processes()
    for _ in range(3):
        assert blobs.read(oid) == b"hello"
        (child,) = children() - before
        os.kill(child, signal.SIGKILL)
    assert blobs.read(oid) == b"hello"
    assert processes() == 4
    blobs.close()
    assert children() == before


def test_what_is_not_there_is_an_error_and_the_next_question_is_answered(repo: Repo) -> None:
    oid = blob(repo, b"hello")
    blobs = opened(repo)
    for wrong in ("0" * 40, repo.git("rev-parse", "HEAD"), "HEAD:mooring.yaml", f"{oid}\n{oid}", ""):
        with pytest.raises(HistoryError, match="is missing in the clone"):
            blobs.read(wrong)
        assert blobs.read(oid) == b"hello"
    blobs.close()


def test_a_blob_that_came_after_git_was_started_is_found(repo: Repo) -> None:
    blobs = opened(repo)
    blobs.read(blob(repo, b"first"))
    late = blob(repo, b"second")
    repo.git("gc", "--quiet", "--prune=now")
    assert blobs.read(blob(repo, b"third")) == b"third"
    with pytest.raises(HistoryError, match=late):
        blobs.read(late)
    blobs.close()


def test_git_ends_with_whoever_asked_it_and_leaves_no_zombie(repo: Repo) -> None:
    before = children()
    history = repo.history()
    version = history.desired().version("support", "production")
    assert version is not None
    history.artifact(version)
    assert len(children() - before) == 1
    del history
    gc.collect()
    # What an earlier test left may be gone by now.
    assert children() <= before


def test_git_ends_with_the_program(repo: Repo) -> None:
    program = (
        "import os, sys; from pathlib import Path; from mooring.git.contents import Blobs\n"
        "from mooring.git.repository import find_repository\n"
        "blobs = Blobs(lambda: find_repository(Path(sys.argv[1])).git); print(blobs.read(sys.argv[2]).decode())\n"
        "sys.stdout.flush(); os.system(f'ps -A -o ppid=,pid=,comm= | grep \"^ *{os.getpid()} .*git\"')"
    )
    command = [sys.executable, "-W", "error", "-c", program, str(repo.root), blob(repo, b"hello")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    said, _, pid, _ = done.stdout.split()
    assert said == "hello"
    assert subprocess.run(["ps", "-p", pid], capture_output=True, check=False).returncode == 1


def test_only_so_many_bytes_are_kept(repo: Repo, processes: Callable[[], int]) -> None:
    ids = [blob(repo, b"prompt: text number %d\n" % number) for number in range(5)]
    blobs = opened(repo)
    artifacts = Artifacts(blobs, bound=2 * len(b"prompt: text number 0\n"))
    first = [artifacts.read(oid, Role.ONE_FILE, "x.yaml") for oid in ids]
    assert first[0] == Artifact("text number 0")
    assert artifacts.read(ids[4], Role.ONE_FILE, "x.yaml") is first[4]
    assert artifacts.read(ids[3], Role.ONE_FILE, "x.yaml") is first[3]
    again = artifacts.read(ids[0], Role.ONE_FILE, "x.yaml")
    assert again == first[0]
    assert again is not first[0]
    # The one that nobody asked for since is what made room.
    assert artifacts.read(ids[3], Role.ONE_FILE, "x.yaml") is first[3]
    assert artifacts.read(ids[4], Role.ONE_FILE, "x.yaml") is not first[4]
    blobs.close()


def test_the_same_bytes_are_another_artifact_in_another_role(repo: Repo) -> None:
    oid = blob(repo, b"prompt: hello\n")
    artifacts = Artifacts(opened(repo))
    assert artifacts.read(oid, Role.VERSION_YAML, "a/v1.yaml") == Artifact("hello")
    assert artifacts.read(oid, Role.VERSION_TEXT, "a/v1.txt") == Artifact("prompt: hello\n")


def test_a_file_that_is_no_prompt_is_named(repo: Repo) -> None:
    oid = blob(repo, b"prompt: [\n")
    artifacts = Artifacts(opened(repo))
    for _ in range(2):
        with pytest.raises(HistoryError, match=r"a/v1\.yaml is not a valid prompt"):
            artifacts.read(oid, Role.VERSION_YAML, "a/v1.yaml")
