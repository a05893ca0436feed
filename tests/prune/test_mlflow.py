"""The same on a real MLflow, in a file: dropped, archived, deleted, and the name comes back."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mooring.applying import archive
from mooring.core.address import Gap, Ref
from mooring.core.artifact import Artifact
from mooring.core.plan import Outcome
from mooring.core.report import Exit
from mooring.ports import Options
from mooring.testing.faults import Fault, Faulty, Unanswered, When
from mooring_mlflow import connect

if TYPE_CHECKING:
    from tests.prune.conftest import Build, World

pytestmark = pytest.mark.timeout(400)  # the first one waits until mlflow is imported


@pytest.fixture
def world(build: "Build", mlflow_file: Path) -> "World":
    """A world over MLflow, in sync with a prompt that has tools, and one that stays."""
    made = build()
    made.adapter = connect(Options("local", f"sqlite:///{mlflow_file}", {}, "/"))
    made.declare("stays", "stays")
    made.write("prompts/greet.yaml", "labels: [production]\nprompt: one\ntools: [{name: search_kb}]\nmodel: m\n")
    made.commit()
    made.sync()
    return made


def test_dropped_archived_deleted_and_made_anew(world: "World") -> None:
    served = world.adapter.read("greet", Ref("1"))
    world.drop("greet")
    world.adapter = Faulty(world.adapter, [Fault("delete_prompt", 1, Unanswered(When.AFTER))])
    report = world.sync()
    assert (world.one(report).outcome, report.exit) == (Outcome.APPLIED, Exit.OK)
    assert world.adapter.look("greet", []) is Gap.ABSENT
    assert not isinstance(served, Gap)
    found = archive.find(world.target(), served.hash)
    assert found is not None
    assert found.content == served.content, "tools too, which MLflow keeps in tags of ours"
    assert world.sync().exit is Exit.OK
    world.declare("greet", "anew")
    assert world.sync().exit is Exit.OK
    assert [one.content for one in world.adapter.versions("greet", None)] == [Artifact("anew")]
    assert world.sync().exit is Exit.OK
