"""Is each change compared with what is served, and does a review read no more than that takes?"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mooring import cycle
from mooring.cli.session import Request, open_session
from mooring.core.address import ContentHash
from mooring.core.artifact import Artifact
from mooring.core.desired import Desired, Version
from mooring.git.full import FullHistory
from mooring.ports import History, Reviewed
from mooring.reports.review import Review
from mooring.review.earlier import Earlier
from mooring.review.gather import Around, Basis, review

if TYPE_CHECKING:
    from mooring.testing.github.serve import Served
    from tests.review.conftest import Desk

CARE = {
    "prompts/care/v2.yaml": "prompt: |\n  Take good care\n",
    "prompts/care/prompt.yaml": "labels: {production: v2}\n",
}
BYE = "labels: [production]\nprompt: |\n  Bye {{name}}\n"


@dataclass
class Watched:
    """The real history, and what was asked of it."""

    inner: History
    walks: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)

    def desired(self) -> Desired:
        return self.inner.desired()

    def artifact(self, version: Version) -> Artifact:
        self.read.append(version.path)
        return self.inner.artifact(version)

    def reviewed(self, prompt: str) -> Mapping[ContentHash, Reviewed]:
        self.walks.append(prompt)
        return self.inner.reviewed(prompt)

    def provenance(self, version: Version) -> tuple[str, str]:
        return self.inner.provenance(version)


def gathered(folder: Path) -> tuple[Review, Watched]:
    session = open_session(Request(folder))
    watched = Watched(session.run.history)
    run = replace(session.run, history=watched)
    report = cycle.plan_offline(run)
    watched.read.clear()
    earlier = Earlier(FullHistory(session.repo, "origin", "main"), session.repo.inputs("mooring.yaml", "prompts/"))
    return review(run, report, Around(Basis.LEDGER, earlier)), watched


def test_a_changed_file_is_found_where_the_commit_of_the_last_sync_has_it(desk: "Desk") -> None:
    desk.propose({"prompts/leave.yaml": BYE})
    found, watched = gathered(desk.folder)
    (changed,) = found.changes
    assert (changed.old, changed.new) == (Artifact("Goodbye {{name}}\n"), Artifact("Bye {{name}}\n"))
    assert (watched.walks, set(watched.read)) == ([], {"prompts/leave.yaml"})


def test_a_version_that_is_still_there_is_read_from_the_files_of_now(desk: "Desk") -> None:
    desk.propose(CARE)
    found, watched = gathered(desk.folder)
    (changed,) = found.changes
    assert changed.old == Artifact("Take care\n")
    assert (watched.walks, watched.read) == ([], ["prompts/care/v1.yaml", "prompts/care/v2.yaml"])


def test_a_file_that_moved_costs_one_walk(desk: "Desk") -> None:
    desk.land({"prompts/leave.yaml": None, "prompts/x/bye.yaml": f"name: leave\n{BYE}"})
    desk.propose({"prompts/x/bye.yaml": None, "prompts/y/bye.yaml": f"name: leave\n{BYE}  And {{{{more}}}}\n"})
    found, watched = gathered(desk.folder)
    (changed,) = found.changes
    assert changed.old == Artifact("Bye {{name}}\n")
    assert watched.walks == ["leave"]


def test_where_nothing_changes_nothing_is_read(desk: "Desk") -> None:
    found, watched = gathered(desk.folder)
    assert (found.changes, watched.walks, watched.read, found.quiet) == ((), [], [], True)


def test_a_shallow_clone_without_its_remote_says_so_and_guesses_nothing(desk: "Desk", tmp_path: Path) -> None:
    desk.land({"prompts/greet.yaml": "labels: [production]\nprompt: |\n  Hi\n"})
    desk.propose({"prompts/leave.yaml": BYE})
    remote = desk.folder.parent / "remote.git"
    shallow = tmp_path / "shallow"
    desk.git("clone", "--quiet", "--depth=1", "--branch=feature", f"file://{remote}", str(shallow))
    shutil.copytree(desk.folder / ".git" / "mooring", shallow / ".git" / "mooring")
    found, _ = gathered(shallow)
    assert [one.old for one in found.changes] == [Artifact("Goodbye {{name}}\n")]  # from the remote

    again = tmp_path / "again"
    desk.git("clone", "--quiet", "--depth=1", "--branch=feature", f"file://{remote}", str(again))
    gathered(again)  # which reads the ledger
    shutil.rmtree(again / ".git" / "mooring" / "source.git")
    session = open_session(Request(again))
    report = cycle.plan_offline(session.run)
    shutil.move(remote, remote.with_suffix(".gone"))
    earlier = Earlier(FullHistory(session.repo, "origin", "main"), session.repo.inputs("mooring.yaml", "prompts/"))
    (changed,) = review(session.run, report, Around(Basis.LEDGER, earlier)).changes
    assert changed.section is None
    assert changed.missing.startswith("What is served there was not found in Git: The history of commit ")


def test_what_no_commit_has_any_more_is_read_from_the_platform_if_that_is_asked(desk: "Desk") -> None:
    desk.git("checkout", "--quiet", "--orphan", "anew")
    desk.commit({"prompts/leave.yaml": BYE})
    desk.git("branch", "--quiet", "--force", "main", "anew")
    desk.git("checkout", "--quiet", "main")
    desk.git("push", "--quiet", "--force", "origin", "main")
    for words in (("branch", "-D", "anew"), ("update-ref", "-d", "refs/remotes/origin/main")):
        desk.git(*words)
    for place in (".", "../remote.git"):
        desk.git("-C", place, "reflog", "expire", "--expire=now", "--all")
        desk.git("-C", place, "gc", "--quiet", "--prune=now")
    assert "What is served there was not found in Git: The history of commit " in desk.review()
    assert "\n- [-Goodbye-] {{name}}\n+ {+Bye+} {{name}}\n" in desk.type("plan", "-o", "review")


# --- what it meets ----------------------------------------------------------------------------------------------------


def test_content_that_nobody_reviewed_is_not_shown(desk: "Desk") -> None:
    desk.edit("leave", "Secret words typed in the UI")
    desk.propose({"prompts/leave.yaml": BYE})
    said = desk.type("plan", "-o", "review")
    assert "Secret words" not in said
    assert "### Merging changes nothing that a platform serves; 1 prompt needs a person." in said
    assert "> * **Needs a person:** `prod:leave@production` (conflict). Both sides moved" in said
    assert "`mooring resolve prod:leave@production --take git --expect " in said
    assert "was never reviewed in Git, so it is not shown here; the comparison is with what was agreed on last" in said
    assert "\n- [-Goodbye-] {{name}}\n+ {+Bye+} {{name}}\n" in said


def test_a_rollback_is_met_live_and_offline(desk: "Desk") -> None:
    desk.land({"prompts/leave.yaml": BYE})
    desk.type("rollback", "leave@production", "--reason", "Rude")
    desk.propose({"prompts/leave.yaml": BYE.replace("Bye", "Farewell")})
    met = "for 1 prompt on prod; 1 meets an edit or a rollback there."
    told = "* **Meets**: Rolled back by Ada &lt;ada@&#8203;example.com&gt; at "
    live = desk.type("plan", "-o", "review")
    assert (met in live, told in live) == (True, True)
    assert "\n- [-Goodbye-] {{name}}\n+ {+Farewell+} {{name}}\n" in live
    offline = desk.review()
    assert (met in offline, told in offline) == (True, True)
    assert "Rude; the sync after this merge ends that." in offline
    assert "\n- [-Bye-] {{name}}\n+ {+Farewell+} {{name}}\n" in offline


def test_an_edit_that_the_last_check_saw_is_met_offline(desk: "Desk", monkeypatch: pytest.MonkeyPatch) -> None:
    alerts = "alerts: [{notify: 'env:CHANNEL'}]\n"
    desk.land({"mooring.yaml": (desk.folder / "mooring.yaml").read_text() + alerts})
    monkeypatch.setenv("CHANNEL", "json://127.0.0.1:9/")
    desk.edit("leave", "Typed")
    desk.type("drift")
    desk.propose({"prompts/leave.yaml": BYE})
    said = desk.review()
    assert "* **Meets**: The last check saw platform ahead there, since " in said
    assert " by Bob; while that is so, the sync holds it for a person. `mooring adopt prod:leave@production`" in said


def test_an_open_proposal_is_met(desk: "Desk", github: "Served", monkeypatch: pytest.MonkeyPatch) -> None:
    desk.edit("leave", "Typed")
    desk.type("adopt", "leave")
    (proposal,) = github.hub.pulls()
    desk.git("switch", "--quiet", "main")
    desk.propose({"prompts/leave.yaml": BYE, **CARE})
    link = f"[Look at it](<https://github.com/acme/prompts/pull/{proposal.number}>)"
    assert desk.review().count(link) == 1

    monkeypatch.setenv("GITHUB_REF", f"refs/pull/{proposal.number}/merge")
    assert link not in desk.review()  # it is the very pull request


def test_a_git_host_that_does_not_answer_is_a_note(desk: "Desk", github: "Served") -> None:
    github.allow(github.token)
    github.hub.tokens.clear()
    desk.propose({"prompts/leave.yaml": BYE})
    said = desk.review()
    assert desk.code == [0]
    assert "Whether proposals of Mooring are open could not be looked up" in said
    assert "### Merging changes what production serves for 1 prompt on prod." in said


# --- what belongs together --------------------------------------------------------------------------------------------


def test_labels_and_targets_with_the_same_contents_share_a_section(desk: "Desk") -> None:
    labels = "{prod: production, qa: production}"
    more = f"  dev: {{adapter: memory, url: 'memory:///platform.json-dev', mode: upsert, labels: {labels}}}\n"
    config = (desk.folder / "mooring.yaml").read_text().replace("limits:", f"{more}limits:")
    desk.land({"mooring.yaml": config})
    desk.propose({"prompts/leave.yaml": BYE})
    said = desk.review()
    assert said.count("#### ") == 1
    assert "#### `leave` in 3 places · behaviour" in said
    assert "1 prompt: 1 under prod on dev, 1 under qa on dev and 1 under production on prod." in said


def test_what_goes_and_what_comes_is_compared_with_nothing(desk: "Desk") -> None:
    policy = "policy: {prune: retire}\n"
    desk.land({"mooring.yaml": (desk.folder / "mooring.yaml").read_text() + policy})
    desk.propose({"prompts/leave.yaml": None, "prompts/new.yaml": BYE})
    found, _ = gathered(desk.folder)
    sides = {one.rows[0].address.prompt: (one.old, one.new) for one in found.changes}
    assert sides == {"leave": (Artifact("Goodbye {{name}}\n"), None), "new": (None, Artifact("Bye {{name}}\n"))}


def test_what_includes_a_changed_prompt_is_named(desk: "Desk") -> None:
    included = "labels: [production]\nprompt: |\n  @@@memoryPrompt:name=leave|label=production@@@ {{x}}\n"
    other = included.replace("memoryPrompt", "langfusePrompt")
    above = included.replace("name=leave", "name=mail")
    desk.land({"prompts/mail.yaml": included, "prompts/other.yaml": other, "prompts/above.yaml": above})
    desk.propose({"prompts/leave.yaml": BYE})
    said = desk.review()
    assert "**Included by** `above@production`, `mail@production`: their readers get another text too." in said


def test_a_target_that_only_observes_does_not_show_every_prompt(desk: "Desk") -> None:
    observing = (desk.folder / "mooring.yaml").read_text().replace("mode: upsert", "mode: observe")
    desk.propose({"mooring.yaml": observing, "prompts/leave.yaml": BYE, "prompts/new.yaml": BYE})
    said = desk.review()
    assert "### Merging changes nothing that a platform serves; it brings 1 prompt into Git." in said
    assert said.count("#### ") == 1
    assert "left alone (git ahead)" in said
