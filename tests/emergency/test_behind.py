"""A commit that is not the branch's tip is nobody's agreement: a rollback from there records only itself."""

from typing import TYPE_CHECKING

from mooring.core.plan import Outcome
from mooring.core.state import State

if TYPE_CHECKING:
    from tests.emergency.conftest import World


def test_from_a_clone_that_is_behind_a_rollback_is_not_fought(world: "World") -> None:
    world.ship({"production": "v3", "staging": "v2"}, {"v3": "Worse"})
    world.point("Bad")
    world.git("checkout", "-q", "HEAD~1")  # asks for Bad, which is live: but nobody agreed on that

    world.rollback()

    assert world.served() == "Hello"
    world.git("checkout", "-q", "main")
    base = world.ledger().read().base("greet", "production")
    assert base is not None
    assert base.hash == world.hash("Worse")
    assert world.state() is State.RELABELLED
    world.sync()
    assert world.served() == "Hello"


def test_a_commit_that_nobody_reviewed_makes_no_content_reviewed(world: "World") -> None:
    world.edit("Hacked")
    hacked = world.hash("Hacked")
    world.write("prompts/greet/v3.yaml", "prompt: Hacked\n")
    world.write("prompts/greet/prompt.yaml", "labels:\n  production: v3\n  staging: v2\n")
    world.git("add", "-A")
    world.git("commit", "-qm", "never pushed")

    report = world.rollback()

    assert world.one(report).outcome is Outcome.APPLIED
    world.git("reset", "-q", "--hard", "HEAD~1")
    memory = world.ledger().read()
    assert hacked not in memory.prompts["greet"].index
    world.point("Hacked")
    assert world.state() is State.PLATFORM_AHEAD
    assert "names nothing" in str(world.rollback(to=str(hacked)).error)
