"""Does a pull request's own mooring.yaml, base branch or age ever make the comment say what is not so?"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mooring.reports.resettled import Setting, told
from mooring.review.host import Proposed, proposed
from mooring.review.settings import changed, elsewhere

if TYPE_CHECKING:
    from mooring.testing.github.serve import Served
    from tests.review.conftest import Desk

PLAN = ("plan", "--offline", "--comment")
HEAD = b"version: 1\nid: acme\n"


def with_config(desk: "Desk", old: str, new: str) -> dict[str, str | None]:
    text = (desk.folder / "mooring.yaml").read_text(encoding="utf-8")
    assert old in text
    return {"mooring.yaml": text.replace(old, new)}


def payload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, **more: Any) -> None:
    event = tmp_path / "hostile-event.json"
    event.write_text(json.dumps({"pull_request": {"number": number, **more}}), encoding="utf-8")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))


# --- mooring.yaml -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "setting"),
    [
        ("memory:///platform.json", "memory:///theirs.json", "`targets.prod.url`"),
        ("labels: [production]", 'labels: [production], rename: {"*": "x.*"}', "`targets.prod.rename.*`"),
        ("mode: upsert", "mode: upsert, project: other", "`targets.prod.project`"),
        ("id: acme-support", "id: acme-other", "`id`"),
        ("limits:", "ledger: {ref: refs/other}\nlimits:", "`ledger.ref`"),
    ],
)
def test_a_target_that_a_merge_puts_elsewhere_is_not_said_to_stay_as_it_is(
    desk: "Desk", old: str, new: str, setting: str
) -> None:
    desk.propose(with_config(desk, old, new))
    shown = desk.review()
    assert "### What merging changes on prod is not known." in shown
    assert f"> * **Changes mooring.yaml:** {setting}: " in shown


def test_another_setting_is_named_and_the_plan_stands(desk: "Desk") -> None:
    desk.propose(with_config(desk, "limits:", "alerts: [{notify: env:GITHUB_TOKEN}]\nlimits:"))
    shown = desk.review()
    assert "### Merging changes nothing that a platform serves." in shown
    assert '> * **Changes mooring.yaml:** `alerts`: `[{"notify": "env:GITHUB_TOKEN"}]` is new.' in shown


def test_where_the_platform_is_asked_it_is_known(desk: "Desk") -> None:
    desk.propose(with_config(desk, "mode: upsert", "mode: upsert, timeout: 9"))
    shown = desk.type("plan", "-o", "review")
    assert "`targets.prod.timeout`: `9` is new." in shown
    assert "is not known" not in shown


def test_a_comment_is_written_though_no_prompt_changes(desk: "Desk", github: "Served", pull: int) -> None:
    desk.git("reset", "--quiet", "--hard", "main")
    desk.commit(with_config(desk, "memory:///platform.json", "memory:///theirs.json"))
    desk.type(*PLAN)
    (comment,) = github.hub.issues[pull].comments
    assert "`memory:///platform.json` → `memory:///theirs.json`" in comment.body


def test_a_base_that_cannot_be_read_is_said(desk: "Desk", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.propose({"prompts/leave.yaml": None})
    payload(tmp_path, monkeypatch, 1, base={"ref": "main", "sha": "d" * 40})
    assert "What this changes in mooring.yaml is not known: The history of commit dddddddddddd" in desk.review()


@pytest.mark.parametrize("other", [b"", b"- 1\n", b"{", b"\xff", b"version: 1\nid: [\n"])
def test_what_is_no_mapping_is_compared_with_nothing(other: bytes) -> None:
    assert changed(other, HEAD) == changed(HEAD, other) == ()


def test_new_and_gone_targets_are_no_targets_elsewhere() -> None:
    one, two = HEAD + b"targets: {a: {url: x}}\n", HEAD + b"targets: {b: {url: x}}\n"
    found = changed(one, two)
    assert found == (Setting("targets.a.url", "x", ""), Setting("targets.b.url", "", "x"))
    assert elsewhere(found, ["b"]) == frozenset()
    assert elsewhere((Setting("id", "a", "b"),), ["b"]) == {"b"}
    assert elsewhere((Setting("identity", "a", "b"),), ["b"]) == frozenset()


def test_no_value_is_markup_and_of_very_many_the_gravest_are_listed() -> None:
    hostile = "x`\n::error::y | <img src=x> @everyone" + "z" * 500
    many = [Setting(f"limits.n{at:03}", "", hostile) for at in range(50)]
    lines = told([*many, Setting("targets.p.url", hostile, hostile + "!", "p")])
    assert lines[0].startswith("**Changes mooring.yaml:** `targets.p.url`: ``x`\\n::error::y")
    assert lines[0].endswith("What is served there is not known: after the merge `p` is another place.")
    assert lines[-1] == "And 41 more settings of mooring.yaml."
    assert all("\n" not in line and len(line) < 400 for line in lines)


# --- where it goes, and when ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("base", "said"), [("main", "### Merging"), ("release", "### Nothing is synced from release")])
def test_a_pull_request_into_another_branch_changes_nothing_yet(
    desk: "Desk", tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base: str, said: str
) -> None:
    desk.propose({"prompts/leave.yaml": "labels: [production]\nprompt: Bye\n"})
    tip = desk.git("rev-parse", "main").strip()
    payload(tmp_path, monkeypatch, 1, base={"ref": base, "sha": tip}, head={"sha": tip})
    assert desk.review().splitlines()[1].startswith(said)


def test_a_job_that_runs_again_does_not_put_an_older_plan_over_a_newer_one(
    desk: "Desk", github: "Served", pull: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, base = desk.git("rev-parse", "HEAD").strip(), {"ref": "main", "sha": desk.git("rev-parse", "main").strip()}
    desk.commit({"prompts/leave.yaml": "labels: [production]\nprompt: Bye\n"})
    newest = desk.git("rev-parse", "HEAD").strip()
    desk.git("push", "--quiet", "origin", "feature", f"HEAD:refs/pull/{pull}/head")
    payload(tmp_path, monkeypatch, pull, base=base, head={"sha": newest})
    assert "was written" in desk.type(*PLAN)
    payload(tmp_path, monkeypatch, pull, base=base, head={"sha": first})
    desk.git("checkout", "--quiet", first)
    assert "another newest commit than this run is about" in desk.type(*PLAN)
    (comment,) = github.hub.issues[pull].comments
    assert "for 2 prompts on prod" in comment.body


@pytest.mark.parametrize(
    ("event", "found"),
    [
        ({"number": 7}, None),
        ({"pull_request": {"number": 7}}, None),
        ({"pull_request": {"number": 7, "base": {"ref": "m", "sha": "--upload-pack=x"}}}, Proposed(7, "m", "", "", "")),
        (
            {"pull_request": {"number": 7, "base": {"ref": "m", "sha": "a" * 40}, "head": 1}, "repository": 1},
            Proposed(7, "m", "a" * 40, "", ""),
        ),
        (
            {
                "pull_request": {"number": 7, "base": {"ref": "m", "sha": "a" * 40}, "head": {"sha": "b" * 64}},
                "repository": {"default_branch": "main"},
            },
            Proposed(7, "m", "a" * 40, "b" * 64, "main"),
        ),
    ],
)
def test_of_a_payload_only_what_can_be_meant_is_taken(tmp_path: Path, event: Any, found: Proposed | None) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps(event), encoding="utf-8")
    assert proposed({"GITHUB_EVENT_PATH": str(file)}) == found


def test_a_text_of_blank_lines_is_laid_beside_another_one_at_once(desk: "Desk") -> None:
    desk.land({"prompts/leave.yaml": "labels: [production]\nprompt: " + json.dumps("\n" * 40_000) + "\n"})
    desk.propose({"prompts/leave.yaml": "labels: [production]\nprompt: " + json.dumps("a\n\n" * 20_000) + "\n"})
    assert "#### `leave@production` on prod" in desk.review()
    assert desk.code == [0]


def test_ours_is_found_behind_a_thousand_others(desk: "Desk", github: "Served", pull: int) -> None:
    for _ in range(1010):
        github.hub.comment(github.hub.issues[pull], "mallory", "+1")
    assert "was written" in desk.type(*PLAN)
    assert "says so already" in desk.type(*PLAN)
    assert len(github.hub.issues[pull].comments) == 1011
