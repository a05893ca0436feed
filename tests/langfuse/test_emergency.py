"""A rollback on Langfuse: a handful of requests however many prompts there are, and one write."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mooring.ahead_of_git.emergency import promote_now, roll_back
from mooring.core.artifact import Artifact
from mooring.core.plan import Outcome
from mooring.run import Selection

if TYPE_CHECKING:
    from mooring.core.report import TargetReport
    from tests.langfuse.conftest import Scene


def rolled_back(scene: "Scene", to: str | None = None) -> "TargetReport":
    run = replace(scene.run(), selection=Selection(("greet@production",)))
    target = run.targets[0]
    return roll_back(run, target, target.connect(), run.history.desired(), to=to, reason="Refunds are wrong")


@pytest.fixture
def bad(synced: "Scene") -> "Scene":
    """What was shipped last is bad."""
    for number in range(20):
        synced.prompt(f"p{number}", "Hi")
    synced.commit_prompt("greet", "Bad {{name}}")
    synced.time.pass_by(60)
    synced.sync()
    synced.sent()
    return synced


def test_the_previous_content_is_back_in_one_write_and_a_handful_of_requests(bad: "Scene") -> None:
    report = rolled_back(bad)

    sent = bad.sent()
    assert report.error is None
    assert next(one.outcome for one in report.addresses) is Outcome.APPLIED
    assert (bad.versions(), bad.served()) == (["Hello {{name}}", "Bad {{name}}"], ["1"])
    bad.sent()
    assert sum(count for method, count in sent.items() if method != "GET") == 1
    assert sent["GET"] <= 8


def test_nobody_fights_it_and_the_fix_ships_over_it(bad: "Scene") -> None:
    rolled_back(bad)

    row = bad.one(bad.drift()).row
    assert str(row.verdict.state) == "relabelled"
    assert "Rolled back by A Person <a@example.org>" in row.verdict.reason
    assert bad.sync().exit == 0
    assert bad.served() == ["1"]

    bad.commit_prompt("greet", "Good {{name}}")
    bad.sync()
    assert (bad.served(), bad.state()) == (["3"], "in_sync")


def test_an_edit_in_the_ui_is_rolled_back_and_not_lost(bad: "Scene") -> None:
    bad.person.save("greet", Artifact("Hotfix"), ["production"])

    rolled_back(bad)

    assert bad.served() == ["2"]
    assert "Hotfix" in bad.versions()


def test_a_label_is_promoted_at_once(synced: "Scene") -> None:
    synced.write("prompts/care/v1.yaml", "prompt: One\n")
    synced.write("prompts/care/v2.yaml", "prompt: Two\n")
    synced.write("prompts/care/prompt.yaml", "labels: {production: v1, staging: v2}\n")
    synced.commit()
    synced.sync()
    run = replace(synced.run(), selection=Selection(("care",)))
    target = run.targets[0]

    report = promote_now(
        run, target, target.connect(), run.history.desired(), source="staging", label="production", reason="Now"
    )

    assert report.error is None
    assert synced.served("care") == synced.served("care", "staging")
    assert synced.state("care") == "relabelled"
