"""Which commit brought a content, who wrote it, by which request, and who approved it: from Git, and from its host."""

from typing import TYPE_CHECKING

import pytest

from mooring.core.address import ABSENT, Address
from mooring.core.artifact import Artifact
from mooring.core.canonical import content_hash
from mooring.core.record import RecordKind
from mooring.git.command import Git
from mooring.git.origin import last_change, origin, origins
from mooring.testing.github.bare import Method
from mooring.testing.github.serve import serve

if TYPE_CHECKING:
    from tests.audit.conftest import Shop

GRACE = "Grace <grace@example.com>"


@pytest.mark.parametrize(
    ("message", "pull"),
    [
        ("Shorter answers (#12)", "#12"),
        ("Shorter answers (#12)\n\n* one\n* two (#99)", "#12"),
        ("Merge pull request #7 from acme/x\n\nTitle (#8)", "#7"),
        ("Merge branch 'x' into 'main'\n\nTitle\n\nSee merge request acme/shop!34", "!34"),
        ("Merged in x (pull request #5)\n\nTitle", "#5"),
        ("Merged PR 41: Title", "#41"),
        ("See #12", ""),
        ("Title\n\nAs said in (#12)", ""),
    ],
)
def test_the_request_is_read_from_the_words_of_the_host(shop: "Shop", message: str, pull: str) -> None:
    commit = shop.commit({"x": message}, message)
    found = origin(Git(shop.folder), commit, ["x"])
    assert found is not None
    assert (found.pull, found.subject) == (pull, message.partition("\n")[0])


def test_trailers_name_who_approved_and_who_helped_each_once(shop: "Shop") -> None:
    trailers = ["Reviewed-by: Lin <l@x>", "acked-by: Kim <k@x>", "Approved-by: Lin <l@x>", "Co-authored-by: Bo <b@x>"]
    commit = shop.commit({"x": "1"}, "Title\n\n" + "\n".join(trailers))
    found = origins(Git(shop.folder), [commit])[commit]
    assert found.approvers == ("Lin <l@x>", "Kim <k@x>")
    assert found.co_authors == ("Bo <b@x>",)
    assert found.time == "2026-11-16T09:00:00+00:00"


def test_a_merge_is_told_by_those_of_its_commits_that_touched_the_prompt(shop: "Shop") -> None:
    shop.git("checkout", "--quiet", "-b", "x")
    shop.commit({"prompts/other.yaml": "prompt: a\n"}, "Another prompt", who="Bo <b@x>")
    shop.commit({"prompts/sales.yaml": "prompt: b\n"}, "Sales, first", who="Kim <k@x>")
    shop.commit({"prompts/sales.yaml": "prompt: c\n"}, "Sales, again", who=GRACE)
    shop.commit({"README": "x"}, "Words", who="Bo <b@x>")
    shop.git("checkout", "--quiet", "main")
    shop.git("merge", "--quiet", "--no-ff", "x", "-m", "Merge pull request #3 from acme/x")
    merge = shop.git("rev-parse", "HEAD")
    found = origin(Git(shop.folder), merge, ["prompts/sales.yaml"])
    assert found is not None
    assert (found.commit, found.author, found.subject, found.pull) == (merge, GRACE, "Sales, again", "#3")
    assert (found.merged_by, found.co_authors) == ("Ada <ada@example.com>", ("Kim <k@x>",))
    nowhere = origin(Git(shop.folder), merge, ["prompts/elsewhere"])
    assert nowhere is not None
    assert nowhere.subject == "Words"
    assert last_change(Git(shop.folder), merge, ["prompts/sales.yaml"]) == merge


@pytest.mark.parametrize("commit", ["--output=stolen", "--all", "HEAD", "1" * 40, "", "\n--all"])
def test_what_a_record_calls_a_commit_is_no_option_of_git(shop: "Shop", commit: str) -> None:
    assert origins(Git(shop.folder), [commit]) == {}
    assert origin(Git(shop.folder), commit, ["prompts"]) is None
    assert last_change(Git(shop.folder), commit, ["prompts"]) is None
    assert not (shop.folder / "stolen").exists()


def test_a_commit_that_changed_none_of_the_paths_is_no_last_change(shop: "Shop") -> None:
    assert last_change(Git(shop.folder), shop.git("rev-parse", "HEAD"), ["nowhere"]) is None


def test_a_commit_that_this_clone_lacks_is_said(week: "Shop") -> None:
    address = Address("local", "sales", "production")
    content = content_hash(Artifact("Sell more."))
    week.commit({"prompts/sales.yaml": 'labels: [production]\nprompt: "Sell more."\n'}, "More")
    week.record("2026-11-18T09:00:00+00:00", RecordKind.SYNC, [(address, ABSENT, content)], keys=[(content, "v9")])
    lost = week.git("rev-parse", "HEAD")
    week.git("reset", "--quiet", "--hard", "HEAD~1")
    week.git("reflog", "expire", "--expire=now", "--all")
    week.git("gc", "--quiet", "--prune=now")
    assert f"The commit {lost[:12]} is not in this clone" in week.type("blame", "sales").out


@pytest.mark.parametrize("method", [Method.MERGE, Method.SQUASH])
def test_the_host_says_who_approved_unless_it_is_not_to_be_asked(
    shop: "Shop", monkeypatch: pytest.MonkeyPatch, method: Method
) -> None:
    bare = shop.folder.with_name("remote.git")
    shop.git("clone", "--quiet", "--bare", ".", str(bare))
    shop.git("remote", "add", "origin", f"file://{bare}")
    with serve(bare) as github:
        for name in ("GITHUB_TOKEN", "GITHUB_REPOSITORY", "GITHUB_API_URL", "GITHUB_SERVER_URL"):
            monkeypatch.setenv(name, github.environment[name])
        shop.git("push", "--quiet", "origin", "main:brief")
        github.person.write("brief", {"prompts/sales.yaml": b'labels: [production]\nprompt: "Short."\n'}, "Short")
        github.person.open_pull("brief", "Shorter")
        github.colleague("linus").approve(1)
        github.person.merge(1, method)
        shop.git("pull", "--quiet", "origin", "main")
        address, short = Address("local", "sales", "production"), content_hash(Artifact("Short."))
        shop.record("2026-11-18T09:00:00+00:00", RecordKind.SYNC, [(address, ABSENT, short)], keys=[(short, "head")])
        asked = len(github.requests)
        (alone,) = shop.type("blame", "sales", "--offline", "-o", "json").json["addresses"]
        assert alone["content"]["approvers"] == []
        assert len(github.requests) == asked
        (told,) = shop.type("blame", "sales", "-o", "json").json["addresses"]
        content = told["content"]
        assert (content["pull_request"], content["approvers"]) == ("#1", ["linus"])
        assert content["url"] == "https://github.com/acme/prompts/pull/1"
        assert "approved  by linus" in shop.type("blame", "sales").out
        monkeypatch.setenv("GITHUB_TOKEN", "ghs_withdrawn")
        done = shop.type("blame", "sales")
        assert done.code == 0
        assert "The Git host did not say who approved" in done.out
