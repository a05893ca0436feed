"""Is a pull request's mooring.yaml compared with the commit that it goes onto, and are keys sent elsewhere marked?"""

from typing import TYPE_CHECKING

import pytest

from mooring.git.command import Git
from mooring.reports.resettled import Setting, told
from mooring.review.base import merged_onto
from mooring.review.settings import changed

if TYPE_CHECKING:
    from tests.review.conftest import Desk

HEAD = b"version: 1\nid: acme\n"


def limited(desk: "Desk", updates: str) -> dict[str, str]:
    config = (desk.folder / "mooring.yaml").read_text(encoding="utf-8")
    return {"mooring.yaml": config.replace("updates: 100%", f"updates: {updates}")}


def test_what_the_branch_got_since_is_not_what_the_pull_request_changes(desk: "Desk") -> None:
    desk.propose({"README.md": "Hello\n"})
    desk.git("switch", "--quiet", "main")
    desk.land(limited(desk, "50%"))
    desk.git("switch", "--quiet", "feature")
    assert "Changes mooring.yaml" not in desk.review()


def test_the_hosts_merge_is_compared_with_what_it_was_merged_with(
    desk: "Desk", monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.propose(limited(desk, "70%"))
    older = desk.git("rev-parse", "main").strip()
    desk.git("switch", "--quiet", "main")
    desk.land({"README.md": "Hello\n"})
    onto = desk.git("rev-parse", "main").strip()
    desk.git("switch", "--quiet", "--detach")
    desk.git("merge", "--quiet", "--no-edit", "feature")
    merge = desk.git("rev-parse", "HEAD").strip()
    desk.git("update-ref", "refs/remotes/origin/main", older)
    monkeypatch.setenv("GITHUB_REF", "refs/pull/1/merge")
    monkeypatch.setenv("GITHUB_SHA", merge)
    assert "`limits.updates`: `100%` → `70%`." in desk.review()
    environment = {"GITHUB_REF": "refs/pull/1/merge", "GITHUB_SHA": merge}
    git = Git(desk.folder)
    assert merged_onto(git, merge, environment) == onto
    assert merged_onto(git, onto, environment) is None
    assert merged_onto(git, onto, {**environment, "GITHUB_SHA": onto}) is None
    assert merged_onto(git, merge, {**environment, "GITHUB_REF": "refs/pull/1/head"}) is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{url: x}", "{url: y}", "`targets.p.url`: `x` → `y`. **Grave:** the keys in the jobs' environment"),
        ("{labels: [a]}", "{labels: [a], url: y}", "`y` is new. **Grave:** keys in the jobs' environment"),
        ("{credentials: {k: 'env:A'}}", "{credentials: {k: 'env:B'}}", "`env:A` → `env:B`. **Grave:** other keys"),
        ("{mode: observe}", "{mode: upsert}", "`targets.p.mode`: `observe` → `upsert`."),
        ("{url: x, mode: observe}", "{mode: observe}", "`targets.p.url`: `x` is gone. What is served"),
    ],
)
def test_a_setting_in_a_line(old: str, new: str, said: str) -> None:
    before, after = (HEAD + b"targets: {p: " + side.encode() + b"}\n" for side in (old, new))
    (line,) = told(changed(before, after))
    assert said in line


def test_the_gravest_comes_first() -> None:
    lines = told([Setting("targets.p.rename", "", "x", "p"), Setting("targets.q.url", "", "y")])
    assert "targets.q.url" in lines[0]
