"""The main job on Langfuse: who moved, publish and flip, decisions, and what each run costs in requests."""

from typing import TYPE_CHECKING

import pytest

from mooring.core.address import Ref
from mooring.core.artifact import Artifact
from mooring.core.plan import Outcome
from mooring.core.report import Exit
from mooring.run import Depth

if TYPE_CHECKING:
    from mooring.testing.langfuse import Langfuse
    from tests.langfuse.conftest import Scene


def test_a_new_prompt_comes_with_its_labels_in_one_write(scene: "Scene") -> None:
    scene.commit_prompt("folder/greet", "Hello {{name}}", "production, staging")
    assert scene.state("folder/greet") == "pending_create"
    scene.sent()

    assert scene.sync().exit is Exit.OK

    sent = scene.sent()
    assert (sent["POST"], sent["PATCH"], sent["DELETE"]) == (1, 0, 0)
    survey, identity, is_there, holders = 3, 1, 1, 2
    assert sent["GET"] <= survey + identity + is_there + holders
    assert scene.served("folder/greet", "production") == scene.served("folder/greet", "staging") == ["1"]
    assert scene.state("folder/greet") == "in_sync"


def test_two_contents_of_a_new_prompt(scene: "Scene") -> None:
    scene.write("prompts/p/v1.yaml", "prompt: one\n")
    scene.write("prompts/p/v2.yaml", "prompt: two\n")
    scene.write("prompts/p/prompt.yaml", "labels: {production: v1, staging: v2}\n")
    scene.commit()

    assert scene.sync().exit is Exit.OK
    sent = scene.sent()
    assert (sent["POST"], sent["PATCH"]) == (2, 1)
    assert scene.versions("p") == ["one", "two"]
    assert (scene.served("p"), scene.served("p", "staging")) == (["1"], ["2"])


def test_a_changed_prompt_costs_two_writes_and_two_looks(synced: "Scene") -> None:
    synced.commit_prompt("greet", "Hello dear {{name}}")
    synced.sync()
    synced.sent()
    synced.commit_prompt("greet", "Good morning {{name}}")

    report = synced.sync()

    assert synced.one(report).outcome is Outcome.APPLIED
    sent = synced.sent()
    assert (sent["POST"], sent["PATCH"], sent["DELETE"]) == (1, 1, 0)
    survey, identity, looks = 2, 1, 2
    assert sent["GET"] <= survey + identity + looks


def test_a_git_revert_is_one_label_move(synced: "Scene") -> None:
    synced.commit_prompt("greet", "Hello dear {{name}}")
    synced.sync()
    synced.sent()
    synced.commit_prompt("greet", "Hello {{name}}")

    assert synced.sync().exit is Exit.OK

    sent = synced.sent()
    assert (sent["POST"], sent["PATCH"]) == (0, 1)
    assert synced.served() == ["1"]


def test_the_second_run_writes_and_reads_nothing(synced: "Scene") -> None:
    before = synced.langfuse.requests
    report = synced.sync()

    assert report.exit is Exit.OK
    assert dict(report.targets[0].requests) == {"list": 2, "read": 0, "write": 0}
    assert {one.method for one in before} == {"GET"}


def test_every_state_that_somebody_can_bring_about(synced: "Scene") -> None:
    person = synced.person
    person.save("greet", Artifact("theirs"), ["production"])
    assert synced.state() == "platform_ahead"
    synced.commit_prompt("greet", "two")
    assert synced.state() == "conflict"
    assert synced.sync().exit is Exit.ATTENTION
    assert synced.served() == ["2"]

    person.point("greet", "production", Ref("1"))
    assert synced.state() == "git_ahead"
    assert synced.sync().exit is Exit.OK
    assert synced.served() == ["3"]
    person.point("greet", "production", Ref("1"))
    assert synced.state() == "relabelled"
    assert synced.sync().exit is Exit.OK
    assert synced.served() == ["1"], "a rollback by hand is not fought"
    synced.commit_prompt("greet", "three")
    assert synced.sync().exit is Exit.OK
    assert synced.versions() == ["Hello {{name}}", "theirs", "two", "three"]

    person.unlabel("greet", "production")
    assert synced.state() == "missing"
    person.point("greet", "production", Ref("4"))
    assert synced.state() == "in_sync"
    person.split("greet", "production", [Ref("1"), Ref("4")])
    assert synced.state() == "split_label"
    assert synced.sync().exit is Exit.OK
    assert synced.served() == ["4"]
    person.delete_prompt("greet")
    assert synced.state() == "missing"


def test_a_draft_is_told_and_left_alone(synced: "Scene") -> None:
    synced.person.save("greet", Artifact("somebody works here"), [])

    report = synced.drift()

    assert report.exit is Exit.OK
    (found,) = report.targets[0].findings
    assert (found.kind, found.prompt) == ("draft", "greet")
    assert "last looked at wholly" in found.message
    (found,) = synced.drift(Depth.WHOLE).targets[0].findings
    assert "wholly" not in found.message


def test_the_newest_version_deleted_and_its_number_given_to_other_content(synced: "Scene") -> None:
    synced.commit_prompt("greet", "two")
    synced.sync()
    assert synced.state() == "in_sync"

    synced.person.delete_version("greet", Ref("2"))
    assert synced.person.save("greet", Artifact("not reviewed"), ["production"]) == "2"

    assert synced.state() == "platform_ahead"
    synced.commit_prompt("greet", "three")
    assert synced.sync().exit is Exit.ATTENTION
    assert synced.served() == ["2"], "what nobody reviewed is held until a person decides"


def test_the_number_comes_back_between_the_look_and_the_flip(synced: "Scene", langfuse: "Langfuse") -> None:
    synced.commit_prompt("greet", "two")
    person = synced.person

    class Meddled:
        """A connection on which somebody replaces the newest version right after the survey."""

        def __init__(self, inner: object) -> None:
            self.inner = inner

        def __getattr__(self, name: str) -> object:
            return getattr(self.inner, name)

        def look(self, prompt: str, labels: list[str]) -> object:
            if not langfuse.requests or not any("replaced" in one.path for one in langfuse.requests):
                person.delete_version("greet", Ref("1"))
                person.save("greet", Artifact("not reviewed"), ["production"])
                self.inner.look("replaced", labels)  # type: ignore[attr-defined]
            return self.inner.look(prompt, labels)  # type: ignore[attr-defined]

    synced.wrap = Meddled
    report = synced.sync()

    assert synced.one(report).outcome is Outcome.MOVED
    synced.wrap = None
    assert synced.versions() == ["not reviewed"]
    assert synced.served() == ["1"]


def test_text_and_chat_cannot_share_a_name(synced: "Scene") -> None:
    synced.write("prompts/greet.yaml", "labels: [production]\nmessages: [{role: user, content: Hi}]\n")
    synced.commit()

    report = synced.sync()

    row = synced.one(report).row
    assert (row.verdict.state, report.exit) == ("unsupported", Exit.INVALID)
    assert "text" in row.verdict.reason
    assert synced.versions() == ["Hello {{name}}"]


def test_a_check_of_many_prompts(scene: "Scene") -> None:
    config = (scene.folder / "mooring.yaml").read_text()
    scene.write("mooring.yaml", config.replace("    mode:", "    options: {page_size: '10'}\n    mode:"))
    for number in range(25):
        scene.prompt(f"folder {number % 7}/ü{number}", f"text {number}", "production, staging")
    scene.commit()
    assert scene.sync().exit is Exit.OK

    def lists(depth: Depth = Depth.CHANGES) -> int:
        report = scene.drift(depth)
        assert (report.exit, report.targets[0].verified) == (Exit.OK, 50)
        requests = dict(report.targets[0].requests)
        assert (requests["read"], requests["write"]) == (0, 0)
        return requests["list"]

    pages, labels = 3, 2
    assert lists() == pages * labels, "all of it was made a moment ago"
    assert lists() == pages * labels
    scene.time.pass_by(660)
    assert lists() == pages * labels, "what was read a moment after is no proof that it was all"
    assert lists() == 2 * labels
    scene.time.pass_by(660)
    assert lists() == 2 * labels
    assert lists(Depth.WHOLE) == pages * labels
    scene.clock.advance(25 * 3600)
    assert lists() == pages * labels, "a day later everything is read anew"


def test_a_wrong_project_behind_the_keys_stops_even_a_check(synced: "Scene", monkeypatch: pytest.MonkeyPatch) -> None:
    config = (synced.folder / "mooring.yaml").read_text()
    synced.write("mooring.yaml", config.replace("    mode:", f"    project: {synced.key.project}\n    mode:"))
    synced.commit()
    assert synced.drift().exit is Exit.OK

    other = synced.langfuse.project("another")
    monkeypatch.setenv("LF_PROD_PUBLIC_KEY", other.public)
    monkeypatch.setenv("LF_PROD_SECRET_KEY", other.secret)

    report = synced.drift()
    assert report.exit is Exit.DENIED
    assert other.project in str(report.targets[0].error)
    assert synced.sync().exit is Exit.DENIED


def test_a_lost_ledger_is_told_by_the_marks_of_what_is_served(synced: "Scene") -> None:
    for ref in synced.git("for-each-ref", "--format=%(refname)", "refs/mooring").split():
        synced.git("update-ref", "-d", ref)
    synced.commit_prompt("greet", "two")

    report = synced.sync()

    assert report.exit is Exit.GUARD
    assert "ledger" in str(report.targets[0].guards[0].message)


def test_a_prompt_of_another_repository_is_left_alone(synced: "Scene") -> None:
    config = (synced.folder / "mooring.yaml").read_text()
    synced.write("mooring.yaml", config.replace("id: acme", "id: others"))
    synced.commit_prompt("greet", "two")

    assert synced.state() == "foreign"
    assert synced.sync().exit is Exit.ATTENTION
    assert synced.versions() == ["Hello {{name}}"]


def test_a_label_that_git_no_longer_declares_cannot_be_retired(synced: "Scene") -> None:
    config = (synced.folder / "mooring.yaml").read_text()
    synced.write("mooring.yaml", config + "policy: {prune: retire}\n")
    synced.commit_prompt("greet", "Hello {{name}}", "staging")
    synced.sent()

    assert synced.sync().exit is Exit.OK  # gives greet the label staging
    synced.sent()
    report = synced.sync()

    row = synced.one(report)
    assert report.exit is Exit.OK
    assert (row.row.verdict.state, row.row.verdict.action, row.outcome) == ("prune_pending", "report", None)
    assert "cannot take a label off" in row.row.verdict.reason
    assert not synced.sent().keys() - {"GET"}
    assert synced.served() == ["1"]
